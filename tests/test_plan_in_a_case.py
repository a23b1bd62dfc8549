"""A case with a plan beside its chart: what the plan shows reaches the findings."""

from datetime import date
from pathlib import Path
from typing import Any

import pydicom
import yaml

from isocenter.phantoms.knobs import Person
from isocenter.phantoms.make import make_phantom
from isocenter.report.new_case import case_template
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.findings import ALL_WAS_READ, Outcome
from isocenter.terms.review import Review
from isocenter.workflow import review_case

FIRST_DAY = date(2024, 2, 5)


def review_with_plan(tmp_path: Path, phantom: str, **tables: Any) -> Review:
    """Review a case of one course whose plan is a phantom's; `tables` are those of case.yaml."""
    case = tmp_path / "case"
    case.mkdir(parents=True)
    make_phantom(phantom, case / "plan", start=FIRST_DAY)
    (case / "case.yaml").write_text(yaml.safe_dump(tables), encoding="utf-8")
    return review_case(case, [load_policy("imrt")], with_pictures=False)


def outcomes(review: Review, rule: str) -> list[tuple[Outcome, str]]:
    return [(finding.outcome, finding.because) for finding in review.findings if finding.rule == rule]


def course(**columns: Any) -> list[dict[str, Any]]:
    return [{"course_id": "C1", "member_id": "M1", "line_of_business": "medicare", **columns}]


def guided_days(tmp_path: Path) -> list[tuple[str, float]]:
    """The days on which the phantom's records hold a shift, with its length in mm."""
    review = review_with_plan(tmp_path, "spine", courses=course())
    return [(str(row.guided_on), row.shift_mm) for row in review.facts["image_guidance"]]


def claim_lines(*billed: tuple[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "claim_line_id": f"L{number}",
            "claim_id": "A1",
            "line_number": number,
            "service_date": day,
            "procedure_code": code,
            "units": 1,
            "setting": "professional",
        }
        for number, (day, code) in enumerate(billed, start=1)
    ]


def test_a_shift_of_the_records_is_held_against_the_tolerance_of_the_case(tmp_path: Path) -> None:
    shifted = guided_days(tmp_path / "first")
    assert shifted
    beyond_mm = max(shift for _, shift in shifted)
    review = review_with_plan(
        tmp_path / "second",
        "spine",
        courses=course(),
        claim_lines=claim_lines(("2024-01-29", "77301"), *((day, "G6002") for day, _ in shifted)),
        guidance_protocol=[
            {
                "method": "stereoscopic_xray",
                "tolerance_mm": beyond_mm / 2,
                "performed_by_role": "radiation_therapist",
                "supervision": "direct",
            }
        ],
        image_guidance=[
            {"guided_on": day, "method": "", "reviewed_by_role": "radiation_oncologist", "reviewed_on": day}
            for day, _ in shifted[1:]
        ],
    )
    found = outcomes(review, "image_guidance_is_reviewed_by_the_physician")
    assert len(found) == len(shifted)
    assert {outcome for outcome, _ in found} == {Outcome.MET, Outcome.NOT_DOCUMENTED}
    assert any(f"a shift of {beyond_mm:.1f} mm went beyond the tolerance" in because for _, because in found)
    assert {outcome for outcome, _ in outcomes(review, "image_guidance_is_done_by_trained_staff")} == {Outcome.MET}
    assert {outcome for outcome, _ in outcomes(review, "direct_supervision_of_xray_guidance")} == {Outcome.MET}


def test_a_protocol_that_cannot_be_right_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    review = review_with_plan(tmp_path, "spine", courses=course(), guidance_protocol=[{"method": "dowsing"}])
    assert any("dowsing" in problem.sentence for problem in review.problems)
    review = review_with_plan(
        tmp_path / "two", "spine", courses=course(), guidance_protocol=[{"method": "ct"}, {"method": "surface"}]
    )
    assert any("more than one row" in problem.sentence for problem in review.problems)
    assert {row.method for row in review.facts["image_guidance"]} == {"ct"}


def test_a_new_case_explains_the_protocol_of_guidance() -> None:
    template = case_template(load_policy("imrt"))
    _, after = template.split("guidance_protocol:")
    protocol = after.split("\n\n")[0]
    assert all(column in protocol for column in ("method", "tolerance_mm", "performed_by_role", "supervision"))


def statement(*elements: str) -> dict[str, Any]:
    signed = [{"role": "treating_physician", "signer": "Dr. Ada Example", "signed_on": "2024-01-02"}]
    return {"document_id": "D1", "kind": "necessity_statement", "elements": list(elements), "signatures": signed}


