"""What of a measured plan is kept to be looked at: CT, dose, contours, histograms, and closest points."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from isocenter.web.files_kept import PARTIAL

Axes = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
_PLANS_IN_MEMORY = 2


@dataclass(frozen=True, eq=False)
class Edges:
    """Every edge of every contour: its ends in mm, shape (n, 2), its structure and its slice."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    structure: NDArray[np.int64]
    z_mm: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DoseShown:
    """A dose in steps that are the plan's, indexed [z, y, x], with its axes in that order."""

    steps: NDArray[np.uint16]
    axes_mm: Axes


@dataclass(eq=False)
class PlanShown:
    """A plan as the viewer needs it.

    Arrays are indexed [z, y, x] as in isocenter.terms.imaging; `image` is in HU, doses in steps of `step_gy`: first
    the reviewed plan's, if it has one, then those of the plans beside it. `portals` are JSON, a row for each plan.
    Contours are (z in mm, points in mm of shape (n, 2)) by structure number.
    """

    image: NDArray[np.int16]
    image_axes_mm: Axes
    doses: tuple[DoseShown, ...]
    step_gy: float
    contours: dict[int, list[tuple[float, NDArray[np.float32]]]]
    about: dict[str, Any] = field(default_factory=dict)  # names, roles, curves and constraints, as the page shows them
    portals: str = "[]"

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


@contextmanager
def plan_set_down(plan: PlanShown | None) -> Iterator[Path | None]:
    """A plan written to a folder without a name, until `name_plan` names it; it goes where nothing does."""
    if plan is None:
        yield None
        return
    _plans().mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=_plans(), suffix=PARTIAL))
    try:
        _write(plan, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def name_plan(set_down: Path, run_id: int) -> None:
    """Let a plan that was set down be the one kept beside a run."""
    shutil.rmtree(_folder(run_id), ignore_errors=True)
    set_down.rename(_folder(run_id))
    plan_of.cache_clear()


def _write(plan: PlanShown, folder: Path) -> None:
    arrays: dict[str, Any] = {"image": plan.image}
    arrays |= {f"image_axis_{place}": axis for place, axis in enumerate(plan.image_axes_mm)}
    for number, dose in enumerate(plan.doses):
        arrays[_dose_name(number)] = dose.steps
        arrays |= {f"{_dose_name(number)}_axis_{place}": axis for place, axis in enumerate(dose.axes_mm)}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    loops = [(number, z, points) for number, found in plan.contours.items() for z, points in found]
    np.save(folder / "loop_structure.npy", np.array([number for number, _, _ in loops], dtype=np.int64))
    np.save(folder / "loop_z.npy", np.array([z for _, z, _ in loops], dtype=np.float64))
    np.save(folder / "loop_length.npy", np.array([len(points) for _, _, points in loops], dtype=np.int64))
    points = np.concatenate([points for _, _, points in loops]) if loops else np.zeros((0, 2))
    np.save(folder / "loop_points.npy", points.astype(np.float32))
    about = {**plan.about, "step_gy": plan.step_gy}
    (folder / "portals.json").write_text(plan.portals, encoding="utf-8")
    (folder / "about.json").write_text(json.dumps(about, allow_nan=False), encoding="utf-8")


def forget_plan(run_id: int) -> None:
    """Remove what is kept of a run's plan."""
    shutil.rmtree(_folder(run_id), ignore_errors=True)
    plan_of.cache_clear()


@lru_cache(maxsize=_PLANS_IN_MEMORY)
def plan_of(run_id: int) -> PlanShown | None:
    """The plan kept beside a run; None where none is."""
    folder = _folder(run_id)
    if not (folder / "about.json").is_file():
        return None
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    portals = folder / "portals.json"
    return PlanShown(
        image=_volume(folder, "image"),
        image_axes_mm=_axes(folder, "image"),
        doses=tuple(_doses(folder)),
        step_gy=about["step_gy"],
        contours=_contours(folder),
        about=about,
        portals=portals.read_text(encoding="utf-8") if portals.is_file() else "[]",
    )


def _dose_name(number: int) -> str:
    return f"dose_{number}" if number else "dose"


def _doses(folder: Path) -> Iterator[DoseShown]:
    number = 0
    while (folder / f"{_dose_name(number)}.npy").is_file():
        yield DoseShown(_volume(folder, _dose_name(number)), _axes(folder, _dose_name(number)))
        number += 1


def _plans() -> Path:
    return Path(settings.DATA_FOLDER) / "plans"


def _folder(run_id: int) -> Path:
    return _plans() / str(run_id)


def _array(folder: Path, name: str) -> Any:
    return np.load(folder / f"{name}.npy", allow_pickle=False)


def _volume(folder: Path, name: str) -> Any:
    """A volume that is read from disk as far as its slices are looked at."""
    return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)


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
