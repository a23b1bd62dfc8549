"""Beams, control points, metersets, prescriptions, records and registrations, as the plan file means them."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from tests.dicom_files import beam, control_point, item, leaves, plan, record, registration, save

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt import read_plan, read_record, read_registration


def test_monitor_units_go_to_their_beam_by_number_although_a_set_up_beam_comes_first(tmp_path: Path) -> None:
    made = plan([beam(9, TreatmentDeliveryType="SETUP"), beam(1), beam(2)])
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert [(b.number, b.monitor_units) for b in found.beams] == [(9, 109.0), (1, 101.0), (2, 102.0)]
    assert [b.number for b in found.treatment_beams] == [1, 2]
    assert problems == []


def test_approval_dates_and_prescription_are_read(tmp_path: Path) -> None:
    found, _ = read_plan(save(plan(), tmp_path / "p"))
    assert (found.approval, found.reviewer) == ("APPROVED", "ONCOLOGIST^ADA")
    assert (found.plan_date, found.approved_on) == (date(2024, 3, 1), date(2024, 3, 4))
    assert (found.fractions, found.prescribed_dose_gy) == (5, 10.0)


def test_a_state_that_a_control_point_does_not_repeat_holds_from_the_one_before(tmp_path: Path) -> None:
    points = [
        control_point(0, 0, GantryAngle=7.09e-10, BeamLimitingDeviceAngle=359.97, PatientSupportAngle=10,
                      NominalBeamEnergy=6, BeamLimitingDevicePositionSequence=leaves([-9, -8, 9, 8])),
        control_point(1, 20),
        control_point(2, 30, BeamLimitingDevicePositionSequence=[
            item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=[-1, -2, 3, 4])]),
        control_point(3, 40),
    ]  # fmt: skip
    found, _ = read_plan(save(plan([beam(1, points, FinalCumulativeMetersetWeight=40)]), tmp_path / "p"))
    states = found.beams[0].control_points
    assert [s.cumulative_weight for s in states] == [0, 0.5, 0.75, 1]
    assert {(s.gantry_deg, s.collimator_deg, s.couch_deg) for s in states} == {(0.0, 0.0, 10.0)}
    assert {s.jaws_x_mm for s in states} == {(-50.0, 50.0)}
    np.testing.assert_array_equal(states[1].leaves_mm, [[-9, -8], [9, 8]])
    np.testing.assert_array_equal(states[3].leaves_mm, [[-1, -2], [3, 4]])


def test_a_beam_without_x_jaws_has_none(tmp_path: Path) -> None:
    first = {"GantryAngle": 0, "BeamLimitingDevicePositionSequence": leaves([-9, -8, 9, 8], jaws=False)}
    points = [control_point(0, 0, **first), control_point(1, 1)]
    found, _ = read_plan(save(plan([beam(1, points)]), tmp_path / "p"))
    assert found.beams[0].control_points[0].jaws_x_mm is None
    assert found.beams[0].control_points[0].jaws_y_mm == (-20.0, 20.0)


@pytest.mark.parametrize("kind", ["ASYMX", "MLCX"])
def test_a_leaf_or_jaw_farther_than_any_room_costs_its_beam(tmp_path: Path, kind: str) -> None:
    devices = leaves([-9, -8, 9, 8])
    for device in devices:
        if device.RTBeamLimitingDeviceType == kind:
            device.LeafJawPositions = [-1e7, *device.LeafJawPositions[1:]]
    points = [control_point(0, 0, GantryAngle=0, BeamLimitingDevicePositionSequence=devices), control_point(1, 1)]
    found, (problem,) = read_plan(save(plan([beam(1, points), beam(2)]), tmp_path / "p"))
    assert [one.number for one in found.beams] == [2]
    assert problem.sentence.startswith(f"{kind}: 10,000,000.0 mm from the beam axis")


def test_a_compensator_is_documented_by_its_thickness_or_transmission(tmp_path: Path) -> None:
    parts = [
        item(CompensatorNumber=1, CompensatorID="C1", CompensatorRows=1, CompensatorColumns=2,
             CompensatorThicknessData=[10, 20]),
        item(CompensatorNumber=2, CompensatorTransmissionData=[0.5]),
        item(CompensatorNumber=3),
    ]  # fmt: skip
    made = plan([beam(1, NumberOfCompensators=4, CompensatorSequence=parts, NumberOfWedges=1, NumberOfBlocks=2)])
    found, problems = read_plan(save(made, tmp_path / "p"))
    only = found.beams[0]
    assert [(c.has_thickness, c.has_transmission) for c in only.compensators] == [
        (True, False), (False, True), (False, False), (False, False)]  # fmt: skip
    assert (only.wedges, only.blocks, only.compensators[0].columns) == (1, 2, 2)
    assert any("4 compensators and describes 3" in problem.sentence for problem in problems)


def test_the_prescription_is_the_highest_target_dose_that_is_no_points(tmp_path: Path) -> None:
    references = [
        item(DoseReferenceType="TARGET", DoseReferenceStructureType="VOLUME", TargetPrescriptionDose=54),
        item(DoseReferenceType="TARGET", DoseReferenceStructureType="SITE", TargetPrescriptionDose=70),
        item(DoseReferenceType="TARGET", DoseReferenceStructureType="COORDINATES", TargetPrescriptionDose=72),
        item(DoseReferenceType="ORGAN_AT_RISK", ReferencedROINumber=4, OrganAtRiskMaximumDose=45),
    ]
    found, _ = read_plan(save(plan(DoseReferenceSequence=references), tmp_path / "p"))
    assert found.prescribed_dose_gy == 70
    assert [(p.structure_number, p.organ_maximum_gy) for p in found.prescriptions][-1] == (4, 45.0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (beam(2, NumberOfControlPoints=9), "says 9 control points and holds 2"),
        (beam(1), "used twice"),
        (beam(2, ControlPointSequence=[control_point(0, 0, GantryAngle=0), control_point(1, 0.8),
                                       control_point(2, 0.5), control_point(3, 1)]), "do not rise"),
        (beam(2, ControlPointSequence=[control_point(0, 0), control_point(1, 1)]), "gantry angle"),
        (beam(2, BeamLimitingDeviceSequence=[item(RTBeamLimitingDeviceType="MLCX",
                                                  LeafPositionBoundaries=[0, 5, 5])]), "leaf boundaries"),
        (beam(2, BeamLimitingDeviceSequence=[item(RTBeamLimitingDeviceType="MLCX",
                                                  LeafPositionBoundaries=[0, 5])]), "LeafJawPositions holds 4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_odd_beam_is_reported_and_the_sound_one_kept(changed: object, words: str, tmp_path: Path) -> None:
    found, problems = read_plan(save(plan([beam(1), changed]), tmp_path / "p"))
    assert found.beams[0].name == "F1"
    assert any(words in problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("weights", "is_unknown"),
    [
        ((0, 0.4, 1), False),
        ((0, 0.4, 0.999), False),  # rounded
        ((0, 0.733334, 0.733333, 1), False),  # the same weight, summed another way
        ((0, 0.4, 0.8), True),  # the rest of the beam is not in the file
        ((0, 0.4, 2), True),
        ((0, 0.6, 0.5), True),
        ((0.3, 0.4, 1), True),
        ((0, None, 1), True),
        ((None, None, None), True),
    ],
)
def test_weights_that_do_not_rise_from_nothing_to_the_final_one_are_unknown(
    weights: tuple[float | None, ...], is_unknown: bool, tmp_path: Path
) -> None:
    points = [item(ControlPointIndex=0, CumulativeMetersetWeight=weights[0], NominalBeamEnergy=6, GantryAngle=0)]
    points += [item(ControlPointIndex=k, CumulativeMetersetWeight=weight) for k, weight in enumerate(weights[1:], 1)]
    setup = beam(2, points, TreatmentDeliveryType="SETUP")
    read, problems = read_plan(save(plan([beam(1, points), setup]), tmp_path / "plan.dcm"))
    assert [b.has_unknown_weights for b in read.beams] == [is_unknown, False]
    said = [p for p in problems if "cumulative meterset weights" in p.sentence]
    assert [p.place for p in said] == (["beam 1"] if is_unknown else [])


def test_a_malformed_date_is_reported_and_the_plan_kept(tmp_path: Path) -> None:
    path = save(plan(), tmp_path / "p")
    path.write_bytes(path.read_bytes().replace(b"20240301", b"20249999"))
    found, problems = read_plan(path)
    assert found.plan_date is None
    assert any("20249999" in problem.sentence for problem in problems)


def group(
    number: int, fractions: int, beams: list[int], dose_gy: float = 1.0, references: tuple[int, ...] = ()
) -> Dataset:
    """A fraction group whose beams give dose_gy each in a fraction."""
    parts = [item(ReferencedBeamNumber=n, BeamMeterset=100, BeamDose=dose_gy) for n in beams]
    bound = [item(ReferencedDoseReferenceNumber=n) for n in references]
    more = {"ReferencedDoseReferenceSequence": bound} if bound else {}
    return item(FractionGroupNumber=number, NumberOfFractionsPlanned=fractions, ReferencedBeamSequence=parts, **more)


def target(number: int, dose: float | None) -> Dataset:
    stated = {} if dose is None else {"TargetPrescriptionDose": dose}
    return item(DoseReferenceNumber=number, DoseReferenceType="TARGET", DoseReferenceStructureType="SITE", **stated)


@pytest.mark.parametrize(
    ("groups", "references", "ordered"),
    [
        # Each group has a dose of its own: they add up over all fractions.
        ([group(1, 16, [1], references=(1,)), group(2, 4, [2], references=(2,))], [40, 10], (50.0, 20)),
        # The second reference holds the whole course, not the boost alone.
        ([group(1, 25, [1], references=(1,)), group(2, 5, [2], references=(2,))], [50, 60], (60.0, 30)),
        # Nothing is bound, and the beams say which fractions the prescription is of.
        ([group(1, 16, [1], 2.5), group(2, 4, [2], 2.5)], [40], (40.0, 16)),
        ([group(1, 20, [1], 2.0), group(2, 5, [2], 2.0)], [50], (50.0, 25)),
        # Nothing is bound and the beams agree with neither: how many fractions is not known.
        ([group(1, 16, [1], 9.0), group(2, 4, [2], 9.0)], [40], (40.0, None)),
        # The only group names the lower dose, and its beams give that one; where they give the higher one it holds.
        ([group(1, 25, [1, 2], 1.0, (1,))], [50, 60], (50.0, 25)),
        ([group(1, 25, [1, 2], 1.2, (1,))], [50, 60], (60.0, 25)),
    ],
)
def test_dose_and_fractions_of_fraction_groups_go_together(
    tmp_path: Path, groups: list[Dataset], references: list[float], ordered: tuple[float, int | None]
) -> None:
    made = plan(
        FractionGroupSequence=groups,
        DoseReferenceSequence=[target(n, dose) for n, dose in enumerate((*references, None), start=1)],
    )
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert (found.prescribed_dose_gy, found.fractions) == ordered
    assert sum("2 fraction groups" in problem.sentence for problem in problems) == len(groups) - 1


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ((1,), "2 fraction groups of 25 and 5 fractions, and only that of 25 names the dose of a target"),
        (
            (),
            "2 fraction groups of 25 and 5 fractions, and the plan does not say over which of them its 60 Gy are given",
        ),
    ],
)
def test_fractions_left_open_are_explained_by_what_the_fraction_groups_name(
    named: tuple[int, ...], said: str, tmp_path: Path
) -> None:
    organ = item(DoseReferenceNumber=2, DoseReferenceType="ORGAN_AT_RISK", OrganAtRiskMaximumDose=45)
    groups = [group(1, 25, [1], references=named), group(2, 5, [2], references=(2,))]
    made = plan(FractionGroupSequence=groups, DoseReferenceSequence=[target(1, 60), organ])
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert (found.prescribed_dose_gy, found.fractions) == (60.0, None)
    assert [problem.sentence for problem in problems if "fraction groups" in problem.sentence] == [
        f"The plan has {said}; the number of fractions is left open."
    ]


@pytest.mark.parametrize(("named", "is_said"), [((1,), True), ((2,), False), ((1, 2), False), ((), False)])
def test_an_only_group_that_names_the_lower_dose_without_doses_of_beams_is_said_to_leave_it_open(
    named: tuple[int, ...], is_said: bool, tmp_path: Path
) -> None:
    only = group(1, 25, [1, 2], references=named)
    for beam_of_group in only.ReferencedBeamSequence:
        del beam_of_group.BeamDose
    made = plan(FractionGroupSequence=[only], DoseReferenceSequence=[target(1, 50), target(2, 60)])
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert (found.prescribed_dose_gy, found.fractions) == (60.0, 25)
    assert any("names the dose reference of 50 Gy" in problem.sentence for problem in problems) is is_said


def test_a_prescription_in_centigray_is_read_in_gray(tmp_path: Path) -> None:
    made = plan(DoseReferenceSequence=[target(1, 5000)])
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert found.prescribed_dose_gy == 50
    assert [problem.sentence for problem in problems] == [
        "TargetPrescriptionDose is 5000, which can only be cGy; it is read as 50 Gy."
    ]


def test_doses_fractions_and_metersets_that_cannot_be_right_are_not_used(tmp_path: Path) -> None:
    odd = item(ReferencedBeamNumber=1, BeamMeterset=-120, BeamDose=-2)
    made = plan(
        DoseReferenceSequence=[target(1, -50), target(2, 9e9)],
        FractionGroupSequence=[item(NumberOfFractionsPlanned=0, ReferencedBeamSequence=[odd])],
    )
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert (found.prescribed_dose_gy, found.fractions) == (None, None)
    assert (found.beams[0].monitor_units, found.beams[0].beam_dose_gy) == (None, None)
    assert sum("cannot be right" in problem.sentence for problem in problems) == 5


def test_a_meterset_in_minutes_is_no_monitor_units_and_open_fractions_are_read(tmp_path: Path) -> None:
    points = [control_point(0, 0, GantryAngle=10.0, NominalBeamEnergy=6), control_point(1, 1)]
    points[0].private_block(0x300D, "TOMO_HA_01", create=True).add_new(0xA7, "UN", b"0.25\\0\\1.0 ")
    made = plan([beam(1, points, PrimaryDosimeterUnit="MINUTE", BeamLimitingDeviceSequence=[])])
    (only,) = read_plan(save(made, tmp_path / "p"))[0].beams
    assert (only.monitor_units, only.minutes) == (None, 101.0)
    np.testing.assert_array_equal(only.control_points[0].open_fractions, [0.25, 0.0, 1.0])
    assert only.control_points[1].open_fractions is None


def test_leaves_that_are_given_after_the_first_control_point_leave_its_aperture_unknown(tmp_path: Path) -> None:
    jaws = leaves([])[1:]
    later = leaves([-10, -10, 10, 10])
    points = [
        control_point(0, 0, BeamLimitingDevicePositionSequence=jaws, GantryAngle=40.0, NominalBeamEnergy=6),
        control_point(1, 0.5, BeamLimitingDevicePositionSequence=later),
        control_point(2, 1),
    ]
    found, problems = read_plan(save(plan([beam(1, points), beam(2)]), tmp_path / "p"))
    assert [one.has_unread_leaves for one in found.beams] == [True, False]
    assert [problem.place for problem in problems if "does not say where the leaves are" in problem.sentence] == [
        "beam 1"
    ]


def test_two_leaf_banks_over_each_other_leave_open_what_both_do(tmp_path: Path) -> None:
    devices = [
        item(RTBeamLimitingDeviceType="MLCX1", NumberOfLeafJawPairs=2, LeafPositionBoundaries=[-20, 0, 20]),
        item(RTBeamLimitingDeviceType="MLCX2", NumberOfLeafJawPairs=2, LeafPositionBoundaries=[-10, 10, 30]),
    ]
    opening = [
        item(RTBeamLimitingDeviceType="MLCX1", LeafJawPositions=[-9, -8, 9, 8]),
        item(RTBeamLimitingDeviceType="MLCX2", LeafJawPositions=[-5, -4, 20, 3]),
    ]
    points = [control_point(0, 0, GantryAngle=0, BeamLimitingDevicePositionSequence=opening), control_point(1, 1)]
    found, problems = read_plan(save(plan([beam(1, points, BeamLimitingDeviceSequence=devices)]), tmp_path / "p"))
    only = found.beams[0]
    np.testing.assert_array_equal(only.leaf_boundaries_mm, [-20, -10, 0, 10, 20, 30])
    np.testing.assert_array_equal(only.control_points[0].leaves_mm, [[-9, -5, -5, -4, -4], [9, 9, 8, 3, 3]])
    assert problems == []


@pytest.mark.parametrize(("name", "meterset"), [("bogus name", None), ("CBCT", 1.0), ("kV setup", 0.0)])
def test_an_image_or_placeholder_marked_as_treatment_is_no_field(
    tmp_path: Path, name: str, meterset: float | None
) -> None:
    stated = {} if meterset is None else {"BeamMeterset": meterset}
    made = plan([beam(1), beam(2, BeamName=name)])
    made.FractionGroupSequence[0].ReferencedBeamSequence = [
        item(ReferencedBeamNumber=1, BeamMeterset=100), item(ReferencedBeamNumber=2, **stated)
    ]  # fmt: skip
    found, _ = read_plan(save(made, tmp_path / "p"))
    assert [b.number for b in found.treatment_beams] == [1]


def test_a_beam_without_energy_is_a_placeholder_whatever_its_meterset(tmp_path: Path) -> None:
    points = [control_point(0, 0, GantryAngle=0, NominalBeamEnergy=0), control_point(1, 1)]
    found, _ = read_plan(save(plan([beam(1), beam(2, points)]), tmp_path / "p"))
    assert [b.number for b in found.treatment_beams] == [1]


def test_a_record_says_what_was_delivered_and_how_the_table_moved(tmp_path: Path) -> None:
    setup = item(
        TableTopLateralSetupDisplacement=1,
        TableTopLongitudinalSetupDisplacement=-2,
        TableTopVerticalSetupDisplacement=0.5,
    )
    machines = [item(TreatmentMachineName="TB2")]
    changes = {"PatientSetupSequence": [setup], "TreatmentMachineSequence": machines}
    found, problems = read_record(save(record(3, **changes), tmp_path / "t"))
    assert (found.treated_on, found.fraction_number, found.plan_uid) == (date(2024, 3, 11), 3, "1.2")
    assert (found.table_shift_mm, found.machine) == ((1.0, -2.0, 0.5), "TB2")
    only = found.beams[0]
    assert (only.specified_mu, only.delivered_mu, only.termination, only.verification) == (
        101.0, 100.9, "NORMAL", "VERIFIED")  # fmt: skip
    assert problems == []


@pytest.mark.parametrize(
    ("kind", "is_of_set_up"),
    [("TREATMENT", False), ("CONTINUATION", False), ("TRMT_PORTFILM", False), ("SETUP", True), ("OPEN_PORTFILM", True)],
)
def test_a_record_of_a_set_up_or_an_open_image_is_told_from_a_treatment(
    kind: str, is_of_set_up: bool, tmp_path: Path
) -> None:
    made = record(3)
    made.TreatmentSessionBeamSequence[0].TreatmentDeliveryType = kind
    found, _ = read_record(save(made, tmp_path / "t"))
    assert found.beams[0].is_of_set_up is is_of_set_up


def test_a_record_says_of_what_energy_a_beam_was_and_where_the_gantry_began(tmp_path: Path) -> None:
    made = record(3)
    delivered = made.TreatmentSessionBeamSequence[0]
    delivered.RadiationType = "PHOTON"
    delivered.ControlPointDeliverySequence = [item(NominalBeamEnergy=6, GantryAngle=181), item(GantryAngle=179)]
    (given,) = read_record(save(made, tmp_path / "t"))[0].beams
    assert (given.radiation, given.energy_mv, given.gantry_deg) == ("PHOTON", 6.0, 181.0)
    (silent,) = read_record(save(record(3), tmp_path / "silent"))[0].beams
    assert (silent.radiation, silent.energy_mv, silent.gantry_deg) == ("", None, None)


def test_a_rigid_registration_maps_the_named_frame_into_the_files_own(tmp_path: Path) -> None:
    turn = np.array([[0, -1, 0, 5], [1, 0, 0, -7], [0, 0, 1, 2.5], [0, 0, 0, 1.0]])
    found, problems = read_registration(save(registration(turn), tmp_path / "r"))
    assert [(r.source_frame_uid, r.target_frame_uid) for r in found] == [("1.8", "1.9")]
    np.testing.assert_array_equal(found[0].matrix, turn)
    assert problems == []


@pytest.mark.parametrize("diagonal", [(1.1, 1, 1), (-1, 1, 1)], ids=["scaling", "mirroring"])
def test_a_registration_that_is_not_rigid_is_refused_in_a_sentence(
    diagonal: tuple[float, float, float], tmp_path: Path
) -> None:
    found, problems = read_registration(save(registration(np.diag([*diagonal, 1.0])), tmp_path / "r"))
    assert found == ()
    assert "not rigid" in problems[0].sentence


def test_a_deformable_registration_is_refused_in_a_sentence(tmp_path: Path) -> None:
    made = registration(np.eye(4))
    made.DeformableRegistrationSequence = []
    with pytest.raises(UnreadableInput, match="deformable"):
        read_registration(save(made, tmp_path / "r"))


def test_a_prescription_in_centigray_that_could_be_gray_is_recognized_by_the_doses_of_the_beams(tmp_path: Path) -> None:
    order = [item(DoseReferenceNumber=1, DoseReferenceType="TARGET", TargetPrescriptionDose=180)]
    made = plan([beam(1)], DoseReferenceSequence=order)
    made.FractionGroupSequence[0].NumberOfFractionsPlanned = 1
    made.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamDose = 1.8
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert found.prescribed_dose_gy == 1.8
    assert any("can only be cGy" in problem.sentence for problem in problems)


def test_a_prescription_of_one_fraction_is_that_of_all_where_the_beams_give_it(tmp_path: Path) -> None:
    order = [item(DoseReferenceNumber=1, DoseReferenceType="TARGET", TargetPrescriptionDose=2)]
    found, problems = read_plan(save(plan(DoseReferenceSequence=order), tmp_path / "p"))  # two beams of 1 Gy, 5 times
    assert (found.prescribed_dose_gy, found.fractions) == (10.0, 5)
    assert any("the dose of one fraction; it is read as 10 Gy" in problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("prescribed_gy", "fractions", "of_each_beam_gy", "read_as_gy"),
    [
        (60, 30, 30.0, 1.0),  # 60 Gy a fraction, 30 times
        (20, 5, 10.0, 2.0),
        (60, 5, 6.0, 6.0),  # 12 Gy a fraction
        (24, 1, 12.0, 12.0),
        (None, 10, 15.0, 1.5),
    ],
)
def test_doses_of_beams_that_no_fraction_can_give_are_those_of_all_fractions(
    prescribed_gy: float | None, fractions: int, of_each_beam_gy: float, read_as_gy: float, tmp_path: Path
) -> None:
    order = [item(DoseReferenceNumber=1, DoseReferenceType="TARGET", TargetPrescriptionDose=prescribed_gy)]
    made = plan(DoseReferenceSequence=order if prescribed_gy else [])
    made.FractionGroupSequence[0].NumberOfFractionsPlanned = fractions
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        reference.BeamDose = of_each_beam_gy
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert found.prescribed_dose_gy == prescribed_gy
    assert [one.beam_dose_gy for one in found.beams] == [read_as_gy] * 2
    assert any("those of all fractions" in one.sentence for one in problems) is (read_as_gy != of_each_beam_gy)


def test_doses_of_beams_that_fit_neither_one_fraction_nor_all_are_not_used(tmp_path: Path) -> None:
    made = plan()
    made.FractionGroupSequence[0].NumberOfFractionsPlanned = 39
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        reference.BeamDose = 2.15
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert [one.beam_dose_gy for one in found.beams] == [None, None]
    (said,) = [one.sentence for one in problems if one.place == "BeamDose"]
    assert "make 4.30 Gy, which over 39 fractions would be 168 Gy; that cannot be right" in said


@pytest.mark.parametrize(("stated", "read_as_gy"), [(1.2, 6.0), (2, 2), (5, 5)])
def test_without_doses_of_beams_less_than_any_fraction_is_one_fractions_prescription(
    stated: float, read_as_gy: float, tmp_path: Path
) -> None:
    made = plan(
        DoseReferenceSequence=[item(DoseReferenceNumber=1, DoseReferenceType="TARGET", TargetPrescriptionDose=stated)]
    )
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        del reference.BeamDose
    made.FractionGroupSequence[0].NumberOfFractionsPlanned = 5
    assert read_plan(save(made, tmp_path / "p"))[0].prescribed_dose_gy == read_as_gy


def test_a_fraction_group_without_beams_orders_nothing(tmp_path: Path) -> None:
    made = plan()
    made.FractionGroupSequence.append(item(FractionGroupNumber=2, ReferencedBeamSequence=[]))
    found, _ = read_plan(save(made, tmp_path / "p"))
    assert (found.fractions, found.prescribed_dose_gy) == (5, 10.0)


@pytest.mark.parametrize(
    ("fractions", "of_each_beam", "read_as_gy"), [(25, 100.0, 1.0), (1, 150.0, 1.5), (1, 45.0, 45.0)]
)
def test_doses_of_beams_in_centigray_are_read_as_gray(
    fractions: int, of_each_beam: float, read_as_gy: float, tmp_path: Path
) -> None:
    made = plan(DoseReferenceSequence=[])
    made.FractionGroupSequence[0].NumberOfFractionsPlanned = fractions
    for reference in made.FractionGroupSequence[0].ReferencedBeamSequence:
        reference.BeamDose = of_each_beam
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert [one.beam_dose_gy for one in found.beams] == [read_as_gy] * 2
    assert any("can only be cGy" in one.sentence for one in problems) is (read_as_gy != of_each_beam)


@pytest.mark.parametrize(
    ("setups_gy", "ordered"),
    [
        ([[7.0]], (21.0, 3)),
        ([[7.0], [5.0]], (36.0, 6)),
        ([[7.0, 3.0]], (None, 3)),
        ([[None]], (None, 3)),
        ([[90]], (None, 3)),
    ],
)
def test_application_setups_order_what_a_brachytherapy_plan_states_nowhere_else(
    setups_gy: list[list[float | None]], ordered: tuple[float | None, int], tmp_path: Path
) -> None:
    made = plan([], DoseReferenceSequence=[])
    made.ApplicationSetupSequence = [item(ApplicationSetupNumber=1)]
    made.FractionGroupSequence = [
        item(
            NumberOfFractionsPlanned=3,
            ReferencedBrachyApplicationSetupSequence=[item(BrachyApplicationSetupDose=dose_gy) for dose_gy in group],
        )
        for group in setups_gy
    ]
    found, problems = read_plan(save(made, tmp_path / "p"))
    assert (found.modality, found.prescribed_dose_gy, found.fractions) == ("brachytherapy", *ordered)
    assert any("application setups give 7 Gy" in one.sentence for one in problems) is (ordered[0] is not None)
