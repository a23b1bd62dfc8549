"""Charts for tests, written as lines of text and read like pages."""

from pathlib import Path

from isocenter.chart.abstract import abstract, abstract_pages
from isocenter.chart.abstraction import Abstraction, ChartDocument
from isocenter.chart.grammar.grammar import Grammar
from isocenter.phantoms.chart_pages import write_chart
from isocenter.rulebook.rulebook import load_policy
from tests.chart.marked_papers import page_of

POLICY = load_policy("imrt").folder


def read_pages_of(
    folder: Path, *pages: str, scanned: tuple[int, ...] = (), policy_folder: Path = POLICY
) -> Abstraction:
    """What a chart of these pages states."""
    file = folder / "chart.pdf"
    write_chart(file, pages, scanned)
    return abstract([(file, file.name)], policy_folder, processes=1)


def read(grammar: Grammar, *pages: str, folder: Path = POLICY) -> Abstraction:
    """What pages of these lines state, without a file."""
    return abstract_pages([page_of(page, number) for number, page in enumerate(pages, 1)], grammar, folder)


def kinds_and_days(found: Abstraction) -> list[tuple[str, str]]:
    """The documents in the order of the pages, each with its day."""
    return [(one.kind, str(one.document_date)) for one in found.documents]


def document_of(found: Abstraction, kind: str) -> ChartDocument:
    """The one document of a kind."""
    (document,) = [document for document in found.documents if document.kind == kind]
    return document


def elements_of(found: Abstraction, kind: str) -> set[str]:
    """The elements that the one document of a kind states."""
    return {element.element for element in document_of(found, kind).elements}
