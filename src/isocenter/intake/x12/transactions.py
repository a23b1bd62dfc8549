"""Finds what bills nothing among 837 files read together: transactions that are copies or tests, and chart reviews."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isocenter.files.texts import shown
from isocenter.intake.x12.segments import Cursor, Delimiters
from isocenter.terms.problems import Problem, Sentence, worded

_DIGEST_BYTES = 16
_MARKS = Delimiters("*", "^", ":", "~")  # in which contents are compared, whatever those of their interchange


class Content:
    """What a transaction says from its ST to its SE, as a digest that follows the reader through the file."""

    def __init__(self, cursor: Cursor, delimiters: Delimiters) -> None:
        self._cursor, self._delimiters = cursor, delimiters
        self._digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        self._first = cursor.ahead()[1]  # of the batch, that is not yet in the digest

    def end_batch(self) -> None:
        """Take the rest of a batch, which is gone through."""
        self._take(self._cursor.ahead()[0][self._first :])
        self._first = 0

    def end(self) -> bytes:
        """The digest up to the segment in hand."""
        segments, at = self._cursor.ahead()
        self._take(segments[self._first : at + 1])
        return self._digest.digest()

    def _take(self, segments: Sequence[str]) -> None:
        text = _MARKS.segment.join([*segments, ""]).replace("\r", "").replace("\n", "")
        for mark, usual in zip(self._delimiters[:3], _MARKS[:3], strict=True):
            text = text.replace(mark, usual) if mark and mark != usual else text
        self._digest.update(text.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class _Transaction:
    path: str
    place: str
    control: str
    claims: list[str]  # keys
    copied: "_Transaction | None" = None


@dataclass(slots=True)
class Transactions:
    """The transactions of claims of all files that are read together."""

    _first: dict[tuple[bool, bytes], _Transaction] = field(default_factory=dict)  # of each content, tests apart
    _copies: list[_Transaction] = field(default_factory=list)
    _tests: list[_Transaction] = field(default_factory=list)
    _has_production: bool = False
    _chart_reviews: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # by file: first place, and keys

    def add(self, path: str, place: str, control: str, claims: Sequence[str], content: bytes, *, is_test: bool) -> None:
        """Take a transaction that ends here, with the keys of its claims.

        Those of one content, control number and moment of writing included, are one transaction: whatever envelope a
        clearinghouse has put around it.
        """
        transaction = _Transaction(path, place, control, list(claims))
        transaction.copied = self._first.setdefault((is_test, content), transaction)
        if transaction.copied is not transaction:
            self._copies.append(transaction)
        elif is_test:
            self._tests.append(transaction)
        self._has_production |= not is_test

    def add_chart_review(self, path: str, place: str, claim: str) -> None:
        """Take an encounter, by its key, that only adds or deletes diagnoses of another after a chart review."""
        self._chart_reviews.setdefault(path, (place, []))[1].append(claim)

    def left_out(self) -> Mapping[str, Problem]:
        """The claims that bill nothing, by their keys, each with the problem that those of its kind share."""
        reviews = {claim: problem for problem, claims in self._chart_reviews_said() for claim in claims}
        return reviews | {key: problem for transaction, problem in self._said() for key in transaction.claims}

    def _chart_reviews_said(self) -> Iterator[tuple[Problem, list[str]]]:
        for path, (place, claims) in self._chart_reviews.items():
            sentence = worded(
                "encounters that are chart review records (PWK*09*AA): {count}, the first is here; they add or delete"
                " diagnoses and bill no service; they were left out",
                count=len(claims),
            )
            yield Problem(path, place, sentence), claims

    def _said(self) -> Iterator[tuple[_Transaction, Problem]]:
        for copy in self._copies:
            yield copy, Problem(copy.path, copy.place, _of_a_copy(copy))
        for test in self._tests if self._has_production else ():
            sentence = worded(
                "transaction {control} is of an interchange that is marked as a test (ISA15 is T), and others with it"
                " are not; its claims were left out: {claims}",
                control=test.control,
                claims=len(test.claims),
            )
            yield test, Problem(test.path, test.place, sentence)


def _of_a_copy(copy: _Transaction) -> Sentence:
    first = copy.copied
    assert first is not None
    where = first.place if first.path == copy.path else f"{first.place} of {shown(Path(first.path).name)}"
    return worded(
        "transaction {control} repeats the one that ends in {where}, with the same control number and time of writing;"
        " its claims were left out: {claims}",
        control=copy.control,
        where=where,
        claims=len(copy.claims),
    )
