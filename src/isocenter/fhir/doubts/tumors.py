"""Finds diagnoses by which a yes could be for another tumor, or another patient, than the one to be treated.

Source of the categories of tumors: ICD-10-CM (CDC/NCHS).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from isocenter.fhir.doubts.disease_doubts import why_elsewhere
from isocenter.intake.fhir.people import days_meant, sexes_of
from isocenter.intake.fhir.references import text
from isocenter.intake.fhir_r4 import FhirRows
from isocenter.review.diagnosed import diagnosed_tumors
from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis

Json = Mapping[str, Any]
_FEMALE = ("C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58", "C796", "D06", "D070", "D071", "D072", "D073", "D25",
           "D26", "D27", "D28", "D39")  # fmt: skip
_MALE = ("C60", "C61", "C62", "C63", "D074", "D075", "D076", "D29", "D40")
# Carcinomas of breast, lung, gut, pancreas, cervix, womb, prostate and bladder.
_OF_ADULTS = ("C50", "C34", "C15", "C16", "C18", "C19", "C20", "C21", "C25", "C53", "C54", "C61", "C67")
_ADULT_YEARS = 18
_TUMOR = re.compile(r"C|D[0-4]")
_ORGANS_OF = (("F", "female", _FEMALE), ("M", "male", _MALE))
# Lymph nodes are treated with their tumor, C80 names no place, and most benign tumors are not treated.
_OF_NO_OTHER_COURSE = re.compile(r"C77|C80|D1|D2|D3[0146]")


def why_not_of_patient(read: FhirRows, person: Json | None) -> str:
    """Why a diagnosis can hardly be the patient's: the tumor is of an organ of the other sex; '' where none is."""
    sexes = sexes_of(dict(person)) if person is not None else frozenset()
    for code in (row.icd10 for row in _diagnoses(read)) if sexes else ():
        for sex, organs, categories in _ORGANS_OF:
            if sex not in sexes and code.replace(".", "").startswith(categories):
                stated = "female" if "F" in sexes else "male"
                return (
                    f"{code} is a tumor of {organs} genital organs, and the patient is stated to be {stated}; correct"
                    " the diagnosis, or state the sex assigned at birth too (us-core-birthsex)."
                )
    return ""


def why_too_young(read: FhirRows, person: Json | None, on: date) -> str:
    """Why a diagnosis can hardly be the patient's on a day: a carcinoma of adults, or any tumor within a year of birth.

    '' where the day of birth is not known.
    """
    born = days_meant(text(person, "birthDate")) if person is not None else None
    if born is None:
        return ""
    years = on.year - born[0].year - ((on.month, on.day) < (born[0].month, born[0].day))
    codes = [row.icd10 for row in _diagnoses(read) if _TUMOR.match(row.icd10)]
    code = next((one for one in codes if years < 1 or (years < _ADULT_YEARS and one.startswith(_OF_ADULTS))), "")
    if not code:
        return ""
    return (
        f"The patient is stated to be born on {born[0]}, so {years} years old, and {code} is very rare at this age;"
        " correct the date of birth or the diagnosis, or a person decides."
    )


def why_several_tumors(read: FhirRows, rulebooks: Sequence[Rulebook], body_sites: Iterable[Json] = ()) -> str:
    """Why it is not known which tumor is to be treated: a second one lies elsewhere than the first; '' where it is.

    It is known where the body site of the order (`body_sites`) is an organ of the first one alone, and where each line
    of a request names the diagnosis that it is for.
    """
    known = sorted({(row.position, row.icd10) for row in _diagnoses(read)})
    codes = [code for _, code in known if not _OF_NO_OTHER_COURSE.match(code)]
    tumors = diagnosed_tumors(codes, rulebooks) if len(set(codes)) > 1 else []
    elsewhere = [one for one in tumors[1:] if _is_elsewhere(one, tumors[0])]
    if not elsewhere:
        return ""
    others = {code for code, _, _ in elsewhere}
    own = [code for code, _, _ in tumors if code not in others]
    sites = list(body_sites)
    if sites and not why_elsewhere(sites, own) and all(why_elsewhere([one], others) for one in sites):
        return ""
    if _lines_are_for(own, others, read):
        return ""
    return (
        f"Beside {tumors[0][0]} there is a second tumor, {elsewhere[0][0]}; which one is to be treated is not known."
        " State the body site in the order, or the diagnosis of each item in a request (diagnosisSequence)."
    )


def _diagnoses(read: FhirRows) -> list[Diagnosis | ClaimDiagnosis]:
    return [row for row in read.rows if isinstance(row, Diagnosis | ClaimDiagnosis)]


def _is_elsewhere(one: tuple[str, str, str], first: tuple[str, str, str]) -> bool:
    """Whether a tumor lies elsewhere than the first one; of a site that is not known it is not the same one."""
    is_same_site = one[1] == first[1] if one[1] and first[1] else one[0][:3] == first[0][:3]
    return not is_same_site or bool(one[2] and first[2] and one[2] != first[2])


def _lines_are_for(own: Sequence[str], others: Collection[str], read: FhirRows) -> bool:
    """Whether each line of a request names a diagnosis of `own`, and none of `others`."""
    lines = [row for row in read.rows if isinstance(row, ClaimLine)]
    at = {row.position: row.icd10 for row in read.rows if isinstance(row, ClaimDiagnosis)}
    for line in lines:
        places = (
            line.diagnosis_pointer_1,
            line.diagnosis_pointer_2,
            line.diagnosis_pointer_3,
            line.diagnosis_pointer_4,
        )
        named = {at.get(place, "") for place in places if place}
        if not named & {*own} or named & {*others}:
            return False
    return bool(lines)
