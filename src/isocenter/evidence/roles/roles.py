"""Which part a contoured structure plays: target, critical structure, outline, support or helper."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from isocenter.errors import UnknownName
from isocenter.evidence.bodies.within import share_of_points_inside
from isocenter.evidence.roles.standard_structures import can_be_treated, detach_side, sided_name, standard_structure
from isocenter.evidence.roles.structure_words import sides_of, with_blanks, words_of
from isocenter.evidence.roles.targets_and_helpers import CLASS_AND_MORE, SUBTRACTION, is_helper, target_class_of
from isocenter.terms.imaging import ContouredStructure, StructureSet
from isocenter.terms.plans import Structure

ROLES = ("target", "critical", "external", "support", "helper", "other")
# Gauche, droite and their like cut to a letter, which says so behind the name of a paired organ alone.
_LETTER_BEHIND_ORGAN = {"g": "left", "d": "right"}
_MOSTLY = 0.5
_BARE_DOSE = re.compile(r"^\d+([.,]\d+)?[\s_]*c?gy$", re.IGNORECASE)
_DOSE_LEVEL = re.compile(r"(\d+(?:[.,]\d+)?)(c?gy)?", re.IGNORECASE)
# Behind a single letter a number counts vertebrae, before one sessions or millimeters.
_NUMBER_ALONE = re.compile(r"(?:(?<![a-z\d.,])|(?<=tv))(\d+(?:[.,]\d+)?)\s*(c?gy)?(?![a-z\d.,]|\s*%)", re.IGNORECASE)
_GY_WITHOUT_UNIT = range(10, 100)  # below, the number counts targets
_CGY_WITHOUT_UNIT = range(1000, 10000)
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
    match = CLASS_AND_MORE.match(structure.name) if role.role == "target" and structure.contours else None
    cut_by = standard_structure(words_of(structure.name[match.end() :])) if match else None
    if cut_by is None:
        return False
    drawn = [other for other in structures.structures if other.contours and other is not structure]
    organs = [other for other in drawn if standard_structure(sides_of(words_of(other.name))[1]) is cut_by]
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
        side = sides_of(words_of(name))[0]
        return Role(by_type or "other", laterality=side, source="dicom type" if by_type else "name")
    can_be_target = by_name.role in ("critical", "other") and can_be_treated(by_name.standard_name)
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

    As written first, then by the standard name or by a target's class and dose level (`PTV_7000` is `PTV 70 Gy`); the
    bare class of a target (`PTV`) means the only one of its class.
    """
    known = list(names)
    for is_meant in (
        lambda name: name == asked,
        lambda name: _plain(name) == _plain(asked),
        lambda name: same_structure(asked, name),
        lambda name: _target_and_gy(asked) is not None and _target_and_gy(name) == _target_and_gy(asked),
        lambda name: _is_bare_class(asked) and role_of(name).target_class == _plain(asked).upper(),
    ):
        meant = [name for name in known if is_meant(name)]
        if meant:
            return meant[0] if len(set(meant)) == 1 else None
    return None


def dose_level_gy(name: str) -> float | None:
    """The dose level in a target's name, as 60 of `PTV_6000_L`; None where no number, or more than one, can be one."""
    levels = [_level_gy(number) for number in _NUMBER_ALONE.finditer(re.sub(r"[_-]", " ", name))]
    known = [level for level in levels if level is not None]
    return known[0] if len(known) == 1 else None


def _is_bare_class(asked: str) -> bool:
    return _plain(asked) in ("gtv", "ctv", "ptv", "itv")


def _target_and_gy(name: str) -> tuple[str, float] | None:
    """The class and the dose level of a target that is named by these alone, as `PTV_7000` and `PTV 70 Gy`."""
    found = re.fullmatch(r"([gcpi]tv)(.+)", _plain(name))
    level = found and _DOSE_LEVEL.fullmatch(found[2])
    if not found or not level:
        return None
    dose_gy = _level_gy(level)
    return None if dose_gy is None else (found[1], dose_gy)


def _level_gy(level: re.Match[str]) -> float | None:
    number, unit = float(level[1].replace(",", ".")), (level[2] or "").lower()
    if not unit and int(number) not in _GY_WITHOUT_UNIT and int(number) not in _CGY_WITHOUT_UNIT:
        return None
    is_cgy = unit == "cgy" or (not unit and int(number) in _CGY_WITHOUT_UNIT)
    return number / 100 if is_cgy else number


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
    words = [part for word in words_of(name) for part in detach_side(word)]
    side, bare = sides_of(words)
    found = standard_structure(bare)
    if not side and len(bare) > 1 and bare[-1] in _LETTER_BEHIND_ORGAN:
        organ = standard_structure(bare[:-1])
        if organ is not None and organ.is_paired:
            side, bare, found = _LETTER_BEHIND_ORGAN[bare[-1]], bare[:-1], organ
    standard_name, role = sided_name(found, side, bare) if found else ("", "")
    target_class = target_class_of(words)
    if is_helper(name, words, found, target_class):
        return Role("helper", standard_name, side, target_class or "")
    is_rest_of_organ = found is not None and SUBTRACTION.search(with_blanks(name)) is not None
    if target_class is not None and not is_rest_of_organ:
        return Role("target", "", side, target_class)
    if found is None:
        return None
    return Role(role, standard_name, side if found.is_paired else "")
