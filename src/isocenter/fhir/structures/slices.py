"""Decides to which slices of an element a value belongs, by the discriminators of its profile.

Source: HL7 FHIR R4 (4.0.1), profiling, slicing and discriminators.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from isocenter.fhir.structures.definitions import Definitions, Discriminator, Element
from isocenter.fhir.structures.json_values import codings_of, has_all_of, is_listed, steps_of, values_at


def fits(value: Any, path: str, base: Element, one: Element, definitions: Definitions) -> bool | None:
    """Whether a value belongs to a slice; None where that cannot be decided here."""
    if base.name.endswith("[x]") and not base.discriminators[1:]:
        written = path.rpartition(".")[2].split("[", 1)[0]
        return written.lower() == one.slice_name.lower() or written == one.name.removesuffix("[x]")
    discriminators = base.discriminators
    if not discriminators and base.name in ("extension", "modifierExtension"):
        discriminators = (Discriminator("value", "url"),)
    if not discriminators:
        return None
    answers = [_discriminated(value, by, one, definitions) for by in discriminators]
    if False in answers:
        return False
    return None if None in answers else True


def _discriminated(value: Any, by: Discriminator, one: Element, definitions: Definitions) -> bool | None:
    if by.path == "url" and isinstance(value, Mapping):
        wanted = one.types[0].profiles[0] if one.types and one.types[0].profiles else None
        if wanted is None:
            urls = one.children.get("url", [])
            wanted = urls[0].fixed if urls else None
        return None if wanted is None else value.get("url") == wanted
    steps = steps_of(by.path)
    wanted_at = _below(one, steps, definitions)
    if wanted_at is None:
        return None
    held = values_at(value, steps)
    if by.kind == "type":
        allowed = {kind.code for kind in wanted_at.types}
        if allowed & {"Resource", "DomainResource"}:
            return True
        return any(isinstance(part, Mapping) and part.get("resourceType") in allowed for part in held)
    if by.kind == "exists":
        return bool(held) == (wanted_at.least > 0) if wanted_at.most != 0 else not held
    if by.kind not in ("value", "pattern"):
        return None
    wanted = wanted_at.fixed if wanted_at.fixed is not None else wanted_at.pattern
    if wanted is None:
        codes = definitions.codes(wanted_at.required_value_set) if wanted_at.required_value_set else None
        if codes is None:
            return None
        return any(is_listed(coding, codes) for part in held for coding in codings_of(part))
    return any(has_all_of(part, wanted) for part in held)


def _below(element: Element, steps: Sequence[str], definitions: Definitions) -> Element | None:
    """The element at a path below a slice, into the profiles of extensions where the path leads there."""
    current = element
    for step in steps:
        if step == "$this" or step.startswith("ofType("):
            continue
        if step.startswith("extension("):
            url = step[len("extension('") : -2]
            extensions = current.children.get("extension", [])
            inner = next((one for one in extensions if any(url in kind.profiles for kind in one.types)), None)
            if inner is None:
                return None
            current = inner
            continue
        below = current.children.get(step) or current.children.get(f"{step}[x]")
        if not below and current.types and current.types[0].profiles:
            named = definitions.profile(current.types[0].profiles[0])
            below = named.root.children.get(step) or named.root.children.get(f"{step}[x]") if named else None
        if not below:
            return None
        current = below[1] if len(below) == 2 and below[0].fixed is None and below[0].pattern is None else below[0]
    return current
