"""Reads who signed documents and answers: FHIR Provenance, signatures that answers have, and those of document bundles.

Sources: HL7 FHIR R4 (4.0.1), Provenance, Signature and Bundle; ASTM E1762-95 for the purposes of signatures; provider
taxonomy codes of the National Uniform Claim Committee.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from isocenter.files.texts import shown
from isocenter.intake.fhir.answers import documents_of, is_answers
from isocenter.intake.fhir.documents import carries_documents
from isocenter.intake.fhir.people import day_of, shown_name
from isocenter.intake.fhir.references import NPI_SYSTEM, Directory, codes, extensions, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.terms.chart import FileSignature, Signature
from isocenter.terms.problems import Problem, Unread, clause, worded
from isocenter.terms.signers import why_no_name

_OTHER = "other"
_PEOPLE = ("Practitioner", "PractitionerRole")
_TAXONOMY = {
    "2085R0001X": "radiation_oncologist",
    "2085R0205X": "medical_physicist",
    "2471R0002X": "radiation_therapist",
}
_IN_WORDS = {
    "radiation oncologist": "radiation_oncologist",
    "radiation oncology": "radiation_oncologist",
    "radiation oncology physician": "radiation_oncologist",
    "treating physician": "treating_physician",
    "medical physicist": "medical_physicist",
    "therapeutic medical physicist": "medical_physicist",
    "dosimetrist": "dosimetrist",
    "medical dosimetrist": "dosimetrist",
    "radiation therapist": "radiation_therapist",
}
# With these purposes somebody answers for what a document says; a witness or a transcriber does not.
_PURPOSES = "1.2.840.10065.1.12.1."
_ANSWERS_FOR_IT = {f"{_PURPOSES}{number}" for number in (1, 2, 5, 6, 13)}
# SNOMED CT writes what kind of concept a term names behind it.
_SEMANTIC_TAG = re.compile(r"\((?:occupation|qualifier value|person)\)\s*$", re.IGNORECASE)
_NPI = re.compile(r"[0-9]{10}", re.ASCII)
_LEFT_OUT = "it was left out"
_NOT_READ = f"its signature is not in the form that FHIR prescribes; {_LEFT_OUT}"

Files = Mapping[int, tuple[str, ...]]  # the names of the files of a resource, by the identity of the resource
Described = Mapping[int, Sequence[str]]  # the documents that answers describe, by the identity of the answers
Signed = Iterator[Signature | FileSignature | Problem]


class _Signer(NamedTuple):
    role: str
    name: str
    day: date


def read_signatures(found: Found, directory: Directory, files: Files, described: Described) -> Signed:
    """The signatures of a Provenance on answers and documents; what cannot be determined of one is a problem."""
    provenance = found.resource
    if "signature" in provenance and not objects(provenance, "signature"):
        yield Problem(found.file, found.place, _NOT_READ)
    targets = []
    for one in objects(provenance, "target"):
        target, address = directory.resolve(one, provenance), shown(text(one, "reference"))[:100]
        if target is None:
            sentence = worded("its target {value} was not found", value=address or "without address")
            yield Problem(found.file, found.place, sentence)
        elif is_answers(target) or carries_documents(target) or id(target) in files:
            targets.append(target)
        elif objects(provenance, "signature"):
            sentence = worded(
                "its signature is on {address}, which is no document and no answers; {left_out}",
                address=address,
                left_out=clause(_LEFT_OUT),
            )
            yield Problem(found.file, found.place, sentence)
    if targets:
        yield from _signed(objects(provenance, "signature"), targets, found, directory, files, described)


def read_own_signatures(found: Found, directory: Directory, described: Described) -> Signed:
    """The signatures that answers to a questionnaire have themselves."""
    stated = [one.get("valueSignature") for one in extensions(found.resource, "questionnaireresponse-signature")]
    signatures = [one for one in stated if isinstance(one, Mapping)]
    yield from _signed(signatures, [found.resource], found, directory, {}, described)


def read_bundle_signature(found: Found, directory: Directory, files: Files, described: Described) -> Signed:
    """The signature that a bundle has, where the bundle is one document."""
    bundle = found.resource
    held = [one["resource"] for one in objects(bundle, "entry") if isinstance(one.get("resource"), Mapping)]
    documents = [one for one in held if is_answers(one) or carries_documents(one)]
    signature = bundle.get("signature")
    if text(bundle, "type") != "document":
        sentence = worded(
            "its signature is on a bundle of the type {value}, ", value=shown(text(bundle, "type")) or "not stated"
        )
        yield Problem(
            found.file,
            found.place,
            worded("{sentence}not on a document; {left_out}", sentence=clause(sentence), left_out=clause(_LEFT_OUT)),
        )
    elif len(documents) != 1:
        sentence = worded(
            "its signature is on a bundle of {many} documents that are read, not of one; {left_out}",
            many=len(documents),
            left_out=clause(_LEFT_OUT),
        )
        yield Problem(found.file, found.place, sentence)
    elif not isinstance(signature, Mapping):
        yield Problem(found.file, found.place, _NOT_READ)
    else:
        yield from _signed([signature], documents, found, directory, files, described)


def _signed(
    signatures: Sequence[Json],
    targets: Sequence[Json],
    found: Found,
    directory: Directory,
    files: Files,
    described: Described,
) -> Signed:
    """Each signature on each document that the targets are or describe."""
    for signature in signatures:
        signer = _signer(signature, found, directory)
        if isinstance(signer, str):
            yield Problem(found.file, found.place, signer)
            continue
        if no_name := why_no_name(signer.name):
            sentence = worded("{no_name}; {left_out}", no_name=clause(no_name), left_out=clause(_LEFT_OUT))
            yield Unread(found.file, found.place, sentence)
            continue
        if text(signature, "data"):
            sentence = worded(
                "the digital signature of {value} was not verified; it counts as it is stated", value=shown(signer.name)
            )
            yield Problem(found.file, found.place, sentence)
        for target in targets:
            if is_answers(target):
                known = described.get(id(target))  # those that were read before need not be read again
                for document_id in documents_of(target, directory) if known is None else known:
                    yield Signature(document_id, *signer)
            elif files.get(id(target)):
                yield FileSignature(files[id(target)], *signer, found.file, found.place)
            else:
                sentence = worded(
                    "the signature of {value} is on a document that was not read; {left_out}",
                    value=shown(signer.name),
                    left_out=clause(_LEFT_OUT),
                )
                yield Problem(found.file, found.place, sentence)


def _signer(signature: Json, found: Found, directory: Directory) -> _Signer | str:
    """Who signed with which role and when, or the sentence that says why that cannot be determined."""
    purposes = [code for one in objects(signature, "type") for code in [text(one, "code")] if code]
    if not purposes:
        return f"a signature does not state its type; {_LEFT_OUT}"
    if not _ANSWERS_FOR_IT & set(purposes):
        named = ", ".join(text(one, "display") or text(one, "code") for one in objects(signature, "type"))
        return f"a signature of the type {shown(named)[:100]} does not sign a document; {_LEFT_OUT}"
    who = signature.get("who")
    npi = _npi_of(who)
    person = directory.resolve(who, found.resource) or (directory.practitioner_of(npi) if npi else None)
    name = _name(person, directory) or (text(who, "display") if isinstance(who, Mapping) else "")
    name = name or (f"NPI {npi}" if npi else "")
    day = day_of(text(signature, "when"))
    if not name or day is None:
        return f"a signature does not say who signed when; {_LEFT_OUT}"
    return _Signer(_role(person, who, found, directory), name, day)


def _npi_of(reference: object) -> str:
    """The NPI by which a reference names somebody; '' where it names none."""
    held = reference.get("identifier") if isinstance(reference, Mapping) else None
    if not isinstance(held, Mapping) or text(held, "system") != NPI_SYSTEM:
        return ""
    value = text(held, "value")
    return value if _NPI.fullmatch(value) else ""


def _name(person: Json | None, directory: Directory) -> str:
    if person is not None and person.get("resourceType") == "PractitionerRole":
        person = directory.resolve(person.get("practitioner"), person)
    return shown_name(person) if person is not None else ""


def _role(person: Json | None, who: object, found: Found, directory: Directory) -> str:
    """The role that is stated of a signer, else of the agent of the Provenance; 'other' without one."""
    stated = [_of_person(person, directory)]
    for agent in objects(found.resource, "agent"):
        other = directory.resolve(agent.get("who"), found.resource)
        other = other or directory.practitioner_of(_npi_of(agent.get("who")))
        if other is person if person is not None else agent.get("who") == who:
            concepts = [*objects(agent, "role"), *([agent["type"]] if isinstance(agent.get("type"), Mapping) else [])]
            stated += [_of_concepts(concepts)]
    return next((one for one in stated if one != _OTHER), _OTHER)


def _of_person(person: Json | None, directory: Directory) -> str:
    """The role that a person's qualifications or roles state."""
    if person is None or person.get("resourceType") not in _PEOPLE:
        return _OTHER
    described = [person]
    if person["resourceType"] == "Practitioner":
        described += directory.roles_of(person)
    else:
        practitioner = directory.resolve(person.get("practitioner"), person)
        described += [practitioner] if practitioner is not None else []
    concepts: list[Json] = []
    for one in described:
        concepts += [*objects(one, "specialty"), *objects(one, "code")]
        concepts += [held["code"] for held in objects(one, "qualification") if isinstance(held.get("code"), Mapping)]
    return _of_concepts(concepts)


def _of_concepts(concepts: Sequence[Json]) -> str:
    """The role that codes of the provider taxonomy state, else one that is written out in words."""
    coded = [_TAXONOMY[code] for concept in concepts for code in codes(concept) if code in _TAXONOMY]
    words = [text(concept, "text") for concept in concepts]
    words += [text(coding, "display") for concept in concepts for coding in objects(concept, "coding")]
    plain = [_SEMANTIC_TAG.sub("", word).strip().casefold() for word in words]
    written = [_IN_WORDS[word] for word in plain if word in _IN_WORDS]
    return next(iter([*coded, *written]), _OTHER)
