"""Tick boxes, drawn or typed: what stands behind each, and whether it is ticked."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.pages.blocks import UNMAPPED
from isocenter.chart.pages.placed import MARKS, Placed, joined

TICKS = "xXvV✓✔•●"  # typed within a box or a round button
_TICKED_IN_ROUND = re.compile(rf"\(\s?[{TICKS}]\s?\)")
_OPEN_IN_ROUND = re.compile(r"\(\s?\)(?=\s?[A-Za-z]|\s*$)")
_ASKS_BEFORE_A_ROUND = re.compile(r"[:?]\s*\(\s?\)")
_ANSWER_OF_TWO = re.compile(r"\W*(yes|no|y|n)\b(?!\s?/)", re.IGNORECASE)
_ANSWER_BEFORE_A_BOX = re.compile(r"\b(yes|no|y|n)\W*$", re.IGNORECASE)
_YES_OR_NO = re.compile(r"(?:yes|no|y|n)\W*$", re.IGNORECASE)
_BEHIND_A_BOX = re.compile(
    r"(?<=[a-z)]) (?=[A-Z][a-z]+(?: [a-z]+){0,8}[:?](?:\s|$))"
)  # a field beside the answer of a box


_WORDS_OF_A_BOX = re.compile(r"[A-Z][\w/-]*(?: [a-z][\w/-]*){0,5}")
_LABEL_OF_A_ROW = re.compile(r"(?:\d{1,2}\W+)?[A-Z][\w/-]*(?: [\w/-]+){0,4}")  # such as: Isodoses 3 planes


def _places_of_boxes(text: str) -> list[tuple[int, int, bool]]:
    """From where to where each tick box of a text reaches, drawn or typed, and whether it is ticked."""
    starts: list[tuple[int, int, bool]] = [
        (m.start(), m.end(), "☐" not in m.group()) for m in re.finditer(rf"[\[(]\s*[{MARKS}]\s*[\])]|[{MARKS}]", text)
    ]
    for found in re.finditer(rf"[\[(]\s*(?:([{TICKS}*]?)|_{{1,3}})\s*[\])](?=\s|[A-Za-z]|$)", text):
        in_round = (
            _TICKED_IN_ROUND.search(text) or len(_OPEN_IN_ROUND.findall(text)) > 1 or _ASKS_BEFORE_A_ROUND.search(text)
        )
        if found.group().startswith("[") or found[1] or found.start() == 0 or in_round:
            starts.append((found.start(), found.end(), bool(found[1])))
    for found in re.finditer(r"(?:(?<=\s)|^)_{1,4}([xX✓])?_{0,4}\s+(?=[A-Z])", text):
        if found.start() == 0 and len(found.group().strip()) <= 5:
            starts.append((found.start(), found.end(), bool(found[1])))
    return sorted(starts)


_CLOSED_BY_A_LETTER = re.compile(r"\W{0,2}\[ ?[1IlJ|!)}] +(?=[A-Z])")  # an empty box as a scanned page is misread


def _box_misread(block: Placed) -> list[tuple[int, int, bool]]:
    """The open box at the beginning of a recognized line whose closing bracket was read as a letter; empty if there is none."""
    found = _CLOSED_BY_A_LETTER.match(block.text) if block.sureness < 1.0 else None
    return [(0, found.end(), False)] if found else []


_LONGEST_LABEL_OF_BOXES = 3  # words before boxes that are all open, such as: PHYSICIAN WORK ☐ present ☐ borders set


def parts_behind_boxes(block: Placed) -> Iterator[tuple[Placed, bool | None]]:
    """Parts of a block that follow a tick box, with whether it is ticked; the part before the first box has none."""
    starts = _places_of_boxes(block.text) or _box_misread(block)
    alone = _not_parted(block, starts) or _yes_or_no(block, starts) or _parts_before_boxes(block, starts)
    if alone:
        yield from alone
        return
    lead: Placed | None = None  # the question that the boxes answer
    before = block.part(0, starts[0][0])
    if before.text.rstrip().endswith((":", "?")):
        lead = _trimmed(before)
    elif before.text.strip():
        is_label = len(before.text.split()) <= _LONGEST_LABEL_OF_BOXES
        yield before, None if any(ticked for _, _, ticked in starts) or not is_label else False
    for index, (_, stop, ticked) in enumerate(starts):
        end = starts[index + 1][0] if index + 1 < len(starts) else len(block.text)
        part = _trimmed(block.part(stop, end))
        behind = _BEHIND_A_BOX.search(part.text)
        answer = _trimmed(part.part(0, behind.start())) if behind else part
        if lead is not None and _YES_OR_NO.match(answer.text):
            if ticked and answer.text[0] in "yY":
                yield lead, ticked  # the question is what the ticked yes states; a ticked no states nothing
        elif answer.text:
            yield (joined([lead, answer]) if lead is not None else answer), ticked
        elif lead is not None and not lead.text.endswith("?"):
            yield lead, ticked  # such as: Needed medically: [ ]
        if behind:
            following = _trimmed(part.part(behind.start(), len(part.text)))
            if following.text.endswith((":", "?")) and index + 1 < len(starts):
                lead = following
            else:
                asked = lead is not None and lead.text.endswith("?")
                yield (joined([lead, following]) if ticked and lead is not None and not asked else following), None


def _parts_before_boxes(block: Placed, boxes: Sequence[tuple[int, int, bool]]) -> list[tuple[Placed, bool | None]]:
    """Each part with whether the box behind it is ticked; empty where boxes are before what they say."""
    if not _stand_behind(block.text, boxes):
        return []
    starts = [0, *(stop for _, stop, _ in boxes)]
    return [(_trimmed(block.part(first, box[0])), box[2]) for first, box in zip(starts, boxes, strict=False)]


def _yes_or_no(block: Placed, boxes: Sequence[tuple[int, int, bool]]) -> list[tuple[Placed, bool | None]]:
    """A question that one of two boxes, yes and no, answers, with a remark behind them: ticked where yes is.

    Such as: Narrow margin ( ) yes (x) no, or: Approved: yes ( ) no (x). Empty for every other block.
    """
    if len(boxes) != 2:
        return []
    text, (first, second) = block.text, boxes
    ahead = _ANSWER_OF_TWO.fullmatch(text[first[1] : second[0]].rstrip(" ,;/"))
    behind = _ANSWER_OF_TWO.match(text, second[1])
    stop = first[0]
    if ahead is None or behind is None:
        ahead, behind = _ANSWER_BEFORE_A_BOX.search(text[: first[0]]), _ANSWER_BEFORE_A_BOX.search(text[: second[0]])
        if ahead is None or behind is None or behind.start() < first[1]:
            return []
        stop, rest = ahead.start(), second[1]
    else:
        rest = behind.end()
    answers = {ahead[1][0].lower(): first[2], behind[1][0].lower(): second[2]}
    question, remark = block.part(0, stop), _trimmed(block.part(rest, len(text)))
    if len(answers) != 2 or not question.text.strip():
        return []
    is_yes = answers["y"] and not answers["n"]
    return [(joined([_trimmed(question), remark]) if remark.text and is_yes else _trimmed(question), is_yes)]


def _stand_behind(text: str, boxes: Sequence[tuple[int, int, bool]]) -> bool:
    """Whether each box stands behind its words, such as: Chart reviewed ☒ Films reviewed ☐."""
    if re.search(r"\w", text[boxes[-1][1] :]):
        return False
    befores = [text[(boxes[at - 1][1] if at else 0) : start] for at, (start, _, _) in enumerate(boxes)]
    return all(re.search(r"[A-Za-z]{2,}", part) and part.rstrip()[-1] not in ":?" for part in befores)


def _not_parted(block: Placed, boxes: Sequence[tuple[int, int, bool]]) -> list[tuple[Placed, bool | None]]:
    """A block without a box, or a row of a form whose one box between label and remark is open: nothing of it was done.

    Words alone behind a symbol that may be a box, ticked or not, state nothing either. Empty for every other block.
    """
    if block.text[:1] == UNMAPPED:
        rest = _trimmed(block.part(1, len(block.text)))
        return [(rest, False if _WORDS_OF_A_BOX.fullmatch(rest.text) else None)]
    if not boxes:
        return [(block, None)]
    start, stop, ticked = boxes[0]
    if len(boxes) > 1 or ticked or not _LABEL_OF_A_ROW.fullmatch(block.text[:start].strip()):
        return []
    return [(_trimmed(block.part(0, start)), False), (_trimmed(block.part(stop, len(block.text))), False)]


def _trimmed(part: Placed) -> Placed:
    start = len(part.text) - len(part.text.lstrip())
    return part.part(start, len(part.text.rstrip()))
