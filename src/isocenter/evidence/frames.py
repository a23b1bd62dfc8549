"""Frames of reference: whether points of one imaging can be carried into another, and by what.

Only by one frame that both share or by rigid registrations from the one to the other, used either way and one after
the other. Never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.terms.imaging import FloatArray, Registration

RIGID_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class FrameLink:
    """The matrix (4 x 4, LPS, mm) from a source frame into a target frame, or None; the sentence says why."""

    matrix: FloatArray | None
    sentence: str


def link_frames(source_uid: str, target_uid: str, registrations: Sequence[Registration]) -> FrameLink:
    """How points of the source frame get into the target frame."""
    if not source_uid or not target_uid:
        return FrameLink(None, "A frame of reference is not stated, so nothing can be carried over.")
    if source_uid == target_uid:
        return FrameLink(np.eye(4), "Both lie in one frame of reference.")
    rigid = [registration for registration in registrations if _is_rigid(registration.matrix)]
    matrices = {source_uid: np.eye(4)}
    while target_uid not in matrices:
        reached = {
            uid: step @ matrices[known]
            for registration in reversed(rigid)  # of two between the same frames the first is taken
            for known, uid, step in _both_ways(registration)
            if known in matrices and uid not in matrices
        }
        if not reached:
            break
        matrices.update(reached)
    if target_uid in matrices:
        return FrameLink(matrices[target_uid], "A rigid registration links the two frames of reference.")
    if any({source_uid, target_uid} == {r.source_frame_uid, r.target_frame_uid} for r in registrations):
        return FrameLink(None, "The registration between the two frames is not rigid; nothing is carried over by it.")
    return FrameLink(
        None,
        "The two lie in different frames of reference and no rigid registration links them; nothing is carried over.",
    )


def _both_ways(registration: Registration) -> tuple[tuple[str, str, FloatArray], tuple[str, str, FloatArray]]:
    """From a frame, to a frame, by a matrix: a registration forward and back."""
    source, target = registration.source_frame_uid, registration.target_frame_uid
    return (source, target, registration.matrix), (target, source, reverse(registration.matrix))


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
