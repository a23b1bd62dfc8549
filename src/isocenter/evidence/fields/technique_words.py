"""The technique of a plan in words: which fields decide, what they do, and why it is not known."""

from collections.abc import Sequence

import numpy as np

from isocenter.evidence.fields.field_technique import FieldModulation
from isocenter.terms.imaging import Beam

SURE_SETTINGS = 5  # of the leaves of a field, or directions; field in field takes fewer
# What is said of one field, and of several.
IMRT = {
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
    "compensator": ("modulated by its own compensator", "modulated by their own compensators"),
}
_NOT_IMRT = {
    "field_in_field": ("made of segments nested in an open field",) * 2,
    "wedge": ("wedged, by a wedge in the beam or by a jaw that sweeps while the leaves do not move",) * 2,
    "conformal": ("of one intensity, or of one that a wedge or compensation explains",) * 2,
    "open": ("an open field", "open fields"),
    "electron": ("of electrons",) * 2,
    "ion": ("of protons or other ions",) * 2,
}
_SEGMENTS_OF_A_PORTAL = "segments of a portal, each exported as a field"
_DOUBTS = {
    "few_settings": f"fields modulate with fewer than {SURE_SETTINGS} segments, which forward planning makes as well",
    "shared_portal": "fields that share a portal light it unevenly, to shield, to cone down or to modulate",
    "dome": "the intensity of fields rises or falls smoothly to one place, as compensation for the body's surface also "
    "does",
    "arc": "apertures of arcs follow the target while the dose rate or some leaves vary, in a conformal arc or VMAT",
    "few_openings": "apertures of arcs differ, and are too few or too far apart to show whether they follow the target",
    "no_design": "the plan does not hold the design of its compensators, which may modulate or only compensate tissue",
    "unread_leaves": "the file does not describe all leaves of its beams",
    "closed": "the leaves or jaws of its fields leave nothing open",
    "unknown_weights": "the weights of its beams' control points do not say how much each aperture gives",
    "no_leaves": "the file does not say where the leaves of its beams are, or how long they are open",
}


def counted(leading: str, those: Sequence[FieldModulation], fields: int, share: str) -> str:
    """How many of the fields are of the leading technique, and what that is."""
    of_one, of_several = IMRT.get(leading) or _NOT_IMRT[leading]
    if any(field.fields_of_portal > 1 for field in those):
        of_one = of_several = _SEGMENTS_OF_A_PORTAL
    if fields == 1:
        return f"the only treatment field is {of_one}"
    if len(those) == fields:
        return f"{'both' if fields == 2 else f'all {fields}'} treatment fields are {of_several}"
    said = f"is {of_one}" if len(those) == 1 else f"are {of_several}"
    return f"{len(those)} of {fields} treatment fields{share} {said}"


def share_of_units(fields: Sequence[FieldModulation], beams: Sequence[Beam], leading: str) -> str:
    """What the fields of the leading technique give, where others give the rest and all state their monitor units."""
    units = [beam.monitor_units or 0.0 for beam in beams]
    given = sum(unit for unit, field in zip(units, fields, strict=True) if field.technique == leading)
    if not all(units) or all(field.technique == leading for field in fields):
        return ""
    return f" ({100 * given / sum(units):.0f} % of the monitor units)"


def why_unknown(fields: Sequence[FieldModulation]) -> str:
    """The first doubt, in the order above."""
    doubts = {field.doubt for field in fields}
    nothing = "no treatment beam says how its aperture and monitor units are set"
    return next((sentence for doubt, sentence in _DOUBTS.items() if doubt in doubts), nothing)


def shown_modulation(those: Sequence[FieldModulation]) -> str:
    """Segments, modulation index and spread of intensity of fields, for people."""
    segments = sorted(field.segments for field in those)
    alone = [field for field in those if field.fields_of_portal == 1]  # the index is that of one field's segments
    indices = [field.modulation_index for field in alone if field.modulation_index is not None]
    index = f", modulation index {np.mean(indices):.2f}" if indices else ""
    shown = str(segments[0]) if segments[0] == segments[-1] else f"{segments[0]} to {segments[-1]}"
    spreads = [field.intensity_spread for field in those if field.intensity_spread is not None]
    a_field, up_to = ("", "") if len(those) == 1 else (" a field", "up to ")
    widest = f", spread of intensity {up_to}{max(spreads):.2f}" if spreads else ""
    return f"{shown} {'segment' if shown == '1' else 'segments'}{a_field}{index}{widest}"
