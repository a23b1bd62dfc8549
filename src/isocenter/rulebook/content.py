"""Digests of what policies hold: whether two folders, or two loaded policies, are the same."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from isocenter.rulebook.rulebook import Rulebook

_OF_A_POLICY = (".sql", ".toml", ".csv")


def digest_of(folder: Path) -> str:
    """The SHA-256 of the rules, definitions, code lists, readings and words of a policy folder."""
    found = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.suffix in _OF_A_POLICY and one.is_file()):
        name = file.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
        found.update(b"%s\n%s\n" % (name, hashlib.sha256(file.read_bytes()).hexdigest().encode()))
    return found.hexdigest()


def digest_of_rulebooks(rulebooks: Iterable[Rulebook]) -> str:
    """A digest of loaded policies: rules, definitions, codes, tables and the readings chosen, wherever they lie."""
    written = json.dumps([_plain(one) for one in rulebooks], ensure_ascii=False)
    return hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()


def _plain(value: Any) -> Any:
    """A value as JSON has it, the same for equal values; where a file lies is no part of what it holds."""
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(one) for name, one in held.items() if name not in _PLACES}
    if isinstance(value, Mapping):
        return sorted([str(name), _plain(one)] for name, one in value.items())
    if isinstance(value, Set):
        return sorted(json.dumps(_plain(one)) for one in value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


_PLACES = {"path", "folder", "case_folders"}
