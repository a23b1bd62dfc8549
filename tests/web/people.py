"""People and requests for tests, all of them fictitious."""

from collections.abc import Mapping
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from isocenter.web.intake.receiving import open_request, receive
from isocenter.web.models import Person, Request
from isocenter.web.reviewing import tasks

EXAMPLES = Path(__file__).parents[2] / "examples"
LICENSED = {"specialty": "Radiation oncology", "license_number": "12345", "license_state": "OH", "credentials": "MD"}


def make_person(role: str, username: str = "", **about: str) -> Person:
    """A person of a role; a physician is licensed unless told otherwise."""
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
