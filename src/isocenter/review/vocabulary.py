"""Holds rows against the words of a policy: document kinds, their elements, procedure codes."""

import difflib
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from isocenter.facts.schema import Column, tables
from isocenter.review.diagnosed import INCOMPLETE, incomplete_codes
from isocenter.review.stated import (
    refers_back,
    why_no_diagnosis,
    why_no_second_person,
    why_no_signature,
    why_not_a_line,
    why_not_stated,
    why_out_of_form,
)
from isocenter.rulebook.rulebook import Rulebook, are_same
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine, Diagnosis
from isocenter.terms.courses import Course, Fraction
from isocenter.terms.problems import Problem, clause, lost_row, worded
from isocenter.terms.reference import AddOnCode, CoveredDiagnosis, ProcedurePair, UnitLimit
from isocenter.terms.tables import TABLE_OF, FactRow


def sort_out(rows: Iterable[FactRow], rulebooks: Sequence[Rulebook]) -> tuple[list[FactRow], list[Problem]]:
    """The rows whose words the policies know, and a problem for each other one.

    A word of a closed list, a kind of document and an element are taken in any case, with blanks or hyphens. A word
    that is not in its list leaves the field empty and keeps the row; a document of no known kind is left out. Where the
    policies know no kinds, as those that judge claims alone, one problem counts the documents that were left out.
    """
    words = _words_of(rulebooks)
    rows, problems = _in_the_words_of_the_lists(rows, words.sites)
    rows, out_of_form = _without_what_cannot_be_meant(rows)
    problems += out_of_form
    kept: list[FactRow] = []
    elements = words.elements
    rows = _in_the_words_of_the_chart(rows, elements)
    kinds = {row.document_id: row.kind for row in rows if isinstance(row, Document)}
    unknown_codes: Counter[str] = Counter()
    if not elements:
        rows, problems = _without_documents(rows, problems)
    stated_before = _stated_before(rows)
    signed = _signatures_of(rows)
    known_codes = words.codes | _codes_of_loaded_lists(rows, rulebooks)
    for row in rows:
        if not_counted := _why_not_counted(row, signed):
            problems.append(not_counted)
            continue
        wrong = ""
        match row:
            case Document():
                wrong = _wrong_kind(row, elements)
            case DocumentElement():
                wrong = _wrong_element(row, kinds, elements) or _why_not_stated(row, kinds, words, stated_before)
            case Diagnosis() | ClaimDiagnosis():
                wrong = why_no_diagnosis(row.icd10)
            case Signature():
                wrong = why_no_signature(row)
            case ClaimLine():
                wrong = why_not_a_line(row)
                if not wrong and row.procedure_code not in known_codes:
                    unknown_codes[row.procedure_code] += 1
        if wrong:
            problems.append(lost_row(row, "", _place(row), worded("{wrong}; it was left out", wrong=clause(wrong))))
        else:
            kept.append(row)
    for code, lines in sorted(unknown_codes.items()):
        kept_lines = f"{lines} claim line{'s were' if lines > 1 else ' was'}"
        sentence = worded("no rule covers this code; {kept_lines} kept but not judged", kept_lines=kept_lines)
        problems.append(Problem("", f"procedure code {code}", sentence))
    diagnosed = {row.icd10 for row in kept if isinstance(row, Diagnosis | ClaimDiagnosis)}
    problems += [
        Problem("", f"diagnosis {code}", clause(INCOMPLETE)) for code in incomplete_codes(sorted(diagnosed), rulebooks)
    ]
    return kept, problems


def _why_not_counted(row: FactRow, signed: Mapping[str, Sequence[Signature]]) -> Problem | None:
    """Why a row does not count: a second signature of one person, a fraction without dose; None where it does."""
    match row:
        case Signature():
            one_person = "" if why_no_signature(row) else why_no_second_person(row, signed[row.document_id])
            sentence = worded("{why}; that of the physicist was left out", why=clause(one_person))
            return Problem("", _place(row), sentence) if one_person else None
        case Fraction(delivered_mu=0):
            sentence = worded(
                "fraction {number} delivered no monitor units, so it does not count as a fraction; it was left out",
                number=row.fraction_number,
            )
            return Problem("", f"fractions of {row.delivered_on}", sentence)
    return None


def _signatures_of(rows: Iterable[FactRow]) -> dict[str, list[Signature]]:
    found: dict[str, list[Signature]] = {}
    for row in rows:
        if isinstance(row, Signature):
            found.setdefault(row.document_id, []).append(row)
    return found


