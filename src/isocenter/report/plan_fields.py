"""The fields of computed plans in words: what a 3D conformal plan was offered and keeps at each angle, beside IMRT."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from isocenter.planning.plans.plan import ComputedPlan
from isocenter.planning.task.templates import Arrangement
from isocenter.terms.imaging import Patient

_MANY_WAYS = {2: "on both sides", 4: "in four directions"}


class FieldApertures(NamedTuple):
    """What one gantry angle of a 3D conformal plan was offered, and what of it is kept with its monitor units."""

    gantry_deg: float
    offered: str
    kept: str


def apertures_by_angle(plan: ComputedPlan) -> list[FieldApertures]:
    """One row a gantry angle, in the order of the arrangement; empty for a plan that was offered no apertures."""
    rows = []
    for number, gantry_deg in enumerate(plan.arrangement.gantry_deg):
        own = [one for one in plan.offered if one.beam == number]
        kept = [
            f"{opening.label}{f' with wedge {opening.wedge}' if opening.wedge else ''}, {opening.monitor_units:.0f} MU"
            for opening in plan.openings
            if opening.beam == number
        ]
        if own:
            labels = Counter(one.label for one in own if not one.wedge)
            wedged = Counter(one.label for one in own if one.wedge)
            offered = [_in_words(label, count, wedged[label]) for label, count in labels.items()]
            rows.append(FieldApertures(gantry_deg, "; ".join(offered), "; ".join(kept) or "none"))
    return rows


def _in_words(label: str, count: int, wedges: int) -> str:
    sides = f" ({_MANY_WAYS.get(count, f'{count} shapes')})" if count > 1 else ""
    behind = f", open and behind a wedge {_MANY_WAYS.get(wedges, f'in {wedges} ways')}" if wedges else ""
    return f"{label}{sides}{behind}"


def angles_compared(plans: Sequence[ComputedPlan]) -> str:
    """How many gantry angles each technique has, and what that means; '' where one of the two was not made."""
    counts = {plan.technique: len(plan.arrangement.gantry_deg) for plan in plans}
    if len(counts) != 2:
        return ""
    imrt, conformal = counts["imrt"], counts["conformal"]
    both = f"IMRT has {imrt} gantry angles, the 3D conformal plan {conformal}"
    if conformal >= imrt:
        return f"{both}: the goals it misses are not explained by fewer fields. In practice 3D often has fewer."
    return f"{both}; on the angles of IMRT it misses more (see below)."


def tried_too(plan: ComputedPlan) -> list[str]:
    """The other fields that the plan was tried on."""
    return [
        f"{arrangement_name(one)}, {len(one.gantry_deg)} gantry angles ({angles_of(one)})" for one in plan.tried_too
    ]


def whose(patient: Patient) -> str:
    """Whose a plan is, as its file states it."""
    name = ", ".join(filter(None, (patient.family_name, patient.given_name)))
    born = f"; born {day_in_words(patient.birth_date)}" if patient.birth_date else ""
    number = f"ID {patient.patient_id}" if patient.patient_id else "no ID stated"
    return f"Patient: {name or 'no name stated'}; {number}{born}"


def day_in_words(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def angles_of(one: Arrangement) -> str:
    """Its gantry angles."""
    return ", ".join(f"{angle:g}°" for angle in one.gantry_deg)


def arrangement_name(one: Arrangement) -> str:
    """The name of an arrangement as a person reads it."""
    return one.name.replace("_", " ")
