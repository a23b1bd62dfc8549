"""The rows of a policy folder: codes, requirements, what documents state, and the conditions of necessity."""

from dataclasses import dataclass
from datetime import date

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]  # header, rows


@dataclass(frozen=True, slots=True)
class Code:
    """One procedure code as a member of a code list, with the days on which it belongs there."""

    code_list: str
    code: str
    label: str
    valid_from: date
    valid_to: date
    source: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One demand of the policy text, in our own words."""

    id: str
    section: str
    codes: str
    kind: str
    requirement: str


@dataclass(frozen=True, slots=True)
class DocumentElementKind:
    """One thing that a kind of document may state, and the requirement that asks for it."""

    kind: str
    element: str
    requirement: str
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One reason of which a documented one is enough: the element that states it, its requirement and its label."""

    name: str
    requirement: str
    label: str
