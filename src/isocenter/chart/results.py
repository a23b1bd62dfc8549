"""Results that charts report: measured and recalculated doses, image-guided set-ups, earlier courses, diagnoses."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from math import sqrt
from typing import NamedTuple

from isocenter.chart.dates import dates_in
from isocenter.chart.passages import Placed, Sentence
from isocenter.chart.people import people_in, role_of

_N = r"\d+(?:[.,]\d+)?"
_CRITERIA = re.compile(
    rf"\(?\s*({_N})\s?%?\s?(?:/|,|and)\s?({_N})\s?mm(?:[\s,;]*(global|local|absolute|relative))?(?:[\s,;]*(?:norm\w*))?(?:[\s,;]*(?:thr(?:eshold|\.)?|th|lower threshold|cut-?off)\W{{0,2}}({_N})\s?%|[\s,;]*{_N}\s?% (?:dose )?(?:low(?:er)? )?(?:threshold|thr\.?|cut-?off))?(?:[\s,;]*(global|local))?\s*\)?",
    re.IGNORECASE,
)
_TOLERANCE = re.compile(
    rf"(?:±|\+/-|\+-)\s?{_N}\s?%|\(?\s*(?:limit|tolerance|tol\.?|action level|criterion|criteria|allowed|accept(?:ance|able)?|threshold|thr\.?|required?|requires|must be|goal|within|pass(?:ing)? criteri\w+|>=|≥|>|<|≤|at least)\s*(?:is|of|:|level)?\s*(?:±|\+/-|<=?|≤|>=?|≥)?\s*{_N}\s?%\s*\)?",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"([+\-−–]|(?:plus|minus)\s)?\s?({_N})\s?(?:%|percent|per cent)", re.IGNORECASE)
_LOWER = re.compile(r"\b(?:below|under|lower|low|less|cold)\b", re.IGNORECASE)
_GAMMA = re.compile(
    r"gamma|pass(?:ing|ed)?\b|points|array|mapcheck|arccheck|delta ?4|octavius|matrixx|epid|portal dosimetry|film|diode",
    re.IGNORECASE,
)
_POINT = re.compile(
    r"chamber|point dose|dose at|pinpoint|farmer|semiflex|tld|measured dose|isocenter dose|\bion\b|ioniz|a1sl|exradin|\bcc0?[14]\b|\bcc13\b|microdiamond|electrometer|\bmeas\w*\b.{0,60}\b(?:calc\w*|plan\w*|predicted|expected|tps|computed)\b|\b(?:calc\w*|plan\w*|predicted|expected|tps)\b.{0,60}\bmeas",
    re.IGNORECASE,
)
_NO_RESULT = re.compile(
    r"not calculated|not done|not measured|n/?a\b|pending|repeat planned|to follow|required|temperature|humidity|pressure|output",
    re.IGNORECASE,
)
_MU = re.compile(
    r"\bmu\b|monitor unit|second(?:ary)? check|independent|recalc|check(?:ed)? mu|hand calc", re.IGNORECASE
)


class VerificationFound(NamedTuple):
    """A measured or recalculated result with its citation."""

    kind: str
    field: str
    criteria: str
    value: float
    unit: str
    placed: Placed
    sureness: float


_FIELD_COLUMN = re.compile(
    r"\b(?:field|beam|arc|port|portal|plan|id|name|site|detector|position|point|no|#)\b|^#$", re.IGNORECASE
)
_PASS_COLUMN = re.compile(r"\bgamma\b|\bpass|% ?pts|points", re.IGNORECASE)
_NOT_PASS_COLUMN = re.compile(
    r"\bmax|\bavg|\baverage|\bmean|criteri|toleranc|threshold|\blimit|required|\bdta\b|total|evaluated|failed",
    re.IGNORECASE,
)
_DIFFERENCE_COLUMN = re.compile(r"\bdiff|\bdev|delta|Δ|variation|agreement|error", re.IGNORECASE)
_CHECK_COLUMN = re.compile(r"\bmu\b|monitor|check|second|indep|recalc|radcalc|mobius|muc\w*|calc\b", re.IGNORECASE)
_VALUE = re.compile(rf"^([+\-−–])?\s?({_N})\s?%?(?:\s|$)")


def _results_by_column(sentence: Sentence, calculation: bool) -> Iterator[VerificationFound]:
    """Results of a table row, by what the headings of its columns say: the share that passes, or the difference."""
    names = " ".join(column.name for column in sentence.columns)
    passing = [c for c in sentence.columns if _PASS_COLUMN.search(c.name) and not _NOT_PASS_COLUMN.search(c.name)]
    differing = [
        c
        for c in sentence.columns
        if _DIFFERENCE_COLUMN.search(c.name) and not re.search(r"toleranc|limit|action", c.name, re.IGNORECASE)
    ]
    percent = [c for c in differing if "%" in c.name + c.value or re.search("percent", c.name, re.IGNORECASE)]
    chosen = (passing or percent or differing)[:1]
    for column in chosen:
        found = _VALUE.match(column.value)
        if found is None:
            continue
        value = float(found[2].replace(",", "."))
        is_passing = bool(passing)
        if value > 100.5 or (is_passing and value < 20) or (not is_passing and value > 60):
            continue
        criteria = _CRITERIA.search(sentence.text) or _CRITERIA.search(names)
        checked = not is_passing and (calculation or bool(_CHECK_COLUMN.search(names)))
        negative = (found[1] or "") in ("-", "−", "–")
        yield VerificationFound(
            "independent_calculation" if checked else "measurement",
            next((c.value for c in sentence.columns if _FIELD_COLUMN.search(c.name)), sentence.columns[0].value)[:40],
            _criteria(criteria) if criteria and is_passing else "",
            -value if negative else value,
            "%",
            sentence.placed,
            0.94 * sentence.placed.sureness,
        )


def verifications_in(sentences: Sequence[Sentence], *, calculation: bool) -> Iterator[VerificationFound]:
    """Results among sentences; `calculation` where the paper checks monitor units and measures nothing."""
    rows: set[int] = set()
    header = ""
    section_calculation = calculation
    for sentence in sentences:
        text = sentence.text
        if sentence.section:
            section_calculation = calculation or bool(_MU.search(sentence.section))
        if sentence.row >= 0:
            if sentence.row in rows:
                continue
            rows.add(sentence.row)
            if not re.search(r"\d", text) or (not _PERCENT.search(text) and not re.search(r"\d\.\d", text)):
                header = text
                continue
        if _NO_RESULT.search(text) and not _PERCENT.search(_NO_RESULT.sub("", text)):
            continue
        if re.search(r"temperature|humidity", text, re.IGNORECASE) or sentence.ticked is False:
            continue
        by_column = list(_results_by_column(sentence, section_calculation))
        if by_column:
            yield from by_column
            continue
        yield from _results(sentence, header if sentence.row >= 0 else "", section_calculation)


def _results(sentence: Sentence, header: str, calculation: bool) -> Iterator[VerificationFound]:
    text = sentence.text
    criteria = _CRITERIA.search(text)
    tolerance = _TOLERANCE.search(text)
    mask = text
    for pattern in (_CRITERIA, _TOLERANCE):
        mask = pattern.sub(lambda m: " " * len(m.group()), mask)
    values = list(_PERCENT.finditer(mask))
    checks = _MU.search(text) or _MU.search(header)
    two_units = len(re.findall(rf"(?<![\w.]){_N}(?![\w.%])", mask)) >= 2
    is_check = bool(
        (calculation and (checks or two_units or re.search(r"dev|diff|differ", header + text, re.IGNORECASE)))
        or (checks and two_units)
    )
    is_measured = bool(_GAMMA.search(text + " " + header) or _POINT.search(text + " " + header) or criteria)
    if not values and header and re.search(r"%|percent|pass", header, re.IGNORECASE):
        values = list(re.finditer(rf"([+\-−–])?\s?({_N})(?=\s*(?:pass|ok|within|$))", mask, re.IGNORECASE))[-1:]
    if sentence.row < 0 and is_measured and not is_check and _GAMMA.search(text):
        values = sorted([*values, *_bare_passing(mask, values)], key=lambda m: m.start())
    if not values or not (is_check or is_measured):
        return
    if sentence.row < 0 and re.search(r"\b(?:will|if|should|must|may)\b", text, re.IGNORECASE):
        return
    several = sentence.row < 0 or len(_CRITERIA.findall(text)) > 1
    for found in values if several else values[-1:]:
        value = float(found[2].replace(",", "."))
        if value > 100.5 or (is_check and value > 60):
            continue
        sign = (found[1] or "").strip().lower()
        negative = sign in ("-", "−", "–", "minus") or (
            not is_check and value < 20 and bool(_LOWER.search(text[found.end() : found.end() + 30]))
        )
        if is_check and not negative and _LOWER.search(text[found.end() : found.end() + 20]):
            negative = True
        if value > 20 and not _GAMMA.search(text + header) and not criteria:
            continue
        shown = (
            _criteria(criteria) if criteria and value > 20 else (tolerance.group().strip(" ()") if tolerance else "")
        )
        kind = "independent_calculation" if is_check and not (criteria and value > 20) else "measurement"
        yield VerificationFound(
            kind,
            _field(text, found.start(2)),
            shown,
            -value if negative else value,
            "%",
            sentence.placed,
            0.92 * sentence.placed.sureness,
        )


_BARE_PASSING = re.compile(r"(?:\b(?:[A-Za-z_]*\d+[A-Za-z_]*|composite|total|overall|sum|result)\s+|[:=]\s*)()(\d{2,3}(?:\.\d+)?)(?=\s*(?:[,;.]|$|and\b))", re.IGNORECASE)  # fmt: skip


def _bare_passing(mask: str, values: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """Shares that pass which bear no sign of their own, such as the first two of: Arc1 98.9, Arc2 99.3, all 99.0 %."""
    return [
        found
        for found in _BARE_PASSING.finditer(mask)
        if 60 <= float(found[2]) <= 100 and not any(v.start() <= found.start(2) < v.end() for v in values)
    ]


def _criteria(found: re.Match[str]) -> str:
    norm = found[3] or found[5]
    shown = f"{found[1]} %/{found[2]} mm" + (f" {norm.lower()}" if norm else "")
    return shown + (f", threshold {found[4]} %" if found[4] else "")


def _field(text: str, stop: int) -> str:
    before = text[:stop]
    named = list(
        re.finditer(r"\b(?:field|beam|arc|port|portal)\s*#?\s*([A-Z0-9_]*\d[A-Z0-9_]*|[A-Z])\b", before, re.IGNORECASE)
    )
    if named:
        return named[-1].group().strip()
    before_colon = re.findall(r"\b([A-Za-z][A-Za-z0-9_]*\d[A-Za-z0-9_]*)\s*:", before)
    if before_colon:
        return str(before_colon[-1])
    labels = re.findall(r"(?<![\w.])([A-Z]{1,4}_?\d{1,2}[A-Z]{0,3})(?=\s)", before)
    if labels:
        return str(labels[-1])
    first = re.match(r"\s*([A-Za-z0-9_.,/-]+(?: [A-Za-z0-9_]+){0,2}?)(?=\s+[\d(±]|\s{2,}|,)", before)
    word = first[1] if first else ""
    if re.search(r"composite|total|overall|gamma|result", word, re.IGNORECASE):
        return ""
    return word if len(word) <= 30 else ""


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
    r"\b(?:lr|si|is|ap|lat(?:eral)?|lng|long(?:itudinal)?|vrt|vert(?:ical)?|x|y|z|ml|cc|dv|rl|hf)\b", re.IGNORECASE
)


def guidance_in(
    sentences: Sequence[Sentence], staff: dict[str, str], *, day_first: bool = False
) -> Iterator[GuidanceFound]:
    """Image-guided set-ups in the rows of a log, and in sentences with a date and a shift."""
    header = ""
    rows: set[int] = set()
    for sentence in sentences:
        text = sentence.text
        if sentence.row >= 0:
            if sentence.row in rows:
                continue
            rows.add(sentence.row)
        day = next(dates_in(text, day_first=day_first), None)
        method = next((name for name, pattern in _METHODS if pattern.search(text)), "")
        if day is None:
            if sentence.row >= 0 and re.search(r"shift|vector|date|lr|ap\b|vert|lat|toleranc", text, re.IGNORECASE):
                header = (
                    (header + " " + text).strip()
                    if header and len(header) < 160 and not any(c.isdigit() for c in header)
                    else text
                )
            continue
        if not method or (sentence.row < 0 and not re.search(r"shift|mm|cm", text, re.IGNORECASE)) or day.start > 12:
            continue
        found = _set_up(sentence, header, method, staff, day_first)
        if found is not None and (found.shift_mm is not None or header):
            yield found


_SHIFT_COLUMN = re.compile(
    r"^\W*(?:shift\W*)?(?:lr|rl|si|is|ap|pa|lat\w*|lng|long\w*|vrt|vert\w*|x|y|z|ml|cc|dv|hf|[lrsiap]/[lrsiap]|left\W*right|sup\W*inf|ant\W*post)\b",
    re.IGNORECASE,
)
_VECTOR_COLUMN = re.compile(
    r"vector|3-?d\b|magnitude|total shift|\bshift|displacement|correction|couch move", re.IGNORECASE
)
_TOLERANCE_COLUMN = re.compile(r"\btol\w*|action|limit|threshold", re.IGNORECASE)


def _shift_by_column(sentence: Sentence) -> tuple[float | None, float | None] | None:
    """Length of the shift and tolerance in mm of a table row by its headings; None where no heading names a shift."""

    def millimeters(name: str, value: str) -> float | None:
        found = re.match(rf"\W{{0,2}}?([+\-−])?\s?({_N})\s*(mm|cm)?", value, re.IGNORECASE)
        unit = (found[3] or "").lower() if found else ""
        in_cm = unit == "cm" or (not unit and bool(re.search(r"\bcm\b", name, re.IGNORECASE)))
        return float(found[2].replace(",", ".")) * (10.0 if in_cm else 1.0) if found else None

    parts = [millimeters(c.name, c.value) for c in sentence.columns if _SHIFT_COLUMN.search(c.name)]
    tolerances = [millimeters(c.name, c.value) for c in sentence.columns if _TOLERANCE_COLUMN.search(c.name)]
    tolerance = tolerances[0] if tolerances else None
    vectors = [
        millimeters(c.name, c.value)
        for c in sentence.columns
        if _VECTOR_COLUMN.search(c.name) and not _TOLERANCE_COLUMN.search(c.name) and not _SHIFT_COLUMN.search(c.name)
    ]
    if vectors and vectors[0] is not None:
        return vectors[0], tolerance
    lengths = [part for part in parts if part is not None]
    if len(lengths) == len(parts) and len(parts) >= 2:
        return sqrt(sum(length * length for length in lengths)), tolerance
    return None


def _set_up(
    sentence: Sentence, header: str, method: str, staff: dict[str, str], day_first: bool
) -> GuidanceFound | None:
    text = sentence.text
    days = list(dates_in(text, day_first=day_first))
    first = days[0]
    end = min([m.start for m in people_in(text)[:1]] + [d.start for d in days[1:2]] + [len(text)])
    middle = text[first.stop : end]
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
    shift = None
    if components >= 3 and len(numbers) >= 3:
        parts = [value * (10 if (own or unit) == "cm" else 1) for value, own, _ in numbers[:3]]
        shift = sqrt(sum(part * part for part in parts))
    elif numbers:
        value, own, _ = numbers[0]
        shift = value * (10 if (own or unit) == "cm" else 1)
    by_column = _shift_by_column(sentence)
    if by_column is not None:
        shift, tolerance = by_column
    role = (
        "radiation_therapist"
        if re.search(r"\brtt?s?\b|therapist|rt\(t\)", text, re.IGNORECASE)
        else "medical_physicist"
        if re.search(r"physicist", text, re.IGNORECASE)
        else "radiation_oncologist"
        if re.search(r"performed by (?:dr|physician)", text, re.IGNORECASE)
        else ""
    )
    supervision = (
        "personal"
        if re.search(r"personal", text, re.IGNORECASE)
        else "virtual_direct"
        if re.search(r"virtual|real-?time audio", text, re.IGNORECASE)
        else "direct"
        if re.search(r"\bdirect|in (?:the )?suite|immediately available", text, re.IGNORECASE)
        else "general"
        if re.search(r"\bgeneral\b", text, re.IGNORECASE)
        else ""
    )
    reviewer = people_in(text[end:]) or people_in(text)
    reviewed = (
        reviewer[-1] if reviewer and not re.search(r"not (?:yet )?reviewed|pending", text, re.IGNORECASE) else None
    )
    reviewed_role = role_of(reviewed, "", staff) if reviewed else ""
    reviewed_on = days[-1].day if reviewed and len(days) > 1 else None
    return GuidanceFound(
        first.day,
        method,
        round(shift, 2) if shift is not None else None,
        tolerance,
        role,
        supervision,
        reviewed_role,
        reviewed_on,
        sentence.placed,
        0.92 * sentence.placed.sureness,
    )


class PriorFound(NamedTuple):
    """An earlier course with its citation; the year alone where no day is given."""

    site: str
    ended_on: date | None
    ended_year: int | None
    dose_gy: float | None
    fractions: int | None
    placed: Placed
    sureness: float


_RADIATION = re.compile(
    r"\bradiation\b|radiotherap|irradiat|\bRT\b|\bXRT\b|\bGy\b|\bcGy\b|\bSBRT\b|\bSRS\b|whole brain|radiosurgery",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:previous(?:ly)?|prior|earlier|in the past|years? ago|months? ago|history of|had|received|was treated|were treated|underwent|treated with|was given|were given|completed|finished)\b|\bin (?:\w+ )?(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:no|never|denies|denied|without|not had|none|negative for|not received|not been)\b(?! longer| later)|\b(?:mother|father|sister|brother|husband|wife|aunt|uncle)\b|\b(?:if|would|will|may(?! (?:of )?(?:19|20)\d\d| \d)|might|could|plan|plans|intend|propose|recommend)\b|constraint|limit|\bto be\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PRIOR_DOSE = re.compile(
    rf"({_N})\s?(c?gy)\b(?:[^.;]{{0,30}}?(?:in|/|over|x)\s*(\d{{1,2}})(?!\d)\s*(?:daily )?(?:fractions?|fx|treatments)?)?",
    re.IGNORECASE,
)
_PRIOR_SITE = re.compile(
    r"\b(?:to|of|for) (?:the |his |her )?((?:(?:left|right|bilateral|whole|thoracic|lumbar|cervical|upper|lower|distal|proximal|pelvic|entire) )*[A-Za-z0-9/-]+(?:(?: through| to|-|–) [A-Z]\d{1,2})?(?: (?:spine|neck|breast|lung|brain|pelvis|hip|bed|wall|nodes|fossa|bone|region|sacrum|mediastinum))?)",
    re.IGNORECASE,
)


def prior_irradiations_in(
    sentences: Sequence[Sentence], before: date | None, *, day_first: bool = False
) -> Iterator[PriorFound]:
    """Earlier courses that sentences tell of with a dose or a year before the chart's own."""
    everything = [s for s in sentences if s.row < 0 or s.label]
    for sentence in everything:
        text = sentence.text
        if not _RADIATION.search(text) or not _PAST.search(text) or _NEVER.search(text) or sentence.ticked is False:
            continue
        years = [int(m.group()) for m in _YEAR.finditer(text)]
        days = [d.day for d in dates_in(text, day_first=day_first)]
        old = [y for y in years if before is None or y < before.year] or [
            d.year for d in days if before is None or d < before
        ]
        dose = _PRIOR_DOSE.search(text)
        if not old or not dose:
            continue
        gy = float(dose[1].replace(",", "."))
        gy = gy / 100 if dose[2].lower() == "cgy" else gy
        if gy > 100 or gy <= 0:
            continue
        ended = [d for d in days if before is None or d < before]
        site = _PRIOR_SITE.search(text)
        yield PriorFound(
            site[1].strip() if site else "",
            max(ended) if ended else None,
            None if ended else max(old),
            gy,
            int(dose[3]) if dose[3] else None,
            sentence.placed,
            0.88 * sentence.placed.sureness,
        )


class DiagnosisFound(NamedTuple):
    """A diagnosis code with its citation."""

    icd10: str
    placed: Placed
    sureness: float


_ICD = re.compile(r"(?<![\w.-])(C\d\d|C7[AB]|D[0-4]\d)(\.[0-9A-Z]{1,4})?(?![\w%]|\s?(?:%|cc|Gy|vertebra))")
_NOT_OURS = re.compile(r"rule out|family history|history of|r/o\b|billing|charge", re.IGNORECASE)


def diagnoses_in(sentences: Sequence[Sentence]) -> Iterator[DiagnosisFound]:
    """Codes of neoplasms; what looks like a dose-volume metric is none."""
    for sentence in sentences:
        if _NOT_OURS.search(sentence.text) or sentence.ticked is False:
            continue
        for found in _ICD.finditer(sentence.text):
            if (
                found[1].startswith("D")
                and not found[2]
                and not re.search(r"diagnos|dx|icd", sentence.text + sentence.label, re.IGNORECASE)
            ):
                continue
            yield DiagnosisFound(
                found.group(), sentence.placed.part(found.start(), found.end()), 0.95 * sentence.placed.sureness
            )
