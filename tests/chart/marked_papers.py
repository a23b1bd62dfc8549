"""Papers of made-up practices with marks of what each line states: read, and compared with what was found.

`@chart NAME` begins a chart, `@page` a page, `@doc KIND... DATE` the documents that the lines below belong to (`none`
where they are none of the list). In a line, `{{element}}` says that it states an element and `{{sig ROLE DATE}}` that
it is a signature; `{{-element}}` and `{{-sig ROLE}}` that it only seems to; `?` before a name leaves it open.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from isocenter.chart.abstract import abstract_pages
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.pages.layout import Box, Word, rows_in_reading_order
from isocenter.chart.pages.pages import Page, ReadBy
from isocenter.rulebook.rulebook import Rulebook

_MARK = re.compile(r"\s*\{\{(.*?)\}\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d|-")


@dataclass
class MarkedChart:
    """A chart as pages of text, with its marks: (page, kind, element) and (page, role, day)."""

    name: str
    pages: list[str] = field(default_factory=list)
    states: set[tuple[int, str, str]] = field(default_factory=set)
    seems: set[tuple[int, str, str]] = field(default_factory=set)
    open: set[tuple[int, str, str]] = field(default_factory=set)
    signed: set[tuple[int, str, str]] = field(default_factory=set)
    seems_signed: set[tuple[int, str]] = field(default_factory=set)


@dataclass
class Compared:
    """How many were stated, found and right; and the traps that were taken, to look at."""

    right: int = 0
    found: int = 0
    stated: int = 0
    taken: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / max(self.found, 1)

    @property
    def recall(self) -> float:
        """Share of what is stated that was found."""
        return self.right / max(self.stated, 1)


def marked_charts(path: Path, rulebook: Rulebook) -> Iterator[MarkedChart]:
    """The charts of a file of marked papers."""
    elements = defaultdict(set)
    for entry in rulebook.documents:
        elements[entry.kind].add(entry.element)
    for block in re.split(r"^@chart ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        chart = MarkedChart(name.strip())
        kinds: list[str] = []
        for number, page in enumerate(re.split(r"^@page.*\n", rest, flags=re.MULTILINE)[1:], start=1):
            lines = []
            for line in page.rstrip().split("\n"):
                if line.startswith("@doc "):
                    kinds = [word.lstrip("?") for word in line.split()[1:] if not _DAY.fullmatch(word)]
                    continue
                if line.startswith("@foreign"):  # a page of another patient, on which nothing counts
                    kinds = []
                    continue
                for mark in _MARK.findall(line):
                    _keep(chart, number, kinds, elements, mark.strip())
                lines.append(_MARK.sub("", line))
            chart.pages.append("\n".join(lines))
        yield chart


def _keep(chart: MarkedChart, page: int, kinds: list[str], elements: dict[str, set[str]], mark: str) -> None:
    denied, bare = mark.startswith("-"), mark.lstrip("-?")
    name, *rest = bare.split()
    if name == "sig" and denied:
        chart.seems_signed.add((page, rest[0]))
    elif name == "sig":
        (chart.open if mark.startswith("?") else chart.signed).add((page, rest[0], rest[1]))
    else:
        kind, _, element = name.rpartition(".")
        for home in [kind] if kind else [k for k in kinds if element in elements[k]]:
            if element in elements[home]:
                (chart.seems if denied else chart.open if mark.startswith("?") else chart.states).add(
                    (page, home, element)
                )


def page_of(text: str, number: int) -> Page:
    """A page of text as a printer lays it out: `# ` heads, `| ` between cells."""
    words, base = [], 60.0
    for line in text.split("\n"):
        head = line.startswith("# ")
        size = 13.0 if head else 10.0
        cells = [c.strip() for c in line.strip("| ").split("|")] if line.startswith("| ") else [line.lstrip("# ")]
        for at, cell in enumerate(cells):
            left = 50.0 + at * 512.0 / len(cells)
            for word in re.finditer(r"\S+", cell):
                start = left + word.start() * 0.47 * size
                box = Box(start, base - 0.75 * size, start + 0.47 * size * len(word.group()), base + 0.22 * size)
                words.append(Word(word.group(), box, size, bold=head))
        base += 28.0 if head else 16.5
    return Page("chart.pdf", number, 612.0, 792.0, rows_in_reading_order(words), ReadBy.TEXT)


def found_in(chart: MarkedChart, grammar: Grammar, rulebook: Rulebook) -> Abstraction:
    """What is read of a marked chart."""
    return abstract_pages([page_of(text, n) for n, text in enumerate(chart.pages, 1)], grammar, rulebook.folder)


def compare(charts: list[tuple[MarkedChart, Abstraction]]) -> tuple[Compared, Compared]:
    """Elements and signatures that were found, beside those that the marks name."""
    elements, signatures = Compared(), Compared()
    for chart, found in charts:
        stated = {(e.cited.page, d.kind, e.element) for d in found.documents for e in d.elements} - chart.open
        signed = {(s.cited.page, s.role, str(s.signed_on or "-")) for d in found.documents for s in d.signatures}
        signed = {
            (p, r.replace("treating_physician", "radiation_oncologist"), day) for p, r, day in signed
        } - chart.open
        for tally, said, true in ((elements, stated, chart.states), (signatures, signed, chart.signed)):
            tally.right += len(said & true)
            tally.found += len(said)
            tally.stated += len(true)
        elements.taken += [f"{chart.name}: {trap}" for trap in sorted((stated - chart.states) & chart.seems)]
        roles = {(page, role) for page, role, _ in signed - chart.signed}
        signatures.taken += [f"{chart.name}: {trap}" for trap in sorted(roles & chart.seems_signed)]
    return elements, signatures
