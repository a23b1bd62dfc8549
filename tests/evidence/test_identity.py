"""Whose plan it is: what differs from the case is a row, and what is one person's under two spellings is none."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from isocenter.evidence.identity import OfCase, Tumor, is_stated, plan_differences
from isocenter.phantoms import phantom_objects
from isocenter.terms.courses import Course, Member
from isocenter.terms.imaging import Patient, PlanFolder
from isocenter.terms.plans import AcceptedDifference

PAT = Member("M-1", "EXAMPLE", "PAT", date(1950, 1, 1), "M")
COURSE = Course("C1", "M-1", site="prostate", prescribed_dose_gy=78, planned_fractions=39)


def folder(patient: Patient | None = None, phantom: str = "prostate", **changes: Any) -> PlanFolder:
    made = phantom_objects(phantom, start=date(2024, 2, 5))
    assert made.plan is not None
    return replace(made, plan=replace(made.plan, patient=patient or made.plan.patient, **changes))


def items(found: PlanFolder, course: Course = COURSE, member: Member | None = PAT) -> list[str]:
    return [row.item for row in plan_differences(found, OfCase(course, member))]


@pytest.mark.parametrize(
    "patient",
    [
        Patient("X", "Example", "Pat", date(1950, 1, 1), "M"),
        Patient("", "EXAMPLE", "P", date(1950, 1, 1)),
        Patient("", "Exampel-Smith", "Pat"),
        Patient("", "SMITH", "PAT", date(1950, 1, 1)),  # a name changed by marriage
        Patient("", "", "", date(1950, 1, 1)),
        Patient("", "Other", "Eve", date(1961, 3, 4), "F", is_deidentified=True),
    ],
)
def test_one_person_under_several_spellings_differs_in_nothing(patient: Patient) -> None:
    assert items(folder(patient)) == []


@pytest.mark.parametrize(
    ("patient", "differing"),
    [
        (Patient("", "OTHER", "EVE", date(1961, 3, 4), "F"), ["patient_name", "birth_date", "sex"]),
        (Patient("", "EXAMPLE", "EVE"), ["patient_name"]),
        (Patient("M-2", "EXAMPLE", "PAT"), ["patient_id"]),
        (Patient("", "EXAMPLE", "PAT", date(1951, 1, 1)), ["birth_date"]),
        (Patient("", "EXAMPLE", "PAT", birth_year=1905), ["birth_date"]),
        (Patient("", "EXAMPLE", "PAT", birth_year=1950), []),
        (Patient("", "EXAMPLE", "PAT", date(1950, 1, 2)), ["birth_date"]),
        (Patient("", "EXAMPLE", "PAT", date(1950, 5, 17)), ["birth_date"]),  # a claim states the day that it means
    ],
)
def test_another_person_differs_in_what_is_stated(patient: Patient, differing: list[str]) -> None:
    assert items(folder(patient)) == differing


def test_a_number_of_another_office_is_no_difference_but_the_charts_own_is() -> None:
    patient = Patient("000817", "EXAMPLE", "PAT")
    assert items(folder(patient)) == []
    assert items(folder(patient), member=PAT._replace(medical_record_number="817")) == []
    assert items(folder(patient), member=PAT._replace(medical_record_number="818")) == ["patient_id"]
    assert items(folder(patient._replace(other_ids=("818",))), member=PAT._replace(medical_record_number="818")) == []
    of_insurer = folder(patient._replace(patient_id="M-1"))
    assert items(of_insurer, member=PAT._replace(medical_record_number="818")) == []


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"prescribed_dose_gy": 60.0}, ["prescribed_dose"]),
        ({"prescribed_dose_gy": 84.0}, ["prescribed_dose"]),
        ({"planned_fractions": 26}, ["fractions"]),
        ({"prescribed_dose_gy": 90.0, "planned_fractions": 60}, ["prescribed_dose"]),  # 0.6 Gy a fraction is no rest
        ({"prescribed_dose_gy": 90.0, "planned_fractions": 45}, []),  # the plan is a part of the order
        ({"site": "head_and_neck"}, ["site"]),
        ({"site": "unknown site"}, []),
        ({"first_delivery": date(2020, 1, 6), "last_delivery": date(2020, 3, 6)}, ["dates"]),
        ({"first_delivery": date(2024, 2, 5), "last_delivery": date(2024, 4, 1)}, []),
    ],
)
def test_order_site_and_days_are_compared(changes: dict[str, Any], differing: list[str]) -> None:
    assert items(folder(), COURSE._replace(**changes), None) == differing


@pytest.mark.parametrize(
    ("dose_gy", "fractions", "ordered", "is_part"),
    [
        (20, 5, (78, 39), False),  # 4 Gy a fraction beside 2 Gy, and 1.7 Gy for the rest
        (21, 3, (66, 28), True),  # a boost of 7 Gy a fraction leaves 45 Gy in 25
        (54, 30, (72, 42), True),  # the rest of 1.5 Gy is given twice a day
        (50, 25, (66, 33), True),
    ],
)
def test_a_plan_of_much_higher_fractions_is_a_part_where_usual_fractions_are_left(
    dose_gy: float, fractions: int, ordered: tuple[float, int], is_part: bool
) -> None:
    course = COURSE._replace(prescribed_dose_gy=ordered[0], planned_fractions=ordered[1])
    made = folder()
    assert made.plan is not None
    part = replace(made, plan=replace(made.plan, ordered_dose_gy=dose_gy, fractions=fractions), dose=None)
    assert items(part, course, None) == ([] if is_part else ["prescribed_dose"])


@pytest.mark.parametrize(("label", "differing"), [("L Breast", ["site"]), ("Prostate", []), ("Plan 1", [])])
def test_a_label_that_names_an_organ_of_another_region_is_a_difference(label: str, differing: list[str]) -> None:
    assert items(folder(label=label)) == differing


def test_a_breast_on_the_other_side_differs_by_where_the_target_lies() -> None:
    left = Course("C1", "M-1", site="breast", laterality="left", prescribed_dose_gy=50, planned_fractions=25)
    assert items(folder(phantom="left_breast"), left, None) == []
    assert items(folder(phantom="left_breast"), left._replace(laterality="right"), None) == ["laterality"]


@pytest.mark.parametrize(
    ("tumors", "phantom", "differing"),
    [
        ([Tumor("C50.912", "breast", "left")], "left_breast", []),
        ([Tumor("C50.911", "breast", "right")], "left_breast", ["laterality"]),
        ([Tumor("C50.919", "breast")], "left_breast", []),
        ([Tumor("C50.911", "breast", "right"), Tumor("C50.912", "breast", "left")], "left_breast", []),
        ([Tumor("C50.911", "breast", "right"), Tumor("C50.919", "breast")], "left_breast", []),
        ([Tumor("C61", "prostate")], "left_breast", ["site"]),
        ([Tumor("C61", "prostate"), Tumor("C50.912", "breast", "left")], "left_breast", []),
        ([Tumor("C61", "prostate"), Tumor("C79.51", "bone")], "left_breast", []),
        ([Tumor("C61", "prostate"), Tumor("C80.1", "")], "left_breast", []),
        ([], "left_breast", []),
        ([Tumor("C50.911", "breast", "right")], "prostate", ["site"]),
    ],
)
def test_where_the_course_names_no_site_the_diagnoses_place_it(
    tumors: list[Tumor], phantom: str, differing: list[str]
) -> None:
    """A diagnosis that leaves site or side open leaves the comparison open."""
    case = OfCase(Course("C1", "M-1"), tumors=tumors)
    found = plan_differences(folder(phantom=phantom), case)
    assert [row.item for row in found] == differing
    assert all(tumors[0].icd10 in row.of_case for row in found)


def test_what_the_course_states_goes_before_its_diagnoses() -> None:
    case = OfCase(Course("C1", "M-1", site="breast", laterality="left"), tumors=[Tumor("C61", "prostate", "right")])
    assert plan_differences(folder(phantom="left_breast"), case) == []


def test_a_difference_is_accepted_by_a_reason_for_its_item_or_for_all() -> None:
    other = folder(Patient("", "OTHER", "EVE", date(1961, 3, 4)))
    case = OfCase(COURSE, PAT)
    by_item = plan_differences(other, case, [AcceptedDifference("adopted name", "patient_name")])
    assert [(row.item, row.is_accepted, row.reason) for row in by_item] == [
        ("patient_name", True, "adopted name"),
        ("birth_date", False, ""),
    ]
    assert all(row.is_accepted for row in plan_differences(other, case, [AcceptedDifference("checked by phone")]))
    assert not any(row.is_accepted for row in plan_differences(other, case, [AcceptedDifference("")]))


def test_whose_it_is_cannot_be_decided_without_a_name_in_common() -> None:
    assert is_stated(Patient("", "EXAMPLE", "PAT"), PAT, "M-1")
    assert is_stated(Patient("m-1"), None, "M-1")
    assert not is_stated(Patient("817"), Member("M-1"), "M-1")
    assert not is_stated(Patient("", "EXAMPLE", is_deidentified=True), PAT, "M-1")


@pytest.mark.parametrize(
    ("label", "differing"),
    [
        ("LT BREAST", []),
        ("RT BREAST", ["laterality"]),
        ("Right breast boost", ["laterality"]),
        ("BREAST", []),
        ("P1", []),
    ],
)
def test_the_side_in_a_plans_label_is_compared_where_no_target_names_one(label: str, differing: list[str]) -> None:
    made = replace(folder(label=label), structure_set=None)
    course = Course("C1", "M-1", site="breast", laterality="left", prescribed_dose_gy=78, planned_fractions=39)
    assert items(made, course) == differing


@pytest.mark.parametrize("site", ["breast", "thorax"])
def test_the_place_of_a_target_without_a_side_in_its_name_tells_the_side(site: str) -> None:
    course = Course("C1", "M-1", site=site, laterality="left", prescribed_dose_gy=50, planned_fractions=25)
    found = folder(phantom="left_breast", label="P1")
    assert items(found, course, None) == []
    assert items(found, course._replace(laterality="right"), None) == ["laterality"]


@pytest.mark.parametrize(
    ("label", "differing"),
    [
        ("5000 cGy/25", ["prescribed_dose"]),
        ("Prostate_50Gy", ["prescribed_dose"]),
        ("7800cGy", []),
        ("78.0 Gy", []),
        ("39x2Gy", []),
        ("200cGy a day", []),
        ("PTV 78Gy, nodes 50Gy", []),
        ("P1", []),
    ],
)
def test_the_dose_of_a_label_is_compared_where_the_plan_states_no_other(label: str, differing: list[str]) -> None:
    unstated = folder(label=label, prescriptions=(), ordered_dose_gy=78.0)  # as the order was read into it
    assert items(unstated) == differing
    assert items(folder(label=label)) == []


def test_a_label_of_the_other_side_differs_although_the_target_is_drawn_on_the_sites_own() -> None:
    left = Course("C1", "M-1", site="breast", laterality="left", prescribed_dose_gy=50, planned_fractions=25)
    assert items(folder(phantom="left_breast", label="Lt Breast"), left, None) == []
    assert items(folder(phantom="left_breast", label="Rt Breast"), left, None) == ["laterality"]


@pytest.mark.parametrize(("shift_mm", "differing"), [(0, []), (-60, []), (-157, ["portals"]), (-400, ["portals"])])
def test_fields_that_look_past_the_targets_are_of_another_patient(shift_mm: float, differing: list[str]) -> None:
    found = folder(phantom="left_breast")
    assert found.plan is not None
    x_mm, y_mm, z_mm = found.plan.beams[0].isocenter_mm or (0, 0, 0)
    beams = tuple(replace(beam, isocenter_mm=(x_mm + shift_mm, y_mm, z_mm)) for beam in found.plan.beams)
    left = Course("C1", "M-1", site="breast", laterality="left", prescribed_dose_gy=50, planned_fractions=25)
    moved = replace(found, plan=replace(found.plan, beams=beams))
    assert items(moved, left, None) == differing
    elsewhere = replace(moved, plan=replace(moved.plan, frame_of_reference_uid="1.2.3"))
    assert items(elsewhere, left, None) == []
    unsaid = replace(moved, ct=None, plan=replace(moved.plan, patient_position=""))
    assert items(unsaid, left, None) == []


@pytest.mark.parametrize(("shift_mm", "differing"), [(20, []), (120, ["portals"]), (-120, ["portals"])])
def test_arcs_that_meet_the_target_only_where_they_look_along_the_way_to_it_pass_it(
    shift_mm: float, differing: list[str]
) -> None:
    found = folder()
    assert found.plan is not None
    x_mm, y_mm, z_mm = found.plan.beams[0].isocenter_mm or (0, 0, 0)
    for moved_mm in ((x_mm + shift_mm, y_mm, z_mm), (x_mm, y_mm + shift_mm, z_mm)):
        beams = tuple(replace(beam, isocenter_mm=moved_mm) for beam in found.plan.beams)
        assert items(replace(found, plan=replace(found.plan, beams=beams))) == differing


@pytest.mark.parametrize(
    ("number", "differing"),
    [("M-0001", []), ("m 1", []), ("M-1^^^NORTH", []), ("M-2^^^NORTH", ["patient_id"]), ("M-10", ["patient_id"])],
)
def test_zeros_and_issuers_do_not_hide_or_make_another_members_number(number: str, differing: list[str]) -> None:
    assert items(folder(Patient(number, "EXAMPLE", "PAT", date(1950, 1, 1)))) == differing


@pytest.mark.parametrize(
    ("plan_uid", "plan_uids", "differing"),
    [("", (), []), ("1.2.3", (), ["dose"]), ("1.2.3", ("1.2.3", "its own"), [])],
)
def test_a_dose_of_another_plan_differs_and_one_that_names_none_does_not(
    plan_uid: str, plan_uids: tuple[str, ...], differing: list[str]
) -> None:
    found = folder(sop_instance_uid="its own")
    assert found.dose is not None
    assert items(replace(found, dose=replace(found.dose, plan_uid=plan_uid, plan_uids=plan_uids))) == differing


@pytest.mark.parametrize(
    ("highest_gy", "modality", "differing"),
    [
        (82.0, "external", []),
        (39.0, "external", ["dose"]),
        (2.1, "external", ["dose"]),
        (160.0, "external", ["dose"]),
        (160.0, "brachytherapy", []),
        (39.0, "brachytherapy", ["dose"]),
    ],
)
def test_a_dose_that_cannot_be_all_of_the_78_gy_prescribed_is_no_evidence(
    highest_gy: float, modality: str, differing: list[str]
) -> None:
    found = folder(modality=modality)
    assert found.dose is not None
    as_high = replace(found.dose, dose_gy=found.dose.dose_gy * np.float32(highest_gy / found.dose.dose_gy.max()))
    assert items(replace(found, dose=as_high)) == differing
    in_three = replace(folder(modality=modality, fractions=3), dose=as_high)
    assert ("dose" in items(in_three)) == (highest_gy < 50)  # few fractions are prescribed to low isodoses
    in_part = replace(as_high, is_reached=np.zeros(as_high.dose_gy.shape, dtype=bool))
    assert items(replace(found, dose=in_part)) == []


def test_of_doses_that_differ_none_is_evidence() -> None:
    one_of_two = (("doses", ("RD.dcm", "RDx.dcm")),)
    (row,) = plan_differences(replace(folder(), undecided=one_of_two), OfCase(COURSE, PAT))
    assert (row.item, row.of_plan) == ("dose", "one of 2 doses that differ")


@pytest.mark.parametrize(("sum_gy", "differing"), [(82.0, []), (50.0, ["dose"]), (200.0, ["dose"])])
def test_a_sum_that_cannot_be_all_of_what_its_plans_prescribe_is_no_evidence(
    sum_gy: float, differing: list[str]
) -> None:
    parts = [
        folder(sop_instance_uid=uid, ordered_dose_gy=39.0, fractions=20 - n) for n, uid in enumerate(("1.1", "1.2"))
    ]
    first, boost = (replace(part, dose=None) for part in parts)
    assert parts[0].dose is not None
    as_high = np.full_like(parts[0].dose.dose_gy, sum_gy)
    summed = replace(parts[0].dose, dose_gy=as_high, plan_uids=("1.1", "1.2"))
    assert items(replace(first, further=(boost,), summed_dose=summed)) == differing
    with_another = replace(summed, plan_uids=("1.1", "1.2", "1.3"))
    assert items(replace(first, further=(boost,), summed_dose=with_another)) == []


@pytest.mark.parametrize(("named", "differing"), [("", []), ("another", ["structures"]), ("its own", [])])
def test_structures_of_another_set_than_the_plan_names_differ(named: str, differing: list[str]) -> None:
    found = folder(structure_set_uid=named)
    assert found.structure_set is not None
    drawn = replace(found, structure_set=replace(found.structure_set, sop_instance_uid="its own"))
    assert items(drawn) == differing
    several = replace(drawn, undecided=(("structure sets", ("RS.dcm", "RS2.dcm")),))
    assert items(several) == (differing if named else ["structures"])


def test_the_order_is_compared_with_what_an_adapted_plan_leaves_of_the_first() -> None:
    first = folder(given_fractions=9)
    assert first.plan is not None
    rest = replace(first.plan, sop_instance_uid="1.9", fractions=30, ordered_dose_gy=60.0, given_fractions=None)
    assert items(replace(first, further=(replace(first, plan=rest, dose=None),))) == []


def test_what_plans_differ_in_together_says_so() -> None:
    one = folder()
    assert one.plan is not None
    boost = replace(one, plan=replace(one.plan, sop_instance_uid="1.9", label="boost"), dose=None)
    rows = plan_differences(replace(one, further=(boost,)), OfCase(COURSE, PAT))
    assert {(row.item, row.of_plan) for row in rows} == {
        ("prescribed_dose", "156 Gy of 2 plans together"),
        ("fractions", "78 of 2 plans together"),
    }


def test_a_plan_made_after_its_last_fraction_is_of_another_course() -> None:
    course = COURSE._replace(first_delivery=date(2023, 9, 1), last_delivery=date(2023, 11, 1))
    assert items(folder(), course) == ["dates"]


@pytest.mark.parametrize(
    ("approved", "differing"),
    [
        (date(2024, 3, 29), []),
        (date(2024, 3, 30), ["approved on 2024-03-30"]),
        (None, []),
    ],
)
def test_a_plan_approved_after_its_last_fraction_is_not_shown_to_be_the_one_that_treated(
    approved: date | None, differing: list[str]
) -> None:
    course = COURSE._replace(first_delivery=date(2024, 2, 5), last_delivery=date(2024, 3, 29))
    for made in (date(2024, 1, 29), None):
        found = folder(plan_date=made, approved_on=approved)
        rows = plan_differences(found, OfCase(course, PAT))
        assert [row.of_plan for row in rows if row.item == "dates"] == differing


@pytest.mark.parametrize(
    ("last", "is_whole", "differing"),
    [
        (date(2024, 1, 26), True, ["dates"]),
        (date(2024, 1, 26), False, []),  # claims of the first weeks alone
        (date(2023, 11, 20), False, ["dates"]),
    ],
)
def test_days_that_do_not_reach_to_the_end_leave_room_for_a_later_plan(
    last: date, is_whole: bool, differing: list[str]
) -> None:
    case = OfCase(COURSE, None, [date(2023, 11, 6), last], is_whole=is_whole)
    made = folder(plan_date=date(2024, 1, 29))
    assert [row.item for row in plan_differences(made, case)] == differing


@pytest.mark.parametrize(
    ("made_after", "fractions", "differing"),
    [
        (0, 39, []),
        (1, 39, ["dates"]),
        (15, 39, ["dates"]),
        (15, 24, []),  # made anew for the rest
        (15, 25, ["dates"]),
    ],
)
def test_the_only_plan_gave_no_fractions_before_it_was_made(
    made_after: int, fractions: int, differing: list[str]
) -> None:
    days = [date(2024, 2, 5) + timedelta(days=number) for number in range(39)]
    made = folder(plan_date=days[made_after], fractions=fractions, ordered_dose_gy=2.0 * fractions)
    assert made.plan is not None
    bare = replace(made, dose=None)
    case = OfCase(COURSE, PAT, days)
    assert [row.item for row in plan_differences(bare, case)] == differing
    assert plan_differences(bare, replace(case, is_whole=False)) == []
    twice_a_day = replace(case, delivered_on=days[made_after : made_after + (fractions + 1) // 2])
    assert plan_differences(bare, twice_a_day) == []


@pytest.mark.parametrize(
    ("column", "item"),
    [
        ("planned_fractions", "fractions"),
        ("prescribed_dose_gy", "prescribed_dose"),
        ("birth_date", "birth_date"),
        ("site", "site"),
        ("first_delivery", "dates"),
    ],
)
def test_what_the_case_states_and_nobody_can_read_is_not_compared_in_silence(column: str, item: str) -> None:
    member = PAT._replace(birth_date=None)
    course = COURSE._replace(planned_fractions=None, prescribed_dose_gy=None, site="")
    of_pat = folder(Patient("", "EXAMPLE", "PAT", date(1950, 1, 1)))
    assert plan_differences(of_pat, OfCase(course, member)) == []
    (row,) = plan_differences(of_pat, OfCase(course, member, unreadable={column}))
    assert (row.item, row.is_comparable, row.is_accepted) == (item, False, False)
    assert row.of_plan
    (accepted,) = plan_differences(
        of_pat, OfCase(course, member, unreadable={column}), [AcceptedDifference("asked by telephone", item)]
    )
    assert accepted.is_accepted


@pytest.mark.parametrize(
    ("changes", "item"),
    [
        ({"approval": "REJECTED"}, "approval"),
        ({"intent": "VERIFICATION"}, "origin"),
        ({"verifies_another": True}, "origin"),
        ({"intent": "MACHINE_QA"}, "origin"),
        ({"intent": "SERVICE"}, "origin"),
        ({"intent": "RESEARCH"}, "origin"),
        ({"label": "Prostate_QA"}, "origin"),
        ({"label": "Prostate_Verif"}, "origin"),
        ({"geometry": "TREATMENT_DEVICE"}, "origin"),
    ],
)
def test_a_plan_that_treated_nobody_is_no_evidence_even_alone(changes: dict[str, Any], item: str) -> None:
    assert items(folder(**changes)) == [item]
    assert items(folder(approval="UNAPPROVED", intent="PROPHYLACTIC", geometry="PATIENT")) == []
    assert items(folder(label="PTV70_VERIFIED")) == []  # that somebody verified it


def test_a_part_of_another_patient_that_belongs_to_the_plan_is_a_difference() -> None:
    found = folder(Patient("M-1", "EXAMPLE", "PAT"))
    (row,) = plan_differences(replace(found, of_others=(("dose", Patient("M-2")),)), OfCase(COURSE, PAT))
    assert (row.item, row.of_plan, row.of_case) == ("patient_of_part", "dose of M-2", "of M-1")


@pytest.mark.parametrize(
    ("of_plan", "of_dose", "differing"),
    [
        (Patient(), Patient("M-2", "OTHER", "EVE"), ["patient_of_part"]),
        (Patient(is_deidentified=True), Patient("", "OTHER", "EVE"), ["patient_of_part"]),
        (Patient(), Patient("M-1", "EXAMPLE", "PAT"), []),
        (Patient("M-1", "EXAMPLE", "PAT"), Patient("000817", "EXAMPLE", "PAT"), []),  # the plan names the member
        (Patient("M-1", "EXAMPLE", "PAT"), Patient("M-1", "Example", "Pat Q", date(1950, 1, 1), "M"), []),
        (Patient("M-1", "EXAMPLE", "PAT"), Patient("M-1", "EXAMPLE", "PAT", date(1961, 3, 4)), ["patient_of_part"]),
        (Patient("M-1", "EXAMPLE", "PAT"), Patient("M-1", sex="F"), ["patient_of_part"]),
        (Patient("M-1", "OTHER", "EVE"), Patient("M-1", "OTHER", "EVE"), ["patient_name"]),  # said once
    ],
)
def test_parts_of_a_plan_are_compared_with_the_member_too(
    of_plan: Patient, of_dose: Patient, differing: list[str]
) -> None:
    found = replace(folder(of_plan), part_patients=(("dose", of_dose),))
    assert items(found) == differing


def test_all_that_the_parts_of_a_plan_contradict_is_listed_in_one_row() -> None:
    of_dose, of_structures = (Patient("M-1", "EXAMPLE", "PAT", born) for born in (date(1961, 3, 4), None))
    parts = (("dose", of_dose), ("structure set", of_structures._replace(sex="F")))
    found = replace(folder(Patient("M-1", "EXAMPLE", "PAT")), part_patients=parts)
    (row,) = plan_differences(found, OfCase(COURSE, PAT), [AcceptedDifference("a typing error", "patient_of_part")])
    assert row.of_plan == "dose with birth date 1961-03-04, structure set with sex F"
    assert row.of_case == "birth date 1950-01-01, sex M"
    assert row.is_accepted
