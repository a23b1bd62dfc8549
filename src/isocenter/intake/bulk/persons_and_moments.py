"""Who of a member's persons was treated, and when a claim was written, in one form: in Python and as SQL of DuckDB."""

import re
from datetime import datetime

from isocenter.engines.database import literal
from isocenter.intake.bulk.value_forms import NUMBERED_DAYS

_BIRTH_FORMS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%m-%d-%Y", "%d%b%Y", "%d-%b-%Y")
_WRITTEN_DAYS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d%b%Y")
_WRITTEN_TIMES = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ", "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip
_BEHIND_A_DAY = (" %H:%M", " %H:%M:%S")
TIME_OF_DAY = "[ T:][0-9]{1,2}:.*$"
_NUMBER_IN_ZEROS = "^0*([0-9]+)([.]0+)?$"
_NO_DAY = "[0-9]{1,7}"  # a number, for a day in digits has eight of them unless the table writes days otherwise
_FIRST_YEAR = 1000
_OF_A_FAMILY = "[0-9A-Z]{1,3}"  # how a file numbers the persons of one member's number


def person_of(text: str) -> str:
    """A person's day of birth in one form, or number without the zeros before it; other names as they are written."""
    bare = re.sub(_NUMBER_IN_ZEROS, r"\1", re.sub(TIME_OF_DAY, "", text))
    if born := _first_of(bare, () if re.fullmatch(_NO_DAY, bare) else _BIRTH_FORMS):
        return f"born {born.date()}"
    return f"person {bare}" if re.fullmatch(_OF_A_FAMILY, bare) else bare


def person_sql(text: str) -> str:
    """The same of an SQL expression."""
    without_time = f"regexp_replace({text}, {literal(TIME_OF_DAY)}, '')"
    bare = f"regexp_replace({without_time}, {literal(_NUMBER_IN_ZEROS)}, '\\1')"
    is_number = f"regexp_full_match({bare}, {literal(_OF_A_FAMILY)})"
    is_no_day = f"regexp_full_match({bare}, {literal(_NO_DAY)})"
    return (
        f"coalesce('born ' || case when {is_no_day} then null else {_parsed(bare, _BIRTH_FORMS, '%Y-%m-%d')} end,"
        f" case when {is_number} then concat('person ', {bare}) else {bare} end)"
    )


def moment_of(text: str, date_form: str = "") -> str:
    """A day, with its time where it has one, in the form in which claim lines have it; '' where it is none.

    `date_form` is that of the days of the table, in which moments may be written too.
    """
    own, days, times = _forms(date_form)
    if moment := _first_of(text, times):
        return f"{moment:%Y-%m-%d %H:%M}"
    day = _first_of(text, own if re.fullmatch(_NO_DAY, text) else (*own, *days))
    return f"{day:%Y-%m-%d}" if day else ""


def moment_sql(text: str, date_form: str) -> str:
    """The same of an SQL expression."""
    own, days, times = _forms(date_form)
    return (
        f"coalesce({_parsed(text, times, '%Y-%m-%d %H:%M')}, {_parsed(text, own, '%Y-%m-%d')},"
        f" case when regexp_full_match({text}, {literal(_NO_DAY)}) then null"
        f" else {_parsed(text, days, '%Y-%m-%d')} end, '')"
    )


def _forms(date_form: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The form of days that this table alone has, those of any table, and the forms of days with their time."""
    own = () if not date_form or date_form in NUMBERED_DAYS else (date_form,)
    of_times = tuple(f"{form}{time}" for form in own for time in _BEHIND_A_DAY)
    return tuple(form for form in own if form not in _WRITTEN_DAYS), _WRITTEN_DAYS, (*of_times, *_WRITTEN_TIMES)


def _first_of(text: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        return moment if moment.year >= _FIRST_YEAR else None
    return None


def _parsed(text: str, forms: tuple[str, ...], shown: str) -> str:
    """An SQL expression for the day or moment that a text has in the first form that it fits; null where in none."""
    if not forms:
        return "null"
    listed = ", ".join(map(literal, forms))
    # DuckDB reads 03/15/50 as of the year 50.
    return f"nullif(regexp_extract(strftime(try_strptime({text}, [{listed}]), {literal(shown)}), '^[1-9].*'), '')"
