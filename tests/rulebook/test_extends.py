"""A policy takes over another one and replaces, adds or leaves out some of it by name."""

from datetime import date
from pathlib import Path

import pytest

from isocenter.chart.into_case import grammar_folder
from isocenter.errors import BrokenRule, UnknownName
from isocenter.review.duckdb_engine import judge
from isocenter.review.rule_cases import cases_of, run, run_cases, store_of
from isocenter.rulebook.check import check
from isocenter.rulebook.replaced import replaced_parts
from isocenter.rulebook.rulebook import load_folder, load_policy
from tests.rulebook.folders import ABOUT, rule, write_policy

_TESTS = Path(__file__).parents[1]
_OTHERS = _TESTS / "policies_of_others"
CHILD = """\
name = "child"
title = "A policy that extends another"
line_of_business = "medicare"
valid_from = 2016-01-01
"""


@pytest.mark.parametrize("name", ["gulf_imrt", "plains_imrt"])
def test_a_policy_that_extends_ours_is_without_mistakes_and_its_own_cases_hold(name: str) -> None:
    rulebook = load_policy(str(_OTHERS / name))
    found = list(cases_of(rulebook, _TESTS / "policies"))
    assert check(rulebook, {one.rule.name: one.cases for one in found}) == []
    own = [one for one in found if not one.taken_over]
    assert {one.rule.name for one in own} == {path.stem for path in (_OTHERS / name / "cases").rglob("*.yaml")}
    for one in own:
        assert run(rulebook, one.rule, one.cases) == [""] * len(one.cases), one.rule.name


def test_charts_are_read_by_the_phrases_of_the_policy_that_is_extended_at_any_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy that is extended by its path is known by no name of its own."""
    between = CHILD.replace("child", "between").replace("valid_from", 'extends = "imrt"\nvalid_from')
    write_policy(tmp_path / "elsewhere", {"policy.toml": between})
    child = CHILD.replace("valid_from", 'extends = "../elsewhere"\nvalid_from')
    monkeypatch.chdir(write_policy(tmp_path / "child", {"policy.toml": child}))
    rulebook = load_policy(".")
    assert rulebook.extended == ("between", "imrt")
    assert grammar_folder([rulebook]) == load_policy("imrt").folder


def test_a_case_taken_over_is_not_held_against_the_days_of_the_new_policy() -> None:
    rulebook = load_policy(str(_OTHERS / "gulf_imrt"))
    (found,) = (one for one in cases_of(rulebook, _TESTS / "policies") if one.rule.name == "one_plan_per_course")
    assert found.taken_over
    assert run(rulebook, found.rule, found.cases, taken_over=True) == [""] * len(found.cases)


def test_a_rule_that_is_left_out_is_gone_and_one_of_the_same_name_is_replaced() -> None:
    ours, gulf, plains = (
        load_policy(name) for name in ("imrt", str(_OTHERS / "gulf_imrt"), str(_OTHERS / "plains_imrt"))
    )
    names = {rule.name for rule in ours.rules}
    assert {rule.name for rule in gulf.rules} == names - {"one_device_per_gantry_stop"} | {
        "one_set_of_leaf_devices_per_plan"
    }
    assert {rule.name for rule in plains.rules} == names | {"the_plan_is_made_by_inverse_planning"}
    assert plains.rule("the_dose_grid_is_fine_enough").consequence == "review"
    assert ours.rule("the_dose_grid_is_fine_enough").consequence == "inform"
    assert plains.groups == ours.groups
    assert {rule.policy for rule in gulf.rules} == {"gulf_imrt"}
    assert {reading.policy for reading in gulf.readings} == {"gulf_imrt"}


def test_both_policies_judge_one_course_each_by_its_own_text() -> None:
    store = store_of(
        {
            "courses": [{"course_id": "C1", "line_of_business": "medicare", "jurisdiction": "LA"}],
            "claim_lines": [
                {"claim_line_id": "P", "service_date": "2020-03-02", "procedure_code": "77301"},
                {"claim_line_id": "A", "service_date": "2020-03-02", "procedure_code": "77338"},
                {"claim_line_id": "B", "service_date": "2020-03-09", "procedure_code": "77338"},
            ],
        }
    )
    found = judge(store, [load_policy("imrt"), load_policy(str(_OTHERS / "gulf_imrt"))]).findings
    denied = {(one.policy, one.rule, one.subject_id) for one in found if one.outcome == "not_met"}
    assert ("gulf_imrt", "one_set_of_leaf_devices_per_plan", "B") in denied
    assert not any(subject == "B" and policy == "imrt" for policy, _, subject in denied)


def base_and_child(folder: Path, stated: str = "", files: dict[str, str] | None = None) -> Path:
    """A policy `base` and one beside it that extends it."""
    readings = '[limit]\ntype = "integer"\nvalue = 3\nleast = 1\nmost = 9\nunit = ""\nreason = "r"\nsource = "s"\n'
    limited = rule().replace("from claim_lines", "from claim_lines inner join readings on readings.name = 'limit'")
    codes = "list,code,label,valid_from,valid_to,source\nmine,77300,A,2010-01-01,,s\nmine,77301,B,2010-01-01,,s\n"
    base = {
        "readings.toml": readings,
        "coding/a_rule.sql": limited,
        "coding/b_rule.sql": rule(),
        "codes/all.csv": codes,
    }
    write_policy(folder / "base", base)
    child = folder / "child"
    child.mkdir()
    for name, text in {"policy.toml": CHILD + 'extends = "../base"\n' + stated, **(files or {})}.items():
        path = child / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return child


def test_everything_is_taken_over_that_is_not_named(tmp_path: Path) -> None:
    child, base = load_folder(base_and_child(tmp_path)), load_folder(tmp_path / "base")
    assert [one.name for one in child.rules] == [one.name for one in base.rules]
    assert child.codes == base.codes
    assert child.requirements == base.requirements
    assert child.sections == base.sections
    assert child.extended == ("small",)
    assert (child.name, child.policy.valid_from.year) == ("child", 2016)


def test_a_code_list_is_replaced_whole_and_a_reading_by_its_name(tmp_path: Path) -> None:
    one_code = "list,code,label,valid_from,valid_to,source\nmine,77338,C,2010-01-01,,s\n"
    reading = '[limit]\ntype = "integer"\nvalue = 5\nleast = 1\nmost = 9\nunit = ""\nreason = "r"\nsource = "s"\n'
    child = load_folder(base_and_child(tmp_path, files={"codes/own.csv": one_code, "readings.toml": reading}))
    assert [code.code for code in child.codes] == ["77338"]
    assert [one.value for one in child.readings] == [5]


DATED = """
[device_units_per_course]
type = "integer"
least = 1
most = 50
unit = "units"
reason = "Six device units, from 2023 four."
source = "a bulletin"
values = [{ value = 6, valid_to = 2022-12-31 }, { value = 4, valid_from = 2023-01-01 }]