def test_a_missed_constraint_is_named_with_its_numbers_until_a_signed_review_explains_it(tmp_path: Path) -> None:
    constraints = [
        {"structure": "rectum", "metric": "max", "comparison": "<=", "limit": 50, "unit": "Gy"},
        {"structure": "PTV_78", "metric": "D95%", "comparison": ">=", "limit": 70, "unit": "Gy"},
    ]
    missed = review_with_plan(tmp_path / "missed", "prostate", courses=course(), constraints=constraints)
    ((outcome, because),) = outcomes(missed, "constraints_are_met_or_explained")
    assert outcome is Outcome.NOT_DOCUMENTED
    assert "measured: 2, missed: 1" in because
    assert "Rectum max <= 50.0 Gy is missed by" in because
    # The same plan: its grid, its histograms, and what no constraint limits.
    assert [outcome for outcome, _ in outcomes(missed, "the_dose_grid_is_fine_enough")] == [Outcome.MET]
    assert [outcome for outcome, _ in outcomes(missed, "every_structure_has_a_histogram")] == [Outcome.MET]
    ((_, because),) = outcomes(missed, "doses_stay_within_usual_limits")
    assert "Bladder V" in because
    explanation = {
        "document_id": "D9",
        "kind": "dvh_review",
        "elements": [{"element": "constraints_explained", "detail": "Rectum"}],
        "signatures": [{"role": "radiation_oncologist", "signer": "Dr. Bo Sample", "signed_on": "2024-01-30"}],
    }
    explained = review_with_plan(
        tmp_path / "explained", "prostate", courses=course(), constraints=constraints, documents=[explanation]
    )
    ((outcome, because),) = outcomes(explained, "constraints_are_met_or_explained")
    assert outcome is Outcome.MET
    assert "explained by a signed review: 1" in because


def test_a_limit_whose_structure_was_never_drawn_leaves_the_course_to_a_person(tmp_path: Path) -> None:
    def review(name: str, *, is_drawn: bool) -> Review:
        case = tmp_path / name
        make_phantom("prostate", case / "plan", start=FIRST_DAY)
        drawn = pydicom.dcmread(case / "plan" / "RS.dcm")
        numbers = [item.ROINumber for item in drawn.StructureSetROISequence if item.ROIName == "Rectum"]
        for item in drawn.ROIContourSequence:
            if item.ReferencedROINumber in numbers and not is_drawn:
                del item.ContourSequence
        drawn.save_as(case / "plan" / "RS.dcm")
        limits = [
            {"structure": "rectum", "metric": "V70Gy", "comparison": "<=", "limit": 60, "unit": "%"},
            {"structure": "PTV_78", "metric": "D95%", "comparison": ">=", "limit": 70, "unit": "Gy"},
        ]
        (case / "case.yaml").write_text(yaml.safe_dump({"courses": course(), "constraints": limits}), encoding="utf-8")
        return review_case(case, [load_policy("imrt")], with_pictures=False)

    assert outcomes(review("whole", is_drawn=True), ALL_WAS_READ) == []
    ((outcome, because),) = outcomes(review("empty", is_drawn=False), ALL_WAS_READ)
    assert outcome is Outcome.NOT_MET
    assert "constraint rectum V70Gy <= 60 %" in because


def test_a_large_right_breast_measures_large(tmp_path: Path) -> None:
    right = course(site="breast", laterality="right")
    stated = [statement("large_breast_volume", "large_chest_wall_separation")]
    large = review_with_plan(tmp_path / "large", "right_breast", courses=right, documents=stated)
    ((outcome, because),) = outcomes(large, "breast_cases_are_selected")
    assert outcome is Outcome.MET
    assert "the measures support it: the breast as contoured measures 2149 cc" in because
    assert "the measures leave it open: its greatest width along a portal is 224 mm" in because


def test_a_left_breast_lies_beside_the_heart(tmp_path: Path) -> None:
    left = course(site="breast", laterality="left")
    review = review_with_plan(tmp_path, "left_breast", courses=left, documents=[statement("cardiac_proximity")])
    ((outcome, because),) = outcomes(review, "breast_cases_are_selected")
    assert outcome is Outcome.MET
    assert "the measures support it: heart or pericardium lies" in because


def test_six_gray_a_fraction_beside_the_cord_endanger_it_and_three_do_not(tmp_path: Path) -> None:
    stated = [statement("cord_tolerance_at_risk")]
    planned = review_with_plan(tmp_path / "six", "spine", courses=course(site="spine_metastasis"), documents=stated)
    ((outcome, because),) = outcomes(planned, "spine_cases_put_the_cord_at_risk")
    assert outcome is Outcome.MET
    assert "the measures support it: the whole prescription amounts to 60.0 Gy" in because
    assert "the cord lies 2.9 mm from the target" in because
    ten = course(site="spine_metastasis", prescribed_dose_gy=30, planned_fractions=10)
    gentler = review_with_plan(tmp_path / "three", "spine", courses=ten, documents=stated)
    ((outcome, because),) = outcomes(gentler, "spine_cases_put_the_cord_at_risk")
    assert outcome is Outcome.NOT_MET
    assert "the measures contradict it: the whole prescription amounts to 37.5 Gy" in because


