"""The day of a signature where it is on a line below or above the name."""

import re
from collections.abc import Mapping, Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.papers.paper_days import is_a_day_alone
from isocenter.chart.papers.paper_ends import NUMBER_OF_A_SIGNER, is_name_alone
from isocenter.chart.signatures.signature_of_text import SignatureFound
from isocenter.chart.words.dates import TIME_OF_DAY, FoundDate, dates_in
from isocenter.chart.words.people import people_in, role_of, surname_of


def _is_printed_again(text: str, found: SignatureFound) -> bool:
    """Whether a line is no more than the printed name of the person who signed above it."""
    people = people_in(text)
    same = [person for person in people if person.credentials and person.surname == surname_of(found.signer)]
    return len(people) == len(same) == 1 and not re.search(r"\w", text[: same[0].start] + text[same[0].stop :])


def _is_printed_with_its_day(text: str, found: SignatureFound) -> bool:
    """Whether a line is the printed name of the person whose hand is above it, with the day and nothing else."""
    people = people_in(text)
    is_same = len(people) == 1 and bool(people[0].credentials) and people[0].surname == surname_of(found.signer)
    return is_same and not found.credentials and is_name_alone(text)


_OF_A_CERTIFICATE = re.compile(
    r"^\W*(?:(?:DN|Reason|Location|Contact)\s*[:=]|(?=[A-F\d]*\d)[A-F\d]{8,}(?:\.{3}|…)?\W*$)"
)


_DATE_OF_A_CERTIFICATE = re.compile(r"\W*Date:\s*\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d(?: ?[-+]\d\d'\d\d')?\W*")


_BLOCK_DATE = re.compile(
    r"^\W*(?:[^\d:]{3,50}\s)?(?:co-?)?(?:e-?)?(?:counter)?(?:electronically )?(?:signed|authenticated|approved)\b",
    re.IGNORECASE,
)


def with_day_of_block(
    found: SignatureFound, following: Sequence[Line], staff: Mapping[str, str], signing: Signing, day_first: bool
) -> SignatureFound:
    """A signature whose title and day are on lines of their own below the name."""
    titles: list[str] = []
    for line in following:
        text = line.row.text
        if _OF_A_CERTIFICATE.match(text) or NUMBER_OF_A_SIGNER.match(text) or _is_printed_again(text, found):
            continue
        day = next(dates_in(text, day_first=day_first), None)
        if day is not None and _is_printed_with_its_day(text, found):
            return found._replace(signed_on=day.day)
        if day is not None:
            day = _day_of_signing_behind(text, day_first) or day
            below_titles = is_a_day_alone(text) and not any(signing.other_words(title) for title in titles)
            says_signed = _BLOCK_DATE.match(text) or _day_of_signing_behind(text, day_first) is not None
            if not (says_signed or _DATE_OF_A_CERTIFICATE.fullmatch(text) or below_titles) or any(
                person.credentials for person in people_in(text)
            ):
                return found
            people = people_in(f"{found.signer}, {found.credentials}")
            role = role_of(people[0], " ".join(titles), staff) if people and titles else found.role
            return found._replace(role=role or found.role, signed_on=day.day)
        if len(text) > 60 or any(person.credentials for person in people_in(text)) or signing.is_no_signature(text):
            return found
        titles.append(text)
    return found


_SIGNED_BEFORE = re.compile(
    r"\b(?<!not )(?:co-?)?(?:signed|authenticated|approved)(?: (?:on|at|electronically))*\W{1,3}$", re.IGNORECASE
)


def _day_of_signing_behind(text: str, day_first: bool) -> FoundDate | None:
    """The day right behind a word of signing, such as the second one of: Dictated 3/4/2024, reviewed and signed 3/5/2024."""
    days = dates_in(text, day_first=day_first)
    return next((day for day in days if _SIGNED_BEFORE.search(text[: day.start])), None)


_DATE_BELOW = re.compile(
    r"^\W*(?:(?:date|time(?:stamp)?|on|at|of|and|electronic|(?:e-?|co-?)?sign(?:ed|ature|ing)?|sig|approv(?:ed|al)|authenticat(?:ed|ion)|finali[sz]ed)\b\W{0,3}){0,4}(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\W+)?(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d)",
    re.IGNORECASE,
)


_LONGEST_DATE_BELOW = 40


_TIME_SOURCE = re.compile(r"\W*time source\W+\w+\W*$", re.IGNORECASE)  # of a service that sends papers to be signed


def with_date_below(found: SignatureFound, following: Line, day_first: bool) -> SignatureFound:
    text = following.row.text
    if text[:1].islower() and len(text) <= 70 and not people_in(text):
        day = next(dates_in(text, day_first=day_first), None)
        return found._replace(signed_on=day.day) if day else found
    if (
        len(TIME_OF_DAY.sub("", _TIME_SOURCE.sub("", text))) > _LONGEST_DATE_BELOW
        or not _DATE_BELOW.search(text)
        or people_in(text)
    ):
        return found
    day = next(dates_in(text, day_first=day_first), None)
    return found._replace(signed_on=day.day) if day else found


def with_date_above(found: SignatureFound, above: Line, day_first: bool, *, of_any_line: bool) -> SignatureFound:
    """The signature with a day and a time that are alone on the line above it, as at the right end of its line.

    `of_any_line`: the day alone too, as between a name written by hand and the same as it is printed.
    """
    day = next(dates_in(above.row.text, day_first=day_first), None)
    if day is None or "date" in above.row.text.lower():
        return found
    if not of_any_line and not re.search(r"\d", above.row.text[day.stop :]):
        return found
    return found._replace(signed_on=day.day)
