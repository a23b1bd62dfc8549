"""Plans: beams with their control points, metersets, dose references and approval."""

from datetime import date
from pathlib import Path

from pydicom.dataset import Dataset

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.beams import Meterset, beam_of
from isocenter.intake.dicom_rt.elements import day, first_uid, items, number, open_file, reading, text, whole
from isocenter.terms.imaging import Beam, DosePrescription, TreatmentPlan
from isocenter.terms.problems import Problem


def read_plan(path: Path) -> tuple[TreatmentPlan, list[Problem]]:
    """The plan of an RTPLAN file; beams and dose references that cannot be read become problems."""
    with reading(str(path)):
        return plan_of(open_file(path), str(path))


def plan_of(dataset: Dataset, path: str) -> tuple[TreatmentPlan, list[Problem]]:
    """The plan of an open RTPLAN."""
    metersets, fractions, problems = _fraction_groups(dataset, path)
    beams, more = _beams(dataset, metersets, path)
    problems += more
    prescriptions, more = _prescriptions(dataset, path)
    problems += more
    plan_date, approved_on = (_day(dataset, keyword, path, problems) for keyword in ("RTPlanDate", "ReviewDate"))
    plan = TreatmentPlan(
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        label=text(dataset, "RTPlanLabel"),
        plan_date=plan_date,
        approval=text(dataset, "ApprovalStatus"),
        reviewer=text(dataset, "ReviewerName"),
        approved_on=approved_on,
        fractions=fractions,
        beams=beams,
        prescriptions=prescriptions,
        frame_of_reference_uid=text(dataset, "FrameOfReferenceUID"),
        structure_set_uid=first_uid(dataset, "ReferencedStructureSetSequence"),
    )
    return plan, problems


def _day(dataset: Dataset, keyword: str, path: str, problems: list[Problem]) -> date | None:
    try:
        return day(dataset, keyword)
    except UnreadableInput as error:
        problems.append(Problem(path, keyword, f"{error} The plan is read without it."))
        return None


def _fraction_groups(dataset: Dataset, path: str) -> tuple[dict[int, Meterset], int | None, list[Problem]]:
    """Monitor units and dose of each beam by its number, and the planned fractions.

    They are paired by ReferencedBeamNumber: set-up beams shift any pairing by position.
    """
    groups = items(dataset, "FractionGroupSequence")
    fractions = [n for group in groups if (n := whole(group, "NumberOfFractionsPlanned")) is not None]
    problems = []
    if len(groups) > 1:
        sentence = (
            f"The plan has {len(groups)} fraction groups of {', '.join(map(str, fractions))} fractions; "
            "they are read as one of their sum."
        )
        problems.append(Problem(path, "fraction groups", sentence))
    metersets: dict[int, Meterset] = {}
    for reference in (item for group in groups for item in items(group, "ReferencedBeamSequence")):
        beam_number = whole(reference, "ReferencedBeamNumber")
        if beam_number is None:
            problems.append(Problem(path, "fraction groups", "A meterset names no beam and is left out."))
        else:
            metersets[beam_number] = Meterset(number(reference, "BeamMeterset"), number(reference, "BeamDose"))
    return metersets, sum(fractions) if fractions else None, problems


def _beams(dataset: Dataset, metersets: dict[int, Meterset], path: str) -> tuple[tuple[Beam, ...], list[Problem]]:
    beams: list[Beam] = []
    problems = []
    for position, item in enumerate(items(dataset, "BeamSequence"), start=1):
        place = f"beam {text(item, 'BeamNumber') or f'at position {position}'}"
        try:
            beam, remarks = beam_of(item, metersets)
        except UnreadableInput as error:
            problems.append(Problem(path, place, f"{error} The beam is left out."))
            continue
        problems += [Problem(path, place, remark) for remark in remarks]
        if any(beam.number == other.number for other in beams):
            problems.append(Problem(path, place, "The beam number is used twice; the second beam is left out."))
        else:
            beams.append(beam)
    if not beams:
        problems.append(Problem(path, "beams", "The plan has no external beam that could be read."))
    return tuple(beams), problems


def _prescriptions(dataset: Dataset, path: str) -> tuple[tuple[DosePrescription, ...], list[Problem]]:
    prescriptions, problems = [], []
    for item in items(dataset, "DoseReferenceSequence"):
        try:
            prescriptions.append(
                DosePrescription(
                    kind=text(item, "DoseReferenceType"),
                    structure_number=whole(item, "ReferencedROINumber"),
                    description=text(item, "DoseReferenceDescription"),
                    target_dose_gy=number(item, "TargetPrescriptionDose"),
                    organ_maximum_gy=number(item, "OrganAtRiskMaximumDose"),
                    refers_to=text(item, "DoseReferenceStructureType"),
                )
            )
        except UnreadableInput as error:
            place = f"dose reference {text(item, 'DoseReferenceNumber')}"
            problems.append(Problem(path, place, f"{error} The dose reference is left out."))
    return tuple(prescriptions), problems
