"""A policy judges the members, places and days that its policy.toml states, and each day by the text of that day."""

from datetime import date
from pathlib import Path

import pytest

from isocenter.errors import BrokenRule
from isocenter.facts.courses import lay_out_days
from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import Judgment, judge
from isocenter.review.policy_tables import courses_rulebook, load_policy
from isocenter.rulebook.rulebook import load_folder
from isocenter.screening.policies import noted
from tests.builders import store_of
from tests.rulebook.folders import ABOUT, rule, write_policy

SCOPE = '[scope]\ncites = "text, paragraph 1"\n'
PLACE = ABOUT + 'jurisdiction = "FL"\nvalid_to = 2015-12-31\n'


def in_force(folder: Path, about: str, course: dict[str, object], *days: date) -> tuple[str, str, str]:
    """What the rule on the policy's being in force answers, why, and what becomes of the course."""
    lines = [
        {
            "claim_line_id": f"L{number}",
            "claim_id": "K",
            "course_id": "C1",
            "service_date": day,
            "procedure_code": "77300",
        }
        for number, day in enumerate(days)
    ]
    store = store_of({"courses": [{"course_id": "C1", **course}], "claim_lines": lines}, FactStore(few_rows=True))
    judgment = judge(store, [load_folder(write_policy(folder, {"policy.toml": about, "coding/a_rule.sql": rule()}))])
    found = next(finding for finding in judgment.findings if finding.rule == "the_policy_applies")
    return str(found.outcome), found.because, str(judgment.courses["C1"])


@pytest.mark.parametrize(
    ("business", "outcome", "becomes"),
    [
        ("medicare", "met", "human_review"),  # a rule of coding alone covers nothing
        ("commercial", "not_applicable", "out_of_scope"),
        ("", "not_documented", "request_documentation"),  # where it cites the demand
    ],
)
def test_a_policy_is_for_the_members_of_its_line_of_business(
    tmp_path: Path, business: str, outcome: str, becomes: str
) -> None:
    found = in_force(tmp_path, ABOUT + SCOPE, {"line_of_business": business}, date(2012, 3, 1))
    assert (found[0], found[2]) == (outcome, becomes)


@pytest.mark.parametrize(
    ("first", "outcome", "says"),
    [
        (date(2009, 12, 31), "not_applicable", "in force from 2010-01-01"),
        (date(2010, 1, 1), "met", ""),
        (date(2015, 12, 31), "met", ""),
        (date(2016, 1, 1), "not_applicable", "in force until 2015-12-31"),
    ],
)
def test_a_course_is_judged_by_a_policy_in_force_on_its_days(
    tmp_path: Path, first: date, outcome: str, says: str
) -> None:
    course = {"line_of_business": "medicare", "jurisdiction": "FL"}
    found = in_force(tmp_path, PLACE, course, first)
    assert found[0] == outcome
    assert says in found[1]


@pytest.mark.parametrize(("place", "outcome"), [("FL", "met"), ("TX", "not_applicable"), ("", "not_documented")])
def test_a_policy_of_a_jurisdiction_is_for_what_is_billed_there(tmp_path: Path, place: str, outcome: str) -> None:
    course = {"line_of_business": "medicare", "jurisdiction": place}
    assert in_force(tmp_path, PLACE, course, date(2012, 1, 1))[0] == outcome


OLD = "-- valid_to:     2013-12-31\n"
NEW = "-- valid_from:   2014-01-01\n"


def revised(folder: Path, days: list[date | None]) -> Judgment:
    """A rule that was revised with 2014, on a course with these services."""
    files = {
        "coding/one_unit.sql": rule("'met'", OLD, because="'by the first text'"),
        "coding/one_unit_revised.sql": rule("'not_met'", NEW, because="'by the revised text'"),
    }
    lines = [
        {"claim_line_id": f"L{day}", "claim_id": "K", "course_id": "C1", "service_date": day, "procedure_code": "77300"}
        for day in days
    ]
    store = store_of({"courses": [{"course_id": "C1", "line_of_business": "medicare"}], "claim_lines": lines})
    book = load_folder(write_policy(folder, files))
    load_policy(store, courses_rulebook([book]))
    lay_out_days(store)
    return judge(store, [book])