def test_a_plan_approved_after_the_first_fraction_is_named_and_one_before_is_not(tmp_path: Path) -> None:
    late = review_with_plan(tmp_path / "late", "sphere", courses=course(first_delivery="2024-01-28"))
    (sentence,) = [problem.sentence for problem in late.problems if "after the first fraction" in problem.sentence]
    assert "approved on 2024-01-29, after the first fraction of 2024-01-28" in sentence
    in_time = review_with_plan(tmp_path / "in_time", "sphere", courses=course(first_delivery="2024-02-05"))
    assert not [problem for problem in in_time.problems if "after the first fraction" in problem.sentence]


def test_a_diagnosis_on_the_other_side_sets_the_plan_aside_until_a_person_accepts_it(tmp_path: Path) -> None:
    tables = {
        "courses": course(site="", laterality=""),
        "claim_lines": claim_lines(("2024-01-29", "77301"), ("2024-02-05", "77385")),
        "claim_diagnoses": [{"claim_id": "A1", "icd10": "C50.911", "position": 1, "member_id": "M1"}],
    }
    rule = "the_plan_belongs_to_the_course"
    aside = review_with_plan(tmp_path / "aside", "left_breast", **tables)
    ((outcome, because),) = outcomes(aside, rule)
    assert outcome is Outcome.NOT_MET
    assert "left in the plan, right by the diagnosis C50.911 in the case" in because
    assert not aside.facts.get("plan_measures")
    accepted = [{"item": "laterality", "reason": "The claim names the wrong side; corrected with the practice."}]
    kept = review_with_plan(tmp_path / "kept", "left_breast", accepted_differences=accepted, **tables)
    assert Outcome.NOT_MET not in {outcome for outcome, _ in outcomes(kept, rule)}
    assert kept.facts["plan_measures"]


def test_an_order_that_cannot_be_read_is_asked_for_and_never_pays(tmp_path: Path) -> None:
    order = course(planned_fractions="5 or 6", prescribed_dose_gy="39O", site="unheard of")
    review = review_with_plan(
        tmp_path, "sphere", courses=order, claim_lines=claim_lines(("2024-01-29", "77301"), ("2024-02-05", "77385"))
    )
    asked = outcomes(review, "the_plan_belongs_to_the_course")
    assert {outcome for outcome, _ in asked} == {Outcome.NOT_DOCUMENTED}
    for item in ("fractions: ", "prescribed dose: "):
        assert any(f"cannot be compared with the case in {item}" in because for _, because in asked)
    assert review.facts["plan_measures"]


def test_the_plan_that_the_case_names_is_the_one_that_is_reviewed(tmp_path: Path) -> None:
    make_phantom("sphere", tmp_path / "plan", start=FIRST_DAY)
    other = pydicom.dcmread(tmp_path / "plan" / "RP.dcm")
    other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = f"{other.SOPInstanceUID}.9"
    other.RTPlanLabel, other.ApprovalStatus = "SECOND", "UNAPPROVED"
    other.save_as(tmp_path / "plan" / "RP2.dcm")
    tables = {"courses": course(), "reviewed_plans": [{"plan": " second "}]}
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(tables), encoding="utf-8")
    review = review_case(tmp_path, [load_policy("imrt")], with_pictures=False)
    assert [row.label for row in review.facts["plans"]] == ["SECOND"]
    assert any("'sphere' is not the one to review" in problem.sentence for problem in review.problems)
    unapproved = "Marked as not approved: 'SECOND'; ask for the plan as it was approved for treatment."
    assert [problem.sentence for problem in review.problems if problem.place == "plan"] == [unapproved]


def test_the_plan_of_another_patient_leaves_the_members_own_plan_as_evidence(tmp_path: Path) -> None:
    member = Person("EXAMPLE", "PAT", "M1", date(1950, 5, 17), "M")
    make_phantom("prostate", tmp_path / "plan" / "own", start=FIRST_DAY, person=member)
    other = Person("OTHER", "EVE", "M2", date(1961, 3, 4), "F")
    make_phantom("sphere", tmp_path / "plan" / "other", start=FIRST_DAY.replace(year=2023), person=other)
    tables = {
        "courses": course(prescribed_dose_gy=78, planned_fractions=39),
        "members": [{"member_id": "M1", "family_name": "EXAMPLE", "given_name": "PAT", "birth_date": "1950-05-17"}],
        "accepted_differences": [{"item": "birthdate", "reason": "typing"}, {"plan": "boost", "reason": "a boost"}],
    }
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(tables), encoding="utf-8")
    review = review_case(tmp_path, [load_policy("imrt")], with_pictures=False)
    assert {(row.label, row.is_evidence) for row in review.facts["plans"]} == {("prostate", True), ("sphere", False)}
    assert {row.label for row in review.facts["plan_differences"]} == {"sphere"}
    assert {row.delivered_on.year for row in review.facts["fractions"]} == {FIRST_DAY.year}
    in_vain = [problem.place for problem in review.problems if problem.place.startswith("accepted_differences")]
    assert in_vain == ["accepted_differences birthdate", "accepted_differences of plan boost"]
