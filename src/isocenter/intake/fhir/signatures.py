"""Reads who signed the answers to a questionnaire: FHIR Provenance, and the signatures that answers bear.

Documents with pages bear their signatures themselves. Source: HL7 FHIR R4 (4.0.1), Provenance and Signature; provider
taxonomy codes of the National Uniform Claim Committee.
"""

from collections.abc import Iterator, Mapping

from isocenter.intake.fhir.answers import documents_of, is_answers
from isocenter.intake.fhir.documents import carries_documents
from isocenter.intake.fhir.people import day_of, shown_name
from isocenter.intake.fhir.references import Directory, codes, extensions, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.terms.chart import Signature
from isocenter.terms.problems import Problem

_TAXONOMY = {"2085R0001X": "radiation_oncologist", "2085R0205X": "medical_physicist"}
_PEOPLE = ("Practitioner", "PractitionerRole")


def read_signatures(found: Found, directory: Directory) -> Iterator[Signature | Problem]:
    """The signatures on answers; one whose signer or day cannot be determined is a problem."""
    provenance = found.resource
    targets = [(text(one, "reference"), directory.resolve(one, provenance)) for one in objects(provenance, "target")]
    for address, target in targets:
        if target is None:
            yield Problem(found.file, found.place, f"its target {address or 'without address'} is not at hand")
        elif carries_documents(target) and objects(provenance, "signature"):
            sentence = f"its signature on {address} is not read: what counts is the signature on the pages themselves"
            yield Problem(found.file, found.place, sentence)
    answers = [target for _, target in targets if target is not None and is_answers(target)]
    if not answers:
        return
    for signed in objects(provenance, "signature"):
        for target in answers:
            yield from _signed(signed, target, found, directory)


def read_own_signatures(found: Found, directory: Directory) -> Iterator[Signature | Problem]:
    """The signatures that answers to a questionnaire bear themselves."""
    for stated in extensions(found.resource, "questionnaireresponse-signature"):
        signed = stated.get("valueSignature")
        if isinstance(signed, Mapping):
            yield from _signed(signed, found.resource, found, directory)


def _signed(signed: Json, answers: Json, found: Found, directory: Directory) -> Iterator[Signature | Problem]:
    """A signature on each document that answers describe."""
    who = signed.get("who")
    person = directory.resolve(who, found.resource)
    name = _name(person, directory) or (text(who, "display") if isinstance(who, Mapping) else "")
    day = day_of(text(signed, "when"))
    if not name or day is None:
        yield Problem(found.file, found.place, "a signature does not say who signed when; it was left out")
        return
    for document_id in documents_of(answers, directory):
        yield Signature(document_id, _role(person), name, day)


def _name(person: Json | None, directory: Directory) -> str:
    if person is not None and person.get("resourceType") == "PractitionerRole":
        person = directory.resolve(person.get("practitioner"), person)
    return shown_name(person) if person is not None else ""


def _role(person: Json | None) -> str:
    """The role that the taxonomy of a practitioner states; 'other' where it states none."""
    if person is None or person.get("resourceType") not in _PEOPLE:
        return "other"
    concepts = [*objects(person, "specialty"), *objects(person, "code")]
    concepts += [one["code"] for one in objects(person, "qualification") if isinstance(one.get("code"), Mapping)]
    stated = [_TAXONOMY[code] for concept in concepts for code in codes(concept) if code in _TAXONOMY]
    return stated[0] if stated else "other"
