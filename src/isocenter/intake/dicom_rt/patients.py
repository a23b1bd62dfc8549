"""Whose an object is: patient ID, name, birth date and sex, without what de-identification put in their place."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import day, items, raw_text, text
from isocenter.terms.generations import with_generation
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
# A year, with or without its month, and zeros where the rest is not known.
_YEAR_ALONE = re.compile(r"(19\d\d|20\d\d)(\d\d(00)?)?")
# Days that programs write where no birth date is known: the first days of their calendars.
_NO_BIRTH_DAYS = frozenset((date(1899, 12, 30), date(1899, 12, 31)))
_EARLIEST_BIRTH_YEAR, _EARLIEST_FIRST_OF_JANUARY = 1850, 1901


def patient_of(dataset: Dataset) -> Patient:
    """The patient of an open object; what is stated as a placeholder counts as not stated."""
    names = _names(text(dataset, "PatientName")) or [("", "")]
    family_name, given_name = names[0]
    patient_id = text(dataset, "PatientID")
    is_repeated = _squeezed(family_name + given_name) == _squeezed(patient_id) != ""
    is_nobody = is_repeated or _names_nobody(family_name, given_name)
    if is_nobody:
        family_name = given_name = ""
    is_deidentified = _is_deidentified(dataset)
    is_pseudonym = is_repeated or is_deidentified or _is_no_number(patient_id)
    tells_apart = is_pseudonym and (re.search(r"[1-9]", patient_id) or not _PLACEHOLDER.match(patient_id))
    birth_date, birth_year = _birth(dataset)
    return Patient(
        patient_id="" if is_pseudonym else patient_id,
        family_name=family_name,
        given_name=given_name,
        birth_date=birth_date,
        sex=text(dataset, "PatientSex").upper() if text(dataset, "PatientSex").upper() in ("M", "F") else "",
        is_deidentified=is_deidentified,
        pseudonym=patient_id if tells_apart else "",
        birth_year=birth_year,
        other_names=() if is_nobody else tuple(_other_names(dataset, names)),
        other_ids=() if is_pseudonym else tuple(_other_ids(dataset)),
    )


def _names(stated: str) -> list[tuple[str, str]]:
    """Family name, with its generation, and given name of each of up to three scripts."""
    parts = [group.split("^") for group in stated.split("=") if group.strip("^ ")]
    return [
        (
            with_generation(family.strip(), " ".join(rest[3:4])),
            " ".join(part.strip() for part in rest[:2] if part.strip()),
        )
        for family, *rest in parts
    ]


def _other_names(dataset: Dataset, names: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The name in other scripts, the name at birth and former ones."""
    yield from names[1:]
    for keyword in ("PatientBirthName", "OtherPatientNames"):
        for stated in text(dataset, keyword).strip("[]").split("\\"):
            yield from (name for name in _names(stated) if not _names_nobody(*name))


def _other_ids(dataset: Dataset) -> Iterator[str]:
    """Numbers of other departments, in the place of today and in the retired one."""
    stated = [text(part, "PatientID") for part in items(dataset, "OtherPatientIDsSequence")]
    stated += raw_text(dataset, "OtherPatientIDs").decode("latin-1").split("\\")
    yield from (number.strip() for number in stated if number.strip() and not _is_no_number(number.strip()))


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


def _birth(dataset: Dataset) -> tuple[date | None, int | None]:
    """The day of birth; the year alone where no day is stated; neither for a day that stands for none."""
    try:
        born = day(dataset, "PatientBirthDate")
    except UnreadableInput:
        year = _YEAR_ALONE.fullmatch(text(dataset, "PatientBirthDate"))
        return None, int(year[1]) if year else None
    earliest = _EARLIEST_FIRST_OF_JANUARY if born and (born.month, born.day) == (1, 1) else _EARLIEST_BIRTH_YEAR
    return (None if born is None or born.year < earliest or born in _NO_BIRTH_DAYS else born), None
