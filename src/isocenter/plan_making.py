"""Reads a patient's files, makes the plans that were asked for, holds them against each other, and draws them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.files.folders import expect_a_folder_of_a_plan, files_below
from isocenter.files.program import PROGRAM, program_digest
from isocenter.files.texts import shown
from isocenter.files.unchanged import States
from isocenter.intake.case import read_case
from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.planning.beam.beam_data import BeamData, generic_beams, load_beam_data
from isocenter.planning.beam.measured_beam import read_measured_beam
from isocenter.planning.checks.fitted_beam import fit_beam
from isocenter.planning.checks.recompute import Plausibility, Recomputed, check_plausibility, recompute
from isocenter.planning.conformal.angles import searched
from isocenter.planning.conformal.fields_to_try import conformal_fields, make_best_conformal
from isocenter.planning.imrt.imrt import DELIVERIES, make_imrt
from isocenter.planning.memory import kept_memory
from isocenter.planning.objective.goals import read_goals
from isocenter.planning.optimizing.side_by_side import beside, can_work_side_by_side
from isocenter.planning.plans.comparison import CLINIC, RAISED, RECOMPUTED, Comparison, compare, dose_grid
from isocenter.planning.plans.plan import ComputedPlan
from isocenter.planning.task.clinic_plans import dose_of_the_course, plans_of
from isocenter.planning.task.remarks import coarse_grid
from isocenter.planning.task.sides import BREAST, side_remarks, target_sides, with_side
from isocenter.planning.task.task import Choices, Task, set_task
from isocenter.planning.task.templates import arrangement, is_known_site, known_sites
from isocenter.rulebook.readings import READ_BY_PLANS
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import Course
from isocenter.terms.dose_metrics import with_unit_of_metric
from isocenter.terms.imaging import DoseGrid, PlanFolder
from isocenter.terms.problems import Problem
from isocenter.terms.review import Picture

TECHNIQUES = ("imrt", "conformal")
MOST_SIDE_BY_SIDE = 4_000_000  # voxels of the grid; of a larger one two matrices at once may not fit in memory
LESS_COVERED = 0.002  # of the dose to the highest target; less is no difference


@dataclass(frozen=True, eq=False)
class PlansMade:
    """The plans of one patient, how they compare, and their pictures by plan."""

    task: Task
    plans: tuple[ComputedPlan, ...]
    comparison: Comparison
    pictures: dict[str, tuple[Picture, ...]]
    difference: Picture | None  # IMRT less 3D conformal
    problems: tuple[Problem, ...]
    source: PlanFolder
    plausibility: Plausibility | None


_NO_SITE = "there is no beam arrangement for it: beams are spread evenly around the patient; name one with --site"


def files_taken(path: Path, beside: Sequence[Path | None], out: Path | None = None) -> list[Path]:
    """The files from which plans are made: those of a folder but those of out, and those of what is given beside it."""
    expect_a_folder_of_a_plan(path)
    below = [file for file in files_below(path)[0] if out is None or not file.resolve().is_relative_to(out.resolve())]
    return [*below, *(file for one in beside if one is not None for file in _files_of(one))]


def _files_of(path: Path) -> list[Path]:
    return files_below(path)[0] if path.is_dir() else [path]


def content_key(files: Sequence[Path], *choices: object) -> str:
    """What plans follow from: the files that are taken, choices and the program."""
    parts = [version("isocenter"), *map(repr, choices)]
    for file in files:
        parts.append(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}")
    # Page, facts and what the files are taken for follow from other rooms than planning: all of the program counts.
    parts.append(program_digest(PROGRAM))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def choices_of(policy: Rulebook) -> Choices:
    """What the readings of a policy choose for a comparison; a policy without them leaves the usual choices."""
    read = {reading.name: reading.value for reading in policy.readings if reading.name in READ_BY_PLANS}
    usual = Choices()
    return Choices(
        float(read.get("comparison_coverage_percent", usual.coverage_percent)),
        float(read.get("comparison_block_margin_mm", usual.block_margin_mm)),
        float(read.get("comparison_wedge_deg", usual.wedge_deg)),
        int(read.get("comparison_apertures_per_field", usual.apertures_per_field)),
        float(read.get("comparison_least_miss_percent", usual.least_miss_percent)),
    )


def make_plans(
    path: Path,
    techniques: Sequence[str] = TECHNIQUES,
    *,
    goals: Path | None = None,
    beams: Path | None = None,
    site: str = "",
    spacing_mm: float = 3.0,
    delivery: str = DELIVERIES[0],
    plan_folder: Path | None = None,
    policy: Rulebook | None = None,
    states: States | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> PlansMade:
    """Plan a case folder, or a folder of DICOM-RT files; UnreadableInput where something it takes is missing.

    Goals come from a CSV file, else from the case's constraints; without either, targets take the dose that the
    clinic's plan prescribes. The clinic's own dose, where there is one, is compared as well. `plan_folder` holds
    DICOM-RT files that lie outside the case; what a comparison has to choose are readings of the policy (imrt).
    `states` are those of the files that are taken, where they were looked at before; UnreadableInput where one of
    them is changed until the plans are made.
    """
    states = states or States.of(files_taken(path, (plan_folder, goals, beams)), path)
    policy = policy or load_policy("imrt")
    if site != BREAST and not is_known_site(site):
        raise UnreadableInput(f"no beam arrangement is kept for the site {site}; expected {', '.join(known_sites())}")
    beam = _beam_of(beams)
    contents = read_case(path)
    folder, problems, _ = read_folder(plan_folder or path)
    in_case = (with_unit_of_metric(row) for row in contents.rows if isinstance(row, Constraint))
    constraints = read_goals(goals) if goals else list(in_case)
    courses = [row for row in contents.rows if isinstance(row, Course)]
    site = site or next((_site_of(row) for row in courses), "")
    try:
        task, more = set_task(folder, constraints, beam, spacing_mm, choices_of(policy))
        sides = target_sides(task)
        site, said = with_side(site, sides)
        more += said + side_remarks(sides, site, next((row.laterality for row in courses), ""))
    except UnreadableInput as wrong:
        lacks = [problem for problem in problems if folder.ct is None or folder.structure_set is None]
        why = f"; {lacks[0].path} {lacks[0].place}: {lacks[0].sentence.rstrip('.')}" if lacks else ""
        raise UnreadableInput(f"{shown(plan_folder or path)}: {wrong}{why}") from None
    more += coarse_grid(spacing_mm)
    more += [] if is_known_site(site) else [Problem("", f"site {site}".strip(), _NO_SITE)]
    plans = compute_plans(task, techniques, site, delivery, progress)
    doses: dict[str, DoseGrid] = {}
    again: Recomputed | None = None
    of_clinic, said = dose_of_the_course(folder)
    more += said
    if of_clinic is not None:
        doses[CLINIC] = of_clinic
        again = _compute_again(task, folder, beam, progress)
    if again is not None:
        more += again.problems
    if again is not None and again.is_whole:
        doses[RECOMPUTED] = dose_grid(task, again.dose_gy)
    doses |= {plan.technique: dose_grid(task, plan.dose_gy) for plan in plans}
    if (raised := _raised(plans)) is not None:
        doses[RAISED] = dose_grid(task, raised)
    progress("comparison")
    comparison = compare(task, doses)
    plausible = _plausibility(task, folder, again, comparison)
    more += _not_reproduced(plausible)
    pictures = {name: _draw(task, folder, name, dose, comparison) for name, dose in doses.items() if name != RAISED}
    difference = _draw_difference(task, folder, doses) if set(TECHNIQUES) <= set(doses) else None
    found = (*problems, *more, *comparison.problems)
    states.expect_the_same()
    return PlansMade(task, tuple(plans), comparison, pictures, difference, found, folder, plausible)


def compute_plans(
    task: Task,
    techniques: Sequence[str],
    site: str = "",
    delivery: str = DELIVERIES[0],
    progress: Callable[[str], None] = lambda _: None,
) -> list[ComputedPlan]:
    """The plan of each technique, in their order; two small enough for the memory are made at once."""

    def work(technique: str) -> Callable[[Callable[[str], None]], ComputedPlan]:
        return lambda say: _compute(task, technique, site, delivery, say)

    def named(technique: str) -> Callable[[str], None]:
        return lambda text: progress(f"{technique}: {text}")

    with kept_memory():
        if len(techniques) != 2 or task.patient.density.size > MOST_SIDE_BY_SIDE or not can_work_side_by_side():
            return [work(technique)(named(technique)) for technique in techniques]
        first, second = techniques
        task.patient.medium, task.objectives  # noqa: B018 - made once, before there are two processes
        with beside(work(second), named(second)) as other:

            def say(text: str) -> None:
                named(first)(text)
                other.pass_on()

            return [work(first)(say), other.result()]


def _compute(task: Task, technique: str, site: str, delivery: str, progress: Callable[[str], None]) -> ComputedPlan:
    if technique == "imrt":
        return make_imrt(task, searched(arrangement(technique, site), task), progress, delivery)
    hard = sorted({goal.structure for goal in task.goals if goal.is_upper} - set(task.prescribed_gy))
    return make_best_conformal(task, conformal_fields(task, site), hard, progress)


def _raised(plans: Sequence[ComputedPlan]) -> NDArray[np.float32] | None:
    """The dose of the 3D conformal plan raised to the coverage of IMRT, where its own is less; else None."""
    made = {plan.technique: plan for plan in plans}
    if not set(TECHNIQUES) <= set(made):
        return None
    by = made["conformal"].short_by / made["imrt"].short_by
    return made["conformal"].dose_gy * np.float32(by) if by > 1 + LESS_COVERED else None


def _beam_of(path: Path | None) -> BeamData:
    """The beam of a file, the one fitted to a folder of measurements, or the generic one."""
    return fit_beam(read_measured_beam(path)) if path is not None and path.is_dir() else load_beam_data(path)


def _site_of(course: Course) -> str:
    """The site of a course as arrangements name it: breasts by their side."""
    return f"{course.laterality}_breast" if course.site == "breast" and course.laterality else course.site


def _compute_again(
    task: Task, folder: PlanFolder, beam: BeamData, progress: Callable[[str], None]
) -> Recomputed | None:
    """The clinic's plan by our own engine, so that no technique wins by the engine's skill; None unless it is one."""
    if folder.plan is None or len(plans_of(folder)) > 1:
        return None
    progress("the clinic's plan, computed again")
    return recompute(task.patient, folder.plan, [beam, *generic_beams()])


def _plausibility(
    task: Task, folder: PlanFolder, again: Recomputed | None, comparison: Comparison
) -> Plausibility | None:
    """How the clinic's monitor units fit its dose; None where a field could not be computed again."""
    if again is None or folder.plan is None or not again.is_whole:
        return None
    target = task.top_target
    stored, computed = (
        next(dvh for dvh in comparison.dvhs[name] if dvh.structure_name == target) for name in (CLINIC, RECOMPUTED)
    )
    if not stored.mean_gy > 0:
        return None
    voxels = task.patient.voxels[target]
    return check_plausibility(again, folder.plan, voxels, stored, computed, task.choices.coverage_percent)


