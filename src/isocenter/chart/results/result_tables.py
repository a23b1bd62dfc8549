"""Results of QA in table rows, by the headings of their columns: shares that pass, and differences."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.table_heads import COLUMN_OF_FIELDS, Column
from isocenter.chart.results.result_words import (
    BARE_PASSING,
    CALCULATION,
    CRITERIA,
    GAMMA_SURE,
    HIGHEST_DEVIATION,
    HIGHEST_OF_CHECK,
    HIGHEST_PASSING,
    LOWEST_PASSING,
    MEASUREMENT,
    NUMBER,
    PERCENT_SIGN,
    Evidence,
    VerificationFound,
    criteria_shown,
    evidence_of,
    is_lower,
)

_FIELD_COLUMN = re.compile(
    r"\b(?:field|beam|bm|fld|arc|rotation|port|portal|plan|id|name|site|detector|position|point|no|#)\b|^#$",
    re.IGNORECASE,
)
_PASS_COLUMN = re.compile(r"\bgamma\b|γ|\bpass|% ?pts|points", re.IGNORECASE)
_NOT_PASS_COLUMN = re.compile(
    r"\bmax|\bavg|\baverage|\bmean|criteri|toleranc|threshold|\blimit|required|\bdta\b|total|evaluated|failed|action|level|\bmin(?:imum)?\b|needed|"
    r"pass\w* (?:at|from|above|over|if|when|needs?|mark|line|score|bar)\b|\bto pass\b|\bgoal\b|\baim\b",
    re.IGNORECASE,
)
DIFFERENCE_COLUMN = re.compile(
    r"\bdiff|\bdev|delta|Δ|variation|agreement|error|% ?off|discrep|meas\w*\s?/\s?(?:plan|calc)|^\W*(?:%|pct|percent|per cent)\W*$",
    re.IGNORECASE,
)
_NOT_DIFFERENCE_COLUMN = re.compile(r"toleranc|limit|action|allowed|criteri", re.IGNORECASE)
_OTHER_UNIT = re.compile(r"\bc?gy\b|\bmu\)|\(mu\b|\bmm\b|\bcm\b", re.IGNORECASE)
_CHECK_COLUMN = re.compile(
    r"\bmu\b|monitor|check|\bchk|second|2nd|indep|recalc|radcalc|mobius|muc\w*|calc\b|\bhand\b|program|computer",
    re.IGNORECASE,
)
_MEASURED_COLUMN = re.compile(
    r"\bmeas|chamber|\bion\b|reading|\bread\b|point dose|iso(?:center)? dose|\babs(?:olute|\.)? dose", re.IGNORECASE
)
_VALUE = re.compile(rf"^\(?([+\-−–])?\s?({NUMBER})\s?{PERCENT_SIGN}?\)?[*†‡]?(?:\s(?!/)|$)")


def results_of_columns(sentence: Sentence, lead: Evidence, *, sure: bool) -> Iterator[VerificationFound]:
    """Results of a table row, by what the headings of its columns say: shares that pass, and differences."""
    heads = [at for at, column in enumerate(sentence.columns) if column.name == sentence.columns[0].name]
    if len(heads) > 1:  # tables side by side
        for start, stop in pairwise([*heads, len(sentence.columns)]):
            yield from results_of_columns(sentence._replace(columns=sentence.columns[start:stop]), lead, sure=sure)
        return
    names = " | ".join(column.name for column in sentence.columns)
    passing = [c for c in sentence.columns if _is_passing(c)] or _shares_beside_criteria(sentence.columns)
    differing = [
        c
        for c in sentence.columns
        if (DIFFERENCE_COLUMN.search(c.name) or _is_signed_deviation(c))
        and not _NOT_DIFFERENCE_COLUMN.search(c.name)
        and c not in passing
    ]
    percent = [c for c in differing if "%" in c.name + c.value or re.search("percent", c.name, re.IGNORECASE)]
    differing = percent or [c for c in differing if not _OTHER_UNIT.search(c.name + c.value)]
    if sure and not (evidence_of(names, sure=True) or lead):
        return
    field = next(
        (c.value for c in sentence.columns if _FIELD_COLUMN.search(c.name) and not _holds_numbers_of_a_plan(c)), ""
    )
    for column in passing:
        value = _signed(column.value)
        if value is not None and LOWEST_PASSING <= value <= HIGHEST_PASSING:
            criteria = CRITERIA.search(column.name) or CRITERIA.search(sentence.text) or CRITERIA.search(names)
            yield _found(sentence, MEASUREMENT, field, criteria, value)
            for again in _repeated(sentence, (*passing, *differing)):
                yield _found(sentence, MEASUREMENT, field, criteria, again)
    for column in differing:
        value = _signed(column.value)
        kind = _kind_of_difference(column, names, lead, beside_passing=bool(passing))
        if value is not None and kind and abs(value) <= HIGHEST_OF_CHECK:
            yield _found(sentence, kind, field, None, value)


def _holds_numbers_of_a_plan(column: Column) -> bool:
    """Whether a column of numbers, such as MU plan, holds no name of a field."""
    return _CHECK_COLUMN.search(column.name) is not None and _VALUE.match(column.value) is not None


_SMALLEST_TURNED = 3  # columns of a table in which each field has one


def is_turned(columns: Sequence[Column]) -> bool:
    """Whether a row gives one value for each field: fields head the columns, and its first cell says what it holds."""
    if len(columns) < _SMALLEST_TURNED:
        return False
    if not columns[0].name.strip() and all(_NAMED_FIELD.fullmatch(column.name) for column in columns[1:]):
        return True
    if not COLUMN_OF_FIELDS.fullmatch(columns[0].name):
        return False
    if all(_NUMBERED_FIELD.fullmatch(column.name) for column in columns[1:]):
        return True
    named = (_PASS_COLUMN, DIFFERENCE_COLUMN, _CHECK_COLUMN, _MEASURED_COLUMN, _PLANNED_ROW)
    return any(word.search(columns[0].value) for word in named)


_NUMBERED_FIELD = re.compile(r"(?:[A-Za-z]{1,6}[-_ ]?)?\d{1,3}[A-Za-z]{0,3}")
_NAMED_FIELD = re.compile(r"\W*(?:arc|beam|field|port|portal)\W{0,2}\w{1,3}\W*", re.IGNORECASE)
_PLANNED_ROW = re.compile(r"\bplan\w*|\bmus?\b|\bunits\b", re.IGNORECASE)


def results_of_a_turned_row(sentence: Sentence, lead: Evidence) -> Iterator[VerificationFound]:
    """Results of a row with one value for each field; rows of planned and checked numbers give none."""
    first, *fields = sentence.columns
    said = Column(first.value, "")
    if _is_passing(said) or CRITERIA.search(first.value):
        criteria = CRITERIA.search(first.value)
        for column in fields:
            value = _signed(column.value)
            if value is not None and LOWEST_PASSING <= value <= HIGHEST_PASSING:
                yield _found(sentence, MEASUREMENT, column.name, criteria, value)
        return
    if _NOT_DIFFERENCE_COLUMN.search(first.value):
        return
    differs = DIFFERENCE_COLUMN.search(first.value)
    for column in fields:
        value = _signed(column.value)
        if value is None or abs(value) > HIGHEST_OF_CHECK or _OTHER_UNIT.search(first.value + column.value):
            continue
        if differs or _SIGNED_PERCENT.match(column.value) or _IN_BRACKETS.search(column.value):
            kind = _kind_of_difference(said, "", lead, beside_passing=not (lead.check or lead.point))
            if kind:
                yield _found(sentence, kind, column.name, None, value)


_LIMIT_COLUMN = re.compile(
    r"\b(?:limits?|band|rules?|action|toleranc\w*|criteri\w+|require\w*|allowed|bounds?|threshold|goal|specification|accept\w*)\b",
    re.IGNORECASE,
)
_RESULT_COLUMN = re.compile(
    r"\b(?:found|results?|readings?|values?|obtained|outcome|observed|got|measured|actual|achieved)\b", re.IGNORECASE
)


def is_a_limit_alone(columns: Sequence[Column], number: str) -> bool:
    """Whether a number of a row lies under headings of limits and under no other, as where the result was left out."""
    under = [c.name for c in columns if number in re.findall(NUMBER, c.value)]
    may_hold_results = (_RESULT_COLUMN, _PASS_COLUMN, _BARE_CRITERIA, CRITERIA)
    return bool(under) and all(
        _LIMIT_COLUMN.search(name) and not any(word.search(name) for word in may_hold_results) for name in under
    )


_NAMES_A_FIELD = re.compile(
    r"\W*(?:(?:field|beam|bm|fld|arc|rotation|port|portal|composite|sum|total|all|whole|overall|plan)\b|[A-Z]{1,4}[-_ ]?\d|\d)",
    re.IGNORECASE,
)


_VERDICT = re.compile(
    r"\W*(?:pass(?:ed|es)?|fail(?:ed|s)?|ok(?:ay)?|yes|no|met|not met|within|accept(?:ed|able)?|good)\W*", re.IGNORECASE
)


def column_of_results(columns: Sequence[Column]) -> Column | None:
    """The one column of results in a table that has the limit of each beside it; None elsewhere."""
    if not any(_LIMIT_COLUMN.search(c.name) for c in columns[1:]):
        return None
    found = [
        c
        for c in columns[1:]
        if _RESULT_COLUMN.search(c.name) and not _LIMIT_COLUMN.search(c.name) and not _VERDICT.fullmatch(c.value)
    ]
    return found[0] if len(found) == 1 else None


def differences_beside(
    sentence: Sentence, result: Column, lead: Evidence, *, sure: bool
) -> Iterator[VerificationFound]:
    """What the columns of differences say beside the one of results, such as: 2nd calculation."""
    named = (DIFFERENCE_COLUMN, _CHECK_COLUMN, _MEASURED_COLUMN)
    beside = [c for c in sentence.columns[1:] if c is not result and any(word.search(c.name) for word in named)]
    columns = (sentence.columns[0], *(c for c in beside if not _LIMIT_COLUMN.search(c.name)))
    yield from results_of_columns(sentence._replace(columns=columns), lead, sure=sure)


def result_beside_a_limit(
    sentence: Sentence, result: Column, lead: Evidence, *, sure: bool
) -> VerificationFound | None:
    """What a row says was found, of the test that its other cells name; None where they name none, or nothing is found."""
    value = _signed(result.value)
    beside = " ".join(c.value for c in sentence.columns if c is not result)
    if value is None or "%" not in result.value + result.name + beside or _OTHER_UNIT.search(result.value):
        return None
    own = evidence_of(beside, sure=sure)
    criteria = CRITERIA.search(beside)
    field = sentence.columns[0].value
    if value >= HIGHEST_DEVIATION:
        passes = own.gamma or (lead.gamma and not own and _NAMES_A_FIELD.match(field) is not None)
        passes = passes and LOWEST_PASSING <= value <= HIGHEST_PASSING
        return _found(sentence, MEASUREMENT, field, criteria, value) if passes else None
    kind = MEASUREMENT if own.point or (own.gamma and not own.check) else CALCULATION if own.check else ""
    if not kind and not own and lead.point != lead.check:
        kind = MEASUREMENT if lead.point else CALCULATION
    return _found(sentence, kind, field, None, value) if kind else None


_SIGNED_PERCENT = re.compile(rf"[+\-−–]\s?{NUMBER}\s?{PERCENT_SIGN}")
_BARE_CRITERIA = re.compile(r"(?<![\d.])[1-5](?:\.\d)?\s?%?\s?/\s?[1-5](?:\.\d)?(?:\s?mm)?(?![\d/.])")


def _is_signed_deviation(column: Column) -> bool:
    """Whether a value with its sign stands below a heading that names only what was checked, such as: 2nd MU, Chamber."""
    named = _CHECK_COLUMN.search(column.name) or _MEASURED_COLUMN.search(column.name)
    return bool(named and (_SIGNED_PERCENT.match(column.value.strip()) or _IN_BRACKETS.search(column.value)))


_IN_BRACKETS = re.compile(rf"\d\s*\(\s*(?P<value>[+\-−–]\s?{NUMBER}\s?{PERCENT_SIGN})\s*\)")  # such as: 139 (-1.4 %)
_SHARE = re.compile(rf"\W{{0,2}}(?:\d{{2}}|100)(?:[.,]\d+)?\s?{PERCENT_SIGN}\W*$")


def _shares_beside_criteria(columns: Sequence[Column]) -> list[Column]:
    """The first column of shares of a row that names the criteria of gamma, such as: 3 %, 2 mm | 97.2 %."""
    if not any(CRITERIA.search(c.value) or CRITERIA.search(c.name) or GAMMA_SURE.search(c.name) for c in columns):
        return []
    shares = [
        c
        for c in columns
        if _SHARE.match(c.value) and not _NOT_PASS_COLUMN.search(c.name) and not DIFFERENCE_COLUMN.search(c.name)
    ]
    return shares[:1]


def _repeated(sentence: Sentence, results: Sequence[Column]) -> Iterator[float]:
    """Shares that pass of a repeated measurement, from the remarks of a row."""
    for column in sentence.columns:
        if column not in results:
            yield from (float(m["again"]) for m in BARE_PASSING.finditer(column.value) if m["again"])


def _is_passing(column: Column) -> bool:
    named = _PASS_COLUMN.search(column.name) or _BARE_CRITERIA.search(column.name)
    return bool(named) and not _NOT_PASS_COLUMN.search(column.name)


def _kind_of_difference(column: Column, names: str, lead: Evidence, *, beside_passing: bool) -> str:
    """Whether a difference is of a measured or of a recalculated value; '' where nothing says so."""
    for text in (column.name, names):
        if re.search(r"\bmu\b|monitor", text, re.IGNORECASE):
            return CALCULATION
        if _MEASURED_COLUMN.search(text):
            return MEASUREMENT
        if _CHECK_COLUMN.search(text):
            return CALCULATION
    if beside_passing:
        return ""
    return CALCULATION if lead.check and not lead.point else MEASUREMENT


def _signed(value: str) -> float | None:
    bracketed = _IN_BRACKETS.search(value)
    value = bracketed["value"] if bracketed else value
    found = _VALUE.match(value)
    if found is None:
        return None
    number = float(found[2].replace(",", "."))
    negative = (found[1] or "") in ("-", "−", "–") or (
        not found[1] and number < HIGHEST_DEVIATION and is_lower(value, 0, found.end())
    )
    return -number if negative else number


def _found(
    sentence: Sentence, kind: str, field: str, criteria: re.Match[str] | None, value: float
) -> VerificationFound:
    first = sentence.columns[0] if sentence.columns else None
    name = (field or (first.value if first is not None and not _holds_numbers_of_a_plan(first) else ""))[:40]
    return VerificationFound(
        kind,
        name,
        criteria_shown(criteria) if criteria else "",
        value,
        "%",
        sentence.placed,
        0.94 * sentence.placed.sureness,
    )
