"""A request is opened by files that come in, and completed by later ones; each change has it reviewed again."""

from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from isocenter.engines.private_folders import working_folder
from isocenter.errors import UnreadableInput
from isocenter.terms.problems import listed
from isocenter.web import clock, files_kept, journal
from isocenter.web.intake.naming import Received, beside
from isocenter.web.intake.sniffing import look_at
from isocenter.web.intake.unpacking import Refused, take_in
from isocenter.web.models import Determination, Document, Person, Request, RequestedDocument
from isocenter.web.models.requests import Source, State
from isocenter.web.reviewing.tasks import have_reviewed

_FOLDERS_THAT_SAY_SOMETHING = {"verification", "earlier", "prior"}  # to the reader of DICOM


def receive(uploads: Iterable[tuple[str, UploadedFile]]) -> tuple[list[Received], list[Refused]]:
    """Take uploads in and keep their content; nothing is written to the database yet."""
    with working_folder() as temporary:
        folder = temporary / "case"
        taken, refused = take_in(uploads, folder)
        return _kept(taken, folder), refused


def receive_folder(folder: Path) -> list[Received]:
    """Take in every file of a folder on this machine, as a bundled example."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "README.md")
    return _kept(files, folder)


def _kept(files: Sequence[Path], folder: Path) -> list[Received]:
    shared = _shared_folder(files, folder)
    received = []
    for file in files:
        kind, problem = look_at(file)
        sha256, size = files_kept.keep_file(file)
        received.append(Received(file.relative_to(shared).as_posix(), sha256, size, kind, problem))
    return received


def _shared_folder(files: Sequence[Path], folder: Path) -> Path:
    """The folder in which a case begins: a single outer folder, as a browser or archive puts around it, is passed."""
    while files:
        outer = {file.relative_to(folder).parts[0] for file in files}
        if len(outer) > 1 or any(len(file.relative_to(folder).parts) == 1 for file in files):
            break
        if outer & _FOLDERS_THAT_SAY_SOMETHING:
            break
        folder = folder / outer.pop()
    return folder


@transaction.atomic
def open_request(
    received: Sequence[Received],
    person: Person | None,
    *,
    priority: str,
    title: str = "",
    course: str = "",
    is_example: bool = False,
    source: str = Source.UPLOAD,
    external_identifier: str = "",
    refused: Sequence[Refused] = (),
) -> Request:
    """Open a request with these files and have it reviewed; UnreadableInput where there is no file.

    `person` is None where another system sent it. What was refused of its files holds the review for a person.
    """
    if not received:
        raise UnreadableInput(
            _why_none(refused) or "no file came in; choose the claims, the chart and the plan of one course"
        )
    now = timezone.now()
    request = Request.objects.create(
        title=title.strip()[:200],
        priority=priority,
        received_at=now,
        due_at=clock.due_at(now, priority),
        uploaded_by=person,
        course_chosen=course.strip()[:200],
        is_example=is_example,
        source=source,
        external_identifier=external_identifier,
        progress="Waiting for review",
    )
    clock.start(request)
    _add(request, received, refused, person)
    journal.write(
        person,
        "opened a request",
        request,
        priority=priority,
        source=str(source),
        files=[[file.name, file.sha256] for file in received],
        not_taken=[[one.name, one.because] for one in refused],
    )
    have_reviewed(request)
    return request


@transaction.atomic
def add_documents(
    request: Request,
    received: Sequence[Received],
    person: Person | None,
    answers: Sequence[int] = (),
    refused: Sequence[Refused] = (),
    seen_generation: int | None = None,
) -> Request:
    """Add files to a request and have it reviewed again; a file of a name in use replaces the earlier one.

    `answers` are the keys of requested documents that these files answer; when all are answered the clock runs on.
    `seen_generation` is that of the page by which they were sent: what came in since then is not replaced.
    """
    request = Request.objects.select_for_update().get(pk=request.pk)
    if not request.is_undecided:
        raise UnreadableInput(f"{request.number} is decided; reopen it before files are added")
    if not received:
        raise UnreadableInput(f"{_why_none(refused) or 'no file came in'}; nothing was changed")
    request.generation += 1
    added = _add(request, received, refused, person, seen_generation)
    _match(request, {key: int(added[0].pk) for key in answers})
    if not RequestedDocument.outstanding(request).exists():
        clock.resume(request, "Documents came in")
    _review_again(request)
    journal.write(
        person,
        "added documents",
        request,
        generation=request.generation,
        files=[[file.name, file.sha256] for file in added if file.sha256],
        not_taken=[[one.name, one.because] for one in refused],
        answers=list(answers),
    )
    return request


@transaction.atomic
def set_aside(request: Request, chosen: Set[int], because: str, person: Person) -> None:
    """Take files (their keys) out of the case, which is then reviewed again; they stay on record.

    Raises UnreadableInput without a reason, where none of the files is in use, and where none would be left.
    """
    request = Request.objects.select_for_update().get(pk=request.pk)
    if not request.is_undecided:
        raise UnreadableInput(f"{request.number} is decided; reopen it before files are set aside")
    if not because.strip():
        raise UnreadableInput("say why files are set aside")
    in_use = documents_in_use(request)
    files = [one for one in in_use if one.pk in chosen]
    if not files:
        raise UnreadableInput("choose the files to set aside")
    if chosen >= {one.pk for one in in_use if one.sha256}:
        raise UnreadableInput("these are all the files; add the right ones first")
    request.generation += 1
    request.documents.filter(pk__in=[one.pk for one in files]).update(replaced_in_generation=request.generation)
    _review_again(request)
    journal.write(
        person,
        "set files aside",
        request,
        generation=request.generation,
        files=[[one.name, one.sha256] for one in files],
        because=because.strip()[:500],
    )


def _review_again(request: Request) -> None:
    """Have the present state of a request's files reviewed; the caller has locked it."""
    request.determinations.filter(stage=Determination.Stage.PROPOSED).update(
        stage=Determination.Stage.RETURNED, second_reader_text="Its files changed before it was read."
    )
    request.state = State.IN_REVIEW
    request.progress = "Waiting for review"
    request.unreadable_because = ""
    request.worked_on_until = None
    request.save()
    have_reviewed(request)


