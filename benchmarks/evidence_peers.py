"""The measures of a plan beside dicompyler-core, platipy and pymedphys: speed and accuracy in one table.

    python benchmarks/evidence_peers.py --peers FOLDER [--data FOLDER]

--peers is a folder for the peers' own virtual environments, which are made there on first use; without it only our
own column is filled. --data holds dicompyler_breast/, a real breast plan with the curves of its planning system, and
openkbp/pt_200/, a real patient whose structures and plan are voxels, written here as DICOM with contours along the
sides of the voxels; the rows of a plan that is not there are left out. Peers run with their defaults, all tools read
the same files; beside the planning system's curves we leave out end caps, as it does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from tests.dicom_files import dose as dose_file  # noqa: E402
from tests.dicom_files import item, save  # noqa: E402
from tests.dicom_files import structures as structures_file  # noqa: E402
from tests.evidence import analytic  # noqa: E402
from tests.naive_geometry import draw_sphere  # noqa: E402

import gamma  # noqa: E402
from isocenter.evidence.bodies.stacking import EndCap  # noqa: E402
from isocenter.evidence.doses.dvh import compute_dvhs  # noqa: E402
from isocenter.evidence.geometry.geometry import measure_geometry  # noqa: E402
from isocenter.intake.dicom_rt import read_dose, read_structures  # noqa: E402
from isocenter.terms.imaging import ContouredStructure, DoseGrid, FloatArray  # noqa: E402
from openkbp import SIZE, voxel_patient  # noqa: E402

PEERS = {
    "dicompyler-core 0.5.6": ("dicompyler", ["dicompyler-core==0.5.6", "pydicom<3", "numpy<2"]),
    "platipy 0.7.2": ("platipy", ["platipy==0.7.2"]),
    "pymedphys 0.41.0": ("pymedphys", gamma.PEER),
}
DICOMPYLER, PLATIPY, PYMEDPHYS = PEERS
OURS = "Isocenter"
DOSE_STEP_GY = 1e-6
COMPARED = ("Breast", "Heart", "Lt Lung", "Tumor Bed", "Tumor Bed Block")  # solid, and large enough to agree on
BREAST, VOXELS = "breast", "voxels"
DIRECTIONS = ((1.0, 0.3, 0.0), (1.0, 0.2, 0.9), (0.3, 0.2, 0.933), (0.0, 0.0, 1.0))
GAPS_MM = (3.0, 7.5)
TWO_SPHERES_MM = (20.0, 15.0)

Row = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Curve:
    """One cumulative DVH of any tool, and what it took to get there."""

    cc: float
    dose_gy: FloatArray
    volume_cc: FloatArray
    seconds: float = 0.0


@dataclass(frozen=True)
class Curves:
    """What one tool made of the solids, of the real plans, and of the pairs of spheres."""

    solids: list[Curve]
    plans: dict[str, tuple[dict[str, Curve], float]]  # by name: the curves by ROI number, and seconds for all of them
    pairs: list[tuple[float, float]]


# --- the files that all tools read ---


def write_structures(path: Path, structures: Sequence[ContouredStructure]) -> Path:
    rois = {
        number: (structure.name, [_contour(z_mm, points) for z_mm, points in structure.contours])
        for number, structure in enumerate(structures, start=1)
    }
    return save(structures_file(rois), path)


def _contour(z_mm: float, points: FloatArray) -> pydicom.Dataset:
    coordinates = np.column_stack([points, np.full(len(points), z_mm)]).ravel()
    data = [f"{value:.6f}"[:16] for value in coordinates]
    return item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(points), ContourData=data)


def write_dose(path: Path, dose: DoseGrid) -> Path:
    stored = np.round(dose.dose_gy.astype(np.float64) / DOSE_STEP_GY).astype(np.uint32)
    made = dose_file(
        stored,
        [float(z - dose.z_mm[0]) for z in dose.z_mm],
        DoseGridScaling=DOSE_STEP_GY,
        PixelSpacing=[float(np.diff(dose.y_mm)[0]), float(np.diff(dose.x_mm)[0])],
        ImagePositionPatient=[float(dose.x_mm[0]), float(dose.y_mm[0]), float(dose.z_mm[0])],
    )
    return save(made, path)


def raster_around(structures: Sequence[ContouredStructure], slice_mm: float) -> dict[str, list[float]]:
    """An image of 1 mm pixels on the contours' own slices, with a margin."""
    points = np.concatenate([points for s in structures for _, points in s.contours])
    z_mm = np.unique([round(z, 6) for s in structures for z, _ in s.contours])
    low = np.floor(points.min(axis=0)) - 5
    size = np.ceil(points.max(axis=0)) + 6 - low
    planes = round((z_mm[-1] - z_mm[0]) / slice_mm) + 5
    return {
        "size": [*size.tolist(), planes],
        "spacing_mm": [1.0, 1.0, slice_mm],
        "origin_mm": [*low.tolist(), float(z_mm[0] - 2 * slice_mm)],
    }


