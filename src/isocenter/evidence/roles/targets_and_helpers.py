"""Which names are of targets, and which of helpers that steer the dose: rings, margins, organs less a target."""

import re

from isocenter.evidence.roles.standard_structures import StandardStructure, exact_structure
from isocenter.evidence.roles.structure_words import LATERALITY, with_blanks, words_of

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
_TARGET_WORDS = dict.fromkeys(("tumor", "tumour", "tumeur", "tumore", "guz", "lesion", "met", "mets"), "GTV")
_TARGET_WORDS |= {"vtm": "GTV", "vcp": "PTV"}  # as older French contours name them
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
CLASS_AND_MORE = re.compile(r"^\s*(?:i?[gcpi]tv|vcp|vtm)\w*\s*(-|minus\b|not\b)", re.IGNORECASE)
# Beyond 30 it is no margin but a second dose, as `PTV 60+70`.
_MARGIN = re.compile(r"\+\s*([0-2]?\d|30)(\.\d+)?(?!\d)\s*(mm|cm)?", re.IGNORECASE)
SUBTRACTION = re.compile(
    r"(?<!^)(?:-|\b(?:minus|min|not|no|without|ex|excl\w*|ohne|sans|senza|sin|zonder)\b|~|/)\s*(i?[gcpi]tv|vcp|vtm)",
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


def target_class_of(words: list[str]) -> str | None:
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


def is_helper(name: str, words: list[str], found: StandardStructure | None, target_class: str | None) -> bool:
    """Whether a name is of what steers the dose or shows no tissue; found and target_class are what its words mean."""
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
    spaced = with_blanks(name).strip()
    match = SUBTRACTION.search(spaced)
    if match and not set(words_of(spaced[: match.start()])) <= _GRADES | set(LATERALITY):
        # Organ minus GTV, CTV or ITV is what normal tissue of a treated organ is judged by (lungs, liver).
        return match.group(1).lower().endswith("ptv") or found is None or not found.is_treated
    if _is_crossed(words):
        return True
    if target_class and found is not None and found.role == "critical":
        is_cut_by_organ = CLASS_AND_MORE.match(name)
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
    found = [exact_structure(organ) for organ in organs]
    for organ, end, removed in ((before, -1, str.removesuffix), (after, 0, str.removeprefix)):
        if organ and exact_structure([organ[end]]) is None:
            cut = {removed(organ[end], join) for join in _JOINS} - {organ[end]}
            cut = {word for word in cut if word in LATERALITY or exact_structure([word]) is not None}
            found += [exact_structure([*before[:-1], word] if end else [word, *after[1:]]) for word in cut]
    return any(organ is not None and organ.role == "critical" for organ in found)


def name_without_class(name: str) -> str:
    """What is left of a target's name without its class: `70` of `PTV_70` and of `CTV70`."""
    return re.sub(r"[gcpi]tv|[\s_-]", "", name.lower())
