"""Codes that no rule judges: what the policies applied say of them is shown beside the line."""

from datetime import date

from isocenter.report.claims import what_is_said_of
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.findings import LineRecommendation, ReviewedLine

BOOKS = [load_policy("ncci"), load_policy("imrt")]


def line(code: str, recommendation: LineRecommendation) -> ReviewedLine:
    return ReviewedLine("L1", code, date(2024, 1, 15), 1, recommendation, None)


def test_a_line_that_no_rule_judged_says_what_the_policy_says_of_its_code() -> None:
    assert "multileaf collimator" in what_is_said_of(line("77338", LineRecommendation.NOT_JUDGED), BOOKS)


def test_a_judged_line_and_an_unknown_code_say_nothing() -> None:
    assert what_is_said_of(line("77338", LineRecommendation.PAY), BOOKS) == ""
    assert what_is_said_of(line("99999", LineRecommendation.NOT_JUDGED), BOOKS) == ""
