"""The independent check of monitor units from a user's measured beam: the dose of each field at one point.

A static rectangular field is computed by factors (Gibbons et al., AAPM TG-71, Med Phys 41:031501, 2014):

    D = MU D0 Sc(jaws) Sp(s) TPR(d, s) OAR (r0 / r)^2

Every other field by the modified Clarkson sum over rings of the mean delivered fluence F around the point, of the kind
that AAPM TG-219 describes for IMRT (Zhu et al., Med Phys 48:e808, 2021); the scatter of a disc is that of the square
of which it has the share DISC_OF_SIDE as its radius:

    D = MU D0 Sc(jaws) OAR (r0 / r)^2 sum over rings F_k [Sp TPR(d, r_k+1) - Sp TPR(d, r_k)]
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from isocenter.evidence.fields.apertures import apertures_of
from isocenter.planning.beam.accessory_factors import factors_of
from isocenter.planning.beam.beam_data import BeamData
from isocenter.planning.beam.measured_beam import DISC_OF_SIDE, MeasuredBeam
from isocenter.planning.checks.mu_limits import beam_for, stops_at, why_not_computed, why_not_there
from isocenter.planning.dose.beam_view import BeamView, look
from isocenter.planning.dose.delivered import delivered_fluence
from isocenter.planning.dose.dose import FluenceMap
from isocenter.planning.patient.patient import PlanningPatient
from isocenter.terms.imaging import Beam, FloatArray

FIELD_TOLERANCE_PERCENT, PLAN_TOLERANCE_PERCENT = 5.0, 3.0
# Depth is scaled by density, scatter and the reach of electrons are not: how far the method itself may be off.
BEHIND_LUNG_PERCENT, IN_LUNG_PERCENT = 15.0, 25.0
LUNG_DENSITY_BELOW, LEAST_LUNG_MM = 0.6, 20.0
SMALL_SHARE = 0.2  # of the mean field: what is less is judged by its dose, not by its per cent
RINGS_MM = np.array([0, 2.5, 5, 7.5, 10, 12.5, 15, 17.5, 20, 25, 30, 35, 40, 50, 60, 70, 80, 100, 120, 150, 180])
FACTORS, CLARKSON = "factors (TG-71)", "modified Clarkson"
BODY_DENSITY = 0.15  # where a ray enters the patient
THROUGH_END = (
    "its path to the point enters where the CT or the outline is cut off, so what it passes through first is not known"
)
RECTANGLE_SHARE = 0.99
BLUR_MM = 4.0
STILL_MM = 0.05
SSD_SLACK_MM = 5.0  # between the outline on the grid and what a planning system states
MOST_BEYOND = 0.1  # of the fluence beyond the largest measured field


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """One field's dose in one fraction at a point (x, y, z in mm), with everything that it was computed from.

    planned_gy is the plan's dose there, None where it does not state one; why_not: why there is no check; lung_mm: of
    the way to the point within the body that has the density of lung; density: at the point, relative to water;
    axis_ssd_mm and stated_ssd_mm: to the skin along the axis, by the outline and by the plan, None where not known;
    beam_sha256: of the measured beam that it was computed with; accessory_factor: what the wedges and trays that are
    named in accessories leave of the dose; scatter: Sp TPR of a field by factors, else the sum over rings, so that
    dose_gy is the product of MU, D0, sc, scatter, off_axis_ratio, inverse_square and accessory_factor.
    """

    field: str
    monitor_units: float
    why_not: str = ""
    method: str = ""
    point_mm: tuple[float, float, float] | None = None
    ssd_mm: float = 0.0
    depth_mm: float = 0.0
    radiological_depth_mm: float = 0.0
    off_axis_mm: float = 0.0
    jaw_side_mm: float = 0.0
    side_mm: float = 0.0
    sc: float = 0.0
    sp: float = 0.0
    tpr: float = 0.0
    off_axis_ratio: float = 0.0
    inverse_square: float = 0.0
    mean_opening: float = 0.0
    dose_gy: float = 0.0
    planned_gy: float | None = None
    lung_mm: float = 0.0
    density: float = 1.0
    axis_ssd_mm: float | None = None
    stated_ssd_mm: float | None = None
    beam_sha256: str = ""
    accessory_factor: float = 1.0
    accessories: tuple[str, ...] = ()
    scatter: float = 0.0

    @property
    def has_another_ssd(self) -> bool:
        """Whether the plan states another distance to the skin along the axis than the outline gives."""
        if self.axis_ssd_mm is None or self.stated_ssd_mm is None:
            return False
        return abs(self.axis_ssd_mm - self.stated_ssd_mm) > SSD_SLACK_MM

    @property
    def method_percent(self) -> float:
        """How far the method itself may be off where lung is crossed; 0 where it is not."""
        if self.density < LUNG_DENSITY_BELOW:
            return IN_LUNG_PERCENT
        return BEHIND_LUNG_PERCENT if self.lung_mm >= LEAST_LUNG_MM else 0.0

    @property
    def difference_gy(self) -> float | None:
        """Check less plan; None where there is nothing to compare."""
        return None if self.planned_gy is None or self.why_not else self.dose_gy - self.planned_gy

    @property
    def difference_percent(self) -> float | None:
        """The same of the plan's dose."""
        return None if self.difference_gy is None or not self.planned_gy else 100 * self.difference_gy / self.planned_gy

    @property
    def checked_monitor_units(self) -> float | None:
        """The monitor units that give the planned dose by this check."""
        return self.monitor_units * self.planned_gy / self.dose_gy if self.planned_gy and self.dose_gy > 0 else None


