"""Facts in Spark: data frames held against the contract of the fact tables, every claim line in its course."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from isocenter.errors import UnknownName, UnreadableInput
from isocenter.facts.courses import (
    MAY_BE_SUPERSEDED_SQL,
    course_windows_sql,
    courses_of_lines_sql,
    courses_sql,
    diagnoses_of_claims_sql,
    incomplete_codes_sql,
    originals_not_at_hand_sql,
    possible_courses_sql,
    service_days_sql,
    superseded_sql,
)
from isocenter.facts.identity import TWICE, member_key_sql, patient_key_sql, shared_key_sql
from isocenter.facts.schema import LATEST, UNIQUE_KEYS, Column, Table, earliest, tables
from isocenter.review.diagnosed import INCOMPLETE
from isocenter.review.spark_desk import SPARK_TYPES, Desk, as_few_rows, kept, together
from isocenter.terms.tables import FACT_TABLES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ACCEPTED = {
    "varchar": ("string", "varchar", "char"),
    "integer": ("tinyint", "smallint", "int", "bigint"),
    "double": ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal"),
    "date": ("date",),
    "boolean": ("boolean",),
}
_TWINS = f"""
    select
        claim_lines.*,
        case when row_number() over (partition by {{columns}} order by claim_line_id) > 1 then '{TWICE}' end as reason,
        '{TWICE}' as kind
    from claim_lines
"""
# Lines of one claim and id that state different things are of several claims under one number, as in a review.
_OF_ONE_ID = """
    select
        claim_lines.*,
        row_number() over (
            partition by claim_id, claim_line_id order by service_date, procedure_code, units, {columns}
        ) as place,
        count(*) over (partition by claim_id, claim_line_id) as lines_of_id,
        min(claim_id) over (partition by claim_line_id) <> max(claim_id) over (partition by claim_line_id)
            as is_of_several
    from claim_lines
"""
_SUPERSEDED = """
    select claim_lines.*, superseded.reason, superseded.kind
    from claim_lines
    left join ({superseded}) as superseded on claim_lines.claim_line_id = superseded.claim_line_id
"""


REMARKS = dict.fromkeys(("path", "place", "remark", "kind"), "varchar")
_ORIGINALS_NOT_AT_HAND = f"""
    select '' as path, concat('claim ', claim_id) as place, sentence as remark, kind
    from ({originals_not_at_hand_sql()}) as originals
"""
_SHARED = f"""
    select claim_id
    from claim_lines
    group by claim_id
    having count(distinct {member_key_sql("member_id")}) > 1
        or count(distinct nullif(billing_npi, '')) > 1
        or count(distinct nullif(setting, '')) > 1
"""
_CLAIM_KEY = shared_key_sql(
    *(f"claim_lines.{name}" for name in ("claim_id", "member_id", "patient", "billing_npi", "setting"))
)
_KEYED = f"""
    select
        claim_lines.*,
        case when shared.claim_id is null then claim_lines.claim_id else {_CLAIM_KEY} end as claim_key,
        count(*) over (partition by claim_lines.claim_line_id) as bearers,
        shared.claim_id is not null as is_shared
    from claim_lines
    left join ({_SHARED}) as shared on claim_lines.claim_id = shared.claim_id
"""
_KEYED_DIAGNOSES = f"""
    select distinct coalesce(named.claim_key, claim_diagnoses.claim_id) as claim_id, icd10, position,
        claim_diagnoses.member_id
    from claim_diagnoses
    left join (
        select claim_id, claim_key, {member_key_sql("member_id")} as member_key,
            min({member_key_sql("member_id")}) over (partition by claim_id)
                = max({member_key_sql("member_id")}) over (partition by claim_id) as is_of_one
        from keyed_lines where is_shared
    ) as named
        on claim_diagnoses.claim_id = named.claim_id
            and (
                {member_key_sql("claim_diagnoses.member_id")} = named.member_key
                or (claim_diagnoses.member_id = '' and named.is_of_one)
            )
    where named.claim_key is not null
        or claim_diagnoses.claim_id not in (select claim_id from keyed_lines where is_shared)
