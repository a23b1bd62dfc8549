"""Finds the resources in a file of FHIR JSON: one resource, a bundle, a list of them, or one a line (NDJSON)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown
from isocenter.intake.fhir.entries import why_empty
from isocenter.terms.limits import FHIR_BYTES, FHIR_VALUES, LINE_CHARACTERS, PROBLEMS_OF_A_FILE
from isocenter.terms.problems import Problem, Unread, clause, worded

UTF8_MARK = b"\xef\xbb\xbf"
CONTAINERS = ("Bundle", "Parameters")
NO_RESOURCE = "not a FHIR resource: resourceType is missing"
_DEEPEST = 60
_DEEPEST_VALUE = 100  # objects and lists within one another; what follows them takes a few calls for each
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")

Json = Mapping[str, Any]


class Found(NamedTuple):
    """One resource, where in which file it is, and the address by which others refer to it."""

    resource: Json
    file: str
    place: str
    full_url: str = ""


class RepeatedMember(ValueError):
    """An object of JSON names one member twice."""


def looks_like_fhir(head: bytes) -> bool:
    """Whether a file begins as FHIR JSON does."""
    head = head.removeprefix(UTF8_MARK).lstrip()
    return head[:1] in (b"{", b"[") and b'"resourceType"' in head


def read_resources(path: Path, name: str = "") -> Iterator[Found | Problem]:
    """Every resource of a file with its place, bundles taken apart; a problem for each piece that is not one.

    `name` is what the file is called in problems; its own name where none is given. Numbers are read as int and
    Decimal, so that no digit is lost. Raises UnreadableInput when nothing in the file is a resource of FHIR.
    """
    name = name or shown(path.name)
    yield from _listed(_all_resources(path, name), name)


def _all_resources(path: Path, name: str) -> Iterator[Found | Problem]:
    for place, value in read_whole(path, name):
        if isinstance(value, str):
            yield Unread(name, place, worded("{value}; the line was left out", value=clause(value)))
        else:
            yield from _resources_of(value, place, name)


def _listed(found: Iterable[Found | Problem], name: str) -> Iterator[Found | Problem]:
    """What was found, and of a flood of problems the first, with how many more there are."""
    more, last = -PROBLEMS_OF_A_FILE.most, ""
    for one in found:
        if isinstance(one, Problem):
            more += 1
            if more > 0:
                last = one.place
                continue
        yield one
    if more > 0:
        sentence = "{more} more pieces were left out, this one the last; correct the {listed} named before it"
        yield Unread(name, last, worded(sentence, more=f"{more:,}", listed=f"{PROBLEMS_OF_A_FILE.most:,}"))


def read_whole(path: Path, name: str = "") -> Iterator[tuple[str, Any]]:
    """What a file of FHIR JSON holds, bundles as they are: one document, or one a line, each with its place.

    A text in place of an object says why a line is not one. Raises UnreadableInput when nothing in the file is JSON.
    """
    name = name or shown(path.name)
    text = _text_of(path, name)
    whole = _parsed(text)
    if not isinstance(whole, _Wrong):
        yield "", whole
        return
    found = list(_lines(text, name))
    if all(isinstance(value, str) for _, value in found):
        raise UnreadableInput(f"{name}: {whole.sentence}; expected FHIR R4 as JSON")
    yield from found


def _text_of(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(FHIR_BYTES.most + 1)
    except OSError as wrong:
        raise UnreadableInput(f"{name}: cannot be read ({wrong.strerror})") from None
    FHIR_BYTES.refuse_beyond(len(data), name)
    FHIR_VALUES.refuse_beyond(sum(map(data.count, (b",", b"{", b"["))), name)
    try:
        return data.removeprefix(UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise UnreadableInput(f"{name}: byte {wrong.start} is not UTF-8; FHIR is written in UTF-8") from None


def parse_object(data: bytes) -> dict[str, Any] | str:
    """The object that a JSON text holds, or the sentence that says why it does not."""
    try:
        parsed = _parsed(data.removeprefix(UTF8_MARK).decode("utf-8"))
    except UnicodeDecodeError as wrong:
        return f"byte {wrong.start} is not UTF-8"
    if isinstance(parsed, _Wrong):
        return parsed.sentence
    return parsed if isinstance(parsed, dict) else "an object of JSON is expected"


class _Wrong(NamedTuple):
    sentence: str


def _parsed(text: str, *, is_line: bool = False) -> Any:
    """What a JSON text holds, or what is wrong with it; of a line of NDJSON its place says the number."""
    try:
        found = json.loads(text, parse_float=Decimal, object_pairs_hook=_object, parse_constant=_no_number)
        if _HALF_CHARACTER.search(text):
            json.dumps(found, ensure_ascii=False, default=str).encode()
        return found if _is_shallow(found) else _Wrong(f"nested more than {_DEEPEST_VALUE} deep")
    except UnicodeEncodeError:
        return _Wrong("a \\u escape is half of a character (a lone surrogate), which is not a text")
    except json.JSONDecodeError as wrong:
        line = "" if is_line else f"line {wrong.lineno}, "
        return _Wrong(f"{line}column {wrong.colno}: not JSON ({wrong.msg})")
    except RepeatedMember as wrong:
        return _Wrong(str(wrong))
    except (RecursionError, ValueError) as wrong:
        reason = "nested too deep" if isinstance(wrong, RecursionError) else "a number has thousands of digits"
        return _Wrong(f"not JSON that can be read ({reason})")


def _is_shallow(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST_VALUE):
        if not level:
            return True
        within = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for held in within for one in held if isinstance(one, dict | list)]
    return not level


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RepeatedMember(f"the member {shown(twice)!r} appears twice in one object; keep the one that counts")
    return members


def _no_number(text: str) -> Any:
    raise json.JSONDecodeError(f"{text} is no number of JSON", text, 0)


def resources_of_line(line: str, place: str, name: str) -> Iterator[Found | Problem]:
    """The resources of one line of NDJSON."""
    parsed = _parsed(line, is_line=True)
    if isinstance(parsed, _Wrong):
        yield Unread(name, place, worded("{sentence}; the line was left out", sentence=clause(parsed.sentence)))
    else:
        yield from _listed(_resources_of(parsed, place, name), name)


def _lines(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """What the lines of NDJSON hold, each with the number of its line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        LINE_CHARACTERS.refuse_beyond(len(line), name)
        parsed = _parsed(line, is_line=True)
        if isinstance(parsed, str):
            parsed = _Wrong(NO_RESOURCE)
        yield f"line {number}", parsed.sentence if isinstance(parsed, _Wrong) else parsed


