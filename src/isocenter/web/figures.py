"""Figures: how many requests come in and go out, how long they take, and where people and the engine disagree."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from isocenter.report.words import percent, readable
from isocenter.web.models import AnsweredAtOnce, ClockEvent, Determination, Request, RunFinding
from isocenter.web.models.determinations import Decision
from isocenter.web.models.requests import UNDECIDED


@dataclass(frozen=True, slots=True)
class Decided:
    """One final determination with the time that it took, without the time the clock stood still."""

    determination: Determination
    days: float
    was_late: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often a rule bore on requests that were decided, and how often the person decided otherwise."""

    rule: str
    title: str
    decided: int
    otherwise: int

    @property
    def share(self) -> str:
        """The share that was decided otherwise."""
        return percent(self.otherwise, self.decided)


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of a picture: requests in and out, with heights in the picture's units."""

    label: str
    came_in: int
    went_out: int
    x: int
    in_height: float
    out_height: float

    @property
    def in_foot(self) -> float:
        """Position of the count over the first bar, downward."""
        return 97 - self.in_height

    @property
    def out_foot(self) -> float:
        """Position of the count over the second bar, downward."""
        return 97 - self.out_height


def dashboard(http: HttpRequest) -> HttpResponse:
    """The figures of a span of days, the last ninety unless the address says otherwise."""
    first, last = _span(http)
    came_in = Request.objects.filter(received_at__date__range=(first, last), is_example=False)
    decided = decided_between(first, last)
    days = sorted(one.days for one in decided)
    context = {
        "first": first,
        "last": last,
        "came_in": came_in.count(),
        "decided": len(decided),
        "answered_at_once": AnsweredAtOnce.objects.filter(answered_at__date__range=(first, last)).count(),
        "undecided": Request.objects.filter(state__in=UNDECIDED, is_example=False).count(),
        "late_now": Request.objects.filter(
            state__in=UNDECIDED, due_at__lt=timezone.now(), clock_stopped_at=None, is_example=False
        ).count(),
        "decided_late": sum(one.was_late for one in decided),
        "median_days": statistics.median(days) if days else None,
        "mean_days": statistics.fmean(days) if days else None,
        "ninetieth_days": ninetieth(days),
        "decisions": _by_decision(decided),
        "agreed": sum(one.determination.agrees for one in decided),
        "agreement": agreement_by_rule(decided),
        "providers": _by(decided, "provider_npi"),
        "sites": [(readable(site) if site else "Not stated", *rest) for site, *rest in _by(decided, "site")],
        "bars": _bars(last),
        "this_year": last.year,
    }
    return render(http, "web/figures.html", context)


def decided_between(first: date, last: date) -> list[Decided]:
    """Final determinations made from the first to the last day, examples left out; of each request the newest."""
    rows = (
        Determination.objects.filter(
            stage=Determination.Stage.FINAL, made_at__date__range=(first, last), request__is_example=False
        )
        .select_related("request", "run")
        .order_by("request_id", "number")
    )
    newest = list({row.request_id: row for row in rows}.values())
    stood_still = _stood_still({row.request_id for row in newest})
    return [_decided(row, stood_still.get(row.request_id, [])) for row in newest]


def _decided(row: Determination, events: Sequence[ClockEvent]) -> Decided:
    began = row.request.received_at
    ended = row.second_read_at or row.made_at
    still, stopped = timedelta(), None
    for event in events:
        if event.at > ended:
            break
        if event.kind == ClockEvent.Kind.REOPENED:
            began, still, stopped = event.at, timedelta(), None
        elif event.kind == ClockEvent.Kind.STOPPED:
            stopped = event.at
        elif event.kind == ClockEvent.Kind.RESUMED and stopped:
            still, stopped = still + (event.at - stopped), None
    return Decided(row, (ended - began - still).total_seconds() / 86_400, ended > row.request.due_at)