"""


_OF_SEVERAL_PATIENTS = """
    select member_id
    from claim_lines
    where patient <> ''
    group by member_id
    having count(distinct patient) > 1
"""


def distinguish_claims(desk: Desk, has_patients: bool = True) -> None:
    """Give claims whose number other members, providers or settings have too a key of their own.

    The same key as in a review or a screening of files. Diagnoses follow their claim; where neither they nor their
    number name one member, nothing says whose they are, and they are left out.
    """
    if has_patients:
        part_patients(desk)
    key_shared_claims(desk)


def key_shared_claims(desk: Desk) -> bool:
    """Give claims of one number keys of their own, as distinguish_claims does; whether there are any."""
    if desk.sql(_SHARED).isEmpty():
        return False
    keyed = kept(desk.sql(_KEYED))
    desk.put("keyed_lines", keyed)
    columns = {
        "claim_id": "claim_key",
        "claim_line_id": "case when is_shared and bearers > 1 then concat(claim_key, '-', line_number)"
        " else claim_line_id end",
        "patient_account_number": "coalesce(nullif(patient_account_number, ''), claim_id)",
    }
    names = FACT_TABLES["claim_lines"]._fields
    lines = kept(keyed.selectExpr(*(f"{columns.get(name, name)} as {name}" for name in names)))
    desk.put("claim_diagnoses", kept(desk.sql(_KEYED_DIAGNOSES)))
    desk.put("claim_lines", lines)
    return True


def part_patients(desk: Desk) -> bool:
    """Persons who share a member's number get names of their own; whether there are any."""
    if desk.session.table("claim_lines").filter("patient <> ''").isEmpty():
        return False
    shared = kept(desk.sql(_OF_SEVERAL_PATIENTS))
    if shared.isEmpty():
        return False
    desk.put("members_of_several_patients", shared)
    names = FACT_TABLES["claim_lines"]._fields
    named = patient_key_sql("member_id", "patient")
    member = (
        f"case when member_id in (select member_id from members_of_several_patients) then {named} else member_id end"
    )
    columns = ", ".join(f"{member} as member_id" if name == "member_id" else name for name in names)
    desk.put("claim_lines", kept(desk.sql(f"select {columns} from claim_lines")))
    return True


def put_facts(desk: Desk, given: Mapping[str, "DataFrame"]) -> None:
    """Put every fact table on the desk, empty where it was not supplied.

    Text that is null, and columns that are missing, say what the record does not say; keys may be neither. Raises
    UnknownName for what is not a fact table, UnreadableInput for columns or values that break the contract.
    """
    conforming = {name: as_few_rows(frame) or frame for name, frame in conformed(given).items()}
    check_values(conforming)
    for table in tables().values():
        none = desk.rows({column.name: column.type for column in table.columns}, [])
        desk.put(table.name, conforming.get(table.name, none))


def conformed(given: Mapping[str, "DataFrame"]) -> "dict[str, DataFrame]":
    """The frames with the columns of their fact tables in their types; UnknownName, UnreadableInput as put_facts."""
    for name in given:
        if name not in tables():
            raise UnknownName(f"{name!r} is not a fact table; known are {', '.join(tables())}")
    return {name: _conforming(tables()[name], frame) for name, frame in given.items()}


def set_twins_aside(desk: Desk) -> "DataFrame | None":
    """Leave out claim lines that appear twice, and name others of one id apart; None where no id comes again.

    Returns the lines that were left out, each with the reason.
    """
    lines = desk.session.table("claim_lines")
    if lines.groupBy("claim_line_id").count().filter("count > 1").isEmpty():
        return None
    columns = ", ".join(lines.columns)
    aside = _leave_out(desk, _TWINS.format(columns=columns))
    _name_apart(desk, _OF_ONE_ID.format(columns=columns))
    return aside


