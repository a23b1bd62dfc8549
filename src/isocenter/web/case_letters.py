"""Letters of a request: asking for documents, and each letter as it was sent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from isocenter.errors import IsocenterError
from isocenter.report.words import sentence
from isocenter.web.given import numbers_given
from isocenter.web.letters import sending
from isocenter.web.models import Letter, Request
from isocenter.web.pages import download


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
