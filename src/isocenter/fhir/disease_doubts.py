"""Finds diagnoses by which a yes would be another disease's: over, suspected, or of another place in the body.

Source of the categories of tumors: ICD-10-CM (CDC/NCHS).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from isocenter.files import shown
from isocenter.intake.fhir.code_systems import is_icd10
from isocenter.intake.fhir.references import codes, objects, text
from isocenter.intake.fhir.therapy_course import SNOMED

Json = Mapping[str, Any]
_NO_LONGER = ("resolved", "inactive", "remission")
# Organs by their SNOMED concepts and in words, with the categories of tumors that lie in them.
_ORGANS = (
    ("breast", ("76752008", "80248007", "73056007"), ("C50", "C7981", "D05")),
    ("prostate", ("41216001",), ("C61", "C7982", "D075", "D400")),
    ("brain", ("12738006",), ("C70", "C71", "C72", "C793", "C794", "C75", "D32", "D33", "D35", "D42", "D43", "D44")),
    ("lung", ("39607008", "3341006", "44029006"), ("C34", "C780", "C7A090", "D022")),
)
_TUMOR = re.compile(r"C|D[0-4]")
_SUSPECTED = re.compile(
    r"\b(?:suspect\w*|rule[- ]out|r/o|possib\w+|probabl\w+|presum\w+|question of|not (?:yet )?confirmed|unconfirmed)\b",
    re.IGNORECASE,
)
_OF_PRIMARY_TUMORS = re.compile(r"C[0-2]|C3[0-24]|C50|C6|C7[0-2]")  # not of skin or soft tissue of an organ
_SPREAD = re.compile(r"metasta|second|spread", re.IGNORECASE)


def why_elsewhere(body_sites: Iterable[Json], diagnoses: Iterable[str]) -> str:
    """Why it is not known where a service is given: its site in the body is an organ that no diagnosis names.

    `diagnoses` are codes of ICD-10-CM; '' where none is of a tumor, and of organs and sites that are not compared.
    """
    tumors = [code for code in diagnoses if _TUMOR.match(code)]
    for concept in body_sites if tumors else ():
        words = [text(concept, "text"), *(text(one, "display") for one in objects(concept, "coding"))]
        for organ, concepts, categories in _ORGANS:
            is_named = set(concepts) & set(codes(concept, SNOMED)) or any(
                re.search(rf"\b{organ}\b", one, re.IGNORECASE) for one in words
            )
            if is_named and not any(code.replace(".", "").startswith(categories) for code in tumors):
                return f"The site in the body is the {organ}, and the diagnosis is {tumors[0]}; correct one of them."
    return ""


def why_doubtful(condition: Json) -> str:
    """Why a Condition is doubtful: it is of another place than its code, or than its own words."""
    named = condition.get("code")
    elsewhere = why_elsewhere(objects(condition, "bodySite"), diagnoses_in(named))
    return elsewhere or (why_said_otherwise(named) if isinstance(named, Mapping) else "")


def why_said_otherwise(concept: Json) -> str:
    """Why a coded diagnosis is doubtful by its own words: they name another organ, or say that it is suspected."""
    coded = diagnoses_in(concept)
    if not coded:
        return ""
    words = [text(concept, "text"), *(text(one, "display") for one in objects(concept, "coding"))]
    said = next((one for one in words if _SUSPECTED.search(one)), "")
    if said:
        return f"The diagnosis is {coded[0]}, and its words say “{shown(said)[:100]}”; a suspected disease is none yet."
    of_one_place = _OF_PRIMARY_TUMORS.match(coded[0]) and not any(_SPREAD.search(one) for one in words)
    named = [why_elsewhere([{"text": one}], coded) for one in words if of_one_place and one]
    if not any(named):
        return ""
    return f"The diagnosis is {coded[0]}, and its words say “{shown(words[0] or words[1])[:100]}”; correct one of them."


def how_ended(condition: Json) -> str:
    """How a Condition is stated to be over; '' where nothing says so."""
    stated = next((one for one in _NO_LONGER if one in codes(condition.get("clinicalStatus"))), "")
    is_over = condition.get("abatementBoolean") is True or any(
        name.startswith("abatement") and name != "abatementBoolean" for name in condition
    )
    return stated or ("over (abatement)" if is_over else "")


def diagnoses_in(concept: object) -> list[str]:
    codings = objects(concept, "coding") if isinstance(concept, Mapping) else []
    return [text(one, "code").strip().upper() for one in codings if is_icd10(text(one, "system"))]
