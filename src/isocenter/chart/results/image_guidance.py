"""Image-guided set-ups in logs and sentences: day, method, length of the shift, tolerance, who acquired and reviewed."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from math import sqrt
from typing import NamedTuple

from isocenter.chart.pages.passages import Sentence, each_row_once
from isocenter.chart.pages.placed import Placed
from isocenter.chart.pages.table_heads import Column
from isocenter.chart.results.shift_lengths import length_of_three_parts
from isocenter.chart.words.dates import FoundDate, dates_in, first_date
from isocenter.chart.words.people import people_in, role_of

_N = r"\d+(?:[.,]\d+)?"


class GuidanceFound(NamedTuple):
    """An image-guided set-up with its citation."""

    guided_on: date
    method: str
    shift_mm: float | None
    tolerance_mm: float | None
    performed_by_role: str
    supervision: str
    reviewed_by_role: str
    reviewed_on: date | None
    placed: Placed
    sureness: float


_METHODS = (
    ("ct", re.compile(r"\bcb-?ct\b|cone[- ]beam|\bmvct\b|ct on rails|in-room ct|\bct\b", re.IGNORECASE)),
    ("stereoscopic_xray", re.compile(r"\bkv\b|exactrac|stereoscopic|orthogonal|x-?ray|\bobi\b|planar|paired|pair\b", re.IGNORECASE)),
    ("ultrasound", re.compile(r"ultrasound|\bbat\b|\bus\b|clarity", re.IGNORECASE)),
    ("surface", re.compile(r"surface|\bsgrt\b|optical|alignrt|vision ?rt|catalyst", re.IGNORECASE)),
)  # fmt: skip
_LENGTH = re.compile(rf"([+\-−])?({_N})\s?(mm|cm)?(?![\w/%])", re.IGNORECASE)
_COMPONENT = re.compile(
    r"\b(?:lr|si|is|ap|lat(?:eral)?|lng|long(?:itudinal)?|vrt|vert(?:ical)?|[dtΔ]?[xyz]|d(?:lat|lng|long|vrt|vert)|ml|cc|dv|rl|hf|left|right|sup(?:erior)?|inf(?:erior)?|ant(?:erior(?:ly)?)?|post(?:erior(?:ly)?)?|up|down|cranial(?:ly)?|caudal(?:ly)?|superiorly|inferiorly|medial(?:ly)?|laterally|(?:in|out)(?=\W{0,2}\d+(?:\.\d+)?\s?[mc]m))\b",
    re.IGNORECASE,
)


def method_in(text: str) -> str:
    """The method of imaging that a text names, or '' where it names none."""
    return next((name for name, pattern in _METHODS if pattern.search(text)), "")


def guidance_in(
    sentences: Sequence[Sentence], staff: dict[str, str], *, day_first: bool = False, rows_only: bool = False
) -> Iterator[GuidanceFound]:
    """Image-guided set-ups in the rows of a log, and in sentences with a date and a shift.

    `rows_only` takes rows alone whose headings name shifts, for papers of another kind by their title.
    """
    header = ""
    of_paper = _of_the_paper(sentences, day_first=day_first)
    for sentence in each_row_once(sentences):
        text = sentence.text
        day = first_date(text, day_first=day_first)
        method = method_in(text) or (of_paper.method if sentence.columns else "")
        if day is None:
            if sentence.row >= 0 and re.search(r"shift|vector|date|lr|ap\b|vert|lat|toleranc", text, re.IGNORECASE):
                header = (
                    (header + " " + text).strip()
                    if header and len(header) < 160 and not any(c.isdigit() for c in header)
                    else text
                )
            continue
        if rows_only and _shift_by_column(sentence) is None:
            continue
        if NO_IMAGE.search(text) or not method or (sentence.row < 0 and not _SHIFTED.search(text)) or day.start > 12:
            continue
        found = _set_up(sentence, header, method, staff, day_first)
        if found is not None and found.tolerance_mm is None:
            found = found._replace(tolerance_mm=of_paper.tolerance_mm)
        if found is not None and (found.shift_mm is not None or header):
            yield found


_OF_A_MACHINE = re.compile(
    r"\bQA\b|\bphantom\b|\bisocent\w+|\b(?:rotation|daily|monthly|annual) (?:check|test)", re.IGNORECASE
)


class _OfThePaper(NamedTuple):
    """What a paper says once for all its set-ups: the only method that it names, '' for none or several, and the tolerance."""

    method: str
    tolerance_mm: float | None


_TOLERANCE_OF_SHIFTS = re.compile(
    rf"\b(?:toleranc\w+|action (?:level|limit|threshold)|(?:shift )?threshold)\W{{1,3}}(?:(?:for|of|is|shifts?|set-?up|the|a|vector)\W{{1,2}}){{0,4}}[<>≤≥±]?\s?({_N})\s?(mm|cm)\b",
    re.IGNORECASE,
)


def _of_the_paper(sentences: Sequence[Sentence], *, day_first: bool) -> _OfThePaper:
    """The method and the tolerance that lines without a day state; neither where they state several."""
    methods, tolerances = set[str](), set[float]()
    for sentence in sentences:
        shown = f"{sentence.section} {sentence.text}"
        methods |= {name for name, pattern in _METHODS if pattern.search(shown)}
        if first_date(sentence.text, day_first=day_first) is not None:
            continue
        if _OF_A_MACHINE.search(shown):
            continue
        tolerances |= {
            float(found[1].replace(",", ".")) * (10.0 if found[2].lower() == "cm" else 1.0)
            for found in _TOLERANCE_OF_SHIFTS.finditer(shown)
        }
    return _OfThePaper(methods.pop() if len(methods) == 1 else "", tolerances.pop() if len(tolerances) == 1 else None)


_SHIFTED = re.compile(
    r"shift|vector|couch|correct|offset|displace|adjust|align|(?<!that )\bmoved\b|\bvert|\blat\b|\blng\b|\blong\b|\bmatch|\btol",
    re.IGNORECASE,
)  # as a sentence tells what was done at a session; that a target moves is why images are needed
NO_IMAGE = re.compile(
    r"\bno (?:scan|images?|cbct|imaging)\b|\b(?:scan|image|cbct|imaging) (?:not (?:done|taken|acquired)|stopped|aborted|failed|scheduled|planned|cancell?ed|due)\b"
    r"|\bfault\b|\b(?:machine|linac|imager|panel|system) (?:was |is )?down\b|\bnot (?:done|performed|acquired)\b",
    re.IGNORECASE,
)  # then nothing guided the set-up
SHIFT_COLUMN = re.compile(
    r"^\W*(?:shift\W*|delta\W*|Δ\W*)?(?:lr|rl|si|is|ap|pa|lat\w*|lng|long\w*|vrt|vert\w*|[dtΔ]?[xyz]|d(?:lat|lng|long|vrt|vert)|ml|cc|dv|hf|[lrsiap]/[lrsiap]|left\W*right|sup\W*inf|ant\W*post)\b",
    re.IGNORECASE,
)
_VECTOR_COLUMN = re.compile(
    r"vector|3-?d\b|\blength|magnitude|total shift|\bshift|displacement|correction|couch move", re.IGNORECASE
)
_TOLERANCE_COLUMN = re.compile(r"\btol\w*|action|limit|threshold", re.IGNORECASE)
_REVIEW_COLUMN = re.compile(
    r"review|approv|\bmd\b|physician|oncologist|\bok\b|accept|attend|checked by|verified by|\bdr\b", re.IGNORECASE
)
_ACQUIRED_COLUMN = re.compile(r"\bby\b|acquired|performed|therapist|\brtt?\b|operator|staff|tech", re.IGNORECASE)
_LARGEST_CM_IN_DECIMALS = 1.5  # a daily shift written without a unit beside a tolerance of whole millimeters
_SMALLEST_TOLERANCE_MM = 2.0


def length_mm(name: str, value: str) -> float | None:
    """A length in mm by its own unit, else by that of its heading, else as written; of three parts that of their vector."""
    parts = length_of_three_parts(value, in_cm=bool(re.search(r"\bcm\b", name, re.IGNORECASE)))
    if parts is not None:
        return parts[0]
    found = re.match(rf"\W{{0,2}}?([+\-−])?\s?({_N})\s*(mm|cm)?", value, re.IGNORECASE)
    unit = (found[3] or "").lower() if found else ""
    in_cm = unit == "cm" or (not unit and bool(re.search(r"\bcm\b", name, re.IGNORECASE)))
    return float(found[2].replace(",", ".")) * (10.0 if in_cm else 1.0) if found else None


def _unit_of_all(shifts: Sequence[Column]) -> str:
    """The unit that stands behind the last of several headings and holds for all, such as: VRT | LNG | LAT (CM); else ''."""
    *others, last = [re.search(r"\b(?:mm|cm)\b", c.name, re.IGNORECASE) for c in shifts] or [None]
    return last[0] if last is not None and not any(others) else ""


_FEWEST_PARTS = 2  # of a shift in words: the first of two would be shorter than the shift
_PARTS_OF_A_SHIFT = 3  # one may be lost where the headings were recognized from a picture


def _shift_by_column(sentence: Sentence, fewest: int = 2) -> tuple[float | None, float | None] | None:
    """Length of the shift and tolerance in mm of a table row by its headings; None where no headings name the parts."""
    shifts = [
        part
        for c in sentence.columns
        if SHIFT_COLUMN.search(c.name) and not _TOLERANCE_COLUMN.search(c.name)
        for part in _parted(c)
    ]
    unit = _unit_of_all(shifts)
    named = [(f"{c.name} {unit}", c.value) for c in shifts]
    parts = [length_mm(name, value) for name, value in named]
    tolerances = [length_mm(c.name, c.value) for c in sentence.columns if _TOLERANCE_COLUMN.search(c.name)]
    tolerance = tolerances[0] if tolerances else None
    vectors = [
        length_mm(c.name, c.value)
        for c in sentence.columns
        if _VECTOR_COLUMN.search(c.name) and not _TOLERANCE_COLUMN.search(c.name) and not SHIFT_COLUMN.search(c.name)
    ]
    if vectors and vectors[0] is not None:
        return vectors[0], tolerance
    lengths = [part for part in parts if part is not None]
    if len(lengths) == len(parts) and len(parts) >= fewest:
        scale = 10.0 if _are_cm_without_unit(sentence, named, lengths, tolerance) else 1.0
        return scale * sqrt(sum(length * length for length in lengths)), tolerance
    return None


_AXIS_NAMED = re.compile(r"\b(?:lr|rl|si|is|ap|pa|lat|lng|long|vrt|vert|[xyz])\b", re.IGNORECASE)
_LENGTH_GIVEN = re.compile(rf"[+\-−]?\s?{_N}\s*(?:mm|cm)?", re.IGNORECASE)


def _parted(column: Column) -> list[Column]:
    """The parts of a shift whose columns stand so close that they were read as one, such as: VERT LNG over 2 mm 3 mm."""
    names, lengths = _AXIS_NAMED.findall(column.name), _LENGTH_GIVEN.findall(column.value)
    if len(names) < 2 or len(names) != len(lengths):
        return [column]
    return [Column(name, length.strip()) for name, length in zip(names, lengths, strict=True)]


def _are_cm_without_unit(
    sentence: Sentence, shifts: Sequence[tuple[str, str]], lengths: Sequence[float], tolerance: float | None
) -> bool:
    """Whether shifts without any unit are centimeters: small decimals beside a tolerance of several millimeters."""
    named = any(re.search(r"\b(?:mm|cm)\b", name + " " + value, re.IGNORECASE) for name, value in shifts)
    return (
        not named
        and all("." in value for _, value in shifts)
        and max(lengths) <= _LARGEST_CM_IN_DECIMALS
        and tolerance is not None
        and tolerance >= _SMALLEST_TOLERANCE_MM
        and not re.search(r"\bcm\b", sentence.section, re.IGNORECASE)
    )


class _Done(NamedTuple):
    """Who acquired the images and who reviewed them, by the columns of a log."""

    performed_by_role: str
    reviewed_by_role: str
    reviewed_on: date | None


_ROLE_WORDS = (
    ("radiation_therapist", re.compile(r"\brtt?s?\b|therapist|rt\(t\)|radiographer", re.IGNORECASE)),
    ("medical_physicist", re.compile(r"physicist", re.IGNORECASE)),
    ("radiation_oncologist", re.compile(r"\bmd\b|\bdr\b|physician|oncologist", re.IGNORECASE)),
)


def role_in(text: str, staff: dict[str, str]) -> str:
    """The role of the person or the profession that a text names, or '' where it names none."""
    people = people_in(text)
    known = role_of(people[-1], text, staff) if people else ""
    return known or next((role for role, pattern in _ROLE_WORDS if pattern.search(text)), "")


def _done_by_column(sentence: Sentence, guided_on: date, staff: dict[str, str], day_first: bool) -> _Done | None:
    """Who did what by the headings of a log; None where the log has no column of a person."""
    acquired = [c for c in sentence.columns if _ACQUIRED_COLUMN.search(c.name) and not _REVIEW_COLUMN.search(c.name)]
    head_names = " ".join(c.name for c in sentence.columns)
    reviewed = [c for c in sentence.columns if _REVIEW_COLUMN.search(c.name)]
    if not acquired and not reviewed:
        return None
    performed = role_in(acquired[0].value, staff) if acquired else ""
    if not performed and re.search(r"therapist|\brtt?\b|tech", head_names, re.IGNORECASE):
        performed = "radiation_therapist"
    value = reviewed[0].value if reviewed else ""
    days = [d.day for d in dates_in(value, day_first=day_first)] or list(_day_of_year(value, guided_on, day_first))
    signed = (
        people_in(value)
        or _known_in(value, staff)
        or (days and _INITIALS.match(value) and _ROLE_WORDS[2][1].search(reviewed[0].name))
    )
    if not signed or _UNSIGNED.search(value):
        return _Done(performed, "", None)
    role = role_in(value, staff) or _known_in(value, staff) or role_in(reviewed[0].name, {})
    return _Done(performed, role, days[-1] if days else None)


def _known_in(value: str, staff: dict[str, str]) -> str:
    """The role of a person of the staff whose last name stands first in a cell, before a day; '' where none does."""
    first = re.match(r"\W*([^\W\d_][\w'’-]+)(?=\W+\d)", value)
    return staff.get(first[1].lower(), "") if first else ""


_INITIALS = re.compile(r"[A-Z]{2,4}\b(?=.*\b(?:e-?sig\w*|signed)\b)")
_UNSIGNED = re.compile(
    r"not (?:yet )?(?:reviewed|signed)|\bpend\w*|\bopen\b|await|unreviewed|\bdue\b|\bto be\b", re.IGNORECASE
)


def _day_of_year(text: str, guided_on: date, day_first: bool) -> Iterator[date]:
    """A day without its year is the next one from the day of the images on."""
    for found in re.finditer(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])", text):
        month, day = (int(found[2]), int(found[1])) if day_first else (int(found[1]), int(found[2]))
        for year in (guided_on.year, guided_on.year + 1):
            try:
                made = date(year, month, day)
            except ValueError:
                break
            if made >= guided_on:
                yield made
                break


def _set_up(
    sentence: Sentence, header: str, method: str, staff: dict[str, str], day_first: bool
) -> GuidanceFound | None:
    text = sentence.text
    days = list(dates_in(text, day_first=day_first))
    first = days[0]
    shift, tolerance = (
        _shift_by_column(sentence, fewest=_PARTS_OF_A_SHIFT)
        or length_of_three_parts(text[first.stop :])
        or _shift_by_column(sentence)
        or _shift_in_words(text, header, first.stop, days[1:2])
    )
    if _has_parts_without_name(sentence):
        shift = None
    in_words = _done_in_words(text, days, staff)
    done = _done_by_column(sentence, first.day, staff, day_first) or in_words
    if not done.reviewed_by_role and not any(_REVIEW_COLUMN.search(c.name) for c in sentence.columns):
        done = done._replace(reviewed_by_role=in_words.reviewed_by_role, reviewed_on=in_words.reviewed_on)
    return GuidanceFound(
        first.day,
        method,
        round(shift, 2) if shift is not None else None,
        tolerance,
        done.performed_by_role,
        _supervision(text),
        done.reviewed_by_role,
        done.reviewed_on,
        sentence.placed,
        0.92 * sentence.placed.sureness,
    )


_LENGTH_ALONE = re.compile(r"\s*[+\-−]?\s?\d{1,2}(?:\.\d+)?\s?(?:mm|cm)?\s*", re.IGNORECASE)
_COUNTS = re.compile(r"\b(?:fx|fr|fractions?|no|number|week|day|rot\w*|pitch|roll|yaw)\b|#|°", re.IGNORECASE)


def _has_parts_without_name(sentence: Sentence) -> bool:
    """Whether three columns hold lengths under headings that are not known: any of them could be a part of the shift."""
    named = (SHIFT_COLUMN, _VECTOR_COLUMN)
    if any(word.search(c.name) for c in sentence.columns for word in named):
        return False
    other = (_TOLERANCE_COLUMN, _COUNTS)
    lengths = [c for c in sentence.columns if _LENGTH_ALONE.fullmatch(c.value)]
    return sum(not any(word.search(c.name) for word in other) for c in lengths) >= _PARTS_OF_A_SHIFT


def _shift_in_words(
    text: str, header: str, start: int, second_day: Sequence[FoundDate]
) -> tuple[float | None, float | None]:
    """Length of the shift and tolerance in mm of a line without headings, or under words that head no columns."""
    signers = [person.start for person in people_in(text) if person.credentials or person.is_doctor]
    end = min([*signers[:1], *(day.start for day in second_day), len(text)])
    middle = text[start:end]
    in_cm = bool(re.search(r"\bcm\b", header, re.IGNORECASE))
    parts_and_tolerance = length_of_three_parts(middle, in_cm=in_cm)
    if parts_and_tolerance is not None:
        return parts_and_tolerance
    middle = re.sub(r"\b(?:kv|cbct|fx|fraction|#)\s*\d+\b(?![.\d]|\s*(?:mm|cm))", " ", middle, flags=re.IGNORECASE)
    unit = (
        "cm"
        if re.search(r"\bcm\b", header, re.IGNORECASE) and not re.search(r"shift\W*\(?mm", header, re.IGNORECASE)
        else "mm"
    )
    numbers = [(float(m[2].replace(",", ".")), (m[3] or "").lower(), m) for m in _LENGTH.finditer(middle)]
    components = len(_COMPONENT.findall(header)) if header else len(_COMPONENT.findall(middle))
    tolerance_named = bool(re.search(r"toleranc|tol\b|limit|action", header + " " + text, re.IGNORECASE))
    tolerance = None
    if tolerance_named and len(numbers) >= 2:
        value, own, _ = numbers[-1]
        tolerance = value * (10 if own == "cm" else 1)
        numbers = numbers[:-1]
    if components >= _FEWEST_PARTS and len(numbers) >= _FEWEST_PARTS:
        named = numbers[: min(components, _PARTS_OF_A_SHIFT)]
        if named[-1][1] and not any(own for _, own, _ in named[:-1]):
            unit = named[-1][1]  # of all, such as: vert 0.2 long 0.3 lat 0.6 cm
        parts = [value * (10 if (own or unit) == "cm" else 1) for value, own, _ in named]
        return sqrt(sum(part * part for part in parts)), tolerance
    if numbers:
        value, own, _ = numbers[0]
        return value * (10 if (own or unit) == "cm" else 1), tolerance
    return None, tolerance


def _done_in_words(text: str, days: Sequence[FoundDate], staff: dict[str, str]) -> _Done:
    """Who acquired the images and who reviewed them by the words of a line; nobody reviewed what is open."""
    performed = (
        "radiation_therapist"
        if _ROLE_WORDS[0][1].search(text)
        else "medical_physicist"
        if _ROLE_WORDS[1][1].search(text)
        else "radiation_oncologist"
        if re.search(r"performed by (?:dr|physician)", text, re.IGNORECASE)
        else ""
    )
    end = min([m.start for m in people_in(text)[:1]] + [d.start for d in days[1:2]] + [len(text)])
    people = people_in(text[end:]) or people_in(text)
    if not people and len(days) > 1:
        known = [w for w in re.findall(r"[^\W\d_][\w'’-]+", text[: days[1].start])[-1:] if w.lower() in staff]
        return _Done(performed, staff[known[0].lower()], days[-1].day) if known else _Done(performed, "", None)
    if not people or re.search(r"not (?:yet )?reviewed|pending|\bopen\b|await|unreviewed", text, re.IGNORECASE):
        return _Done(performed, "", None)
    return _Done(performed, role_of(people[-1], "", staff), days[-1].day if len(days) > 1 else None)


def _supervision(text: str) -> str:
    """The level of supervision that a line states; '' where it states none, or denies one without naming another."""
    if _UNSUPERVISED.search(text):
        return "none"
    if _DENIED_LEVEL.search(text):
        return ""
    return next((name for name, pattern in _SUPERVISIONS if pattern.search(text)), "")


_UNSUPERVISED = re.compile(
    r"\bunsupervised|\b(?:no|without) (?:physician )?supervision|\bsupervision\W{1,3}none\b|\bnot supervised",
    re.IGNORECASE,
)
_DENIED_LEVEL = re.compile(
    r"\b(?:no|not|without) (?:\w+ )?(?:personal|direct|virtual|general|in (?:the )?suite|immediately available)",
    re.IGNORECASE,
)
_SUPERVISIONS = (
    ("personal", re.compile(r"personal", re.IGNORECASE)),
    ("virtual_direct", re.compile(r"virtual|real-?time audio", re.IGNORECASE)),
    ("direct", re.compile(r"\bdirect|in (?:the )?suite|immediately available", re.IGNORECASE)),
    ("general", re.compile(r"\bgeneral\b", re.IGNORECASE)),
)
