"""What the rules of a policy read beside the facts: its code lists, readings and tables, in a schema of its own."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, cast

from isocenter.engines.database import identity
from isocenter.engines.rows.kinds import OF_SQL, Columns
from isocenter.engines.rows.running import Fixed
from isocenter.facts.case_store import CaseStore
from isocenter.facts.stores import Store
from isocenter.rulebook.policy import ALWAYS, CourseRoles
from isocenter.rulebook.readings import READ_BY_COURSES
from isocenter.rulebook.rulebook import Rulebook, are_same
from isocenter.rulebook.rulebook import load_policy as load_rulebook

if TYPE_CHECKING:
    from isocenter.facts.store import FactStore

_COURSES = "courses_of_therapy"  # the schema of what distinguishes courses


class _LaidOut(NamedTuple):
    """The tables of a policy as a store of one case reads them, made once a store."""

    rulebook: Rulebook
    columns: Mapping[str, Columns]
    rows: Mapping[str, Fixed]


class _Courses(NamedTuple):
    """What distinguishes courses under some policies."""

    rulebooks: tuple[Rulebook, ...]
    rulebook: Rulebook


def use_courses(store: Store, rulebooks: Sequence[Rulebook]) -> None:
    """Let the queries of a store read what distinguishes courses under some policies; put together once a store."""
    known = store.made.get("courses")
    if not isinstance(known, _Courses) or not are_same(known.rulebooks, rulebooks):
        store.made["courses"] = known = _Courses(tuple(rulebooks), courses_rulebook(rulebooks))
    use_policy(store, known.rulebook)


def use_policy(store: Store, rulebook: Rulebook) -> None:
    """Let the queries of a store read the code lists, readings and own tables of a policy."""
    if isinstance(store, CaseStore):
        laid_out = store.made.get(f"laid out {rulebook.name}")
        if not isinstance(laid_out, _LaidOut) or laid_out.rulebook is not rulebook:
            rows = {name: Fixed(of_table) for name, of_table in rows_of(rulebook).items()}
            store.made[f"laid out {rulebook.name}"] = laid_out = _LaidOut(rulebook, columns_of(rulebook), rows)
        store.use_policy(laid_out.columns, laid_out.rows)
    else:
        load_policy(cast("FactStore", store), rulebook)


def columns_of(rulebook: Rulebook) -> dict[str, Columns]:
    """Names and kinds of the columns of each table that rules read beside the facts."""
    return {
        name: tuple((column, OF_SQL[kind]) for column, kind in types.items())
        for name, (types, _) in _tables_of(rulebook).items()
    }


def rows_of(rulebook: Rulebook) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table that rules read beside the facts."""
    return {name: list(rows) for name, (_, rows) in _tables_of(rulebook).items()}


def load_policy(store: "FactStore", rulebook: Rulebook, read: Collection[str] | None = None) -> None:
    """Code lists, readings and the policy's own tables, in a schema of the policy's name; then use that schema.

    Where it is known which tables are `read`, no other is made.
    """
    store.connection.execute(f"create schema if not exists {rulebook.name}; set search_path = '{rulebook.name},main'")
    laid_out = store.made.get(f"policy {rulebook.name}")
    if laid_out is rulebook:
        return
    for name, (columns, rows) in _tables_of(rulebook).items():
        if read is None or name in read:
            _fill(store, f"{rulebook.name} {name}", name, columns, rows)
    if read is None:
        store.made[f"policy {rulebook.name}"] = rulebook


def _tables_of(rulebook: Rulebook) -> dict[str, tuple[Mapping[str, str], Sequence[tuple[object, ...]]]]:
    """Columns with their types, and rows, of each table that rules read beside the facts."""
    tables: dict[str, tuple[Mapping[str, str], Sequence[tuple[object, ...]]]] = {
        "codes": (
            {"code_list": "varchar", "code": "varchar", "valid_from": "date", "valid_to": "date"},
            [(code.code_list, code.code, code.valid_from, code.valid_to) for code in rulebook.codes],
        ),
        "readings": (
            {"name": "varchar", "number": "double", "meaning": "varchar", "valid_from": "date", "valid_to": "date"},
            reading_rows(rulebook),
        ),
        "document_checklist": (
            dict.fromkeys(("kind", "element", "requirement", "label"), "varchar"),
            [(entry.kind, entry.element, entry.requirement, entry.label) for entry in rulebook.documents],
        ),
        "course_codes": (
            {"code": "varchar", "plans": "integer", "delivers": "integer"},
            course_code_rows(rulebook),
        ),
    }
    for name, (header, rows) in rulebook.tables.items():
        tables[name] = (dict.fromkeys(header, "varchar"), rows)
    return tables


def _fill(
    store: "FactStore", key: str, name: str, columns: Mapping[str, str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Fill a table of the schema in use; where it holds the same already, nothing is done.

    A table that is made again makes the engine plan every prepared query of the store again, at each run; so one of
    the same columns is emptied and filled.
    """
    if store.made.get(f"columns of {key}") != columns:
        listed = ", ".join(f"{identity(column)} {kind}" for column, kind in columns.items())
        store.connection.execute(f"create or replace table {name} ({listed})")
        store.made[f"columns of {key}"] = columns
        store.layouts += 1
    elif store.made.get(f"rows in {key}") == rows:
        return
    else:
        store.connection.execute(f"delete from {name}")
    insert(store, name, rows)
    store.made[f"rows in {key}"] = rows


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


def codes_of_no_course(rulebooks: Sequence[Rulebook]) -> frozenset[str]:
    """The codes that policies list and that make no course of therapy under any of them."""
    makes: set[str] = set()
    makes_none: set[str] = set()
    for book in rulebooks:
        for code in book.codes:
            (makes_none if code.code_list in book.policy.course_roles.no_course else makes).add(code.code)
    return frozenset(makes_none - makes)


def courses_rulebook(rulebooks: Sequence[Rulebook]) -> Rulebook:
    """What distinguishes courses, as a rulebook without rules: code lists of all policies that state their roles.

    Sites and the reading of the gap are those of the first policy that has them, else those of imrt. Its table of
    covered codes lists all codes that these policies name.
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
        tables={"icd10_sites": sites.tables["icd10_sites"], "covered_codes": _covered_codes((*rulebooks, *stating))},
    )


def covered_codes(rulebooks: Sequence[Rulebook]) -> frozenset[str]:
    """Every code that a list of the rulebooks names, or of what distinguishes courses."""
    return frozenset(code for (code,) in courses_rulebook(tuple(rulebooks)).tables["covered_codes"][1])


def _covered_codes(rulebooks: Sequence[Rulebook]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Every code that a list of the rulebooks names, as a table of a policy."""
    return ("code",), tuple((code,) for code in sorted({code.code for book in rulebooks for code in book.codes}))


def _first(rulebooks: Sequence[Rulebook], has: Callable[[Rulebook], bool]) -> Rulebook:
    return next((book for book in rulebooks if has(book)), None) or load_rulebook("imrt")


def insert(store: "FactStore", table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Add rows to a table, one list a column."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        store.connection.execute(f"insert into {table} select {', '.join('unnest(?)' for _ in columns)}", columns)
