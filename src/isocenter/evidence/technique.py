"""How a plan treats: static portals or arcs, open, field in field, or modulated intensity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from isocenter.evidence.arcs import arc_modulation
from isocenter.evidence.intensity import (
    MOVING_SHARE,
    Spread,
    are_boosts,
    is_dynamic_wedge,
    open_time_spread,
    plates_spread,
    spread_of,
)
from isocenter.evidence.segments import Segments, segments_of
from isocenter.evidence.shared_portals import SURE_FIELDS, shared_portals
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.plans import Plan, PlanField, PlanMeasure

ARC_DEG = 10.0
LEAST_SPREAD = 0.10
SURE_SETTINGS = 5  # of the leaves of a field, or directions; field in field takes fewer
_SURE_MEAN_SETTINGS = 3.0  # a field, where so many directions are modulated

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
    1 - (mean aperture area, by monitor units) / (area of all apertures together): 0 for an open field, None where the
    apertures are not those of its leaves;
    `intensity_spread` is the spread of intensity that nothing simple explains (see intensity), None for an arc; of
    fields that share a portal (see shared_portals) it is the portal's, and `fields_of_portal` says how many they are.
    `settings` are the different positions of the leaves. `doubt` names why an unknown technique is unknown (the keys of
    `_DOUBTS`); it is empty elsewhere.
    """

    field_number: int
    technique: str
    is_arc: bool
    arc_deg: float
    segments: int
    mu_outside_largest: float
    nested_share: float
    modulation_index: float | None
    intensity_spread: float | None = None
    fields_of_portal: int = 1
    settings: int = 0
    doubt: str = ""


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
    is_few = len({field_stop(beam) for beam in beams}) < SURE_SETTINGS
    of_each = [_field_modulation(beam, arc_deg, least_spread, is_binary=is_binary, is_few=is_few) for beam in beams]
    fields = _of_few_settings(beams, _by_portal(plan, of_each, least_spread))
    stops = {field_stop(beam) for beam, field in zip(beams, fields, strict=True) if not field.is_arc}
    arcs = sum(field.is_arc for field in fields)
    technique, is_imrt, reason = _of_other_modality(plan, fields) or _of_the_plan(fields, beams)
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
                intensity_spread=round(portal.spread, 4) if portal.is_weighted else None,
                fields_of_portal=len(portal.fields),
                doubt="" if is_sure else "shared_portal",
            )
    return tuple(judged)


def _of_few_settings(beams: Sequence[Beam], fields: Sequence[FieldModulation]) -> tuple[FieldModulation, ...]:
    """The fields, those that modulate by few settings of the leaves unknown: a person plans so few by hand as well.

    Fields from many directions that all do are optimized.
    """
    few = [
        number
        for number, field in enumerate(fields)
        if field.technique in ("imrt_static", "step_and_shoot") and field.fields_of_portal == 1
        if field.settings < SURE_SETTINGS
    ]
    directions = {field_stop(beams[number]) for number in few}
    is_sure = len(directions) >= SURE_SETTINGS
    if not few or (is_sure and np.mean([fields[number].settings for number in few]) >= _SURE_MEAN_SETTINGS):
        return tuple(fields)
    judged = list(fields)
    for number in few:
        judged[number] = replace(judged[number], technique="unknown", doubt="few_settings")
    return tuple(judged)


def _of_other_modality(plan: TreatmentPlan, fields: Sequence[FieldModulation]) -> tuple[str, bool | None, str] | None:
    """Techniques that no aperture of a photon field shows: ions, sources, a robot's many small beams."""
    if plan.modality == "ion":
        particles = {beam.radiation for beam in plan.treatment_beams}
        which = "protons" if particles == {"PROTON"} else "ions" if particles == {"ION"} else "protons or other ions"
        return "ion", False, f"the plan is of {which}"
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


def _field_modulation(
    beam: Beam, arc_deg: float, least_spread: float, *, is_binary: bool, is_few: bool
) -> FieldModulation:
    """is_few: the plan treats from few directions, as one that compensates for missing tissue does."""
    segments = segments_of(beam)
    turned_deg = arc_length_deg(beam)
    is_arc = turned_deg >= arc_deg
    spread = plates_spread(beam) if beam.compensators else open_time_spread(beam)
    if spread is None and not (is_arc or beam.compensators) and _states_aperture(beam):
        spread = spread_of(beam, segments)
    if spread is not None and is_few and not beam.compensators:
        spread = spread._replace(beyond_dome=spread.beyond_bend)
    technique, doubt = _of_the_field(beam, segments, spread, least_spread, is_arc=is_arc, is_binary=is_binary)
    if beam.has_unread_leaves and technique in _NOT_IMRT and technique not in _PARTICLES.values():
        technique, doubt = "unknown", "unread_leaves"
    is_by_times = any(point.open_fractions is not None for point in beam.control_points)
    return FieldModulation(
        field_number=beam.number,
        technique=technique,
        is_arc=is_arc,
        arc_deg=turned_deg,
        segments=segments.count,
        mu_outside_largest=round(segments.share_outside_largest(), 4),
        nested_share=round(segments.nested_share(), 4),
        modulation_index=None if doubt in _NO_SPREAD or is_by_times else round(segments.modulation_index(), 4),
        intensity_spread=None if spread is None or doubt in _NO_SPREAD else round(spread.unexplained, 4),
        settings=segments.settings,
        doubt=doubt,
    )


