"""The side that is treated: as the case states it, as the name of a target says it, and where the target lies."""

from dataclasses import dataclass

import numpy as np

from isocenter.errors import UnreadableInput
from isocenter.evidence.roles.roles import role_of
from isocenter.planning.task.task import Task
from isocenter.terms.problems import Problem

BESIDE_MM = 20.0  # from the middle of the body: a target nearer to it lies on no side
_SIDES = ("left", "right")
BREAST = "breast"


@dataclass(frozen=True, slots=True)
class TargetSide:
    """A target with a dose: the side that its name says and the one that it lies on, "" where there is none.

    left_mm: of the middle of the target from that of the body in the same planes, less than 0 on the right.
    """

    target: str
    by_name: str
    left_mm: float

    @property
    def by_place(self) -> str:
        """left or right where the middle of the target lies clearly beside that of the body."""
        if abs(self.left_mm) < BESIDE_MM:
            return ""
        return "left" if self.left_mm > 0 else "right"


def target_sides(task: Task) -> list[TargetSide]:
    """The sides of every target with a dose."""
    patient = task.patient
    shape = patient.density.shape
    planes, _, columns = np.unravel_index(patient.body, shape)
    found = []
    for name in task.prescribed_gy:
        own_planes, _, own_columns = np.unravel_index(patient.voxels[name], shape)
        beside = columns[np.isin(planes, own_planes)]
        middle_mm = (patient.x_mm[beside.min()] + patient.x_mm[beside.max()]) / 2
        side = role_of(name).laterality
        found.append(
            TargetSide(name, side if side in _SIDES else "", float(patient.x_mm[own_columns].mean() - middle_mm))
        )
    return found


def side_remarks(sides: list[TargetSide], site: str, case_side: str) -> list[Problem]:
    """A remark where name, place and the case's side of a target differ.

    site: whose beam arrangement is taken. case_side: left or right, "" where the case states none. Raises
    UnreadableInput where the arrangement is one of a side and no target with a dose lies there: its fields would come
    from the wrong side, and such plans compare nothing.
    """
    of_site = next((side for side in _SIDES if site.startswith(f"{side}_")), "")
    if of_site and all(one.by_place not in ("", of_site) for one in sides):
        where = ", ".join(f"{one.target} lies {_beside(one)}" for one in sides)
        raise UnreadableInput(
            f"fields of the {site.replace('_', ' ')} are asked for, and {where}; correct the side of the case, name "
            "another --site, or give the structures of this patient"
        )
    problems = []
    for one in sides:
        place = f"target {one.target}"
        if one.by_name and one.by_place not in ("", one.by_name):
            sentence = f"its name says {one.by_name}, and it lies {_beside(one)}; check the structures and the CT"
            problems.append(Problem("", place, sentence))
        elif case_side in _SIDES and (one.by_place or one.by_name) not in ("", case_side):
            how = f"it lies {_beside(one)}" if one.by_place else f"its name says {one.by_name}"
            sentence = f"the case states the {case_side} side, and {how}; check whether plan and case belong together"
            problems.append(Problem("", place, sentence))
    return problems


def with_side(site: str, sides: list[TargetSide]) -> tuple[str, list[Problem]]:
    """The site whose fields are taken: of a breast whose side is not stated, the one that its targets lie on.

    Raises UnreadableInput where they lie on no side, or on both.
    """
    if site != BREAST:
        return site, []
    found = {one.by_place or one.by_name for one in sides}
    side = found.pop() if len(found) == 1 else ""
    if not side:
        where = ", ".join(f"{one.target} lies {_beside(one)}" if one.by_place else one.target for one in sides)
        raise UnreadableInput(
            f"fields of a breast depend on its side, which neither the case nor the targets show ({where}); name "
            "--site left_breast or right_breast"
        )
    sentence = f"the side of the breast is not stated; fields of the {side} one are taken, where its targets lie"
    return f"{side}_{BREAST}", [Problem("", "site breast", sentence)]


def _beside(one: TargetSide) -> str:
    return f"{abs(one.left_mm) / 10:.1f} cm to the {one.by_place} of the middle of the body"
