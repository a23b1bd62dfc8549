"""Claims whose numbers come again are distinguished, and corrections find the claim that they correct."""

from datetime import date

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.facts.courses import drop_superseded_claims
from isocenter.facts.identity import distinguish_claims, member_key, member_key_sql
from isocenter.facts.placement import fill_in_course_and_member
from isocenter.facts.store import FactStore
from isocenter.review.policy_tables import use_courses
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.courses import Course
from tests.builders import row

DAY = date(2025, 3, 3)


def line(number: str = "1001", **values: object) -> ClaimLine:
    usual = {"claim_id": number, "claim_line_id": "", "service_date": DAY, "procedure_code": "G6015", "course_id": ""}
    made = row("claim_lines", **{**usual, **values})
    assert isinstance(made, ClaimLine)
    return made


def told(*rows: ClaimLine | ClaimDiagnosis) -> tuple[list[ClaimLine], list[ClaimDiagnosis], list[str]]:
    found, problems = distinguish_claims(rows)
    return (
        [one for one in found if isinstance(one, ClaimLine)],
        [one for one in found if isinstance(one, ClaimDiagnosis)],
        [problem.sentence for problem in problems],
    )


def test_a_number_that_one_claim_bears_is_its_key() -> None:
    (first, second), _, problems = told(line(), line(line_number=2))
    assert (first.claim_id, second.claim_id) == ("1001", "1001")
    assert (first.claim_line_id, second.claim_line_id) == ("1001-1", "1001-2")
    assert problems == []


@pytest.mark.parametrize(
    "other",
    [{"member_id": "M2"}, {"billing_npi": "1888888884"}, {"setting": "institutional"}, {"claim_frequency": "7"}],
)
def test_claims_of_one_number_by_other_bearers_are_two_and_every_line_is_kept(other: dict[str, str]) -> None:
    lines, _, _ = told(line(), line(**other))
    assert len({one.claim_id for one in lines}) == len({one.claim_line_id for one in lines}) == 2
    assert {one.patient_account_number for one in lines} == {"1001"}


def test_a_diagnosis_stays_with_its_member() -> None:
    lines, diagnoses, _ = told(
        line(), line(member_id="M2"), ClaimDiagnosis("1001", "C61", 1, "M1"), ClaimDiagnosis("1001", "C50.911", 1, "M2")
    )
    icd10 = {one.claim_id: one.icd10 for one in diagnoses}
    assert [icd10[one.claim_id] for one in lines] == ["C61", "C50.911"]


def test_a_diagnosis_that_may_be_of_either_member_is_left_out_and_named() -> None:
    _, diagnoses, (sentence,) = told(line(), line(member_id="M2"), ClaimDiagnosis("1001", "C61", 1))
    assert diagnoses == []
    assert "several members have this number" in sentence


def test_diagnoses_of_which_none_is_of_a_claim_at_hand_are_named() -> None:
    _, _, (sentence,) = told(line("ab1"), ClaimDiagnosis("AB1", "C61", 1))
    assert "the first of which is of claim AB1" in sentence


def test_a_number_of_a_claim_that_a_program_made_a_decimal_is_that_of_the_claim() -> None:
    _, (diagnosis,), problems = told(line(), ClaimDiagnosis("1001.0", "C61", 1))
    assert (diagnosis.claim_id, problems) == ("1001", [])


def test_lines_of_other_weeks_under_one_number_are_all_kept_with_the_diagnoses() -> None:
    weeks = [line(service_date=date(2025, 3, day)) for day in (3, 10, 17)]
    lines, diagnoses, _ = told(*weeks, ClaimDiagnosis("1001", "C61", 1, "M1"))
    assert len({one.claim_line_id for one in lines}) == 3
    assert {one.claim_id for one in lines} == {one.claim_id for one in diagnoses}


