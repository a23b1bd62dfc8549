"""The phantoms: who lies there, what is to be treated and spared, and what is ordered."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from isocenter.phantoms.closed_forms import (
    cone_beyond_across,
    cone_beyond_along,
    cylinder_beyond_across,
    cylinder_beyond_along,
    sphere_beyond,
)
from isocenter.phantoms.doses import FloatArray, LinearDose
from isocenter.phantoms.knobs import PlanStyle
from isocenter.phantoms.shapes import (
    Cone,
    Crescent,
    Ellipsoid,
    Horseshoe,
    LyingRod,
    Pipe,
    Point,
    Rod,
    Shape,
    sphere,
)

Kind = Literal["PTV", "CTV", "ORGAN", "EXTERNAL"]
WATER, LUNG, BONE = 0, -720, 450  # HU


@dataclass(frozen=True)
class Part:
    """One structure: what it is, where it lies, what it is made of, and how far the plan spares it."""

    name: str
    kind: Kind
    shape: Shape
    hu: int = WATER
    spared_to: float | None = None  # share of the dose that it would have received
    limit_gy: float | None = None


@dataclass(frozen=True)
class Phantom:
    """One patient and the course ordered for him; doses in Gy for the whole course."""

    name: str
    sentence: str
    body: Rod
    contents: tuple[Part, ...]
    prescription_gy: dict[str, float]
    fractions: int
    style: PlanStyle = field(default_factory=PlanStyle)
    dose: LinearDose | None = None  # instead of a dose that conforms to the targets
    slice_mm: float = 3.0
    pixel_mm: float = 3.0
    margins_mm: dict[str, float] = field(default_factory=dict)  # CTV to PTV, by direction, exact
    gaps_mm: dict[tuple[str, str], float] = field(default_factory=dict)  # between surfaces, exact
    earlier: str = ""  # the phantom that was treated before
    from_earlier: tuple[float, Point] | None = None  # turn about z in degrees, then shift in mm

    @property
    def patient(self) -> str:
        """Who lies there; an earlier course is of the same patient."""
        return self.name.removesuffix("_earlier").replace("_", " ").upper()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every structure, the body first."""
        return (Part("Body", "EXTERNAL", self.body), *self.contents)

    @property
    def earlier_matrix(self) -> FloatArray:
        """4 x 4 matrix that takes points of the earlier frame of reference into this one."""
        turn_deg, shift_mm = self.from_earlier or (0.0, (0.0, 0.0, 0.0))
        return rigid_matrix(turn_deg, shift_mm)


def rigid_matrix(turn_deg: float, shift_mm: Point) -> FloatArray:
    """Turn about z, then shift."""
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    matrix = np.eye(4)
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    matrix[:3, 3] = shift_mm
    return matrix


def _body(rx_mm: float, ry_mm: float, length_mm: float) -> Rod:
    return Rod((0, 0, 0), (rx_mm, ry_mm, length_mm / 2))


ARCS = PlanStyle("vmat", (181.0, 179.0))
RADIUS_MM, LENGTH_MM, CENTER_GY, GRADIENT, PRESCRIBED_GY = 12.0, 24.0, 16.0, 1.0, 28.0


def _solid(name: str, sentence: str, shape: Shape, axis: str) -> Phantom:
    """A solid of the analytic benchmark: 16 Gy in its middle, rising by 1 Gy/mm along z or y to 28 Gy."""
    parts = (Part("Solid", "PTV", shape),)
    dose = LinearDose(CENTER_GY, GRADIENT, axis)
    style = PlanStyle("open", (0.0,))
    return Phantom(name, sentence, _body(48, 48, 72), parts, {"Solid": PRESCRIBED_GY}, 14, style, dose, 2.0, 2.0)


_ORIGIN = (0.0, 0.0, 0.0)
_SOLIDS: dict[str, Shape] = {
    "sphere": sphere(_ORIGIN, RADIUS_MM),
    "cylinder": Rod(_ORIGIN, (RADIUS_MM, RADIUS_MM, LENGTH_MM / 2)),
    "cylinder_rotated": LyingRod(_ORIGIN, RADIUS_MM, LENGTH_MM),
    "cone": Cone(_ORIGIN, RADIUS_MM, LENGTH_MM),
    "cone_rotated": Cone(_ORIGIN, RADIUS_MM, LENGTH_MM, lying=True),
}


