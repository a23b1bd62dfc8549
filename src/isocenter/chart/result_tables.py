"""Results of QA in table rows, by the headings of their columns: shares that pass, and differences."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.passages import Column, Sentence
from isocenter.chart.result_words import (
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
    r"\b(?:field|beam|bm|fld|arc|port|portal|plan|id|name|site|detector|position|point|no|#)\b|^#$", re.IGNORECASE
)
_PASS_COLUMN = re.compile(r"\bgamma\b|γ|\bpass|% ?pts|points", re.IGNORECASE)
_NOT_PASS_COLUMN = re.compile(
    r"\bmax|\bavg|\baverage|\bmean|criteri|toleranc|threshold|\blimit|required|\bdta\b|total|evaluated|failed|action|level",
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
_VALUE = re.compile(rf"^\(?([+\-−–])?\s?({NUMBER})\s?{PERCENT_SIGN}?\)?(?:\s(?!/)|$)")


def results_of_columns(sentence: Sentence, lead: Evidence, *, sure: bool) -> Iterator[VerificationFound]:
    """Results of a table row, by what the headings of its columns say: shares that pass, and differences."""
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
    field = next((c.value for c in sentence.columns if _FIELD_COLUMN.search(c.name)), "")
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
    name = (field or (sentence.columns[0].value if sentence.columns else ""))[:40]
    return VerificationFound(
        kind,
        name,
        criteria_shown(criteria) if criteria else "",
        value,
        "%",
        sentence.placed,
        0.94 * sentence.placed.sureness,
    )
