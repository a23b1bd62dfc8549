"""The case file: what no machine format holds well, one list a table, each mistake named with its line."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import yaml

from isocenter.errors import UnreadableInput
from isocenter.intake.claim_values import NO_FORMS, WrittenForms, as_columns_show, written_forms
from isocenter.intake.rows import LISTS, WrongValue, nearest_table, row_lost, row_without_wrong_fields, values_lost
from isocenter.terms.courses import GuidanceProtocol
from isocenter.terms.plans import StatedVerification, StructureRole
from isocenter.terms.problems import Problem, clause, worded
from isocenter.terms.tables import FACT_TABLES, FactRow, LostValue, Supplied

_EXPECTED_OF_YAML = "expected `name: value`, names of one list below one another, texts with : or # in quotation marks"
_NOT_YAML = f"not YAML here or in the line before; {_EXPECTED_OF_YAML}"
_LARGEST_BYTES = 8_000_000
_DEEPEST = 8
_NESTED = {"elements": "document_elements", "signatures": "signatures"}
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Unclear:
    """What is in the place of one value; it fits no column, and its words are shown."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __str__(self) -> str:
        return self._words


_NOT_ONE_VALUE, _TWO_VALUES = _Unclear("several values"), _Unclear("two different values")


Read = FactRow | Supplied | StructureRole | StatedVerification | GuidanceProtocol | LostValue | Problem


def read(path: Path) -> Iterator[Read]:
    """Rows of every table in the file; a wrong field becomes a problem and leaves its row, which stays.

    Only a row that says nothing without the field, or more than was meant, is left out with it.

    Raises UnreadableInput when the file is not YAML, or not a mapping of tables to lists.
    """
    for key, value in _tables(path):
        name = key.value
        if name == "structure_roles":
            yield from _structure_roles(path, value)
        elif name not in LISTS:
            known = ", ".join((*LISTS, "structure_roles"))
            yield _problem(
                path,
                key,
                worded(
                    "{name!r} is not a known table; known are {known}; its rows were left out", name=name, known=known
                ),
            )
            stated = _names_in(value)
            if stated:
                yield from row_lost(nearest_table(name), dict.fromkeys(stated, ""), _place(key))
        elif not isinstance(value, yaml.SequenceNode):
            if not _is_null(value):
                raise UnreadableInput(f"{path.name}: line {_line(value)}: {name} should be a list of rows (- ...)")
            # A name without a value is one that nobody filled in; [] says that the record was searched.
        else:
            if name in FACT_TABLES:
                yield Supplied(name)
            forms = written_forms(map(_scalars, value.value)) if name == "claim_lines" else NO_FORMS
            for item in value.value:
                yield from _rows(path, name, item, forms)


def _scalars(row: yaml.Node) -> dict[str, object]:
    """What a row states in one value a column."""
    pairs = row.value if isinstance(row, yaml.MappingNode) else []
    return {str(key.value): _scalar(value) for key, value in pairs if isinstance(value, yaml.ScalarNode)}


def _names_in(rows: yaml.Node) -> list[str]:
    """The names of all columns that rows of a table state."""
    items = rows.value if isinstance(rows, yaml.SequenceNode) else [rows]
    pairs = [pair for item in items if isinstance(item, yaml.MappingNode) for pair in item.value]
    return list(dict.fromkeys(str(key.value) for key, value in pairs if value.value))


def _tables(path: Path) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    root = _compose(path)
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        raise UnreadableInput(f"{path.name}: line {_line(root)}: expected tables by name, such as `documents:`")
    seen: dict[str, int] = {}
    for key, _ in root.value:
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableInput(f"{path.name}: line {_line(key)}: expected the name of a table")
        if key.value in seen:
            again = f"{key.value} is already in line {seen[key.value]}; join the lists"
            raise UnreadableInput(f"{path.name}: line {_line(key)}: {again}")
        seen[key.value] = _line(key)
    return list(root.value)


def _compose(path: Path) -> yaml.Node | None:
    data = path.read_bytes()
    if len(data) > _LARGEST_BYTES:
        raise UnreadableInput(f"{path.name}: {len(data)} bytes; a case file holds at most {_LARGEST_BYTES}")
    try:
        text = data.decode("utf-8-sig")
        _refuse_aliases_and_depth(path, text)
        return yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as wrong:
        raise UnreadableInput(f"{path.name}: byte {wrong.start} is not UTF-8; save the file as UTF-8") from None
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise UnreadableInput(f"{path.name}: {where}: {_NOT_YAML}") from None
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, wrong.position) + 1
        raise UnreadableInput(
            f"{path.name}: line {line}: not YAML, because it contains a control character; delete it"
        ) from None
    except (yaml.YAMLError, ValueError):
        raise UnreadableInput(f"{path.name}: not YAML; {_EXPECTED_OF_YAML}") from None


