"""Open points: what is gathered, what it holds back, and what mending it leads to."""

from dataclasses import replace

import pytest

from isocenter.report.page import review_as_page
from isocenter.report.points import line_counts, open_points, points_by_line, way_to_cover, what_would_change
from isocenter.report.terminal import review_as_text
from isocenter.report.words import (
    COVERAGE_NOT_ASKED,
    NO_RULE_ON_COVERAGE_MET,
    Effect,
    course_name,
    course_sentence,
    days_text,
    number_ranges,
    readable,
    within,
)
from isocenter.terms.findings import CourseRecommendation, Finding, LineRecommendation, Outcome
from isocenter.terms.review import Review
from tests.report.cases import FIRST_DAY, claims_only_review, finding, plain_review, rulebooks, usual_review, weekdays

COVER, ASK, REFUSE, LOOK = (
    CourseRecommendation.COVER,
    CourseRecommendation.REQUEST_DOCUMENTATION,
    CourseRecommendation.DO_NOT_COVER,
    CourseRecommendation.HUMAN_REVIEW,
)


_WITHOUT_A_POINT = (LineRecommendation.PAY, LineRecommendation.NOT_JUDGED)


def _change(review: Review) -> str:
    points = open_points(review, rulebooks())
    return what_would_change(review, way_to_cover(review, points))


def test_a_point_is_titled_by_its_fault_not_by_the_demand() -> None:
    (imrt,) = rulebooks()
    asked = plain_review(finding(rule="portals_are_described", outcome="not_documented"), recommendation=ASK, L1="deny")
    assert (
        open_points(asked, [imrt])[0].title
        == "Number and location of the portals are not described, or not as they are in the plan"
    )
    faultless = replace(imrt, rules=tuple(replace(rule, fault="") for rule in imrt.rules))
    title = within(imrt.rule("portals_are_described").title)
    assert open_points(asked, [faultless])[0].title == f"Not documented: {title}"


def test_findings_of_one_rule_and_outcome_are_one_point_and_the_gravest_come_first() -> None:
    review = plain_review(
        finding(rule="a", subject="L1", outcome="not_documented"),
        finding(rule="a", subject="L2", outcome="not_documented"),
        finding(rule="b", subject="L3", outcome="not_met"),
        finding(rule="c", subject="L4", outcome="met"),
        recommendation=ASK,
        L1="request",
        L2="request",
        L3="deny",
        L4="pay",
    )
    points = open_points(review, rulebooks())
    assert [(p.number, p.first.rule, len(p.findings)) for p in points] == [(1, "b", 1), (2, "a", 2)]


def test_nothing_open_is_lost_or_listed_twice() -> None:
    def key(some: Finding) -> tuple[str, str, str]:
        return some.rule, some.subject_id, some.outcome

    review = usual_review()
    stated = [key(f) for point in open_points(review, rulebooks()) for f in point.findings]
    wrong = (Outcome.NOT_MET, Outcome.NOT_DOCUMENTED)
    assert sorted(stated) == sorted(key(f) for f in review.findings if f.outcome in wrong)


def test_every_line_that_is_not_paid_has_a_point_that_says_why() -> None:
    for review in (usual_review(), claims_only_review()):
        of_line = points_by_line(review, open_points(review, rulebooks()))
        for line in review.lines:
            assert bool(of_line[line.claim_line_id]) or line.recommendation in _WITHOUT_A_POINT


def test_a_point_about_guidance_bears_on_guidance_alone() -> None:
    points = open_points(usual_review(), rulebooks())
    (guidance,) = [p for p in points if p.first.rule == "image_guidance_is_needed"]
    assert {line.procedure_code for line in guidance.lines} == {"G6002"}


def test_refusal_then_requests_then_cover() -> None:
    review = plain_review(
        finding(rule="a", subject="C1", kind="course", consequence="not_necessary"),
        finding(rule="b", subject="L1", outcome="not_documented"),
        recommendation=REFUSE,
        L1="deny",
    )
    assert _change(review) == "To reach Cover: correct point 1; then send what is asked for in point 2."


def test_a_denied_line_leaves_the_course_as_it_is() -> None:
    review = plain_review(finding(), recommendation=COVER, L1="deny", L2="pay")
    (point,) = open_points(review, rulebooks())
    assert point.effect is Effect.DENY
    assert point.for_the_course is None
    assert _change(review) == "1 line not paid as billed; the coverage of the course is not affected."


def test_a_line_of_which_no_unit_is_left_is_denied_in_its_point_as_in_its_row() -> None:
    none_left = replace(finding(consequence="reduce"), units_allowed=0)
    for said, effect in (("deny", Effect.DENY), ("request", Effect.REDUCE)):
        review = plain_review(none_left, recommendation=CourseRecommendation.COVER, L1=said)
        (point,) = open_points(review, rulebooks())
        assert point.effect is effect
        assert point.for_the_course is None
    some_left = plain_review(
        replace(none_left, units_allowed=1), recommendation=CourseRecommendation.COVER, L1="reduce"
    )
    assert open_points(some_left, rulebooks())[0].effect is Effect.REDUCE


