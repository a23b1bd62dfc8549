"""Weekly reviews as the rows of one table, each signed and dated in its own columns: one paper each."""

import re
from datetime import timedelta
from itertools import pairwise

from isocenter.chart.papers.paper import Paper
from isocenter.chart.papers.paper_ends import looks_signed
from isocenter.chart.words.dates import dates_in, has_date

_WEEKLY = {"weekly_management_note", "weekly_physics_check", "weekly_image_review"}
_LEAST_BETWEEN = timedelta(days=4)  # two rows: sessions of one week are reviewed together
_FEWEST_CELLS, _FEWEST_ROWS = 3, 2
_INITIALS_AND_A_DAY = re.compile(r"[A-Z]{2,4}[\s,/]+(?=\d)")  # in the last cell of a row


def with_signed_rows_apart(paper: Paper) -> list[Paper]:
    """The rows of a weekly paper that are signed each, with the lines above the first of them; else the paper."""
    if paper.type is None or not _WEEKLY & {*paper.type.kinds}:
        return [paper]
    signed = [
        at
        for at, line in enumerate(paper.lines)
        if len(line.row.cells) >= _FEWEST_CELLS
        and has_date(line.row.text)
        and (looks_signed(line.row.text) or _INITIALS_AND_A_DAY.match(line.row.cells[-1].text))
    ]
    days = [next(dates_in(paper.lines[at].row.text)).day for at in signed]
    in_a_row = signed == list(range(signed[0], signed[0] + len(signed))) if signed else False
    weeks_apart = all(later - sooner >= _LEAST_BETWEEN for sooner, later in pairwise(days))
    if len(signed) < _FEWEST_ROWS or not in_a_row or not weeks_apart:
        return [paper]
    head, below = paper.lines[: signed[0]], paper.lines[signed[-1] + 1 :]
    parts = [Paper(paper.type, paper.title, [*head, paper.lines[at]], parent=paper.parent) for at in signed]
    parts[-1].lines += below
    return parts
