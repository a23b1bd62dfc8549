"""Plans: beams with their control points, metersets, dose references and approval."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.beam_doses import of_one_fraction
from isocenter.intake.dicom_rt.beams import Meterset, beam_of
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.decimals import parse_decimals
from isocenter.intake.dicom_rt.elements import (
    day,
    first_uid,
    items,
    number,
    open_file,
    raw_text,
    reading,
    text,
    whole,
)
from isocenter.intake.dicom_rt.orders import in_gray_by_beams, ordered_by_setups, ordered_of, prescriptions_of
from isocenter.intake.dicom_rt.patients import patient_of
from isocenter.terms.imaging import (
    Beam,
    FractionGroup,
    PlanModality,
    TreatmentPlan,
    UnreadBeam,
    highest_target_dose_gy,
)
from isocenter.terms.problems import Problem

_MOST_FRACTIONS = 100


def read_plan(path: Path) -> tuple[TreatmentPlan, list[Problem]]:
    """The plan of an RTPLAN file; beams and dose references that cannot be read become problems."""
    with reading(str(path)):
        return plan_of(open_file(path), str(path))


def plan_of(dataset: Dataset, path: str) -> tuple[TreatmentPlan, list[Problem]]:
    """The plan of an open RTPLAN or RT Ion Plan."""
    modality = _modality(dataset)
    groups, metersets, problems = _fraction_groups(dataset, path)
    beams, unread, more = _beams(dataset, metersets, modality, path)
    problems += more
    if modality == "external":
        beams, more = of_one_fraction(beams, groups, path)
        problems += more
    prescriptions, more = prescriptions_of(dataset, [group.fractions for group in groups], path)
    problems += more
    prescriptions, more = in_gray_by_beams(prescriptions, groups, beams, path)
    problems += more
    ordered = ordered_of(groups, prescriptions, beams, path)
    if modality == "brachytherapy" and not highest_target_dose_gy(prescriptions):
        ordered = ordered_by_setups(dataset, path) or ordered
    fractions, dose_gy, more = ordered
    problems += more
    plan_date, approved_on = (_day(dataset, keyword, path, problems) for keyword in ("RTPlanDate", "ReviewDate"))
    maker = (text(dataset, "Manufacturer"), text(dataset, "ManufacturerModelName"))
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
        ordered_dose_gy=dose_gy,
        fraction_groups=groups,
        patient_position=_patient_position(dataset, path, problems),
        patient=patient_of(dataset),
        intent=text(dataset, "PlanIntent"),
        geometry=text(dataset, "RTPlanGeometry"),
        manufacturer=" ".join(filter(None, maker)),
        modality=modality,
        verifies_another=bool(_related(dataset, "VERIFIED_PLAN")),
        made_from=_related(dataset, "PREDECESSOR"),
        unread_beams=unread,
    )
    return plan, problems


def _related(dataset: Dataset, relationship: str) -> tuple[str, ...]:
    """UIDs of the plans to which the plan has a relationship (DICOM PS3.3, RT Plan Relationship)."""
    references = items(dataset, "ReferencedRTPlanSequence")
    uids = [
        text(part, "ReferencedSOPInstanceUID")
        for part in references
        if text(part, "RTPlanRelationship") == relationship
    ]
    return tuple(filter(None, uids))


def _modality(dataset: Dataset) -> PlanModality:
    if items(dataset, "IonBeamSequence"):
        return "ion"
    is_brachytherapy = bool(items(dataset, "ApplicationSetupSequence")) and not items(dataset, "BeamSequence")
    return "brachytherapy" if is_brachytherapy else "external"


def _patient_position(dataset: Dataset, path: str, problems: list[Problem]) -> str:
    """How the patient lies at the machine; where set-ups differ, that of the first."""
    stated = [text(setup, "PatientPosition") for setup in items(dataset, "PatientSetupSequence")]
    positions = list(dict.fromkeys(filter(None, stated)))
    if len(positions) > 1:
        sentence = f"The plan's set-ups state several patient positions ({', '.join(positions)}); the first is used."
        problems.append(Problem(path, "PatientSetupSequence", sentence))
    return positions[0] if positions else ""


def _day(dataset: Dataset, keyword: str, path: str, problems: list[Problem]) -> date | None:
    try:
        return day(dataset, keyword)
    except UnreadableInput as error:
        problems.append(Problem(path, keyword, f"{error} The plan is read without it."))
        return None


def _fraction_groups(
    dataset: Dataset, path: str
) -> tuple[tuple[FractionGroup, ...], dict[int, Meterset], list[Problem]]:
    """The fraction groups, and meterset and dose of each beam by its number.

    They are paired by ReferencedBeamNumber: set-up beams shift any pairing by position.
    """
    groups, problems = [], []
    metersets: dict[int, Meterset] = {}
    for group in items(dataset, "FractionGroupSequence"):
        beams = []
        for reference in items(group, "ReferencedBeamSequence"):
            beam_number = whole(reference, "ReferencedBeamNumber")
            if beam_number is None:
                problems.append(Problem(path, "fraction groups", "A meterset names no beam and is left out."))
                continue
            if beam_number in beams:
                sentence = f"Beam {beam_number} is named twice in a fraction group; its first meterset is used."
                problems.append(Problem(path, "fraction groups", sentence))
                continue
            beams.append(beam_number)
            metersets[beam_number] = Meterset(
                number(reference, "BeamMeterset"), number(reference, "BeamDose"), _point(reference)
            )
        references = [
            whole(item, "ReferencedDoseReferenceNumber") for item in items(group, "ReferencedDoseReferenceSequence")
        ]
        fractions = whole(group, "NumberOfFractionsPlanned")
        if fractions is not None and not 0 < fractions <= _MOST_FRACTIONS:
            sentence = f"A fraction group states {fractions} fractions, which cannot be right; it is not used."
            problems.append(Problem(path, "NumberOfFractionsPlanned", sentence))
            fractions = None
        groups.append(FractionGroup(fractions, tuple(beams), tuple(n for n in references if n is not None)))
    return tuple(groups), metersets, problems


def _point(reference: Dataset) -> tuple[float, float, float] | None:
    """Where a beam's dose is; None where the file does not state three numbers."""
    raw = raw_text(reference, "BeamDoseSpecificationPoint")
    values = parse_decimals(raw) if raw else np.empty(0)
    if len(values) != 3 or not np.isfinite(values).all():
        return None
    return float(values[0]), float(values[1]), float(values[2])


