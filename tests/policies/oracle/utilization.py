"""Utilization: codes in force, usual counts, duplicates, limits of units, conventional delivery beside IMRT."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from tests.policies.oracle.codes import (
    ALWAYS_KNOWN,
    BRACHY_PLAN,
    CLINICAL,
    CONSULT,
    DOSIMETRY,
    IMRT,
    JAN_2015,
    JAN_2026,
    LEVELS,
    LIFETIMES,
    MOTION,
    MULTILEAF,
    PLAN,
    PLAN_3D,
    SIMULATIONS,
    SPECIAL,
    TELETHERAPY,
    in_force,
)
from tests.policies.oracle.coding_of_treatment import beside_imrt
from tests.policies.oracle.counting import components, holds, in_parts, modifiers, room_under
from tests.policies.oracle.tumors_of_claims import is_for_another_tumor, site_of_claim
from tests.policies.oracle.world import MET, NOT_DOCUMENTED, NOT_MET, Rows, World


def no_conventional_delivery_on_imrt_days(world: World) -> Rows:
    yield from beside_imrt(world, world.delivers_conventionally)


def codes_in_force_on_the_date(world: World) -> Rows:
    for line in world.lines:
        if line.procedure_code in ALWAYS_KNOWN | LIFETIMES.keys():
            at_the_end = line._replace(service_date=line.last_service_date or line.service_date)
            is_in_force = {in_force(line), in_force(at_the_end)}
            yield line.claim_line_id, {(True,): MET, (False,): NOT_MET}.get(tuple(is_in_force), NOT_DOCUMENTED), None


def services_within_usual_counts(world: World) -> Rows:
    for codes in (CLINICAL, MOTION, CONSULT):
        lines = [
            line for line in world.in_imrt_courses(codes) if codes != MOTION or line.service_date >= date(2014, 1, 1)
        ]
        apart = {
            line.claim_line_id
            for line in lines
            if codes == CONSULT and "other_modality" in world.says_of_that_day(line, "special_physics_consultation")
        }
        counted = {line.claim_line_id: 0 if line.claim_line_id in apart else line.units for line in lines}
        billed = in_parts(lines, _course, partial(_units, counted))
        for line in lines:
            usual = 1 + world.changes_by(line.course_id, line.service_date)
            is_right = line.claim_line_id in apart or billed[line.claim_line_id] <= usual
            yield line.claim_line_id, MET if is_right else NOT_MET, None


def _course(line: Any) -> str:
    return str(line.course_id)


def _units(counted: dict[str, int], line: Any) -> int:
    return counted[line.claim_line_id]


def one_delivery_level_a_day(world: World) -> Rows:
    levels = [line for line in world.lines if world.delivers_imrt(line) and _is_imrt_code_in_force(line)]
    for line in levels:
        codes = {
            other.procedure_code
            for other in levels
            if (other.course_id, other.service_date) == (line.course_id, line.service_date)
        }
        yield line.claim_line_id, NOT_MET if len(codes) > 1 else MET, None


_OF_A_SESSION = {"59", "76", "77", "XE", "XP", "XS", "XU"}


def fractions_of_one_day(world: World) -> Rows:
    given = [line for line in world.lines if world.delivers_imrt(line) and "technical" in components(line)]
    billed: Counter[Any] = Counter()
    treated: dict[Any, set[str]] = defaultdict(set)  # courses with sessions that nothing tells apart
    for line in given:
        billed[line.course_id, line.service_date] += line.units
        if line.course_id and not modifiers(line) & _OF_A_SESSION:
            treated[line.member_id, line.billing_npi, line.service_date].add(line.course_id)
    for line in given:
        units = billed[line.course_id, line.service_date]
        recorded = world.recorded_on(line.course_id).count(line.service_date)
        courses = treated[line.member_id, line.billing_npi, line.service_date]
        is_beside = line.course_id in courses and not modifiers(line) & _OF_A_SESSION
        if is_beside and line.course_id != min(courses):
            yield line.claim_line_id, NOT_DOCUMENTED, None
        elif units > 1:
            yield line.claim_line_id, MET if units <= 2 or recorded >= units else NOT_DOCUMENTED, None


_UNFINISHED = {"52", "53", "73", "74"}


def imrt_delivery_by_an_imrt_plan(world: World) -> Rows:
    billed: Counter[Any] = Counter()
    for line in sorted(world.lines, key=lambda line: (line.service_date, line.claim_line_id)):
        plans = {plan.plan_id: plan for plan in world.plans[line.course_id] if plan.approval != "REJECTED"}
        imrt = [plan.fractions for plan in plans.values() if plan.is_imrt]
        if not imrt or len(imrt) == len(plans):
            continue
        if not world.delivers_imrt(line) or "technical" not in components(line):
            continue
        billed[line.course_id] += 0 if is_billed_again(world, line, world.lines) else line.units
        billed[line.course_id, line.service_date] += line.units
        of_day = [one for one in world.fractions[line.course_id] if one.delivered_on == line.service_date]
        kinds = [plans[one.plan_id].is_imrt if one.plan_id in plans else "unnamed" for one in of_day]
        needed = billed[line.course_id, line.service_date]
        if kinds.count(True) >= needed:
            outcome = MET
        elif False in kinds or None in kinds:
            is_short = kinds.count(True) + kinds.count("unnamed") < needed
            outcome = NOT_MET if is_short and None not in kinds else NOT_DOCUMENTED
        else:
            is_enough = None not in imrt and billed[line.course_id] <= sum(imrt)
            outcome = MET if is_enough else NOT_DOCUMENTED
        yield line.claim_line_id, outcome, None


def fractions_within_the_order(world: World) -> Rows:
    services: dict[Any, list[Any]] = defaultdict(list)
    for line in world.lines:
        services[line.member_id, line.service_date, line.procedure_code].append(line)
    given: dict[str, list[Any]] = defaultdict(list)
    for line in world.lines:
        alike = services[line.member_id, line.service_date, line.procedure_code]
        is_again = is_billed_again(world, line, alike)
        is_session = "technical" in components(line) and not modifiers(line) & _UNFINISHED
        if world.delivers_imrt(line) and is_session and not is_again and not is_for_another_tumor(world, line):
            given[line.course_id].append(line)
    for course, lines in given.items():
        ordered = world.courses[course].planned_fractions
        if not ordered:
            continue
        kinds = Counter(document.kind for document in world.documents[course])
        may_be_more = kinds["prescription"] > 1 or kinds["field_change_note"] or kinds["anatomy_change"]
        planned = sum(plan.fractions or 0 for plan in world.plans[course] if plan.approval != "REJECTED")
        first_site = min(filter(None, (site_of_claim(world, line.claim_id) for line in lines)), default="")
        billed: Counter[str] = Counter()
        sites = {line: site_of_claim(world, line.claim_id) or first_site for line in lines}
        for line in lines:
            site = sites[line]
            if any(
                (other.service_date, sites[other]) == (line.service_date, site)
                and other.procedure_code < line.procedure_code
                for other in lines
            ):
                continue
            billed[site] += line.units
            beyond = NOT_DOCUMENTED if may_be_more or planned >= billed[site] else NOT_MET
            yield line.claim_line_id, MET if billed[site] <= ordered else beyond, None


def is_billed_again(world: World, line: Any, lines: Iterable[Any]) -> bool:
    """Whether one of the lines bills the service of a line before it."""
    alike = [
        other
        for other in lines
        if (other.member_id, other.service_date, other.procedure_code)
        == (line.member_id, line.service_date, line.procedure_code)
    ]
    is_again = any(other.claim_id < line.claim_id and _may_be_one_service(line, other) for other in alike)
    return is_again or any(_is_given_again(world, line, other) for other in alike)


def _is_imrt_code_in_force(line: Any) -> bool:
    if line.service_date >= JAN_2026:
        return line.procedure_code in LEVELS
    return line.procedure_code in IMRT[line.service_date >= JAN_2015]


def no_duplicate_line(world: World) -> Rows:
    services: dict[Any, list[Any]] = defaultdict(list)
    for line in world.lines:
        services[line.member_id, line.service_date, line.procedure_code].append(line)
    versions = Counter(map(_in_its_claim, world.lines))
    for lines in services.values():
        for line in lines if len(lines) > 1 else ():
            is_of_several = line.claim_frequency == "7" and versions[_in_its_claim(line)] > 1
            is_of_several |= any(_is_given_again(world, line, other) for other in lines)
            is_of_several |= any(_bills_a_component_again(line, other) for other in lines)
            on_the_first = NOT_DOCUMENTED if is_of_several else MET
            is_earlier = any(other.claim_id < line.claim_id and _may_be_one_service(line, other) for other in lines)
            yield line.claim_line_id, NOT_MET if is_earlier else on_the_first, None


_GIVEN_ONCE = CLINICAL | SIMULATIONS | PLAN | MOTION | MULTILEAF | CONSULT | SPECIAL
_IN_A_SESSION = IMRT[0] | IMRT[1] | {"77421", "76950", "G6001", "G6002", "77014", "77387"}


def _is_given_again(world: World, line: Any, other: Any) -> bool:
    """Whether a line bills what another one of its claim bills, and neither a modifier nor a record says why."""
    is_level = line.procedure_code in LEVELS and line.service_date >= JAN_2026
    is_in_a_session = is_level or line.procedure_code in _IN_A_SESSION
    if not (is_in_a_session or line.procedure_code in _GIVEN_ONCE) or not in_force(line):
        return False
    if line.procedure_code in MOTION and line.service_date < date(2014, 1, 1):
        return False
    names = ("claim_id", "course_id", "units", "rendering_npi")
    is_alike = all(getattr(line, name) == getattr(other, name) for name in names)
    ends = [one.last_service_date or one.service_date for one in (line, other)]
    is_recorded = is_in_a_session and world.recorded_on(line.course_id).count(line.service_date) > 1
    return (
        other.claim_line_id < line.claim_line_id
        and is_alike
        and ends[0] == ends[1]
        and modifiers(line) == modifiers(other)
        and not modifiers(line) & _OF_A_SESSION
        and not is_recorded
    )


_COUNTED = {"77300"} | DOSIMETRY | TELETHERAPY[0] | TELETHERAPY[1] | BRACHY_PLAN[0] | BRACHY_PLAN[1]
_WITH_COMPONENTS = (
    SIMULATIONS | PLAN | PLAN_3D | MOTION | MULTILEAF | SPECIAL | _COUNTED
    | {"77421", "76950", "G6001", "G6002", "77014", "77387"}
)  # fmt: skip


def _bills_a_component_again(line: Any, other: Any) -> bool:
    """Whether a line bills a component that another, which bills more or is a hospital's, bills too."""
    if line.procedure_code not in _WITH_COMPONENTS or not in_force(line) or line.setting == "institutional":
        return False
    if line.procedure_code in MOTION and line.service_date < date(2014, 1, 1):
        return False
    if (modifiers(line) | modifiers(other)) & _OF_A_SESSION:
        return False
    if line.procedure_code in _COUNTED and line.units != other.units:
        return False
    if len(components(line)) == 1:
        return len(components(other)) > 1
    return other.setting == "institutional" and "technical" in components(other)