def _refuse_aliases_and_depth(path: Path, text: str) -> None:
    """An alias can make a small file huge, deep nesting can exhaust the stack: neither is needed here."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            line = _line(event)
            raise UnreadableInput(f"{path.name}: line {line}: aliases (*name) are not read; write the value out")
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
            if depth > _DEEPEST:
                line = _line(event)
                raise UnreadableInput(f"{path.name}: line {line}: nested more than {_DEEPEST} deep")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1


def _rows(path: Path, table: str, item: yaml.Node, forms: WrittenForms) -> Iterator[Read]:
    only_column = LISTS[table]._fields[0] if len(LISTS[table]._fields) == 1 else ""
    if only_column and isinstance(item, yaml.ScalarNode) and item.value and not _is_null(item):
        yield from _row(path, table, item, [], forms, **{only_column: item.value})
        return
    if not isinstance(item, yaml.MappingNode):
        yield _problem(
            path, item, worded("a row of {table} should be `column: value` pairs; it was left out", table=table)
        )
        if item.value and not _is_null(item):
            yield from row_lost(table, dict.fromkeys(LISTS[table]._fields, ""), _place(item))
        return
    nested = [(_NESTED[key.value], value) for key, value in item.value if table == "documents" and key.value in _NESTED]
    fields = [(key, value) for key, value in item.value if not (table == "documents" and key.value in _NESTED)]
    row = yield from _row(path, table, item, fields, forms)
    if row is None:
        return
    for inner_table, value in nested:
        yield Supplied(inner_table)
        yield from _parts_of_document(path, inner_table, row.document_id, value)


def _row(
    path: Path,
    table: str,
    item: yaml.Node,
    fields: list[tuple[yaml.Node, yaml.Node]],
    forms: WrittenForms,
    **implied: str,
) -> Generator[FactRow | LostValue | Problem, None, Any]:
    """The row of these fields, and a problem for each field that is wrong; where the row cannot do without, no row."""
    values: dict[str, object] = dict(implied)
    left_out: list[WrongValue] = []
    for key, value in fields:
        name = str(key.value)
        if not isinstance(value, yaml.ScalarNode):
            values[name] = _NOT_ONE_VALUE
        elif name in values and name not in implied and values[name] != _scalar(value):
            values[name] = _TWO_VALUES
        else:
            values[name] = _scalar(value)
    try:
        row, left_out = row_without_wrong_fields(table, as_columns_show(values, forms))
    except WrongValue as wrong:
        yield _problem(
            path, item, worded("{table}: {wrong}; the row was left out", table=table, wrong=clause(wrong.sentence))
        )
        given = {name: value for name, value in values.items() if value not in (None, "")}
        yield from row_lost(table, given, _place(item))
        return None
    for field in left_out:
        sentence = clause(field.sentence)
        yield _problem(
            path, item, worded("{table}: {sentence}; the field was left out", table=table, sentence=sentence)
        )
    yield from values_lost(table, [field.column for field in left_out], row, _place(item))
    yield row  # type: ignore[misc]
    return row


def _parts_of_document(path: Path, table: str, document_id: str, value: yaml.Node) -> Iterator[Read]:
    parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
    for part in parts:
        if isinstance(part, yaml.ScalarNode) and table == "document_elements":
            if part.value:
                yield from _row(path, table, part, [], NO_FORMS, document_id=document_id, element=part.value)
        elif isinstance(part, yaml.MappingNode):
            yield from _row(path, table, part, part.value, NO_FORMS, document_id=document_id)
        elif not isinstance(part, yaml.ScalarNode) or part.value:
            yield _problem(
                path,
                part,
                worded(
                    "{table} of document {document_id}: expected names or `column: value` pairs",
                    table=table,
                    document_id=document_id,
                ),
            )
            yield from row_lost(table, {}, _place(part))


def _structure_roles(path: Path, value: yaml.Node) -> Iterator[StructureRole | LostValue | Problem]:
    if not isinstance(value, yaml.MappingNode):
        if _is_null(value):
            return
        yield _problem(path, value, "structure_roles should be `structure name: role` pairs; it was left out")
        yield LostValue("structure_roles", place=_place(value))
        return
    for name, role in value.value:
        if isinstance(name, yaml.ScalarNode) and isinstance(role, yaml.ScalarNode):
            yield StructureRole(name.value, role.value)
        else:
            yield _problem(path, role, "structure_roles: expected `structure name: role`; the entry was left out")
            yield LostValue("structure_roles", place=_place(role))


def _is_null(node: yaml.Node) -> bool:
    return node.value in ("", "null", "~")


def _scalar(node: yaml.ScalarNode) -> object:
    """Text as written, but null for what YAML calls null: codes and days must keep their digits."""
    if node.tag == "tag:yaml.org,2002:null":
        return None
    return node.value


def _line(node: Any) -> int:
    """Line of a node or an event, counted from 1."""
    return int(node.start_mark.line) + 1


def _place(node: yaml.Node) -> str:
    return f"line {_line(node)}"


def _problem(path: Path, node: yaml.Node, sentence: str) -> Problem:
    return Problem(path.name, _place(node), sentence)
