"""Which signatures of a paper sign a part of it: who signed above that part, with another signer below it, did not."""

from collections.abc import Sequence

from isocenter.chart.course.paper_read import PaperRead
from isocenter.chart.pages.placed import Placed
from isocenter.chart.signatures.signature_of_text import SignatureFound

_LINES_OF_A_HEAD = 4  # record systems print who signed above the text


def signatures_below(one: PaperRead, stated: Sequence[Placed]) -> list[SignatureFound]:
    """The signatures of a paper without those that lie above all of `stated` and have another person's below it.

    So a sheet is signed on which the dosimetrist signs the plan, and the physician the review of it below.
    """
    lines = {id(word): at for at, line in enumerate(one.paper.lines) for word in line.row.words}
    first = min((_line_of(lines, where) for where in stated), default=-1)
    at = [_line_of(lines, signature.placed) for signature in one.signatures]
    last = max(at, default=-1)
    return [
        signature
        for signature, line in zip(one.signatures, at, strict=True)
        if not (_LINES_OF_A_HEAD <= line < first < last)
    ]


def _line_of(lines: dict[int, int], where: Placed) -> int:
    return min((lines[id(word)] for _, _, word, _ in where.words if id(word) in lines), default=-1)