def _states_aperture(beam: Beam) -> bool:
    return any(p.leaves_mm is not None or p.jaws_x_mm or p.jaws_y_mm for p in beam.control_points)


def _hides_leaves(beam: Beam, *, is_arc: bool, is_binary: bool) -> bool:
    """Whether the beam has leaves whose positions, or the times that they are open, are not in the file.

    Three or more control points between which nothing moves were written for leaves. A narrow fan without leaves that
    travels along the patient has binary ones. is_binary: the plan is by a maker whose machines have binary leaves or
    a robot.
    """
    points = beam.control_points
    if any(point.leaves_mm is not None for point in points):
        return False
    jaws = {(point.jaws_x_mm, point.jaws_y_mm) for point in points}
    is_without_motion = not is_arc and len(jaws) == 1 and not (beam.wedges or beam.blocks)
    if len(points) > 2 and (beam.leaf_boundaries_mm is not None or is_without_motion):
        return True
    if is_binary or _BINARY.search(beam.machine) or arc_length_deg(beam) > _ONE_TURN_DEG:
        return True
    widths = [point.jaws_y_mm[1] - point.jaws_y_mm[0] for point in points if point.jaws_y_mm]
    is_fan = bool(widths) and max(widths) <= _FAN_BEAM_MM
    return beam.minutes is not None and (is_arc or (is_fan and len(points) > 2))


def _of_the_field(
    beam: Beam, segments: Segments, spread: Spread | None, least_spread: float, *, is_arc: bool, is_binary: bool
) -> tuple[str, str]:
    """The technique of a field, and why it is unknown."""
    if beam.radiation in _PARTICLES:
        return _PARTICLES[beam.radiation], ""
    if beam.compensators:
        return _by_spread("compensator", spread, least_spread, "no_design")
    is_by_times = any(point.open_fractions is not None for point in beam.control_points)
    if beam.has_unknown_weights and not is_by_times:
        return "unknown", "unknown_weights"
    if not beam.control_points or not segments.count:
        return "unknown", "no_aperture"
    if is_by_times:
        return _by_spread("tomotherapy", spread, least_spread, "no_aperture")
    if not _states_aperture(beam):
        return "unknown", "no_aperture"
    if _hides_leaves(beam, is_arc=is_arc, is_binary=is_binary):
        return "unknown", "no_leaves"
    if is_arc:
        kind = arc_modulation(segments).kind
        return kind, "arc" if kind == "unknown" else ""
    if segments.count > 1 and are_boosts(segments):
        return "field_in_field", ""
    if is_dynamic_wedge(beam):
        return "wedge", ""
    if segments.count > 1 and spread is not None and spread.unexplained >= least_spread:
        return _by_spread(
            "imrt_static" if segments.moving_share > MOVING_SHARE else "step_and_shoot", spread, least_spread, ""
        )
    return ("conformal" if segments.is_shaped or beam.blocks or beam.wedges else "open"), ""


def _by_spread(modulated: str, spread: Spread | None, least_spread: float, unstated: str) -> tuple[str, str]:
    """Modulated, even (or a wedge), or what compensation of a round surface or optimization may have made."""
    if spread is None:
        return "unknown", unstated
    if spread.unexplained < least_spread:
        return "conformal", ""
    return (modulated, "") if spread.beyond_dome >= least_spread else ("unknown", "dome")


_NO_LEAVES = {"no_aperture", "no_leaves", "unread_leaves"}
_NO_SPREAD = {*_NO_LEAVES, "unknown_weights"}

# What is said of one field, and of several.
_IMRT = {
    "vmat": (
        "an arc whose aperture and monitor units vary with the gantry",
        "arcs whose aperture and monitor units vary with the gantry",
    ),
    "imrt_static": (
        "a static field whose leaves move while the beam is on",
        "static fields whose leaves move while the beam is on",
    ),
    "step_and_shoot": ("a static field of many segments", "static fields of many segments"),
    "tomotherapy": (
        "a field whose binary leaves open for times that differ",
        "fields whose binary leaves open for times that differ",
    ),
    "compensator": ("modulated by a compensator of its own", "modulated by compensators of their own"),
}
_NOT_IMRT = {
    "field_in_field": ("made of segments nested in an open field",) * 2,
    "wedge": ("swept by jaws while the leaves do not move, as by a dynamic wedge",) * 2,
    "conformal": ("of one intensity, or of one that a wedge or compensation explains",) * 2,
    "open": ("an open field", "open fields"),
    "electron": ("of electrons",) * 2,
    "ion": ("of protons or other ions",) * 2,
}
_SEGMENTS_OF_A_PORTAL = "segments of a portal, each exported as a field"


