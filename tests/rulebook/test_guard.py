"""A policy folder of a stranger: nothing of it runs that does more than select from facts and its own tables."""

import shutil
from pathlib import Path

import duckdb
import pytest

from isocenter.errors import BrokenRule
from isocenter.rulebook.guard import RESERVED, what_reaches_out
from isocenter.rulebook.rulebook import load_folder, policy_names
from isocenter.terms.limits import POLICY_BYTES
from tests.rulebook.folders import ABOUT, write_policy

_REACHING_OUT = (
    "select content from read_text('/etc/hostname')",
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from glob('/*')",
    "select * from t where name in (select file from glob('/*'))",
    "with t as (select * from t) select * from elsewhere",
    "select (select content from read_blob('/etc/hostname')) as because from t",
    "select * from t, lateral (select content from read_text('/etc/hostname'))",
    "select * from other.t",
    "select * from parquet.`/data`",
    'select * from "t"',
    "select 1; copy t to '/tmp/t.csv'",
    "copy (select * from t) to '/tmp/t.csv'",
    "install httpfs",
    "attach '/tmp/other.db' as other",
    "create table u as select * from t",
    "with recursive r as (select 1 as n union all select n + 1 from r) select * from r",
    "select * from range(1000000000000)",
    "select unnest(range(1000000000000)) from t",
    "select current_setting('temp_directory') from t",
    "select getenv('HOME') from t",
    "select java_method('java.lang.Runtime', 'getRuntime') from t",
    "select reflect('java.lang.System', 'getenv') from t",
    "select '${env:HOME}' from t",
    "select '\\' from t -- '",
    "select $$text$$ from t",
    "select /* a comment */ * from t",
    "select replace(a, 'a', 'aa') from t",
    "select replace(a, 'a', b) from t",
    "select replace(a, b, '') from t",
    "select replace(a, '', 'b') from t",
    "pivot t on a",
    "select t.a from t natural join u",
    "select t.a from t natural left join u",
    "select t.a from t asof join u on t.a = u.a and t.b >= u.b",
    "select t.a from t positional join u",
    "select t.a from t join u",
    "select t.a from t left join u",
    "select t.a from t, u where t.a = u.a",
    "select a as outcome, b as outcome from t",
    "select a as outcome, b as OUTCOME from t",
    "select a, t.a from t",
    "with s as (select a as b, b from t) select b from s",
    "select n from (select a as n, b as n from t) as s",
    "select a from t union all select a as b, b from t",
    "(" * 4000 + "select 1" + ")" * 4000,
    "select " + ", ".join(["a"] * 50_000) + " from t",
)


@pytest.mark.parametrize("query", _REACHING_OUT, ids=lambda query: query[:40])
def test_a_query_that_reaches_out_is_refused(query: str) -> None:
    assert what_reaches_out(query, ["t", "u"])


@pytest.mark.parametrize(
    "query",
    [
        "select t.a from t cross join u",
        "select t.a, u.b from t inner join u on t.a = u.a",
        "select t.a from t left join u using (a)",
        "select t.a from t full outer join u on t.a = u.a",
        "select t.*, u.* from t inner join u on t.a = u.a",
        "select a from t where exists (select 1, 1 from u where u.a = t.a)",
        "select t.t from t",
        "select b.a from (select b from t) as b inner join (select u.b from u) as t on t.b = b.b",
        "with b as (select b from t) select b.a from b",
    ],
)
def test_a_query_may_join_what_it_names(query: str) -> None:
    assert what_reaches_out(query, ["t", "u"]) == ""


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("select t.a from t asof join u on t.b >= u.b", "asof join"),
        ("select t.a from t join u", "cross join"),
        ("select a as outcome, b as Outcome from t", "two columns 'outcome'"),
        ("select t from t", "the column 't' by itself"),
        ("select count(One) as n from t as one", "the column 'One' by itself"),
        ("select t.a from t inner join u on u", "the column 'u' by itself"),
        ("select t.a from t where exists (select 1 from u where u.a = t)", "the column 't' by itself"),
        ("with one as (select a from t) select count(*) as n from one group by one", "the column 'one' by itself"),
    ],
)
def test_what_is_wrong_with_a_join_or_a_name_is_said(query: str, says: str) -> None:
    assert says in what_reaches_out(query, ["t", "u"])


def test_a_query_that_selects_from_its_own_tables_may_run() -> None:
    query = "with one as (select t.a, count(*) as n from t group by t.a) select concat(a, ': ', n) as because from one"
    assert what_reaches_out(query, ["t"]) == ""


def test_a_query_may_replace_a_text_by_one_that_is_no_longer() -> None:
    assert what_reaches_out("select replace(replace(a, '_', ' '), 'field ', '') as because from t", ["t"]) == ""


def test_a_rule_that_would_run_for_hours_is_refused_when_the_folder_is_loaded(folder: Path) -> None:
    value = "claim_lines.units"
    for _ in range(40):
        value = f"nullif({value}, 1)"
    _write_rule(
        folder, f"select claim_line_id as subject_id, 'met' as outcome, concat({value}) as because from claim_lines"
    )
    with pytest.raises(BrokenRule, match=r"\.sql: it nests nullif.* 40 deep"):
        load_folder(folder)


