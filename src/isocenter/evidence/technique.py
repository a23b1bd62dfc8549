"""How a plan treats: static portals or arcs, open, field in field, or modulated intensity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from isocenter.evidence.intensity import (
    MOVING_SHARE,
    are_boosts,
    is_dynamic_wedge,
    open_time_spread,
    plates_spread,
    unexplained_spread,
)
from isocenter.evidence.segments import Segments, segments_of
from isocenter.evidence.shared_portals import SURE_FIELDS, shared_portals
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.plans import Plan, PlanField, PlanMeasure

ARC_DEG = 10.0
LEAST_SPREAD = 0.10

_MANY_SMALL_BEAMS = 30
_PARTICLES = {"ELECTRON": "electron", "PROTON": "ion", "ION": "ion"}
_ROBOTIC = re.compile(r"cyber ?knife|accuray robot|(?<![a-z])ck[-_ ]?(m\d|s\d|g\d|vsi)", re.IGNORECASE)
_BINARY = re.compile(r"(?<![a-z])(tomo|hi-?art|radixact)", re.IGNORECASE)
_BINARY_MAKER = re.compile(r"accuray|tomo ?therapy|hi-?art|radixact", re.IGNORECASE)
_FAN_BEAM_MM = 51.0  # the widest jaw opening of a machine of binary leaves, along the patient
_ONE_TURN_DEG = 400.0  # no arc of a linac turns as far


@dataclass(frozen=True)
class FieldModulation:
    """What the control points of one treatment field show.

    `mu_outside_largest` is the share of the monitor units given through other apertures than the largest;
    `nested_share` is how much of the other apertures' area lies within the largest; `modulation_index` is
    1 - (mean aperture area, by monitor units) / (area of all apertures together): 0 for an open field;
    `intensity_spread` is the spread of intensity that nothing simple explains (see intensity), None for an arc; of
    fields that share a portal (see shared_portals) it is the portal's, and `fields_of_portal` says how many they are.
    """

    field_number: int
    technique: str
    is_arc: bool
    arc_deg: float
    segments: int
    mu_outside_largest: float
    nested_share: float
    modulation_index: float
    intensity_spread: float | None = None
    fields_of_portal: int = 1


@dataclass(frozen=True)
class Technique:
    """The technique of a plan, whether it is IMRT, and why that was concluded."""

    technique: str
    is_imrt: bool | None
    reason: str
    gantry_stops: int
    arcs: int
    fields: tuple[FieldModulation, ...] = ()


def describe_technique(
    plan: TreatmentPlan, *, arc_deg: float = ARC_DEG, least_spread: float = LEAST_SPREAD
) -> Technique:
    """Measure how the treatment beams are modulated, and name the technique of the plan.

    arc_deg: a gantry that turns less does not move; gantry read-outs jitter by tenths of a degree and arcs
    are planned in tens of degrees.
    least_spread: a static field is modulated when its intensity spreads at least so far beyond what a wedge or
    nested boosts explain; compensation of missing tissue stays below. It is a reading of this project, no published
    limit; every field's own number is returned so that a rule can judge it anew.
    """
    beams = plan.treatment_beams
    is_binary = _BINARY_MAKER.search(plan.manufacturer) is not None
    of_each = [_field_modulation(beam, arc_deg, least_spread, is_binary=is_binary) for beam in beams]
    fields = _by_portal(plan, of_each, least_spread)
    stops = {field_stop(beam) for beam, field in zip(beams, fields, strict=True) if not field.is_arc}
    arcs = sum(field.is_arc for field in fields)
    technique, is_imrt, reason = _of_other_modality(plan, fields) or _of_the_plan(fields, plan)
    return Technique(technique, is_imrt, reason, len(stops), arcs, fields)


def _by_portal(
    plan: TreatmentPlan, fields: Sequence[FieldModulation], least_spread: float
) -> tuple[FieldModulation, ...]:
    """The fields, those of one segment judged by the portal that they make together.

    Five fields or more that modulate their portal are its segments; three or four may shield or cone down: unknown.
    """
    judged = list(fields)
    alone = {
        number: beam
        for number, (beam, field) in enumerate(zip(plan.treatment_beams, fields, strict=True))
        if field.technique in ("conformal", "open") and field.segments == 1 and not field.is_arc
        if not (beam.wedges or beam.blocks)
    }
    for portal in shared_portals(plan, alone):
        if portal.spread < least_spread:
            continue
        is_sure = portal.is_weighted and len(portal.fields) >= SURE_FIELDS
        for number in portal.fields:
            judged[number] = replace(
                judged[number],
                technique="step_and_shoot" if is_sure else "unknown",
                intensity_spread=round(portal.spread, 4) if is_sure else None,
                fields_of_portal=len(portal.fields),
            )
    return tuple(judged)


def _of_other_modality(plan: TreatmentPlan, fields: Sequence[FieldModulation]) -> tuple[str, bool | None, str] | None:
    """Techniques that no aperture of a photon field shows: ions, sources, a robot's many small beams."""
    if plan.modality == "ion":
        return "ion", False, "the plan is of protons or other ions"
    if plan.modality == "brachytherapy":
        return "brachytherapy", False, "the plan is of brachytherapy"
    machines = {beam.machine for beam in plan.treatment_beams} | {plan.manufacturer}
    is_robot = any(_ROBOTIC.search(name) for name in machines)
    names = {field.technique for field in fields}
    directions = {field_stop(beam) for beam in plan.treatment_beams}
    many = len(fields) >= _MANY_SMALL_BEAMS and len(directions) > 1 and not names & set(_IMRT)
    if is_robot or many:
        reason = f"{len(fields)} small beams, whose intensities together the plan does not state"
        return "robotic", None, reason
    return None


