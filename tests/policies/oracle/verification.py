"""How plan, set-up and delivery were verified, and when reviews were signed, in plain Python."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from tests.policies.oracle.codes import PLAN
from tests.policies.oracle.counting import components
from tests.policies.oracle.reviews import signatures, simulated_on
from tests.policies.oracle.world import MET, NOT_DOCUMENTED, NOT_MET, PHYSICIANS, Rows, World

_REVIEWS = {"image_review", "dvh_review", "dosimetric_verification", "necessity_statement"}
_PAPERS = {"prescription", "clinical_planning_note", "plan_report", "dosimetry_calculation"}
_KIND = "dosimetric_verification"


def set_up_and_delivery_are_verified(world: World) -> Rows:
    for course in filter(world.is_looked_at, world.courses):
        verified = all(
            _is_stated(world, course, place, element, role)
            for place in world.phases(course)
            for element in ("setup_verified", "delivery_verified")
            for role in ("radiation_oncologist", "medical_physicist")
        )
        yield course, MET if verified else NOT_DOCUMENTED, None


def the_plan_is_verified_with_images_and_measurements(world: World) -> Rows:
    for course in filter(world.is_looked_at, world.courses):
        verified = all(
            _is_stated(world, course, place, "implementation_elements")
            and (
                _is_stated(world, course, place, "portal_images") or _is_recorded(world, course, place, "portal_image")
            )
            and (
                _is_stated(world, course, place, "physical_measurement")
                or _is_recorded(world, course, place, "measurement")
            )
            for place in world.phases(course)
        )
        failures = set(_failures_of_plans_elsewhere(world, course))
        yield course, NOT_MET if True in failures else NOT_DOCUMENTED if failures or not verified else MET, None


def _failures_of_plans_elsewhere(world: World, course: str) -> Iterator[bool]:
    """Last measurements of plans not supplied that fail: True where one does for sure, False where it may."""
    if any(
        "deviation_resolved" in world.stated[document.document_id]
        and "medical_physicist" in world.signed_by[document.document_id]
        for document in world.documents[course]
        if document.kind == _KIND
    ):
        return
    ended = max(world.imrt_days_of(course), default=date.max)
    at_hand = {plan.plan_id for plan in world.tables["plans"]}
    alike = defaultdict(list)
    for one in world.tables["verifications"]:
        if one.course_id == course and one.kind == "measurement" and one.plan_id not in at_hand:
            means = one.plan_id, one.field, one.result, one.dose_criterion_percent, one.distance_criterion_mm
            alike[means].append(one)
    for group in alike.values():
        last_day = max((_day(one) for one in group if _day(one) <= ended), default=None)
        last = [one for one in group if _day(one) == last_day and one.value is not None]
        values = [one.value for one in last]
        is_of_the_last = len(group) == 1 or all(one.verified_on for one in group)
        one = group[0]
        if not values:
            continue
        if one.result == "dose_deviation" and is_of_the_last and max(map(abs, values)) > 5:
            yield True
        elif one.result == "gamma_pass_rate" and min(values) < 90:
            criteria = one.dose_criterion_percent, one.distance_criterion_mm
            if None in criteria or not is_of_the_last:
                yield False
            elif criteria[0] >= 3 and criteria[1] >= 2:
                yield True
        elif not one.result and any(one.unit == "%" and abs(one.value) > 5 and one.value < 90 for one in last):
            yield False


def _day(one: Any) -> date:
    return one.verified_on or date.min


def _is_stated(world: World, course: str, place: int, element: str, role: str = "") -> bool:
    return any(
        element in world.stated[document.document_id] and (not role or _is_signed(world, document, place, role))
        for document in world.documents[course]
        if document.kind == _KIND and world.phase(document) == place
    )


def _is_signed(world: World, document: Any, place: int, role: str) -> bool:
    """Whether somebody in the role signed it, and not before the CT of the first plan."""
    simulated = simulated_on(world, document.course_id) if place == 1 else None
    signed = [day for signer, day in signatures(world, document) if signer == role]
    days = [day for day in signed if day]
    return bool(signed) and not (days and simulated and max(days) < simulated)


def _is_recorded(world: World, course: str, place: int, kind: str) -> bool:
    begun, ended = world.phases(course)[place].prepared_from, max(world.imrt_days_of(course), default=None)
    return any(
        one.course_id == course
        and one.kind == kind
        and (kind != "measurement" or one.value is not None)
        and (begun is None or (one.verified_on is not None and one.verified_on >= begun))
        and (ended is None or (one.verified_on is not None and one.verified_on <= ended))
        for one in world.tables["verifications"]
    )


def reviews_are_signed_before_treatment_ends(world: World) -> Rows:
    for course in filter(world.is_looked_at, world.courses):
        ended = max(world.imrt_days_of(course), default=None)
        phases = world.phases(course)
        papers = [document for document in world.documents[course] if world.phase(document) in phases]
        for document in papers if ended else ():
            if _repeats_an_earlier(world, papers, document):
                continue
            if document.kind in _REVIEWS or document == _first_paper(world, papers, document):
                by_physician, by_physicist = (
                    _first_signed(world, document, roles) for roles in (PHYSICIANS, {"medical_physicist"})
                )
                needed = [by_physician, by_physicist] if document.kind == _KIND else [by_physician]
                days = [day for day in needed if day]
                if days and max(days) > ended:
                    yield document.document_id, NOT_MET, None
                elif days and len(days) == len(needed):
                    yield document.document_id, MET, None


def _repeats_an_earlier(world: World, papers: Sequence[Any], like: Any) -> bool:
    """Whether a statement or review states only what an earlier signed one does, in a course of a single plan."""
    if like.kind not in {"image_review", "dvh_review", "necessity_statement"}:
        return False
    course, said = like.course_id, world.details[like.document_id]
    own = [plan for plan in world.plans[course] if plan.origin == "clinic" and plan.summed_plans is None]
    has_changed = any(one.kind == "anatomy_change" for one in world.documents[course])
    delivered = {fraction.plan_id for fraction in world.fractions[course]} - {""}
    if not said or has_changed or max(len(own), len(delivered), _billed_plans(world, course)) > 1:
        return False
    signed_on = _first_signed(world, like, PHYSICIANS)
    for one in papers:
        alike = (one.kind, one.claim_line_id, world.phase(one)) == (like.kind, like.claim_line_id, world.phase(like))
        earlier = _first_signed(world, one, PHYSICIANS)
        if alike and signed_on and earlier and earlier < signed_on and said <= world.details[one.document_id]:
            return True
    return False


def _billed_plans(world: World, course: str) -> int:
    """How many IMRT plans are billed: the more of physician's and technical parts."""
    lines = [line for line in world.by_course[course] if line.procedure_code in PLAN]
    parts = [(part, line.units) for line in lines for part in components(line)]
    return max((sum(units for of, units in parts if of == part) for part, _ in parts), default=0)


def _first_paper(world: World, papers: Sequence[Any], like: Any) -> Any:
    """The first signed order, plan or calculation of one plan; None where one was signed without a day."""
    if like.kind not in _PAPERS:
        return None
    alike = [one for one in papers if one.kind == like.kind and world.phase(one) == world.phase(like)]
    signed = [one for one in alike if any(role in PHYSICIANS for role, _ in signatures(world, one))]
    days = [(_first_signed(world, one, PHYSICIANS), one.document_id, one) for one in signed]
    return min(days)[2] if days and all(day for day, _, _ in days) else None


def _first_signed(world: World, document: Any, roles: set[str]) -> date | None:
    return min(
        (
            one.signed_on
            for one in world.tables["signatures"]
            if one.document_id == document.document_id and one.role in roles and one.signed_on
        ),
        default=None,
    )


RULES = (
    set_up_and_delivery_are_verified,
    the_plan_is_verified_with_images_and_measurements,
    reviews_are_signed_before_treatment_ends,
)
