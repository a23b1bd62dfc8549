"""How a plan treats: static portals or arcs, open, field in field, or modulated intensity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isocenter.evidence.fields.field_technique import FieldModulation, field_modulation, field_stop
from isocenter.evidence.fields.shared_portals import SURE_FIELDS, shared_portals
from isocenter.evidence.fields.technique_words import (
    IMRT,
    SURE_SETTINGS,
    counted,
    share_of_units,
    shown_modulation,
    why_unknown,
)
from isocenter.terms.imaging import Beam, TreatmentPlan
from isocenter.terms.problems import listed

ARC_DEG = 10.0
LEAST_SPREAD = 0.10
_SURE_MEAN_SETTINGS = 3.0  # a field, where so many directions are modulated
_MANY_SMALL_BEAMS = 30
_ROBOTIC = re.compile(r"cyber ?knife|accuray robot|(?<![a-z])ck[-_ ]?(m\d|s\d|g\d|vsi)", re.IGNORECASE)
# Cobalt sources all around the head: the plan states places to irradiate, and a beam that stands for none of them.
_MANY_SOURCES = re.compile(r"leksell|gamma ?knife|gamma ?plan", re.IGNORECASE)
BINARY_MAKER = re.compile(r"accuray|tomo ?therapy|hi-?art|radixact", re.IGNORECASE)


@dataclass(frozen=True)
class Technique:
    """The technique of a plan, whether it is IMRT, and why that was concluded."""

    technique: str
    is_imrt: bool | None
    reason: str
    gantry_stops: int
    arcs: int
    fields: tuple[FieldModulation, ...] = ()
    has_no_gantry: bool = False


def describe_technique(
    plan: TreatmentPlan, *, arc_deg: float = ARC_DEG, least_spread: float = LEAST_SPREAD
) -> Technique:
    """Measure how the treatment beams are modulated, and name the technique of the plan.

    arc_deg: a gantry that turns less does not move; gantry read-outs jitter by tenths of a degree and arcs
    are planned in tens of degrees.
    least_spread: a static field is modulated when its intensity spreads at least so far beyond what a wedge or
    nested boosts explain; compensation of missing tissue stays below. It is a reading of this project, no published
    limit; every field's own number is returned so that a rule can judge it again.
    """
    beams = plan.treatment_beams
    is_binary = BINARY_MAKER.search(plan.manufacturer) is not None
    is_few = len({field_stop(beam) for beam in beams}) < SURE_SETTINGS
    of_each = [field_modulation(beam, arc_deg, least_spread, is_binary=is_binary, is_few=is_few) for beam in beams]
    fields = _of_few_settings(beams, _by_portal(plan, of_each, least_spread))
    static = [beam for beam, field in zip(beams, fields, strict=True) if not field.is_arc]
    stops = {field_stop(beam) for beam in _shaped_by_leaves(static, beams)}
    arcs = sum(field.is_arc for field in fields)
    technique, is_imrt, reason = _of_other_modality(plan, fields) or _of_the_plan(fields, plan)
    has_no_gantry = not beams and _MANY_SOURCES.search(plan.manufacturer) is not None
    if has_no_gantry:
        reason = "the plan is of a machine with cobalt sources around the head, which has no gantry and states no field"
    elif not beams and any(beam.gives_no_dose and not (beam.monitor_units or beam.minutes) for beam in plan.beams):
        reason = "no beam of the plan states its monitor units, so none is known to treat"
    return Technique(technique, is_imrt, reason, len(stops), arcs, fields, has_no_gantry)


def _shaped_by_leaves(fields: Sequence[Beam], beams: Sequence[Beam]) -> list[Beam]:
    """The fields without those of electrons, which no leaves shape, unless the plan treats with electrons alone."""
    is_of_electrons = all(beam.radiation == "ELECTRON" for beam in beams)
    return [field for field in fields if is_of_electrons or field.radiation != "ELECTRON"]


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
    places = {(field_stop(beam), beam.isocenter_mm) for beam in plan.treatment_beams}
    many = len(fields) >= _MANY_SMALL_BEAMS and len(places) > 1 and not names & set(IMRT)
    if is_robot or many:
        reason = f"{len(fields)} small beams, whose intensities together the plan does not state"
        return "robotic", None, reason
    return None


def _of_the_plan(fields: Sequence[FieldModulation], plan: TreatmentPlan) -> tuple[str, bool | None, str]:
    """The plan is IMRT when any of its fields is; it is named after the most of those."""
    known = [field.technique for field in fields if field.technique != "unknown"]
    if not known:
        return "unknown", None, why_unknown(fields)
    modulated = [name for name in known if name in IMRT]
    candidates = modulated or known
    leading = max(sorted(set(candidates)), key=candidates.count)
    numbers = [field for field in fields if field.technique == leading]
    share = share_of_units(fields, plan.treatment_beams, leading)
    reason = f"{counted(leading, numbers, len(fields), share)} ({shown_modulation(numbers)})"
    is_imrt = True if modulated else None if len(known) < len(fields) or plan.unknown_beams else False
    if not modulated and len(known) < len(fields):
        reason = f"{reason}; of the others {why_unknown([f for f in fields if f.technique == 'unknown'])}"
    if not modulated and plan.unknown_beams:
        named = listed(
            [f"{beam.number} {beam.name!r}" if beam.name else f"{beam.number}" for beam in plan.unknown_beams]
        )
        reason = f"{reason}; how the plan treats through beam {named} is not known"
    return leading, is_imrt, reason
