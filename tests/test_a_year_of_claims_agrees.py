"""Weekly claims with all that happens to claims get the same lines and findings in a review and in a screening."""

import shutil
from collections.abc import Collection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest

from isocenter.screening.settings import Settings
from tests.both_ways import Answers, reviewed, screened
from tests.random_claims import VISIT, claims_of_a_year


def without_visits(answers: Answers, visits: Collection[object]) -> Answers:
    """The answers in one order without those on visits, which are named by their charges."""
    return Answers(
        sorted((line for line in answers.lines if line[1] != VISIT), key=repr),
        {_in_one_spelling(course): said for course, said in answers.courses.items()},
        sorted({_of_one_spelling(one) for one in answers.findings if one[3] not in visits}, key=repr),
    )


def _of_one_spelling(finding: tuple[object, ...]) -> tuple[object, ...]:
    policy, rule, outcome, subject, *more = finding
    return (policy, rule, outcome, _in_one_spelling(subject) if isinstance(subject, str) else subject, *more)


def _in_one_spelling(course_id: str) -> str:
    """The name of a course, whichever of the spellings of its member's number it bears: a lost line may differ."""
    return course_id.upper().replace("-", "")


def expect_one_answer(seed: int, parts: int) -> None:
    """Screen and review the claims of a seed; an AssertionError where the answers differ."""
    claims = claims_of_a_year(seed)
    line_of_business = Random(seed).choice(["", "medicare", "commercial"])
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        (case := Path(folder) / "case").mkdir()
        files = claims.write(case)
        with patch.object(Settings, "parts_of", return_value=parts):
            screened_answers = screened(files, out, line_of_business)
        shutil.copy(out / "claims" / "windows.parquet", case / "data_windows.parquet")
        reviewed_answers = reviewed(case, line_of_business)
    visits = {line["charge_amount"] for line in claims.lines if line["procedure_code"] == VISIT}
    assert without_visits(screened_answers, visits) == without_visits(reviewed_answers, visits)


@pytest.mark.parametrize("seed", [6, 10, 27])
def test_a_review_and_a_screening_of_a_year_of_claims_answer_alike(seed: int) -> None:
    expect_one_answer(seed, parts=3)
