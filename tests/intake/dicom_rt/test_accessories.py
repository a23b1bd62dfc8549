"""What lies in a beam by the plan's file: wedges, blocks, boluses, applicators, trays, and the mode of its fluence."""

from pathlib import Path

import pytest
from tests.dicom_files import beam, control_point, item, plan, save

from isocenter.evidence.fields.plan_rows import plan_rows
from isocenter.intake.dicom_rt import read_plan
from isocenter.terms.imaging import Accessory, TreatmentPlan


def only_beam(tmp_path: Path, *points, **values):
    found, _ = read_plan(save(plan([beam(1, list(points) or None, **values)]), tmp_path / "p"))
    return found.beams[0]


WEDGE = {"WedgeSequence": [item(WedgeNumber=1, WedgeID="W45", WedgeType="DYNAMIC", WedgeAngle=45)]}


def at(place: str):
    return [item(ReferencedWedgeNumber=1, WedgePosition=place)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ()),
        (WEDGE, (Accessory("wedge", "W45", "DYNAMIC", 45.0),)),
        ({"NumberOfWedges": 1}, (Accessory("wedge"),)),
        ({"NumberOfBoli": 2}, (Accessory("bolus"),)),
        ({"NumberOfBoli": 1, "ReferencedBolusSequence": [item(ReferencedROINumber=12)]}, (Accessory("bolus", "12"),)),
        ({"BlockSequence": [item(BlockTrayID="T3", BlockType="APERTURE")]}, (Accessory("block", "T3", "APERTURE"),)),
        (
            {"ApplicatorSequence": [item(ApplicatorID="C5", ApplicatorType="STEREOTACTIC")]},
            (Accessory("applicator", "C5", "STEREOTACTIC"),),
        ),
        (
            {"GeneralAccessorySequence": [item(GeneralAccessoryID="G1", GeneralAccessoryType="TRAY")]},
            (Accessory("accessory", "G1", "TRAY"),),
        ),
    ],
)
def test_what_lies_in_a_beam_is_read_by_its_name(tmp_path, values, expected):
    assert only_beam(tmp_path, **values).accessories == expected


@pytest.mark.parametrize(
    ("first", "second", "is_out"), [("OUT", None, True), ("OUT", "IN", False), ("IN", "OUT", False)]
)
def test_a_wedge_that_stays_out_of_the_beam_is_told_from_one_that_moves_in(tmp_path, first, second, is_out):
    later = {"WedgePositionSequence": at(second)} if second else {}
    points = [control_point(0, 0, GantryAngle=0, WedgePositionSequence=at(first)), control_point(1, 1, **later)]
    (wedge,) = only_beam(tmp_path, *points, **WEDGE).accessories
    assert wedge.is_out == is_out


@pytest.mark.parametrize(("place", "count", "modulation"), [("OUT", 0, ""), ("IN", 1, "wedge")])
def test_a_wedge_that_stays_out_modulates_nothing_and_explains_no_control_points(tmp_path, place, count, modulation):
    jaws = [item(RTBeamLimitingDeviceType=kind, LeafJawPositions=[-50, 50]) for kind in ("ASYMX", "ASYMY")]
    first = {"GantryAngle": 0, "BeamLimitingDevicePositionSequence": jaws, "WedgePositionSequence": at(place)}
    points = [control_point(0, 0, **first), *(control_point(k, k / 4) for k in range(1, 5))]
    devices = [item(RTBeamLimitingDeviceType=kind, NumberOfLeafJawPairs=1) for kind in ("ASYMX", "ASYMY")]
    found = only_beam(tmp_path, *points, BeamLimitingDeviceSequence=devices, NumberOfWedges=1, **WEDGE)
    assert (found.wedges, found.wedge_types) == (count, ("DYNAMIC",) * count)
    row, (treated,) = plan_rows(TreatmentPlan("1.2", beams=(found,)), "C1")
    assert row.is_imrt is (None if place == "OUT" else False)
    assert treated.modulation == modulation


def test_wedges_and_blocks_that_are_described_and_not_counted_are_in_the_beam(tmp_path):
    found = only_beam(tmp_path, BlockSequence=[item(BlockTrayID="T3", BlockType="SHIELDING")], **WEDGE)
    assert (found.wedges, found.blocks) == (1, 1)


def test_the_mode_of_fluence_the_distance_to_the_skin_and_a_tilt_are_read(tmp_path):
    points = [control_point(0, 0, GantryAngle=0, SourceToSurfaceDistance=915, TableTopPitchAngle=359.0)]
    unflattened = [item(FluenceMode="NON_STANDARD", FluenceModeID="FFF")]
    found = only_beam(tmp_path, *points, control_point(1, 1), PrimaryFluenceModeSequence=unflattened)
    assert (found.fluence_mode, found.ssd_mm, found.is_tilted) == ("FFF", 915.0, True)
    plain = only_beam(tmp_path, PrimaryFluenceModeSequence=[item(FluenceMode="STANDARD")])
    assert (plain.fluence_mode, plain.ssd_mm, plain.is_tilted) == ("", None, False)


def test_an_accessory_that_cannot_be_read_does_not_make_an_open_field(tmp_path):
    damaged = item(WedgeNumber=1, WedgeType="STANDARD")
    damaged.add_new(0x300A00D5, "LO", "steep")  # WedgeAngle
    assert [one.type for one in only_beam(tmp_path, WedgeSequence=[damaged]).accessories] == ["UNREADABLE"]
