"""The terminal: the verdict in words, within the width, colored only where asked."""

import re
from dataclasses import replace

import pytest

from isocenter.report.points import open_points
from isocenter.report.requests import requests
from isocenter.report.terminal import review_as_text
from isocenter.terms.findings import CourseRecommendation
from isocenter.terms.problems import Problem, worded
from tests.report.cases import claims_only_review, finding, plain_review, rulebooks, usual_review

_ANSI = re.compile(r"\x1b\[\d+m")


def _text(width: int = 100, *, color: bool = False) -> str:
    return review_as_text(usual_review(), rulebooks(), color=color, width=width)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, _text(width).splitlines())) <= width


def test_color_changes_nothing_but_color() -> None:
    assert "\x1b" not in _text()
    assert "\x1b" in _text(color=True)
    assert _ANSI.sub("", _text(color=True)) == _text()


def test_the_verdict_comes_first_and_then_what_would_change_it() -> None:
    first, *rest = _text().splitlines()
    assert first == "REQUEST DOCUMENTATION  course C1"
    assert any(line.startswith("To reach Cover: send what is asked for in points") for line in rest[:4])


def test_every_line_not_paid_is_reported_with_its_points() -> None:
    words = " ".join(_text().split())
    assert re.search(r"Deny G6012 2024-02-16; 0 of 1 unit; points 1(, \d+)* and \d+", words)
    assert re.search(r"Request G6015 (\d+) lines, 2024-02-05 to 2024-03-1\d, \1 days; 1 of 1 unit; points \d", words)


def test_everything_to_send_is_reported() -> None:
    words = " ".join(_text().split())
    for item in requests(usual_review(), rulebooks(), open_points(usual_review(), rulebooks())):
        assert item.title in words


def test_problems_and_what_was_not_assessed_are_never_left_out() -> None:
    text = _text()
    assert "claims.csv, row 48: Units is '0'" in text
    assert "Not assessed" in text
    only = review_as_text(claims_only_review(), rulebooks(), color=False, width=100)
    assert re.search(r"  - (Documents|[A-Z][a-z ,]*documents)[a-z ,]* not supplied\. [A-Z]", only)
    assert "Necessity statement: Send the chart." in " ".join(only.split())


def test_a_clean_course_fits_in_a_few_lines() -> None:
    review = plain_review(recommendation=CourseRecommendation.COVER, L1="pay", L2="pay")
    text = review_as_text(review, rulebooks(), color=False, width=80)
    assert text.splitlines()[0] == "COVER  course C1"
    assert len(text.splitlines()) <= 6


def test_what_corrects_a_denied_line_is_printed() -> None:
    review = plain_review(finding(), recommendation=CourseRecommendation.COVER, L1="deny")
    text = " ".join(review_as_text(review, rulebooks(), color=False, width=80).split())
    assert "To correct: Send the dated note of the change of anatomy." in text
    assert "77301, paragraph 1" in text


def test_many_remarks_of_one_kind_do_not_hide_those_of_others() -> None:
    taken_back = [Problem("", f"claim A line {n}", "it was taken back; both were left out") for n in range(1, 8)]
    lost = Problem("claims.csv", "line 9", worded("units is {value}; the line was left out", value=0))
    text = review_as_text(replace(usual_review(), problems=(*taken_back, lost)), rulebooks(), color=False, width=100)
    shown = text[text.index("Problems in the input") :]
    assert "claim A line 1: It was taken back; both were left out. (6 more of this kind)" in shown
    assert "claims.csv, line 9: Units is 0; the line was left out." in shown
    few = review_as_text(replace(usual_review(), problems=(*taken_back[:3], lost)), rulebooks(), color=False, width=100)
    assert "claim A line 3: It was taken back" in few
    assert "more of this kind" not in few
