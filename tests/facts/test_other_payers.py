"""Claims left out beside another: copies for another payer, and what a correction of its own payer ends."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from isocenter.review.reviewer import Reviewer
from isocenter.screening.run import screen
from isocenter.terms.review import Review
from isocenter.workflow import review_case
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of

_HEADER = (
    "claim_id,line_number,member_id,service_date,procedure_code,modifier_1,units,setting,billing_npi,claim_frequency,"
    "line_of_business,charge_amount"
)
_SERVICES = (("2025-03-03", "77301", "", 1), ("2025-03-10", "G6015", "", 1), ("2025-03-11", "G6015", "", 1))
_NPI = "1234567893"


def _claim(
    number: str,
    payer: str,
    charge: int,
    services: Sequence[tuple[str, str, str, int]] = _SERVICES,
    frequency: str = "1",
    npi: str = _NPI,
) -> list[str]:
    return [
        f"{number},{line},M1,{day},{code},{modifier},{units},professional,{npi},{frequency},{payer},{charge}"
        for line, (day, code, modifier, units) in enumerate(services, start=1)
    ]


def _written(folder: Path, *claims: Sequence[str]) -> Path:
    file = folder / "claim_lines.csv"
    file.write_text("\n".join([_HEADER, *(line for claim in claims for line in claim), ""]), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def reviewer() -> Reviewer:
    return Reviewer(["imrt"])


def _kept(review: Review) -> list[float]:
    """The charges of the lines that are judged, by which a claim is told from another here."""
    return sorted(row.charge_amount for row in review.facts["claim_lines"])


def _not_good(review: Review) -> set[str]:
    return {finding.rule for finding in review.findings if finding.outcome == "not_met"}


@pytest.mark.parametrize("payer", ["commercial", "medicaid", "other"])
@pytest.mark.parametrize("is_read_first", [False, True])
def test_the_copy_for_another_payer_is_left_out_and_named(
    tmp_path: Path, reviewer: Reviewer, payer: str, is_read_first: bool
) -> None:
    claims = [_claim("A1", "medicare", 100), _claim("A1S", payer, 20)]
    review = review_case(_written(tmp_path, *claims[:: -1 if is_read_first else 1]), reviewer)
    assert _kept(review) == [100, 100, 100]
    assert not _not_good(review)
    (said,) = [one for one in review.problems if one.place == "claim A1S"]
    assert said.sentence == (
        f"the claim bills to another payer ({payer}) what claim A1 bills to Medicare; 3 of its lines were left out"
    )


@pytest.mark.parametrize(
    "other",
    [
        _claim("A2", "medicare", 20),  # billed twice to one payer
        _claim("A2", "", 20),  # nobody knows to whom
    ],
)
def test_the_same_services_billed_to_the_same_or_an_unknown_payer_are_a_duplicate(
    tmp_path: Path, reviewer: Reviewer, other: list[str]
) -> None:
    review = review_case(_written(tmp_path, _claim("A1", "medicare", 100), other), reviewer)
    assert _kept(review) == [20, 20, 20, 100, 100, 100]
    assert "no_duplicate_line" in _not_good(review)


@pytest.mark.parametrize(
    "other",
    [
        _claim("A2", "commercial", 20, (*_SERVICES, ("2025-03-12", "G6015", "", 1))),
        _claim("A2", "commercial", 20, [(day, code, "26", units) for day, code, _, units in _SERVICES]),
        _claim("A2", "commercial", 20, [(day, code, mark, 2) for day, code, mark, _ in _SERVICES]),
        _claim("A2", "commercial", 20, npi="1999999984"),
    ],
)
def test_a_claim_of_another_service_provider_or_number_of_units_is_no_copy(
    tmp_path: Path, reviewer: Reviewer, other: list[str]
) -> None:
    review = review_case(_written(tmp_path, _claim("A1", "medicare", 100), other), reviewer)
    assert _kept(review).count(20) == len(other)


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_a_correction_for_another_payer_leaves_the_claim_to_medicare_as_it_is(
    tmp_path: Path, reviewer: Reviewer, frequency: str
) -> None:
    claims = [
        _claim("A1", "medicare", 100),
        _claim("A1", "commercial", 20),
        _claim("A1", "commercial", 10, frequency=frequency),
    ]
    assert _kept(review_case(_written(tmp_path, *claims), reviewer)) == [100, 100, 100]


def test_a_claim_that_was_voided_at_medicare_leaves_the_one_to_the_other_payer(
    tmp_path: Path, reviewer: Reviewer
) -> None:
    claims = [
        _claim("A1", "medicare", 100),
        _claim("A1", "medicare", 90, frequency="8"),
        _claim("A2", "commercial", 20),
    ]
    review = review_case(_written(tmp_path, *claims), reviewer)
    assert _kept(review) == [20, 20, 20]
    assert review.recommendation == "out_of_scope"


def test_a_screening_leaves_the_copy_out_too(tmp_path: Path) -> None:
    file = _written(tmp_path, _claim("A1", "medicare", 100), _claim("A1S", "medicaid", 20))
    screen(settings_of(tmp_path / "out", file))
    assert {row["charge_amount"] for row in rows_of(tmp_path / "out", "lines/*.parquet")} == {100}
    assert {row["kind"] for row in rows_of(tmp_path / "out", "rejects.parquet")} == {
        "the claim bills to another payer what another claim bills to Medicare"
    }


def test_a_line_that_no_rule_covers_keeps_no_claim_from_being_the_copy_of_another(
    tmp_path: Path, reviewer: Reviewer
) -> None:
    blood_test = ("2025-03-12", "80053", "", 1)
    file = _written(tmp_path, _claim("A1", "medicare", 100), _claim("A1S", "commercial", 20, (*_SERVICES, blood_test)))
    assert _kept(review_case(file, reviewer)) == [100, 100, 100]
    screen(settings_of(tmp_path / "out", file))
    assert {row["charge_amount"] for row in rows_of(tmp_path / "out", "lines/*.parquet")} == {100}


def test_a_claim_of_services_that_no_rule_covers_is_no_copy(tmp_path: Path, reviewer: Reviewer) -> None:
    blood_test = [("2025-03-12", "80053", "", 1)]
    claims = [
        _claim("A1", "medicare", 100, [*_SERVICES, *blood_test]),
        _claim("A1S", "commercial", 20, blood_test),
    ]
    review = review_case(_written(tmp_path, *claims), reviewer)
    assert "claim A1S" not in {problem.place for problem in review.problems}


@pytest.mark.parametrize("end", ["R1", "A1", "-01"])
def test_a_replacement_whose_number_ends_with_its_version_finds_its_original(
    tmp_path: Path, reviewer: Reviewer, end: str
) -> None:
    claims = [_claim("A5001", "medicare", 100), _claim(f"A5001{end}", "medicare", 90, frequency="7")]
    assert _kept(review_case(_written(tmp_path, *claims), reviewer)) == [90, 90, 90]
