"""What a beam of a plan goes through besides jaws, leaves and compensators, and how else it is unlike an open field."""

from collections.abc import Sequence

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import items, number, text, whole
from isocenter.intake.dicom_rt.tags import TAGS
from isocenter.terms.imaging import Accessory

_TILTS = ("TableTopPitchAngle", "TableTopRollAngle", "GantryPitchAngle")
_TILTED_DEG = 0.1
_STANDARD = "STANDARD"


def accessories_of(beam: Dataset, points_keyword: str) -> tuple[Accessory, ...]:
    """Wedges, blocks, boluses, applicators and trays of a beam, those that are stated by number alone included.

    One that cannot be read is an accessory of the type UNREADABLE: the beam stays, and is no open field.
    """
    try:
        return tuple(_described(beam, items(beam, points_keyword)))
    except UnreadableInput:
        return (Accessory("accessory", "", "UNREADABLE"),)


def _described(beam: Dataset, points: Sequence[Dataset]) -> list[Accessory]:
    found = _wedges(beam, points)
    blocks = [
        Accessory("block", text(block, "BlockName") or text(block, "BlockTrayID"), text(block, "BlockType"))
        for block in items(beam, "BlockSequence")
    ]
    boluses = [
        Accessory("bolus", text(bolus, "ReferencedROINumber")) for bolus in items(beam, "ReferencedBolusSequence")
    ]
    found += _as_many_as(whole(beam, "NumberOfBlocks"), blocks, "block")
    found += _as_many_as(whole(beam, "NumberOfBoli"), boluses, "bolus")
    found += [
        Accessory("applicator", text(one, "ApplicatorID"), text(one, "ApplicatorType"))
        for one in items(beam, "ApplicatorSequence")
    ]
    found += [
        Accessory(
            "accessory",
            text(one, "GeneralAccessoryID") or text(one, "GeneralAccessoryDescription"),
            text(one, "GeneralAccessoryType"),
        )
        for one in items(beam, "GeneralAccessorySequence")
    ]
    return found


def fluence_mode_of(beam: Dataset) -> str:
    """The name of another fluence than the flattened one, such as FFF; empty where it is flattened or not stated."""
    try:
        modes = items(beam, "PrimaryFluenceModeSequence")[:1]
    except UnreadableInput:
        return "UNREADABLE"
    if not modes or text(modes[0], "FluenceMode") in ("", _STANDARD):
        return ""
    return text(modes[0], "FluenceModeID") or text(modes[0], "FluenceMode")


def ssd_of(points: Sequence[Dataset]) -> float | None:
    """The distance from the source to the skin that the first control point states, in mm; None where it is none."""
    try:
        ssd_mm = number(points[0], "SourceToSurfaceDistance") if points else None
    except UnreadableInput:
        return None
    return ssd_mm if ssd_mm and ssd_mm > 0 else None


def is_tilted(beam: Dataset, points_keyword: str) -> bool:
    """Whether table or gantry is pitched, or the table rolled, at any control point."""
    return any(_tilt_deg(point, keyword) > _TILTED_DEG for point in items(beam, points_keyword) for keyword in _TILTS)


def _tilt_deg(point: Dataset, keyword: str) -> float:
    """By how much an angle differs from 0; 0 where it is not stated or cannot be read."""
    if not point.raw(TAGS[keyword]):
        return 0.0
    try:
        angle_deg = float(point.decoded(TAGS[keyword])) % 360
    except (LookupError, ValueError):
        return 0.0
    return min(angle_deg, 360 - angle_deg)


def _wedges(beam: Dataset, points: Sequence[Dataset]) -> list[Accessory]:
    """The wedges of a beam; one is out that every control point which mentions it states as out."""
    positions: dict[int | None, set[str]] = {}
    for point in points:
        for place in items(point, "WedgePositionSequence"):
            positions.setdefault(whole(place, "ReferencedWedgeNumber"), set()).add(text(place, "WedgePosition"))
    described = [
        (
            whole(wedge, "WedgeNumber"),
            Accessory("wedge", text(wedge, "WedgeID"), text(wedge, "WedgeType"), number(wedge, "WedgeAngle")),
        )
        for wedge in items(beam, "WedgeSequence")
    ]
    wedges = _as_many_as(whole(beam, "NumberOfWedges"), [wedge for _, wedge in described], "wedge")
    numbers = [numbered for numbered, _ in described]
    return [
        wedge._replace(is_out=k < len(numbers) and positions.get(numbers[k]) == {"OUT"})
        for k, wedge in enumerate(wedges)
    ]


def _as_many_as(stated: int | None, described: list[Accessory], kind: str) -> list[Accessory]:
    """The described ones, and one without a name where the beam states more than it describes."""
    return [*described, *([Accessory(kind)] if (stated or 0) > len(described) else [])]