def solid_volume_at(name: str, dose_gy: FloatArray) -> FloatArray:
    """Closed form: volume in cc of an analytic solid (such as 'cone_rotated_ap') that gets the dose."""
    u = (np.asarray(dose_gy, dtype=np.float64) - CENTER_GY) / GRADIENT
    across = name.endswith("_ap") != ("_rotated" in name)
    if name.startswith("sphere"):
        return sphere_beyond(u, RADIUS_MM)
    if name.startswith("cylinder"):
        return (cylinder_beyond_across if across else cylinder_beyond_along)(u, RADIUS_MM, LENGTH_MM)
    return (cone_beyond_across if across else cone_beyond_along)(u, RADIUS_MM, LENGTH_MM)


def _c_shape() -> Phantom:
    body = _body(110, 90, 120)
    parts = (
        Part("PTV_50", "PTV", Horseshoe(_ORIGIN, 26, 11, 200, 72)),
        Part("Core", "ORGAN", Rod(_ORIGIN, (10, 10, 48)), spared_to=0.35, limit_gy=25),
    )
    sentence = "A C-shaped target around a core, in the sizes of the TG-119 test: the organ lies in the concavity."
    gaps = {("PTV_50", "Core"): 5.0}
    return Phantom("c_shape", sentence, body, parts, {"PTV_50": 50.0}, 25, gaps_mm=gaps)


def _convex_control() -> Phantom:
    body = _body(130, 100, 108)
    parts = (
        Part("PTV_45", "PTV", sphere((-40, -20, 0), 28)),
        Part("CTV_45", "CTV", sphere((-40, -20, 0), 13)),
        Part("SpinalCord", "ORGAN", Rod((60, 70, 0), (6, 6, 48)), limit_gy=45),
    )
    gap = float(np.hypot(100, 90) - 28 - 6)
    return Phantom(
        "convex_control",
        "A round target with wide margins, far from every organ: nothing here supports IMRT.",
        body,
        parts,
        {"PTV_45": 45.0},
        25,
        PlanStyle("conformal", (0.0, 90.0, 180.0, 270.0)),
        margins_mm=dict.fromkeys(("left", "right", "anterior", "posterior", "superior", "inferior"), 15.0),
        gaps_mm={("PTV_45", "SpinalCord"): gap},
    )


def _prostate() -> Phantom:
    body = _body(175, 112, 126)
    parts = (
        Part("PTV_78", "PTV", Ellipsoid((0, -1, 0), (28, 22, 26))),
        Part("CTV_78", "CTV", Ellipsoid((0, 0, 0), (22, 17, 20))),
        Part("Bladder", "ORGAN", Ellipsoid((0, -14, 43), (32, 25, 22)), spared_to=0.6, limit_gy=80),
        Part("Rectum", "ORGAN", Rod((0, 36, 0), (14, 13, 48)), spared_to=0.5, limit_gy=75),
        Part("Rectum_Wall", "ORGAN", Pipe((0, 36, 0), (14, 13, 48), 3)),
        Part("Femur_Head_L", "ORGAN", sphere((95, 0, 6), 24), BONE, 0.6, 52),
        Part("Femur_Head_R", "ORGAN", sphere((-95, 0, 6), 24), BONE, 0.6, 52),
    )
    margins = {"left": 6.0, "right": 6.0, "anterior": 6.0, "posterior": 4.0, "superior": 6.0, "inferior": 6.0}
    sentence = "A prostate with a narrow margin towards the rectum, bladder above, femoral heads beside."
    return Phantom("prostate", sentence, body, parts, {"PTV_78": 78.0}, 39, ARCS, pixel_mm=4, margins_mm=margins)


