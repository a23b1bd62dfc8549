"""Measured doses as text: PTW exports of profiles and arrays, CSV tables, and the raster that they lie on."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isocenter.errors import UnreadableInput
from isocenter.intake.dose_table import read_dose_table
from isocenter.intake.measured_points import MeasuredPoints, to_grid
from isocenter.intake.ptw_mcc import read_mcc

ISOCENTER = (10.0, -20.0, 30.0)


def scan(number: int, curve: str, off_axis: str, places: list[float], doses: list[float], **stated: str) -> str:
    """One block of an export."""
    said = {"SCAN_CURVETYPE": curve, "MEAS_UNIT": "Gy", "MEAS_DATE": "04-Mar-2024 12:00:00", **stated}
    across = "SCAN_OFFAXIS_INPLANE" if curve == "CROSSPLANE_PROFILE" else "SCAN_OFFAXIS_CROSSPLANE"
    lines = [f"\t\t{name}={value}" for name, value in {**said, across: off_axis}.items()]
    points = [f"\t\t\t{place:.2f}\t\t{dose:.6E}" for place, dose in zip(places, doses, strict=True)]
    block = [f"\tBEGIN_SCAN  {number}", *lines, "\t\tBEGIN_DATA", *points, "\t\tEND_DATA", f"\tEND_SCAN  {number}"]
    return "\n".join(block)


def export(path: Path, *scans: str) -> Path:
    path.write_text("\n".join(["BEGIN_SCAN_DATA", "\tFORMAT=CC-Export V1.9", *scans, "END_SCAN_DATA", ""]))
    return path


def array(path: Path, **stated: str) -> Path:
    """Three rows of two detectors, 10 mm apart; each reads its row and column."""
    rows = [
        scan(n, "CROSSPLANE_PROFILE", str(10.0 * (n - 2)), [-5.0, 5.0], [n + 0.1, n + 0.2], **stated) for n in (1, 2, 3)
    ]
    return export(path, *rows)


def test_the_rows_of_an_array_make_a_coronal_plane_through_the_isocenter(tmp_path: Path) -> None:
    points = read_mcc(array(tmp_path / "array.mcc"))
    grid = to_grid(points, ISOCENTER, None)
    assert grid.x_mm == pytest.approx([5, 15])
    assert grid.y_mm == pytest.approx([-20])
    assert grid.z_mm == pytest.approx([20, 30, 40])
    assert grid.dose_gy[:, 0, :] == pytest.approx(np.array([[1.1, 1.2], [2.1, 2.2], [3.1, 3.2]]))
    assert points.measured_on == date(2024, 3, 4)


def test_an_array_turned_round_is_turned_back(tmp_path: Path) -> None:
    turned = {"CROSSPLANE_AXIS_DIR": "RIGHT_LEFT", "INPLANE_AXIS_DIR": "GUN_TARGET"}
    plain = to_grid(read_mcc(array(tmp_path / "a.mcc")), ISOCENTER, None)
    grid = to_grid(read_mcc(array(tmp_path / "b.mcc", **turned)), ISOCENTER, None)
    assert grid.dose_gy == pytest.approx(plain.dose_gy[::-1, :, ::-1])


def test_inplane_rows_make_the_same_plane_as_crossplane_rows(tmp_path: Path) -> None:
    columns = [
        scan(1, "INPLANE_PROFILE", "-5.0", [-10, 0, 10], [1.1, 2.1, 3.1]),
        scan(2, "INPLANE_PROFILE", "5.0", [-10, 0, 10], [1.2, 2.2, 3.2]),
    ]
    by_column = to_grid(read_mcc(export(tmp_path / "c.mcc", *columns)), ISOCENTER, None)
    by_row = to_grid(read_mcc(array(tmp_path / "r.mcc")), ISOCENTER, None)
    assert by_column.dose_gy == pytest.approx(by_row.dose_gy)


def test_distance_and_depth_say_how_far_behind_the_isocenter_the_plane_lies(tmp_path: Path) -> None:
    stated = {"SSD": "950.00", "SCAN_DEPTH": "62.5", "ISOCENTER": "1000.00"}
    grid = to_grid(read_mcc(array(tmp_path / "deep.mcc", **stated)), ISOCENTER, None)
    assert grid.y_mm == pytest.approx([-20 + 12.5])


@pytest.mark.parametrize(("unit", "factor"), [("Gy", 1.0), ("cGy", 0.01), ("mGy", 0.001)])
def test_doses_in_parts_of_a_gray_become_gray(tmp_path: Path, unit: str, factor: float) -> None:
    points = read_mcc(array(tmp_path / "a.mcc", MEAS_UNIT=unit))
    assert points.dose.max() == pytest.approx(3.2 * factor)


def test_a_relative_dose_needs_a_stated_normalisation(tmp_path: Path) -> None:
    points = read_mcc(array(tmp_path / "a.mcc", MEAS_UNIT="%"))
    with pytest.raises(UnreadableInput, match="normalization_gy"):
        to_grid(points, ISOCENTER, None)
    assert float(to_grid(points, ISOCENTER, 50.0).dose_gy.max()) == pytest.approx(1.6)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"MEAS_UNIT": "cGy/MU"}, "in cGy/MU"),
        ({"MEAS_UNIT": ""}, "in no unit"),
        ({"GANTRY": "90.00"}, "GANTRY=90.00"),
        ({"COLL_ANGLE": "270.00"}, "COLL_ANGLE=270.00"),
    ],
)
def test_what_cannot_be_placed_or_compared_is_refused(tmp_path: Path, stated: dict[str, str], said: str) -> None:
    with pytest.raises(UnreadableInput, match=said):
        read_mcc(array(tmp_path / "a.mcc", **stated))


def test_profiles_of_several_depths_make_no_plane(tmp_path: Path) -> None:
    where = {"SSD": "900.00", "ISOCENTER": "1000.00"}
    scans = [scan(n, "CROSSPLANE_PROFILE", "0", [0.0, 5.0], [1, 1], SCAN_DEPTH=str(50 * n), **where) for n in (1, 2)]
    with pytest.raises(UnreadableInput, match="2 depths"):
        read_mcc(export(tmp_path / "a.mcc", *scans))


def test_depth_doses_alone_are_no_plane(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no crossplane or inplane profile"):
        read_mcc(export(tmp_path / "a.mcc", scan(1, "PDD", "0", [0.0, 5.0], [1, 1])))


def test_measured_beam_data_say_that_they_are_no_dose_of_a_plan(shared_data: Path) -> None:
    folder = shared_data / "pymedphys_mcc"
    if not folder.is_dir():
        pytest.skip("the measured beam data are not beside the checkout")
    for path in sorted(folder.glob("*.mcc")):
        with pytest.raises(UnreadableInput, match="cGy/MU"):
            read_mcc(path)


def test_profiles_of_real_beam_data_are_read_point_by_point(shared_data: Path, tmp_path: Path) -> None:
    """The same file, with the one scan of a depth kept and its unit named as a dose."""
    file = shared_data / "pymedphys_mcc" / "06MV_05x05.mcc"
    if not file.is_file():
        pytest.skip("the measured beam data are not beside the checkout")
    first = file.read_text().split("\tBEGIN_SCAN  2")[0].replace("cGy/MU", "cGy") + "END_SCAN_DATA\n"
    (tmp_path / "one.mcc").write_text(first)
    points = read_mcc(tmp_path / "one.mcc")
    assert points.x_mm is not None and points.y_mm is not None
    assert points.x_mm[0] == -123.53 and points.x_mm[-1] == 123.53
    assert points.dose[0] == pytest.approx(38.513e-8)
    assert np.all(points.y_mm == 900 + 15 - 1000)
    assert points.measured_on == date(2015, 5, 27)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.binary(max_size=6))
def test_a_damaged_export_is_read_or_refused_in_a_sentence(tmp_path: Path, cut: int, put_in: bytes) -> None:
    whole = array(tmp_path / "a.mcc").read_bytes()
    at = cut % len(whole)
    for damaged in (whole[:at], whole[:at] + put_in + whole[at + len(put_in) :]):
        (tmp_path / "damaged.mcc").write_bytes(damaged)
        try:
            to_grid(read_mcc(tmp_path / "damaged.mcc"), ISOCENTER, None)
        except UnreadableInput as refused:
            assert len(str(refused)) > 20


def test_a_truncated_export_is_refused(tmp_path: Path) -> None:
    path = array(tmp_path / "a.mcc")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableInput, match="ends in the middle"):
        read_mcc(path)


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("header", "shape", "stands_on"),
    [("x_mm,y_mm", (1, 2, 3), 2), ("x_mm,z_mm", (2, 1, 3), 1), ("y_mm,z_mm", (2, 3, 1), 0)],
)
def test_two_coordinates_make_a_plane_through_the_isocenter(
    tmp_path: Path, header: str, shape: tuple[int, int, int], stands_on: int
) -> None:
    rows = "\n".join(f"{5 * i},{10 * j},{i + j / 10}" for i in range(3) for j in range(2))
    grid = to_grid(read_dose_table(table(tmp_path / "p.csv", f"{header},dose_gy\n{rows}\n")), ISOCENTER, None)
    assert grid.dose_gy.shape == shape
    assert (grid.x_mm, grid.y_mm, grid.z_mm)[stands_on] == pytest.approx([ISOCENTER[stands_on]])
    assert np.isfinite(grid.dose_gy).all()


def test_three_coordinates_need_no_isocenter(tmp_path: Path) -> None:
    text = "x_mm,y_mm,z_mm,dose_gy,remark\n0,5,1,2.0,a\n1,5,1,2.5,b\n"
    grid = to_grid(read_dose_table(table(tmp_path / "p.csv", text)), None, None)
    assert grid.dose_gy.ravel() == pytest.approx([2.0, 2.5])


def test_a_plane_without_a_place_needs_a_plan(tmp_path: Path) -> None:
    points = read_dose_table(table(tmp_path / "p.csv", "x_mm,y_mm,dose_gy\n0,0,1\n"))
    with pytest.raises(UnreadableInput, match="add the RTPLAN"):
        to_grid(points, None, None)


def test_places_that_were_not_measured_hold_no_dose() -> None:
    x, y = np.array([0.0, 10.0, 0.0, 10.0, 5.0]), np.array([0.0, 0.0, 10.0, 10.0, 5.0])
    grid = to_grid(MeasuredPoints(x, y, np.zeros(1).repeat(5), np.ones(5)), None, None)
    assert grid.dose_gy.shape == (1, 3, 3)
    assert int(np.isnan(grid.dose_gy).sum()) == 4


def test_points_that_lie_on_no_raster_are_refused() -> None:
    places = np.random.default_rng(0).uniform(0, 100, (3, 200))
    with pytest.raises(UnreadableInput, match="no common rows"):
        to_grid(MeasuredPoints(*places, np.ones(200)), None, None)


def test_two_points_at_one_place_are_refused() -> None:
    with pytest.raises(UnreadableInput, match="at one place"):
        to_grid(MeasuredPoints(np.zeros(2), np.zeros(2), np.zeros(2), np.ones(2)), None, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x_mm,y_mm,dose_gy\n", "no point"),
        ("x_mm,y_mm,dose\n1,2,3\n", "expected two or three"),
        ("", "names nothing"),
        ("x_mm,y_mm,dose_gy\n1,2,3\n1,x,3\n", "line 3"),
        ("x_mm,y_mm,dose_gy\n1,2\n", "line 2"),
        ("x_mm,y_mm,dose_gy\n1,nan,3\n", "no dose at a place"),
        ("x_mm,y_mm,dose_gy\n1,2,inf\n", "no dose at a place"),
        ("x_mm,y_mm,dose_gy\n1,2,-3\n", "no dose at a place"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnreadableInput, match=said):
        read_dose_table(table(tmp_path / "p.csv", text))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_text_below_a_header_is_read_or_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(f"x_mm,y_mm,dose_gy\n{text}", encoding="utf-8", errors="replace")
    try:
        to_grid(read_dose_table(tmp_path / "p.csv"), ISOCENTER, None)
    except UnreadableInput as refused:
        assert len(str(refused)) > 20
