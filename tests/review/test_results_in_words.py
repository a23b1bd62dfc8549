"""Results of measurements that stand in the words of an element alone: a low one is never good."""

from datetime import date
from pathlib import Path

import pytest

from isocenter.review.results_in_words import results_in_words
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.terms.chart import Document, DocumentElement
from isocenter.terms.plans import Verification
from isocenter.workflow import review_case

EXAMPLE = Path(__file__).parents[2] / "examples" / "prostate_clean"
WRITTEN = "gamma 98.7 % at 3 %/2 mm global, threshold 10 %"


@pytest.fixture(scope="module")
def imrt() -> Rulebook:
    return load_policy("imrt")


def read(imrt: Rulebook, *details: str, given: tuple[Verification, ...] = ()) -> list[float | None]:
    """The values of one verification a day whose measurement the details describe."""
    papers = [Document(f"D{n}", "C1", "dosimetric_verification", date(2024, 3, n)) for n in range(1, len(details) + 1)]
    elements = [
        DocumentElement(paper.document_id, "physical_measurement", detail)
        for paper, detail in zip(papers, details, strict=True)
    ]
    return [row.value for row in results_in_words([*papers, *elements, *given], [imrt])]


@pytest.mark.parametrize(
    ("detail", "values"),
    [
        ("gamma 62.0 % at 3%/2mm", [62.0]),
        ("only 62,5 percent of the points passed (3 %/3 mm)", [62.5]),
        ("Gamma pass rate 71.5 (3%/2mm)", [71.5]),
        ("gamma 62", [62.0]),
        ("62 %", [62.0]),
        ("arc 1 98.4 %, arc 2 62.0 % at 3 %/2 mm", [98.4, 62.0]),
        ("ion chamber -7.5 %", [-7.5]),
        (WRITTEN, []),
        ("gamma 97 % (required 85 %)", [97.0]),
        ("Pass rate: 0.62 (3%/2mm)", [62.0]),
        ("Pass rate: 0.62 (action level 0.90)", [62.0]),
        ("gamma passing rate .85", [85.0]),
        ("62 of 100 points passed at 3 %/2 mm", [62.0]),
        ("passing rate 0.98", []),
        ("points passing gamma < 1.0: 0.87", [87.0]),
        ("points passing with gamma <= 1.0: 87.0 %", [87.0]),
        ("870 of 1000 points had gamma below 1 and passed", [87.0]),
        ("1000 points, 870 passed", [87.0]),
        ("1,000 points evaluated at 3 %/2 mm; 870 passed", [87.0]),
        ("870 points passed, 130 failed (3 %/2 mm)", [87.0]),
        ("87 of 100 pass", [87.0]),
        ("passed, mean gamma 0.45", []),
        ("gamma 2/3 pass", []),
        ("gamma 0.62", []),  # a mean index of gamma
        ("passed within 0.5 mm", []),
        ("980/1000 diodes pass", []),
        ("array of 62 fields, gamma 98 %", [98.0]),
        ("ion chamber +1.2 %", []),
        ("diode array at 30 degrees", []),
        ("per protocol", []),
    ],
)
def test_a_number_that_may_fail_is_read_from_the_words(imrt: Rulebook, detail: str, values: list[float]) -> None:
    assert read(imrt, detail) == values


def test_a_later_result_is_read_beside_one_that_fails_and_what_rows_give_is_not_read_again(imrt: Rulebook) -> None:
    assert read(imrt, "gamma 85 % at 3 %/2 mm", "gamma 97.5 % at 3 %/2 mm") == [85.0, 97.5]
    given = Verification("P1", "C1", "measurement", value=85.0, unit="%")
    assert read(imrt, "gamma 85 % at 3 %/2 mm", given=(given,)) == []


@pytest.mark.parametrize(
    ("detail", "course", "said"),
    [
        ("gamma 98.2 % at 3 %/2 mm", "cover", ""),
        ("gamma 62.0 % at 3 %/2 mm", "human_review", "on 2024-03-14: 62.0 % of points pass (3 %/2 mm)"),
        ("62 %", "request_documentation", "on 2024-03-14: 62.0 %"),
    ],
)
def test_a_course_whose_measurement_fails_in_words_is_not_covered(
    tmp_path: Path, detail: str, course: str, said: str
) -> None:
    for file in EXAMPLE.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    case = tmp_path / "case.yaml"
    text = case.read_text(encoding="utf-8")
    assert text.count(WRITTEN) == 1
    case.write_text(text.replace(WRITTEN, detail), encoding="utf-8")
    review = review_case(tmp_path, with_pictures=False)
    assert review.recommendation.value == course
    assert said in next(one.because for one in review.findings if one.rule.startswith("the_plan_is_verified"))