def _head_and_neck() -> Phantom:
    body = _body(76, 96, 174)
    parts = (
        Part("PTV_7000", "PTV", Ellipsoid((22, -24, 8), (22, 23, 25))),
        Part("CTV_7000", "CTV", Ellipsoid((22, -24, 8), (17, 18, 20))),
        Part("PTV_5600", "PTV", Horseshoe((0, 8, -6), 42, 14, 220, 108)),
        Part("Parotid_L", "ORGAN", Ellipsoid((58, 6, 58), (12, 18, 22)), spared_to=0.5, limit_gy=26),
        Part("Parotid_R", "ORGAN", Ellipsoid((-58, 6, 58), (12, 18, 22)), spared_to=0.5, limit_gy=26),
        Part("SpinalCord", "ORGAN", Rod((0, 40, -9), (6, 6, 69)), spared_to=0.5, limit_gy=45),
        Part("Brainstem", "ORGAN", Ellipsoid((0, 36, 74), (14, 13, 12)), spared_to=0.6, limit_gy=54),
        Part("Bone_Mandible", "ORGAN", Horseshoe((0, -30, 42), 40, 6, 170, 24), BONE, 0.9, 70),
        Part("Larynx", "ORGAN", Ellipsoid((0, -68, -36), (14, 15, 18)), spared_to=0.6, limit_gy=45),
    )
    sentence = "Oropharynx with both necks in two dose levels, beside parotids, cord, brainstem, jaw and larynx."
    style = PlanStyle(setup_beams=True)
    doses_gy = {"PTV_7000": 70.0, "PTV_5600": 56.0}
    return Phantom("head_and_neck", sentence, body, parts, doses_gy, 35, style, pixel_mm=4)


def _left_breast() -> Phantom:
    body = _body(185, 130, 168)
    parts = (
        Part("PTV_50", "PTV", Crescent((66, -18, 90), (20, 40, 122), 0, 120)),
        Part("Lung_L", "ORGAN", Ellipsoid((80, 20, 0), (46, 64, 78)), LUNG, 0.6, 20),
        Part("Lung_R", "ORGAN", Ellipsoid((-80, 20, 0), (46, 64, 78)), LUNG, 0.6, 20),
        Part("Heart", "ORGAN", Ellipsoid((20, -42, -12), (28, 33, 40)), spared_to=0.5, limit_gy=25),
        Part("Pericardium", "ORGAN", Ellipsoid((20, -42, -12), (31, 36, 43))),
        Part("A_LAD", "ORGAN", Rod((34, -70, -12), (2.5, 2.5, 30)), spared_to=0.6, limit_gy=20),
        Part("SpinalCord", "ORGAN", Rod((0, 75, 0), (6, 6, 72)), limit_gy=45),
    )
    style = PlanStyle("sliding_window", (300.0, 327.0, 0.0, 110.0, 140.0))
    sentence = "A left breast on its chest wall, heart, pericardium and left lung directly behind."
    return Phantom("left_breast", sentence, body, parts, {"PTV_50": 50.0}, 25, style, slice_mm=6, pixel_mm=4)


def _right_breast() -> Phantom:
    body = _body(215, 150, 204)
    parts = (
        Part("PTV_50", "PTV", Crescent((-70, -15, 112), (-20, 45, 128), 0, 168)),
        Part("Lung_R", "ORGAN", Ellipsoid((-85, 25, 0), (46, 64, 88)), LUNG, 0.6, 20),
        Part("Lung_L", "ORGAN", Ellipsoid((85, 25, 0), (46, 64, 88)), LUNG, 0.6, 20),
        Part("Heart", "ORGAN", Ellipsoid((22, -30, -18), (28, 33, 40)), spared_to=0.5, limit_gy=25),
        Part("SpinalCord", "ORGAN", Rod((0, 85, 0), (6, 6, 90)), limit_gy=45),
    )
    style = PlanStyle("field_in_field", (50.0, 233.0), energy_mv=10.0)
    sentence = "A large right breast with a wide separation of the chest wall."
    return Phantom("right_breast", sentence, body, parts, {"PTV_50": 50.0}, 25, style, slice_mm=6, pixel_mm=5)


def _spine() -> Phantom:
    body = _body(160, 105, 96)
    parts = (
        Part("PTV_30", "PTV", Horseshoe((0, 30, 0), 20, 11, 250, 30)),
        Part("SpinalCord", "ORGAN", Rod((0, 30, 0), (6, 6, 42)), spared_to=0.4, limit_gy=20),
        Part("Esophagus", "ORGAN", Rod((-3, -14, 0), (8, 8, 42)), spared_to=0.6, limit_gy=27),
        Part("Lung_L", "ORGAN", Ellipsoid((80, -5, 0), (44, 66, 42)), LUNG),
        Part("Lung_R", "ORGAN", Ellipsoid((-80, -5, 0), (44, 66, 42)), LUNG),
    )
    sentence = "A vertebra with both pedicles, wrapped around the cord."
    gaps = {("PTV_30", "SpinalCord"): 3.0}
    return Phantom("spine", sentence, body, parts, {"PTV_30": 30.0}, 5, ARCS, gaps_mm=gaps)


