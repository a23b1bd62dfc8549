"""What the radiation oncologist has to review of each plan, in plain Python: images with isodoses, and histograms."""

import re
from datetime import date
from typing import Any

from isocenter.rulebook.rulebook import load_policy
from tests.policies.oracle.world import MET, NOT_DOCUMENTED, Rows, World

_ONCOLOGIST = "radiation_oncologist"
_IMAGES = {"images_of_target": "target", "images_of_critical_structures": "critical", "representative_isodoses": ""}
_HISTOGRAMS = {"dvh_targets": "target", "dvh_critical_structures": "critical"}


def images_and_isodoses_are_reviewed(world: World) -> Rows:
    yield from _reviewed(world, "image_review", _IMAGES)


def dose_volume_histograms_are_reviewed(world: World) -> Rows:
    yield from _reviewed(world, "dvh_review", _HISTOGRAMS)


def _reviewed(world: World, kind: str, required: dict[str, str]) -> Rows:
    for course in filter(world.is_looked_at, world.courses):
        covers = all(required.keys() <= _covered(world, course, kind, place) for place in world.phases(course))
        leaves_out = any(_leaves_out(world, course, element, role) for element, role in required.items() if role)
        yield course, MET if covers and not leaves_out else NOT_DOCUMENTED, None


def _covered(world: World, course: str, kind: str, place: int) -> set[str]:
    """What the signed reviews of one plan state; of the first plan none that was signed before the planning CT."""
    simulated = simulated_on(world, course) if place == 1 else None
    covered: set[str] = set()
    for document in world.documents[course]:
        if document.kind != kind or world.phase(document) != place or not _is_signed(world, document):
            continue
        days = [day for role, day in signatures(world, document) if role == _ONCOLOGIST and day]
        is_dated = bool(days) or kind == "dvh_review"
        if is_dated and not (days and simulated and max(days) < simulated):
            covered |= world.stated[document.document_id]
    return covered


def simulated_on(world: World, course: str) -> date | None:
    """The first simulation up to the first plan, as billed or recorded."""
    planned_on = world.phases(course)[1].planned_on
    days = [line.service_date for line in world.by_course[course] if line.procedure_code == "77290"]
    days += [one.document_date for one in world.documents[course] if one.kind == "simulation_record"]
    return min((day for day in days if day and planned_on and day <= planned_on), default=None)


def signatures(world: World, document: Any) -> list[tuple[str, date | None]]:
    return [
        (entry.role, entry.signed_on)
        for entry in world.tables["signatures"]
        if entry.document_id == document.document_id
    ]


def _is_signed(world: World, document: Any) -> bool:
    return _ONCOLOGIST in world.signed_by[document.document_id]


def _leaves_out(world: World, course: str, element: str, role: str) -> bool:
    """Whether signed documents name structures under an element, and not each one that is contoured in this role."""
    details = [
        detail
        for document in world.documents[course]
        if _is_signed(world, document)
        for stated, detail in world.details[document.document_id]
        if stated == element
    ]
    if not details or "" in details:
        return False
    plans = {plan.plan_id for plan in world.plans[course]}
    contoured = [one for one in world.tables["structures"] if one.plan_id in plans and one.role == role]
    return not all(any(_names(detail, structure) for detail in details) for structure in contoured)


def _names(detail: str, structure: Any) -> bool:
    words = re.split(r"[\s_,;/]+", detail.lower())
    text = f" {' '.join(words)} "
    if any(f" {name.lower().replace('_', ' ')} " in text for name in (structure.name, structure.standard_name)):
        return True
    organ = re.sub(r"_[lr]$|_", "", structure.standard_name.lower())
    other = {"left": ("right", "left"), "right": ("left", "right")}.get(structure.laterality)
    is_other_side = other is not None and other[0] in words and other[1] not in words
    return structure.role == "critical" and bool(organ) and organ in "".join(words) and not is_other_side


def every_structure_has_a_histogram(world: World) -> Rows:
    """Of plans whose dose was sent: a mean of each target and organ, or of an organ a low dose where the grid ends."""
    measures = world.tables["plan_measures"]
    edge_percent = next(one.value for one in load_policy("imrt").readings if one.name == "edge_dose_percent")
    for plan in world.tables["plans"]:
        of_plan = [one for one in measures if one.plan_id == plan.plan_id]
        drawn: dict[tuple[str, str], bool] = {}
        for structure in world.tables["structures"]:
            if structure.plan_id != plan.plan_id or structure.role not in ("target", "critical"):
                continue
            if not structure.volume_cc or structure.volume_cc <= 0:
                continue
            own = [one for one in of_plan if one.structure == structure.name]
            edges_gy = [one.value for one in own if one.measure == "dose_at_grid_edge_gy"]
            is_low = bool(
                structure.role == "critical"
                and edges_gy
                and plan.prescribed_dose_gy is not None
                and max(edges_gy) <= plan.prescribed_dose_gy * float(edge_percent) / 100
            )
            drawn[structure.name, structure.role] = is_low or any(one.measure == "mean" for one in own)
        if drawn and any(one.measure == "dose_grid_spacing_mm" for one in of_plan):
            yield plan.plan_id, MET if all(drawn.values()) else NOT_DOCUMENTED, None


RULES = (
    images_and_isodoses_are_reviewed,
    dose_volume_histograms_are_reviewed,
    every_structure_has_a_histogram,
)
