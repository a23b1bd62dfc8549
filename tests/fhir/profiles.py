"""Writes small profiles for tests: a StructureDefinition with a snapshot, element by element."""

from typing import Any

BASE = "https://example.org/StructureDefinition/"


def element(own_id: str, least: int = 0, most: str = "1", types: str = "string", **more: Any) -> dict[str, Any]:
    """One element of a snapshot; `types` are names, each with profiles after an @."""
    path = ".".join(part.split(":")[0] for part in own_id.split("."))
    named = own_id.rpartition(".")[2].partition(":")[2]
    kinds = []
    for entry in types.split("|") if types else []:
        code, _, profile = entry.partition("@")
        kinds.append({"code": code, **({"profile": [profile]} if profile else {})})
    base = more.pop("base", most)
    written = {"id": own_id, "path": path, "min": least, "max": most, "base": {"max": base}, "type": kinds, **more}
    return written | ({"sliceName": named} if named else {})


def profile(kind: str, name: str, *elements: dict[str, Any]) -> dict[str, Any]:
    """A profile of a resource or extension."""
    root = element(kind, 0, "*", "")
    return {
        "resourceType": "StructureDefinition",
        "url": f"{BASE}{name}",
        "type": kind,
        "snapshot": {"element": [root, *elements]},
    }
