"""What in a plan cannot be right, or should be known before it is measured: one sentence each."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from isocenter.intake.dicom_rt.drawing_checks import check_drawing
from isocenter.terms.dose_height import is_far_from_order
from isocenter.terms.imaging import Beam, DoseGrid, PlanFolder, TreatmentPlan
from isocenter.terms.problems import Problem, listed

_BEAM_DOSE_TOLERANCE = 0.05  # share of the prescription by which the sum of beam doses may miss it
_WIDEST_SPACING_MM = 10.0


class Places(NamedTuple):
    """The files that the parts of a plan folder came from; empty where a part is absent."""

    plan: str = ""
    structure_set: str = ""
    dose: str = ""
    ct: str = ""


def check(
    folder: PlanFolder,
    places: Places,
    ct_image_uids: frozenset[str] = frozenset(),
    registered: frozenset[frozenset[str]] = frozenset(),
) -> list[Problem]:
    """Everything that does not fit within a plan and between its parts; registered: pairs of linked frames."""
    problems = [*_frames(folder, places, registered), *_references(folder, places, ct_image_uids)]
    if folder.plan is not None:
        problems += _plan(folder.plan, places.plan)
    if folder.dose is not None:
        problems += _dose_grid(folder.dose, places.dose)
        if folder.plan is not None:
            ordered_gy = folder.plan.prescribed_dose_gy
            is_unbounded = folder.plan.modality == "brachytherapy"
            problems += dose_against_order(folder.dose, ordered_gy, places.dose, is_unbounded=is_unbounded)
    problems += _position(folder, places)
    if folder.structure_set is not None:
        problems += check_drawing(folder.structure_set, folder.ct, places.structure_set)
    return problems


def _frames(folder: PlanFolder, places: Places, registered: frozenset[frozenset[str]]) -> Iterator[Problem]:
    parts = (folder.plan, folder.structure_set, folder.dose, folder.ct)
    names = ("plan", "structure set", "dose", "CT")
    frames = {
        name: (part.frame_of_reference_uid, place)
        for name, part, place in zip(names, parts, places, strict=True)
        if part is not None and part.frame_of_reference_uid
    }
    silent = [
        (name, place)
        for name, part, place in zip(names, parts, places, strict=True)
        if part is not None and name not in frames and name != "plan"
    ]
    if silent and frames:
        listed = " and ".join(name for name, _ in silent)
        states, it_is = ("states", "it is") if len(silent) == 1 else ("state", "they are")
        sentence = (
            f"The {listed} {states} no frame of reference; {it_is} taken to lie in that of the {next(iter(frames))}. "
            "Look at the pictures of the plan, or export it again."
        )
        yield Problem(silent[0][1], "FrameOfReferenceUID", sentence)
    uids = [uid for uid, _ in frames.values()]
    if len(set(uids)) < 2:
        return
    usual = max(uids, key=uids.count)
    others = [name for name, (uid, _) in frames.items() if uid != usual and frozenset((uid, usual)) not in registered]
    if not others:
        return
    same = [name for name, (uid, _) in frames.items() if uid == usual]
    lie = "lies" if len(others) == 1 else "lie"
    sentence = (
        f"The {' and '.join(others)} {lie} in another frame of reference than the {' and '.join(same)}, "
        "so their positions cannot be compared without a registration; check that they belong together."
    )
    yield Problem(frames[others[0]][1], "FrameOfReferenceUID", sentence)


def _position(folder: PlanFolder, places: Places) -> Iterator[Problem]:
    """A sentence where plan and CT differ in how the patient lies, or portals have no meaning for want of it."""
    of_plan = folder.plan.patient_position if folder.plan else ""
    of_ct = folder.ct.patient_position if folder.ct else ""
    if of_plan and of_ct and of_plan != of_ct:
        sentence = (
            f"The plan states the patient position {of_plan}, the CT {of_ct}; portals are laid on the structures as "
            "the plan states it. Ask which one is right."
        )
        yield Problem(places.plan, "PatientPosition", sentence)
    elif not (of_plan or of_ct) and folder.structure_set is not None and folder.plan and folder.plan.treatment_beams:
        sentence = (
            "Neither the plan nor a CT states the patient position, so it is not known how the portals relate to the "
            "structures; "
            "send the plan with its set-up, or the CT."
        )
        yield Problem(places.plan, "PatientPosition", sentence)


def _references(folder: PlanFolder, places: Places, ct_image_uids: frozenset[str]) -> Iterator[Problem]:
    plan, structure_set, dose = folder.plan, folder.structure_set, folder.dose
    if plan and structure_set and plan.structure_set_uid != structure_set.sop_instance_uid:
        could_be = dict(folder.undecided).get("structure sets", ())
        sentence = (
            f"The plan refers to no structure set, and {len(could_be)} could be meant: {listed(could_be)}; the first "
            "is used. Keep the one that the plan was made on."
            if could_be and not plan.structure_set_uid
            else "The plan refers to another structure set than the one in the folder, "
            "which is used all the same; check that they belong together."
            if plan.structure_set_uid
            else "The plan refers to no structure set; the one in the folder is used, check that it belongs to it."
        )
        yield Problem(places.plan, "ReferencedStructureSetSequence", sentence)
    if plan and dose and dose.plan_uid != plan.sop_instance_uid:
        sentence = (
            "The dose refers to another plan than the one in the folder; it is measured with it all the same; "
            "check that they belong together."
            if dose.plan_uid
            else "The dose refers to no plan; it is used for the one in the folder, check that it belongs to it."
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
        each = [f"{beam.number} {beam.name!r} ({_why_not_treating(beam)})" for beam in not_treating]
        sentence = f"Beams that do not treat are not counted as fields: {listed(each)}."
        lacking = [beam for beam in not_treating if _lacks_its_meterset(beam, alone=not plan.treatment_beams)]
        if lacking:
            are_all = len(lacking) == len(not_treating)
            named = (
                "it"
                if len(not_treating) == 1
                else "them"
                if are_all
                else listed([str(beam.number) for beam in lacking], " or ")
            )
            sentence += (
                f" If the patient was treated with {named}, export the plan after its calculation, with its monitor "
                "units."
            )
        yield Problem(path, "beams", sentence)
    if plan.fractions is None and len(plan.fraction_groups) < 2:
        yield Problem(path, "fraction groups", "The plan does not state how many fractions it has.")
    yield from _prescription(plan, path)


def _why_not_treating(beam: Beam) -> str:
    if not beam.gives_no_dose:
        return beam.delivery_type
    if beam.is_named_an_image:
        return "an image by its name"
    return "no energy" if beam.monitor_units or beam.minutes else "no meterset"


def _lacks_its_meterset(beam: Beam, *, alone: bool) -> bool:
    """Whether a beam without meterset has an energy and leaves, as a beam that treats would.

    Where no beam of the plan has a meterset (alone), jaws are enough.
    """
    points = beam.control_points
    has_aperture = any(point.leaves_mm is not None or (alone and point.jaws_x_mm) for point in points)
    return _why_not_treating(beam) == "no meterset" and bool(beam.energy_mv) and has_aperture


def _prescription(plan: TreatmentPlan, path: str) -> Iterator[Problem]:
    prescribed_gy = plan.prescribed_dose_gy
    if prescribed_gy is None:
        yield Problem(path, "dose references", "The plan states no dose for a target.")
        return
    for reference in plan.prescriptions:
        stated_gy = reference.target_dose_gy
        if reference.kind == "TARGET" and reference.is_point and stated_gy and stated_gy != prescribed_gy:
            sentence = (
                f"The target dose of {stated_gy:.2f} Gy is that of a point "
                f"({reference.description or reference.refers_to}); the prescription is {prescribed_gy:g} Gy."
            )
            yield Problem(path, "dose references", sentence)
    delivered_gy = _delivered_gy(plan)
    if delivered_gy is None:
        return
    if abs(delivered_gy - prescribed_gy) > _BEAM_DOSE_TOLERANCE * prescribed_gy:
        sentence = (
            f"The beams' doses over all fractions make {delivered_gy:.2f} Gy, the prescription is {prescribed_gy:g} Gy."
        )
        yield Problem(path, "BeamDose", sentence)


def _delivered_gy(plan: TreatmentPlan) -> float | None:
    """What the beams' doses make over the fractions of their groups; None where one is not stated, or all are zero."""
    doses_gy = {beam.number: beam.beam_dose_gy for beam in plan.treatment_beams}
    groups = plan.fraction_groups
    if not plan.fractions or not doses_gy or None in doses_gy.values() or any(not g.fractions for g in groups):
        return None
    of_groups = [(group.fractions or 0, doses_gy.get(number) or 0.0) for group in groups for number in group.beams]
    return sum(fractions * dose_gy for fractions, dose_gy in of_groups) or None