def set_lines_aside(desk: Desk) -> "tuple[DataFrame, DataFrame]":
    """Leave out claim lines that appear twice and those of claims that were voided or replaced or copy another.

    Returns the lines that were left out, each with the reason, and remarks on corrections of claims not supplied.
    Reads the table covered_codes of the policies whose views are on the desk.
    """
    aside = desk.session.table("claim_lines").limit(0).selectExpr("*", "'' as reason", "'' as kind")
    remarks = desk.rows(REMARKS, [])
    twins = set_twins_aside(desk)
    if twins is not None:
        aside = aside.unionByName(twins)
    if not desk.sql(MAY_BE_SUPERSEDED_SQL).isEmpty():
        remarks = kept(desk.sql(_ORIGINALS_NOT_AT_HAND))
        aside = aside.unionByName(_leave_out(desk, _SUPERSEDED.format(superseded=superseded_sql())))
    return aside, remarks


def remarks_on_codes(desk: Desk) -> "DataFrame":
    """A remark on each code of a diagnosis that is not complete, with the claim that has it.

    Reads icd10_sites of the policy whose views are on the desk.
    """
    why = INCOMPLETE.replace("'", "''")
    return desk.sql(
        f"select '' as path, concat('claim ', claim_id) as place, concat('diagnosis ', icd10, ': ', '{why}') as remark,"
        f" '{why}' as kind from ({incomplete_codes_sql()}) as incomplete"
    )


def _name_apart(desk: Desk, placing: str) -> None:
    """Give lines of one id names of their own, and keep the id for the rule that asks which of them counts."""
    again = "case when place > 1 then concat('#', place) else '' end"
    by_claim = "case when is_of_several then concat(claim_id, '-', claim_line_id) else claim_line_id end"
    is_repeated = "lines_of_id > 1 and not is_of_several"
    values = {
        "claim_id": f"concat(claim_id, {again})",
        "claim_line_id": f"concat({by_claim}, {again})",
        "repeated_line_id": f"case when {is_repeated} then claim_line_id else repeated_line_id end",
    }
    placed = kept(desk.sql(placing))
    names = FACT_TABLES["claim_lines"]._fields
    desk.put("claim_lines", placed.selectExpr(*(f"{values.get(name, name)} as {name}" for name in names)))


def _leave_out(desk: Desk, marking: str) -> "DataFrame":
    marked = kept(desk.sql(marking))
    desk.put("claim_lines", marked.filter("reason is null").drop("reason", "kind"))
    return marked.filter("reason is not null")


def put_lines_in_courses(desk: Desk) -> None:
    """Give claim lines without a course the one that they belong to, and make the courses that are missing.

    Reads the codes, readings and tables of the policy whose views are on the desk.
    """
    if not desk.session.table("claim_lines").filter("course_id = ''").isEmpty():
        _add(desk, "possible_courses", possible_courses_sql())
        columns = ", ".join(
            "course_id_found as course_id" if column == "course_id" else column
            for column in FACT_TABLES["claim_lines"]._fields
        )
        desk.put("claim_lines", kept(desk.sql(f"select {columns} from ({courses_sql()})")))
    _add(desk, "courses", courses_of_lines_sql())


def lay_out_days(desk: Desk) -> None:
    """Say which days lines of several days cover, and what of each course may lie outside the claims supplied."""
    _add(desk, "service_days", service_days_sql())
    _add(desk, "course_windows", course_windows_sql())


def take_diagnoses_from_claims(desk: Desk) -> None:
    """Diagnoses of claims become diagnoses of the courses that their lines belong to."""
    _add(desk, "diagnoses", diagnoses_of_claims_sql())


def _add(desk: Desk, table: str, query: str) -> None:
    desk.put(table, kept(desk.session.table(table).unionByName(desk.sql(query))))


