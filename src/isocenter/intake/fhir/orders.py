"""Reads orders of radiotherapy for which there is no course yet: a ServiceRequest by its billing code or technique."""

import re
from collections.abc import Iterator, Mapping, Sequence

from isocenter.intake.fhir.billed import BILLING_SYSTEMS, Billed, address_of, billed_as
from isocenter.intake.fhir.references import Directory, codes, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.intake.fhir.therapy import is_therapy
from isocenter.intake.fhir.therapy_course import SNOMED, TECHNIQUES, diagnoses_of
from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course
from isocenter.terms.plans import Plan
from isocenter.terms.problems import Problem, worded

_BILLING_CODE = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]", re.ASCII)
_RADIOTHERAPY = {"1287742003", "108290001"}
_WORDS = re.compile(
    r"\b(?:IMRT|VMAT|intensity[- ]modulated|radiation (?:therapy|treatments?|oncology)|radiotherap(?:y|ies)"
    r"|tomotherapy|volumetric(?: modulated)? arc)\b",
    re.IGNORECASE,
)

Row = Course | Diagnosis | Plan | Problem


def billed_by(order: Json) -> list[Billed]:
    """The CPT and HCPCS codes that an order has; one without its system counts where it is written like them."""
    concept = order.get("code")
    codings = objects(concept, "coding") if isinstance(concept, Mapping) else []
    written = [(address_of(text(one, "system")), billed_as(text(one, "code"))) for one in codings]
    named = [billed for system in BILLING_SYSTEMS for own, billed in written if own == system and billed.code]
    return named + [billed for own, billed in written if not own and _BILLING_CODE.fullmatch(billed.code)]


def billing_codes(order: Json) -> list[str]:
    """The CPT and HCPCS codes that an order has, without modifiers."""
    return [billed.code for billed in billed_by(order)]


def is_order(resource: Json) -> bool:
    """Whether a ServiceRequest orders radiotherapy, or a service by its billing code, and is no course or phase."""
    if resource.get("resourceType") != "ServiceRequest" or is_therapy(resource):
        return False
    category = resource.get("category")
    of_category = {code for one in category for code in codes(one, SNOMED)} if isinstance(category, list) else set()
    is_coded = billing_codes(resource) or techniques_of(resource) or of_category & _RADIOTHERAPY
    return bool(is_coded or words_of_service(resource))


def words_of_service(order: Json) -> str:
    """The words by which an order asks for radiotherapy where no code that is known here does; '' otherwise.

    A code of a hospital's own list counts by its display.
    """
    concept = order.get("code")
    if not isinstance(concept, Mapping) or billing_codes(order) or techniques_of(order):
        return ""
    written = [text(concept, "text"), *(text(one, "display") for one in objects(concept, "coding"))]
    return next((one for one in written if _WORDS.search(one)), "")


def techniques_of(order: Json) -> list[str]:
    """The SNOMED codes of techniques by which an order names its service."""
    return [code for code in codes(order.get("code"), SNOMED) if code in TECHNIQUES]


def is_imrt(order: Json) -> bool:
    """Whether an order names IMRT by the SNOMED code of a technique."""
    return any(TECHNIQUES[code][1] for code in techniques_of(order))


def read_order(
    found: Found, member_id: str, line_of_business: str, directory: Directory, others: Sequence[Found] = ()
) -> Iterator[Row]:
    """The course that an order asks for, with its diagnoses, and a plan where the order names the technique.

    `others` are orders of the same course, whose diagnoses count too. All of them are to be carried out.
    """
    order = found.resource
    course_id = text(order, "id") or "order"
    yield Course(course_id, member_id, line_of_business)
    yield from diagnoses_of(course_id, [found, *others], directory)
    words = words_of_service(order)
    if words:
        sentence = worded(
            "the order names its service in words alone ({value!r}); a technique is not taken from them",
            value=words[:80],
        )
        yield Problem(found.file, found.place, sentence)
    named = techniques_of(order)
    if len({TECHNIQUES[code][1] for code in named}) > 1:
        sentence = worded("the order names IMRT and another technique ({codes}); none is taken", codes=", ".join(named))
        yield Problem(found.file, found.place, sentence)
        return
    for code in named[:1]:
        technique, is_imrt = TECHNIQUES[code]
        yield Plan(course_id, course_id, technique=technique, is_imrt=is_imrt, technique_reason="as it is ordered")
