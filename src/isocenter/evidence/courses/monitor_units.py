"""Whether the treatment records of a plan give what it plans: their monitor units together, beside the plan's."""

from isocenter.evidence.courses.delivery import add_up_delivery
from isocenter.terms.imaging import PlanFolder, TreatmentPlan

_SAME_DOSE = 0.05  # share by which a delivered dose may miss the planned one
_LEAST_SESSIONS = 2  # that depart from the plan: a single interruption is a remark
_ITEM = "monitor_units"


def differences_of_monitor_units(part: PlanFolder) -> list[tuple[str, str, str]]:
    """Sessions that together give less, or more, than the plan asks of them: item, of the plan, of the records.

    Sessions beyond the planned fractions complete interrupted ones. Those without monitor units are left out.
    """
    plan = part.plan
    if plan is None or not part.records:
        return []
    least_mu, most_mu = _least_and_most_mu(plan)
    if not least_mu:
        return []
    fractions = add_up_delivery("", part.records, plan, "").fractions
    given_mu = [one.delivered_mu for one in fractions if one.delivered_mu is not None]
    low_mu, high_mu = (1 - _SAME_DOSE) * least_mu, (1 + _SAME_DOSE) * most_mu
    if sum(not low_mu <= mu <= high_mu for mu in given_mu) < _LEAST_SESSIONS:
        return []
    due = min(len(given_mu), plan.fractions or len(given_mu))
    if due * low_mu <= sum(given_mu) <= len(given_mu) * high_mu:
        return []
    asked = f"{least_mu:.1f}" if least_mu == most_mu else f"{least_mu:.1f} to {most_mu:.1f}"
    shown = f"{sum(given_mu) / len(given_mu):.1f} on average of {len(given_mu)} sessions of the treatment records"
    return [(_ITEM, f"{asked} in each session", shown)]


def _least_and_most_mu(plan: TreatmentPlan) -> tuple[float, float]:
    """What a session gives: all beams, or those of one group of fractions where there are several; 0 if not known."""
    mu_of_beam = {beam.number: beam.monitor_units for beam in plan.treatment_beams if beam.monitor_units is not None}
    every = sum(mu_of_beam.values())
    groups = [sum(mu_of_beam.get(number, 0.0) for number in group.beams) for group in plan.fraction_groups]
    least = min((mu for mu in groups if mu), default=every) if len(groups) > 1 else every
    return least, every
