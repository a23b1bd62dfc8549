"""Which part a contoured structure plays: target, critical structure, outline, support or helper."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from isocenter.errors import UnknownName
from isocenter.evidence.spelling import differ_by
from isocenter.evidence.within import share_of_points_inside
from isocenter.terms.imaging import ContouredStructure, StructureSet
from isocenter.terms.plans import Structure

ROLES = ("target", "critical", "external", "support", "helper", "other")

_LATERALITY = {
    **dict.fromkeys(("l", "lt", "left", "lef", "lft", "li", "links", "sin", "izq", "izquierdo", "izquierda"), "left"),
    **dict.fromkeys(("gauche", "gche", "linke", "linker", "linkes", "sx", "sn", "sinistra", "sinistro"), "left"),
    **dict.fromkeys(("r", "rt", "right", "rig", "rgt", "re", "rechts", "dex", "der", "dcho", "derecho"), "right"),
    **dict.fromkeys(("derecha", "droit", "droite", "dte", "rechte", "rechter", "rechtes"), "right"),
    **dict.fromkeys(("izdo", "izda", "izqdo", "izqda", "esquerdo", "esquerda", "esq"), "left"),
    **dict.fromkeys(("direito", "direita", "dir"), "right"),
    **dict.fromkeys(("dx", "destra", "destro", "dcha", "dch", "drt", "drte", "dt", "dext"), "right"),
    **dict.fromkeys(("b", "bil", "bilat", "bilateral", "both", "beide", "beidseits", "bds", "ambos", "ambas"), "both"),
    **dict.fromkeys(("entrambi", "entrambe", "total", "totale", "gesamt", "totaux"), "both"),
}
# Gauche, droite and their like cut to a letter, which says so behind the name of a paired organ alone.
_LETTER_BEHIND_ORGAN = {"g": "left", "d": "right"}
# A lobe of the lung names its side.
_LATERALITY |= {**dict.fromkeys(("rul", "rml", "rll"), "right"), **dict.fromkeys(("lul", "lll"), "left")}
_FEWEST_OF_A_DOSE = 10  # below, a number behind L or R counts vertebrae or lesions
_PLURALS = {"polmoni", "reni", "longen", "nieren", "lungen", "augen", "occhi", "ogen", "parotiden", "parotidi", "yeux"}
_HELPER_WORDS = frozenset(
    (
        *("ring", "rings", "shell", "opt", "optim", "zz", "prv", "help", "helper", "dummy", "tmp", "temp"),
        *("tuning", "tune", "push", "dose", "isodose", "hot", "hotspot", "cold", "coldspot", "crop"),
        *("exp", "expansion", "expanded", "kontrollring", "ringstruktur", "hilfsring", "ringe", "schale", "guscio"),
        *("anneaux", "anillos", "anelli", "corona", "coquille", "collar"),
        *("rind", "rinds", "anneau", "couronne", "anillo", "anello", "donut", "doughnut", "halo", "falloff"),
        *("hilfe", "hilfs", "hilfskontur", "hilfsstruktur", "hulp", "aide", "ayuda", "aiuto", "isodosis", "isodosen"),
        *("cropped", "overlap", "ovlp", "sub", "avoid", "avoidance", "spare", "sparing", "planning"),
        *("opti", "optimization", "optimisation", "optimized", "optimised", "optimize", "optimierung", "override"),
        *("rvr", "dla", "fill", "annulus", "band", "expand", "dist", "distance"),
    )
)
# What is left of the patient beside targets and organs, drawn to steer the dose.
_REST_OF_THE_PATIENT = re.compile(
    r"(normal|norm|healthy|unspecified|unspec|nontarget)tiss(ue)?|remainingvolume|falloff"
)
_DISTANCE = re.compile(r"(?<![a-z\d])\d+([.,]\d+)?[\s_]?(mm|cm)(?![a-z])", re.IGNORECASE)
_TARGET_CLASS = re.compile(r"^i?(gtv|ctv|ptv|itv)", re.IGNORECASE)
# The bed of a tumor in one word or two, in other languages.
_BEDS = {
    ("tumorbett",),
    ("lit", "tumoral"),
    ("lit", "operatoire"),
    ("letto", "tumorale"),
    ("lecho", "tumoral"),
    ("tumorbed",),
}
_TARGET_WORDS = dict.fromkeys(("tumor", "tumour", "tumeur", "tumore", "lesion", "met", "mets"), "GTV")
_BED_WORDS = {"lumpectomy", "seroma", "cavity"}
_CAVITIES_OF_THE_BODY = {"oral", "nasal", "buccal", "peritoneal", "pleural", "abdominal", "pelvic", "thoracic", "body"}
# What is no tissue, or shows badly: never a target or an organ, whatever it lies in.
_MATTER = {"gas", "air", "contrast", "artifact", "artifacts", "artefact", "metal", "prosthesis", "implant", "hardware"}
# What may come before the class of a target with a hyphen, as `HR-CTV`, without being what it is cut out of.
_GRADES = {"hr", "ir", "lr", "p", "n", "e", "pet", "ct", "mr", "mri", "sib", "boost", "high", "low", "primary", "nodal"}
_OPEN_TARGET_WORDS = {"target", "boost", "planningtarget", "zielvolumen", "zv", "doelvolume", "bersaglio", "cible"}
_WALLS = {"wall", "paroi", "wand", "pared", "skin", "surface"}
# A shell at a distance, as `D2CM`; of a target it is no target.
_DISTANCE_SHELL = re.compile(r"(?<![a-z])d[\s_]?\d+([.,]\d+)?[\s_]?(cm|mm)(?![a-z])", re.IGNORECASE)
# An isodose made a structure, as `95%` or `V20Gy`; a bare dose can be a target's name.
_ISODOSE = re.compile(
    r"^([dv]|iso)?[\s_]*\d+([.,]\d+)?[\s_]*[\[]?%[\]]?$|^([dv]|iso)[\s_]*\d+[\s_]*c?gy$|^iso[\s_]*\d+$"
    r"|^\d+([.,]\d+)?[\s_]*c?gy[\s_]*iso(dose)?$",
    re.IGNORECASE,
)
# The class of a target before an organ, which may be a part of its name or what the target is cut by.
_CLASS_AND_MORE = re.compile(r"^\s*i?[gcpi]tv\w*\s*(-|minus\b|not\b)", re.IGNORECASE)
_MOSTLY = 0.5
_BARE_DOSE = re.compile(r"^\d+([.,]\d+)?[\s_]*c?gy$", re.IGNORECASE)
# Regions of lymph nodes: treated or drawn for orientation, and no organ that a dose endangers.
_NODES = {
    *("ln", "lns", "lnn", "node", "nodes", "nodal", "lymph", "lymphnode", "lymphnodes", "lymphatics", "axilla"),
    *("axillary", "imn", "imns", "supraclav", "infraclav", "supraclavicular", "infraclavicular", "scv", "lymphknoten"),
    *("lymphabfluss", "lymphabflusswege", "linfonodi", "linfonodo"),
}
_LEVELS = {"level", "lev", "lvl", "levels", "station"}
_NUMERAL = re.compile(r"\d+|[ivx]+[ab]?")
# Beyond 30 it is no margin but a second dose, as `PTV 60+70`.
_MARGIN = re.compile(r"\+\s*([0-2]?\d|30)(\.\d+)?(?!\d)\s*(mm|cm)?", re.IGNORECASE)
_SUBTRACTION = re.compile(
    r"(?<!^)(?:-|\b(?:minus|min|not|no|without|ex|excl\w*|ohne|sans|senza|sin|zonder)\b|~|/)\s*(i?[gcpi]tv)",
    re.IGNORECASE,
)
# What joins a target and an organ, one less the other or what they share.
_JOINS = frozenset(
    (
        *("x", "in", "inside", "out", "outside", "and", "no", "not", "min", "minus", "less", "without", "ex", "excl"),
        *("excluding", "ohne", "sans", "senza", "sin", "zonder"),
    )
)
_OVERLAP = re.compile(r"(\bin\b|&|\band\b|\binside\b|\boutside\b|\bout\b)", re.IGNORECASE)

_ROLE_OF_TYPE = {
    **dict.fromkeys(("GTV", "CTV", "PTV", "TREATED_VOLUME", "IRRADIATED_VOLUME"), "target"),
    **dict.fromkeys(("ORGAN", "AVOIDANCE"), "critical"),
    "EXTERNAL": "external",
    **dict.fromkeys(("SUPPORT", "FIXATION", "BOLUS"), "support"),
    **dict.fromkeys(("CONTROL", "DOSE_REGION"), "helper"),
}


class Role(NamedTuple):
    """What a structure is taken for, and how that is known: 'given', 'name' or 'dicom type'."""

    role: str
    standard_name: str = ""
    laterality: str = ""
    target_class: str = ""
    source: str = "name"


class StandardStructure(NamedTuple):
    """One row of the table: names after AAPM TG-263 (2018), aliases as met in use."""

    standard_name: str
    role: str
    is_paired: bool
    both: str
    is_treated: bool
    aliases: tuple[tuple[str, ...], ...]


def structure_rows(
    plan_id: str, structure_set: StructureSet, given: Mapping[str, str] | None = None
) -> list[Structure]:
    """The structures of a plan with their roles, as rows of the fact table; volumes are left to be measured."""
    rows = []
    for structure in structure_set.structures:
        role = role_of(structure.name, structure.interpreted_type, given)
        if role.source == "name" and _is_cut_by_an_organ(structure, role, structure_set):
            role = role._replace(role="helper")
        rows.append(
            Structure(
                plan_id=plan_id,
                structure_number=structure.number,
                name=structure.name,
                role=role.role,
                standard_name=role.standard_name,
                laterality=role.laterality if role.laterality in ("left", "right") else "",
                role_source=role.source,
            )
        )
    return rows


def _is_cut_by_an_organ(structure: ContouredStructure, role: Role, structures: StructureSet) -> bool:
    """Whether a target such as `PTV-Bladder` is one less the organ: the organ is drawn, and lies outside of it."""
    match = _CLASS_AND_MORE.match(structure.name) if role.role == "target" and structure.contours else None
    cut_by = _standard(_words(structure.name[match.end() :])) if match else None
    if cut_by is None:
        return False
    drawn = [other for other in structures.structures if other.contours and other is not structure]
    organs = [other for other in drawn if _standard(_sides_of(_words(other.name))[1]) is cut_by]
    organs = [organ for organ in organs if role_of(organ.name).target_class == ""]
    return bool(organs) and share_of_points_inside(organs[0], structure) < _MOSTLY


def role_of(name: str, interpreted_type: str = "", given: Mapping[str, str] | None = None) -> Role:
    """The role of a structure by its name, then by its DICOM type; a role that was given wins.

    `given` maps names to roles; case, blanks and underscores of the names do not matter. The DICOM type
    is only asked where the name says nothing, or names an organ that can itself be the target.
    """
    given_role = _given_role(name, given or {})
    by_name = _by_name(name)
    if given_role:
        return (by_name or Role(given_role))._replace(role=given_role, source="given")
    kind = interpreted_type.strip().upper()
    by_type = _ROLE_OF_TYPE.get(kind)
    if by_name is None:
        if _BARE_DOSE.match(name.strip()) and by_type != "target":
            return Role("helper")
        side = _sides_of(_words(name))[0]
        return Role(by_type or "other", laterality=side, source="dicom type" if by_type else "name")
    can_be_target = by_name.role in ("critical", "other") and _can_be_treated(by_name.standard_name)
    if by_type == "target" and can_be_target:
        stated_class = kind if kind in ("GTV", "CTV", "PTV") else ""
        return by_name._replace(role="target", target_class=stated_class, source="dicom type")
    return by_name


def same_structure(asked: str, name: str) -> bool:
    """Whether a name that was asked for means the structure of this name, as written or by its standard name.

    A side that only one of the two states, and a planning volume around an organ, make it another structure.
    """
    if _plain(asked) == _plain(name):
        return True
    one, other = role_of(asked), role_of(name)
    if not one.standard_name or one.standard_name != other.standard_name:
        return False
    return (one.role == "helper") == (other.role == "helper") and _margin_mm(asked) == _margin_mm(name)


def find_structure(asked: str, names: Iterable[str]) -> str | None:
    """The one of these names that is meant by a name in an order or a table; None where none, or no single one, is.

    As written first, then by the standard name; the bare class of a target (`PTV`) means the only one of its class.
    """
    known = list(names)
    for is_meant in (
        lambda name: name == asked,
        lambda name: _plain(name) == _plain(asked),
        lambda name: same_structure(asked, name),
        lambda name: _is_bare_class(asked) and role_of(name).target_class == _plain(asked).upper(),
    ):
        meant = [name for name in known if is_meant(name)]
        if meant:
            return meant[0] if len(set(meant)) == 1 else None
    return None


def _is_bare_class(asked: str) -> bool:
    return _plain(asked) in ("gtv", "ctv", "ptv", "itv")


def _margin_mm(name: str) -> str:
    """The digits behind a planning volume's mark, as 05 of SpinalCord_PRV05, which tell it from others."""
    found = re.search(r"prv[\s_-]*0*(\d+)", name, re.IGNORECASE)
    return found.group(1) if found else ""


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _given_role(name: str, given: Mapping[str, str]) -> str:
    for given_name, role in given.items():
        if role not in ROLES:
            raise UnknownName(f"structure {given_name!r} is given the role {role!r}; the roles are {', '.join(ROLES)}")
        if _squeezed(given_name) == _squeezed(name):
            return role
    return ""


