"""The page of one request, and what people do on it."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from isocenter.errors import IsocenterError
from isocenter.intake.formats import Format
from isocenter.report.words import sentence
from isocenter.terms.findings import LineRecommendation
from isocenter.terms.problems import listed
from isocenter.web import deciding, house, journal
from isocenter.web.changes import Changes, changes_between
from isocenter.web.fragments import fragment
from isocenter.web.given import number_given, numbers_given
from isocenter.web.held import held_by
from isocenter.web.intake.receiving import (
    add_documents,
    documents_in_use,
    match_documents,
    open_request,
    receive,
    set_aside,
)
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

_OF_THE_LINES = ("line", "line_decision", "line_units", "line_reason", "line_text", "line_rule")
_OF_THE_FORM = frozenset(
    {*_OF_THE_LINES, "run", "decision", "reason", "text", "rule", "is_of_necessity", "is_after_appeal"}
)

_MOST_SAID = 20  # of what was refused, at the top of a page


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
            refused=refused,
        )
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
        return redirect("new-request")
    _say_refused(http, refused)
    return redirect("case", number=request.pk)


def case(http: HttpRequest, number: Request) -> HttpResponse:
    """Everything of a request: what is recommended, what it rests on, and what can be done."""
    return render(http, "web/case.html", _context(number, http.user))


def _context(number: Request, person: Person, given: QueryDict | None = None) -> dict[str, Any]:
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
        "line_rows": _line_rows(lines, person, given),
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
        "decisions": _decisions(person),
        "reasons": Reason.choices(),
        "rules": deciding.rules_to_name(run) if run and not why_not else [],
        "people": _people(number) if may(person.role, Action.HAND_ON) else "",
        "second_reader_asked": house.is_on("second_reader"),
        "passages": _passages(number, run, documents) if held.passages else [],
    }


def _people(number: Request) -> str:
    """The people whom a request may be assigned to, as options of a list; its assignee is chosen."""
    workers = Person.objects.filter(is_active=True, role__in=(Role.NURSE, Role.PHYSICIAN, Role.PHYSICIST))
    named = workers.only("username", "first_name", "last_name", "credentials")
    options = [("", "Nobody"), *((one.pk, one.shown_name) for one in named)]
    return fragment("options", options=options, chosen=str(number.assignee_id or ""))


def progress(http: HttpRequest, number: Request) -> HttpResponse:
    """How far the review is; the page asks again until it is done, and is then loaded anew."""
    response = render(http, "web/progress.html", {"request_row": number})
    if number.state != State.IN_REVIEW:
        response["HX-Refresh"] = "true"
    return response


def add_files(http: HttpRequest, number: Request) -> HttpResponse:
    """Add files to a request, as answers to what was asked for or otherwise."""
    answers = numbers_given(http.POST.getlist("answers"))
    try:
        received, refused = receive(_uploads(http))
        seen = number_given(http.POST.get("generation", ""))
        added_to = add_documents(number, received, http.user, answers, refused, seen)
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
    else:
        _say_refused(http, refused)
        _say_replaced(http, added_to)
    return redirect("case", number=number.pk)


def set_files_aside(http: HttpRequest, number: Request) -> HttpResponse:
    """Take files that do not belong here out of the case, and have it reviewed again."""
    chosen = set(numbers_given(http.POST.getlist("document")))
    try:
        set_aside(number, chosen, http.POST.get("because", ""), http.user)
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
    return redirect("case", number=number.pk)


def match(http: HttpRequest, number: Request) -> HttpResponse:
    """Say which file answers which document that was asked for, where it came in without that being said."""
    pairs = [(number_given(name.removeprefix("answer-")), number_given(file)) for name, file in http.POST.items()]
    answered = {asked: file for asked, file in pairs if asked is not None and file is not None}
    try:
        match_documents(number, answered, http.user)
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
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


def preview_decision(http: HttpRequest, number: Request) -> HttpResponse:
    """The letter that a determination would send, before it is made; the form travels along."""
    try:
        with transaction.atomic():
            made = deciding.decide(number, http.user, _choice(http.POST), number_given(http.POST.get("run", "")) or 0)
            text = sending.preview_determination(made)
            transaction.set_rollback(True)
    except (IsocenterError, ValueError) as wrong:
        return _with_form_again(http, number, _why_not(wrong))
    number.refresh_from_db()
    context = {
        "request_row": number,
        "body": sending.letter_as_page(text),
        "form": [(name, value) for name, values in http.POST.lists() for value in values if name in _OF_THE_FORM],
        "waits": made.stage == Determination.Stage.PROPOSED,
        "lacks_rights": made.decision != Decision.APPROVE and not house.value_of("appeal_rights").strip(),
    }
    return render(http, "web/decision_preview.html", context)


def decide(http: HttpRequest, number: Request) -> HttpResponse:
    """Make a determination and send its letter; what does not hold together is said, and the form comes back."""
    if "back" in http.POST:
        return _with_form_again(http, number, "")
    try:
        with transaction.atomic():
            made = deciding.decide(number, http.user, _choice(http.POST), number_given(http.POST.get("run", "")) or 0)
            if made.stage == Determination.Stage.FINAL:
                sending.send_determination(made, http.user)
    except (IsocenterError, ValueError) as wrong:
        return _with_form_again(http, number, _why_not(wrong))
    waits = made.stage == Determination.Stage.PROPOSED
    messages.success(http, "A second reader has to confirm it." if waits else "Decided; the letter is on file.")
    return redirect("case", number=number.pk)


def _why_not(wrong: Exception) -> str:
    return sentence(str(wrong)) if isinstance(wrong, IsocenterError) else "Fill in the form again."


def _with_form_again(http: HttpRequest, number: Request, refused: str) -> HttpResponse:
    """The page of a request with the form as it was sent, and what is wrong with it."""
    number.refresh_from_db()
    context = _context(number, http.user, http.POST)
    if context["why_not"] or context["run"] is None:
        messages.error(http, refused)
        return redirect("case", number=number.pk)
    journal.write_view(http.user, "looked at a request", number)
    return render(http, "web/case.html", context | {"refused": refused}, status=422 if refused else 200)


def read_second(http: HttpRequest, number: Request) -> HttpResponse:
    """Confirm a proposed determination, which sends its letter, or return it."""
    confirms = http.POST.get("confirms") == "yes"
    try:
        with transaction.atomic():
            made = deciding.read_second(number, http.user, confirms=confirms, text=http.POST.get("text", ""))
            if confirms:
                sending.send_determination(made, http.user)
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
    return redirect("case", number=number.pk)


def reopen(http: HttpRequest, number: Request) -> HttpResponse:
    """Open a decided request again."""
    try:
        deciding.reopen(number, http.user, http.POST.get("because", ""))
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
    return redirect("case", number=number.pk)


def preview_request(http: HttpRequest, number: Request) -> HttpResponse:
    """The letter that would ask for the chosen documents, before it is sent."""
    chosen = numbers_given(http.POST.getlist("asked"))
    try:
        text = sending.preview_request(number, chosen)
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
        return redirect("case", number=number.pk)
    context = {"request_row": number, "body": sending.letter_as_page(text), "chosen": chosen}
    return render(http, "web/letter_preview.html", context)


def send_request(http: HttpRequest, number: Request) -> HttpResponse:
    """Send the letter that asks for the chosen documents."""
    try:
        letter = sending.send_request(number, http.user, numbers_given(http.POST.getlist("asked")))
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
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
    """What a form decides; a line without a reason, or a rule, of its own has that of the course."""
    reason, rule = given.get("reason", ""), given.get("rule", "")
    lines = {
        key: replace(line, reason=line.reason or reason, rule=line.rule or rule)
        for key, line in _lines_given(given).items()
    }
    return deciding.Choice(
        decision=given.get("decision", ""),
        lines=lines,
        reason=reason,
        text=given.get("text", "")[:10_000],
        is_of_necessity=given.get("is_of_necessity") == "yes",
        is_after_appeal=given.get("is_after_appeal") == "yes",
    )


def _lines_given(given: QueryDict) -> dict[str, deciding.LineChoice]:
    """What a form says of each line: columns of it that belong to one line are in the same order."""
    columns = [given.getlist(name) for name in _OF_THE_LINES]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("columns of different lengths")
    return {
        key: deciding.LineChoice(decision, number_given(units), reason, text[:2_000], rule.strip())
        for key, decision, units, reason, text, rule in zip(*columns, strict=True)
    }


def _decisions(person: Person) -> list[tuple[str, str]]:
    """The decisions that this person's role may make."""
    all_of_them = list(Decision.choices())
    return all_of_them if may(person.role, Action.REFUSE) else all_of_them[:1]


