"""DVHs and distances from the masks of platipy, in its own environment: python run_platipy.py TASK.json RESULT.json

Masks are painted on an image of the slices: 1 mm pixels for solids, the CT's own raster for the plan.
platipy has no least distance of two structures; it is taken from its masks by SimpleITK's distance map.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK
from platipy.dicom.io.rtstruct_to_nifti import transform_point_set_from_dicom_struct
from platipy.imaging.dose.dvh import calculate_dvh

BIN_GY = 0.01


def image_of(raster: dict[str, list[float]]) -> SimpleITK.Image:
    image = SimpleITK.Image([int(count) for count in raster["size"]], SimpleITK.sitkInt16)
    image.SetSpacing(raster["spacing_mm"])
    image.SetOrigin(raster["origin_mm"])
    return image


def masks_of(set_path: str, image: SimpleITK.Image) -> dict[str, SimpleITK.Image]:
    masks, names = transform_point_set_from_dicom_struct(image, pydicom.dcmread(set_path, force=True))
    return dict(zip(names, masks, strict=True))


def dose_of(path: str) -> SimpleITK.Image:
    data = pydicom.dcmread(path, force=True)
    dose = SimpleITK.GetImageFromArray((data.pixel_array * float(data.DoseGridScaling)).astype(np.float32))
    offsets = list(map(float, data.GridFrameOffsetVector))
    dose.SetSpacing([float(data.PixelSpacing[1]), float(data.PixelSpacing[0]), offsets[1] - offsets[0]])
    dose.SetOrigin([float(value) for value in data.ImagePositionPatient])
    return dose


def curves_of(set_path: str, dose_path: str, raster: dict[str, list[float]]) -> dict[str, dict[str, object]]:
    image = image_of(raster)
    masks = masks_of(set_path, image)
    dose = SimpleITK.Resample(
        dose_of(dose_path), image, SimpleITK.Transform(), SimpleITK.sitkLinear, 0.0, SimpleITK.sitkFloat32
    )
    edges = np.arange(0, SimpleITK.GetArrayViewFromImage(dose).max() + 2 * BIN_GY, BIN_GY)
    voxel_cc = float(np.prod(raster["spacing_mm"])) / 1000
    curves = {}
    for name, mask in masks.items():
        volume_cc = float(SimpleITK.GetArrayViewFromImage(mask).astype(bool).sum()) * voxel_cc
        middles, shares = calculate_dvh(dose, mask, bins=edges)
        curves[name] = {
            "cc": volume_cc,
            "dose_gy": [0.0, *map(float, middles)],
            "volume_cc": [volume_cc, *(volume_cc * np.asarray(shares, dtype=float)).tolist()],
        }
    return curves


def distance_mm(set_path: str, raster: dict[str, list[float]]) -> float:
    target, organ = masks_of(set_path, image_of(raster)).values()
    away = SimpleITK.SignedMaurerDistanceMap(organ, squaredDistance=False, useImageSpacing=True)
    inside = SimpleITK.GetArrayViewFromImage(away)[SimpleITK.GetArrayViewFromImage(target) > 0]
    return max(float(inside.min()), 0.0)


def main() -> None:
    task_path, result_path = (Path(argument) for argument in sys.argv[1:])
    task = json.loads(task_path.read_text())
    solids = []
    for case in task["solids"]:
        start = time.perf_counter()
        (curve,) = curves_of(case["structures"], case["dose"], case["raster"]).values()
        solids.append({**curve, "seconds": time.perf_counter() - start})
    plans = {}
    for name, plan in task["plans"].items():
        start = time.perf_counter()
        named = curves_of(plan["structures"], plan["dose"], plan["raster"])
        seconds = time.perf_counter() - start
        numbers = {roi: number for number, roi in plan["names"].items()}
        plans[name] = {"curves": {numbers[roi]: curve for roi, curve in named.items()}, "seconds": seconds}
    pairs = []
    for pair in task["pairs"]:
        start = time.perf_counter()
        found_mm = distance_mm(pair["structures"], pair["raster"])
        pairs.append({"distance_mm": found_mm, "seconds": time.perf_counter() - start})
    result_path.write_text(json.dumps({"solids": solids, "plans": plans, "pairs": pairs}))


main()