def _squeezed(name: str) -> str:
    return re.sub(r"[\s_]+", "", name).lower()


def _by_name(name: str) -> Role | None:
    words = [part for word in _words(name) for part in _detach_side(word)]
    side, bare = _sides_of(words)
    found = _standard(bare)
    if not side and len(bare) > 1 and bare[-1] in _LETTER_BEHIND_ORGAN:
        organ = _standard(bare[:-1])
        if organ is not None and organ.is_paired:
            side, bare, found = _LETTER_BEHIND_ORGAN[bare[-1]], bare[:-1], organ
    standard_name, role = _sided(found, side, bare) if found else ("", "")
    target_class = _target_class(words)
    if _is_helper(name, words, found, target_class):
        return Role("helper", standard_name, side, target_class or "")
    is_rest_of_organ = found is not None and _SUBTRACTION.search(_spaced(name)) is not None
    if target_class is not None and not is_rest_of_organ:
        return Role("target", "", side, target_class)
    if found is None:
        return None
    return Role(role, standard_name, side if found.is_paired else "")


def _words(name: str) -> list[str]:
    """Lower-case words and numbers of a name: 'SpinalCord', 'ptv70' and 'LLung' are two words each."""
    return [word for word in re.split(r"[^A-Za-z0-9]+", _spaced(name).lower()) if word]