def write_task(folder: Path, data: Path) -> dict[str, Any]:
    solids = []
    for number, case in enumerate(analytic.sixty_cases()):
        solids.append({
            "structures": str(write_structures(folder / f"solid{number}_rs.dcm", [case.structure])),
            "dose": str(write_dose(folder / f"solid{number}_rd.dcm", case.dose)),
            "raster": raster_around([case.structure], case.spacing_mm),
        })  # fmt: skip
    pairs = [
        {
            "structures": str(write_structures(folder / f"pair{number}_rs.dcm", pair)),
            "raster": raster_around(pair, slice_mm),
            "gap_mm": gap_mm,
        }
        for number, (pair, slice_mm, gap_mm) in enumerate(two_spheres())
    ]
    plans = {
        BREAST: describe_plan(data / "dicompyler_breast"),
        VOXELS: write_voxels(folder, data / "openkbp" / "pt_200"),
    }
    return {"solids": solids, "pairs": pairs, "plans": {name: plan for name, plan in plans.items() if plan}}


def two_spheres() -> Iterator[tuple[tuple[ContouredStructure, ContouredStructure], float, float]]:
    """Spheres of 20 and 15 mm in several directions, on slices of 1 to 3 mm, at two gaps."""
    for direction in DIRECTIONS:
        unit = np.array(direction) / np.linalg.norm(direction)
        for slice_mm in (1.0, 2.0, 3.0):
            for gap_mm in GAPS_MM:
                center = tuple(unit * (sum(TWO_SPHERES_MM) + gap_mm))
                target = draw_sphere("PTV", (0, 0, 0), TWO_SPHERES_MM[0], slice_mm)
                yield (target, draw_sphere("Organ", center, TWO_SPHERES_MM[1], slice_mm)), slice_mm, gap_mm


def write_voxels(folder: Path, patient: Path) -> dict[str, Any] | None:
    """The patient of voxels as DICOM, what its voxels count, and their raster."""
    if not patient.is_dir():
        return None
    voxels = voxel_patient(patient)
    return {
        "structures": str(write_structures(folder / "voxels_rs.dcm", voxels.structures)),
        "dose": str(write_dose(folder / "voxels_rd.dcm", voxels.dose)),
        "names": {str(s.number): s.name for s in voxels.structures},
        "raster": {"size": [SIZE] * 3, "spacing_mm": list(voxels.spacing_mm), "origin_mm": [0.0, 0.0, 0.0]},
    }