def test_the_same_line_given_twice_counts_once() -> None:
    named = line(claim_line_id="L1")
    lines, _, (sentence,) = told(named, named)
    assert (len(lines), "given twice" in sentence) == (1, True)
    week = [line(claim_line_id=f"L{day}", service_date=date(2025, 3, day)) for day in (3, 4, 5)]
    lines, _, (sentence,) = told(*week, *week)
    assert len(lines) == 3
    assert sentence == "3 lines are given twice, the first is L3; one of each is judged"


def test_lines_of_one_name_that_differ_are_said_and_keep_the_name_for_the_rule() -> None:
    lines, _, (sentence,) = told(line(claim_line_id="L1"), line(claim_line_id="L1", units=2), line(claim_line_id="L2"))
    assert [(one.claim_line_id, one.repeated_line_id) for one in lines] == [("L1", "L1"), ("L1#2", "L1"), ("L2", "")]
    assert "have this number and differ (G6015 on 2025-03-03, G6015 on 2025-03-03)" in sentence


def test_lines_of_one_place_are_of_several_claims_and_lines_without_one_are_of_one() -> None:
    lines, _, (sentence,) = told(line(claim_line_id="1001-1"), line(claim_line_id="1001-1", units=2))
    assert ([one.claim_id for one in lines], lines[0].repeated_line_id) == (["1001", "1001#2"], "")
    assert "lines of several claims under one number" in sentence
    lines, _, problems = told(*[line()._replace(claim_line_id="")] * 2)
    assert ([one.claim_id for one in lines], problems) == (["1001", "1001"], [])


def test_one_line_name_on_two_claims_names_two_lines() -> None:
    lines, _, _ = told(line(claim_line_id="1"), line("1002", claim_line_id="1"))
    assert [one.claim_line_id for one in lines] == ["1001-1", "1002-1"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1EG4-TE5-MK72", "1eg4te5mk72", True),
        ("XYZ-123456789", "xyz 123456789", True),
        ("m1", "M1", True),
        ("00012345", "12345", True),
        ("000-123-456-789", "123456789", True),
        ("0M12", "M12", False),
        ("0000", "000", False),
        ("01-12", "1-12", False),
        ("1-12", "11-2", False),
        ("M1", "M2", False),
    ],
)
def test_a_member_is_known_by_hyphen_case_and_zeros_before_the_number(one: str, other: str, same: bool) -> None:
    assert (member_key(one) == member_key(other)) is same
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"select {member_key_sql('number')} from (select unnest(?) as number)", [[one, other]]
        )
        assert rows.fetchall() == [(member_key(one),), (member_key(other),)]
    lines, _, _ = told(line(member_id=one), line("1002", member_id=other))
    assert (lines[0].member_id == lines[1].member_id) is same


def test_a_line_that_is_taken_back_is_gone_with_the_one_that_takes_it_back() -> None:
    billed = {"charge_amount": 100.0, "claim_line_id": "A"}
    back = line(charge_amount=-100.0, units=-1, claim_line_id="B")
    lines, _, (sentence,) = told(line(**billed), back, line(charge_amount=120.0, claim_line_id="C"))
    assert [one.claim_line_id for one in lines] == ["C"]
    assert "takes it back" in sentence


@pytest.mark.parametrize(
    ("units", "charge", "left"),
    [(-2, -200.0, (3, 300.0)), (-2, None, (3, 500.0)), (-2, -450.0, None), (-6, -600.0, None), (-5, -400.0, None)],
)
def test_a_reversal_of_some_units_at_their_price_lowers_the_line(
    units: int, charge: float | None, left: tuple[int, float] | None
) -> None:
    billed = line(units=5, charge_amount=500.0, claim_line_id="A")
    (one,), _, (sentence,) = told(billed, line("1002", units=units, charge_amount=charge, claim_line_id="B"))
    assert (one.units, one.charge_amount) == (left or (5, 500.0))
    assert ("takes back some of the units" in sentence) is (left is not None)


