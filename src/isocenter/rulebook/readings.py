"""Readings: numbers, days and choices that a policy text leaves open; typed, bounded, dated, and set by users."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

from isocenter.errors import BrokenRule, UnknownName
from isocenter.rulebook.files import as_written, read_toml
from isocenter.terms.findings import Reading, ReadingType

_MOST_SHOWN = 60  # letters of a name that no policy has
_IS_MEANT = 0.75  # how like a reading (difflib) a name is that was misspelled and not made up
# What the making of courses reads (facts/courses.sql).
READ_BY_COURSES = frozenset({"course_gap_days"})
# Readings that the reading of chart pages uses (chart/into_case.py).
READ_BY_CHARTS = frozenset({"chart_sureness"})
# What the computed comparison of techniques uses (plan_making.py).
READ_BY_PLANS = frozenset(
    {
        "comparison_coverage_percent",
        "comparison_block_margin_mm",
        "comparison_least_miss_percent",
        "comparison_wedge_deg",
        "comparison_apertures_per_field",
    }
)
_NEEDED = ("unit", "reason", "source")
_KNOWN = {"type", "value", "values", "unit", "reason", "source", "least", "most", "choices", "valid_from", "valid_to"}
_LARGEST = 1e9  # no count, day, dose or length comes near; what is greater fits no column
# What one entry of `values` states for itself; the rest is shared by all of them.
_DATED = {"value", "reason", "source", "valid_from", "valid_to"}


@dataclass(frozen=True, slots=True)
class ChosenReading:
    """One reading that a user sets: the policy it is qualified by ('' where none), its name, the value."""

    policy: str
    name: str
    value: Any


def read_readings(path: Path, policy: str) -> tuple[Reading, ...]:
    """The readings of a policy folder, one for each value in force; BrokenRule says what is wrong with one."""
    if not path.exists():
        return ()
    found: list[Reading] = []
    for name, about in read_toml(path).items():
        where = f"{path.name}: reading {name}"
        if not isinstance(about, dict):
            raise BrokenRule(f"{where} is {as_written(about)}; write a table [{name}] with value, unit, reason, source")
        unknown = sorted(about.keys() - _KNOWN)
        if unknown:
            raise BrokenRule(f"{where} says {unknown[0]!r}, which is not one of {', '.join(sorted(_KNOWN))}")
        dated = [_reading(where, policy, name, entry) for entry in _entries(where, about)]
        for reading in dated:
            wrong = what_is_wrong(reading, reading.value)
            if wrong:
                raise BrokenRule(f"{where} is {as_written(reading.value)}; {wrong}")
        _expect_no_overlap(where, dated)
        found += dated
    return tuple(found)


def _entries(where: str, about: dict[str, Any]) -> list[dict[str, Any]]:
    """What a reading states for each of its values."""
    if "values" not in about:
        return [about]
    if "value" in about or not isinstance(about["values"], list) or not about["values"]:
        raise BrokenRule(f"{where}: write either value, or a list of values with valid_from and valid_to")
    shared = {key: value for key, value in about.items() if key != "values"}
    for entry in about["values"]:
        if not isinstance(entry, dict) or entry.keys() - _DATED:
            raise BrokenRule(f"{where}: each of values is a table of {', '.join(sorted(_DATED))}")
    return [shared | entry for entry in about["values"]]


def _reading(where: str, policy: str, name: str, about: dict[str, Any]) -> Reading:
    missing = {"value", *_NEEDED} - about.keys()
    if missing:
        raise BrokenRule(f"{where} lacks {', '.join(sorted(missing))}")
    for key in _NEEDED:
        if not isinstance(about[key], str):
            raise BrokenRule(f"{where}: {key} is {as_written(about[key])}; expected a text in quotes")
    value = about["value"]
    try:
        kind = ReadingType(about["type"]) if "type" in about else _type_of(value)
    except ValueError:
        known = ", ".join(ReadingType)
        raise BrokenRule(f"{where} is of type {as_written(about['type'])}; known are {known}") from None
    for key in ("valid_from", "valid_to"):
        if about.get(key) is not None and type(about[key]) is not date:
            found = as_written(about[key])
            raise BrokenRule(f"{where}: {key} is {found}; write a day such as 2024-01-31, without quotes")
    least, most = _bound(where, kind, about.get("least")), _bound(where, kind, about.get("most"))
    if least is not None and most is not None and most < least:  # type: ignore[operator]
        raise BrokenRule(f"{where}: its least value {least} is above its most {most}")
    choices = about.get("choices", [])
    if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
        raise BrokenRule(f"{where}: choices is {as_written(choices)}; expected a list of texts in quotes")
    if kind is ReadingType.CHOICE and not choices:
        raise BrokenRule(f"{where} is a choice without choices; list them")
    return Reading(
        policy=policy,
        name=name,
        value=_stored(value),
        unit=about["unit"],
        reason=about["reason"],
        source=about["source"],
        type=kind,
        least=least,
        most=most,
        choices=tuple(choices),
        valid_from=about.get("valid_from"),
        valid_to=about.get("valid_to"),
    )


def _type_of(value: object) -> ReadingType:
    """The type of a reading that does not state it; `check` asks for it."""
    match value:
        case date():
            return ReadingType.DATE
        case str():
            return ReadingType.CHOICE
    return ReadingType.NUMBER


def _stored(value: Any) -> Any:
    return value.isoformat() if type(value) is date else value


def _bound(where: str, kind: ReadingType, bound: Any) -> float | str | None:
    if bound is None:
        return None
    right = type(bound) is date if kind is ReadingType.DATE else isinstance(bound, int | float)
    is_too_large = isinstance(bound, int | float) and not abs(bound) <= _LARGEST
    if not right or is_too_large or isinstance(bound, bool) or kind is ReadingType.CHOICE:
        raise BrokenRule(f"{where}: the bound {as_written(bound)} does not fit a {kind}")
    stored: float | str = _stored(bound)
    return stored


def _expect_no_overlap(where: str, dated: Sequence[Reading]) -> None:
    ordered = sorted(dated, key=lambda reading: reading.valid_from or date.min)
    for earlier, later in pairwise(ordered):
        if later.valid_from is None or (earlier.valid_to or date.max) >= later.valid_from:
            raise BrokenRule(f"{where} has two values on {later.valid_from or 'one day'}; end one before the next")
    for reading in dated:
        if reading.valid_from and reading.valid_to and reading.valid_to < reading.valid_from:
            raise BrokenRule(f"{where} ends on {reading.valid_to} before it begins on {reading.valid_from}")


def what_is_wrong(reading: Reading, value: object) -> str:
    """What a value of this reading should be instead, as words; '' where it may be one."""
    if _fits(reading, value):
        return ""
    unit = f" {reading.unit}" if reading.unit else ""
    match reading.type:
        case ReadingType.CHOICE:
            return f"expected one of {', '.join(reading.choices)}"
        case ReadingType.DATE:
            return f"expected a day such as 2024-01-31{_between(reading, '')}"
        case ReadingType.INTEGER:
            return f"expected a whole number{_between(reading, unit)}"
    return f"expected a number{_between(reading, unit)}"


def _between(reading: Reading, unit: str) -> str:
    if reading.least is None or reading.most is None:
        return unit
    return f" from {reading.least} to {reading.most}{unit}"


def _fits(reading: Reading, value: object) -> bool:
    match reading.type:
        case ReadingType.CHOICE:
            return not reading.choices or value in reading.choices
        case ReadingType.DATE:
            day = _day(value)
            return day is not None and str(reading.least or "") <= day <= str(reading.most or "9999")
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        return False
    if reading.type is ReadingType.INTEGER and value != int(value):
        return False
    least = -math.inf if reading.least is None else float(reading.least)
    most = math.inf if reading.most is None else float(reading.most)
    return least <= value <= most


def _day(value: object) -> str | None:
    if type(value) is date:
        return value.isoformat()
    try:
        return date.fromisoformat(value).isoformat() if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def read_chosen_readings(path: Path) -> tuple[ChosenReading, ...]:
    """Readings that a user sets, from a TOML file of `name = value` or `policy.name = value` lines."""
    chosen = read_toml(path)
    if not chosen and path.stat().st_size == 0:
        raise BrokenRule(f"{path.name}: the file is empty; expected lines of `name = value`")
    return chosen_readings(chosen)


def chosen_readings(values: Mapping[str, Any]) -> tuple[ChosenReading, ...]:
    """Readings that a user sets: values by name, or by policy and name."""
    return tuple(_chosen(values))


def _chosen(values: Mapping[str, Any]) -> Iterator[ChosenReading]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from (ChosenReading(name, inner, inner_value) for inner, inner_value in value.items())
        elif "." in name:
            policy, _, inner = name.partition(".")
            yield ChosenReading(policy, inner, value)
        else:
            yield ChosenReading("", name, value)


def with_value(reading: Reading, value: object, source: str) -> Reading:
    """The reading with a value that a user chose, who becomes its source; BrokenRule where it cannot be one."""
    wrong = what_is_wrong(reading, value)
    if wrong:
        which = f"the reading {reading.name} of policy {reading.policy}"
        raise BrokenRule(f"{which} is {as_written(value)} ({source}); {wrong}")
    if reading.type is ReadingType.INTEGER:
        value = int(value)  # type: ignore[call-overload]
    return replace(reading, value=_stored(value), source=source, valid_from=None, valid_to=None)


def policies_with(chosen: ChosenReading, known: Mapping[str, Sequence[str]]) -> str:
    """The one policy whose reading is meant, of names by policy; UnknownName where none or several are."""
    having = [policy for policy, names in known.items() if chosen.name in names]
    if chosen.policy:
        if chosen.policy in having:
            return chosen.policy
        if chosen.policy not in known:
            raise UnknownName(
                f"the reading {chosen.policy}.{chosen.name} names a policy that is not applied;"
                f" applied are {', '.join(known)}"
            )
        hint = f"{' and '.join(having)} has it" if having else _hint(chosen.name, known[chosen.policy])
        raise UnknownName(f"policy {chosen.policy} has no reading {chosen.name[:_MOST_SHOWN]!r}; {hint}")
    if not having:
        hint = _hint(chosen.name, {name for names in known.values() for name in names})
        raise UnknownName(f"no reading is named {chosen.name[:_MOST_SHOWN]!r}; {hint}")
    if len(having) > 1:
        ways = " or ".join(f"{policy}.{chosen.name}" for policy in having)
        raise UnknownName(f"several policies have a reading {chosen.name!r}; write {ways}")
    return having[0]


def _hint(name: str, known: Collection[str]) -> str:
    """The reading that was meant; where none is close, the nearest and what lists them all."""
    nearest = get_close_matches(name[:_MOST_SHOWN], sorted(known), n=3, cutoff=0.0)
    if not nearest:
        return "it has none"
    if get_close_matches(name[:_MOST_SHOWN], nearest[:1], cutoff=_IS_MEANT):
        return f"did you mean {nearest[0]}?"
    return f"the nearest are {', '.join(nearest)}; `isocenter rules --write FILE` lists all {len(known)}"
