"""Coding of what leads to treatment: plans, simulation, dosimetry, devices."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from math import inf
from typing import Any

from tests.policies.oracle.codes import (
    BRACHY_PLAN,
    CLINICAL,
    CONSULT,
    DEVICES,
    DOSIMETRY,
    JAN_2015,
    MOTION,
    MULTILEAF,
    PLAN,
    PLAN_3D,
    SIMULATION,
    TELETHERAPY,
    VISITS,
)
from tests.policies.oracle.counting import components, holds, is_distinct, modifiers
from tests.policies.oracle.tumors_of_claims import SITES, is_for_another_tumor
from tests.policies.oracle.world import MET, NOT_APPLICABLE, NOT_DOCUMENTED, NOT_MET, Rows, World

# The sites of the diagnoses that random courses state.


def one_plan_per_course(world: World) -> Rows:
    yield from ((name, *answer) for name, code, answer in _plans(world) if code in PLAN)


def no_3d_plan_beside_the_imrt_plan(world: World) -> Rows:
    yield from ((name, *answer) for name, code, answer in _plans(world) if code in PLAN_3D)


def _plans(world: World) -> Iterable[tuple[str, str, tuple[str, int]]]:
    """Each plan of each course with an IMRT plan: its line, its code, its outcome and the units allowed."""
    for course, lines in world.by_course.items():
        plans = [line for line in lines if line.procedure_code in PLAN | PLAN_3D]
        if not any(line.procedure_code in PLAN for line in plans):
            continue
        needing = {part: _units_needing(plans, part) for part in ("professional", "technical")}
        cone_downs = _cone_downs(world, course, plans, needing)
        refused: dict[str, int] = dict.fromkeys((line.claim_line_id for line in plans), 0)
        named: set[str] = set()
        explained: set[str] = set()
        for part, of_part in needing.items():
            credit, last = 0, date.min
            for line in sorted(
                plans, key=lambda line: (line.service_date, line.procedure_code in PLAN_3D, line.claim_line_id)
            ):
                if part not in components(line):
                    continue
                name, needed = line.claim_line_id, of_part[line.claim_line_id]
                credit += sum(last < documented <= line.service_date for _, documented in world.changes(course))
                last = line.service_date
                if needed and (line.procedure_code in PLAN_3D, line.service_date) in cone_downs:
                    named.add(name)
                    if credit and not cone_downs[line.procedure_code in PLAN_3D, line.service_date]:
                        explained.add(name)
                    refused[name] = max(refused[name], needed)
                else:
                    used = min(credit, needed)
                    credit -= used
                    refused[name] = max(refused[name], needed - used)
        for line in plans:
            short = refused[line.claim_line_id]
            is_named = line.claim_line_id in named - explained
            outcome = MET if not short else NOT_MET if is_named else NOT_DOCUMENTED
            yield line.claim_line_id, line.procedure_code, (outcome, line.units - short)


def _units_needing(plans: list[Any], part: str) -> dict[str, int]:
    """Units that a change of anatomy has to excuse: all of a 3D plan, all but the first of IMRT plans."""
    free, found = 1, {}
    for line in plans:
        if part in components(line):
            used = min(free, line.units) if line.procedure_code in PLAN else 0
            free -= used
            found[line.claim_line_id] = line.units - used
    return found


def _cone_downs(
    world: World, course: str, plans: list[Any], needing: dict[str, dict[str, int]]
) -> dict[tuple[bool, date], bool]:
    """(3D or not, day) of plans that notes of a cone-down or another field size are about, and whether one names it."""
    later = [line for line in plans if any(of_part.get(line.claim_line_id) for of_part in needing.values())]
    found: dict[tuple[bool, date], bool] = {}
    for note in world.documents[course]:
        if note.kind != "field_change_note":
            continue
        if not world.stated[note.document_id] & {"cone_down", "changed_field_size"}:
            continue
        if note.claim_line_id:
            about = [line for line in later if line.claim_line_id == note.claim_line_id]
        else:
            about = [line for line in later if note.procedure_code in ("", line.procedure_code)]
            if not note.document_date and len({(line.procedure_code, line.service_date) for line in about}) > 1:
                continue
            after = [line for line in about if note.document_date and line.service_date >= note.document_date]
            day = min((line.service_date for line in after), default=None) or max(
                (line.service_date for line in about), default=None
            )
            about = [line for line in about if line.service_date == day]
            about = sorted(about, key=lambda line: line.procedure_code in PLAN_3D)[:1]
        for line in about:
            plan = line.procedure_code in PLAN_3D, line.service_date
            found[plan] = found.get(plan, False) or bool(note.claim_line_id)
    return found


def delivery_follows_an_imrt_plan(world: World) -> Rows:
    sites = _sites(world)
    for line in filter(world.delivers_imrt, world.lines):
        billed = [other.service_date for other in world.by_course[line.course_id] if other.procedure_code in PLAN]
        shown = [plan for plan in world.plans[line.course_id] if plan.is_imrt]
        days = [plan.plan_date or plan.approved_on for plan in shown] + billed
        dated = [day for day in days if day]
        reported = any(
            document.kind == "plan_report" and "radiation_oncologist" in world.signed_by[document.document_id]
            for document in world.documents[line.course_id]
        )
        elsewhere = any(
            other.procedure_code in PLAN
            and other.member_id == line.member_id
            and other.course_id != line.course_id
            and other.service_date <= line.service_date
            and _may_be_one_site(sites[other.course_id], sites[line.course_id])
            for other in world.lines
        )
        if dated and min(dated) <= line.service_date:
            is_other = is_for_another_tumor(world, line)
            yield line.claim_line_id, NOT_DOCUMENTED if is_other else MET, None
        elif (
            dated
            and min(dated) > (line.last_service_date or line.service_date)
            and len(dated) == len(days)
            and not reported
            and not elsewhere
            and not world.changes_by(line.course_id, min(dated))
        ):
            yield line.claim_line_id, NOT_MET, None
        else:
            yield line.claim_line_id, NOT_DOCUMENTED, None


def _may_be_one_site(one: str, other: str) -> bool:
    return one == other or not one or not other


def _sites(world: World) -> dict[str, str]:
    """The site of each course by its first diagnosis, the record before the claims, as far as random courses go.

    Two first ones of different sites name none.
    """
    named: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for entry in world.tables["diagnoses"]:
        named[entry.course_id].append((0, entry.position, entry.icd10))
    courses = defaultdict(set)
    for line in world.lines:
        courses[line.claim_id].add(line.course_id)
    for entry in world.tables["claim_diagnoses"]:
        for course in courses[entry.claim_id]:
            named[course].append((1, entry.position, entry.icd10))
    found: dict[str, str] = defaultdict(str)
    for course, entries in named.items():
        tumors = sorted(entry for entry in entries if entry[2] in SITES)
        first = {SITES[icd10] for *rank, icd10 in tumors if rank == list(tumors[0][:2])}
        found[course] = first.pop() if len(first) == 1 else ""
    return found


def clinical_planning_precedes_the_plan(world: World) -> Rows:
    for line in world.lines:
        plans = [other.service_date for other in world.by_course[line.course_id] if other.procedure_code in PLAN]
        if line.procedure_code not in CLINICAL or not plans:
            continue
        first_change = min((documented for _, documented in world.changes(line.course_id)), default=None)
        next_plan = min((day for day in plans if day >= line.service_date), default=None)
        if line.service_date <= min(plans) or (first_change and next_plan and first_change <= next_plan):
            yield line.claim_line_id, MET, None
        elif line.service_date > max(plans) and not first_change:
            yield line.claim_line_id, NOT_MET, None
        else:
            yield line.claim_line_id, NOT_DOCUMENTED, None


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
        outcome = NOT_MET if in_planning and in_visit else MET if in_planning or in_visit else NOT_APPLICABLE
        yield line.claim_line_id, outcome, None


def simulation_at_the_initial_setup(world: World) -> Rows:
    for line in world.in_imrt_courses(SIMULATION):
        simulations = [other for other in world.by_course[line.course_id] if other.procedure_code in SIMULATION]
        days = [other.service_date for other in simulations]
        firsts = {
            part: min(other.service_date for other in simulations if part in components(other))
            for part in components(line)
        }
        start = world.imrt_start(line.course_id)
        is_initial = set(firsts.values()) <= {line.service_date} and (start is None or line.service_date <= start)
        has_reason = "resimulation_reason" in world.says_of_that_day(line, "simulation_record")
        explained = {
            min(day for day in days if day >= changed)
            for changed, _ in world.changes(line.course_id)
            if max(days) >= changed
        }
        is_right = is_initial or has_reason or line.service_date in explained
        yield line.claim_line_id, MET if is_right else NOT_DOCUMENTED, None


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
        is_apart, verifies = bool(said & {"apart_from_verification", "other_modality"}), "plan_verification" in said
        if is_apart == verifies:
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, MET if is_apart else NOT_MET, None


def devices_are_part_of_the_plan(world: World) -> Rows:
    lines = [line for line in world.in_imrt_courses(DEVICES) if not is_distinct(line) and "26" not in modifiers(line)]
    documented = _for_another_modality(world, lines)
    open_units: Counter[str] = Counter()
    for line in lines:
        open_units[line.course_id] += line.units - documented[line.claim_line_id]
        another = world.modalities(line.course_id)
        untold = any(
            world.kind_of_delivery(other) == "level" and world.delivers_imrt(other)
            for other in world.by_course[line.course_id]
        )
        is_named = "other_modality" in world.says(line, "device_record")
        if documented[line.claim_line_id] >= line.units or (another and open_units[line.course_id] <= 1):
            yield line.claim_line_id, MET, None
        elif another or untold or is_named or not world.planned_as_imrt(line.course_id):
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, NOT_MET, None


def one_device_per_gantry_stop(world: World) -> Rows:
    lines = _physician_devices(world)
    documented = _for_another_modality(world, lines)
    billed: Counter[str] = Counter()
    for line in lines:
        apart, counted = documented[line.claim_line_id], line.units - documented[line.claim_line_id]
        shown, allowed = (
            apart + int(max(0, min(counted, min(6, stops) - billed[line.course_id])))
            for stops in _gantry_stops(world, line.course_id)
        )
        billed[line.course_id] += counted
        if shown == line.units:
            yield line.claim_line_id, MET, allowed
        else:
            is_open = allowed == line.units or world.modalities(line.course_id)
            yield line.claim_line_id, NOT_DOCUMENTED if is_open else NOT_MET, allowed


def multileaf_work_claimed_once(world: World) -> Rows:
    lines = _physician_devices(world)
    documented = _for_another_modality(world, lines)
    for line in lines:
        twice = any(
            other.procedure_code in MULTILEAF and "professional" in components(other)
            for other in world.by_course[line.course_id]
        )
        is_right = documented[line.claim_line_id] >= line.units or not twice
        yield line.claim_line_id, MET if is_right else NOT_MET, None


def _physician_devices(world: World) -> list[Any]:
    return [line for line in world.in_imrt_courses(DEVICES) if "26" in modifiers(line) and not is_distinct(line)]


def _for_another_modality(world: World, lines: list[Any]) -> dict[str, int]:
    return world.units_documented(
        lines, "device_record", {"other_modality"}, lambda line: (line.course_id, line.procedure_code)
    )


def _gantry_stops(world: World, course: str) -> tuple[float, float]:
    """Gantry stops that are shown, and the most there may be: of the plans, else as the chart states them.

    A later description of one plan may revise the earlier one or describe a further part.
    """
    found = []
    for plan in world.plans[course]:
        if plan.is_imrt is False or plan.approval == "REJECTED":
            continue
        fields = [
            field
            for field in world.tables["plan_fields"]
            if field.plan_id == plan.plan_id and field.modality != "ELECTRON"
        ]
        if not (plan.gantry_stops is None and plan.arcs is None):
            found.append((plan.gantry_stops or 0) + (plan.arcs or 0))
        elif fields and all(map(_is_described, fields)):
            angles = {field.gantry_start_deg for field in fields if not field.is_arc}
            found.append(len(angles) + sum(bool(field.is_arc) for field in fields))
    if found:
        return sum(found), sum(found)
    described = world.portals_described(course)
    if not described:
        is_unread = any(
            document.kind == "portal_description" and element == "portal_count" and detail and not detail.isdigit()
            for document in world.documents[course]
            for element, detail in world.details[document.document_id]
        )
        return (1, inf) if is_unread else (inf, inf)
    return sum(latest for latest, _ in described.values()), sum(together for _, together in described.values())


def _is_described(field: Any) -> bool:
    return bool(field.is_arc or (field.is_arc is False and field.gantry_start_deg is not None))


def special_physics_apart_from_planning(world: World) -> Rows:
    for line in world.in_imrt_courses(CONSULT):
        is_apart = world.says(line, "special_physics_consultation") & {"separate_from_planning", "other_modality"}
        plans = {other.service_date for other in world.by_course[line.course_id] if other.procedure_code in PLAN}
        start = world.treatment_start(line.course_id)
        is_late = start is not None and line.service_date > start and line.service_date not in plans
        yield line.claim_line_id, MET if is_apart or is_late else NOT_DOCUMENTED, None


def motion_management_with_its_plan(world: World) -> Rows:
    plan_days = {(line.member_id, line.service_date) for line in world.lines if line.procedure_code in PLAN | PLAN_3D}
    for line in world.lines:
        if line.procedure_code in MOTION and line.service_date >= date(2014, 1, 1):
            there = (line.member_id, line.service_date) in plan_days
            yield line.claim_line_id, MET if there else NOT_DOCUMENTED, None


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
    multileaf_work_claimed_once,
    special_physics_apart_from_planning,
    motion_management_with_its_plan,
    bill_type_and_revenue_code_change_nothing,
    diagnosis_on_the_loaded_list,
)
