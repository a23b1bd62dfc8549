"""The data types of FHIR R4: the members of each complex one, and how each primitive one is written.

Source: HL7 FHIR R4 (4.0.1), datatypes. A member is written `name:type`, with `*` where it repeats and `name[x]` where
its type is one of several. Snapshots of profiles refer to these types without repeating them.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

_NAMES = (
    "base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id", "instant", "integer",
    "markdown", "oid", "positiveInt", "string", "time", "unsignedInt", "uri", "url", "uuid", "Address", "Age",
    "Annotation", "Attachment", "CodeableConcept", "Coding", "ContactPoint", "Count", "Distance", "Duration",
    "HumanName", "Identifier", "Money", "Period", "Quantity", "Range", "Ratio", "Reference", "SampledData",
    "Signature", "Timing", "ContactDetail", "Contributor", "DataRequirement", "Expression", "ParameterDefinition",
    "RelatedArtifact", "TriggerDefinition", "UsageContext", "Dosage", "Meta",
)  # fmt: skip
_ANY = "|".join(_NAMES)
# As a member of several types has them in its name.
TYPE_NAMES = {name[0].upper() + name[1:]: name for name in _NAMES}
_QUANTITY = "value:decimal comparator:code unit:string system:uri code:code"
_TYPES = {
    "Address": "use:code type:code text:string line:string* city:string district:string state:string postalCode:string "
    "country:string period:Period",
    "Annotation": "author[x]:Reference|string time:dateTime text:markdown",
    "Attachment": "contentType:code language:code data:base64Binary url:url size:unsignedInt hash:base64Binary "
    "title:string creation:dateTime",
    "CodeableConcept": "coding:Coding* text:string",
    "Coding": "system:uri version:string code:code display:string userSelected:boolean",
    "ContactDetail": "name:string telecom:ContactPoint*",
    "ContactPoint": "system:code value:string use:code rank:positiveInt period:Period",
    "Contributor": "type:code name:string contact:ContactDetail*",
    "Element": "",
    "Expression": "description:string name:id language:code expression:string reference:uri",
    "Extension": f"url:uri value[x]:{_ANY}",
    "HumanName": "use:code text:string family:string given:string* prefix:string* suffix:string* period:Period",
    "Identifier": "use:code type:CodeableConcept system:uri value:string period:Period assigner:Reference",
    "Meta": "versionId:id lastUpdated:instant source:uri profile:canonical* security:Coding* tag:Coding*",
    "Money": "value:decimal currency:code",
    "Narrative": "status:code div:xhtml",
    "Period": "start:dateTime end:dateTime",
    "Quantity": _QUANTITY,
    **dict.fromkeys(("Age", "Count", "Distance", "Duration", "SimpleQuantity", "MoneyQuantity"), _QUANTITY),
    "Range": "low:Quantity high:Quantity",
    "Ratio": "numerator:Quantity denominator:Quantity",
    "Reference": "reference:string type:uri identifier:Identifier display:string",
    "RelatedArtifact": "type:code label:string display:string citation:markdown url:url document:Attachment "
    "resource:canonical",
    "SampledData": "origin:Quantity period:decimal factor:decimal lowerLimit:decimal upperLimit:decimal "
    "dimensions:positiveInt data:string",
    "Signature": "type:Coding* when:instant who:Reference onBehalfOf:Reference targetFormat:code sigFormat:code "
    "data:base64Binary",
    "UsageContext": "code:Coding value[x]:CodeableConcept|Quantity|Range|Reference",
}
_TEXT = re.compile(r"[\s\S]*\S[\s\S]*")
_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
_WRITTEN = {
    "code": r"[^\s]+(\s[^\s]+)*",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "oid": r"urn:oid:[0-2](\.(0|[1-9]\d*))+",
    "uuid": r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    **dict.fromkeys(("uri", "url", "canonical"), r"\S+"),
    "date": _DATE,
    "dateTime": rf"{_DATE}(?<=-\d\d-\d\d)(T{_CLOCK}{_ZONE})?|\d{{4}}(-(0[1-9]|1[0-2]))?",
    "instant": rf"\d{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T{_CLOCK}{_ZONE}",
    "time": _CLOCK,
    "base64Binary": r"(\s*[0-9A-Za-z+/=])*\s*",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in _WRITTEN.items()}
_TEXTS = {"string", "markdown", "xhtml"}
_DAYS = {"date", "dateTime", "instant"}
_WHOLE = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}
PRIMITIVES = {*_WRITTEN, *_TEXTS, *_WHOLE, "boolean", "decimal"}


class Invariant(NamedTuple):
    """A condition that a value has to meet: its key, its severity, in words, and as an expression of FHIRPath."""

    key: str
    severity: str
    words: str
    expression: str


# Of data types that snapshots refer to: HL7 FHIR R4.
INVARIANTS = {
    "Attachment": Invariant(
        "att-1", "error", "data comes with its contentType", "data.empty() or contentType.exists()"
    ),
    "ContactPoint": Invariant("cpt-2", "error", "a value comes with its system", "value.empty() or system.exists()"),
    "Extension": Invariant("ext-1", "error", "extensions or a value, not both", "extension.exists() != value.exists()"),
    "Period": Invariant(
        "per-1", "error", "start is not after end", "start.hasValue().not() or end.hasValue().not() or (start <= end)"
    ),
    "Quantity": Invariant("qty-3", "error", "a code comes with its system", "code.empty() or system.exists()"),
    "Ratio": Invariant(
        "rat-1",
        "error",
        "numerator and denominator come together",
        "(numerator.empty() xor denominator.exists()) and (numerator.exists() or extension.exists())",
    ),
    "Reference": Invariant(
        "ref-1",
        "error",
        "what #id refers to is contained",
        "reference.empty() or reference.startsWith('#').not() or reference = '#'"
        " or (reference.substring(1) in %rootResource.contained.id)",
    ),
    "xhtml": Invariant("txt-1", "error", "a narrative is one div of basic formatting, and not empty", "htmlChecks()"),
}


class MemberOf(NamedTuple):
    """One member of a data type: its name ('value[x]' where the type is part of it), its types, whether it repeats."""

    name: str
    types: tuple[str, ...]
    repeats: bool


@cache
def members_of(type_name: str) -> Mapping[str, MemberOf] | None:
    """The members of a complex data type by name; None for a type that is not known here."""
    written = _TYPES.get(type_name)
    if written is None:
        return None
    found = {"id": MemberOf("id", ("string",), False), "extension": MemberOf("extension", ("Extension",), True)}
    for entry in written.split():
        name, _, types = entry.partition(":")
        found[name] = MemberOf(name, tuple(types.rstrip("*").split("|")), types.endswith("*"))
    return found


def why_not(type_name: str, value: Any) -> str:
    """What a value of a primitive type should be; '' where it is that."""
    if type_name == "boolean":
        return "" if isinstance(value, bool) else "true or false"
    if type_name == "decimal":
        is_number = isinstance(value, int | Decimal | float) and not isinstance(value, bool)
        return "" if is_number else "a number"
    if type_name in _WHOLE:
        least = _WHOLE[type_name]
        is_whole = isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**31
        return "" if is_whole else f"a whole number from {least}"
    if not isinstance(value, str):
        return "text"
    if type_name in _TEXTS:
        return "" if _TEXT.fullmatch(value) else "text that is not empty"
    pattern = _PATTERNS.get(type_name)
    if pattern is not None and not pattern.fullmatch(value):
        return f"{'an' if type_name[0] in 'aeio' else 'a'} {type_name}"
    return "" if type_name not in _DAYS or _is_day(value[:10]) else "a day of the calendar"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return False
    return True
