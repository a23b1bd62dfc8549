"""Every page and act of the workbench is asked for through here: who may, is it a known request, is it recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import IO, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from isocenter import __version__
from isocenter.web import journal, mistakes
from isocenter.web.given import expect_texts
from isocenter.web.models import Person, Request
from isocenter.web.permissions import Action, may

Response = TypeVar("Response", bound=HttpResponseBase)
View = Callable[..., HttpResponseBase]
_PARTS = (
    ("queue", "Queue", Action.SEE_REQUESTS),
    ("new-request", "New request", Action.ADD_FILES),
    ("people", "People", Action.MANAGE_PEOPLE),
    ("figures", "Figures", Action.SEE_FIGURES),
    ("journal", "Journal", Action.SEE_JOURNAL),
    ("settings", "Settings", Action.CHANGE_SETTINGS),
)


@dataclass(frozen=True, slots=True)
class Page:
    """One address: its name, who may ask for it, by which method, and what the journal says of it ('' for nothing)."""

    name: str
    address: str
    action: Action
    view: View
    method: str = "GET"
    recorded_as: str = ""

    def route(self) -> URLPattern:
        """The address as Django routes it."""
        return path(self.address, _guarded(self), name=self.name)


def _guarded(page: Page) -> View:
    """The view, open only to those who may; `number` in the address becomes the request that it names."""

    methods = ("GET", "HEAD") if page.method == "GET" else (page.method,)

    @wraps(page.view)
    def answer(http: HttpRequest, **given: Any) -> HttpResponseBase:
        if http.method not in methods:
            return mistakes.not_in_this_way(http, methods)
        if not may(http.user.role, page.action):
            raise PermissionDenied
        expect_texts(http)
        request = None
        if "number" in given:
            request = get_object_or_404(Request.objects.select_related("assignee", "uploaded_by"), pk=given["number"])
            given["number"] = request
        response = page.view(http, **given)
        if page.recorded_as and response.status_code == 200:
            journal.write_view(http.user, page.recorded_as, request)
        return response

    return answer


def what_every_page_shows(http: HttpRequest) -> dict[str, Any]:
    """The version, and the parts of the workbench that the person at the desk may enter."""
    person = getattr(http, "user", None)
    if person is None or not person.is_authenticated:
        return {"version": __version__, "parts": (), "home": "/"}
    return {"version": __version__, "parts": _parts_for(person), "home": home_of(person)}


def home_of(person: Person) -> str:
    """Where a person begins: the first part of the workbench that he or she may enter."""
    return reverse(_parts_for(person)[0][0])


def _parts_for(person: Person) -> list[tuple[str, str]]:
    return [(name, label) for name, label, action in _PARTS if may(person.role, action)]


def plain(text: str, status: int = 200) -> HttpResponse:
    """A plain text as answer."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def download(content: bytes | str, name: str, media_type: str) -> HttpResponse:
    """A file to be saved, never shown as a page of ours."""
    return _to_be_saved(HttpResponse(content, content_type=media_type), name)


def sent_file(file: IO[bytes], name: str, media_type: str) -> FileResponse:
    """An open file to be saved, sent block by block and then closed."""
    return _to_be_saved(FileResponse(file, content_type=media_type), name)


def _to_be_saved(response: Response, name: str) -> Response:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def missing(what: str) -> Http404:
    """The error of something that is not there."""
    return Http404(f"There is no such {what}.")