def _spaced(name: str) -> str:
    """A name with blanks between its words and around a target's class; other signs stay.

    Accents are left out, so that names of other languages are words too.
    """
    name = (
        unicodedata.normalize("NFKD", name.replace("\u00df", "ss").replace("\u0153", "oe").replace("\u0152", "Oe"))
        .encode("ascii", "ignore")
        .decode()
    )
    name = re.sub(r"(?<![A-Za-z])LN[ns](?![A-Za-z])", "LN", name)
    spaced = re.sub(r"(i?[gcpi]tv|prv)", r" \1 ", name, flags=re.IGNORECASE)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", spaced)
    spaced = re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", spaced)
    return spaced.replace("_", " ")


def _sides_of(words: list[str]) -> tuple[str, list[str]]:
    """The side that the words tell (left, right, both or empty) and the words without it."""
    telling = [word in _LATERALITY and not _counts(words[place : place + 2]) for place, word in enumerate(words)]
    sides = {_LATERALITY[word] for word, tells in zip(words, telling, strict=True) if tells}
    rest = [word for word, tells in zip(words, telling, strict=True) if not tells]
    if not rest:
        return "", words
    return (sides.pop() if len(sides) == 1 else "both" if sides == {"left", "right"} else ""), rest


def _counts(words: list[str]) -> bool:
    """Whether a letter and a number count vertebrae or lesions, as L5 or R1, and name no side."""
    letter, number = (*words, "")[:2]
    return letter in ("l", "r") and number.isdigit() and int(number) < _FEWEST_OF_A_DOSE


