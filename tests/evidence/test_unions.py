"""What others hold already is measured against a target once."""

import numpy as np
import pytest

from isocenter.evidence.drawn.unions import each_place_once, without_copies
from isocenter.evidence.roles.roles import structure_rows
from isocenter.terms.imaging import ContouredStructure, StructureSet

_Z_MM = (0.0, 3.0, 6.0, 9.0)


def _square(middle_mm: float, half_mm: float = 20.0, points: int = 4) -> list[tuple[float, np.ndarray]]:
    around = np.arange(points) * 2 * np.pi / points + np.pi / 4
    ring = np.stack([np.cos(around), np.sin(around)], axis=1) * half_mm * np.sqrt(2) + [middle_mm, 0.0]
    return [(z_mm, ring) for z_mm in _Z_MM]


_LEFT, _RIGHT = _square(60), _square(-60)
_SMALL = _square(0, 8)


@pytest.mark.parametrize(
    ("drawn", "kept"),
    [
        ({"Lung_L": _LEFT, "Lung_R": _RIGHT, "Lungs": _LEFT + _RIGHT}, ["Lung_L", "Lung_R"]),
        ({"Lungs": _RIGHT + _LEFT, "Lung_L": _LEFT, "Lung_R": _RIGHT}, ["Lung_L", "Lung_R"]),
        ({"Lungs": _square(60, 22, 8) + _RIGHT, "Lung_L": _LEFT, "Lung_R": _RIGHT}, ["Lungs", "Lung_L", "Lung_R"]),
        ({"Lungs": _square(60, 20.1) + _square(-60, 20.1), "Lung_L": _LEFT, "Lung_R": _RIGHT}, ["Lung_L", "Lung_R"]),
        ({"Lungs": _square(60, 15) + _RIGHT, "Lung_L": _LEFT, "Lung_R": _RIGHT}, ["Lungs", "Lung_L", "Lung_R"]),
        ({"Lungs": _LEFT + _RIGHT, "Lung_L": _LEFT}, ["Lungs", "Lung_L"]),
        ({"Kidneys": _square(60, 20.1) + _RIGHT, "Lung_L": _LEFT, "Lung_R": _RIGHT}, ["Kidneys", "Lung_L", "Lung_R"]),
        ({"Bladder": _SMALL, "Rectum": _LEFT, "Bladder+Rectum": _SMALL + _LEFT}, ["Bladder", "Rectum"]),
        ({"Rectum": _SMALL, "Rectum copy": [*_SMALL]}, ["Rectum"]),
        ({"Rectum": _LEFT, "Bowel": _LEFT[1:]}, ["Rectum", "Bowel"]),
    ],
)  # fmt: skip
def test_an_organ_that_others_hold_is_left_out(
    drawn: dict[str, list[tuple[float, np.ndarray]]], kept: list[str]
) -> None:
    structures = [
        ContouredStructure(number, name, "ORGAN", tuple(contours))
        for number, (name, contours) in enumerate(drawn.items(), start=1)
    ]
    rows = structure_rows("plan", StructureSet(tuple(structures)), None)
    roles = {row.structure_number: row for row in rows}
    assert [one.name for one in each_place_once(structures, roles)] == kept


def test_a_target_is_measured_once_and_a_union_of_two_beside_them() -> None:
    drawn = {"PTV_70": _SMALL, "PTV_60": _LEFT, "PTV_total": _SMALL + _LEFT, "PTV_boost": [*_SMALL]}
    targets = [ContouredStructure(n, name, "PTV", tuple(drawn[name])) for n, name in enumerate(drawn)]
    assert [one.name for one in without_copies(targets)] == ["PTV_70", "PTV_60", "PTV_total"]
