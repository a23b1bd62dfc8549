"""A policy of a stranger whose query joins the claim lines to themselves many times ends with one sentence."""

import shutil
import time
from pathlib import Path

import duckdb
import pytest

from isocenter.cli import main
from isocenter.engines import database
from isocenter.engines.rows import running
from isocenter.engines.rows.kinds import INT, TEXT, NotComputed
from isocenter.engines.rows.known import plan_by_tree
from isocenter.review.adding_up import failure
from isocenter.rulebook.rulebook import load_policy

SBRT = Path(__file__).parent / "policies_of_others" / "sbrt_commercial"
HEADER = "claim_line_id,claim_id,line_number,member_id,service_date,procedure_code,units,setting,line_of_business"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    folder = tmp_path / "policy"
    shutil.copytree(SBRT, folder)
    rule = folder / "limits" / "few_fractions.sql"
    header = [line for line in rule.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
    joined = " ".join(f"cross join claim_lines as l{number}" for number in range(1, 9))
    query = f"select l0.claim_line_id as subject_id, 'met' as outcome, '' as because from claim_lines as l0 {joined}"
    rule.write_text("\n".join([*header, query]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    rows = [f"L{n},K1,{n},M1,2023-05-{n % 28 + 1:02d},77373,1,professional,commercial" for n in range(1, 100)]
    path = tmp_path / "claims.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["review", "screen"])
def test_a_query_without_end_is_ended_and_named(
    command: str, policy: Path, claims: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_SECONDS_OF_A_POLICY", 0.3)
    monkeypatch.setattr(running, "MOST_PAIRS", 100_000)
    out = ["--out", str(claims.with_name("out")), "--workers", "1"] if command == "screen" else []
    assert main([command, str(claims), "--policy", str(policy), *out]) == 2
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("isocenter: ")]
    assert "rule few_fractions of policy sbrt_commercial (few_fractions.sql)" in said
    assert "ended" in said


def test_an_interrupt_between_two_queries_reaches_the_next() -> None:
    connection = database.connect()
    connection.execute("create table few as select range as number from range(1000)")
    asked = "select count(*) from few a, few b, few c, few d, few e"
    with pytest.raises(duckdb.InterruptException), database.no_longer_than(0.05, connection):
        time.sleep(0.1)
        connection.execute(asked)
    assert connection.execute("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("select cast('K1' as integer)", "it casts a value that is not of that type: Could not convert"),
        ("select 9223372036854775807 * 2", "it makes a value that no column can hold: Overflow"),
        ("select nothing from few", "it does not fit the tables that it reads: Referenced column"),
        ("select 1;", "it is not SQL as it is run: syntax error"),
        (
            "select list(concat(number, repeat('x', 100000))) from few",
            "there was not enough memory for it; it may join",
        ),
    ],
)
def test_what_the_database_refuses_is_said_in_our_words(query: str, says: str) -> None:
    connection = database.connect(memory_bytes=20_000_000)
    connection.execute("create table few as select range as number from range(1000)")
    (rule, *_) = load_policy(str(SBRT)).rules
    with pytest.raises(duckdb.Error) as refused:
        connection.execute(f"select * from ({query})")
    said = str(failure(rule, "sbrt_commercial", refused.value))
    assert said.startswith(f"rule {rule.name} of policy sbrt_commercial ({rule.path.name}): {says}")
    assert "Error" not in said


def test_a_text_is_made_in_memory_up_to_a_length() -> None:
    doubled = ", ".join(f"t{n} as (select concat(x, x) as x from t{n - 1})" for n in range(1, 40))
    written = ", ".join(f"t{n} as (select replace(x, 'a', 'aa') as x from t{n - 1})" for n in range(1, 40))
    for steps in (doubled, written):
        query = f"with t0 as (select x from few), {steps} select x from t39"
        with pytest.raises(NotComputed, match="text"):
            plan_by_tree(query, {"few": (("x", TEXT),)}).run({"few": [("a",)]})


@pytest.mark.parametrize(
    "query",
    [
        "select a.n from few as a cross join few as b cross join few as c",
        "select a.n from few as a inner join few as b on a.one = b.one inner join few as c on b.one = c.one",
        "select a.n from few as a left join few as b on a.n < b.n left join few as c on b.n < c.n",
        "select a.n from few as a where exists (select 1 from few as b, few as c where b.n < a.n and c.n < a.n)",
        "with t as (select n from few union all select n from few),"
        " u as (select n from t union all select n from t),"
        " v as (select n from u union all select n from u) select n from v union all select n from v",
    ],
    ids=["without a condition", "by keys", "by a comparison", "for each row", "doubled"],
)
def test_rows_in_memory_are_joined_up_to_a_number(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan_by_tree(query, {"few": (("n", INT), ("one", INT))})
    tables = {"few": [(number, 1) for number in range(30)]}
    found = planned.run(tables)
    monkeypatch.setattr(running, "MOST_PAIRS", 1_000)
    monkeypatch.setattr(running, "MOST_CELLS", 300)
    monkeypatch.setattr(running, "_PAIRS_OF_A_ROW", 1)
    monkeypatch.setattr(running, "_CELLS_OF_A_ROW", 1)
    assert found
    with pytest.raises(NotComputed):
        planned.run(tables)
