"""How a beam looks at the patient: its axes, its rays, and where points lie in it (IEC 61217, as evidence.portals)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isocenter.evidence.fields.portals import FIXED_AXES
from isocenter.planning.kernels.ray_trace import project, trace_fan
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.planning.threads import each_part
from isocenter.terms.imaging import FloatArray

Float32Array = NDArray[np.float32]

FAN_PITCH_MM, FAN_STEP_MM = 2.5, 1.5


@dataclass(frozen=True, eq=False)
class BeamView:
    """One static direction. axes: rows u (collimator x), v (collimator y) and travel, as patient coordinates (3, 3)."""

    gantry_deg: float
    couch_deg: float
    isocenter_mm: FloatArray
    sad_mm: float
    axes: FloatArray

    @property
    def source_mm(self) -> FloatArray:
        """Position of the source in patient coordinates."""
        source_mm: FloatArray = self.isocenter_mm - self.sad_mm * self.axes[2]
        return source_mm

    def onto_plane(self, points_mm: FloatArray) -> FloatArray:
        """u, v (n, 2) at the isocenter plane of points (n, 3)."""
        seen = (points_mm - self.source_mm) @ self.axes.T
        plane: FloatArray = seen[:, :2] * (self.sad_mm / seen[:, 2:])
        return plane


@dataclass(frozen=True, eq=False)
class Fan:
    """Water-equivalent depths of a view's rays over the whole patient, shape (nu, nv, steps)."""

    patient: PlanningPatient
    view: BeamView
    depth_mm: Float32Array
    u0_mm: float
    v0_mm: float
    near_mm: float

    @cached_property
    def near_places(self) -> Float32Array:
        """places() of the voxels in and near the body."""
        return self.places(self.patient.points_mm(np.flatnonzero(self.patient.near_body)))

    @property
    def spread(self) -> Float32Array:
        """The root of the inverse square at each voxel (nz, ny, nx)."""
        patient, source_mm = self.patient, self.view.source_mm
        x, y, z = (
            ((axis - at) ** 2).astype(np.float32)
            for axis, at in zip((patient.x_mm, patient.y_mm, patient.z_mm), source_mm, strict=True)
        )
        return np.asarray(self.view.sad_mm / np.sqrt(z[:, None, None] + y[:, None] + x), np.float32)

    def places(self, points_mm: Float32Array) -> Float32Array:
        """u, v, depth in mm and inverse square of points (n, 3), shape (n, 4); depth -1 outside the fan."""
        view = self.view
        seen = np.empty((len(points_mm), 4), np.float32)

        def part(first: int, last: int) -> None:
            seen[first:last] = project(
                points_mm[first:last],
                view.source_mm,
                view.axes,
                view.sad_mm,
                self.depth_mm,
                self.u0_mm,
                self.v0_mm,
                FAN_PITCH_MM,
                self.near_mm,
                FAN_STEP_MM,
            )

        each_part(len(points_mm), part)
        return seen


def look(
    gantry_deg: float,
    isocenter_mm: FloatArray,
    couch_deg: float = 0.0,
    *,
    collimator_deg: float = 0.0,
    patient_position: str = "HFS",
    sad_mm: float = 1000.0,
) -> BeamView:
    """The view of a beam at a gantry, couch and collimator angle, in degrees."""
    g, c, k = np.radians(gantry_deg), np.radians(couch_deg), np.radians(collimator_deg)
    fixed = np.array([[np.cos(g), 0, -np.sin(g)], [0, 1, 0], [-np.sin(g), 0, -np.cos(g)]])
    onto_table = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    turned = np.array([[np.cos(k), np.sin(k), 0], [-np.sin(k), np.cos(k), 0], [0, 0, 1]])
    axes = np.ascontiguousarray(turned @ fixed @ onto_table @ np.array(FIXED_AXES[patient_position], np.float64))
    return BeamView(gantry_deg, couch_deg, np.asarray(isocenter_mm, np.float64), sad_mm, axes)


def cast_fan(patient: PlanningPatient, view: BeamView) -> Fan:
    """Trace every ray that can meet the patient's grid."""
    corners = patient.corners_mm
    plane = view.onto_plane(corners)
    low, high = np.floor(plane.min(0) / FAN_PITCH_MM) - 1, np.ceil(plane.max(0) / FAN_PITCH_MM) + 1
    u_mm, v_mm = (np.arange(low[k], high[k] + 1) * FAN_PITCH_MM for k in (0, 1))
    distance = np.linalg.norm(corners - view.source_mm, axis=1)
    along = (corners - view.source_mm) @ view.axes[2]
    near_mm = max(float(along.min()) - 2 * FAN_STEP_MM, 0.0)
    steps = int((float(distance.max()) - near_mm) / FAN_STEP_MM) + 3
    depth_mm = np.empty((len(u_mm), len(v_mm), steps), np.float32)
    outward = patient.hull[:, 2::-1] / patient.spacing_mm  # faces as x, y, z in mm
    faces_mm = np.column_stack([outward, patient.hull[:, 3] - outward @ patient.origin_mm])

    def part(first: int, last: int) -> None:
        depth_mm[first:last] = trace_fan(
            patient.density,
            patient.origin_mm,
            patient.spacing_mm,
            faces_mm,
            view.source_mm,
            view.axes,
            view.sad_mm,
            u_mm[first:last],
            v_mm,
            near_mm,
            FAN_STEP_MM,
            steps,
        )

    each_part(len(u_mm), part)
    return Fan(patient, view, depth_mm, float(u_mm[0]), float(v_mm[0]), near_mm)
