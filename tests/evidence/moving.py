"""A whole plan moved in space: turned by quarters about the long axis, mirrored left to right, shifted."""

from dataclasses import replace

import numpy as np

from isocenter.terms.imaging import (
    Beam,
    ContouredStructure,
    ControlPoint,
    CtImage,
    DoseGrid,
    FloatArray,
    PlanFolder,
    Registration,
    StructureSet,
    TreatmentPlan,
)

SWAPPED = {"left": "right", "right": "left"}
# Turned by a quarter from left to back (x, y) -> (-y, x): what was left is now posterior.
TURNED = {"left": "posterior", "posterior": "right", "right": "anterior", "anterior": "left"}


class Move:
    """Mirror first, then quarter turns, then a shift in mm."""

    def __init__(self, quarters: int = 0, mirrored: bool = False, shift_mm: tuple[float, float, float] = (0, 0, 0)):
        self.quarters, self.mirrored, self.shift_mm = quarters % 4, mirrored, np.array(shift_mm, dtype=np.float64)
        turn = np.linalg.matrix_power(np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), self.quarters)
        self.matrix = turn @ np.diag([-1 if mirrored else 1, 1, 1])

    def points(self, points_mm: FloatArray) -> FloatArray:
        moved: FloatArray = points_mm @ self.matrix.T + self.shift_mm
        return moved

    def way(self, name: str) -> str:
        """What a direction of the patient is called after the move."""
        if self.mirrored:
            name = SWAPPED.get(name, name)
        for _ in range(self.quarters):
            name = TURNED.get(name, name)
        return name

    def structure(self, structure: ContouredStructure) -> ContouredStructure:
        contours = []
        for z_mm, points in structure.contours:
            moved = self.points(np.column_stack([points, np.full(len(points), z_mm)]))
            contours.append((float(moved[0, 2]), np.ascontiguousarray(moved[:, :2])))
        return replace(structure, contours=tuple(contours))

    def grid(self, values: np.ndarray, x_mm: FloatArray, y_mm: FloatArray, z_mm: FloatArray) -> tuple[np.ndarray, ...]:
        if self.mirrored:
            values, x_mm = values[:, :, ::-1], -x_mm[::-1]
        for _ in range(self.quarters):
            values = values.transpose(0, 2, 1)[:, :, ::-1]
            x_mm, y_mm = -y_mm[::-1], x_mm
        return np.ascontiguousarray(values), x_mm + self.shift_mm[0], y_mm + self.shift_mm[1], z_mm + self.shift_mm[2]

    def dose(self, dose: DoseGrid) -> DoseGrid:
        values, x_mm, y_mm, z_mm = self.grid(dose.dose_gy, dose.x_mm, dose.y_mm, dose.z_mm)
        return replace(dose, dose_gy=values, x_mm=x_mm, y_mm=y_mm, z_mm=z_mm)

    def ct(self, ct: CtImage) -> CtImage:
        values, x_mm, y_mm, z_mm = self.grid(ct.hu, ct.x_mm, ct.y_mm, ct.z_mm)
        return replace(ct, given_hu=values, x_mm=x_mm, y_mm=y_mm, z_mm=z_mm)

    def plan(self, plan: TreatmentPlan) -> TreatmentPlan:
        return replace(plan, beams=tuple(self.beam(beam) for beam in plan.beams))

    def beam(self, beam: Beam) -> Beam:
        """The beam that shines through the moved patient as it did before; leaves along x alone can be mirrored."""
        isocenter_mm = None
        if beam.isocenter_mm is not None:
            x, y, z = self.points(np.array([beam.isocenter_mm]))[0]
            isocenter_mm = (float(x), float(y), float(z))
        points = tuple(self.control_point(point) for point in beam.control_points)
        return replace(beam, isocenter_mm=isocenter_mm, control_points=points)

    def control_point(self, point: ControlPoint) -> ControlPoint:
        if self.mirrored:
            point = replace(
                point,
                gantry_deg=-point.gantry_deg % 360,
                collimator_deg=-point.collimator_deg % 360,
                couch_deg=-point.couch_deg % 360,
                rotation={"CW": "CC", "CC": "CW"}.get(point.rotation, point.rotation),
                jaws_x_mm=None if point.jaws_x_mm is None else (-point.jaws_x_mm[1], -point.jaws_x_mm[0]),
                leaves_mm=None if point.leaves_mm is None else -point.leaves_mm[::-1],
            )
        return replace(point, gantry_deg=(point.gantry_deg + 90 * self.quarters) % 360)

    def registration(self, registration: Registration) -> Registration:
        """Both frames are moved alike."""
        whole = np.eye(4)
        whole[:3, :3], whole[:3, 3] = self.matrix, self.shift_mm
        return replace(registration, matrix=whole @ registration.matrix @ np.linalg.inv(whole))

    def structures(self, found: StructureSet) -> StructureSet:
        return replace(found, structures=tuple(self.structure(structure) for structure in found.structures))

    def folder(self, folder: PlanFolder) -> PlanFolder:
        return replace(
            folder,
            plan=folder.plan and self.plan(folder.plan),
            structure_set=folder.structure_set and self.structures(folder.structure_set),
            dose=folder.dose and self.dose(folder.dose),
            ct=folder.ct and self.ct(folder.ct),
            registrations=tuple(self.registration(registration) for registration in folder.registrations),
            earlier=tuple(self.folder(before) for before in folder.earlier),
        )
