"""What in a plan cannot be right, or should be known before it is measured: one sentence each."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from isocenter.intake.dicom_rt.drawing_checks import check_drawing
from isocenter.terms.imaging import DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.problems import Problem

_BEAM_DOSE_TOLERANCE = 0.05  # share of the prescription by which the sum of beam doses may miss it
_LOWEST_MAXIMUM, _HIGHEST_MAXIMUM = 0.8, 2.0  # of the prescription: outside, dose and plan do not belong
_WIDEST_SPACING_MM = 10.0


class Places(NamedTuple):
    """The files that the parts of a plan folder came from; empty where a part is absent."""

    plan: str = ""
    structure_set: str = ""
    dose: str = ""
    ct: str = ""


def check(folder: PlanFolder, places: Places, ct_image_uids: frozenset[str] = frozenset()) -> list[Problem]:
    """Everything that does not fit within a plan and between its parts."""
    problems = [*_frames(folder, places), *_references(folder, places, ct_image_uids)]
    if folder.plan is not None:
        problems += _plan(folder.plan, places.plan)
    if folder.dose is not None:
        problems += _dose_grid(folder.dose, places.dose)
        if folder.plan is not None:
            problems += _dose_against_prescription(folder.dose, folder.plan, places.dose)
    if folder.structure_set is not None:
        problems += check_drawing(folder.structure_set, folder.ct, folder.dose, places.structure_set)
    return problems


def _frames(folder: PlanFolder, places: Places) -> Iterator[Problem]:
    parts = (folder.plan, folder.structure_set, folder.dose, folder.ct)
    names = ("plan", "structure set", "dose", "CT")
    frames = {
        name: (part.frame_of_reference_uid, place)
        for name, part, place in zip(names, parts, places, strict=True)
        if part is not None and part.frame_of_reference_uid
    }
    uids = [uid for uid, _ in frames.values()]
    if len(set(uids)) < 2:
        return
    usual = max(uids, key=uids.count)
    others = [name for name, (uid, _) in frames.items() if uid != usual]
    same = [name for name, (uid, _) in frames.items() if uid == usual]
    sentence = (
        f"The {' and '.join(others)} lie in another frame of reference than the {' and '.join(same)}, "
        "so their positions cannot be compared without a registration; check that they belong together."
    )
    yield Problem(frames[others[0]][1], "FrameOfReferenceUID", sentence)


def _references(folder: PlanFolder, places: Places, ct_image_uids: frozenset[str]) -> Iterator[Problem]:
    plan, structure_set, dose = folder.plan, folder.structure_set, folder.dose
    if plan and structure_set and plan.structure_set_uid != structure_set.sop_instance_uid:
        sentence = (
            "The plan refers to another structure set than the one in the folder, "
            "which is used all the same; check that they belong together."
        )
        yield Problem(places.plan, "ReferencedStructureSetSequence", sentence)
    if plan and dose and dose.plan_uid != plan.sop_instance_uid:
        sentence = (
            "The dose refers to another plan than the one in the folder; it is used all the same; "
            "check that they belong together."
        )
        yield Problem(places.dose, "ReferencedRTPlanSequence", sentence)
    if structure_set and ct_image_uids and structure_set.referenced_image_uids:
        drawn_on = set(structure_set.referenced_image_uids)
        if missing := len(drawn_on - ct_image_uids):
            sentence = f"{missing} of the {len(drawn_on)} images that the structures were drawn on are missing."
            yield Problem(places.structure_set, "ContourImageSequence", sentence)


def _plan(plan: TreatmentPlan, path: str) -> Iterator[Problem]:
    not_treating = [beam for beam in plan.beams if not beam.is_treatment]
    if not_treating:
        listed = ", ".join(f"{beam.number} {beam.name!r} ({beam.delivery_type})" for beam in not_treating)
        yield Problem(path, "beams", f"Beams that do not treat are not counted as fields: {listed}.")
    without_mu = [beam for beam in plan.treatment_beams if not beam.monitor_units]
    if without_mu:
        listed = ", ".join(f"{beam.number} {beam.name!r}" for beam in without_mu)
        sentence = f"Treatment beams have no monitor units: {listed}; export the plan after its calculation."
        yield Problem(path, "BeamMeterset", sentence)
    if plan.fractions is None:
        yield Problem(path, "fraction groups", "The plan does not say how many fractions it has.")
    yield from _prescription(plan, path)


def _prescription(plan: TreatmentPlan, path: str) -> Iterator[Problem]:
    prescribed_gy = plan.prescribed_dose_gy
    if prescribed_gy is None:
        yield Problem(path, "dose references", "The plan states no dose for a target; it is not known.")
        return
    for reference in plan.prescriptions:
        if reference.kind == "TARGET" and reference.is_point and reference.target_dose_gy != prescribed_gy:
            sentence = (
                f"The target dose of {reference.target_dose_gy or 0:.2f} Gy is that of a point "
                f"({reference.description or reference.refers_to}); the prescription is {prescribed_gy:g} Gy."
            )
            yield Problem(path, "dose references", sentence)
    doses_gy = [beam.beam_dose_gy for beam in plan.treatment_beams if beam.beam_dose_gy is not None]
    if not plan.fractions or not doses_gy or len(doses_gy) < len(plan.treatment_beams):
        return
    delivered_gy = plan.fractions * sum(doses_gy)
    if abs(delivered_gy - prescribed_gy) > _BEAM_DOSE_TOLERANCE * prescribed_gy:
        sentence = (
            f"{plan.fractions} fractions of the beams' doses make {delivered_gy:.2f} Gy, "
            f"the prescription is {prescribed_gy:g} Gy."
        )
        yield Problem(path, "BeamDose", sentence)


def _dose_grid(dose: DoseGrid, path: str) -> Iterator[Problem]:
    spacings_mm = [float(np.diff(axis).max()) for axis in (dose.x_mm, dose.y_mm, dose.z_mm) if len(axis) > 1]
    if spacings_mm and max(spacings_mm) > _WIDEST_SPACING_MM:
        sentence = f"The dose grid is as wide as {max(spacings_mm):g} mm; measures on it are coarse."
        yield Problem(path, "PixelSpacing", sentence)
    if len(dose.z_mm) == 1:
        yield Problem(path, "NumberOfFrames", "The dose is a single plane; no volume can be measured on it.")
    if not dose.dose_gy.any():
        yield Problem(path, "PixelData", "The dose is zero everywhere; export it after its calculation.")


def _dose_against_prescription(dose: DoseGrid, plan: TreatmentPlan, path: str) -> Iterator[Problem]:
    prescribed_gy = plan.prescribed_dose_gy
    highest_gy = float(dose.dose_gy.max())
    if not prescribed_gy or not highest_gy:
        return
    if not _LOWEST_MAXIMUM * prescribed_gy <= highest_gy <= _HIGHEST_MAXIMUM * prescribed_gy:
        sentence = (
            f"The highest dose is {highest_gy:.2f} Gy where {prescribed_gy:g} Gy are prescribed; "
            "check that dose and plan belong together and cover all fractions."
        )
        yield Problem(path, "dose", sentence)
