"""How one treatment field gives its dose: what its control points show, and why that stays unknown."""

import re
from dataclasses import dataclass

from isocenter.evidence.fields.arcs import SAME_APERTURE, arc_modulation
from isocenter.evidence.fields.intensity import (
    MOVING_SHARE,
    Spread,
    are_boosts,
    is_dynamic_wedge,
    open_time_spread,
    plates_spread,
    spread_of,
)
from isocenter.evidence.fields.segments import Segments, segments_of
from isocenter.evidence.fields.turns import arc_length_deg
from isocenter.terms.imaging import Beam

NO_LEAVES = {"no_aperture", "closed", "no_leaves", "unread_leaves"}
_NO_SPREAD = {*NO_LEAVES, "unknown_weights"}
_BY_APERTURE = ("field_in_field", "wedge", "conformal", "open")  # which leaves that are not read would belie
_PARTICLES = {"ELECTRON": "electron", "PROTON": "ion", "ION": "ion"}
_BINARY = re.compile(r"(?<![a-z])(tomo|hi-?art|radixact)", re.IGNORECASE)
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
    `settings` are the different positions of the leaves. `doubt` names why an unknown technique is unknown (see
    technique_words); it is empty elsewhere.
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


def field_modulation(
    beam: Beam, arc_deg: float, least_spread: float, *, is_binary: bool, is_few: bool
) -> FieldModulation:
    """How a treatment beam is modulated; arc_deg and least_spread as in technique.describe_technique.

    is_binary: the maker builds machines with binary leaves. is_few: the plan treats from few directions, as one that
    compensates for missing tissue does.
    """
    segments = segments_of(beam)
    turned_deg = arc_length_deg(beam)
    is_arc = turned_deg >= arc_deg
    spread = plates_spread(beam) if beam.compensators else open_time_spread(beam)
    if spread is None and not (is_arc or beam.compensators) and _states_aperture(beam):
        spread = spread_of(beam, segments)
    if spread is not None and is_few and not beam.compensators:
        spread = spread._replace(beyond_dome=spread.beyond_bend)
    technique, doubt = _of_the_field(beam, segments, spread, least_spread, is_arc=is_arc, is_binary=is_binary)
    if beam.has_unread_leaves and technique in _BY_APERTURE:
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


def field_stop(beam: Beam) -> tuple[float, float]:
    """Where the gantry and the couch stand for a static field, in tenths of a degree."""
    if not beam.control_points:
        return (0.0, 0.0)
    first = beam.control_points[0]
    return (round(first.gantry_deg, 1), round(first.couch_deg, 1))


def _states_aperture(beam: Beam) -> bool:
    return any(p.leaves_mm is not None or p.jaws_x_mm or p.jaws_y_mm for p in beam.control_points)


def _unseen_opening(beam: Beam, segments: Segments, *, is_arc: bool, is_binary: bool) -> str:
    """Why the openings that the file states are not those through which the field is given; "" where they are."""
    if not _states_aperture(beam):
        return "no_aperture"
    if not segments.areas_mm2.any():
        return "closed"
    return "no_leaves" if _hides_leaves(beam, is_arc=is_arc, is_binary=is_binary) else ""


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
    if unseen := _unseen_opening(beam, segments, is_arc=is_arc, is_binary=is_binary):
        return "unknown", unseen
    if is_arc:
        modulation = arc_modulation(segments)
        doubt = "few_openings" if modulation.is_coarse else "arc"
        return modulation.kind, doubt if modulation.kind == "unknown" else ""
    if segments.count > 1 and segments.modulation_index() > SAME_APERTURE and are_boosts(segments):
        return "field_in_field", ""
    if is_dynamic_wedge(beam):
        return "wedge", ""
    if segments.count > 1 and spread is not None and spread.unexplained >= least_spread:
        return _by_spread(
            "imrt_static" if segments.moving_share > MOVING_SHARE else "step_and_shoot", spread, least_spread, ""
        )
    even = "wedge" if beam.wedges else "conformal" if segments.is_shaped or beam.blocks else "open"
    return even, ""


def _by_spread(modulated: str, spread: Spread | None, least_spread: float, unstated: str) -> tuple[str, str]:
    """Modulated, even (or a wedge), or what compensation of a round surface or optimization may have made."""
    if spread is None:
        return "unknown", unstated
    if spread.unexplained < least_spread:
        return "conformal", ""
    return (modulated, "") if spread.beyond_dome >= least_spread else ("unknown", "dome")