def test_each_service_is_judged_by_the_text_of_its_day(tmp_path: Path) -> None:
    judgment = revised(tmp_path, [date(2013, 12, 31), date(2014, 1, 1)])
    found = {finding.subject_id: (finding.rule, str(finding.outcome)) for finding in judgment.findings}
    assert found["L2013-12-31"] == ("one_unit", "met")
    assert found["L2014-01-01"] == ("one_unit_revised", "not_met")
    assert len([finding for finding in judgment.findings if finding.rule != "the_policy_applies"]) == 2


def test_a_course_is_judged_by_the_text_of_its_first_service(tmp_path: Path) -> None:
    of_course = rule("'not_met'", OLD).replace("claim_line\n", "course\n").replace("claim_line_id", "course_id")
    book = load_folder(write_policy(tmp_path, {"coding/a_course.sql": of_course}))
    for days, spoke in (([date(2013, 1, 1), date(2015, 1, 1)], True), ([date(2014, 1, 1)], False)):
        lines = [
            {
                "claim_line_id": f"L{day}",
                "claim_id": "K",
                "course_id": "C1",
                "service_date": day,
                "procedure_code": "77300",
            }
            for day in days
        ]
        store = store_of({"courses": [{"course_id": "C1", "line_of_business": "medicare"}], "claim_lines": lines})
        load_policy(store, courses_rulebook([book]))
        lay_out_days(store)
        judgment = judge(store, [book])
        assert ("a_course" in {finding.rule for finding in judgment.findings}) is spoke


LINES = "select claim_lines.claim_line_id, {words} as because from claim_lines\n"
READS_BOTH = (
    "-- title: a\n-- requirements: R-1\n-- cites: text, paragraph 1\n-- judges: claim_line\n-- consequence: inform\n"
    "-- remedy: b\n\n"
    "select texts.claim_line_id as subject_id, 'met' as outcome, texts.because\nfrom (\n"
    "    select first_text.claim_line_id, first_text.because from first_text\n    union all\n"
    "    select later_text.claim_line_id, later_text.because from later_text\n) as texts\n"
)


def dated_definitions(first: str, later: str) -> dict[str, str]:
    return {
        "definitions/first_text.sql": f"-- title: before the revision\n{OLD}\n{first}",
        "definitions/later_text.sql": f"-- title: after the revision\n{NEW}\n{later}",
    }


def test_a_dated_definition_answers_for_the_lines_of_its_days_alone(tmp_path: Path) -> None:
    files = dated_definitions(LINES.format(words="'first'"), LINES.format(words="'later'"))
    book = load_folder(write_policy(tmp_path, {**files, "coding/one_unit.sql": READS_BOTH}))
    days = [date(2013, 12, 31), date(2014, 1, 1)]
    store = store_of(
        {
            "courses": [{"course_id": "C1", "line_of_business": "medicare"}],
            "claim_lines": [
                {
                    "claim_line_id": f"L{day}",
                    "claim_id": "K",
                    "course_id": "C1",
                    "service_date": day,
                    "procedure_code": "77300",
                }
                for day in days
            ],
        }
    )
    load_policy(store, courses_rulebook([book]))
    lay_out_days(store)
    found = {f.subject_id: f.because for f in judge(store, [book]).findings if f.rule == "one_unit"}
    assert found == {"L2013-12-31": "first", "L2014-01-01": "later"}


