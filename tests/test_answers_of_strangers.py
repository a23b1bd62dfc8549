"""What a stranger's policy may be and answer: none of it is passed over, and nothing unknown counts as met."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.engines.rows.kinds import TEXT, NotComputed
from isocenter.engines.rows.known import plan_by_tree
from isocenter.errors import BrokenRule
from isocenter.rulebook.rulebook import load_policy

SBRT = Path(__file__).parent / "policies_of_others" / "sbrt_commercial"
HEADER = "claim_line_id,claim_id,line_number,member_id,service_date,procedure_code,units,setting,line_of_business"
ANSWER = "select claim_line_id as subject_id, {outcome} as outcome, '' as because from claim_lines"


def _write(folder: Path, query: str) -> None:
    rule = folder / "limits" / "few_fractions.sql"
    header = [line for line in rule.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
    header = ["-- judges:       claim_line" if line.startswith("-- judges:") else line for line in header]
    rule.write_text("\n".join([*header, query]) + "\n", encoding="utf-8")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SBRT, tmp_path / "policy"))


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(f"{HEADER}\nL1,K1,1,M1,2023-05-01,77373,1,professional,commercial\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("command", ["review", "screen"])
@pytest.mark.parametrize(
    ("query", "why"),
    [
        (ANSWER.format(outcome="'pay'"), "the outcome 'pay'; expected met, not_met, not_documented or not_applicable"),
        (ANSWER.format(outcome="nullif('met', 'met')"), "the outcome ''; expected met"),
        (
            ANSWER.format(outcome="'not_met'").replace("claim_line_id", "nullif(claim_line_id, claim_line_id)"),
            "nothing",
        ),
        (
            ANSWER.format(outcome="'not_met'").replace("claim_line_id", "claim_id"),
            "about claim line 'K1', which is not there",
        ),
    ],
    ids=["another word", "no outcome", "no subject", "a claim for a line"],
)
def test_an_answer_that_is_none_is_refused_and_its_rule_named(
    command: str, query: str, why: str, policy: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(policy, query)
    out = ["--out", str(claims.with_name("out")), "--workers", "1"] if command == "screen" else []
    assert main([command, str(claims), "--policy", str(policy), *out]) == 2
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("isocenter: ")]
    assert "rule few_fractions of policy sbrt_commercial" in said
    assert why in said


def _terms(folder: Path) -> None:
    _write(folder, ANSWER.format(outcome=f"case when {' + '.join(['1'] * 5000)} > 0 then 'met' end"))


def _codes(folder: Path) -> None:
    _write(folder, ANSWER.format(outcome=f"case when units in ({', '.join(['1'] * 50_000)}) then 'met' end"))


def _width(folder: Path) -> None:
    _write(folder, ANSWER.format(outcome="'met'").replace("''", "printf('%2000000000d', 1)"))


def _link_to_a_file(folder: Path) -> None:
    (folder / "limits" / "more.sql").symlink_to("/etc/hostname")


def _link_to_a_folder(folder: Path) -> None:
    (folder / "limits").rename(folder.parent / "limits")
    (folder / "limits").symlink_to(folder.parent / "limits")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "limits" / "more.sql")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_terms, "few_fractions.sql: .*nested too deep"),
        (_codes, "few_fractions.sql: .*characters; expected at most 100,000"),
        (_width, r"few_fractions.sql: it calls printf otherwise than as printf\('%.1f'"),
        (_link_to_a_file, "limits/more.sql: a link that leads out of the folder"),
        (_link_to_a_folder, "limits: a link that leads out of the folder"),
        (_pipe, "limits/more.sql: a pipe, no file"),
    ],
)
def test_what_would_fill_the_memory_or_is_of_no_folder_is_refused_when_it_is_loaded(
    policy: Path, change: Callable[[Path], None], why: str
) -> None:
    load_policy(str(policy))
    change(policy)
    with pytest.raises(BrokenRule, match=why):
        load_policy(str(policy))


def test_a_query_of_very_many_steps_is_left_to_duckdb() -> None:
    steps = ", ".join(f"t{number} as (select x from t{number - 1})" for number in range(1, 600))
    query = f"with t0 as (select x from few), {steps} select x from t599"
    with pytest.raises(NotComputed, match="steps"):
        plan_by_tree(query, {"few": (("x", TEXT),)}).run({"few": [("a",)]})


def test_an_answer_without_words_is_shown_without_words(policy: Path, claims: Path, tmp_path: Path) -> None:
    for outcome in ("'met'", "'not_met'"):
        _write(policy, ANSWER.format(outcome=outcome).replace("'' as because", "nullif('', '') as because"))
        assert main(["review", str(claims), "--policy", str(policy), "--report", str(tmp_path / "r.html")]) == 0
