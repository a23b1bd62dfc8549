"""The check of a policy folder finds each kind of mistake, and none in the bundled policies."""

import shutil
from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.errors import BrokenRule
from isocenter.review.duckdb_engine import dry_run
from isocenter.review.rule_cases import cases_of
from isocenter.rulebook.check import check
from isocenter.rulebook.citations import Passages
from isocenter.rulebook.rulebook import load_folder, load_policy, policy_names
from isocenter.rulebook.sql_subset import FUNCTIONS, complaints
from isocenter.rulebook.syntax import parts_by_tree
from tests.rulebook.folders import rule, write_policy

_CASES = Path(__file__).parents[1] / "policies"
_OTHERS = Path(__file__).parents[1] / "policies_of_others"
_RULE = "coding/no_special_dosimetry_for_verification.sql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "imrt"
    shutil.copytree(load_policy("imrt").folder, copy)
    return copy


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", policy_names())
def test_the_bundled_policies_hold_no_mistake(name: str) -> None:
    rulebook = load_policy(name)
    cases = {found.rule.name: found.cases for found in cases_of(rulebook, _CASES)}
    assert check(rulebook, cases) == []
    assert dry_run(rulebook) == []


def test_a_requirement_without_a_rule_is_found(folder: Path) -> None:
    (folder / _RULE).unlink()
    assert "requirements.csv: no rule serves SPEC-1" in check(load_folder(folder))


def test_a_citation_that_is_none_is_found(folder: Path) -> None:
    change(folder / _RULE, "cites:        77331", "cites:        99999")
    assert any("cites section 99999" in mistake for mistake in check(load_folder(folder)))


def test_a_rule_without_cases_is_found(folder: Path) -> None:
    assert any("no cases" in mistake for mistake in check(load_folder(folder), {}))


