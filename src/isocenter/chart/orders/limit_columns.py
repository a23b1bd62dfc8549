"""Which columns of a table row order a limit, and which give results, tolerances, or the limits of others."""

import re
from collections.abc import Iterable, Sequence

from isocenter.chart.orders.limits import limits_in
from isocenter.chart.pages.table_heads import FRACTIONS, Column
from isocenter.chart.words.metric_names import metric_limited, metric_named

LIMIT_COLUMN = re.compile(
    r"\b(?:limit|bound|ceiling|cap|upper|goal|constraint|objective|order|tolerance|criteri\w+|threshold|max(?:imum)? allowed|aim|request\w*|ordered|requirement|wanted|desired|asked|ideal|optimal|mandatory|preferred|must|lim|lower|(?:no|not) (?:more|higher|greater) than|not to exceed|at most|(?:modified|changed|revised) (?:by|to))s?\b",
    re.IGNORECASE,
)
NOT_ORDERED_COLUMN = re.compile(
    r"achieved|actual|default|result|(?<!limit this )(?<!limit for this )(?<!goal for this )\bplan(?:ned)?\b(?! (?:must|goal|limit|constraint|objective)s?\b)|pass|status|delivered|\bmet\b|priority|accept\w*|variation|minor|unaccept|deviation|rank|weight|note|comment|value|reached|evaluat(?!or\b)|typical|usual|literature|published|reference|quantec|historical|\b(?:3-?d|imrt|vmat|conformal|crt|tomo\w*)\b|\btd ?5|\bgot\b|\bachiev|\bdiff(?:erence|\.)?(?!\w)|\b(?:prior|previous|earlier|old|superseded)\b|\b(?:course|plan) ?\d\b",
    re.IGNORECASE,
)
_BESIDE_A_GOAL = re.compile(
    r"\btol(?:erances?|erated)?\b|\b(?:allowed|allowance|permitted|fallback|standard|usual)\b|\bif (?:unavoidable|needed|not (?:met|possible|achiev\w+|feasible))\b|\bat worst\b"
    r"|\b(?:rtog|nrg|emami|timmerman|hytec|aapm|astro|tg-? ?101|national|society)\b",
    re.IGNORECASE,
)  # what may still be tolerated, or what others publish
_NUMBER_OF_ROW = re.compile(r"\W*(?:#|no|nr|num(?:ber)?|item|row|line|id)\W*", re.IGNORECASE)
SIGN_ALONE = re.compile(r"\W*[<>≤≥]=?\W*")
_VALUES = re.compile(r"values?(?: \W?(?:c?gy|%|cc)\W?)?", re.IGNORECASE)
_SIGN = re.compile(r"[<>≤≥]|\b(?:no more|less|at most|under|below|at least|up to|max)\b", re.IGNORECASE)
_RANK = re.compile(r"\W*order\W*", re.IGNORECASE)
_UNIT_OF_HEADING = re.compile(r"[(\[,]\s*(c?gy|%|cc)\s*[)\]]?", re.IGNORECASE)
_OPEN_GOAL = re.compile(
    r"\b(?:alara|as low as (?:possible|reasonabl\w+|achievable)|minimi[sz]e|low as|none|no (?:limit|goal|constraint)|not set|record(?: only)?|report(?: only)?)\b",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"\W{0,3}\d+(?:\.\d+)?\s?(?:c?gy|%|cc)?\W*", re.IGNORECASE)


_BESIDE_A_SIGN = re.compile(r"\W*(?:dose|value|volume|number|amount|limit|goal)\b\W*(?:c?gy|%|cc)?\W*", re.IGNORECASE)


def holds_its_number(column: Column) -> bool:
    """Whether a column right behind one of signs gives the number that goes with the sign."""
    return _BESIDE_A_SIGN.fullmatch(column.name) is not None and _DIGIT.search(column.value) is not None


_DIGIT = re.compile(r"\d")


