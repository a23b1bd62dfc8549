"""Holds rows against the words of a policy: document kinds, their elements, procedure codes."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from isocenter.rulebook.rulebook import Rulebook
from isocenter.terms.chart import Document, DocumentElement
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem
from isocenter.terms.tables import FactRow

# CPT and HCPCS codes: five digits, four digits and a letter, or a letter and four digits.
_CODE = re.compile(r"\d{5}|\d{4}[A-Z]|[A-Z]\d{4}")


def sort_out(rows: Iterable[FactRow], rulebooks: Sequence[Rulebook]) -> tuple[list[FactRow], list[Problem]]:
    """The rows whose words the policies know, and a problem for each other one."""
    rows = list(rows)
    kept: list[FactRow] = []
    problems: list[Problem] = []
    elements = _elements_by_kind(rulebooks)
    kinds = {row.document_id: row.kind for row in rows if isinstance(row, Document)}
    unknown_codes: Counter[str] = Counter()
    known_codes = {code.code for rulebook in rulebooks for code in rulebook.codes}
    for row in rows:
        wrong = ""
        match row:
            case Document():
                wrong = _wrong_kind(row, elements)
            case DocumentElement():
                wrong = _wrong_element(row, kinds, elements)
            case ClaimLine():
                wrong = _wrong_code(row)
                if not wrong and row.procedure_code not in known_codes:
                    unknown_codes[row.procedure_code] += 1
        if wrong:
            problems.append(Problem("", _place(row), f"{wrong}; it was left out"))
        else:
            kept.append(row)
    for code, lines in sorted(unknown_codes.items()):
        kept_lines = f"{lines} claim line{'s were' if lines > 1 else ' was'}"
        sentence = f"no rule covers this code; {kept_lines} kept but not judged"
        problems.append(Problem("", f"procedure code {code}", sentence))
    return kept, problems


def _elements_by_kind(rulebooks: Sequence[Rulebook]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for rulebook in rulebooks:
        for entry in rulebook.documents:
            found.setdefault(entry.kind, set()).add(entry.element)
    return found


def _wrong_kind(document: Document, elements: dict[str, set[str]]) -> str:
    if document.kind in elements:
        return ""
    return f"{document.kind!r} is no kind of document; {_known(document.kind, sorted(elements))}"


def _wrong_element(row: DocumentElement, kinds: dict[str, str], elements: dict[str, set[str]]) -> str:
    kind = kinds.get(row.document_id)
    if kind is None:
        return f"element {row.element!r} belongs to a document that is not among the documents"
    if kind not in elements or row.element in elements[kind]:
        return ""
    return f"{row.element!r} is no element of a {kind}; {_known(row.element, sorted(elements[kind]))}"


def _wrong_code(line: ClaimLine) -> str:
    if _CODE.fullmatch(line.procedure_code):
        return ""
    return f"{line.procedure_code!r} has not the form of a procedure code (such as 77301 or G6015)"


def _known(word: str, words: list[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}known are {', '.join(words)}"


def _place(row: FactRow) -> str:
    if isinstance(row, ClaimLine):
        return f"claim line {row.claim_line_id}"
    return f"document {row[0]}"