def test_the_command_runs_the_cases_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "sbrt"
    shutil.copytree(_OTHERS / "sbrt_commercial", copy)
    assert main(["check", str(copy)]) == 0
    assert "4 rules, 1 definition, 5 cases run, 0 mistakes" in capsys.readouterr().out
    change(copy / "cases" / "limits" / "one_management.yaml", "B: not_met", "B: met")
    assert main(["check", str(copy)]) == 2
    assert "one_management.sql: no case shows the outcome not_met" in capsys.readouterr().out
    change(copy / "cases" / "limits" / "few_fractions.yaml", "because: {B: at most 5", "because: {B: at most 4")
    change(copy / "cases" / "limits" / "one_management.yaml", "B: met", "B: not_met")
    assert main(["check", str(copy)]) == 2
    shown = capsys.readouterr().out
    assert (
        "few_fractions.yaml: the sixth fraction is too many in 2023 and none too many in 2024: B: because is" in shown
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("claim_line_id: A", "claim_line_name: A", "claim_line_name"),
        ("claim_lines:", "claim_rows:", "a case names 'claim_rows', which is not a fact table"),
        ("units: 1", "units: none", "units"),
        ("findings: {A: met, B: not_met}", "findings: [", "cannot be read as YAML"),
    ],
)
def test_a_case_that_cannot_be_read_is_named(
    old: str, new: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "sbrt"
    shutil.copytree(_OTHERS / "sbrt_commercial", copy)
    change(copy / "cases" / "limits" / "one_management.yaml", old, new)
    assert main(["check", str(copy)]) == 2
    shown = capsys.readouterr()
    assert says in shown.out + shown.err


def test_a_code_without_date_or_source_is_found(folder: Path) -> None:
    with (folder / "codes" / "more.csv").open("w") as more:
        more.write("list,code,label,valid_from,valid_to,source\nmine,77999,Something,,,\n")
    found = check(load_folder(folder))
    assert "codes: 77999 of list mine has no valid_from" in found
    assert "codes: 77999 of list mine has no source" in found


def test_a_reading_that_nobody_uses_is_found(folder: Path) -> None:
    with (folder / "readings.toml").open("a") as readings:
        readings.write('\n[idle]\nvalue = 1\nunit = ""\nreason = "none"\nsource = "none"\n')
    assert "readings.toml: no rule reads the reading idle" in check(load_folder(folder))


def test_a_definition_that_nobody_reads_is_found(folder: Path) -> None:
    (folder / "definitions" / "idle.sql").write_text("-- title: Idle\n\nselect 1 as a -- every coded_lines row\n")
    assert "idle.sql: no rule reads this definition" in check(load_folder(folder))


def test_what_a_query_reads_is_not_written_by_hand(folder: Path) -> None:
    change(folder / _RULE, "-- judges: ", "-- uses: documents\n-- judges: ")
    with pytest.raises(BrokenRule, match="the header names uses, which are derived from the query"):
        load_folder(folder)


def test_a_relation_that_nothing_makes_is_found(folder: Path) -> None:
    change(folder / _RULE, "from coded_lines", "from coded_line")
    with pytest.raises(BrokenRule, match="reads 'coded_line', which this policy does not have"):
        load_folder(folder)


def test_a_need_that_the_query_does_not_read_is_found(folder: Path) -> None:
    change(folder / _RULE, "-- needs:        ", "-- needs:        attestations, ")
    assert any("needs attestations, which it does not read" in mistake for mistake in check(load_folder(folder)))


def test_a_rule_asks_for_a_kind_of_document_that_the_policy_knows(folder: Path) -> None:
    change(folder / _RULE, "-- asks:         special_dosimetry_record", "-- asks:         diary")
    assert any("asks for 'diary'" in mistake for mistake in check(load_folder(folder)))


def test_a_rule_that_asks_for_several_kinds_says_for_which_codes_each(folder: Path) -> None:
    asks = "-- asks:         special_dosimetry_record"
    change(folder / _RULE, asks, f"{asks} for no_such_list")
    assert any("for 'no_such_list', which is not a code list" in mistake for mistake in check(load_folder(folder)))
    change(folder / _RULE, f"{asks} for no_such_list", f"{asks}, procedure_record")
    with pytest.raises(BrokenRule, match="say for which code list each"):
        load_folder(folder)


def test_a_rule_that_misses_a_document_says_which_kind(folder: Path) -> None:
    change(folder / _RULE, "-- asks:         special_dosimetry_record\n", "")
    assert any("say with `asks`" in mistake for mistake in check(load_folder(folder)))


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ('select "a" from claim_lines', "double quotes"),
        ("select 7 // 2 as a", "floor(a / b)"),
        ("select service_date - first_date as a from claim_lines", "date minus date"),
        ("select array_agg(a order by b) as c from t", "aggregates of lists"),
        ("select a from t where procedure_code = '77301'", "the code 77301 is written literally"),
        ("select a from t order by a", "order by at the end"),
        ("select * exclude (a) from t", "* exclude"),
        ("select date_diff('day', a, b) as c from t", "plus a number of days"),
        ("select sha256(a) as b from t", "a query may call abs, avg"),
        ("select cast(a as varchar) as b from t", "concat() makes text"),
        ("select a from t qualify row_number() over () = 1", "qualify"),
        ("select a + interval 3 day as b from t", "interval"),
        ("select printf('%.1f', a) as b from t", "floor(x * 10 + 0.5) / 10"),
        ("select printf('%.1f', floor(a * 100 + 0.5) / 100) as b from t", "floor(x * 10 + 0.5) / 10"),
        ("select round(a, 1) as b from t", "floor(x + 0.5)"),
        ("select a from t where a not in (select b from u)", "write not exists"),
        ("select from where", "cannot be parsed"),
    ],
)
def test_sql_outside_the_common_subset_is_found(query: str, says: str) -> None:
    assert any(says in sentence for sentence in complaints(query)), complaints(query)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("-- consequence:  deny", "-- consequence:  punish", "is not a valid Consequence"),
        ("-- title:", "-- heading:", "the header lacks title"),
        ("-- carc:", "-- carcass:", "which is not one of"),
        ("-- carc:         97\n", "", "remarks on a reason code; add carc"),
    ],
)
def test_a_broken_header_is_named_in_one_sentence(folder: Path, old: str, new: str, says: str) -> None:
    change(folder / _RULE, old, new)
    with pytest.raises(BrokenRule, match=says):
        load_folder(folder)


@pytest.mark.parametrize("query", ["select from t", "select a from t where exists (select from u)"])
def test_a_select_of_nothing_is_no_query(query: str) -> None:
    with pytest.raises(ValueError, match="names no column"):
        parts_by_tree(query)


def test_a_header_of_a_table_over_two_lines_is_shown_in_one_sentence(folder: Path) -> None:
    (folder / "sections.csv").write_text('section,"pattern\nbegins",label\na,b,c\n', encoding="utf-8")
    with pytest.raises(BrokenRule, match=r"^[^\n]*pattern\\nbegins[^\n]*$"):
        load_folder(folder)