def _stated_before(rows: Sequence[FactRow]) -> set[DocumentElement]:
    """The elements whose detail refers back to the last document before, of the same kind and course, that has them.

    They are stated where that one states them, and not where it denies them or leaves them open.
    """
    documents = {row.document_id: row for row in rows if isinstance(row, Document)}
    answers: dict[tuple[str, str, str], dict[date, bool]] = defaultdict(dict)
    referring: list[tuple[DocumentElement, tuple[str, str, str], date]] = []
    for row in rows:
        if not isinstance(row, DocumentElement) or (document := documents.get(row.document_id)) is None:
            continue
        if (on := document.document_date) is None:
            continue
        of_element = (document.course_id, document.kind, row.element)
        if refers_back(row):
            referring.append((row, of_element, on))
        else:
            answers[of_element][on] = answers[of_element].get(on, True) and not why_not_stated(row)
    before = {of_element: sorted(by_day) for of_element, by_day in answers.items()}
    return {
        row
        for row, of_element, on in referring
        if (at := bisect_left(before.get(of_element, ()), on)) and answers[of_element][before[of_element][at - 1]]
    }


def _codes_of_loaded_lists(rows: Iterable[FactRow], rulebooks: Sequence[Rulebook]) -> set[str]:
    """Procedure codes that lists of others name, such as coding edits, where a rule reads them."""
    read = {table for rulebook in rulebooks for rule in rulebook.rules for table in rule.reads}
    found: set[str] = set()
    for row in rows:
        if TABLE_OF[type(row)] in read:
            match row:
                case ProcedurePair():
                    found |= {row.column_one, row.column_two}
                case AddOnCode():
                    found |= {row.add_on_code, row.primary_code}
                case UnitLimit() | CoveredDiagnosis():
                    found.add(row.procedure_code)
    return found


class _Words(NamedTuple):
    """What some policies know by name."""

    rulebooks: tuple[Rulebook, ...]
    sites: tuple[str, ...]
    elements: dict[str, set[str]]  # by the kind of document
    labels: dict[tuple[str, str], str]  # by the kind of document and its element
    codes: frozenset[str]


_NEWEST: list[_Words] = []  # of the policies in use: a case has few rows, and to gather the words takes longer
_MOST_KEPT = 8


def _words_of(rulebooks: Sequence[Rulebook]) -> _Words:
    for known in tuple(_NEWEST):
        if are_same(known.rulebooks, rulebooks):
            return known
    codes = frozenset(code.code for rulebook in rulebooks for code in rulebook.codes)
    labels = {(entry.kind, entry.element): entry.label for rulebook in rulebooks for entry in rulebook.documents}
    words = _Words(tuple(rulebooks), _sites(rulebooks), _elements_by_kind(rulebooks), labels, codes)
    _NEWEST.insert(0, words)
    del _NEWEST[_MOST_KEPT:]
    return words


def _in_the_words_of_the_lists(rows: Iterable[FactRow], sites: tuple[str, ...]) -> tuple[list[FactRow], list[Problem]]:
    kept: list[FactRow] = []
    problems: list[Problem] = []
    for row in rows:
        lists = _closed_lists(TABLE_OF[type(row)])
        if sites and isinstance(row, Course):
            lists = {**lists, "site": sites}
        changed: dict[str, str] = {}
        for name, allowed in lists.items():
            value = getattr(row, name)
            if value and value not in allowed:
                found = next((word for word in allowed if _bare(word) == _bare(value)), "")
                changed[name] = found
                if not found:
                    wrong = f"{name} is {value!r}; {_known(_bare(value), [*allowed])}"
                    sentence = f"{wrong}; {_LEFT[name == 'site']}"
                    place = _place(row)
                    problems.append(
                        Problem("", place, sentence) if name == "site" else lost_row(row, "", place, sentence)
                    )
        kept.append(row._replace(**changed) if changed else row)  # type: ignore[arg-type]
    return kept, problems


def _without_what_cannot_be_meant(rows: Iterable[FactRow]) -> tuple[list[FactRow], list[Problem]]:
    """The rows without numbers and places that no case can have; a row that needs the value is left to the store."""
    kept: list[FactRow] = []
    problems: list[Problem] = []
    for row in rows:
        emptied: dict[str, object] = {}
        for column in _of_a_form(TABLE_OF[type(row)]):
            value = getattr(row, column.name)
            expected = why_out_of_form(row, column, value)
            if expected:
                emptied[column.name] = "" if column.type == "varchar" else None
                wrong = worded(
                    "{name} is {value!r}; expected {expected}; the field was left empty",
                    name=clause(column.name), value=value, expected=clause(expected),
                )  # fmt: skip
                problems.append(lost_row(row, "", _place(row), wrong))
        kept.append(row._replace(**emptied) if emptied else row)  # type: ignore[arg-type]
    return kept, problems