def no_line_is_billed_to_be_refused(world: World) -> Rows:
    for line in world.lines:
        if line.modifier_1 and world.under_review(line.course_id):
            yield line.claim_line_id, NOT_MET if modifiers(line) & {"GA", "GX", "GY", "GZ"} else MET, None


def _in_its_claim(line: Any) -> tuple[Any, ...]:
    return (line.member_id, line.claim_id, line.line_number, line.service_date, line.procedure_code)


def _may_be_one_service(line: Any, other: Any) -> bool:
    """Whether two lines of one code and day are alike but for a provider whom one of them does not name."""
    names = ("billing_npi", "rendering_npi")
    named_alike = all(
        "" in (mine := (getattr(line, name), getattr(other, name))) or len(set(mine)) == 1 for name in names
    )
    return named_alike and line.setting == other.setting and modifiers(line) == modifiers(other)


def units_within_the_limit(world: World) -> Rows:
    for line, adjudication, room in _under_limits(world):
        if adjudication in (1, 2):
            yield line.claim_line_id, MET if room == line.units else _beyond(line), room


def units_within_the_limit_unless_documented(world: World) -> Rows:
    for line, adjudication, room in _under_limits(world):
        if adjudication == 3:
            documented = "proof_of_work" in world.says(line, "procedure_record")
            yield line.claim_line_id, MET if room == line.units or documented else _beyond(line), None