@pytest.mark.parametrize(("given", "said"), [(1, "were not supplied"), (0, "take back these 12 lines")])
def test_what_is_said_of_many_lines_of_a_claim_that_are_taken_back_is_said_once(given: int, said: str) -> None:
    lines = [line(line_number=n, service_date=date(2024, 3, n), claim_line_id=f"L{n}") for n in range(1, 13)]
    back = [
        one._replace(units=-1, line_number=one.line_number + 12, claim_line_id=f"{one.claim_line_id}-") for one in lines
    ]
    kept, _, (sentence,) = told(*([] if given else lines), *back)
    assert (kept, said in sentence) == ([], True)


def test_a_reversal_of_nothing_at_hand_is_named() -> None:
    lines, _, (sentence,) = told(line(units=-1))
    assert (lines, "was not supplied" in sentence) == ([], True)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            line,
            st.sampled_from(["A", "B"]),
            line_number=st.integers(1, 2),
            member_id=st.sampled_from(["M1", "M2"]),
            billing_npi=st.sampled_from(["", "1999999984", "1888888884"]),
            claim_frequency=st.sampled_from(["1", "7"]),
            claim_line_id=st.sampled_from(["", "", "1", "A-1"]),
            units=st.integers(1, 2),
        ),
        max_size=8,
    )
)
def test_keys_are_unique_and_no_line_is_lost_but_those_given_twice(lines: list[ClaimLine]) -> None:
    found, _, problems = told(*lines)
    assert len(found) == len({one.claim_line_id for one in found})
    assert len(found) >= len(set(lines))
    assert len(found) == len(lines) or problems


# Corrections


def standing(*rows: ClaimLine) -> tuple[set[str], list[str]]:
    """The keys of the claims that stand, and what was said."""
    store = FactStore(few_rows=True)
    keyed, problems = distinguish_claims(rows)
    assert problems + store.add(keyed) == []
    use_courses(store, [load_policy("imrt")])
    said = drop_superseded_claims(store)
    return {one.claim_id for one in store.rows("claim_lines")}, [problem.sentence for problem in said]


REPLACING = {"claim_frequency": "7", "original_claim_id": "PAYER55"}
VOIDING = {"claim_frequency": "8", "original_claim_id": "PAYER55"}


@pytest.mark.parametrize("turn", [1, -1])
def test_a_replacement_by_the_payers_number_ends_the_claim_of_its_own_number(turn: int) -> None:
    kept, said = standing(*[line("A1"), line("A1", **REPLACING)][::turn])
    assert (kept, len(said)) == ({"A1 (frequency 7)"}, 1)


def test_a_replacement_names_its_original_by_the_payers_number_of_it() -> None:
    kept, _ = standing(line("A1", payer_claim_number="PAYER55"), line("A2", **REPLACING))
    assert kept == {"A2"}


@pytest.mark.parametrize("original", ["original", "absent"])
def test_of_several_corrections_of_one_claim_the_last_one_counts(original: str) -> None:
    first = [line("5001")] if original == "original" else []
    adjusted = [line(number, claim_frequency="7", original_claim_id="5001") for number in ("5002", "5003")]
    assert standing(*first, *adjusted)[0] == {"5003"}
    other_days = adjusted[0]._replace(service_date=date(2025, 6, 2))
    assert standing(other_days, adjusted[1])[0] == {"5002", "5003"}


def test_a_void_of_a_replaced_claim_ends_the_replacement_too() -> None:
    replacing = line("5002", claim_frequency="7", original_claim_id="5001")
    assert standing(line("5001"), replacing, line("5003", claim_frequency="8", original_claim_id="5001"))[0] == set()


@pytest.mark.parametrize(
    ("named", "kept"), [("HO20250014", {"R1"}), ("ho-2025 0014", {"R1"}), ("HO-2025-001", {"HO-2025-0014", "R1"})]
)
def test_a_number_of_a_claim_is_the_same_with_other_hyphens_and_case(named: str, kept: set[str]) -> None:
    assert standing(line("HO-2025-0014"), line("R1", claim_frequency="7", original_claim_id=named))[0] == kept


