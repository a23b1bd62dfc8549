"""Supervision of the technical part of image guidance."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.policies.oracle.codes import in_force
from tests.policies.oracle.counting import components
from tests.policies.oracle.world import MET, NOT_DOCUMENTED, NOT_MET, Rows, World

_VIRTUAL_FROM = date(2020, 3, 1)
METHODS = {
    "76950": "ultrasound",
    "G6001": "ultrasound",
    "77014": "ct",
    "77421": "stereoscopic_xray",
    "G6002": "stereoscopic_xray",
}


_NOT_STATED = -1


def set_ups_of_the_day(world: World, line: Any) -> list[Any]:
    return [
        entry
        for entry in world.tables["image_guidance"]
        if (entry.course_id, entry.guided_on) == (line.course_id, line.service_date)
    ]


def general_supervision_of_ultrasound_guidance(world: World) -> Rows:
    yield from _supervised(world, {"76950", "G6001"}, 1)


def direct_supervision_of_xray_guidance(world: World) -> Rows:
    yield from _supervised(world, {"77421", "G6002", "77014"}, 2)


def _supervised(world: World, codes: set[str], needed: int) -> Rows:
    billed: Counter[Any] = Counter()
    for line in world.lines:
        if line.procedure_code not in codes or not in_force(line) or "technical" not in components(line):
            continue
        method = METHODS[line.procedure_code]
        level = {"none": 0, "general": 1, "direct": 2, "personal": 3}
        level["virtual_direct"] = 2 if line.service_date >= _VIRTUAL_FROM else 1
        levels = [
            level.get(one.supervision, _NOT_STATED)
            for one in set_ups_of_the_day(world, line)
            if one.method in ("", method)
        ]
        day = (line.course_id, line.service_date, method)
        billed[day] += line.units
        enough, unknown = sum(one >= needed for one in levels), levels.count(_NOT_STATED)
        if enough >= billed[day]:
            yield line.claim_line_id, MET, None
        elif len(levels) >= billed[day] > enough + unknown:
            yield line.claim_line_id, NOT_MET, None
        else:
            yield line.claim_line_id, NOT_DOCUMENTED, None


RULES: tuple[Callable[[World], Rows], ...] = (
    general_supervision_of_ultrasound_guidance,
    direct_supervision_of_xray_guidance,
)
