"""Claims that a review and a screening once judged differently, each with the answer that both must give."""

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.both_ways import Answers, reviewed, screened
from tests.screening.claims_files import rows_of

_PLAN = {
    "claim_id": "A1", "line_number": 1, "member_id": "M1", "service_date": "2025-03-03", "procedure_code": "77301",
    "units": 1, "setting": "professional", "billing_npi": "1234567893", "claim_frequency": "1",
    "line_of_business": "medicare", "charge_amount": 100,
}  # fmt: skip


def _delivery(day: int, charge: float, **more: Any) -> dict[str, Any]:
    row = {"claim_id": "A2", "line_number": day, "service_date": f"2025-03-{day:02}", "procedure_code": "G6015"}
    return _PLAN | row | {"charge_amount": charge} | more


def _answers(folder: Path, *files: dict[str, Any] | list[dict[str, Any]], without: tuple[str, ...] = ()) -> Answers:
    """What both answer of claims under our own names: rows of one file, or lists of rows each of a file of its own."""
    (case := folder / "case").mkdir(exist_ok=True)
    tables = [rows for rows in files if isinstance(rows, list)] or [[row for row in files if isinstance(row, dict)]]
    written = []
    for place, rows in enumerate(tables):
        names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in without]
        written.append(case / f"claim_lines{place or ''}.csv")
        with written[-1].open("w", newline="", encoding="utf-8") as out:
            table = csv.DictWriter(out, names, extrasaction="ignore", restval="")
            table.writeheader()
            table.writerows(rows)
    diagnoses = [file] if (file := case / "claim_diagnoses.csv").exists() else []
    by_screening = screened([*written, *diagnoses], folder / "out", "medicare")
    shutil.copy(folder / "out" / "claims" / "windows.parquet", case / "data_windows.parquet")
    by_review = reviewed(case, "medicare")
    answers = [
        Answers(sorted(one.lines, key=repr), one.courses, sorted(set(one.findings), key=repr))
        for one in (by_screening, by_review)
    ]
    assert answers[0] == answers[1]
    return answers[0]


def _recommended(answers: Answers) -> dict[object, tuple[object, ...]]:
    """By the charge of a line what is recommended for it, and of how many of its units."""
    return {charge: (recommendation, allowed) for charge, _, recommendation, allowed, _ in answers.lines}


def test_a_void_finds_a_claim_of_a_shared_number_that_states_no_account(tmp_path: Path) -> None:
    other = {"member_id": "M2", "patient_account_number": "P2"}
    answers = _answers(
        tmp_path,
        _PLAN | {"patient_account_number": ""},
        _delivery(10, 101, claim_id="A4"),
        _delivery(11, 102, billing_npi=""),
        _delivery(11, 103, claim_frequency="8", original_claim_id="A2"),
        _delivery(12, 104, **other),
        _PLAN | {"claim_id": "A3", "charge_amount": 105} | other,
    )
    assert set(_recommended(answers)) == {100, 101, 104, 105}


def test_a_line_given_twice_and_taken_back_in_part_or_whole_is_not_billed_by_its_copy(tmp_path: Path) -> None:
    of_two, whole = _delivery(10, 200, units=2), _delivery(11, 101)
    in_part = _delivery(10, -100, units=-1, line_number=20)
    back = _delivery(11, -101, units=-1, line_number=21)
    answers = _answers(tmp_path, _PLAN, of_two, of_two, whole, whole, in_part, back, back)
    assert {(charge, units) for charge, *_, units in answers.lines} == {(100, 1), (100.0, 1)}
    assert [line[1] for line in answers.lines] == ["77301", "G6015"]


