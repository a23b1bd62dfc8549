"""Which claims of a record a payer's explanation of benefit answers: their services are in it, and were billed once.

Source: HL7 FHIR R4 (4.0.1), ExplanationOfBenefit.claim: the claim that the payer processed.
"""

from collections import Counter
from collections.abc import Sequence

from isocenter.intake.fhir.references import Directory, codes, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.intake.fhir.shapes import Bill
from isocenter.terms.problems import Problem, worded

_ANSWERS = ("complete", "partial")  # outcomes of a claim that was processed


def without_answered(found: Sequence[Found], directory: Directory) -> tuple[list[Found], list[Problem]]:
    """The resources without claims of which a supplied explanation of benefit bills every service, and their names."""
    answered = {
        id(claim)
        for one in found
        if _is_answer(one.resource)
        and (claim := directory.resolve(one.resource.get("claim"), one.resource)) is not None
        and text(claim, "resourceType") == "Claim"
        and _services(claim) <= _services(one.resource)
    }
    sentence = worded(
        "the explanation of benefit that answers it is given too and has all of its services; it was left out"
    )
    left_out = [one for one in found if id(one.resource) in answered]
    return (
        [one for one in found if id(one.resource) not in answered],
        [Problem(one.file, one.place, sentence) for one in left_out],
    )


def is_an_answer(bill: Bill) -> bool:
    """Whether a bill is an explanation of benefit of a claim that was processed."""
    return (
        bill.resourceType == "ExplanationOfBenefit"
        and bill.status == "active"
        and bill.use == "claim"
        and bill.outcome in _ANSWERS
    )


def _is_answer(resource: Json) -> bool:
    return (
        text(resource, "resourceType") == "ExplanationOfBenefit"
        and text(resource, "status") == "active"
        and text(resource, "use") == "claim"
        and text(resource, "outcome") in _ANSWERS
    )


def _services(bill: Json) -> Counter[tuple[str, ...]]:
    return Counter(tuple(sorted(codes(item.get("productOrService")))) for item in objects(bill, "item"))
