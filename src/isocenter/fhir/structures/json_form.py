"""What FHIR demands of JSON itself, of whichever resource: nothing is empty, and null is only in lists.

Source: HL7 FHIR R4 (4.0.1), JSON representation of resources.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

_DEEPEST = 100


class FormFault(NamedTuple):
    """A value that FHIR does not allow in JSON: its place, and what is wrong with it."""

    place: str
    sentence: str


def form_faults(value: Any, place: str, depth: int = 0) -> Iterator[FormFault]:
    """Every empty list, empty object and null of a resource, and every `_member` that holds no extensions."""
    if depth > _DEEPEST:
        return
    for name, held in value.items():
        at = f"{place}.{name}"
        if held is None:
            yield FormFault(at, "null is allowed only within a list; leave the member out")
        elif held in ([], {}):
            yield FormFault(at, "it is empty; leave the member out")
        elif isinstance(held, list):
            yield from _of_list(held, at, depth)
        elif isinstance(held, dict):
            yield from form_faults(held, at, depth + 1)
        elif name.startswith("_"):
            yield FormFault(at, "expected an object with id or extension")


def _of_list(held: list[Any], place: str, depth: int) -> Iterator[FormFault]:
    if all(one is None for one in held):
        yield FormFault(place, "it holds nothing but null; leave the member out")
    for number, one in enumerate(held):
        at = f"{place}[{number}]"
        if one in ([], {}):
            yield FormFault(at, "it is empty; leave it out")
        elif isinstance(one, list):
            yield FormFault(at, "a list within a list is not allowed")
        elif isinstance(one, dict):
            yield from form_faults(one, at, depth + 1)
