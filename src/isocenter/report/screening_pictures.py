"""The months of a screening drawn as bars: what is not met, what hangs on documents, and the amounts at stake."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from isocenter.report.words import dollars

WIDTH = 1000.0
LEFT, RIGHT = 150.0, 8.0
AXIS_HEIGHT = 22.0
ROW_HEIGHT, BAR_HEIGHT = 66.0, 52.0
_WIDEST_BAR = 22.0
_SHORTEST_BAR = 1.0
_THINNEST_BAR = 0.6
_YEAR_LABEL_WIDTH = 34.0

Record = Mapping[str, Any]
Months = dict[date, tuple[float, float]]  # not met, to document
Text = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a month; an open one is what depends on documents."""

    x: float
    y: float
    width: float
    height: float
    is_open: bool
    title: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One measure over the months, on a scale of its own: its name, its highest month and its base line."""

    name: str
    most: str
    base: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """Where a year begins on the axis; labeled where there is room."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class MonthPicture:
    """The months of one policy, ready to be drawn."""

    policy: str
    width: float
    height: float
    rows: tuple[BarRow, ...]
    years: tuple[Year, ...]
    title: str
    description: str


def draw_months(records: Sequence[Record], amount: str) -> tuple[MonthPicture, ...]:
    """One picture a policy, all on the same months; `amount` names the amount at stake, '' where there is none.

    A record holds service_month, policy, not_met, not_documented and, under the name of the amount, dollars.
    """
    if not records:
        return ()
    first = min(record["service_month"] for record in records)
    last = max(record["service_month"] for record in records)
    policies = dict.fromkeys(record["policy"] for record in records)
    return tuple(
        _draw_policy(policy, [record for record in records if record["policy"] == policy], first, last, amount)
        for policy in policies
    )


def bar_width(value: float, most: float) -> float:
    """The width of a bar, of 100 for `most`; what is there at all is seen."""
    if value <= 0 or most <= 0:
        return 0.0
    return round(max(_THINNEST_BAR, 100 * value / most), 2)


def _draw_policy(policy: str, records: Sequence[Record], first: date, last: date, amount: str) -> MonthPicture:
    step = (WIDTH - LEFT - RIGHT) / (_months_between(first, last) + 1)
    width = min(_WIDEST_BAR, 0.78 * step)
    middles = {
        record["service_month"]: LEFT + (_months_between(first, record["service_month"]) + 0.5) * step
        for record in records
    }
    rows = []
    base = AXIS_HEIGHT + BAR_HEIGHT
    for name, months, text in _measures(records, amount):
        if any(max(parts) > 0 for parts in months.values()):
            rows.append(_draw_row(name, months, text, middles, width, base))
            base += ROW_HEIGHT
    return MonthPicture(
        policy=policy,
        width=WIDTH,
        height=AXIS_HEIGHT + ROW_HEIGHT * len(rows),
        rows=tuple(rows),
        years=_years(first, last, step),
        title=f"Open findings of {policy} by month of service, {_text(first)} to {_text(last)}",
        description="; ".join(f"{row.name}: {row.most}" for row in rows) + ". The table below holds every month.",
    )


def _measures(records: Sequence[Record], amount: str) -> list[tuple[str, Months, Text]]:
    """Each measure with the two parts of each month: what is not met, and what hangs on documents."""
    measures: list[tuple[str, Months, Text]] = [
        ("Not met", {record["service_month"]: (record["not_met"], 0) for record in records}, "{:,}".format),
        ("To document", {record["service_month"]: (0, record["not_documented"]) for record in records}, "{:,}".format),
    ]
    if amount:
        months: Months = {}
        for record in records:
            not_met = record[f"{amount}_not_met"] or 0.0
            months[record["service_month"]] = (not_met, (record[amount] or 0.0) - not_met)
        measures.append(("At stake", months, dollars))
    return measures


def _draw_row(
    name: str, months: Months, text: Text, middles: Mapping[date, float], width: float, base: float
) -> BarRow:
    """The bars of one measure; of a month the open part is drawn on top of the solid one."""
    highest = max(months, key=lambda month: sum(months[month]))
    most = sum(months[highest])
    bars = []
    for month, parts in months.items():
        top = base
        for value, is_open in zip(parts, (False, True), strict=True):
            if value > 0:
                height = max(_SHORTEST_BAR, BAR_HEIGHT * value / most)
                top -= height
                x = middles[month] - width / 2
                title = f"{_text(month)}: {text(value)}{' to document' if is_open else ' not met'}"
                bars.append(Bar(round(x, 2), round(top, 2), round(width, 2), round(height, 2), is_open, title))
    return BarRow(name, f"most {text(most)}, in {_text(highest)}", round(base, 2), tuple(bars))


def _years(first: date, last: date, step: float) -> tuple[Year, ...]:
    years = []
    free_from = 0.0
    for year in range(first.year, last.year + 1):
        x = LEFT + max(0, _months_between(first, date(year, 1, 1))) * step
        has_room = x >= free_from and x + _YEAR_LABEL_WIDTH <= WIDTH
        if has_room:
            free_from = x + _YEAR_LABEL_WIDTH
        years.append(Year(round(x, 2), str(year) if has_room else ""))
    return tuple(years)


def _months_between(first: date, last: date) -> int:
    return 12 * (last.year - first.year) + last.month - first.month


def _text(month: date) -> str:
    return f"{month:%Y-%m}"
