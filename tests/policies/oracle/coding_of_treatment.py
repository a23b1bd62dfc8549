"""Coding of what is given during treatment: delivery, physics, management, special procedures."""

from collections.abc import Callable
from typing import Any

from tests.policies.oracle.codes import MANAGEMENT, PHYSICS, SPECIAL, SPECIAL_THERAPIES, UNLISTED
from tests.policies.oracle.counting import modifiers, room_under, room_without_components
from tests.policies.oracle.world import MET, NOT_DOCUMENTED, NOT_MET, Rows, World


def weekly_physics_during_treatment(world: World) -> Rows:
    for line in world.in_imrt_courses(PHYSICS):
        start = world.treatment_start(line.course_id)
        if start is None:
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, NOT_MET if line.service_date < start else MET, None


def one_physics_unit_per_five_fractions(world: World) -> Rows:
    lines = [
        line
        for line in world.in_imrt_courses(PHYSICS)
        if (start := world.treatment_start(line.course_id)) is None or line.service_date >= start
    ]
    yield from _per_five(world, lines, 1, room_under)


def one_management_unit_per_five_fractions(world: World) -> Rows:
    lines = [line for line in world.lines if line.procedure_code in MANAGEMENT and not modifiers(line) & {"26", "TC"}]
    yield from _per_five(world, lines, 3, room_without_components)


def _per_five(world: World, lines: list[Any], remainder: int, room_of: Callable[..., Any]) -> Rows:
    def units(fractions: int) -> int:
        return fractions // 5 + (fractions % 5 >= remainder)

    def shown(line: Any) -> int:
        recorded, billed = world.fractions(line.course_id)
        return units(recorded or billed)

    def at_most(line: Any) -> int:
        return units(max(world.fractions(line.course_id)))

    by_record = {line.claim_line_id: room for line, room in room_of(lines, lambda x: x.course_id, shown)}
    for line, room in room_of(lines, lambda x: x.course_id, at_most):
        if max(world.fractions(line.course_id)) == 0:
            yield line.claim_line_id, NOT_DOCUMENTED, line.units
        elif room < line.units:
            yield line.claim_line_id, NOT_MET, room
        elif by_record[line.claim_line_id] < line.units:
            yield line.claim_line_id, NOT_DOCUMENTED, room
        else:
            yield line.claim_line_id, MET, room


def no_other_delivery_on_imrt_days(world: World) -> Rows:
    yield from beside_imrt(world, world.delivers_other)


def beside_imrt(world: World, delivers: Callable[[Any], bool]) -> Rows:
    days = {(line.member_id, line.service_date) for line in world.lines if world.delivers_imrt(line)}
    members = {member for member, _ in days}
    for line in filter(delivers, world.lines):
        if line.member_id in members:
            beside = (line.member_id, line.service_date) in days
            yield line.claim_line_id, NOT_MET if beside else MET, None


def management_without_component_modifier(world: World) -> Rows:
    for line in world.lines:
        if line.procedure_code in MANAGEMENT:
            wrong = modifiers(line) & {"26", "TC"}
            yield line.claim_line_id, NOT_MET if wrong else MET, None


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
    one_physics_unit_per_five_fractions,
    one_management_unit_per_five_fractions,
    no_other_delivery_on_imrt_days,
    management_without_component_modifier,
    special_treatment_is_a_separate_therapy,
    unlisted_procedure_is_a_lesser_one,
)
