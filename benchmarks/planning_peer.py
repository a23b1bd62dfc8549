"""The fluence optimization of `peers/run_pyradplan.py` on the C-shape as DICOM: `planning_peer.py FOLDER [BEAMS] [MM]`.

Same phantom, beams, bixels of 5 mm, grid and objective; each program has its own pencil beam of 6 MV, its reach (here
30 mm, there 50 mm) and isocenter. Prints the same JSON: seconds, memory, objective and histogram points, on the grid of
the CT.
"""

import json
import resource
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import map_coordinates

from isocenter.intake.dicom_rt.folder import read_folder
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.dose.beam_view import cast_fan, look
from isocenter.planning.dose.influence import build_influence
from isocenter.planning.objective.objective import Objective, Penalty
from isocenter.planning.optimizing.optimize import lower
from isocenter.planning.patient.patient import lay_out_patient, voxels_inside
from peers.run_pyradplan_measures import measures_of, objective_of, timed

ITERATIONS = 500


def on_ct(dose, patient, ct, drawn):
    """The dose of each structure at the voxels of the CT, linear between those of the planning grid."""
    axes = ((ct.z_mm, patient.z_mm), (ct.y_mm, patient.y_mm), (ct.x_mm, patient.x_mm))
    at = [np.interp(fine, coarse, np.arange(len(coarse))) for fine, coarse in axes]
    fine = map_coordinates(dose, np.meshgrid(*at, indexing="ij"), order=1, mode="nearest")
    return {
        name: fine[voxels_inside(drawn[name], ct.x_mm, ct.y_mm, ct.z_mm)] for name in ("OuterTarget", "Core", "BODY")
    }


def main():
    """One plan."""
    folder, _, _ = read_folder(Path(sys.argv[1]))
    beams, grid_mm = int((sys.argv[2:] or ["5"])[0]), float((sys.argv[3:] or ["5"])[0])
    drawn = {s.name: s for s in folder.structure_set.structures}
    patient = lay_out_patient(folder.ct, drawn["BODY"], list(drawn.values()), grid_mm)
    place = np.full(patient.density.size, -1)
    place[patient.body] = np.arange(len(patient.body))
    rows = {name: place[patient.voxels[name]] for name in ("OuterTarget", "Core", "BODY")}

    def penalty(kind, name, dose_gy, importance):
        own = rows[name]
        return Penalty(kind, own, np.full(len(own), 1 / len(own), np.float32), dose_gy, importance)

    objective = Objective(
        patient.body,
        (
            penalty("under", "OuterTarget", 50.0, 1000.0),
            penalty("over", "OuterTarget", 50.0, 1000.0),
            penalty("over", "Core", 25.0, 300.0),
            penalty("over", "BODY", 30.0, 100.0),
        ),
    )
    beam = load_beam_data()
    middle = patient.points_mm(patient.voxels["OuterTarget"]).astype(float).mean(0)

    def matrix_of():
        fans = [cast_fan(patient, look(360.0 * k / beams, middle, sad_mm=beam.sad_mm)) for k in range(beams)]
        return build_influence(patient, fans, patient.body, patient.voxels["OuterTarget"], beam)

    matrix_of()  # kernels are compiled once
    matrix, matrix_time = timed(matrix_of)
    start = np.full(matrix.bixels, 50.0 / float(matrix.dose(np.ones(matrix.bixels))[rows["OuterTarget"]].mean()))
    found, optimization_time = timed(lambda: lower(objective, matrix, start, ITERATIONS))
    dose = np.zeros(patient.density.shape, np.float32)
    dose.flat[patient.body] = matrix.dose(found.weights)
    by_name = on_ct(dose, patient, folder.ct, drawn)
    report = {
        "bixels": matrix.bixels,
        "entries": len(matrix.values),
        "matrix_bytes": int(matrix.values.nbytes + matrix.columns.nbytes + matrix.pointers.nbytes),
        "matrix": matrix_time,
        "optimization": {**optimization_time, "evaluations": found.evaluations},
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "objective": objective_of(by_name),
        "measures": measures_of(by_name),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
