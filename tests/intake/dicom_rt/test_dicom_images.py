"""CT and dose grids of every patient position and byte order end on the same ascending patient axes."""

import io
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from tests.dicom_files import beam, ct_slice, dose, item, jpeg_lossless, plan, save

from isocenter.cli import main
from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt import read_ct, read_dose, read_folder, read_plan
from isocenter.terms.imaging import TreatmentPlan

ORIENTATIONS = {
    "HFS": [1, 0, 0, 0, 1, 0],
    "HFP": [-1, 0, 0, 0, -1, 0],
    "FFS": [-1, 0, 0, 0, 1, 0],
    "FFP": [1, 0, 0, 0, -1, 0],
    "HFDL": [0, -1, 0, 1, 0, 0],
    "HFDR": [0, 1, 0, -1, 0, 0],
    "FFDL": [0, -1, 0, -1, 0, 0],
    "FFDR": [0, 1, 0, 1, 0, 0],
}
Z_MM = [0.0, 2.0, 4.0, 8.0]
STORED = np.arange(4 * 3 * 5, dtype=np.uint32).reshape(4, 3, 5)


def where(position: list[float], orientation: list[float], row: int, column: int) -> np.ndarray:
    """The equation of PS3.3 C.7.6.2.1.1, pixel by pixel; rows 2 mm apart, columns 3 mm."""
    across, down = np.array(orientation[:3]), np.array(orientation[3:])
    return np.array(position) + across * 3.0 * column + down * 2.0 * row


@pytest.mark.parametrize("orientation", ORIENTATIONS.values(), ids=ORIENTATIONS)
def test_every_dose_voxel_lies_where_the_standard_puts_it(orientation: list[float], tmp_path: Path) -> None:
    position = [-10.0, -20.0, 5.0]
    made = dose(STORED, Z_MM, ImageOrientationPatient=orientation)
    grid, problems = read_dose(save(made, tmp_path / "d"))
    assert problems == []
    towards_head = np.cross(orientation[:3], orientation[3:])[2]
    for frame, row, column in product(range(4), range(3), range(5)):
        x, y, _ = where(position, orientation, row, column)
        z = position[2] + towards_head * Z_MM[frame]
        found = grid.dose_gy[
            np.flatnonzero(np.isclose(grid.z_mm, z))[0],
            np.flatnonzero(np.isclose(grid.y_mm, y))[0],
            np.flatnonzero(np.isclose(grid.x_mm, x))[0],
        ]
        assert found == pytest.approx(0.01 * STORED[frame, row, column])
    for axis in (grid.x_mm, grid.y_mm, grid.z_mm):
        assert (np.diff(axis) > 0).all()
    assert grid.dose_gy.dtype == np.float32


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("kind", [np.uint16, np.uint32])
def test_dose_of_either_width_and_syntax_is_the_same(syntax: str, kind: type, tmp_path: Path) -> None:
    grid, _ = read_dose(save(dose(STORED.astype(kind), Z_MM), tmp_path / "d", syntax))
    np.testing.assert_allclose(grid.dose_gy, 0.01 * STORED, rtol=1e-6)


def test_big_endian_dose_is_the_same(tmp_path: Path) -> None:
    made = dose(STORED, Z_MM)
    made.PixelData = STORED.astype(">u4").tobytes()
    grid, _ = read_dose(save(made, tmp_path / "d", ExplicitVRBigEndian))
    np.testing.assert_allclose(grid.dose_gy, 0.01 * STORED, rtol=1e-6)


def test_run_length_encoded_dose_is_the_same(tmp_path: Path) -> None:
    made = dose(STORED.astype(np.uint16), Z_MM)
    made.file_meta = item(TransferSyntaxUID=ExplicitVRLittleEndian)
    made.compress(RLELossless, generate_instance_uid=False)
    grid, _ = read_dose(save(made, tmp_path / "d", RLELossless))
    np.testing.assert_allclose(grid.dose_gy, 0.01 * STORED, rtol=1e-6)


def test_a_file_without_preamble_and_header_is_read(tmp_path: Path) -> None:
    made = dose(STORED, Z_MM)
    made.save_as(tmp_path / "d", implicit_vr=True, little_endian=True)
    grid, _ = read_dose(tmp_path / "d")
    np.testing.assert_allclose(grid.dose_gy, 0.01 * STORED, rtol=1e-6)


