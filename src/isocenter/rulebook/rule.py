"""A rule: one SQL file with a comment header that says what it demands and what follows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from isocenter.errors import BrokenRule
from isocenter.files.structured import why_not_opened
from isocenter.rulebook.files import read_text
from isocenter.rulebook.policy import ALWAYS, GroupRole
from isocenter.rulebook.query import parts_of
from isocenter.rulebook.query_parts import QueryParts
from isocenter.terms.findings import Consequence, SubjectKind

_HEADER_LINE = re.compile(r"-- (\w+):\s+(.*\S)\s*")
_RULE_KEYS = {"title", "requirements", "cites", "judges", "consequence", "remedy"}
_OPTIONAL_KEYS = {
    "asks",
    "carc",
    "rarc",
    "needs",
    "affects",
    "compares",
    "shown_by",
    "formal",
    "spans_courses",
    "rests_on",
    "of_one_day",
    "after_service",
    "fault",
    "valid_from",
    "valid_to",
}
_DERIVED_KEYS = {"uses", "readings"}
_NONE = "none"
_ITSELF = "itself"


@dataclass(frozen=True, slots=True)
class Definition:
    """A named query that several rules of a policy share, such as the lines that deliver IMRT."""

    name: str
    title: str
    valid_from: date
    valid_to: date
    query: str
    path: Path

    @property
    def parts(self) -> QueryParts:
        """What the query reads and says, by its syntax tree; parsed once."""
        return parts_of(self.query)


class Asked(NamedTuple):
    """A kind of document that answers a finding; of lines of a code list alone where one is named."""

    kind: str
    code_list: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand of a policy as a query over the facts.

    `role` is that of its group: whether it decides scope, necessity, or something else;
    `needs` are the fact tables without which it cannot be assessed; `reads` are all fact tables and `readings` all
    readings that it reads, both taken from its query and from the definitions that this reads;
    `compares` says that the rule holds `courses` against each other, so that it runs once over all of them;
    `shown_by` names tables without which it could but ask the same of every subject: a batch leaves it out then;
    `affects` names a definition whose lines inherit the findings about their course; `asks` the kinds of document
    that answer a finding of what is not documented: one, one for each of several code lists, or none where none of
    the policy's kinds does. A formal rule looks for one fault, such as a duplicate or a code no longer in force: a
    line free of it is not thereby to be paid.
    `fault` says in a few words what is wrong where the demand is not met or not documented.
    A rule that spans courses holds a line of one course against another course of the member, such as two deliveries
    on one day: what it refuses stays refused where the course of the line is itself out of scope, unless the policy is
    not for its members, place or days.
    `rests_on` names the code lists, or tables of them, whose lines in the course its refusals rest on, and `itself`
    for the line that is judged: where one of these may be of another course, what would be refused is asked. Of a rule
    that does not say it any line may affect the answer; one that rests on none answers alike in whichever course. A
    rule of one day looks at those of the line's own day. `codes_rested_on` are all codes of these lists.
    The rule of application is the one that policy.toml states: for whose members and on which days the policy applies.
    What is asked for after the service comes with the claim: a request for prior authorization does not wait for it.
    `valid_from` and `valid_to` are the days of service on which the rule, and its policy, are in force.
    """

    policy: str
    group: str
    role: GroupRole
    name: str
    title: str
    requirements: tuple[str, ...]
    cites: str
    judges: SubjectKind
    consequence: Consequence
    remedy: str
    asks: tuple[Asked, ...]
    carc: str
    needs: tuple[str, ...]
    reads: tuple[str, ...]
    readings: tuple[str, ...]
    affects: str
    compares: str
    shown_by: tuple[str, ...]
    query: str
    path: Path
    is_formal: bool = False
    fault: str = ""
    spans_courses: bool = False
    rests_on: tuple[str, ...] | None = None
    codes_rested_on: frozenset[str] = frozenset()
    is_of_one_day: bool = False
    is_after_service: bool = False
    valid_from: date = ALWAYS[0]
    valid_to: date = ALWAYS[1]
    rarc: str = ""
    is_of_application: bool = False

    @property
    def parts(self) -> QueryParts:
        """What the query reads and says, by its syntax tree; parsed once."""
        return parts_of(self.query)

    @property
    def rests_on_itself(self) -> bool:
        """Whether what it refuses rests on the course that the line itself belongs to."""
        return _ITSELF in (self.rests_on or ())

    @property
    def lists_rested_on(self) -> tuple[str, ...]:
        """The code lists, and tables of them, that it rests on."""
        return tuple(name for name in self.rests_on or () if name != _ITSELF)

    @property
    def asks_about_coverage(self) -> bool:
        """Whether it asks if the treatment is covered: if it is necessary, or of the kind that the policy is about."""
        return self.role is GroupRole.NECESSITY or (self.role is GroupRole.SCOPE and not self.is_of_application)

    @property
    def uses(self) -> tuple[str, ...]:
        """The fact tables that it reads when they are supplied, and can do without."""
        return tuple(table for table in self.reads if table not in self.needs)


