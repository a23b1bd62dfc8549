"""Requests that other systems send: each goes into the queue, and is answered by what a person determined."""

from collections.abc import Mapping, Sequence

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from isocenter.errors import UnreadableInput
from isocenter.fhir.authorizations.desk import Determined, DocumentsAsked, LineDetermined
from isocenter.web import clock, journal
from isocenter.web.intake.naming import Received
from isocenter.web.intake.receiving import add_documents, open_request, receive
from isocenter.web.models import AnsweredAtOnce, ClockEvent, Determination, Request, RequestedDocument
from isocenter.web.models.determinations import Decision
from isocenter.web.models.requests import Priority, Source, State

_MOST_REOPENED = 200  # are looked at for a second determination


def receive_from_outside(
    source: Source, identifier: str, files: Mapping[str, bytes], *, is_expedited: bool = False, updates: str = ""
) -> Request:
    """Open a request with files that another system sent under its identifier, once however often it is sent.

    What updates an earlier request that is not decided goes on with it: the files come in as documents that are sent
    later, and it is known under the new identifier. Raises UnreadableInput where there is no identifier, or no file
    can be taken.
    """
    if not identifier.strip():
        raise UnreadableInput("a request from another system needs its identifier; send it with one")
    known = _known(source, identifier)
    if known is not None:
        return known
    received, refused = receive(_uploads(files))
    if refused:
        raise UnreadableInput(f"{refused[0].name}: {refused[0].because}")
    priority = Priority.EXPEDITED if is_expedited else Priority.STANDARD
    earlier = _known(source, updates) if updates else None
    if earlier is not None and earlier.is_undecided:
        return _go_on(earlier, identifier, received)
    try:
        return open_request(received, None, priority=priority, source=source, external_identifier=identifier[:200])
    except IntegrityError:  # it came in at the same time through another process
        known = _known(source, identifier)
        if known is None:
            raise
        return known


@transaction.atomic
def _go_on(request: Request, identifier: str, received: Sequence[Received]) -> Request:
    """Let an open request go on with what its sender sent in its place; its clock stays as it is."""
    request = add_documents(request, received, None)
    request.external_identifier = identifier[:200]
    request.save(update_fields=["external_identifier"])
    journal.write(None, "updated by its sender", request, identifier=identifier[:200])
    return request


@transaction.atomic
def answered_at_once(source: Source, identifier: str, decision: Decision, *, is_expedited: bool = False) -> None:
    """Count a request of another system that was answered without a person, once however often it is sent."""
    _, is_new = AnsweredAtOnce.objects.get_or_create(
        source=source,
        external_identifier=identifier[:200],
        defaults={
            "priority": Priority.EXPEDITED if is_expedited else Priority.STANDARD,
            "decision": decision,
            "answered_at": timezone.now(),
        },
    )
    if is_new:
        journal.write(None, "answered at once", source=str(source), identifier=identifier[:200], decision=str(decision))


def determined(source: Source, identifier: str) -> Determined | None:
    """What a person finally determined of the request of this identifier; None while nobody did, or once reopened."""
    request = _known(source, identifier)
    if request is None or request.is_undecided:
        return None
    final = request.determinations.filter(stage=Determination.Stage.FINAL)
    made = final.select_related("run").last()
    if made is None:
        return None
    numbers = dict(made.run.lines.values_list("claim_line_id", "line_number"))
    lines = tuple(
        LineDetermined(
            numbers.get(line.claim_line_id, 0), line.decision, line.units_allowed, line.text, line.policy, line.rule
        )
        for line in made.lines.all()
    )
    day = (made.second_read_at or made.made_at).date()
    return Determined(
        made.decision, made.text, lines, made.by_name, made.by_npi, made.by_specialty, day, times=final.count()
    )


def reopened(source: Source) -> list[str]:
    """The identifiers of the requests that were reopened last."""
    events = ClockEvent.objects.filter(kind=ClockEvent.Kind.REOPENED, request__source=source).order_by("-id")
    found = events.values_list("request__external_identifier", flat=True)[:_MOST_REOPENED]
    return [one for one in dict.fromkeys(found) if one]


def asked_for(source: Source, identifier: str) -> DocumentsAsked | None:
    """The documents that letters of an undecided request asked for and that nothing answered; None without any."""
    request = _known(source, identifier)
    if request is None or not request.is_undecided:
        return None
    waiting = list(RequestedDocument.outstanding(request).select_related("letter"))
    if not waiting:
        return None
    titles = tuple(dict.fromkeys(one.title for one in waiting))
    return DocumentsAsked(titles, max(one.letter.sent_at for one in waiting).date())


@transaction.atomic
def withdraw(source: Source, identifier: str, how: str) -> None:
    """Take an undecided request out of the queue, as its sender asks; one that is unknown or decided stays as it is."""
    request = Request.objects.select_for_update().filter(source=source, external_identifier=identifier[:200]).first()
    if request is None or not request.is_undecided:
        return
    clock.withdraw(request, f"Withdrawn by its sender: {how}"[:200])
    request.state = State.WITHDRAWN
    request.worked_on_until = None
    request.save()
    journal.write(None, "withdrawn by its sender", request, how=how)


class FhirDesk:
    """The workbench as the desk of the FHIR interfaces."""

    def receive(self, identifier: str, bundle: bytes, *, is_expedited: bool = False, updates: str = "") -> None:
        """Take a request in under the identifier of its answer; the same identifier again changes nothing."""
        files = {"request.json": bundle}
        receive_from_outside(Source.FHIR, identifier, files, is_expedited=is_expedited, updates=updates)

    def answered(self, identifier: str, decision: str, *, is_expedited: bool = False) -> None:
        """Count a request that was answered at once, without a person."""
        answered_at_once(Source.FHIR, identifier, Decision(decision), is_expedited=is_expedited)

    def withdraw(self, identifier: str, how: str) -> None:
        """Take a request out of the queue that its provider replaced or cancelled; unknown ones change nothing."""
        withdraw(Source.FHIR, identifier, how)

    def determined(self, identifier: str) -> Determined | None:
        """What a person determined of a request; None while nobody did, or where it is not known."""
        return determined(Source.FHIR, identifier)

    def asked_for(self, identifier: str) -> DocumentsAsked | None:
        """What a letter asked the provider of an undecided request for."""
        return asked_for(Source.FHIR, identifier)

    def reopened(self) -> list[str]:
        """The identifiers of the requests that were reopened after a determination, the last ones first."""
        return reopened(Source.FHIR)


def _known(source: Source, identifier: str) -> Request | None:
    with transaction.atomic():
        return Request.objects.filter(source=source, external_identifier=identifier[:200]).first()


def _uploads(files: Mapping[str, bytes]) -> list[tuple[str, SimpleUploadedFile]]:
    return [(name, SimpleUploadedFile(name.rsplit("/", 1)[-1], content)) for name, content in files.items()]
