"""Dose limits and goals as prescriptions order them, each with the structure that it limits."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.grammar.assertion import is_general
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.grammar.plain_writing import plainly_written
from isocenter.chart.orders.limit_columns import columns_of_schedules, fractions_stated
from isocenter.chart.orders.limit_names import (
    is_limited_alone,
    name_after,
    name_before,
    names_another,
    on_its_side,
    on_the_other_side,
    without_side_behind,
)
from isocenter.chart.orders.limit_parts import (
    ConstraintFound,
    Limit,
    completed,
    is_target_name,
    tidied,
    usual_comparison,
)
from isocenter.chart.orders.limit_tables import is_of_structures, leaves_open_whose, names_structures, of_columns
from isocenter.chart.orders.limits_across import rows_of_structures
from isocenter.chart.orders.limits_beside import parts_beside
from isocenter.chart.orders.limits_ordered import LimitsOfText, below_announcements, row_orders
from isocenter.chart.orders.limits_respective import respective_limits
from isocenter.chart.orders.structures_listed import (
    each_its_own,
    ends_in_an_organ,
    joined_structures,
    named_with,
    sides_limited_apart,
)
from isocenter.chart.orders.tables_without_orders import holds_statistics, orders_nothing
from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.table_heads import Column


def constraints_in(grammar: Grammar, sentences: Sequence[Sentence]) -> Iterator[ConstraintFound]:
    """Constraints among the sentences of a paper that orders them; achieved doses are none."""
    return (one for _, one in constraints_by_sentence(grammar, sentences))


def constraints_by_sentence(
    grammar: Grammar, sentences: Sequence[Sentence]
) -> Iterator[tuple[Sentence, ConstraintFound]]:
    """The same, each with the sentence that gives it."""
    structure = ""
    names = _NamesAbove()
    rows: set[int] = set()
    computed = _rows_of_statistics(sentences)
    targets = _targets_with_doses(sentences)
    fractions = fractions_stated(s.text for s in sentences if not s.columns and not s.is_head)
    organ = grammar.lists.pattern("organ")
    for read in below_announcements(sentences, grammar.cues):
        sentence = names.completed(read)
        schedules = columns_of_schedules(sentence.columns, fractions)
        if len(schedules) < len(sentence.columns):
            if len(schedules) < _FEWEST_COLUMNS:
                continue
            sentence = sentence._replace(columns=schedules)
        if sentence.row >= 0 and (sentence.row in rows or sentence.row in computed):
            continue
        if sentence.ticked is False or (sentence.is_head and names_structures(sentence)):
            continue
        text = sentence.text
        if is_general(lowered(plainly_written(text)), grammar.cues):
            continue
        carried = structure if names.carries(sentence) else ""
        found = [one for part in parts_beside(sentence, organ) for one in _of_sentence(grammar, part, carried)]
        if sentence.row >= 0:
            rows.add(sentence.row)
        for one in found:
            structure = one.structure
            for each in _of_each_target(one, text, targets):
                yield read, each
        if not found:
            structure = _named_alone(grammar, sentence)


def _named_alone(grammar: Grammar, sentence: Sentence) -> str:
    """The structure that a sentence without limits leaves to the next one: its label, or the name in a few words."""
    if sentence.label and (is_target_name(sentence.label) or ends_in_an_organ(grammar, sentence.label)):
        return tidied(sentence.label)
    text = sentence.text
    few = len(text.split()) <= _FEW_WORDS
    return name_before(grammar, text, len(text), sentence.row >= 0, "") if few else ""


_FEW_WORDS = 6


def _targets_with_doses(sentences: Sequence[Sentence]) -> list[str]:
    """The planning target volumes that a paper names beside a dose, each once."""
    names = {
        found.group().lower(): found.group()
        for sentence in sentences
        if _DOSE.search(sentence.text)
        for found in _PTV_OF_ITS_OWN.finditer(sentence.text)
    }
    return list(names.values())


def _of_each_target(one: ConstraintFound, text: str, targets: Sequence[str]) -> Iterator[ConstraintFound]:
    """A limit of each target that a paper names, where it is one of all PTVs; else the limit itself."""
    is_of_all = one.structure.lower() in ("ptv", "ptvs") and _ALL_TARGETS.search(text) is not None
    if not is_of_all or len(targets) < _FEWEST_TARGETS:
        yield one
        return
    yield from (one._replace(structure=target) for target in targets)


_DOSE = re.compile(r"\d\s?c?Gy\b", re.IGNORECASE)
_PTV_OF_ITS_OWN = re.compile(r"\bPTV(?:[\w.+-]*\w| \d[\d.]*(?!\s?(?:[\d.%]|c?Gy\b|cc\b)))(?<!s)(?<!S)", re.IGNORECASE)
_ALL_TARGETS = re.compile(r"\b(?:each|every|all|both|either)(?: of)?(?: the)?(?: \w+)? PTVs?\b|\bPTVs\b", re.IGNORECASE)
_FEWEST_TARGETS = 2
_FEWEST_COLUMNS = 2  # a structure and its limit


class _NamesAbove:
    """The structure of the rows of a table that leave it out, as it is in the row above.

    A table whose first row leaves it out may write it in the middle of its rows, so nothing is carried in it.
    """

    def __init__(self) -> None:
        self._heading, self._name, self._carries = "", "", False
        self._first_row: bool | None = None  # whether the first row without headings begins with its metric

    def carries(self, sentence: Sentence) -> bool:
        """Whether a row without headings may leave its structure to the row above; no row does where the first one names none."""
        if sentence.row < 0 or sentence.columns or sentence.is_head:
            self._first_row = None
            return sentence.row < 0
        begins_with_a_metric = _BEGINS_WITH_A_METRIC.match(sentence.text) is not None
        if self._first_row is None:
            self._first_row = begins_with_a_metric
        return begins_with_a_metric and not self._first_row

    def completed(self, sentence: Sentence) -> Sentence:
        """A row with the name of the row above it where it has none."""
        if not sentence.columns:
            if sentence.is_head or sentence.row < 0:
                self._heading, self._name, self._carries = "", "", sentence.is_head
            return sentence
        first = sentence.columns[0]
        if is_of_structures(first.name):
            self._heading, self._name = first.name, first.value
            return sentence
        if not self._name:
            self._carries = False
        if not self._carries:
            return sentence
        return sentence._replace(columns=(Column(self._heading, self._name), *sentence.columns))


_BEGINS_WITH_A_METRIC = re.compile(
    r"\W*(?:[DV] ?\d+(?:\.\d+)?\s?(?:c?Gy|%|cc)?|(?:D ?)?(?:mean|max(?:imum)?|min(?:imum)?))(?!\w)", re.IGNORECASE
)


def _rows_of_statistics(sentences: Sequence[Sentence]) -> set[int]:
    """The rows of the tables whose values are those of a plan."""
    tables: list[list[Sentence]] = [[]]
    for sentence in sentences:
        if sentence.is_head or (sentence.row < 0 and tables[-1]):
            tables.append([])
        if sentence.columns:
            tables[-1].append(sentence)
    return {one.row for table in tables if table and holds_statistics([s.columns for s in table]) for one in table}


def _of_sentence(grammar: Grammar, sentence: Sentence, structure: str) -> Iterator[ConstraintFound]:
    organ = grammar.lists.pattern("organ")
    if orders_nothing(sentence.columns) or leaves_open_whose(sentence.columns):
        return
    across = list(rows_of_structures(sentence, lambda name: is_target_name(name) or bool(organ.search(lowered(name)))))
    by_column = [one for row in across or [sentence] for one in of_columns(row)]
    if sentence.columns and not row_orders(sentence, grammar.cues):
        return
    if by_column:
        yield from by_column
        return
    written = plainly_written(sentence.text)
    text = _REMARK_BEHIND.sub(lambda remark: " " * len(remark.group()), written)
    table = sentence.row >= 0
    carried = structure
    by_order = list(respective_limits(grammar, written))
    read = LimitsOfText(written, grammar.cues, by_order)
    stop = 0
    for found in read.limits:
        match = without_side_behind(found, text)
        match = match._replace(named=on_the_other_side(match.named, carried))
        if match.needs_organ and not _is_known(grammar, text, match):
            stop, carried = match.stop, ""
            continue
        name = _whose(grammar, _Place(text, written, stop, table), match, carried)
        if not name or match.limit is None or (_HOLDS_A_LIMIT.search(name) and not is_target_name(name)):
            stop, carried = match.stop, carried if name else ""  # what follows is of the structure that is not known
            continue
        name = _ORGAN_OF.get(name.lower(), name)
        stop, carried = match.stop, name
        if not read.orders(match) or (not match.unit and _MEASURED_IN_OTHER_UNITS.search(name)):
            continue
        is_target = is_target_name(name)
        metric, unit = completed(match.metric, match.unit, match.limit, is_target)
        is_value = is_target and metric == "mean" and not match.comparison  # the mean dose of a target is one of a plan
        if is_value or (not is_target and _is_of_the_whole_plan(text, match, name)):
            continue
        if _OUTSIDE.match(text, match.stop) if is_target else _is_said_of_the_plan(text, match):
            continue
        if not metric or not unit or (metric in ("max", "mean") and unit not in ("Gy", "cGy", "%")):
            continue
        part = sentence.placed.part(_beginning(text, match.start, name), match.stop)
        comparison = match.comparison or usual_comparison(metric, is_target)
        sure = 0.93 * sentence.placed.sureness
        limit = _share_as_written(sentence.text[match.start : match.stop], match.limit, unit)
        is_of_one = any(found in clause.limits for clause in by_order)
        shared = joined_structures(grammar, name) or sides_limited_apart(name, text, match.stop)
        shared = shared or [*named_with(grammar, text, match.start, name), name]
        names = [on_its_side(one, text, match.stop) for one in ([name] if is_of_one else shared)]
        limits = each_its_own(text, match.stop, [limit] * len(names), unit)
        for one, own in zip(names, limits, strict=True):
            yield ConstraintFound(one, metric, comparison, own, unit, part, is_target, sure)


def _is_known(grammar: Grammar, text: str, limit: Limit) -> bool:
    """Whether the structure that a limit names is a target or an organ, or is limited by itself."""
    if is_target_name(limit.named) or ends_in_an_organ(grammar, limit.named):
        return True
    holds_an_organ = grammar.lists.pattern("organ").search(lowered(limit.named)) is not None  # such as: heart rate
    return not holds_an_organ and is_limited_alone(text, limit)


_MEASURED_IN_OTHER_UNITS = re.compile(
    r"\w (?:rate|pressure|rhythm|output|function|enzymes?)$", re.IGNORECASE
)  # of an organ


def _share_as_written(words: str, limit: float, unit: str) -> float:
    """The limit of a share written as a fraction, such as: one third, in tenths of a percent."""
    limit = _SHARES.get(words.lower().strip(), limit)
    for name, share in _SHARES.items():
        if unit == "%" and re.search(rf"\b{name}\b", words, re.IGNORECASE):
            limit = next((exact for exact in (share, round(100 - share, 1)) if abs(limit - exact) < 1), limit)
    return limit


class _Place(NamedTuple):
    """The text that a limit is in, without remarks and with them, where the limit before ends, and whether it is a row."""

    text: str
    written: str
    stop: int
    table: bool


def _whose(grammar: Grammar, place: _Place, limit: Limit, carried: str) -> str:
    """The structure of a limit; that of the limit before where nothing names another; '' where it is not known."""
    text, written, stop, table = place
    named = "" if tidied(limit.named).lower() in _NAMES_OF_NOTHING else tidied(limit.named)
    side = _SIDE_ALONE.search(text, stop, limit.start)
    goes_on = stop > 0 and _NAMES_NOTHING.fullmatch(text, stop, limit.start) is not None
    is_another = names_another(grammar, text, stop, limit.start) or (goes_on and not carried)
    return (
        named
        or (on_the_other_side(side[1], carried) if side is not None else "")
        or (name_after(grammar, written, limit.stop) or carried if goes_on else "")
        or ("" if is_another else name_before(grammar, text, limit.start, table, ""))
        or name_after(grammar, written, limit.stop)
        or (
            ""
            if is_another or _OF_ANOTHER.match(text, limit.stop)
            else name_before(grammar, text, limit.start, table, carried)
        )
    )


_NAMES_OF_NOTHING = {"volume", "target", "organ", "it", "its", "this", "them", "their", "which", "whose"}
_REMARK_BEHIND = re.compile(
    r"(?<=[\d%yYcC])\s*\((?!in |of |to |for )[^()\d<>≤≥]*\)(?=\s*[,;])"
)  # of a limit, as in < 195 cc (loops)
_NAMES_NOTHING = re.compile(
    r"(?:\W|\b(?:and|but|with|also|its|a|an|of)\b)*", re.IGNORECASE
)  # so that the structure is carried on
_SIDE_ALONE = re.compile(
    r"[,;.]\s*(?:(?:and|but|for|to|of) )*the (left|right|other)(?: one| side)?(?=\s+(?:to|at|under|below|should|must|may|can|with|is|be|no|not|a|V\d|D\d)\b)",
    re.IGNORECASE,
)
_ORGAN_OF = {
    "duodenal": "duodenum", "rectal": "rectum", "esophageal": "esophagus", "gastric": "stomach", "hepatic": "liver", "renal": "kidney",
    "cardiac": "heart", "laryngeal": "larynx", "tracheal": "trachea", "chiasmal": "chiasm", "cochlear": "cochlea", "splenic": "spleen",
}  # such as: a duodenal maximum of 58 Gy  # fmt: skip
_HOLDS_A_LIMIT = re.compile(r"\d\s?(?:c?gy\b|%)", re.IGNORECASE)
_OF_ANOTHER = re.compile(r"\s*(?:to|of|for|in|within) (?:the |any |each )?[a-z]", re.IGNORECASE)
_SHARES = {"1/3": 33.3, "2/3": 66.7, "one third": 33.3, "one-third": 33.3, "two thirds": 66.7, "two-thirds": 66.7, "a third": 33.3, "half": 50.0, "1/2": 50.0, "one half": 50.0, "one quarter": 25.0, "a quarter": 25.0}  # fmt: skip


_OF_THE_PLAN = re.compile(
    r"[;,]\s*(?:and )?(?:the )?(?:(?P<hot>hot ?spots?)|global|(?:whole )?plan (?:dose )?(?:max\w*|D ?max|hot ?spots?))\b[^;,]*\Z",
    re.IGNORECASE,
)  # and of no organ before it


def _is_said_of_the_plan(text: str, limit: Limit) -> bool:
    """Whether a limit behind that of an organ is one of the plan, as a hot spot in percent is; one in Gy is the organ's."""
    found = _OF_THE_PLAN.search(text, 0, limit.stop)
    return found is not None and (found["hot"] is None or limit.unit not in ("Gy", "cGy"))


