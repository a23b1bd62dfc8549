"""Makes synthetic claims, some thousand courses at a time, and writes them with the truth about them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import duckdb

from isocenter.engines.database import connect
from isocenter.errors import UnreadableInput
from isocenter.files.folders import expect_a_name_in_utf8
from isocenter.files.writing import expect_no_other_files
from isocenter.synthesis.outputs import GrowingFiles
from isocenter.terms.claims import ClaimLine

_FIRST_BEGINNING, _LAST_BEGINNING = date(2010, 1, 4), date(2026, 7, 31)
_COURSES_A_PART = 10_000  # about half a million lines; even, so that a pair of courses stays together
_COURSES_A_PROVIDER = 250
_DAYS_TO_A_LATER_COURSE = 400
_LISTS = ("billing", "diagnoses", "editions", "planted", "procedures", "regimens", "violations")
_TABLES_OF_A_PART = ("claim_diagnoses", "truth/courses", "truth/violations")

# Columns of claim lines that synthetic claims leave out: each service is billed on its day, by one number.
_NOT_WRITTEN = {
    "last_service_date", "patient_account_number", "payer_claim_number", "submitter_id", "patient", "written_at",
    "repeated_line_id",
    *(f"diagnosis_pointer_{place}" for place in (1, 2, 3, 4)),
}  # fmt: skip


_OURS = re.compile(r"(claim_lines|claim_diagnoses)\.parquet|truth")
_MOST_COURSES = 100_000_000  # far more than the claims of a nation hold


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make: how many courses, from which seed, and how many of them are out of the ordinary.

    `violations` is the share of plain courses of IMRT that get one violation each, `overlapping` the share of
    courses that overlap another course of the same member.
    """

    courses: int = 20_000
    seed: int = 1
    violations: float = 0.1
    overlapping: float = 0.0

    def __post_init__(self) -> None:
        if self.courses < 1:
            raise UnreadableInput(f"{self.courses} courses were asked for; ask for one at least")
        if self.courses > _MOST_COURSES:
            raise UnreadableInput(f"{self.courses} courses were asked for; ask for {_MOST_COURSES:,} at most")
        for name in ("violations", "overlapping"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise UnreadableInput(f"the share of {name} is {share}; give a number from 0 to 1")


@dataclass(frozen=True, slots=True)
class Made:
    """How much was made so far."""

    courses: int
    lines: int
    violations: int


def synthesize(
    folder: Path,
    recipe: Recipe,
    on_progress: Callable[[Made], None] = lambda _: None,
    *,
    threads: int = 2,
    numbers: range | None = None,
) -> Made:
    """Write claim_lines.parquet, claim_diagnoses.parquet and truth/*.parquet of a recipe into a folder.

    The same recipe gives the same rows with the same release of DuckDB. Lines are in the order of their dates:
    courses begin in the order of their numbers, so lines before the first day of the next part are complete.
    `numbers` are those of the courses to make where not all are, one of `shares(recipe, ...)`: made by several
    processes, each into a folder of its own, the shares together hold the same rows.
    """
    expect_a_name_in_utf8(folder)
    expect_no_other_files(folder, _OURS, "a part of synthetic claims")
    numbers = numbers or range(recipe.courses)
    made = Made(0, 0, 0)
    with connect(threads=threads) as connection, GrowingFiles(folder) as outputs:
        _prepare(connection, recipe)
        for first in range(numbers.start, numbers.stop, _COURSES_A_PART):
            following = min(first + _COURSES_A_PART, numbers.stop)
            _make_part(connection, first, following, is_last=following == numbers.stop)
            rows = {name: outputs.add(name, connection.sql(_sql(name.replace("/", "_")))) for name in _TABLES_OF_A_PART}
            lines = outputs.add_split(
                connection.sql(_sql("claim_lines")),
                {
                    "claim_lines": [name for name in ClaimLine._fields if name not in _NOT_WRITTEN],
                    "truth/line_courses": ["claim_line_id", "true_course"],
                },
            )
            made = Made(following, made.lines + lines, made.violations + rows["truth/violations"])
            on_progress(made)
    return made


def shares(recipe: Recipe, count: int) -> list[range]:
    """The numbers of the courses of a recipe in as many shares, or fewer where there are not courses enough."""
    parts = -(-recipe.courses // _COURSES_A_PART)
    courses = -(-parts // count) * _COURSES_A_PART
    return [range(first, min(first + courses, recipe.courses)) for first in range(0, recipe.courses, courses)]


def _prepare(connection: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
    """The lists to draw from, what the draws depend on, and no line yet."""
    days = (_LAST_BEGINNING - _FIRST_BEGINNING).days
    later_by = -(-recipe.courses * _DAYS_TO_A_LATER_COURSE // days)
    variables = {
        "seed": recipe.seed,
        "courses": recipe.courses,
        "violations": recipe.violations,
        "overlapping": recipe.overlapping,
        "days": days,
        "later_by": later_by,
        "later_spread": max(1, later_by // 4),
        # Ten kinds of provider recur, and a neighbor of the same kind must be another one.
        "providers": 10 * max(2, recipe.courses // (10 * _COURSES_A_PROVIDER)),
    }
    for name, value in variables.items():
        connection.execute(f"set variable {name} = {value}")
    for name in _LISTS:
        with as_file(files("isocenter.synthesis") / f"{name}.csv") as path:
            connection.execute(f"create table {name} as from read_csv(?, nullstr = 'null')", [str(path)])
    connection.execute(_sql("macros"))
    connection.execute(_sql("lists"))


def _make_part(connection: duckdb.DuckDBPyConnection, first: int, following: int, *, is_last: bool) -> None:
    """Tables of one part: course, service, line, and the lines that are complete; the rest waits for the next."""
    connection.execute(f"set variable first_course = {first}; set variable next_course = {following}")
    for table in ("course", "service", "line"):
        connection.execute(f"create or replace table {table} as {_sql(table)}")
    is_complete = "true" if is_last else f"service_date < begin_of({following})"
    connection.execute("create table if not exists waiting as from line limit 0")
    connection.execute(
        f"""
        create or replace view known as from line union all from waiting;
        create or replace table complete as from known where {is_complete}
            order by service_date, number, is_of_course, biller, month_number, suffix, line_number;
        create or replace table still_waiting as from known where not ({is_complete});
        drop view known;
        drop table waiting;
        alter table still_waiting rename to waiting
        """
    )


@cache
def _sql(name: str) -> str:
    return (files("isocenter.synthesis") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