def field_stop(beam: Beam) -> tuple[float, float]:
    """Where the gantry and the couch stand for a static field, in tenths of a degree."""
    if not beam.control_points:
        return (0.0, 0.0)
    first = beam.control_points[0]
    return (round(first.gantry_deg, 1), round(first.couch_deg, 1))


def arc_length_deg(beam: Beam) -> float:
    """How far the gantry turns, in degrees; a step of the gantry is taken the way that its rotation says."""
    total = 0.0
    for before, after in pairwise(beam.control_points):
        clockwise = (after.gantry_deg - before.gantry_deg) % 360.0
        if before.rotation == "CW":
            total += clockwise
        elif before.rotation == "CC":
            total += (360.0 - clockwise) % 360.0
        else:
            total += min(clockwise, 360.0 - clockwise)
    return round(total, 1)


def _field_modulation(beam: Beam, arc_deg: float, least_spread: float, *, is_binary: bool) -> FieldModulation:
    segments = segments_of(beam)
    turned_deg = arc_length_deg(beam)
    is_arc = turned_deg >= arc_deg
    spread = plates_spread(beam) if beam.compensators else open_time_spread(beam)
    if spread is None and not (is_arc or beam.compensators) and _states_aperture(beam):
        spread = unexplained_spread(beam, segments)
    technique = _of_the_field(beam, segments, spread, least_spread, is_arc=is_arc, is_binary=is_binary)
    return FieldModulation(
        field_number=beam.number,
        technique=technique,
        is_arc=is_arc,
        arc_deg=turned_deg,
        segments=segments.count,
        mu_outside_largest=round(segments.share_outside_largest(), 4),
        nested_share=round(segments.nested_share(), 4),
        modulation_index=round(segments.modulation_index(), 4),
        intensity_spread=None if spread is None or technique == "unknown" else round(spread, 4),
    )


def _states_aperture(beam: Beam) -> bool:
    return any(p.leaves_mm is not None or p.jaws_x_mm or p.jaws_y_mm for p in beam.control_points)