def _target_class(words: list[str]) -> str | None:
    """GTV, CTV, PTV or ITV; empty for a target of no stated class; None where the words name no target."""
    for word in words:
        if match := _TARGET_CLASS.match(word):
            return match.group(1).upper()
    if "bed" in words and (set(words) & {"tumor", "tumour", "surgical"}):
        return "" if "block" in words else "CTV"
    if any(set(bed) <= set(words) for bed in _BEDS):
        return "CTV"
    if set(words) & _BED_WORDS and not set(words) & _CAVITIES_OF_THE_BODY:
        return "CTV"
    for word in words:
        if word in _TARGET_WORDS:
            return _TARGET_WORDS[word]
    return "" if set(words) & _OPEN_TARGET_WORDS else None


def _is_helper(name: str, words: list[str], found: StandardStructure | None, target_class: str | None) -> bool:
    helping = set(words) & (_HELPER_WORDS | _MATTER)
    if "lobe" in words:
        helping.discard("temp")
    if found is not None and found.standard_name.startswith("Optic"):
        helping.discard("opt")
    if "target" in words:
        helping.discard("planning")
    if helping or _DISTANCE_SHELL.search(name.strip()) or _ISODOSE.match(name.strip()):
        return True
    if _REST_OF_THE_PATIENT.match("".join(words)):
        return True
    # An organ with a distance is a rind or an expansion of it, one that is blocked steers the dose.
    is_organ = target_class is None and found is not None and found.role == "critical"
    if is_organ and (_DISTANCE.search(name) or "block" in words):
        return True
    if target_class is not None and set(words) & _WALLS:
        return True
    if re.match(r"^(z+[_ A-Z]|(?i:[xy]_?i?[gcpi]tv)|(?i:o_i?[gcpi]tv)|NS[_ ]|NT[_ ]|[_~])", name) or words[:1] in (
        ["ns"],
        ["nt"],
    ):
        return True
    # A margin makes another volume of a structure: rectum+3mm is a planning volume, not the rectum.
    if _MARGIN.search(name):
        return True
    spaced = _spaced(name).strip()
    match = _SUBTRACTION.search(spaced)
    if match and not set(_words(spaced[: match.start()])) <= _GRADES | set(_LATERALITY):
        # Organ minus GTV, CTV or ITV is what normal tissue of a treated organ is judged by (lungs, liver).
        return match.group(1).lower().endswith("ptv") or found is None or not found.is_treated
    if _is_crossed(words):
        return True
    if target_class and found is not None and found.role == "critical":
        is_cut_by_organ = _CLASS_AND_MORE.match(name)
        is_overlap = _OVERLAP.search(name) or "in" in words[1:-1]
        return bool(is_overlap) or bool(is_cut_by_organ and not found.is_treated)
    return False


