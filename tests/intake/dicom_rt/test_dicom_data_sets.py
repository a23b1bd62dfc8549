"""The reader of data sets of our own finds what pydicom finds, and leaves the rest to it."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from tests import dicom_files as make

from isocenter.intake.dicom_rt.elements import items, open_object, short, text
from isocenter.intake.dicom_rt.plain_sets import PlainDataset, Unusual, read_plain
from isocenter.intake.dicom_rt.pydicom_sets import PydicomDataset, read_unusual
from isocenter.intake.dicom_rt.tags import TAGS


def structures(*, is_open: bool) -> make.Dataset:
    square = [0, 0, 5, 10, 0, 5, 10, 10, 5]
    contour = make.item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=3, ContourData=square)
    made = make.structures({1: ("Moëlle", [contour])})
    made.SpecificCharacterSet = "ISO_IR 192"
    if is_open:
        for part in made:
            if part.VR == "SQ":
                part.is_undefined_length = True
                for one in part.value:
                    one.is_undefined_length_sequence_item = True
    return made


def words_of(dataset: PlainDataset | PydicomDataset) -> list[object]:
    """Every element of text and every sequence that is read, as deep as they go."""
    found: list[object] = []
    for keyword, tag in TAGS.items():
        if tag in dataset.tags():
            parts = items(dataset, keyword) if keyword.endswith("Sequence") else ()
            found.append((keyword, [words_of(part) for part in parts] or text(dataset, keyword)))
    return found


def test_each_keyword_has_the_tag_of_the_standard() -> None:
    assert {keyword: tag_for_keyword(keyword) for keyword in TAGS} == TAGS


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_the_same_is_found_as_pydicom_finds(syntax: str, is_open: bool, tmp_path: Path) -> None:
    data = make.save(structures(is_open=is_open), tmp_path / "RS.dcm", syntax).read_bytes()
    plain = read_plain(data)
    assert words_of(plain) == words_of(read_unusual(data))
    assert text(items(plain, "StructureSetROISequence")[0], "ROIName") == "Moëlle"


def test_the_character_set_of_the_object_is_that_of_its_items(tmp_path: Path) -> None:
    made = structures(is_open=False)
    made.SpecificCharacterSet = "ISO_IR 100"
    plain = read_plain(make.save(made, tmp_path / "RS.dcm").read_bytes())
    assert text(items(plain, "StructureSetROISequence")[0], "ROIName") == "Moëlle"


def test_an_image_keeps_its_pixels(tmp_path: Path) -> None:
    stored = np.arange(12, dtype=np.int16).reshape(3, 4)
    plain = read_plain(make.save(make.ct_slice(0.0, stored), tmp_path / "CT.dcm").read_bytes())
    assert short(plain, "Rows") == 3
    assert bytes(plain.pixels()) == stored.tobytes()


def test_what_is_written_in_another_way_is_left_to_pydicom(tmp_path: Path) -> None:
    whole = make.save(structures(is_open=False), tmp_path / "RS.dcm").read_bytes()
    deflated = make.save(structures(is_open=False), tmp_path / "d.dcm", DeflatedExplicitVRLittleEndian).read_bytes()
    for data in (deflated, whole[132:], whole[:-3]):
        with pytest.raises(Unusual):
            read_plain(data)
    assert text(items(open_object(deflated), "StructureSetROISequence")[0], "ROIName") == "Moëlle"


def test_an_element_that_is_no_sequence_is_told_from_an_absent_one(tmp_path: Path) -> None:
    plain = read_plain(make.save(structures(is_open=False), tmp_path / "RS.dcm").read_bytes())
    assert plain.items(TAGS["BeamSequence"]) == ()
    assert plain.items(TAGS["PatientID"]) is None


def test_the_readers_ask_for_no_keyword_without_a_tag() -> None:
    source = Path(inspect.getfile(read_plain)).parent
    words = {
        word.strip("\"'")
        for file in source.glob("*.py")
        for word in re.findall(r"[\"'][A-Z][A-Za-z]{3,}[\"']", file.read_text())
    }
    known = {word for word in words if tag_for_keyword(word)}
    assert known <= set(TAGS), sorted(known - set(TAGS))
