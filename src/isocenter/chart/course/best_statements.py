"""The surest statement of each element that a paper states, by its sentences and its tables."""

import re
from collections.abc import Sequence

from isocenter.chart.course.elements_in_tables import stated_in_tables
from isocenter.chart.course.paper_read import PaperRead
from isocenter.chart.course.writers import PHYSICIANS
from isocenter.chart.grammar.entries import Entry
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.statements.statements import Statement

_ONCE_A_DETAIL = {"independent_check", "portal", "constraints_explained"}
_EXPLAINED = "constraints_explained"
_FIELD_WORD = re.compile(r"\b(?:field|beam|arc|port|portal|no\.?|#)\s*(?=\w)")


def best_statements(grammar: Grammar, one: PaperRead, kinds: Sequence[str], site: str) -> dict[str, list[Statement]]:
    """For each kind the surest statement of each element, in the order of the paper."""
    best: dict[tuple[str, str, str], Statement] = {}
    found: list[Statement] = []
    for entry in may_be_stated(grammar, one, kinds, site):
        found += one.contents(grammar).statements.of(entry)
    found += stated_in_tables(grammar, one, kinds)
    for statement in found:
        detail = _FIELD_WORD.sub("", statement.detail.lower()) if statement.element in _ONCE_A_DETAIL else ""
        key = (statement.kind, statement.element, detail)
        if key not in best or statement.sureness > best[key].sureness + 1e-9:
            best[key] = statement
    by_kind: dict[str, list[Statement]] = {}
    explained = [s for s in best.values() if s.element == _EXPLAINED and s.detail]
    for statement in best.values():
        if (
            statement.element == _EXPLAINED
            and not statement.detail
            and any(_on_its_row(statement, s) for s in explained)
        ):
            continue
        by_kind.setdefault(statement.kind, []).append(statement)
    return by_kind


def _on_its_row(one: Statement, other: Statement) -> bool:
    """Whether two statements stand on one row, such as the label Deviation accepted and the organ behind it."""
    if one.placed.page != other.placed.page:
        return False
    box, beside = one.placed.box(), other.placed.box()
    return box.top < beside.bottom and beside.top < box.bottom


def may_be_stated(grammar: Grammar, one: PaperRead, kinds: Sequence[str], site: str) -> list[Entry]:
    """The entries of some kinds that are asked of the site and may be stated by one of those who signed."""
    by_others = bool(one.signatures) and not {s.role for s in one.signatures} & set(PHYSICIANS)
    return [
        entry
        for entry in grammar.entries_of(kinds)
        if not (entry.sites and site and site not in entry.sites) and not (by_others and "by_physician" in entry.needs)
    ]


def weighed_together(grammar: Grammar, one: PaperRead, kind: str, site: str) -> list[Statement]:
    """What the words of a document of a kind state together, where no phrase does."""
    contents = one.contents(grammar).statements
    weighed = [contents.weighed(entry) for entry in may_be_stated(grammar, one, [kind], site)]
    return [statement for statement in weighed if statement is not None]
