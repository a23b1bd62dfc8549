"""A paper of a chart: its type, its lines, its state and its title."""

from dataclasses import dataclass, field

from isocenter.chart.grammar.grammar import PaperType
from isocenter.chart.pages.blocks import Line


@dataclass
class Paper:
    """One paper: its type, lines, state and title; `parent` is the paper that an addendum adds to."""

    type: PaperType | None
    title: str
    lines: list[Line] = field(default_factory=list)
    state: str = ""
    parent: "Paper | None" = None
    sections: list[PaperType] = field(default_factory=list)
    is_part: bool = False  # a dated part of a sheet whose title says less of it than what it states
    void: frozenset[int] = (
        frozenset()
    )  # lines, counted from 0, of an order or a row that the paper calls void, or added unsigned

    def part(self, lines: list[Line], title: str | None = None) -> "Paper":
        """A paper of the same type with some of its lines, under its own title or another one."""
        own = self.title if title is None else title
        return Paper(self.type, own, lines, parent=self.parent, sections=self.sections)

    @property
    def lines_in_force(self) -> list[Line]:
        """The lines without those that the paper calls void."""
        return [line for at, line in enumerate(self.lines) if at not in self.void]

    @property
    def pages(self) -> list[int]:
        """The pages on which it lies."""
        return sorted({line.page for line in self.lines})