def read_rule(path: Path, policy: str) -> Rule:
    """Read a rule file; BrokenRule says what its header lacks."""
    header, query = _split(path)
    _expect_keys(path, header, _RULE_KEYS, _OPTIONAL_KEYS, _DERIVED_KEYS)
    _expect_order(path, header)
    try:
        judges = SubjectKind(header["judges"])
        consequence = Consequence(header["consequence"])
    except ValueError as wrong:
        known = f"judges one of {', '.join(SubjectKind)}; consequence one of {', '.join(Consequence)}"
        raise BrokenRule(f"{path.name}: {wrong}; expected {known}") from None
    if header.get("compares", "courses") != "courses":
        raise BrokenRule(f"{path.name}: compares {header['compares']!r}; rules compare courses, or leave the key out")
    if "compares" in header and header.keys() & {"valid_from", "valid_to"}:
        raise BrokenRule(f"{path.name}: a rule that compares courses of many years cannot have its own dates")
    if header.get("formal", "yes") != "yes":
        raise BrokenRule(f"{path.name}: formal {header['formal']!r}; write `formal: yes`, or leave the key out")
    if "rarc" in header and "carc" not in header:
        raise BrokenRule(f"{path.name}: rarc {header['rarc']!r} remarks on a reason code; add carc, or leave it out")
    for key in ("spans_courses", "of_one_day", "after_service"):
        if header.get(key, "yes") != "yes":
            raise BrokenRule(f"{path.name}: write `{key}: yes`, or leave the key out")
    return Rule(
        policy=policy,
        group=path.parent.name,
        role=GroupRole.OTHER,
        name=path.stem,
        title=header["title"],
        requirements=_names(header["requirements"]),
        cites=header["cites"],
        judges=judges,
        consequence=consequence,
        remedy=header["remedy"],
        asks=_asked(path, header.get("asks", "")),
        carc=header.get("carc", ""),
        rarc=header.get("rarc", ""),
        needs=_names(header.get("needs", "")),
        reads=(),
        readings=(),
        affects=header.get("affects", ""),
        compares=header.get("compares", ""),
        shown_by=_names(header.get("shown_by", "")),
        query=_parsed(path, query),
        path=path,
        is_formal="formal" in header,
        fault=header.get("fault", ""),
        spans_courses="spans_courses" in header,
        rests_on=_rests_on(header.get("rests_on", "")),
        is_of_one_day="of_one_day" in header,
        is_after_service="after_service" in header,
        valid_from=_day(path, header, "valid_from", ALWAYS[0]),
        valid_to=_day(path, header, "valid_to", ALWAYS[1]),
    )


