"""Claims in columns of fixed width, cut as a list of these columns beside them says."""

from pathlib import Path

import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.fixed_width import Column, columns_listed
from isocenter.intake.bulk.sources import look_for_sources
from isocenter.intake.case import read_case
from isocenter.terms.claims import ClaimLine

_WIDTHS = {
    "CLAIM_NO": 8,
    "LINE_NO": 3,
    "MEMBER_ID": 8,
    "SERVICE_DATE": 10,
    "HCPCS": 5,
    "UNITS": 5,
    "CHARGE": 9,
    "POS": 2,
    "PAYER": 10,
}
_SERVICES = (("2025-03-03", "77301", "000240000"), ("2025-03-10", "G6015", "  520.00"))


def _rows() -> str:
    rows = []
    for number, (day, code, charge) in enumerate(_SERVICES, start=1):
        values = ("K1", f"{number:03}", "M1", day, code, "00001", charge, "11", "MEDICARE")
        rows.append("".join(f"{value:<{width}}" for value, width in zip(values, _WIDTHS.values(), strict=True)))
    return "\r\n".join([*rows, ""])


def _places() -> list[tuple[str, int, int]]:
    """The name, first and last character of each column, from 1."""
    ends = [sum(list(_WIDTHS.values())[: place + 1]) for place in range(len(_WIDTHS))]
    return [(name, end - width + 1, end) for (name, width), end in zip(_WIDTHS.items(), ends, strict=True)]


def _table(sep: str, head: str, *, base: int = 1, by_length: bool = True) -> str:
    last = [
        (name, start + base - 1, end - start + 1 if by_length else end + base - 1) for name, start, end in _places()
    ]
    rows = [sep.join((name, str(start), str(end), "9(7)V99" if name == "CHARGE" else "X")) for name, start, end in last]
    return "\n".join([head, *rows, ""])


def _input_statement() -> str:
    informats = {"CHARGE": "9.2", "UNITS": "5.", "SERVICE_DATE": "yymmdd10."}
    said = [
        f"  @{start} {name} {informats.get(name, f'${end - start + 1}.')} /* {name} */"
        for name, start, end in _places()
    ]
    return "\n".join(["data claims; infile 'claims.dat';", "input", *said, "; run;"])


_RANGES = "\n".join(
    ["data claims; infile 'x'; INPUT"]
    + [f"{name} {start}-{end} .2" if name == "CHARGE" else f"{name} $ {start}-{end}" for name, start, end in _places()]
    + ["; run;"]
)
_TITLED = "Record layout\n\nField         Positions  Picture\n" + "\n".join(
    f"{name:<14}{f'{start}-{end}':<11}{'9(7)V9(2)' if name == 'CHARGE' else 'X'}" for name, start, end in _places()
)
_LISTS = [
    ("columns.csv", _table(",", "Field,Start,Length,Format")),
    ("columns.csv", _table(",", "Field,Start,Length,Format", base=0)),
    ("columns.txt", _table("\t", "Column Name\tFrom\tTo\tPicture", by_length=False)),
    ("layout of the extract.txt", _TITLED),
    ("read.sas", _input_statement()),
    ("read.sas", _RANGES),
]


@pytest.mark.parametrize(("name", "content"), _LISTS)
def test_claims_of_fixed_width_are_cut_as_the_list_beside_them_says(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / "claims.dat").write_text(_rows(), encoding="utf-8")
    (tmp_path / name).write_text(content, encoding="utf-8")
    contents = read_case(tmp_path)
    lines = [row for row in contents.rows if isinstance(row, ClaimLine)]
    assert [(line.procedure_code, str(line.service_date), line.units, line.charge_amount) for line in lines] == [
        ("77301", "2025-03-03", 1, 2400),
        ("G6015", "2025-03-10", 1, 520),
    ]
    assert {(line.claim_id, line.member_id, line.line_of_business) for line in lines} == {("K1", "M1", "medicare")}
    assert contents.lines_lost == 0
    assert contents.chart_files == []
    said = contents.problems[0]
    assert (said.path, f"cut as {name} lists them: CLAIM_NO 1-8, LINE_NO 9-11" in said.sentence) == ("claims.dat", True)


@pytest.mark.parametrize(("name", "content"), _LISTS)
def test_a_screening_reads_them_too(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "claims.dat").write_text(_rows(), encoding="utf-8")
    (tmp_path / "given" / name).write_text(content, encoding="utf-8")
    found = look_for_sources([str(tmp_path / "given")], unpacked=tmp_path / "unpacked")
    (source,) = found.sources
    assert source.given == [tmp_path / "given" / "claims.dat"]
    assert source.columns == tuple(_WIDTHS)
    (problem,) = found.problems
    assert "were cut as" in problem.sentence


@pytest.mark.parametrize(
    "lists",
    [
        [_table(",", "Field,Start,Length,Format").replace("HCPCS,30", "HCPCS,31").replace("UNITS,35,5", "UNITS,36,4")],
        [_table(",", "Field,Start,Length,Format"), _table(",", "Field,Start,Length,Format").replace("POS", "MOD1")],
        [_table(",", "Field,Start,Length,Format").replace("UNITS,35,5", "UNITS,34,6")],
        [_table(",", "Field,Start,Length,Format").replace("UNITS,35,5", "UNITS,?,5")],
    ],
    ids=["a code elsewhere", "two lists that differ", "columns that overlap", "a place that is open"],
)
def test_claims_are_not_cut_by_a_list_that_does_not_fit_or_is_not_the_only_one(
    tmp_path: Path, lists: list[str]
) -> None:
    (tmp_path / "claims.dat").write_text(_rows(), encoding="utf-8")
    for number, one in enumerate(lists):
        (tmp_path / f"columns{number}.csv").write_text(one, encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"claims\.dat: its rows have columns of fixed width .* put one list of"):
        read_case(tmp_path)


def test_a_list_of_another_folder_is_none_of_these_claims(tmp_path: Path) -> None:
    for folder in ("claims", "lists"):
        (tmp_path / folder).mkdir()
    (tmp_path / "claims" / "claims.dat").write_text(_rows(), encoding="utf-8")
    (tmp_path / "lists" / "columns.csv").write_text(_table(",", "Field,Start,Length,Format"), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="columns of fixed width"):
        look_for_sources([str(tmp_path)], unpacked=tmp_path / "unpacked")


@pytest.mark.parametrize(
    ("value", "read"),
    [("0000052000", "00000520.00"), ("-5", "-0.05"), ("+120", "1.20"), ("520.00", "520.00"), ("", ""), ("n/a", "n/a")],
)
def test_bare_digits_have_the_decimals_that_their_column_implies(value: str, read: str) -> None:
    assert Column("CHARGE", 2, 14, 2).cell(f"K1{value:>12}11") == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Enclosed\n1. Consult, 02/10/2025\n2. Plan, signed\n",
        "Structure,From,To,Length\nRectum,1,2,2\nBladder,3,4,2\nCord,5,6,2\nHeart,7,8,2\nLung,9,10,2\n",
        "data a; input CLAIM_NO $ MEMBER_ID $ SERVICE_DATE HCPCS $ UNITS; run;",
    ],
)
def test_a_text_that_lists_no_columns_of_claims_by_their_places_is_none(text: str) -> None:
    assert columns_listed(text) == ()