@dataclass(frozen=True, eq=False)
class MuCheck:
    """All fields, and the whole plan at one point: doses of one fraction in Gy.

    method_percent: how far the method itself may be off there, the most of all fields; 0 where none crosses lung.
    not_there: each field that is not computed at the point, and why.
    """

    beams: tuple[MeasuredBeam, ...]
    fields: tuple[FieldCheck, ...]
    point_mm: tuple[float, float, float]
    dose_gy: float | None
    planned_gy: float | None
    method_percent: float = 0.0
    not_there: tuple[tuple[str, str], ...] = ()

    def beam_of(self, field: FieldCheck) -> MeasuredBeam:
        """The measured beam of a field."""
        return next((beam for beam in self.beams if beam.sha256 == field.beam_sha256), self.beams[0])

    @property
    def difference_percent(self) -> float | None:
        """Of the plan: check less plan in per cent of the plan; None where a field is missing or no dose is stored."""
        return None if self.dose_gy is None or not self.planned_gy else 100 * (self.dose_gy / self.planned_gy - 1)

    @property
    def is_within(self) -> bool | None:
        """Whether the plan is within its tolerance; None where it was not compared, or lung leaves it open."""
        found = self.difference_percent
        return None if found is None else _judge(abs(found), PLAN_TOLERANCE_PERCENT, self.method_percent)

    def is_field_within(self, field: FieldCheck) -> bool | None:
        """Whether a field is within 5 % of its dose, or of the mean field's where its own is small there.

        None where it was not compared, or where it crosses lung and differs by no more than the method may.
        """
        if field.difference_gy is None or field.planned_gy is None:
            return None
        compared = [f.planned_gy for f in self.fields if f.planned_gy is not None]
        mean_gy = sum(compared) / len(compared)
        base = field.planned_gy if field.planned_gy >= SMALL_SHARE * mean_gy else mean_gy
        return _judge(100 * abs(field.difference_gy) / base, FIELD_TOLERANCE_PERCENT, field.method_percent)


def _judge(difference_percent: float, tolerance_percent: float, method_percent: float) -> bool | None:
    if difference_percent <= tolerance_percent:
        return True
    return None if difference_percent <= method_percent else False


