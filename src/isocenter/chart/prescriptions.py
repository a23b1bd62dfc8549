"""What prescriptions order: dose and fractions, the targets with their doses, boosts."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.passages import Sentence, each_row_once
from isocenter.chart.placed import Placed

_N = r"(\d{1,5}(?:[.,]\d{1,3})?)"
_WORDS = {
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "sixteen": 16,
    "twenty": 20,
    "twenty-five": 25,
    "twenty-eight": 28,
    "thirty": 30,
    "thirty-three": 33,
    "thirty-five": 35,
    "forty": 40,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
}
_COUNT = r"(\d{1,2}|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")"
_FRACTIONS = r"(?:fractions?|fx|fxs|fr|frs|treatments|sessions|daily fractions|daily treatments|equal fractions)"
_DOSE_IN = re.compile(
    rf"{_N}\s?(c?gy|rads?)\b[^.;\d]{{0,25}}?(?:in|/|over|given in|as|by|,|x)\s*{_COUNT}\s*(?:daily |equal |once-daily |total )?(?:{_FRACTIONS}\b)",
    re.IGNORECASE,
)
_SLASH = re.compile(
    rf"{_N}\s?(c?gy|rads?)\s?/\s?{_COUNT}(?:\s*{_FRACTIONS})?\b(?!\s*(?:mm|day|fx\b.*per))", re.IGNORECASE
)
_IN_BARE = re.compile(
    rf"{_N}\s?(c?gy|rads?)\s+(?:in|over)\s+(\d{{1,2}})\b(?!\s*(?:mm|cm|days?|weeks?|wks?|d\b|h\b|hours?|min|months?|%|to\s\d|[-–/x]|\.\d|phases|parts|arcs|fields|beams|ports|c?gy))",
    re.IGNORECASE,
)
_HUNDREDTHS = ("cgy", "rad", "rads")
_COUNT_TIMES_BARE = re.compile(
    rf"{_N}\s?(c?gy|rads?)\W+(\d{{1,2}})\s?[x×]\s?(\d{{1,4}}(?:\.\d+)?)\b(?!\s?(?:c?gy|rad|mm|cm))", re.IGNORECASE
)
_TOTAL_BARE = re.compile(
    r"\btotal(?: dose)?\W{1,3}(\d{4})\s+in\s+(\d{1,2})\b(?!\s?(?:days?|weeks?|wks?))", re.IGNORECASE
)
_NAMED_SLASH = re.compile(
    rf"\b(?:(?:PTV|CTV|GTV|ITV)[\w+-]*|X?RT|EBRT|radiation|radiotherapy)\W{{1,3}}{_N}\s?/\s?(\d{{1,2}})\b(?!\s?(?:/|-\d|mm|cm|%|\.\d))",
    re.IGNORECASE,
)
_IN_OF = re.compile(rf"{_COUNT}\s*{_FRACTIONS}\s*(?:of|at|@|x|×)\s*{_N}\s?(c?gy|rads?)", re.IGNORECASE)
_TIMES = re.compile(
    rf"{_N}\s?(c?gy|rads?)(?:\s*(?:(?:per|/|a)\s*(?:fraction|fx|day)|daily|qd|bid|twice daily|each))?\s*[x×*]\s*{_COUNT}\b",
    re.IGNORECASE,
)
_TIMES_BACK = re.compile(rf"\b{_COUNT}\s*[x×]\s*{_N}\s?(c?gy|rads?)\b", re.IGNORECASE)
_DOSE = re.compile(
    rf"(?<![\w.]){_N}\s?(c?gy|rads?)\b(?!\s*/\s*(?:fx|fraction|day|min)|\s*(?:per|a|each)\s*(?:fraction|fx|day|treatment|session))",
    re.IGNORECASE,
)
_COUNT_ONLY = re.compile(
    rf"\b{_COUNT}\s*(?:daily |total |planned )?{_FRACTIONS}\b|(?:number of|total|no\.? of|#)\s*{_FRACTIONS}\s*:?\s*(\d{{1,2}})",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"(?<!minus )(?<!less )(?<!-)\b((?:PTV|CTV|GTV|ITV)(?:[\w+-]|\.(?=\d))*(?:\s(?:boost|breast|nodes|low|high|mid|int|elective|primary)\b)?)",
    re.IGNORECASE,
)
_PER_FRACTION = re.compile(
    r"per (?:fraction|fx|day|treatment)|/fx|/fraction|daily dose|fraction(?:al)? dose|fraction size|a day\b|each",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"\btotal\b|\bcumulative\b|\boverall\b|\bsum\b|\bcomposite\b|\baltogether\b", re.IGNORECASE)
_SEQUENTIAL = re.compile(
    r"\bphase\b|\bsequential\b|\bfollowed by\b|\bthen\b|\bcone ?down\b|\badditional\b|\bboost of\b|\bboost:",
    re.IGNORECASE,
)
_SIMULTANEOUS = re.compile(
    r"simultaneous|\bsib\b|integrated boost|dose painting|concurrent boost|concomitant boost|same (?:fractions|sessions|time)|together",
    re.IGNORECASE,
)
_BOOST = re.compile(r"\bboost\b", re.IGNORECASE)
_NOT_ORDERED = re.compile(
    r"\b(?:constraint|limit|max(?:imum)?|mean|tolerance|previous(?:ly)?|prior|earlier|not|instead of|old|superseded|replaced|void|received|was given|so far|to date|already|eqd2|bed\s?\d+\s?c?gy|maximum|hot ?spot|min(?:imum)?|no more|more than|less than|at most|exceed\w*|void(?:ed)?|discontinued|cancell?ed)\b|\bcc\b|[<>≤≥](?!\s?=?\s?\d+\s?(?:h|hrs?|hours?)\b)|\b[DV]\d",
    re.IGNORECASE,
)
_MOST_GY = 100.0


class TargetDose(NamedTuple):
    """A target and the dose ordered for it over the whole course."""

    name: str
    dose_gy: float
    placed: Placed


class Prescription(NamedTuple):
    """What one prescription orders for the main target; None where it does not say."""

    dose_gy: float | None
    fractions: int | None
    targets: tuple[TargetDose, ...]
    placed: Placed
    sureness: float


class _Ordered(NamedTuple):
    """A dose with the fractions and the target beside it."""

    dose_gy: float
    fractions: int | None
    target: str
    is_total: bool
    is_boost: bool
    placed: Placed
    text: str


def prescription_of(sentences: Sequence[Sentence], title: str = "") -> Prescription | None:
    """The dose, fractions and targets that the sentences of a prescription order; None where they order none."""
    ordered = list(_ordered(sentences))
    text = " ".join([title, *(s.text for s in sentences)])
    count = _fraction_count(sentences)
    if not ordered:
        return None
    total = [o for o in ordered if o.is_total]
    sequential = bool(_SEQUENTIAL.search(text)) and not _SIMULTANEOUS.search(text)
    with_count = [o for o in ordered if o.fractions]
    counts = {o.fractions for o in with_count}
    if total:
        main = max(total, key=lambda o: o.dose_gy)
        dose, fractions = main.dose_gy, main.fractions or count
    elif sequential and len(with_count) >= 2 and len(counts) >= 2:
        phases = _distinct(with_count)
        main = phases[0]
        dose, fractions = sum(o.dose_gy for o in phases), sum(o.fractions or 0 for o in phases)
    else:
        main = max(with_count or ordered, key=lambda o: o.dose_gy)
        beside = [o for o in ordered if o.text == main.text and o.target and o.dose_gy > main.dose_gy]
        fractions = main.fractions or count
        main = max(beside, key=lambda o: o.dose_gy, default=main)  # targets of one line share its fractions
        dose = main.dose_gy
    if len(counts) == 1 and fractions is None:
        fractions = next(iter(counts))
    targets = _targets(ordered, sentences, dose, sequential)
    return Prescription(round(dose, 3), fractions, targets, main.placed, 0.93 * main.placed.sureness)


def _distinct(ordered: Sequence[_Ordered]) -> list[_Ordered]:
    seen: dict[tuple[float, int | None], _Ordered] = {}
    for one in ordered:
        seen.setdefault((one.dose_gy, one.fractions), one)
    return list(seen.values())


def _ordered(sentences: Sequence[Sentence]) -> Iterator[_Ordered]:
    headers: list[str] = []
    for sentence in each_row_once(sentences):
        text = sentence.text
        if sentence.row >= 0:
            by_column = _of_columns(sentence)
            if by_column is not None:
                yield by_column
                continue
            low = text.lower()
            if (
                re.search(r"\b(?:target|volume|phase|site|ptv)\b", low)
                and re.search(r"\b(?:dose|gy|cgy)\b", low)
                and not any(c.isdigit() for c in low)
            ):
                headers = [low]
                continue
            from_row = _of_row(sentence, bool(headers), headers[0] if headers else "")
            if from_row is not None:
                yield from_row
                continue
        yield from _of_text(sentence)


_TARGET_COLUMN = re.compile(r"\b(?:target|volume|site|ptv|phase|region|structure|name|prescription)\b", re.IGNORECASE)
_EACH_COLUMN = re.compile(r"per|/\s?f|fraction(?:al)? (?:dose|size)|daily|dose\s?/\s?f|each", re.IGNORECASE)
_COUNT_COLUMN = re.compile(
    r"^\W*(?:#|no\.?|number|num|total|planned)?\W*(?:of )?(?:fractions?|fxs?|frs?|treatments|sessions|n)\b(?! (?:dose|size))|#\s?(?:fx|fr)|^\W*#\W*$",
    re.IGNORECASE,
)
_DOSE_COLUMN = re.compile(r"\bdose\b|\btotal\b|\bc?gy\b|prescri", re.IGNORECASE)


def _of_columns(sentence: Sentence) -> _Ordered | None:
    """A row of a table of targets by the headings of its columns: target, total dose, dose a fraction, fractions."""
    target = next((c for c in sentence.columns if _TARGET_COLUMN.search(c.name)), None)
    counts = [c for c in sentence.columns if c is not target and _COUNT_COLUMN.search(c.name)]
    each = [c for c in sentence.columns if c is not target and c not in counts and _EACH_COLUMN.search(c.name)]
    totals = [c for c in sentence.columns if c not in (target, *counts, *each) and _DOSE_COLUMN.search(c.name)]
    if target is None or not (totals or (each and counts)) or _NOT_ORDERED.search(sentence.text):
        return None
    fractions = next((int(m[0]) for c in counts if (m := re.search(r"\d{1,2}", c.value))), None)
    one = _gy_of_column(each[0].name, each[0].value) if each else None
    dose = _gy_of_column(totals[0].name, totals[0].value) if totals else None
    if dose is None and one is not None and fractions:
        dose = one * fractions
    if dose is None or not 0 < dose <= _MOST_GY or (not counts and not each):
        return None
    name = _TARGET.search(target.value)
    total = bool(_TOTAL.search(target.value))
    return _Ordered(
        dose,
        fractions,
        name[1] if name else "",
        total,
        bool(_BOOST.search(target.value)),
        sentence.placed,
        sentence.text,
    )


def order_of_columns(sentence: Sentence) -> tuple[float, int | None] | None:
    """Dose in Gy and fractions of a table row by the headings of its columns; None where they give no dose."""
    found = _of_columns(sentence)
    return (found.dose_gy, found.fractions) if found is not None else None


def _gy_of_column(name: str, value: str) -> float | None:
    found = re.search(rf"{_N}\s?(c?gy|rads?)?", value, re.IGNORECASE)
    if not found:
        return None
    number = float(found[1].replace(",", ""))
    unit = (found[2] or "").lower() or ("cgy" if re.search(r"\bcgy\b", name, re.IGNORECASE) else "")
    return number / 100 if unit in _HUNDREDTHS or (not unit and number > _MOST_GY) else number


def _of_row(sentence: Sentence, under_header: bool, header: str) -> _Ordered | None:
    """A row of a table of targets, such as: PTV_4500, 45 Gy, 25."""
    text = sentence.text
    if not under_header or _NOT_ORDERED.search(re.sub(r"[DV]\d+%?\s*[<>≥≤].*", "", text)):
        return None
    target = _TARGET.search(text)
    total = _TOTAL.search(text)
    rest = re.sub(r"[DV]\d+%?\s*[<>≥≤].*", "", text)
    rest = _TARGET.sub(" ", rest)
    doses = [(_gy(m[1], m[2]), m) for m in re.finditer(rf"(?<![\w.]){_N}\s?(c?gy|rads?)\b", rest, re.IGNORECASE)]
    unit = "cgy" if "cgy" in header else "gy"
    bare = list(re.finditer(r"(?<![\w.])(\d{1,5}(?:\.\d+)?)(?![\w.%])", rest))
    if not doses:
        numbers = [(float(m[1]), m) for m in bare]
        if not numbers or not (target or total):
            return None
        doses = [(value / 100 if unit == "cgy" or value > 200 else value, m) for value, m in numbers if value > 12][:1]
        if not doses:
            return None
    dose, at = max(doses, key=lambda d: d[0])
    if not 0 < dose <= _MOST_GY:
        return None
    fractions = None
    counted = _COUNT_ONLY.search(rest)
    if counted:
        fractions = _count(counted[1] or counted[2])
    else:
        whole = [
            int(m[1])
            for m in bare
            if m.start() > at.start()
            and m[1].isdigit()
            and 1 <= int(m[1]) <= 50
            and not any(d[1].start() <= m.start() < d[1].end() for d in doses)
        ]
        per = [d for d, _ in doses if d < 12.5 and d != dose]
        fitting = [n for n in whole if any(abs(n * d - dose) < 0.02 * dose for d in per)]
        fractions = fitting[-1] if fitting else whole[0] if whole else None
    if per_and_count := re.search(rf"{_N}\s?(c?gy|rads?)\s*[x×]\s*(\d{{1,2}})", rest, re.IGNORECASE):
        each, times = _gy(per_and_count[1], per_and_count[2]), int(per_and_count[3])
        if dose <= 12.5:
            dose, fractions = each * times, times
    name = target[1] if target else ""
    return _Ordered(dose, fractions, name, bool(total), bool(_BOOST.search(text)), sentence.placed, text)


_LIMITS = re.compile(
    r"\b(?:constraint|limit|max(?:imum)?\b|mean\b|previous|superseded|replaces|instead of|to date|so far)",
    re.IGNORECASE,
)
_NOT_THE_ORDER = re.compile(
    r"\b(?:previous|prior|earlier|instead of|not|superseded|replaces|old|max\w*|mean|limit|under|below|received|after)\s+"
    r"(?:\w+\s+){0,2}$|\b(?:over|above|than|exceed\w*|beyond)\s*$|[<>≤≥]=?\s*$|\b[DV]\d+\S*\s*$",
    re.IGNORECASE,
)
_NO_TOTAL_LABEL = re.compile(
    r"per fraction|fraction(?:al)? dose|daily dose|limit|constraint|max|tolerance", re.IGNORECASE
)


def _of_text(sentence: Sentence) -> Iterator[_Ordered]:
    text = sentence.text
    if _LIMITS.search(text) and not re.search(r"fractions|\bfx\b", text, re.IGNORECASE):
        return
    for start, dose, fractions in _merged(_doses(sentence)):
        if 0 < dose <= _MOST_GY:
            total = bool(_TOTAL.search(text[max(start - 40, 0) : start]) or _TOTAL.search(sentence.label))
            target = _nearest_target(text, start)
            yield _Ordered(dose, fractions, target, total, bool(_BOOST.search(text)), sentence.placed, text)


def doses_with_counts(text: str) -> list[tuple[int, float, int | None]]:
    """Place, dose in Gy and fractions of the doses that a text gives together with their fractions, or alone."""
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, float, int | None]] = []
    for pattern, read in _DOSE_READERS:
        for match in pattern.finditer(text):
            one = read(match)
            if one is not None and not any(match.start() < stop and match.end() > start for start, stop in taken):
                taken.append(match.span())
                found.append((match.start(1), *one))
    return _merged(found)


def _doses(sentence: Sentence) -> list[tuple[int, float, int | None]]:
    """Place, dose in Gy and fractions of each dose of a sentence; each stretch of it is read once."""
    text = sentence.text
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, float, int | None]] = []
    for pattern, read in _DOSE_READERS:
        for match in pattern.finditer(text):
            if any(match.start() < stop and match.end() > start for start, stop in taken):
                continue
            taken.append(match.span())
            one = None if _NOT_THE_ORDER.search(text[max(match.start() - 30, 0) : match.start()]) else read(match)
            if one is not None:
                found.append((match.start(1), *one))
    return [one for one in found if one[2] is not None or _is_a_total(sentence, one[0])]


def _is_a_total(sentence: Sentence, at: int) -> bool:
    """Whether a dose without fractions beside it is that of the course and not of one fraction."""
    found = _DOSE.match(sentence.text, at)
    if found is None or _gy(found[1], found[2]) <= 12.5 or _NO_TOTAL_LABEL.search(sentence.label):
        return False
    if re.search(r"\btotal\b[^.;\d]*$", sentence.text[max(at - 30, 0) : at], re.IGNORECASE):
        return True
    around = (sentence.text[found.end() : found.end() + 25], sentence.text[max(at - 22, 0) : at])
    return not any(_PER_FRACTION.search(part) for part in around)


def _dose_times_count(match: re.Match[str]) -> tuple[float, int | None]:
    return _gy(match[1], match[2]) * _count(match[3]), _count(match[3])


def _count_times_dose(match: re.Match[str]) -> tuple[float, int | None] | None:
    each = _gy(match[2], match[3])
    return (each * _count(match[1]), _count(match[1])) if each <= 12.5 else None


def _dose_in_count(match: re.Match[str]) -> tuple[float, int | None]:
    dose, count = _gy(match[1], match[2]), _count(match[3])
    return (dose * count if dose < _LEAST_EACH_GY * count else dose), count  # 1.8 Gy per fraction in 30 is each


def _dose_in_bare(match: re.Match[str]) -> tuple[float, int | None]:
    dose, count = _gy(match[1], match[2]), _count(match[3])
    return dose, count if count and 1.0 <= dose / count <= 12.5 else None


def _dose_over_count(match: re.Match[str]) -> tuple[float, int | None] | None:
    """Dose and fractions without units behind the name of a target or of irradiation; None where they fit no course."""
    dose, count = _gy(match[1], ""), int(match[2])
    dose = dose / 100 if dose >= _LEAST_CGY else dose
    return (dose, count) if count and _LEAST_WITHOUT_UNIT <= dose <= _MOST_GY and 1.0 <= dose / count <= 12.5 else None


_LEAST_EACH_GY = 0.5
_LEAST_CGY, _LEAST_WITHOUT_UNIT = 1500.0, 32.0  # less could be the day of a date


def _dose_of_count_times(match: re.Match[str]) -> tuple[float, int | None]:
    """Dose and fractions of: 4500 cGy, 25 x 180; the count only where the product is the dose."""
    dose, count = _gy(match[1], match[2]), int(match[3])
    each = _gy(match[4], match[2])
    return dose, count if abs(count * each - dose) < 0.02 * dose else None


def _dose_alone(match: re.Match[str]) -> tuple[float, int | None]:
    return _gy(match[1], match[2]), None


_DOSE_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[float, int | None] | None]], ...] = (
    (_TIMES, _dose_times_count),
    (_TIMES_BACK, _count_times_dose),
    (_DOSE_IN, _dose_in_count),
    (_COUNT_TIMES_BARE, _dose_of_count_times),
    (_TOTAL_BARE, _dose_over_count),
    (_NAMED_SLASH, _dose_over_count),
    (_IN_BARE, _dose_in_bare),
    (_SLASH, _dose_in_count),
    (_IN_OF, _count_times_dose),
    (_DOSE, _dose_alone),
)


def _merged(found: list[tuple[int, float, int | None]]) -> list[tuple[int, float, int | None]]:
    """Where a sentence gives 50.4 Gy and 1.8 Gy x 28, one dose."""
    counted = [(at, dose, times) for at, dose, times in found if times]
    merged = []
    for at, dose, times in sorted(found):
        if times is None and any(abs(dose - other) < 0.02 * dose for _, other, _ in counted):
            continue
        merged.append((at, dose, times))
    return merged


def _nearest_target(text: str, at: int) -> str:
    names = [(m.start(), m[1]) for m in _TARGET.finditer(text)]
    behind = [
        name
        for start, name in names
        if start > at and re.search(r"\bto\b", text[at:start]) and len(text[at:start]) < 60
    ]
    if behind:
        return behind[0]
    before = [name for start, name in names if start < at]
    return before[-1] if before else (names[0][1] if names else "")


def _targets(
    ordered: Sequence[_Ordered], sentences: Sequence[Sentence], dose: float, sequential: bool
) -> tuple[TargetDose, ...]:
    found: dict[str, TargetDose] = {}
    for one in ordered:
        if one.target and not one.is_total:
            implied = _implied(one.target)
            value = implied if sequential and implied and implied > one.dose_gy else one.dose_gy
            key = one.target.lower()
            if key not in found:
                found[key] = TargetDose(one.target, round(value, 3), one.placed)
    for sentence in sentences:
        for match in _TARGET.finditer(sentence.text):
            implied = _implied(match[1])
            if match[1].lower() not in found and implied and implied <= dose + 0.5:
                found[match[1].lower()] = TargetDose(match[1], implied, sentence.placed)
    if not found:
        bare = next((m[1] for s in sentences for m in _TARGET.finditer(s.text)), "")
        place = next((o.placed for o in ordered), None)
        if place is not None:
            found[""] = TargetDose(bare or "PTV", round(dose, 3), place)
    named = [t for t in found.values() if _implied(t.name)]
    if named and len(found) > len(named):
        doses = {t.dose_gy for t in named}
        return tuple(t for t in found.values() if t in named or t.dose_gy not in doses)
    return tuple(found.values())


def _implied(name: str) -> float | None:
    """The dose in the name of a target: 70 of PTV_70 and of PTV7000."""
    digits = re.search(r"(\d{2,4}(?:\.\d)?)", name)
    if not digits:
        return None
    value = float(digits[1])
    value = value / 100 if value >= 1000 else value / 10 if value >= 150 else value
    return value if 15 <= value <= _MOST_GY else None


def _fraction_count(sentences: Sequence[Sentence]) -> int | None:
    for sentence in sentences:
        found = _COUNT_ONLY.search(sentence.text)
        if found and not re.search(r"after|per week|weekly|first|fraction \d", sentence.text, re.IGNORECASE):
            return _count(found[1] or found[2])
        if re.search(r"fractions?|# ?fx|number of fx", sentence.label, re.IGNORECASE) and not re.search(
            r"dose|per|size", sentence.label, re.IGNORECASE
        ):
            number = re.search(r"\d{1,2}", sentence.text.split(":")[-1])
            if number:
                return int(number.group())
    return None


def _gy(number: str, unit: str) -> float:
    value = float(number.replace(",", "") if re.fullmatch(r"\d{1,2},\d{3}", number) else number.replace(",", "."))
    return value / 100 if unit.lower() in _HUNDREDTHS else value


def _count(text: str) -> int:
    return _WORDS.get(text.lower(), 0) or int(text)