def test_a_line_cut_to_no_unit_and_asked_about_is_held_with_a_line_that_was_lost(tmp_path: Path) -> None:
    hospital = {"setting": "institutional", "billing_npi": "1999999984"}
    week = [_delivery(day, 100 + day, **hospital) for day in (10, 11)]
    managed = week[1] | {"claim_id": "A4", "procedure_code": "77427", "units": 2, "charge_amount": 120}
    lost = week[1] | {"claim_id": "A5", "procedure_code": "7742"}
    around = [
        week[1] | {"claim_id": f"A{number}", "member_id": "M2", "service_date": day, "charge_amount": number}
        for number, day in ((6, "2025-01-06"), (7, "2025-06-30"))
    ]
    answers = _answers(tmp_path, _PLAN | hospital, *week, managed, lost, *around)
    assert _recommended(answers)[120] == ("review", 0)


def test_the_day_on_which_an_earlier_claim_begins_is_that_of_its_services_under_the_policy(tmp_path: Path) -> None:
    test = _delivery(4, 109, procedure_code="80053")
    answers = _answers(tmp_path, _PLAN, test, _delivery(10, 101), _delivery(10, 102, claim_id="A3"))
    said = [
        because for _, rule, _, charge, because, *_ in answers.findings if (rule, charge) == ("no_duplicate_line", 102)
    ]
    assert ["on claim A2, which begins on 2025-03-10" in str(one) for one in said] == [True]


@pytest.mark.parametrize(("last_digit", "expected"), [("1", {100, 101, 102}), ("8", {100}), ("7", {100, 102})])
def test_the_type_of_bill_says_that_a_claim_corrects_another(
    tmp_path: Path, last_digit: str, expected: set[float]
) -> None:
    hospital = {"setting": "institutional", "procedure_code": "77386", "bill_type": "0131"}
    corrected = hospital | {"bill_type": f"013{last_digit}", "claim_line_id": "L3"}
    rows = (_PLAN | {"claim_line_id": "L1"}, _delivery(10, 101, **hospital, claim_line_id="L2"))
    answers = _answers(tmp_path, *rows, _delivery(10, 102, **corrected), without=("claim_frequency",))
    assert set(_recommended(answers)) == expected


@pytest.mark.parametrize("odd", [{"procedure_code": "7730"}, {"modifier_1": "2X6"}])
def test_a_line_that_cannot_be_read_holds_its_member_though_another_like_it_takes_it_back(
    tmp_path: Path, odd: dict[str, str]
) -> None:
    lost = _delivery(10, 101) | odd
    back = lost | {"units": -1, "charge_amount": -101, "line_number": 20}
    answers = _answers(tmp_path, _PLAN | {"modifier_1": ""}, lost, back)
    assert list(answers.courses.values()) == ["human_review"]


@pytest.mark.parametrize("has_numbers", [True, False])
def test_lines_of_no_rule_take_no_place_from_others_under_one_number(tmp_path: Path, has_numbers: bool) -> None:
    number = "line_number"
    weeks = [
        _delivery(10, 101) | {number: 1},
        _delivery(11, 102, procedure_code="80053") | {number: 2},
        _delivery(17, 103) | {number: 1},
        _delivery(18, 104) | {number: 2},
    ]
    again = [_delivery(day, 200 + day, claim_id="A9") | {number: day} for day in (10, 17, 18)]
    answers = _answers(tmp_path, _PLAN, *weeks, *again, without=() if has_numbers else (number,))
    said = {charge: str(because) for _, rule, _, charge, because, *_ in answers.findings if rule == "no_duplicate_line"}
    assert {charge: "on claim A2#2," in because for charge, because in said.items()} == {
        210: False, 217: has_numbers, 218: False,
    }  # fmt: skip


def test_a_line_whose_code_cannot_be_read_holds_each_person_under_its_member_number(tmp_path: Path) -> None:
    persons = ["1990-01-01", "2001-02-03"]
    plans = [_PLAN | {"claim_id": f"A{place}", "patient": person} for place, person in enumerate(persons)]
    weeks = [
        _delivery(10 + place, 101 + place, claim_id=f"A{place}", patient=person) for place, person in enumerate(persons)
    ]
    lost = _delivery(13, 103, claim_id="A0", patient=persons[0], procedure_code="7730")
    answers = _answers(tmp_path, *plans, *weeks, lost)
    assert list(answers.courses.values()) == ["human_review", "human_review"]
    assert {said for said, _ in _recommended(answers).values()} == {"review"}