def _hides_leaves(beam: Beam, *, is_arc: bool, is_binary: bool) -> bool:
    """Whether a narrow fan without leaves travels along the patient: leaves whose times are not in the file.

    is_binary: the plan is by a maker whose machines have binary leaves or a robot.
    """
    points = beam.control_points
    if any(point.leaves_mm is not None for point in points):
        return False
    if is_binary or _BINARY.search(beam.machine) or arc_length_deg(beam) > _ONE_TURN_DEG:
        return True
    widths = [point.jaws_y_mm[1] - point.jaws_y_mm[0] for point in points if point.jaws_y_mm]
    is_fan = bool(widths) and max(widths) <= _FAN_BEAM_MM
    return beam.minutes is not None and (is_arc or (is_fan and len(points) > 2))


def _of_the_field(
    beam: Beam, segments: Segments, spread: float | None, least_spread: float, *, is_arc: bool, is_binary: bool
) -> str:
    if beam.radiation in _PARTICLES:
        return _PARTICLES[beam.radiation]
    if beam.compensators:
        return _of_the_compensator(spread, least_spread)
    if not beam.control_points or not segments.count:
        return "unknown"
    if any(point.open_fractions is not None for point in beam.control_points):
        return "unknown" if spread is None else "tomotherapy" if spread >= least_spread else "conformal"
    if not _states_aperture(beam) or _hides_leaves(beam, is_arc=is_arc, is_binary=is_binary):
        return "unknown"
    if is_arc:
        # A conformal arc follows the target with one aperture a direction, at a share of MU that is even.
        return "vmat" if segments.is_modulated_along_the_arc() else "conformal"
    if segments.count > 1 and are_boosts(segments):
        return "field_in_field"
    if is_dynamic_wedge(beam):
        return "wedge"
    if segments.count > 1 and spread is not None and spread >= least_spread:
        return "imrt_static" if segments.moving_share > MOVING_SHARE else "step_and_shoot"
    return "conformal" if segments.is_shaped or beam.blocks or beam.wedges else "open"


def _of_the_compensator(spread: float | None, least_spread: float) -> str:
    """A plate that modulates, one that is even or a wedge, or one whose design is not in the file."""
    if spread is None:
        return "unknown"
    return "compensator" if spread >= least_spread else "conformal"


_IMRT = {
    "vmat": "arcs whose aperture and monitor units vary with the gantry",
    "imrt_static": "static fields whose leaves move while the beam is on",
    "step_and_shoot": "static fields of many segments",
    "tomotherapy": "helical fields whose binary leaves open for times that differ",
    "compensator": "fields with a compensator of their own",
}
_NOT_IMRT = {
    "field_in_field": "fields of segments nested in an open field",
    "wedge": "fields over which jaws move while the leaves do not move, as a dynamic wedge",
    "conformal": "fields of one intensity, or of one that a wedge or compensation explains",
    "open": "open fields",
    "electron": "fields of electrons",
    "ion": "fields of protons or other ions",
}


def _why_unknown(fields: Sequence[FieldModulation], plan: TreatmentPlan) -> str:
    if any(field.fields_of_portal > 1 for field in fields):
        return "fields that share a portal light it unevenly, to shield, to cone down or to modulate"
    if any(beam.compensators for beam in plan.treatment_beams):
        return "the plan does not hold the design of its compensators, which may modulate or only compensate tissue"
    return "no treatment beam says how its aperture and monitor units are set"


