"""Earlier courses of a plan folder, set beside the present plan: distance, overlap, summed dose."""

from collections.abc import Sequence

from isocenter.evidence.courses.reirradiation import earlier_measures, measure_earlier_irradiation
from isocenter.evidence.doses.summed_dose import HotSpot, find_hot_spots, sum_doses
from isocenter.evidence.frames.frames import link_frames
from isocenter.evidence.roles.roles import role_of
from isocenter.terms.imaging import ContouredStructure, FloatArray, PlanFolder, TreatmentPlan
from isocenter.terms.plans import PlanMeasure
from isocenter.terms.problems import Problem

# Late reactions of normal tissue; alpha/beta about 3 Gy (Joiner and van der Kogel, Basic Clinical Radiobiology).
LATE_ALPHA_BETA_GY = 3.0
# The earlier treated volume is taken as the isodose of half its prescription.
EARLIER_ISODOSE_SHARE = 0.5


def measure_earlier_courses(
    plan_id: str,
    folder: PlanFolder,
    targets: Sequence[ContouredStructure],
    critical_structures: Sequence[ContouredStructure],
) -> tuple[list[PlanMeasure], list[Problem]]:
    """The measures of every earlier course that a frame of reference or a rigid registration links.

    One that nothing links is reported in a problem: a registration is never guessed.
    """
    measures: list[PlanMeasure] = []
    problems: list[Problem] = []
    for number, earlier in enumerate(folder.earlier, start=1):
        found, sentence = _measure_one(plan_id, folder, earlier, targets, critical_structures)
        measures += found
        if sentence:
            problems.append(Problem("", f"earlier course {number}", sentence))
    return measures, problems


def _measure_one(
    plan_id: str,
    folder: PlanFolder,
    earlier: PlanFolder,
    targets: Sequence[ContouredStructure],
    critical_structures: Sequence[ContouredStructure],
) -> tuple[list[PlanMeasure], str]:
    if later := _made_later(earlier.plan, folder.plan):
        return [], later
    link = link_frames(_frame_of(earlier), _frame_of(folder), folder.registrations)
    if link.matrix is None or folder.plan is None:
        return [], link.sentence
    earlier_targets = [
        structure
        for structure in (earlier.structure_set.structures if earlier.structure_set else ())
        if structure.contours and role_of(structure.name, structure.interpreted_type).role == "target"
    ]
    prescribed_gy = earlier.plan.prescribed_dose_gy if earlier.plan else None
    isodose_gy = prescribed_gy * EARLIER_ISODOSE_SHARE if prescribed_gy and earlier.dose else None
    hot_spots = _hot_spots(folder, earlier, link.matrix, critical_structures)
    measures: list[PlanMeasure] = []
    for number, target in enumerate(targets):
        found = measure_earlier_irradiation(
            target,
            folder.plan.treatment_beams,
            link,
            earlier_targets,
            earlier.dose,
            isodose_gy,
            folder.patient_position,
        )
        measures += earlier_measures(plan_id, found, () if number else hot_spots)
    return measures, _not_summed(hot_spots)


def _made_later(earlier: TreatmentPlan | None, present: TreatmentPlan | None) -> str:
    """What is to be said of a plan that was made, and approved, after the present one."""
    days = [
        min((day for day in (plan.plan_date, plan.approved_on) if day), default=None)
        for plan in (earlier, present)
        if plan is not None
    ]
    if len(days) < 2 or days[0] is None or days[1] is None or days[0] <= days[1]:
        return ""
    return (
        f"Its plan is of {days[0]}, after the present one of {days[1]}: it is no earlier course and was not measured."
    )


def _not_summed(hot_spots: Sequence[HotSpot]) -> str:
    """What is to be said of structures over which the dose of one of the courses does not reach."""
    unknown = [spot for spot in hot_spots if not spot.is_known]
    if not unknown:
        return ""
    listed = ", ".join(f"{spot.structure} (at least {spot.d003cc_gy or 0.0:.1f} Gy to 0.03 cc)" for spot in unknown)
    return f"The doses of both courses do not reach all of {listed}; their sums in fractions of 2 Gy are not known."


def _hot_spots(
    folder: PlanFolder, earlier: PlanFolder, matrix: FloatArray, critical_structures: Sequence[ContouredStructure]
) -> list[HotSpot]:
    plans = (folder.plan, earlier.plan)
    if folder.dose is None or earlier.dose is None or not all(plan and plan.fractions for plan in plans):
        return []
    fractions = [plan.fractions or 1 for plan in plans if plan]
    summed = sum_doses(folder.dose, fractions[0], earlier.dose, fractions[1], matrix, LATE_ALPHA_BETA_GY)
    return find_hot_spots(summed, critical_structures)


def _frame_of(folder: PlanFolder) -> str:
    for part in (folder.structure_set, folder.dose, folder.plan):
        if part is not None and part.frame_of_reference_uid:
            return part.frame_of_reference_uid
    return ""
