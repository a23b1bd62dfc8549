"""Determinations on the page of a request: previewed, made, confirmed by a second reader, reopened."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from isocenter.errors import IsocenterError
from isocenter.report.words import sentence
from isocenter.web import deciding, journal, organization
from isocenter.web.case import context_of
from isocenter.web.decision_form import OF_THE_FORM, choice_in
from isocenter.web.given import number_given
from isocenter.web.letters import sending
from isocenter.web.models import Determination, Request
from isocenter.web.models.determinations import Decision


def preview_decision(http: HttpRequest, number: Request) -> HttpResponse:
    """The letter that a determination would send, before it is made; the form travels along."""
    try:
        with transaction.atomic():
            made = deciding.decide(number, http.user, choice_in(http.POST), number_given(http.POST.get("run", "")) or 0)
            text = sending.preview_determination(made)
            transaction.set_rollback(True)
    except (IsocenterError, ValueError) as wrong:
        return _with_form_again(http, number, _why_not(wrong))
    number.refresh_from_db()
    context = {
        "request_row": number,
        "body": sending.letter_as_page(text),
        "form": [(name, value) for name, values in http.POST.lists() for value in values if name in OF_THE_FORM],
        "waits": made.stage == Determination.Stage.PROPOSED,
        "lacks_rights": made.decision != Decision.APPROVE and not organization.value_of("appeal_rights").strip(),
    }
    return render(http, "web/decision_preview.html", context)


def decide(http: HttpRequest, number: Request) -> HttpResponse:
    """Make a determination and send its letter; what does not hold together is said, and the form comes back."""
    if "back" in http.POST:
        return _with_form_again(http, number, "")
    try:
        with transaction.atomic():
            made = deciding.decide(number, http.user, choice_in(http.POST), number_given(http.POST.get("run", "")) or 0)
            if made.stage == Determination.Stage.FINAL:
                sending.send_determination(made, http.user)
    except (IsocenterError, ValueError) as wrong:
        return _with_form_again(http, number, _why_not(wrong))
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
        messages.error(http, sentence(str(wrong)))
    return redirect("case", number=number.pk)


def reopen(http: HttpRequest, number: Request) -> HttpResponse:
    """Open a decided request again."""
    try:
        deciding.reopen(number, http.user, http.POST.get("because", ""))
    except IsocenterError as wrong:
        messages.error(http, sentence(str(wrong)))
    return redirect("case", number=number.pk)


def _why_not(wrong: Exception) -> str:
    return sentence(str(wrong)) if isinstance(wrong, IsocenterError) else "Fill in the form again."


def _with_form_again(http: HttpRequest, number: Request, refused: str) -> HttpResponse:
    """The page of a request with the form as it was sent, and what is wrong with it."""
    number.refresh_from_db()
    context = context_of(number, http.user, http.POST)
    if context["why_not"] or context["run"] is None:
        messages.error(http, refused)
        return redirect("case", number=number.pk)
    journal.write_view(http.user, "looked at a request", number)
    return render(http, "web/case.html", context | {"refused": refused}, status=422 if refused else 200)