def test_a_review_by_a_clinician_comes_before_the_requests() -> None:
    review = plain_review(
        finding(rule="b", outcome="not_documented"),
        finding(rule="a", consequence="review"),
        recommendation=LOOK,
        L1="review",
    )
    assert _change(review) == (
        "To reach Cover: let a clinician decide point 1; then send what is asked for in point 2."
    )


def test_without_a_chart_one_point_asks_for_it_and_bears_on_the_lines_of_imrt() -> None:
    review = claims_only_review()
    points = open_points(review, rulebooks())
    (chart,) = [point for point in points if point.first.outcome is Outcome.NOT_ASSESSED]
    assert chart.effect is Effect.REQUEST
    assert chart.first.remedy.startswith("Send the chart.")
    assert {line.procedure_code for line in chart.lines} == {"77301", "G6015"}
    assert str(chart.number) in _change(review)


def test_a_course_that_is_covered_says_so() -> None:
    assert _change(plain_review(recommendation=COVER, L1="pay")) == "Every line is payable as billed."


def test_a_covered_course_says_how_many_lines_no_rule_judged() -> None:
    review = plain_review(recommendation=COVER, L1="pay", L2="not_judged")
    assert _change(review) == "Every line that was judged is payable as billed. 1 line was judged by no rule."


def test_a_course_of_which_nothing_was_judged_goes_to_a_person_without_steps_to_cover() -> None:
    review = plain_review(finding(consequence="inform"), recommendation=LOOK, L1="not_judged")
    assert _change(review) == "No rule judged any of it."
    assert course_sentence(review) == "The policies in use have no rule for what was billed."


def test_of_rules_of_coding_alone_it_is_said_that_coverage_was_not_asked() -> None:
    review = plain_review(finding(), recommendation=LOOK, L1="deny", L2="not_judged")
    coding = replace(review, policies=tuple(one._replace(decides_coverage=False) for one in review.policies))
    assert "coverage" not in _change(coding)
    assert _change(coding).startswith("1 line not paid as billed.")
    assert course_sentence(coding) == COVERAGE_NOT_ASKED
    assert course_sentence(review) == NO_RULE_ON_COVERAGE_MET


@pytest.mark.parametrize("effect", ["deny", "review", "inform"])
def test_where_coverage_was_not_asked_nothing_is_said_to_touch_necessity(effect: str) -> None:
    review = plain_review(finding(consequence=effect), recommendation=LOOK, L1=effect.replace("inform", "not_judged"))
    coding = replace(review, policies=tuple(one._replace(decides_coverage=False) for one in review.policies))
    said = (review_as_text(coding, rulebooks(), color=False, width=100), review_as_page(coding, rulebooks(), None))
    for text in said:
        assert "touches medical necessity" not in text
        assert "Medical necessity was not judged: a clinician has to make the determination." in text
    assert coding.requires_clinician


def test_only_a_course_not_to_be_covered_is_said_to_touch_necessity() -> None:
    """A clinician is also asked about a service that two claims bill."""
    for effect, recommendation, touches in (("review", LOOK, False), ("not_necessary", REFUSE, True)):
        review = plain_review(finding(consequence=effect), recommendation=recommendation, L1="deny")
        text = review_as_text(review, rulebooks(), color=False, width=100)
        assert ("touches medical necessity" in text) == touches
        assert "clinician has to make the determination." in text


def test_before_any_claim_the_course_would_be_covered_and_no_line_is_mentioned() -> None:
    review = plain_review(recommendation=COVER)
    assert course_name(review) == "Would be covered"
    said = review_as_text(review, rulebooks(), color=False, width=100)
    assert "WOULD BE COVERED" in said
    assert "line" not in said.lower()
    assert "0 lines" not in review_as_page(review, rulebooks(), None)


def test_a_course_out_of_scope_says_why_and_that_its_lines_were_not_judged() -> None:
    scope = finding(kind="course", subject="C1", outcome="not_applicable", because="the line of business is other")
    review = plain_review(scope, recommendation=CourseRecommendation.OUT_OF_SCOPE, L1="not_judged")
    assert _change(review) == "The line of business is other. Its lines were not judged."
    assert line_counts(review) == ((LineRecommendation.NOT_JUDGED, 1),)


def test_numbers_are_written_as_a_person_would() -> None:
    assert number_ranges([]) == ""
    assert number_ranges([4]) == "4"
    assert number_ranges([2, 1]) == "1 and 2"
    assert number_ranges([8, 5, 6, 7, 1, 2, 7]) == "1, 2 and 5 to 8"
    assert number_ranges([0, 1, 2]) == "0 to 2"


def test_days_are_listed_in_short() -> None:
    days = weekdays(6)
    assert days_text(days[:1]) == str(FIRST_DAY)
    assert days_text(days[:2]) == "2024-02-05 and 2024-02-06"
    assert days_text(days) == "2024-02-05 to 2024-02-12, 6 days"


def test_names_of_lists_become_words() -> None:
    assert readable("dvh_review") == "DVH review"
    assert readable("treating_physician") == "Treating physician"
    assert within("Independent check of one field (detail: which)") == "independent check of one field"
    assert within("CT or MRI based images") == "CT or MRI based images"
