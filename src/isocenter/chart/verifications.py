"""Results of patient-specific QA: shares of points that pass, measured doses and second calculations against the plan."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.passages import Column, Sentence
from isocenter.chart.placed import Placed

_N = r"\d+(?:[.,]\d+)?"
_PCT = r"(?:%|percent\b|per cent\b|pct\b)"
_CRITERIA = re.compile(
    rf"\(?\s*(?<![\w.])({_N})(?:\s?{_PCT}\s?(?:/|,|and|at|-)?|\s?/)\s?(?<![\w.])({_N})\s?(?:mm|millimet(?:er|re)s?)(?:[\s,;]*(global|local|absolute|relative))?(?:[\s,;]*(?:norm\w*))?(?:[\s,;]*(?:thr(?:eshold|\.)?|th|lower threshold|cut-?off)\W{{0,2}}({_N})\s?%?|[\s,;]*{_N}\s?% (?:dose )?(?:low(?:er)? )?(?:threshold|thr\.?|cut-?off))?(?:[\s,;]*(global|local))?\s*\)?"
    rf"|(?<=gamma )\(?({_N})\s?{_PCT}?\s?/\s?({_N})(?!\s?[\d%/])\)?",
    re.IGNORECASE,
)
_TOLERANCE = re.compile(
    rf"(?:±|\+/-|\+-)\s?{_N}\s?{_PCT}|\(?\s*(?:limit|tolerance|tol\.?|action (?:level|limit)|criterion|criteria|allowed|accept(?:ance|able)?|threshold|thr\.?|required?|requires|must be|goal|aim|within|inside|passing? criteri\w+|>=|≥|>|<|≤|at least|above|below|under|over|exceed\w*|beyond|up to|more than|less than|better than|worse than|no more than)\s*(?:is|of|:|level)?\s*(?:±|\+/-|<=?|≤|>=?|≥)?\s*{_N}\s?{_PCT}\s*\)?"
    rf"|{_N}\s?{_PCT}\s*(?:statistic\w*|(?:statistical )?uncertaint\w*|variance|noise|per (?:plan|beam|arc|voxel|calculation)|/\s?mm)|\btoleranc\w+ (?:\w+ ){{1,5}}{_N}\s?{_PCT}"
    rf"|\bTH\s?\d+\b|\bnorm\w*\W{{0,3}}{_N}\s?%|\b[DV]\d+\S*\W{{1,3}}(?:(?:was|is|of|at|came to)\s)?{_N}\s?%|{_N}\s?{_PCT}\s*(?:(?:is )?(?:required|needed|demanded|expected|minimum|min\b)|or (?:better|more|less)|isodose|line|threshold|tolerance|action|limit|confidence|is (?:our|the|required)|of (?:the )?(?:dose|prescri\w+|PTV\w*|volume|rx|maximum|max)\b)",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"([+\-−–]|(?:plus|minus)\s)?\s?(?<![\w.])({_N})\s?{_PCT}", re.IGNORECASE)
_BARE_SIGNED = re.compile(
    rf"(?<![\w.])([+\-−–])\s?(\d{{1,2}}\.\d+)(?!\s?(?:{_PCT}|mm|cm|c?gy|mu\b|deg|°|\d|/))", re.IGNORECASE
)
_LOWER = re.compile(r"\b(?:below|beneath|under\w*|lower|low|less|cold(?:er)?|short|down)\b", re.IGNORECASE)
_HIGHER = re.compile(r"\b(?:above|over\w*|higher|high|more|hot(?:ter)?|up)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[;,.()|]|\band\b|->|→")
_GAMMA = re.compile(
    r"gamma|pass(?:ing|ed|es)?\b|points|array|mapcheck|arccheck|delta ?4|octavius|matrixx|epid|portal dosimetry|film|diode|detector",
    re.IGNORECASE,
)
_GAMMA_SURE = re.compile(r"gamma(?! (?:knife|nail|gt\b|camera|glob|rays?\b))|(?:%|percent) of (?:the |all )?(?:\w+ )?points|pass(?:ing)?[ -]rate|% pass|passing points|points pass|mapcheck|arccheck|octavius|matrixx|portal dosimetry", re.IGNORECASE)  # fmt: skip
_POINT = re.compile(
    r"chamber|(?-i:\bIC\b)|point dose|dose at|pinpoint|farmer|semiflex|tld|measured dose|isocenter dose|\bion\b|ioniz|a1sl|exradin|\bcc0?[14]\b|\bcc13\b|microdiamond|electrometer|\bmeas\w*\b.{0,60}\b(?:calc\w*|plan\w*|predicted|expected|tps|computed)\b|\b(?:calc\w*|plan\w*|predicted|expected|tps)\b.{0,60}\bmeas",
    re.IGNORECASE,
)
_CHECK = re.compile(
    r"\bmus?\b|monitor unit|(?:second(?:ary)?|2nd) (?:\w+ )?(?:check|calc\w*|comput\w*|software|program\w*|system)|check program\w*|calculation point|independent|recalc|re-?comput|check(?:ed)? mu|hand calc|\bunits\b|radcalc|mobius|mu ?check|dosecheck|imsure|clearcalc|muverify",
    re.IGNORECASE,
)
_CHECK_SURE = re.compile(
    r"(?:second(?:ary)?|independent|hand|mu|monitor units?|unit)\W+(?:\w+\W+){0,3}(?:check|calc\w*|verif\w*|recalc\w*|comput\w*|program\w*|mu\b)|recalculat\w+ of (?:the )?(?:mu|monitor)|calculation point|radcalc|mobius|dosecheck|imsure|clearcalc|muverify|2nd calc",
    re.IGNORECASE,
)
_NO_RESULT = re.compile(
    r"not calculated|not done|not measured|n/?a\b|pending|repeat planned|to follow|required|temperature|humidity|pressure|output",
    re.IGNORECASE,
)
_OTHER_MEASUREMENT = re.compile(
    r"temperature|humidity|in[ -]?vivo|\bosld?\b|cut-?out|output (?:factor|constancy|check|of the)|daily (?:qa|output)|monthly|annual|commission|leakage|out[ -]of[ -]field|heterogeneity correction|\bweight|\bwt\b|hot ?spot|coverage|density",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(r"\b(?:will|if|should|must|may|shall|would|whenever|any)\b", re.IGNORECASE)
_DEVIATES = re.compile(
    r"\bdev\w*|\bdiff\w*|\bdose\b|agree|discrepan|error|result|delta|Δ|vs\.?\b|versus", re.IGNORECASE
)
_FAILS = re.compile(r"\bfail", re.IGNORECASE)
_LABEL = r"(?:field|beam|bm|arc|fld|port|portal|stop|seg(?:ment)?|gantry|partial)"
_LIST_LINE = re.compile(
    rf"^\W*(?:{_LABEL}\s*#?\s*\w+|[A-Z]{{1,4}}_?\d{{1,2}}\w{{0,3}}|\d{{1,2}})\b[^.;]{{0,40}}?\s[:=]?\s*(\d{{2,3}}(?:\.\d+)?)\s*(?:pass\w*|ok|fail\w*)?\W*$",
    re.IGNORECASE,
)
_BARE_PASSING = re.compile(
    r"(?:\b(?:[A-Za-z_]*\d+[A-Za-z_]*|composite|total|overall|sum|result)\s+|[:=]\s*)()(\d{2,3}(?:\.\d+)?)(?=\s*(?:[,;.]|$|and\b))"
    r"|(?:\bre-?(?:shot|run|done|measured|peat(?:ed)?|test(?:ed)?|irradiated|delivered)|now|c[ao]mes? (?:to|out at|back)|gave|rose to|->|→)\s*(?:at |to |it |with )?(?P<again>\d{2,3}\.\d+)(?!\d|\s?(?:mm|cm|c?gy|mu|deg|°))",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:re-?(?:shot|run|done|measured|peat(?:ed)?|test(?:ed)?|irradiated|delivered)|again)\b|->|→", re.IGNORECASE
)
_LOWEST_PASSING, _HIGHEST_PASSING = 20.0, 100.5
_HIGHEST_DEVIATION, _HIGHEST_OF_CHECK = 20.0, 60.0
_MEASUREMENT, _CALCULATION = "measurement", "independent_calculation"


class VerificationFound(NamedTuple):
    """A measured or recalculated result with its citation."""

    kind: str
    field: str
    criteria: str
    value: float
    unit: str
    placed: Placed
    sureness: float


class _Evidence(NamedTuple):
    """What words say of the results beside them: shares that pass, doses measured at points, second calculations."""

    gamma: bool = False
    point: bool = False
    check: bool = False

    def __bool__(self) -> bool:
        return self.gamma or self.point or self.check


def _evidence(text: str, *, sure: bool = False) -> _Evidence:
    if sure:
        criteria = _CRITERIA.search(text)
        percent = criteria is not None and re.search(_PCT, criteria.group(), re.IGNORECASE) is not None
        return _Evidence(
            percent or bool(_GAMMA_SURE.search(text)), bool(_POINT.search(text)), bool(_CHECK_SURE.search(text))
        )
    return _Evidence(
        bool(_GAMMA.search(text) or _CRITERIA.search(text)), bool(_POINT.search(text)), bool(_CHECK.search(text))
    )


def verifications_in(
    sentences: Sequence[Sentence], *, calculation: bool, sure: bool = False
) -> Iterator[VerificationFound]:
    """Results among sentences; `calculation` where the paper checks monitor units and measures nothing.

    `sure` asks for words that name the method, for papers that are of another kind by their title.
    """
    rows: set[int] = set()
    header = ""
    paper = _Evidence(check=True) if calculation else _Evidence(gamma=not sure)
    lead = paper
    section = None
    heads = _heads_of_columns(sentences)
    for sentence in sentences:
        text = sentence.text
        if sentence.section != section:
            section = sentence.section
            lead = _evidence(section, sure=sure) or paper
        if sentence.row >= 0:
            if sentence.row in rows:
                continue
            rows.add(sentence.row)
            if (
                sentence.row in heads
                or not re.search(r"\d", text)
                or (
                    not _PERCENT.search(text)
                    and not re.search(r"\d\.\d", text)
                    and not any(_DIFFERENCE_COLUMN.search(column.name) for column in sentence.columns)
                )
            ):
                header = text
                lead = _evidence(text, sure=sure) or lead
                continue
        if sentence.ticked is False or _OTHER_MEASUREMENT.search(text):
            continue
        if not sentence.columns and _NO_RESULT.search(text) and not _PERCENT.search(_NO_RESULT.sub("", text)):
            continue
        found = (
            list(_of_columns(sentence, lead, sure=sure))
            or list(_of_text(sentence, header if sentence.row >= 0 else "", lead, sure=sure))
            or (list(_of_units(sentence)) if lead.check else [])
        )
        yield from found
        own = _evidence(text, sure=sure)
        if own and sentence.row < 0:
            lead = own


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


_FIELD_COLUMN = re.compile(
    r"\b(?:field|beam|bm|fld|arc|port|portal|plan|id|name|site|detector|position|point|no|#)\b|^#$", re.IGNORECASE
)
_PASS_COLUMN = re.compile(r"\bgamma\b|γ|\bpass|% ?pts|points", re.IGNORECASE)
_NOT_PASS_COLUMN = re.compile(
    r"\bmax|\bavg|\baverage|\bmean|criteri|toleranc|threshold|\blimit|required|\bdta\b|total|evaluated|failed|action",
    re.IGNORECASE,
)
_DIFFERENCE_COLUMN = re.compile(
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
_VALUE = re.compile(rf"^\(?([+\-−–])?\s?({_N})\s?{_PCT}?\)?(?:\s|$)")


def _of_columns(sentence: Sentence, lead: _Evidence, *, sure: bool) -> Iterator[VerificationFound]:
    """Results of a table row, by what the headings of its columns say: shares that pass, and differences."""
    names = " | ".join(column.name for column in sentence.columns)
    passing = [c for c in sentence.columns if _is_passing(c)] or _shares_beside_criteria(sentence.columns)
    differing = [
        c
        for c in sentence.columns
        if (_DIFFERENCE_COLUMN.search(c.name) or _is_signed_deviation(c))
        and not _NOT_DIFFERENCE_COLUMN.search(c.name)
        and c not in passing
    ]
    percent = [c for c in differing if "%" in c.name + c.value or re.search("percent", c.name, re.IGNORECASE)]
    differing = percent or [c for c in differing if not _OTHER_UNIT.search(c.name + c.value)]
    if sure and not (_evidence(names, sure=True) or lead):
        return
    field = next((c.value for c in sentence.columns if _FIELD_COLUMN.search(c.name)), "")
    for column in passing:
        value = _signed(column.value)
        if value is not None and _LOWEST_PASSING <= value <= _HIGHEST_PASSING:
            criteria = _CRITERIA.search(column.name) or _CRITERIA.search(sentence.text) or _CRITERIA.search(names)
            yield _found(sentence, _MEASUREMENT, field, criteria, value)
            for again in _repeated(sentence, (*passing, *differing)):
                yield _found(sentence, _MEASUREMENT, field, criteria, again)
    for column in differing:
        value = _signed(column.value)
        kind = _kind_of_difference(column, names, lead, beside_passing=bool(passing))
        if value is not None and kind and abs(value) <= _HIGHEST_OF_CHECK:
            yield _found(sentence, kind, field, None, value)


_SIGNED_PERCENT = re.compile(rf"[+\-−–]\s?{_N}\s?{_PCT}")
_BARE_CRITERIA = re.compile(r"(?<![\d.])[1-5](?:\.\d)?\s?%?\s?/\s?[1-5](?:\.\d)?(?:\s?mm)?(?![\d/.])")


def _is_signed_deviation(column: Column) -> bool:
    """Whether a value with its sign stands below a heading that names only what was checked, such as: 2nd MU, Chamber."""
    named = _CHECK_COLUMN.search(column.name) or _MEASURED_COLUMN.search(column.name)
    return bool(named and (_SIGNED_PERCENT.match(column.value.strip()) or _IN_BRACKETS.search(column.value)))


_IN_BRACKETS = re.compile(rf"\d\s*\(\s*(?P<value>[+\-−–]\s?{_N}\s?{_PCT})\s*\)")  # such as: 139 (-1.4 %)
_SHARE = re.compile(rf"\W{{0,2}}(?:\d{{2}}|100)(?:[.,]\d+)?\s?{_PCT}\W*$")


def _shares_beside_criteria(columns: Sequence[Column]) -> list[Column]:
    """The first column of shares of a row that names the criteria of gamma, such as: 3 %, 2 mm | 97.2 %."""
    if not any(_CRITERIA.search(c.value) or _CRITERIA.search(c.name) or _GAMMA_SURE.search(c.name) for c in columns):
        return []
    shares = [
        c
        for c in columns
        if _SHARE.match(c.value) and not _NOT_PASS_COLUMN.search(c.name) and not _DIFFERENCE_COLUMN.search(c.name)
    ]
    return shares[:1]


def _repeated(sentence: Sentence, results: Sequence[Column]) -> Iterator[float]:
    """Shares that pass of a repeated measurement, from the remarks of a row."""
    for column in sentence.columns:
        if column not in results:
            yield from (float(m["again"]) for m in _BARE_PASSING.finditer(column.value) if m["again"])


def _is_passing(column: Column) -> bool:
    named = _PASS_COLUMN.search(column.name) or _BARE_CRITERIA.search(column.name)
    return bool(named) and not _NOT_PASS_COLUMN.search(column.name)


def _kind_of_difference(column: Column, names: str, lead: _Evidence, *, beside_passing: bool) -> str:
    """Whether a difference is of a measured or of a recalculated value; '' where nothing says so."""
    for text in (column.name, names):
        if re.search(r"\bmu\b|monitor", text, re.IGNORECASE):
            return _CALCULATION
        if _MEASURED_COLUMN.search(text):
            return _MEASUREMENT
        if _CHECK_COLUMN.search(text):
            return _CALCULATION
    if beside_passing:
        return ""
    return _CALCULATION if lead.check and not lead.point else _MEASUREMENT


def _signed(value: str) -> float | None:
    bracketed = _IN_BRACKETS.search(value)
    value = bracketed["value"] if bracketed else value
    found = _VALUE.match(value)
    if found is None:
        return None
    number = float(found[2].replace(",", "."))
    negative = (found[1] or "") in ("-", "−", "–") or (
        not found[1] and number < _HIGHEST_DEVIATION and _is_lower(value, 0, found.end())
    )
    return -number if negative else number


def _found(
    sentence: Sentence, kind: str, field: str, criteria: re.Match[str] | None, value: float
) -> VerificationFound:
    name = (field or (sentence.columns[0].value if sentence.columns else ""))[:40]
    return VerificationFound(
        kind,
        name,
        _criteria(criteria) if criteria else "",
        value,
        "%",
        sentence.placed,
        0.94 * sentence.placed.sureness,
    )


def _of_text(sentence: Sentence, header: str, lead: _Evidence, *, sure: bool) -> Iterator[VerificationFound]:
    """Results of a sentence or of a row without headings."""
    text = sentence.text
    if sentence.row < 0 and _SUPPOSED.search(text):
        return
    criteria = list(_CRITERIA.finditer(text))
    tolerance = _TOLERANCE.search(text)
    mask = text
    for pattern in (_CRITERIA, _TOLERANCE):
        mask = pattern.sub(lambda m: " " * len(m.group()), mask)
    own = _evidence(f"{text} {header}", sure=sure)
    evidence = own or (lead if _is_of_a_list(text) else _Evidence())
    if lead.gamma and _AGAIN.search(text):
        evidence = evidence._replace(gamma=True)
    if not evidence:
        return
    values = list(_PERCENT.finditer(mask))
    if evidence.gamma and not (evidence.check and not own.gamma):
        values += _bare_passing(mask, values, in_list=not own or own.gamma)
    if evidence.check or lead.check:
        values += [m for m in _BARE_SIGNED.finditer(mask) if _DEVIATES.search(text) and not _overlaps(m, values)]
    if not values and header and re.search(r"%|percent|pass", header, re.IGNORECASE):
        values = list(re.finditer(rf"([+\-−–])?\s?({_N})(?=\s*(?:pass|ok|within|$))", mask, re.IGNORECASE))[-1:]
    for found in _results(sorted(values, key=lambda m: m.start(2)), in_row=sentence.row >= 0 and len(criteria) < 2):
        value = float(found[2].replace(",", "."))
        kind = _kind_of(text, header, found, value, evidence)
        if not kind or (value < _HIGHEST_DEVIATION and _FAILS.search(text[found.end() : found.end() + 25])):
            continue
        sign = (found[1] or "").strip().lower()
        negative = sign in ("-", "−", "–", "minus") or (
            not sign and value < _HIGHEST_DEVIATION and _is_lower(text, found.start(), found.end())
        )
        before = [c for c in criteria if c.start() < found.start(2)] or criteria
        shown = (
            _criteria(before[-1])
            if before and value > _HIGHEST_DEVIATION
            else (tolerance.group().strip(" ()") if tolerance and value < _HIGHEST_DEVIATION else "")
        )
        yield VerificationFound(
            kind,
            _field(text, found.start(2)),
            shown,
            -value if negative else value,
            "%",
            sentence.placed,
            0.92 * sentence.placed.sureness,
        )


_PAIR_AND_DEVIATION = re.compile(
    rf"(?<![\w.])(?:(?P<name>\w{{1,6}})\s+)?(?P<plan>{_N})\s+(?P<check>{_N})\s+(?P<sign>[+\-−–])?(?P<value>\d{{1,2}}(?:\.\d+)?)(?![\w.])"
)
_FEWEST_UNITS, _ROUNDING = 10.0, 0.11


def _of_units(sentence: Sentence) -> Iterator[VerificationFound]:
    """A planned and a checked number of units with their deviation in %, known as such because the numbers agree."""
    if sentence.columns or sentence.label:
        return
    for found in _PAIR_AND_DEVIATION.finditer(sentence.text):
        plan, check, size = (float(found[part].replace(",", ".")) for part in ("plan", "check", "value"))
        value = -size if (found["sign"] or "") in ("-", "−", "–") else size
        if min(plan, check) < _FEWEST_UNITS or (not size and not found["sign"]):
            continue  # equal angles with a zero behind them look like equal units
        ratios = (100 * (check - plan) / plan, 100 * (check - plan) / check, 100 * (plan - check) / check)
        if any(abs(value - ratio) <= _ROUNDING for ratio in ratios):
            placed = sentence.placed.part(found.start(), found.end())
            yield VerificationFound(_CALCULATION, found["name"] or "", "", value, "%", placed, 0.9 * placed.sureness)


def _is_of_a_list(text: str) -> bool:
    """Whether a line only names a field and its result, or goes on with what the line before began."""
    return bool(_LIST_LINE.match(text)) or bool(
        re.match(
            rf"\W*(?:{_LABEL}\b|[A-Z]{{1,4}}_?\d{{1,2}}\b|\d{{1,2}}\b|it\b|composite|overall|repeat|(?:first|second|third|initial|final|next) (?:run|delivery|measurement|attempt|shot|irradiation)\b)",
            text,
            re.IGNORECASE,
        )
        and len(text) < 120
    )


def _results(values: Sequence[re.Match[str]], *, in_row: bool) -> list[re.Match[str]]:
    """The values that are results; of a row without headings the last share and the last difference."""
    if not in_row:
        return list(values)
    shares = [m for m in values if float(m[2].replace(",", ".")) >= _HIGHEST_DEVIATION]
    return [*shares[-1:], *[m for m in values if m not in shares][-1:]]


def _kind_of(text: str, header: str, found: re.Match[str], value: float, evidence: _Evidence) -> str:
    """What a value is by its size and by the words nearest to it; '' where it is not a result."""
    if value >= _HIGHEST_DEVIATION:
        share = value <= _HIGHEST_PASSING and evidence.gamma
        checked = evidence.check and not evidence.gamma and value <= _HIGHEST_OF_CHECK
        return _MEASUREMENT if share else _CALCULATION if checked else ""
    near = _nearest(text, found.start(2)) or _nearest(header, len(header))
    if near:
        return near
    if evidence.check and not evidence.point:
        return _CALCULATION
    if evidence.point or (evidence.gamma and _DEVIATES.search(text)):
        return _MEASUREMENT
    return ""


def _nearest(text: str, at: int) -> str:
    """The kind that the last words before a place name, or else the first words behind it."""
    named = [(m.start(), _MEASUREMENT) for m in _POINT.finditer(text)]
    named += [(m.start(), _CALCULATION) for m in _CHECK.finditer(text)]
    before = [pair for pair in named if pair[0] < at]
    return max(before)[1] if before else min(named)[1] if named else ""


def _is_lower(text: str, start: int, stop: int) -> bool:
    """Whether words right behind a value, or right before it, say that it is lower than planned."""
    end = _CLAUSE_END.search(text, stop)
    behind = text[stop : min(end.start() if end else len(text), stop + 45)]
    lower, higher = _LOWER.search(behind), _HIGHER.search(behind)
    if lower is not None:
        return higher is None or lower.start() < higher.start()
    if higher is not None:
        return False
    return bool(
        re.search(
            r"\b(?:low|lower|below|under\w*|short|cold|down)\b(?: \w+){0,2}\s*$", text[max(start - 30, 0) : start]
        )
    )


def _overlaps(found: re.Match[str], others: Sequence[re.Match[str]]) -> bool:
    return any(v.start() < found.end() and v.end() > found.start() for v in others)


def _bare_passing(mask: str, values: Sequence[re.Match[str]], *, in_list: bool) -> list[re.Match[str]]:
    """Shares that pass without a percent sign of their own, such as the first two of: Arc1 98.9, Arc2 99.3, all 99.0 %."""
    starts = [m.start("again") if m["again"] else m.start(2) for m in _BARE_PASSING.finditer(mask)]
    bare = [
        m for at in starts if (m := _NUMBER.match(mask, at)) and 60 <= float(m[2]) <= 100 and not _overlaps(m, values)
    ]
    line = _LIST_LINE.match(mask) if in_list and not bare and not values else None
    if line and 50 <= float(line[1]) <= 100 and "." in line[1]:
        bare = [m for m in [_NUMBER.match(mask, line.start(1))] if m]
    return bare


_NUMBER = re.compile(r"()(\d{2,3}(?:\.\d+)?)")


def _criteria(found: re.Match[str]) -> str:
    norm = found[3] or found[5]
    shown = f"{found[1] or found[6]} %/{found[2] or found[7]} mm" + (f" {norm.lower()}" if norm else "")
    return shown + (f", threshold {found[4]} %" if found[4] else "")


def _field(text: str, stop: int) -> str:
    before = text[:stop]
    named = list(re.finditer(rf"\b{_LABEL}\s*#?\s*([A-Z0-9_]*\d[A-Z0-9_]*|[A-Z])\b", before, re.IGNORECASE))
    if named:
        return named[-1].group().strip()
    before_colon = re.findall(r"\b([A-Za-z][A-Za-z0-9_]*\d[A-Za-z0-9_]*)\s*:", before)
    if before_colon:
        return str(before_colon[-1])
    labels = re.findall(r"(?<![\w.])([A-Z]{1,4}_?\d{1,3}[A-Z]{0,3})(?=\s)", before)
    if labels:
        return str(labels[-1])
    first = re.match(r"\s*([A-Za-z0-9_.,/-]+(?: [A-Za-z0-9_]+){0,2}?)(?=\s+[\d(±]|\s{2,}|,)", before)
    word = first[1] if first else ""
    if re.search(r"composite|total|overall|gamma|result", word, re.IGNORECASE):
        return ""
    return word if len(word) <= 30 else ""
