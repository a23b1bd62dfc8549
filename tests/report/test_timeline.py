"""The picture of the course in time: every line is in it, nothing covers anything else."""

from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.report.points import open_points
from isocenter.report.timeline import (
    DOCUMENTS,
    LETTER_RADIUS,
    SIGNATURES,
    WIDTH,
    DayScale,
    Lane,
    Timeline,
    draw,
)
from isocenter.terms.findings import CourseRecommendation
from tests.report.cases import plain_review, rulebooks, usual_review

LENGTHS = [1, 5, 28, 45]


def _picture(fractions: int) -> Timeline:
    review = usual_review(fractions)
    picture = draw(review, rulebooks(), open_points(review, rulebooks()))
    assert picture is not None
    return picture


def _radius(lane: Lane, picture: Timeline) -> float:
    return LETTER_RADIUS if lane.name in (DOCUMENTS, SIGNATURES) else picture.radius


@pytest.mark.parametrize("fractions", LENGTHS)
def test_every_claim_line_appears_once(fractions: int) -> None:
    shown = [name for lane in _picture(fractions).lanes for mark in lane.marks for name in mark.line_ids]
    assert sorted(shown) == sorted(line.claim_line_id for line in usual_review(fractions).lines)


@pytest.mark.parametrize("fractions", LENGTHS)
def test_no_two_marks_of_a_lane_overlap(fractions: int) -> None:
    picture = _picture(fractions)
    for lane in picture.lanes:
        apart = 2 * _radius(lane, picture) - 0.05
        for one, other in combinations(lane.marks, 2):
            assert abs(one.x - other.x) >= apart or abs(one.y - other.y) >= apart, (lane.name, one, other)


@pytest.mark.parametrize("fractions", LENGTHS)
def test_marks_stay_within_their_lane_and_lanes_within_the_picture(fractions: int) -> None:
    picture = _picture(fractions)
    for lane in picture.lanes:
        for mark in lane.marks:
            assert lane.top <= mark.y - _radius(lane, picture)
            assert mark.y + _radius(lane, picture) <= lane.top + lane.height
            assert 0 < mark.x < WIDTH
        assert all(lane.top <= tag.y <= lane.top + lane.height for tag in lane.tags)
    for above, below in pairwise(picture.lanes):
        assert above.top + above.height == pytest.approx(below.top, abs=0.02)
    assert picture.lanes[-1].top + picture.lanes[-1].height <= picture.height


@pytest.mark.parametrize("fractions", LENGTHS)
def test_numbers_above_the_marks_do_not_touch_each_other(fractions: int) -> None:
    for lane in _picture(fractions).lanes:
        for one, other in combinations(lane.tags, 2):
            if one.y == other.y:
                left, right = sorted([one, other], key=lambda tag: tag.x)
                assert right.x > max(left.x2, left.x + 6 * len(left.points))


@pytest.mark.parametrize("fractions", LENGTHS)
def test_numbers_above_the_last_mark_end_within_the_picture(fractions: int) -> None:
    tags = [tag for lane in _picture(fractions).lanes for tag in lane.tags]
    assert max(tag.x + 6 * len(tag.points) for tag in tags) <= WIDTH
    assert all(tag.x <= tag.x1 for tag in tags)


def test_a_line_that_is_not_paid_bears_the_numbers_of_its_points() -> None:
    for lane in _picture(28).lanes:
        for mark in lane.marks:
            assert bool(mark.points) or mark.shape in ("pay", "record", "document", "signature")


def test_planning_long_before_the_course_is_drawn_near_and_the_silence_is_named() -> None:
    first, start = date(2023, 3, 1), date(2024, 2, 5)
    scale = DayScale([first, *(start + timedelta(days=n) for n in range(5))], 0, 1000)
    (gap,) = scale.breaks()
    assert gap.days == (start - first).days - 1
    assert scale.x(start) - scale.x(first) < 5 * scale.day_width


def test_a_week_is_as_wide_anywhere_outside_the_silences() -> None:
    days = [date(2024, 2, 5) + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8)]
    scale = DayScale(days, 0, 700)
    assert scale.x(days[5]) - scale.x(days[0]) == pytest.approx(7 * scale.day_width)


@settings(deadline=None)  # machines that test are busy
@given(st.sets(st.dates(date(2020, 1, 1), date(2026, 12, 31)), min_size=1, max_size=60))
def test_later_days_lie_further_right_and_all_fit(days: set[date]) -> None:
    scale = DayScale(days, 100, 900)
    xs = [scale.x(day) for day in sorted(days)]
    assert all(left < right for left, right in pairwise(xs))
    assert xs[0] >= 100
    assert xs[-1] <= 900
    assert all(xs[0] <= scale.x(monday) <= xs[-1] for monday in scale.mondays())


def test_without_a_date_there_is_no_picture() -> None:
    review = plain_review(recommendation=CourseRecommendation.COVER)
    assert draw(review, rulebooks(), ()) is None
