"""Courses are derived from bare claim lines: what belongs together, and what stays apart."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isocenter.errors import BrokenRule
from isocenter.facts.courses import check_course_gap, derive_courses
from isocenter.facts.store import FactStore
from isocenter.review.policy_tables import load_policy
from isocenter.rulebook.rulebook import Rulebook, with_readings
from isocenter.rulebook.rulebook import load_policy as load_rulebook
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from tests.naive_courses import bridging_days, courses_of, possible_courses_of

_BEGIN = date(2024, 1, 8)
PLAN, SIMULATION, IMRT, PROSTATE_SEEDS, VISIT, OTHER = "77301", "77290", "G6015", "77778", "99205", "71046"
SBRT = "77373"


@cache
def _rulebook() -> Rulebook:
    return load_rulebook("imrt")


@cache
def _store() -> FactStore:
    store = FactStore(threads=1)
    load_policy(store, _rulebook())
    return store


def _possible(lines: Sequence[ClaimLine], diagnoses: Sequence[ClaimDiagnosis]) -> set[tuple[str, str]]:
    """What `possible_courses` holds once courses are derived."""
    _derived(lines, diagnoses)
    rows = _store().rows("possible_courses")
    assert len(rows) == len(set(rows))
    return set(map(tuple, rows))


def _derived(lines: Sequence[ClaimLine], diagnoses: Sequence[ClaimDiagnosis] = ()) -> dict[str, str]:
    store = _store()
    store.clear()
    assert store.add([*lines, *diagnoses]) == []
    derive_courses(store)
    found = {line.claim_line_id: line.course_id for line in store.rows("claim_lines")}
    courses = {course.course_id for course in store.rows("courses")}
    assert courses == set(found.values()) - {""}
    return found


class Member:
    """Claims of one member, each with the services of some days and one diagnosis."""

    def __init__(self, name: str = "M1") -> None:
        self.name, self.lines, self.diagnoses = name, list[ClaimLine](), list[ClaimDiagnosis]()
        self._claims = 0

    def claim(self, icd10: str, *services: tuple[str, int], setting: str = "professional") -> list[str]:
        """A claim of services as (code, days after the beginning); the names of its lines."""
        self._claims += 1
        claim = f"{self.name}-{self._claims}"
        made = [
            ClaimLine(f"{claim}-{n}", claim, n, "", self.name, _BEGIN + timedelta(days=day), code, 1, setting=setting)
            for n, (code, day) in enumerate(services, start=1)
        ]
        self.lines += made
        if icd10:
            self.diagnoses.append(ClaimDiagnosis(claim, icd10, 1))
        return [line.claim_line_id for line in made]

    def courses(self) -> dict[str, str]:
        return _derived(self.lines, self.diagnoses)

    def possible(self) -> set[tuple[str, str]]:
        return _possible(self.lines, self.diagnoses)


def _treatment(begin: int, fractions: int = 20) -> list[tuple[str, int]]:
    return [(SIMULATION, begin), (PLAN, begin + 5), *((IMRT, begin + 10 + day) for day in range(fractions))]


def test_two_sites_at_once_are_two_courses() -> None:
    member = Member()
    lung, prostate = member.claim("C34.11", *_treatment(0)), member.claim("C61", *_treatment(7))
    found = member.courses()
    assert {found[line] for line in lung} == {"M1 from 2024-01-08"}
    assert {found[line] for line in prostate} == {"M1 from 2024-01-15"}


def test_courses_that_start_on_the_same_day_bear_numbers() -> None:
    member = Member()
    one, other = member.claim("C34.11", *_treatment(0)), member.claim("C61", *_treatment(0))
    found = member.courses()
    assert {found[line] for line in one} | {found[line] for line in other} == {
        "M1 from 2024-01-08",
        "M1 from 2024-01-08 (2)",
    }
    assert {found[line] for line in one}.isdisjoint(found[line] for line in other)


@pytest.mark.parametrize(("silence", "courses"), [(60, 1), (61, 2)])
def test_a_silence_longer_than_the_reading_parts_two_courses(silence: int, courses: int) -> None:
    member = Member()
    member.claim("C61", *_treatment(0))  # the last fraction on day 29
    member.claim("C61", *_treatment(29 + silence))
    assert len(set(member.courses().values())) == courses


def test_a_cone_down_and_a_new_plan_for_changed_anatomy_stay_in_the_course() -> None:
    member = Member()
    member.claim("C34.11", *_treatment(0, 25))
    member.claim("C34.12", (SIMULATION, 30), (PLAN, 33), *((IMRT, 36 + day) for day in range(8)))
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


def test_hospital_and_professional_claims_of_several_providers_meet_in_one_course() -> None:
    member = Member()
    member.claim("C61", (SIMULATION, 0), (PLAN, 5))
    member.claim("C61", (SIMULATION, 0), (PLAN, 5), setting="institutional")
    member.claim("C61", *((IMRT, 10 + day) for day in range(30)), setting="institutional")
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


def test_a_boost_by_seeds_belongs_to_the_course_of_its_tumor() -> None:
    member = Member()
    member.claim("C61", *_treatment(0))
    member.claim("C61", (PROSTATE_SEEDS, 45))
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


def test_stereotactic_treatment_of_another_tumor_is_a_course_of_its_own_also_without_its_plan() -> None:
    member = Member()
    prostate = member.claim("C61", *_treatment(0))
    lung = member.claim("C34.11", *((SBRT, day) for day in (15, 17, 19)))
    found = member.courses()
    assert {found[line] for line in prostate} == {"M1 from 2024-01-08"}
    assert {found[line] for line in lung} == {"M1 from 2024-01-23"}


@pytest.mark.parametrize("icd10", ["C61", "Z51.0", ""])
def test_a_stereotactic_boost_of_the_same_tumor_or_of_none_joins_the_course(icd10: str) -> None:
    member = Member()
    member.claim("C61", *_treatment(0))
    member.claim(icd10, (SBRT, 40), (SBRT, 42))
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


def test_services_of_an_encounter_without_a_tumor_join_the_course_they_fall_in() -> None:
    member = Member()
    member.claim("C34.11", *_treatment(0))
    member.claim("Z51.0", (IMRT, 15), ("77336", 16))
    member.claim("", ("77427", 20))
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


def test_weeks_on_claims_that_name_no_tumor_bridge_a_break_of_its_course() -> None:
    member = Member()
    member.claim("C61", *_treatment(0))
    for day in (40, 47, 75, 100):
        member.claim("Z51.0", (IMRT, day))
    member.claim("C61", (IMRT, 130), (IMRT, 131))
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


def test_a_course_lasts_as_long_as_weeks_on_claims_that_name_no_tumor_go_on() -> None:
    member = Member()
    member.claim("C61", (PLAN, 1), (IMRT, 15))
    for day in range(22, 120, 7):
        member.claim("Z51.0", (IMRT, day))
    assert len(set(member.courses().values())) == 1


def test_weekly_work_on_claims_that_name_no_tumor_bridges_a_break_and_a_plan_on_them_does_not() -> None:
    member = Member()
    member.claim("C61", *_treatment(0))
    member.claim("Z51.0", ("77427", 60), ("77336", 66))
    member.claim("C61", (IMRT, 103), (IMRT, 104))
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}
    planned = Member()
    planned.claim("C61", *_treatment(0))
    planned.claim("Z51.0", (SIMULATION, 66))
    planned.claim("C61", (IMRT, 103), (IMRT, 104))
    assert len(set(planned.courses().values())) == 2


def test_a_service_that_falls_in_one_course_and_next_to_another_belongs_to_the_first() -> None:
    member = Member()
    member.claim("C61", *_treatment(0))
    lung = member.claim("C34.11", *_treatment(40))
    encounter = member.claim("Z51.0", ("77336", 45), ("77336", 47))
    found = member.courses()
    assert {found[line] for line in encounter} == {found[lung[0]]}


def test_a_week_of_two_courses_at_once_may_be_of_either_where_its_claim_names_no_tumor() -> None:
    member = Member()
    member.claim("C34.11", *_treatment(0))
    member.claim("C61", *_treatment(7))
    encounter = member.claim("Z51.0", (IMRT, 24), ("77427", 25))
    assert member.possible() == {(line, "M1 from 2024-01-15") for line in encounter}


def test_a_week_is_of_no_course_that_began_later_or_was_long_over_and_a_plan_may_be_for_a_later_one() -> None:
    member = Member()
    member.claim("C50.911", *_treatment(-100))  # the last fraction 71 days before the beginning
    member.claim("C34.11", *_treatment(0))
    member.claim("C61", *_treatment(40))
    member.claim("Z51.0", (IMRT, 20), ("77427", 20))
    (plan,) = member.claim("Z51.0", (PLAN, 35))
    assert member.possible() == {(plan, "M1 from 2024-02-17")}


def test_a_tumor_that_was_planned_and_treated_at_most_on_claims_without_a_tumor_may_have_had_a_course() -> None:
    member = Member()
    member.claim("C34.11", *_treatment(0))
    planned = member.claim("C61", (SIMULATION, 2), (PLAN, 8))
    assert member.possible() == set()
    treated = member.claim("Z51.0", (IMRT, 14), (IMRT, 15))
    assert member.possible() == {(line, "") for line in (*planned, *treated)}


@pytest.mark.parametrize("begin", [58, 70, 80, 95, 110])
def test_a_tumor_planned_under_its_name_and_treated_under_none_is_not_lost_to_one_treated_later(begin: int) -> None:
    member = Member()
    prostate = member.claim("C61", (SIMULATION, 0), (PLAN, 5))
    for day in range(14, 54, 7):
        prostate += member.claim("Z51.0", *((IMRT, day + more) for more in range(5)), ("77427", day))
    lung = member.claim("C34.11", (SIMULATION, begin), (SBRT, begin + 10), (SBRT, begin + 12))
    found = member.courses()
    assert {found[line] for line in prostate} == {"M1 from 2024-01-08"}
    assert {found[line] for line in lung} == {f"M1 from {_BEGIN + timedelta(days=begin)}"}
    assert member.possible() == set()


def test_treatment_under_no_name_after_two_tumors_were_planned_may_be_of_either() -> None:
    member = Member()
    planned = member.claim("C61", (SIMULATION, 0), (PLAN, 5)) + member.claim("C34.11", (SIMULATION, 2), (PLAN, 6))
    treated = member.claim("Z51.0", *((IMRT, day) for day in range(14, 24)))
    assert len(set(member.courses().values())) == 1
    assert member.possible() == {(line, "") for line in (*planned, *treated)}


@pytest.mark.parametrize("planned", [16, 20, 24, 28])  # the prostate is treated until day 25
def test_a_tumor_planned_about_the_end_of_another_and_treated_under_no_name_is_a_course(planned: int) -> None:
    member = Member()
    prostate = member.claim("C61", (PLAN, 0), *((IMRT, day) for day in range(7, 26)))
    brain = member.claim("C79.31", (SIMULATION, planned - 1), (PLAN, planned))
    brain += member.claim("Z51.0", *((IMRT, day) for day in range(33, 43)))
    found = member.courses()
    assert {found[line] for line in prostate} == {"M1 from 2024-01-08"}
    assert {found[line] for line in brain} == {f"M1 from {_BEGIN + timedelta(days=planned - 1)}"}


def test_treatment_under_no_name_that_went_on_when_another_tumor_was_planned_may_be_of_either() -> None:
    member = Member()
    member.claim("C61", (PLAN, 0), *((IMRT, day) for day in range(7, 12)))
    member.claim("Z51.0", *((IMRT, day) for day in range(14, 26)))
    member.claim("C79.31", (SIMULATION, 19), (PLAN, 20))
    member.claim("Z51.0", *((IMRT, day) for day in range(33, 43)))
    assert len(set(member.courses().values())) == 1


def test_planning_alone_is_a_course_of_its_own_where_none_is_near() -> None:
    member = Member()
    lonely = member.claim("C50.911", (SIMULATION, 0), (PLAN, 5))
    member.claim("C61", *_treatment(200))
    found = member.courses()
    assert {found[line] for line in lonely} == {"M1 from 2024-01-08"}
    assert len(set(found.values())) == 2


def test_planning_for_another_tumor_joins_the_course_that_it_falls_in() -> None:
    member = Member()
    member.claim("C61", *_treatment(0))
    planned = member.claim("C79.51", (SIMULATION, 12))
    found = member.courses()
    assert {found[line] for line in planned} == {"M1 from 2024-01-08"}


def test_lonely_services_belong_together_as_long_as_none_of_them_is_silent() -> None:
    member = Member()
    member.claim("C61", (IMRT, 0), (IMRT, 23))
    member.claim("C34.11", (IMRT, 1))
    member.claim("C50.911", (IMRT, 70))  # 47 days after the last service, 69 after that of the lung
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


def test_visits_and_other_care_belong_to_no_course() -> None:
    member = Member()
    care = member.claim("C61", (VISIT, 0), (OTHER, 15))
    treated = member.claim("C61", *_treatment(0))
    found = member.courses()
    assert {found[line] for line in care} == {""}
    assert "" not in {found[line] for line in treated}


def test_a_course_that_a_line_names_stays() -> None:
    member = Member()
    member.claim("C61", *_treatment(0))
    member.lines[0] = member.lines[0]._replace(course_id="as the case says")
    found = member.courses()
    assert found[member.lines[0].claim_line_id] == "as the case says"
    assert {found[line.claim_line_id] for line in member.lines[1:]} == {"M1 from 2024-01-13"}


def test_members_do_not_touch_each_other() -> None:
    one, other = Member("M1"), Member("M2")
    one.claim("C61", *_treatment(0))
    other.claim("", ("77336", 3))
    found = _derived(one.lines + other.lines, one.diagnoses + other.diagnoses)
    assert found[other.lines[0].claim_line_id] == "M2 from 2024-01-11"


def test_no_lines_make_no_course() -> None:
    assert _derived([]) == {}


def test_a_place_among_diagnoses_may_be_any_number() -> None:
    member = Member()
    member.claim("", *_treatment(0))
    member.diagnoses += [ClaimDiagnosis("M1-1", "C61", 2_000_000_000), ClaimDiagnosis("M1-1", "C34.11", 5_000)]
    assert set(member.courses().values()) == {"M1 from 2024-01-08"}


@pytest.mark.parametrize("days", [0, 30, 30.9, -1, float("nan"), "sixty", None])
def test_a_gap_within_which_months_could_not_be_distinguished_is_refused(days: float | str | None) -> None:
    with pytest.raises(BrokenRule, match="expected at least 31 days"):
        check_course_gap(days)
    check_course_gap(31)


def test_a_gap_that_is_too_short_is_refused_where_courses_are_derived() -> None:
    with pytest.raises(BrokenRule, match="expected a whole number from 31"):
        with_readings(_rulebook(), {"course_gap_days": 30}, "set here")
    store = FactStore(few_rows=True)
    load_policy(store, _rulebook())
    store.connection.execute("update readings set number = 30 where name = 'course_gap_days'")
    with pytest.raises(BrokenRule, match="course_gap_days is 30"):
        derive_courses(store)
    store.close()


_CODES = [PLAN, SIMULATION, IMRT, IMRT, IMRT, "77336", "77427", PROSTATE_SEEDS, VISIT, OTHER]
_ICD10 = ["C61", "C34.11", "C34.12", "C34.90", "C50.911", "C50.912", "C79.51", "C41.2", "Z51.0", "D33.0", "Z92.3", ""]


def _random_claims(seed: int, members: int) -> tuple[list[ClaimLine], list[ClaimDiagnosis]]:
    """Claims of members whose services lie about as far apart as the reading allows."""
    random = Random(seed)
    lines, diagnoses = [], []
    for claim in range(members * 5):
        member, start = f"M{random.randrange(members)}", random.randint(0, 300)
        for number in range(random.randint(1, 4)):
            day = _BEGIN + timedelta(days=start + random.choice([0, 0, 1, 20, 31, 60, 61]))
            course = random.choice([""] * 19 + ["given"])
            name = f"A{claim}-{number}"
            lines.append(ClaimLine(name, f"A{claim}", 1, course, member, day, random.choice(_CODES), 1))
        for position in range(1, random.randint(1, 3)):
            icd10 = random.choice(_ICD10)
            if icd10:
                diagnoses.append(ClaimDiagnosis(f"A{claim}", icd10, random.choice([1, position])))
    return lines, diagnoses


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_query_finds_what_the_plain_twin_finds_in_any_order_of_lines(seed: int) -> None:
    lines, diagnoses = _random_claims(seed, members=100)
    expected = courses_of(lines, diagnoses, _rulebook())
    assert _derived(lines, diagnoses) == expected
    assert _derived(lines[::-1], diagnoses[::-1]) == expected


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_plain_twin_finds_the_same_other_courses(seed: int) -> None:
    lines, diagnoses = _random_claims(seed, members=100)
    expected = possible_courses_of(lines, diagnoses, _rulebook())
    assert expected
    assert _possible(lines, diagnoses) == expected


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
@example(seed=40)  # a delivery that names no tumor lies between two services of a course, and belongs to another
def test_no_silence_within_a_course_is_longer_than_the_reading(seed: int) -> None:
    lines, diagnoses = _random_claims(seed, members=100)
    found, served = _derived(lines, diagnoses), defaultdict(list)
    for line in lines:
        if found[line.claim_line_id] not in ("", "given"):
            served[line.member_id, found[line.claim_line_id]].append(line.service_date)
    bridging = bridging_days(lines, diagnoses, _rulebook())
    for (member, _), days in served.items():
        between = [day for day in bridging[member] if min(days) < day < max(days)]
        assert all((later - earlier).days <= 60 for earlier, later in pairwise(sorted([*days, *between])))


def test_a_course_that_another_payer_is_billed_for_beside_medicare_is_medicares() -> None:
    store = _store()
    store.clear()
    lines = [
        ClaimLine(
            claim_line_id=f"L{number}", claim_id=f"A{number}", line_number=1, course_id="K", member_id="M1",
            service_date=date(2024, 3, 5), procedure_code="77301", units=1, line_of_business=payer,
        )
        for number, payer in enumerate(["commercial", "medicare", "other"])
    ]  # fmt: skip
    assert store.add(lines) == []
    derive_courses(store)
    assert [course.line_of_business for course in store.rows("courses")] == ["medicare"]
