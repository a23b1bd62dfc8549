"""Runs pyRadPlan on its C-shape phantom and prints JSON: seconds, memory, objective and histogram points.

In an environment of its own: `pip install pyRadPlan==0.5.0 "pydantic<2.14"`. `run_pyradplan.py [BEAMS] [GRID_MM]`.
"""

import json
import resource
import sys

import SimpleITK
from pyRadPlan import PhotonPlan, calc_dose_influence, fluence_optimization, generate_stf, load_tg119
from pyRadPlan.optimization.objectives import SquaredDeviation, SquaredOverdosing
from run_pyradplan_measures import measures_of, objective_of, timed

GOALS = {  # importance and dose in Gy
    "OuterTarget": (SquaredDeviation, 1000.0, 50.0),
    "Core": (SquaredOverdosing, 300.0, 25.0),
    "BODY": (SquaredOverdosing, 100.0, 30.0),
}


def main():
    """One plan."""
    beams, grid_mm = int((sys.argv[1:] or ["5"])[0]), float((sys.argv[2:] or ["5"])[0])
    ct, cst = load_tg119()
    for voi in cst.vois:
        objective, priority, dose_gy = GOALS[voi.name]
        key = "d_ref" if objective is SquaredDeviation else "d_max"
        voi.objectives = [objective(priority=priority, **{key: dose_gy})]
    plan = PhotonPlan(machine="Generic", num_of_fractions=1)
    angles = [360.0 * k / beams for k in range(beams)]
    plan.prop_stf = {"gantry_angles": angles, "couch_angles": [0.0] * beams, "bixel_width": 5.0}
    plan.prop_dose_calc = {"dose_grid": {"resolution": {"x": grid_mm, "y": grid_mm, "z": grid_mm}}}
    plan.prop_opt = {"solver": "scipy"}
    stf = generate_stf(ct, cst, plan)
    dij, matrix_time = timed(lambda: calc_dose_influence(ct, cst, stf, plan))
    matrix = dij.physical_dose.flat[0]
    fluence, optimization_time = timed(lambda: fluence_optimization(ct, cst, stf, dij, plan))
    result = dij.compute_result_ct_grid(fluence)
    dose = SimpleITK.GetArrayFromImage(result["physical_dose"]).ravel()
    by_name = {voi.name: dose[voi.indices_numpy] for voi in cst.vois}
    report = {
        "bixels": int(matrix.shape[1]),
        "entries": int(matrix.nnz),
        "matrix_bytes": int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes),
        "matrix": matrix_time,
        "optimization": optimization_time,
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "objective": objective_of(by_name),
        "measures": measures_of(by_name),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
