"""One DICOM file of a plan folder: what it is, and what was read from it."""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.ct import ManySlices, Slice, read_many_slices, read_slice
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.dose import dose_part_of
from isocenter.intake.dicom_rt.dose_sums import DosePart
from isocenter.intake.dicom_rt.elements import open_object, reading, text
from isocenter.intake.dicom_rt.patients import patient_of
from isocenter.intake.dicom_rt.plan import plan_of
from isocenter.intake.dicom_rt.records import record_of
from isocenter.intake.dicom_rt.registrations import registrations_of
from isocenter.intake.dicom_rt.structures import structures_of
from isocenter.intake.dicom_rt.tags import TAGS
from isocenter.terms.findings import InputFile
from isocenter.terms.imaging import NO_PATIENT, Patient, Registration, StructureSet, TreatmentPlan
from isocenter.terms.limits import DICOM_BYTES
from isocenter.terms.problems import Problem, UnreadPart
from isocenter.terms.treatment_records import TreatmentRecord

DoseReader = Callable[[Dataset, str], tuple[DosePart, list[Problem]]]
_FILES_AHEAD = 4
Term = TreatmentPlan | StructureSet | DosePart | Slice | ManySlices | TreatmentRecord | tuple[Registration, ...]

DIRECTORY = "DICOMDIR"
_KIND_OF_CLASS = {
    "1.2.840.10008.5.1.4.1.1.2": "CT image",
    "1.2.840.10008.5.1.4.1.1.2.1": "enhanced CT image",
    "1.2.840.10008.5.1.4.1.1.4": "MR image",
    "1.2.840.10008.5.1.4.1.1.128": "PET image",
    "1.2.840.10008.5.1.4.1.1.66.1": "registration",
    "1.2.840.10008.5.1.4.1.1.66.3": "registration",
    "1.2.840.10008.5.1.4.1.1.481.1": "RT image",
    "1.2.840.10008.5.1.4.1.1.481.2": "dose",
    "1.2.840.10008.5.1.4.1.1.481.3": "structure set",
    "1.2.840.10008.5.1.4.1.1.481.4": "treatment record",
    "1.2.840.10008.5.1.4.1.1.481.5": "plan",
    "1.2.840.10008.5.1.4.1.1.481.6": "brachytherapy record",
    "1.2.840.10008.5.1.4.1.1.481.8": "ion plan",
    "1.2.840.10008.5.1.4.1.1.481.9": "ion treatment record",
}
# MediaStorageSOPClassUID, among the first elements after the preamble.
_CLASS_OF_HEAD = re.compile(rb"\x02\x00\x02\x00UI..([0-9.]+)", re.DOTALL)
_HEAD_BYTES = 512
_TAGS_SHOWN = 3
_KIND_OF_MODALITY = {
    "CT": "CT image",
    "REG": "registration",
    "RTDOSE": "dose",
    "RTPLAN": "plan",
    "RTRECORD": "treatment record",
    "RTSTRUCT": "structure set",
}


@dataclass(frozen=True, eq=False)
class ReadObject:
    """One file and what came out of it; no term where it is of a kind that is not used, or damaged."""

    input: InputFile
    patient: Patient = NO_PATIENT
    sop_instance_uid: str = ""
    term: Term | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def path(self) -> str:
        """The file, as it is shown."""
        return self.input.path


def read_objects(files: Sequence[tuple[Path, str]]) -> list[ReadObject]:
    """Read DICOM files, each with the path by which it is shown, in their order.

    Another thread loads and digests a few files ahead: with a CT they are a hundred megabytes.
    """
    found = []
    with ThreadPoolExecutor(1) as pool:
        ahead = deque(pool.submit(_loaded, file) for file, _ in files[:_FILES_AHEAD])
        for n, (file, path) in enumerate(files):
            found.append(read_object(file, path, load=ahead.popleft().result))
            ahead.extend(pool.submit(_loaded, later) for later, _ in files[n + _FILES_AHEAD : n + _FILES_AHEAD + 1])
    return found


