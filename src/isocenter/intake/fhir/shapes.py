"""What is read of FHIR R4 resources that bill services: Claim and ExplanationOfBenefit, member by member.

Members that a review does not ask for are passed over while the text is decoded, and concepts are kept as they are
written (Raw), for the same few recur in every bill: that is what makes bulk files quick.
Source: HL7 FHIR R4 (4.0.1), resources Claim and ExplanationOfBenefit and their data types.
"""

from typing import Any, TypeVar

import msgspec
from msgspec import DecodeError, Raw, Struct

Shape = TypeVar("Shape")

NOTHING = Raw()
UNDECODED = (DecodeError, UnicodeDecodeError, RecursionError)  # by which the decoder refuses a text


def decode(decoder: "msgspec.json.Decoder[Shape]", written: bytes) -> Shape:
    """What is written, in the decoder's shape: members and elements that are null count as absent.

    FHIR has one leave them out; some clients write them. Raises one of UNDECODED.
    """
    try:
        return decoder.decode(written)
    except UNDECODED:
        if b"null" not in written:
            raise
    return decoder.decode(msgspec.json.encode(_without_nulls(msgspec.json.decode(written))))


def plain(written: Raw) -> Any:
    """What a member holds that is kept as it is written; None where it is absent."""
    return None if written is NOTHING else msgspec.json.decode(written)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value if inner is not None]
    return value


def why_undecoded(wrong: Exception) -> str:
    """Why the decoder refused a text, in a few words."""
    return "nested too deep" if isinstance(wrong, RecursionError) else str(wrong)


class Coding(Struct, frozen=True, gc=False):
    """One code of a code system."""

    system: str = ""
    code: str = ""


class Concept(Struct, frozen=True, gc=False):
    """A CodeableConcept: the same meaning in one or several code systems."""

    coding: tuple[Coding, ...] = ()
    text: str = ""


class Identifier(Struct, frozen=True, gc=False):
    """A number that an organization gave."""

    type: Raw = NOTHING  # of Concept
    system: str = ""
    value: str = ""


class Reference(Struct, frozen=True, gc=False):
    """A pointer to another resource, by its address or by an identifier."""

    reference: str = ""
    identifier: Identifier | None = None
    display: str = ""


class Period(Struct, frozen=True, gc=False):
    """From a day through another, as written."""

    start: str = ""
    end: str = ""


class Money(Struct, frozen=True, gc=False):
    """An amount of money."""

    value: float | None = None
    currency: str = ""


class Count(Struct, frozen=True, gc=False):
    """How many units of a service are billed, and in what they are counted."""

    value: float | None = None
    comparator: str = ""
    unit: str = ""
    code: str = ""


class Extension(Struct, frozen=True, gc=False):
    """A member that the base resource lacks; of its values those that claims use."""

    url: str = ""
    valueCoding: Coding | None = None  # noqa: N815  # the names of members are FHIR's
    valueBoolean: bool | None = None  # noqa: N815


class Meta(Struct, frozen=True, gc=False):
    """What is said about a resource: its tags, and which version it is."""

    tag: tuple[Coding, ...] = ()
    versionId: str = ""  # noqa: N815
    lastUpdated: str = ""  # noqa: N815


class Party(Struct, frozen=True, gc=False):
    """A contained organization, practitioner, patient or coverage, as far as claims ask for it."""

    resourceType: str = ""  # noqa: N815
    id: str = ""
    identifier: tuple[Identifier, ...] = ()
    birthDate: str = ""  # noqa: N815
    name: Raw = NOTHING  # of a person a tuple[PersonName, ...], of an organization a text
    relationship: Concept | None = None  # of a coverage: what the person covered is to the subscriber


class PersonName(Struct, frozen=True, gc=False):
    """A name of a person, as far as it distinguishes persons who share a number."""

    given: tuple[str, ...] = ()


class DiagnosisEntry(Struct, frozen=True, gc=False):
    """One diagnosis of a claim, by its place."""

    sequence: int = 0
    diagnosisCodeableConcept: Raw = NOTHING  # noqa: N815  # of Concept
    diagnosisReference: Reference | None = None  # noqa: N815
    type: Raw = NOTHING  # of tuple[Concept, ...]


