"""Closed lists: values as the database keeps them, each with the label that people read."""

from enum import StrEnum
from typing import Self


class Choices(StrEnum):
    """A closed list; a member is written as its value and its label."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """A member is its value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Values with their labels, as fields and forms take them."""
        return [(member.value, member.label) for member in cls]

    @classmethod
    def values(cls) -> list[str]:
        """The values."""
        return [member.value for member in cls]
