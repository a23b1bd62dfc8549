"""What the viewer shows of a measured plan: image, doses, contours, portals, curves, constraints, closest points."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.doses.dvh import Dvh
from isocenter.measuring import MeasuredFolder
from isocenter.terms.imaging import ContouredStructure, CtImage, DoseGrid
from isocenter.terms.review import Review
from isocenter.web.viewer.other_plans import OtherPlan
from isocenter.web.viewer.portals_shown import portals_of
from isocenter.web.viewer.volumes import DoseShown, PlanShown

DOSE_STEPS = 65_535  # a dose is kept as a share of the highest one, in 16 bits
_CURVE_POINTS = 400
# Hues that stay apart for all kinds of color vision, after Okabe and Ito (2008).
_COLORS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#7fb2ff", "#b8e986", "#ffb3ba", "#c5a3ff")
_TARGET_COLORS = ("#ff4d4d", "#ff8080", "#ffb3b3")


def shown_plan(measured: MeasuredFolder, review: Review, others: Sequence[OtherPlan] = ()) -> PlanShown | None:
    """The plan of a measured folder as the viewer needs it, and others beside it; None without image and dose."""
    parts = measured.plan.folder
    if parts.ct is None and parts.dose is None:
        return None
    image, image_axes = _image_of(parts.ct, parts.dose)
    grid = parts.summed_dose or parts.dose
    others = others if grid is not None else ()
    doses, step_gy = _steps([one for one in (grid, *(other.dose for other in others)) if one is not None])
    structures = parts.structure_set.structures if parts.structure_set else ()
    return PlanShown(
        image=image,
        image_axes_mm=image_axes,
        doses=doses,
        step_gy=step_gy,
        contours={s.number: [(z, points.astype(np.float32)) for z, points in s.contours] for s in structures},
        about={
            "prescription_gy": measured.plan.prescription_gy,
            "has_ct": parts.ct is not None,
            "structures": _structures(structures, measured),
            "label": parts.plan.label if parts.plan else "",
            "curves": _curves(measured.plan.dvhs),
            "others": [{"label": other.plan.label, "curves": _curves(other.dvhs)} for other in others],
            "constraints": _constraints(review),
            "closest": _closest(measured),
        },
        portals=json.dumps(_portals(measured, others), allow_nan=False, separators=(",", ":")),
    )


def _image_of(ct: CtImage | None, dose: DoseGrid | None) -> tuple[NDArray[np.int16], Any]:
    if ct is not None:
        return np.ascontiguousarray(ct.hu, dtype=np.int16), (ct.z_mm, ct.y_mm, ct.x_mm)
    assert dose is not None
    return np.zeros(dose.dose_gy.shape, dtype=np.int16), (dose.z_mm, dose.y_mm, dose.x_mm)


def _steps(grids: Sequence[DoseGrid]) -> tuple[tuple[DoseShown, ...], float]:
    """Doses in steps that are one for all of them, so that one can be taken from another."""
    doses_gy = [np.nan_to_num(grid.dose_gy, nan=0.0).clip(min=0.0) for grid in grids]
    highest = max((float(dose_gy.max(initial=0.0)) for dose_gy in doses_gy), default=0.0)
    step_gy = highest / DOSE_STEPS if highest else 1.0
    shown = tuple(
        DoseShown(np.round(dose_gy / step_gy).astype(np.uint16), (grid.z_mm, grid.y_mm, grid.x_mm))
        for grid, dose_gy in zip(grids, doses_gy, strict=True)
    )
    return shown, step_gy if grids else 0.0


def _portals(measured: MeasuredFolder, others: Sequence[OtherPlan]) -> list[dict[str, Any]]:
    """The portals of the reviewed plans, then of those beside them."""
    parts = measured.plan.folder
    structures = parts.structure_set.structures if parts.structure_set else ()
    targets = {row.structure_number for row in measured.plan.roles if row.role == "target"}
    target = next((one for one in structures if one.number in targets and one.contours), None)
    reviewed = [(part.plan, part.patient_position) for part in (parts, *parts.further) if part.plan is not None]
    beside = [(other.plan, other.plan.patient_position or parts.patient_position) for other in others]
    return [
        {"label": plan.label, "portals": portals_of(plan, target, position)} for plan, position in (*reviewed, *beside)
    ]


def _structures(structures: tuple[ContouredStructure, ...], measured: MeasuredFolder) -> list[dict[str, Any]]:
    roles = {row.structure_number: row for row in measured.plan.roles}
    shown = []
    targets = others = 0
    for structure in structures:
        if not structure.contours:
            continue
        row = roles.get(structure.number)
        role = row.role if row else ""
        if role == "target":
            color, targets = _TARGET_COLORS[targets % len(_TARGET_COLORS)], targets + 1
        else:
            color, others = _COLORS[others % len(_COLORS)], others + 1
        shown.append(
            {
                "number": structure.number,
                "name": structure.name,
                "role": role,
                "color": color,
                "volume_cc": round(row.volume_cc, 4) if row and row.volume_cc is not None else None,
            }
        )
    return shown


def _curves(dvhs: Sequence[Dvh]) -> list[dict[str, Any]]:
    curves = []
    for dvh in dvhs:
        share = dvh.cumulative_cc * 100 / dvh.total_volume_cc if dvh.total_volume_cc else dvh.cumulative_cc * 0
        chosen = np.unique(np.linspace(0, len(share) - 1, _CURVE_POINTS).round().astype(int))
        curves.append(
            {
                "number": dvh.structure_number,
                "name": dvh.structure_name,
                "dose_gy": [round(float(value), 4) for value in dvh.dose_edges_gy[chosen]],
                "volume_percent": [round(float(value), 4) for value in share[chosen]],
                "volume_cc": round(float(dvh.total_volume_cc), 3),
            }
        )
    return curves


def _constraints(review: Review) -> list[dict[str, Any]]:
    return [
        {
            "structure": row.structure,
            "metric": row.metric,
            "comparison": row.comparison,
            "limit": row.limit,
            "unit": row.unit,
            "value": round(float(row.value), 4),
        }
        for row in review.facts.get("constraint_results", ())
        if np.isfinite(row.value)
    ]


def _closest(measured: MeasuredFolder) -> list[dict[str, Any]]:
    pairs = [pair for found in measured.plan.geometry for pair in found.pairs if np.isfinite(pair.distance_mm)]
    return [
        {
            "target": pair.target,
            "structure": pair.structure,
            "distance_mm": round(float(pair.distance_mm), 4),
            "point_mm": [round(float(value), 3) for value in pair.target_point_mm],
        }
        for pair in sorted(pairs, key=lambda pair: pair.distance_mm)[:20]
    ]