@transaction.atomic
def match_documents(request: Request, answered: Mapping[int, int], person: Person) -> None:
    """Match requested documents (their keys) to files of the request that came in already; UnreadableInput if none is.

    When all are answered the clock runs on.
    """
    request = Request.objects.select_for_update().get(pk=request.pk)
    if not request.is_undecided:
        raise UnreadableInput(f"{request.number} is decided; reopen it before files are matched")
    matched = _match(request, answered)
    if not matched:
        raise UnreadableInput("choose the file that answers what was asked for")
    if not RequestedDocument.outstanding(request).exists():
        clock.resume(request, "Documents came in")
        if request.state == State.AWAITING_DOCUMENTS:
            request.state = State.OPEN
    request.save()
    journal.write(person, "matched documents", request, answered=matched)


def documents_in_use(request: Request, generation: int | None = None) -> "list[Document]":
    """The files that a generation of the request consists of."""
    generation = request.generation if generation is None else generation
    rows = request.documents.filter(generation__lte=generation)
    return [row for row in rows if row.replaced_in_generation is None or row.replaced_in_generation > generation]


def _add(
    request: Request,
    received: Sequence[Received],
    refused: Sequence[Refused],
    person: Person | None,
    seen_generation: int | None = None,
) -> list[Document]:
    """Keep what came in, and what of it was not taken, beside the files in use; the taken ones first."""
    given = [*received, *map(Received.not_taken, refused)]
    named = beside(given, documents_in_use(request), seen_generation)
    return [_kept_as(request, file, person) for file in named]


def _kept_as(request: Request, file: Received, person: Person | None) -> Document:
    request.documents.filter(name=file.name, replaced_in_generation=None).update(
        replaced_in_generation=request.generation
    )
    return Document.objects.create(
        request=request,
        name=file.name,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        kind=file.kind,
        problem=file.problem,
        added_by=person,
        added_at=timezone.now(),
        generation=request.generation,
    )


def _why_none(refused: Sequence[Refused]) -> str:
    """Why nothing of an upload was taken; '' where there was nothing."""
    return listed([f"{one.name}: {one.because}" for one in refused], "; ")


def _match(request: Request, answered: Mapping[int, int]) -> list[list[int]]:
    """Keep which file answers which requested document; the pairs that were kept."""
    files = set(request.documents.exclude(sha256="").values_list("pk", flat=True))
    now = timezone.now()
    return [
        [key, document]
        for key, document in answered.items()
        if document in files
        and RequestedDocument.outstanding(request).filter(pk=key).update(answered_by=document, answered_at=now)
    ]
