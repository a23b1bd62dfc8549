"""Who is insured and by whom: FHIR Patient and Coverage."""

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache

from isocenter.files.texts import shown
from isocenter.intake.fhir.references import MBI_SYSTEM, Directory, codes, identifier_of, objects, text
from isocenter.intake.fhir.resources import Json
from isocenter.terms.courses import Member
from isocenter.terms.generations import with_generation

ZONES = timedelta(days=1)  # it is tomorrow elsewhere
_MONTH_OR_YEAR = re.compile(r"([1-9]\d{3})(?:-(0[1-9]|1[0-2]))?", re.ASCII)
_NOT_CONFIRMED = ("differential", "unconfirmed", "provisional")
_OF_PATIENTS = ("Condition", "Procedure", "ServiceRequest", "BodyStructure")
_SEX = {"male": "M", "female": "F"}
_SEXES_BY_EXTENSION = {
    "us-core-birthsex": {"M": "M", "F": "F"},
    "us-core-sex": {"248153007": "M", "248152002": "F"},
}
_OLDEST_YEARS = 120
_MEMBER_NUMBER, _RECORD_NUMBER, _MEDICARE_NUMBER = "MB", "MR", "MC"


def member_of(patient: Json, member_id: str) -> Member:
    """The person of a Patient, under the number by which the claims know them."""
    names = objects(patient, "name")
    official = next((name for name in names if text(name, "use") in ("official", "usual")), names[0] if names else {})
    given = official.get("given")
    return Member(
        member_id,
        with_generation(text(official, "family"), " ".join(_strings(official.get("suffix")))),
        " ".join(_strings(given)),
        day_of(text(patient, "birthDate")),
        _SEX.get(text(patient, "gender"), ""),
        identifier_of(patient, type_code=_RECORD_NUMBER),
    )


def sexes_of(patient: Json) -> frozenset[str]:
    """The sexes that a Patient states, by gender and by the extensions of US Core: M, F, both, or none."""
    stated = {_SEX.get(text(patient, "gender"), "")}
    for one in objects(patient, "extension"):
        known = _SEXES_BY_EXTENSION.get(text(one, "url").rpartition("/")[2], {})
        stated.add(known.get(text(one, "valueCode"), ""))
    return frozenset(stated - {""})


def _strings(stated: object) -> list[str]:
    return [part for part in stated if isinstance(part, str)] if isinstance(stated, list) else []


def current(patient: Json, directory: Directory) -> tuple[Json, str]:
    """The Patient that took the place of a Patient, else the same one, and why it may be out of date ('' if not)."""
    passed = {id(patient)}
    while replaced := [one for one in objects(patient, "link") if text(one, "type") == "replaced-by"]:
        found = directory.resolve(replaced[0].get("other"), patient)
        if found is None or found.get("resourceType") != "Patient" or id(found) in passed:
            return patient, "another Patient replaced it, and was not supplied; add that one"
        patient = found
        passed.add(id(patient))
    is_out_of_use = patient.get("active") is False
    reason = "its record is out of use (active is false); add the Patient in use, or have it put right"
    return patient, reason if is_out_of_use else ""


def shown_name(person: Json) -> str:
    """A person's name as it is written below a document; '' without one."""
    for name in objects(person, "name"):
        given = name.get("given")
        parts = [*(given if isinstance(given, list) else []), text(name, "family")]
        written = text(name, "text") or " ".join(part for part in parts if isinstance(part, str) and part)
        if written:
            return written
    return ""


def member_number(patient: Json) -> str:
    """The number under which a payer insures a Patient: the Medicare number before a member number, '' without both."""
    return (
        identifier_of(patient, MBI_SYSTEM)
        or identifier_of(patient, type_code=_MEDICARE_NUMBER)
        or identifier_of(patient, type_code=_MEMBER_NUMBER)
    )


@lru_cache(maxsize=4096)
def day_of(written: str) -> date | None:
    """The day of a FHIR date, dateTime or instant, as its place wrote it; None where no day is named."""
    try:
        return date.fromisoformat(written[:10]) if len(written) >= 10 else None
    except ValueError:
        return None


def days_meant(written: object) -> tuple[date, date] | None:
    """The first and the last day of a FHIR date, which may name a month or a year alone; None where it is none."""
    if not isinstance(written, str):
        return None
    day = day_of(written.strip())
    if day is not None:
        return day, day
    named = _MONTH_OR_YEAR.fullmatch(written.strip())
    if named is None:
        return None
    year, first, last = int(named[1]), int(named[2] or 1), int(named[2] or 12)
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def why_not_living(patient: Json | None, on: date) -> str:
    """Why a service on a day cannot be meant for a patient who has died, may have, or was not born; '' where it can."""
    if patient is None:
        return ""
    if born := text(patient, "birthDate"):
        days = days_meant(born)
        if days is None:
            return f"The patient's date of birth cannot be read ({shown(born)[:30]}); correct it."
        if days[0] > on:
            return f"The patient is stated to be born on {days[0]}, after the service on {on}; a person decides."
    written = text(patient, "deceasedDateTime")
    if written:
        died = day_of(written)
        if died is None:
            return f"The patient is stated to have died ({written[:30]}), without a day; a person decides."
        return f"The patient died on {died}, before the service on {on}; a person decides." if died < on else ""
    stated = patient.get("deceasedBoolean") is True
    return "The patient is stated to have died, without a day; a person decides." if stated else ""


def why_no_age(patient: Json | None, on: date) -> str:
    """Why a patient's date of birth cannot be meant: on the day of a service nobody is so old; '' where it can."""
    days = days_meant(text(patient, "birthDate")) if patient is not None else None
    if days is None or on.year - days[1].year <= _OLDEST_YEARS:
        return ""
    return f"The patient is stated to be born on {days[0]}, over {_OLDEST_YEARS} years before the service; correct it."


def why_no_diagnosis(condition: Json) -> str:
    """Why a Condition is not known to be the person's disease, in words; '' where nothing says so.

    A diagnosis that is thought of, or one of several that are, is none yet.
    """
    stated = set(codes(condition.get("verificationStatus")))
    if {"refuted", "entered-in-error"} & stated:
        return "was refuted or entered in error"
    doubtful = next((one for one in _NOT_CONFIRMED if one in stated), "")
    return f"is not confirmed (verificationStatus {doubtful})" if doubtful else ""


def counts_for_patient(resource: Json) -> bool:
    """Whether what a resource says is of the patient whom it names: a document, a disease, an order or a treatment."""
    return is_evidence(resource) or resource.get("resourceType") in _OF_PATIENTS


def is_evidence(resource: Json) -> bool:
    """Whether a resource is a document of somebody's record."""
    return resource.get("resourceType") in ("DocumentReference", "DiagnosticReport", "QuestionnaireResponse")
