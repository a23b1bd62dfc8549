"""A stray quotation mark costs one line; cells that hold line ends are read."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocenter.intake.csv_lines import BrokenLine, Record, decode, lines_of, records
from isocenter.terms.values import why_not_kept


def read(text: str, width: int = 3) -> list[Record | BrokenLine]:
    return list(records(lines_of(text), ",", width))


@pytest.mark.parametrize("stray", ['"a,b,c', 'a,"b,c', 'a,b,"c', 'a,b,c"', 'a,"b"x,c'])
def test_a_stray_quotation_mark_costs_its_own_line_alone(stray: str) -> None:
    found = read(f"1,2,3\n{stray}\n4,5,6\n7,8,9\n")
    assert [record.line for record in found if isinstance(record, Record)] in ([2, 4, 5], [2, 3, 4, 5])
    assert [broken.line for broken in found if isinstance(broken, BrokenLine)] in ([3], [])
    assert [record.cells for record in found if isinstance(record, Record)][-1] == ["7", "8", "9"]


def test_two_stray_marks_far_apart_do_not_swallow_the_lines_between() -> None:
    rows = "".join(f"{n},b,c\n" for n in range(500))
    found = read(f'"x,b,c\n{rows}"y,b,c\n')
    assert len([record for record in found if isinstance(record, Record)]) == 500
    assert [broken.line for broken in found if isinstance(broken, BrokenLine)] == [2, 503]


def test_a_quoted_cell_may_hold_line_ends_commas_and_marks() -> None:
    assert read('1,"two\nlines, and ""marks""",3\n4,5,6\n') == [
        Record(2, ["1", 'two\nlines, and "marks"', "3"]),
        Record(4, ["4", "5", "6"]),
    ]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00")), min_size=2, max_size=4)))
def test_what_a_csv_writer_wrote_is_read_back_or_reported(rows: list[list[str]]) -> None:
    rows = [[*row, "", ""][:3] for row in rows]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    found = read(out.getvalue())
    assert all(isinstance(one, Record) for one in found) or any("\n" in cell for row in rows for cell in row)
    physical = out.getvalue().count("\n")
    assert sum(len("\n".join(one.cells).split("\n")) - 2 if isinstance(one, Record) else 1 for one in found) == physical


def test_a_text_of_another_code_page_is_read_and_said_to_be() -> None:
    text, remark = decode("Müller,–".encode("cp1252"))
    assert text == "Müller,–"
    assert "Windows-1252" in remark
    assert decode("Müller".encode("utf-16")) == ("Müller", "")


def test_a_damaged_letter_is_never_taken_for_another() -> None:
    for damaged in ("Müller,".encode() + b"M\xfcller", b"\x81\x8d"):
        text, remark = decode(damaged)
        assert why_not_kept(text)
        assert remark == ""
