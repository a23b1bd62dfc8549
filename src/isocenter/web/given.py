"""What forms and addresses state: numbers that a database can hold, and texts that it can keep."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest

_MOST_DIGITS = 18  # within the whole numbers of 64 bits by which rows are known


def number_given(text: str) -> int | None:
    """The whole number that a form or an address states; None where it is none, or none that a database can hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def numbers_given(texts: list[str]) -> list[int]:
    """The whole numbers among what a form states."""
    return [number for text in texts if (number := number_given(text)) is not None]


def expect_texts(http: HttpRequest) -> None:
    """BadRequest where a form or an address holds the character NUL, which PostgreSQL keeps in no text."""
    for given in (http.GET, http.POST):
        if any("\0" in text for name, values in given.lists() for text in (name, *values)):
            raise BadRequest
