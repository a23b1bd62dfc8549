"""CT slices of one series, stacked into one image from feet to head."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset, JoinedDataset
from isocenter.intake.dicom_rt.elements import day, items, number, open_file, raw_text, reading, text, whole
from isocenter.intake.dicom_rt.grids import AxialPlane, axial_plane
from isocenter.intake.dicom_rt.patients import patient_of
from isocenter.intake.dicom_rt.pixels import stored_values
from isocenter.intake.dicom_rt.tags import TAGS
from isocenter.terms.imaging import NO_PATIENT, CtImage, Patient
from isocenter.terms.problems import Problem

_SAME_PLANE_MM = 0.01
_GAP = 1.5  # times the usual spacing; a wider step is taken for a missing slice


class Slice(NamedTuple):
    """One CT slice as it is stored, shape (1, rows, columns); HU = slope x stored + intercept."""

    path: str
    z_mm: float
    stored: NDArray[np.integer]
    slope: float
    intercept: float
    plane: AxialPlane
    series_uid: str
    frame_of_reference_uid: str
    patient_position: str
    sop_instance_uid: str
    patient: Patient = NO_PATIENT
    acquired_on: date | None = None

    def hu(self) -> NDArray[np.int16]:
        """The values in HU, shape (ny, nx), on ascending axes."""
        if self.slope == 1.0 and self.intercept == round(self.intercept) and abs(self.intercept) < 32768:
            hu = self.stored.astype(np.int32) + int(self.intercept)
        else:
            hu = np.rint(self.stored * self.slope + self.intercept)
        in_range: NDArray[np.int16] = np.clip(hu, -32768, 32767).astype(np.int16)
        upright: NDArray[np.int16] = self.plane.to_patient_axes(in_range)[0]
        return upright

    def is_image_of(self, other: "Slice") -> bool:
        """Whether both hold the same values at the same place."""
        return _lie_alike(self, other) and np.array_equal(self.hu(), other.hu())


def read_ct(paths: Iterable[Path]) -> tuple[CtImage, list[Problem]]:
    """The CT of these files, which are slices of one series; slices that cannot be used become problems."""
    slices, problems = [], []
    for path in sorted(paths):
        try:
            with reading(str(path)):
                slices.append(read_slice(open_file(path), str(path)))
        except UnreadableInput as error:
            problems.append(Problem(str(path), "", f"{error} The CT is read without it."))
    image, more = stack(slices)
    return image, problems + more


@dataclass(frozen=True, eq=False)
class ManySlices:
    """The slices of one enhanced CT, which holds a whole series in one file."""

    slices: tuple[Slice, ...]


def read_slice(image: Dataset, path: str) -> Slice:
    """One CT slice; an oblique one, or one without HU scaling, is refused."""
    plane = axial_plane(image)
    stored = stored_values(image, 1, plane.rows, plane.columns)
    return _slice(image, path, plane, stored, image)


def read_many_slices(image: Dataset, path: str) -> ManySlices:
    """The slices of an enhanced CT (a frame each); refused where a frame is oblique or has no HU scaling.

    Source: DICOM PS3.3, Multi-frame Functional Groups: what holds for all frames is shared, the rest is each frame's.
    """
    frames = whole(image, "NumberOfFrames") or 0
    own = items(image, "PerFrameFunctionalGroupsSequence")
    if not 0 < frames == len(own):
        raise UnreadableInput(f"it says {frames} frames and describes {len(own)}; export it again.")
    shared = items(image, "SharedFunctionalGroupsSequence")[:1]
    described = [_flat(image, [*shared, group]) for group in own]
    planes = [axial_plane(frame) for frame in described]
    stored = stored_values(image, frames, planes[0].rows, planes[0].columns)
    return ManySlices(
        tuple(
            _slice(frame, path, plane, stored[n : n + 1], image)
            for n, (frame, plane) in enumerate(zip(described, planes, strict=True))
        )
    )


_GROUPS = (
    ("PixelMeasuresSequence", ("PixelSpacing",)),
    ("PlanePositionSequence", ("ImagePositionPatient",)),
    ("PlaneOrientationSequence", ("ImageOrientationPatient",)),
    ("PixelValueTransformationSequence", ("RescaleSlope", "RescaleIntercept", "RescaleType")),
)
_OF_ALL_FRAMES = ("Rows", "Columns", "SeriesInstanceUID", "FrameOfReferenceUID")


def _flat(image: Dataset, groups: Sequence[Dataset]) -> Dataset:
    """A frame as an image of its own: what its functional groups say, else those that all frames share."""
    stated: dict[int, Dataset] = dict.fromkeys((TAGS[keyword] for keyword in _OF_ALL_FRAMES), image)
    for group in groups:
        for sequence, keywords in _GROUPS:
            for part in items(group, sequence)[:1]:
                stated |= {TAGS[keyword]: part for keyword in keywords if raw_text(part, keyword)}
    return JoinedDataset(stated)


def _slice(image: Dataset, path: str, plane: AxialPlane, stored: NDArray[np.integer], whole_file: Dataset) -> Slice:
    """A slice of an image, or of a frame of a whole file, which says whose and of when it is."""
    _expect_hu(text(whole_file, "Modality"), text(image, "RescaleType"))
    slope, intercept = number(image, "RescaleSlope"), number(image, "RescaleIntercept")
    if slope is None or intercept is None:
        raise UnreadableInput("the slice does not say how its pixels become HU (RescaleSlope); export it again.")
    return Slice(
        path=path,
        z_mm=round(float(plane.origin_mm[2]), 4),
        stored=stored,
        slope=slope,
        intercept=intercept,
        plane=plane,
        series_uid=text(image, "SeriesInstanceUID"),
        frame_of_reference_uid=text(image, "FrameOfReferenceUID"),
        patient_position=text(whole_file, "PatientPosition"),
        sop_instance_uid=text(whole_file, "SOPInstanceUID"),
        patient=patient_of(whole_file),
        acquired_on=_acquired_on(whole_file),
    )


def _expect_hu(modality: str, unit: str) -> None:
    """Raise UnreadableInput where an image that is stored as a CT states values of another kind.

    Source: DICOM PS3.3, Rescale Type: HU, or HU_MOD where the scanner corrected it; US, unspecified, is taken for HU.
    """
    if modality.upper() not in ("", "CT"):
        raise UnreadableInput(
            f"the slice is stored as a CT image, but its Modality is {modality:.16}, whose values are not HU; export "
            "the CT."
        )
    if unit.upper() not in ("", "HU", "HU_MOD", "US"):
        raise UnreadableInput(f"the slice states its values in {unit:.16} (RescaleType), not in HU; export it in HU.")


def _acquired_on(image: Dataset) -> date | None:
    """The day of the scan, else of its series or study; None where none is stated as a day."""
    for keyword in ("AcquisitionDate", "SeriesDate", "StudyDate"):
        try:
            stated = day(image, keyword)
        except UnreadableInput:
            continue
        if stated is not None:
            return stated
    return None


def stack(slices: Sequence[Slice]) -> tuple[CtImage, list[Problem]]:
    """One image of the slices that share the in-plane grid of most of them."""
    if not slices:
        raise UnreadableInput("no CT slice could be read.")
    ordered = sorted(slices, key=lambda part: (part.z_mm, part.path))
    alike, problems = _of_one_grid(ordered)
    unique, doubles = _without_doubles(alike)
    problems += doubles
    z_mm = np.array([part.z_mm for part in unique])
    problems += _missing_slices(z_mm, unique[0].path)
    first = unique[0]
    image = CtImage(
        given_hu=lambda: np.stack([part.hu() for part in unique]),
        x_mm=first.plane.x_mm,
        y_mm=first.plane.y_mm,
        z_mm=z_mm,
        frame_of_reference_uid=first.frame_of_reference_uid,
        patient_position=first.patient_position,
        series_uid=first.series_uid,
        patient=first.patient,
        acquired_on=first.acquired_on,
    )
    return image, problems


def contradicting(slices: Sequence[Slice]) -> tuple[str, tuple[str, ...]]:
    """Where two images of one grid lie at one position and hold different values, and the files of the first such."""
    found: dict[float, tuple[str, ...]] = {}
    first: Slice | None = None
    for part in sorted(slices, key=lambda one: (_grid_key(one), one.z_mm, one.path)):
        if first is None or not _lie_alike(part, first):
            first = part
        elif not part.is_image_of(first):
            found[first.z_mm] = (*found.get(first.z_mm, (first.path,)), part.path)
    if not found:
        return "", ()
    z_mm = min(found)
    more = f" and {len(found) - 1} more positions" if len(found) > 1 else ""
    return f"z = {z_mm:g} mm{more}", found[z_mm]


def _lie_alike(part: Slice, other: Slice) -> bool:
    return abs(part.z_mm - other.z_mm) < _SAME_PLANE_MM and _grid_key(part) == _grid_key(other)


def _grid_key(part: Slice) -> tuple[str, str, tuple[int, ...], tuple[float, ...]]:
    x_mm, y_mm = part.plane.x_mm, part.plane.y_mm
    corners = tuple(round(float(edge), 2) for edge in (x_mm[0], x_mm[-1], y_mm[0], y_mm[-1]))
    return part.series_uid, part.frame_of_reference_uid, (len(y_mm), len(x_mm)), corners


def _of_one_grid(slices: list[Slice]) -> tuple[list[Slice], list[Problem]]:
    keys = [_grid_key(part) for part in slices]
    usual = max(keys, key=keys.count)
    apart = [part for part, key in zip(slices, keys, strict=True) if key != usual]
    problems = []
    if apart:
        sentence = "The slice lies on another grid than the other slices; the CT is read without it."
        if len(apart) > 1:
            sentence = f"{len(apart)} slices lie on another grid than the other slices; the CT is read without them."
        problems.append(Problem(apart[0].path, "", sentence))
    return [part for part, key in zip(slices, keys, strict=True) if key == usual], problems


def _without_doubles(slices: list[Slice]) -> tuple[list[Slice], list[Problem]]:
    unique: list[Slice] = []
    again: list[tuple[Slice, Slice]] = []
    for part in slices:
        if unique and part.z_mm - unique[-1].z_mm < _SAME_PLANE_MM:
            again.append((part, unique[-1]))
        else:
            unique.append(part)
    problems = []
    places, files = contradicting(slices)
    if files:
        sentence = (
            f"At {places} there are images with different values (also {files[0]}), and nothing says which is meant; "
            "the first is shown. Keep the one that counts."
        )
        problems.append(Problem(files[1], "slices", sentence))
    again = [(part, first) for part, first in again if part.is_image_of(first)]
    if not again:
        return unique, problems
    part, first = again[0]
    sentence = f"A slice at z = {part.z_mm:g} mm appears twice (also {first.path}); one is left out."
    if len(again) > 1:
        sentence = (
            f"{len(again)} slices appear twice (first at z = {part.z_mm:g} mm, also {first.path}); "
            "one of each is left out."
        )
    return unique, [*problems, Problem(part.path, "", sentence)]


def _missing_slices(z_mm: NDArray[np.float64], path: str) -> list[Problem]:
    if len(z_mm) < 3:
        return []
    steps = np.diff(z_mm)
    usual_mm = float(np.median(steps))
    gaps = np.flatnonzero(steps > _GAP * usual_mm)
    if not len(gaps):
        return []
    low, high = z_mm[gaps[0]], z_mm[gaps[0] + 1]
    more = f" and in {len(gaps) - 1} more places" if len(gaps) > 1 else ""
    sentence = (
        f"Between z = {low:g} and {high:g} mm{more} the CT has no slice, where slices usually lie {usual_mm:g} mm "
        "apart; export the missing slices."
    )
    return [Problem(path, "slices", sentence)]