def _stood_still(requests: set[int]) -> dict[int, list[ClockEvent]]:
    events: dict[int, list[ClockEvent]] = {}
    for event in ClockEvent.objects.filter(request_id__in=requests).order_by("at", "id"):
        events.setdefault(event.request_id, []).append(event)
    return events


def ninetieth(days: Sequence[float]) -> float | None:
    """The 90th percentile of sorted numbers, by the nearest rank; None of none."""
    return days[max(0, -(-9 * len(days) // 10) - 1)] if days else None


def agreement_by_rule(decided: Iterable[Decided]) -> list[Agreement]:
    """By rule: decided requests on which it was open, and of these how many a person decided otherwise."""
    otherwise = {one.determination.run_id: not one.determination.agrees for one in decided}
    rows = (
        RunFinding.objects.filter(run_id__in=otherwise)
        .exclude(effect="")
        .exclude(effect="inform")
        .values_list("policy", "rule", "title", "run_id")
        .distinct()
    )
    counted: Counter[tuple[str, str]] = Counter()
    differed: Counter[tuple[str, str]] = Counter()
    titles: dict[tuple[str, str], str] = {}
    for policy, rule, title, run in rows:
        titles[policy, rule] = title
        counted[policy, rule] += 1
        differed[policy, rule] += otherwise[run]
    found = [
        Agreement(f"{policy}/{rule}", titles[policy, rule], count, differed[policy, rule])
        for (policy, rule), count in counted.items()
    ]
    return sorted(found, key=lambda row: (-row.otherwise, -row.decided, row.rule))


def _by_decision(decided: Sequence[Decided]) -> list[tuple[str, int, str]]:
    counts = Counter(one.determination.decision for one in decided)
    appealed = sum(one.determination.is_after_appeal for one in decided)
    rows = [(str(Decision(key).label), counts[key], percent(counts[key], len(decided))) for key in Decision.values()]
    return [*rows, ("After appeal", appealed, percent(appealed, len(decided)))]


def _by(decided: Sequence[Decided], column: str) -> list[tuple[str, int, int, int]]:
    """Decided, denied or approved in part, and decided otherwise than recommended, by a column of the request."""
    found: dict[str, list[Determination]] = {}
    for one in decided:
        found.setdefault(getattr(one.determination.request, column), []).append(one.determination)
    rows = [
        (
            key,
            len(some),
            sum(row.decision != Decision.APPROVE for row in some),
            sum(not row.agrees for row in some),
        )
        for key, some in found.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:20]


def _bars(last: date) -> list[Bar]:
    """The twelve months up to a day, whatever span of days is looked at."""
    months = [_month_before(last, back) for back in range(11, -1, -1)]
    first = date(*months[0], 1)
    came_in = Request.objects.filter(received_at__date__range=(first, last), is_example=False)
    decided = decided_between(first, last)
    entered: Counter[tuple[int, int]] = Counter()
    for row in came_in.values("received_at__date").annotate(count=Count("id")):
        entered[row["received_at__date"].year, row["received_at__date"].month] += row["count"]
    left = Counter((one.determination.made_at.year, one.determination.made_at.month) for one in decided)
    most = max([*entered.values(), *left.values(), 1])
    return [
        Bar(
            f"{month[0]}-{month[1]:02d}",
            entered[month],
            left[month],
            20 + 56 * place,
            round(85 * entered[month] / most, 1),
            round(85 * left[month] / most, 1),
        )
        for place, month in enumerate(months)
    ]


def _month_before(day: date, months: int) -> tuple[int, int]:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return year, month + 1


def _span(http: HttpRequest) -> tuple[date, date]:
    today = timezone.localdate()
    first = _day(http.GET.get("from", "")) or today - timedelta(days=89)
    last = _day(http.GET.get("to", "")) or today
    return (first, last) if first <= last else (last, first)


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=timezone.get_current_timezone()).date()
    except ValueError:
        return None
