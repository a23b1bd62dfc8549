"""What of a measured plan is kept to be looked at: CT, dose, contours, histograms, and closest points."""

import json
import shutil
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from isocenter.terms.imaging import ContouredStructure, CtImage, DoseGrid
from isocenter.terms.review import Review
from isocenter.workflow import MeasuredFolder

DOSE_STEPS = 65_535  # a dose is kept as a share of the highest one, in 16 bits
_CURVE_POINTS = 400
_PLANS_IN_MEMORY = 2
# Hues that stay apart for all kinds of color vision, after Okabe and Ito (2008).
_COLORS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#7fb2ff", "#b8e986", "#ffb3ba", "#c5a3ff")
_TARGET_COLORS = ("#ff4d4d", "#ff8080", "#ffb3b3")


@dataclass(frozen=True, eq=False)
class Edges:
    """Every edge of every contour: its ends in mm, shape (n, 2), its structure and its slice."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    structure: NDArray[np.int64]
    z_mm: NDArray[np.float64]


@dataclass(eq=False)
class PlanShown:
    """A plan as the viewer needs it.

    Arrays are indexed [z, y, x] as in isocenter.terms.imaging; `image` is in HU, `dose` in steps of `step_gy`.
    Contours are (z in mm, points in mm of shape (n, 2)) by structure number.
    """

    image: NDArray[np.int16]
    image_axes_mm: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    dose: NDArray[np.uint16] | None
    dose_axes_mm: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None
    step_gy: float
    contours: dict[int, list[tuple[float, NDArray[np.float32]]]]
    about: dict[str, Any] = field(default_factory=dict)  # names, roles, curves and constraints, as the page shows them

    @cached_property
    def edges(self) -> Edges:
        """The edges of the contours that enclose something, for planes that cross them."""
        loops = [(n, z, points) for n, found in self.contours.items() for z, points in found if len(points) > 2]
        none = np.zeros((0, 2))
        return Edges(
            np.concatenate([none, *(points for _, _, points in loops)]),
            np.concatenate([none, *(np.roll(points, -1, axis=0) for _, _, points in loops)]),
            np.repeat([n for n, _, _ in loops], [len(points) for _, _, points in loops]).astype(np.int64),
            np.repeat([z for _, z, _ in loops], [len(points) for _, _, points in loops]).astype(np.float64),
        )


def shown_plan(measured: MeasuredFolder, review: Review) -> PlanShown | None:
    """The plan of a measured folder as the viewer needs it; None where there is neither image nor dose."""
    parts = measured.plan.folder
    if parts.ct is None and parts.dose is None:
        return None
    image, image_axes = _image_of(parts.ct, parts.dose)
    dose, step_gy = _steps(parts.summed_dose or parts.dose)
    grid = parts.summed_dose or parts.dose
    structures = parts.structure_set.structures if parts.structure_set else ()
    return PlanShown(
        image=image,
        image_axes_mm=image_axes,
        dose=dose,
        dose_axes_mm=(grid.z_mm, grid.y_mm, grid.x_mm) if grid is not None else None,
        step_gy=step_gy,
        contours={s.number: [(z, points.astype(np.float32)) for z, points in s.contours] for s in structures},
        about={
            "prescription_gy": measured.plan.prescription_gy,
            "has_ct": parts.ct is not None,
            "structures": _structures(structures, measured),
            "curves": _curves(measured),
            "constraints": _constraints(review),
            "closest": _closest(measured),
        },
    )


def keep_plan(run_id: int, plan: PlanShown) -> None:
    """Keep a plan beside the run it belongs to."""
    folder = _folder(run_id)
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    partial.mkdir(parents=True)
    arrays: dict[str, Any] = {"image": plan.image}
    arrays |= {f"image_axis_{place}": axis for place, axis in enumerate(plan.image_axes_mm)}
    if plan.dose is not None and plan.dose_axes_mm is not None:
        arrays["dose"] = plan.dose
        arrays |= {f"dose_axis_{place}": axis for place, axis in enumerate(plan.dose_axes_mm)}
    for name, array in arrays.items():
        np.save(partial / f"{name}.npy", array, allow_pickle=False)
    loops = [(number, z, points) for number, found in plan.contours.items() for z, points in found]
    np.save(partial / "loop_structure.npy", np.array([number for number, _, _ in loops], dtype=np.int64))
    np.save(partial / "loop_z.npy", np.array([z for _, z, _ in loops], dtype=np.float64))
    np.save(partial / "loop_length.npy", np.array([len(points) for _, _, points in loops], dtype=np.int64))
    points = np.concatenate([points for _, _, points in loops]) if loops else np.zeros((0, 2))
    np.save(partial / "loop_points.npy", points.astype(np.float32))
    about = {**plan.about, "step_gy": plan.step_gy}
    (partial / "about.json").write_text(json.dumps(about, allow_nan=False), encoding="utf-8")
    partial.rename(folder)
    plan_of.cache_clear()


@lru_cache(maxsize=_PLANS_IN_MEMORY)
def plan_of(run_id: int) -> PlanShown | None:
    """The plan kept beside a run, read into memory; None where none is."""
    folder = _folder(run_id)
    if not (folder / "about.json").is_file():
        return None
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    has_dose = (folder / "dose.npy").is_file()
    return PlanShown(
        image=_array(folder, "image"),
        image_axes_mm=_axes(folder, "image"),
        dose=_array(folder, "dose") if has_dose else None,
        dose_axes_mm=_axes(folder, "dose") if has_dose else None,
        step_gy=about["step_gy"],
        contours=_contours(folder),
        about=about,
    )


def _folder(run_id: int) -> Path:
    return Path(settings.DATA_FOLDER) / "plans" / str(run_id)


def _array(folder: Path, name: str) -> Any:
    return np.load(folder / f"{name}.npy", allow_pickle=False)


def _axes(folder: Path, name: str) -> Any:
    return tuple(_array(folder, f"{name}_axis_{place}") for place in range(3))


def _contours(folder: Path) -> dict[int, list[tuple[float, NDArray[np.float32]]]]:
    found: dict[int, list[tuple[float, NDArray[np.float32]]]] = {}
    points, start = _array(folder, "loop_points"), 0
    rows = (_array(folder, name) for name in ("loop_structure", "loop_z", "loop_length"))
    for number, z, length in zip(*rows, strict=True):
        found.setdefault(int(number), []).append((float(z), points[start : start + length]))
        start += length
    return found


def _image_of(ct: CtImage | None, dose: DoseGrid | None) -> tuple[NDArray[np.int16], Any]:
    if ct is not None:
        return np.ascontiguousarray(ct.hu, dtype=np.int16), (ct.z_mm, ct.y_mm, ct.x_mm)
    assert dose is not None
    return np.zeros(dose.dose_gy.shape, dtype=np.int16), (dose.z_mm, dose.y_mm, dose.x_mm)


def _steps(grid: DoseGrid | None) -> tuple[NDArray[np.uint16] | None, float]:
    if grid is None:
        return None, 0.0
    dose_gy = np.nan_to_num(grid.dose_gy, nan=0.0).clip(min=0.0)
    highest = float(dose_gy.max(initial=0.0))
    step_gy = highest / DOSE_STEPS if highest else 1.0
    return np.round(dose_gy / step_gy).astype(np.uint16), step_gy


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
                "volume_cc": round(row.volume_cc, 2) if row and row.volume_cc is not None else None,
            }
        )
    return shown


def _curves(measured: MeasuredFolder) -> list[dict[str, Any]]:
    curves = []
    for dvh in measured.plan.dvhs:
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
            "distance_mm": round(float(pair.distance_mm), 2),
            "point_mm": [round(float(value), 3) for value in pair.target_point_mm],
        }
        for pair in sorted(pairs, key=lambda pair: pair.distance_mm)[:20]
    ]
