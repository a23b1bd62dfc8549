"""A plan as it is exported, with a CT of 150 slices of 512 x 512: seconds of `isocenter measure`, cold and warm.

Run: python benchmarks/plan_of_150_slices.py [RUNS]
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from tests import dicom_files as d  # noqa: E402
from tests.dicom_files import item  # noqa: E402

from evidence_alone import lobed  # noqa: E402
from isocenter.measuring import measure_folder  # noqa: E402

SLICES, PIXELS, SLICE_MM, PIXEL_MM = 150, 512, 2.5, 0.977
Z_MM = (np.arange(SLICES) - SLICES / 2) * SLICE_MM
ORGANS = [
    "SpinalCord",
    "Brainstem",
    "Parotid_L",
    "Parotid_R",
    "Glnd_Submand_L",
    "Glnd_Submand_R",
    "Larynx",
    "Cavity_Oral",
    "Bone_Mandible",
    "Esophagus",
    "Lung_L",
    "Lung_R",
    "Heart",
    "Eye_L",
    "Eye_R",
    "Lens_L",
    "Lens_R",
    "OpticNrv_L",
    "OpticNrv_R",
    "OpticChiasm",
    "Cochlea_L",
    "Cochlea_R",
    "Brain",
    "Glnd_Thyroid",
    "BrachialPlex_L",
    "BrachialPlex_R",
]


def write_case(folder: Path) -> None:
    """CT, 31 structures, two arcs of 178 control points with 60 pairs of leaves, and a dose of 32 bits every 2.5 mm."""
    chance = np.random.default_rng(1)
    _write_ct(folder, chance)
    d.save(_structures(chance), folder / "RS.dcm")
    d.save(_plan(chance), folder / "RP.dcm")
    d.save(_dose(), folder / "RD.dcm")


def _write_ct(folder: Path, chance: np.random.Generator) -> None:
    x_mm = (np.arange(PIXELS) - PIXELS / 2) * PIXEL_MM
    far = (x_mm / 200)[None, :] ** 2 + (x_mm / 130)[:, None] ** 2
    for z_mm in Z_MM:
        hu = np.where(far < 1, chance.normal(1024, 15, far.shape), 24).astype(np.int16)
        place = {"ImagePositionPatient": [float(x_mm[0]), float(x_mm[0]), float(z_mm)]}
        image = d.ct_slice(float(z_mm), hu, PixelSpacing=[PIXEL_MM, PIXEL_MM], **place)
        d.save(image, folder / f"CT_{image.SOPInstanceUID}.dcm")


def _structures(chance: np.random.Generator) -> "d.Dataset":
    drawn = [
        lobed("BODY", (0, 0, 0), (200, 130, 240), SLICE_MM),
        lobed("PTV_7000", (10, 10, 0), (30, 30, 35), SLICE_MM),
        lobed("CTV_7000", (10, 10, 0), (25, 25, 30), SLICE_MM),
        lobed("PTV_5600", (0, 10, 0), (55, 45, 80), SLICE_MM),
        lobed("GTV", (10, 10, 0), (18, 18, 22), SLICE_MM),
    ]
    for name in ORGANS:
        middle, size = chance.uniform((-70, -60, -110), (70, 60, 110)), np.exp(chance.uniform(np.log(6), np.log(45)))
        drawn.append(lobed(name, tuple(middle), tuple(size * chance.uniform(0.7, 1.3, 3)), SLICE_MM))
    rois = {n: (s.name, [_contour(z, ring) for z, ring in s.contours]) for n, s in enumerate(drawn, start=1)}
    return d.structures(rois)


def _contour(z_mm: float, ring: np.ndarray) -> "d.Dataset":
    points = np.column_stack([ring, np.full(len(ring), z_mm)]).round(2).ravel().tolist()
    return item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(ring), ContourData=points)


def _plan(chance: np.random.Generator) -> "d.Dataset":
    beams = [_arc(1, 181.0, 1, chance), _arc(2, 179.0, -1, chance)]
    plan = d.plan(beams)
    plan.DoseReferenceSequence[0].TargetPrescriptionDose = 70
    plan.FractionGroupSequence[0].NumberOfFractionsPlanned = 35
    return plan


def _arc(number: int, start_deg: float, way: int, chance: np.random.Generator, count: int = 178) -> "d.Dataset":
    edges_mm = [*np.arange(-200, -100, 10.0), *np.arange(-100, 100, 5.0), *np.arange(100, 201, 10.0)]
    weights = np.concatenate([[0], np.cumsum(chance.uniform(0.3, 1.7, count - 1))])
    points = []
    for n in range(count):
        middle, half = chance.uniform(-25, 25, 60).round(2), chance.uniform(2, 20, 60).round(2)
        leaves = item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=[*(middle - half), *(middle + half)])
        more: dict[str, object] = {"BeamLimitingDevicePositionSequence": [leaves]}
        more["GantryAngle"] = round((start_deg + way * n * 358 / (count - 1)) % 360, 1)
        more["GantryRotationDirection"] = "CW" if way > 0 else "CC"
        if n == 0:
            more |= {"BeamLimitingDeviceAngle": 30.0, "PatientSupportAngle": 0.0, "NominalBeamEnergy": 6}
            more["IsocenterPosition"] = [0.0, 0.0, 0.0]
        points.append(d.control_point(n, float(weights[n] / weights[-1]), **more))
    bank = item(RTBeamLimitingDeviceType="MLCX", NumberOfLeafJawPairs=60, LeafPositionBoundaries=edges_mm)
    return d.beam(number, points, BeamType="DYNAMIC", BeamLimitingDeviceSequence=[bank])


def _dose() -> "d.Dataset":
    x_mm, y_mm, z_mm = np.arange(-220, 221, 2.5), np.arange(-140, 141, 2.5), Z_MM
    far = ((x_mm - 10) / 70)[None, None] ** 2 + ((y_mm - 10) / 60)[None, :, None] ** 2 + (z_mm / 90)[:, None, None] ** 2
    stored = np.rint(72 / (1 + far**3) / 1e-5).astype(np.uint32)
    place = {"ImagePositionPatient": [-220.0, -140.0, float(z_mm[0])], "PixelSpacing": [2.5, 2.5]}
    return d.dose(stored, [float(z - z_mm[0]) for z in z_mm], DoseGridScaling=1e-5, **place)


def cold_s(folder: Path, *options: str) -> tuple[float, float]:
    """CPU and wall-clock seconds of a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "isocenter", "measure", str(folder), *options]
    subprocess.run(command, check=True, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu_s, time.perf_counter() - start


def warm_s(folder: Path) -> tuple[float, float]:
    """CPU and wall-clock seconds of reading and measuring in a process that did it before."""
    cpu, start = time.process_time(), time.perf_counter()
    measure_folder(folder, with_pictures=False)
    return time.process_time() - cpu, time.perf_counter() - start


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "case", Path(name) / "measured"
        write_case(folder)
        megabytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        files = len(list(folder.iterdir()))
        print(f"{files} files, {megabytes:.0f} MB; median seconds of {runs} runs: CPU, wall clock")
        measure_folder(folder, with_pictures=False)
        for title, timed in {
            "cold, measures alone": lambda: cold_s(folder),
            "cold, page and pictures": lambda: cold_s(folder, "--out", str(out)),
            "warm, measures alone": lambda: warm_s(folder),
        }.items():
            spent = [timed() for _ in range(runs)]
            cpu_s, wall_s = (statistics.median(column) for column in zip(*spent, strict=True))
            print(f"{title:<26}{cpu_s:7.2f}{wall_s:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
