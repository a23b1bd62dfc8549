"""Doses of control points: the dose of the plan where, taken together, they hold all of every beam."""

from collections.abc import Sequence
from dataclasses import replace

from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.dose_sums import DosePart, Segment, added
from isocenter.intake.dicom_rt.elements import items, whole
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.problems import Problem

CONTROL_POINT = "CONTROL_POINT"


def segments_of(dataset: Dataset) -> tuple[Segment, ...]:
    """The stretches of beams that a dose says it is of, from one control point to another.

    Source: DICOM PS3.3, RT Dose Module, Referenced Control Point Sequence.
    """
    found = []
    for plan in items(dataset, "ReferencedRTPlanSequence"):
        for group in items(plan, "ReferencedFractionGroupSequence"):
            for beam in items(group, "ReferencedBeamSequence"):
                number = whole(beam, "ReferencedBeamNumber")
                for points in items(beam, "ReferencedControlPointSequence"):
                    first = whole(points, "ReferencedStartControlPointIndex")
                    last = whole(points, "ReferencedStopControlPointIndex")
                    if number is not None and first is not None and last is not None:
                        found.append(Segment(number, first, last))
    return tuple(found)


def of_whole_beams(parts: Sequence[DosePart], plan: TreatmentPlan | None) -> tuple[DosePart | None, list[Problem]]:
    """Doses of control points added to that of all beams; None, and why, where one is missing or there twice."""
    numbers = tuple(beam.number for beam in plan.treatment_beams) if plan is not None else ()
    why = _why_not_whole(parts, plan)
    if why:
        count = "dose" if len(parts) == 1 else f"{len(parts)} doses"
        sentence = (
            f"The {count} of control points ({CONTROL_POINT}) cannot be added to the dose of the plan: {why}. Export "
            "the dose of the plan (PLAN). They are left out."
        )
        sentence = sentence.replace("They are", "It is") if len(parts) == 1 else sentence
        return None, [Problem(parts[0].path, "DoseSummationType", sentence)]
    grid, problems = added([part.grid for part in parts], parts[0].path)
    sentence = f"The doses of control points ({len(parts)}) hold all of each beam; they are added to the plan's dose."
    problems.append(Problem(parts[0].path, "DoseSummationType", sentence))
    return DosePart(parts[0].path, replace(grid, summation="BEAM"), numbers), problems


def _why_not_whole(parts: Sequence[DosePart], plan: TreatmentPlan | None) -> str:
    if plan is None or not plan.treatment_beams:
        return "there is no plan whose beams they could be of"
    if not all(part.segments for part in parts):
        return "not every file says of which control points it is"
    if any(len(part.grid.z_mm) == 1 for part in parts):
        return "their planes lie in files of their own"
    reasons = (_of_beam(beam, [one for part in parts for one in part.segments]) for beam in plan.treatment_beams)
    return "; ".join(reason for reason in reasons if reason)


def _of_beam(beam: Beam, segments: Sequence[Segment]) -> str:
    """Where the segments of a beam leave out or repeat some of it; '' where they follow one another to its end."""
    own = sorted((one.first, one.last) for one in segments if one.beam == beam.number)
    named, reached = f"beam {beam.number} {beam.name!r}", 0
    for first, last in own:
        if first > reached:
            return f"{named} lacks that from control point {reached} to {first}"
        if first < reached or last <= first:
            return f"{named} has some control points twice"
        reached = last
    end = len(beam.control_points) - 1
    if reached < end:
        return f"{named} lacks that from control point {reached} to {end}"
    return f"{named} has fewer control points than they say" if reached > end else ""