def _is_crossed(words: list[str]) -> bool:
    """Whether a word joins a target and an organ, as in `PTVxRectum`: one less the other, or what they share.

    It may be written as a part of the organ's name, as in `RectumxPTV`.
    """
    places = [place for place, word in enumerate(words) if _TARGET_CLASS.match(word)]
    if not places:
        return False
    before, after = words[: places[0]], words[places[-1] + 1 :]
    organs = [before[:-1]] if before[-1:] and before[-1] in _JOINS else []
    organs += [after[place + 1 :] for place, word in enumerate(after) if word in _JOINS]
    found = [_exactly(organ) for organ in organs]
    for organ, end, removed in ((before, -1, str.removesuffix), (after, 0, str.removeprefix)):
        if organ and _exactly([organ[end]]) is None:
            cut = {removed(organ[end], join) for join in _JOINS} - {organ[end]}
            cut = {word for word in cut if word in _LATERALITY or _exactly([word]) is not None}
            found += [_exactly([*before[:-1], word] if end else [word, *after[1:]]) for word in cut]
    return any(organ is not None and organ.role == "critical" for organ in found)


def _exactly(words: list[str]) -> StandardStructure | None:
    """The row whose alias the words are or contain, letter by letter; sides do not count."""
    bare = _sides_of(words)[1]
    return _by_joined_alias().get("".join(bare)) or _within(bare)


