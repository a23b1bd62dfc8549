"""Hospital packaging agrees with plain Python on random claims of many members, hospitals and courses."""

from collections import Counter
from datetime import date, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.claims import ClaimLine

_POLICY = load_policy("imrt_hospital")
Answers = dict[tuple[str, str], str]

_BEGINNINGS = [date(2014, 12, 20), date(2016, 12, 28), date(2024, 2, 20), date(2025, 12, 20)]
_UNTIL_2014 = {"77305", "77310", "77315", "77326", "77327", "77328"}
_FROM_2015 = {"77306", "77307", "77316", "77317", "77318"}
_SIMULATIONS = {"77280", "77285", "77290"}
_PACKAGED = {"77014", "77295", "77321", "77331", "77370"} | _SIMULATIONS | _UNTIL_2014 | _FROM_2015
_OFFICE_DELIVERY = {f"G60{number:02d}" for number in (*range(3, 17),)}
_HOSPITAL_DELIVERY = {"77385", "77386", "77402", "77407", "77412"}
_NOT_PACKAGED = {"77336", "77334", "77300", "77338", "77293", "77427"}
_BILLED = sorted(_PACKAGED | _NOT_PACKAGED | {"G6015", "G6004", "77386", "77402", "77407", "77418"}) + ["77301"] * 8


def random_lines(seed: int) -> list[ClaimLine]:
    """Lines of a few members at two hospitals and an office, crowded around the plans."""
    random = Random(seed)
    begin = random.choice(_BEGINNINGS)
    return [_random_line(random, number, begin) for number in range(150)]


def _random_line(random: Random, number: int, begin: date) -> ClaimLine:
    member = f"M{random.randint(0, 3)}"
    claim = f"A{random.randint(0, 40)}"
    return ClaimLine(
        claim_line_id=f"L{number}",
        claim_id=claim,
        line_number=number,
        course_id=f"{member} {random.choice('112')}",
        member_id=member,
        service_date=begin + timedelta(random.randint(0, 45)),
        procedure_code=random.choice(_BILLED),
        units=1,
        modifier_1=random.choice(["", "", "", "", "59", "XS", "26"]),
        place_of_service=random.choice(["", "11", "22"]),
        setting=random.choice(["institutional", "institutional", "institutional", "professional"]),
        billing_npi=random.choice(["1999999984", "1999999984", "1999999992"]),
        bill_type=random.choice(["131", "131", "0131", "137", "121", "111", "851", ""]),
        line_of_business=random.choice(["medicare", "medicare", "medicare", "", "commercial"]),
    )


def expected_answers(lines: list[ClaimLine]) -> Answers:
    """The outcome of each rule for each line that it speaks of."""
    standing = [line for line in lines if line.line_of_business in ("medicare", "")]
    found: Answers = {}
    plans = [line for line in standing if line.procedure_code == "77301" and _bill_type(line) is not None]
    for line in standing:
        place = _place_of_delivery(line)
        if place:
            is_own = line.procedure_code in (_OFFICE_DELIVERY if place == "office" else _HOSPITAL_DELIVERY)
            found["delivery_by_the_code_of_its_setting", line.claim_line_id] = "met" if is_own else "not_met"
        own_plans = [plan for plan in plans if (plan.member_id, plan.billing_npi) == (line.member_id, line.billing_npi)]
        if _is_packaged(line) and _bill_type(line) is not None and own_plans:
            days = [
                (plan.service_date - line.service_date).days for plan in own_plans if plan.course_id == line.course_id
            ]
            beside = any(0 <= day <= 14 for day in days) and not _guides(line, standing)
            found["planning_services_are_part_of_the_plan", line.claim_line_id] = _refused(line) if beside else "met"
            is_late = line.procedure_code in _SIMULATIONS and line.service_date >= date(2017, 1, 1)
            if is_late and not any(0 <= day <= 14 for day in days) and any(day < 0 for day in days):
                ends = [other.service_date for other in standing if _delivers_imrt(other, line.course_id)]
                is_over = bool(ends) and line.service_date > max(ends)
                outcome = "met" if is_over else _refused(line)
                found["no_verification_simulation_during_imrt", line.claim_line_id] = outcome
    return found


def _guides(line: ClaimLine, standing: list[ClaimLine]) -> bool:
    """CT on a day on which anyone treated the course guided the set-up."""
    delivery = _OFFICE_DELIVERY | _HOSPITAL_DELIVERY | {"77418", "0073T"}
    return line.procedure_code == "77014" and any(
        other.course_id == line.course_id
        and other.service_date == line.service_date
        and other.procedure_code in delivery
        for other in standing
    )


