"""Contours go to their ROI by number, exactly as drawn; what is no closed planar contour is told."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian
from tests.dicom_files import item, save, square, structures

from isocenter.evidence.doses.dvh import structure_volume_cc
from isocenter.intake.dicom_rt import read_structures
from isocenter.terms.problems import Unread

ROIS = {
    7: ("Marker", []),
    3: ("PTV", [square(0.0), square(2.0, 4.0)]),
    5: ("Empty", []),
    1: ("Heart", [square(-2.0, 3.0), square(-4.0, 3.0)]),
}


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_contours_go_to_their_roi_by_number_and_empty_rois_stay(syntax: str, tmp_path: Path) -> None:
    found, problems = read_structures(save(structures(ROIS), tmp_path / "s", syntax))
    assert [(s.number, s.name, len(s.contours)) for s in found.structures] == [
        (7, "Marker", 0),
        (3, "PTV", 2),
        (5, "Empty", 0),
        (1, "Heart", 2),
    ]
    assert found.named("Heart").contours[0][0] == -4.0
    np.testing.assert_array_equal(found.named("PTV").contours[1][1], [[-4, -4], [4, -4], [4, 4], [-4, 4]])
    assert found.named("PTV").interpreted_type == "ORGAN"
    assert found.frame_of_reference_uid == "1.9"
    assert problems == []


def test_sequences_of_undefined_length_read_the_same(tmp_path: Path) -> None:
    made = structures(ROIS)
    for roi in made.ROIContourSequence:
        roi["ContourSequence"].is_undefined_length = True
        for contour in roi.ContourSequence:
            contour.is_undefined_length_sequence_item = True
    made["ROIContourSequence"].is_undefined_length = True
    found, problems = read_structures(save(made, tmp_path / "s"))
    assert len(found.named("PTV").contours) == 2
    assert problems == []


@pytest.mark.parametrize(
    ("contour", "words", "is_lost"),
    [
        (square(4.0, kind="POINT"), "POINT", False),
        (square(4.0, kind="OPEN_PLANAR"), "OPEN_PLANAR", False),
        (square(4.0, kind="CLOSED_PLAN R"), "CLOSED_PLAN R", True),
        (item(ContourGeometricType="CLOSED_PLANAR", ContourData=[0, 0, 4, 1, 0, 4, 1, 1, 9]), "axial plane", True),
        (item(ContourGeometricType="CLOSED_PLANAR", ContourData=[0, 0, 4, 1, 0, 4]), "fewer than three", False),
        (item(ContourGeometricType="CLOSED_PLANAR", ContourData=[0, 0, 4, 1, 0, 4, 1, 1, 4, 7]), "in threes", True),
        (item(ContourGeometricType="CLOSED_PLANAR"), "fewer than three", False),
        (item(ContourGeometricType="CLOSED_PLANAR", ContourData=[5, 2, 4, 9, 4, 4, 5, 2, 4]), "enclose nothing", False),
        (item(ContourGeometricType="CLOSED_PLANAR", ContourData=[5, 2, 4] * 4), "enclose nothing", False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_unusable_contour_is_reported_and_the_others_are_kept(
    contour: pydicom.Dataset, words: str, is_lost: bool, tmp_path: Path
) -> None:
    found, problems = read_structures(save(structures({1: ("PTV", [square(0.0), contour])}), tmp_path / "s"))
    assert [z for z, _ in found.named("PTV").contours] == [0.0]
    [told] = [problem for problem in problems if words in problem.sentence and "PTV" in problem.place]
    assert isinstance(told, Unread) is is_lost


@pytest.mark.parametrize("change", ["the same", "begins elsewhere", "runs backwards"])
def test_a_contour_drawn_twice_counts_once_and_is_reported(change: str, tmp_path: Path) -> None:
    again = np.array(square(0.0).ContourData, dtype=float).reshape(-1, 3)
    again = {"the same": again, "begins elsewhere": np.roll(again, 1, axis=0), "runs backwards": again[::-1]}[change]
    twice = item(ContourGeometricType="CLOSED_PLANAR", ContourData=again.ravel().tolist())
    path = save(structures({1: ("PTV", [square(0.0), twice, square(2.0)]), 2: ("GTV", [square(0.0)])}), tmp_path / "s")
    found, problems = read_structures(path)
    assert [z for z, _ in found.named("PTV").contours] == [0.0, 2.0]
    assert len(found.named("GTV").contours) == 1
    assert [(p.place, "(1)" in p.sentence, "cancel" in p.sentence) for p in problems] == [("ROI 1 'PTV'", True, True)]


@pytest.mark.parametrize(
    ("wall_mm", "is_kept"), [(0.02, False), (1.0, True)], ids=["exported twice with noise", "a thin wall"]
)
def test_an_outline_exported_twice_is_one_and_a_thin_wall_is_two(wall_mm: float, is_kept: bool, tmp_path: Path) -> None:
    inner = square(0.02, half_mm=100.0 - wall_mm)  # positions of the slice differ by noise too
    path = save(structures({1: ("Skin", [square(0.0, half_mm=100.0), inner])}), tmp_path / "s")
    found, problems = read_structures(path)
    assert len(found.named("Skin").contours) == (2 if is_kept else 1)
    assert any("would cancel it" in problem.sentence for problem in problems) != is_kept


def test_an_roi_of_another_frame_than_most_says_so(tmp_path: Path) -> None:
    made = structures({number: (f"S{number}", [square(0.0)]) for number in (1, 2, 3)})
    made.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.77"
    found, _ = read_structures(save(made, tmp_path / "s"))
    assert found.frame_of_reference_uid == "1.9"
    assert [structure.frame_of_reference_uid for structure in found.structures] == ["1.77", "", ""]


def box(x0: float, y0: float, x1: float, y1: float, kind: str = "CLOSED_PLANAR") -> Dataset:
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return item(ContourGeometricType=kind, ContourData=[value for x, y in corners for value in (x, y, 0.0)])


@pytest.mark.parametrize(
    ("drawn", "area_mm2", "is_told"),
    [
        ([box(0, 0, 10, 10), box(2, 2, 4, 4)], 96, False),  # a hole
        ([box(0, 0, 10, 10), box(6, 6, 14, 14)], 148, True),  # corner over corner
        ([box(0, 0, 10, 10), box(6, 0, 14, 10)], 140, True),  # along one line
        ([box(0, 4, 10, 6), box(4, 0, 6, 10)], 36, True),  # a plus sign
        ([box(0, 0, 10, 10), box(9, 0, 19, 10), box(18, 0, 28, 10)], 280, True),  # one after the other
        ([box(0, 0, 10, 10), box(10, 0, 20, 10)], 200, False),  # side by side
        ([box(0, 0, 10, 10), box(6, 4, 10.02, 8)], 84, False),  # a hole that sticks out by rounding
        ([box(0, 0, 10, 10, "CLOSEDPLANAR_XOR"), box(6, 6, 14, 14, "CLOSEDPLANAR_XOR")], 132, False),
    ],
)
def test_contours_that_cross_are_joined_and_those_that_nest_are_holes(
    drawn: list[Dataset], area_mm2: float, is_told: bool, tmp_path: Path
) -> None:
    found, problems = read_structures(save(structures({1: ("PTV", drawn)}), tmp_path / "s"))
    assert structure_volume_cc(found.named("PTV"), mode="slab", lone_slice_mm=1.0) == pytest.approx(
        area_mm2 / 1000, rel=0.01
    )
    assert any("cross each other on one slice" in problem.sentence for problem in problems) == is_told


def test_an_roi_of_points_alone_is_a_marker_and_nothing_to_tell(tmp_path: Path) -> None:
    point = item(ContourGeometricType="POINT", ContourData=[1, 2, 3])
    found, problems = read_structures(save(structures({1: ("Iso", [point, point])}), tmp_path / "s"))
    assert (found.named("Iso").contours, problems) == ((), [])


def test_a_coordinate_that_is_no_number_costs_its_contour_alone(tmp_path: Path) -> None:
    path = save(structures({1: ("PTV", [square(0.0), square(2.0, 6.25), square(4.0)])}), tmp_path / "s")
    path.write_bytes(path.read_bytes().replace(b"6.25\\", b"6.x5\\", 1))
    found, problems = read_structures(path)
    assert [z for z, _ in found.named("PTV").contours] == [0.0, 4.0]
    assert any("not numbers" in problem.sentence for problem in problems)


def test_contours_of_an_unnamed_roi_and_a_number_used_twice_are_reported(tmp_path: Path) -> None:
    made = structures({1: ("PTV", [square(0.0)])})
    made.StructureSetROISequence.append(item(ROINumber=1, ROIName="Again"))
    made.ROIContourSequence.append(item(ReferencedROINumber=99, ContourSequence=[square(0.0)]))
    found, problems = read_structures(save(made, tmp_path / "s"))
    assert [s.name for s in found.structures] == ["PTV"]
    assert {problem.place for problem in problems} == {"ROI 1", "ROI 99"}


def test_a_name_outside_ascii_is_read_in_its_character_set(tmp_path: Path) -> None:
    made = structures({1: ("Œsophage gauche é", [square(0.0)])}, SpecificCharacterSet="ISO_IR 192")
    found, _ = read_structures(save(made, tmp_path / "s"))
    assert found.structures[0].name == "Œsophage gauche é"


def test_the_real_breast_contours_are_what_pydicom_reads(shared_data: Path) -> None:
    path = shared_data / "dicompyler_breast" / "rtss.dcm"
    found, _ = read_structures(path)
    by_number = {s.number: s for s in found.structures}
    assert sum(len(points) for s in found.structures for _, points in s.contours) == 88_158
    assert by_number[2].contours == ()
    for roi in pydicom.dcmread(path).ROIContourSequence:
        drawn = [np.array(c.ContourData, float).reshape(-1, 3) for c in roi.get("ContourSequence") or []]
        drawn.sort(key=lambda points: round(points[0, 2], 3))
        kept = by_number[int(roi.ReferencedROINumber)].contours
        for points, (z_mm, in_plane) in zip(drawn, kept, strict=True):
            assert abs(points[0, 2] - z_mm) < 1e-3
            np.testing.assert_array_equal(points[:, :2], in_plane)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("255\\128\\0", "#ff8000"),
        (" 0\\ 7\\ 255 ", "#0007ff"),
        ("256\\0\\0", ""),
        ("1\\2", ""),
        ("red", ""),
        ("", ""),
    ],
)
def test_a_structure_keeps_the_color_that_its_file_states(stated: str, expected: str, tmp_path: Path) -> None:
    made = structures({3: ("PTV", [square(0.0)])})
    raw = RawDataElement(Tag(0x3006, 0x002A), "IS", len(stated), stated.encode(), 0, False, True)
    made.ROIContourSequence[0]._dict[raw.tag] = raw
    found, _ = read_structures(save(made, tmp_path / "s"))
    assert found.named("PTV").display_color == expected


@pytest.mark.parametrize(
    ("stated", "density", "is_named"),
    [
        ([("REL_ELEC_DENSITY", "0.26")], 0.26, False),
        ([("REL_MASS_DENSITY", "4.5"), ("REL_ELEC_DENSITY", "3.74")], 3.74, False),
        ([("REL_MASS_DENSITY", "0")], 0.0, False),
        ([("EFFECTIVE_Z", "7.4")], None, False),
        ([("REL_ELEC_DENSITY", "-1000")], None, True),
        ([("REL_ELEC_DENSITY", "")], None, True),
        ([], None, False),
    ],
)
def test_a_density_that_a_structure_states_is_read(
    stated: list[tuple[str, str]], density: float | None, is_named: bool, tmp_path: Path
) -> None:
    properties = [item(ROIPhysicalProperty=kind, ROIPhysicalPropertyValue=value) for kind, value in stated]
    observation = item(ObservationNumber=1, ReferencedROINumber=3, ROIPhysicalPropertiesSequence=properties)
    found, problems = read_structures(save(structures(ROIS, RTROIObservationsSequence=[observation]), tmp_path / "s"))
    assert found.named("PTV").stated_density == density
    assert [problem.place for problem in problems] == ["ROI 3 'PTV'"] * is_named
