"""Each constraint of the prescription as a plan meets or misses it, and which of them cannot be measured."""

from collections.abc import Callable, Collection, Mapping, Sequence

from isocenter.errors import UnreadableInput
from isocenter.evidence.doses.dvh import Dvh
from isocenter.evidence.doses.metrics import evaluate_constraint
from isocenter.evidence.doses.reach import Reach
from isocenter.evidence.roles.roles import Role, dose_level_gy, find_structure, role_of
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import parse_metric
from isocenter.terms.plans import ConstraintResult, Structure
from isocenter.terms.problems import CONSTRAINT, Problem, UnreadPart

_HIGH_DOSE = 0.5  # share of the prescribed dose; where it leaves the grid, the dose beyond may be as high
_SAME_LEVEL_GY = 1.0  # PTV_50 may be the short name of a target of 50.4 Gy
_LEAST_CUT_OFF_CC = 1.0  # on one slice: an organ of which the rest is missing; a lens or a chiasm has less


def constraint_results(
    plan_id: str,
    roles: Sequence[Structure],
    dvhs: Mapping[int, Dvh],
    constraints: Sequence[Constraint],
    prescribed_gy: Callable[[int], float | None],
    everything: Dvh | None,
    reach: Reach,
) -> tuple[list[ConstraintResult], list[Problem]]:
    """Each constraint with its measured value and the margin that is left to its limit.

    prescribed_gy: the dose prescribed to a structure, by its number. Of a structure that the dose does not reach as a
    whole, only what more dose cannot change is a result: a limit that is exceeded already, a coverage that is reached
    already. What a person must look at is an UnreadPart: a structure of the set without contours or of one slice, a
    target where none is drawn or none of its dose level, and a target or a high dose that lies partly beyond the grid.
    """
    results: list[ConstraintResult] = []
    problems: list[Problem] = []
    for constraint in constraints if dvhs else ():
        words = f"{constraint.metric} {constraint.comparison} {constraint.limit:g} {constraint.unit}"
        place = f"constraint {constraint.structure} {words}"
        row = meant_structure(constraint, roles, dvhs)
        if row is None:
            problems.append(_without_contours(constraint, roles, dvhs, place))
            continue
        # Of several structures of one name it is not known which is meant: the limit holds for each.
        alike = [one for one in roles if one.name == row.name and one.structure_number in dvhs]
        measured = [_measured(constraint, one, place, plan_id, dvhs, prescribed_gy, everything, reach) for one in alike]
        found = [one for one in measured if isinstance(one, ConstraintResult)]
        left_open = [one for one in measured if isinstance(one, Problem)]
        worst = min(found, key=lambda one: one.margin, default=None)
        if worst is not None and (worst.margin < 0 or not left_open):
            results.append(worst)
        else:
            problems.append(next((one for one in left_open if isinstance(one, UnreadPart)), left_open[0]))
    return results, problems


def _measured(
    constraint: Constraint,
    row: Structure,
    place: str,
    plan_id: str,
    dvhs: Mapping[int, Dvh],
    prescribed_gy: Callable[[int], float | None],
    everything: Dvh | None,
    reach: Reach,
) -> ConstraintResult | Problem:
    """The constraint as one structure meets or misses it, else why that is not known."""
    number = row.structure_number
    try:
        dvh = reach.lower_bounds.get(number, dvhs[number])
        result = evaluate_constraint(constraint, dvh, prescribed_gy(number), everything)
    except UnreadableInput as wrong:
        return Problem("", place, f"{wrong}; it was not measured")
    if row.role != "target" and dvh.slices == 1 and dvh.total_volume_cc >= _LEAST_CUT_OFF_CC:
        sentence = f"{row.name} is drawn on one slice alone; it was not measured; ask for the structure as it was drawn"
        return _for_a_person(place, sentence)
    is_sure = result.passed == constraint.comparison.strip().startswith((">", "≥"))
    if number in reach.shares and not (is_sure and _grows_with_dose(constraint.metric)):
        sentence = f"the whole dose of {100 * reach.shares[number]:.3g} % of the structure is not known; "
        sentence += "it was not measured"
        high_gy = _HIGH_DOSE * (prescribed_gy(number) or float("inf"))
        is_open = row.role == "target" or reach.edge_doses_gy.get(number, 0.0) >= high_gy
        return _for_a_person(place, sentence) if is_open else Problem("", place, sentence)
    return ConstraintResult(
        plan_id,
        row.name,
        constraint.metric,
        constraint.comparison,
        constraint.limit,
        result.unit,
        result.value,
        result.margin,
    )


