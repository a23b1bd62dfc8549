"""What every DICOM file of a phantom shares: patient, study, series, numbers as text, and how it is saved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import config
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pydicom.valuerep import format_number_as_ds

from isocenter.files.writing import write_whole
from isocenter.phantoms.knobs import PatientPosition, Person, TransferSyntax
from isocenter.phantoms.recipe import Recipe
from isocenter.phantoms.shapes import FloatArray

SYNTAXES = {
    "explicit_little": ExplicitVRLittleEndian,
    "implicit_little": ImplicitVRLittleEndian,
    "explicit_big": ExplicitVRBigEndian,
}
NOON = "120000"

# Directions of an image's rows and columns in the patient, seen by someone who faces the gantry.
ORIENTATIONS: dict[str, tuple[int, int, int, int, int, int]] = {
    "HFS": (1, 0, 0, 0, 1, 0),
    "HFP": (-1, 0, 0, 0, -1, 0),
    "FFS": (-1, 0, 0, 0, 1, 0),
    "FFP": (1, 0, 0, 0, -1, 0),
    "HFDR": (0, 1, 0, -1, 0, 0),
    "HFDL": (0, -1, 0, 1, 0, 0),
    "FFDR": (0, -1, 0, -1, 0, 0),
    "FFDL": (0, 1, 0, 1, 0, 0),
}


@dataclass(frozen=True)
class FileOrigin:
    """Whose files a set holds, who made them and how: what every file of it shares.

    uid draws an identifier from words; studied_on is the day of the planning CT, made_on that of a plan without one.
    """

    person: Person
    studied_on: date
    made_on: date
    uid: Callable[..., str]
    manufacturer: str = "Isocenter phantoms"
    transfer_syntax: TransferSyntax = "explicit_little"
    patient_position: PatientPosition = "HFS"
    gantry_noise_deg: float = 0.0


def origin_of(recipe: Recipe) -> FileOrigin:
    """What the files of a phantom share."""
    return FileOrigin(
        person=recipe.whose,
        studied_on=recipe.scanned_on,
        made_on=recipe.start,
        uid=recipe.uid,
        transfer_syntax=recipe.quirks.transfer_syntax,
        patient_position=recipe.quirks.patient_position,
        gantry_noise_deg=recipe.quirks.gantry_noise_deg,
    )


def item(**values: object) -> Dataset:
    """A dataset, or an item of a sequence, with these attributes."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def decimal(value: float) -> str:
    """A number as a decimal string of at most 16 characters."""
    return str(format_number_as_ds(float(value)))


def decimals(values: FloatArray) -> list[str]:
    """Numbers as decimal strings."""
    return [decimal(value) for value in np.ravel(values)]


def set_many_decimals(dataset: Dataset, keyword: str, values: FloatArray, digits: int) -> None:
    """Long lists of decimal strings, written as bytes: checking each one would take most of the time."""
    rounded = np.round(np.ravel(values), digits) + 0.0
    text = "\\".join(map(repr, rounded.tolist())).encode()
    text += b" " * (len(text) % 2)
    tag = Tag(tag_for_keyword(keyword) or 0)
    dataset[tag] = RawDataElement(tag, "DS", len(text), text, 0, False, True, True)


def day(value: date | None) -> str:
    return "" if value is None else value.strftime("%Y%m%d")


def new_object(origin: FileOrigin, sop_class: str, uid: str, modality: str, made_on: date) -> FileDataset:
    """A dataset with the patient, study, series and equipment modules filled in."""
    syntax = SYNTAXES[origin.transfer_syntax]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
    )
    shared = item(
        SpecificCharacterSet="ISO_IR 192",
        SOPClassUID=sop_class,
        SOPInstanceUID=uid,
        StudyDate=day(origin.studied_on),
        StudyTime=NOON,
        AccessionNumber="",
        Modality=modality,
        Manufacturer=origin.manufacturer,
        ReferringPhysicianName="",
        OperatorsName="",
        PatientName=f"{origin.person.family_name}^{origin.person.given_name}",
        PatientID=origin.person.patient_id,
        PatientBirthDate=day(origin.person.birth_date),
        PatientSex=origin.person.sex,
        StudyInstanceUID=origin.uid("study"),
        SeriesInstanceUID=origin.uid(f"{modality.lower()} series"),
        StudyID="1",
        SeriesNumber=1,
        SeriesDate=day(made_on),
        InstanceNumber=1,
    )
    dataset.update(shared)
    return dataset


def save(dataset: FileDataset, path: Path) -> Path:
    """Write the file whole or not at all; pydicom refuses any value that its type does not allow."""
    before = config.settings.writing_validation_mode
    config.settings.writing_validation_mode = config.RAISE
    written = BytesIO()
    try:
        dataset.save_as(written, enforce_file_format=True)
    finally:
        config.settings.writing_validation_mode = before
    write_whole(path, written.getvalue())
    return path


def reference(sop_class: str, uid: str, **more: object) -> Dataset:
    """A pointer to another file of the set."""
    return item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=uid, **more)


def set_pixels(dataset: Dataset, pixels: NDArray[np.unsignedinteger], big_endian: bool) -> None:
    """Unsigned pixels of shape (rows, columns) or (frames, rows, columns)."""
    bits = 8 * pixels.dtype.itemsize
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = (
        bits,
        bits,
        bits - 1,
        0,
    )
    order = ">" if big_endian else "<"
    dataset.add_new("PixelData", "OW", pixels.astype(f"{order}u{bits // 8}").tobytes())


def laid_out(
    stack: NDArray[np.unsignedinteger], x_mm: FloatArray, y_mm: FloatArray, position: str
) -> tuple[NDArray[np.unsignedinteger], tuple[float, float]]:
    """Planes [n, y, x] turned to [n, row, column] for a patient position, and x, y of the first pixel."""
    orientation = ORIENTATIONS[position]
    x_falls, y_falls = -1 in (orientation[0], orientation[3]), -1 in (orientation[1], orientation[4])
    stack = stack[:, :: -1 if y_falls else 1, :: -1 if x_falls else 1]
    corner = (float(x_mm[-1 if x_falls else 0]), float(y_mm[-1 if y_falls else 0]))
    return (stack if orientation[0] else stack.swapaxes(1, 2)), corner