def columns_that_order(columns: Sequence[Column]) -> list[Column]:
    """The columns of a row without those of results; a value beside a sign, or beside a constraint that is a bare metric, is its limit.

    A tolerance, or what a protocol publishes, is left out where a column beside it gives the goal. A value below
    a metric is one of the plan where the limit of that metric is in a column beside it.
    """
    columns = [c for c in columns if not _NUMBER_OF_ROW.fullmatch(c.name)]
    bare = any(LIMIT_COLUMN.search(c.name) and metric_named(c.value) is not None for c in columns)
    bare = bare or any(SIGN_ALONE.fullmatch(c.value) for c in columns)
    ordering = [
        c for c in columns if not NOT_ORDERED_COLUMN.search(c.name) or (bare and _VALUES.fullmatch(c.name.strip()))
    ]
    if any(_gives_a_goal(c) for c in ordering):
        ordering = [c for c in ordering if not _BESIDE_A_GOAL.search(c.name)]
    elif _leaves_the_goal_open(ordering):
        ordering = [c for c in ordering if LIMIT_COLUMN.search(c.name) or not _BARE_NUMBER.fullmatch(c.value)]
    limits = [c for c in ordering if _is_bare_limit(c) and not _is_a_threshold(c, ordering)]
    heads = [c for c in ordering if _is_value_of_a_metric(c)]
    computed = {metric for head in heads if (metric := _metric_limited(head))}
    if any(_metric_limited(c) in computed for c in ordering if c not in heads):
        return [c for c in ordering if c not in heads]
    if not limits or not heads:
        return ordering
    if len(heads) > 1:
        return [c for c in ordering if c not in limits and c not in heads]  # unknown which metric is limited
    return [_under_metric(c, heads[0].name) if c in limits else c for c in ordering if c not in heads]


def fractions_stated(texts: Iterable[str]) -> set[int]:
    """The numbers of fractions that texts state, such as: 60 Gy in 30 fractions."""
    return {int(found[1]) for text in texts for found in FRACTIONS.finditer(text)}


def columns_of_schedules(columns: Sequence[Column], fractions: set[int]) -> tuple[Column, ...]:
    """The columns of a row without the limits for other numbers of fractions than those stated.

    It is so where columns differ in the number of fractions that their headings name; none of them is left where
    the paper states none, as it is unknown which is ordered.
    """
    schedules = {c.name: int(found[1]) for c in columns if (found := FRACTIONS.search(c.name)) is not None}
    if len(set(schedules.values())) < 2:
        return tuple(columns)
    return tuple(c for c in columns if schedules.get(c.name, -1) in fractions or c.name not in schedules)


def _gives_a_goal(column: Column) -> bool:
    return (
        LIMIT_COLUMN.search(column.name) is not None
        and _BESIDE_A_GOAL.search(column.name) is None
        and re.search(r"\d", column.value) is not None
        and metric_named(column.value) is None
    )


def _leaves_the_goal_open(columns: Sequence[Column]) -> bool:
    """Whether the one column of goals holds words without a number, such as: ALARA. Numbers beside it are no goals then."""
    goals = [c for c in columns if LIMIT_COLUMN.search(c.name) and not _RANK.fullmatch(c.name)]
    return len(goals) == 1 and metric_limited(goals[0].name) is None and _OPEN_GOAL.search(goals[0].value) is not None


def _is_bare_limit(column: Column) -> bool:
    """Whether a column gives a limit without saying of which metric."""
    named = LIMIT_COLUMN.search(column.name) is not None and metric_limited(column.name) is None
    return (
        named and not _RANK.fullmatch(column.name) and _BARE_NUMBER.fullmatch(_SIGN.sub("", column.value)) is not None
    )


def _is_a_threshold(column: Column, columns: Sequence[Column]) -> bool:
    """Whether a column gives a threshold, or the volume above it, where the row gives both."""
    return _THRESHOLD.search(column.name) is not None and any(_VOLUME.search(c.name) for c in columns)


_THRESHOLD = re.compile(r"\bthreshold\b", re.IGNORECASE)
_VOLUME = re.compile(r"\bvol(?:ume)?\b", re.IGNORECASE)


def _metric_limited(column: Column) -> str:
    """The metric that a heading names, or the first limit of the value below a heading of limits; '' for none."""
    named = metric_limited(column.name)
    if named is None and not LIMIT_COLUMN.search(column.name):
        return ""
    found = limits_in(f"it: {named.metric} < 1 Gy" if named else f"it: {column.value}")
    return found[0].metric if found else ""


def _under_metric(limit: Column, heading: str) -> Column:
    unit = _UNIT_OF_HEADING.search(limit.name) if not re.search(r"[a-z%]", limit.value, re.IGNORECASE) else None
    return Column(heading, f"{limit.value} {unit[1]}" if unit else limit.value)


def _is_value_of_a_metric(column: Column) -> bool:
    """Whether a column headed by nothing but a metric gives a number without a sign, as a plan's values are."""
    return metric_named(column.name) is not None and _BARE_NUMBER.fullmatch(column.value) is not None
