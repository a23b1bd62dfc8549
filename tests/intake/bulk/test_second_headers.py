"""Exports put one below the other: what follows a second header is not read under the names of the first."""

from pathlib import Path

import pytest
from tests.screening.claims_files import split_of

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.sources import look_for_sources
from isocenter.intake.case import read_case
from isocenter.terms.problems import LostLine, Unread

_NAMES = ["Claim", "Line", "Member ID", "Date of Service", "CPT", "Units", "Charge", "POS"]
_FIRST = ["5001", "1", "M1", "2/24/2025", "77301", "1", "2400", "11"]
_NEXT = ["5002", "1", "M1", "3/3/2025", "G6015", "1", "400", "11"]
_UNITS_LAST = [0, 1, 2, 3, 4, 6, 5, 7]
_LINE_FIRST = [1, 0, 2, 3, 4, 5, 6, 7]
_OTHER_NAMES = ["Claim No", "Line No", "Mbr ID", "DOS", "Procedure", "Amount", "Qty", "Place"]


def _table(path: Path, *rows: list[str]) -> Path:
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _in(order: list[int], row: list[str]) -> list[str]:
    return [row[place] for place in order]


@pytest.mark.parametrize("rows_above", [1, 5])
@pytest.mark.parametrize(
    ("names", "order"),
    [(_in(_UNITS_LAST, _NAMES), _UNITS_LAST), (_in(_LINE_FIRST, _NAMES), _LINE_FIRST)],
)
def test_columns_in_another_order_below_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], order: list[int], rows_above: int
) -> None:
    monkeypatch.setattr("isocenter.intake.bulk.shapes._SAMPLE_ROWS", 3)
    above = [["40" + str(number), *_FIRST[1:]] for number in range(rows_above)]
    below = [_in(order, ["60" + str(number), *_NEXT[1:]]) for number in range(20)]
    file = _table(tmp_path / "both.csv", _NAMES, *above, names, *below)
    with pytest.raises(UnreadableInput, match=r"both\.csv: a line below the header names the columns again"):
        look_for_sources([str(file)])
    with pytest.raises(UnreadableInput, match=r"^both\.csv: a line below the header names the columns again"):
        read_case(file)


def test_other_names_below_are_not_read(tmp_path: Path) -> None:
    below = [_in(_UNITS_LAST, [f"60{number}", *_NEXT[1:]]) for number in range(3)]
    file = _table(tmp_path / "both.csv", _NAMES, *([_FIRST] * 40), _OTHER_NAMES, *below)
    with pytest.raises(UnreadableInput, match=r"names the columns again \(Claim No, Line No, Mbr ID, DOS\)"):
        look_for_sources([str(file)])


def test_beside_other_claims_the_table_is_missed(tmp_path: Path) -> None:
    _table(tmp_path / "first.csv", _NAMES, _FIRST)
    _table(tmp_path / "both.csv", _NAMES, _FIRST, _in(_UNITS_LAST, _NAMES), _in(_UNITS_LAST, _NEXT))
    assert [type(one) for one in look_for_sources([str(tmp_path)]).problems] == [Unread]
    assert [one.path for one in read_case(tmp_path).problems if isinstance(one, LostLine)] == ["both.csv"]


def test_the_header_again_is_passed_over(tmp_path: Path) -> None:
    file = _table(tmp_path / "both.csv", _NAMES, _FIRST, _NAMES, _NEXT)
    assert [line["procedure_code"] for line in split_of(tmp_path / "out", file).lines] == ["77301", "G6015"]


def test_a_fact_table_whose_columns_come_again_in_another_order_is_refused(tmp_path: Path) -> None:
    names = [
        "claim_id",
        "line_number",
        "member_id",
        "service_date",
        "procedure_code",
        "units",
        "charge_amount",
        "setting",
    ]
    row = ["5001", "1", "M1", "2025-02-24", "77301", "1", "2400", "professional"]
    file = _table(tmp_path / "claim_lines.csv", names, row, _in(_UNITS_LAST, names), _in(_UNITS_LAST, row))
    with pytest.raises(
        UnreadableInput, match=r"claim_lines\.csv: line 3 names the columns once more, in another order"
    ):
        read_case(file)
