"""The page of one request, and what people do on it."""

from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from isocenter.errors import IsocenterError
from isocenter.intake.formats import Format
from isocenter.web import deciding, house, journal
from isocenter.web.changes import Changes, changes_between
from isocenter.web.fragments import fragment
from isocenter.web.intake.receiving import add_documents, documents_in_use, open_request, receive
from isocenter.web.letters import sending
from isocenter.web.models import (
    Determination,
    Document,
    Letter,
    MarkedPassage,
    Note,
    Person,
    Request,
    RequestedDocument,
    ReviewedLine,
    ReviewRun,
    Role,
)
from isocenter.web.models.determinations import Decision, LineDecision, Reason
from isocenter.web.models.letters import LetterKind
from isocenter.web.models.requests import Priority, State
from isocenter.web.pages import download
from isocenter.web.permissions import Action, may
from isocenter.web.reviewing.tasks import have_reviewed


def new_request(http: HttpRequest) -> HttpResponse:
    """The form that files are dropped on."""
    return render(http, "web/new_request.html", {"priorities": Priority.choices()})


def open_new(http: HttpRequest) -> HttpResponse:
    """Open a request with the files that came in."""
    try:
        received, refused = receive(_uploads(http))
        request = open_request(
            received,
            http.user,
            priority=_one_of(http.POST.get("priority", ""), Priority.values(), Priority.STANDARD),
            title=http.POST.get("title", ""),
            course=http.POST.get("course", ""),
        )
    except IsocenterError as wrong:
        messages.error(http, str(wrong))
        return redirect("new-request")
    _say_refused(http, refused)
    return redirect("case", number=request.pk)


def case(http: HttpRequest, number: Request) -> HttpResponse:
    """Everything of a request: what is recommended, what it rests on, and what can be done."""
    run = deciding.newest_run(number)
    person = http.user
    why_not = deciding.why_not_decided_by(number, person)
    lines = list(run.lines.all()) if run and not why_not else []
    documents = documents_in_use(number)
    letters = list(number.letters.select_related("sent_by").defer("page", "pdf"))
    has_asked = any(letter.kind == LetterKind.REQUEST for letter in letters)
    context = {
        "request_row": number,
        "run": run,
        "line_rows": _line_rows(lines, person),
        "asked": list(run.asked_documents.all()) if run else [],
        "documents": documents,
        "outstanding": list(RequestedDocument.outstanding(number).select_related("letter")) if has_asked else [],
        "changes": _last_changes(number),
        "determinations": number.determinations.prefetch_related("lines"),
        "letters": letters,
        "notes": number.notes.select_related("by"),
        "clock_events": number.clock_events.all(),
        "why_not": why_not,
        "decisions": _decisions(person),
        "reasons": Reason.choices(),
        "people": Person.objects.filter(is_active=True, role__in=(Role.NURSE, Role.PHYSICIAN, Role.PHYSICIST)),
        "second_reader_asked": house.is_on("second_reader"),
        "passages": _passages(number, run, documents),
    }
    return render(http, "web/case.html", context)


def progress(http: HttpRequest, number: Request) -> HttpResponse:
    """How far the review is; the page asks again until it is done, and is then loaded anew."""
    response = render(http, "web/progress.html", {"request_row": number})
    if number.state != State.IN_REVIEW:
        response["HX-Refresh"] = "true"
    return response


def add_files(http: HttpRequest, number: Request) -> HttpResponse:
    """Add files to a request, as answers to what was asked for or otherwise."""
    answers = [int(key) for key in http.POST.getlist("answers") if key.isdecimal()]
    try:
        received, refused = receive(_uploads(http))
        add_documents(number, received, http.user, answers)
    except IsocenterError as wrong:
        messages.error(http, str(wrong))
    else:
        _say_refused(http, refused)
    return redirect("case", number=number.pk)


def choose_course(http: HttpRequest, number: Request) -> HttpResponse:
    """Name the course, or the plan, of a case that holds several, and have it reviewed again."""
    with transaction.atomic():
        request = Request.objects.select_for_update().get(pk=number.pk)
        if request.is_undecided:
            request.course_chosen = http.POST.get("course", "").strip()[:200]
            request.plan_chosen = http.POST.get("plan", "").strip()[:200]
            request.generation += 1
            request.state = State.IN_REVIEW
            request.worked_on_until = None
            request.save()
            journal.write(http.user, "chose course or plan", request, generation=request.generation)
            have_reviewed(request)
    return redirect("case", number=number.pk)


def note(http: HttpRequest, number: Request) -> HttpResponse:
    """Add a note, or a record of a peer-to-peer conversation."""
    text = http.POST.get("text", "").strip()
    if not text:
        messages.error(http, "Write the note first.")
        return redirect("case", number=number.pk)
    spoken_with = http.POST.get("spoken_with", "").strip()[:200]
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


def decide(http: HttpRequest, number: Request) -> HttpResponse:
    """Make a determination and send its letter; what does not hold together is said, and nothing is kept."""
    try:
        with transaction.atomic():
            made = deciding.decide(number, http.user, _choice(http.POST), int(http.POST.get("run", "0") or 0))
            if made.stage == Determination.Stage.FINAL:
                sending.send_determination(made, http.user)
    except (IsocenterError, ValueError) as wrong:
        messages.error(http, str(wrong) if isinstance(wrong, IsocenterError) else "Fill in the form again.")
        return redirect("case", number=number.pk)
    waits = made.stage == Determination.Stage.PROPOSED
    messages.success(http, "A second reader has to confirm it." if waits else "Decided; the letter is on file.")
    return redirect("case", number=number.pk)