def check_monitor_units(
    patient: PlanningPatient,
    fields: Sequence[Beam],
    beams: Sequence[MeasuredBeam],
    point_mm: FloatArray,
    planned_gy: float | None,
    data: BeamData,
) -> MuCheck:
    """Check each field at the point that the plan states its dose at, else at point_mm, and the whole plan there.

    beams: one or more measured beams, of which each field takes that of its energy and fluence mode. planned_gy: the
    plan's dose of one fraction at point_mm. Of the beam, data lends delivered fluence its form;
    transmission, leaf gap, and tongue and groove are the measured beam's.
    """
    checks, total_gy, method_percent = [], 0.0, 0.0
    not_there = []
    for field in _named_apart(fields):
        beam = beam_for(field, beams)
        own = replace(
            data,
            mlc_transmission=beam.transmission,
            leaf_gap_mm=beam.leaf_gap_mm,
            groove_mm=beam.groove_mm or 0.0,
        )
        place = np.asarray(field.dose_point_mm if field.dose_point_mm else point_mm, np.float64)
        # A dose of 0 stands for none: every field leaks and scatters.
        stated = (field.beam_dose_gy or None) if field.dose_point_mm else None
        check = check_field(patient, field, beam, place, own)
        checks.append(replace(check, planned_gy=None if check.why_not else stated, beam_sha256=beam.sha256))
        here = check if not field.dose_point_mm else check_field(patient, field, beam, point_mm, own)
        not_there += [(here.field, here.why_not)] if here.why_not else []
        total_gy += here.dose_gy
        method_percent = max(method_percent, here.method_percent)
    x, y, z = (float(value) for value in point_mm)
    whole_gy = total_gy if checks and not not_there else None
    return MuCheck(tuple(beams), tuple(checks), (x, y, z), whole_gy, planned_gy, method_percent, tuple(not_there))


def _named_apart(fields: Sequence[Beam]) -> list[Beam]:
    """The fields, of one name each: those that share one have their number too, as do those that have none."""
    names = [field.name or str(field.number) for field in fields]
    count = Counter(names)
    return [
        replace(field, name=name if count[name] == 1 else f"{name} (beam {field.number})")
        for field, name in zip(fields, names, strict=True)
    ]


