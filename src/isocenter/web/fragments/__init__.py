"""Parts of pages with many rows, as Jinja templates: Django's own take several times as long over them."""

from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from jinja2 import Environment, PackageLoader, StrictUndefined

from isocenter.web.models.requests import Source, State, number_of
from isocenter.web.templatetags import words

_FILTERS = (
    words.age,
    words.count_of,
    words.course_words,
    words.in_dollars,
    words.is_past,
    words.line_words,
    words.readable,
    words.shape,
    words.time_left,
)


def fragment(name: str, **context: Any) -> SafeString:
    """The part of a page of this name; every value in it is escaped."""
    return mark_safe(_environment().get_template(f"{name}.html").render(context))  # escaped by Jinja


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("isocenter.web", "fragments"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )
    made.filters |= {one.__name__: one for one in _FILTERS}
    made.filters |= {"day": _day, "moment": _moment}
    made.filters |= {"state_name": dict(State.choices()).get, "source_name": dict(Source.choices()).get}
    made.filters["request_number"] = number_of
    return made


def _day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return f"{timezone.localtime(value) if isinstance(value, datetime) else value:%Y-%m-%d}"


def _moment(value: datetime) -> str:
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
