"""Amounts as spreadsheets and programs of other places write them: read alike by a review and a screening."""

from pathlib import Path

import pytest
from tests.screening.claims_files import Split, split_of

from isocenter.intake.bulk.amounts import is_negative, plain_amount, writes_decimal_commas
from isocenter.intake.bulk.proposing import propose

_HEADER = "claim|line|member|dos|cpt|units|pos|charges"
_WRITTEN = [
    ("USD 1,200.00", 1200.0),
    ("US$ 1,200.00", 1200.0),
    ("1,200.00 USD", 1200.0),
    ("1200.00 $", 1200.0),
    ("+1200.00", 1200.0),
    ("1'200.00", 1200.0),
    ("1\u2019200.00", 1200.0),
    ("1\u00a0200.00", 1200.0),
    ("1\u202f200.00", 1200.0),
    ("1,200.00DR", 1200.0),
    ("USD -1,200.00", -1200.0),
    ("($1,200.00)", -1200.0),
    ("1,200.00 cr", -1200.0),
    ("1'20.00", None),
    ("EUR 1200.00", None),
    ("1 200 000.50", 1200000.5),
    ("12 50", None),
    ("1 2", None),
    ("1200 50", None),
    ("420.50 10", None),
    ("(-5.00)", -5.0),
    ("-5.00 CR", -5.0),
    ("$", None),
]


def _read(folder: Path, *rows: str) -> Split:
    file = folder / "claims.csv"
    file.write_text("\n".join([_HEADER, *rows, ""]), encoding="utf-8")
    return split_of(folder / "out", file)


@pytest.mark.parametrize(("written", "amount"), _WRITTEN)
def test_an_amount_is_read_with_its_currency_marks_and_sign(written: str, amount: float | None) -> None:
    assert plain_amount(written) == written if amount is None else float(plain_amount(written)) == amount
    assert is_negative(written) == (amount is not None and amount < 0)


def test_amounts_are_read_alike_in_a_screening(tmp_path: Path) -> None:
    rows = [f"A{n}|1|M1|2025-02-24|77301|1|11|{written}" for n, (written, _) in enumerate(_WRITTEN)]
    plain = [f"B{n}|1|M1|2025-02-24|77301|1|11|420.50" for n in range(30)]
    found = _read(tmp_path, *rows, *plain)
    expected = {f"A{n}": amount for n, (_, amount) in enumerate(_WRITTEN)} | {f"B{n}": 420.5 for n in range(30)}
    assert {row["claim_id"]: row["charge_amount"] for row in found.lines} == expected


@pytest.mark.parametrize(
    ("amounts", "are"),
    [
        (["1.200,00", "420,00"], True),
        (["1'200,00", "420,00"], True),
        (["1\u00a0200,50", "1 420,00"], True),
        (["1,200.00", "$1,200", "420"], False),
        (["1'200.00", "USD 420.50"], False),
    ],
)
def test_decimal_commas_are_distinguished_from_marks_between_thousands(amounts: list[str], are: bool) -> None:
    assert writes_decimal_commas(amounts) is are


def test_decimal_commas_are_read_beside_other_marks_between_thousands(tmp_path: Path) -> None:
    written = ["1'200,50", "1\u202f200,50", "1 200,50", "1.200,50", "42,00"]
    found = _read(tmp_path, *(f"A|{n}|M1|2025-02-24|77301|1|11|{one}" for n, one in enumerate(written)))
    assert found.values("charge_amount") == [*[1200.5] * 4, 42.0]


def test_spaces_that_part_no_thousands_leave_an_amount_open_beside_decimal_commas(tmp_path: Path) -> None:
    written = {"A1": "1 200,50", "A2": "12 50", "A3": "1 2", "A4": "420,50 10", "A5": "42,00"}
    rows = [f"{claim}|1|M1|2025-02-24|77301|1|11|{amount}" for claim, amount in written.items()]
    found = _read(tmp_path, *rows, *(f"B{n}|1|M1|2025-02-24|77301|1|11|42,00" for n in range(9)))
    amounts = {row["claim_id"]: row["charge_amount"] for row in found.lines if row["claim_id"] in written}
    assert amounts == {"A1": 1200.5, "A2": None, "A3": None, "A4": None, "A5": 42.0}


