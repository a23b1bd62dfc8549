"""Reads the services of bills in the usual shape from the places in a line at which their values are written.

What is written otherwise is decoded whole, which gives the same rows in twice the time.
"""

from datetime import date
from typing import NamedTuple

import numpy as np

from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.people import day_of
from isocenter.intake.fhir.repeated_members import repeats_a_member
from isocenter.intake.fhir.services import DENIED, Billing, Service, billing_as_written, indicator_of
from isocenter.intake.fhir.shapes import UNDECODED

_FEW_BYTES = 4_000_000  # a shorter file is read before the compiled code would have been loaded
_FEWEST_NUMBERS = 1 << 16
_MOST_KEPT = 8192
_LONGEST_KEPT_BYTES = 8000


class Found(NamedTuple):
    """What a line was found to hold: where the services of a bill are, if they are of the usual shape."""

    places: list[list[int]]  # of the list of services, then of each; empty where the line is to be decoded whole
    parts: bytes = b""  # what is written of the parts of the services, one after another


DECODE_WHOLE = Found([])


class LineScanner:
    """Goes through lines of NDJSON: whether an object in them names a member twice, and where their services are."""

    def __init__(self, file_bytes: int) -> None:
        """For lines of a file of this size: what takes long to load is used where it pays."""
        self._is_compiled = file_bytes >= _FEW_BYTES
        if self._is_compiled:
            from isocenter.intake.fhir import line_kernel as kernel  # noqa: PLC0415  numba takes 0.4 s to load
            from isocenter.intake.fhir.bill_members import COLUMNS  # noqa: PLC0415
            from isocenter.intake.fhir.service_notes import NOTES  # noqa: PLC0415

            self._kernel = kernel
            self._rows = np.zeros((kernel.MOST_SERVICES, COLUMNS), np.int64)
            self._positions, self._parts = np.empty(0, np.int32), np.empty(0, np.uint8)
            self._room = (
                np.empty(64, np.uint8),
                np.empty(kernel.MOST_MEMBERS, np.uint64),
                np.empty((kernel.MOST_LEVELS, 4), np.int64),
                self._rows,
                np.empty(NOTES, np.int64),
            )

    def __call__(self, line: bytes) -> Found | None:
        """Where a line's services are; None where an object in it may name a member twice.

        It may say so of a line without such an object, such as one whose names are written with escapes; never
        otherwise.
        """
        if not self._is_compiled:
            return None if repeats_a_member(line) else DECODE_WHOLE
        kernel = self._kernel
        if len(self._positions) < 2 * len(line):
            many = max(4 * len(line), _FEWEST_NUMBERS)
            self._positions, self._parts = np.empty(many, np.int32), np.empty(2 * many, np.uint8)
        rows = self._rows
        services = kernel.scan(np.frombuffer(line, np.uint8), self._positions, self._parts, *self._room)
        if services == kernel.UNKNOWN:
            return None
        if services == kernel.ODD or not (line.isascii() or _is_utf8(line)):
            return DECODE_WHOLE
        places: list[list[int]] = rows[: services + 1].tolist()
        return Found(places, self._parts[: places[-1][1]].tobytes() if services else b"")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Parts(NamedTuple):
    """What the parts of a service say."""

    billing: Billing
    care_team: tuple[int, ...]
    diagnoses: tuple[int, ...]
    is_denied: bool


_kept: dict[bytes, _Parts] = {}
_DAYS: Once[date | None] = Once("item.servicedDate", str, day_of, "")
_SEQUENCES: Once[tuple[int, ...]] = Once("item.careTeamSequence", tuple[int, ...], tuple, ())


def _parts_of(written: bytes) -> _Parts:
    """What the parts of a service say that are written like this; the same few thousand recur."""
    *billing, care_team, diagnoses, extension, _ = written.split(b"\0")
    is_denied = indicator_of(extension) in DENIED
    said = _Parts(billing_as_written(*billing), _SEQUENCES[care_team], _SEQUENCES[diagnoses], is_denied)
    if len(written) <= _LONGEST_KEPT_BYTES:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[written] = said
    return said


def without_services(line: bytes, found: Found) -> bytes:
    """The line of a bill with an empty list in place of its services."""
    first, end = found.places[0][:2]
    return line[:first] + b"[]" + line[end:] if first else line


def usual_services(line: bytes, found: Found) -> list[Service] | None:
    """The services that were found in a line; None where they have to be decoded whole, which says what is odd."""
    services: list[Service] = []
    parts, before, new = found.parts, 0, tuple.__new__
    try:
        for row in found.places[1:]:
            sequence, parts_end, day, day_end, last, last_end, charge, charge_end, allowed, allowed_end = row
            written = parts[before:parts_end]
            billing, care_team, diagnoses, is_denied = _kept.get(written) or _parts_of(written)
            before = parts_end
            first_day = _DAYS[line[day:day_end]]
            services.append(new(Service, (
                billing,
                first_day,
                _DAYS[line[last:last_end]] if last else first_day,
                float(line[charge:charge_end]) if charge else None,
                float(line[allowed:allowed_end]) if allowed else None,
                is_denied,
                sequence,
                care_team,
                diagnoses,
                None,
            )))  # fmt: skip
    except UNDECODED:
        return None
    return services
