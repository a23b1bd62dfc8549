"""Frames of reference: whether points of one imaging can be carried into another, and by what.

Only by one frame that both share or by rigid registrations from the one to the other, used either way and one after
the other. Never guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocenter.terms.imaging import FloatArray, Registration

RIGID_TOLERANCE = 1e-3
_SAME_PLACE_MM = 1.0  # less does not change where a structure lies to a slice
_CORNERS_MM = 150.0 * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class FrameLink:
    """The matrix (4 x 4, LPS, mm) from a source frame into a target frame, or None; the sentence says why.

    is_disputed: registrations between the two frames carry a point to different places, so that none is used.
    """

    matrix: FloatArray | None
    sentence: str
    is_disputed: bool = False


def link_frames(source_uid: str, target_uid: str, registrations: Sequence[Registration]) -> FrameLink:
    """How points of the source frame get into the target frame."""
    if not source_uid or not target_uid:
        return FrameLink(None, "A frame of reference is not stated, so nothing can be carried over.")
    if source_uid == target_uid:
        return FrameLink(np.eye(4), "Both lie in one frame of reference.")
    rigid = [registration for registration in registrations if _is_rigid(registration.matrix)]
    matrices = [_chained(source_uid, target_uid, one_order) for one_order in (rigid, rigid[::-1])]
    one, other = matrices
    if one is not None and other is not None:
        apart_mm = float(np.abs(carry_points(one, _CORNERS_MM) - carry_points(other, _CORNERS_MM)).max())
        if apart_mm > _SAME_PLACE_MM:
            differ = f"Registrations between the two frames of reference differ by {apart_mm:.1f} mm"
            sentence = f"{differ}; take those that are not valid out of the folder."
            return FrameLink(None, sentence, is_disputed=True)
        return FrameLink(one, "A rigid registration links the two frames of reference.")
    if any({source_uid, target_uid} == {r.source_frame_uid, r.target_frame_uid} for r in registrations):
        return FrameLink(None, "The registration between the two frames is not rigid; nothing is carried over by it.")
    return FrameLink(
        None,
        "The two lie in different frames of reference and no rigid registration links them; nothing is carried over.",
    )


def _chained(source_uid: str, target_uid: str, rigid: Sequence[Registration]) -> FloatArray | None:
    """The matrix by the shortest chain of registrations; of two between the same frames the first is taken."""
    matrices: dict[str, FloatArray] = {source_uid: np.eye(4)}
    while target_uid not in matrices:
        reached = {
            uid: step @ matrices[known]
            for registration in reversed(rigid)
            for known, uid, step in _both_ways(registration)
            if known in matrices and uid not in matrices
        }
        if not reached:
            return None
        matrices.update(reached)
    return matrices[target_uid]


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
