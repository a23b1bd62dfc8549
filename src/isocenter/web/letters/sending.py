"""Letters are previewed, then sent: numbered, kept as they were, and a request for documents stops the clock."""

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max
from django.template.loader import render_to_string
from django.utils import timezone

from isocenter.web import clock, journal
from isocenter.web.deciding import NotDecided, newest_run
from isocenter.web.letters.as_pdf import letter_as_pdf
from isocenter.web.letters.wording import LetterText, determination_letter, request_letter
from isocenter.web.models import AskedDocument, Determination, Letter, Person, Request, RequestedDocument
from isocenter.web.models.requests import State

PREVIEW = "Preview, not sent"


def letter_as_page(text: LetterText) -> str:
    """The letter as a part of a page."""
    return render_to_string("web/letter_body.html", {"letter": text})


def preview_request(request: Request, chosen: Sequence[int]) -> LetterText:
    """The letter that would ask for the documents of these numbers."""
    run = newest_run(request)
    asked = _asked(request, chosen)
    if run is None or not asked:
        raise NotDecided("Choose at least one document to ask for.")
    return request_letter(request, run, asked, PREVIEW)


@transaction.atomic
def send_request(request: Request, person: Person, chosen: Sequence[int]) -> Letter:
    """Ask for documents: the letter is kept, the list recorded, and the clock stops where the setting says so."""
    request = Request.objects.select_for_update().get(pk=request.pk)
    if request.state not in (State.OPEN, State.AWAITING_DOCUMENTS):
        raise NotDecided(f"{request.number} is {request.get_state_display().lower()}; no letter was sent.")
    run, asked = newest_run(request), _asked(request, chosen)
    if run is None or not asked:
        raise NotDecided("Choose at least one document to ask for.")
    number = _next_number()
    letter = _keep(number, request_letter(request, run, asked, f"L-{number:06d}"), request, person)
    RequestedDocument.objects.bulk_create(
        RequestedDocument(letter=letter, number=place, kind=item.kind, title=item.title)
        for place, item in enumerate(asked, start=1)
    )
    request.state = State.AWAITING_DOCUMENTS
    clock.stop(request, f"Documents were requested by {letter.number}")
    request.save()
    return letter


def preview_determination(determination: Determination) -> LetterText:
    """The letter that a determination would send."""
    return determination_letter(determination, PREVIEW)


@transaction.atomic
def send_determination(determination: Determination, person: Person) -> Letter:
    """Send the letter that states a determination."""
    if determination.stage != Determination.Stage.FINAL:
        raise NotDecided("The determination awaits a second reader; no letter was sent.")
    number = _next_number()
    return _keep(
        number, determination_letter(determination, f"L-{number:06d}"), determination.request, person, determination
    )


def _next_number() -> int:
    """The next number; the lock lets one sender at a time take one."""
    journal.hold_lock()
    return int(Letter.objects.aggregate(last=Max("pk"))["last"] or 0) + 1


def _keep(
    number: int, text: LetterText, request: Request, person: Person, determination: Determination | None = None
) -> Letter:
    pdf = letter_as_pdf(text)
    letter = Letter(
        pk=number,
        request=request,
        determination=determination,
        kind=text.kind,
        page=letter_as_page(text),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        sent_at=timezone.now(),
        sent_by=person,
    )
    letter.save(force_insert=True)
    journal.write(person, "sent a letter", request, id=letter.pk, kind=letter.kind, pdf_sha256=letter.pdf_sha256)
    return letter


def _asked(request: Request, chosen: Sequence[int]) -> list[AskedDocument]:
    run = newest_run(request)
    return list(run.asked_documents.filter(number__in=chosen)) if run else []