def test_hyphens_of_a_short_number_count() -> None:
    assert len(standing(line("1-12"), line("R1", claim_frequency="7", original_claim_id="11-2"))[0]) == 2


def test_what_an_original_names_is_the_payers_number_of_it() -> None:
    """As payers' copies of claims have it; a replacement may write the number with other hyphens."""
    adjusted = line("A2", claim_frequency="7", original_claim_id="ICN9001")
    assert standing(line("A1", original_claim_id="ICN-9001"), adjusted)[0] == {"A2"}


def test_a_line_named_by_its_claim_and_number_is_named_by_the_correction_that_it_is_of() -> None:
    keyed, _ = distinguish_claims([line("A1", claim_line_id="A1-1"), line("A1", claim_line_id="A1-1", **REPLACING)])
    assert [(one.claim_id, one.claim_line_id) for one in keyed if isinstance(one, ClaimLine)] == [
        ("A1", "A1-1"),
        ("A1 (frequency 7)", "A1 (frequency 7)-1"),
    ]


def test_a_void_ends_itself_and_its_original() -> None:
    assert standing(line("A1"), line("A1", **VOIDING))[0] == set()


@pytest.mark.parametrize("other", [{"member_id": "M2"}, {"billing_npi": "1888888884"}, {"setting": "institutional"}])
def test_a_correction_never_ends_a_claim_of_another_member_provider_or_setting(other: dict[str, str]) -> None:
    kept, said = standing(line("A1", **other), line("A9", claim_frequency="7", original_claim_id="A1"))
    assert len(kept) == 2
    elsewhere = {
        "member_id": "claim A1, which is not among the claims that are judged",
        "billing_npi": "claim A1, which was supplied from another provider",
        "setting": "claim A1, which was supplied from another setting",
    }
    assert [elsewhere[name] in said[0] for name in other] == [True]
    kept, said = standing(line("A1", **other), line("A1", claim_frequency="7"))
    unnamed = {
        "member_id": "without naming it, and no supplied claim has its number",
        "billing_npi": "without naming it, and the claim with its number is from another provider",
        "setting": "without naming it, and the claim with its number is from another setting",
    }
    assert (len(kept), [unnamed[name] in said[0] for name in other]) == (2, [True])


@pytest.mark.parametrize(("biller", "corrector"), [("", "1999999984"), ("1999999984", "")])
def test_a_correction_ends_the_claim_that_it_names_where_one_of_the_two_does_not_name_its_provider(
    biller: str, corrector: str
) -> None:
    void = line("A9", claim_frequency="8", original_claim_id="A1", billing_npi=corrector)
    assert standing(line("A1", billing_npi=biller), line("A2"), void)[0] == {"A2"}


def test_a_correction_without_a_provider_ends_no_claim_where_claims_of_two_providers_bear_the_number() -> None:
    claims = [line("A1", billing_npi="1999999984"), line("A1", billing_npi="1888888884")]
    kept, said = standing(*claims, line("A1", claim_frequency="8", billing_npi=""))
    assert (len(kept), any("so that was not ended" in sentence for sentence in said)) == (2, True)
    own, _ = standing(*claims, line("A1", claim_frequency="8", billing_npi="1888888884"))
    assert own == {"A1 of M1 by 1999999984, professional"}


def test_of_weekly_claims_under_one_account_that_of_the_same_days_is_replaced() -> None:
    weeks = [line("ACCT", claim_line_id=f"W{day}", service_date=date(2025, 3, day)) for day in (3, 10)]
    again = line("ACCT", claim_line_id="R", service_date=date(2025, 3, 10), **REPLACING)
    store = FactStore(few_rows=True)
    keyed, _ = distinguish_claims([*weeks, again])
    keyed = [one._replace(claim_id=f"ACCT#{place}") for place, one in enumerate(keyed, start=1)]
    store.add(keyed)
    use_courses(store, [load_policy("imrt")])
    drop_superseded_claims(store)
    assert {one.claim_line_id for one in store.rows("claim_lines")} == {"W3", "R"}