def test_a_rule_that_the_engine_refuses_is_named(folder: Path) -> None:
    change(folder / _RULE, "claim_line_id", "claim_line_jd")
    (sentence,) = dry_run(load_folder(folder))
    assert "no_special_dosimetry_for_verification" in sentence


def test_a_rule_that_compares_courses_reads_their_profiles_alone(folder: Path) -> None:
    change(folder / _RULE, "-- judges: ", "-- compares: courses\n-- judges: ")
    found = check(load_folder(folder))
    assert any("compares courses and reads coded_lines" in mistake for mistake in found)


def test_a_rule_compares_nothing_but_courses(folder: Path) -> None:
    change(folder / _RULE, "-- judges: ", "-- compares: members\n-- judges: ")
    with pytest.raises(BrokenRule, match="compares 'members'"):
        load_folder(folder)


def test_a_measure_that_evidence_does_not_produce_is_found(folder: Path) -> None:
    change(folder / "definitions" / "signs_of_concavity.sql", "share_in_concavity_percent", "share_in_concavty_percent")
    found = check(load_folder(folder))
    assert any("'share_in_concavty_percent' is not a measure that evidence produces" in mistake for mistake in found)


@pytest.mark.parametrize(("table", "column"), [("documents", "kind"), ("document_elements", "element")])
def test_a_document_or_element_that_the_policy_does_not_list_is_found(table: str, column: str, tmp_path: Path) -> None:
    text = rule().replace("from claim_lines", f"from claim_lines inner join {table} on {table}.{column} = 'diary'")
    found = check(load_folder(write_policy(tmp_path, {"coding/a_rule.sql": text})))
    assert any("'diary' is no" in mistake for mistake in found)


def test_what_a_rule_does_not_foresee_must_not_become_met(tmp_path: Path) -> None:
    falls = rule("case when claim_lines.units > 1 then 'not_met' else 'met' end")
    (found,) = check(load_folder(write_policy(tmp_path, {"coding/a_rule.sql": falls})))
    assert "a case ends in else 'met'" in found
    names = rule("case when claim_lines.units > 1 then 'not_met' when claim_lines.units <= 1 then 'met' end")
    assert check(load_folder(write_policy(tmp_path, {"coding/a_rule.sql": names}))) == []


def test_a_heading_cannot_be_cited(tmp_path: Path) -> None:
    book = load_folder(write_policy(tmp_path, {"coding/a_rule.sql": rule()}))
    for text, mistakes in (("Text\n\nNot Applicable\n", 1), ("Text\n\nNo line is billed with one unit alone.\n", 0)):
        found = check(book, passages=Passages(text, book.sections))
        assert len(found) == mistakes, found
        assert all("which is a heading ('Not Applicable')" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (
            "case when documents.document_id is null then 'not_met' when units > 0 then 'met' end",
            "something is missing",
        ),
        (
            "case when (documents.document_id is null or units > 3) then 'not_met' when units > 0 then 'met' end",
            "something is missing",
        ),
        (
            "case when not exists (select 1 from documents) then 'not_met' when units > 0 then 'met' end",
            "something is missing",
        ),
        ("case when units > 0 then 'met' else 'not_met' end", "ends in else 'not_met'"),
        ("case when documents.document_id is null and units > 3 then 'not_met' when units > 0 then 'met' end", ""),
        ("case when documents.document_id is null then 'not_documented' when units > 0 then 'met' end", ""),
    ],
)
def test_a_refusal_has_a_ground_in_what_was_supplied(outcome: str, says: str, tmp_path: Path) -> None:
    joined = "from claim_lines left join documents on documents.claim_line_id = claim_lines.claim_line_id"
    text = rule(outcome, "-- asks:         note\n").replace("from claim_lines", joined)
    files = {"coding/a_rule.sql": text, "documents.csv": "kind,element,requirement,label\nnote,a,R-1,A\n"}
    found = check(load_folder(write_policy(tmp_path, files)))
    assert [says in sentence for sentence in found] == ([True] if says else []), found


def test_the_functions_that_a_query_may_call_are_those_that_the_page_lists() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
    assert FUNCTIONS in page
    calls = {
        "cast": "cast(a as integer)",
        "try_cast": "try_cast(a as integer)",
        "printf": "printf('%.1f', floor(a * 10 + 0.5) / 10)",
    }
    for name in FUNCTIONS.split(", "):
        call = calls.get(name, f"{name}(a, 'b', 'c')")
        query = f"select {call} as x from t"
        assert not any("common subset" in said for said in complaints(query)), query
