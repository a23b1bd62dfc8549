"""Questions of a form or a letter with their answers: a question states nothing until yes answers it."""

import re
from typing import NamedTuple

_YES = re.compile(r"\W*(?:a(?:nswer)?\s?[:.)-]\s*)?(?:yes|y)\b(?!\s?/)(?!\W{0,3}no?\b)", re.IGNORECASE)
_NO = re.compile(
    r"\W*(?:a(?:nswer)?\s?[:.)-]\s*)?(?:no|n|not|none|never|nil|neither|n/?a|unknown|unsure|unclear|uncertain|undetermined|undecided|pending|tbd|deferred|negative|"
    r"cannot (?:say|tell)|can not (?:say|tell)|hardly|yes\s?/\s?no|y\s?/\s?n|yes\W{1,3}no)\b",
    re.IGNORECASE,
)
_IN_A_COLUMN = re.compile(
    r"(yes|y|done|completed|true)|(?:no|n|not done|n/?a|not applicable|false)(?:\s?\([^()]*\))?", re.IGNORECASE
)
_ASKS_FOR_YES_OR_NO = re.compile(
    r"\W*(?:\d{1,2}\W+)?(?:q(?:uestion)?\s?\d{0,2}\s?[:.)-]\s*)?(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|may|must)\b",
    re.IGNORECASE,
)
_FIELD_ANSWERED_NO = re.compile(r"\W{0,3}[A-Z][A-Z /&-]{2,40}[:?.]? (?:No|None|NO|NONE|N/A)\b\s*(?:[.,;]|$)")
_NUMBER = re.compile(r"^\W*(?:\d{1,2}[.)]?\s+)?(?:Q(?:uestion)?\s?\d{0,2}\s?[:.)-]\s*)?", re.IGNORECASE)
_MARK_OF_AN_ANSWER = re.compile(r"\W*(?:A\s?\d{0,2}\s?[:)]|Ans(?:wer)?\s?\d{0,2}\s?[:.)-])\s+(?=\S)")


class Question(NamedTuple):
    """A question: whether its answer makes it a statement, and the label that it gives its answer, '' where none."""

    states: bool
    label: str


def question_of(text: str, answer: str) -> Question | None:
    """What a sentence asks and how the text behind it answers, '' where nothing is there; None where it asks nothing."""
    asked = text.strip()
    if not asked.endswith("?") or not any(c.isalpha() for c in asked):
        return None
    label = _NUMBER.sub("", asked).rstrip(" ?")
    if not answer.strip(" -–—_.") or answers_no(answer):
        return Question(states=False, label="")
    if answers_yes(answer):
        return Question(states=True, label=label)
    return Question(states=False, label="" if _ASKS_FOR_YES_OR_NO.match(asked) else label)


def start_of_answer(text: str) -> int:
    """Where the words of an answer begin, behind a mark such as: A: or Answer 2."""
    mark = _MARK_OF_AN_ANSWER.match(text)
    return mark.end() if mark is not None else 0


def answers_no(answer: str) -> bool:
    """Whether an answer begins with no, or says that nobody knows."""
    return _NO.match(answer) is not None


def answers_yes(answer: str) -> bool:
    """Whether an answer begins with yes."""
    return _YES.match(answer) is not None


def answer_in_a_column(cell: str) -> bool | None:
    """Whether a cell below the heading of a column of answers holds yes or no and nothing else; None elsewhere."""
    answer = _IN_A_COLUMN.fullmatch(cell.strip(" ."))
    return None if answer is None else answer[1] is not None


def is_field_answered_no(text: str) -> bool:
    """Whether a text is a label in capitals with the answer no, such as: PRIOR RADIATION None."""
    return _FIELD_ANSWERED_NO.match(text) is not None
