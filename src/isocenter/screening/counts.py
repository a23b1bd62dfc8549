"""Counts of what became of the lines that came in."""

from dataclasses import dataclass


@dataclass(slots=True)
class LineCounts:
    """What became of the lines that came in: each is kept, of a service that no rule covers, left out, or rejected."""

    read: int = 0
    kept: int = 0
    other: int = 0
    rejected: int = 0
    left_out: int = 0  # by the mapping, or as an earlier version or what bills nothing any more
    files_unread: int = 0  # of claims, or not to the end; what was not read of them is none of these

    @property
    def adds_up(self) -> bool:
        """Whether every line that was read is one of the others."""
        return self.read == self.kept + self.other + self.rejected + self.left_out

    def add(self, more: "LineCounts") -> None:
        """Add the counts of another source."""
        self.read += more.read
        self.kept += more.kept
        self.other += more.other
        self.rejected += more.rejected
        self.left_out += more.left_out
        self.files_unread += more.files_unread
