"""Files of claims as practices and payers have them: every line is read, or named, and judged for what it says."""

from functools import cache
from pathlib import Path

import pytest

from isocenter.report.screening_text import summary_as_text
from isocenter.review.reviewer import Reviewer
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings
from isocenter.terms.review import Review
from isocenter.terms.screening import Summary
from isocenter.workflow import review_case, review_each

_CASES = {
    "account_number_on_every_claim", "amounts_with_thousands_mark", "byte_order_mark_breaks_the_count",
    "chart_as_pdf_is_passed_over", "codes_with_a_point_zero", "multileaf_devices_twice", "one_number_two_patients",
    "remarks_called_rejected_lines", "replacement_by_payer_number", "span_hides_other_delivery", "weekly_claim_alone",
    "year_window",
}  # fmt: skip


@cache
def _reviewer() -> Reviewer:
    return Reviewer(["imrt", "imrt_hospital", "ncci"])


@cache
def _reviews(folder: Path) -> tuple[Review, ...]:
    return tuple(review_each(folder / "input", _reviewer()))


def _review(folder: Path) -> Review:
    (review,) = _reviews(folder)
    return review


def _outcomes(folder: Path, rule: str) -> list[str]:
    return [found.outcome.value for one in _reviews(folder) for found in one.findings if found.rule == rule]


def _of_code(folder: Path, code: str) -> list[tuple[str, int | None]]:
    return [
        (line.recommendation.value, line.units_allowed)
        for one in _reviews(folder)
        for line in one.lines
        if line.procedure_code == code
    ]


def _screened(folder: Path, out: Path) -> tuple[Summary, str]:
    summary = screen(Settings((str(folder / "input"),), out, policies=("imrt",), workers=1))
    return summary, summary_as_text(summary, out)


def _counts(summary: Summary) -> tuple[int, int, int]:
    lines = summary.lines
    assert lines["read"] == lines["judged"] + lines["rejected"] + lines["other"] + lines["left_out"]
    return lines["read"], lines["judged"], lines["rejected"]


def test_every_given_folder_is_judged_here(given_cases: Path) -> None:
    assert {folder.name for folder in (given_cases / "claims").iterdir() if folder.is_dir()} == _CASES


def test_claims_that_bear_the_account_of_the_patient_are_no_copies(given_cases: Path) -> None:
    review = _review(given_cases / "claims" / "account_number_on_every_claim")
    assert (review.lines_read, len(review.lines), review.lines_lost) == (41, 41, 0)


def test_amounts_with_a_mark_at_the_thousands_are_read(given_cases: Path, tmp_path: Path) -> None:
    folder = given_cases / "claims" / "amounts_with_thousands_mark"
    summary, _ = _screened(folder, tmp_path / "out")
    assert _counts(summary) == (20, 20, 0)
    amounts = [
        rule.get("allowed_amount") for rule in summary.findings_by_rule if rule["rule"] == "the_site_is_supported"
    ]
    assert amounts == [3800.0]


def test_lines_add_up_behind_a_byte_order_mark(given_cases: Path, tmp_path: Path) -> None:
    summary, text = _screened(given_cases / "claims" / "byte_order_mark_breaks_the_count", tmp_path / "out")
    assert _counts(summary) == (22, 20, 2)
    assert text.count("\nrejected, 1 line") == 2


def test_files_beside_the_claims_are_named(given_cases: Path) -> None:
    review = review_case(given_cases / "claims" / "chart_as_pdf_is_passed_over" / "input", _reviewer())
    assert {problem.path for problem in review.problems} == {"necessity_statement.pdf", "documents_list.txt"}
    assert review.requires_clinician


def test_codes_and_modifiers_that_became_numbers_are_read(given_cases: Path) -> None:
    folder = given_cases / "claims" / "codes_with_a_point_zero"
    assert set(_outcomes(folder, "delivery_follows_an_imrt_plan")) == {"met"}
    assert len(_of_code(folder, "77301")) == 1
    assert [line for line in _review(folder).lines if "." in line.procedure_code] == []


def test_what_no_rule_judges_is_not_paid_as_judged(given_cases: Path) -> None:
    folder = given_cases / "claims" / "multileaf_devices_twice"
    for code in ("77338", "77280", "G6017"):
        assert {recommendation for recommendation, _ in _of_code(folder, code)} == {"not_judged"}, code
    assert _outcomes(folder, "multileaf_work_claimed_once") == ["not_met"]
    assert ("review", 5) in _of_code(folder, "77334")


def test_one_number_of_two_providers_is_two_claims(given_cases: Path) -> None:
    folder = given_cases / "claims" / "one_number_two_patients"
    assert [(one.course.member_id, len(one.lines)) for one in _reviews(folder)] == [("MA", 20), ("MB", 20)]


def test_a_count_that_is_wrong_rejects_no_line(given_cases: Path, tmp_path: Path) -> None:
    summary, text = _screened(given_cases / "claims" / "remarks_called_rejected_lines", tmp_path / "out")
    assert _counts(summary) == (10, 10, 0)
    assert "\nrejected" not in text
    assert "SE counts" in text
    assert "XX '99'" in text


def test_a_replacement_takes_the_place_of_its_original(given_cases: Path, tmp_path: Path) -> None:
    folder = given_cases / "claims" / "replacement_by_payer_number"
    review = _review(folder)
    assert len(review.lines) == 20
    assert [problem.place for problem in review.problems] == ["claim A1"]
    assert _outcomes(folder, "one_plan_per_course") == ["met"]
    summary, _ = _screened(folder, tmp_path / "out")
    assert _counts(summary) == (40, 20, 20)


def test_a_week_on_one_line_shows_its_days(given_cases: Path) -> None:
    folder = given_cases / "claims" / "span_hides_other_delivery"
    assert _of_code(folder, "G6012") == [("deny", 0)]
    assert [units for _, units in _of_code(folder, "G6015")] == [5, 5]


def test_a_claim_of_one_week_is_asked_about_its_plan(given_cases: Path) -> None:
    folder = given_cases / "claims" / "weekly_claim_alone"
    assert _outcomes(folder, "delivery_follows_an_imrt_plan") == ["not_documented"] * 5
    assert _of_code(folder, "G6015") == [("request", 1)] * 5


@pytest.mark.parametrize("is_screened", [False, True])
def test_a_course_planned_before_the_claims_begin_is_asked_about(
    given_cases: Path, tmp_path: Path, *, is_screened: bool
) -> None:
    folder = given_cases / "claims" / "year_window"
    if is_screened:
        summary, _ = _screened(folder, tmp_path / "out")
        (found,) = [rule for rule in summary.findings_by_rule if rule["rule"] == "delivery_follows_an_imrt_plan"]
        assert (found["not_met"], found["not_documented"]) == (0, 20)
        assert _counts(summary) == (44, 44, 0)
        return
    outcomes = _outcomes(folder, "delivery_follows_an_imrt_plan")
    assert (outcomes.count("not_documented"), outcomes.count("met")) == (20, 10)
    assert "deny" not in {line.recommendation.value for one in _reviews(folder) for line in one.lines}