def _lung() -> Phantom:
    body = _body(170, 115, 132)
    parts = (
        Part("PTV_60", "PTV", Ellipsoid((62, 18, 6), (26, 25, 27))),
        Part("CTV_60", "CTV", Ellipsoid((62, 18, 6), (18, 17, 17))),
        Part("Lung_L", "ORGAN", Ellipsoid((85, 0, 0), (48, 78, 60)), LUNG, 0.8, 20),
        Part("Lung_R", "ORGAN", Ellipsoid((-85, 0, 0), (48, 78, 60)), LUNG, 0.6, 20),
        Part("Heart", "ORGAN", Ellipsoid((14, -45, -24), (30, 34, 34)), spared_to=0.7, limit_gy=40),
        Part("Esophagus", "ORGAN", Rod((8, 26, 0), (8, 8, 57)), spared_to=0.7, limit_gy=55),
        Part("SpinalCord", "ORGAN", Rod((0, 62, 0), (6, 6, 57)), spared_to=0.6, limit_gy=45),
    )
    margins = {
        "left": 8.0,
        "right": 8.0,
        "anterior": 8.0,
        "posterior": 8.0,
        "superior": 10.0,
        "inferior": 10.0,
    }
    style = PlanStyle("compensator", (0.0, 45.0, 90.0, 135.0, 180.0), energy_mv=10.0)
    sentence = "A central left lung target treated through compensators, beside esophagus, heart and cord."
    return Phantom("lung", sentence, body, parts, {"PTV_60": 60.0}, 30, style, pixel_mm=4, margins_mm=margins)


# The earlier course in its own frame of reference: turned by -6 degrees and shifted against today's.
_TURN_DEG, _SHIFT_MM = 6.0, (12.0, -7.0, 20.0)


def _in_earlier_frame(x_mm: float, y_mm: float, z_mm: float) -> Point:
    point = np.linalg.inv(rigid_matrix(_TURN_DEG, _SHIFT_MM)) @ (x_mm, y_mm, z_mm, 1)
    return (float(point[0]), float(point[1]), float(point[2]))


def _reirradiation(earlier: bool) -> Phantom:
    """Two rods that meet face to face at z = 0 of today's frame; all is round, so a turn leaves it a rod."""
    place = _in_earlier_frame if earlier else lambda x, y, z: (x, y, z)
    target = Part("PTV_45", "PTV", Rod(place(10, 10, -24), (26, 26, 24)))
    if not earlier:
        target = Part("PTV_40", "PTV", Rod(place(10, 10, 24), (26, 26, 24)))
    body = Rod(place(0, 0, 0), (115, 115, 72))
    parts = (
        target,
        Part("SpinalCord", "ORGAN", Rod(place(10, 48, 0), (6, 6, 68)), spared_to=0.5, limit_gy=45),
    )
    gaps = {(target.name, "SpinalCord"): 6.0}
    if earlier:
        sentence = "The course before: the lower half of a mediastinum, in a frame of reference of its own."
        style = PlanStyle("conformal", (0.0, 120.0, 240.0))
        return Phantom(
            "reirradiation_earlier",
            sentence,
            body,
            parts,
            {"PTV_45": 45.0},
            25,
            style,
            slice_mm=4,
            pixel_mm=5,
            gaps_mm=gaps,
        )
    return Phantom(
        "reirradiation",
        "A target that abuts one irradiated before, with the rigid registration between both frames.",
        body,
        parts,
        {"PTV_40": 40.0},
        20,
        slice_mm=4,
        pixel_mm=5,
        gaps_mm=gaps,
        earlier="reirradiation_earlier",
        from_earlier=(_TURN_DEG, _SHIFT_MM),
    )


def _all_phantoms() -> tuple[Phantom, ...]:
    along = [_solid(n, f"A {n.replace('_', ' ')}; the dose rises upwards.", s, "z") for n, s in _SOLIDS.items()]
    ahead = [
        _solid(f"{n}_ap", f"A {n.replace('_', ' ')}; the dose rises backwards.", s, "y") for n, s in _SOLIDS.items()
    ]
    anatomies = (
        _c_shape(),
        _convex_control(),
        _prostate(),
        _head_and_neck(),
        _left_breast(),
        _right_breast(),
        _spine(),
        _lung(),
        _reirradiation(earlier=True),
        _reirradiation(earlier=False),
    )
    return (*along, *ahead, *anatomies)


PHANTOMS: dict[str, Phantom] = {phantom.name: phantom for phantom in _all_phantoms()}
