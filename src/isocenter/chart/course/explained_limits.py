"""Which limited structure a review of a plan explains, where it accepts that a limit was not met."""

import re
from collections.abc import Sequence

from isocenter.chart.abstraction import Abstraction
from isocenter.chart.orders.limit_parts import ConstraintFound
from isocenter.evidence.roles.roles import find_structure


def name_structures(found: Abstraction) -> None:
    """A structure that a document explains bears the name under which the prescription limits it.

    It is the one whose limit the words quote (V5 of 63 instead of 60), else the organ that they name.
    """
    limits = [constraint for constraint, _ in found.constraints]
    names = [limit.structure for limit in limits]
    for document in found.documents:
        for at, element in enumerate(document.elements):
            if element.element != "constraints_explained":
                continue
            words = element.cited.words
            organ = _structure_meant(element.detail, words, names) if element.detail else ""
            meant = _quoted_with_its_metric(words, limits) or organ or _quoted_alone(words, limits)
            if meant:
                document.elements[at] = element._replace(detail=meant)


_METRIC = re.compile(r"\b([DV])\s?(\d+(?:\.\d+)?)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\w)")
_QUOTED = re.compile(
    r"\b(?:instead of|asked(?: for)?|limit(?: is| of)?|wanted|wished|over|above|against|allowed|goal(?: is| of)?|beyond)\W{0,3}(\d+(?:\.\d+)?)(?![\d.]*\d)",
    re.IGNORECASE,
)


def _quoted_with_its_metric(words: str, limits: Sequence[ConstraintFound]) -> str:
    """The one structure of which a text names a metric together with the number that limits it; '' for none or several."""
    metrics = {(found[1].upper(), float(found[2])) for found in _METRIC.finditer(words)}
    numbers = {float(found.group()) for found in _NUMBER.finditer(words)}
    return _only([one.structure for one in limits if _metric_of(one) in metrics and one.limit in numbers])


def _quoted_alone(words: str, limits: Sequence[ConstraintFound]) -> str:
    """The one structure whose limit a text says that it exceeds or falls short of; '' for none or several."""
    quoted = {float(found[1]) for found in _QUOTED.finditer(words)}
    return _only([one.structure for one in limits if one.limit in quoted])


def _metric_of(limit: ConstraintFound) -> tuple[str, float] | None:
    found = _METRIC.match(limit.metric)
    return (found[1].upper(), float(found[2])) if found is not None else None


def _only(structures: Sequence[str]) -> str:
    return structures[0] if len(set(structures)) == 1 else ""


_ORGAN_OF = {
    "hippocampal": "hippocampus",
    "cochlear": "cochlea",
    "cardiac": "heart",
    "pulmonary": "lung",
    "hepatic": "liver",
    "renal": "kidney",
    "rectal": "rectum",
    "esophageal": "esophagus",
    "duodenal": "duodenum",
    "gastric": "stomach",
    "laryngeal": "larynx",
    "mandibular": "mandible",
}


_TARGET = re.compile(r"\W*[pcgi]tv", re.IGNORECASE)


def _structure_meant(organ: str, words: str, names: Sequence[str]) -> str:
    """The limited structure that a sentence explains: by the standard names of structures first, else by its words."""
    if not _TARGET.match(organ):
        names = [name for name in names if not _TARGET.match(name)]
    side = _side_of(organ, words)
    organ = _ORGAN_OF.get(organ.lower(), organ)
    asked = f"{side} {organ}" if side else organ
    standard = find_structure(asked, names)
    return standard or next((name for name in names if _same_structure(name, organ, side)), "")


_SIDE = r"(left|right|lt|rt|l|r)"
_DIRECTLY = re.compile(
    r"\bright (?:against|on|at|next|behind|in|beside|under|over|above|below|up|by|onto|through|before|after|where|away)\b",
    re.IGNORECASE,
)  # names no side


def _side_of(organ: str, words: str) -> str:
    """The side that a sentence gives for its organ: beside the name, also as a letter, else the only one it writes out."""
    words = _DIRECTLY.sub(" ", words)
    named = re.escape(organ)
    beside = re.search(rf"\b{_SIDE}\b\.?[\s-]+{named}\b|\b{named}[\s_,(-]+{_SIDE}\b", words, re.IGNORECASE)
    if beside is not None:
        return "left" if (beside[1] or beside[2])[0] in "lL" else "right"
    said = set(re.findall(r"\b(left|right)\b", words.lower()))
    return said.pop() if len(said) == 1 else ""


def _same_structure(name: str, organ: str, side: str) -> bool:
    """Whether a name such as Lens_R is the organ that a sentence names, on the side that it says."""
    parts = {part.rstrip("s") for part in re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())}
    said = {part.rstrip("s") for part in re.findall(r"[a-z]+", organ.lower())}
    sides = parts & {"l", "r", "left", "right", "lt", "rt"}
    if not said & (parts - sides):
        return False
    return not sides or not side or side[0] in {one[0] for one in sides}
