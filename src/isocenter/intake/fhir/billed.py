"""Reads a procedure code as charge masters write it: alone or with modifiers, as in 77301-26, and by its system."""

import re
from typing import NamedTuple

# CPT and HCPCS, by the addresses and identifiers that EHRs write.
BILLING_SYSTEMS = (
    "http://www.ama-assn.org/go/cpt",
    "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets",
    "http://terminology.hl7.org/codesystem/hcpcs-all-codes",
    "urn:oid:2.16.840.1.113883.6.12",
    "urn:oid:2.16.840.1.113883.6.14",
    "urn:oid:2.16.840.1.113883.6.285",
    "http://bluebutton.cms.gov/resources/codesystem/hcpcs",
    "cpt",
    "cpt-4",
    "cpt4",
    "hcpcs",
)
# Terminologies in which a code of five digits is something else.
_OF_OTHER_THINGS = (
    "http://snomed.info/sct",
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/ndc",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/icd-9-cm",
    "http://www.cms.gov/medicare/coding/icd10",
)
_WITH_MODIFIERS = re.compile(r"([0-9A-Z][0-9]{3}[0-9A-Z])((?:[- ,:]+[0-9A-Z]{2})+)", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)


class Billed(NamedTuple):
    """A CPT or HCPCS code in capitals, and the modifiers that were written behind it."""

    code: str
    modifiers: tuple[str, ...] = ()


def billed_as(written: str) -> Billed:
    """The code that is written; what is not a code with modifiers is kept as one code."""
    bare = written.strip().upper()
    found = _WITH_MODIFIERS.fullmatch(bare)
    return Billed(found[1], tuple(_MODIFIER.findall(found[2]))) if found else Billed(bare)


def address_of(system: str) -> str:
    """The address of a code system as BILLING_SYSTEMS has it: clients write https, capitals and a last slash."""
    return system.strip().lower().rstrip("/").replace("https://", "http://", 1)


def is_billing_system(system: str) -> bool:
    """Whether an address is that of CPT or HCPCS."""
    return address_of(system) in BILLING_SYSTEMS


def may_bill(system: str) -> bool:
    """Whether an address may be that of a payer's own list of procedures: it is no terminology of other things."""
    return address_of(system) not in _OF_OTHER_THINGS
