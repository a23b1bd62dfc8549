"""What a query reads, says and needs: looked up for the queries that the program brings, else worked out by its tree.

What was worked out is kept in known_queries.json by the digest of the whole text, so that a query that differs in one
letter, such as that of a stranger's policy, is parsed and judged as if the file were not there.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from isocenter.rulebook.query_parts import Needed, QueryParts, ReadQuery, TextsRead

FILE = "known_queries.json"


def parts_of(query: str) -> QueryParts:
    """What a query reads and says; ValueError says where it cannot be parsed."""
    return _read(query).parts


def needed_rows(query: str) -> tuple[tuple[Needed, ...], ...]:
    """What a query needs to answer any row, each as alternatives of which one has to be there.

    Only what is certain: what it reads or joins inwardly, and equalities with texts in a where, a join or exists; of
    `or` and `union` what one branch or another needs. Relations that the query itself makes on the way are followed.
    """
    return _read(query).needed


def texts_read(query: str) -> tuple[TextsRead, ...]:
    """The texts that a query reads in columns of relations: rows of these with other texts change no answer.

    Only what is certain: of a column that is not named every row may count, whatever it holds.
    """
    return _read(query).texts_read


def what_reaches_out_of(query: str) -> str:
    """Why a query does more than select, by functions of the common subset, from plain names; '' where it does not."""
    return _read(query).reaches_out


def known_as_json(queries: Iterable[str]) -> str:
    """The text of known_queries.json for these queries, each read by its syntax tree."""
    known = {digest(query): _as_json(read_by_tree(query)) for query in queries}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(known[key], sort_keys=True)}" for key in sorted(known))
    return f"{{\n{lines}\n}}\n"


def read_by_tree(query: str) -> ReadQuery:
    """Parse a query and read all there is to know of it; ValueError says where it cannot be parsed."""
    # The parser is loaded only for a query that is not known.
    from isocenter.rulebook.needed_rows import needed_by_tree  # noqa: PLC0415
    from isocenter.rulebook.query_guard import reaches_out_by_tree  # noqa: PLC0415
    from isocenter.rulebook.syntax import parts_by_tree  # noqa: PLC0415
    from isocenter.rulebook.texts_read import texts_read_by_tree  # noqa: PLC0415

    parts, reaches_out = parts_by_tree(query), reaches_out_by_tree(query)
    if reaches_out:
        return ReadQuery(parts, (), (), reaches_out)
    return ReadQuery(parts, needed_by_tree(query), texts_read_by_tree(query), reaches_out)


def digest(query: str) -> str:
    """The name of a query among those that are known."""
    return sha256(query.encode("utf-8")).hexdigest()


@cache
def _read(query: str) -> ReadQuery:
    known = _known().get(digest(query))
    # Or known to an earlier version, which did not ask for these.
    if known is None or "columns_of" not in known["parts"]:
        return read_by_tree(query)
    return _from_json(known)


@cache
def _known() -> dict[str, Any]:
    file = files("isocenter.rulebook") / FILE
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return loaded


def _as_json(read: ReadQuery) -> dict[str, Any]:
    """The parts that are not empty, the rows that are needed, and why it may not be run."""
    parts = {field.name: getattr(read.parts, field.name) for field in fields(QueryParts)}
    listed = {name: _listed(value) for name, value in parts.items() if value or isinstance(value, bool | Mapping)}
    needed = [[[one.relation, one.column, sorted(one.values)] for one in ways] for ways in read.needed]
    texts = [[one.relation, one.column, sorted(one.texts), sorted(one.as_in)] for one in read.texts_read]
    return {"parts": listed, "needed": needed, "texts_read": texts, "reaches_out": read.reaches_out}


def _from_json(known: Mapping[str, Any]) -> ReadQuery:
    parts = {name: _collected(name, value) for name, value in known["parts"].items()}
    needed = tuple(
        tuple(Needed(relation, column, frozenset(values)) for relation, column, values in ways)
        for ways in known["needed"]
    )
    texts = tuple(
        TextsRead(relation, column, frozenset(held), frozenset(as_in))
        for relation, column, held, as_in in known["texts_read"]
    )
    return ReadQuery(QueryParts(**parts), needed, texts, known["reaches_out"])


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _listed(inner) for name, inner in value.items()}
    return sorted(value) if isinstance(value, frozenset) else value


def _collected(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {relation: frozenset(columns) for relation, columns in value.items()}
    if not isinstance(value, list):
        return value
    return tuple(value) if name == "answers" else frozenset(value)
