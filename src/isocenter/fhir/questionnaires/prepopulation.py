"""Writes the logic by which an EHR fills in a questionnaire from its record: CQL with its compiled form, ELM.

The library IsocenterDocuments, which finds a document by words of its title, is written by hand and compiled by
`libraries/compile.mjs`; the library of a policy names what each document of its list is called, and is written here.
Sources: Da Vinci Documentation Templates and Rules 2.0.1; HL7 CQL 1.5 and ELM; SDC, extension initialExpression.
"""

import base64
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from isocenter.intake.fhir.answers import DATE, SIGNER
from isocenter.rulebook.rulebook import Rulebook

Json = dict[str, Any]
_SHARED, _SHARED_VERSION = "IsocenterDocuments", "1.0.0"
_SDC = "http://hl7.org/fhir/uv/sdc/"
_ELM_STRING = "{urn:hl7-org:elm-types:r1}String"
# What is asked of every document and is found in a record: by which function of the shared library it is found.
_FUNCTIONS = {DATE: "Day Of", SIGNER: "Signer Of"}


def library_name(rulebooks: Sequence[Rulebook]) -> str:
    """The name of the policies' library, as CQL writes names."""
    return "Isocenter" + "".join(part.capitalize() for book in rulebooks for part in book.name.split("_"))


def extensions_of(rulebooks: Sequence[Rulebook], base_url: str, version: str) -> list[Json]:
    """What a questionnaire says of how it is filled in: for which patient, and by which library."""
    context = {"system": f"{_SDC}CodeSystem/launchContext", "code": "patient", "display": "Patient"}
    parts = [{"url": "name", "valueCoding": context}, {"url": "type", "valueCode": "Patient"}]
    return [
        {"url": f"{_SDC}StructureDefinition/sdc-questionnaire-launchContext", "extension": parts},
        {
            "url": "http://hl7.org/fhir/StructureDefinition/cqf-library",
            "valueCanonical": f"{base_url}/Library/{library_name(rulebooks)}|{version}",
        },
    ]


def filled_by(rulebooks: Sequence[Rulebook], kind: str, name: str) -> Json:
    """The member of an item that says how it is filled in; an empty one where nothing in a record answers it."""
    if name not in _FUNCTIONS:
        return {}
    expression = {"language": "text/cql", "expression": f'{library_name(rulebooks)}."{kind} {name}"'}
    url = f"{_SDC}StructureDefinition/sdc-questionnaire-initialExpression"
    return {"extension": [{"url": url, "valueExpression": expression}]}


def libraries(rulebooks: Sequence[Rulebook], base_url: str, version: str) -> list[Json]:
    """The libraries of a package: that of the policies, and the one that it includes."""
    kinds = list(dict.fromkeys(entry.kind for rulebook in rulebooks for entry in rulebook.documents))
    shared = _library(_SHARED, _SHARED_VERSION, base_url, *_shared_texts())
    cql, elm = cql_of(rulebooks, kinds, version), json.dumps(elm_of(rulebooks, kinds, version))
    own = _library(library_name(rulebooks), version, base_url, cql, elm)
    own["relatedArtifact"] = [{"type": "depends-on", "resource": f"{shared['url']}|{_SHARED_VERSION}"}]
    return [own, shared]


@cache
def _shared_texts() -> tuple[str, str]:
    folder = files("isocenter.fhir") / "libraries"
    cql, elm = folder / f"{_SHARED}.cql", folder / f"{_SHARED}.elm.json"
    return cql.read_text(encoding="utf-8"), elm.read_text(encoding="utf-8")


def _library(name: str, version: str, base_url: str, cql: str, elm: str) -> Json:
    kind = {"system": "http://terminology.hl7.org/CodeSystem/library-type", "code": "logic-library"}
    held = (("text/cql", cql), ("application/elm+json", elm))
    return {
        "resourceType": "Library",
        "id": name,
        "url": f"{base_url}/Library/{name}",
        "version": version,
        "name": name,
        "status": "active",
        "type": {"coding": [kind]},
        "content": [
            {"contentType": content_type, "data": base64.b64encode(text.encode()).decode()}
            for content_type, text in held
        ],
    }


def _defined(kinds: Sequence[str]) -> list[tuple[str, str, str]]:
    """Name, function and words of each definition of a policy's library."""
    return [
        (f"{kind} {name}", function, kind.replace("_", " ").lower())
        for kind in kinds
        for name, function in _FUNCTIONS.items()
    ]


def cql_of(rulebooks: Sequence[Rulebook], kinds: Sequence[str], version: str) -> str:
    """The library of policies in CQL."""
    text = (
        f"library {library_name(rulebooks)} version '{version}'\n\nusing FHIR version '4.0.1'\n\n"
        f"include {_SHARED} version '{_SHARED_VERSION}'\n\ncontext Patient\n"
    )
    lines = (
        f'\ndefine "{name}":\n  {_SHARED}."{function}"(\'{words}\')\n' for name, function, words in _defined(kinds)
    )
    return text + "".join(lines)


def elm_of(rulebooks: Sequence[Rulebook], kinds: Sequence[str], version: str) -> Json:
    """The library of policies as a compiler writes it."""
    defined = [
        {
            "name": name,
            "context": "Patient",
            "accessLevel": "Public",
            "expression": {
                "type": "FunctionRef",
                "libraryName": _SHARED,
                "name": function,
                "operand": [{"type": "Literal", "valueType": _ELM_STRING, "value": words}],
            },
        }
        for name, function, words in _defined(kinds)
    ]
    patient = {
        "type": "Retrieve",
        "dataType": "{http://hl7.org/fhir}Patient",
        "templateId": "http://hl7.org/fhir/StructureDefinition/Patient",
    }
    subject = {"name": "Patient", "context": "Patient", "expression": {"type": "SingletonFrom", "operand": patient}}
    return {
        "library": {
            "identifier": {"id": library_name(rulebooks), "version": version},
            "schemaIdentifier": {"id": "urn:hl7-org:elm", "version": "r1"},
            "usings": {
                "def": [
                    {"localIdentifier": "System", "uri": "urn:hl7-org:elm-types:r1"},
                    {"localIdentifier": "FHIR", "uri": "http://hl7.org/fhir", "version": "4.0.1"},
                ]
            },
            "includes": {"def": [{"localIdentifier": _SHARED, "path": _SHARED, "version": _SHARED_VERSION}]},
            "contexts": {"def": [{"name": "Patient"}]},
            "statements": {"def": [subject, *defined]},
        }
    }
