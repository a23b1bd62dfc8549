"""Results of patient-specific QA: shares of points that pass, measured doses and second calculations against the plan."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.pages.passages import Sentence
from isocenter.chart.results.ratios import pairs_of_units, ratios_of_columns, ratios_of_text
from isocenter.chart.results.required_results import (
    is_a_further_level,
    is_of_a_discarded_plan,
    is_of_another_plan,
    is_required,
    is_supposed,
    names_no_result,
)
from isocenter.chart.results.result_series import results_in_series
from isocenter.chart.results.result_tables import (
    DIFFERENCE_COLUMN,
    column_of_results,
    differences_beside,
    is_a_limit_alone,
    is_turned,
    result_beside_a_limit,
    results_of_a_turned_row,
    results_of_columns,
)
from isocenter.chart.results.result_words import (
    BARE_PASSING,
    BARE_SIGNED,
    CALCULATION,
    CHECK,
    CRITERIA,
    DIRECTION,
    HIGHEST_DEVIATION,
    HIGHEST_OF_CHECK,
    HIGHEST_PASSING,
    MEASUREMENT,
    NUMBER,
    PERCENT,
    PERCENT_SIGN,
    TOLERANCE,
    Evidence,
    VerificationFound,
    criteria_shown,
    evidence_of,
    is_lower,
    measured_at,
)

_NO_RESULT = re.compile(
    r"not calculated|not done|not measured|n/?a\b|pending|repeat planned|to follow|required|temperature|humidity|pressure|output",
    re.IGNORECASE,
)
_OTHER_MEASUREMENT = re.compile(
    r"temperature|humidity|in[ -]?vivo|\bosld?\b|cut-?out|output (?:factor|constancy|check|of the)|daily (?:qa|output)|monthly|annual|commission|leakage|out[ -]of[ -]field|heterogeneity correction|\bweight|\bwt\b|hot ?spot|coverage|density|(?:clinic|department|center|centre|machine|national)(?:'s)? (?:average|mean|median|baseline|norm)\b|(?:last|another|previous|other|different|next) patient|\ball patients|\btest plan|machine qa|(?:morning|machine|linac) output|output \(",
    re.IGNORECASE,
)
_DEVIATES = re.compile(
    r"\bdev\w*|\bdiff\w*|\bdose\b|\b(?:above|below|over|under|off) (?:the )?(?:plan|expect|predict|calc)|agree|discrepan|error|result|delta|Δ|vs\.?\b|versus",
    re.IGNORECASE,
)
_FAILS = re.compile(r"\bfail", re.IGNORECASE)
_LABEL = r"(?:field|beam|bm|arc|rotation|fld|port|portal|stop|seg(?:ment)?|gantry|partial)"
_LIST_LINE = re.compile(
    rf"^\W*(?:{_LABEL}\s*#?\s*\w+|[A-Z]{{1,4}}[-_]?\d{{1,2}}\w{{0,3}}|\d{{1,2}})\b[^.;]{{0,40}}?\s[:=]?\s*(\d{{2,3}}(?:\.\d+)?)\s*(?:pass\w*|ok|fail\w*)?\W*$",
    re.IGNORECASE,
)
_VOID_RUN = re.compile(
    r"\bvoid(?:ed)?\b|\((?:rejected|discarded|invalid|not used)\)|\binvalid run\b|\berror(?:ed)? out\b|\bwrong (?:patient|chart|plan)\b"
    r"|\b(?:entered|filed|charted|posted) in error\b|\b(?:disregard|ignore)\b(?!ed|ing)(?= (?:this|it|row|line|result|value)\b|\W*$)",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:re-?(?:shot|run|done|measured|peat(?:ed)?|test(?:ed)?|irradiated|delivered)|again)\b|->|→", re.IGNORECASE
)


def _is_void(sentence: Sentence) -> bool:
    """Whether a row, or a sentence with one result, says that its run does not count."""
    is_one = sentence.row >= 0 or len(PERCENT.findall(sentence.text)) == 1
    return is_one and _VOID_RUN.search(sentence.text) is not None


def verifications_in(
    sentences: Sequence[Sentence], *, calculation: bool, sure: bool = False
) -> Iterator[VerificationFound]:
    """Results among sentences; `calculation` where the paper checks monitor units and measures nothing.

    `sure` asks for words that name the method, for papers that are of another kind by their title.
    """
    rows: set[int] = set()
    header = ""
    paper = Evidence(check=True) if calculation else Evidence(gamma=not sure)
    lead = paper
    section = None
    heads = _heads_of_columns(sentences)
    for sentence in sentences:
        text = sentence.text
        if sentence.section != section:
            section = sentence.section
            lead = evidence_of(section, sure=sure) or paper
        if sentence.row >= 0:
            if sentence.row in rows:
                continue
            rows.add(sentence.row)
            if (
                sentence.row in heads
                or not re.search(r"\d", text)
                or (
                    not PERCENT.search(text)
                    and not re.search(r"\d\.\d", text)
                    and not any(DIFFERENCE_COLUMN.search(column.name) for column in sentence.columns)
                    and not (sentence.columns and any(pairs_of_units(sentence)))
                )
            ):
                header = text
                lead = evidence_of(text, sure=sure) or lead
                continue
        if sentence.ticked is False or _OTHER_MEASUREMENT.search(text) or _is_void(sentence):
            continue
        results = column_of_results(sentence.columns)
        if results is not None and not is_of_another_plan(text, len(text)):
            one = result_beside_a_limit(sentence, results, lead, sure=sure)
            yield from [one] if one is not None else []
            yield from differences_beside(sentence, results, lead, sure=sure)
            continue
        if sentence.columns and names_no_result(sentence.columns[0].value):
            continue
        if is_turned(sentence.columns):
            yield from results_of_a_turned_row(sentence, lead)
            continue
        pairs = list(pairs_of_units(sentence)) if lead.check or CHECK.search(text) else []
        if (
            not sentence.columns
            and _NO_RESULT.search(text)
            and not pairs
            and not PERCENT.search(_NO_RESULT.sub("", text))
        ):
            continue
        found = (
            list(results_in_series(sentence, lead))
            or list(results_of_columns(sentence, lead, sure=sure))
            or list(_of_text(sentence, header if sentence.row >= 0 else "", lead, sure=sure))
            or (list(_of_units(sentence)) if lead.check else [])
            or list(ratios_of_columns(sentence, lead))
            or pairs
        )
        yield from found
        yield from [] if sentence.columns else ratios_of_text(sentence)
        own = evidence_of(text, sure=sure)
        if own and sentence.row < 0:
            lead = _first_named(text, own)


def _first_named(text: str, own: Evidence) -> Evidence:
    """What a line says of those below it: where it names a check and a point of dose, what it names first."""
    points, check = measured_at(text), CHECK.search(text)
    if not (own.point and own.check and points and check):
        return own
    return own._replace(point=points[0] < check.start(), check=check.start() < points[0])


def _heads_of_columns(sentences: Sequence[Sentence]) -> set[int]:
    """Rows that hold the headings of the columns of a row below them."""
    heads: set[int] = set()
    last: Sentence | None = None
    for sentence in sentences:
        if sentence.row < 0 or (last is not None and sentence.row == last.row):
            continue
        above = last if last is not None and not last.columns else None
        if sentence.columns and above and all(column.name in above.text for column in sentence.columns):
            heads.add(above.row)
        last = sentence
    return heads


def _of_text(sentence: Sentence, header: str, lead: Evidence, *, sure: bool) -> Iterator[VerificationFound]:
    """Results of a sentence or of a row without headings."""
    text = sentence.text
    criteria = list(CRITERIA.finditer(text))
    tolerance = TOLERANCE.search(text)
    mask = text
    for one in criteria:  # such as: points within 3%/2mm: 98.4 %
        if (word := _WITHIN_CRITERIA.search(text, 0, one.start() + 1)) is not None:
            mask = mask[: word.start()] + " " * len(word.group()) + mask[word.end() :]
    for pattern in (CRITERIA, TOLERANCE):
        mask = pattern.sub(lambda m: " " * len(m.group()), mask)
    own = evidence_of(f"{text} {header}", sure=sure)
    evidence = own or (lead if _is_of_a_list(text) else Evidence())
    if lead.gamma and _AGAIN.search(text):
        evidence = evidence._replace(gamma=True)
    if not evidence:
        return
    values = [*PERCENT.finditer(mask), *_of_one_percent_sign(mask)]
    values += _LOWER_END.finditer(mask) if evidence.gamma else ()
    if evidence.gamma and not (evidence.check and not own.gamma):
        values += _bare_passing(mask, values, in_list=not own or own.gamma)
    if evidence.check or lead.check:
        values += [m for m in BARE_SIGNED.finditer(mask) if _DEVIATES.search(text) and not _overlaps(m, values)]
    if not values and header and re.search(r"%|percent|pass", header, re.IGNORECASE):
        values = list(re.finditer(rf"([+\-−–])?\s?({NUMBER})(?=\s*(?:pass|ok|within|$))", mask, re.IGNORECASE))[-1:]
    for found in _results(sorted(values, key=lambda m: m.start(2)), in_row=sentence.row >= 0 and len(criteria) < 2):
        others = [v.span() for v in values if v is not found]
        if (
            is_required(mask, *found.span(), others)
            or is_of_another_plan(text, found.start())
            or is_of_a_discarded_plan(text, found.end())
            or is_a_further_level(text, *found.span(2))
            or (sentence.row < 0 and is_supposed(text, *found.span()))
            or is_a_limit_alone(sentence.columns, found[2])
        ):
            continue
        value = float(found[2].replace(",", "."))
        kind = _kind_of(text, header, found, value, evidence)
        if not kind or (value < HIGHEST_DEVIATION and _FAILS.search(text[found.end() : found.end() + 25])):
            continue
        if sentence.row >= 0 and _is_a_bare_tolerance(found, text):
            continue
        sign = (found[1] or "").strip().lower()
        negative = sign in ("-", "−", "–", "minus") or (
            not sign and value < HIGHEST_DEVIATION and is_lower(text, found.start(), _end_of_its_series(mask, found))
        )
        before = [c for c in criteria if c.start() < found.start(2)] or criteria
        shown = (
            criteria_shown(before[-1])
            if before and value > HIGHEST_DEVIATION
            else (tolerance.group().strip(" ()") if tolerance and value < HIGHEST_DEVIATION else "")
        )
        yield VerificationFound(
            kind,
            _field_behind(text, found.end()) or _field(text, found.start(2)),
            shown,
            -value if negative else value,
            "%",
            sentence.placed,
            0.92 * sentence.placed.sureness,
        )


_BEFORE_ONE_SIGN = re.compile(
    rf"(?<![\w.,])(?<!between )(?<!from )(?:[+\-−–]?\s?\d+\.\d+(?:\s?[,;]\s?(?:and |& )?|\s(?:and|&)\s))+(?=[+\-−–]?\s?\d+\.\d+\s?{PERCENT_SIGN})",
    re.IGNORECASE,
)
_DECIMAL = re.compile(r"([+\-−–])?\s?(?<![\w.])(\d+\.\d+)")


def _of_one_percent_sign(text: str) -> Iterator[re.Match[str]]:
    """The numbers before the one that bears the percent sign of all, such as the first two of: -0.6, +1.1 and 0.2 %."""
    for series in _BEFORE_ONE_SIGN.finditer(text):
        yield from _DECIMAL.finditer(text, series.start(), series.end())


_REST_OF_A_SERIES = re.compile(
    rf"(?:(?:\s?[,;]\s?(?:and |& )?|\s(?:and|&)\s)[+\-−–]?\s?\d+\.\d+)+\s?{PERCENT_SIGN}", re.IGNORECASE
)


def _end_of_its_series(text: str, found: re.Match[str]) -> int:
    """Where the numbers end that share a percent sign with one; where it ends, if it shares none."""
    rest = _REST_OF_A_SERIES.match(text, found.end())
    return found.end() if rest is None else rest.end()


_LOWER_END = re.compile(
    r"\b(?:between|from|rang(?:e|ed|es|ing))\s()([6-9]\d(?:\.\d+)?)(?=\s?(?:to|and|-|–)\s?(?:[6-9]\d|100)(?:\.\d+)?)",
    re.IGNORECASE,
)  # of a range of shares, such as: between 95.2 and 99.0 percent
_WITHIN_CRITERIA = re.compile(r"\b(?:within|inside|meeting|satisfying)\s*\(?$", re.IGNORECASE)
_WHOLE_PERCENT = re.compile(r"[1-9]")
_SAYS_WHICH_WAY = re.compile(
    r"\b(?:high|low|hot|cold|above|below|over|under|dev\w*|diff\w*|off|result|reading|measured)", re.IGNORECASE
)


def _is_a_bare_tolerance(found: re.Match[str], text: str) -> bool:
    """Whether a few whole percent without a sign in a row without headings are a tolerance, as in: Ion chamber | 3 %."""
    return not found[1] and _WHOLE_PERCENT.fullmatch(found[2]) is not None and not _SAYS_WHICH_WAY.search(text)


_PAIR_AND_DEVIATION = re.compile(
    rf"(?<![\w.])(?:(?P<name>\w{{1,6}}):?\s+)?(?P<plan>{NUMBER})(?:\s+|\s*(?:/|\bvs\.?|\bversus|\bagainst)\s*)(?P<check>{NUMBER})(?: MU)?[,;:]?\s+(?P<sign>[+\-−–])?\s?(?P<value>\d{{1,2}}(?:\.\d+)?)(?![\w.])"
)
_FEWEST_UNITS, _ROUNDING = 10.0, 0.11


def _of_units(sentence: Sentence) -> Iterator[VerificationFound]:
    """A planned and a checked number of units with their deviation in %, known as such because the numbers agree."""
    if sentence.label:
        return
    for found in _PAIR_AND_DEVIATION.finditer(sentence.text):
        plan, check, size = (float(found[part].replace(",", ".")) for part in ("plan", "check", "value"))
        value = -size if (found["sign"] or "") in ("-", "−", "–") else size
        if min(plan, check) < _FEWEST_UNITS or (not size and not found["sign"]):
            continue  # equal angles with a zero behind them look like equal units
        ratios = (100 * (check - plan) / plan, 100 * (check - plan) / check, 100 * (plan - check) / check)
        if any(abs(value - ratio) <= _ROUNDING for ratio in ratios):
            placed = sentence.placed.part(found.start(), found.end())
            yield VerificationFound(CALCULATION, found["name"] or "", "", value, "%", placed, 0.9 * placed.sureness)


def _is_of_a_list(text: str) -> bool:
    """Whether a line only names a field and its result, or goes on with what the line before began."""
    return bool(_LIST_LINE.match(text)) or bool(
        re.match(
            rf"\W*(?:{_LABEL}\b|[A-Z]{{1,4}}[-_]?\d{{1,2}}\b|\d{{1,2}}\b|it\b|composite|overall|repeat|(?:deviation|difference|diff|delta)\b|(?:this|present) (?:case|plan|patient)\b|(?:first|second|third|initial|final|next) (?:run|delivery|measurement|attempt|shot|irradiation)\b)",
            text,
            re.IGNORECASE,
        )
        and len(text) < 120
    )


def _results(values: Sequence[re.Match[str]], *, in_row: bool) -> list[re.Match[str]]:
    """The values that are results; of a row without headings the last share and the last difference."""
    if not in_row or _each_has_its_field(values):
        return list(values)
    shares = [m for m in values if float(m[2].replace(",", ".")) >= HIGHEST_DEVIATION]
    return [*shares[-1:], *[m for m in values if m not in shares][-1:]]


_FIELD_BEFORE = re.compile(
    r"(?<![\w.])(?:[A-Z]{1,4}[-_]?\d{1,2}[A-Z]?|(?:arc|field|beam|port) ?\w{1,3})\s*[:=]?\s*$", re.IGNORECASE
)


def _each_has_its_field(values: Sequence[re.Match[str]]) -> bool:
    """Whether the name of another field stands right before each value, such as: CW1 98.0 % CCW2 97.1 %."""
    names = [_FIELD_BEFORE.search(m.string[: m.start()]) for m in values]
    shown = [name.group().strip(" :=").lower() for name in names if name is not None]
    return len(values) > 1 and len(set(shown)) == len(values)


def _kind_of(text: str, header: str, found: re.Match[str], value: float, evidence: Evidence) -> str:
    """What a value is by its size and by the words nearest to it; '' where it is not a result."""
    if value >= HIGHEST_DEVIATION:
        share = value <= HIGHEST_PASSING and evidence.gamma
        checked = evidence.check and not evidence.gamma and value <= HIGHEST_OF_CHECK
        return MEASUREMENT if share else CALCULATION if checked else ""
    near = _nearest(text, found.start(2)) or _nearest(header, len(header))
    if near:
        return near
    if evidence.check and not evidence.point:
        return CALCULATION
    if evidence.point or (evidence.gamma and _DEVIATES.search(text)):
        return MEASUREMENT
    return ""


def _nearest(text: str, at: int) -> str:
    """The kind that the last words before a place name, or else the first words behind it."""
    named = [(at, MEASUREMENT) for at in measured_at(text)]
    named += [(m.start(), CALCULATION) for m in CHECK.finditer(text)]
    before = [pair for pair in named if pair[0] < at]
    return max(before)[1] if before else min(named)[1] if named else ""


def _overlaps(found: re.Match[str], others: Sequence[re.Match[str]]) -> bool:
    return any(v.start() < found.end() and v.end() > found.start() for v in others)


def _bare_passing(mask: str, values: Sequence[re.Match[str]], *, in_list: bool) -> list[re.Match[str]]:
    """Shares that pass without a percent sign of their own, such as the first two of: Arc1 98.9, Arc2 99.3, all 99.0 %."""
    starts = [m.start("again") if m["again"] else m.start(2) for m in BARE_PASSING.finditer(mask)]
    bare = [
        m for at in starts if (m := _NUMBER.match(mask, at)) and 60 <= float(m[2]) <= 100 and not _overlaps(m, values)
    ]
    line = _LIST_LINE.match(mask) if in_list and not bare and not values else None
    if line and 50 <= float(line[1]) <= 100 and "." in line[1]:
        bare = [m for m in [_NUMBER.match(mask, line.start(1))] if m]
    return bare


_NUMBER = re.compile(r"()(\d{2,3}(?:\.\d+)?)")


_IN_BRACKETS_BEHIND = re.compile(rf"\s*[(\[]\s*({_LABEL}\s*#?\s*\w{{1,3}})\s*[)\]]", re.IGNORECASE)


def _field_behind(text: str, start: int) -> str:
    """The field in brackets right behind a result, such as: 97.4 % (arc 2)."""
    found = _IN_BRACKETS_BEHIND.match(text, start)
    return found[1] if found is not None else ""


def _field(text: str, stop: int) -> str:
    before = text[:stop]
    named = list(re.finditer(rf"\b{_LABEL}\s*#?\s*([A-Z0-9_]*\d[A-Z0-9_]*|[A-Z])\b", before, re.IGNORECASE))
    if named:
        return named[-1].group().strip()
    before_colon = re.findall(r"\b([A-Za-z][A-Za-z0-9_]*\d[A-Za-z0-9_]*)\s*:", before)
    if before_colon:
        return str(before_colon[-1])
    labels = re.findall(rf"(?<![\w.])([A-Z]{{1,4}}[-_]?\d{{1,3}}[A-Z]{{0,3}}|{DIRECTION})(?=\s)", before)
    if labels:
        return str(labels[-1])
    first = re.match(r"\s*([A-Za-z0-9_.,/-]+(?: [A-Za-z0-9_]+){0,2}?)(?=\s+[\d(±]|\s{2,}|,)", before)
    word = first[1] if first else ""
    if re.search(r"composite|total|overall|gamma|result", word, re.IGNORECASE):
        return ""
    return word if len(word) <= 30 else ""