@pytest.mark.parametrize("told_by", ["payer_claim_number", "patient_account_number", "written_at"])
def test_lines_of_claims_under_one_number_are_gathered_by_what_they_state_of_their_claim(
    tmp_path: Path, told_by: str
) -> None:
    """The second claim goes back before the last day of the first, and has a line more."""
    said = {told_by: "2025-03-20"}, {told_by: "2025-03-27"}
    first = [_delivery(10, 101, line_number=1, **said[0]), _delivery(19, 102, line_number=2, **said[0])]
    second = [_delivery(day, 100 + day, line_number=line, **said[1]) for line, day in enumerate((11, 12, 13), start=1)]
    again = [_delivery(day, 200 + day, claim_id="A9", **said[1]) for day in (10, 11, 12, 13, 19)]
    answers = _answers(tmp_path, _PLAN | said[0], *first, *second, *again)
    because = {charge: str(why) for _, rule, _, charge, why, *_ in answers.findings if rule == "no_duplicate_line"}
    of_second = {charge: "on claim A2#2," in why for charge, why in because.items() if float(str(charge)) > 200}
    assert of_second == {210: False, 211: True, 212: True, 213: True, 219: False}


@pytest.mark.parametrize("lost", [{"procedure_code": "7733"}, {"units": 0}])
def test_a_line_that_is_not_judged_takes_no_place_from_another_of_a_correction(
    tmp_path: Path, lost: dict[str, Any]
) -> None:
    corrected = {"claim_frequency": "7", "claim_line_id": "A2-1", "line_number": 1}
    original = [_delivery(day, 90 + day, claim_line_id=f"A2-{day}") for day in (10, 17)]
    first, second = (_delivery(day, 101 + day, **corrected) for day in (10, 17))
    again = _delivery(17, 120, claim_id="A9", claim_line_id="A9-17")
    answers = _answers(tmp_path, _PLAN | {"claim_line_id": "A1-1"}, *original, first | lost, second, again)
    assert set(_recommended(answers)) == {100, 118, 120}
    (because,) = (
        why for _, rule, _, charge, why, *_ in answers.findings if (rule, charge) == ("no_duplicate_line", 120)
    )
    assert "on claim A2 (frequency 7)," in str(because)


@pytest.mark.parametrize("missing", ["member_id", "claim_id"])
def test_a_line_without_the_member_or_claim_that_others_state_is_held_against_the_only_member(
    tmp_path: Path, missing: str
) -> None:
    answers = _answers(tmp_path, _PLAN, _delivery(10, 101), _delivery(11, 102) | {missing: ""})
    assert _recommended(answers) == {100: ("review", 1), 101: ("review", 1)}
    assert list(answers.courses.values()) == ["human_review"]


@pytest.mark.parametrize(("number", "without"), [(11, ()), ("", ()), ("", ("line_number",))])
@pytest.mark.parametrize("has_shared_number", [True, False])
def test_a_line_without_a_name_is_named_by_its_claim_and_its_number_or_place_on_it(
    tmp_path: Path, number: int | str, without: tuple[str, ...], has_shared_number: bool
) -> None:
    unnamed = {"claim_line_id": "", "line_number": number}
    weeks = [_delivery(10, 101, claim_line_id="L1"), _delivery(11, 102, **unnamed), _delivery(12, 103)]
    other = _PLAN | {"member_id": "M2", "claim_id": "A2" if has_shared_number else "A3", "charge_amount": 110}
    again = _delivery(11, 112, claim_id="A9", claim_line_id="L9")
    answers = _answers(tmp_path, _PLAN | {"claim_line_id": "L0"}, *weeks, again, other, without=without)
    assert set(_recommended(answers)) == {100, 101, 102, 103, 110, 112}
    names = [row["claim_line_id"] for row in rows_of(tmp_path / "out", "lines/*.parquet")]
    claim = "A2 of M1 by 1234567893, professional" if has_shared_number else "A2"
    assert f"{claim}-{number or 1}" in names


