"""Two courses of a member at once: a line whose claim names no tumor is asked about, by whichever road it is judged."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from isocenter.intake.screened import read_screened_course
from isocenter.rulebook.rulebook import load_policy
from isocenter.screening.run import screen
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.workflow import review_contents, review_each
from tests.screening.claims_files import rows_of, write_parquet
from tests.screening.screenings import settings_of

_LUNG, _PROSTATE, _ENCOUNTER = "C34.11", "C61", "Z51.0"
_BEGIN = date(2024, 3, 4)
_ASKED = "may also be for another tumor treated at the same time: state the diagnosis that it was for"


def _claims(folder: Path) -> Path:
    """A lung of ten fractions by G6015 and a prostate of ten by G6016, of which the second five name no tumor."""
    claims = {
        "L1": (_LUNG, [("77263", 0), ("77301", 1), *(("G6015", day) for day in range(7, 12)), ("77427", 11)]),
        "L2": (_LUNG, [*(("G6015", day) for day in range(14, 19)), ("77427", 18)]),
        "P1": (_PROSTATE, [("77263", 2), ("77301", 3), *(("G6016", day) for day in range(9, 14)), ("77427", 13)]),
        "E1": (_ENCOUNTER, [*(("G6016", day) for day in range(14, 19)), ("77336", 18)]),
        "P2": (_PROSTATE, [("77427", 17)]),
        "P3": (_PROSTATE, [("77014", 200)]),  # the claims reach on, so that no week is open at their end
    }
    lines = [
        ClaimLine(
            claim_line_id=f"{claim}-{number}", claim_id=claim, line_number=number, course_id="", member_id="M1",
            service_date=_BEGIN + timedelta(days=day), procedure_code=code, units=1, setting="professional",
            billing_npi="1999999984", line_of_business="medicare",
        )
        for claim, (_, services) in claims.items()
        for number, (code, day) in enumerate(services, start=1)
    ]  # fmt: skip
    write_parquet(folder / "claim_lines.parquet", lines)
    write_parquet(folder / "claim_diagnoses.parquet", [ClaimDiagnosis(name, of[0], 1) for name, of in claims.items()])
    return folder


def _told(findings: Iterable[Any]) -> set[tuple[str, str, str]]:
    """Rule, line and outcome of what is refused or asked for the sake of a course."""
    return {(one["rule"], one["subject_id"], one["outcome"]) for one in findings if _ASKED in one["because"]}


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("at_once")
    screen(settings_of(folder / "out", _claims(folder / "claims"), policies=("imrt",)))
    return folder / "out"


def test_a_second_level_of_the_day_and_units_beyond_the_fractions_are_asked_about(screened: Path) -> None:
    findings = rows_of(screened, "findings/*.parquet")
    of_the_week = {f"{claim}-{number}" for claim in ("E1", "L2") for number in range(1, 6)}
    asked = {("one_delivery_level_a_day", line) for line in of_the_week}
    asked.add(("one_management_unit_per_five_fractions", "P2-1"))
    assert _told(findings) == {(*one, "not_documented") for one in asked}
    assert not [one for one in findings if one["outcome"] == "not_met"]


def test_a_review_of_each_course_and_one_out_of_the_screening_ask_the_same(screened: Path) -> None:
    told = _told(rows_of(screened, "findings/*.parquet"))
    reviews = list(review_each(screened.parent / "claims"))
    assert {review.course.course_id for review in reviews} >= {"M1 from 2024-03-04", "M1 from 2024-03-06"}
    opened = [
        review_contents(
            read_screened_course(screened, review.course.course_id), ("imrt",), course_id=review.course.course_id
        )
        for review in reviews
    ]
    for some in (reviews, opened):
        found = [one for review in some for one in review.findings]
        assert not [one for one in found if one.outcome == "not_met"]
        assert {(one.rule, one.subject_id, str(one.outcome)) for one in found} >= told


@pytest.mark.spark
def test_spark_asks_the_same(screened: Path, tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path / "spark",
        screened.parent / "claims",
        policies=(_those_that_ask(tmp_path / "policy"),),
        engine="spark",
        memory_bytes=2_000_000_000,
    )
    screen(settings)
    assert _told(rows_of(settings.out, "findings/*.parquet")) == _told(rows_of(screened, "findings/*.parquet"))


def _those_that_ask(folder: Path) -> str:
    """A policy of the two rules that ask: Spark plans each rule longer than it runs it on so few lines."""
    asking = {"one_delivery_level_a_day", "one_management_unit_per_five_fractions", "the_policy_applies"}
    others = [f"{rule.group}/{rule.name}" for rule in load_policy("imrt").rules if rule.name not in asking]
    folder.mkdir()
    (folder / "policy.toml").write_text(
        'name = "those_that_ask"\ntitle = "Two rules"\nline_of_business = "medicare"\nvalid_from = 2016-01-01\n'
        f'extends = "imrt"\nleaves_out = {others}\n'
    )
    return str(folder)
