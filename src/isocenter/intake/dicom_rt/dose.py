"""One dose file: its grid in Gy, what it sums over, and the DVHs that came with it."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.control_point_doses import segments_of
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.dose_sums import DosePart, whole_plan_dose
from isocenter.intake.dicom_rt.elements import (
    first_uid,
    items,
    number,
    numbers,
    open_file,
    reading,
    text,
    whole,
)
from isocenter.intake.dicom_rt.grids import AxialPlane, axial_plane
from isocenter.intake.dicom_rt.lone_points import lone_points
from isocenter.intake.dicom_rt.oblique import is_oblique, upright
from isocenter.intake.dicom_rt.pixels import stored_values
from isocenter.intake.dicom_rt.stored_dvhs import stored_dvhs_of
from isocenter.intake.dicom_rt.tags import TAGS
from isocenter.terms.imaging import DoseGrid, TreatmentPlan
from isocenter.terms.limits import DOSE_GY, DOSE_POINTS, GRID_MM
from isocenter.terms.problems import Problem, Unread

FloatArray = NDArray[np.float64]

_SAME_PLANE_MM = 0.01
_HIGHEST_GY = 1e5  # radiosurgery and brachytherapy reach thousands of Gy beside their sources
_HIGH_SHARE = 0.1  # of the highest dose
_SAME_STEP = 0.1  # of the usual distance of planes
_FEW_STEPS = 4  # of another distance: a damaged place makes two, a grid that varies many
_LONG_RUN = 8  # points in a row
_NOISE = 0.02  # of the highest dose: what interpolation of a planning system leaves below zero
# How the description of a series says that its dose was measured or calculated again.
_VERIFIES = {
    "measurement": re.compile(r"\b(measur|reconstruct)"),
    "independent_calculation": re.compile(r"\b(recalc|independent|second(ary)? (check|calc)|verification)"),
}


def read_dose(path: Path, plan: TreatmentPlan | None = None) -> tuple[DoseGrid, list[Problem]]:
    """The dose of an RTDOSE file; the plan says how a dose of one fraction or beam adds up to the whole."""
    with reading(str(path)):
        part, problems = dose_part_of(open_file(path), str(path))
        dose, more = whole_plan_dose([part], plan)
        return dose, problems + more


def dose_part_of(dataset: Dataset, path: str) -> tuple[DosePart, list[Problem]]:
    """The dose of an open RTDOSE, in Gy over whatever the file sums over."""
    problems: list[Problem] = []
    scaling = dose_scaling(dataset)
    dvhs, more = stored_dvhs_of(dataset, path)
    grid = upright(dataset, scaling) if is_oblique(dataset) else _axial(dataset, scaling, path, problems)
    if is_oblique(dataset):
        sentence = "The planes of the grid are not axial; its dose is interpolated to a grid along the patient axes."
        problems.append(Problem(path, "ImageOrientationPatient", sentence))
    dose_gy = grid.dose_gy
    DOSE_GY.refuse_beyond(round(float(dose_gy.max(initial=0.0))), "its grid")
    remark = _refuse_or_cut_negative(dose_gy, text(dataset, "DoseType"))
    if remark:
        problems.append(Problem(path, "PixelData", remark))
    if emptied := _emptied_points(dose_gy):
        sentence = (
            f"The dose is exactly zero in {emptied} points in rows where the planes above and below hold more than"
            " 10 % of the highest dose: a part of the grid may be lost; export it again."
        )
        problems.append(Unread(path, "PixelData", sentence))
    problems += [Problem(path, "PixelData", sentence) for sentence in lone_points(grid)]
    return described(dataset, path, replace(grid, stored_dvhs=dvhs)), problems + more


def _emptied_points(dose_gy: NDArray[np.float32]) -> int:
    """How many points of a grid (planes, rows, columns) lie in runs that a disk or a transfer emptied.

    Outside of the body a dose is zero in the planes beside it too, and no cavity is one plane thick over a long run.
    """
    is_high = dose_gy > _HIGH_SHARE * dose_gy.max(initial=0.0)
    emptied = 0
    for plane in range(1, len(dose_gy) - 1):
        is_empty = (dose_gy[plane] == 0) & is_high[plane - 1] & is_high[plane + 1]
        if is_empty.any():
            edges = np.flatnonzero(np.diff(np.concatenate(([False], is_empty.ravel(), [False]))))
            lengths = edges[1::2] - edges[::2]
            emptied += int(lengths[lengths >= _LONG_RUN].sum())
    return emptied


def _axial(dataset: Dataset, scaling: float, path: str, problems: list[Problem]) -> DoseGrid:
    axes, remark = _dose_axes(dataset)
    if remark:
        problems.append(Problem(path, "GridFrameOffsetVector", remark))
    if displaced := _displaced_planes(axes.z_mm[axes.z_order]):
        problems.append(Unread(path, "GridFrameOffsetVector", displaced))
    dose_gy = _dose_gy(dataset, axes, scaling)
    return DoseGrid(dose_gy, axes.plane.x_mm, axes.plane.y_mm, axes.z_mm[axes.z_order])


def _refuse_or_cut_negative(dose_gy: NDArray[np.float32], kind: str) -> str:
    """Set what little lies below zero to zero, in place; a dose that is clearly negative is refused."""
    lowest_gy, highest_gy = float(dose_gy.min()), float(dose_gy.max())
    if highest_gy > _HIGHEST_GY:
        raise UnreadableInput(f"its highest dose is {highest_gy:g} Gy, which cannot be right; export it again.")
    if lowest_gy >= 0 or kind == "ERROR":
        return ""
    if lowest_gy < -_NOISE * highest_gy:
        raise UnreadableInput(f"it holds negative doses (down to {lowest_gy:g} Gy), which cannot be right.")
    np.maximum(dose_gy, 0, out=dose_gy)
    return f"The dose is as low as {lowest_gy:g} Gy in places; it is read as 0 there."


def dose_scaling(dataset: Dataset) -> float:
    """What turns the stored numbers into Gy; refused where the file does not say, or holds relative dose."""
    units = text(dataset, "DoseUnits")
    if units != "GY":
        raise UnreadableInput(
            f"its dose is in {units or 'no stated'} units, which give no dose in Gy; export it as absolute dose (GY)."
        )
    if not dataset.raw(TAGS["Rows"]):
        holds = "dose-volume histograms and no" if items(dataset, "DVHSequence") else "no"
        raise UnreadableInput(
            f"it holds {holds} dose grid, so nothing can be measured on it; export the dose grid of the plan."
        )
    scaling = number(dataset, "DoseGridScaling")
    if scaling is None or not scaling > 0:
        raise UnreadableInput(
            "DoseGridScaling is missing or not positive, so its numbers mean no dose; export it again."
        )
    return scaling


def described(dataset: Dataset, path: str, grid: DoseGrid) -> DosePart:
    """The grid with what its file says of it: what it sums over, where it lies, which plan it is of."""
    plan_uids = tuple(text(plan, "ReferencedSOPInstanceUID") for plan in items(dataset, "ReferencedRTPlanSequence"))
    summation = text(dataset, "DoseSummationType") or "PLAN"
    # The plans that a dose names say what it sums, whatever its type says.
    if summation in ("PLAN", "MULTI_PLAN") and plan_uids:
        summation = "MULTI_PLAN" if len(set(plan_uids)) > 1 else "PLAN"
    named = replace(
        grid,
        summation=summation,
        frame_of_reference_uid=text(dataset, "FrameOfReferenceUID"),
        plan_uid=first_uid(dataset, "ReferencedRTPlanSequence"),
        plan_uids=plan_uids if len(plan_uids) > 1 else (),
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        kind=text(dataset, "DoseType"),
    )
    words = f"{text(dataset, 'SeriesDescription')} {text(dataset, 'DoseComment')}".lower()
    verifies = next((kind for kind, said in _VERIFIES.items() if said.search(words)), "")
    return DosePart(path, named, _summed_beams(dataset), verifies, segments_of(dataset))


def _summed_beams(dataset: Dataset) -> tuple[int, ...]:
    numbers_named = [
        whole(beam, "ReferencedBeamNumber")
        for plan in items(dataset, "ReferencedRTPlanSequence")
        for group in items(plan, "ReferencedFractionGroupSequence")
        for beam in items(group, "ReferencedBeamSequence")
    ]
    return tuple(number_named for number_named in numbers_named if number_named is not None)


@dataclass(frozen=True, eq=False)
class _DoseAxes:
    """Where the frames of a dose lie: z_mm in the order of the file, z_order what sorts it."""

    plane: AxialPlane
    z_mm: FloatArray
    z_order: NDArray[np.intp]


def _dose_axes(dataset: Dataset) -> tuple[_DoseAxes, str]:
    plane = axial_plane(dataset)
    frames = whole(dataset, "NumberOfFrames") or 1
    if frames < 1:
        raise UnreadableInput(f"it says {frames} frames.")
    offsets_mm = numbers(dataset, "GridFrameOffsetVector")
    remark = ""
    if frames == 1 and len(offsets_mm) != 1:
        offsets_mm = np.zeros(1)
    elif len(offsets_mm) > frames:
        remark = f"It places {len(offsets_mm)} planes, the file holds {frames}; the first {frames} are used."
        offsets_mm = offsets_mm[:frames]
    elif len(offsets_mm) < frames:
        raise UnreadableInput(
            f"GridFrameOffsetVector places {len(offsets_mm)} of {frames} dose planes; export it again."
        )
    z_mm = np.round(_plane_positions(offsets_mm, float(plane.origin_mm[2]), plane.normal_z), 4)
    z_order = np.argsort(z_mm, kind="stable")
    if (np.diff(z_mm[z_order]) < _SAME_PLANE_MM).any():
        raise UnreadableInput("two of its dose planes lie at one place; export it again.")
    GRID_MM.refuse_beyond(round(float(np.ptp(z_mm))), "its grid")
    return _DoseAxes(plane, z_mm, z_order), remark


def _displaced_planes(z_mm: FloatArray) -> str:
    """That a few of the planes, in ascending order, lie off; '' where all are equally far apart, or many are not."""
    steps_mm = np.diff(z_mm)
    usual_mm = float(np.median(steps_mm)) if len(steps_mm) else 0.0
    unusual_mm = steps_mm[np.abs(steps_mm - usual_mm) > _SAME_STEP * usual_mm]
    if not 0 < len(unusual_mm) <= min(_FEW_STEPS, len(steps_mm) // 4):
        return ""
    return (
        f"Its planes lie {usual_mm:g} mm apart, but {len(unusual_mm)} of {len(steps_mm)} do not (once"
        f" {unusual_mm[0]:g} mm): a plane may be missing, or its place damaged; export it again."
    )


def _plane_positions(offsets_mm: FloatArray, origin_z_mm: float, normal_z: float) -> FloatArray:
    """z of each plane: offsets that begin with 0 are relative, those that begin with the origin absolute.

    Source: DICOM PS3.3, RT Dose Module, Grid Frame Offset Vector.
    """
    if offsets_mm[0] == 0:
        return origin_z_mm + normal_z * offsets_mm
    if abs(offsets_mm[0] - origin_z_mm) < _SAME_PLANE_MM:
        return offsets_mm
    raise UnreadableInput(
        f"GridFrameOffsetVector begins with {offsets_mm[0]:g}, which is neither 0 nor the z of the grid's "
        f"origin ({origin_z_mm:g} mm), so its planes cannot be placed; export it again."
    )


def _dose_gy(dataset: Dataset, axes: _DoseAxes, scaling: float) -> NDArray[np.float32]:
    stored = stored_values(dataset, len(axes.z_mm), axes.plane.rows, axes.plane.columns)
    DOSE_POINTS.refuse_beyond(stored.size, "its grid")
    oriented = axes.plane.to_patient_axes(stored)
    if (np.diff(axes.z_order) == -1).all():
        oriented = oriented[::-1]
    elif (np.diff(axes.z_order) != 1).any():
        oriented = oriented[axes.z_order]
    dose_gy = np.empty(oriented.shape, dtype=np.float32)
    np.multiply(oriented, scaling, out=dose_gy, casting="unsafe")
    return dose_gy
