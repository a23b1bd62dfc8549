"""Where a diagnosis code places a tumor is the same before the rules run as in the definition that they read."""

import pytest

from isocenter.review.diagnosed import diagnosed_tumors, incomplete_codes
from isocenter.review.duckdb_engine import judge
from isocenter.review.rule_cases import store_of
from isocenter.rulebook.rulebook import Rulebook, load_policy


@pytest.fixture(scope="module")
def imrt() -> Rulebook:
    return load_policy("imrt")


def _codes(imrt: Rulebook) -> list[str]:
    """Both ends of every range, and a code for every side's pattern, some of which are not complete."""
    ends = [code for row in imrt.tables["icd10_sites"][1] for code in row[:2]]
    sided = [row[0].replace("_", digit) for row in imrt.tables["icd10_sides"][1] for digit in "129"]
    return sorted(code for code in {*ends, *sided} if "C00" <= code <= "D49.9Z")


def test_each_code_has_the_site_and_side_of_the_definition(imrt: Rulebook) -> None:
    codes = _codes(imrt)
    store = store_of(
        {
            "courses": [{"course_id": "C1"}],
            "diagnoses": [{"course_id": "C1", "icd10": code, "position": n} for n, code in enumerate(codes, 1)],
        }
    )
    judge(store, [imrt])
    query = "select icd10, site, laterality from diagnosed_sites where label <> '' order by icd10"
    assert diagnosed_tumors(codes, [imrt]) == store.connection.execute(query).fetchall()
    query = "select icd10 from diagnosed_sites where label = '' order by icd10"
    assert [(code,) for code in incomplete_codes(codes, [imrt])] == store.connection.execute(query).fetchall() != []
    assert {site for _, site, _ in diagnosed_tumors(codes, [imrt])} > {"prostate", "breast", "head_and_neck", "thorax"}


@pytest.mark.parametrize(
    ("code", "placed"),
    [
        ("C61", ("C61", "prostate", "")),
        ("C50.911", ("C50.911", "breast", "right")),
        ("C50.912", ("C50.912", "breast", "left")),
        ("C34.12", ("C34.12", "thorax", "left")),
    ],
)
def test_well_known_codes(imrt: Rulebook, code: str, placed: tuple[str, str, str]) -> None:
    assert diagnosed_tumors([code, "Z51.0", "I10"], [imrt]) == [placed]


@pytest.mark.parametrize("code", ["C61.99", "C61.9", "C61X", "C50", "C50.4", "C50.41", "C50.419X", "C6", "D49.99"])
def test_a_code_that_is_not_complete_places_nothing(imrt: Rulebook, code: str) -> None:
    assert diagnosed_tumors([code], [imrt]) == []
    assert incomplete_codes([code, "C61", "Z51.0", "I10"], [imrt]) == [code]


def test_without_a_table_no_site_is_known() -> None:
    assert diagnosed_tumors(["C61"], []) == [("C61", "", "")]
