"""Spatial registrations: how points of one frame of reference lie in another."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.data_sets import Dataset
from isocenter.intake.dicom_rt.elements import items, numbers, open_file, reading, text
from isocenter.intake.dicom_rt.tags import TAGS
from isocenter.terms.imaging import Registration
from isocenter.terms.problems import Problem, Unread

FloatArray = NDArray[np.float64]

_RIGID_TOLERANCE = 1e-3  # of a direction cosine: 0.1 mm over 100 mm, above the rounding of decimal strings


def read_registration(path: Path) -> tuple[tuple[Registration, ...], list[Problem]]:
    """The rigid registrations of a Spatial Registration file: every other frame into the file's own."""
    with reading(str(path)):
        return registrations_of(open_file(path), str(path))


def registrations_of(dataset: Dataset, path: str) -> tuple[tuple[Registration, ...], list[Problem]]:
    """The rigid registrations of an open Spatial Registration; others become problems."""
    if TAGS["DeformableRegistrationSequence"] in dataset.tags():
        raise UnreadableInput("the registration is deformable, which is not used here; export the rigid one.")
    target = text(dataset, "FrameOfReferenceUID")
    registrations: list[Registration] = []
    problems: list[Problem] = []
    for position, item in enumerate(items(dataset, "RegistrationSequence"), start=1):
        source = text(item, "FrameOfReferenceUID")
        try:
            matrix = _matrix(item)
        except UnreadableInput as error:
            problems.append(Unread(path, f"registration {position}", f"{error} It is left out."))
            continue
        if source and source != target:
            registrations.append(Registration(source, target, matrix))
        elif not source:
            sentence = "The registration does not name the frame of reference that it maps; it is left out."
            problems.append(Problem(path, f"registration {position}", sentence))
    return tuple(registrations), problems


def _matrix(item: Dataset) -> FloatArray:
    """The product of the item's matrices, the first applied first, shape (4, 4)."""
    product = np.eye(4)
    for registration in items(item, "MatrixRegistrationSequence"):
        for part in items(registration, "MatrixSequence"):
            matrix = numbers(part, "FrameOfReferenceTransformationMatrix", 16).reshape(4, 4)
            _refuse_unless_rigid(matrix)
            product = matrix @ product
    return product


def _refuse_unless_rigid(matrix: FloatArray) -> None:
    rotation = matrix[:3, :3]
    is_rotation = np.allclose(rotation @ rotation.T, np.eye(3), rtol=0, atol=_RIGID_TOLERANCE)
    if not is_rotation or np.linalg.det(rotation) < 0 or not np.allclose(matrix[3], [0, 0, 0, 1]):
        raise UnreadableInput("The registration's matrix is not rigid (it scales, shears or mirrors).")