[fractions_per_management_unit]
type = "integer"
least = 1
most = 10
unit = "fractions"
reason = "A week has five fractions, in 2023 four."
source = "a bulletin"
values = [
    { value = 5, valid_to = 2022-12-31 },
    { value = 4, valid_from = 2023-01-01, valid_to = 2023-12-31 },
    { value = 5, valid_from = 2024-01-01 },
]
"""


@pytest.mark.parametrize(("year", "devices", "second_week"), [(2022, 6, 0), (2023, 4, 1), (2024, 4, 0)])
def test_a_dated_reading_counts_by_the_day_in_rules_and_definitions_that_were_taken_over(
    tmp_path: Path, year: int, devices: int, second_week: int
) -> None:
    (tmp_path / "policy.toml").write_text(CHILD + 'extends = "imrt"\n', encoding="utf-8")
    (tmp_path / "readings.toml").write_text(DATED, encoding="utf-8")
    rulebook = load_folder(tmp_path)
    lines = [
        {"claim_line_id": name, "service_date": date(year, 3, day), "procedure_code": code, "units": units, **more}
        for name, day, code, units, more in (
            ("P", 1, "77301", 1, {}),
            ("D", 1, "77334", 6, {"modifier_1": "26"}),
            ("F", 8, "G6015", 7, {}),
            ("M1", 9, "77427", 1, {}),
            ("M2", 10, "77427", 1, {}),
        )
    ]
    billed = {"D": 6, "M1": 1, "M2": 1}
    for name, units in (
        ("one_device_per_gantry_stop", {"D": devices}),
        ("one_management_unit_per_five_fractions", {"M1": 1, "M2": second_week}),
    ):
        case = {
            "case": name,
            "courses": [{"course_id": "C1", "planned_fractions": 7}],
            "claim_lines": lines,
            "findings": {line: "met" if allowed == billed[line] else "not_met" for line, allowed in units.items()},
            "units_allowed": units,
        }
        judged = next(one for one in rulebook.rules if one.name == name)
        assert run(rulebook, judged, [case]) == [""]


def test_a_dated_reading_that_is_read_for_all_courses_alike_is_refused(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(CHILD + 'extends = "imrt"\n', encoding="utf-8")
    text = DATED.replace("device_units_per_course", "course_gap_days")
    (tmp_path / "readings.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BrokenRule, match="course_gap_days is read for all days alike"):
        load_folder(tmp_path)


def test_a_dated_reading_is_read_by_rows_that_belong_to_a_day(tmp_path: Path) -> None:
    files = {
        "readings.toml": DATED,
        "definitions/limits.sql": "-- title: Limits\n\nselect readings.number\nfrom readings\n"
        "where readings.name = 'device_units_per_course'\n",
        "coding/a_rule.sql": rule(),
    }
    with pytest.raises(BrokenRule, match=r"limits.sql: reads device_units_per_course, which has a value for each time"):
        load_folder(write_policy(tmp_path, {"policy.toml": ABOUT, **files}))


def test_what_is_left_out_is_gone(tmp_path: Path) -> None:
    left_out = 'leaves_out = ["coding/a_rule", "readings/limit", "codes/mine"]\n'
    child = load_folder(base_and_child(tmp_path, left_out))
    assert {one.name for one in child.rules} == {"b_rule", "the_policy_applies"}
    assert child.codes == ()
    assert child.readings == ()


def test_what_is_left_out_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BrokenRule, match="leaves out coding/c_rule, which no policy that it extends has"):
        load_folder(base_and_child(tmp_path, 'leaves_out = ["coding/c_rule"]\n'))


def test_a_circle_and_an_unknown_policy_are_named(tmp_path: Path) -> None:
    child = base_and_child(tmp_path)
    (tmp_path / "base" / "policy.toml").write_text(ABOUT + 'extends = "../child"\n', encoding="utf-8")
    with pytest.raises(BrokenRule, match="extend each other in a circle"):
        load_folder(child)
    (tmp_path / "base" / "policy.toml").write_text(ABOUT + 'extends = "nowhere"\n', encoding="utf-8")
    with pytest.raises(UnknownName, match="no policy 'nowhere'"):
        load_folder(child)
    (tmp_path / "base" / "policy.toml").write_text(f'{ABOUT}extends = "{"a" * 5000}"\n', encoding="utf-8")
    with pytest.raises(UnknownName, match=r"^no policy 'a{300}'; known are"):
        load_folder(child)


_LIMIT = '[limit]\ntype = "integer"\nvalue = {value}\nleast = 1\nmost = 9\nunit = ""\nreason = "r"\nsource = "s"\n'
_NUMBER = "(select readings.number from readings where readings.name = 'limit')"
_UNITS_WITHIN = (
    f"case when claim_lines.units <= {_NUMBER} then 'met' when claim_lines.units > {_NUMBER} then 'not_met' end"
)
_CASES = """\
- case: two units are within the limit, seven are not
  claim_lines:
    - {claim_line_id: A, service_date: 2020-01-01, procedure_code: "77300", units: 2}
    - {claim_line_id: B, service_date: 2020-01-01, procedure_code: "77300", units: 7}
  findings: {A: met, B: not_met}
