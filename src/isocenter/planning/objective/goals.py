"""Goals of planning: what the prescription asks of each structure, read from constraints or from a CSV file."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.evidence.roles.roles import role_of
from isocenter.terms.chart import Constraint
from isocenter.terms.dose_metrics import Metric, parse_metric, why_not_comparable, with_unit_of_metric
from isocenter.terms.limits import TABLE_BYTES
from isocenter.terms.problems import columns_named

COLUMNS = ("structure", "metric", "comparison", "limit", "unit")
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_LARGEST = 1e6  # no dose or volume comes near
_GY = {"gy": 1.0, "cgy": 0.01}
_UPPER, _LOWER = ("<", "<=", "≤"), (">", ">=", "≥")
# Organs that fail as a whole where a part of them is overdosed, with paralysis or blindness: their limits are kept even
# at the cost of coverage.
_BEFORE_COVERAGE = {"SpinalCord", "SpinalCanal", "CaudaEquina", "Brainstem", "OpticChiasm", "OpticNrv"}
_WHOLE_PERCENT = 100.0
_NEAR_MAXIMUM_PERCENT, _NEAR_MAXIMUM_CC = 2.0, 1.0
_MOST_OF_VOLUME = 1.1  # of a structure's volume by voxels, which is not quite the one that is drawn
_MOST_OF_A_TARGET_PERCENT = 50.0  # a dose to less of it is no prescription


@dataclass(frozen=True, slots=True)
class Goal:
    """One constraint as an optimizer takes it: a dose for a share of the volume, for its mean or for all of it.

    kind is 'dose' (at most or at least that dose to share of the volume) or 'mean'; a hard goal, a limit near the
    maximum of an organ, is kept before all others; one of the cord, the brainstem or the optic pathway comes before
    coverage too.
    """

    structure: str
    kind: str
    is_upper: bool
    dose_gy: float
    share: float
    is_hard: bool
    constraint: Constraint
    comes_first: bool = False


# The exact histogram's dose over that of the voxels: of each goal of an organ, and of a target by its name.
Ratios = Mapping[Goal | str, float]


def read_goals(path: Path) -> list[Constraint]:
    """Constraints of a CSV file with the columns structure, metric, comparison, limit and unit.

    Raises UnreadableInput where the file holds none, or with the line of the first that no plan could be held against.
    """
    if path.is_dir():
        raise UnreadableInput(f"{path.name} is a folder; name the CSV file of the goals")
    TABLE_BYTES.refuse_beyond(path.stat().st_size, path.name)
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
        names = list(reader.fieldnames or ())
        missing = [name for name in COLUMNS if name not in names]
        rows = list(enumerate(reader, start=2))
    except UnicodeDecodeError as wrong:
        raise UnreadableInput(
            f"{path.name}: byte {wrong.start + 1:,} is not a letter in UTF-8; save it as CSV in UTF-8"
        ) from None
    except csv.Error:
        raise UnreadableInput(f"{path.name} cannot be read as CSV; save it as CSV in UTF-8 once more") from None
    separator = next((mark for mark in _OTHER_SEPARATORS if mark in (names[0] if len(names) == 1 else "")), "")
    if missing and separator:
        raise UnreadableInput(
            f"{path.name} separates its columns by {_OTHER_SEPARATORS[separator]}; separate them by commas, and write "
            "decimals with a point"
        )
    if missing:
        raise UnreadableInput(f"{path.name} lacks the {columns_named(missing)}; expected {', '.join(COLUMNS)}")
    if len(set(names)) < len(names):
        raise UnreadableInput(f"{path.name} has a column twice; keep the one that counts")
    if not rows:
        raise UnreadableInput(f"{path.name} holds no goal; write one a line, such as `PTV,D95%,>=,60,Gy`")
    goals = []
    for number, row in rows:
        try:
            limit = float(row["limit"])
        except (TypeError, ValueError):
            limit = math.nan
        if not 0 <= limit < _LARGEST:
            sentence = f"limit is {row['limit']!r:.60}; expected a number from 0 to {_LARGEST:,.0f}"
            raise UnreadableInput(f"{path.name}, line {number}: {sentence}")
        if None in row:
            raise UnreadableInput(f"{path.name}, line {number}: more fields than the header names; quote a comma")
        structure, metric, comparison, unit = (
            row[name] or "" for name in ("structure", "metric", "comparison", "unit")
        )
        goal = with_unit_of_metric(Constraint("", structure.strip(), metric, comparison.strip(), limit, unit))
        if why := why_no_goal(goal):
            raise UnreadableInput(f"{path.name}, line {number}: {why}")
        goals.append(goal)
    return goals


def why_no_goal(constraint: Constraint) -> str:
    """Why a constraint can neither be planned for nor compared, whatever structure it means; '' where it can."""
    if not 0 <= constraint.limit < _LARGEST:
        return f"limit is {constraint.limit:g}; expected a number from 0 to {_LARGEST:,.0f}"
    if constraint.comparison.strip() not in (*_UPPER, *_LOWER):
        return f"comparison is {constraint.comparison!r:.20}; expected <=, <, >= or >"
    if why := why_not_comparable(constraint):
        return why
    if parse_metric(constraint.metric).kind == "volume at dose" and constraint.unit.strip() == "%":
        return (
            "" if constraint.limit <= _WHOLE_PERCENT else f"limit is {constraint.limit:g} %, more than a structure has"
        )
    return ""


def is_lower(constraint: Constraint) -> bool:
    """Whether a constraint asks for at least its limit."""
    return constraint.comparison.strip() in _LOWER


def understand(constraint: Constraint, prescribed_gy: float, volume_cc: float) -> Goal:
    """A constraint as a goal of a structure of this volume; UnreadableInput where no dose follows from its metric.

    prescribed_gy: of which per cents of a dose are; those of a volume are of the structure.
    """
    metric = parse_metric(constraint.metric)
    is_upper = constraint.comparison.strip() in _UPPER
    if not is_upper and not is_lower(constraint):
        raise UnreadableInput(f"the goal {_words(constraint)} needs one of <=, <, >=, > as its comparison")
    unit = constraint.unit.strip().lower()
    if metric.kind == "volume at dose":
        dose_gy = metric.number * _in_gy(metric.unit.lower(), prescribed_gy, constraint)
        share = constraint.limit / (100 if unit == "%" else volume_cc)
        if unit not in ("%", "cc") or not 0 <= share <= 1:
            raise UnreadableInput(
                f"the goal {_words(constraint)} needs a volume in % or cc of the structure's {volume_cc:.1f} cc"
            )
        return Goal(constraint.structure, "dose", is_upper, dose_gy, share, False, constraint)
    if metric.kind not in ("mean", "max", "min", "dose at volume"):
        raise UnreadableInput(
            f"planning cannot optimize {_words(constraint)}; "
            "it takes doses at volumes, volumes at doses, mean, max and min"
        )
    dose_gy = constraint.limit * _in_gy(unit, prescribed_gy, constraint)
    if metric.kind == "mean":
        return Goal(constraint.structure, "mean", is_upper, dose_gy, 1.0, False, constraint)
    share, is_near_maximum = _share_of(metric, volume_cc)
    is_hard = is_upper and is_near_maximum
    comes_first = is_hard and _without_side(role_of(constraint.structure).standard_name) in _BEFORE_COVERAGE
    return Goal(constraint.structure, "dose", is_upper, dose_gy, share, is_hard, constraint, comes_first)


def why_no_volume(constraint: Constraint, volume_cc: float) -> str:
    """Why a structure of this volume by voxels has no such dose, as of D9999cc; "" where it has."""
    metric = parse_metric(constraint.metric)
    if metric.kind != "dose at volume" or metric.unit != "cc" or metric.number <= _MOST_OF_VOLUME * volume_cc:
        return ""
    return f"it asks for the dose of {metric.number:g} cc, and the structure has {volume_cc:.1f} cc"


def _share_of(metric: Metric, volume_cc: float) -> tuple[float, bool]:
    """The share of the volume that a dose metric is about, and whether it is about the near maximum."""
    if metric.kind == "max":
        return 0.0, True
    if metric.kind == "min":
        return 1.0, False
    if metric.unit == "%":
        return metric.number / 100, metric.number <= _NEAR_MAXIMUM_PERCENT
    return min(metric.number / volume_cc, 1.0), metric.number <= _NEAR_MAXIMUM_CC


def _in_gy(unit: str, prescribed_gy: float, constraint: Constraint) -> float:
    if unit == "%":
        return prescribed_gy / 100
    if unit not in _GY:
        raise UnreadableInput(f"the goal {_words(constraint)} needs a dose in Gy, cGy or % of the prescribed dose")
    return _GY[unit]


def _without_side(standard_name: str) -> str:
    return standard_name.removesuffix("_L").removesuffix("_R")


def _words(constraint: Constraint) -> str:
    words = f"{constraint.structure} {constraint.metric} {constraint.comparison} {constraint.limit:g} {constraint.unit}"
    return words.strip()


def target_doses(constraints: Sequence[Constraint], is_target: dict[str, bool]) -> dict[str, float]:
    """The dose prescribed to each target, in Gy: the highest that a lower goal of it states."""
    doses: dict[str, float] = {}
    for constraint in constraints:
        if is_target.get(constraint.structure) and is_lower(constraint):
            dose_gy = _stated_gy(constraint)
            if dose_gy is not None:
                doses[constraint.structure] = max(dose_gy, doses.get(constraint.structure, 0.0))
    return doses


def _stated_gy(constraint: Constraint) -> float | None:
    """The dose that a goal asks for: its limit, or of a volume at a dose, such as V60Gy >= 95 %, that dose."""
    unit = constraint.unit.strip().lower()
    if unit in _GY:
        return constraint.limit * _GY[unit]
    try:
        metric = parse_metric(constraint.metric)
    except UnreadableInput:
        return None
    is_most_of_it = unit == "%" and constraint.limit >= _MOST_OF_A_TARGET_PERCENT
    per_unit = _GY.get(metric.unit.lower()) if metric.kind == "volume at dose" and is_most_of_it else None
    return None if per_unit is None else metric.number * per_unit
