"""Frames of reference: whether points of one imaging can be carried into another, and by what.

Only by one frame that both share or by a rigid registration between the two, used either way. Never guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from isocenter.terms.imaging import FloatArray, Registration

RIGID_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class FrameLink:
    """The matrix (4 x 4, LPS, mm) from a source frame into a target frame, or None; the sentence says why."""

    matrix: FloatArray | None
    sentence: str


def link_frames(source_uid: str, target_uid: str, registrations: Iterable[Registration]) -> FrameLink:
    """How points of the source frame get into the target frame."""
    if not source_uid or not target_uid:
        return FrameLink(None, "A frame of reference is not stated, so nothing can be carried over.")
    if source_uid == target_uid:
        return FrameLink(np.eye(4), "Both lie in one frame of reference.")
    deformed = False
    for registration in registrations:
        ends = (registration.source_frame_uid, registration.target_frame_uid)
        if set(ends) != {source_uid, target_uid}:
            continue
        if not _is_rigid(registration.matrix):
            deformed = True
            continue
        forward = ends == (source_uid, target_uid)
        matrix = registration.matrix if forward else reverse(registration.matrix)
        return FrameLink(matrix, "A rigid registration links the two frames of reference.")
    if deformed:
        return FrameLink(None, "The registration between the two frames is not rigid; nothing is carried over by it.")
    return FrameLink(
        None,
        "The two lie in different frames of reference and no rigid registration links them; nothing is carried over.",
    )


def _is_rigid(matrix: FloatArray) -> bool:
    """Whether a matrix turns and shifts without mirroring or stretching."""
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        return False
    turn = matrix[:3, :3]
    return bool(
        np.allclose(turn @ turn.T, np.eye(3), atol=RIGID_TOLERANCE)
        and np.linalg.det(turn) > 0
        and np.allclose(matrix[3], [0, 0, 0, 1], atol=RIGID_TOLERANCE)
    )


def carry_points(matrix: FloatArray, points_mm: FloatArray) -> FloatArray:
    """Points (n, 3) moved by a 4 x 4 matrix."""
    moved: FloatArray = points_mm @ matrix[:3, :3].T + matrix[:3, 3]
    return moved


def reverse(matrix: FloatArray) -> FloatArray:
    """The matrix that carries points back."""
    return np.linalg.inv(matrix).astype(np.float64)