class Member(Struct, frozen=True, gc=False):
    """One member of the care team, by its place, and what part it played."""

    sequence: int = 0
    provider: Reference | None = None
    role: Raw = NOTHING  # of Concept


class Information(Struct, frozen=True, gc=False):
    """One piece of supporting information, such as the type of bill."""

    category: Concept | None = None
    code: Concept | None = None


class Related(Struct, frozen=True, gc=False):
    """Another claim that this one follows."""

    claim: Reference | None = None
    relationship: Concept | None = None
    reference: Identifier | None = None


class Insurance(Struct, frozen=True, gc=False):
    """A coverage under which the claim is made."""

    focal: bool = False
    coverage: Reference | None = None


class Adjudication(Struct, frozen=True, gc=False):
    """One result of a payer's decision about a line."""

    category: Raw = NOTHING  # of Concept
    reason: Raw = NOTHING  # of Concept
    amount: Money | None = None


class Detail(Struct, frozen=True, gc=False):
    """A service within a line, or that a payer added, of which only the number is read."""


class Item(Struct, frozen=True, gc=False):
    """One service line."""

    sequence: int = 0
    careTeamSequence: tuple[int, ...] = ()  # noqa: N815
    diagnosisSequence: tuple[int, ...] = ()  # noqa: N815
    extension: Raw = NOTHING  # one of them says whether the payer denied the line
    modifierExtension: Raw = NOTHING  # noqa: N815  # of tuple[Extension, ...]; it changes what the line means
    revenue: Raw = NOTHING  # of Concept
    productOrService: Raw = NOTHING  # noqa: N815  # of Concept
    modifier: Raw = NOTHING  # of tuple[Concept, ...]
    servicedDate: str = ""  # noqa: N815
    servicedPeriod: Period | None = None  # noqa: N815
    locationCodeableConcept: Raw = NOTHING  # noqa: N815  # of Concept
    quantity: Raw = NOTHING  # of Count
    net: Money | None = None
    adjudication: tuple[Adjudication, ...] = ()
    detail: tuple[Detail, ...] = ()


class Bill(Struct, frozen=True, gc=False):
    """A Claim or an ExplanationOfBenefit: the members that both share."""

    resourceType: str = ""  # noqa: N815
    id: str = ""
    meta: Raw = NOTHING  # of Meta
    implicitRules: str = ""  # noqa: N815
    extension: Raw = NOTHING  # of tuple[Extension, ...]; one of them says whether it takes a claim back
    modifierExtension: Raw = NOTHING  # noqa: N815  # of tuple[Extension, ...]; it changes what the bill means
    contained: Raw = NOTHING  # of Party; decoded where something within is referred to
    identifier: tuple[Identifier, ...] = ()
    status: str = ""
    type: Raw = NOTHING  # of Concept
    subType: Raw = NOTHING  # noqa: N815  # of Concept
    use: str = ""
    patient: Reference | None = None
    billablePeriod: Period | None = None  # noqa: N815
    created: str = ""
    provider: Reference | None = None
    claim: Reference | None = None  # of an ExplanationOfBenefit: which it answers
    related: tuple[Related, ...] = ()
    careTeam: Raw = NOTHING  # noqa: N815  # of tuple[Member, ...]; the same few recur
    supportingInfo: Raw = NOTHING  # noqa: N815  # of Information; most of it says nothing of services
    diagnosis: Raw = NOTHING  # of DiagnosisEntry; the same few recur
    insurance: tuple[Insurance, ...] = ()
    disposition: str = ""  # in words, of Medicare's files a code
    outcome: str = ""  # of an ExplanationOfBenefit: whether the payer could process it
    item: tuple[Item, ...] = ()
    addItem: tuple[Detail, ...] = ()  # noqa: N815  # what the payer added
    issue: Raw = NOTHING  # of an OperationOutcome in place of a bill
    link: Raw = NOTHING  # of a Bundle: its further pages