def _beyond(line: Any) -> str:
    return NOT_MET if line.setting else NOT_DOCUMENTED


class _Limit(NamedTuple):
    units: int
    adjudication: int


def _under_limits(world: World) -> Iterable[tuple[Any, int, int]]:
    limits: dict[str, _Limit] = {}
    for line in world.lines:
        fitting = [
            entry
            for entry in world.tables["unit_limits"]
            if entry.procedure_code == line.procedure_code
            and line.setting in (entry.setting, "")  # where it is not stated, the stricter limit counts
            and holds(entry, line.service_date)
        ]
        if fitting:
            limits[line.claim_line_id] = _Limit(
                min(entry.units for entry in fitting), min(entry.adjudication for entry in fitting)
            )

    def day(line: Any) -> tuple[Any, ...]:
        return line.member_id, line.billing_npi, line.setting, line.procedure_code, line.service_date

    lines = [line for line in world.lines if line.claim_line_id in limits]
    for line, room in room_under(lines, day, lambda line: limits[line.claim_line_id].units):
        limit = limits[line.claim_line_id]
        if limit.adjudication == 1:
            room = min(line.units, limit.units)  # noqa: PLW2901
        yield line, limit.adjudication, room


RULES: tuple[Callable[[World], Rows], ...] = (
    no_conventional_delivery_on_imrt_days,
    codes_in_force_on_the_date,
    services_within_usual_counts,
    one_delivery_level_a_day,
    fractions_of_one_day,
    fractions_within_the_order,
    imrt_delivery_by_an_imrt_plan,
    no_duplicate_line,
    no_line_is_billed_to_be_refused,
    units_within_the_limit,
    units_within_the_limit_unless_documented,
)