"""


def _base_with_a_limit(folder: Path, cases: str = _CASES) -> None:
    write_policy(
        folder / "base",
        {
            "rules/units.sql": rule(_UNITS_WITHIN),
            "readings.toml": _LIMIT.format(value=5),
            "cases/rules/units.yaml": cases,
        },
    )


def _child(folder: Path, files: dict[str, str]) -> Path:
    for name, text in {"policy.toml": CHILD + 'extends = "../base"\n', **files}.items():
        path = folder / "child" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "child"


def test_cases_taken_over_that_a_replaced_reading_changes_are_remarked_on_and_no_mistake(tmp_path: Path) -> None:
    _base_with_a_limit(tmp_path)
    rulebook = load_folder(_child(tmp_path, {"readings.toml": _LIMIT.format(value=8)}))
    assert replaced_parts(rulebook) == {"readings/limit"}
    answered = run_cases(rulebook)
    assert answered.mistakes == ()
    (remark,) = answered.remarks
    assert "1 of the 1 cases taken over" in remark
    assert "replaces readings/limit" in remark
    assert "cases/rules/units.yaml" in remark


def test_cases_taken_over_that_nothing_replaced_explains_are_mistakes(tmp_path: Path) -> None:
    _base_with_a_limit(tmp_path, _CASES.replace("B: not_met", "B: met"))
    other = "list,code,label,valid_from,valid_to,source\nmine,77338,C,2010-01-01,,s\n"
    rulebook = load_folder(_child(tmp_path, {"codes/own.csv": other}))
    answered = run_cases(rulebook)
    assert answered.remarks == ()
    assert "B" in answered.mistakes[0]


def test_cases_of_its_own_are_held_against_what_a_policy_replaces(tmp_path: Path) -> None:
    _base_with_a_limit(tmp_path)
    rulebook = load_folder(
        _child(tmp_path, {"readings.toml": _LIMIT.format(value=8), "cases/rules/units.yaml": _CASES})
    )
    answered = run_cases(rulebook)
    assert answered.remarks == ()
    assert len(answered.mistakes) == 1


@pytest.mark.parametrize(
    ("files", "replaced"),
    [
        ({}, set()),
        ({"readings.toml": _LIMIT.format(value=5)}, set()),
        ({"documents.csv": "kind,element,requirement,label\nnote,said,R-1,What was said\n"}, set()),
    ],
)
def test_what_is_added_or_stated_again_replaces_nothing(
    tmp_path: Path, files: dict[str, str], replaced: set[str]
) -> None:
    _base_with_a_limit(tmp_path)
    assert replaced_parts(load_folder(_child(tmp_path, files))) == replaced
