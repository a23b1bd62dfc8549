"""How a plan treats: static portals or arcs, open, field in field, or modulated intensity."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from isocenter.evidence.segments import Segments, segments_of
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.plans import Plan, PlanField

ARC_DEG = 10.0
FEW_SEGMENTS = 5
NESTED_SHARE = 0.95
OPEN_SHARE = 0.5

_DYNAMIC_SHARE = 0.5


@dataclass(frozen=True)
class FieldModulation:
    """What the control points of one treatment field show.

    `mu_outside_largest` is the share of the monitor units given through other apertures than the largest;
    `nested_share` is how much of the other apertures' area lies within the largest; `modulation_index` is
    1 - (mean aperture area, by monitor units) / (area of all apertures together): 0 for an open field.
    """

    field_number: int
    technique: str
    is_arc: bool
    arc_deg: float
    segments: int
    mu_outside_largest: float
    nested_share: float
    modulation_index: float


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
    plan: TreatmentPlan,
    *,
    arc_deg: float = ARC_DEG,
    few_segments: int = FEW_SEGMENTS,
    nested_share: float = NESTED_SHARE,
    open_share: float = OPEN_SHARE,
) -> Technique:
    """Measure how the treatment beams are modulated, and name the technique of the plan.

    arc_deg: a gantry that turns less stands still; gantry read-outs jitter by tenths of a degree and arcs
    are planned in tens of degrees.
    few_segments, nested_share, open_share: a field is field-in-field, planned forward and hence not IMRT,
    when it has at most few_segments segments, at least nested_share of its smaller apertures lie within the
    largest, and the largest gives at least open_share of the monitor units: an open field that gives most
    of the dose and a few subfields that block its hot spots. These three numbers are readings of this
    project, no published limits; every field's own are returned so that a rule can judge them anew.
    """
    beams = plan.treatment_beams
    fields = tuple(
        _field_modulation(beam, segments_of(beam), arc_deg, few_segments, nested_share, open_share) for beam in beams
    )
    stops = {field_stop(beam) for beam, field in zip(beams, fields, strict=True) if not field.is_arc}
    arcs = sum(field.is_arc for field in fields)
    technique, is_imrt, reason = _of_the_plan(fields)
    return Technique(technique, is_imrt, reason, len(stops), arcs, fields)


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


def _field_modulation(
    beam: Beam, segments: Segments, arc_deg: float, few_segments: int, nested_share: float, open_share: float
) -> FieldModulation:
    turned_deg = arc_length_deg(beam)
    is_arc = turned_deg >= arc_deg
    nested = segments.nested_share()
    outside = segments.share_outside_largest()
    is_few_and_nested = segments.count <= few_segments and nested >= nested_share and 1.0 - outside >= open_share
    return FieldModulation(
        field_number=beam.number,
        technique=_of_the_field(beam, segments, is_arc, is_few_and_nested),
        is_arc=is_arc,
        arc_deg=turned_deg,
        segments=segments.count,
        mu_outside_largest=round(outside, 4),
        nested_share=round(nested, 4),
        modulation_index=round(segments.modulation_index(), 4),
    )


def _of_the_field(beam: Beam, segments: Segments, is_arc: bool, is_few_and_nested: bool) -> str:
    if beam.compensators:
        return "compensator"
    if not beam.control_points or not segments.count:
        return "unknown"
    if is_arc:
        # A conformal arc follows the target with one aperture a direction, at a share of MU that is even.
        return "vmat" if segments.is_modulated_along_the_arc() else "conformal"
    if segments.count > 1 and is_few_and_nested:
        return "field_in_field"
    if segments.count > 1:
        return "imrt_static" if segments.moving_share > _DYNAMIC_SHARE else "step_and_shoot"
    return "conformal" if segments.is_shaped or beam.blocks or beam.wedges else "open"


_IMRT = {
    "vmat": "arcs whose aperture and monitor units vary with the gantry",
    "imrt_static": "static fields whose leaves move while the beam is on",
    "step_and_shoot": "static fields of many segments",
    "compensator": "fields with a compensator of their own",
}
_NOT_IMRT = {
    "field_in_field": "fields of few segments nested in an open field that gives most of the dose",
    "conformal": "fields of one shaped aperture",
    "open": "open fields",
}


def _of_the_plan(fields: Sequence[FieldModulation]) -> tuple[str, bool | None, str]:
    """The plan is IMRT when any of its fields is; it is named after the most of those."""
    known = [field.technique for field in fields if field.technique != "unknown"]
    if not known:
        return "unknown", None, "no treatment beam says how its aperture and monitor units are set"
    modulated = [name for name in known if name in _IMRT]
    candidates = modulated or known
    leading = max(sorted(set(candidates)), key=candidates.count)
    described = _IMRT.get(leading) or _NOT_IMRT[leading]
    counted = f"{candidates.count(leading)} of {len(fields)} treatment fields are {described}"
    numbers = [field for field in fields if field.technique == leading]
    segments = sorted(field.segments for field in numbers)
    index = float(np.mean([field.modulation_index for field in numbers]))
    shown = str(segments[0]) if segments[0] == segments[-1] else f"{segments[0]} to {segments[-1]}"
    reason = f"{counted} ({shown} segments a field, modulation index {index:.2f})"
    return leading, bool(modulated), reason


def plan_rows(plan: TreatmentPlan, course_id: str) -> tuple[Plan, list[PlanField]]:
    """The plan and its treatment fields as rows of the fact tables."""
    technique = describe_technique(plan)
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
