"""Why a rule applied to nothing: its codes, their dates, the kind of claims, or what more it looks for."""

from datetime import date
from typing import Any

from isocenter.report.applied_to_nothing import why_nothing
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.screening import Summary


def _claims(**more: Any) -> Summary:
    """A summary of claims under Medicare in both settings, of codes that are given."""
    plain: dict[str, Any] = {name: [] for name in Summary.__dataclass_fields__}
    plain |= {"coverage": {"medicare": 5}, "settings": {"professional": 9, "institutional": 9}}
    found = ["courses", "service_days", "course_windows"]  # in the lines, by every screening
    plain |= {"decides_coverage": True, "supplied": ["claim_lines", "claim_diagnoses", *found]}
    return Summary(**(plain | more))


def _list(name: str, lines: int, in_force: int, policy: str = "imrt") -> dict[str, Any]:
    days = {"first_service": date(2008, 1, 2), "last_service": date(2008, 3, 4)}
    return {"policy": policy, "code_list": name, "lines": lines, "lines_in_force": in_force, **days}


def _why(rule: str, policy: str = "imrt", **more: Any) -> str:
    book = load_policy(policy)
    return why_nothing(book.rule(rule), book, _claims(**more))


def test_a_rule_whose_codes_no_line_bears_is_recognized_by_its_codes() -> None:
    why = _why("special_treatment_is_a_separate_therapy", code_lists=[_list("special_treatment", 0, 0)])
    assert why == "no line has a code of special treatment (77470)"


def test_a_rule_whose_codes_were_not_in_force_is_recognized_by_the_dates() -> None:
    why = _why("special_treatment_is_a_separate_therapy", code_lists=[_list("special_treatment", 1200, 0)])
    assert "1,200 lines have a code of special treatment, between 2008-01-02 and 2008-03-04" in why
    assert "on no day on which it was in force (from 2009-02-16 on)" in why


def test_a_rule_whose_codes_stand_there_says_what_more_it_looks_for() -> None:
    why = _why("special_treatment_is_a_separate_therapy", code_lists=[_list("special_treatment", 3, 3)])
    assert why.startswith("3 lines have a code of special treatment; none of them is where the rule would judge it")
    assert "it would also read" in why and "documents" in why


def test_a_rule_that_takes_either_of_two_lists_needs_one_of_them() -> None:
    lists = [_list("imrt_delivery", 0, 0), _list("imrt_delivery_if_planned", 2, 0)]
    why = _why("delivery_follows_an_imrt_plan", code_lists=lists)
    assert "no line has a code of IMRT delivery (" in why
    assert "2 lines have a code of IMRT delivery if planned, between" in why
    lists[1] = _list("imrt_delivery_if_planned", 2, 2)
    assert "no line has" not in _why("delivery_follows_an_imrt_plan", code_lists=lists)


def test_a_rule_for_hospital_claims_reports_that_there_are_none() -> None:
    why = _why("planning_services_are_part_of_the_plan", "imrt_hospital", settings={"professional": 9})
    assert why == "it judges only institutional lines; there is none"


def test_a_rule_that_compares_medicare_courses_reports_that_there_are_none() -> None:
    assert _why("counts_far_from_peers", coverage={"commercial": 3}) == "it judges only Medicare courses; there is none"


def test_a_rule_without_codes_says_that_nothing_is_of_its_kind() -> None:
    assert _why("codes_in_force_on_the_date") == "no line or course is of the kind that it judges"