def read_definition(path: Path) -> Definition:
    """Read a definition file; BrokenRule says what its header lacks."""
    header, query = _split(path)
    _expect_keys(path, header, {"title"}, {"valid_from", "valid_to"}, _DERIVED_KEYS | {"needs"})
    _expect_order(path, header)
    return Definition(
        name=path.stem,
        title=header["title"],
        valid_from=_day(path, header, "valid_from", ALWAYS[0]),
        valid_to=_day(path, header, "valid_to", ALWAYS[1]),
        query=_parsed(path, query),
        path=path,
    )


def _asked(path: Path, text: str) -> tuple[Asked, ...]:
    """`note`, or `note for list, check for other_list`: a kind of document, or one for each of several code lists."""
    asked = []
    for item in filter(None, map(str.strip, text.split(","))):
        if not (found := re.fullmatch(r"(\w+)(?: for (\w+))?", item)):
            raise BrokenRule(f"{path.name}: asks {item!r}; write a kind of document, or `kind for code_list`")
        asked.append(Asked(found[1], found[2] or ""))
    if len(asked) > 1 and not all(one.code_list for one in asked):
        raise BrokenRule(f"{path.name}: asks {text!r}; where it asks for several kinds, say for which code list each")
    return tuple(asked)


def _rests_on(text: str) -> tuple[str, ...] | None:
    """The names of code lists or tables; none of them where the header says `none`, None where it does not say."""
    return (() if text == _NONE else _names(text)) if text else None


def _day(path: Path, header: Mapping[str, str], key: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(header[key]) if key in header else otherwise
    except ValueError:
        raise BrokenRule(f"{path.name}: {key} is {header[key]!r}; write a day such as 2024-01-31") from None


def _expect_order(path: Path, header: Mapping[str, str]) -> None:
    first, last = _day(path, header, "valid_from", ALWAYS[0]), _day(path, header, "valid_to", ALWAYS[1])
    if last < first:
        raise BrokenRule(f"{path.name}: valid_to {last} comes before valid_from {first}")


def _split(path: Path) -> tuple[dict[str, str], str]:
    try:
        text = read_text(path)
    except UnicodeDecodeError as wrong:
        raise BrokenRule(f"{path}: byte {wrong.start + 1:,} is not a letter in UTF-8; save it as UTF-8") from None
    except OSError as wrong:
        raise BrokenRule(f"{path}: cannot be read: {why_not_opened(wrong)}") from None
    header: dict[str, str] = {}
    lines = text.splitlines()
    end = 0
    for line in lines:
        match = _HEADER_LINE.fullmatch(line)
        if match is None:
            break
        key, value = match.groups()
        if key in header:
            raise BrokenRule(f"{path.name}: the header says {key} twice")
        header[key] = value
        end += 1
    query = "\n".join(lines[end:]).strip()
    if not query:
        raise BrokenRule(f"{path.name}: no query follows the header")
    return header, f"{query}\n"  # a query that ends in a comment swallows nothing of what follows it


def _parsed(path: Path, query: str) -> str:
    """The query, once it is known to be one."""
    try:
        parts_of(query)
    except ValueError as wrong:
        raise BrokenRule(f"{path.name}: the query cannot be parsed: {wrong}") from None
    return query


def _expect_keys(path: Path, header: dict[str, str], needed: set[str], optional: set[str], derived: set[str]) -> None:
    for key in sorted(derived & header.keys()):
        raise BrokenRule(f"{path.name}: the header names {key}, which are derived from the query; delete that line")
    missing = sorted(needed - header.keys())
    if missing:
        raise BrokenRule(f"{path.name}: the header lacks {', '.join(missing)}; write a line `-- {missing[0]}: ...`")
    unknown = sorted(header.keys() - needed - optional)
    if unknown:
        known = ", ".join(sorted(needed | optional))
        raise BrokenRule(f"{path.name}: the header says {unknown[0]!r}, which is not one of {known}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in re.split(r"[,\s]+", text) if name)
