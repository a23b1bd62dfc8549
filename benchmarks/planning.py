"""Plans real and test anatomy both ways and prints time, memory, monitor units and the usual measures.

`planning.py FOLDER [PATIENT ...]`: a folder of OpenKBP patients (CSV on a grid of 128 x 128 x 128, index in C order of
y, x, z); `planning.py FOLDER --goals GOALS.csv [SITE]`: CT and structures as DICOM;
`planning.py --phantoms [NAME ...]`: the bundled phantom of each site with usual limits. Beam data is generic.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from isocenter.phantoms.make import make_phantom
from isocenter.plan_making import TECHNIQUES, compute_plans, make_plans
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.objective.goals import understand
from isocenter.planning.patient.patient import PlanningPatient, density_curve
from isocenter.planning.task.task import Task
from isocenter.terms.chart import Constraint
from openkbp import grids_of, spacings_mm, structure_names

DOSES_GY = {"PTV70": 70.0, "PTV63": 63.0, "PTV56": 56.0}
GOALS = (
    ("SpinalCord", "max", 45.0),
    ("Brainstem", "max", 54.0),
    ("RightParotid", "mean", 26.0),
    ("LeftParotid", "mean", 26.0),
    ("Larynx", "mean", 45.0),
    ("Esophagus", "mean", 34.0),
    ("Mandible", "max", 73.5),
)

# Site and goals of each phantom: limits of the kind that prescriptions name.
PHANTOMS = {
    "prostate": (
        "prostate",
        "PTV_78 D95% >= 78 Gy; PTV_78 D2% <= 83 Gy; Rectum V70Gy <= 20 %; Rectum V50Gy <= 50 %; "
        "Bladder V70Gy <= 25 %; Femur_Head_L max <= 50 Gy; Femur_Head_R max <= 50 Gy",
    ),
    "lung": (
        "lung",
        "PTV_60 D95% >= 60 Gy; PTV_60 D2% <= 66 Gy; SpinalCord max <= 45 Gy; Lung_L V20Gy <= 35 %; "
        "Heart mean <= 10 Gy; Esophagus mean <= 34 Gy",
    ),
    "left_breast": (
        "left_breast",
        "PTV_50 D95% >= 47.5 Gy; PTV_50 D2% <= 53.5 Gy; Heart mean <= 4 Gy; Heart V25Gy <= 10 %; Lung_L V20Gy <= 20 %; "
        "Lung_R mean <= 2 Gy; A_LAD mean <= 15 Gy",
    ),
    "right_breast": (
        "right_breast",
        "PTV_50 D95% >= 47.5 Gy; PTV_50 D2% <= 53.5 Gy; Heart mean <= 2 Gy; Lung_R V20Gy <= 20 %; Lung_L mean <= 2 Gy",
    ),
    "spine": (
        "spine",
        "PTV_30 D95% >= 30 Gy; PTV_30 D2% <= 34.5 Gy; SpinalCord D0.03cc <= 25 Gy; Esophagus max <= 32 Gy; "
        "Lung_L mean <= 5 Gy; Lung_R mean <= 5 Gy",
    ),
    "head_and_neck": (
        "head_and_neck",
        "PTV_7000 D95% >= 70 Gy; PTV_5600 D95% >= 56 Gy; PTV_7000 D2% <= 77 Gy; SpinalCord max <= 45 Gy; "
        "Brainstem max <= 54 Gy; Parotid_L mean <= 26 Gy; Parotid_R mean <= 26 Gy; Larynx mean <= 44 Gy",
    ),
    "c_shape": ("", "PTV_50 D95% >= 50 Gy; PTV_50 D10% <= 55 Gy; Core D10% <= 25 Gy"),
    "reirradiation": ("spine", "PTV_40 D95% >= 40 Gy; PTV_40 D2% <= 44 Gy; SpinalCord max <= 20 Gy"),
}


def patient_of(folder):
    """The patient of a folder on its own grid, cropped to where dose is possible; the given dose in the same shape."""
    grid = grids_of(folder)
    inside = grid("possible_dose_mask", 0) > 0
    low, high = (np.argwhere(inside).min(0) - 2).clip(0), np.argwhere(inside).max(0) + 3
    crop = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    hu, relative = density_curve()
    inside = np.ascontiguousarray(inside[crop])
    density = np.interp(grid("ct", 0)[crop] - 1024, hu, relative).astype(np.float32)
    density[~inside] = relative[0]
    voxels = {name: np.flatnonzero((grid(name, 0)[crop] > 0) & inside) for name in structure_names(folder)}
    axes = [
        (np.arange(count) * spacing) for count, spacing in zip(density.shape[::-1], spacings_mm(folder), strict=True)
    ]
    return PlanningPatient(density, *axes, np.flatnonzero(inside), voxels), grid("dose", 0)[crop]


def task_of(patient):
    """Doses by level and the usual limits; targets of a lower level are what no higher one holds."""
    prescribed = {name: dose for name, dose in DOSES_GY.items() if len(patient.voxels.get(name, ()))}
    organs = tuple(name for name, _, _ in GOALS if len(patient.voxels.get(name, ())))
    rows = [Constraint("", name, metric, "<=", limit, "Gy") for name, metric, limit in GOALS if name in organs]
    volumes = {name: len(patient.voxels[name]) * patient.voxel_cc for name in organs}
    goals = tuple(understand(row, max(prescribed.values()), volumes[row.structure]) for row in rows)
    targets = np.unique(np.concatenate([patient.voxels[name] for name in prescribed]))
    middle = patient.points_mm(targets).astype(float).mean(0)
    return Task(patient, load_beam_data(), {}, prescribed, 35, goals, tuple(rows), middle, organs)


def row_of(dose, patient, task):
    """D95 and D2 of targets, the highest 2 % or the mean of organs."""
    flat = dose.ravel()
    parts = [
        f"{n} D95 {np.percentile(flat[patient.voxels[n]], 5):.1f} D2 {np.percentile(flat[patient.voxels[n]], 98):.1f}"
        for n in task.prescribed_gy
    ]
    for name, metric, limit in GOALS:
        if name in task.critical:
            here = flat[patient.voxels[name]]
            parts.append(f"{name} {metric} {here.mean() if metric == 'mean' else here.max():.1f} ({limit:g})")
    return "; ".join(parts)


def plan_openkbp(folder):
    """Both plans of one patient beside the given dose."""
    patient, given = patient_of(folder)
    task = task_of(patient)
    print(f"\n{folder.name}: {patient.density.size:,} voxels")
    print(f"  given dose: {row_of(given, patient, task)}")
    wall, cpu = time.perf_counter(), cpu_s()
    plans = compute_plans(task, TECHNIQUES, "head_and_neck")
    print(f"  both: {cpu_s() - cpu:.0f} CPU s, {time.perf_counter() - wall:.0f} s")
    for plan in plans:
        print(f"  {plan.technique}: {plan.monitor_units:.0f} MU, objective {plan.objective:.0f}, "
              f"{plan.evaluations} evaluations; {row_of(plan.dose_gy, patient, task)}", flush=True)  # fmt: skip


def cpu_s():
    """CPU seconds of this process and of those it began."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def plan_phantom(name):
    """Both plans of a phantom, constraint by constraint."""
    site, goals = PHANTOMS[name]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        make_phantom(name, folder / "dicom")
        rows = [",".join(goal.split()) for goal in goals.split("; ")]
        (folder / "goals.csv").write_text("\n".join(["structure,metric,comparison,limit,unit", *rows]))
        cpu = cpu_s()
        made = make_plans(folder / "dicom", goals=folder / "goals.csv", site=site)
    print(f"\n{name}: {cpu_s() - cpu:.0f} CPU s")
    for plan in made.plans:
        print(
            f"  {plan.technique}: {plan.arrangement.name}, {plan.monitor_units:.0f} MU, objective {plan.objective:.0f}"
        )
    shown = ("imrt", "conformal")
    for c in made.comparison.constraints:
        values = ", ".join(f"{plan} {c.values[plan]:.1f}" for plan in shown)
        print(f"  {c.structure} {c.metric} {c.comparison} {c.limit:g} {c.unit}: {values}; {c.verdict}")
    for m in made.comparison.measures:
        print(f"    {m.structure} {m.metric}", ", ".join(f"{m.values[plan]:.2f}" for plan in shown if plan in m.values))
    sys.stdout.flush()


def main():
    """One run of what is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("patients", nargs="*")
    parser.add_argument("--phantoms", nargs="*")
    parser.add_argument("--goals", type=Path)
    options = parser.parse_args()
    if options.phantoms is not None:
        for name in options.phantoms or PHANTOMS:
            plan_phantom(name)
    elif options.goals:
        cpu = cpu_s()
        made = make_plans(options.folder, goals=options.goals, site=next(iter(options.patients), ""))
        print(f"{cpu_s() - cpu:.0f} CPU s")
        for plan in made.plans:
            print(plan.technique, f"{plan.monitor_units:.0f} MU, objective {plan.objective:.0f}")
        for c in made.comparison.constraints:
            print(
                c.structure,
                c.metric,
                c.comparison,
                c.limit,
                c.unit,
                {k: round(v, 1) for k, v in c.values.items()},
                c.verdict,
            )
        for m in made.comparison.measures:
            print(m.structure, m.metric, {plan: round(value, 2) for plan, value in m.values.items()})
    else:
        wanted = options.patients or sorted(p.name for p in options.folder.iterdir() if p.is_dir())
        for name in wanted:
            plan_openkbp(options.folder / name)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB", file=sys.stderr)


if __name__ == "__main__":
    main()