def _loaded(file: Path) -> tuple[bytes, str]:
    """The bytes of a file and their SHA-256."""
    DICOM_BYTES.refuse_beyond(file.stat().st_size)
    data = file.read_bytes()
    return data, hashlib.sha256(data).hexdigest()


def read_object(
    file: Path,
    path: str,
    read_dose: DoseReader = dose_part_of,
    load: Callable[[], tuple[bytes, str]] | None = None,
) -> ReadObject:
    """Read one DICOM file, shown as `path`; what cannot be read becomes a problem of it."""
    kind, digest = "DICOM", ""
    try:
        with reading(path):
            data, digest = load() if load else _loaded(file)
            kind = _kind_by_head(data)
            dataset = open_object(data)
            kind = _kind_of(dataset)
            term, rows, problems = _read(dataset, kind, path, read_dose)
            patient = term.patient if isinstance(term, Slice | TreatmentPlan) else patient_of(dataset)
            patient = NO_PATIENT if kind == DIRECTORY else patient
            uid = text(dataset, "SOPInstanceUID")
            problems = [*problems, *_misplaced(dataset, path, kind)]
    except UnreadableInput as error:
        sentence = str(error).removeprefix(f"{path}: ")
        sentence = f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}. The file is left out."
        problem = UnreadPart(path, "", sentence).of_kind(kind)
        return ReadObject(InputFile(path, kind, digest, 0), problems=(problem,))
    return ReadObject(InputFile(path, kind, digest, rows), patient, uid, term, tuple(problems))


def _misplaced(dataset: Dataset, path: str, kind: str) -> list[Problem]:
    """That elements stand where none of their tags may: a damaged tag is that of another element, or of none."""
    tags = [f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in dataset.misplaced()]
    if not tags:
        return []
    more = f" and {len(tags) - _TAGS_SHOWN} more" if len(tags) > _TAGS_SHOWN else ""
    sentence = (
        f"Elements occur twice or out of order ({', '.join(tags[:_TAGS_SHOWN])}{more}): what was read of the file"
        " is uncertain; export it again."
    )
    return [UnreadPart(path, "", sentence).of_kind(kind)]


def _kind_by_head(data: bytes) -> str:
    """The kind that the head of a file states, which a file that is cut short has as well."""
    stated = _CLASS_OF_HEAD.search(data, 128, 128 + _HEAD_BYTES)
    return _KIND_OF_CLASS.get(stated[1].decode(), "DICOM") if stated else "DICOM"


def _kind_of(dataset: Dataset) -> str:
    if TAGS["DirectoryRecordSequence"] in dataset.tags():
        return DIRECTORY
    modality = text(dataset, "Modality")
    by_class = _KIND_OF_CLASS.get(text(dataset, "SOPClassUID"))
    return by_class or _KIND_OF_MODALITY.get(modality, f"{modality or 'unnamed'} object")


def _read(dataset: Dataset, kind: str, path: str, read_dose: DoseReader) -> tuple[Term | None, int, list[Problem]]:
    if kind == "CT image":
        return read_slice(dataset, path), 1, []
    if kind == "enhanced CT image":
        many = read_many_slices(dataset, path)
        return many, len(many.slices), []
    reader = read_dose if kind == "dose" else _READERS.get(kind)
    if reader is None:
        return None, 0, []
    term, problems = reader(dataset, path)
    return term, _rows(term), problems


_READERS: dict[str, Callable[[Dataset, str], tuple[Term, list[Problem]]]] = {
    "plan": plan_of,
    "ion plan": plan_of,
    "registration": registrations_of,
    "structure set": structures_of,
    "treatment record": record_of,
}


def _rows(term: Term) -> int:
    """Beams of a plan or record, ROIs of a structure set, planes of a dose, registrations."""
    match term:
        case TreatmentPlan() | TreatmentRecord():
            return len(term.beams)
        case StructureSet():
            return len(term.structures)
        case DosePart():
            return len(term.grid.z_mm)
        case ManySlices():
            return len(term.slices)
        case _:
            return len(term)