def _not_reproduced(check: Plausibility | None) -> list[Problem]:
    """A remark where the clinic's plan, computed again, is not what its stored dose is of."""
    if check is None or check.is_reproduced:
        return []
    sentence = (
        f"its stored dose is not reproduced: {check.target} has a mean of {check.stored_gy:.1f} Gy and a "
        f"D{check.coverage_percent:g}% of {check.stored_covered_gy:.1f} Gy there, {check.computed_gy:.1f} and "
        f"{check.computed_covered_gy:.1f} Gy from control points and monitor units; the plan computed again counts "
        "neither for nor against a technique, and a physicist has to say what is delivered"
    )
    return [Problem("", "the clinic's plan, computed again", sentence)]


def write_plans(made: PlansMade, folder: Path) -> list[Path]:
    """Write each computed plan and its dose as DICOM-RT files into the folder."""
    from isocenter.planning.plans.export import write_computed  # noqa: PLC0415 - pydicom loads when files are written

    return [path for plan in made.plans for path in write_computed(made.task, plan, made.source, folder)]


def _draw(task: Task, folder: PlanFolder, name: str, dose: DoseGrid, comparison: Comparison) -> tuple[Picture, ...]:
    """Isodoses through the middle of the targets, and the curves, of one plan."""
    from isocenter.evidence.pictures.colors import colors_of  # noqa: PLC0415
    from isocenter.evidence.pictures.curves import dvh_chart  # noqa: PLC0415 - matplotlib loads when pictures are drawn
    from isocenter.evidence.pictures.isodoses import isodose  # noqa: PLC0415

    roles = {**dict.fromkeys(task.critical, "critical"), **dict.fromkeys(task.prescribed_gy, "target")}
    prescribed_gy = max(task.prescribed_gy.values())
    middle_mm = _middle_mm(task)
    colors = colors_of(folder.structure_set.structures) if folder.structure_set else {}
    return (
        isodose(folder.ct, dose, folder.structure_set, roles, prescribed_gy, middle_mm, name=f"isodose_{name}"),
        dvh_chart(
            comparison.dvhs[name],
            roles,
            task.constraints,
            prescribed_gy,
            colors=colors,
            own_gy=task.prescribed_gy,
            name=f"dvh_{name}",
        ),
    )


def _draw_difference(task: Task, folder: PlanFolder, doses: dict[str, DoseGrid]) -> Picture:
    """The dose of IMRT less that of the 3D conformal plan, through the middle of the highest target."""
    from isocenter.evidence.pictures.difference import dose_difference  # noqa: PLC0415

    roles = {**dict.fromkeys(task.critical, "critical"), **dict.fromkeys(task.prescribed_gy, "target")}
    return dose_difference(
        folder.ct,
        doses["imrt"],
        doses["conformal"],
        folder.structure_set,
        roles,
        max(task.prescribed_gy.values()),
        _middle_mm(task),
        name="difference",
        title="Dose of IMRT less 3D conformal",
    )


def _middle_mm(task: Task) -> tuple[float, float, float]:
    x, y, z = task.patient.points_mm(task.patient.voxels[task.top_target]).mean(0)
    return float(x), float(y), float(z)
