"""A problem: one thing that could not be read, or was read and cannot be right."""

from collections.abc import Iterable, Sequence
from string import Formatter
from typing import NamedTuple

from isocenter.terms.claims import ClaimLine

_MOST_LISTED = 8  # things in one sentence
_MOST_ALIKE = 3  # problems of one kind; more than that are said in one sentence
_VALUE = "…"
FRACTION_RECORD = "record of a fraction"  # the part of a plan that is lost where its records show no delivery
CONSTRAINT = "result of a constraint"  # the part that is lost where its structure cannot be measured
_PARTS = Formatter()


class Sentence(str):
    """A sentence made of a template and values; `kind` is the same sentence without the values."""

    __slots__ = ("kind",)
    kind: str

    def __new__(cls, text: str, kind: str) -> "Sentence":
        sentence = super().__new__(cls, text)
        sentence.kind = kind
        return sentence

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.kind


def kind_of(sentence: str) -> str:
    """What a sentence has in common with others of its kind: a plain text is of a kind of its own."""
    return sentence.kind if isinstance(sentence, Sentence) else sentence


def worded(template: str, /, **values: object) -> Sentence:
    """The sentence that a template of str.format makes of values.

    Its kind has an ellipsis in the place of each value, and of a value that is a Sentence its kind.
    """
    kinds = {name: value.kind if isinstance(value, Sentence) else _VALUE for name, value in values.items()}
    kind = "".join(before + (kinds[name] if name else "") for before, name, _, _ in _PARTS.parse(template))
    return Sentence(template.format(**values), kind)


def clause(text: object) -> Sentence:
    """A text that belongs to the kind of the sentence it becomes a part of."""
    return text if isinstance(text, Sentence) else Sentence(str(text), str(text))


def joined(sentences: Iterable[str]) -> Sentence:
    """Several sentences as one."""
    several = [clause(sentence) for sentence in sentences]
    return Sentence("; ".join(several), "; ".join(one.kind for one in several))


class Problem(NamedTuple):
    """What is wrong, in which file and where in it; the sentence also says what became of it."""

    path: str
    place: str
    sentence: str

    @property
    def kind(self) -> str:
        """The sentence without the names, numbers and values of this one place."""
        return kind_of(self.sentence)


class Unread(Problem):
    """A problem that leaves open what the case says: something was given, and what it states is not known."""

    __slots__ = ()


class UnreadPaper(Unread):
    """A text document or presentation that is not read: a case may rest on it, claims are not in it."""

    __slots__ = ()


class UnreadPart(Unread):
    """A problem that cost one part of a plan: `part` is its kind, as `dose`, and only what rests on it is open."""

    part: str = ""

    def of_kind(self, part: str) -> "UnreadPart":
        """The same problem of a part of this kind."""
        unread = UnreadPart(*self)
        unread.part = part
        return unread

    def _replace(self, **values: str) -> "UnreadPart":
        return UnreadPart(*super()._replace(**values)).of_kind(self.part)


class SeveralPatients(Problem):
    """Files of one folder that are of two patients, or state one patient in two ways: what to look at first."""

    __slots__ = ()


class NoDocument(Problem):
    """A file of a chart that was read, and in which no document of the policies was recognized."""

    __slots__ = ()


class LostLine(Unread):
    """A problem that cost a claim line, a value of one without which it is judged for a person, or a whole claim.

    `procedure_code` and `member_id` are the line's, where they were read; a whole claim has no code.
    """

    procedure_code: str = ""
    member_id: str = ""

    def of_line(self, procedure_code: str, member_id: str) -> "LostLine":
        """The same problem of a line with this procedure code, of this member."""
        lost = LostLine(*self)
        lost.procedure_code, lost.member_id = procedure_code, member_id
        return lost

    def _replace(self, **values: str) -> "LostLine":
        return LostLine(*super()._replace(**values)).of_line(self.procedure_code, self.member_id)


def lost_row(row: object, path: str, place: str, sentence: str) -> Unread:
    """A problem that cost a row of facts, or a value of it; of a claim line with its code and member."""
    if isinstance(row, ClaimLine):
        return LostLine(path, place, sentence).of_line(row.procedure_code, row.member_id)
    return Unread(path, place, sentence)


def listed(things: Sequence[str], joined_by: str = ", ") -> str:
    """The things one after another; of many the first, with how many more there are."""
    if len(things) <= _MOST_LISTED:
        return joined_by.join(things)
    first = things[: _MOST_LISTED - 2]
    return f"{', '.join(first)} and {len(things) - len(first)} more"


def columns_named(names: Sequence[str]) -> str:
    """Columns by their names, `column` in their number; of many the first, with how many more there are."""
    return f"{'column' if len(names) == 1 else 'columns'} {listed(names)}"


def named_twice(names: Sequence[str]) -> str:
    """The sentence on columns that a table has twice."""
    if len(names) == 1:
        return f"the column {names[0]} appears twice; keep the one that counts"
    return f"the {columns_named(names)} appear twice; keep of each the one that counts"


def gathered(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in their order; of a flood of one kind the first, with the count."""
    alike: dict[str, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(problem.kind, []).append(problem)
    return [problem for group in alike.values() for problem in (group if len(group) <= _MOST_ALIKE else [_one(group)])]


def _one(group: list[Problem]) -> Problem:
    first, last = group[0], group[-1]
    of_files = first.path != last.path
    where, what = (last.path, "files") if of_files else (last.place, "places")
    return first._replace(sentence=f"{first.sentence} The same holds for {len(group) - 1} more {what} (last: {where}).")
