"""Coding of what is given during treatment: delivery, physics, management, special procedures."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from tests.policies.oracle.codes import (
    CLINICAL,
    JAN_2026,
    MANAGEMENT,
    PHYSICS,
    SIMULATIONS,
    SPECIAL,
    SPECIAL_THERAPIES,
    STEREOTACTIC_MANAGEMENT,
    TECHNICAL_ALONE,
    UNLISTED,
    in_force,
)
from tests.policies.oracle.counting import components, modifiers, room_under
from tests.policies.oracle.supervision import METHODS, set_ups_of_the_day
from tests.policies.oracle.tumors_of_claims import fractions_for_others, is_week_of_another_tumor
from tests.policies.oracle.world import MET, NOT_APPLICABLE, NOT_DOCUMENTED, NOT_MET, Rows, World


def weekly_physics_during_treatment(world: World) -> Rows:
    yield from _during_treatment(world, world.in_imrt_courses(PHYSICS))


def management_during_treatment(world: World) -> Rows:
    yield from _during_treatment(world, [line for line in world.lines if line.procedure_code in MANAGEMENT])


def _during_treatment(world: World, lines: list[Any]) -> Rows:
    for line in lines:
        start = world.treatment_start(line.course_id)
        if start and line.service_date >= start:
            yield line.claim_line_id, MET, None
        else:
            may_begin = world.may_begin_on(line.course_id)
            is_before = world.begins_at_hand(line.course_id) and may_begin and line.service_date < may_begin
            yield line.claim_line_id, NOT_MET if is_before else NOT_DOCUMENTED, None


def one_physics_unit_per_five_fractions(world: World) -> Rows:
    def earned(fractions: int) -> int:
        return fractions // 5 or int(fractions > 0)

    yield from _per_five(world, world.in_imrt_courses(PHYSICS), earned, without_stereotactic=False)


def one_management_unit_per_five_fractions(world: World) -> Rows:
    def earned(fractions: int) -> int:
        return fractions // 5 + (fractions % 5 >= 3)

    managed = [line for line in world.lines if line.procedure_code in MANAGEMENT]
    lines = [line for line in managed if not modifiers(line) & {"26", "TC"} and not _is_of_a_hospital(line)]
    yield from _per_five(world, lines, earned, without_stereotactic=True)


def _per_five(world: World, lines: list[Any], earned: Callable[[int], int], *, without_stereotactic: bool) -> Rows:
    lines = [
        line for line in lines if (start := world.may_begin_on(line.course_id)) is None or line.service_date >= start
    ]
    of_others = [line for line in lines if is_week_of_another_tumor(world, line)]
    yield from ((line.claim_line_id, NOT_DOCUMENTED, line.units) for line in of_others)
    lines = [line for line in lines if line not in of_others]
    counts = {line.course_id: _fractions(world, line.course_id, without_stereotactic) for line in lines}

    def shown(line: Any) -> int:
        recorded, billed, _, _ = counts[line.course_id]
        return earned(recorded or billed)

    def at_most(line: Any) -> int:
        return earned(counts[line.course_id][2])

    weeks = _weeks_where_units_count_fractions(
        lines, {course: most for course, (_, _, most, _) in counts.items()}, earned
    )
    by_record = {line.claim_line_id: room for line, room in room_under(lines, lambda x: x.course_id, shown)}
    for line, left in room_under(lines, lambda x: x.course_id, at_most):
        _, _, most, apart = counts[line.course_id]
        room = weeks.get(line.claim_line_id, left)
        begins = world.begins_at_hand(line.course_id)
        allowed = room if begins and most + apart else line.units
        if most + apart == 0 or (room < line.units and not begins):
            yield line.claim_line_id, NOT_DOCUMENTED, allowed
        elif room < line.units:
            yield line.claim_line_id, NOT_MET, allowed
        elif by_record[line.claim_line_id] < line.units:
            yield line.claim_line_id, NOT_DOCUMENTED, allowed
        else:
            yield line.claim_line_id, MET, allowed


def _weeks_where_units_count_fractions(
    lines: list[Any], fractions: dict[str, int], earned: Callable[[int], int]
) -> dict[str, int]:
    weeks: dict[str, int] = {}
    for course, most in fractions.items():
        own = sorted(
            (line for line in lines if line.course_id == course),
            key=lambda line: (line.service_date, line.claim_line_id),
        )
        units = [line.units for line in own]
        if sum(units) == most > earned(most) and max(units) == 5:
            ends = list(accumulate(units))
            weeks |= {
                line.claim_line_id: earned(end) - earned(end - line.units) for line, end in zip(own, ends, strict=True)
            }
    return weeks


def _fractions(world: World, course: str, without_stereotactic: bool) -> tuple[int, int, int, int]:
    """Fractions recorded, billed, at most given, and under stereotactic management."""
    managed = without_stereotactic and any(
        line.procedure_code in STEREOTACTIC_MANAGEMENT for line in world.by_course[course]
    )
    recorded = billed = most = apart = 0
    for day, (on_record, on_claims, stereotactic) in world.treatment_days(course).items():
        others = fractions_for_others(world, course, day)
        shown = max(on_record - others, min(on_record, on_claims - others))
        taken = stereotactic if managed else 0
        of_record, of_claims = max(0, shown - taken), on_claims - others - taken
        recorded, billed, apart = recorded + of_record, billed + of_claims, apart + taken
        most += of_record or of_claims
    return recorded, billed, most, apart


def deliveries_are_on_record(world: World) -> Rows:
    billed: Counter[Any] = Counter()
    for line in sorted(world.lines, key=lambda line: (not world.delivers_imrt(line), line.claim_line_id)):
        kind = world.kind_of_delivery(line)
        if kind in ("", "brachytherapy", "special") or "technical" not in components(line):
            continue
        if not world.fractions[line.course_id]:
            continue
        recorded = world.recorded_on(line.course_id).count(line.service_date)
        left = recorded - billed[line.course_id, line.service_date]
        billed[line.course_id, line.service_date] += line.units
        room = max(0, min(line.units, left))
        if room == line.units:
            yield line.claim_line_id, MET, room
        elif recorded:
            yield line.claim_line_id, NOT_MET, room
        else:
            yield line.claim_line_id, NOT_DOCUMENTED, line.units


def image_guidance_of_2026_is_professional(world: World) -> Rows:
    for line in world.lines:
        if line.procedure_code == "77387" and line.service_date >= JAN_2026 and world.under_review(line.course_id):
            yield line.claim_line_id, NOT_MET if "technical" in components(line) else MET, None


def image_guidance_on_days_of_treatment(world: World) -> Rows:
    for line in world.lines:
        is_guidance = line.procedure_code in {*METHODS, "77387"} and in_force(line)
        if not is_guidance or not world.under_review(line.course_id):
            continue
        days = world.treatment_days(line.course_id)
        simulated = any(
            other.procedure_code in SIMULATIONS and other.service_date == line.service_date
            for other in world.by_course[line.course_id]
        )
        if line.service_date in days:
            yield line.claim_line_id, MET, None
        elif not days or (line.procedure_code == "77014" and simulated):
            yield line.claim_line_id, NOT_APPLICABLE, None
        else:
            yield line.claim_line_id, NOT_DOCUMENTED, None


def image_guidance_by_the_method_on_record(world: World) -> Rows:
    for line in world.lines:
        if line.procedure_code not in METHODS or not in_force(line) or not world.under_review(line.course_id):
            continue
        methods = {one.method for one in set_ups_of_the_day(world, line)}
        if METHODS[line.procedure_code] in methods:
            yield line.claim_line_id, MET, None
        else:
            yield line.claim_line_id, NOT_MET if methods and "" not in methods else NOT_DOCUMENTED, None


def level_three_delivery_states_its_criterion(world: World) -> Rows:
    for line in world.lines:
        if line.procedure_code != "77412" or line.service_date < JAN_2026 or not world.delivers_imrt(line):
            continue
        stated = any(
            document.kind == "delivery_level_record" and world.stated[document.document_id]
            for document in world.documents[line.course_id]
        )
        plans = {plan.plan_id for plan in world.plans[line.course_id] if plan.approval != "REJECTED"}
        kinds = {field.modality for field in world.tables["plan_fields"] if field.plan_id in plans}
        is_right = stated or {"PHOTON", "ELECTRON"} <= kinds
        yield line.claim_line_id, MET if is_right else NOT_DOCUMENTED, None


def compensator_delivery_uses_three(world: World) -> Rows:
    for course, lines in world.by_course.items():
        if not any(line.procedure_code in {"G6016", "0073T"} and in_force(line) for line in lines):
            continue
        plans = {plan.plan_id for plan in world.plans[course] if plan.approval != "REJECTED"}
        planned = sum(
            field.plan_id in plans and field.modulation == "compensator" for field in world.tables["plan_fields"]
        )
        designs = {
            detail
            for document in world.documents[course]
            if document.kind == "compensator_design"
            for element, detail in world.details[document.document_id]
            if element == "portal" and detail
        }
        if planned >= 3 or len(designs) >= 3:
            yield course, MET, None
        else:
            yield course, NOT_MET if planned else NOT_DOCUMENTED, None


def no_other_delivery_on_imrt_days(world: World) -> Rows:
    yield from beside_imrt(world, world.delivers_other)


def beside_imrt(world: World, delivers: Callable[[Any], bool]) -> Rows:
    members = {member for member, _ in world.imrt_days}
    for line in filter(delivers, world.lines):
        if line.member_id in members:
            beside = (line.member_id, line.service_date) in world.imrt_days
            otherwise = NOT_DOCUMENTED if may_be_beside_imrt(world, line) else MET
            yield line.claim_line_id, NOT_MET if beside else otherwise, None


def may_be_beside_imrt(world: World, line: Any) -> bool:
    """Whether units of a line, or of IMRT, that are too many for a day may have been given on a day of the other."""
    first, last = days_it_may_be_of(line)
    own = range(first.toordinal(), last.toordinal() + 1)
    if any(member == line.member_id and day.toordinal() in own for member, day in world.imrt_days):
        return True
    spans = (
        days_it_may_be_of(one) for one in world.lines if one.member_id == line.member_id and world.delivers_imrt(one)
    )
    return any(one <= line.service_date <= other for one, other in spans)


def days_it_may_be_of(line: Any) -> tuple[date, date]:
    """The first and last day of the weeks before and after a line of more than two fractions; else its own day."""
    weeks = -(-line.units // 5) if 2 < line.units < 100 else 0
    around = timedelta(days=max(0, 7 * weeks - 1))
    return line.service_date - around, line.service_date + around


def management_without_component_modifier(world: World) -> Rows:
    for line in world.lines:
        if line.procedure_code not in MANAGEMENT:
            continue
        yield line.claim_line_id, NOT_MET if modifiers(line) & {"26", "TC"} else MET, None


def component_modifiers_fit_the_service(world: World) -> Rows:
    for line in world.lines:
        named = modifiers(line) & {"26", "TC"}
        if not named or not world.under_review(line.course_id) or not in_force(line):
            continue
        if line.procedure_code in CLINICAL:
            yield line.claim_line_id, NOT_MET if "TC" in named else MET, None
        elif line.procedure_code in TECHNICAL_ALONE:
            yield line.claim_line_id, NOT_MET if named == {"26"} else MET, None


def management_is_reported_by_the_physician(world: World) -> Rows:
    for line in world.lines:
        if line.procedure_code not in MANAGEMENT:
            continue
        if line.setting == "professional":
            yield line.claim_line_id, MET, None
        else:
            yield line.claim_line_id, NOT_MET if _is_of_a_hospital(line) else NOT_DOCUMENTED, None


def _is_of_a_hospital(line: Any) -> bool:
    """Whether a line is of a hospital's claim on which no physician's services may be billed."""
    is_of_physicians = not line.bill_type or line.bill_type.removeprefix("0").startswith("85")
    return line.setting == "institutional" and not is_of_physicians  # a type of bill alone does not say who bills


def special_treatment_is_a_separate_therapy(world: World) -> Rows:
    for line in world.in_imrt_courses(SPECIAL):
        said = world.says(line, "special_treatment_record")
        if said & SPECIAL_THERAPIES or "special" in world.modalities(line.course_id):
            yield line.claim_line_id, MET, None
        else:
            lesser = said & {"lesser_procedure", "regular_variant"}
            yield line.claim_line_id, NOT_MET if lesser else NOT_DOCUMENTED, None


def unlisted_procedure_is_a_lesser_one(world: World) -> Rows:
    for line in world.in_imrt_courses(UNLISTED):
        said = world.says(line, "special_treatment_record")
        if "lesser_procedure" in said:
            yield line.claim_line_id, MET, None
        else:
            yield line.claim_line_id, NOT_MET if "regular_variant" in said else NOT_DOCUMENTED, None


RULES: tuple[Callable[[World], Rows], ...] = (
    weekly_physics_during_treatment,
    management_during_treatment,
    one_physics_unit_per_five_fractions,
    one_management_unit_per_five_fractions,
    management_without_component_modifier,
    component_modifiers_fit_the_service,
    management_is_reported_by_the_physician,
    deliveries_are_on_record,
    compensator_delivery_uses_three,
    level_three_delivery_states_its_criterion,
    image_guidance_of_2026_is_professional,
    image_guidance_on_days_of_treatment,
    image_guidance_by_the_method_on_record,
    no_other_delivery_on_imrt_days,
    special_treatment_is_a_separate_therapy,
    unlisted_procedure_is_a_lesser_one,
)
