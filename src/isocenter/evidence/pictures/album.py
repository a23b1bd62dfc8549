"""All pictures of one plan that can be drawn from what is there."""

from collections.abc import Mapping, Sequence

import numpy as np

from isocenter.evidence.doses.dvh import Dvh
from isocenter.evidence.pictures.colors import colors_of
from isocenter.evidence.pictures.curves import dvh_chart
from isocenter.evidence.pictures.fields import portals
from isocenter.evidence.pictures.guidance import shifts
from isocenter.evidence.pictures.isodoses import isodose
from isocenter.evidence.pictures.planes import PointMm, centroid_mm
from isocenter.evidence.roles.roles import role_of
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import ImageGuidance
from isocenter.terms.imaging import ContouredStructure, DoseGrid, PlanFolder, StructureSet
from isocenter.terms.review import Picture

CLOSE_VIEW_MM = 60.0


def plan_pictures(
    folder: PlanFolder,
    roles: Mapping[str, str],
    dvhs: Sequence[Dvh],
    constraints: Sequence[Constraint],
    closest_point_mm: PointMm | None,
    prescription_gy: float | None,
    image_guidance: Sequence[ImageGuidance],
    own_dose: DoseGrid | None = None,
) -> tuple[Picture, ...]:
    """The pictures of a plan, most telling first; those for which a part is missing are left out.

    roles says by name what each structure is ('target', 'critical', 'external', ...); closest_point_mm is
    where a critical structure comes closest to the target; own_dose is that of the folder's plan alone, where the
    folder's dose is that of several.
    """
    pictures: list[Picture] = []
    if folder.dose is not None and min(folder.dose.dose_gy.shape) > 1 and folder.dose.dose_gy.max() > 0:
        pictures += _isodoses(folder, folder.dose, roles, dvhs, closest_point_mm, prescription_gy)
    if any(dvh.curve_volume_cc > 0 for dvh in dvhs):
        stored = {dvh.structure_number: dvh for dvh in folder.dose.stored_dvhs} if folder.dose else {}
        colors = colors_of(folder.structure_set.structures) if folder.structure_set else {}
        pictures.append(dvh_chart(dvhs, roles, constraints, prescription_gy, stored, colors, own_gy=_own_doses(folder)))
    pictures += _portals(folder, roles, dvhs, own_dose)
    if any(row.shift_mm is not None for row in image_guidance):
        pictures.append(shifts(image_guidance))
    return tuple(pictures)


def _own_doses(folder: PlanFolder) -> dict[str, float]:
    """The dose in Gy that the only plan prescribes to each target, by name; none of several plans."""
    if folder.plan is None or folder.structure_set is None or folder.further:
        return {}
    doses_gy = folder.plan.target_doses_gy
    return {one.name: doses_gy[one.number] for one in folder.structure_set.structures if one.number in doses_gy}


def _portals(
    folder: PlanFolder, roles: Mapping[str, str], dvhs: Sequence[Dvh], own_dose: DoseGrid | None
) -> list[Picture]:
    """The portals of each plan, with the target that receives most: of several plans, most of that plan's dose."""
    pictures = []
    main = _main_target(folder.structure_set, roles, dvhs)
    for number, part in enumerate((folder, *folder.further), start=1):
        plan = part.plan
        if plan is None or not any(beam.control_points for beam in plan.treatment_beams):
            continue
        target, title = main, "Portals"
        if folder.further:
            target = _target_of_dose(folder.structure_set, roles, own_dose if number == 1 else part.dose) or main
            title = f"Portals of {plan.label or f'plan {number}'}"
        name = "portals" if number == 1 else f"portals_{number}"
        pictures.append(portals(plan, target, part.patient_position, name=name, title=title))
    return pictures


def _target_of_dose(
    structures: StructureSet | None, roles: Mapping[str, str], dose: DoseGrid | None
) -> ContouredStructure | None:
    """The target in whose middle a plan's own dose is highest; None where the plan has none."""
    if dose is None or structures is None:
        return None
    targets = [s for s in structures.structures if s.contours and roles.get(s.name) == "target"]
    planning = [s for s in targets if role_of(s.name, s.interpreted_type).target_class == "PTV"]
    return max(planning or targets, key=lambda target: _nearest_gy(dose, centroid_mm(target)), default=None)


def _nearest_gy(dose: DoseGrid, point_mm: PointMm) -> float:
    axes = (dose.x_mm, dose.y_mm, dose.z_mm)
    column, row, z = (int(np.abs(axis - along).argmin()) for axis, along in zip(axes, point_mm, strict=True))
    return float(dose.dose_gy[z, row, column])


def _isodoses(
    folder: PlanFolder,
    dose: DoseGrid,
    roles: Mapping[str, str],
    dvhs: Sequence[Dvh],
    closest_point_mm: PointMm | None,
    prescription_gy: float | None,
) -> list[Picture]:
    """The whole plan through the middle of its main target, and a close view of the tightest place."""
    target = _main_target(folder.structure_set, roles, dvhs)
    middle_mm = centroid_mm(target) if target else _hottest_mm(dose)
    where = f"the middle of {target.name}" if target else "the largest dose"
    pictures = [
        isodose(
            folder.ct, dose, folder.structure_set, roles, prescription_gy, middle_mm,
            title=f"Isodose plan through {where}",
        )
    ]  # fmt: skip
    if closest_point_mm is not None:
        pictures.append(
            isodose(
                folder.ct, dose, folder.structure_set, roles, prescription_gy, closest_point_mm,
                name="isodose_closest", title="Isodose plan where a critical structure comes closest",
                around_mm=CLOSE_VIEW_MM,
            )
        )  # fmt: skip
    return pictures


def _main_target(
    structures: StructureSet | None, roles: Mapping[str, str], dvhs: Sequence[Dvh]
) -> ContouredStructure | None:
    """The target of the highest median dose, of planning targets where there are any."""
    targets = [s for s in structures.structures if s.contours and roles.get(s.name) == "target"] if structures else []
    planning = [s for s in targets if role_of(s.name, s.interpreted_type).target_class == "PTV"]
    median_gy = {dvh.structure_number: dvh.dose_at_fraction_gy(0.5) for dvh in dvhs if dvh.curve_volume_cc > 0}
    return max(planning or targets, key=lambda target: median_gy.get(target.number, 0.0), default=None)


def _hottest_mm(dose: DoseGrid) -> PointMm:
    z, row, column = np.unravel_index(int(dose.dose_gy.argmax()), dose.dose_gy.shape)
    return float(dose.x_mm[column]), float(dose.y_mm[row]), float(dose.z_mm[z])