def test_what_an_amount_may_have_is_no_part_of_a_count(tmp_path: Path) -> None:
    units = ["1'000", "USD 1", "1\u00a00", *["1"] * 30]
    found = _read(tmp_path, *(f"A|{n}|M1|2025-02-24|G6015|{one}|11|9" for n, one in enumerate(units)))
    assert (len(found.lines), len(found.rejects)) == (30, 3)


@pytest.mark.parametrize("name", ["Charge Cents", "Billed Amount in Cents", "Charge (000s)", "Charges in Thousands"])
def test_amounts_in_cents_or_thousands_are_not_taken_for_dollars(name: str) -> None:
    columns = ("claim", "member", "dos", "cpt", "units", "pos", name)
    assert "\n# charge_amount" in propose(columns, [["A", "7", "2025-02-24", "77301", "1", "11", "120000"]]).text


_OF_CLAIMS = "claim,line,member,dos,cpt,units,pos,Total Charges"


def _charges(folder: Path, rows: list[str]) -> dict[str, float | None]:
    file = folder / "claims.csv"
    file.write_text("\n".join([_OF_CLAIMS, *rows, ""]), encoding="utf-8")
    return {row["claim_line_id"]: row.get("charge_amount") for row in split_of(folder / "out", file).lines}


def test_that_claims_further_down_charge_their_lines_apart_shows_that_an_amount_is_no_total(tmp_path: Path) -> None:
    alike = [
        f"A{n},{line},M{n},2025-02-24,{code},1,11,400" for n in range(1_600) for line, code in ((1, 77336), (2, 77334))
    ]
    apart = [
        f"B{n},{line},M{n},2025-02-24,{code},1,11,{amount}"
        for n in range(900)
        for line, code, amount in ((1, 77336, 90), (2, 77301, 2400))
    ]
    found = _charges(tmp_path, [*alike, *apart])
    assert (found["A7-1"], found["B7-1"], found["B7-2"]) == (400.0, 90.0, 2400.0)


def test_an_amount_that_all_claims_of_several_codes_repeat_further_down_is_their_total(tmp_path: Path) -> None:
    alone = [f"A{n},1,M{n},2025-02-24,77301,1,11,{2400 + n % 7}" for n in range(3_300)]
    repeated = [
        f"B{n},{line},M{n},2025-02-24,{code},1,11,2490" for n in range(20) for line, code in ((1, 77336), (2, 77301))
    ]
    found = _charges(tmp_path, [*alone, *repeated])
    assert (found["A7-1"], found["B7-1"], found["B7-2"]) == (None, None, None)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Charge", "Total Charge"), 800.0),
        (("Unit Charge", "Extended Amount"), 800.0),
        (("Charge", "Extended Amount"), 800.0),
    ],
)
def test_a_charge_for_all_units_is_taken_before_that_for_one(
    names: tuple[str, str], expected: float, tmp_path: Path
) -> None:
    assert _charge_of_four_units(tmp_path, names, "200", "800") == expected


def test_an_extended_amount_that_is_no_charge_times_the_units_is_another_amount(tmp_path: Path) -> None:
    assert _charge_of_four_units(tmp_path, ("Extended Amount", "Charge"), "310.25", "800") == 800.0


def _charge_of_four_units(folder: Path, names: tuple[str, str], first: str, second: str) -> float | None:
    file = folder / "claims.csv"
    rows = [f"A,1,M1,2025-02-24,77334,4,11,{first},{second}", "A,2,M1,2025-02-24,77301,1,11,2400,2400"]
    file.write_text("\n".join([f"claim,line,member,dos,cpt,units,pos,{','.join(names)}", *rows, ""]), encoding="utf-8")
    return {row["claim_line_id"]: row.get("charge_amount") for row in split_of(folder / "out", file).lines}["A-1"]