def check_field(
    patient: PlanningPatient, field: Beam, beam: MeasuredBeam, point_mm: FloatArray, data: BeamData
) -> FieldCheck:
    """The dose of one field at a point (3,) in one fraction."""
    name = field.name or str(field.number)
    if why_not := why_not_computed(field, beam):
        return FieldCheck(name, field.monitor_units or 0.0, why_not)
    assert field.isocenter_mm is not None and field.monitor_units is not None
    first = field.control_points[0]
    view = look(
        first.gantry_deg,
        np.asarray(field.isocenter_mm, np.float64),
        first.couch_deg,
        collimator_deg=first.collimator_deg,
        patient_position=patient.patient_position,
        sad_mm=beam.sad_mm,
    )
    distance_mm = float(np.linalg.norm(point_mm - view.source_mm))
    way = _way_to(patient, view.source_mm, point_mm)
    if way is None:
        return FieldCheck(name, field.monitor_units, "the point does not lie in the body")
    if way.is_through_end:
        return FieldCheck(name, field.monitor_units, THROUGH_END)
    ssd_mm, water_mm = way.ssd_mm, way.water_mm
    u_mm, v_mm = view.onto_plane(point_mm[None])[0]
    off_axis_mm = float(np.hypot(u_mm, v_mm))
    if why_not := why_not_there(beam, water_mm, off_axis_mm):
        return FieldCheck(name, field.monitor_units, why_not)
    magnified = distance_mm / beam.sad_mm
    jaws_mm = np.array([aperture.frame_mm for aperture in apertures_of(field)])
    width, height = (jaws_mm[:, 2] - jaws_mm[:, 0]).mean(), (jaws_mm[:, 3] - jaws_mm[:, 1]).mean()
    jaw_side_mm = float(2 * width * height / (width + height))
    sc = beam.collimator_scatter(min(jaw_side_mm, beam.largest_mm))
    ratio = beam.off_axis(off_axis_mm)
    inverse = ((beam.reference_ssd_mm + beam.reference_depth_mm) / distance_mm) ** 2
    fluence = _as_it_arrives(delivered_fluence(field, data))
    opening = _mean_opening(fluence, u_mm, v_mm)
    side = _rectangle_side_mm(field, (u_mm, v_mm))
    if side is not None:
        side_mm, method = side * magnified, FACTORS
        if side_mm > beam.largest_mm:
            return FieldCheck(name, field.monitor_units, stops_at(beam))
        sp, tpr = float(beam.phantom_scatter(side_mm)), float(beam.tissue_phantom_ratio(water_mm, side_mm))
        scatter = sp * tpr
    else:
        method = CLARKSON
        found = _clarkson(fluence, beam, (u_mm, v_mm), water_mm, magnified)
        if found is None:
            return FieldCheck(name, field.monitor_units, stops_at(beam))
        scatter, side_mm = found
        sp, tpr = float(beam.phantom_scatter(side_mm)), float(beam.tissue_phantom_ratio(water_mm, side_mm))
    behind = factors_of(field, beam.accessories)
    reasons = (one.why_not_at(side_mm / magnified, water_mm, off_axis_mm) for one in behind)
    if why_not := next(filter(None, reasons), ""):
        return FieldCheck(name, field.monitor_units, why_not)
    left = float(np.prod([one.at(side_mm / magnified, water_mm) for one in behind]))
    dose_gy = field.monitor_units * beam.gy_per_mu * sc * scatter * ratio * inverse * left
    x, y, z = (float(value) for value in point_mm)
    return FieldCheck(
        name, field.monitor_units, "", method, (x, y, z), ssd_mm, distance_mm - ssd_mm, water_mm,
        off_axis_mm, jaw_side_mm, side_mm, sc, sp, tpr, ratio, inverse, opening, dose_gy,
        lung_mm=way.lung_mm, density=way.density, axis_ssd_mm=_axis_ssd_mm(patient, view), stated_ssd_mm=field.ssd_mm,
        accessory_factor=left, accessories=tuple(f"{one.kind} {one.identifier}" for one in behind), scatter=scatter,
    )  # fmt: skip


def _axis_ssd_mm(patient: PlanningPatient, view: BeamView) -> float | None:
    """The distance to the skin along the axis; None where the axis misses the body on its way to the isocenter."""
    way = _way_to(patient, view.source_mm, view.isocenter_mm, is_in_body=False)
    return None if way is None else way.ssd_mm


@dataclass(frozen=True, slots=True)
class _Way:
    """The way from the source to a point: distance to the surface, mm of water and of lung, density at the point.

    is_through_end: it enters where CT or outline are cut off, so that what lies before is not known.
    """

    ssd_mm: float
    water_mm: float
    lung_mm: float
    density: float
    is_through_end: bool


def _way_to(
    patient: PlanningPatient, source_mm: FloatArray, point_mm: FloatArray, is_in_body: bool = True
) -> _Way | None:
    """None where the way meets no body, or the point is to lie in it and does not."""
    distance = float(np.linalg.norm(point_mm - source_mm))
    steps = np.arange(0.5, distance, 1.0)
    places = source_mm + (point_mm - source_mm) * (steps / distance)[:, None]
    index = ((places - patient.origin_mm) / patient.spacing_mm)[:, ::-1].T
    density = map_coordinates(patient.density, index, order=1, mode="constant", cval=0.0)
    inside = np.flatnonzero(density > BODY_DENSITY)
    if not len(inside) or (is_in_body and density[-1] <= BODY_DENSITY):
        return None
    within = density[inside[0] :]
    lung_mm = float((within < LUNG_DENSITY_BELOW).sum())
    is_through_end = _is_cut_off(patient, float(places[max(inside[0] - 1, 0), 2]))
    return _Way(float(steps[inside[0]] - 0.5), float(within.sum()), lung_mm, float(density[-1]), is_through_end)


