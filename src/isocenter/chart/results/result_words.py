"""Words by which reports of QA name what was measured or calculated again, and the criteria beside their results."""

import re
from typing import NamedTuple

from isocenter.chart.pages.placed import Placed

NUMBER = r"\d+(?:[.,]\d+)?"
PERCENT_SIGN = r"(?:%|percent\b|per cent\b|pct\b)"
CRITERIA = re.compile(
    rf"\(?\s*(?<![\w.])({NUMBER})(?:\s?{PERCENT_SIGN}\s?(?:/|,|and|at|-)?|\s?/)\s?(?<![\w.])({NUMBER})\s?(?:mm|millimet(?:er|re)s?)(?:[\s,;]*(global|local|absolute|relative))?(?:[\s,;]*(?:norm\w*))?(?:[\s,;]*(?:thr(?:eshold|\.)?|th|lower threshold|cut-?off)\W{{0,2}}({NUMBER})\s?%?|[\s,;]*{NUMBER}\s?% (?:dose )?(?:low(?:er)?[- ])?(?:dose[- ])?(?:threshold|thr\.?|cut(?:-?off)?\b))?(?:[\s,;]*(global|local))?\s*\)?"
    rf"|(?<=gamma )\(?({NUMBER})\s?{PERCENT_SIGN}?\s?/\s?({NUMBER})(?!\s?[\d%/])\)?",
    re.IGNORECASE,
)
TOLERANCE = re.compile(
    rf"(?:±|\+/-|\+-)\s?{NUMBER}\s?{PERCENT_SIGN}|\(?\s*(?:limit|tolerance|tol\.?|action (?:level|limit)|criterion|criteria|allowed|accept(?:ance|able)?|threshold|thr\.?|required?|requires|must be|goal|aim|within|inside|passing? criteri\w+|>=|≥|>|<|≤|at least|above|below|under|over|exceed\w*|beyond|up to|more than|less than|better than|worse than|no more than)\s*(?:is|of|:|level)?\s*(?:±|\+/-|<=?|≤|>=?|≥)?\s*{NUMBER}\s?{PERCENT_SIGN}(?:\s*(?:(?:is )?(?:required|needed|demanded|expected)|to pass)\b)?\s*\)?"
    rf"|{NUMBER}\s?{PERCENT_SIGN}\s*(?:statistic\w*|(?:statistical )?uncertaint\w*|variance|noise|per (?:plan|beam|arc|voxel|calculation)|/\s?mm)|\btoleranc\w+ (?:\w+ ){{1,5}}{NUMBER}\s?{PERCENT_SIGN}"
    rf"|\bTH\s?\d+\b|\bnorm\w*\W{{0,3}}{NUMBER}\s?%|\b[DV]\d+\S*\W{{1,3}}(?:(?:was|is|of|at|came to)\s)?{NUMBER}\s?%|{NUMBER}\s?{PERCENT_SIGN}\s*(?:(?:is )?(?:required|needed|demanded|expected|minimum|min\b)|or (?:better|more|less)|isodose|line|(?:threshold|tolerance|action|limit)\w*(?!(?: level)? ?(?:of|is|was|at|[:=,(])?\s?(?:±|\+/-|[<>≤≥]=?)?\s?\d)|confidence|is (?:our|the|required)|of (?:the )?(?:dose|prescri\w+|PTV\w*|volume|rx|maximum|max)\b)",
    re.IGNORECASE,
)
PERCENT = re.compile(rf"([+\-−–]|(?:plus|minus)\s)?\s?(?<![\w.])({NUMBER})\s?{PERCENT_SIGN}", re.IGNORECASE)
BARE_SIGNED = re.compile(
    rf"(?<![\w.])([+\-−–])\s?(\d{{1,2}}\.\d+)(?!\s?(?:{PERCENT_SIGN}|mm|cm|c?gy|mu\b|deg|°|\d|/))", re.IGNORECASE
)
_LOWER = re.compile(r"\b(?:below|beneath|under\w*|lower|low|less|cold(?:er)?|short|down)\b", re.IGNORECASE)
_HIGHER = re.compile(r"\b(?:above|over\w*|higher|high|more|hot(?:ter)?|up)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[;,.()|]|\band\b|->|→")
_GAMMA = re.compile(
    r"gamma|pass(?:ing|ed|es)?\b|points|array|mapcheck|arccheck|delta ?4|octavius|matrixx|epid|portal dosimetry|film|diode|detector",
    re.IGNORECASE,
)
GAMMA_SURE = re.compile(r"gamma(?! (?:knife|nail|gt\b|camera|glob|rays?\b))|(?:%|percent) of (?:the |all )?(?:\w+ )?points|pass(?:ing)?[ -]rate|% pass|passing points|points pass|mapcheck|arccheck|octavius|matrixx|portal dosimetry", re.IGNORECASE)  # fmt: skip
_POINT = re.compile(
    r"chamber|(?-i:\bIC\b)|point dose|dose at|pinpoint|farmer|semiflex|tld|measured dose|isocenter dose|\bpoint(?= ?:? ?[+\-−–]\s?\d)|\bion\b|ioniz|a1sl|exradin|\bcc0?[14]\b|\bcc13\b|microdiamond|electrometer|\bmeas\w*\b.{0,60}\b(?:calc\w*|plan\w*|predicted|expected|tps|computed)\b|\b(?:calc\w*|plan\w*|predicted|expected|tps)\b.{0,60}\bmeas",
    re.IGNORECASE,
)
CHECK = re.compile(
    r"\bmus?\b|monitor unit|(?:second(?:ary)?|2nd) (?:\w+ )?(?:check|calc\w*|comput\w*|software|program\w*|system)|check program\w*|calculation point|independent|recalc|re-?comput|check(?:ed)? mu|hand calc|\bunits\b|radcalc|mobius|mu ?check|dosecheck|imsure|clearcalc|muverify",
    re.IGNORECASE,
)
_CHECK_SURE = re.compile(
    r"(?:second(?:ary)?|independent|hand|mu|monitor units?|unit)\W+(?:\w+\W+){0,3}(?:check|calc\w*|verif\w*|recalc\w*|comput\w*|program\w*|mu\b)|recalculat\w+ of (?:the )?(?:mu|monitor)|calculation point|radcalc|mobius|dosecheck|imsure|clearcalc|muverify|2nd calc",
    re.IGNORECASE,
)
_DOSE_AT_A_POINT = re.compile(r"\b(?:point|isocenter) dose|\bdose at\b", re.IGNORECASE)  # measured or calculated
DIRECTION = r"(?-i:[LR](?:AO|PO|LAT)|AP|PA)"  # from which a portal is named
BARE_PASSING = re.compile(
    rf"(?:\b(?:[A-Za-z_]*\d+[A-Za-z_]*|{DIRECTION}|composite|total|overall|sum|result)\s+|[:=]\s*)()(\d{{2,3}}(?:\.\d+)?)(?=\s*(?:[,;.]|$|and\b))"
    r"|(?:\bre-?(?:shot|run|done|measured|peat(?:ed)?|test(?:ed)?|irradiated|delivered)|now|c[ao]mes? (?:to|out at|back)|gave|rose to|->|→)\s*(?:at |to |it |with )?(?P<again>\d{2,3}\.\d+)(?!\d|\s?(?:mm|cm|c?gy|mu|deg|°))",
    re.IGNORECASE,
)
LOWEST_PASSING, HIGHEST_PASSING = 20.0, 100.5
HIGHEST_DEVIATION, HIGHEST_OF_CHECK = 20.0, 60.0
MEASUREMENT, CALCULATION = "measurement", "independent_calculation"


