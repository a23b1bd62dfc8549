"""Targets that reach far beyond the outline of the patient: a stray point, contours of another unit or frame."""

from collections.abc import Iterator, Sequence

import numpy as np

from isocenter.terms.imaging import ContouredStructure, FloatArray
from isocenter.terms.problems import Problem

_MOST_BEYOND_MM = 30.0  # margins into the air beside a breast and swollen skin stay within


def beyond_outline(targets: Sequence[ContouredStructure], outlines: Sequence[ContouredStructure]) -> Iterator[Problem]:
    """A sentence for each target that reaches more than 30 mm beyond the box around the outlines."""
    if not outlines:
        return
    boxes = [_box_mm(outline) for outline in outlines]
    low_mm, high_mm = (
        np.min([low for low, _ in boxes], axis=0),
        np.max([high for _, high in boxes], axis=0),
    )
    for target in targets:
        low, high = _box_mm(target)
        beyond_mm = float(max((low_mm - low).max(), (high - high_mm).max()))
        if beyond_mm > _MOST_BEYOND_MM:
            sentence = (
                f"{target.name} reaches {beyond_mm:.0f} mm beyond the outline of the patient ({outlines[0].name}); "
                "check its contours."
            )
            yield Problem("", "structures", sentence)


def _box_mm(structure: ContouredStructure) -> tuple[FloatArray, FloatArray]:
    """Least and greatest x, y, z of the contours."""
    points = np.concatenate([points for _, points in structure.contours])
    z_mm = structure.z_mm
    return np.append(points.min(axis=0), z_mm[0]), np.append(points.max(axis=0), z_mm[-1])
