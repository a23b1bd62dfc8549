"""Words and times as the pages show them, and whether the person at the desk may do a thing."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone

from isocenter.report.words import COURSE_NAMES, COURSE_SHAPES, LINE_NAMES, counted, dollars, sentence
from isocenter.report.words import readable as readable_words
from isocenter.terms.findings import CourseRecommendation, LineRecommendation
from isocenter.web.models import Person
from isocenter.web.permissions import Action, may

register = template.Library()
SHAPES = {
    **COURSE_SHAPES,
    "approve": "pay",
    "partly": "reduce",
}
_SHORT = timedelta(hours=48)


@register.filter
def course_words(recommendation: str) -> str:
    """A course's recommendation as a headline."""
    return COURSE_NAMES[CourseRecommendation(recommendation)] if recommendation else "Not reviewed yet"


@register.filter
def line_words(recommendation: str) -> str:
    """A line's recommendation in a word."""
    return LINE_NAMES[LineRecommendation(recommendation)] if recommendation else ""


@register.filter
def shape(recommendation: str) -> str:
    """The shape and color that a recommendation or decision is drawn in."""
    return SHAPES.get(recommendation, recommendation or "inform")


@register.filter
def readable(name: str) -> str:
    """A name of a closed list as words."""
    return readable_words(name) if name else ""


@register.filter
def as_sentence(text: str) -> str:
    """A text as a sentence."""
    return sentence(text)


@register.filter
def in_dollars(amount: float | None) -> str:
    """An amount in whole dollars."""
    return dollars(float(amount)) if amount is not None else ""


@register.filter
def count_of(count: int, noun: str) -> str:
    """A count with its noun."""
    return counted(int(count or 0), noun)


@register.filter
def time_left(due: datetime | None) -> str:
    """How long until something is due, or how long it has been."""
    if due is None:
        return ""
    left = due - timezone.now()
    late = left < timedelta()
    return f"{_long(abs(left))} {'late' if late else 'left'}"


@register.filter
def age(since: datetime | None) -> str:
    """How long ago something was."""
    return _long(timezone.now() - since) if since else ""


@register.filter
def is_past(due: datetime | None) -> bool:
    """Whether a time is over."""
    return due is not None and due < timezone.now()


@register.filter
def can(person: Person, action: str) -> bool:
    """Whether the person at the desk may do this."""
    return bool(person.is_authenticated) and may(person.role, Action(action))


def _long(span: timedelta) -> str:
    if span < timedelta(hours=1):
        return f"{max(int(span.total_seconds() // 60), 0)} min"
    if span < _SHORT:
        return f"{int(span.total_seconds() // 3600)} h"
    return f"{span.days} d"


@register.filter
def split_words(text: str) -> list[str]:
    """Words of a text."""
    return text.split()
