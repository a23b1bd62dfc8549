"""Lines that an 837 and a table of claims both hold are one line, billed once: that of the table goes."""

from collections.abc import Collection

import duckdb

from isocenter.engines.database import literal
from isocenter.intake.bulk.sources import Source
from isocenter.intake.bulk.value_expressions import text_expression

NUMBER_IN_TABLE = "number_in_table"  # of lines split of both: the claim's number as a table has it; '' in an 837
GIVEN_TWICE = "an 837 and a table of claims both hold the line; one of them is judged"
_OF_X12 = f"{NUMBER_IN_TABLE} = ''"
_MODIFIERS = tuple(f"modifier_{place}" for place in (1, 2, 3, 4))


def numbers_in_tables(source: Source, of_x12: Collection[Source]) -> dict[str, str]:
    """The further column of the lines of a source; files of FHIR, which are neither, have none."""
    files = {file for one in of_x12 for file in one.files}
    if files.issuperset(source.files):
        return {NUMBER_IN_TABLE: "''"}
    if source.layout is None or source.path_column == "path":
        return {}
    return {NUMBER_IN_TABLE: f"nullif({text_expression(source.layout, 'claim_id')}, '')"}


def leave_out_copies(connection: duckdb.DuckDBPyConnection, lines: str, columns: Collection[str]) -> None:
    """Give the reason to each line of a table `lines` that is a copy, with the columns of the lines as they were split.

    Lines are one where claim number, frequency, member, day, code, modifiers and units agree, and no other provider or
    setting is named. That of the 837 is kept, which says more, unless the table names the course.
    """
    modifiers = ", ".join(f"coalesce({name}, '')" for name in _MODIFIERS if name in columns) or "''"
    service = (
        "member_id, coalesce(nullif(claim_frequency, ''), '1'), service_date, procedure_code, units,"
        f" list_sort(list_distinct([{modifiers}]))"
    )
    billing = "coalesce(billing_npi, '')" if "billing_npi" in columns else "''"
    course = "coalesce(course_id, '')" if "course_id" in columns else "''"
    connection.execute(
        f"""
        create or replace temp table services_given as
        select rowid as line, {_OF_X12} as is_of_x12, patient_account_number as account, {NUMBER_IN_TABLE} as number,
            row({service}) as service, {billing} as billing, coalesce(setting, '') as setting, {course} as course
        from {lines} where {NUMBER_IN_TABLE} is not null
        """
    )
    # Those of one provider and setting first: where one of the two leaves them open, it may be of several.
    for known in (("billing", "setting"), ("setting",), ("billing",), ()):
        provider = "".join(f", {name}" for name in known)
        same_provider = " and ".join(
            f"one.{name} = other.{name}" if name in known else
            f"(one.{name} = other.{name} or '' in (one.{name}, other.{name}))"
            for name in ("billing", "setting")
        )  # fmt: skip
        for number in ("number", "account"):
            connection.execute(
                f"""
                create or replace temp table pairs as
                with placed as (
                    select *, row_number() over (
                        partition by service, is_of_x12, {_number(number)}{provider} order by line
                    ) as place
                    from services_given
                )
                select one.line as of_x12, other.line as of_table, other.course
                from placed as one inner join placed as other
                    on one.service = other.service and one.account = other.{number} and one.place = other.place
                where one.is_of_x12 and not other.is_of_x12 and {same_provider};
                update {lines} set reason = {literal(GIVEN_TWICE)} where rowid in
                    (select case when course = '' then of_table else of_x12 end from pairs);
                delete from services_given where line in (select unnest([of_x12, of_table]) from pairs)
                """
            )
    connection.execute("drop table services_given; drop table pairs")


def _number(of_table: str) -> str:
    return f"case when is_of_x12 then account else {of_table} end"
