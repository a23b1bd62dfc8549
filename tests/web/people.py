"""People and requests for tests, all of them fictitious."""

import io
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from isocenter.web import journal
from isocenter.web.archive import write_archive
from isocenter.web.intake.receiving import open_request, receive
from isocenter.web.models import AskedDocument, ClockEvent, Person, Request, ReviewedLine, ReviewRun
from isocenter.web.reviewing import tasks

EXAMPLES = Path(__file__).parents[2] / "examples"
LICENSED = {"specialty": "Radiation oncology", "license_number": "12345", "license_state": "OH", "credentials": "MD"}


def make_person(role: str, username: str = "", **about: str) -> Person:
    """A person of a role; a physician has a license unless the test says otherwise."""
    given = {"first_name": "Robin", "last_name": role.title()} | (LICENSED if role == "physician" else {}) | about
    return Person.objects.create_user(username or role, password="correct horse battery", role=role, **given)


def uploads(files: Mapping[str, bytes]) -> list[tuple[str, SimpleUploadedFile]]:
    """Files as a browser sends them, each with its path."""
    return [(name, SimpleUploadedFile(name.rsplit("/", 1)[-1], content)) for name, content in files.items()]


def example(name: str) -> dict[str, bytes]:
    """The files of a bundled example."""
    folder = EXAMPLES / name
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "README.md"
    }


def opened(person: Person, files: Mapping[str, bytes], priority: str = "standard") -> Request:
    """A request opened with these files, not yet reviewed."""
    received, refused = receive(uploads(files))
    assert not refused
    return open_request(received, person, priority=priority)


def reviewed(person: Person, files: Mapping[str, bytes], priority: str = "standard") -> Request:
    """A request opened with these files, and reviewed as a worker does it."""
    return review(opened(person, files, priority))


def review(request: Request) -> Request:
    """Review the present state of a request as a worker does it."""
    tasks.review.func(request.pk, request.generation)
    request.refresh_from_db()
    return request


def exported(request: Request) -> bytes:
    """The archive of a request."""
    file = io.BytesIO()
    write_archive(request, file)
    return file.getvalue()


def made_request(person: Person, **given: object) -> Request:
    """A request with a review of two lines, put together without the engine: for tests of the desk alone."""
    now = timezone.now()
    columns = {"received_at": now, "due_at": now + timedelta(days=7), "state": "open", "recommendation": "cover"}
    request = Request.objects.create(uploaded_by=person, **(columns | {"member_id": "M-1", "course_id": "C-1"} | given))
    ClockEvent.objects.create(request=request, kind="started", at=request.received_at, because="It came in")
    run = ReviewRun.objects.create(
        request=request,
        generation=1,
        finished_at=now,
        version="0",
        recommendation=request.recommendation,
        requires_clinician=request.requires_clinician,
        review_json="{}\n",
        review_sha256="0" * 64,
        page='<section id="verdict"></section>',
        policies=[{"name": "imrt", "title": "IMRT", "valid_from": ""}],
        rules=[["imrt", "one_plan_per_course", "One plan is billed per course", "billing, paragraph 2"]],
    )
    for place, recommendation in enumerate(("pay", "deny")):
        ReviewedLine.objects.create(
            run=run,
            place=place,
            claim_line_id=f"L{place}",
            procedure_code="77301",
            service_date=date(2024, 3, 1),
            units=2,
            recommendation=recommendation,
        )
    AskedDocument.objects.create(run=run, number=1, kind="prescription", title="Prescription", remedies=["Send it."])
    journal.write(None, "reviewed", request, id=run.pk)
    return request


def all_lines(request: Request, *decisions: str, **columns: str) -> dict[str, list[str]]:
    """The columns of a form that decides the lines of a request in this way."""
    lines = list(request.runs.last().lines.all())
    form = {"line": [line.claim_line_id for line in lines], "line_decision": list(decisions)}
    for name in ("line_units", "line_reason", "line_text", "line_rule"):
        form[name] = [columns.get(name, "")] * len(lines)
    return form
