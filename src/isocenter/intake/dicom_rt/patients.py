"""Whose an object is: patient ID, name, birth date and sex, without what de-identification put in their place."""

import re
from datetime import date

from pydicom.dataset import Dataset

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.elements import day, text
from isocenter.terms.imaging import Patient

# What is written where a name or number was removed, or was never a person's.
_PLACEHOLDER = re.compile(
    r"^(anon\w*|deid\w*|de-?identified|removed|unknown|unnamed|no ?name|none|n/?a|test\w*|phantom\w*|patient|dummy|"
    r"made ?up|example|sample|xx+|zz+|0+|\W*)$",
    re.IGNORECASE,
)
_EARLIEST_BIRTH_YEAR = 1901


def patient_of(dataset: Dataset) -> Patient:
    """The patient of an open object; what is stated as a placeholder counts as not stated."""
    groups = [group for group in text(dataset, "PatientName").split("=") if group.strip("^ ")]
    family_name, _, rest = (groups or [""])[0].partition("^")
    given_name = rest.split("^")[0]
    if _PLACEHOLDER.match(family_name.strip()):
        family_name = given_name = ""
    patient_id = text(dataset, "PatientID")
    is_removed = text(dataset, "PatientIdentityRemoved").upper() == "YES"
    return Patient(
        patient_id="" if _PLACEHOLDER.match(patient_id) else patient_id,
        family_name=family_name.strip(),
        given_name=given_name.strip(),
        birth_date=_birth_date(dataset),
        sex=text(dataset, "PatientSex").upper() if text(dataset, "PatientSex").upper() in ("M", "F") else "",
        is_deidentified=is_removed,
    )


def _birth_date(dataset: Dataset) -> date | None:
    try:
        born = day(dataset, "PatientBirthDate")
    except UnreadableInput:
        return None
    return born if born is not None and born.year >= _EARLIEST_BIRTH_YEAR else None
