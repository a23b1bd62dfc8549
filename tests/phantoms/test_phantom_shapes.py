"""Shapes and doses of the phantoms against brute-force counting and against their own outlines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.phantoms import PHANTOMS, phantom_truth
from isocenter.phantoms.catalogue import solid_volume_at
from isocenter.phantoms.doses import ConformalDose
from isocenter.phantoms.recipe import Recipe
from isocenter.phantoms.shapes import Crescent, Ellipsoid, Horseshoe, Pipe, Rod, Shape, Target

SOLIDS = [name for name, phantom in PHANTOMS.items() if phantom.dose is not None]
EVERY_PART = [
    (name, part.name) for name, phantom in PHANTOMS.items() for part in phantom.parts if not name.endswith("_ap")
]
TARGETS = [Ellipsoid((1, 2, 3), (10, 8, 12)), Rod((0, 0, 0), (9, 7, 11)), Horseshoe((0, 0, 0), 20, 6, 220, 30)]
TARGETS.append(Crescent((20, -10, 40), (0, 5, 45), 0, 40))


def shape_of(name: str, part_name: str) -> Shape:
    return next(part.shape for part in PHANTOMS[name].parts if part.name == part_name)


def area(points: np.ndarray) -> float:
    x, y = points.T
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def fine_mesh(reach_mm: float, step_mm: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    c = np.arange(-reach_mm + step_mm / 2, reach_mm, step_mm)
    return c[None, None, :], c[None, :, None], c[:, None, None]


def random_points(reach_mm: float) -> np.ndarray:
    return np.random.default_rng(1).uniform(-reach_mm, reach_mm, (3, 1_000_000))


@pytest.mark.parametrize("name", SOLIDS)
def test_the_closed_form_of_a_solid_is_what_counting_small_cubes_gives(name: str) -> None:
    step_mm = 0.25
    x, y, z = fine_mesh(13, step_mm)
    inside = shape_of(name, "Solid").signed_distance(x, y, z) <= 0
    doses = Recipe(name).dose(x, y, z)[inside]
    thresholds = np.arange(3.0, 29.0, 0.5)
    counted_cc = np.array([(doses >= d).sum() for d in thresholds]) * step_mm**3 / 1000
    exact_cc = solid_volume_at(name, thresholds)
    assert np.abs(counted_cc - exact_cc).max() < 0.004 * exact_cc[0]


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_that_receives_any_dose_is_the_whole_solid(name: str) -> None:
    assert solid_volume_at(name, np.array([0.0, 40.0])) == pytest.approx(
        [shape_of(name, "Solid").volume_cc, 0.0], abs=1e-9
    )


@pytest.mark.parametrize(("name", "part_name"), EVERY_PART)
def test_thin_slices_of_every_structure_add_up_to_its_closed_volume(name: str, part_name: str) -> None:
    shape = shape_of(name, part_name)
    z_mm, step_mm = np.linspace(-120, 120, 1001, retstep=True)
    sections = [shape.outlines(float(z), 3.5) for z in z_mm]
    areas = [area(s[0]) - sum(area(hole) for hole in s[1:]) for s in sections if s]
    # A flat end may fall anywhere within a slice: one slice of the largest area at most is in doubt.
    in_doubt_cc = 1.01 * max(areas) * step_mm / 1000 + 0.001 * shape.volume_cc
    assert sum(areas) * step_mm / 1000 == pytest.approx(shape.volume_cc, abs=in_doubt_cc)


@pytest.mark.parametrize(("name", "part_name"), EVERY_PART)
def test_outlines_lie_on_the_surface(name: str, part_name: str) -> None:
    shape = shape_of(name, part_name)
    for z in (-11.3, 0.7, 17.9, 41.1):
        for outline in shape.outlines(z, 3.5):
            x, y = outline.T
            distance_mm = shape.signed_distance(x, y, np.full(len(x), z))
            assert np.abs(distance_mm).max() < 0.7  # the corners of an equal-area polygon stand out a little


@pytest.mark.parametrize("shape", TARGETS, ids=lambda shape: type(shape).__name__)
def test_the_share_that_lies_deeper_is_what_counting_gives(shape: Target) -> None:
    x, y, z = random_points(65)
    inside = shape.signed_distance(x, y, z) <= 0
    depth = shape.depth(x, y, z)[inside]
    for wanted in (0.0, 0.1, 0.3, 0.6, 0.9):
        assert (depth >= wanted).mean() == pytest.approx(float(shape.share_deeper(np.array(wanted))), abs=0.02)


@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(-60, 60))
def test_depth_is_positive_only_inside(x: float, y: float, z: float) -> None:
    for shape in TARGETS:
        point = (np.array(x), np.array(y), np.array(z))
        if shape.signed_distance(*point) > 1e-9:
            assert shape.depth(*point) == 0
        assert 0 <= shape.depth(*point) <= 1


def test_the_bore_of_a_pipe_is_outside() -> None:
    pipe = Pipe((0, 0, 0), (14, 13, 48), 3)
    distances_mm = pipe.signed_distance(np.array([0.0, 12.5, 20.0]), np.zeros(3), np.zeros(3))
    assert (np.sign(distances_mm) == [1, -1, 1]).all()


@pytest.mark.parametrize("name", [name for name in PHANTOMS if PHANTOMS[name].gaps_mm])
def test_the_stated_gaps_are_the_distances_between_outlines(name: str) -> None:
    for (one, other), gap_mm in PHANTOMS[name].gaps_mm.items():
        drawn_at = [z for z in np.arange(-80.5, 80, 1.0) if shape_of(name, one).outlines(float(z), 1.0)]
        middle = float(np.mean(drawn_at))
        points = np.vstack(shape_of(name, one).outlines(middle, 0.5))
        distances_mm = shape_of(name, other).signed_distance(*points.T, np.full(len(points), middle))
        assert distances_mm.min() == pytest.approx(gap_mm, abs=0.2)


@pytest.mark.parametrize("name", [name for name in PHANTOMS if PHANTOMS[name].margins_mm])
def test_the_stated_margins_are_those_between_ctv_and_ptv(name: str) -> None:
    ctv, ptv = (next(p.shape for p in PHANTOMS[name].parts if p.name.startswith(kind)) for kind in ("CTV", "PTV"))
    assert isinstance(ctv, Ellipsoid)
    assert isinstance(ptv, Ellipsoid)
    shift, grown = np.subtract(ptv.center, ctv.center), np.subtract(ptv.half_size, ctv.half_size)
    upwards, downwards = grown + shift, grown - shift
    assert PHANTOMS[name].margins_mm == {
        "left": upwards[0],
        "right": downwards[0],
        "posterior": upwards[1],
        "anterior": downwards[1],
        "superior": upwards[2],
        "inferior": downwards[2],
    }


@pytest.mark.parametrize("name", [name for name in PHANTOMS if name not in SOLIDS])
def test_the_closed_form_of_a_target_is_what_counting_its_dose_gives(name: str) -> None:
    dose = Recipe(name).dose
    assert isinstance(dose, ConformalDose)
    for target, closed_form in phantom_truth(name).closed_forms.items():
        shape = shape_of(name, target)
        x, y, z = random_points(150)
        doses = dose(x, y, z)[shape.signed_distance(x, y, z) <= 0]
        prescribed_gy = PHANTOMS[name].prescription_gy[target]
        for share in (1.0, 1.005, 1.02, 1.04):
            counted = (doses >= share * prescribed_gy - 1e-9).mean()
            exact = closed_form(np.array(share * prescribed_gy)) / shape.volume_cc
            assert counted == pytest.approx(float(exact), abs=0.05)
        assert doses.min() >= prescribed_gy - 1e-9
        assert doses.max() <= 1.05 * prescribed_gy


@pytest.mark.parametrize("name", [name for name in PHANTOMS if name not in SOLIDS])
def test_every_prescription_has_its_target_and_no_target_reaches_out_of_the_body(name: str) -> None:
    phantom, dose = PHANTOMS[name], Recipe(name).dose
    assert isinstance(dose, ConformalDose)
    assert {level.structure: level.dose_gy for level in dose.levels} == phantom.prescription_gy
    x, y, z = fine_mesh(220, 5.0)
    for part in phantom.contents:
        inside = part.shape.signed_distance(x, y, z) <= 0
        assert phantom.body.signed_distance(x, y, z)[inside].max(initial=-1) <= 0, part.name
