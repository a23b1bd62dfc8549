"""What the rules of a policy read beside the facts: its code lists, readings and tables, in a schema of its own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from isocenter.engines.database import identity
from isocenter.facts.store import FactStore
from isocenter.rulebook.policy import ALWAYS, CourseRoles
from isocenter.rulebook.readings import READ_BY_COURSES
from isocenter.rulebook.rulebook import Rulebook
from isocenter.rulebook.rulebook import load_policy as load_rulebook

_COURSES = "courses_of_therapy"  # the schema of what tells courses apart


def load_policy(store: FactStore, rulebook: Rulebook) -> None:
    """Code lists, readings and the policy's own tables, in a schema of the policy's name; then use that schema."""
    store.connection.execute(f"create schema if not exists {rulebook.name}; set search_path = '{rulebook.name},main'")
    # A table that is made anew makes the engine plan every prepared query of the store again, at each run.
    if store.made.get(f"policy {rulebook.name}") == rulebook:
        return
    store.made[f"policy {rulebook.name}"] = rulebook
    store.layouts += 1
    store.connection.execute(
        """
        create or replace table codes (code_list varchar, code varchar, valid_from date, valid_to date);
        create or replace table readings
            (name varchar, number double, meaning varchar, valid_from date, valid_to date);
        create or replace table document_checklist
            (kind varchar, element varchar, requirement varchar, label varchar);
        create or replace table course_codes (code varchar, plans integer, delivers integer)
        """
    )
    insert(store, "course_codes", course_code_rows(rulebook))
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


def course_code_rows(rulebook: Rulebook) -> list[tuple[str, int, int]]:
    """Each code that makes a course of therapy, and whether it plans and delivers one."""
    roles = rulebook.policy.course_roles
    lists: dict[str, set[str]] = {}
    for code in rulebook.codes:
        if code.code_list not in roles.no_course:
            lists.setdefault(code.code, set()).add(code.code_list)
    return [
        (code, int(not of.isdisjoint(roles.plans)), int(not of.isdisjoint(roles.delivers)))
        for code, of in sorted(lists.items())
    ]


def courses_rulebook(rulebooks: Sequence[Rulebook]) -> Rulebook:
    """What tells courses apart, as a rulebook without rules: code lists of all policies that state their roles.

    Sites and the reading of the gap are those of the first policy that has them, else those of imrt.
    """
    stating = [book for book in rulebooks if book.policy.course_roles.delivers] or [load_rulebook("imrt")]
    roles = [book.policy.course_roles for book in stating]
    together = CourseRoles(
        plans=tuple(dict.fromkeys(name for role in roles for name in role.plans)),
        delivers=tuple(dict.fromkeys(name for role in roles for name in role.delivers)),
    )
    codes = [
        code for book in stating for code in book.codes if code.code_list not in book.policy.course_roles.no_course
    ]
    sites = _first(stating, lambda book: "icd10_sites" in book.tables)
    gap = _first(stating, lambda book: any(reading.name in READ_BY_COURSES for reading in book.readings))
    return replace(
        sites,
        policy=replace(sites.policy, name=_COURSES, course_roles=together),
        rules=(),
        definitions=(),
        codes=tuple(dict.fromkeys(codes)),
        readings=tuple(reading for reading in gap.readings if reading.name in READ_BY_COURSES),
        documents=(),
        tables={"icd10_sites": sites.tables["icd10_sites"]},
    )


def _first(rulebooks: Sequence[Rulebook], has: Callable[[Rulebook], bool]) -> Rulebook:
    return next((book for book in rulebooks if has(book)), None) or load_rulebook("imrt")


def insert(store: FactStore, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Add rows to a table, one list a column."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        store.connection.execute(f"insert into {table} select {', '.join('unnest(?)' for _ in columns)}", columns)