def _conforming(table: Table, frame: "DataFrame") -> "DataFrame":
    """The frame with the columns of the table, in its types."""
    given = dict(frame.dtypes)
    selected = []
    for column in table.columns:
        kind = given.get(column.name)
        if kind is None:
            selected.append(f"{_unsaid(table, column)} as `{column.name}`")
            continue
        if kind.split("(", maxsplit=1)[0] not in _ACCEPTED[column.type]:
            expected = " or ".join(_ACCEPTED[column.type])
            raise UnreadableInput(f"{table.name}: the column {column.name} is {kind}; cast it to {expected}")
        value = f"cast(`{column.name}` as {SPARK_TYPES[column.type]})"
        if column.type == "varchar" and not _is_key(table, column):
            value = f"coalesce({value}, {_unsaid(table, column)})"
        selected.append(f"{value} as `{column.name}`")
    return frame.selectExpr(*selected)


def _is_key(table: Table, column: Column) -> bool:
    """Whether every row has to say it."""
    return column.required and column.name not in _defaults(table)


def _defaults(table: Table) -> dict[str, object]:
    """What columns hold where the record does not say; a claim line may come without its course."""
    course = {"course_id": ""} if table.name == "claim_lines" else {}
    return FACT_TABLES[table.name]._field_defaults | course


def _unsaid(table: Table, column: Column) -> str:
    """The value of a column where the record does not say."""
    if _is_key(table, column):
        raise UnreadableInput(f"{table.name}: the column {column.name} is missing; every row needs one")
    default = _defaults(table)[column.name]
    return f"cast(null as {SPARK_TYPES[column.type]})" if default is None else f"'{default}'"


def check_values(frames: Mapping[str, "DataFrame"]) -> None:
    """UnreadableInput where rows of the frames break the contract, with how many they are."""
    counted = [
        frame.selectExpr(f"'{name}' as table_name", f"array({', '.join(tests_of(tables()[name]).values())}) as counts")
        for name, frame in frames.items()
    ]
    for table_name, counts in together(counted).collect() if counted else ():
        refuse_wrong_rows(table_name, dict(zip(tests_of(tables()[table_name]), counts, strict=True)))


def refuse_wrong_rows(table: str, counts: Mapping[str, int]) -> None:
    """UnreadableInput where any rows of a table break a test; `counts` by what is wrong with them."""
    wrong = [f"{what} ({count} rows)" for what, count in counts.items() if count]
    if wrong:
        raise UnreadableInput(f"{table}: {'; '.join(wrong)}; correct or leave out these rows")


def tests_of(table: Table, given: Collection[str] | None = None) -> dict[str, str]:
    """What can be wrong with the rows of a table, each with the expression of Spark that counts such rows.

    Where only the columns `given` say anything, of these.
    """
    tests = {}
    for column in table.columns:
        if given is not None and column.name not in given:
            continue
        name = f"`{column.name}`"
        if _is_key(table, column):
            tests[f"{column.name} is missing"] = f"count_if({name} is null)"
        if column.type == "date":
            first = earliest(column.name)
            within = f"{name} >= date '{first}' and {name} <= date '{LATEST}'"
            tests[f"{column.name} is not from {first} to {LATEST}"] = f"count_if(not ({within}))"
        if column.allowed:
            words = ", ".join(f"'{word}'" for word in column.allowed)
            expected = f"{column.name} is not one of {', '.join(column.allowed)}"
            tests[expected] = f"count_if({name} not in ('', {words}))"
    if table.name == "claim_lines":
        tests["units is under 1"] = "count_if(units < 1)"
    key = UNIQUE_KEYS.get(table.name, ())
    if key:
        names = ", ".join(key)
        empty = " or ".join(f"cast({name} as string) = ''" for name in key)
        tests[f"{names} is empty"] = f"count_if({empty})"
    if key and table.name != "claim_lines":
        tests[f"{names} appears more than once"] = f"count(*) - count(distinct {names})"
    return tests


def tested_columns(table: Table) -> set[str]:
    """The columns that the tests of a table read."""
    tested = {
        column.name for column in table.columns if _is_key(table, column) or column.type == "date" or column.allowed
    }
    return tested | set(UNIQUE_KEYS.get(table.name, ()))
