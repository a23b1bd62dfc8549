"""Weekly claims with all that happens to claims get the same lines and findings in a review and in a screening."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

import pytest

from isocenter.errors import UnreadableInput
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings
from isocenter.terms.findings import ALL_WAS_READ
from isocenter.terms.review import Review
from isocenter.workflow import review_each
from tests.random_claims import VISIT, Claims, claims_of_a_year
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of
from tests.test_review_and_screen_agree import _UNJUDGED, _reviewer

_POLICIES = ("imrt", "imrt_hospital", "ncci")
# A review gives a visit to the course of its day; a screening leaves it, and what it settles, without one.
_OF_VISITS = ("records_review_counted_once", "not_applicable")
# Which of several claims of one number a line is of: lines that a screening does not keep are counted in a review.
_TURN = re.compile(r"#\d+")


class Answers(NamedTuple):
    """What is answered for lines by their charges, for courses, and by the rules."""

    lines: list[tuple[object, ...]]
    courses: dict[str, str]
    findings: list[tuple[object, ...]]


def _screened(files: list[Path], out: Path, line_of_business: str) -> Answers:
    screen(settings_of(out, *files, policies=_POLICIES, line_of_business=line_of_business))
    rows = rows_of(out, "lines/*.parquet")
    charges = {row["claim_line_id"]: row["charge_amount"] for row in rows}
    names = ("charge_amount", "procedure_code", "recommendation", "units_allowed", "units")
    found = [
        (row["policy"], row["rule"], row["outcome"], row["subject_id"], row["because"], row["units_allowed"])
        for row in rows_of(out, "findings/[0-9]*.parquet")
    ]
    return Answers(
        [tuple(row[name] for name in names) for row in rows if row["course_id"]],
        {row["course_id"]: row["recommendation"] for row in rows_of(out, "courses/*.parquet")},
        _by_charges(found, charges),
    )


def _reviewed(folder: Path, line_of_business: str) -> Answers:
    answers = Answers([], {}, [])
    reviews: Iterable[Review]
    try:
        reviews = list(review_each(folder, _reviewer(), line_of_business=line_of_business))
    except UnreadableInput as refused:
        assert "no line is left to judge" in str(refused) or "no course of radiation therapy" in str(refused)
        reviews = []
    for review in reviews:
        charges = {row.claim_line_id: row.charge_amount for row in review.facts["claim_lines"]}
        answers.lines.extend(
            (charges[line.claim_line_id], line.procedure_code, str(line.recommendation), line.units_allowed, line.units)
            for line in review.lines
        )
        found = str(review.recommendation)
        answers.courses[review.course.course_id] = _UNJUDGED.get(found, found)
        findings = [
            (one.policy, one.rule, str(one.outcome), one.subject_id, one.because, one.units_allowed)
            for one in review.findings
            if one.outcome not in ("met", "not_assessed")
        ]
        answers.findings.extend(_by_charges(findings, charges))
    return answers


def _by_charges(findings: Iterable[tuple[str, ...]], charges: dict[str, float]) -> list[tuple[object, ...]]:
    """The findings with the charge of a line in place of its name; without that on what could not be read."""
    return [
        (policy, rule, outcome, charges.get(subject, subject), _TURN.sub("", because), *more)
        for policy, rule, outcome, subject, because, *more in findings
        if rule != ALL_WAS_READ and (rule, outcome) != _OF_VISITS
    ]


def _without_visits(answers: Answers, claims: Claims) -> Answers:
    visits = {line["charge_amount"] for line in claims.lines if line["procedure_code"] == VISIT}
    return Answers(
        sorted((line for line in answers.lines if line[1] != VISIT), key=repr),
        {course.upper(): said for course, said in answers.courses.items()},  # of a member spelled otherwise
        sorted({one for one in answers.findings if one[3] not in visits}, key=repr),
    )


def expect_one_answer(seed: int, parts: int) -> None:
    """Screen and review the claims of a seed; an AssertionError where the answers differ."""
    claims = claims_of_a_year(seed)
    line_of_business = Random(seed).choice(["", "medicare", "commercial"])
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        (case := Path(folder) / "case").mkdir()
        files = claims.write(case)
        with patch.object(Settings, "parts_of", return_value=parts):
            screened = _screened(files, out, line_of_business)
        shutil.copy(out / "claims" / "windows.parquet", case / "data_windows.parquet")
        reviewed = _reviewed(case, line_of_business)
    assert _without_visits(screened, claims) == _without_visits(reviewed, claims)


@pytest.mark.parametrize("seed", [6, 10, 27])
def test_a_review_and_a_screening_of_a_year_of_claims_answer_alike(seed: int) -> None:
    expect_one_answer(seed, parts=3)
