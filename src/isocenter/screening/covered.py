"""Which lines of claims a screening keeps: of codes that a rule covers, and of members with a service of a course."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from isocenter.engines.database import literal
from isocenter.facts.identity import member_key_sql
from isocenter.facts.schema import tables
from isocenter.intake.bulk.layouts import Layout
from isocenter.intake.bulk.left_out_rows import left_out_reason
from isocenter.intake.bulk.selecting import lacks_its_code, lines_query
from isocenter.intake.bulk.sources import Content, Source
from isocenter.intake.bulk.value_expressions import frequency_expression, text_expression
from isocenter.rulebook.rulebook import Rulebook
from isocenter.screening.services_as_given import services_as_given
from isocenter.screening.unreadable import cannot_be_read
from isocenter.terms.values import FORM_OF_A_PROCEDURE

PASSED_BY = "lines_passed_by"  # the table of how many lines are passed by, and how far those that could be judged reach
_KNOWN = "known_code"
_WITHOUT_CODES = "corrections_without_codes"  # the table of claims that correct others, of which no line has a code
_OF_NO_COURSE = "(select code from known_codes where not makes_course)"


@dataclass(frozen=True, slots=True)
class CoveredCodes:
    """The procedure codes that rules cover, and those of them, such as visits, that make no course by themselves."""

    codes: frozenset[str]
    of_no_course: frozenset[str] = frozenset()


def covered_codes(rulebooks: Sequence[Rulebook], codes: Collection[str], courses: Rulebook) -> CoveredCodes:
    """The codes, and which of them every list that names them takes for such as make no course.

    `courses` is what distinguishes courses under the rulebooks. Where no code of the policies makes one, they are about
    something else, and none is taken for such.
    """
    listed: dict[bool, set[str]] = {True: set(), False: set()}  # by whether the list makes a course
    for book in rulebooks:
        for code in book.codes:
            listed[code.code_list not in book.policy.course_roles.no_course].add(code.code)
    known = frozenset(codes)
    making = listed[True] | {code.code for code in courses.codes}
    return CoveredCodes(known, known & listed[False] - making if known & listed[True] else frozenset())


def know_codes(connection: duckdb.DuckDBPyConnection, covered: CoveredCodes) -> None:
    """Make the type and the table of the codes that a rule covers, and those of members who are passed by, still empty.

    A line's code is cast to the type rather than joined to the table: a join may send rows in another order.
    """
    codes = sorted(covered.codes)
    connection.execute(
        f"drop type if exists {_KNOWN}; create type {_KNOWN} as enum ({', '.join(map(literal, codes or ['-']))});"
        "create or replace table known_codes (code varchar, makes_course boolean);"
        "create or replace table passed_by (member ubigint);"
        f"create or replace table {PASSED_BY} (source integer, lines bigint, billing_npi varchar, setting varchar,"
        " first_service date, last_service date)"
    )
    makes_course = [code not in covered.of_no_course for code in codes]
    connection.execute("insert into known_codes select unnest(?), unnest(?)", [codes, makes_course])


def is_of_covered_code(layout: Layout) -> str:
    """The condition on lines of codes that a rule covers, or that cannot be read, and on corrections with a code.

    A replacement ends its original even where none of its own codes is covered.
    """
    return _is_covered_or(layout, f"({_corrects(layout)} and {text_expression(layout, 'procedure_code')} <> '')")


def is_covered_or_lost(connection: duckdb.DuckDBPyConnection, layout: Layout) -> str:
    """The same, and the lines of corrections of which no line has a code, which are lost."""
    if not _holds(connection, f"select 1 from {_WITHOUT_CODES}"):
        return is_of_covered_code(layout)
    is_lost = f"{_correction(layout)} in (select correction from {_WITHOUT_CODES})"
    return _is_covered_or(
        layout, f"({_corrects(layout)} and ({text_expression(layout, 'procedure_code')} <> '' or {is_lost}))"
    )


def _is_covered_or(layout: Layout, corrects: str) -> str:
    code = text_expression(layout, "procedure_code")
    is_unread = f"{_is_unread(code)} or {lacks_its_code(layout)}"
    # As a case: of a line of a covered code, as most are, nothing else is worked out.
    return f"(case when try_cast({code} as {_KNOWN}) is not null then true else {is_unread} or {corrects} end)"


def is_kept(connection: duckdb.DuckDBPyConnection, layout: Layout) -> str:
    """The condition on the lines that are kept or rejected; the others are those that no rule has a question about."""
    is_covered = is_covered_or_lost(connection, layout)
    if not _holds(connection, "select 1 from passed_by"):
        return is_covered
    return f"({is_covered} and not {_is_passed_by(connection, layout)})"


def find_corrections_without_codes(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """Find the claims that correct others and have no code in any source: what they end is open, so they are lost.

    A hospital's corrections have lines of revenue alone beside others, and these bill no procedure.
    """
    connection.execute(f"create or replace temp table {_WITHOUT_CODES} (correction varchar)")
    corrections = [
        f"select {_correction(layout)} as correction, {text_expression(layout, 'procedure_code')} as code"
        f" from {source.relation} where {_corrects(layout)} and {left_out_reason(layout)} = ''"
        for source in sources
        if (layout := source.layout) is not None
        and source.content is Content.LINES
        and not layout.columns.keys().isdisjoint(("claim_frequency", "bill_type"))
    ]
    if not corrections:
        return
    try:
        connection.execute(
            f"insert into {_WITHOUT_CODES} select correction from ({' union all '.join(corrections)})"
            " group by 1 having max(code) = ''"
        )
    except duckdb.Error as wrong:
        raise cannot_be_read([file for source in sources for file in source.files], wrong) from None


def codes_covered(connection: duckdb.DuckDBPyConnection) -> dict[str, bool]:
    """The codes that a rule covers, and whether each makes a course."""
    return dict(connection.execute("select code, makes_course from known_codes").fetchall())


def members_passed_by(connection: duckdb.DuckDBPyConnection) -> np.ndarray:
    """The hashes of the members who are passed by, ascending."""
    return connection.execute("select member from passed_by order by member").fetchnumpy()["member"]


def member_if_alone(connection: duckdb.DuckDBPyConnection, layout: Layout) -> str:
    """The hash of the member of a line whose code makes no course, as an expression; null of other lines."""
    codes = ", ".join(literal(code) for (code,) in connection.execute(f"from {_OF_NO_COURSE}").fetchall())
    return f"case when {text_expression(layout, 'procedure_code')} in ({codes}) then {_member(layout)} end"


def lines_passed_by(connection: duckdb.DuckDBPyConnection, number: int) -> int:
    """How many lines of the source of a number are not kept though a rule covers their code."""
    found = connection.execute(
        f"select cast(coalesce(sum(lines), 0) as bigint) from {PASSED_BY} where source = {number}"
    ).fetchall()
    return int(found[0][0])


def count_lines_in_courses(connection: duckdb.DuckDBPyConnection, source: Source) -> int:
    """How many lines of a table are kept; of the codes that make no course few are, and none is counted."""
    assert source.layout is not None
    as_given = services_as_given(source, codes_covered(connection))
    lines = as_given.count_in_courses(_threads(connection)) if as_given else None
    if lines is not None:
        return lines
    alone = f"{text_expression(source.layout, 'procedure_code')} in {_OF_NO_COURSE}"
    query = f"select count(*) from {source.relation} where {is_of_covered_code(source.layout)} and not {alone}"
    return int(connection.execute(query).fetchall()[0][0])


def find_passed_by(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """Find the members of whom no line makes a course: of a payer's claims most visits are of members without one.

    Members of whom a code cannot be read, or a claim corrects another, are not passed by. By hashes: where two
    members share one, neither is passed by before both are. How far the lines passed by reach is kept by provider
    and setting.
    """
    if not _holds(connection, "select 1 from known_codes where not makes_course"):
        return
    laid_out = [
        (number, source, source.layout)
        for number, source in enumerate(sources)
        if source.content is Content.LINES and source.layout is not None
    ]
    try:
        # By the texts first: a key is worked out once for each, not once for each line.
        members = " union all ".join(
            _members_query(connection, f"members_given_{number}", source, layout) for number, source, layout in laid_out
        )
        connection.execute(
            f"insert into passed_by select hash({member_key_sql('member')})"
            f" from (select member, bool_and(is_alone) as is_alone from ({members}) where member <> '' group by member)"
            " group by 1 having bool_and(is_alone)"
        )
        for number, *_ in laid_out:
            connection.unregister(f"members_given_{number}")
        if _holds(connection, "select 1 from passed_by"):
            for number, source, layout in laid_out:
                query = _passed_by_query(connection, number, layout, source.relation)
                connection.execute(f"insert into {PASSED_BY} {query}")
    except duckdb.Error as wrong:
        raise cannot_be_read([file for source in sources for file in source.files], wrong) from None


def _members_query(connection: duckdb.DuckDBPyConnection, name: str, source: Source, layout: Layout) -> str:
    """The query for the members of the covered lines of a source, and whether none of these makes a course.

    It may read what is registered under the `name`.
    """
    as_given = services_as_given(source, codes_covered(connection))
    members = as_given.members(_threads(connection)) if as_given else None
    if members is not None:
        connection.register(name, members)
        return f"select member, is_alone from {name}"
    member = text_expression(layout, "member_id")
    return (
        f"select {member} as member, bool_and({_makes_no_course(layout)}) as is_alone"
        f" from {source.relation} where {is_of_covered_code(layout)} group by 1"
    )


def _threads(connection: duckdb.DuckDBPyConnection) -> int:
    return int(connection.execute("select current_setting('threads')").fetchall()[0][0])


def _holds(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    return connection.execute(f"{query} limit 1").fetchone() is not None


def _member(layout: Layout) -> str:
    return f"hash({member_key_sql(text_expression(layout, 'member_id'))})"


def _makes_no_course(layout: Layout) -> str:
    code = text_expression(layout, "procedure_code")
    return f"({code} in {_OF_NO_COURSE} and not {_corrects(layout)})"


def _corrects(layout: Layout) -> str:
    return f"{frequency_expression(layout)} in ('7', '8')"


def _correction(layout: Layout) -> str:
    """What names the claim of a line that corrects another, as the review of one case names it."""
    claim, member = (text_expression(layout, name) for name in ("claim_id", "member_id"))
    return f"concat_ws(chr(31), {claim}, {member}, {frequency_expression(layout)})"


def _is_unread(code: str) -> str:
    return f"not regexp_full_match({code}, {literal(f'({FORM_OF_A_PROCEDURE})?')})"


def _is_passed_by(connection: duckdb.DuckDBPyConnection, layout: Layout) -> str:
    """The condition on lines whose members are passed by; members of lines of other codes are not looked at."""
    return f"coalesce({member_if_alone(connection, layout)} in (select member from passed_by), false)"


def _passed_by_query(connection: duckdb.DuckDBPyConnection, number: int, layout: Layout, relation: str) -> str:
    """What is passed by of a source, as rows of the table of that."""
    needed = ("billing_npi", "setting", "service_date", "last_service_date")
    columns = [column for column in tables()["claim_lines"].columns if column.name in needed]
    billing = "coalesce(billing_npi, '')" if "billing_npi" in layout.columns else "''"
    last_day = "service_date"
    if "last_service_date" in layout.columns:
        last_day = "coalesce(last_service_date, service_date)"
    passed_by = f"{_is_passed_by(connection, layout)} and {left_out_reason(layout)} = ''"
    return (
        f"select {number}, count(*), {billing}, setting, min(service_date) filter (where reason = ''),"
        f" max({last_day}) filter (where reason = '') from ({lines_query(layout, relation, columns, where=passed_by)})"
        " group by all"
    )