def meant_structure(constraint: Constraint, roles: Sequence[Structure], numbers: Collection[int]) -> Structure | None:
    """The structure, of those with these numbers, that a constraint is set on."""
    rows = [row for row in roles if row.structure_number in numbers]
    name = find_structure(constraint.structure, [row.name for row in rows])
    return next((row for row in rows if row.name == name), None)


def _without_contours(
    constraint: Constraint, roles: Sequence[Structure], numbers: Collection[int], place: str
) -> Problem:
    """Of a name that the set does not have, a remark; of a structure of the set, a question for a person.

    So too of a planning target where none is drawn, of any target where no target is, and of a target with a dose
    level in its name where all that are drawn have another.
    """
    listed = meant_structure(constraint, roles, [row.structure_number for row in roles])
    if listed is not None:
        sentence = (
            f"the structure {listed.name!r} of the structure set has no contours that could be used; it was not "
            "measured; ask for the structure as it was drawn"
        )
        return _for_a_person(place, sentence)
    asked = role_of(constraint.structure)
    targets = [row for row in roles if row.role == "target" and row.structure_number in numbers]
    if asked.target_class == "PTV":
        targets = [row for row in targets if role_of(row.name).target_class in ("PTV", "")]
    if asked.role == "target" and not targets:
        what = "planning target" if asked.target_class == "PTV" else "target"
        sentence = f"no {what} is contoured; it was not measured; ask for the structures as they were drawn"
        return _for_a_person(place, sentence)
    level_gy = dose_level_gy(constraint.structure)
    others = _targets_of_other_levels(asked, level_gy, roles, numbers) if level_gy is not None else []
    if others:
        sentence = (
            f"no target of {level_gy:g} Gy is contoured, only {', '.join(others)}; it was not measured; ask for the "
            "structures as they were drawn, or for the limit as it was ordered"
        )
        return _for_a_person(place, sentence)
    return Problem("", place, "no contoured structure of that name; it was not measured")


def _targets_of_other_levels(
    asked: Role, level_gy: float, roles: Sequence[Structure], numbers: Collection[int]
) -> list[str]:
    """The targets that are drawn, where none of them can be the one that is asked for by its dose level.

    One without a level in its name can be, unless its class is another, and so can one that a helper was made of. After
    surgery no gross tumor is drawn.
    """
    if asked.role != "target" or asked.target_class == "GTV":
        return []
    may_be_meant = ("PTV", "") if asked.target_class == "PTV" else ("CTV", "ITV", "PTV", "")
    others = []
    for row in roles:
        drawn_class, level_of_row = role_of(row.name).target_class, dose_level_gy(row.name)
        is_target = row.role == "target" and row.structure_number in numbers
        if level_of_row is not None and abs(level_of_row - level_gy) < _SAME_LEVEL_GY and (is_target or drawn_class):
            return []
        if is_target and level_of_row is None and drawn_class in may_be_meant:
            return []
        others += [row.name] if is_target else []
    return sorted(others)


def _for_a_person(place: str, sentence: str) -> UnreadPart:
    return UnreadPart("", place, sentence).of_kind(CONSTRAINT)


def _grows_with_dose(metric: str) -> bool:
    return parse_metric(metric).kind not in ("homogeneity", "conformity", "rtog conformity", "gradient")