@pytest.mark.parametrize("more", [{}, {"patient_account_number": "P1"}])
@pytest.mark.parametrize("has_codes", [True, False])
def test_the_code_of_a_correction_may_be_in_another_file_than_its_lines_of_revenue(
    tmp_path: Path, has_codes: bool, more: dict[str, str]
) -> None:
    """Files of other columns are read apart, others together."""
    hospital = {"setting": "institutional", "procedure_code": "77386", "revenue_code": "0333", "bill_type": "0131"}
    correction = hospital | {"claim_frequency": "7", "original_claim_id": "A2"}
    supplies = _delivery(10, 102, **correction | {"procedure_code": "", "revenue_code": "0270"})
    treated = _delivery(10, 103, **correction, line_number=20)
    first = [_PLAN | hospital | {"procedure_code": "77301"}, _delivery(10, 101, **hospital), supplies]
    second = [line | more for line in ([treated] if has_codes else [_delivery(24, 104, **hospital, claim_id="A5")])]
    answers = _answers(tmp_path, first, second)
    kept = {100, 103} if has_codes else {100, 101, 104}
    assert set(_recommended(answers)) == kept
    assert ({said for said, _ in _recommended(answers).values()} == {"review"}) != has_codes


@pytest.mark.parametrize("has_shared_number", [True, False])
def test_names_that_lines_of_several_claims_have_are_named_by_the_claim_and_others_stay(
    tmp_path: Path, has_shared_number: bool
) -> None:
    """Lines of one number on a claim are one claim where their names differ, though other claims use a name again."""
    parts = [_delivery(day, 90 + day, claim_line_id=f"L{day}", line_number=1) for day in (10, 11)]
    again = _delivery(24, 120, claim_id="A9", claim_line_id="L10", line_number=1)
    other = _PLAN | {"member_id": "M2", "claim_id": "A2" if has_shared_number else "A3", "charge_amount": 110}
    plan = _PLAN | {"claim_line_id": "L1"}
    answers = _answers(tmp_path, plan, *parts, again, other | {"claim_line_id": "L2"})
    assert set(_recommended(answers)) == {100, 101, 110, 120}
    claim = "A2 of M1 by 1234567893, professional" if has_shared_number else "A2"
    rows = rows_of(tmp_path / "out", "lines/*.parquet")
    assert {row["claim_line_id"] for row in rows} == {"L1", f"{claim}-L10", "L11", "A9-L10", "L2"}
    assert {row["claim_id"] for row in rows if row["charge_amount"] in (100, 101)} == {"A1", claim}


def test_a_line_without_a_member_takes_no_diagnosis_from_the_others_of_its_claim(tmp_path: Path) -> None:
    (case := tmp_path / "case").mkdir()
    (case / "claim_diagnoses.csv").write_text("claim_id,icd10,position\nA2,C61,1\n", encoding="utf-8")
    lost = _delivery(12, 103, member_id="")
    weeks = [_delivery(10, 101), _delivery(11, 102)]
    answers = _answers(tmp_path, _PLAN, *weeks, lost)
    assert not [rule for _, rule, *_ in answers.findings if rule == "the_site_is_supported"]


def test_a_line_without_a_name_and_number_takes_no_name_from_the_first_line_of_its_claim(tmp_path: Path) -> None:
    first = _delivery(10, 101, claim_line_id="A2-1", line_number=1)
    unnamed = _delivery(10, 102, claim_line_id="", line_number="", modifier_1="TC")
    answers = _answers(tmp_path, _PLAN | {"claim_line_id": "A1-1"}, first | {"modifier_1": ""}, unnamed)
    assert set(_recommended(answers)) == {100, 101, 102}
    assert {row["claim_line_id"] for row in rows_of(tmp_path / "out", "lines/*.parquet")} == {"A1-1", "A2-1", "A2-1#2"}
