"""What is written in more than one way, or read by engines as more than one thing, is refused with what to do."""

import pytest

from isocenter.rulebook.guard import what_reaches_out

_ODD_SIGNS = {
    "a space of no width": ("select a\u200bfrom\u200bt", "U+200B"),
    "a mark of byte order": ("select a\ufefffrom\ufefft", "U+FEFF"),
    "a space that does not break": ("select a\u00a0from t", "U+00A0"),
    "a vertical tab": ("select a from t\x0bwhere a > 1", "U+000B"),
    "a return": ("select a from t -- all\rwhere a > 1", "U+000D"),
    "a long s": ("\u017felect a from t", "U+017F"),
    "a dotless i": ("select a from t where a \u0131n (1)", "U+0131"),
    "a letter with an accent": ("select a as \xe9t\xe9 from t", "U+00E9"),
    "a semicolon": ("select a from t;", "';'"),
    "a colon": ("select b: a from t", "':'"),
    "a cast of one engine": ("select a::integer from t", "':'"),
    "a power": ("select a ** 2 from t", "'**'"),
    "another power": ("select a ^ 2 from t", "'^'"),
    "an absolute value": ("select @a from t", "'@'"),
    "a comparison of one engine": ("select a ~~ 'b' from t", "'~'"),
    "a list": ("select [a] from t", "'['"),
    "a parameter": ("select ? from t", "'?'"),
}
_OF_THE_MACHINE = (
    "user", "USER", "current_user", "session_user", "current_role", "current_schema", "current_path", "current_date",
    "current_time", "current_timestamp", "localtime", "localtimestamp", "rowid", "t.rowid", "grouping__id",
)  # fmt: skip
_ODD_PARTS = {
    "from first": ("from t select a", "in the place of `select`"),
    "from alone": ("select x.a from (from t) as x", "in the place of `select`"),
    "from after a union": ("select a from t union all from t", "in the place of `select`"),
    "a table alone": ("table t", "'table'"),
    "a replaced column": ("select * replace (1 as a) from t", "with replace"),
    "a renamed column": ("select * rename (a as b) from t", "with rename"),
    "columns but some": ("select * exclude (a) from t", "with except"),
    "columns by a pattern": ("select * like 'a%' from t", "name the columns"),
    "columns by name": ("select a from t union all by name select b from t", "with by name"),
    "the first of each": ("select distinct on (a) a, b from t", "with on"),
    "a limit of rows in no order": ("select a from t limit 5", "without `order by`"),
    "a limit of parts in no order": ("select a from t union all (select a from u order by a) limit 5", "`order by`"),
    "a limit that is read": ("select a from t limit (select max(b) from t)", "a limit is a number"),
    "an offset": ("select a from t limit 1 offset 1", "OFFSET"),
    "a share of rows": ("select a from t using sample 5", "sample"),
    "grouped by whatever is there": ("select a, count(*) as n from t group by all", "with all"),
    "a named window": ("select sum(a) over w as b from t window w as (order by b)", "holds"),
    "a frame of groups": ("select sum(a) over (order by b groups 1 preceding) as c from t", "write rows or range"),
    "a step that is kept": ("with s as materialized (select a from t) select a from s", "'materialized'"),
    "a join that lacks": ("select a from t anti join u on t.a = u.a", "'anti'"),
    "a join that has": ("select a from t left semi join u on t.a = u.a", "'semi'"),
    "bounds in any order": ("select a between symmetric 2 and 1 as b from t", "'symmetric'"),
    "nothing in one word": ("select a isnull as b from t", "'isnull'"),
    "the greatest few": ("select max(a, 10) as b from t", "with count"),
    "the greatest in an order": ("select max(a order by b) as c from t", "with this"),
    "columns that are counted": ("select count(t.*) as n from t", "within a function"),
    "a column of a schema": ("select main.t.a from t", "with db"),
    "a text as a name": ("select a as 'b' from t", "with quoted"),
    "two texts": ("select 'a' 'b' as c from t", "join them by concat"),
    "a name of a file": ("select _metadata.file_path as b from t", "'_metadata'"),
    "a number in another base": ("select 0x1F from t", "'0x1F'"),
    "a number in parts": ("select 1_000 as b from t", "'1_000'"),
    "a number with a power": ("select 1e400 as b from t", "'1e400'"),
    "a number of one engine": ("select 10L from t", "'10L'"),
    "a list of numbers": ("select cast(a as int array) as b from t", "ARRAY"),
    "a type of the user": ("select cast(a as mine) as b from t", "mine"),
    "a whole number of 128 bits": ("select cast(a as hugeint) as b from t", "expected one of bigint"),
    "a number without its digits": ("select cast(a as decimal) as b from t", "expected one of bigint"),
    "a catalog entry": ("select cast('t' as regclass) as b from t", "regclass"),
    "a time of day": ("select cast(a as timestamptz) as b from t", "expected one of bigint"),
}