def test_absolute_frame_offsets_are_distinguished_from_relative_ones(tmp_path: Path) -> None:
    relative, _ = read_dose(save(dose(STORED, Z_MM), tmp_path / "r"))
    absolute, _ = read_dose(save(dose(STORED, [5.0, 7.0, 9.0, 13.0]), tmp_path / "a"))
    np.testing.assert_allclose(absolute.z_mm, relative.z_mm)
    np.testing.assert_array_equal(absolute.dose_gy, relative.dose_gy)


def test_frames_from_head_to_foot_are_turned(tmp_path: Path) -> None:
    grid, _ = read_dose(save(dose(STORED, [0.0, -2.0, -4.0, -8.0]), tmp_path / "d"))
    np.testing.assert_allclose(grid.z_mm, [-3.0, 1.0, 3.0, 5.0])
    np.testing.assert_allclose(grid.dose_gy, 0.01 * STORED[::-1], rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"DoseUnits": "RELATIVE"}, "RELATIVE"),
        ({"DoseGridScaling": None}, "DoseGridScaling"),
        ({"Rows": None, "DoseGridScaling": None, "DVHSequence": [item(DVHType="CUMULATIVE")]}, "and no dose grid"),
        ({"Rows": None, "PixelSpacing": None}, "it holds no dose grid"),
        ({"DoseGridScaling": -1}, "DoseGridScaling"),
        ({"GridFrameOffsetVector": [3.0, 5.0, 7.0, 9.0]}, "neither 0 nor"),
        ({"GridFrameOffsetVector": [0.0, 2.0, 2.0, 4.0]}, "one place"),
        ({"GridFrameOffsetVector": [0.0, 2.0]}, "places 2 of 4"),
        ({"ImageOrientationPatient": [1, 0, 0, 0.3, 0.954, 0]}, "not at right angles"),
        ({"PixelData": b"\0" * 10}, "copy or export it again"),
        ({"Rows": 60000, "Columns": 60000}, "copy or export it again"),
        ({"DoseSummationType": "CONTROL_POINT"}, "CONTROL_POINT"),
        ({"PixelSpacing": [0, 2]}, "PixelSpacing"),
    ],
    ids=str,
)
def test_a_dose_that_cannot_be_placed_or_scaled_is_refused_in_a_sentence(
    changes: dict[str, object], words: str, tmp_path: Path
) -> None:
    path = save(dose(STORED, Z_MM, **changes), tmp_path / "d")
    with pytest.raises(UnreadableInput, match=words) as refused:
        read_dose(path)
    assert str(path) in str(refused.value)


def plan_of(tmp_path: Path, **changes: object) -> TreatmentPlan:
    found, _ = read_plan(save(plan([beam(1), beam(2)], **changes), tmp_path / "p"))
    return found


def of_beams(*beams: int) -> list[object]:
    group = item(ReferencedBeamSequence=[item(ReferencedBeamNumber=number) for number in beams])
    return [item(ReferencedSOPInstanceUID="1.2", ReferencedFractionGroupSequence=[group])]


@pytest.mark.parametrize(
    ("summation", "highest_gy", "becomes_gy"),
    [
        ("FRACTION", 2.1, 10.5),  # 10 Gy in 5 are prescribed: 2.1 Gy is one fraction
        ("FRACTION", 10.4, 10.4),  # the entire fraction group, as the standard has it
        ("FRACTION_SESSION", 2.1, 10.5),
        ("PLAN", 2.1, 10.5),  # the same rule, whatever the dose says that it sums
        ("PLAN", 10.4, 10.4),
        ("PLAN", 3.6, 18.0),  # prescribed to the isodose of 56 %, as of a small target
        ("PLAN", 0.4, 0.4),  # fits neither one fraction nor all
        ("FRACTION", 0.4, 0.4),
    ],
)
def test_a_dose_by_fraction_becomes_the_dose_of_the_plan(
    summation: str, highest_gy: float, becomes_gy: float, tmp_path: Path
) -> None:
    stored = np.full((4, 3, 5), round(100 * highest_gy), dtype=np.uint16)
    path = save(dose(stored, Z_MM, DoseSummationType=summation), tmp_path / "d")
    grid, problems = read_dose(path, plan_of(tmp_path))
    assert float(grid.dose_gy.max()) == pytest.approx(becomes_gy)
    assert any("multiplied by 5" in p.sentence for p in problems) == (becomes_gy != highest_gy)


def test_one_fraction_without_a_plan_is_refused(tmp_path: Path) -> None:
    path = save(dose(STORED, Z_MM, DoseSummationType="FRACTION_SESSION"), tmp_path / "d")
    with pytest.raises(UnreadableInput, match="RTPLAN"):
        read_dose(path)


