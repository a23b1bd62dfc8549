"""Values in a resource as JSON: the members under a name, what is at a path, codes, and what holds a pattern."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]


def members_under(owner: Json, name: str) -> list[tuple[str, Any]]:
    """The members of an object under a name, or under a name with one of its types."""
    if not name.endswith("[x]"):
        return [(name, owner[name])] if name in owner else []
    bare = name.removesuffix("[x]")
    return [
        (key, value)
        for key, value in owner.items()
        if key.startswith(bare) and key[len(bare) : len(bare) + 1].isupper()
    ]


def has_all_of(value: Any, pattern: Any) -> bool:
    """Whether a value holds all that a pattern states."""
    if isinstance(pattern, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and has_all_of(value[key], one) for key, one in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(has_all_of(held, one) for held in value) for one in pattern)
    return bool(value == pattern)


def steps_of(path: str) -> list[str]:
    """The steps of a path of discriminators; dots within brackets separate nothing."""
    steps, depth, start = [], 0, 0
    for place, letter in enumerate(path):
        depth += (letter == "(") - (letter == ")")
        if letter == "." and depth == 0:
            steps.append(path[start:place])
            start = place + 1
    return [*steps, path[start:]]


def values_at(value: Any, steps: Sequence[str]) -> list[Any]:
    """Every value at a path below a value."""
    held = [value]
    for step in steps:
        if step == "$this" or step.startswith("ofType(") or step == "resolve()":
            continue
        following: list[Any] = []
        for one in held:
            if not isinstance(one, Mapping):
                continue
            if step.startswith("extension("):
                url = step[len("extension('") : -2]
                inner = one.get("extension")
                following += [part for part in inner or [] if isinstance(part, Mapping) and part.get("url") == url]
                continue
            for _, part in members_under(one, step) or members_under(one, f"{step}[x]"):
                following += part if isinstance(part, list) else [part]
        held = following
    return held


def codings_of(value: Any) -> list[tuple[str, str]]:
    """The (system, code) pairs of a code, Coding, CodeableConcept or Quantity."""
    if isinstance(value, str):
        return [("", value)]
    if not isinstance(value, Mapping):
        return []
    inner = value.get("coding")
    parts = inner if isinstance(inner, list) else [value]
    return [
        (str(one.get("system", "")), str(one["code"])) for one in parts if isinstance(one, Mapping) and "code" in one
    ]


def is_listed(coding: tuple[str, str], allowed: frozenset[tuple[str, str]]) -> bool:
    return coding in allowed if coding[0] else any(code == coding[1] for _, code in allowed)


def extends_one_of(key: str, members: Iterable[str]) -> bool:
    """Whether a member holds the extensions of a value that itself is left out, such as `_valueDate` of value[x]."""
    bare = key[1:]
    return key.startswith("_") and any(
        bare == name or (name.endswith("[x]") and bare.startswith(name.removesuffix("[x]"))) for name in members
    )


def placed(path: str, value: Any) -> list[tuple[str, Any]]:
    """A value with its place, or each value of a list with its own."""
    if isinstance(value, list):
        return [(f"{path}[{number}]", one) for number, one in enumerate(value)]
    return [(path, value)]


def says_something(extension: Json) -> bool:
    """Whether an extension has a value or extensions of its own."""
    return "extension" in extension or any(key.lstrip("_").startswith("value") for key in extension)


def in_words(value: Any) -> str:
    """A value as a sentence quotes it, cut where it is long."""
    if isinstance(value, str):
        text = repr(value)
    elif value is None or isinstance(value, bool | dict | list):
        text = json.dumps(value, ensure_ascii=False, default=str)
    else:
        text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