def read_second(http: HttpRequest, number: Request) -> HttpResponse:
    """Confirm a proposed determination, which sends its letter, or return it."""
    confirms = http.POST.get("confirms") == "yes"
    try:
        with transaction.atomic():
            made = deciding.read_second(number, http.user, confirms=confirms, text=http.POST.get("text", ""))
            if confirms:
                sending.send_determination(made, http.user)
    except IsocenterError as wrong:
        messages.error(http, str(wrong))
    return redirect("case", number=number.pk)


def reopen(http: HttpRequest, number: Request) -> HttpResponse:
    """Open a decided request again."""
    try:
        deciding.reopen(number, http.user, http.POST.get("because", ""))
    except IsocenterError as wrong:
        messages.error(http, str(wrong))
    return redirect("case", number=number.pk)


def preview_request(http: HttpRequest, number: Request) -> HttpResponse:
    """The letter that would ask for the chosen documents, before it is sent."""
    chosen = _numbers(http.POST)
    try:
        text = sending.preview_request(number, chosen)
    except IsocenterError as wrong:
        messages.error(http, str(wrong))
        return redirect("case", number=number.pk)
    context = {"request_row": number, "body": sending.letter_as_page(text), "chosen": chosen}
    return render(http, "web/letter_preview.html", context)


def send_request(http: HttpRequest, number: Request) -> HttpResponse:
    """Send the letter that asks for the chosen documents."""
    try:
        letter = sending.send_request(number, http.user, _numbers(http.POST))
    except IsocenterError as wrong:
        messages.error(http, str(wrong))
    else:
        messages.success(http, f"{letter.number} is on file.")
    return redirect("case", number=number.pk)


def letter(http: HttpRequest, number: Request, letter_id: int) -> HttpResponse:
    """A letter as it was sent."""
    found = get_object_or_404(Letter, pk=letter_id, request=number)
    return render(http, "web/letter.html", {"request_row": number, "letter": found})


def letter_pdf(http: HttpRequest, number: Request, letter_id: int) -> HttpResponse:  # noqa: ARG001  # as every view
    """A letter as it was sent, as PDF."""
    found = get_object_or_404(Letter, pk=letter_id, request=number)
    return download(bytes(found.pdf), f"{found.number}.pdf", "application/pdf")


def review_json(http: HttpRequest, number: Request) -> HttpResponse:  # noqa: ARG001  # as every view
    """The newest review as JSON, to the byte as it was made."""
    run = deciding.newest_run(number)
    return download(run.review_json if run else "{}\n", f"{number.number}-review.json", "application/json")


def _choice(given: QueryDict) -> deciding.Choice:
    """What a form decides: columns of it that belong to one line stand in the same order."""
    columns = [given.getlist(name) for name in ("line", "line_decision", "line_units", "line_reason", "line_text")]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("columns of different lengths")
    lines = {
        key: deciding.LineChoice(decision, int(units) if units.isdecimal() else None, reason, text[:2_000])
        for key, decision, units, reason, text in zip(*columns, strict=True)
    }
    return deciding.Choice(
        decision=given.get("decision", ""),
        lines=lines,
        reason=given.get("reason", ""),
        text=given.get("text", "")[:10_000],
        is_of_necessity=given.get("is_of_necessity") == "yes",
        is_after_appeal=given.get("is_after_appeal") == "yes",
    )


def _decisions(person: Person) -> list[tuple[str, str]]:
    """The decisions that this person's role may make."""
    all_of_them = list(Decision.choices())
    return all_of_them if may(person.role, Action.REFUSE) else all_of_them[:1]


def _line_rows(lines: list[ReviewedLine], person: Person) -> str:
    """The rows of a form that decides lines; what is recommended is filled in."""
    return fragment(
        "decide_lines",
        lines=[(line, deciding.AGREED.get(line.recommendation, "")) for line in lines],
        decisions=LineDecision.choices() if may(person.role, Action.REFUSE) else LineDecision.choices()[:1],
        reasons=Reason.choices(),
    )


def _last_changes(request: Request) -> Changes | None:
    if request.generation == 1:
        return None
    runs = list(request.runs.order_by("-generation").defer("review_json", "page")[:2])
    return changes_between(runs[1], runs[0]) if len(runs) == 2 else None


def _passages(
    request: Request, run: ReviewRun | None, documents: list[Document]
) -> list[tuple[Document, list[MarkedPassage]]]:
    """The passages of the run by the PDF they stand in: addresses name a file by its key, never by its name."""
    if run is None or request.files_removed_at is not None:
        return []
    found: dict[str, list[MarkedPassage]] = {}
    for passage in run.passages.all():
        found.setdefault(passage.file, []).append(passage)
    if run.generation != request.generation:
        documents = documents_in_use(request, run.generation)
    charts = [one for one in documents if one.kind == Format.CHART_PDF]
    return [(one, found[one.name]) for one in charts if one.name in found]


def _uploads(http: HttpRequest) -> list:
    """The files of a form, each with the path that the browser knows it by."""
    files = http.FILES.getlist("files")
    paths = http.POST.getlist("paths")
    names = paths if len(paths) == len(files) else [file.name for file in files]
    return list(zip(names, files, strict=True))


def _say_refused(http: HttpRequest, refused: list) -> None:
    for one in refused[:20]:
        messages.warning(http, f"{one.name}: {one.because}")


def _numbers(given: QueryDict) -> list[int]:
    return [int(key) for key in given.getlist("asked") if key.isdecimal()]


def _one_of(value: str, allowed: list[str], usual: str) -> str:
    return value if value in allowed else usual


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
