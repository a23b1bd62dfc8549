"""Compares a value with what an element of a profile states: its fixed value, its pattern and its codes."""

from collections.abc import Iterator
from typing import Any

from isocenter.fhir.structures.definitions import Definitions, Element
from isocenter.fhir.structures.json_values import codings_of, has_all_of, in_words, is_listed


def why_not_held(value: Any, element: Element) -> Iterator[str]:
    """How a value differs from the fixed value of an element, and from its pattern."""
    if element.fixed is not None and value != element.fixed:
        yield f"{in_words(value)} is not the fixed value {in_words(element.fixed)}"
    if element.pattern is not None and not has_all_of(value, element.pattern):
        yield f"{in_words(value)} lacks {in_words(element.pattern)}"


def why_not_bound(value: Any, element: Element, definitions: Definitions) -> str:
    """Which code of a value its required binding does not hold; '' where it holds one, or not every code is listed."""
    if not element.required_value_set:
        return ""
    allowed = definitions.codes(element.required_value_set)
    codings = codings_of(value)
    if allowed is None or not codings or any(is_listed(one, allowed) for one in codings):
        return ""
    found = ", ".join(code for _, code in codings)
    name = element.required_value_set.split("|", 1)[0].rsplit("/", 1)[-1]
    return f"{found} is no code of the value set {name}"