def test_a_beam_that_the_sum_lacks_is_named(tmp_path: Path) -> None:
    stored = np.full((4, 3, 5), 500, dtype=np.uint16)
    made = dose(stored, Z_MM, DoseSummationType="BEAM", ReferencedRTPlanSequence=of_beams(1))
    _, problems = read_dose(save(made, tmp_path / "d"), plan_of(tmp_path))
    assert any("2 'F2'" in problem.sentence for problem in problems)


@pytest.mark.parametrize(
    ("fractions", "highest_gy", "becomes_gy", "words"),
    [
        (25, 2.1, 52.5, "multiplied by 25"),  # 0.08 Gy a fraction is nobody's
        (5, 3.0, 3.0, "it is taken as all of them"),  # of one fraction, or of five
        (25, 52.0, 52.0, ""),
        (1, 0.2, 0.2, ""),
        (25, 5200.0, 52.0, "can only be cGy"),
    ],
)
def test_without_any_order_the_dose_itself_shows_whether_it_is_one_fractions(
    fractions: int, highest_gy: float, becomes_gy: float, words: str, tmp_path: Path
) -> None:
    made = plan([beam(1)], DoseReferenceSequence=[])
    made.FractionGroupSequence[0].NumberOfFractionsPlanned = fractions
    del made.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamDose
    ordered, _ = read_plan(save(made, tmp_path / "p"))
    stored = np.full((4, 3, 5), round(10 * highest_gy), dtype=np.uint16)
    grid, problems = read_dose(save(dose(stored, Z_MM, DoseGridScaling=0.1), tmp_path / "d"), ordered)
    assert float(grid.dose_gy.max()) == pytest.approx(becomes_gy)
    assert [words in problem.sentence for problem in problems] == ([True] if words else [])


@pytest.mark.parametrize("turn", ["about the long axis", "tipped", "sagittal", "coronal"])
def test_an_oblique_dose_is_interpolated_to_the_patient_axes_and_reported(turn: str, tmp_path: Path) -> None:
    cos, sin = np.cos(0.2), np.sin(0.2)
    row, column = {
        "about the long axis": ([cos, sin, 0], [-sin, cos, 0]),
        "tipped": ([1, 0, 0], [0, cos, sin]),
        "sagittal": ([0, 1, 0], [0, 0, -1]),
        "coronal": ([1, 0, 0], [0, 0, -1]),
    }[turn]
    axes = np.array([row, column, np.cross(row, column)])
    k, j, i = np.meshgrid(np.arange(12), np.arange(14), np.arange(16), indexing="ij")
    places = np.array([-10.0, -20.0, 5.0]) + np.stack([3.0 * i, 2.0 * j, 2.5 * k], axis=-1) @ axes
    stored = np.round(2000 + 10 * places @ [1.0, -2.0, 3.0]).astype(np.uint16)
    orientation = [round(float(c), 10) for c in (*row, *column)]
    path = save(dose(stored, [2.5 * n for n in range(12)], ImageOrientationPatient=orientation), tmp_path / "d")
    grid, problems = read_dose(path)
    z, y, x = np.meshgrid(grid.z_mm, grid.y_mm, grid.x_mm, indexing="ij")
    exact = 20 + 0.1 * (x - 2 * y + 3 * z)
    inside = ((np.stack([x, y, z], axis=-1) - [-10.0, -20.0, 5.0]) @ axes.T / [3.0, 2.0, 2.5] > 0).all(axis=-1)
    inside &= ((np.stack([x, y, z], axis=-1) - [-10.0, -20.0, 5.0]) @ axes.T / [3.0, 2.0, 2.5] < [15, 13, 11]).all(
        axis=-1
    )
    assert inside.sum() > 500
    assert np.abs(grid.dose_gy - exact)[inside].max() < 0.02
    assert ["interpolated" in problem.sentence for problem in problems] == [True]


@pytest.mark.parametrize("frames", [23, 24, 25])
def test_a_dose_turned_within_its_planes_keeps_the_outermost_ones(frames: int, tmp_path: Path) -> None:
    cos, sin = float(np.cos(0.2)), float(np.sin(0.2))
    changes = {"ImageOrientationPatient": [cos, sin, 0, -sin, cos, 0], "ImagePositionPatient": [-40.0, -40.0, -47.7]}
    stored = np.full((frames, 20, 20), 100, dtype=np.uint16)
    path = save(dose(stored, [4.1 * n for n in range(frames)], PixelSpacing=[5, 5], **changes), tmp_path / "d")
    grid, _ = read_dose(path)
    assert grid.is_reached is not None
    assert grid.z_mm[-1] == pytest.approx(-47.7 + 4.1 * (frames - 1))
    assert len(set(grid.is_reached.sum(axis=(1, 2)))) == 1


