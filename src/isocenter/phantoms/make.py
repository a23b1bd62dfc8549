"""Makes a phantom: as objects, or as a folder of DICOM-RT files, with what is known of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from isocenter.phantoms.catalogue import PHANTOMS, solid_volume_at
from isocenter.phantoms.dicom_parts import origin_of
from isocenter.phantoms.doses import ConformalDose, FloatArray
from isocenter.phantoms.image_files import write_ct, write_doses, write_structures, write_verifying_dose
from isocenter.phantoms.images import ct_image, dose_grid, structure_set, verifying_doses
from isocenter.phantoms.knobs import Delivery, Person, PlanStyle, Quirks, Verification
from isocenter.phantoms.plan_files import write_plan, write_records, write_registration
from isocenter.phantoms.plans import treatment_plan
from isocenter.phantoms.recipe import FIRST_DAY, Recipe
from isocenter.phantoms.sessions import treatment_records
from isocenter.terms.imaging import PlanFolder, Registration

ClosedForm = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a phantom in closed form, under the names of its catalogue entry.

    closed_forms give the volume in cc that receives at least each dose in Gy; margins and gaps are exact.
    """

    volumes_cc: dict[str, float]
    prescription_gy: dict[str, float]
    fractions: int
    closed_forms: dict[str, ClosedForm]
    margins_mm: dict[str, float]
    gaps_mm: dict[tuple[str, str], float]


@dataclass(frozen=True, eq=False)
class PhantomFiles:
    """The files of one phantom, and what is known of it."""

    folder: Path
    ct: tuple[Path, ...]
    structures: Path
    plan: Path
    doses: tuple[Path, ...]
    records: tuple[Path, ...]
    truth: Truth
    registrations: tuple[Path, ...] = ()
    earlier: tuple["PhantomFiles", ...] = field(default=())
    verifying: tuple[Path, ...] = ()

    @property
    def all_paths(self) -> tuple[Path, ...]:
        own = (
            *self.ct, self.structures, self.plan, *self.doses, *self.records, *self.registrations, *self.verifying
        )  # fmt: skip
        return own + tuple(path for before in self.earlier for path in before.all_paths)


def phantom_names() -> list[str]:
    """Every phantom that can be made."""
    return sorted(PHANTOMS)


def phantom_truth(name: str) -> Truth:
    """What is known of a phantom; UnknownName where there is none of the name."""
    recipe = Recipe(name)
    phantom = recipe.phantom
    return Truth(
        {part.name: part.shape.volume_cc for part in phantom.parts},
        phantom.prescription_gy,
        phantom.fractions,
        _closed_forms(recipe),
        phantom.margins_mm,
        phantom.gaps_mm,
    )


def _closed_forms(recipe: Recipe) -> dict[str, ClosedForm]:
    dose = recipe.dose
    if not isinstance(dose, ConformalDose):
        return {"Solid": partial(solid_volume_at, recipe.name)}
    hottest = max(level.dose_gy for level in dose.levels)
    # Lower levels are overlapped by the hottest one, which spoils their closed form.
    return {
        level.structure: partial(dose.closed_form, level.structure) for level in dose.levels if level.dose_gy == hottest
    }


def phantom_objects(
    name: str,
    *,
    spacing_mm: float | None = None,
    slice_mm: float | None = None,
    quirks: Quirks = Quirks(),  # noqa: B008 - frozen
    style: PlanStyle | None = None,
    delivery: Delivery = Delivery(),  # noqa: B008 - frozen
    start: date = FIRST_DAY,
    seed: int = 0,
    verification: Verification | None = None,
    person: Person | None = None,
) -> PlanFolder:
    """A phantom without files: what the readers would make of the folder of the same arguments.

    spacing_mm is the distance of pixels in CT and dose, slice_mm that of slices; None is the phantom's own.
    """
    return _objects(Recipe(name, spacing_mm, slice_mm, quirks, style, delivery, start, seed, verification, person))


def make_phantom(
    name: str,
    folder: Path,
    *,
    spacing_mm: float | None = None,
    slice_mm: float | None = None,
    quirks: Quirks = Quirks(),  # noqa: B008 - frozen
    style: PlanStyle | None = None,
    delivery: Delivery = Delivery(),  # noqa: B008 - frozen
    start: date = FIRST_DAY,
    seed: int = 0,
    verification: Verification | None = None,
    person: Person | None = None,
) -> PhantomFiles:
    """Write a phantom as DICOM-RT files into the folder; the same arguments give the same bytes."""
    recipe = Recipe(name, spacing_mm, slice_mm, quirks, style, delivery, start, seed, verification, person)
    return _write(recipe, _objects(recipe), folder)


def _objects(recipe: Recipe) -> PlanFolder:
    structures = structure_set(recipe)
    plan = treatment_plan(recipe, structures)
    before = recipe.earlier
    registrations: tuple[Registration, ...] = ()
    if before is not None:
        matrix = np.round(recipe.phantom.earlier_matrix, 12)
        registrations = (Registration(before.uid("frame"), recipe.uid("frame"), matrix),)
    dose = dose_grid(recipe, structures)
    return PlanFolder(
        plan,
        structures,
        dose,
        ct_image(recipe, structures),
        treatment_records(recipe, plan),
        registrations,
        () if before is None else (_objects(before),),
        verifying_doses(recipe, dose),
    )


def _write(recipe: Recipe, made: PlanFolder, folder: Path) -> PhantomFiles:
    assert made.plan and made.structure_set and made.dose and made.ct
    folder.mkdir(parents=True, exist_ok=True)
    before = recipe.earlier
    return PhantomFiles(
        folder,
        write_ct(recipe, made.ct, folder),
        write_structures(recipe, made.structure_set, made.ct, folder),
        write_plan(origin_of(recipe), made.plan, folder),
        write_doses(recipe, made.dose, made.structure_set, made.plan, folder),
        write_records(recipe, made.records, made.plan, folder),
        phantom_truth(recipe.name),
        tuple(write_registration(recipe, r, folder / "REG.dcm") for r in made.registrations),
        () if before is None else tuple(_write(before, e, folder / "earlier") for e in made.earlier),
        tuple(write_verifying_dose(recipe, dose, made.plan, folder) for dose in made.verifying_doses),
    )