def _of_the_plan(fields: Sequence[FieldModulation], plan: TreatmentPlan) -> tuple[str, bool | None, str]:
    """The plan is IMRT when any of its fields is; it is named after the most of those."""
    known = [field.technique for field in fields if field.technique != "unknown"]
    if not known:
        return "unknown", None, _why_unknown(fields, plan)
    modulated = [name for name in known if name in _IMRT]
    candidates = modulated or known
    leading = max(sorted(set(candidates)), key=candidates.count)
    described = _IMRT.get(leading) or _NOT_IMRT[leading]
    if any(field.fields_of_portal > 1 for field in fields if field.technique == leading):
        described = "the segments of a portal, each exported as a field"
    counted = f"{candidates.count(leading)} of {len(fields)} treatment fields are {described}"
    numbers = [field for field in fields if field.technique == leading]
    segments = sorted(field.segments for field in numbers)
    index = float(np.mean([field.modulation_index for field in numbers]))
    shown = str(segments[0]) if segments[0] == segments[-1] else f"{segments[0]} to {segments[-1]}"
    spreads = [field.intensity_spread for field in numbers if field.intensity_spread is not None]
    widest = f", spread of intensity up to {max(spreads):.2f}" if spreads else ""
    unit = "segment" if shown == "1" else "segments"
    reason = f"{counted} ({shown} {unit} a field, modulation index {index:.2f}{widest})"
    is_imrt = True if modulated else None if len(known) < len(fields) else False
    return leading, is_imrt, reason


def modulation_measures(plan_id: str, technique: Technique) -> list[PlanMeasure]:
    """The spread of intensity of each static or helical field, and the widest as that of the plan."""
    spreads = [(f"{f.field_number}", f.intensity_spread) for f in technique.fields if f.intensity_spread is not None]
    if not spreads:
        return []
    widest = max(spread for _, spread in spreads)
    return [PlanMeasure(plan_id, "", "", part, "intensity_spread", spread) for part, spread in [*spreads, ("", widest)]]


def plan_rows(plan: TreatmentPlan, course_id: str, technique: Technique | None = None) -> tuple[Plan, list[PlanField]]:
    """The plan and its treatment fields as rows of the fact tables; technique where it was described already."""
    technique = technique or describe_technique(plan)
    row = Plan(
        plan_id=plan.sop_instance_uid or plan.label,
        course_id=course_id,
        label=plan.label,
        plan_date=plan.plan_date,
        approval=plan.approval,
        reviewer=plan.reviewer,
        approved_on=plan.approved_on,
        fractions=plan.fractions,
        prescribed_dose_gy=plan.prescribed_dose_gy,
        technique=technique.technique,
        is_imrt=technique.is_imrt,
        technique_reason=technique.reason,
        gantry_stops=technique.gantry_stops,
        arcs=technique.arcs,
        origin="computed" if plan.is_computed else "clinic",
    )
    rows = [
        _field_row(row.plan_id, beam, modulation)
        for beam, modulation in zip(plan.treatment_beams, technique.fields, strict=True)
    ]
    return row, rows


def _field_row(plan_id: str, beam: Beam, modulation: FieldModulation) -> PlanField:
    first = beam.control_points[0] if beam.control_points else None
    last = beam.control_points[-1] if beam.control_points else None
    return PlanField(
        plan_id=plan_id,
        field_number=beam.number,
        name=beam.name,
        modality=beam.radiation,
        energy_mv=beam.energy_mv,
        is_arc=modulation.is_arc,
        gantry_start_deg=first.gantry_deg if first else None,
        gantry_stop_deg=last.gantry_deg if last else None,
        rotation=first.rotation if first else "",
        collimator_deg=first.collimator_deg if first else None,
        couch_deg=first.couch_deg if first else None,
        control_points=len(beam.control_points),
        segments=modulation.segments,
        monitor_units=beam.monitor_units,
        modulation=_modulated_by(beam),
        compensator_documented=_is_compensator_documented(beam),
    )


def _modulated_by(beam: Beam) -> str:
    if beam.compensators:
        return "compensator"
    if any(point.leaves_mm is not None for point in beam.control_points):
        return "mlc"
    return "wedge" if beam.wedges else "none"


def _is_compensator_documented(beam: Beam) -> bool | None:
    """Whether every compensator of the field carries its design; None where it has none."""
    if not beam.compensators:
        return None
    return all(part.has_thickness or part.has_transmission for part in beam.compensators)
