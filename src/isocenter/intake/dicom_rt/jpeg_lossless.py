"""Reads lossless JPEG (ITU-T T.81, process 14), the compression in which archives send most CT slices.

The libraries that read it end the whole process on damaged bytes or have a license that forbids their use here.
"""

import re
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput

_START, _END_OF_IMAGE, _TABLES, _FRAME, _SCAN, _RESTARTS = 0xD8, 0xD9, 0xC4, 0xC3, 0xDA, 0xDD
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_MARKER_WITHIN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(slots=True)
class _Header:
    """What the marker segments say before the samples begin."""

    precision: int = 0
    rows: int = 0
    columns: int = 0
    tables: dict[int, tuple[NDArray[np.uint8], NDArray[np.uint8]]] | None = None
    rows_between_restarts: int = 0
    predictor: int = 0
    table: int = 0
    point_transform: int = 0
    scan_at: int = 0


def read_jpeg_lossless(stream: bytes, rows: int, columns: int) -> NDArray[np.uint16]:
    """The samples of one gray image of lossless JPEG, shape (rows, columns).

    Raises UnreadableInput where the stream is damaged, of another kind or size, or has several components.
    """
    try:
        header = _read_header(stream)
    except (IndexError, struct.error):
        raise UnreadableInput("its JPEG data end before the picture begins; export it again.") from None
    if (header.rows, header.columns) != (rows, columns):
        raise UnreadableInput(
            f"it says {rows} x {columns} pixels and its JPEG data hold {header.rows} x {header.columns}; "
            "export it again."
        )
    if rows * columns > 8 * len(stream):  # a sample takes a bit or more
        raise UnreadableInput(
            f"{len(stream)} compressed bytes cannot hold the {rows} x {columns} pixels that it says; export it again."
        )
    return _samples(stream, header)


def _read_header(stream: bytes) -> _Header:
    if stream[:2] != bytes((0xFF, _START)):
        raise UnreadableInput("its JPEG data do not begin as JPEG does; export it again.")
    header = _Header(tables={})
    at = 2
    while not header.scan_at:
        if stream[at] != 0xFF:
            raise UnreadableInput("its JPEG data are damaged; export it again.")
        marker = stream[at + 1]
        if marker == 0xFF:  # filling before a marker
            at += 1
            continue
        (length,) = struct.unpack_from(">H", stream, at + 2)
        part = stream[at + 4 : at + 2 + length]
        at += 2 + length
        _take(header, marker, part, at)
    return header


def _take(header: _Header, marker: int, part: bytes, end: int) -> None:
    if marker == _FRAME:
        header.precision, header.rows, header.columns, components = struct.unpack_from(">BHHB", part)
        if components != 1 or not 2 <= header.precision <= 16 or not header.columns:
            raise UnreadableInput("its JPEG data are in color or of an unknown depth; export it uncompressed.")
    elif marker == _TABLES:
        assert header.tables is not None
        _take_tables(header.tables, part)
    elif marker == _RESTARTS:
        (samples,) = struct.unpack_from(">H", part)
        if samples and (not header.columns or samples % header.columns):
            raise UnreadableInput("its JPEG data start again within a row; export it uncompressed.")
        header.rows_between_restarts = samples // header.columns if samples else 0
    elif marker == _SCAN:
        header.table, header.predictor, header.point_transform = part[2] >> 4, part[3], part[5] & 15
        if not header.columns or part[0] != 1 or not 1 <= header.predictor <= 7:
            raise UnreadableInput("its JPEG data are not those of one lossless scan; export it uncompressed.")
        header.scan_at = end
    elif 0xC0 <= marker <= 0xCF or marker == _END_OF_IMAGE:
        raise UnreadableInput("its JPEG data are of another process than lossless; export it uncompressed.")


def _take_tables(tables: dict[int, tuple[NDArray[np.uint8], NDArray[np.uint8]]], part: bytes) -> None:
    """Huffman tables, each laid out by the 16 bits that may come next: category of the difference, bits of its code."""
    at = 0
    while at < len(part):
        name, counts = part[at] & 15, part[at + 1 : at + 17]
        values = part[at + 17 : at + 17 + sum(counts)]
        at += 17 + sum(counts)
        if len(counts) != 16 or len(values) != sum(counts) or any(value > 16 for value in values):
            raise UnreadableInput("its JPEG data hold a broken table of codes; export it again.")
        categories, lengths = np.zeros(1 << 16, np.uint8), np.zeros(1 << 16, np.uint8)
        code, used = 0, 0
        for length, count in enumerate(counts, start=1):
            for _ in range(count):
                first = code << (16 - length)
                last = (code + 1) << (16 - length)
                if last > 1 << 16:
                    raise UnreadableInput("its JPEG data hold a broken table of codes; export it again.")
                categories[first:last], lengths[first:last] = values[used], length
                code, used = code + 1, used + 1
            code <<= 1
        tables[name] = categories, lengths


def _samples(stream: bytes, header: _Header) -> NDArray[np.uint16]:
    from isocenter.intake.dicom_rt import jpeg_lossless_kernel as kernel  # noqa: PLC0415  numba takes 0.4 s to load

    assert header.tables is not None
    if header.table not in header.tables:
        raise UnreadableInput("its JPEG data lack the table of their codes; export it again.")
    categories, lengths = header.tables[header.table]
    stop = _MARKER_WITHIN.search(stream, header.scan_at)
    coded = stream[header.scan_at : stop.start() if stop else len(stream)]
    step = header.rows_between_restarts or header.rows
    pieces = _RESTART.split(coded) if header.rows_between_restarts else [coded]
    samples = np.zeros((header.rows, header.columns), np.uint16)
    first_value = 1 << max(header.precision - header.point_transform - 1, 0)
    for number, first_row in enumerate(range(0, header.rows, step)):
        piece = pieces[number].replace(b"\xff\x00", b"\xff") if number < len(pieces) else b""
        padded = np.frombuffer(piece + bytes(kernel.WINDOW_BYTES + 8), np.uint8)
        ended = kernel.read_samples(
            padded,
            8 * len(piece),
            categories,
            lengths,
            header.predictor,
            first_value,
            samples[first_row : first_row + step],
        )
        if ended != kernel.READ_WHOLE:
            raise UnreadableInput("its JPEG data are damaged or end early; export it again.")
    samples <<= header.point_transform
    return samples