_WHOLE_DOSE = 100.0  # percent of the prescription


def _is_of_the_whole_plan(text: str, limit: Limit, name: str) -> bool:
    """Whether a limit in a sentence of its own behind that of an organ is none of the organ: a hot spot, or a maximum anywhere."""
    named = text.rfind(name, 0, limit.start)
    if limit.unit == "%":
        is_hot = limit.metric[:1] in ("D", "m") and limit.limit is not None and limit.limit >= _WHOLE_DOSE
    else:
        within, behind = _ANYWHERE.search(text, limit.start, limit.stop), _ANYWHERE_BEHIND.match(text, limit.stop)
        is_hot = limit.metric == "max" and bool(within or behind)
    is_apart = named < 0 or _OF_A_SENTENCE.search(text, named, limit.start) is not None
    return is_hot and is_apart and not limit.named and name not in text[limit.stop :]


_ANYWHERE = re.compile(r"\b(?:anywhere|everywhere)\b(?! (?:in|within|on|along) (?:it|them)\b)", re.IGNORECASE)
_ANYWHERE_BEHIND = re.compile(rf"\W*(?:at )?{_ANYWHERE.pattern}", re.IGNORECASE)
_OF_A_SENTENCE = re.compile(r"\.\s+(?=[A-Z])")
_OUTSIDE = re.compile(
    r"\s*(?:,|or (?:more|higher|above))?\s*(?:outside|elsewhere)\b(?!\W*(?:max\w*\W*|up to )?\d)", re.IGNORECASE
)  # a target, as in: PTV: no hot spot above 105 % outside of it


def _beginning(text: str, start: int, name: str) -> int:
    at = text.rfind(name, 0, start)
    return at if at >= 0 and start - at < 60 else start
