"""The fact store keeps what can be right, and says what it left out and why."""

from datetime import date

import pytest

from isocenter.facts.courses import drop_superseded_claims
from isocenter.facts.store import FactStore
from isocenter.review.policy_tables import use_courses
from isocenter.rulebook.rulebook import load_policy
from tests.builders import row


@pytest.fixture
def store() -> FactStore:
    store = FactStore(threads=1)
    use_courses(store, [load_policy("imrt")])
    return store


def line(**values: object):
    usual = {"claim_line_id": "L1", "service_date": date(2024, 3, 1), "procedure_code": "G6015"}
    return row("claim_lines", **{**usual, **values})


def test_an_empty_table_that_was_supplied_differs_from_one_that_was_not(store: FactStore) -> None:
    store.supply("documents")
    assert store.supplied == {"documents"}
    assert store.rows("documents") == []


def test_what_is_put_in_comes_out(store: FactStore) -> None:
    rows = [line(claim_line_id=f"L{n}", charge_amount=1.5 * n) for n in range(1, 4)]
    assert store.add(rows) == []
    assert store.rows("claim_lines") == rows


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"units": -2}, "units is -2"),
        ({"units": 0}, "units is 0"),
        ({"service_date": date(1024, 1, 1)}, "service_date is 1024-01-01"),
        ({"setting": "hospital"}, "expected one of professional, institutional"),
        ({"claim_line_id": ""}, "claim_line_id is empty"),
        ({"modifier_1": None}, "modifier_1 is missing"),
    ],
)
def test_a_line_that_cannot_be_right_is_left_out_with_a_sentence(
    store: FactStore, wrong: dict[str, object], says: str
) -> None:
    bad = line()._replace(**wrong)
    (problem,) = store.add([bad, line(claim_line_id="L2")], "claims.csv")
    assert says in problem.sentence
    assert problem.path == "claims.csv"
    assert [kept.claim_line_id for kept in store.rows("claim_lines")] == ["L2"]


def test_of_two_lines_with_one_name_the_first_counts(store: FactStore) -> None:
    (problem,) = store.add([line(units=1), line(units=2)])
    assert "appears twice" in problem.sentence
    assert [kept.units for kept in store.rows("claim_lines")] == [1]


def test_a_replacement_takes_the_place_of_the_claim_it_names(store: FactStore) -> None:
    store.add(
        [
            line(claim_line_id="L1", claim_id="A", units=3),
            line(claim_line_id="L2", claim_id="B", claim_frequency="7", original_claim_id="A"),
        ]
    )
    (problem,) = drop_superseded_claims(store)
    assert problem.sentence == "the claim was replaced by claim B; 1 of its lines were left out"
    assert [kept.claim_line_id for kept in store.rows("claim_lines")] == ["L2"]


def test_a_void_takes_itself_and_the_claim_it_names_away(store: FactStore) -> None:
    store.add(
        [
            line(claim_line_id="L1", claim_id="A"),
            line(claim_line_id="L2", claim_id="B", claim_frequency="8", original_claim_id="A"),
            line(claim_line_id="L3", claim_id="C"),
        ]
    )
    assert len(drop_superseded_claims(store)) == 2  # the voided claim and the void itself
    assert [kept.claim_line_id for kept in store.rows("claim_lines")] == ["L3"]
