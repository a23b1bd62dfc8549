"""Mistakes that an outsider makes in a policy folder are each named in one sentence."""

import shutil
from pathlib import Path

import pytest

from isocenter.chart.statements.check import check_grammar
from isocenter.errors import BrokenRule
from isocenter.review.rule_cases import cases_of, cases_without_rule
from isocenter.rulebook.check import check
from isocenter.rulebook.rulebook import load_folder, load_policy, policy_names

_SBRT = Path(__file__).parents[1] / "policies_of_others" / "sbrt_commercial"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(_SBRT, tmp_path / "sbrt_commercial"))


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("policy.toml", '"commercial"', '"comercial"', "line_of_business is 'comercial'"),
        ("policy.toml", 'code_lists = ["sbrt_plan"]', 'code_lists = ["sbrt_plans"]', "names 'sbrt_plans'"),
        ("policy.toml", 'plans = ["sbrt_plan"]', 'plans = ["sbrt_plans"]', "course_roles names 'sbrt_plans'"),
        ("limits/one_management.sql", "itself, sbrt_management", "itself, sbrt_manage", "rests_on names 'sbrt_manage'"),
        ("policy.toml", 'name = "limits"', 'name = "limit"', "is in the folder limits"),
        ("codes/sbrt.csv", "sbrt_management,", "x'; drop table courses; --,", "a name has small letters"),
        ("readings.toml", "[most_fractions]", '["a; drop"]', "a name has small letters"),
        ("tables/conditions.csv", "small_tumor,", "smal_tumor,", "no document that states smal_tumor"),
        ("tables/conditions.csv", ",SB-2,", ",NEC-99,", "names 'NEC-99', which is not in requirements.csv"),
        ("cases/limits/one_management.yaml", "  findings: {A: met, B: not_met}\n", "", "expects nothing"),
        (
            "cases/limits/one_management.yaml",
            "B: not_met",
            "B: notmet",
            "the outcome 'notmet' of B; known are met, not",
        ),
        (
            "cases/limits/one_management.yaml",
            "B: not_met}",
            "B: not_met}\n  because: {Z: x}",
            "says because of Z, of which its findings",
        ),
        ("policy.toml", 'title = "Limits of a course"\n', "", "the group limits has no title"),
        ("policy.toml", 'title = "Stereotactic fractions"\n', "", "has no title"),
        (
            "limits/one_management.sql",
            "    case\n        when numbered.units_so_far > 1 then 'not_met'\n"
            "        when numbered.units_so_far <= 1 then 'met'\n    end as outcome",
            "    coalesce(case when numbered.units_so_far > 1 then 'not_met' end, 'met') as outcome",
            "else 'met'",
        ),
    ],
)
def test_check_names_it(folder: Path, file: str, old: str, new: str, says: str) -> None:
    _change(folder / file, old, new)
    rulebook = load_folder(folder)
    mistakes = check(rulebook, {found.rule.name: found.cases for found in cases_of(rulebook)})
    assert any(says in mistake for mistake in mistakes), mistakes


_BOMB = "&b [x,x,x,x,x,x,x,x,x,x]"


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        ("- {case: x, claim_lines: 5, findings: {A: met}}", "case 1: claim_lines is not a list of rows"),
        ("- {case: x, claim_lines: [{units: [1]}], findings: {A: met}}", "case 1: claim_lines is not a list of rows"),
        ("- {case: x, findings: {}}\n- &a {case: y, findings: *a}", "case 2: findings is not a list of"),
        ("- {case: x, findings: {A: [met]}}", "findings is not a list of"),
        ("- {case: x, because: 5, findings: {A: met}}", "because is not a list of"),
        (f"- {{case: {_BOMB}, findings: {{}}}}", "`case` is not a text"),
        (f"- {{case: x, readings: {{a: {_BOMB}}}, findings: {{}}}}", "readings is not a list of"),
        ("- {case: x, 5: [], findings: {}}", "a name in it is not a text"),
        ("- {case: x, not_assessed: maybe}", "neither true nor false"),
        ("- {case: x, claim_lines: [{units: " + "9" * 5000 + "}]}", "a date that does not exist, or a number of"),
        ("- {case: x, claim_lines: [{service_date: 2024-02-30}]}", "a date that does not exist, or a number of"),
        ("[" * 20_000, "nested too deeply|cannot be read as YAML"),
    ],
)
def test_what_is_no_case_is_named_before_it_is_run(folder: Path, cases: str, says: str) -> None:
    (folder / "cases" / "limits" / "one_management.yaml").write_text(cases, encoding="utf-8")
    with pytest.raises(BrokenRule, match=f"^one_management.yaml: .*{says}"):
        list(cases_of(load_folder(folder)))


def test_cases_of_a_rule_that_does_not_exist_are_named(folder: Path) -> None:
    cases = folder / "cases" / "limits"
    (cases / "one_management.yaml").rename(cases / "one_managment.yaml")
    assert list(cases_without_rule(load_folder(folder))) == [
        "limits/one_managment.yaml: cases of limits/one_managment, which is not a rule of this policy;"
        " did you mean limits/one_management?"
    ]


