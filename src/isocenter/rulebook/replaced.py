"""What a policy replaces of those that it extends, and which of its rules read it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from isocenter.rulebook.policy import GroupRole
from isocenter.rulebook.rule import Rule
from isocenter.rulebook.rulebook import Rulebook, extended_policies

_Parts = dict[str, dict[str, object]]


def replaced_parts(rulebook: Rulebook) -> frozenset[str]:
    """What a policy has otherwise than one that it extends, or leaves out, such as `readings/course_gap_days`."""
    own = _parts(rulebook)
    return frozenset(
        f"{kind}/{name}"
        for extended in extended_policies(rulebook)
        for kind, named in _parts(extended).items()
        for name, content in named.items()
        if own[kind].get(name) != content
    )


def replaced_parts_read(rulebook: Rulebook, rule: Rule, replaced: Iterable[str]) -> list[str]:
    """Those of the replaced parts that a rule may read, itself, by its definitions or by the rules on scope.

    A code list may be named in a table, so that a rule that reads any of them may read each.
    """
    rules = [one for one in rulebook.rules if one.role is GroupRole.SCOPE or one is rule]
    definitions = rulebook.definitions_for(rules)
    parts = [*(one.parts for one in rules), *(one.parts for one in definitions)]
    relations = {name for one in parts for name in one.relations}
    readings = {name for one in rules for name in one.readings}
    kinds = {kind for one in parts for kind in one.document_kinds}
    reads: Mapping[str, bool | set[str]] = {
        "codes": "codes" in relations,
        "documents": "document_checklist" in relations or kinds,
        "readings": readings,
        "tables": relations,
        "definitions": {definition.name for definition in definitions},
    }
    found = []
    for part in sorted(replaced):
        kind, name = part.split("/", 1)
        read = reads[kind]
        if read if isinstance(read, bool) else name in read:
            found.append(part)
    return found


def _parts(rulebook: Rulebook) -> _Parts:
    codes: dict[str, object] = {}
    for code in rulebook.codes:
        codes[code.code_list] = (*_so_far(codes, code.code_list), (code.code, code.valid_from, code.valid_to))
    readings: dict[str, object] = {}
    for reading in rulebook.readings:
        said = (reading.value, reading.valid_from, reading.valid_to)
        readings[reading.name] = (*_so_far(readings, reading.name), said)
    documents: dict[str, object] = {}
    for entry in rulebook.documents:
        documents[entry.kind] = (*_so_far(documents, entry.kind), (entry.element, entry.requirement))
    paths: dict[str, Path] = {definition.name: definition.path for definition in rulebook.definitions}
    return {
        "codes": codes,
        "documents": documents,
        "readings": readings,
        "tables": dict(rulebook.tables),
        "definitions": dict(paths),
    }


def _so_far(found: Mapping[str, object], name: str) -> tuple[object, ...]:
    said = found.get(name, ())
    return said if isinstance(said, tuple) else (said,)
