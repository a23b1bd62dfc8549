"""Finds resources whose meaning is changed by what is not known here: FHIR forbids to process those as if it were not.

Source: HL7 FHIR R4 (4.0.1), modifier extensions, and Resource.implicitRules.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from isocenter.files.texts import shown
from isocenter.intake.fhir.kinds import BILLS
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.terms.problems import Unread, clause, worded

CANCELLED = "/modifierextension-infocancelled"  # of Da Vinci PAS: false changes nothing
_READ_ELSEWHERE = {*BILLS, "Bundle", "OperationOutcome"}  # bills line by line; the others state no facts of a patient
_LONGEST = 100
_SCALARS = (str, int, float, Decimal, type(None))
_ENCODER = msgspec.json.Encoder(enc_hook=dict)  # of a Mapping that is no dict
_MODIFIER = b'"modifierExtension"'


def why_changed(resource: Json) -> str:
    """What changes the meaning of a resource, or of a part of it, and is not known here; '' where nothing does."""
    rules = text(resource, "implicitRules")
    if rules:
        return f"it follows its own rules, which are not known (implicitRules {shown(rules)[:_LONGEST]})"
    for one in _modifiers(resource):
        url = text(one, "url")
        if not (url.lower().endswith(CANCELLED) and one.get("valueBoolean") is False):
            return f"its modifierExtension {shown(url)[:_LONGEST] or 'without address'} changes what it means"
    return ""


def understood(found: Sequence[Found]) -> tuple[list[Found], list[Unread]]:
    """The resources that mean what they say, and a problem for each other one; bills are kept for their own reader."""
    kept: list[Found] = []
    problems: list[Unread] = []
    for one in found:
        is_read_elsewhere = text(one.resource, "resourceType") in _READ_ELSEWHERE
        reason = "" if is_read_elsewhere else why_changed(one.resource)
        if reason:
            problems.append(Unread(one.file, one.place, worded("{reason}; it was left out", reason=clause(reason))))
        else:
            kept.append(one)
    return kept, problems


def _modifiers(resource: Json) -> Iterator[Json]:
    """Every modifierExtension of a resource and its parts; what a resource contains counts with it."""
    if not _may_hold_one(resource):
        return
    parts: list[Any] = [resource]
    while parts:
        part = parts.pop()
        # To ask whether something is a Mapping takes ten times as long as whether it is a dict, and most are neither.
        if isinstance(part, (dict, Mapping)):
            if "modifierExtension" in part:
                yield from objects(part, "modifierExtension")
            parts += [value for value in part.values() if not isinstance(value, _SCALARS)]
        elif isinstance(part, list):
            parts += [value for value in part if not isinstance(value, _SCALARS)]


def _may_hold_one(resource: Json) -> bool:
    """Whether a modifierExtension may be anywhere: to write a resource down takes a tenth of looking through it."""
    try:
        return _MODIFIER in _ENCODER.encode(resource)
    except (TypeError, ValueError, RecursionError):
        return True
