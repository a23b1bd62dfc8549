"""Who of a member's persons was treated, and when a claim was written, in one form: in Python and as SQL of DuckDB."""

import re
from datetime import datetime

from isocenter.engines.database import literal
from isocenter.intake.bulk.value_forms import NUMBERED_DAYS

_BIRTH_FORMS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%m-%d-%Y", "%d%b%Y", "%d-%b-%Y")
_WRITTEN_DAYS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d%b%Y")
_WRITTEN_TIMES = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ",
)  # fmt: skip
_BEHIND_A_DAY = (" %H:%M", " %H:%M:%S")
TIME_OF_DAY = "[ T:][0-9]{1,2}:.*$"
_NUMBER_IN_ZEROS = "^0*([0-9]+)([.]0+)?$"
_OF_A_FAMILY = "[0-9A-Z]{1,3}"  # how a file numbers the persons of one member's number


def person_of(text: str) -> str:
    """A person's day of birth in one form, or number without the zeros before it; other names as they are written."""
    bare = re.sub(_NUMBER_IN_ZEROS, r"\1", re.sub(TIME_OF_DAY, "", text))
    if born := _first_of(bare, _BIRTH_FORMS):
        return f"born {born.date()}"
    return f"person {bare}" if re.fullmatch(_OF_A_FAMILY, bare) else bare


def person_sql(text: str) -> str:
    """The same of an SQL expression."""
    without_time = f"regexp_replace({text}, {literal(TIME_OF_DAY)}, '')"
    bare = f"regexp_replace({without_time}, {literal(_NUMBER_IN_ZEROS)}, '\\1')"
    is_number = f"regexp_full_match({bare}, {literal(_OF_A_FAMILY)})"
    return (
        f"coalesce('born ' || strftime(try_strptime({bare}, [{_listed(_BIRTH_FORMS)}]), '%Y-%m-%d'),"
        f" case when {is_number} then concat('person ', {bare}) else {bare} end)"
    )


def moment_of(text: str, date_form: str = "") -> str:
    """A day, with its time where it has one, in the form in which claim lines have it; '' where it is none.

    `date_form` is that of the days of the table, in which moments may be written too.
    """
    days, times = _forms(date_form)
    if moment := _first_of(text, times):
        return f"{moment:%Y-%m-%d %H:%M}"
    return f"{day:%Y-%m-%d}" if (day := _first_of(text, days)) else ""


def moment_sql(text: str, date_form: str) -> str:
    """The same of an SQL expression."""
    days, times = map(_listed, _forms(date_form))
    return (
        f"coalesce(strftime(try_strptime({text}, [{times}]), '%Y-%m-%d %H:%M'),"
        f" strftime(try_strptime({text}, [{days}]), '%Y-%m-%d'), '')"
    )


def _forms(date_form: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The forms of days, and of days with their time, that of the table first."""
    own = () if not date_form or date_form in NUMBERED_DAYS else (date_form,)
    of_times = tuple(f"{form}{time}" for form in own for time in _BEHIND_A_DAY)
    return (*own, *_WRITTEN_DAYS), (*of_times, *_WRITTEN_TIMES)


def _first_of(text: str, forms: tuple[str, ...]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _listed(forms: tuple[str, ...]) -> str:
    return ", ".join(map(literal, forms))
