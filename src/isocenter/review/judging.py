"""Judges the facts of a store by the engine that the store is made for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from isocenter.facts.case_store import CaseStore
from isocenter.facts.stores import Store
from isocenter.review import case_engine
from isocenter.review.judgment import Judgment
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.findings import Finding, NotAssessed

if TYPE_CHECKING:
    from isocenter.facts.store import FactStore


def judge(store: Store, rulebooks: Sequence[Rulebook]) -> Judgment:
    """Run every rule whose tables were supplied, and add the findings up.

    Raises EngineFailure, naming the rule, where DuckDB refuses a query.
    """
    return judge_each(store, rulebooks, [rulebooks])[0]


def judge_each(store: Store, rulebooks: Sequence[Rulebook], selections: Sequence[Sequence[Rulebook]]) -> list[Judgment]:
    """What each selection of the rules of some policies says alone, as `judge` does; each rule is run once."""
    if isinstance(store, CaseStore):
        return case_engine.judge_each(store, rulebooks, selections)
    from isocenter.review import duckdb_engine  # noqa: PLC0415 - a case seldom needs DuckDB

    return [duckdb_engine.judge(cast("FactStore", store), selected) for selected in selections]


def find(store: Store, rulebooks: Sequence[Rulebook]) -> tuple[tuple[Finding, ...], tuple[NotAssessed, ...]]:
    """What the rules find in the facts, and the rules that cannot be assessed; see `judge`."""
    if isinstance(store, CaseStore):
        return case_engine.find(store, rulebooks)
    from isocenter.review import duckdb_engine  # noqa: PLC0415 - a case seldom needs DuckDB

    return duckdb_engine.find(cast("FactStore", store), rulebooks)
