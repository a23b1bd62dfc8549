"""The page of one request: what is recommended, what it rests on, notes, and the review as JSON."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from isocenter.intake.formats import Format
from isocenter.web import deciding, journal, organization
from isocenter.web.changes import Changes, changes_between
from isocenter.web.decision_form import decisions_of, line_rows
from isocenter.web.fragments import fragment
from isocenter.web.held import held_by
from isocenter.web.intake.receiving import (
    documents_in_use,
)
from isocenter.web.models import (
    Document,
    MarkedPassage,
    Note,
    Person,
    Request,
    RequestedDocument,
    ReviewRun,
    Role,
)
from isocenter.web.models.determinations import Reason
from isocenter.web.models.letters import LetterKind
from isocenter.web.models.requests import State
from isocenter.web.pages import download
from isocenter.web.permissions import Action, may


def case(http: HttpRequest, number: Request) -> HttpResponse:
    """Everything of a request: what is recommended, what it rests on, and what can be done."""
    return render(http, "web/case.html", context_of(number, http.user))


def context_of(number: Request, person: Person, given: QueryDict | None = None) -> dict[str, Any]:
    """What the page of a request shows; the form to decide it holds what was `given` and could not be kept."""
    run = deciding.newest_run(number)
    why_not = deciding.why_not_decided_by(number, person)
    lines = list(run.lines.all()) if run and not why_not else []
    documents = documents_in_use(number)
    held = held_by(number, run)
    letters = list(number.letters.select_related("sent_by").defer("page", "pdf")) if held.letters else []
    has_asked = any(letter.kind == LetterKind.REQUEST for letter in letters)
    return {
        "request_row": number,
        "run": run,
        "given": given,
        "line_rows": line_rows(lines, person, given),
        "asked": list(run.asked_documents.all()) if run and held.asked else [],
        "documents": documents,
        "may_change_files": may(person.role, Action.ADD_FILES) and number.is_undecided,
        "outstanding": list(RequestedDocument.outstanding(number).select_related("letter")) if has_asked else [],
        "changes": _last_changes(number),
        "determinations": number.determinations.prefetch_related("lines") if held.determinations else (),
        "letters": letters,
        "notes": number.notes.select_related("by") if held.notes else (),
        "clock_events": number.clock_events.all() if held.clock_events else (),
        "why_not": why_not,
        "decisions": decisions_of(person),
        "reasons": Reason.choices(),
        "rules": deciding.rules_to_name(run) if run and not why_not else [],
        "people": _people(number) if may(person.role, Action.HAND_ON) else "",
        "second_reader_asked": organization.is_on("second_reader"),
        "passages": _passages(number, run, documents) if held.passages else [],
    }


def _people(number: Request) -> str:
    """The people whom a request may be assigned to, as options of a list; its assignee is chosen."""
    workers = Person.objects.filter(is_active=True, role__in=(Role.NURSE, Role.PHYSICIAN, Role.PHYSICIST))
    named = workers.only("username", "first_name", "last_name", "credentials")
    options = [("", "Nobody"), *((one.pk, one.shown_name) for one in named)]
    return fragment("options", options=options, chosen=str(number.assignee_id or ""))


def progress(http: HttpRequest, number: Request) -> HttpResponse:
    """How far the review is; the page asks again until it is done, and is then loaded again."""
    response = render(http, "web/progress.html", {"request_row": number})
    if number.state != State.IN_REVIEW:
        response["HX-Refresh"] = "true"
    return response


def note(http: HttpRequest, number: Request) -> HttpResponse:
    """Add a note, or a record of a peer-to-peer conversation."""
    text = http.POST.get("text", "").strip()
    if not text:
        messages.error(http, "Write the note first.")
        return redirect("case", number=number.pk)
    spoken_with = http.POST.get("spoken_with", "").strip()[:200]
    if spoken_with and not may(http.user.role, Action.SPEAK_WITH_PEER):
        messages.error(http, "A peer-to-peer conversation is a physician's; note it without naming a partner.")
        return redirect("case", number=number.pk)
    with transaction.atomic():
        made = Note.objects.create(
            request=number,
            kind=Note.Kind.PEER_TO_PEER if spoken_with else Note.Kind.NOTE,
            by=http.user,
            at=timezone.now(),
            text=text,
            spoken_with=spoken_with,
            spoken_on=_day(http.POST.get("spoken_on", "")),
        )
        journal.write(http.user, "noted", number, kind=made.kind, id=made.pk)
    return redirect("case", number=number.pk)


def review_json(http: HttpRequest, number: Request) -> HttpResponse:  # noqa: ARG001  # as every view
    """The newest review as JSON, to the byte as it was made."""
    run = deciding.newest_run(number)
    return download(run.review_json if run else "{}\n", f"{number.number}-review.json", "application/json")


def _last_changes(request: Request) -> Changes | None:
    if request.generation == 1:
        return None
    runs = list(request.runs.order_by("-generation").defer("review_json", "page")[:2])
    return changes_between(runs[1], runs[0]) if len(runs) == 2 else None


def _passages(
    request: Request, run: ReviewRun | None, documents: list[Document]
) -> list[tuple[Document, list[MarkedPassage]]]:
    """The passages of the run by the PDF that holds them: addresses name a file by its key, never by its name."""
    if run is None or request.files_removed_at is not None:
        return []
    found: dict[str, list[MarkedPassage]] = {}
    for passage in run.passages.all():
        found.setdefault(passage.file, []).append(passage)
    if run.generation != request.generation:
        documents = documents_in_use(request, run.generation)
    charts = [one for one in documents if one.kind == Format.CHART_PDF]
    return [(one, found[one.name]) for one in charts if one.name in found]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
