"""Opening a request, and its files: added, set aside, matched to what was asked for."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from isocenter.errors import IsocenterError
from isocenter.report.words import sentence
from isocenter.terms.problems import listed
from isocenter.web import journal
from isocenter.web.given import number_given, numbers_given
from isocenter.web.intake.receiving import (
    add_documents,
    match_documents,
    open_request,
    receive,
    set_aside,
)
from isocenter.web.models import Request
from isocenter.web.models.requests import Priority, State
from isocenter.web.reviewing.tasks import have_reviewed

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
