"""The pictures of months and the bars of shares on the page of a screening."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from isocenter.report.screening_pictures import BAR_HEIGHT, LEFT, RIGHT, WIDTH, bar_width, draw_months


def _month(year: int, month: int, not_met: int, to_document: int, amount: float, share: float = 0.0) -> dict[str, Any]:
    return {
        "service_month": date(year, month, 1),
        "policy": "imrt",
        "not_met": not_met,
        "not_documented": to_document,
        "allowed_amount": amount,
        "allowed_amount_not_met": share,
    }


def test_bars_are_as_high_as_their_counts_and_stand_in_their_months() -> None:
    [picture] = draw_months([_month(2020, 1, 10, 0, 0), _month(2020, 3, 5, 0, 0)], "allowed_amount")
    [row] = picture.rows
    assert [bar.height for bar in row.bars] == [BAR_HEIGHT, BAR_HEIGHT / 2]
    step = (WIDTH - LEFT - RIGHT) / 3
    assert [bar.x + bar.width / 2 for bar in row.bars] == pytest.approx([LEFT + step / 2, LEFT + 2.5 * step], abs=0.02)
    assert all(bar.y + bar.height == pytest.approx(row.base) for bar in row.bars)
    assert row.most == "most 10, in 2020-01"


def test_an_amount_is_split_into_what_is_not_met_and_what_hangs_on_documents() -> None:
    [picture] = draw_months([_month(2020, 1, 1, 1, 100.0, 25.0)], "allowed_amount")
    solid, open_bar = picture.rows[-1].bars
    assert (solid.is_open, open_bar.is_open) == (False, True)
    assert (solid.height, open_bar.height) == (0.25 * BAR_HEIGHT, 0.75 * BAR_HEIGHT)
    assert open_bar.y + open_bar.height == pytest.approx(solid.y)


def test_all_policies_share_the_months_of_the_first_and_the_last() -> None:
    other = {**_month(2010, 1, 1, 0, 0), "policy": "ncci"}
    first, second = draw_months([_month(2025, 12, 1, 0, 0), other], "")
    assert [year.x for year in first.years] == [year.x for year in second.years]
    assert first.rows[0].bars[0].x > second.rows[0].bars[0].x + 0.9 * (WIDTH - LEFT - RIGHT)


def test_a_hundred_years_are_drawn_without_labels_that_run_into_each_other() -> None:
    [picture] = draw_months([_month(1990, 1, 1, 1, 1.0), _month(2099, 12, 1, 1, 1.0)], "allowed_amount")
    labeled = [year.x for year in picture.years if year.label]
    assert min(b - a for a, b in pairwise(labeled)) >= 30
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH for row in picture.rows for bar in row.bars)


def test_a_screening_without_findings_has_no_pictures_of_months() -> None:
    assert draw_months([], "allowed_amount") == ()


@pytest.mark.parametrize(("value", "most", "width"), [(0, 10, 0), (5, 10, 50), (10, 10, 100), (1, 1e9, 0.6), (3, 0, 0)])
def test_a_bar_is_as_wide_as_its_share_and_seen_where_there_is_anything(
    value: float, most: float, width: float
) -> None:
    assert bar_width(value, most) == width
