"""The values of FHIRPath: those below a value, and a collection as one value, a number, a text or a truth."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from isocenter.errors import IsocenterError
from isocenter.fhir.structures.datatypes import TYPE_NAMES

MOST_NODES = 200_000  # of one call of descendants() or repeat()


TEXT_TYPES = frozenset({"string", "uri", "url", "canonical", "code", "id", "markdown", "oid", "uuid"})


class NotEvaluated(IsocenterError):
    """An expression uses what is not evaluated here, or asks of several values what can be asked of one alone."""


class Value(NamedTuple):
    """One value: as JSON holds it, its type where that is known, and the extensions of a primitive value."""

    value: Any
    type: str = ""
    extra: Any = None


Values = list[Value]


def members_named(values: Values, name: str, *, is_first: bool) -> Values:
    """The members of a name of each value; the type of the resource itself where the path begins."""
    found: Values = []
    for one in values:
        if is_first and isinstance(one.value, Mapping) and one.value.get("resourceType") == name:
            found.append(one)
        else:
            found += member_named(one, name)
    return found


def member_named(one: Value, name: str) -> Values:
    """The values of a member, of an element whose name ends in its type too."""
    held = one.value
    if not isinstance(held, Mapping):
        is_of_primitive = isinstance(one.extra, Mapping) and name in ("id", "extension")
        return member_named(Value(one.extra), name) if is_of_primitive else []
    if name in held or f"_{name}" in held:
        return listed(held.get(name), held.get(f"_{name}"), "")
    for key in held:  # a member of several types has its type in its name
        bare = key.removeprefix("_")
        if bare.startswith(name) and bare[len(name) :] in TYPE_NAMES:
            return listed(held.get(bare), held.get(f"_{bare}"), TYPE_NAMES[bare[len(name) :]])
    return []


def listed(value: Any, extra: Any, type_name: str) -> Values:
    """The values of a member, each with what its primitive extension holds."""
    if not isinstance(value, list) and not isinstance(extra, list):
        return [Value(value, type_name, extra)]
    values = value if isinstance(value, list) else [value]
    extras = extra if isinstance(extra, list) else []
    count = max(len(values), len(extras))
    padded = zip([*values, *[None] * (count - len(values))], [*extras, *[None] * (count - len(extras))], strict=True)
    return [Value(one, type_name, more) for one, more in padded if one is not None or more is not None]


def children(one: Value) -> Iterator[Value]:
    """The values one level below a value."""
    held = one.value if isinstance(one.value, Mapping) else one.extra if isinstance(one.extra, Mapping) else {}
    for key in held:
        if key != "resourceType" and not (key.startswith("_") and key[1:] in held):
            bare = key.removeprefix("_")
            yield from listed(held.get(bare), held.get(f"_{bare}"), "")


def descendants(values: Values) -> Values:
    """The values on all levels below; NotEvaluated where there are too many."""
    found: Values = []
    waiting = list(values)
    while waiting:
        inner = list(children(waiting.pop()))
        found += inner
        waiting += inner
        if len(found) > MOST_NODES:
            raise NotEvaluated("a resource of so many members is not gone through")
    return found


def single(values: Values) -> Value | None:
    """The only value; None where there is none, NotEvaluated where there are several."""
    if len(values) > 1:
        raise NotEvaluated("one value is expected, several were found")
    return values[0] if values else None


def number_of(values: Values) -> int | Decimal | float | None:
    """The only value as a number; None where it is none."""
    one = single(values)
    is_number = one is not None and isinstance(one.value, int | Decimal | float) and not isinstance(one.value, bool)
    return one.value if one is not None and is_number else None


def text_of(values: Values) -> str | None:
    """The only value as a text; None where it is none."""
    one = single(values)
    return one.value if one is not None and isinstance(one.value, str) else None


def truth_of(values: Values) -> bool | None:
    """Three-valued: None for nothing; a single value that is neither true nor false counts as true."""
    one = single(values)
    if one is None:
        return None
    return one.value if isinstance(one.value, bool) else True


def said(truth: bool | None) -> Values:
    """A truth as a collection: empty where it is unknown."""
    return [] if truth is None else [Value(truth)]
