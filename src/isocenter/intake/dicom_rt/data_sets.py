"""What is asked of a DICOM data set, whoever reads it: elements by tag, read when they are asked for."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Dataset(ABC):
    """The elements of an object or of an item of a sequence."""

    transfer_syntax: str

    @abstractmethod
    def tags(self) -> Iterable[int]:
        """The tags of the elements."""

    @abstractmethod
    def raw(self, tag: int) -> bytes:
        """The bytes of an element of text, as they are padded; empty where it is absent."""

    @abstractmethod
    def decoded(self, tag: int) -> str:
        """An element of text in its character set; LookupError, UnicodeError or ValueError where that fails."""

    @abstractmethod
    def short(self, tag: int) -> int | None:
        """A binary whole number; None where it is absent or no single one."""

    @abstractmethod
    def items(self, tag: int) -> "Sequence[Dataset] | None":
        """The items of a sequence, empty where it is absent; None where the element is not a sequence."""

    @abstractmethod
    def raw_items(self, tag: int, wanted: tuple[int, ...]) -> list[tuple[bytes, ...]]:
        """The bytes of the wanted elements of text of each item of a sequence, unpadded."""

    @abstractmethod
    def pixels(self) -> bytes | memoryview:
        """The pixels as they are stored, native or encapsulated; empty where there are none."""

    def misplaced(self) -> Sequence[int]:
        """The tags of elements, as far as they were read, that stand twice in a data set or out of their order."""
        return ()

    @abstractmethod
    def as_pydicom(self) -> Any:
        """The whole object as pydicom reads it."""


class JoinedDataset(Dataset):
    """Elements of several data sets as if they were one's: of each tag, the data set that holds it."""

    def __init__(self, holders: Mapping[int, Dataset]) -> None:
        self._holders = holders
        self.transfer_syntax = ""

    def tags(self) -> Iterable[int]:
        """The tags of the elements."""
        return self._holders.keys()

    def raw(self, tag: int) -> bytes:
        """The bytes of an element of text, as they are padded; empty where it is absent."""
        return self._holders[tag].raw(tag) if tag in self._holders else b""

    def decoded(self, tag: int) -> str:
        """An element of text in its character set; LookupError, UnicodeError or ValueError where that fails."""
        return self._holders[tag].decoded(tag)

    def short(self, tag: int) -> int | None:
        """A binary whole number; None where it is absent or no single one."""
        return self._holders[tag].short(tag) if tag in self._holders else None

    def items(self, tag: int) -> Sequence[Dataset] | None:
        """The items of a sequence, empty where it is absent; None where the element is not a sequence."""
        return self._holders[tag].items(tag) if tag in self._holders else ()

    def raw_items(self, tag: int, wanted: tuple[int, ...]) -> list[tuple[bytes, ...]]:
        """The bytes of the wanted elements of text of each item of a sequence, unpadded."""
        return self._holders[tag].raw_items(tag, wanted) if tag in self._holders else []

    def pixels(self) -> bytes | memoryview:
        """No pixels: those of the frames lie together in the whole object."""
        return b""

    def as_pydicom(self) -> Any:
        """The whole object of the first data set, as pydicom reads it."""
        return next(iter(self._holders.values())).as_pydicom()
