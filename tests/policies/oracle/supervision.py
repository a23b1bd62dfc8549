"""Supervision of the technical part of image guidance."""

from collections.abc import Callable

from tests.policies.oracle.codes import JAN_2026, in_force
from tests.policies.oracle.counting import components
from tests.policies.oracle.world import MET, NOT_DOCUMENTED, NOT_MET, Rows, World


def general_supervision_of_ultrasound_guidance(world: World) -> Rows:
    yield from _supervised(world, {"76950", "G6001"}, 1)


def direct_supervision_of_xray_guidance(world: World) -> Rows:
    yield from _supervised(world, {"77421", "G6002", "77014"}, 2)


def _supervised(world: World, codes: set[str], needed: int) -> Rows:
    for line in world.lines:
        if line.procedure_code not in codes or not in_force(line) or "technical" not in components(line):
            continue
        virtual = 2 if line.service_date >= JAN_2026 else 1
        level = {"general": 1, "direct": 2, "personal": 3, "virtual_direct": virtual}
        levels = [
            level[entry.supervision]
            for entry in world.tables["image_guidance"]
            if entry.course_id == line.course_id and entry.guided_on == line.service_date and entry.supervision
        ]
        if not levels:
            yield line.claim_line_id, NOT_DOCUMENTED, None
        else:
            yield line.claim_line_id, MET if max(levels) >= needed else NOT_MET, None


RULES: tuple[Callable[[World], Rows], ...] = (
    general_supervision_of_ultrasound_guidance,
    direct_supervision_of_xray_guidance,
)
