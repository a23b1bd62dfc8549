"""The metrics that a dose constraint is set on, such as D95% or V20Gy, and the units that fit each."""

import re
from dataclasses import dataclass

from isocenter.errors import UnreadableInput
from isocenter.terms.chart import Constraint
from isocenter.terms.problems import clause, worded

FORMS = "D95%, D0.03cc, V20Gy, V2000cGy, V95% (of the prescribed dose), mean, max, min, CI, RTOG CI, HI or GI"

_NUMBER = r"(?P<number>\d+(?:[.,]\d+)?)"
_DOSE_AT = re.compile(rf"D\s*{_NUMBER}\s*(?P<unit>%|cc|cm3|cm³|cm\^3|ml)$", re.IGNORECASE)
_VOLUME_AT = re.compile(rf"V\s*{_NUMBER}\s*(?P<unit>%|c?Gy)?$", re.IGNORECASE)
_NAMED = {
    "mean": "mean", "dmean": "mean", "max": "max", "dmax": "max", "maximum": "max",
    "min": "min", "dmin": "min", "minimum": "min", "ci": "conformity", "paddick ci": "conformity",
    "rtog ci": "rtog conformity", "hi": "homogeneity", "gi": "gradient",
    "mean dose": "mean", "max dose": "max", "maximum dose": "max", "min dose": "min", "minimum dose": "min",
}  # fmt: skip
UNITS = {
    "%": "%",
    "gy": "Gy",
    "cgy": "cGy",
    "cc": "cc",
    "cm3": "cc",
    "cm³": "cc",
    "cm^3": "cc",
    "ml": "cc",
    "": "",
    "1": "",
}
_WITH_UNIT = re.compile(
    r"(?P<metric>.*\S)\s*(?:\[\s*(?P<square>[^\[\]()]+?)\s*\]|\(\s*(?P<round>[^\[\]()]+?)\s*\))$", re.DOTALL
)
_OF_DOSES = ("dose at volume", "mean", "max", "min")
_UNITS_OF_DOSES, _UNITS_OF_VOLUMES = ("Gy", "cGy", "%"), ("%", "cc")


@dataclass(frozen=True)
class Metric:
    """One metric: kind is 'dose at volume', 'volume at dose' or a name; number and unit say at what."""

    text: str
    kind: str
    number: float = 0.0
    unit: str = ""


def parse_metric(text: str) -> Metric:
    """Read a metric such as 'D95%' or 'V20Gy'; a bare V20 means Gy. UnreadableInput lists the forms."""
    plain = " ".join(text.split())
    if plain.lower() in _NAMED:
        return Metric(plain, _NAMED[plain.lower()])
    for pattern, kind in ((_DOSE_AT, "dose at volume"), (_VOLUME_AT, "volume at dose")):
        found = pattern.match(plain)
        if found:
            number = float(found["number"].replace(",", "."))
            unit = UNITS[(found["unit"] or "Gy").lower()]
            if kind == "dose at volume" and unit == "%" and number > 100:
                raise UnreadableInput(f"the metric {text!r} asks for more than 100 % of the volume; expected {FORMS}")
            return Metric(plain, kind, number / 100, "Gy") if unit == "cGy" else Metric(plain, kind, number, unit)
    raise UnreadableInput(f"{text!r} is not a dose metric; expected {FORMS}")


def with_unit_of_metric(constraint: Constraint) -> Constraint:
    """The constraint with the unit of its limit taken from behind its metric, as in V20Gy[%] or D95% (Gy).

    The constraint with its own unit, in our spelling, where no unit is there, and where that unit does not fit the
    metric or contradicts the constraint's own: nobody can tell which of the two was meant.
    """
    constraint = constraint._replace(unit=UNITS.get(constraint.unit.strip().lower(), constraint.unit))
    found = _WITH_UNIT.match(constraint.metric.strip())
    if not found:
        return constraint
    unit = UNITS.get((found["square"] or found["round"]).lower(), "")
    own = constraint.unit.strip().lower()
    plain = constraint._replace(metric=found["metric"], unit=unit)
    is_meant = unit and (not own or UNITS.get(own) == unit) and not why_not_comparable(plain)
    return plain if is_meant else constraint


def fitting_units(metric: Metric) -> str:
    """In words, the units that a limit of this metric can have."""
    fitting = _units_of(metric)
    if "Gy" in fitting:
        return "Gy, cGy, or % with a prescribed dose"
    return " or ".join(fitting) or "no unit"


def why_not_comparable(constraint: Constraint) -> str:
    """Why no plan could be held against a constraint: no structure, no metric, or a unit that does not fit it.

    '' where nothing is wrong.
    """
    if not constraint.structure.strip():
        return "structure is empty, expected the name of a target or critical structure"
    try:
        metric = parse_metric(constraint.metric)
    except UnreadableInput as wrong:
        return worded("{wrong}", wrong=str(wrong))
    if UNITS.get(constraint.unit.strip().lower()) in _units_of(metric):
        return ""
    return worded(
        "unit is {unit!r}, which does not fit {metric}; expected {fitting}",
        unit=constraint.unit, metric=metric.text, fitting=clause(fitting_units(metric)),
    )  # fmt: skip


def _units_of(metric: Metric) -> tuple[str, ...]:
    if metric.kind in _OF_DOSES:
        return _UNITS_OF_DOSES
    return _UNITS_OF_VOLUMES if metric.kind == "volume at dose" else ("",)