def _resources_of(value: Any, place: str, name: str, full_url: str = "", depth: int = 0) -> Iterator[Found | Problem]:
    if depth > _DEEPEST:
        yield Unread(
            name,
            place,
            worded("bundles are nested more than {deepest} deep; the inner ones were left out", deepest=_DEEPEST),
        )
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _resources_of(item, f"{place}[{number}]", name, depth=depth + 1)
    elif not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        yield Unread(name, place, f"{NO_RESOURCE}; it was left out")
    elif value["resourceType"] in CONTAINERS:
        yield from _parts(value, place, name, depth)
    else:
        kind, own = value["resourceType"], value.get("id")
        label = f"{kind}/{own}" if isinstance(own, str) and own else kind
        yield Found(value, name, f"{place} {label}".strip(), full_url)


def _parts(container: dict[str, Any], place: str, name: str, depth: int) -> Iterator[Found | Problem]:
    """The resources that a bundle, or the parameters of an operation, carry."""
    member = "entry" if container["resourceType"] == "Bundle" else "parameter"
    entries = container.get(member, [])
    where = f"{place} {container['resourceType']}".strip()
    if "signature" in container:
        yield Found(container, name, where)  # who signed a bundle is read once what it holds is known
    elif "link" in container and member == "entry":
        yield Found({"resourceType": "Bundle", "link": container["link"]}, name, where)  # its pages
    yield from _entries(entries, f"{where}.{member}", name, depth)


def _entries(entries: Any, where: str, name: str, depth: int) -> Iterator[Found | Problem]:
    if not isinstance(entries, list):
        yield Unread(name, where, "expected a list; what it holds was left out")
        return
    for number, entry in enumerate(entries):
        at = f"{where}[{number}]"
        if not isinstance(entry, dict):
            yield Unread(name, at, "expected an object; it was left out")
        elif "resource" in entry:
            address = entry.get("fullUrl", "")
            yield from _resources_of(
                entry["resource"], at, name, address if isinstance(address, str) else "", depth + 1
            )
        elif "part" in entry:
            yield from _entries(entry["part"], f"{at}.part", name, depth + 1)
        elif where.endswith(".entry"):
            yield Unread(name, at, why_empty(entry))
