"""A case with a plan beside its chart: what the plan shows reaches the findings."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from isocenter.phantoms.make import make_phantom
from isocenter.report.new_case import case_template
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.findings import Outcome
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


def test_a_protocol_that_cannot_be_right_is_told_and_the_rest_is_kept(tmp_path: Path) -> None:
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
