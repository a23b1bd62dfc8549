"""What a beam goes through that no dose is computed through here: wedges, blocks, boluses, applicators, trays."""

from collections.abc import Callable

from isocenter.terms.imaging import Accessory, Beam


def unmodeled(beam: Beam, is_known: Callable[[Accessory], bool] = lambda _: False) -> str:
    """The names of these, each with its type and angle; "" where the beam has none, or none whose factor is known."""
    named = [_name(one) for one in beam.accessories if not one.is_out and not is_known(one)]
    for kind, count in (("wedge", beam.wedges), ("block", beam.blocks)):
        if count and not any(one.kind == kind for one in beam.accessories):
            named.append(kind)
    return ", ".join(dict.fromkeys(named))


def why_not_open(beam: Beam) -> str:
    """Why what a beam delivers through its openings is not known from the plan; "" where it is."""
    if beam.has_unknown_weights:
        return "its meterset weights do not say how much is given through each aperture"
    if beam.has_unread_leaves:
        return "its leaves could not all be read"
    points = beam.control_points
    if points and points[0].jaws_x_mm is None and points[0].jaws_y_mm is None and points[0].leaves_mm is None:
        return "it states no aperture"
    if any(point.open_fractions is not None for point in points):
        return "its leaves open and close for a part of the time, which is not computed"
    if beam.is_tilted:
        return "its table or gantry is tilted, which is not computed"
    return ""


def _name(one: Accessory) -> str:
    details = [one.type.lower().replace("_", " "), f"{one.angle_deg:g} degrees" if one.angle_deg is not None else ""]
    within = ", ".join(filter(None, details))
    return " ".join(filter(None, (one.kind, one.identifier, f"({within})" if within else "")))
