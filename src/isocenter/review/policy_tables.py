"""What the rules of a policy read beside the facts: its code lists, readings and tables, in a schema of its own."""

from collections.abc import Sequence
from datetime import date

from isocenter.engines.database import identity
from isocenter.facts.store import FactStore
from isocenter.rulebook.policy import ALWAYS
from isocenter.rulebook.rulebook import Rulebook
from isocenter.rulebook.rulebook import load_policy as load_rulebook


def load_policy(store: FactStore, rulebook: Rulebook) -> None:
    """Code lists, readings and the policy's own tables, in a schema of the policy's name; then use that schema."""
    store.connection.execute(f"create schema if not exists {rulebook.name}; set search_path = '{rulebook.name},main'")
    if not store.is_first_use(("loaded", rulebook)):
        return
    store.connection.execute(
        """
        create or replace table codes (code_list varchar, code varchar, valid_from date, valid_to date);
        create or replace table readings
            (name varchar, number double, meaning varchar, valid_from date, valid_to date);
        create or replace table document_checklist (kind varchar, element varchar, requirement varchar, label varchar)
        """
    )
    insert(store, "codes", [(c.code_list, c.code, c.valid_from, c.valid_to) for c in rulebook.codes])
    insert(store, "readings", reading_rows(rulebook))
    insert(store, "document_checklist", [(d.kind, d.element, d.requirement, d.label) for d in rulebook.documents])
    for name, (header, rows) in rulebook.tables.items():
        columns = ", ".join(f"{identity(column)} varchar" for column in header)
        store.connection.execute(f"create or replace table {name} ({columns})")
        insert(store, name, rows)


def reading_rows(rulebook: Rulebook) -> list[tuple[str, float | None, str, date, date]]:
    """The readings as rules read them: numbers as numbers, days and choices as texts, each with its days."""
    return [
        (
            reading.name,
            None if isinstance(reading.value, str) else float(reading.value),
            reading.value if isinstance(reading.value, str) else "",
            reading.valid_from or ALWAYS[0],
            reading.valid_to or ALWAYS[1],
        )
        for reading in rulebook.readings
    ]


def courses_rulebook(rulebooks: Sequence[Rulebook]) -> Rulebook:
    """The rulebook whose sites and gap tell courses apart: the first of those given that has them, else imrt."""
    return next((book for book in rulebooks if "icd10_sites" in book.tables), None) or load_rulebook("imrt")


def insert(store: FactStore, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Add rows to a table, one list a column."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        store.connection.execute(f"insert into {table} select {', '.join('unnest(?)' for _ in columns)}", columns)