@pytest.mark.parametrize(("began", "says"), [(date(2013, 6, 1), "first"), (date(2014, 6, 1), "later")])
@pytest.mark.parametrize("key", ["course_id", "plan_id", "document_id"])
def test_a_dated_definition_without_lines_answers_for_the_courses_that_began_on_its_days(
    tmp_path: Path, key: str, began: date, says: str
) -> None:
    table = {"course_id": "courses", "plan_id": "plans", "document_id": "documents"}[key]
    text = f"select {table}.{key}, '{{words}}' as because from {table}\n"
    files = dated_definitions(text.format(words="first"), text.format(words="later"))
    reads = READS_BOTH.replace("claim_line_id", key).replace("judges: claim_line", f"judges: {table[:-1]}")
    book = load_folder(write_policy(tmp_path, {**files, "coding/one_unit.sql": reads}))
    line = {"claim_line_id": "L", "claim_id": "K", "course_id": "C1", "procedure_code": "77300"}
    store = store_of(
        {
            "courses": [{"course_id": "C1", "line_of_business": "medicare"}],
            "plans": [{"plan_id": "P1", "course_id": "C1"}],
            "documents": [{"document_id": "D1", "course_id": "C1", "kind": "note"}],
            "claim_lines": [{**line, "service_date": began}],
        }
    )
    load_policy(store, courses_rulebook([book]))
    lay_out_days(store)
    assert [f.because for f in judge(store, [book]).findings if f.rule == "one_unit"] == [says]


def test_the_rows_of_a_dated_definition_belong_to_a_line_or_course(tmp_path: Path) -> None:
    files = dated_definitions("select codes.code from codes\n", LINES.format(words="'later'"))
    with pytest.raises(BrokenRule, match=r"first_text.sql: a definition with valid_from or valid_to answers"):
        load_folder(write_policy(tmp_path, {**files, "coding/one_unit.sql": READS_BOTH}))


def test_a_rule_that_compares_courses_has_no_dates(tmp_path: Path) -> None:
    folder = write_policy(tmp_path, {"coding/a_rule.sql": rule(header=OLD + "-- compares:     courses\n")})
    with pytest.raises(BrokenRule, match="cannot have its own dates"):
        load_folder(folder)


@pytest.mark.parametrize(
    ("about", "says"),
    [
        (ABOUT + "valid_to = 2009-12-31\n", "comes before valid_from"),
        (ABOUT.replace("2010-01-01", '"2010-01-01"'), "without quotes"),
        (ABOUT + 'motto = "none"\n', "says 'motto'"),
        (ABOUT + 'groups = ["coding"]\n', "write \\[\\[groups\\]\\] once for each"),
        (ABOUT + '[[groups]]\nname = "coding"\nrole = "main"\n', "known are scope, necessity, record, other"),
        (ABOUT.replace('"small"', '"Small One"'), "must be lower-case"),
    ],
)
def test_what_policy_toml_states_wrongly_is_named(tmp_path: Path, about: str, says: str) -> None:
    with pytest.raises(BrokenRule, match=says):
        load_folder(write_policy(tmp_path, {"policy.toml": about, "coding/a_rule.sql": rule()}))


@pytest.mark.parametrize(
    ("about", "asked"),
    [
        (PLACE, ("line of business", "where the service is billed", "in force at that time")),
        (ABOUT.replace('"medicare"', '""'), ("in force at that time",)),
    ],
)
def test_the_remedy_asks_for_what_the_policy_depends_on(tmp_path: Path, about: str, asked: tuple[str, ...]) -> None:
    book = load_folder(write_policy(tmp_path, {"policy.toml": about, "coding/a_rule.sql": rule()}))
    remedy = next(one.remedy for one in book.rules if one.name == "the_policy_applies")
    every = ("line of business", "where the service is billed", "in force at that time")
    assert tuple(words for words in every if words in remedy) == asked


@pytest.mark.parametrize(("about", "last"), [(PLACE, date(2015, 12, 31)), (ABOUT, None)])
def test_a_policy_names_its_last_day_where_one_is_set(tmp_path: Path, about: str, last: date | None) -> None:
    book = load_folder(write_policy(tmp_path, {"policy.toml": about, "coding/a_rule.sql": rule()}))
    assert book.valid_to == last
    assert noted(book).get("valid_to", "") == (str(last) if last else "")