class VerificationFound(NamedTuple):
    """A measured or recalculated result with its citation."""

    kind: str
    field: str
    criteria: str
    value: float
    unit: str
    placed: Placed
    sureness: float


class Evidence(NamedTuple):
    """What words say of the results beside them: shares that pass, doses measured at points, second calculations."""

    gamma: bool = False
    point: bool = False
    check: bool = False

    def __bool__(self) -> bool:
        return self.gamma or self.point or self.check


def evidence_of(text: str, *, sure: bool = False) -> Evidence:
    """What a text says of results; `sure` asks for words that name the method."""
    if sure:
        criteria = CRITERIA.search(text)
        percent = criteria is not None and re.search(PERCENT_SIGN, criteria.group(), re.IGNORECASE) is not None
        return Evidence(
            percent or bool(GAMMA_SURE.search(text)), bool(measured_at(text)), bool(_CHECK_SURE.search(text))
        )
    return Evidence(
        bool(_GAMMA.search(text) or CRITERIA.search(text)), bool(measured_at(text)), bool(CHECK.search(text))
    )


def measured_at(text: str) -> list[int]:
    """Where words begin by which a dose was measured at a point; that of a second calculation is not measured."""
    if _CHECK_SURE.search(text):
        text = _DOSE_AT_A_POINT.sub(lambda words: " " * len(words.group()), text)
    return [found.start() for found in _POINT.finditer(text)]


def is_lower(text: str, start: int, stop: int) -> bool:
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


def criteria_shown(found: re.Match[str]) -> str:
    """The criteria of gamma as they are shown, such as: 3 %/2 mm global, threshold 10 %."""
    norm = found[3] or found[5]
    shown = f"{found[1] or found[6]} %/{found[2] or found[7]} mm" + (f" {norm.lower()}" if norm else "")
    return shown + (f", threshold {found[4]} %" if found[4] else "")
