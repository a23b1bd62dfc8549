"""Charts for tests, written as lines of text and read like pages."""

from pathlib import Path

from isocenter.chart.abstract import abstract
from isocenter.chart.abstraction import Abstraction, ChartDocument
from isocenter.phantoms.chart_pages import write_chart
from isocenter.rulebook.rulebook import load_policy

POLICY = load_policy("imrt").folder


def read_pages_of(folder: Path, *pages: str, scanned: tuple[int, ...] = ()) -> Abstraction:
    """What a chart of these pages states."""
    file = folder / "chart.pdf"
    write_chart(file, pages, scanned)
    return abstract([(file, file.name)], POLICY, processes=1)


def document_of(found: Abstraction, kind: str) -> ChartDocument:
    """The one document of a kind."""
    (document,) = [document for document in found.documents if document.kind == kind]
    return document


def elements_of(found: Abstraction, kind: str) -> set[str]:
    """The elements that the one document of a kind states."""
    return {element.element for element in document_of(found, kind).elements}
