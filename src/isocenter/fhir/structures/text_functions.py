"""The functions of FHIRPath on one text or value: matches, substring, toInteger and the like.

Source: HL7 FHIRPath N1 (2.0.0).
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from isocenter.fhir.structures.path_values import NotEvaluated, Value, Values


@lru_cache(maxsize=256)
def _pattern(written: str) -> re.Pattern[str]:
    try:
        return re.compile(written, re.DOTALL)
    except re.error as wrong:
        raise NotEvaluated(f"the pattern is not one that is read here ({wrong})") from None


def _of_text(work: Callable[..., Any]) -> Callable[[Value | None, Sequence[Any]], Values]:
    """A function of one text; nothing where it is asked of something else."""

    def answer(one: Value | None, given: Sequence[Any]) -> Values:
        if one is None or not isinstance(one.value, str):
            return []
        found = work(one.value, *given)
        return [] if found is None else [Value(found)]

    return answer


def _substring(text: str, start: int, length: int | None = None) -> str | None:
    if not 0 <= start < len(text):
        return None
    return text[start:] if length is None else text[start : start + length]


def _as_integer(one: Value | None, _: Sequence[Any]) -> Values:
    held = one.value if one else None
    if isinstance(held, bool | int):
        return [Value(int(held))]
    return [Value(int(held))] if isinstance(held, str) and re.fullmatch(r"[+-]?\d{1,18}", held) else []


def _as_string(one: Value | None, _: Sequence[Any]) -> Values:
    held = one.value if one else None
    if isinstance(held, bool):
        return [Value("true" if held else "false")]
    return [Value(str(held))] if isinstance(held, str | int | Decimal | float) else []


ON_ONE: dict[str, Callable[[Value | None, Sequence[Any]], Values]] = {
    "matches": _of_text(lambda text, pattern: bool(_pattern(pattern).fullmatch(text))),
    "contains": _of_text(lambda text, part: part in text),
    "startsWith": _of_text(lambda text, part: text.startswith(part)),
    "endsWith": _of_text(lambda text, part: text.endswith(part)),
    "length": _of_text(len),
    "lower": _of_text(str.lower),
    "upper": _of_text(str.upper),
    "indexOf": _of_text(lambda text, part: text.find(part)),
    "substring": _of_text(_substring),
    "replace": _of_text(lambda text, old, new: text.replace(old, new)),
    "toInteger": _as_integer,
    "toString": _as_string,
}
