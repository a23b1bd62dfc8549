"""Pages hold no control characters and no marks that turn the order of letters, whatever was sent to the workbench."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from isocenter.files.texts import without_controls


class WithoutControls:
    """Cleans the text of every page on its way out; files that are handed out stay as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, http: HttpRequest) -> HttpResponseBase:
        """The answer to a request."""
        response = self._get_response(http)
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            text = response.content.decode(response.charset)
            cleaned = without_controls(text)
            if cleaned != text:
                response.content = cleaned.encode(response.charset)
        return response
