"""Portals as a physicist writes them: 6 MV photons, gantry 181° to 179° clockwise."""

from isocenter.terms.plans import PlanField

_MODALITIES = {"PHOTON": "photons", "ELECTRON": "electrons", "PROTON": "protons"}
_SHAPED_BY = {"mlc": "MLC", "compensator": "compensator", "wedge": "wedge", "none": "jaws"}
_ROTATIONS = {"CW": " clockwise", "CC": " counterclockwise"}


def angle(degrees: float | None) -> str:
    """An angle with at most one decimal place; nothing where none is stated."""
    return "" if degrees is None else f"{round(degrees, 1) + 0.0:g}°"


def beam(field: PlanField) -> str:
    """What irradiates: 6 MV photons."""
    unit = "MV" if field.modality in ("", "PHOTON") else "MeV"
    energy = "" if field.energy_mv is None else f"{field.energy_mv:g} {unit}"
    return f"{energy} {_MODALITIES.get(field.modality, field.modality.lower())}".strip()


def gantry(field: PlanField) -> str:
    """The gantry angle, or from where to where it turns and in which direction."""
    start, stop = angle(field.gantry_start_deg), angle(field.gantry_stop_deg)
    if not field.is_arc or not stop:
        return start
    return f"{start} to {stop}{_ROTATIONS.get(field.rotation.upper(), '')}"


def shaped_by(field: PlanField) -> str:
    """What shapes the field; whether the data of a compensator are in the plan."""
    text = _SHAPED_BY.get(field.modulation, field.modulation.replace("_", " "))
    if field.compensator_documented is None:
        return text
    return f"{text}, {'described' if field.compensator_documented else 'not described'} in the plan"
