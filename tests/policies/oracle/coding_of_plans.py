"""Coding of what leads to treatment: plans, simulation, dosimetry, devices."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from math import inf
from typing import Any

from tests.policies.oracle.codes import (
    BRACHY_PLAN,
    CLINICAL,
    DEVICES,
    DOSIMETRY,
    JAN_2015,
    MOTION,
    PLAN,
    PLAN_3D,
    SIMULATION,
    TELETHERAPY,
    VISITS,
)
from tests.policies.oracle.counting import holds, is_distinct, modifiers, room_under, room_without_components
from tests.policies.oracle.world import MET, NOT_APPLICABLE, NOT_DOCUMENTED, NOT_MET, Rows, World


def one_plan_per_course(world: World) -> Rows:
    plans = [line for line in world.lines if line.procedure_code in PLAN]
    yield from _excused_by_changes(world, plans, 1)


def no_3d_plan_beside_the_imrt_plan(world: World) -> Rows:
    with_plan = {line.course_id for line in world.lines if line.procedure_code in PLAN}
    plans = [line for line in world.lines if line.procedure_code in PLAN_3D and line.course_id in with_plan]
    yield from _excused_by_changes(world, plans, 0)


def _excused_by_changes(world: World, plans: list[Any], free: int) -> Rows:
    def limit(line: Any) -> int:
        return free + sum(day <= line.service_date for day in world.changes(line.course_id))

    for line, room in room_under(plans, lambda line: line.course_id, limit):
        later = any(day > line.service_date for day in world.changes(line.course_id))
        if room == line.units:
            yield line.claim_line_id, MET, room
        elif world.says(line, "field_change_note") & {"cone_down", "changed_field_size"} and not later:
            yield line.claim_line_id, NOT_MET, room
        else:
            yield line.claim_line_id, NOT_DOCUMENTED, room


def delivery_follows_an_imrt_plan(world: World) -> Rows:
    for line in filter(world.delivers_imrt, world.lines):
        billed = [other.service_date for other in world.by_course[line.course_id] if other.procedure_code in PLAN]
        shown = [plan for plan in world.plans[line.course_id] if plan.is_imrt]
        days = [plan.plan_date or plan.approved_on for plan in shown]
        if any(day and day <= line.service_date for day in billed + days):
            yield line.claim_line_id, MET, None
        elif None in days:
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, NOT_MET, None


def clinical_planning_precedes_the_plan(world: World) -> Rows:
    for line in world.lines:
        plans = [other.service_date for other in world.by_course[line.course_id] if other.procedure_code in PLAN]
        if line.procedure_code not in CLINICAL or not plans:
            continue
        if line.service_date <= min(plans):
            yield line.claim_line_id, MET, None
        elif line.service_date > max(plans):
            yield line.claim_line_id, NOT_MET, None
        else:
            changed = any(day <= max(plans) for day in world.changes(line.course_id))
            yield line.claim_line_id, MET if changed else NOT_DOCUMENTED, None


def records_review_counted_once(world: World) -> Rows:
    for line in world.lines:
        visits = [
            other
            for other in world.by_course[line.course_id]
            if other.procedure_code in VISITS and other.service_date <= line.service_date
        ]
        if line.procedure_code not in CLINICAL or not visits:
            continue
        in_planning = "records_review" in world.says(line, "clinical_planning_note")
        in_visit = any("records_review" in world.says(visit, "visit_note") for visit in visits)
        yield line.claim_line_id, NOT_MET if in_planning and in_visit else MET, None


def simulation_at_the_initial_setup(world: World) -> Rows:
    for line in world.in_imrt_courses(SIMULATION):
        first = min(
            other.service_date for other in world.by_course[line.course_id] if other.procedure_code in SIMULATION
        )
        start = world.imrt_start(line.course_id)
        is_initial = line.service_date == first and (start is None or first <= start)
        reason = "resimulation_reason" in world.says(line, "simulation_record") or world.changes(line.course_id)
        yield line.claim_line_id, MET if is_initial or reason else NOT_DOCUMENTED, None


def teletherapy_isodose_for_another_modality(world: World) -> Rows:
    yield from _isodose(world, TELETHERAPY, "external_beam")


def brachytherapy_isodose_for_brachytherapy(world: World) -> Rows:
    yield from _isodose(world, BRACHY_PLAN, "brachytherapy")


def _isodose(world: World, codes: tuple[set[str], set[str]], modality: str) -> Rows:
    for line in world.in_imrt_courses(codes[0] | codes[1]):
        if line.procedure_code in codes[line.service_date >= JAN_2015]:
            shown = modality in world.modalities(line.course_id)
            yield line.claim_line_id, MET if shown else NOT_DOCUMENTED, None


def no_special_dosimetry_for_verification(world: World) -> Rows:
    for line in world.in_imrt_courses(DOSIMETRY):
        said = world.says(line, "special_dosimetry_record")
        start = world.treatment_start(line.course_id)
        if said & {"apart_from_verification", "other_modality"}:
            outcome = MET
        elif "plan_verification" in said or (start and line.service_date < start):
            outcome = NOT_MET
        else:
            outcome = NOT_DOCUMENTED
        yield line.claim_line_id, outcome, None


def devices_are_part_of_the_plan(world: World) -> Rows:
    for line in world.in_imrt_courses(DEVICES):
        if not is_distinct(line) and "26" not in modifiers(line):
            serves_another = _serves_another_modality(world, line) or world.modalities(line.course_id)
            yield line.claim_line_id, MET if serves_another else NOT_MET, None


def one_device_per_gantry_stop(world: World) -> Rows:
    lines = [line for line in world.in_imrt_courses(DEVICES) if "26" in modifiers(line) and not is_distinct(line)]
    apart = [line for line in lines if _serves_another_modality(world, line)]
    yield from ((line.claim_line_id, MET, line.units) for line in apart)

    def limit(line: Any) -> float:
        stops = [
            (plan.gantry_stops or 0) + (plan.arcs or 0)
            for plan in world.plans[line.course_id]
            if plan.is_imrt is not False
            and plan.approval != "REJECTED"
            and not (plan.gantry_stops is None and plan.arcs is None)
        ]
        return min(6, sum(stops) if stops else inf)

    rest = [line for line in lines if line not in apart]
    for line, room in room_without_components(rest, lambda line: line.course_id, limit):
        if room == line.units:
            yield line.claim_line_id, MET, room
        else:
            another = world.modalities(line.course_id)
            yield line.claim_line_id, NOT_DOCUMENTED if another else NOT_MET, room


def _serves_another_modality(world: World, line: Any) -> bool:
    return "other_modality" in world.says(line, "device_record")


def motion_management_with_its_plan(world: World) -> Rows:
    plan_days = {(line.member_id, line.service_date) for line in world.lines if line.procedure_code in PLAN | PLAN_3D}
    for line in world.lines:
        if line.procedure_code in MOTION and line.service_date >= date(2014, 1, 1):
            there = (line.member_id, line.service_date) in plan_days
            yield line.claim_line_id, MET if there else NOT_MET, None


def bill_type_and_revenue_code_change_nothing(world: World) -> Rows:
    for course in {line.course_id for line in world.tables["claim_lines"]}:
        yield course, MET, None


def diagnosis_on_the_loaded_list(world: World) -> Rows:
    on_claim: dict[str, set[str]] = defaultdict(set)
    for entry in world.tables["claim_diagnoses"]:
        on_claim[entry.claim_id].add(entry.icd10)
    of_course: dict[str, set[str]] = defaultdict(set)
    for entry in world.tables["diagnoses"]:
        of_course[entry.course_id].add(entry.icd10)
    for line in world.lines:
        is_motion = line.procedure_code in MOTION and line.service_date >= date(2014, 1, 1)
        if not (line.procedure_code in PLAN or is_motion or world.delivers_imrt(line)):
            continue
        covered = {
            entry.icd10
            for entry in world.tables["covered_diagnoses"]
            if entry.procedure_code == line.procedure_code and holds(entry, line.service_date)
        }
        given = on_claim[line.claim_id] or of_course[line.course_id]
        if not covered:
            outcome = NOT_APPLICABLE
        elif not given:
            outcome = NOT_DOCUMENTED
        else:
            outcome = MET if covered & given else NOT_MET
        yield line.claim_line_id, outcome, None


RULES: tuple[Callable[[World], Rows], ...] = (
    one_plan_per_course,
    no_3d_plan_beside_the_imrt_plan,
    delivery_follows_an_imrt_plan,
    clinical_planning_precedes_the_plan,
    records_review_counted_once,
    simulation_at_the_initial_setup,
    teletherapy_isodose_for_another_modality,
    brachytherapy_isodose_for_brachytherapy,
    no_special_dosimetry_for_verification,
    devices_are_part_of_the_plan,
    one_device_per_gantry_stop,
    motion_management_with_its_plan,
    bill_type_and_revenue_code_change_nothing,
    diagnosis_on_the_loaded_list,
)