def describe_plan(folder: Path) -> dict[str, Any] | None:
    """The real breast plan, and the raster of its CT, of which one slice is there."""
    if not folder.is_dir():
        return None
    image = pydicom.dcmread(folder / "ct.0.dcm", stop_before_pixels=True)
    drawn = [s for s in read_structures(folder / "rtss.dcm")[0].structures if s.contours]
    z_mm = np.unique([z for s in drawn for z, _ in s.contours])
    step_mm = float(np.median(np.diff(z_mm)))
    pixel_mm = [float(image.PixelSpacing[1]), float(image.PixelSpacing[0])]
    corner_mm = [float(value) for value in image.ImagePositionPatient[:2]]
    return {
        "structures": str(folder / "rtss.dcm"),
        "dose": str(folder / "rtdose.dcm"),
        "names": {str(s.number): "_".join(s.name.split()) for s in drawn},
        "raster": {
            "size": [image.Columns, image.Rows, round((z_mm[-1] - z_mm[0]) / step_mm) + 1],
            "spacing_mm": [*pixel_mm, step_mm],
            "origin_mm": [*corner_mm, float(z_mm[0])],
        },
    }


# --- what each tool makes of them ---


def run_ours(task: dict[str, Any]) -> Curves:
    def curves(set_path: str, dose_path: str, end_cap: EndCap = "half") -> dict[str, Curve]:
        structures, dose = read_structures(Path(set_path))[0].structures, read_dose(Path(dose_path))[0]
        return {
            str(d.structure_number): Curve(d.total_volume_cc, d.dose_edges_gy, d.cumulative_cc)
            for d in compute_dvhs(structures, dose, end_cap=end_cap)
        }

    def timed(set_path: str, dose_path: str, times: int) -> tuple[dict[str, Curve], float]:
        spans = []
        for _ in range(times):
            start = time.perf_counter()
            found = curves(set_path, dose_path)
            spans.append(time.perf_counter() - start)
        return found, min(spans)

    solids = []
    curves(task["solids"][0]["structures"], task["solids"][0]["dose"])  # compiled or taken from the cache
    for case in task["solids"]:
        found, seconds = timed(case["structures"], case["dose"], 1)
        solids.append(Curve(found["1"].cc, found["1"].dose_gy, found["1"].volume_cc, seconds))
    plans = {}
    for name, plan in task["plans"].items():
        found, seconds = timed(plan["structures"], plan["dose"], 5)
        if name == BREAST:  # the rule that the stored curves follow
            found = curves(plan["structures"], plan["dose"], end_cap="none")
        plans[name] = (found, seconds)
    pairs = []
    for case in task["pairs"]:
        start = time.perf_counter()
        target, organ = read_structures(Path(case["structures"]))[0].structures
        found_mm = measure_geometry([target], [organ])[0].pairs[0].distance_mm
        pairs.append((found_mm, time.perf_counter() - start))
    return Curves(solids, plans, pairs)


def run_peer(name: str, script: str, home: Path, task_path: Path) -> Curves:
    result_path = task_path.with_name(f"{script}.json")
    code = ROOT / "benchmarks" / "peers" / script
    subprocess.run(
        [str(python_of(name, home)), "-W", "ignore", str(code), str(task_path), str(result_path)],
        check=True,
        capture_output=True,
    )
    found = json.loads(result_path.read_text())

    def curve(entry: dict[str, Any]) -> Curve:
        return Curve(entry["cc"], np.array(entry["dose_gy"]), np.array(entry["volume_cc"]), entry.get("seconds", 0.0))

    return Curves(
        [curve(entry) for entry in found["solids"]],
        {
            name: ({number: curve(entry) for number, entry in plan["curves"].items()}, plan["seconds"])
            for name, plan in found["plans"].items()
        },
        [(pair["distance_mm"], pair["seconds"]) for pair in found.get("pairs", ())],
    )