def _is_cut_off(patient: PlanningPatient, z_mm: float) -> bool:
    """Whether a ray about to enter the body at z does so through an end plane at which the body is wide."""
    low_mm, high_mm = patient.cut_ends_mm
    return (low_mm is not None and z_mm < low_mm) or (high_mm is not None and z_mm > high_mm)


def _as_it_arrives(fluence: FluenceMap) -> FluenceMap:
    """The fluence blurred by the source and by the reach of electrons: what a point near an edge receives."""
    return replace(fluence, values=gaussian_filter(fluence.values, BLUR_MM / fluence.pitch_mm, mode="constant"))


def _mean_opening(fluence: FluenceMap, u_mm: float, v_mm: float) -> float:
    """The share of the monitor units during which the point and 5 mm around it are open."""
    i, j = (round((at - first) / fluence.pitch_mm) for at, first in ((u_mm, fluence.u0_mm), (v_mm, fluence.v0_mm)))
    near = fluence.values[max(i - 5, 0) : i + 6, max(j - 5, 0) : j + 6]
    return float(near.mean()) if near.size else 0.0


def _rectangle_side_mm(field: Beam, at_mm: tuple[float, float]) -> float | None:
    """The side of the equivalent square of a static rectangle around the point; None for other openings."""
    apertures = apertures_of(field)
    boxes = [aperture.rectangles() for aperture in apertures]
    first = boxes[0]
    if not len(first) or any(len(b) != len(first) or np.abs(b - first).max() > STILL_MM for b in boxes):
        return None
    low, high = first[:, :2].min(0), first[:, 2:].max(0)
    width, height = high - low
    is_full = apertures[0].area_mm2 >= RECTANGLE_SHARE * width * height
    is_around = all(low[k] + 5 < at_mm[k] < high[k] - 5 for k in (0, 1))
    return float(2 * width * height / (width + height)) if is_full and is_around else None


def _clarkson(
    fluence: FluenceMap, beam: MeasuredBeam, at_mm: tuple[float, float], water_mm: float, magnified: float
) -> tuple[float, float] | None:
    """The sum over rings, and the side of the open square of the same scatter; None where the field is too large."""
    u, v = (
        (first + fluence.pitch_mm * np.arange(count) - at) * magnified
        for first, count, at in zip((fluence.u0_mm, fluence.v0_mm), fluence.values.shape, at_mm, strict=True)
    )
    r_mm = np.hypot(u[:, None], v[None])
    radii = RINGS_MM[DISC_OF_SIDE * beam.largest_mm >= RINGS_MM]
    is_beyond = r_mm > radii[-1]
    if fluence.values[is_beyond].sum() > MOST_BEYOND * fluence.values.sum():
        return None
    sides = radii / DISC_OF_SIDE
    scatter = beam.phantom_scatter(sides) * beam.tissue_phantom_ratio(water_mm, sides)
    ring = np.searchsorted(radii[1:], r_mm[~is_beyond], side="left")
    whole = np.pi * (radii[1:] ** 2 - radii[:-1] ** 2) / (fluence.pitch_mm * magnified) ** 2  # samples of a full ring
    given, samples = (np.bincount(ring, w, len(whole)) for w in (fluence.values[~is_beyond], None))
    edge_mm = min(-u[0], u[-1], -v[0], v[-1])
    mean = given / np.where(
        radii[1:] <= edge_mm, np.maximum(samples, 1), np.maximum(samples, whole)
    )  # closed off the map
    total = float(mean[0] * scatter[0] + mean @ np.diff(scatter))
    side_mm = float(np.interp(total / mean[0], scatter, sides)) if mean[0] > 0 else 0.0
    return total, side_mm
