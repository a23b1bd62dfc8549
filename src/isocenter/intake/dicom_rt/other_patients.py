"""Files of a folder that are of another patient than the rest, or do not say whose they are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations

from isocenter.intake.dicom_rt.dose_sums import DosePart
from isocenter.intake.dicom_rt.objects import ReadObject
from isocenter.terms.imaging import Patient, StructureSet, TreatmentPlan
from isocenter.terms.one_person import Contradiction, are_two_persons, contradictions
from isocenter.terms.problems import Problem, SeveralPatients
from isocenter.terms.record_numbers import share_number

_STATED_AS = {
    "patient_name": ("PatientName", "name"),
    "birth_date": ("PatientBirthDate", "birth date"),
    "sex": ("PatientSex", "sex"),
}
_MOST_LISTED = 3
_LEAST_FILES = 3  # that have an ID each, before all are taken for replaced


def of_several_patients(objects: Sequence[ReadObject], member: Patient | None = None) -> list[Problem]:
    """A sentence where files are of another patient than the member, else than the plans, else than most files."""
    patients = Counter(found.patient for found in objects if found.patient.is_stated or found.patient.pseudonym)
    usual = _whose_folder(objects, patients, member)
    others = {patient for patient in patients if are_two_persons(patient, usual)}
    contradicted = _stated_otherwise(objects, [one for one in patients if one not in others], usual)
    if not others:
        return contradicted + _of_no_patient(objects)
    if bear_an_id_each(objects):
        plans = [found for found in objects if isinstance(found.term, TreatmentPlan)]
        sentence = (
            "Plan, structures and dose each have a different patient ID, as when a program replaced it file by "
            "file; nothing shows that they are of one patient, and they are not used together. Export them again "
            "under one patient ID."
        )
        return [SeveralPatients(plans[0].path if plans else objects[0].path, "PatientID", sentence)]
    paths = [found.path for found in objects if found.patient in others]
    has_other_id = any(other.number and usual.number and not share_number(other, usual) for other in others)
    differing = {one.item for other in others for one in contradictions(other, usual)}
    name = "name and birth date" if "birth_date" in differing else "name"
    counted = "1 file has" if len(paths) == 1 else f"{len(paths)} files have"
    sentence = (
        f"{counted} another patient {'ID' if has_other_id else name} than the other "
        f"{patients.total() - len(paths)} (first: {paths[0]}); make sure that all are of one patient."
    )
    keyword = "PatientID" if has_other_id else "PatientName"
    return [SeveralPatients(paths[0], keyword, sentence), *contradicted]


def _stated_otherwise(objects: Sequence[ReadObject], patients: Iterable[Patient], usual: Patient) -> list[Problem]:
    """A sentence for each of name, birth date and sex that some files of the same number state otherwise."""
    found: dict[str, dict[Patient, Contradiction]] = {}
    for patient in patients:
        for one in contradictions(patient, usual):
            found.setdefault(one.item, {})[patient] = one
    problems: list[Problem] = []
    for item, by_patient in found.items():
        paths = [one.path for one in objects if one.patient in by_patient]
        stated = list(dict.fromkeys(one.of_one for one in by_patient.values()))
        listed = ", ".join(stated[:_MOST_LISTED]) + (", ..." if len(stated) > _MOST_LISTED else "")
        files = "1 file states" if len(paths) == 1 else f"{len(paths)} files state"
        keyword, words = _STATED_AS[item]
        expected = next(iter(by_patient.values())).of_other
        sentence = (
            f"{files} the {words} {listed} of the patient where others state {expected} (first: {paths[0]}); make "
            "sure that all are of one patient."
        )
        problems.append(SeveralPatients(paths[0], keyword, sentence))
    return problems


def bear_an_id_each(objects: Sequence[ReadObject]) -> bool:
    """Whether plans, structures and doses have patient IDs of which no two agree, as where a program replaced them."""
    parts = [found for found in objects if isinstance(found.term, TreatmentPlan | StructureSet | DosePart)]
    patients = [found.patient for found in parts]
    if len(parts) < _LEAST_FILES or not all(patient.number for patient in patients):
        return False
    return not any(share_number(one, other) for one, other in combinations(patients, 2))


def _whose_folder(objects: Sequence[ReadObject], patients: Counter[Patient], member: Patient | None) -> Patient:
    """The patient who is the member; where none is for certain, the one of all plans, else of most files."""
    of_member = [patient for patient in patients if member is not None and _is_one(patient, member)]
    of_plans = [found.patient for found in objects if isinstance(found.term, TreatmentPlan)]
    of_plans = [patient for patient in of_plans if patient in patients]
    if of_member:
        return max(of_member, key=lambda patient: patients[patient])
    if of_plans and not any(are_two_persons(patient, of_plans[0]) for patient in of_plans):
        return of_plans[0]
    return max(patients, key=lambda patient: patients[patient], default=Patient())


def _is_one(patient: Patient, member: Patient) -> bool:
    """Whether both have one record number, or one family name and one birth date."""
    if share_number(patient, member):
        return True
    births = {patient.birth_date, member.birth_date}
    names = {patient.family_name.casefold(), member.family_name.casefold()}
    return len(births) == len(names) == 1 and None not in births and "" not in names


def _of_no_patient(objects: Sequence[ReadObject]) -> list[Problem]:
    """A sentence where some files state whose they are and others are de-identified."""
    objects = [found for found in objects if found.term is not None]
    nameless = [found.path for found in objects if found.patient.is_deidentified or not found.patient.is_stated]
    if not nameless or len(nameless) == len(objects):
        return []
    which = (
        "1 file does not state whose it is"
        if len(nameless) == 1
        else f"{len(nameless)} files do not state whose they are"
    )
    sentence = f"{which}, as the others do (first: {nameless[0]}); make sure that all are of one patient."
    return [Problem(nameless[0], "PatientID", sentence)]
