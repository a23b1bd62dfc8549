"""Parses expressions of FHIRPath into trees: the whole grammar of operators, calls, indexes and literals.

Source: HL7 FHIRPath N1 (2.0.0), grammar and precedence.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from isocenter.errors import UnreadableInput

_TOKEN = re.compile(
    r"""\s+ | //[^\n]* | /\*.*?\*/
      | (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<date>@[\dT:.+Z-]+)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_]\w* | `(?:[^`\\]|\\.)*`)
      | (?P<special>\$\w+ | %(?:[\w-]+ | `[^`]*` | '[^']*'))
      | (?P<symbol><= | >= | != | !~ | [-+*/&|.,()\[\]{}=~<>])
      | (?P<wrong>.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
# Binary operators from the loosest to the tightest.
_LEVELS = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "~", "!=", "!~"),
    ("<=", "<", ">", ">="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)
_OF_TYPES = _LEVELS.index(("is", "as"))
_DEEPEST = 60


class Node(NamedTuple):
    """One operation: what it does, its name or value, and what it is done to."""

    kind: str  # literal, empty, this, index_of, variable, member, call, index, binary, sign, type
    value: object = None
    parts: tuple["Node", ...] = ()


class _Token(NamedTuple):
    kind: str
    text: str


@lru_cache(maxsize=4096)
def parsed(expression: str) -> Node:
    """The tree of an expression; UnreadableInput where it is malformed."""
    return _Parser(expression).whole()


def _tokens(expression: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(expression):
        kind = match.lastgroup
        if kind == "wrong":
            raise UnreadableInput(f"FHIRPath, character {match.start() + 1}: {match.group()!r} is not expected")
        if kind:
            found.append(_Token(kind, match.group()))
    return found


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group(1)), text[1:-1])


class _Parser:
    def __init__(self, expression: str) -> None:
        self._tokens = _tokens(expression)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """Everything that the text holds."""
        node = self._binary(0)
        if self._at < len(self._tokens):
            raise UnreadableInput(f"FHIRPath: {self._tokens[self._at].text!r} is not expected")
        return node

    def _next_is(self, *texts: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text in texts

    def _take(self) -> _Token:
        if self._at >= len(self._tokens):
            raise UnreadableInput("FHIRPath: the expression ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, text: str) -> None:
        found = self._take()
        if found.text != text:
            raise UnreadableInput(f"FHIRPath: {text!r} is expected, found {found.text!r}")

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._signed()
        left = self._binary(level + 1)
        while self._next_is(*_LEVELS[level]):
            operator = self._take().text
            right = self._type() if level == _OF_TYPES else self._binary(level + 1)
            left = Node("binary", operator, (left, right))
        return left

    def _type(self) -> Node:
        name = self._take().text
        while self._next_is("."):
            self._take()
            name = self._take().text
        return Node("type", name.strip("`"))

    def _signed(self) -> Node:
        if self._next_is("-", "+"):
            sign = self._take().text
            return Node("sign", sign, (self._signed(),))
        return self._path()

    def _path(self) -> Node:
        node = self._term()
        while self._next_is(".", "["):
            if self._take().text == ".":
                node = self._invoked(node)
            else:
                node = Node("index", None, (node, self._binary(0)))
                self._expect("]")
        return node

    def _term(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableInput("FHIRPath: nested too deep")
        try:
            return self._inner_term()
        finally:
            self._depth -= 1

    def _inner_term(self) -> Node:
        token = self._take()
        match token.kind:
            case "string":
                return Node("literal", _unquoted(token.text))
            case "number":
                return Node("literal", Decimal(token.text) if "." in token.text else int(token.text))
            case "date":
                return Node("literal", token.text[1:])
            case "special":
                return self._special(token.text)
            case "name" if token.text in ("true", "false"):
                return Node("literal", token.text == "true")
            case "name":
                self._at -= 1
                return self._invoked(Node("this"))
        if token.text == "(":
            node = self._binary(0)
            self._expect(")")
            return node
        if token.text == "{":
            self._expect("}")
            return Node("empty")
        raise UnreadableInput(f"FHIRPath: {token.text!r} is not expected")

    @staticmethod
    def _special(text: str) -> Node:
        if text.startswith("%"):
            return Node("variable", text[1:].strip("`'"))
        if text in ("$this", "$index"):
            return Node("this" if text == "$this" else "index_of")
        raise UnreadableInput(f"FHIRPath: {text} is not supported")

    def _invoked(self, on: Node) -> Node:
        """A member, or a call with its arguments; the first part of either is what it is asked of."""
        token = self._take()
        if token.kind == "special":
            return self._special(token.text)
        if token.kind != "name":
            raise UnreadableInput(f"FHIRPath: a name is expected, found {token.text!r}")
        name = _unquoted(token.text) if token.text.startswith("`") else token.text
        if not self._next_is("("):
            return Node("member", name, (on,))
        self._take()
        arguments: list[Node] = []
        while not self._next_is(")"):
            arguments.append(self._type() if name in ("is", "as", "ofType") else self._binary(0))
            if not self._next_is(")"):
                self._expect(",")
        self._take()
        return Node("call", name, (on, *arguments))
