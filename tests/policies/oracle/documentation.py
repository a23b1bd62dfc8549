"""What the chart has to hold for each service, in plain Python: itemized records, weekly notes, other procedures."""

from collections.abc import Iterator
from typing import Any

from isocenter.rulebook.rulebook import load_policy
from tests.policies.oracle.world import MET, NOT_APPLICABLE, NOT_DOCUMENTED, NOT_MET, PHYSICIANS, Rows, World

_PLANNING = {
    "tumor_localization",
    "volume_determination",
    "time_dose_determination",
    "modality_choice",
    "device_selection",
}
_SIMULATION = {"patient_positioning", "immobilization_device", "target_verification", "physician_work"}
_CALCULATION = {"monitor_units_to_dose", "prescribed_by_physician", "physician_approval"}
_OTHER_LISTS = {
    "plan_3d",
    "teletherapy_isodose",
    "brachytherapy_isodose",
    "other_delivery",
    "conventional_delivery",
    "brachytherapy_delivery",
    "special_delivery",
    "proton_delivery",
    "other_known",
    "special_dosimetry",
    "special_treatment",
    "unlisted_clinical_planning",
    "high_level_visit",
    "image_guidance",
    "motion_management_simulation",
}
_OWN_KIND = {
    "special_dosimetry": "special_dosimetry_record",
    "special_treatment": "special_treatment_record",
    "unlisted_clinical_planning": "special_treatment_record",
    "high_level_visit": "visit_note",
    "motion_management_simulation": "respiratory_motion_record",
}
_CODES = load_policy("imrt").codes


def _lists(line: Any) -> set[str]:
    return {
        code.code_list
        for code in _CODES
        if code.code == line.procedure_code and code.valid_from <= line.service_date <= code.valid_to
    }


def _lines_under_review(world: World, *lists: str) -> Iterator[Any]:
    for line in world.lines:
        if _lists(line) & set(lists) and world.is_looked_at(line.course_id):
            yield line


def _is_signed_by_a_physician(world: World, document: Any) -> bool:
    return bool(world.signed_by[document.document_id] & PHYSICIANS)


def _itemized(world: World, code_list: str, kind: str, required: set[str]) -> Rows:
    for line in _lines_under_review(world, code_list):
        stated = set()
        for document in world.documents_about(line, kind):
            is_of_that_day = document.claim_line_id or document.document_date == line.service_date
            if kind != "simulation_record" or is_of_that_day:
                elements = world.stated[document.document_id]
                unsigned = set() if _is_signed_by_a_physician(world, document) else {"physician_approval"}
                stated |= elements - unsigned
        yield line.claim_line_id, MET if required <= stated else NOT_DOCUMENTED, None


def clinical_planning_is_itemised(world: World) -> Rows:
    yield from _itemized(world, "complex_clinical_planning", "clinical_planning_note", _PLANNING)


def simulation_is_recorded(world: World) -> Rows:
    yield from _itemized(world, "complex_simulation", "simulation_record", _SIMULATION)


def calculations_are_prescribed_and_approved(world: World) -> Rows:
    yield from _itemized(world, "basic_dosimetry", "dosimetry_calculation", _CALCULATION)


def weekly_work_is_noted(world: World) -> Rows:
    for code_list, kind, element, signers in (
        ("weekly_management", "weekly_management_note", "physician_review", PHYSICIANS),
        ("continuing_physics", "weekly_physics_check", "physics_review", {"medical_physicist"}),
    ):
        lines = [line for line in world.lines if code_list in _lists(line)]
        covered = world.units_documented(
            lines, kind, {element}, lambda line: (line.course_id, line.procedure_code), signers, weekly=True
        )
        for line in lines:
            if world.is_looked_at(line.course_id):
                is_noted = covered[line.claim_line_id] >= line.units
                yield line.claim_line_id, MET if is_noted else NOT_DOCUMENTED, None


def other_procedures_are_recorded(world: World) -> Rows:
    for line in _lines_under_review(world, *_OTHER_LISTS):
        if world.delivers_imrt(line):
            continue
        shown = {what for one in _shown_by_records(world, line) for what in one}
        yield line.claim_line_id, MET if len(shown) == 4 else NOT_DOCUMENTED, None