def _beams(
    dataset: Dataset, metersets: dict[int, Meterset], modality: PlanModality, path: str
) -> tuple[tuple[Beam, ...], tuple[UnreadBeam, ...], list[Problem]]:
    """The beams; those that treat and cannot be read, or that a fraction group alone names; and what is amiss."""
    beams: list[Beam] = []
    left_out: list[Dataset] = []
    problems = []
    is_ion = modality == "ion"
    for position, item in enumerate(items(dataset, "IonBeamSequence" if is_ion else "BeamSequence"), start=1):
        place = f"beam {text(item, 'BeamNumber') or f'at position {position}'}"
        try:
            beam, remarks = beam_of(item, metersets, "IonControlPointSequence" if is_ion else "ControlPointSequence")
        except UnreadableInput as error:
            problems.append(Problem(path, place, f"{str(error).rstrip('.')}. The beam is left out."))
            left_out.append(item)
            continue
        problems += [Problem(path, place, remark) for remark in remarks]
        if any(beam.number == other.number for other in beams):
            problems.append(Problem(path, place, "The beam number is used twice; the second beam is left out."))
            left_out.append(item)
        else:
            beams.append(beam)
    if not beams and modality == "external":
        problems.append(Problem(path, "beams", "The plan has no external beam that could be read."))
    named = [] if modality == "brachytherapy" else sorted(n for n, given in metersets.items() if given.value)
    held = {beam.number for beam in beams} | {_beam_number(item) for item in left_out}
    missing = [beam_number for beam_number in named if beam_number not in held]
    unread = _numbered([item for item in left_out if _treats(item)], {beam.number for beam in beams}, missing)
    for beam_number in missing:
        sentence = "A fraction group gives monitor units through this beam, which the file does not hold; export it."
        problems.append(Problem(path, f"beam {beam_number}", sentence))
        unread.append(UnreadBeam(beam_number))
    return tuple(beams), tuple(unread), problems


def _treats(item: Dataset) -> bool:
    """Whether a beam that cannot be read as a whole does not say that it is for set-up or an image."""
    return text(item, "TreatmentDeliveryType") in ("", "TREATMENT", "CONTINUATION")


def _beam_number(item: Dataset) -> int | None:
    """The number of a beam; None where it has none that can be read."""
    try:
        return whole(item, "BeamNumber")
    except UnreadableInput:
        return None


def _numbered(left_out: Sequence[Dataset], taken: Collection[int], missing: list[int]) -> list[UnreadBeam]:
    """Beams that were left out, each with a number of its own.

    Where that is taken or not stated, it is one that a fraction group names and no beam has, which is taken out of
    missing; else the next free one.
    """
    numbers = {*taken, *missing}
    unread = []
    for item in left_out:
        stated = _beam_number(item)
        if stated is None or stated in numbers:
            stated = missing.pop(0) if missing else max(numbers, default=0) + 1
        numbers.add(stated)
        unread.append(UnreadBeam(stated, text(item, "BeamName")))
    return unread
