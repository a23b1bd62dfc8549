"""Rows for tests: name what matters, the rest is filled in."""

from typing import Any, NamedTuple

from isocenter.facts.courses import drop_superseded_claims
from isocenter.facts.identity import tell_claims_apart
from isocenter.facts.store import FactStore
from isocenter.intake.rows import row_of

_FILLED = {
    "courses": {"course_id": "C1", "member_id": "M1", "line_of_business": "medicare"},
    "claim_lines": {
        "claim_id": "A1",
        "line_number": 1,
        "course_id": "C1",
        "member_id": "M1",
        "units": 1,
        "setting": "professional",
        "billing_npi": "1999999984",
        "line_of_business": "medicare",
    },
    "diagnoses": {"course_id": "C1", "position": 1},
    "documents": {"course_id": "C1"},
    "constraints": {"course_id": "C1"},
    "plans": {"course_id": "C1"},
    "verifications": {"course_id": "C1"},
    "fractions": {"course_id": "C1"},
    "image_guidance": {"course_id": "C1"},
    "prior_irradiations": {"member_id": "M1"},
    "attestations": {"billing_npi": "1999999984"},
}


def row(table: str, **values: Any) -> NamedTuple:
    """A row of a fact table with plain values where none are given."""
    return row_of(table, {**_FILLED.get(table, {}), **values})


def store_of(tables: dict[str, list[dict[str, Any]]], store: FactStore | None = None) -> FactStore:
    """A fact store that holds these tables and no other; one that is given is emptied first."""
    if store is None:
        store = FactStore(few_rows=True)
    store.clear()
    for table in tables:
        store.supply(table)
    told, problems = tell_claims_apart(row(table, **values) for table, rows in tables.items() for values in rows)
    problems += store.add(told)
    assert not problems, problems
    if "claim_lines" in tables:
        drop_superseded_claims(store)
    return store