def _shown_by_records(world: World, line: Any) -> Iterator[set[str]]:
    """What each record shows of place, date, supervisor and proof of a procedure."""
    place = {"place"} if line.place_of_service or line.setting == "institutional" else set()
    for document in world.documents_about(line, "procedure_record"):
        names = {
            "place_of_service": "place",
            "date_of_service": "date",
            "supervising_physician": "supervisor",
            "proof_of_work": "proof",
        }
        elements = world.stated[document.document_id]
        yield {names[element] for element in elements}
        if elements and document.document_date == line.service_date:
            yield {"date"}
    for kind in {_OWN_KIND[one] for one in _lists(line) & _OWN_KIND.keys()}:
        for document in world.documents_about(line, kind):
            if world.stated[document.document_id]:
                dated = document.claim_line_id or document.document_date == line.service_date
                if kind == "respiratory_motion_record" and document.document_date:
                    dated = dated or document.document_date < line.service_date
                signed = _is_signed_by_a_physician(world, document)
                yield place | {"proof"} | ({"date"} if dated else set()) | ({"supervisor"} if signed else set())
    if "image_guidance" in _lists(line):
        for set_up in world.tables["image_guidance"]:
            if (set_up.course_id, set_up.guided_on) == (line.course_id, line.service_date):
                supervised = set_up.supervision or set_up.reviewed_by_role in PHYSICIANS
                yield place | {"date", "proof"} | ({"supervisor"} if supervised else set())


def image_guidance_is_done_by_trained_staff(world: World) -> Rows:
    for line in _lines_under_review(world, "image_guidance"):
        roles = [
            one.performed_by_role
            for one in world.tables["image_guidance"]
            if (one.course_id, one.guided_on) == (line.course_id, line.service_date)
        ]
        if "other" in roles:
            yield line.claim_line_id, NOT_MET, None
        else:
            yield line.claim_line_id, MET if roles and "" not in roles else NOT_DOCUMENTED, None


def each_compensator_design_is_documented(world: World) -> Rows:
    for course in filter(world.is_looked_at, world.courses):
        if not _is_compensated(world, course):
            yield course, NOT_APPLICABLE, None
            continue
        described = world.portals_described(course)
        shown = [
            _shows_each_design(world, course, place, described.get(place, (0, 0))[0]) for place in world.phases(course)
        ]
        yield course, MET if all(shown) else NOT_DOCUMENTED, None


def _is_compensated(world: World, course: str) -> bool:
    plans = {plan.plan_id for plan in world.plans[course]}
    return (
        world.courses[course].delivery_technique == "compensator"
        or any("compensator_delivery" in _lists(line) for line in world.by_course[course])
        or any(field.modulation == "compensator" and field.plan_id in plans for field in world.tables["plan_fields"])
    )


def _shows_each_design(world: World, course: str, place: int, described: int) -> bool:
    """Whether each portal of one plan has its design, in the plan or in the chart, and no design is left over."""
    designs = {
        ("" if detail else document.document_id, _portal(detail))
        for document in world.documents[course]
        if document.kind == "compensator_design" and world.phase(document) == place
        for element, detail in world.details[document.document_id]
        if element == "portal"
    }
    plans = {
        plan.plan_id
        for plan in world.plans[course]
        if plan.approval != "REJECTED" and world.phase_on(course, plan.plan_date or plan.approved_on) == place
    }
    named = {portal for _, portal in designs}
    in_plan, with_design, planned = 0, 0, 0
    for field in world.tables["plan_fields"]:
        if field.plan_id in plans and field.modulation == "compensator":
            planned += 1
            in_plan += bool(field.compensator_documented)
            is_named = bool({str(field.field_number), _portal(field.name)} & named)
            with_design += bool(field.compensator_documented) or is_named
    portals = max(planned, described)
    has_each = len(designs) + in_plan > 0 and max(with_design, len(designs)) >= portals
    return has_each and not 0 < portals < len(designs)


def _portal(name: str) -> str:
    return name.lower().replace("field ", "").replace("beam ", "").replace("portal ", "")


RULES = (
    each_compensator_design_is_documented,
    clinical_planning_is_itemised,
    simulation_is_recorded,
    calculations_are_prescribed_and_approved,
    weekly_work_is_noted,
    other_procedures_are_recorded,
    image_guidance_is_done_by_trained_staff,
)
