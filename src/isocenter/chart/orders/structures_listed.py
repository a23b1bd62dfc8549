"""Structures that are listed before a limit: they share it, or each has its own of several behind them."""

import re

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.orders.limit_parts import is_target_name

STRUCTURE_LIKE = re.compile(
    r"\b(?:[A-Za-z]{3,}(?:_[A-Za-z0-9]+)+|[A-Z][a-z]{2,}(?:[A-Z][a-z]+)+)\b"
)  # such as Breast_R, SpinalCord


_BEHIND_AN_ORGAN = re.compile(
    r"[-_+/.\w]*(?:\s*(?:[(][^()]*[)]|\b(?:L|R|LT|RT|left|right|total|PRV|bag|heads?|neck|cavity|glands?|wall|tissues?|minus \w+|combined|both)\b\.?)){0,3}",
    re.IGNORECASE,
)
_OF_ANOTHER_TIME = re.compile(r"\b(?:prior|previous|earlier|old|former|see|watch)\b", re.IGNORECASE)


def ends_in_an_organ(grammar: Grammar, name: str) -> bool:
    """Whether a name is that of an organ at risk or of a part of one: not lung V, bladder volume, heart rate or prior cord."""
    if _OF_ANOTHER_TIME.search(name):
        return False
    organ = grammar.lists.pattern("organ")
    whole = _PART_OF.sub("", name)
    return any(
        _BEHIND_AN_ORGAN.fullmatch(one, found.end()) for one in (name, whole) for found in organ.finditer(lowered(one))
    )


_PART_OF = re.compile(r" of (?:the )?[a-z][a-z ]*$", re.IGNORECASE)  # such as: skin of the neck


def named_with(grammar: Grammar, text: str, stop: int, name: str) -> list[str]:
    """What is listed before a structure with the same limit, such as: PTV_Low and PTV_High; stomach and duodenum."""
    at = text.rfind(name, 0, stop)
    if at < 0:
        return []
    names: list[str] = []
    if not is_target_name(name):
        is_list = text[at + len(name) :].lstrip()[:1] == ":"
        while (part := _ORGAN_LISTED_BEFORE.search(text[:at])) is not None:
            organ = part["organ"]
            if not _is_an_organ(grammar, organ) and not STRUCTURE_LIKE.fullmatch(organ):
                break
            names.insert(0, part["name"])
            at, is_list = part.start("name"), is_list or bool(part["and"])
        return names if is_list or not re.search(r"\w", text[:at]) else []
    while (found := _LISTED_BEFORE.search(text[:at])) is not None:
        names.insert(0, found[1])
        at = found.start()
    return names


_LISTED_BEFORE = re.compile(
    r"(?<![\w.+-])((?:PTV|CTV|GTV)[\w.+-]*)(?:\s*,\s*|\s+and\s+|\s*/\s*|\s*&\s*)(?:the )?$", re.IGNORECASE
)
_ORGAN_LISTED_BEFORE = re.compile(
    r"(?:^|[.;:,]\s+|\([a-z\d]\)\s+|\b(?:keep|limit|like|hold|to|of|for) )(?:and )?(?:the |both |each )?"
    r"(?P<name>(?:(?:left|right|both|ipsilateral|contralateral|bilateral) )?(?P<organ>[A-Za-z]\w*(?: [a-z]+){0,2}))"
    r"(?:,?\s+(?P<and>and|&)|,)\s+(?:the |both |each )?$",
    re.IGNORECASE,
)


def joined_structures(grammar: Grammar, name: str) -> list[str]:
    """The structures of a name that joins several, such as: PTV_56 and of PTV_70; optic nerves and chiasm; hips L and R."""
    sides = both_sides(name)
    if sides and "/" not in name:  # a row of a form may name both sides as one structure
        return sides
    parts = re.split(r"\s*(?:,|\band\b|&|(?<=\s)\+(?=\s))\s*(?:and )?(?:of )?(?:the )?(?:both |each )?", name)
    are_all = all(is_target_name(part) for part in parts) or all(_is_an_organ(grammar, part) for part in parts)
    return parts if len(parts) > 1 and are_all else []


def _is_an_organ(grammar: Grammar, name: str) -> bool:
    """Whether a name is that of an organ, with two words before it at most, such as: main bronchi, left optic nerve."""
    organ = grammar.lists.pattern("organ")
    words = name.split(" ")
    return any(
        organ.fullmatch(lowered(" ".join(words[first:])))
        for first in range(min(len(words), _WORDS_BEFORE_AN_ORGAN + 1))
    )


_WORDS_BEFORE_AN_ORGAN = 2
_SIDE = r"(?:left|right|lt|rt|l|r)"
TWO_SIDES = rf"(?P<first>{_SIDE})\.?\s*(?:and|/|&|\+|,)\s*(?:the )?(?P<second>{_SIDE})\b\.?"
_SIDES_OF_A_NAME = (
    re.compile(rf"(?P<name>.*[A-Za-z]{{3}}.*?)[\s,(\[_:–-]+{TWO_SIDES}[)\]]?", re.IGNORECASE),
    re.compile(rf"{TWO_SIDES}\s+(?P<name>[A-Za-z].*)", re.IGNORECASE),
)


def without_sides(name: str) -> str:
    """A name in small letters without the sides before or behind it, such as: femoral heads, left."""
    return _SIDES_AROUND.sub("", name.lower())


_SIDES_AROUND = re.compile(
    rf"^(?:(?:the|both|{_SIDE})\b\.?|and\b|[/&,\s])+|[\s,(]+(?:{_SIDE}\b\.?|and\b|[/&,)\s])+$", re.IGNORECASE
)


def both_sides(name: str) -> list[str]:
    """The structures of both sides that one name holds, such as: Parotid L / R; left and right hips; empty for another name."""
    for pattern in _SIDES_OF_A_NAME:
        found = pattern.fullmatch(name.strip(" .:;"))
        if found is not None and found["first"][0].lower() != found["second"][0].lower():
            sides = (found["first"], found["second"])
            is_behind = found.start("name") < found.start("first")
            return [f"{found['name']} {side}" if is_behind else f"{side} {found['name']}" for side in sides]
    return []


_SECOND_OF_TWO = re.compile(
    r"\s*(?:and|/|,)\s*(\d+(?:\.\d+)?)\s?(c?gy|%|cc)(?=\s*(?:[,;)]|\.(?!\d)|respectively|$))", re.IGNORECASE
)


def sides_limited_apart(name: str, text: str, stop: int) -> list[str]:
    """The two sides of a name where two limits are listed behind it, such as: lens R / L max 5 Gy / 4 Gy."""
    return both_sides(name) if _SECOND_OF_TWO.match(text, stop) is not None else []


def each_its_own(text: str, stop: int, limits: list[float], unit: str) -> list[float]:
    """The limits of two structures, each its own where two are listed behind them: colon and cecum maximum 50 Gy and 48 Gy."""
    second = _SECOND_OF_TWO.match(text, stop) if len(limits) == _TWO else None
    is_alike = second is not None and second[2].lower() == unit.lower()
    return [limits[0], float(second[1])] if second is not None and is_alike else limits


_TWO = 2