def test_a_rule_that_would_be_planned_for_hours_is_refused_when_the_folder_is_loaded(folder: Path) -> None:
    steps = ["one_0 as (select claim_lines.claim_line_id as a, claim_lines.procedure_code as b from claim_lines)"]
    for number in range(1, 60):
        earlier = f"one_{number - 1}"
        steps.append(
            f"one_{number} as (select {earlier}.a, case when {earlier}.b > 'a' then {earlier}.b end as b from {earlier}"
            f" where {earlier}.b <> 'c')"
        )
    _write_rule(folder, f"with {', '.join(steps)} select a as subject_id, 'met' as outcome, b as because from one_59")
    with pytest.raises(BrokenRule, match=r"\.sql: its steps name columns of earlier steps so often"):
        load_folder(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from isocenter.rulebook import rulebook  # noqa: PLC0415

    assert "ncci" in policy_names()
    return Path(shutil.copytree(Path(rulebook.__file__).parents[1] / "policies" / "ncci", tmp_path / "theirs"))


def _write_rule(folder: Path, query: str) -> None:
    rule = next(folder.glob("coding/*.sql"))
    header = [line for line in rule.read_text(encoding="utf-8").splitlines() if line.startswith("-- ")]
    rule.write_text("\n".join([*header, query]) + "\n", encoding="utf-8")


def test_a_rule_that_reads_a_file_is_refused_when_the_folder_is_loaded(folder: Path) -> None:
    _write_rule(folder, "select content as subject_id, 'met' as outcome, '' as because from read_text('/etc/hostname')")
    with pytest.raises(BrokenRule, match=r"\.sql: it reads READ_TEXT"):
        load_folder(folder)


@pytest.mark.parametrize(
    "name", ["x; copy (select 1) to '/tmp/x'", "main", "", "X", "a b", "a'b", 'a"b', "x" * 64, "é", "a\n"]
)
def test_a_name_is_a_name_and_no_sql(folder: Path, name: str) -> None:
    about = folder / "policy.toml"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    about.write_text(about.read_text(encoding="utf-8").replace('name = "ncci"', f'name = "{quoted}"'), encoding="utf-8")
    with pytest.raises(BrokenRule, match=r"policy\.toml"):
        load_folder(folder)


def test_no_name_is_a_word_of_sql(tmp_path: Path) -> None:
    kept = "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"
    assert {word for (word,) in duckdb.sql(kept).fetchall()} <= RESERVED
    for word, files in {
        "select": {"policy.toml": ABOUT.replace("small", "select")},
        "order": {"tables/order.csv": "code\n77301\n"},
        "group": {"tables/mine.csv": "code,group\n77301,a\n"},
        "union": {"definitions/union.sql": "-- title: Lines\nselect * from claim_lines\n"},
    }.items():
        policy = write_policy(tmp_path / word, files)
        with pytest.raises(BrokenRule, match=f"'{word}': SQL reads this word"):
            load_folder(policy)


@pytest.mark.parametrize("file", ["coding/r.sql", "codes/a.csv"])
def test_a_file_of_very_many_bytes_is_refused_before_it_is_read(file: str, tmp_path: Path) -> None:
    policy = write_policy(tmp_path / "policy", {file: ""})
    with (policy / file).open("wb") as written:
        written.truncate(POLICY_BYTES.most + 1)
    with pytest.raises(BrokenRule, match=r"20,000,001 bytes in one file of a policy; at most 20,000,000 are read"):
        load_folder(policy)


@pytest.mark.parametrize("table", ["claim_lines", "codes", "findings"])
def test_a_policy_cannot_put_its_own_table_in_the_place_of_a_fact_table(folder: Path, table: str) -> None:
    (folder / "tables").mkdir(exist_ok=True)
    (folder / "tables" / f"{table}.csv").write_text("code\n77301\n", encoding="utf-8")
    with pytest.raises(BrokenRule, match=table):
        load_folder(folder)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("conditions.csv: condition,label\na,b\n", "expected also requirement"),
        ("what_is_said_of_codes.csv: a,b\n1,2\n", "expected also code"),
        ("sites.csv: name\nbreast\n", "expected also site"),
        ("icd10_sites.csv: icd10_from,icd10_to,site\nC50,C51,breast\n", "expected also laterality"),
        ("icd10_sides.csv: laterality\nleft\n", "expected also pattern"),
        (
            "usual_limits.csv: structure,measure,at_most,unit,against,source\nCord,D0.03cc,nan,Gy,a,b\n",
            "line 2: at_most is 'nan'; expected a number above 0",
        ),
    ],
)
def test_a_table_that_the_program_reads_has_what_it_reads(file: str, says: str, tmp_path: Path) -> None:
    name, _, text = file.partition(": ")
    with pytest.raises(BrokenRule, match=f"tables/{name}: .*{says}"):
        load_folder(write_policy(tmp_path / "policy", {f"tables/{name}": text}))


@pytest.mark.parametrize("header", ["a) as select 1; --,b", "select,2", '"a b",c'])
def test_the_columns_of_a_table_are_names(folder: Path, header: str) -> None:
    (folder / "tables").mkdir(exist_ok=True)
    (folder / "tables" / "mine.csv").write_text(f"{header}\n1,2\n", encoding="utf-8")
    with pytest.raises(BrokenRule, match=r"tables/mine\.csv: the column"):
        load_folder(folder)


def test_definitions_that_read_one_another_in_a_long_chain_are_refused(tmp_path: Path) -> None:
    chain = {
        f"definitions/d{number}.sql": f"-- title:        A step\nselect * from d{number + 1}\n" for number in range(200)
    }
    chain["definitions/d200.sql"] = "-- title:        The last\nselect * from claim_lines\n"
    with pytest.raises(BrokenRule, match="more than 100 definitions read one another in a chain"):
        load_folder(write_policy(tmp_path / "policy", chain))