def test_ct_slices_are_stacked_from_feet_to_head_in_hu(tmp_path: Path) -> None:
    paths = [save(ct_slice(z), tmp_path / f"{k}.dcm") for k, z in enumerate([7.0, 5.0, 9.0, 12.0])]
    ct, problems = read_ct(paths)
    np.testing.assert_array_equal(ct.z_mm, [5.0, 7.0, 9.0, 12.0])
    assert "hu" not in vars(ct)  # measures do without: slices become HU when they are first asked for
    assert ct.hu.shape == (4, 4, 5)
    assert (ct.hu == -1000).all()
    assert ct.hu is ct.hu
    np.testing.assert_allclose(ct.x_mm, -10 + 3.0 * np.arange(5))
    assert problems == []


@pytest.mark.parametrize("orientation", ORIENTATIONS.values(), ids=ORIENTATIONS)
def test_every_ct_voxel_lies_where_the_standard_puts_it(orientation: list[float], tmp_path: Path) -> None:
    pixels = np.arange(20, dtype=np.int16).reshape(4, 5)
    made = ct_slice(3.0, pixels, ImageOrientationPatient=orientation, RescaleIntercept=0)
    ct, _ = read_ct([save(made, tmp_path / "c")])
    for row, column in product(range(4), range(5)):
        x, y, _ = where([-10.0, -20.0, 3.0], orientation, row, column)
        i, j = np.argmin(np.abs(ct.y_mm - y)), np.argmin(np.abs(ct.x_mm - x))
        assert (ct.y_mm[i], ct.x_mm[j]) == pytest.approx((y, x))
        assert ct.hu[0, i, j] == pixels[row, column]


def compressed(made: Dataset, pixels: np.ndarray, syntax: str, path: Path) -> Path:
    """The slice in a compressed syntax, its codestream written by another library than the one that reads it."""
    save(made, path)
    made = dcmread(path)
    if syntax in (JPEG2000Lossless, JPEGLosslessSV1):
        stream = io.BytesIO()
        if syntax == JPEG2000Lossless:
            Image.fromarray(pixels).save(stream, "JPEG2000", irreversible=False, no_jp2=True)
        else:
            stream.write(jpeg_lossless(pixels))
        made.PixelData = encapsulate([stream.getvalue()])
        made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
        made.file_meta.TransferSyntaxUID = syntax
    else:
        made.compress(syntax, generate_instance_uid=False)
    made.save_as(path)
    return path


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1])
def test_a_compressed_ct_is_the_same(syntax: str, tmp_path: Path) -> None:
    # One half is air: a plane of one value is compressed a thousandfold.
    pixels = np.zeros((256, 256), dtype=np.uint16)
    pixels[:, 128:] = np.arange(256)[:, None] * 7
    ct, problems = read_ct([compressed(ct_slice(3.0, pixels), pixels, syntax, tmp_path / "c.dcm")])
    np.testing.assert_array_equal(ct.hu[0], pixels.astype(np.int32) - 1024)
    assert problems == []


def test_a_compression_that_cannot_be_undone_is_refused_with_what_to_do(tmp_path: Path) -> None:
    made = ct_slice(3.0)
    made.PixelData = encapsulate([b"\xff\xd8 no picture"])
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    save(made, tmp_path / "c.dcm", JPEGExtended12Bit)
    (problem,) = read_folder(tmp_path)[1]
    assert "export it uncompressed" in problem.sentence


