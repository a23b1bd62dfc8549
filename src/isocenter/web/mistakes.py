"""Pages of mistakes: each says what to do, and nothing of anybody's data."""

import sys

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from isocenter.files.writing import is_of_a_full_disk


def _page(http: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(http, "web/mistake.html", {"title": title, "sentence": sentence}, status=status)


def bad_request(http: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 where more files came than are taken at once."""
    if isinstance(exception, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        sentence = f"Nothing was taken: at most {most:,} files are taken at once. Send them in one zip file."
        return _page(http, 413, "These are too many files for one upload", sentence)
    return _page(http, 400, "This could not be understood", "Go back, load the page again, and try once more.")


def not_in_this_way(http: HttpRequest, allowed: tuple[str, ...]) -> HttpResponse:
    """405: the address of a form opened as a page, or a form sent to a page."""
    sentence = "Nothing was changed. Open the request from the queue, and use the form on its page."
    response = _page(http, 405, "This address does not open in this way", sentence)
    response["Allow"] = ", ".join(allowed)
    return response


def forbidden(http: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """403."""
    return _page(http, 403, "Your role does not open this page", "Ask an administrator if it should.")


def without_its_token(http: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """403: a form without the token of its page, as where the browser keeps no cookies."""
    sentence = "Nothing was changed. Allow cookies for this address, load the page again, and try once more."
    return _page(http, 403, "This form was not accepted", sentence)


def not_found(http: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """404."""
    return _page(http, 404, "There is no such page", "Check the number, or look for the request in the queue.")


def fault(http: HttpRequest) -> HttpResponse:
    """500; 507 where the server has no room for what was sent or is to be recorded."""
    wrong = sys.exc_info()[1]
    if wrong is not None and _has_no_room(wrong):
        sentence = "Nothing was changed. Ask an administrator to make room, then try again."
        return _page(http, 507, "The disk of the server is full", sentence)
    return _page(
        http, 500, "Something went wrong", "Nothing was changed. Try again; if it stays, ask an administrator."
    )


def _has_no_room(wrong: BaseException) -> bool:
    of_database = isinstance(wrong, OperationalError) and "disk is full" in str(wrong)
    return of_database or is_of_a_full_disk(wrong)
