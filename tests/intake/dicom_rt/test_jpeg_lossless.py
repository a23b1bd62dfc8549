"""Lossless JPEG: every predictor and interval comes back to the last bit, and damage is refused in a sentence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1
from tests.dicom_files import ct_slice, jpeg_lossless, save

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt import read_ct
from isocenter.intake.dicom_rt.jpeg_lossless import read_jpeg_lossless

PLANE = (np.arange(12 * 9).reshape(12, 9) * 977 % 65536).astype(np.uint16)


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("rows_between_restarts", [0, 1, 5])
def test_every_predictor_and_interval_comes_back(predictor: int, rows_between_restarts: int) -> None:
    stream = jpeg_lossless(PLANE, predictor=predictor, rows_between_restarts=rows_between_restarts)
    np.testing.assert_array_equal(read_jpeg_lossless(stream, *PLANE.shape), PLANE)


def test_low_bits_that_were_dropped_are_zero() -> None:
    stream = jpeg_lossless(PLANE >> 4, precision=12, shift=2)
    np.testing.assert_array_equal(read_jpeg_lossless(stream, *PLANE.shape), PLANE >> 4 & ~np.uint16(3))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 65535), min_size=1, max_size=60),
    st.integers(1, 12),
    st.integers(1, 7),
)
def test_any_plane_comes_back(values: list[int], columns: int, predictor: int) -> None:
    plane = np.resize(np.array(values, np.uint16), (-(-len(values) // columns), columns))
    np.testing.assert_array_equal(read_jpeg_lossless(jpeg_lossless(plane, predictor=predictor), *plane.shape), plane)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_is_read_or_refused_in_a_sentence(data: st.DataObject) -> None:
    stream = bytearray(jpeg_lossless(PLANE, predictor=data.draw(st.integers(1, 7)), rows_between_restarts=4))
    for _ in range(data.draw(st.integers(1, 4))):
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    stream = stream[: data.draw(st.integers(0, len(stream)))] if data.draw(st.booleans()) else stream
    try:
        assert read_jpeg_lossless(bytes(stream), *PLANE.shape).shape == PLANE.shape
    except UnreadableInput as refused:
        assert "export it" in str(refused)


def test_a_picture_larger_than_its_bytes_can_hold_is_refused_before_memory_is_asked_for() -> None:
    stream = jpeg_lossless(PLANE)
    huge = stream.replace(b"\x10" + (12).to_bytes(2, "big") + (9).to_bytes(2, "big"), b"\x10" + b"\xff" * 4)
    with pytest.raises(UnreadableInput, match="cannot hold"):
        read_jpeg_lossless(huge, 65535, 65535)


@pytest.mark.parametrize("bits_stored", [12, 16])
def test_a_signed_slice_keeps_its_sign(bits_stored: int, tmp_path: Path) -> None:
    hu = np.array([[-1024, -5, 0], [7, 900, 2000]], dtype=np.int16)
    save(ct_slice(3.0, hu, BitsStored=bits_stored, HighBit=bits_stored - 1, RescaleIntercept=0), tmp_path / "c.dcm")
    made = dcmread(tmp_path / "c.dcm")
    plane = hu.view(np.uint16) & np.uint16((1 << bits_stored) - 1)
    made.PixelData = encapsulate([jpeg_lossless(plane, precision=bits_stored)])
    made["PixelData"].VR, made["PixelData"].is_undefined_length = "OB", True
    made.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    made.save_as(tmp_path / "c.dcm")
    ct, problems = read_ct([tmp_path / "c.dcm"])
    np.testing.assert_array_equal(ct.hu[0], hu)
    assert problems == []
