"""How many units still have room under a limit, earlier lines first."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any


def modifiers(line: Any) -> set[str]:
    return {line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4}


def components(line: Any) -> set[str]:
    """The physician's part, the technical part, or both."""
    has_26, has_tc = "26" in modifiers(line), "TC" in modifiers(line)
    if has_26 and not has_tc:
        return {"professional"}
    if has_tc and not has_26:
        return {"technical"}
    return {"technical"} if line.setting == "institutional" else {"professional", "technical"}


def is_distinct(line: Any) -> bool:
    return bool(modifiers(line) & {"59", "XU"})


def room_under(
    lines: Iterable[Any], group: Callable[[Any], Any], limit: Callable[[Any], float]
) -> Iterable[tuple[Any, int]]:
    """Each line with the units that still have room under the limit, earlier lines first, each component alone."""
    billed: Counter[Any] = Counter()
    for line in lines:
        parts = [(group(line), part) for part in sorted(components(line))]
        left = min(limit(line) - billed[part] for part in parts)
        billed.update(dict.fromkeys(parts, line.units))
        yield line, int(max(0, min(line.units, left)))


def in_parts(lines: Iterable[Any], group: Callable[[Any], Any], units: Callable[[Any], int]) -> dict[str, int]:
    """Units up to and with each line, the physician's part and the technical part apart, the larger of the two."""
    summed: Counter[Any] = Counter()
    found: dict[str, int] = {}
    for line in lines:
        parts = [(group(line), part) for part in components(line)]
        for part in parts:
            summed[part] += units(line)
        found[line.claim_line_id] = max(summed[part] for part in parts)
    return found


def holds(entry: Any, day: date) -> bool:
    return (entry.valid_from is None or entry.valid_from <= day) and (entry.valid_to is None or day <= entry.valid_to)