def _share_of_units(fields: Sequence[FieldModulation], beams: Sequence[Beam], leading: str) -> str:
    """What the fields of the leading technique give, where others give the rest and all state their monitor units."""
    units = [beam.monitor_units or 0.0 for beam in beams]
    given = sum(unit for unit, field in zip(units, fields, strict=True) if field.technique == leading)
    if not all(units) or all(field.technique == leading for field in fields):
        return ""
    return f" ({100 * given / sum(units):.0f} % of the monitor units)"


_DOUBTS = {
    "few_settings": f"fields modulate with fewer than {SURE_SETTINGS} segments, which forward planning makes as well",
    "shared_portal": "fields that share a portal light it unevenly, to shield, to cone down or to modulate",
    "dome": "the intensity of fields rises or falls smoothly to one place, as compensation for the body's surface also "
    "does",
    "arc": "apertures of arcs follow the target while the dose rate or some leaves vary, in a conformal arc or VMAT",
    "no_design": "the plan does not hold the design of its compensators, which may modulate or only compensate tissue",
    "unread_leaves": "the file does not describe all leaves of its beams",
    "unknown_weights": "the weights of its beams' control points do not say how much each aperture gives",
    "no_leaves": "the file does not say where the leaves of its beams are, or how long they are open",
}


def _why_unknown(fields: Sequence[FieldModulation]) -> str:
    """The first doubt, in the order above."""
    doubts = {field.doubt for field in fields}
    nothing = "no treatment beam says how its aperture and monitor units are set"
    return next((sentence for doubt, sentence in _DOUBTS.items() if doubt in doubts), nothing)


def _of_the_plan(fields: Sequence[FieldModulation], beams: Sequence[Beam]) -> tuple[str, bool | None, str]:
    """The plan is IMRT when any of its fields is; it is named after the most of those."""
    known = [field.technique for field in fields if field.technique != "unknown"]
    if not known:
        return "unknown", None, _why_unknown(fields)
    modulated = [name for name in known if name in _IMRT]
    candidates = modulated or known
    leading = max(sorted(set(candidates)), key=candidates.count)
    numbers = [field for field in fields if field.technique == leading]
    share = _share_of_units(fields, beams, leading)
    reason = f"{_counted(leading, numbers, len(fields), share)} ({_shown_modulation(numbers)})"
    is_imrt = True if modulated else None if len(known) < len(fields) else False
    if is_imrt is None:
        reason = f"{reason}; of the others {_why_unknown([f for f in fields if f.technique == 'unknown'])}"
    return leading, is_imrt, reason


def _counted(leading: str, those: Sequence[FieldModulation], fields: int, share: str) -> str:
    """How many of the fields are of the leading technique, and what that is."""
    of_one, of_several = _IMRT.get(leading) or _NOT_IMRT[leading]
    if any(field.fields_of_portal > 1 for field in those):
        of_one = of_several = _SEGMENTS_OF_A_PORTAL
    if fields == 1:
        return f"the only treatment field is {of_one}"
    if len(those) == fields:
        return f"{'both' if fields == 2 else f'all {fields}'} treatment fields are {of_several}"
    said = f"is {of_one}" if len(those) == 1 else f"are {of_several}"
    return f"{len(those)} of {fields} treatment fields{share} {said}"


def _shown_modulation(those: Sequence[FieldModulation]) -> str:
    """Segments, modulation index and spread of intensity of fields, for people."""
    segments = sorted(field.segments for field in those)
    indices = [field.modulation_index for field in those if field.modulation_index is not None]
    index = f", modulation index {np.mean(indices):.2f}" if indices else ""
    shown = str(segments[0]) if segments[0] == segments[-1] else f"{segments[0]} to {segments[-1]}"
    spreads = [field.intensity_spread for field in those if field.intensity_spread is not None]
    a_field, up_to = ("", "") if len(those) == 1 else (" a field", "up to ")
    widest = f", spread of intensity {up_to}{max(spreads):.2f}" if spreads else ""
    return f"{shown} {'segment' if shown == '1' else 'segments'}{a_field}{index}{widest}"


def modulation_measures(plan_id: str, technique: Technique) -> list[PlanMeasure]:
    """The spread of intensity of each static or helical field, and the widest of known technique as the plan's."""
    stated = [field for field in technique.fields if field.intensity_spread is not None]
    known = [field.intensity_spread or 0.0 for field in stated if field.technique != "unknown"]
    spreads = [(f"{field.field_number}", field.intensity_spread or 0.0) for field in stated]
    widest = [("", max(known))] if known else []
    return [PlanMeasure(plan_id, "", "", part, "intensity_spread", spread) for part, spread in [*spreads, *widest]]


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
        modulation="" if modulation.doubt in _NO_LEAVES and not beam.wedges else _modulated_by(beam),
        compensator_documented=_is_compensator_documented(beam),
    )


def _modulated_by(beam: Beam) -> str:
    if beam.compensators:
        return "compensator"
    if any(point.leaves_mm is not None or point.open_fractions is not None for point in beam.control_points):
        return "mlc"
    return "wedge" if beam.wedges else "none"


def _is_compensator_documented(beam: Beam) -> bool | None:
    """Whether every compensator of the field carries its design; None where it has none."""
    if not beam.compensators:
        return None
    return all(part.has_thickness or part.has_transmission for part in beam.compensators)
