"""Gamma against its definition, its plain twin, and doses whose gamma is known by formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.naive_geometry import gamma_at

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.gamma import GammaCriteria, compare_planes, compare_volumes
from isocenter.terms.imaging import DoseGrid


def blob(x_mm, y_mm, z_mm, center=(0.0, 0.0, 0.0), height_gy=2.0, frame=""):
    """A Gaussian dose of 15 mm standard deviation on the given axes."""
    z, y, x = np.meshgrid(z_mm, y_mm, x_mm, indexing="ij")
    square = (x - center[0]) ** 2 + (y - center[1]) ** 2 + (z - center[2]) ** 2
    dose = (height_gy * np.exp(-square / 450)).astype(np.float32)
    return DoseGrid(dose, x_mm, y_mm, z_mm, frame_of_reference_uid=frame)


def axis(reach_mm, step_mm):
    return np.arange(-reach_mm, reach_mm + 1e-9, step_mm)


def test_a_dose_agrees_wholly_with_itself():
    dose = blob(axis(30, 2.5), axis(28, 2.0), axis(24, 3.0))
    result = compare_volumes(dose, dose, GammaCriteria())
    assert result.pass_rate_percent == 100
    assert result.largest_gamma == 0
    assert result.points == int(np.sum(dose.dose_gy >= 0.1 * dose.dose_gy.max()))


def test_a_scaled_flat_dose_has_the_gamma_of_its_difference():
    flat = np.full((12, 15), 2.0)
    axes = (axis(11, 2.0), axis(14, 2.0))
    result = compare_planes(flat * 1.045, axes, flat, axes, GammaCriteria(3, 2), normalisation_dose_gy=2.0)
    assert result.mean_gamma == pytest.approx(1.5, abs=1e-6)
    assert result.pass_rate_percent == 0
    passing = compare_planes(flat * 1.027, axes, flat, axes, GammaCriteria(3, 2), normalisation_dose_gy=2.0)
    assert passing.median_gamma == pytest.approx(0.9, abs=1e-6)
    assert passing.pass_rate_percent == 100


def test_a_shifted_gradient_has_the_gamma_of_low_1998():
    """Where dose rises by g a millimeter, a shift s gives |g s| / sqrt(g^2 dta^2 + dd^2) in units of the criteria."""
    x = axis(60, 1.0)
    slope, shift = 0.02, 1.5
    planned = np.tile(3 + slope * x, (5, 1))
    measured = np.tile(3 + slope * (x - shift), (5, 1))
    axes = (axis(2, 1.0), x)
    criteria = GammaCriteria(3, 2, step_mm=0.02)
    result = compare_planes(measured, axes, planned, axes, criteria, normalisation_dose_gy=3.0)
    expected = slope * shift / np.sqrt((slope * 2) ** 2 + 0.09**2) / 1.0
    # (distance / 2)^2 + (dose / 0.09)^2 is least where the line through both criteria meets the gradient.
    assert result.gamma[2, 30:90] == pytest.approx(expected, rel=1e-3)


def test_a_step_of_dose_passes_within_the_distance_and_fails_beyond():
    x = axis(40, 0.5)
    planned = np.tile(np.where(x < 0, 2.0, 1.0), (9, 1))
    axes = (axis(4, 1.0), x)
    for shift, passes in ((1.5, True), (4.0, False)):
        measured = np.tile(np.where(x < shift, 2.0, 1.0), (9, 1))
        result = compare_planes(measured, axes, planned, axes, GammaCriteria(3, 2))
        assert (result.pass_rate_percent == 100) is passes


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["global", "local"]))
def test_every_point_has_the_gamma_of_its_plain_twin(seed, normalisation):
    rng = np.random.default_rng(seed)
    z_mm = np.array([0.0, 2.0, 5.0])  # unevenly spaced
    y_mm, x_mm = np.arange(5) * 2.0, np.arange(6) * 2.5
    planned = rng.uniform(1, 2, (3, 5, 6)).astype(np.float32)
    measured = (planned * rng.uniform(0.93, 1.07, planned.shape)).astype(np.float32)
    criteria = GammaCriteria(3, 3, normalisation, threshold_percent=0, step_mm=1.0, maximum=1.5)
    result = compare_volumes(DoseGrid(measured, x_mm, y_mm, z_mm), DoseGrid(planned, x_mm, y_mm, z_mm), criteria)
    for _ in range(8):
        k, j, i = (int(rng.integers(n)) for n in planned.shape)
        dose = float(measured[k, j, i])
        criterion = 0.03 * (float(measured.max()) if normalisation == "global" else dose)
        place = (z_mm[k], y_mm[j], x_mm[i])
        twin = gamma_at(place, dose, (z_mm, y_mm, x_mm), planned, criterion, 3, 1.0, 1.5)
        assert result.gamma[k, j, i] == pytest.approx(twin, abs=2e-4)


def test_local_normalisation_is_stricter_where_the_dose_is_low():
    axes = axis(30, 2.5), axis(30, 2.5), axis(30, 2.5)
    planned, measured = blob(*axes), blob(*axes, center=(0.8, 0, 0), height_gy=2.05)
    rates = [
        compare_volumes(measured, planned, GammaCriteria(2, 1, normalisation)).pass_rate_percent
        for normalisation in ("global", "local")
    ]
    assert rates[1] < rates[0]


def test_grids_of_their_own_spacing_are_compared_at_their_places():
    planned = blob(axis(40, 2.5), axis(40, 2.5), axis(40, 3.0))
    measured = blob(axis(23, 1.9), axis(21, 2.1), np.array([-14.0, -9, -3, 2, 4, 11]))
    result = compare_volumes(measured, planned, GammaCriteria(2, 2))
    assert result.pass_rate_percent == 100
    assert result.points_outside == 0


def test_points_beyond_the_planned_grid_are_counted_and_left_out():
    planned = blob(axis(10, 2.5), axis(10, 2.5), axis(9, 3.0))
    measured = blob(axis(30, 2.5), axis(10, 2.5), axis(9, 3.0))
    result = compare_volumes(measured, planned, GammaCriteria(3, 2, threshold_percent=1))
    inside = np.abs(measured.x_mm) <= 10 + 4
    assert result.points + result.points_outside == measured.dose_gy.size
    assert result.points_outside == measured.dose_gy[:, :, ~inside].size


def test_where_nothing_was_measured_nothing_is_compared():
    flat = np.full((6, 6), 2.0)
    holed = flat.copy()
    holed[2:4, 2:4] = np.nan
    axes = (axis(5, 2.0), axis(5, 2.0))
    result = compare_planes(holed, axes, flat, axes, GammaCriteria())
    assert result.points == 32
    assert np.isnan(result.gamma[2, 2])


def test_the_result_is_the_same_each_time_and_states_its_criteria():
    axes = axis(20, 2.5), axis(20, 2.5), axis(20, 2.5)
    planned, measured = blob(*axes), blob(*axes, center=(1, 1, 0))
    first, second = (compare_volumes(measured, planned, GammaCriteria()) for _ in range(2))
    assert np.array_equal(first.gamma, second.gamma, equal_nan=True)
    for part in ("3 %/2 mm", "global", "threshold 10 %", "step 0.2 mm", f"{first.points} points"):
        assert part in first.stated_criteria


def test_turning_and_mirroring_both_doses_changes_nothing():
    rng = np.random.default_rng(3)
    planned = rng.uniform(1, 2, (9, 9))
    measured = planned + rng.normal(0, 0.05, planned.shape)
    axes = (axis(8, 2.0), axis(8, 2.0))
    plain = compare_planes(measured, axes, planned, axes, GammaCriteria(3, 3, step_mm=0.5))
    for turn in (np.rot90, np.fliplr):
        turned = compare_planes(turn(measured), axes, turn(planned), axes, GammaCriteria(3, 3, step_mm=0.5))
        assert turned.gamma == pytest.approx(turn(plain.gamma), abs=1e-6)


def test_doses_in_different_frames_of_reference_are_not_compared():
    axes = axis(10, 2.5), axis(10, 2.5), axis(10, 2.5)
    with pytest.raises(UnreadableInput, match="different frames of reference"):
        compare_volumes(blob(*axes, frame="1.2"), blob(*axes, frame="1.3"), GammaCriteria())


def test_axes_that_do_not_fit_are_refused_in_a_sentence():
    flat = np.ones((4, 5))
    with pytest.raises(UnreadableInput, match="one position in mm"):
        compare_planes(flat, (np.arange(4.0), np.arange(4.0)), flat, (np.arange(4.0), np.arange(5.0)), GammaCriteria())
    axes = (np.arange(4.0), np.arange(5.0))
    with pytest.raises(UnreadableInput, match="does not ascend"):
        compare_planes(flat, (axes[0][::-1], axes[1]), flat, axes, GammaCriteria())
    with pytest.raises(UnreadableInput, match="above 0"):
        compare_planes(flat * 0, axes, flat, axes, GammaCriteria())
