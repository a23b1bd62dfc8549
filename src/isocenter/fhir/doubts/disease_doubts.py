"""Finds diagnoses by which a yes would be another disease's: over, suspected, or of another place in the body.

Source of the categories of tumors: ICD-10-CM (CDC/NCHS).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from isocenter.files.texts import shown
from isocenter.intake.fhir.code_systems import is_icd10
from isocenter.intake.fhir.people import ZONES, days_meant
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
# A disease that a patient or somebody of the family had; not one that came back.
_OF_THE_PAST = re.compile(
    r"^\W*(?:(?:personal|family|past|remote|prior)\s+)?(?:medical\s+)?(?:history|hx|h/o)\b|\bfamily\s+history\s+of\b"
    r"|\bin\s+(?:complete\s+)?remission\b|\bno\s+evidence\s+of\s+disease\b|\bNED\b",
    re.IGNORECASE,
)
_CAME_BACK = re.compile(
    r"\b(?:recurr\w*|relaps\w*|now|biochemical|rising|persist\w*|progress\w*|metasta\w*|salvage|adjuvant|new|with)\b",
    re.IGNORECASE,
)
# In the note of a disease; what is said of its spread, or of an earlier sample, does not rule it out.
_RULED_OUT = re.compile(
    r"(?:^|[.;!\n])\W{0,20}(?:ruled\s+out|excluded|not\s+confirmed|unconfirmed|suspected|presumed|r/o|rule[- ]out"
    r"|entered\s+in\s+error|no\s+(?:cancer|malignancy|tumor)(?=\W{0,20}(?:$|[.;!\n])))"
    r"|\b(?:this|cancer|carcinoma|malignancy|diagnosis|tumor|neoplasm)\s+(?:(?:is|was|has|been|now)\s+)*"
    r"(?:ruled\s+out|excluded|refuted|not\s+confirmed|unlikely|disproven)\b"
    r"|\b(?:does|did)\s+not\s+have\s+(?:\w+\s+){0,2}(?:cancer|carcinoma|malignancy)\b"
    r"|\b(?:biops\w*|pathology|histology)\s+(?:(?:is|was|came|back|returned|shows)\s+)*(?:benign|negative(?!\s+margin))"
    r"|\b(?:entered|coded)\s+(?:in\s+error|by\s+mistake)\b",
    re.IGNORECASE,
)
_OF_ANOTHER_TIME_OR_PLACE = re.compile(
    r"\b(?:prior|previous(?:ly)?|earlier|first|initial|metasta\w*|nod(?:e|al)\w*|recurren\w*|margins?|second|spread)\b",
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
    """Why a Condition is doubtful: it is of another place than its code, or ruled out in its words."""
    named = condition.get("code")
    elsewhere = why_elsewhere(objects(condition, "bodySite"), diagnoses_in(named))
    otherwise = why_said_otherwise(named) if isinstance(named, Mapping) else ""
    return elsewhere or otherwise or why_ruled_out(condition)


def why_said_otherwise(concept: Json) -> str:
    """Why a coded diagnosis is doubtful by its own words: they name another organ, or say that it is suspected."""
    coded = diagnoses_in(concept)
    if not coded:
        return ""
    words = [text(concept, "text"), *(text(one, "display") for one in objects(concept, "coding"))]
    said = next((one for one in words if _SUSPECTED.search(one)), "")
    if said:
        quoted = shown(said)[:100]
        return f"The diagnosis is {coded[0]}, and its words say “{quoted}”; a suspected disease is not a diagnosis yet."
    said = next((one for one in words if _OF_THE_PAST.search(one) and not _CAME_BACK.search(one)), "")
    if said:
        quoted = shown(said)[:100]
        return f"The diagnosis is {coded[0]}, and its words say “{quoted}”; whether it is there now is not known."
    of_one_place = _OF_PRIMARY_TUMORS.match(coded[0]) and not any(_SPREAD.search(one) for one in words)
    named = [why_elsewhere([{"text": one}], coded) for one in words if of_one_place and one]
    if not any(named):
        return ""
    return f"The diagnosis is {coded[0]}, and its words say “{shown(words[0] or words[1])[:100]}”; correct one of them."


def why_ruled_out(condition: Json) -> str:
    """Why a Condition is no disease to be treated, by its notes: they say that it is ruled out, or only suspected."""
    for note in objects(condition, "note"):
        for said in re.split(r"[.;!\n]+", text(note, "text")):
            if _RULED_OUT.search(said) and not _OF_ANOTHER_TIME_OR_PLACE.search(said):
                return (
                    f"The note of the Condition says “{shown(said.strip())[:100]}”; it is not known whether this is so."
                )
    return ""


def why_begins_later(condition: Json, on: date) -> str:
    """Why a Condition is none that a service on a day is for: it is stated to begin later; '' where it is not."""
    period = condition.get("onsetPeriod")
    began = text(condition, "onsetDateTime") or (text(period, "start") if isinstance(period, Mapping) else "")
    days = days_meant(began)
    if began and days is None:
        return f"The day on which the Condition began cannot be read ({shown(began)[:30]}, onset); correct it."
    if days is None or days[0] <= on + ZONES:
        return ""
    return f"The Condition is stated to begin on {days[0]}, after the order, {on}; correct one of them."


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