@cache
def _table() -> tuple[StandardStructure, ...]:
    text = files("isocenter.evidence").joinpath("standard_structures.csv").read_text(encoding="utf-8")
    return tuple(
        StandardStructure(
            row["standard_name"],
            row["role"],
            row["paired"] == "yes",
            row["both"],
            row["treated"] == "yes",
            tuple(
                tuple(alias.split())
                for alias in (*row["aliases"].split(";"), *(_spoken(row[key]) for key in ("standard_name", "both")))
                if alias
            ),
        )
        for row in csv.DictReader(text.splitlines())
    )


def _spoken(standard_name: str) -> str:
    return " ".join(_words(standard_name))


@cache
def _by_alias() -> dict[tuple[str, ...], StandardStructure]:
    return {alias: row for row in _table() for alias in row.aliases}


@cache
def _by_joined_alias() -> dict[str, StandardStructure]:
    return {"".join(alias): row for alias, row in _by_alias().items()}


@cache
def _by_words_in_any_order() -> dict[tuple[str, ...], StandardStructure]:
    """Aliases of several words, for names that turn them around, as Nrv_Optic."""
    return {tuple(sorted(alias)): row for alias, row in _by_alias().items() if len(alias) > 1}


def _standard(words: list[str]) -> StandardStructure | None:
    """The row whose alias the words are, contain, or nearly are."""
    joined = "".join(word for word in words if not word.isdigit())
    for candidate in (joined, joined.removesuffix("s")):
        if candidate in _by_joined_alias():
            return _by_joined_alias()[candidate]
    if row := _by_words_in_any_order().get(tuple(sorted(words))) or _within(words):
        return row
    return _by_joined_alias()["nodes"] if _names_nodes(words) else _nearly(joined)


def _names_nodes(words: list[str]) -> bool:
    """Whether the words name lymph nodes, or a level of them by its number."""
    levels = [place for place, word in enumerate(words) if word in _LEVELS]
    is_counted = any(_NUMERAL.fullmatch(word) for place in levels for word in words[place + 1 : place + 2])
    return is_counted or not _NODES.isdisjoint(words)


def _within(words: list[str]) -> StandardStructure | None:
    """The row of the longest alias among the words; single letters are too little."""
    singular = [word.removesuffix("s") if len(word) > 4 else word for word in words]
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            for source in (words, singular):
                part = tuple(source[start : start + length])
                row = _by_alias().get(part)
                if row is not None and len("".join(part)) > 2:
                    return row
    return None


def _nearly(joined: str) -> StandardStructure | None:
    """The row of the nearest alias: one letter off from five letters on, two from nine on, and never the first."""
    allowed = 0 if len(joined) < 5 else 1 if len(joined) < 9 else 2
    near = [
        (distance, alias)
        for alias in _by_joined_alias()
        if len(alias) >= 5
        and alias.startswith(joined[:1])
        and (distance := differ_by(joined, alias, allowed)) <= allowed
    ]
    return _by_joined_alias()[min(near)[1]] if near and allowed else None


def _detach_side(word: str) -> list[str]:
    """`lparotid` and `parotidl` as two words, where the rest names a paired organ; any other word as it is."""
    for mark in ("left", "right", "lt", "rt", "l", "r"):
        for bare in (word.removeprefix(mark), word.removesuffix(mark)):
            row = _by_joined_alias().get(bare)
            if bare != word and row is not None and row.is_paired and len(bare) > 2:
                return [mark, bare]
    return [word]


def _can_be_treated(standard_name: str) -> bool:
    bare = standard_name.removesuffix("_L").removesuffix("_R")
    return any(row.is_treated for row in _table() if bare in (row.standard_name, row.both))


def _sided(row: StandardStructure, side: str, words: list[str]) -> tuple[str, str]:
    """The standard name with its side, and the role."""
    if not row.is_paired:
        return row.standard_name, row.role
    is_plural = any(word.endswith("s") or word in _PLURALS for word in words) or " ".join(words) == _spoken(row.both)
    if side in ("left", "right"):
        return f"{row.standard_name}_{side[0].upper()}", row.role
    if row.both and (side == "both" or is_plural):
        return row.both, row.role
    return row.standard_name, row.role