def _dose_grid(dose: DoseGrid, path: str) -> Iterator[Problem]:
    spacings_mm = [float(np.diff(axis).max()) for axis in (dose.x_mm, dose.y_mm, dose.z_mm) if len(axis) > 1]
    if spacings_mm and max(spacings_mm) > _WIDEST_SPACING_MM:
        sentence = f"The dose grid is as wide as {max(spacings_mm):g} mm; measures on it are coarse."
        yield Problem(path, "PixelSpacing", sentence)
    if len(dose.z_mm) == 1:
        yield Problem(path, "NumberOfFrames", "The dose is a single plane; no volume can be measured on it.")
    if not dose.dose_gy.any():
        yield Problem(path, "PixelData", "The dose is zero everywhere; export it after its calculation.")


def dose_against_order(
    dose: DoseGrid, prescribed_gy: float | None, path: str, *, is_unbounded: bool
) -> Iterator[Problem]:
    """A sentence where the highest dose is far from what is prescribed; is_unbounded as in is_far_from_order."""
    highest_gy = float(dose.dose_gy.max())
    if prescribed_gy and highest_gy and is_far_from_order(highest_gy, prescribed_gy, is_unbounded=is_unbounded):
        sentence = (
            f"The highest dose is {highest_gy:.2f} Gy where {prescribed_gy:g} Gy are prescribed; "
            "check that dose and plan belong together and cover all fractions."
        )
        yield Problem(path, "dose", sentence)