def test_an_enhanced_ct_is_the_slices_of_its_frames(tmp_path: Path) -> None:
    heights = [9.0, 5.0, 7.0]
    frames = np.stack([np.full((4, 5), 100 * k, dtype=np.int16) for k in range(3)])
    made = ct_slice(5.0, frames, NumberOfFrames=3)
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope"):
        delattr(made, keyword)
    spaced, turned = item(PixelSpacing=[2.0, 3.0]), item(ImageOrientationPatient=ORIENTATIONS["HFS"])
    scaled = [item(RescaleSlope=1, RescaleIntercept=-1000)]
    made.SharedFunctionalGroupsSequence = [
        item(PixelMeasuresSequence=[spaced], PlaneOrientationSequence=[turned], PixelValueTransformationSequence=scaled)
    ]
    made.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[-10.0, -20.0, z])]) for z in heights
    ]
    save(made, tmp_path / "ct.dcm")
    found, problems, inputs = read_folder(tmp_path)
    assert found.ct is not None
    np.testing.assert_array_equal(found.ct.z_mm, [5.0, 7.0, 9.0])
    np.testing.assert_array_equal(found.ct.hu[:, 0, 0], [-900, -800, -1000])
    np.testing.assert_allclose(found.ct.x_mm, -10 + 3.0 * np.arange(5))
    assert (problems, inputs[0].rows) == ([], 3)
    scaled[0].RescaleType = "Z_EFF"
    save(made, tmp_path / "ct.dcm")
    assert "in Z_EFF (RescaleType)" in read_folder(tmp_path)[1][0].sentence
    made.PerFrameFunctionalGroupsSequence = made.PerFrameFunctionalGroupsSequence[:2]
    save(made, tmp_path / "ct.dcm")
    assert "describes 2" in read_folder(tmp_path)[1][0].sentence


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"Modality": "MR"}, "its Modality is MR, whose values are not HU"),
        ({"Modality": "PT"}, "its Modality is PT, whose values are not HU"),
        ({"RescaleType": "ED"}, "states its values in ED (RescaleType), not in HU"),
        ({"RescaleType": "HU"}, ""),
        ({"RescaleType": "HU_MOD"}, ""),
        ({"RescaleType": "US"}, ""),
        ({"Modality": ""}, ""),
    ],
)
def test_values_stored_as_a_ct_that_are_not_hu_are_left_out(stated: dict[str, str], words: str, tmp_path: Path) -> None:
    for k in range(3):
        save(ct_slice(2.0 * k, **stated), tmp_path / f"{k}.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert (found.ct is None) == bool(words)
    assert words in " ".join(problem.sentence for problem in problems)


def test_a_series_of_oblique_slices_is_reported_in_one_sentence(tmp_path: Path) -> None:
    for k in range(12):
        save(ct_slice(2.0 * k, ImageOrientationPatient=[1, 0, 0, 0, 0.95, 0.31]), tmp_path / f"{k:02}.dcm")
    (problem,) = read_folder(tmp_path)[1]
    assert "11 more files (last: 11.dcm)" in problem.sentence


def test_double_and_missing_slices_and_strange_ones_are_reported(tmp_path: Path) -> None:
    places = [0.0, 2.0, 4.0, 10.0, 12.0, 14.0]
    paths = [save(ct_slice(z), tmp_path / f"{k}.dcm") for k, z in enumerate(places)]
    paths.append(save(ct_slice(4.0), tmp_path / "double.dcm"))
    paths.append(save(ct_slice(16.0, PixelSpacing=[9, 9]), tmp_path / "other.dcm"))
    paths.append(save(ct_slice(18.0, RescaleSlope=None), tmp_path / "unscaled.dcm"))
    ct, problems = read_ct(paths)
    assert len(ct.z_mm) == 6
    sentences = " ".join(problem.sentence for problem in problems)
    for words in ("appears twice", "another grid", "RescaleSlope", "Between z = 4 and 10 mm"):
        assert words in sentences


@pytest.mark.parametrize(
    ("change", "z_mm", "words"),
    [
        ({}, 2.0, "appears twice"),  # a copy that was written again
        ({"RescaleIntercept": -1000}, 2.0, "At z = 2 mm there are images with different values (also 1.dcm)"),
        ({}, 2.005, "appears twice"),
        ({"RescaleIntercept": -1000}, 2.005, "nothing says which is meant"),
        ({}, 6.0, ""),  # the identifier alone is the same
    ],
)
@pytest.mark.parametrize("has_one_uid", [True, False])
def test_two_ct_images_of_one_position_that_differ_are_not_taken_for_copies(
    change: dict[str, float], z_mm: float, words: str, has_one_uid: bool, tmp_path: Path
) -> None:
    for k in range(3):
        save(ct_slice(2.0 * k), tmp_path / f"{k}.dcm")
    again = ct_slice(z_mm, StudyDescription="again", **change)
    again.SOPInstanceUID = "1.5.20" if has_one_uid else "1.5.999"
    save(again, tmp_path / "again.dcm")
    found, problems, _ = read_folder(tmp_path)
    assert found.ct is not None and len(found.ct.z_mm) == 3 + (z_mm == 6.0)
    assert [words in problem.sentence for problem in problems] == [True] * bool(words)
    differ = ("different CT slices at z = 2 mm", ("1.dcm", "again.dcm"))
    assert found.undecided == ((differ,) if change else ())


def test_a_folder_in_which_nothing_can_be_measured_ends_with_a_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(ct_slice(3.0), tmp_path / "c.dcm")
    assert main(["measure", str(tmp_path)]) == 2
    assert "nothing in it can be measured: There is no plan (RTPLAN)" in capsys.readouterr().err
