"""The stored numbers of an image, before any scaling: native in either byte order, or compressed."""

import struct

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import short
from isocenter.intake.dicom_rt.jpeg_lossless import read_jpeg_lossless
from isocenter.intake.dicom_rt.plain_sets import EXPLICIT_BIG
from isocenter.terms.limits import DOSE_POINTS

_ENCAPSULATED = ("1.2.840.10008.1.2.4", "1.2.840.10008.1.2.5")
_LOSSLESS_JPEG = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
_RUN_LENGTH = "1.2.840.10008.1.2.5"
_LARGEST_EXPANSION = 200  # a run-length pair of 2 bytes stands for at most 128; the rest is for headers


def stored_values(image: Dataset, frames: int, rows: int, columns: int) -> NDArray[np.integer]:
    """Integers of shape (frames, rows, columns); refused where the file holds fewer than it says."""
    bits, is_signed = short(image, "BitsAllocated"), short(image, "PixelRepresentation")
    if bits not in (8, 16, 32) or is_signed not in (0, 1) or short(image, "SamplesPerPixel") != 1:
        raise UnreadableInput(f"pixels of {bits} bits are not read; expected one sample of 8, 16 or 32 bits.")
    data, syntax = image.pixels(), image.transfer_syntax
    if not data:
        raise UnreadableInput("there are no pixels in it (PixelData is missing); export it again.")
    expected_bytes = frames * rows * columns * (bits // 8)
    if syntax.startswith(_ENCAPSULATED):
        return _decoded(image, len(data), frames, rows, columns)
    if len(data) < expected_bytes:
        raise UnreadableInput(
            f"it says {frames} planes of {rows} x {columns} pixels ({expected_bytes} bytes) and holds "
            f"{len(data)} bytes; copy or export it again."
        )
    order = ">" if syntax == EXPLICIT_BIG else "<"
    kind = f"{order}{'i' if is_signed else 'u'}{bits // 8}"
    values: NDArray[np.integer] = np.frombuffer(data, dtype=kind, count=frames * rows * columns)
    return values.reshape(frames, rows, columns)


def _decoded(image: Dataset, present_bytes: int, frames: int, rows: int, columns: int) -> NDArray[np.integer]:
    syntax = image.transfer_syntax
    expected_bytes = frames * rows * columns * (short(image, "BitsAllocated") // 8)
    if syntax == _RUN_LENGTH and expected_bytes > present_bytes * _LARGEST_EXPANSION:
        raise UnreadableInput(
            f"{present_bytes} compressed bytes cannot hold the {expected_bytes} bytes of pixels "
            "that it says; export it again."
        )
    DOSE_POINTS.refuse_beyond(expected_bytes // 2, "its pixels")
    if syntax in _LOSSLESS_JPEG:
        return _of_lossless_jpeg(image, frames, rows, columns)
    try:
        values: NDArray[np.integer] = image.as_pydicom().pixel_array
    except (RuntimeError, NotImplementedError, AttributeError, ValueError) as error:
        from pydicom.uid import UID  # noqa: PLC0415 - slow to load, seldom needed

        name = UID(syntax).name
        raise UnreadableInput(
            f"its pixels are compressed ({name}) and could not be read; export it uncompressed."
        ) from error
    return values.reshape(frames, rows, columns)


def _of_lossless_jpeg(image: Dataset, frames: int, rows: int, columns: int) -> NDArray[np.integer]:
    from pydicom.encaps import generate_frames  # noqa: PLC0415 - slow to load, seldom needed

    try:
        streams = list(generate_frames(bytes(image.pixels()), number_of_frames=frames))
    except (ValueError, EOFError, struct.error) as wrong:
        raise UnreadableInput("its compressed pixels are damaged; export it again.") from wrong
    if len(streams) != frames:
        raise UnreadableInput(f"it says {frames} planes and holds {len(streams)}; copy or export it again.")
    values = np.stack([read_jpeg_lossless(stream, rows, columns) for stream in streams])
    if not short(image, "PixelRepresentation"):
        return values
    unused_bits = 16 - min(max(short(image, "BitsStored"), 1), 16)  # the sign is the highest bit that is stored
    signed: NDArray[np.integer] = (values << unused_bits).view(np.int16) >> unused_bits
    return signed