@cache
def _of_a_form(table: str) -> tuple[Column, ...]:
    """The columns that a row can do without, and that not every text or number fits."""
    columns = tables()[table].columns
    forms = ("place_of_service", "value") if table in ("claim_lines", "verifications") else ()
    return tuple(one for one in columns if (one.range_in_words and not one.required) or one.name in forms)


def _in_the_words_of_the_chart(rows: Iterable[FactRow], elements: dict[str, set[str]]) -> list[FactRow]:
    """Documents and their elements by the names of the policies' lists, however they are written."""
    by_bare_kind = {_bare(kind): kind for kind in elements}
    kinds: dict[str, str] = {}
    found: list[FactRow] = []
    for row in rows:
        if isinstance(row, Document):
            kinds[row.document_id] = row.kind if row.kind in elements else by_bare_kind.get(_bare(row.kind), row.kind)
            found.append(row if row.kind == kinds[row.document_id] else row._replace(kind=kinds[row.document_id]))
        else:
            found.append(row)
    return [_in_the_words_of_its_kind(row, kinds, elements) for row in found]


def _in_the_words_of_its_kind(row: FactRow, kinds: dict[str, str], elements: dict[str, set[str]]) -> FactRow:
    if not isinstance(row, DocumentElement):
        return row
    known = elements.get(kinds.get(row.document_id, ""), set())
    if row.element in known:
        return row
    return row._replace(element=next((name for name in known if _bare(name) == _bare(row.element)), row.element))


_LEFT = ("the field was left empty", "the field was left empty, and the diagnosis decides")


@cache
def _closed_lists(table: str) -> dict[str, tuple[str, ...]]:
    """The columns with a closed list, without which a row still says something."""
    if table == "constraints":  # a limit needs its comparison
        return {}
    return {column.name: column.allowed for column in tables()[table].columns if column.allowed}


def _sites(rulebooks: Sequence[Rulebook]) -> tuple[str, ...]:
    """The names of sites that the policies list."""
    found: dict[str, None] = {}
    for book in rulebooks:
        for table in ("sites", "icd10_sites"):
            header, rows = book.tables.get(table, ((), ()))
            if "site" in header:
                found.update(dict.fromkeys(row[header.index("site")] for row in rows if row[header.index("site")]))
    return tuple(found)


def _bare(word: str) -> str:
    return re.sub(r"[\s_-]+", "_", word.strip().lower())


def _elements_by_kind(rulebooks: Sequence[Rulebook]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for rulebook in rulebooks:
        for entry in rulebook.documents:
            found.setdefault(entry.kind, set()).add(entry.element)
    return found


def _without_documents(rows: Sequence[FactRow], problems: list[Problem]) -> tuple[list[FactRow], list[Problem]]:
    count = sum(isinstance(row, Document) for row in rows)
    if not count:
        return [*rows], problems
    documents = f"{count} document{'s were' if count > 1 else ' was'}"
    sentence = worded("no policy in use reads documents of the chart; {documents} left out", documents=documents)
    kept: list[FactRow] = [row for row in rows if not isinstance(row, Document | DocumentElement)]
    return kept, [*problems, Problem("", "documents", sentence)]


def _wrong_kind(document: Document, elements: dict[str, set[str]]) -> str:
    if document.kind in elements:
        return ""
    hint = _known(_bare(document.kind), sorted(elements))
    return worded("{kind!r} is not a known kind of document; {hint}", kind=document.kind, hint=hint)


def _wrong_element(row: DocumentElement, kinds: dict[str, str], elements: dict[str, set[str]]) -> str:
    kind = kinds.get(row.document_id)
    if kind is None:
        return worded("element {element!r} belongs to a document that is not among the documents", element=row.element)
    if kind not in elements or row.element in elements[kind]:
        return ""
    hint = _known(_bare(row.element), sorted(elements[kind]))
    return worded("{element!r} is not a known element of {kind}; {hint}", element=row.element, kind=kind, hint=hint)


def _why_not_stated(
    row: DocumentElement, kinds: dict[str, str], words: _Words, stated_before: set[DocumentElement]
) -> str:
    label = words.labels.get((kinds.get(row.document_id, ""), row.element), "")
    return "" if row in stated_before else why_not_stated(row, label)


def _known(word: str, words: list[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}known are {', '.join(words)}"


def _place(row: FactRow) -> str:
    if isinstance(row, ClaimLine):
        return f"claim line {row.claim_line_id}"
    if isinstance(row, Document | DocumentElement | Signature):
        return f"document {row[0]}"
    return f"{TABLE_OF[type(row)]} {row[0]}"