def _bill_type(line: ClaimLine) -> str | None:
    """The two digits of an outpatient claim, '' where it does not say, None where it is no outpatient claim."""
    digits = line.bill_type[1:3] if len(line.bill_type) == 4 else line.bill_type[:2]
    return digits if line.setting == "institutional" and digits in ("", "12", "13") else None


def _is_packaged(line: ClaimLine) -> bool:
    if line.procedure_code in _UNTIL_2014:
        return line.service_date.year < 2015
    if line.procedure_code in _FROM_2015:
        return line.service_date.year >= 2015
    return line.procedure_code in _PACKAGED and (line.procedure_code != "77014" or line.service_date.year < 2026)


def _refused(line: ClaimLine) -> str:
    modifiers = {"59"} if line.service_date.year < 2015 else {"59", "XS"}
    return "not_documented" if line.modifier_1 in modifiers or _bill_type(line) == "" else "not_met"


def _delivers_imrt(line: ClaimLine, course: str) -> bool:
    codes = (
        {"77418"}
        if line.service_date.year < 2015
        else {"77407"}
        if line.service_date.year > 2025
        else {"G6015", "77386"}
    )
    return line.course_id == course and line.procedure_code in codes


def _place_of_delivery(line: ClaimLine) -> str:
    is_dated = 2015 <= line.service_date.year <= 2025 and line.procedure_code in _OFFICE_DELIVERY | _HOSPITAL_DELIVERY
    if is_dated and line.setting == "professional":
        return "office" if line.place_of_service == "11" else ""
    return "hospital" if is_dated and _bill_type(line) else ""


@cache
def _warm_store() -> FactStore:
    return FactStore(few_rows=True)


def told_answers(lines: list[ClaimLine]) -> Answers:
    store = _warm_store()
    store.clear()
    assert not store.supply("claim_lines", lines)
    findings = judge(store, [_POLICY]).findings
    told = {(finding.rule, finding.subject_id): str(finding.outcome) for finding in findings}
    assert len(told) == len(findings), "a line was answered twice"
    return told


@pytest.mark.parametrize("seed", range(25))
def test_rules_and_plain_python_agree_on_every_line(seed: int) -> None:
    lines = random_lines(seed)
    assert told_answers(lines) == expected_answers(lines)


def test_every_outcome_is_met_somewhere() -> None:
    counts = Counter(
        (rule, outcome) for seed in range(60) for (rule, _), outcome in expected_answers(random_lines(seed)).items()
    )
    packaging = ("planning_services_are_part_of_the_plan", "no_verification_simulation_during_imrt")
    assert set(counts) == {
        *((rule, outcome) for rule in packaging for outcome in ("met", "not_met", "not_documented")),
        ("delivery_by_the_code_of_its_setting", "met"),
        ("delivery_by_the_code_of_its_setting", "not_met"),
    }
    assert min(counts.values()) >= 10, counts


@settings(max_examples=40, deadline=None)
@given(
    day=st.dates(min_value=date(2013, 1, 20), max_value=date(2099, 12, 1)),
    days=st.integers(min_value=-20, max_value=40),
)
def test_the_finding_names_the_distance_in_days(day: date, days: int) -> None:
    hospital = {
        "units": 1,
        "setting": "institutional",
        "bill_type": "131",
        "billing_npi": "1999999984",
        "line_number": 1,
    }
    common = {"claim_id": "A1", "course_id": "C1", "member_id": "M1", "line_of_business": "medicare", **hospital}
    store = _warm_store()
    store.clear()
    plan_day = day + timedelta(days)
    store.supply("claim_lines", [
        ClaimLine(claim_line_id="L1", service_date=day, procedure_code="77290", **common),
        ClaimLine(claim_line_id="L2", service_date=plan_day, procedure_code="77301", **common),
    ])  # fmt: skip
    said = {finding.rule: finding.because for finding in judge(store, [_POLICY]).findings}
    because = said["planning_services_are_part_of_the_plan"]
    if days == 0:
        assert "on the same day" in because
    elif 0 < days <= 14:
        assert f"on {plan_day}, {days} day{'' if days == 1 else 's'} later" in because
    else:
        assert "no IMRT plan of this hospital and course" in because
    if days < 0 and day >= date(2017, 1, 1):
        after = f"{-days} day{'' if days == -1 else 's'} after the IMRT plan"
        assert said["no_verification_simulation_during_imrt"].startswith(after)
