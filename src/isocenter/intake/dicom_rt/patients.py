"""Whose an object is: patient ID, name, birth date and sex, without what de-identification put in their place."""

import re
from datetime import date

from pydicom.dataset import Dataset

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.elements import day, items, text
from isocenter.terms.imaging import Patient

# What is written where a name or number was removed, or was never a person's.
_PLACEHOLDER = re.compile(
    r"^(anon[\w-]*|deid[\w-]*|de-identified|removed|redacted|unknown|unnamed|no ?name|no ?id|none|n/?a|made ?up"
    r"|phantom\w*|xx+|zz+|0+|\W*)$",
    re.IGNORECASE,
)
# What says in the place of a name that the person's data were removed: the number beside it is no person's either.
_REMOVED = re.compile(r"(anon(ym\w*)?|deid(ent\w*)?|de-ident\w*|removed|redacted)([ _-]?\d+)?", re.IGNORECASE)
# What names nobody either, unless a name stands beside it.
_NOBODY = re.compile(r"^(test\w*|patient\w*|dummy|example|sample|qa|\d+|)$", re.IGNORECASE)
# A number that a program made: a hash, or an identifier of the kind of DICOM's.
_MADE_NUMBER = re.compile(r"^([0-9a-f]{24,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(\.\d+){3,})$", re.IGNORECASE)
_EARLIEST_BIRTH_YEAR = 1901


def patient_of(dataset: Dataset) -> Patient:
    """The patient of an open object; what is stated as a placeholder counts as not stated."""
    groups = [group for group in text(dataset, "PatientName").split("=") if group.strip("^ ")]
    family_name, *rest = ((groups or [""])[0] + "^^").split("^")
    given_name = " ".join(part.strip() for part in rest[:2] if part.strip())
    patient_id = text(dataset, "PatientID")
    is_repeated = _squeezed(family_name + given_name) == _squeezed(patient_id) != ""
    if is_repeated or _names_nobody(family_name.strip(), given_name):
        family_name = given_name = ""
    is_deidentified = _is_deidentified(dataset)
    is_pseudonym = is_repeated or is_deidentified or _is_no_number(patient_id)
    tells_apart = is_pseudonym and (re.search(r"[1-9]", patient_id) or not _PLACEHOLDER.match(patient_id))
    return Patient(
        patient_id="" if is_pseudonym else patient_id,
        family_name=family_name.strip(),
        given_name=given_name,
        birth_date=_birth_date(dataset),
        sex=text(dataset, "PatientSex").upper() if text(dataset, "PatientSex").upper() in ("M", "F") else "",
        is_deidentified=is_deidentified,
        pseudonym=patient_id if tells_apart else "",
    )


def _names_nobody(family_name: str, given_name: str) -> bool:
    """Whether a name is a placeholder or a pseudonym: no person's name holds digits."""
    if _PLACEHOLDER.match(family_name) or any(letter.isdigit() for letter in family_name):
        return True
    is_nobody = _NOBODY.match(given_name) or _PLACEHOLDER.match(given_name)
    return bool(_NOBODY.match(family_name) and is_nobody)


def _is_no_number(patient_id: str) -> bool:
    """Whether a patient ID is a placeholder, or a number that a program made."""
    patterns = (_PLACEHOLDER, _MADE_NUMBER) if patient_id.isdigit() else (_PLACEHOLDER, _MADE_NUMBER, _NOBODY)
    return any(pattern.match(patient_id) for pattern in patterns)


def _squeezed(words: str) -> str:
    return re.sub(r"\W|_", "", words).casefold()


def _is_deidentified(dataset: Dataset) -> bool:
    """Whether the file says so, in the place of the name too, or says how its patient's data were removed."""
    stated = text(dataset, "PatientIdentityRemoved").upper()
    says_how = text(dataset, "DeidentificationMethod") or items(dataset, "DeidentificationMethodCodeSequence")
    is_removed = any(_REMOVED.fullmatch(part.strip()) for part in text(dataset, "PatientName").split("^"))
    return stated == "YES" or is_removed or (stated != "NO" and bool(says_how))


def _birth_date(dataset: Dataset) -> date | None:
    try:
        born = day(dataset, "PatientBirthDate")
    except UnreadableInput:
        return None
    return born if born is not None and born.year >= _EARLIEST_BIRTH_YEAR else None