def _line_rows(lines: list[ReviewedLine], person: Person, given: QueryDict | None) -> str:
    """The rows of a form that decides lines; filled in is what was given, else what is recommended."""
    sent: dict[str, deciding.LineChoice] = {}
    with suppress(ValueError):  # what was sent of the lines belongs to none of them
        sent = _lines_given(given) if given else {}
    return fragment(
        "decide_lines",
        lines=[(line, sent.get(line.claim_line_id) or _as_recommended(line)) for line in lines],
        decisions=LineDecision.choices() if may(person.role, Action.REFUSE) else LineDecision.choices()[:1],
        reasons=Reason.choices(),
    )


def _as_recommended(line: ReviewedLine) -> deciding.LineChoice:
    units = line.units_allowed if line.recommendation == LineRecommendation.REDUCE else None
    return deciding.LineChoice(deciding.AGREED.get(line.recommendation, ""), units)


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


def _uploads(http: HttpRequest) -> list:
    """The files of a form, each with the path that the browser knows it by."""
    files = http.FILES.getlist("files")
    paths = http.POST.getlist("paths")
    names = paths if len(paths) == len(files) else [file.name for file in files]
    return list(zip(names, files, strict=True))


def _say_refused(http: HttpRequest, refused: list) -> None:
    for one in refused[:_MOST_SAID]:
        messages.warning(http, f"{one.name}: {sentence(one.because)}")
    if len(refused) > _MOST_SAID:
        messages.warning(http, f"{len(refused) - _MOST_SAID} more were not taken; the list of files names each.")


def _say_replaced(http: HttpRequest, request: Request) -> None:
    """Say which files took the place of others of their name, and that these are still on record."""
    new = request.documents.filter(generation=request.generation).exclude(sha256="")
    hashes = dict(new.values_list("name", "sha256"))
    before = request.documents.filter(replaced_in_generation=request.generation).exclude(sha256="")
    replaced = [one.name for one in before if hashes.get(one.name, one.sha256) != one.sha256]
    if replaced:
        messages.warning(
            http,
            f"{listed(replaced)}: replaced what was here under that name, which the review no longer reads. "
            "Where both belong to the case, send the earlier one again under another name.",
        )


def _one_of(value: str, allowed: list[str], usual: str) -> str:
    return value if value in allowed else usual


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
