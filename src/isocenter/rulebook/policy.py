"""What policy.toml states: whom and when the policy is for, its groups of rules, and how reports show a course."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from isocenter.errors import BrokenRule
from isocenter.rulebook.files import as_written

ALWAYS = (date(1900, 1, 1), date(9999, 12, 31))
_NEEDED = ("name", "title", "line_of_business", "valid_from")
_KNOWN = {
    *_NEEDED, "jurisdiction", "valid_to", "lineage", "citation", "extends", "leaves_out", "groups", "lanes",
    "course_roles", "scope", "necessity",
}  # fmt: skip


class GroupRole(StrEnum):
    """What the rules of a group decide."""

    SCOPE = "scope"  # whether the policy applies to the course at all
    NECESSITY = "necessity"  # whether the treatment is medically necessary
    RECORD = "record"  # what the record of the treatment has to show, with the claim
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Group:
    """One group of rules: the folder they lie in, its title, and what it decides."""

    name: str
    title: str
    role: GroupRole
    has_own_title: bool = True  # otherwise it has the name of its folder


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane of the timeline of a course: the services of some code lists."""

    title: str
    code_lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourseRoles:
    """Code lists by what their services show of a course of therapy.

    A course was both planned and delivered; codes of the lists in `no_course` make none by themselves, and those of
    `other_techniques` plan or accompany courses that the policy is not about.
    """

    plans: tuple[str, ...] = ()
    delivers: tuple[str, ...] = ()
    no_course: tuple[str, ...] = ()
    other_techniques: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeCitation:
    """What the demand that the policy be in force for the course rests on."""

    cites: str = ""
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """policy.toml, parsed; '' for a jurisdiction means any, and `valid_to` is the last day of all where it is open."""

    name: str
    title: str
    line_of_business: str
    jurisdiction: str
    valid_from: date
    valid_to: date
    lineage: str
    citation: str
    extends: str
    leaves_out: tuple[str, ...]  # paths in the policy it extends, without their endings
    groups: tuple[Group, ...]
    lanes: tuple[Lane, ...]
    course_roles: CourseRoles
    scope: ScopeCitation
    necessity_requirement: str  # the demand that some reason for the treatment is documented


def parse_policy(about: Mapping[str, Any]) -> Policy:
    """The policy that policy.toml states; BrokenRule names the key that is missing, unknown or of another type."""
    for key in _NEEDED:
        if key not in about:
            raise BrokenRule(f"policy.toml: {key} is missing")
    unknown = sorted(about.keys() - _KNOWN)
    if unknown:
        raise BrokenRule(f"policy.toml says {unknown[0]!r}, which is not one of {', '.join(sorted(_KNOWN))}")
    name = _text(about, "name")
    if not name.isidentifier() or name != name.lower():
        raise BrokenRule(f"policy.toml: the name {name!r} must be lower-case letters, digits and underscores")
    valid_from, valid_to = _day(about, "valid_from", ALWAYS[0]), _day(about, "valid_to", ALWAYS[1])
    if valid_to < valid_from:
        raise BrokenRule(f"policy.toml: valid_to {valid_to} comes before valid_from {valid_from}")
    return Policy(
        name=name,
        title=_text(about, "title"),
        line_of_business=_word(about, "line_of_business"),
        jurisdiction=_word(about, "jurisdiction"),
        valid_from=valid_from,
        valid_to=valid_to,
        lineage=_text(about, "lineage"),
        citation=_text(about, "citation"),
        extends=_text(about, "extends"),
        leaves_out=_texts(about, "leaves_out"),
        groups=_groups(about),
        lanes=tuple(Lane(_text(entry, "title"), _texts(entry, "code_lists")) for entry in _tables(about, "lanes")),
        course_roles=_course_roles(_table(about, "course_roles")),
        scope=_scope(_table(about, "scope")),
        necessity_requirement=_text(_table(about, "necessity"), "requirement"),
    )


def _groups(about: Mapping[str, Any]) -> tuple[Group, ...]:
    groups = tuple(_group(entry) for entry in _tables(about, "groups"))
    named = [group.name for group in groups]
    if twice := next((name for name in named if named.count(name) > 1), ""):
        raise BrokenRule(f"policy.toml: the group {twice!r} appears twice; write it once, with one title and one role")
    return groups


def _group(entry: Mapping[str, Any]) -> Group:
    name = _text(entry, "name")
    role = _text(entry, "role") or "other"
    if role not in list(GroupRole):
        raise BrokenRule(f"policy.toml: group {name} has the role {role!r}; known are {', '.join(GroupRole)}")
    title = _text(entry, "title")
    return Group(name, title or _as_title(name), GroupRole(role), bool(title))


def undeclared_group(name: str, role: GroupRole) -> Group:
    """A group of which policy.toml says nothing."""
    return Group(name, _as_title(name), role)


def _as_title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _course_roles(entry: Mapping[str, Any]) -> CourseRoles:
    return CourseRoles(*(_texts(entry, name) for name in ("plans", "delivers", "no_course", "other_techniques")))


def _scope(entry: Mapping[str, Any]) -> ScopeCitation:
    return ScopeCitation(_text(entry, "cites"), _texts(entry, "requirements"))


def _text(about: Mapping[str, Any], key: str) -> str:
    found = about.get(key, "")
    if not isinstance(found, str):
        raise BrokenRule(f"policy.toml: {key} is {as_written(found)}; expected a text in quotes")
    return found


def _word(about: Mapping[str, Any], key: str) -> str:
    found = _text(about, key)
    if found and not found.replace("_", "").replace("-", "").isalnum():
        raise BrokenRule(f"policy.toml: {key} is {as_written(found)}; expected one word, such as medicare or FL")
    return found


def _texts(about: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = about.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BrokenRule(f"policy.toml: {key} is {as_written(found)}; expected a list of texts in quotes")
    return tuple(found)


def _tables(about: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = about.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BrokenRule(f"policy.toml: {key} is {as_written(found)}; write [[{key}]] once for each")
    return found


def _table(about: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = about.get(key, {})
    if not isinstance(found, dict):
        raise BrokenRule(f"policy.toml: {key} is {as_written(found)}; write [{key}]")
    return found


def _day(about: Mapping[str, Any], key: str, otherwise: date) -> date:
    found = about.get(key, otherwise)
    if type(found) is not date:
        raise BrokenRule(f"policy.toml: {key} is {as_written(found)}; write a day such as 2024-01-31, without quotes")
    return found