def python_of(name: str, home: Path) -> Path:
    """The peer's interpreter; its environment is made on first use."""
    folder, packages = PEERS[name]
    python = home / folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(home / folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


# --- how right and how fast they are ---


def rows_of_solids(found: dict[str, Curves]) -> list[Row]:
    cases = list(analytic.sixty_cases())
    volumes, shapes, times = {}, {}, {}
    for tool, curves in found.items():
        errors = np.array([_errors(case, curve) for case, curve in zip(cases, curves.solids, strict=True)])
        mean, largest = errors.mean(axis=0), errors.max(axis=0)
        volumes[tool], shapes[tool] = (f"{mean[n]:.2f} / {largest[n]:.2f} %" for n in (0, 1))
        times[tool] = f"{1000 * float(np.median([curve.seconds for curve in curves.solids])):.0f} ms"
    return [
        ("60 solids of known formula: error of the volume, mean / largest", volumes),
        ("the same: error of the whole curve, of the volume", shapes),
        ("the same: files to curve, median", times),
    ]


def _errors(case: analytic.Case, curve: Curve) -> tuple[float, float]:
    dose_gy = np.linspace(0, 40, 8001)
    true_cc = case.cumulative_cc(dose_gy)
    found_cc = np.interp(dose_gy, curve.dose_gy, curve.volume_cc, right=0.0)
    return (
        100 * abs(curve.cc / case.total_cc - 1),
        100 * float(np.abs(found_cc - true_cc).max()) / case.total_cc,
    )


def rows_of_plans(found: dict[str, Curves], task: dict[str, Any], data: Path) -> list[Row]:
    rows = []
    if BREAST in task["plans"]:
        plan = task["plans"][BREAST]
        stored = {str(curve.structure_number): curve for curve in read_dose(Path(plan["dose"]))[0].stored_dvhs}
        given = {
            number: (stored[number].dose_gy, stored[number].volume_cc)
            for number, name in plan["names"].items()
            if name.replace("_", " ") in COMPARED
        }
        volumes, shapes = _apart_from(given, found, BREAST)
        rows += [
            ("a real breast plan, nine DVHs: files to curves", _seconds_of(found, BREAST)),
            ("five of them beside the planning system's curves: volume, mean / largest difference", volumes),
            ("the same: curve, each in per cent of its own volume", shapes),
        ]
    if VOXELS in task["plans"]:
        voxels = voxel_patient(data / "openkbp" / "pt_200")
        voxel_cc = float(np.prod(voxels.spacing_mm)) / 1000
        within, middles = (
            {
                str(s.number): _counted(doses_gy[s.name], voxel_cc * len(voxels.middles_gy[s.name]))
                for s in voxels.structures
            }
            for doses_gy in (voxels.within_gy, voxels.middles_gy)
        )
        volumes, shapes = _apart_from(within, found, VOXELS)
        rows += [
            (f"a real head and neck of voxels, {len(within)} DVHs: files to curves", _seconds_of(found, VOXELS)),
            ("all of them beside the voxels, dose linear within each: volume, mean / largest difference", volumes),
            ("the same: curve, each in per cent of its own volume", shapes),
            ("the same, each voxel counted with the dose in its middle", _apart_from(middles, found, VOXELS)[1]),
        ]
    return rows


def _counted(doses_gy: FloatArray, total_cc: float) -> tuple[FloatArray, FloatArray]:
    """The curve of parts of equal volume and of one dose each."""
    dose_gy = np.arange(0, doses_gy.max() + 0.1, 0.05)
    return dose_gy, total_cc * (1 - np.searchsorted(np.sort(doses_gy), dose_gy) / len(doses_gy))


def _seconds_of(found: dict[str, Curves], plan: str) -> dict[str, str]:
    return {tool: f"{curves.plans[plan][1]:.2f} s" for tool, curves in found.items()}


def _apart_from(
    given: dict[str, tuple[FloatArray, FloatArray]], found: dict[str, Curves], plan: str
) -> tuple[dict[str, str], dict[str, str]]:
    """How far the volumes of each tool, and its curves, are from those given by ROI number (Gy, cc)."""
    volumes, shapes = {}, {}
    for tool, of_tool in found.items():
        curves = of_tool.plans[plan][0]
        off = [abs(curves[n].cc / volume_cc[0] - 1) for n, (_, volume_cc) in given.items()]
        volumes[tool] = f"{100 * np.mean(off):.2f} / {100 * max(off):.2f} %"
        apart = [_apart(curves[n], *curve) for n, curve in given.items()]
        shapes[tool] = f"{100 * np.mean(apart):.2f} / {100 * max(apart):.2f} %"
    return volumes, shapes


def _apart(curve: Curve, dose_gy: FloatArray, volume_cc: FloatArray) -> float:
    """Largest distance of two curves, each as shares of its own volume."""
    found = np.interp(dose_gy, curve.dose_gy, curve.volume_cc, right=0.0)
    return float(np.abs(found / curve.cc - volume_cc / volume_cc[0]).max())


def rows_of_pairs(found: dict[str, Curves], task: dict[str, Any]) -> list[Row]:
    errors, times = {}, {}
    for tool, curves in found.items():
        if curves.pairs:
            off = [mm - case["gap_mm"] for (mm, _), case in zip(curves.pairs, task["pairs"], strict=True)]
            errors[tool] = f"{min(off):+.2f} to {max(off):+.2f} mm"
            times[tool] = f"{1000 * float(np.median([seconds for _, seconds in curves.pairs])):.0f} ms"
    return [
        (f"least distance of two spheres, {len(task['pairs'])} pairs: error", errors),
        ("the same: files to distance, median", times),
    ]


def rows_of_gamma(data: Path, peers: Path | None) -> list[Row]:
    path = data / "dicompyler_breast" / "rtdose.dcm"
    planned = read_dose(path)[0] if path.is_file() else gamma.synthetic_dose()
    measured = gamma.disturbed(planned)
    rows = []
    for criteria in (gamma.CRITERIA[0], gamma.CRITERIA[3]):
        seconds, result = gamma.own(measured, planned, criteria)
        cells = {OURS: f"{seconds:.2f} s, {result.pass_rate_percent:.2f} % pass"}
        if peers is not None:
            python_of(PYMEDPHYS, peers)
            peer_s, passed, *_ = gamma.peer(peers, measured, planned, criteria)
            cells[PYMEDPHYS] = f"{peer_s:.2f} s, {passed:.2f} % pass"
        name = f"gamma {criteria.dose_percent:g} %/{criteria.distance_mm:g} mm {criteria.normalisation}"
        rows.append((f"{name}, {result.points:,} points", cells))
    return rows


def print_table(rows: Sequence[Row], tools: Sequence[str]) -> None:
    print(f"| what | {' | '.join(tools)} |")
    print("|---" * (len(tools) + 1) + "|")
    for what, cells in rows:
        print(f"| {what} | {' | '.join(cells.get(tool, '-') for tool in tools)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--peers", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        task = write_task(Path(made), options.data)
        task_path = Path(made) / "task.json"
        task_path.write_text(json.dumps(task))
        found = {OURS: run_ours(task)}
        if options.peers is not None:
            found[DICOMPYLER] = run_peer(DICOMPYLER, "run_dicompyler.py", options.peers, task_path)
            found[PLATIPY] = run_peer(PLATIPY, "run_platipy.py", options.peers, task_path)
        rows = [*rows_of_solids(found), *rows_of_plans(found, task, options.data), *rows_of_pairs(found, task)]
        rows += rows_of_gamma(options.data, options.peers)
    print_table(rows, [OURS, *(PEERS if options.peers else ())])
    for plan, folder in ((BREAST, "dicompyler_breast"), (VOXELS, "openkbp/pt_200")):
        if plan not in task["plans"]:
            print(f"\nNo {folder} in --data: its plan was not run.")
    if options.peers is None:
        print("\nNo --peers folder: the peers were not run.")


if __name__ == "__main__":
    main()
