"""Evaluates the FHIRPath that the invariants of profiles use, on resources as they were parsed from JSON.

What is not among the functions below raises NotEvaluated: an invariant that was not evaluated passes for nothing.
Source: HL7 FHIRPath N1 (2.0.0) with the functions that FHIR R4 adds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from isocenter.fhir.structures.datatypes import TYPE_NAMES
from isocenter.fhir.structures.expressions import Node, parsed
from isocenter.fhir.structures.narrative import is_basic_html
from isocenter.fhir.structures.path_operators import compared, equal, reckoned, same
from isocenter.fhir.structures.path_values import (
    MOST_NODES,
    TEXT_TYPES,
    NotEvaluated,
    Value,
    Values,
    children,
    descendants,
    member_named,
    members_named,
    number_of,
    said,
    single,
    text_of,
    truth_of,
)
from isocenter.fhir.structures.text_functions import ON_ONE

Resolved = Callable[[str], Any]
Codes = Callable[[str], frozenset[tuple[str, str]] | None]


@dataclass(frozen=True, slots=True)
class Around:
    """What an expression is evaluated in: the resource, the codes of value sets, and what references lead to."""

    resource: Any
    root: Any = None  # the resource that contains this one, where it is contained
    codes: Codes = lambda _: None
    at: Resolved = lambda _: None  # the resource at an address; None where it was not supplied


@dataclass(frozen=True, slots=True)
class _Scope:
    this: Values
    index: int
    around: Around


def holds(expression: str, value: Value, around: Around) -> bool:
    """Whether an invariant holds for a value; NotEvaluated where that cannot be determined here."""
    return truth_of(_evaluated(parsed(expression), _Scope([value], 0, around))) is True


def evaluate(expression: str, resource: Any, around: Around | None = None) -> list[Any]:
    """The values that an expression gives for a resource, as JSON holds them."""
    within = around or Around(resource)
    return [one.value for one in _evaluated(parsed(expression), _Scope([Value(resource)], 0, within))]


def _evaluated(node: Node, scope: _Scope) -> Values:
    match node.kind:
        case "literal":
            return [Value(node.value)]
        case "empty":
            return []
        case "this":
            return scope.this
        case "index_of":
            return [Value(scope.index)]
        case "variable":
            return _variable(str(node.value), scope)
        case "member":
            return members_named(
                _evaluated(node.parts[0], scope), str(node.value), is_first=node.parts[0].kind == "this"
            )
        case "call":
            return _called(node, scope)
        case "index":
            found, at = _evaluated(node.parts[0], scope), number_of(_evaluated(node.parts[1], scope))
            return found[int(at) : int(at) + 1] if at is not None and at >= 0 else []
        case "sign":
            number = number_of(_evaluated(node.parts[0], scope))
            return [] if number is None else [Value(-number if node.value == "-" else number)]
        case "binary":
            return _binary(node, scope)
    raise NotEvaluated(f"{node.kind} is not evaluated")


def _variable(name: str, scope: _Scope) -> Values:
    if name in ("resource", "context"):
        return [Value(scope.around.resource)]
    if name == "rootResource":
        return [Value(scope.around.root or scope.around.resource)]
    fixed = {"sct": "http://snomed.info/sct", "loinc": "http://loinc.org", "ucum": "http://unitsofmeasure.org"}
    if name in fixed:
        return [Value(fixed[name])]
    raise NotEvaluated(f"%{name} is not known")


def _each(node: Node, values: Values, scope: _Scope) -> Iterator[Values]:
    for index, one in enumerate(values):
        yield _evaluated(node, _Scope([one], index, scope.around))


def _where(node: Node, values: Values, scope: _Scope) -> Values:
    kept = zip(values, _each(node, values, scope), strict=True)
    return [one for one, said in kept if truth_of(said) is True]


def _called(node: Node, scope: _Scope) -> Values:
    values = _evaluated(node.parts[0], scope)
    name, arguments = str(node.value), node.parts[1:]
    if name in _ON_COLLECTIONS:
        return _ON_COLLECTIONS[name](values, arguments, scope)
    if name in ON_ONE:
        if not values:
            return []
        given = [_evaluated(one, scope) for one in arguments]
        if any(not one for one in given):
            return []
        return ON_ONE[name](single(values), [one[0].value for one in given])
    raise NotEvaluated(f"{name}() is not evaluated")


def _exists(values: Values, arguments: Sequence[Node], scope: _Scope) -> Values:
    return [Value(bool(_where(arguments[0], values, scope) if arguments else values))]


def _all(values: Values, arguments: Sequence[Node], scope: _Scope) -> Values:
    return [Value(all(truth_of(said) is True for said in _each(arguments[0], values, scope)))]


def _not(values: Values, _: Sequence[Node], __: _Scope) -> Values:
    truth = truth_of(values)
    return said(None if truth is None else not truth)


def _iif(values: Values, arguments: Sequence[Node], scope: _Scope) -> Values:
    inner = _Scope(values, scope.index, scope.around)
    if truth_of(_evaluated(arguments[0], inner)) is True:
        return _evaluated(arguments[1], inner)
    return _evaluated(arguments[2], inner) if len(arguments) > 2 else []


def _repeat(values: Values, arguments: Sequence[Node], scope: _Scope) -> Values:
    found: Values = []
    waiting = values
    while waiting:
        waiting = [one for said in _each(arguments[0], waiting, scope) for one in said]
        found += waiting
        if len(found) > MOST_NODES:
            raise NotEvaluated("a resource of so many members is not gone through")
    return found


def _select(values: Values, arguments: Sequence[Node], scope: _Scope) -> Values:
    return [one for said in _each(arguments[0], values, scope) for one in said]


def _extension(values: Values, arguments: Sequence[Node], scope: _Scope) -> Values:
    url = text_of(_evaluated(arguments[0], scope))
    held = [one for value in values for one in member_named(value, "extension")]
    return [one for one in held if isinstance(one.value, Mapping) and one.value.get("url") == url]


def _of_type(values: Values, arguments: Sequence[Node], _: _Scope) -> Values:
    return [one for one in values if _is_of(one, str(arguments[0].value))]


def _is(values: Values, arguments: Sequence[Node], _: _Scope) -> Values:
    one = single(values)
    return [] if one is None else [Value(_is_of(one, str(arguments[0].value), is_exact=True))]


def _is_of(one: Value, name: str, *, is_exact: bool = False) -> bool:
    """Whether a value is of a type; texts whose type is not known may be of any type that is written as text."""
    if isinstance(one.value, Mapping) and "resourceType" in one.value:
        return bool(one.value["resourceType"] == name)
    if one.type:
        return one.type == name or one.type == name[:1].lower() + name[1:]
    own = {bool: "boolean", int: "integer", str: "string", Decimal: "decimal"}.get(type(one.value), "")
    wanted = name[:1].lower() + name[1:]
    if isinstance(one.value, str) and not is_exact:
        return wanted in TEXT_TYPES
    if isinstance(one.value, Mapping):
        if is_exact and name[:1].isupper() and name in TYPE_NAMES:
            raise NotEvaluated(f"whether it is of the type {name} is not known")
        return False
    return own == wanted


def _combined(values: Values) -> Values:
    """Each value once."""
    found: Values = []
    for one in values:
        if not any(same(one, other) for other in found):
            found.append(one)
    return found


def _is_distinct(values: Values, _: Sequence[Node], __: _Scope) -> Values:
    texts = [one.value for one in values]
    if all(isinstance(one, str) for one in texts):
        return [Value(len(set(texts)) == len(texts))]
    return [Value(len(_combined(values)) == len(values))]


def _has_value(values: Values, _: Sequence[Node], __: _Scope) -> Values:
    return [Value(len(values) == 1 and values[0].value is not None and not isinstance(values[0].value, Mapping))]


def _member_of(values: Values, arguments: Sequence[Node], scope: _Scope) -> Values:
    one, url = single(values), text_of(_evaluated(arguments[0], scope))
    allowed = scope.around.codes(url) if url else None
    if allowed is None:
        raise NotEvaluated(f"the codes of {url} were not found in the packages")
    if one is None:
        return []
    held = one.value
    codings = held.get("coding", [held]) if isinstance(held, Mapping) else [{"code": held}]
    pairs = [(one.get("system"), one.get("code")) for one in codings if isinstance(one, Mapping)]
    return [Value(any(pair in allowed or (not pair[0] and pair[1] in {code for _, code in allowed}) for pair in pairs))]


def _resolve(values: Values, _: Sequence[Node], scope: _Scope) -> Values:
    """The resources that references lead to, among what is contained and what came along in the bundle.

    A reference to somewhere else is not followed: what it leads to is not known.
    """
    found: Values = []
    for one in values:
        address = one.value.get("reference") if isinstance(one.value, Mapping) else one.value
        if not isinstance(address, str):
            continue  # a reference by an identifier or by words alone leads to no resource
        resource = contained_in(address[1:], scope.around) if address.startswith("#") else scope.around.at(address)
        if resource is not None:
            found.append(Value(resource))
        elif not address.startswith("#"):
            raise NotEvaluated(f"{address[:100]} was not supplied")
    return found


def contained_in(own_id: str, around: Around) -> Any:
    """The resource of this id within the outermost one; that one itself without an id."""
    whole = around.root or around.resource
    held = whole.get("contained") if isinstance(whole, Mapping) else None
    inner = [one for one in held if isinstance(one, Mapping)] if isinstance(held, list) else []
    return next((one for one in inner if one.get("id") == own_id), None) if own_id else whole


def _html_checks(values: Values, _: Sequence[Node], __: _Scope) -> Values:
    return [Value(all(isinstance(one.value, str) and is_basic_html(one.value) for one in values))]


_OnCollections = Callable[[Values, Sequence[Node], _Scope], Values]


_ON_COLLECTIONS: dict[str, _OnCollections] = {
    "exists": _exists,
    "empty": lambda values, _, __: [Value(not values)],
    "not": _not,
    "count": lambda values, _, __: [Value(len(values))],
    "first": lambda values, _, __: values[:1],
    "last": lambda values, _, __: values[-1:],
    "tail": lambda values, _, __: values[1:],
    "single": lambda values, _, __: [one] if (one := single(values)) else [],
    "where": lambda values, arguments, scope: _where(arguments[0], values, scope),
    "select": _select,
    "all": _all,
    "allTrue": lambda values, _, __: [Value(all(one.value is True for one in values))],
    "anyTrue": lambda values, _, __: [Value(any(one.value is True for one in values))],
    "allFalse": lambda values, _, __: [Value(all(one.value is False for one in values))],
    "anyFalse": lambda values, _, __: [Value(any(one.value is False for one in values))],
    "distinct": lambda values, _, __: _combined(values),
    "isDistinct": _is_distinct,
    "repeat": _repeat,
    "children": lambda values, _, __: [inner for one in values for inner in children(one)],
    "descendants": lambda values, _, __: descendants(values),
    "extension": _extension,
    "ofType": _of_type,
    "as": _of_type,
    "is": _is,
    "iif": _iif,
    "trace": lambda values, _, __: values,
    "hasValue": _has_value,
    "getValue": lambda values, _, __: [one for one in values if one.value is not None],
    "memberOf": _member_of,
    "resolve": _resolve,
    "htmlChecks": _html_checks,
    "union": lambda values, arguments, scope: _combined([*values, *_evaluated(arguments[0], scope)]),
}


def _binary(node: Node, scope: _Scope) -> Values:
    operator, (left, right) = str(node.value), node.parts
    if operator in ("and", "or", "implies", "xor"):
        return said(_logical(operator, left, right, scope))
    first = _evaluated(left, scope)
    if operator == "is":
        return _is(first, (right,), scope)
    if operator == "as":
        return _of_type(first, (right,), scope)
    second = _evaluated(right, scope)
    match operator:
        case "|":
            return _combined([*first, *second])
        case "=" | "!=" | "~" | "!~":
            return equal(operator, first, second)
        case "in":
            return said(None if not first else any(same(_one(first), other) for other in second))
        case "contains":
            return said(None if not second else any(same(_one(second), other) for other in first))
        case "&":
            return [Value((text_of(first) or "") + (text_of(second) or ""))]
        case "<" | "<=" | ">" | ">=":
            return said(compared(operator, single(first), single(second)))
    return reckoned(operator, first, second)


def _one(values: Values) -> Value:
    found = single(values)
    assert found is not None
    return found


def _logical(operator: str, left: Node, right: Node, scope: _Scope) -> bool | None:
    """Three-valued logic; the right side is not evaluated where the left one decides."""
    first = truth_of(_evaluated(left, scope))
    decided = {"and": False, "or": True, "implies": False}
    if operator in decided and first is decided[operator]:
        return operator != "and"
    second = truth_of(_evaluated(right, scope))
    match operator:
        case "and":
            return False if second is False else (None if first is None or second is None else True)
        case "or":
            return True if second is True else (None if first is None or second is None else False)
        case "implies":
            return True if second is True else (second if first is True else None)
    return None if first is None or second is None else first != second
