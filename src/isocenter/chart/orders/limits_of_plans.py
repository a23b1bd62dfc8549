"""Dose limits in papers that plan a course and are no prescription, such as a request for a simulation."""

import re
from collections import Counter
from collections.abc import Sequence

from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import lowered
from isocenter.chart.grammar.plain_writing import plainly_written
from isocenter.chart.orders.constraints import constraints_by_sentence
from isocenter.chart.orders.limit_columns import LIMIT_COLUMN
from isocenter.chart.orders.limit_parts import ConstraintFound
from isocenter.chart.orders.limits import limits_in
from isocenter.chart.orders.structures_listed import without_sides
from isocenter.chart.pages.passages import Sentence

_FEWEST_OF_A_LIST = 3
_NUMBER_OF_AN_ITEM = re.compile(r"[\W_]*(?:\(?(?:\d{1,2}|[a-z])[.)]\s+)?[\W_]*", re.IGNORECASE)


def limits_listed_in(grammar: Grammar, sentences: Sequence[Sentence]) -> list[ConstraintFound]:
    """The limits of the lists of a paper, and of the paragraphs that order them.

    A list has several lines that begin with a structure and give a sign and a number. A paragraph has several sentences
    that say what must be; other prose reports what plans gave or what others allow.
    """
    found = list(constraints_by_sentence(grammar, sentences))
    in_lists = [(sentence, one) for sentence, one in found if _begins_with(sentence, one)]
    in_lists += [(sentence, one) for sentence, one in found if _goes_on_with(sentence, one, in_lists)]
    lines = {(sentence.section, sentence.text) for sentence, _ in in_lists if _gives_a_sign(sentence)}
    listed = Counter(section for section, _ in lines)
    ordering = {(sentence.block, sentence.text) for sentence, _ in found if _orders_in_words(grammar, sentence)}
    ordered = Counter(block for block, _ in ordering)
    return [
        one
        for sentence, one in found
        if ((sentence, one) in in_lists and listed[sentence.section] >= _FEWEST_OF_A_LIST)
        or (ordered[sentence.block] >= _FEWEST_OF_A_LIST and _says_what_must_be(sentence))
    ]


_LIMITS = r"(?:constraints?|limits?|goals?(?! of care)|objectives?|tolerances?|oars?)\b"
_NOTE = r"(?:(?:planning|consult\w*|simulation|sim|visit|clinic) (?:note|report|record|sheet)|consult(?:ation)?\b|(?:my|the) note\b)"
_REFERS_TO_A_NOTE = re.compile(
    rf"\b{_LIMITS}[^.;]{{0,30}}\b(?:as|per|see|according to|from|in|of|under|by|refer to)\b[^.;]{{0,30}}\b{_NOTE}"
    rf"|\b(?:see|refer to|per|as in)\b[^.;]{{0,20}}\b{_NOTE}[^;]{{0,24}}\bfor\b[^.;]{{0,24}}\b{_LIMITS}",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:not|no longer|instead|replac\w+|supersed\w+|ignore|disregard|other than|void|discussed|explained|differ\w*|chang\w+)\b",
    re.IGNORECASE,
)


def refers_to_limits_of_a_note(text: str) -> bool:
    """Whether an order takes its limits from a note, such as: OAR limits as in my consult note of 7/6."""
    return _REFERS_TO_A_NOTE.search(text) is not None and _DENIES.search(text) is None


def _begins_with(sentence: Sentence, one: ConstraintFound) -> bool:
    """Whether a line begins with the structure that it limits, behind the number of an item."""
    start = _NUMBER_OF_AN_ITEM.match(sentence.text)
    text = sentence.text[start.end() if start is not None else 0 :]
    return bool(sentence.columns) or without_sides(text).startswith(without_sides(one.structure))


def _goes_on_with(
    sentence: Sentence, one: ConstraintFound, in_lists: Sequence[tuple[Sentence, ConstraintFound]]
) -> bool:
    """Whether a line that begins with a limited structure goes on with this one, such as: heart mean < 5 Gy; cord max 20 Gy."""
    is_of_a_line = any(line is sentence for line, _ in in_lists)
    return is_of_a_line and re.search(rf"[;,.]\s+{re.escape(one.structure)}", sentence.text, re.IGNORECASE) is not None


def _gives_a_sign(sentence: Sentence) -> bool:
    if any(LIMIT_COLUMN.search(column.name) for column in sentence.columns):
        return True
    return any(limit.comparison for limit in limits_in(plainly_written(sentence.text)))


_ORDERS = re.compile(
    r"\b(?:must|shall|should|ought to|(?:is|are|has|have) to|may (?:not|get no|receive no|go (?:no|up)|have (?:no|at most|up))|not to|no more than"
    r"|be (?:kept|held|limited|restricted|capped)|(?:i|we) (?:will |would |do |can )?(?:want|like|accept|allow|permit|ask|need|require|tolerate|set)|please)\b"
    r"|(?:^|[.;:,]\s+|\b(?:and|please) )(?:keep|hold|limit|restrict|cap)\b",
    re.IGNORECASE,
)
_REPORTS = re.compile(
    r"\b(?:was|were|had|gave|got|received|reached|would (?!like|accept|allow|want|not accept)|could|cannot|can['’]t|unable|expect\w*|predict\w*|typical\w*|usual\w*|in general"
    r"|generally|published|literature|guidelines?|tolerates?|3-?d(?:-?crt)?|conventional|four.field|opposed|compar\w*|elsewhere|outside (?:hospital|clinic|facility|consult\w*)"
    r"|told|explained|risk|toxicity|so that|as (?:a|the) result"
    r"|(?:imrt|vmat|arcs?|dibh|this|that|which|it|technique|modulation)\b(?: \w+)? (?:should|will|can|may|must|has to|lets?|allows?|keeps?|holds?|brings?|limits?))\b",
    re.IGNORECASE,
)
_LABELS_LIMITS = re.compile(
    r"\b(?:limits?|constraints?|tolerances?|goals?|objectives?|tissues?|organs?|oars?|structures?)\b", re.IGNORECASE
)


def _orders_in_words(grammar: Grammar, sentence: Sentence) -> bool:
    """Whether a sentence of prose says what a dose must be, and not what a plan or technique gives."""
    return (
        sentence.row < 0
        and sentence.block >= 0
        and (
            _ORDERS.search(sentence.text) is not None
            or (_gives_a_sign(sentence) and _labels_limits(grammar, sentence.label))
        )
        and not _reports(sentence)
    )


def _says_what_must_be(sentence: Sentence) -> bool:
    """Whether a sentence of a paragraph that orders limits gives some too, if only by a sign."""
    return not _reports(sentence) and (_gives_a_sign(sentence) or _ORDERS.search(sentence.text) is not None)


def _labels_limits(grammar: Grammar, label: str) -> bool:
    return _LABELS_LIMITS.search(label) is not None or grammar.lists.pattern("organ").search(lowered(label)) is not None


def _reports(sentence: Sentence) -> bool:
    return _REPORTS.search(sentence.text) is not None
