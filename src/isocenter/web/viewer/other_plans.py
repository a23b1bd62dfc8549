"""Plans beside the reviewed one, as `isocenter plan` computes them for a comparison: their dose and curves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from isocenter.evidence.doses.dvh import Dvh, compute_dvhs
from isocenter.intake.dicom_rt.dose_sums import DosePart, whole_plan_dose
from isocenter.intake.dicom_rt.objects import read_object
from isocenter.measuring import MeasuredFolder
from isocenter.terms.imaging import ContouredStructure, DoseGrid, PlanFolder, TreatmentPlan

_MOST_PLANS = 4
_KINDS = ("plan", "dose")


@dataclass(frozen=True, eq=False)
class OtherPlan:
    """A plan that was set aside, with its dose and the curves of the structures that the reviewed plan has."""

    plan: TreatmentPlan
    dose: DoseGrid
    dvhs: tuple[Dvh, ...]


def other_plans(folder: Path, measured: MeasuredFolder) -> list[OtherPlan]:
    """The plans with a dose in the reviewed plan's frame of reference that the review set aside, at most four."""
    reviewed = measured.plan.folder
    structures = _measured_structures(measured)
    found = []
    for plan, parts in _with_doses(folder, measured):
        dose, _ = whole_plan_dose(parts, plan)
        if dose.frame_of_reference_uid == _frame_of(reviewed):
            found.append(OtherPlan(plan, dose, tuple(compute_dvhs(structures, dose)) if structures else ()))
    return found[:_MOST_PLANS]


def _with_doses(folder: Path, measured: MeasuredFolder) -> Iterator[tuple[TreatmentPlan, list[DosePart]]]:
    reviewed = measured.plan.folder
    known = {one.plan.sop_instance_uid for one in (reviewed, *reviewed.further, *reviewed.earlier) if one.plan}
    files = [file.path for file in measured.inputs if file.kind in _KINDS]
    if sum(file.kind == "plan" for file in measured.inputs) <= 1:
        return
    terms = [read_object(folder / path, path).term for path in files]
    doses = [term for term in terms if isinstance(term, DosePart)]
    for plan in terms:
        if isinstance(plan, TreatmentPlan) and plan.sop_instance_uid not in known:
            parts = [part for part in doses if part.grid.plan_uid == plan.sop_instance_uid and not part.verifies]
            if parts:
                yield plan, parts


def _measured_structures(measured: MeasuredFolder) -> Sequence[ContouredStructure]:
    numbers = {dvh.structure_number for dvh in measured.plan.dvhs}
    structures = measured.plan.folder.structure_set
    return [one for one in structures.structures if one.number in numbers] if structures else []


def _frame_of(folder: PlanFolder) -> str:
    grid = folder.summed_dose or folder.dose
    if grid is not None and grid.frame_of_reference_uid:
        return grid.frame_of_reference_uid
    return folder.ct.frame_of_reference_uid if folder.ct is not None else ""
