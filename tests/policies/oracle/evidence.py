"""What plans and history show of each condition, in plain Python: they support it, contradict it, or leave it open.

Computed comparisons are left out: random charts hold none.
"""

from collections import defaultdict
from functools import cache
from typing import NamedTuple

from isocenter.rulebook.rulebook import load_policy
from tests.policies.oracle.sites import diagnoses, earlier_irradiations, principal, site_of, table
from tests.policies.oracle.world import World

SUPPORTS, CONTRADICTS, OPEN = "supports", "contradicts", "leaves_open"
_ABOUT_SEPARATELY = ("structure", "part", "beside")


class _Measure(NamedTuple):
    about: tuple[str, ...]
    plan_id: str
    name: str
    value: float


@cache
def _reading(name: str) -> float:
    return float(next(one.value for one in load_policy("imrt").readings if one.name == name))


def evidence(world: World, course: str) -> dict[str, str]:
    """Condition: what is shown of it; conditions on which no measure bears are left out."""
    measures = _measures(world, course)
    shown = {
        "condition_proximity": _proximity(measures),
        "condition_narrow_margins": _margins(measures),
        "condition_prior_irradiation": _prior(world, course, measures),
        "condition_concavity": _concavity(measures),
        "condition_dose_escalation": _escalation(world, course),
    }
    return {condition: one for condition, one in shown.items() if one}


def _measures(world: World, course: str) -> list[_Measure]:
    plans = {plan.plan_id for plan in world.plans[course]}
    return [
        _Measure(tuple(getattr(one, key) for key in _ABOUT_SEPARATELY), one.plan_id, one.measure, one.value)
        for one in world.tables["plan_measures"]
        if one.plan_id in plans
    ]


def _values(measures: list[_Measure], name: str) -> list[float]:
    return [one.value for one in measures if one.name == name]


def _proximity(measures: list[_Measure]) -> str:
    measured = {one.about for one in measures if one.name == "distance_mm"}
    if not measured:
        return ""
    nearest = min(_values(measures, "distance_mm"))
    falls = [one.value for one in measures if one.name == "required_dose_fall_gy_per_mm" and one.about in measured]
    if nearest <= _reading("close_proximity_mm") or max(falls, default=0) >= _reading("steep_dose_fall_gy_per_mm"):
        return SUPPORTS
    return CONTRADICTS if nearest > _reading("remote_mm") else OPEN


def _margins(measures: list[_Measure]) -> str:
    margins = _values(measures, "margin_least_mm")
    if not margins:
        return ""
    if min(margins) <= _reading("narrow_margin_mm"):
        return SUPPORTS
    return CONTRADICTS if min(margins) >= _reading("wide_margin_mm") else OPEN


def _prior(world: World, course: str, measures: list[_Measure]) -> str:
    distances, overlaps = _values(measures, "prior_distance_mm"), _values(measures, "prior_overlap_cc")
    earlier = earlier_irradiations(world, course)
    if max(overlaps, default=0) > 0:
        return SUPPORTS
    if distances:
        return SUPPORTS if min(distances) <= _reading("prior_adjacency_mm") else CONTRADICTS
    member = world.courses[course].member_id
    if not any(prior.member_id == member for prior in world.tables["prior_irradiations"]):
        return ""
    return SUPPORTS if any(earlier) else OPEN


def _concavity(measures: list[_Measure]) -> str:
    targets: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for one in measures:
        if one.name in ("components", "solidity", "slice_solidity"):
            of_target = targets[one.plan_id, *one.about[:2]]
            of_target[one.name] = max(one.value, of_target.get(one.name, one.value))
    solidities = [solidity for target in targets.values() if (solidity := _solidity(target)) is not None]
    shares, distances = _values(measures, "share_in_concavity_percent"), _values(measures, "distance_mm")
    if not solidities or not (shares or distances):
        return ""
    is_concave = min(solidities) < _reading("solidity_concave")
    holds = max(shares, default=0) >= _reading("share_in_concavity_percent")
    nearest = min(distances, default=None)
    if (is_concave and holds) or (not is_concave and nearest is not None and nearest <= _reading("close_proximity_mm")):
        return SUPPORTS
    return CONTRADICTS if not holds and nearest is not None and nearest > _reading("remote_mm") else OPEN


def _solidity(target: dict[str, float]) -> float | None:
    """By the slices alone where the target has several parts, whose common hull is empty between them."""
    in_space = None if target.get("components", 1) > 1 else target.get("solidity")
    return min((one for one in (in_space, target.get("slice_solidity")) if one is not None), default=None)


def _escalation(world: World, course: str) -> str:
    record = world.courses[course]
    plans = [plan for plan in world.plans[course] if (plan.prescribed_dose_gy or 0) > 0]
    largest = max((plan.prescribed_dose_gy for plan in plans), default=None)
    most = max((plan.fractions for plan in plans if plan.fractions is not None), default=0)
    dose = record.prescribed_dose_gy if record.prescribed_dose_gy is not None else largest
    fractions = record.planned_fractions if record.planned_fractions is not None else most
    if not dose or dose <= 0:
        return ""
    rows = [row for row in table("usual_doses") if _is_usual_for(world, course, row)]
    if not rows:
        return ""
    excesses = []
    for row in rows:
        ratio, usual_fraction = float(row["alpha_beta_gy"]), float(row["fraction_gy"])
        converted = dose * (dose / fractions + ratio) / (2 + ratio) if fractions >= 1 else dose
        usual = float(row["usual_dose_gy"]) * (usual_fraction + ratio) / (2 + ratio)
        in_usual = fractions >= 1 and abs(dose / fractions - usual_fraction) < 0.05
        excesses.append((not in_usual, converted - usual))
    if min(excesses)[1] >= _reading("escalation_gy"):
        return SUPPORTS
    is_of_this_intent = all(row["intent"] in ("", record.intent) for row in rows)
    return CONTRADICTS if max(excess for _, excess in excesses) <= 0 and is_of_this_intent else OPEN


def _is_usual_for(world: World, course: str, row: dict[str, str]) -> bool:
    record, named = world.courses[course], principal(world, course)
    if named:
        is_this_tumor = row["icd10_from"] <= named.icd10 <= row["icd10_to"]
    else:
        is_this_tumor = row["site"] != "" and row["site"] == site_of(world, course)
    given = {icd10 for icd10, _ in diagnoses(world, course)}
    return (
        is_this_tumor
        and (not row["intent"] or record.intent in ("", row["intent"]))
        and (record.first_delivery is None or row["valid_from"] <= record.first_delivery.isoformat())
        and (not row["with_diagnosis"] or row["with_diagnosis"] in given)
        and row["without_diagnosis"] not in given
    )
