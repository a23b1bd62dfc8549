"""Tables of claims come in as claim lines whatever writes them, and every line is accounted for."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake import csv_tables
from isocenter.intake.bulk import shapes
from isocenter.intake.bulk.sources import UnknownLayout, find_sources
from isocenter.intake.case import read_case
from isocenter.screening.covered import CoveredCodes
from isocenter.screening.splitting import open_connection, split
from isocenter.terms.claims import ClaimLine
from isocenter.terms.limits import ROW_GROUPS
from tests.screening.claims_files import HEADER, ROW, line, rows_of, split_of, write_csv, write_parquet

_DAY = date(2024, 3, 5)


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_text_is_read_in_any_delimiter_and_line_end(tmp_path: Path, delimiter: str, line_end: str, mark: str) -> None:
    text = mark + line_end.join([HEADER, ROW, ROW.replace("L1", "L2"), ""])
    file = tmp_path / "claims.txt"
    file.write_text(text.replace(",", delimiter), encoding="utf-8", newline="")
    found = split_of(tmp_path / "out", file)
    assert found.values("claim_line_id") == ["L1", "L2"]
    assert found.values("service_date") == [_DAY, _DAY]
    assert found.values("units") == [1, 1]


def test_quoted_fields_may_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "claims.csv", '"L,1",A1,"M\n1",2024-03-05,77301,1,professional', ROW.replace("A1", '"A""1"')
    )
    found = split_of(tmp_path / "out", file)
    assert {(row["claim_line_id"], row["claim_id"], row["member_id"]) for row in found.lines} == {
        ("L,1", "A1", "M\n1"),
        ("L1", 'A"1', "M1"),
    }


@pytest.mark.parametrize("name", ["O'Brien.csv", "März 2024.csv", "claims[1].csv", "a*b?.csv", "{x}.csv"])
def test_the_names_of_files_are_no_patterns_and_no_sql(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "it's [here]"
    folder.mkdir()
    found = split_of(tmp_path / "o'ut [1]", write_csv(folder / name, ROW, ROW.replace("77301,1", "77301,x")))
    assert found.counts.kept == 1
    assert [row["path"] for row in found.rejects] == [str(folder / name)]


def test_values_with_quotes_and_other_letters_come_through(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "claims.csv", "L'1,Ä-1,Zoë O'Neill; 山田,2024-03-05,77301,1,professional")
    (row,) = split_of(tmp_path / "out", file).lines
    assert (row["claim_line_id"], row["claim_id"], row["member_id"]) == ("L'1", "Ä-1", "Zoë O'Neill; 山田")


def test_what_is_no_row_of_the_table_is_kept_with_its_line_and_counted(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "claims.csv", "L0,A1", ROW, ROW + ",more", '"L9,A1,M1,2024-03-05')
    found = split_of(tmp_path / "out", file)
    assert (found.counts.read, found.counts.kept, found.counts.rejected) == (4, 1, 3)
    assert found.reasons.keys() == {"line 2", "line 4", "line 5"}
    assert all(reason.startswith("not a row of the table: ") for reason in found.reasons.values())


@pytest.mark.parametrize("column", ["member_id", "note"])
def test_a_line_that_is_no_utf8_is_set_aside_wherever_it_is_broken(tmp_path: Path, column: str) -> None:
    file = tmp_path / "claims.csv"
    good = (ROW + ",note").encode()
    bad = good.replace(b"M1" if column == "member_id" else b"note", "Müller".encode("latin-1")).replace(b"L1", b"L2")
    utf8 = good.replace(b"M1", "Müller".encode()).replace(b"L1", b"L3")
    file.write_bytes(b"\n".join([HEADER.encode() + b",note", good, utf8, bad, bad.replace(b",1,", b",0,"), b""]))
    found = split_of(tmp_path / "out", file)
    assert (found.counts.kept, found.counts.rejected) == (2, 2)
    assert all("not utf-8" in reason for reason in found.reasons.values())


@pytest.mark.parametrize(("units", "kept"), [("1", 1), ("1.0", 1), (" 2 ", 2), ("1e1", 10), ("3.000", 3)])
def test_whole_numbers_of_units_may_be_written_as_decimals(tmp_path: Path, units: str, kept: int) -> None:
    assert split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", ROW.replace(",1,", f",{units},"))).values(
        "units"
    ) == [kept]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (",1,", ",1.5,", "units is 1.5; expected a whole number from 1"),
        (",1,", ",0,", "units is 0; expected a whole number from 1"),
        (",1,", ",,", "units is missing"),
        (",1,", ",nan,", "units is nan; expected a whole number from 1"),
        (",1,", ",1e300,", "units is 1e300; expected a whole number from 1"),
        ("2024-03-05", "13/13/2024", "service_date is '13/13/2024'; expected a date"),
        ("2024-03-05", "2024-02-30", "service_date is '2024-02-30'; expected a date"),
        ("2024-03-05", "", "service_date is missing"),
        ("2024-03-05", "1989-12-31", "service_date is 1989-12-31; expected a day from 1990-01-01 to 2099-12-31"),
        ("2024-03-05", "2100-01-01", "service_date is 2100-01-01; expected a day from 1990-01-01 to 2099-12-31"),
        ("2024-03-05", "infinity", "service_date is infinity; expected a day from 1990-01-01 to 2099-12-31"),
        ("A1", " ", "claim_id is missing"),
        ("M1", "", "member_id is missing"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_judged_says_why(tmp_path: Path, old: str, new: str, says: str) -> None:
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", ROW.replace("L1", "L0"), ROW.replace(old, new)))
    assert found.reasons == {"row 2": says}
    assert (found.counts.kept, found.counts.rejected) == (1, 1)


def test_rejects_name_the_row_of_their_own_file(tmp_path: Path) -> None:
    first = write_csv(tmp_path / "1.csv", ROW, ROW, ROW.replace(",1,", ",x,"))
    second = write_csv(tmp_path / "2.csv", ROW.replace(",1,", ",y,"), ROW)
    third = write_parquet(tmp_path / "3.parquet", [line(), line(units=0)])
    found = split_of(tmp_path / "out", first, second, third)
    assert {(row["path"], row["place"]) for row in found.rejects} == {
        (str(first), "row 3"),
        (str(second), "row 1"),
        (str(third), "row 2"),
    }


def test_lines_of_codes_that_no_rule_names_are_counted_and_left(tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "c.csv",
        ROW,
        ROW.replace("77301", "99999"),
        ROW.replace("77301", ""),  # of a professional's claim: it may be any service
        ROW.replace("77301", "").replace("professional", "institutional"),
        ",,,,,,professional",  # no line of a member
        ROW.replace("77301,1", "12345,0"),
    )
    found = split_of(tmp_path / "out", file)
    assert (found.counts.read, found.counts.kept, found.counts.other, found.counts.rejected) == (6, 1, 3, 1)
    assert found.counts.left_out == 1
    assert found.reasons == {"row 3": "procedure_code is missing"}


def test_codes_in_text_may_be_lower_case_and_padded(tmp_path: Path) -> None:
    found = split_of(
        tmp_path / "out", write_csv(tmp_path / "c.csv", ROW.replace("77301", " g6015 ").replace("M1", " M1 "))
    )
    assert found.values("procedure_code") == ["G6015"]
    assert found.values("member_id") == ["M1"]


def test_column_names_may_be_in_upper_case_and_in_any_order(tmp_path: Path) -> None:
    header = ",".join(reversed(HEADER.upper().split(",")))
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", ",".join(reversed(ROW.split(","))), header=header))
    assert found.values("claim_line_id") == ["L1"]


def test_amounts_that_are_no_number_are_empty(tmp_path: Path) -> None:
    amounts = ["12.5", "", "five", "nan", "inf", "1e999", "-3"]
    rows = [f"{ROW.replace('L1', f'L{place}')},{amount}" for place, amount in enumerate(amounts)]
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", *rows, header=HEADER + ",charge_amount"))
    assert found.values("charge_amount") == [12.5, None, None, None, None, None, -3.0]


def test_coverages_that_say_nothing_leave_the_coverage_open_and_keep_the_line(tmp_path: Path) -> None:
    rows = [f"{ROW.replace('L1', f'L{place}')},{word},C61" for place, word in enumerate(["HM", "ZZ", "HM"])]
    found = split_of(tmp_path / "out", write_csv(tmp_path / "c.csv", *rows, header=HEADER + ",line_of_business,dx"))
    assert found.values("line_of_business") == ["", "", ""]


def test_parquet_with_numbers_for_names_and_times_for_days_is_read(tmp_path: Path) -> None:
    table = pa.table(
        {
            "claim_line_id": pa.array([1, 2]),
            "claim_id": pa.array([7, 7]),
            "member_id": pa.array([9, None]),
            "service_date": pa.array([1709600000000, 1709600000000], pa.timestamp("ms")),
            "procedure_code": ["77301", "77301"],
            "units": pa.array([1.0, 1.0]),
            "setting": pa.array(["professional"] * 2).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "c.parquet")
    found = split_of(tmp_path / "out", tmp_path / "c.parquet")
    assert [(row["claim_line_id"], row["member_id"], row["service_date"], row["units"]) for row in found.lines] == [
        ("1", "9", _DAY, 1)
    ]
    assert found.reasons == {"row 2": "member_id is missing"}


_AS_BYTES, _IN_A_LIST = pa.binary(), pa.list_(pa.string())
_UNLIKE: dict[str, tuple[pa.Array, object]] = {  # two values of a column, and how each line bears them
    "procedure_code": (pa.array([b"77301"] * 2, _AS_BYTES), "77301"),
    "procedure_code ": (pa.array([77301.0] * 2), "77301"),
    "modifier_1": (pa.array([["26"]] * 2, _IN_A_LIST), "26"),
    "member_id": (pa.array([1234567.0] * 2), "1234567"),
    "claim_id": (pa.array([[b"A1"]] * 2, pa.list_(pa.binary())), "A1"),
    "units": (pa.array([2.0] * 2).cast(pa.float16()), 2),
    "units ": (pa.array([b"2"] * 2, pa.large_binary()), 2),
    "service_date": (pa.array([[_DAY]] * 2, pa.list_(pa.date32())), _DAY),
}


@pytest.mark.parametrize("column", _UNLIKE)
def test_a_column_of_bytes_lists_or_fractions_is_read_alike_by_a_case_and_a_screening(
    tmp_path: Path, column: str
) -> None:
    values, meant = _UNLIKE[column]
    rows = [line(claim_line_id=f"L{number}", modifier_1="") for number in (1, 2)]
    name, file = column.strip(), tmp_path / "claim_lines.parquet"
    table = pq.read_table(write_parquet(file, rows, [*HEADER.split(","), "modifier_1"]))
    pq.write_table(table.set_column(table.column_names.index(name), name, values), file)
    found = split_of(tmp_path / "out", file)
    reviewed = [getattr(one, name) for one in csv_tables.read_parquet(file) if isinstance(one, ClaimLine)]
    assert (found.values(name), reviewed, found.reasons) == ([meant] * 2, [meant] * 2, {})


@pytest.mark.parametrize("value", [{"code": "77301"}, [["77301"]]], ids=["record", "list of lists"])
def test_a_column_of_records_is_refused_by_name_where_lines_are_read_from_it(tmp_path: Path, value: object) -> None:
    file = tmp_path / "claim_lines.parquet"
    table = pq.read_table(write_parquet(file, [line()], HEADER.split(",")))
    pq.write_table(table.append_column("beside", pa.array([value])), file)
    assert split_of(tmp_path / "out", file).counts.kept == 1
    pq.write_table(table.set_column(table.column_names.index("procedure_code"), "procedure_code", [[value]]), file)
    for read in (lambda: find_sources([str(file)]), lambda: list(csv_tables.read_parquet(file))):
        with pytest.raises(UnreadableInput, match="the column procedure_code holds records of several fields"):
            read()


def test_a_text_repeated_in_lists_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    rows, file = 2_000, tmp_path / "claim_lines.parquet"
    table = pa.concat_tables([pq.read_table(write_parquet(file, [line()], HEADER.split(",")))] * rows)
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * 1_000_000]))
    lists = pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), texts)
    pq.write_table(table.append_column("modifier_1", lists), file, store_schema=False)
    before = pa.default_memory_pool().max_memory()
    with pytest.raises(UnreadableInput, match="bytes in one table of a case"):
        list(csv_tables.read_parquet(file))
    assert pa.default_memory_pool().max_memory() - before < 1_000_000_000


def test_files_of_parquet_with_other_types_in_their_columns_are_read_apart(tmp_path: Path) -> None:
    for number, code in enumerate(("77301", 77301, b"77301")):
        table = pq.read_table(write_parquet(tmp_path / "c.parquet", [line(claim_id=f"A{number}")], HEADER.split(",")))
        place = table.column_names.index("procedure_code")
        (tmp_path / "claims").mkdir(exist_ok=True)
        pq.write_table(table.set_column(place, "procedure_code", [[code]]), tmp_path / "claims" / f"{number}.parquet")
    found = split_of(tmp_path / "out", tmp_path / "claims")
    assert found.values("procedure_code") == ["77301"] * 3


def test_nulls_of_our_own_layout_are_empty_texts_or_reasons(tmp_path: Path) -> None:
    rows = [
        line(),
        line(claim_line_id="L2", modifier_1=None, bill_type=None, claim_frequency=None, charge_amount=None),
        line(claim_line_id="L3", service_date=None),
        line(claim_line_id=None),
        line(claim_line_id="L5", procedure_code=None),
        line(claim_line_id="L6", claim_id="A6", procedure_code=None, revenue_code="0250", setting="institutional"),
    ]
    found = split_of(tmp_path / "out", write_parquet(tmp_path / "c.parquet", rows))
    assert found.values("claim_line_id") == ["A1-1", "L1", "L2"]
    assert found.values("modifier_1") == ["", "", ""]
    assert found.reasons == {
        "row 3": "service_date is missing",
        "row 5": "procedure_code is missing",
    }
    assert found.counts.other == 1


def test_every_line_of_a_member_goes_to_one_part(tmp_path: Path) -> None:
    rows = [line(claim_line_id=f"L{n}", member_id=f"M{n % 7}", claim_id=f"A{n}") for n in range(60)]
    found = split_of(tmp_path / "out", write_parquet(tmp_path / "c.parquet", rows), parts=5)
    where = {
        (row["member_id"], part)
        for part in found.parts
        for row in rows_of(tmp_path / "out", f"lines/part={part}/*.parquet")
    }
    assert len(where) == 7
    assert len(found.parts) > 1


def test_lines_keep_their_order_though_a_file_has_many_row_groups(tmp_path: Path) -> None:
    lines = 24 * 2_048
    columns = {"claim_line_id": [f"L{n}" for n in range(lines)], "line_number": range(lines)}
    same = {"claim_id": "A1", "member_id": "M1", "service_date": _DAY, "procedure_code": "77301", "units": 1}
    columns |= {name: [value] * lines for name, value in (same | {"setting": "professional"}).items()}
    pq.write_table(pa.table(columns), tmp_path / "c.parquet", row_group_size=2_048)
    sources = find_sources([str(tmp_path / "c.parquet")])
    with open_connection(1_000_000_000, 4, tmp_path / "spill") as connection:
        split(connection, sources, CoveredCodes(frozenset({"77301"})), 1, tmp_path / "out", lines)
    files = sorted((tmp_path / "out" / "lines" / "part=0").iterdir())
    assert [number for file in files for number in pq.read_table(file)["line_number"].to_pylist()] == list(range(lines))


def test_folders_and_patterns_are_searched_and_files_that_are_no_claims_left(tmp_path: Path) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    write_csv(folder / "a.csv", ROW)
    write_csv(folder / "b.csv", ROW.replace("L1", "L2"))
    (folder / "readme.md").write_text("about these claims")
    (folder / "_SUCCESS").touch()
    (folder / ".hidden").touch()
    assert [len(source.files) for source in find_sources([str(folder)])] == [2]
    assert [len(source.files) for source in find_sources([str(folder / "*.csv"), str(folder / "a.csv")])] == [2]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"  \n \n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"PAR1 and no more", "cannot be read as Parquet"),
        (b"\x00\x01\x02\x03", "not a known format"),
        ("Müller".encode("utf-16"), "not the header of a table of claims"),
        (b"one column\n1\n", "not the header of a table of claims"),
        (b"a,a,b\n1,2,3\n", "the column a appears twice"),
        (b"a,,b\n1,2,3\n", "not the header of a table of claims"),
    ],
)
def test_a_file_that_is_no_table_gets_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "claims.csv"
    file.write_bytes(content)
    with pytest.raises(UnreadableInput, match=says) as wrong:
        find_sources([str(file)])
    assert str(file) in str(wrong.value)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize("damage", ["cut off", "without its end", "within"])
def test_a_damaged_parquet_file_is_called_damaged(tmp_path: Path, damage: str) -> None:
    content = write_parquet(tmp_path / "whole.parquet", [line()]).read_bytes()
    file = tmp_path / "claims.parquet"
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    file.write_bytes(
        {
            "cut off": content[: len(content) // 2],
            "without its end": content[:-4] + b"....",
            "within": content[:footer] + b"\xff" * (len(content) - 8 - footer) + content[-8:],
        }[damage]
    )
    with pytest.raises(UnreadableInput) as wrong:
        find_sources([str(file)])
    assert str(wrong.value) == (
        f"{file}: cannot be read as Parquet: the file is damaged or was cut off; copy or export it once more"
    )


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="there is no such file"):
        find_sources([str(tmp_path / "none*.csv")])
    with pytest.raises(UnreadableInput, match="no claim lines among the files"):
        (tmp_path / "d.csv").write_text("claim_id,icd10,position\nA1,C61,1\n")
        find_sources([str(tmp_path / "d.csv")])


def test_tables_of_one_shape_are_read_together_and_others_apart(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ROW)
    write_csv(tmp_path / "b.csv", ROW + ",26", header=HEADER + ",modifier_1")
    write_csv(tmp_path / "c.csv", ROW.replace("L1", "L2"))
    assert sorted(len(source.files) for source in find_sources([str(tmp_path)])) == [1, 2]


def test_a_parquet_file_that_breaks_off_gets_one_sentence(tmp_path: Path) -> None:
    whole = write_parquet(tmp_path / "c.parquet", [line(claim_line_id=f"L{n}") for n in range(50)]).read_bytes()
    latin = pq.read_table(tmp_path / "c.parquet").set_column(1, "claim_id", [[b"A\xe9"] * 50])
    pq.write_table(latin, tmp_path / "latin.parquet")
    with pytest.raises(UnreadableInput, match=r"latin.parquet: a text in it is not UTF-8 \('A\\\\xE9'\); export it"):
        split_of(tmp_path / "out", tmp_path / "latin.parquet")
    for length in (8, len(whole) // 2, len(whole) - 1):
        (tmp_path / "c.parquet").write_bytes(whole[:length])
        with pytest.raises(UnreadableInput) as wrong:
            split_of(tmp_path / f"out{length}", tmp_path / "c.parquet")
        assert "\n" not in str(wrong.value)


def test_an_unknown_layout_is_refused_with_a_proposal(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "c.csv", "1,2,3", header="CLM_ID,DOS,CPT")
    with pytest.raises(UnknownLayout, match="fit no known layout of claims; map them with --mapping FILE") as unknown:
        find_sources([str(file)])
    assert 'claim_id = "CLM_ID"' in unknown.value.proposal.text


@pytest.mark.parametrize("columns", ["", ",modifier_1", ",modifier_1,modifier_2"])
def test_modifiers_behind_the_code_are_kept_whatever_columns_the_table_has(tmp_path: Path, columns: str) -> None:
    row = ROW.replace("77301", "77334-59") + "," * columns.count(",")
    found = split_of(tmp_path / "out", write_csv(tmp_path / "a.csv", row, header=f"{HEADER}{columns}"))
    assert found.values("procedure_code") == ["77334"]
    assert found.values("modifier_1") == ["59"]


@pytest.mark.parametrize("several", ["59 RT", "59,rt", "59-RT"])
def test_several_modifiers_of_one_cell_are_kept_though_the_rows_above_have_one(tmp_path: Path, several: str) -> None:
    rows = [f"L{n}\tA1\tM1\t2024-03-05\t77334\t1\tprofessional\t{'26' if n else several}" for n in range(3)]
    header = "\t".join([*HEADER.split(","), "modifier_1"])
    found = split_of(tmp_path / "out", write_csv(tmp_path / "a.csv", *rows, header=header))
    assert found.values("modifier_1") == ["59", "26", "26"]
    assert found.values("modifier_2") == ["RT", "", ""]


def test_a_file_of_too_many_row_groups_gets_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_parquet(tmp_path / "c.parquet", [line(claim_line_id=f"L{n}") for n in range(5)])
    pq.write_table(pq.read_table(file), file, row_group_size=1)
    monkeypatch.setattr(shapes, "ROW_GROUPS", replace(ROW_GROUPS, most=4))
    with pytest.raises(UnreadableInput, match="5 row groups in one Parquet file; at most 4 are read; write it again"):
        find_sources([str(file)])


@pytest.mark.parametrize("header", [HEADER, "claim,line,member,dos,cpt,qty,form"], ids=["our columns", "a payer's"])
def test_iso_days_beside_american_ones_are_read_alike_in_a_case_and_in_a_screening(tmp_path: Path, header: str) -> None:
    days = ["2024-03-05", "3/6/2024", "2024-03-07"]
    ours = [ROW.replace("L1", f"L{place}").replace("2024-03-05", day) for place, day in enumerate(days)]
    theirs = [f"A1,{place},M1,{day},77301,1,P" for place, day in enumerate(days, start=1)]
    file = write_csv(tmp_path / "c.csv", *(ours if header == HEADER else theirs), header=header)
    meant = [date(2024, 3, 5), date(2024, 3, 6), date(2024, 3, 7)]
    assert sorted(split_of(tmp_path / "out", file).values("service_date")) == meant
    assert [row.service_date for row in read_case(file).rows if isinstance(row, ClaimLine)] == meant


def test_a_table_of_many_columns_is_judged_by_fewer_rows_and_what_they_do_not_show_is_not_read_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [f"other{number}" for number in range(310)]
    monkeypatch.setattr(shapes, "_SAMPLE_CELLS", 100 * len([*HEADER.split(","), "charge_amount", *others]))
    monkeypatch.setattr(shapes, "_COLUMNS_AT_ONCE", 100)
    rows, unlike = 120, 110  # the first rows, by which it is judged, are 100
    usual = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {"charge_amount": ""}
    table = {name: [text] * rows for name, text in usual.items()} | {name: [name] * rows for name in others}
    table["claim_line_id"] = [f"L{number:03d}" for number in range(rows)]
    table["claim_id"][unlike:] = ["A2"] * 10
    table["charge_amount"][unlike:] = ["1.234,50"] * 9 + ["1234.50"]
    table["service_date"][unlike:] = ["13.03.2024"] * 10
    table["setting"][unlike:-2] = ["Institutional"] * 8  # rows of a setting that the first ones lack are looked at
    table["claim_id"][-2:] = ["A3"] * 2
    table["procedure_code"][-2] = "77301-26"
    file = tmp_path / "c.parquet"
    pq.write_table(pa.table(table), file)

    first, are_all = shapes.sample(file, shapes.shape_of(file, file.name))
    assert (len(first), are_all) == (100, False)
    assert first[99] == [*ROW.replace("L1", "L099").split(","), "", *others]
    found = split_of(tmp_path / "out", file)
    assert (found.counts.kept, found.counts.rejected) == (119, 1)
    assert found.values("service_date") == [_DAY] * 110 + [date(2024, 3, 13)] * 9
    assert found.values("setting") == ["professional"] * 110 + ["institutional"] * 8 + ["professional"]
    assert found.values("charge_amount") == [None] * 110 + [1234.5] * 9
    assert list(found.reasons) == ["row 119"]
    assert "77301-26" in found.reasons["row 119"]


def test_thousands_of_columns_of_parquet_keep_their_order(tmp_path: Path) -> None:
    names = [f"column {number}" for number in range(4_200)]
    file = tmp_path / "c.parquet"
    pq.write_table(pa.table({name: [name] for name in names}), file)
    assert list(shapes.shape_of(file, file.name).columns) == names


@pytest.mark.parametrize("content", [f"{HEADER}\n", f"Claims of May\n{HEADER}\n,,,,,,\n"])
def test_a_table_without_a_row_beside_others_is_named(tmp_path: Path, content: str) -> None:
    march, may = write_csv(tmp_path / "march.csv", ROW), tmp_path / "may.csv"
    may.write_text(content, encoding="utf-8")
    found = split_of(tmp_path / "out", march, may)
    assert found.counts.kept == 1
    (remark,) = rows_of(tmp_path / "out", "remarks/*.parquet")
    assert Path(remark["path"]).name == "may.csv"
    assert remark["remark"] == csv_tables.NO_ROW


def test_lists_in_several_columns_of_parquet_name_no_column_twice(tmp_path: Path) -> None:
    file = tmp_path / "claims.parquet"
    columns = {
        "claim_id": ["A1"], "line": [1], "member_id": ["M1"], "dos": [_DAY], "cpt": ["77334"], "qty": [2],
        "mods": [["59", "KX"]], "pos": ["11"], "dx": [["C61", "Z51.0"]],
    }  # fmt: skip
    pq.write_table(pa.table(columns), file)
    (found,) = split_of(tmp_path / "out", file).lines
    assert (found["procedure_code"], found["modifier_1"], found["modifier_2"]) == ("77334", "59", "KX")
    names = [*columns, "qty"]
    pq.write_table(pa.Table.from_arrays([pa.array(columns[name]) for name in names], names), file)
    with pytest.raises(UnreadableInput, match="the column qty appears twice"):
        find_sources([str(file)])