@pytest.mark.parametrize(("query", "says"), _ODD_SIGNS.values(), ids=_ODD_SIGNS)
def test_a_sign_that_engines_or_the_check_pass_over_is_refused(query: str, says: str) -> None:
    assert f"the query holds {says}" in what_reaches_out(query, ["t", "u"]).replace("the character ", "")


@pytest.mark.parametrize("word", _OF_THE_MACHINE)
def test_what_the_machine_answers_without_parentheses_is_refused(word: str) -> None:
    """Spark answers `user` with the name of the account that runs it."""
    said = what_reaches_out(f"select t.a as subject_id, {word} as because from t", ["t"])
    assert f"says {word.removeprefix('t.').lower()!r}, which the machine answers" in said


@pytest.mark.parametrize(("query", "says"), _ODD_PARTS.values(), ids=_ODD_PARTS)
def test_a_clause_that_is_not_in_the_common_subset_is_refused(query: str, says: str) -> None:
    assert says in what_reaches_out(query, ["t", "u"])


@pytest.mark.parametrize(
    "query",
    [
        "select a from t where b = 'Stra\xdfe \u200b ; user::_x 1e5' -- \xe9 user; _x",
        "select 'it''s' as a, '''' as b, '' as c from t",
        "select a, lead(b, 1, 0) over (partition by a order by b desc) as c from t",
        "select lag(b, 2) over (order by a) as c, row_number() over (order by a) as d from t",
        "select sum(b) over (order by a rows between 2 preceding and current row) as c from t",
        "select count(distinct a) as b, count(*) as c, count(t.a) as d, avg(a) from t group by b having count(*) > 1",
        "select distinct t.* from t full outer join u using (a)",
        "select a from t right join u on t.a = u.a",
        "select a from t union select a from u except select b from u intersect select a from t",
        "select x.a from (select a, b from t order by b limit 5) as x",
        "with s(a, b) as (select a, b from t) select a from s as r(a, b)",
        "select trim(both 'x' from a) as b, trim(a) as c, upper(lower(a)) as d from t",
        "select substring(a, 2) as b, substring(a, 1, 3) as c, length(a) as d, starts_with(a, 'b') as e from t",
        "select cast(a as double) as b, try_cast(a as bigint) as c, cast(a as varchar) as d, cast(a as date) from t",
        "select greatest(a, b) as c, least(a, b, 1.5) as d, coalesce(a, b) as e, nullif(a, b) as f from t",
        "select case a when 1 then 'x' else 'y' end as b, case when a % 2 = 1 then -a end as c from t",
        "select floor(a / 2) as b, ceil(a) as c, abs(a) as d, sqrt(a) as e, mod(a, 2) as f, pow(a, 2) as g from t",
        "select year(a) as b, month(a) as c, day(a) as d, date '2024-01-31' as e from t",
        "select bool_and(a) as b, bool_or(a) as c, count_if(a) as d from t",
        "select a from t where a not in (1, 2) and b not like 'x%' and a is not null and not exists (select 1 from u)",
        "select a from t where a between 1 and 2 and b in (select b from u) and (a, b) in (select a, b from u)",
        "select printf('%.1f', floor(a * 10 + 0.5) / 10) as b, replace(a, '_', ' ') as c from t",
        "select concat(a, b, 'c') as user_id, a as x1, t.b as current_dose from t",
    ],
)  # fmt: skip
def test_what_both_engines_read_alike_may_run(query: str) -> None:
    assert what_reaches_out(query, ["t", "u"]) == ""
