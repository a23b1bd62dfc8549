"""Lines of several days are laid on their days, and a course is held against the days of the claims supplied."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.facts.courses import lay_out_days
from isocenter.facts.store import FactStore
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.rulebook import load_policy as load_rulebook
from isocenter.terms.claims import CourseWindow
from tests.builders import row

MONDAY = date(2025, 3, 3)


def laid_out(*lines: dict[str, object], windows: tuple[tuple[object, ...], ...] = ()) -> FactStore:
    store = FactStore(few_rows=True)
    rows = [
        row("claim_lines", **{"claim_line_id": f"L{number}", "procedure_code": "G6015", **line})
        for number, line in enumerate(lines, start=1)
    ]
    names = ("billing_npi", "setting", "first_service", "last_service")
    rows += [row("data_windows", **dict(zip(names, window, strict=True))) for window in windows]
    assert store.add(rows) == []
    load_policy(store, load_rulebook("imrt"))
    lay_out_days(store)
    return store


def days_of(first: date, last: date, units: int) -> dict[date, bool]:
    store = laid_out({"service_date": first, "last_service_date": last, "units": units})
    return {found.service_day: found.is_certain for found in store.rows("service_days")}


@pytest.mark.parametrize(("units", "days"), [(5, 5), (10, 5), (7, 7)])
def test_units_that_share_out_evenly_determine_the_days(units: int, days: int) -> None:
    found = days_of(MONDAY, MONDAY + timedelta(6), units)
    assert len(found) == days
    assert all(found.values())


def test_fewer_units_than_weekdays_may_lie_on_any_of_them() -> None:
    found = days_of(MONDAY, MONDAY + timedelta(6), 4)
    assert sorted(found) == [MONDAY + timedelta(day) for day in range(5)]
    assert not any(found.values())


def test_a_line_of_one_day_is_its_service_date_alone() -> None:
    assert days_of(MONDAY, MONDAY, 1) == {}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 6), st.integers(1, 40), st.integers(1, 60))
def test_days_lie_within_the_line_and_certain_days_are_no_more_than_units(start: int, length: int, units: int) -> None:
    first = MONDAY + timedelta(start)
    last = first + timedelta(length)
    found = days_of(first, last, units)
    assert found
    assert all(first <= day <= last for day in found)
    if any(found.values()):
        assert units % len(found) == 0


NPI = "1999999984"
LATER = {"service_date": date(2025, 6, 2)}


def window_of(*windows: tuple[object, ...]) -> CourseWindow:
    (found,) = laid_out(LATER, windows=windows).rows("course_windows")
    return found


def test_where_nothing_says_how_far_the_claims_reach_both_edges_are_open() -> None:
    found = window_of()
    assert (found.may_begin_earlier, found.may_go_on, found.data_from) == (True, True, None)


def test_a_course_well_within_the_claims_of_its_provider_is_whole() -> None:
    found = window_of((NPI, "professional", date(2025, 1, 2), date(2025, 12, 30)))
    assert (found.may_begin_earlier, found.may_go_on) == (False, False)


@pytest.mark.parametrize(
    ("first", "last", "open_edges"),
    [
        (date(2025, 5, 1), date(2025, 12, 30), (True, False)),
        (date(2025, 1, 2), date(2025, 6, 30), (False, True)),
    ],
)
def test_a_course_near_an_edge_may_reach_beyond_it(first: date, last: date, open_edges: tuple[bool, bool]) -> None:
    found = window_of((NPI, "professional", first, last))
    assert (found.may_begin_earlier, found.may_go_on) == open_edges


def test_another_provider_or_setting_says_nothing_of_this_course() -> None:
    found = window_of((NPI, "institutional", date(2025, 1, 2), date(2025, 12, 30)))
    assert found.may_begin_earlier
