"""Findings add up to recommendations as the documentation says: the worst leads, the settled leave coverage be."""

from pathlib import Path
from typing import Any

import pytest

from isocenter.errors import BrokenRule, EngineFailure
from isocenter.facts.courses import lay_out_days
from isocenter.review.adding_up import sql
from isocenter.review.batch import judge_batch
from isocenter.review.batch_plan import plan_batch
from isocenter.review.duckdb_engine import judge
from isocenter.review.policy_tables import courses_rulebook, load_policy
from isocenter.rulebook.applies import NAME as APPLIES
from isocenter.rulebook.rulebook import Rulebook, load_folder
from isocenter.terms.findings import Evidence, Finding
from tests.builders import store_of

_RULE = """-- title:        {name}
-- requirements: {requirement}
-- cites:        title, paragraph 1
-- judges:       {judges}
-- needs:        {table}{affects}
-- consequence:  {consequence}
-- remedy:       None.

select
    {subject} as subject_id,
    '{outcome}' as outcome,
    'because' as because{evidence}{units}
from {table}
{where}
"""


_GROUPS = """
[[groups]]
name = "scope"
role = "scope"

[[groups]]
name = "necessity"
role = "necessity"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    for folder in ("codes", "tables", "definitions", "necessity", "coding", "scope"):
        (tmp_path / folder).mkdir()
    (tmp_path / "policy.toml").write_text(
        'name = "small"\ntitle = "Small"\nline_of_business = ""\nvalid_from = 2009-01-01\n' + _GROUPS
    )
    (tmp_path / "requirements.csv").write_text("id,section,codes,kind,requirement\nR-1,title,,coding,Something.\n")
    (tmp_path / "documents.csv").write_text("kind,element,requirement,label\nnote,thing,R-1,A thing\n")
    (tmp_path / "sections.csv").write_text("section,pattern,begins,label\ntitle,^x,with,Title\n")
    (tmp_path / "codes" / "all.csv").write_text(
        "list,code,label,valid_from,valid_to,source\nplan,77301,Plan,2009-01-01,,here\n"
    )
    (tmp_path / "definitions" / "plan_lines.sql").write_text(
        "-- title: Plans\n\nselect claim_lines.claim_line_id, claim_lines.course_id\n"
        "from claim_lines\ninner join codes on claim_lines.procedure_code = codes.code\n"
    )
    return tmp_path


def add_rule(policy: Path, group: str, name: str, judges: str, outcome: str, consequence: str, **more: Any) -> None:
    table = {"claim_line": "claim_lines", "course": "courses", "document": "documents"}[judges]
    text = _RULE.format(
        name=name,
        requirement="R-1",
        judges=judges,
        table=table,
        consequence=consequence,
        outcome=outcome,
        subject=more.get("subject", f"{table}.{judges}_id"),
        affects=("\n-- affects:      plan_lines" if judges == "course" else "") + more.get("header", ""),
        evidence=f",\n    '{more['evidence']}' as evidence" if "evidence" in more else "",
        units=f",\n    {more['units']} as units_allowed" if "units" in more else "",
        where=more.get("where", ""),
    )
    (policy / group / f"{name}.sql").write_text(text)


def recommend(policy: Path) -> tuple[dict[str, tuple[str, int | None]], dict[str, str]]:
    rulebook: Rulebook = load_folder(policy)
    store = store_of(
        {
            "courses": [{"course_id": "C1"}, {"course_id": "C2", "line_of_business": "commercial"}],
            "claim_lines": [
                {"claim_line_id": "P", "service_date": "2024-01-02", "procedure_code": "77301"},
                {"claim_line_id": "D", "service_date": "2024-01-03", "procedure_code": "G6015", "units": 4},
                {"claim_line_id": "X", "course_id": "C2", "service_date": "2024-01-03", "procedure_code": "77301"},
            ],
        }
    )
    judgment = judge(store, [rulebook])
    lines = {line.claim_line_id: (str(line.recommendation), line.units_allowed) for line in judgment.lines}
    return lines, {course: str(recommended) for course, recommended in judgment.courses.items()}


def judge_lines(policy: Path) -> None:
    """A rule about coverage that every claim line meets."""
    add_rule(policy, "necessity", "judges_lines", "claim_line", "met", "deny")


def test_what_meets_every_rule_is_paid_and_covered(policy: Path) -> None:
    judge_lines(policy)
    assert recommend(policy) == ({"P": ("pay", 1), "D": ("pay", 4), "X": ("pay", 1)}, {"C1": "cover", "C2": "cover"})


def test_rules_of_coding_alone_pay_lines_and_cover_no_course(policy: Path) -> None:
    add_rule(policy, "coding", "r", "claim_line", "met", "deny")
    lines, courses = recommend(policy)
    assert {said for said, _ in lines.values()} == {"pay"}
    assert courses == {"C1": "human_review", "C2": "human_review"}


def test_demands_of_coding_alone_show_no_necessity_where_the_policy_has_rules_on_it(policy: Path) -> None:
    add_rule(policy, "coding", "r", "claim_line", "met", "deny")
    add_rule(policy, "necessity", "n", "course", "not_applicable", "review")
    assert recommend(policy)[1] == {"C1": "necessity_not_judged", "C2": "necessity_not_judged"}
    add_rule(policy, "necessity", "m", "course", "met", "review", where="where courses.course_id = 'C1'")
    assert recommend(policy)[1] == {"C1": "cover", "C2": "necessity_not_judged"}


def test_demands_of_coding_cover_where_the_policy_asks_for_its_scope_alone(policy: Path) -> None:
    add_rule(policy, "coding", "r", "claim_line", "met", "deny")
    add_rule(policy, "scope", "s", "course", "met", "inform")
    assert recommend(policy)[1] == {"C1": "cover", "C2": "cover"}


def test_a_necessity_that_waits_for_a_chart_is_asked_about_or_in_a_batch_said_to_be_unjudged(policy: Path) -> None:
    judge_lines(policy)
    add_rule(policy, "necessity", "n", "course", "met", "review")
    stated = (
        (policy / "necessity" / "n.sql")
        .read_text()
        .replace("needs:        courses", "needs:        courses, documents")
    )
    (policy / "necessity" / "n.sql").write_text(stated)
    assert set(recommend(policy)[1].values()) == {"request_documentation"}
    store = store_of(
        {
            "courses": [{"course_id": "C1"}],
            "claim_lines": [{"claim_line_id": "P", "service_date": "2024-01-02", "procedure_code": "77301"}],
        }
    )
    judge_batch(store, plan_batch([load_folder(policy)], store.supplied))
    store.connection.execute("set search_path = 'main'")
    assert store.connection.execute(sql("course_recommendations")).fetchall() == [("C1", "necessity_not_judged")]


@pytest.mark.parametrize("outcome", ["not_met", "not_applicable"])
def test_a_course_of_which_no_line_meets_a_rule_goes_to_a_person(policy: Path, outcome: str) -> None:
    add_rule(policy, "coding", "r", "claim_line", outcome, "deny")
    add_rule(policy, "necessity", "n", "course", "not_applicable", "review")
    assert recommend(policy)[1] == {"C1": "human_review", "C2": "human_review"}


_UNJUDGED = (
    {"P": ("not_judged", None), "D": ("not_judged", None), "X": ("not_judged", None)},
    {"C1": "human_review", "C2": "human_review"},
)


def test_what_no_rule_looks_at_is_neither_paid_nor_covered(policy: Path) -> None:
    assert recommend(policy) == _UNJUDGED


@pytest.mark.parametrize(
    ("outcome", "consequence", "header"),
    [
        ("not_applicable", "deny", ""),
        ("met", "inform", ""),
        ("not_met", "inform", ""),
        ("met", "deny", "\n-- formal:       yes"),
    ],
    ids=["not applicable", "informs of what is met", "informs of what is not", "looks for one fault"],
)
def test_a_rule_that_gives_no_ground_to_pay_leaves_a_line_unjudged(
    policy: Path, outcome: str, consequence: str, header: str
) -> None:
    add_rule(policy, "coding", "r", "claim_line", outcome, consequence, header=header)
    assert recommend(policy) == _UNJUDGED


def test_a_fault_of_form_still_denies(policy: Path) -> None:
    add_rule(policy, "coding", "r", "claim_line", "not_met", "deny", header="\n-- formal:       yes")
    assert recommend(policy)[0]["D"] == ("deny", 0)


def test_a_demand_on_the_course_that_is_met_judges_the_lines_that_it_affects(policy: Path) -> None:
    add_rule(policy, "necessity", "r", "course", "met", "not_necessary", where="where courses.course_id = 'C1'")
    lines, courses = recommend(policy)
    assert lines == {"P": ("pay", 1), "D": ("not_judged", None), "X": ("not_judged", None)}
    assert courses == {"C1": "cover", "C2": "human_review"}


@pytest.mark.parametrize(("outcome", "expected"), [("met", "cover"), ("not_applicable", "human_review")])
def test_before_any_claim_a_course_is_covered_on_what_it_meets_alone(policy: Path, outcome: str, expected: str) -> None:
    add_rule(policy, "necessity", "r", "course", outcome, "not_necessary")
    judged = judge(store_of({"courses": [{"course_id": "C1"}]}), [load_folder(policy)])
    assert judged.courses == {"C1": expected}


def test_a_policy_that_a_course_is_out_of_judges_none_of_its_lines(policy: Path) -> None:
    add_rule(policy, "scope", "s", "course", "not_applicable", "inform", where="where courses.course_id = 'C2'")
    judge_lines(policy)
    lines, courses = recommend(policy)
    assert (lines["D"], lines["X"]) == (("pay", 4), ("not_judged", None))
    assert courses == {"C1": "cover", "C2": "out_of_scope"}


def test_a_denied_line_leaves_the_course_covered(policy: Path) -> None:
    judge_lines(policy)
    add_rule(policy, "coding", "r", "claim_line", "not_met", "deny", where="where claim_lines.claim_line_id = 'D'")
    lines, courses = recommend(policy)
    assert lines["D"] == ("deny", 0)
    assert courses["C1"] == "cover"


@pytest.mark.parametrize(("allowed", "expected"), [(3, ("reduce", 3)), (0, ("deny", 0)), (9, ("reduce", 4))])
def test_units_are_cut_to_what_is_allowed(policy: Path, allowed: int, expected: tuple[str, int]) -> None:
    where = "where claim_lines.claim_line_id = 'D'"
    add_rule(policy, "coding", "r", "claim_line", "not_met", "reduce", where=where, units=allowed)
    assert recommend(policy)[0]["D"] == expected


def test_the_worst_finding_of_a_line_leads_and_the_least_units_count(policy: Path) -> None:
    where = "where claim_lines.claim_line_id = 'D'"
    add_rule(policy, "coding", "a", "claim_line", "not_met", "reduce", where=where, units=3)
    add_rule(policy, "coding", "b", "claim_line", "not_met", "reduce", where=where, units=2)
    add_rule(policy, "coding", "c", "claim_line", "not_documented", "deny", where=where)
    lines, courses = recommend(policy)
    assert lines["D"] == ("request", 2)
    assert courses["C1"] == "request_documentation"


def test_a_finding_about_the_course_reaches_the_lines_that_its_rule_affects(policy: Path) -> None:
    judge_lines(policy)
    add_rule(policy, "necessity", "r", "course", "not_met", "not_necessary", where="where courses.course_id = 'C1'")
    lines, courses = recommend(policy)
    assert (lines["P"][0], lines["D"][0], lines["X"][0]) == ("deny", "pay", "pay")
    assert courses == {"C1": "do_not_cover", "C2": "cover"}


def test_review_asks_for_a_person_and_inform_for_nothing(policy: Path) -> None:
    judge_lines(policy)
    add_rule(policy, "necessity", "r", "course", "not_met", "review", where="where courses.course_id = 'C1'")
    add_rule(policy, "coding", "i", "claim_line", "not_met", "inform")
    lines, courses = recommend(policy)
    assert courses == {"C1": "human_review", "C2": "cover"}
    assert lines["P"][0] == "review"
    assert lines["X"][0] == "pay"


def test_what_is_met_or_not_applicable_changes_nothing(policy: Path) -> None:
    add_rule(policy, "necessity", "m", "claim_line", "met", "deny")
    add_rule(policy, "coding", "n", "claim_line", "not_applicable", "deny")
    assert set(recommend(policy)[1].values()) == {"cover"}


def test_a_course_out_of_scope_is_not_judged(policy: Path) -> None:
    add_rule(policy, "scope", "s", "course", "not_applicable", "inform", where="where courses.course_id = 'C2'")
    add_rule(policy, "coding", "d", "claim_line", "not_met", "deny")
    lines, courses = recommend(policy)
    assert courses == {"C1": "human_review", "C2": "out_of_scope"}
    assert lines["X"][0] == "not_judged"
    assert lines["P"][0] == "deny"


_SPANS = "\n-- spans_courses: yes"


def test_what_another_course_of_the_member_refuses_stays_refused_out_of_scope(policy: Path) -> None:
    add_rule(policy, "scope", "s", "course", "not_applicable", "inform", where="where courses.course_id = 'C2'")
    add_rule(policy, "coding", "d", "claim_line", "not_met", "deny", header=_SPANS)
    lines, courses = recommend(policy)
    assert (courses["C2"], lines["X"][0]) == ("out_of_scope", "deny")


def test_a_policy_refuses_no_line_of_members_who_are_not_its_own(policy: Path) -> None:
    about = policy / "policy.toml"
    text = about.read_text().replace('line_of_business = ""', 'line_of_business = "medicare"')
    about.write_text(text)
    add_rule(policy, "coding", "d", "claim_line", "not_met", "deny", header=_SPANS)
    lines, courses = recommend(policy)
    assert (courses["C2"], lines["X"][0]) == ("out_of_scope", "not_judged")
    assert lines["P"][0] == "deny"


def test_a_cleared_store_judges_its_next_case_alone(policy: Path) -> None:
    add_rule(policy, "coding", "d", "claim_line", "not_met", "deny")
    rulebook = load_folder(policy)
    store = store_of(
        {
            "courses": [{}],
            "claim_lines": [{"claim_line_id": "A", "service_date": "2024-01-02", "procedure_code": "77301"}],
        }
    )
    judge(store, [rulebook])
    store.clear()
    assert judge(store, [rulebook]).not_assessed[0].missing == ("claim_lines",)
    second = {
        "courses": [{}],
        "claim_lines": [{"claim_line_id": "B", "service_date": "2024-01-02", "procedure_code": "77301"}],
    }
    fresh = store_of(second)
    for table in second:
        store.supply(table, fresh.rows(table))
    assert judge(store, [rulebook]) == judge(fresh, [rulebook])


def _findings(policy: Path) -> list[Finding]:
    facts = {
        "courses": [{}],
        "claim_lines": [{"claim_line_id": "A", "service_date": "2024-01-02", "procedure_code": "77301"}],
    }
    return list(judge(store_of(facts), [load_folder(policy)]).findings)


@pytest.mark.parametrize("stated", list(Evidence))
def test_a_finding_carries_what_its_rule_states_about_the_plan(policy: Path, stated: Evidence) -> None:
    add_rule(policy, "necessity", "states", "course", "met", "review", evidence=stated)
    add_rule(policy, "necessity", "weighs_nothing", "course", "met", "review")
    found = {finding.rule: finding.evidence for finding in _findings(policy) if finding.rule != APPLIES}
    assert found == {"states": stated, "weighs_nothing": Evidence.NOT_STATED}


def test_a_word_in_a_sentence_or_a_comment_is_no_column(policy: Path) -> None:
    add_rule(policy, "coding", "r", "claim_line", "met", "deny", where="-- evidence\nwhere 'evidence' <> ''")
    assert [finding.evidence for finding in _findings(policy) if finding.rule != APPLIES] == [Evidence.NOT_STATED]


@pytest.mark.parametrize(("outcome", "more"), [("perhaps", {}), ("met", {"evidence": "proves"})])
def test_a_rule_that_answers_an_unknown_word_is_named(policy: Path, outcome: str, more: dict[str, str]) -> None:
    add_rule(policy, "coding", "r", "claim_line", outcome, "deny", **more)
    word = more.get("evidence", outcome)
    with pytest.raises(EngineFailure, match=f"rule r of policy small .*{word}"):
        _findings(policy)


def _stated(policy: Path, **terms: str) -> Rulebook:
    """The policy with these terms in its policy.toml."""
    lines = {"name": '"small"', "title": '"Small"', "line_of_business": '"medicare"', "valid_from": "2009-01-01"}
    (policy / "policy.toml").write_text(
        "\n".join(f"{key} = {value}" for key, value in (lines | terms).items()) + _GROUPS
    )
    return load_folder(policy)


def _course(rulebooks: list[Rulebook], day: str, **course: Any) -> tuple[str, str]:
    """The recommendations for a course with one line on that day, and for the line."""
    line = {"claim_line_id": "L", "service_date": day, "procedure_code": "77301"}
    store = store_of({"courses": [{"course_id": "C1", **course}], "claim_lines": [line]})
    load_policy(store, courses_rulebook(rulebooks))
    lay_out_days(store)
    judged = judge(store, rulebooks)
    return str(judged.courses["C1"]), str(judged.lines[0].recommendation)


@pytest.mark.parametrize(
    ("day", "insured", "expected"),
    [
        ("2020-05-04", "medicare", ("cover", "pay")),
        ("2020-05-04", "commercial", ("out_of_scope", "not_judged")),
        ("2005-05-04", "medicare", ("out_of_scope", "not_judged")),
        ("2025-05-05", "medicare", ("out_of_scope", "not_judged")),
        ("2009-01-01", "medicare", ("cover", "pay")),
        ("2024-12-31", "medicare", ("cover", "pay")),
        ("2020-05-04", "", ("cover", "pay")),
    ],
)
def test_a_policy_judges_its_members_on_its_days_alone(
    policy: Path, day: str, insured: str, expected: tuple[str, str]
) -> None:
    judge_lines(policy)
    assert _course([_stated(policy, valid_to="2024-12-31")], day, line_of_business=insured) == expected


@pytest.mark.parametrize(
    ("outcome", "consequence", "expected"),
    [("met", "deny", "request"), ("not_met", "deny", "deny"), ("not_applicable", "deny", "not_judged")],
)
def test_a_policy_that_cites_whom_it_is_for_asks_where_the_record_does_not_say_it_and_pays_nothing(
    policy: Path, outcome: str, consequence: str, expected: str
) -> None:
    add_rule(policy, "coding", "r", "claim_line", outcome, consequence)
    book = _stated(policy, scope='{cites = "title, paragraph 1", requirements = ["R-1"]}')
    assert _course([book], "2020-05-04", line_of_business="") == ("request_documentation", expected)


def test_each_line_is_judged_by_the_rules_in_force_on_its_day(policy: Path) -> None:
    add_rule(policy, "coding", "before", "claim_line", "not_met", "deny", header="\n-- valid_to:     2019-12-31")
    add_rule(policy, "coding", "since", "claim_line", "met", "deny", header="\n-- valid_from:   2020-01-01")
    days = {"A": "2019-12-31", "B": "2020-01-01"}
    lines = [{"claim_line_id": name, "service_date": day, "procedure_code": "77301"} for name, day in days.items()]
    store = store_of({"courses": [{"course_id": "C1"}], "claim_lines": lines})
    load_policy(store, courses_rulebook([]))
    lay_out_days(store)
    judged = judge(store, [load_folder(policy)])
    assert {line.claim_line_id: str(line.recommendation) for line in judged.lines} == {"A": "deny", "B": "pay"}


def test_a_rule_on_the_course_counts_where_the_course_has_days_on_which_it_is_in_force(policy: Path) -> None:
    judge_lines(policy)
    add_rule(policy, "necessity", "since", "course", "not_met", "review", header="\n-- valid_from:   2020-01-01")
    assert _course([load_folder(policy)], "2019-12-31")[0] == "cover"
    assert _course([load_folder(policy)], "2020-01-01")[0] == "human_review"


def test_a_day_that_is_none_is_refused_by_the_name_of_its_file(policy: Path) -> None:
    add_rule(policy, "coding", "r", "claim_line", "met", "deny", header="\n-- valid_from:   soon")
    with pytest.raises(BrokenRule, match=r"r\.sql: valid_from is 'soon'"):
        load_folder(policy)
