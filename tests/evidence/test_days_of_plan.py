"""The day of the CT beside those of the plan that was made on it."""

from dataclasses import replace
from datetime import date

import pytest

from isocenter.evidence.courses.days_of_plan import differences_of_scan
from isocenter.evidence.identity import OfCase, plan_differences
from isocenter.phantoms import phantom_objects
from isocenter.terms.courses import Course
from isocenter.terms.imaging import Patient, PlanFolder

MADE, APPROVED = date(2024, 1, 29), date(2024, 1, 31)
SCANNED_LATER = date(2024, 2, 1)


def scanned(day: date | None, frame_uid: str | None = None, *, is_deidentified: bool = False) -> PlanFolder:
    """A plan of January 2024 and its CT of a day."""
    made = phantom_objects("sphere", start=date(2024, 2, 5))
    assert made.plan is not None and made.ct is not None
    frame_uid = made.ct.frame_of_reference_uid if frame_uid is None else frame_uid
    patient = Patient(is_deidentified=is_deidentified)
    return replace(
        made,
        plan=replace(made.plan, plan_date=MADE, approved_on=APPROVED, patient=patient),
        ct=replace(made.ct, acquired_on=day, frame_of_reference_uid=frame_uid),
    )


@pytest.mark.parametrize(
    ("day", "of_case"),
    [
        (date(2024, 1, 15), []),
        (MADE, []),
        (APPROVED, []),  # made anew on a further CT, and approved then
        (SCANNED_LATER, ["its CT scanned on 2024-02-01"]),
        (date(2023, 1, 29), []),
        (date(2023, 1, 28), ["its CT scanned on 2023-01-28"]),
        (None, []),
    ],
)
def test_a_ct_of_after_the_plan_or_of_a_year_before_is_not_the_one_that_it_was_made_on(
    day: date | None, of_case: list[str]
) -> None:
    rows = plan_differences(scanned(day), OfCase(Course("C1", "M1")))
    assert [row.of_case for row in rows if row.item == "dates"] == of_case
    assert {row.of_plan for row in rows if row.item == "dates"} <= {"made on 2024-01-29"}


def test_a_ct_of_another_frame_and_one_without_its_patient_are_not_compared() -> None:
    assert differences_of_scan(scanned(SCANNED_LATER, "1.2.of.another.scan")) == []
    assert differences_of_scan(scanned(SCANNED_LATER, "")) == []
    assert differences_of_scan(scanned(SCANNED_LATER, is_deidentified=True)) == []
    assert differences_of_scan(replace(scanned(SCANNED_LATER), ct=None)) == []
    assert len(differences_of_scan(scanned(SCANNED_LATER))) == 1