def test_a_correction_of_a_claim_that_is_not_at_hand_says_which() -> None:
    kept, (sentence,) = standing(line("A2", **REPLACING))
    assert kept == {"A2"}
    assert "replaces claim PAYER55, which is not among the claims that are judged" in sentence


@pytest.mark.parametrize(
    ("first", "second", "third"), [("P1001-00", "P1001-01", "P1001-02"), ("P1001", "P1001A1", "P1001A2")]
)
def test_versions_at_the_end_of_the_providers_number_replace_one_another(first: str, second: str, third: str) -> None:
    claims = [line(second, claim_frequency="7"), line(third, **REPLACING), line(first), line("P2002-00")]
    assert standing(*claims)[0] == {third, "P2002-00"}


def test_a_version_replaces_what_shares_its_days_and_no_version_after_it() -> None:
    weeks = [line(f"P1001-0{week}", service_date=date(2025, 3, 3 + 7 * week)) for week in (1, 2)]
    again = line("P1001-05", service_date=date(2025, 3, 17), claim_frequency="7")
    assert standing(*weeks, again, line("P1001-09", service_date=date(2025, 3, 17)))[0] == {
        "P1001-01", "P1001-05", "P1001-09",
    }  # fmt: skip


def test_a_replacement_of_other_days_that_names_no_claim_says_so_and_ends_none() -> None:
    moved = line("P1001", service_date=date(2025, 4, 1), claim_frequency="7")
    kept, (sentence,) = standing(line("P1001"), moved)
    assert len(kept) == 2
    assert sentence == (
        "it replaces a claim of its number, and the supplied ones are for other days; name it by the payer's number"
    )


def test_a_replacement_that_names_no_claim_and_has_none_of_its_number_says_so() -> None:
    kept, (sentence,) = standing(line("P1001", claim_frequency="7"))
    assert (kept, "without naming it, and no supplied claim has its number" in sentence) == ({"P1001"}, True)


def test_a_diagnosis_of_icd_9_is_not_kept_and_is_named() -> None:
    rows, problems = distinguish_claims([ClaimDiagnosis("A1", "185", 1), ClaimDiagnosis("A1", "C61", 2)])
    assert [row.icd10 for row in rows] == ["C61"]  # type: ignore[union-attr]
    assert "185 is a code of ICD-9-CM" in problems[0].sentence


def test_persons_who_share_a_number_are_members_apart() -> None:
    lines, diagnoses, problems = told(
        line("A", member_id="K1", patient="subscriber"),
        line("B", member_id="K1", patient="born 2011-04-05"),
        line("C", member_id="k1", patient="born 1972-03-03"),
        line("D", member_id="K1"),
        ClaimDiagnosis("B", "C61", 1, "K1"),
    )
    assert [one.member_id for one in lines] == ["K1", "K1 (born 2011-04-05)", "K1 (born 1972-03-03)", "K1"]
    assert [one.icd10 for one in diagnoses] == ["C61"]
    assert problems == []


def test_one_person_is_known_by_the_number_whatever_else_is_said() -> None:
    lines, _, _ = told(line("A", patient="born 2011-04-05"), line("B", patient="born 2011-04-05"), line("C"))
    assert {one.member_id for one in lines} == {"M1"}


def test_a_chart_of_the_number_alone_is_the_subscribers() -> None:
    rows = fill_in_course_and_member(
        [
            Course("C1", "K1"),
            line("A", member_id="K1", patient="subscriber"),
            line("B", member_id="K1", patient="born 2011-04-05"),
        ]
    )
    assert [one.course_id for one in rows if isinstance(one, ClaimLine)] == ["C1", ""]
