"""The yearly figures on prior authorization that payers publish: by kind of request, as a page and as CSV.

Source: CMS-0057-F, 42 CFR 422.122(c).
"""

import csv
import io
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from isocenter.files.texts import spreadsheet_cell
from isocenter.report.words import percent
from isocenter.web.figures import decided_between
from isocenter.web.models import AnsweredAtOnce, ClockEvent
from isocenter.web.models.determinations import Decision
from isocenter.web.models.requests import Priority
from isocenter.web.pages import download, missing


@dataclass(frozen=True, slots=True)
class PublicFigure:
    """One figure of the yearly public report on prior authorization."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was answered to one request for prior authorization, by a person or at once."""

    priority: str
    decision: str
    days: float
    is_after_appeal: bool = False
    was_extended: bool = False


def public_figures(year: int) -> list[PublicFigure]:
    """The figures of a year, for standard and for expedited requests.

    Shares that were approved, approved in part, denied and approved after appeal, the share that was approved after
    its time was extended, and mean and median time to a decision. Requests that another system sent and that were
    answered at once count with no time.
    """
    answers = list(_answers(date(year, 1, 1), date(year, 12, 31)))
    return [
        figure
        for priority, name in Priority.choices()
        for figure in _figures_of(priority, name, [one for one in answers if one.priority == priority])
    ]


def _figures_of(priority: str, name: str, answers: Sequence[_Answer]) -> Iterator[PublicFigure]:
    total = len(answers)
    approved = [one for one in answers if one.decision == Decision.APPROVE]
    days = [one.days for one in answers]
    yield PublicFigure(f"{name} requests decided", str(total))
    for label, count in (
        ("approved", sum(not one.is_after_appeal for one in approved)),
        ("approved in part", sum(one.decision == Decision.PARTLY for one in answers)),
        ("denied", sum(one.decision == Decision.DENY for one in answers)),
        ("approved after appeal", sum(one.is_after_appeal for one in approved)),
        ("approved after the time was extended", sum(one.was_extended for one in approved)),
    ):
        yield PublicFigure(f"{name} requests {label}", percent(count, total))
    unit, factor = ("days", 1.0) if priority == Priority.STANDARD else ("hours", 24.0)
    for label, average in (("Mean", statistics.fmean), ("Median", statistics.median)):
        time = f"{average(days) * factor:.1f} {unit}" if days else ""
        yield PublicFigure(f"{label} time to a decision, {name.lower()}", time)


def _answers(first: date, last: date) -> Iterator[_Answer]:
    """What people determined, and what was answered without a person, from the first to the last day."""
    decided = [one for one in decided_between(first, last) if one.determination.request.is_prior_authorization]
    stopped = ClockEvent.objects.filter(
        request_id__in=[one.determination.request_id for one in decided], kind=ClockEvent.Kind.STOPPED
    )
    extended = set(stopped.values_list("request_id", flat=True))
    for one in decided:
        made = one.determination
        yield _Answer(made.request.priority, made.decision, one.days, made.is_after_appeal, made.request_id in extended)
    at_once = AnsweredAtOnce.objects.filter(answered_at__date__range=(first, last))
    for priority, decision in at_once.values_list("priority", "decision"):
        yield _Answer(priority, decision, 0.0)


def public_page(http: HttpRequest, year: int) -> HttpResponse:
    """The yearly public figures as one page."""
    if not MINYEAR < year < MAXYEAR:
        raise missing("year")
    context = {"year": year, "figures": public_figures(year), "before": year - 1, "after": year + 1}
    return render(http, "web/public_figures.html", context)


def public_csv(http: HttpRequest, year: int) -> HttpResponse:  # noqa: ARG001  # as every view
    """The yearly public figures as CSV."""
    if not MINYEAR < year < MAXYEAR:
        raise missing("year")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["year", "figure", "value"])
    for figure in public_figures(year):
        writer.writerow([year, figure.label, spreadsheet_cell(figure.value)])
    return download(text.getvalue(), f"prior-authorization-{year}.csv", "text/csv; charset=utf-8")
