"""A plan that takes over from another counts with the fractions that the other was not given."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.dicom_files import dose, item, plan, record, save

from isocenter.evidence.course_plans import measure_course
from isocenter.intake.dicom_rt import read_folder
from isocenter.intake.dicom_rt.succession import with_given_fractions
from isocenter.terms.chart import Constraint
from isocenter.terms.imaging import DosePrescription, TreatmentPlan
from isocenter.terms.plans import Plan
from isocenter.terms.treatment_records import TreatmentRecord

FIRST, REST, LAST = "1.2", "1.2.77", "1.2.78"
DAY = date(2024, 3, 1)


def planned(uid: str, label: str, fractions: int, day: int, each_gy: float = 2.0, **changes: object) -> TreatmentPlan:
    ordered = (DosePrescription("TARGET", target_dose_gy=each_gy * fractions),)
    made = {"plan_date": DAY + timedelta(day), "fractions": fractions, "prescriptions": ordered, **changes}
    return TreatmentPlan(uid, label, **made)  # type: ignore[arg-type]


def sessions(uid: str, days: range) -> list[TreatmentRecord]:
    return [TreatmentRecord(f"{uid}.{day}", uid, DAY + timedelta(day), None) for day in days]


PRIMARY = planned(FIRST, "PROST", 33, 0)


@pytest.mark.parametrize(
    ("others", "records", "given"),
    [
        ([planned(REST, "PROST_ART1", 25, 14)], [], {FIRST: 8}),
        ([planned(REST, "PROST replan", 25, 14)], sessions(FIRST, range(2, 8)), {FIRST: 6}),
        ([planned(REST, "PROST B", 25, 14, made_from=(FIRST,))], [], {FIRST: 8}),
        ([planned(REST, "PROST B", 25, 14)], sessions(FIRST, range(2, 10)) + sessions(REST, range(15, 17)), {FIRST: 8}),
        ([planned(REST, "ART1", 25, 14), planned(LAST, "ART2", 10, 28)], [], {FIRST: 8, REST: 15}),
        ([planned(REST, "PROST_ART1", 33, 14)], [], {FIRST: None}),  # nothing says how many were given
        ([planned(REST, "BOOST", 8, 14)], [], {}),
        ([planned(REST, "BOOST", 8, 14)], sessions(FIRST, range(2, 35)) + sessions(REST, range(40, 42)), {}),
        ([planned(REST, "PARTS", 25, 14)], [], {}),  # no word for an adapted plan
        ([planned(REST, "PROST_ART1", 8, 14, each_gy=3.0)], [], {}),  # another dose a fraction
        ([planned(REST, "PROST_ART1", 25, -14)], [], {}),  # made before
    ],
)
def test_a_plan_that_another_replaces_counts_with_its_given_fractions(
    others: list[TreatmentPlan], records: list[TreatmentRecord], given: dict[str, int | None]
) -> None:
    found, problems = with_given_fractions([PRIMARY, *others], records)
    assert found == given
    assert len(problems) == len(given)


def adapted(folder: Path, fractions: int) -> Path:
    """Plans of 10 Gy in 5 fractions and of 2 Gy in each of the rest, each with an even dose."""
    days = {FIRST: "20240301", REST: "20240311"}
    for uid, label, count in ((FIRST, "PROSTATE", 5), (REST, "PROSTATE ART", fractions)):
        made = plan(uid=uid, RTPlanLabel=label, RTPlanDate=days[uid])
        made.FractionGroupSequence[0].NumberOfFractionsPlanned = count
        made.DoseReferenceSequence[0].TargetPrescriptionDose = 2 * count
        save(made, folder / f"{uid}.dcm")
        even = np.full((6, 12, 8), 200 * count, dtype=np.uint16)
        of_plan = [item(ReferencedSOPInstanceUID=uid)]
        save(
            dose(even, [2.0 * k for k in range(6)], uid=f"4{uid}", ReferencedRTPlanSequence=of_plan), folder / f"D{uid}"
        )
    return folder


def test_the_sum_of_the_course_is_what_was_given_of_each_plan(tmp_path: Path) -> None:
    found, problems, _ = read_folder(adapted(tmp_path, 3))
    assert found.summed_dose is not None
    assert found.summed_dose.dose_gy.max() == pytest.approx(10.0)
    (course,) = [row for row in measure_course(found, "C1").rows if isinstance(row, Plan) and row.summed_plans]
    assert (course.prescribed_dose_gy, course.fractions) == (pytest.approx(10.0), 5)
    assert any("2 of its 5 fractions count" in problem.sentence for problem in problems)


def test_without_a_word_of_what_was_given_nothing_is_added_and_no_limit_is_met(tmp_path: Path) -> None:
    save(record(1, ReferencedRTPlanSequence=[item(ReferencedSOPInstanceUID="9.9")]), adapted(tmp_path, 5) / "RT.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.summed_dose is None
    assert any("add the treatment records" in problem.sentence for problem in problems)
    measured = measure_course(found, "C1", constraints=[Constraint("C1", "Cord", "max", "<=", 45.0, "Gy")])
    assert any("hold for the whole course" in problem.sentence for problem in measured.problems)