def test_a_group_of_rules_may_be_called_chart(folder: Path) -> None:
    (folder / "limits").rename(folder / "chart")
    (folder / "cases" / "limits").rename(folder / "cases" / "chart")
    _change(folder / "policy.toml", 'name = "limits"', 'name = "chart"')
    rulebook = load_folder(folder)
    assert check(rulebook, {found.rule.name: found.cases for found in cases_of(rulebook)}) == []
    assert check_grammar(rulebook) == []


def test_check_names_two_rules_of_one_name(folder: Path) -> None:
    shutil.copy(folder / "limits" / "one_management.sql", folder / "appropriateness" / "one_management.sql")
    assert any(
        "one_management.sql: it is in the folders appropriateness and limits" in m for m in check(load_folder(folder))
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("readings.toml", "least = 1", "least = 20", "least value 20 is above its most 10"),
        *(
            ("sections.csv", "^Limits,", f"{pattern},", "the pattern of section limits is .*; expected at most 200")
            for pattern in ("^Lim(its", "^(L+)+$", "^L.*i.*m.*", "a{99999999999999999999}", "[.*]", "L" * 201, "L|i")
        ),
        ("limits/one_management.sql", "-- carc: ", "-- affects: claim_lines\n-- carc: ", "is not a definition of this"),
        (
            "limits/one_management.sql",
            "-- carc:         97\n",
            "-- carc:         97\n-- valid_from:   2020-01-01\n-- valid_to:     2019-01-01\n",
            "valid_to 2019-01-01 comes before valid_from 2020-01-01",
        ),
        (
            "policy.toml",
            "[[lanes]]",
            '[[groups]]\nname = "limits"\nrole = "necessity"\n[[lanes]]',
            "'limits' appears twice",
        ),
        ("policy.toml", "2015-01-01", "2015-01-01T00:00:00Z", r"is 2015-01-01 00:00:00\+00:00; write a day"),
        ("requirements.csv", "SB-3,", "SB-2,", "requirements.csv: SB-2 appears twice"),
        ("sections.csv", "reasons,", "limits,", "sections.csv: limits appears twice"),
        ("tables/conditions.csv", "label", "condition", "conditions.csv: the column condition appears twice"),
        ("limits/one_management.sql", "claim_lines\n", "claim_rows\n", "'claim_rows', which is not a fact table"),
        (
            "limits/one_management.sql",
            "-- carc: ",
            "-- shown_by: nothing\n-- carc: ",
            "'nothing', which is not a fact table",
        ),
        ("tables/conditions.csv", "small_tumor", "x" * 1_000_001, "a cell has more than 1,000,000 letters"),
    ],
)
def test_a_folder_with_it_is_not_loaded(folder: Path, file: str, old: str, new: str, says: str) -> None:
    _change(folder / file, old, new)
    with pytest.raises(BrokenRule, match=says):
        load_folder(folder)


@pytest.mark.parametrize(
    "place",
    ["limits/OTHER.SQL", "other.sql", "limits/deep/other.sql", "tables/other.CSV", "codes/other.sql", "other.csv",
     "definitions/other.csv", "limits/other.toml"],
)  # fmt: skip
def test_a_part_of_a_policy_in_a_place_where_it_is_not_read_is_refused(folder: Path, place: str) -> None:
    (folder / place).parent.mkdir(exist_ok=True)
    shutil.copy(folder / "limits" / "one_management.sql", folder / place)
    with pytest.raises(
        BrokenRule, match=f"^{place}: no part of a policy has this place and name; a rule is group/name"
    ):
        load_folder(folder)


@pytest.mark.parametrize("name", policy_names())
def test_a_copy_of_a_policy_of_ours_is_read_whole(name: str, tmp_path: Path) -> None:
    ours = load_policy(name)
    copied = load_folder(Path(shutil.copytree(ours.folder, tmp_path / name)))
    assert [rule.query for rule in copied.rules] == [rule.query for rule in ours.rules]


def test_notes_beside_a_policy_are_no_parts_of_it(folder: Path) -> None:
    before = load_folder(folder)
    for name in ("README.md", "LICENSE", "limits/notes.txt", "cases/limits/draft.csv"):
        (folder / name).write_text("a note\n", encoding="utf-8")
    assert load_folder(folder).rules == before.rules


def test_files_with_a_mark_of_byte_order_are_read_as_without(folder: Path, tmp_path: Path) -> None:
    marked = Path(shutil.copytree(folder, tmp_path / "marked"))
    for file in (one for one in marked.rglob("*.*") if one.suffix in (".sql", ".csv", ".toml")):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    one, other = load_folder(folder), load_folder(marked)
    assert [rule.query for rule in one.rules] == [rule.query for rule in other.rules]
    assert (one.policy, one.codes, one.readings, one.tables) == (
        other.policy,
        other.codes,
        other.readings,
        other.tables,
    )
