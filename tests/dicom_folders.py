"""Folders of plans, and their parts changed in one place, for tests of what is read together."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from isocenter.intake.dicom_rt import read_folder
from isocenter.terms.imaging import PlanFolder
from tests.dicom_files import (
    complete_folder,
    item,
    plan,
    save,
    square,
    structures,
)

STORED = np.full((6, 12, 8), 1000, dtype=np.uint16)
OFFSETS = [2.0 * k for k in range(6)]


CORNER = {"ImagePositionPatient": [-10.0, -10.0, 5.0]}


def sentences(folder: Path) -> str:
    return "\n".join(problem.sentence for problem in read_folder(folder)[1])


def two_plans(folder: Path) -> Path:
    complete_folder(folder)
    save(plan(uid="1.2.77", RTPlanLabel="BOOST"), folder / "boost.dcm")
    return folder


def labels(found: PlanFolder) -> list[str]:
    return [part.plan.label for part in (found, *found.further) if part.plan]


def drawn(*contours: Dataset, **rois: list[Dataset]) -> Dataset:
    named = {2 + k: (name, drawn_as) for k, (name, drawn_as) in enumerate(rois.items())}
    return structures({1: ("PTV", list(contours) or [square(9.0, 1.0)]), **named})


def of_patient(made: Dataset, patient: str) -> Dataset:
    made.PatientID = patient
    return made


def drawn_on(image_uid: str) -> Dataset:
    series = item(ContourImageSequence=[item(ReferencedSOPInstanceUID=image_uid)])
    study = item(RTReferencedSeriesSequence=[series])
    frame = item(FrameOfReferenceUID="1.9", RTReferencedStudySequence=[study])
    made = drawn()
    made.ReferencedFrameOfReferenceSequence = [frame]
    return made
