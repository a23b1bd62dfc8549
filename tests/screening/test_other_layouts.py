"""Claims in Tuva's layout, by a mapping file and as 837 in bulk become the lines that they tell of."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from isocenter.errors import IsocenterError
from isocenter.intake.bulk.sources import UnknownLayout, find_sources
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from tests.intake.x12_writer import Claim, Layout, Line, write_837
from tests.intake.x12_writer import rows_of as rows_of_837
from tests.screening.claims_files import HEADER, ROW, line, rows_of, split_of, write_csv, write_parquet

_TUVA: dict[str, Any] = {
    "claim_id": "A1",
    "claim_line_number": 3,
    "claim_type": "professional",
    "person_id": "P1",
    "member_id": "M1",
    "claim_line_start_date": date(2024, 3, 5),
    "place_of_service_code": "11",
    "hcpcs_code": "77301",
    "service_unit_quantity": 1.0,
    **{f"hcpcs_modifier_{n}": f"{n}0" for n in range(1, 6)},
    "rendering_npi": "1234567893",
    "billing_npi": "1999999984",
    "charge_amount": 100.0,
    "allowed_amount": 60.0,
    "diagnosis_code_1": "C61",
    "diagnosis_code_2": None,
    "diagnosis_code_3": "C7951",
    "data_source": "payer",
}


def write_tuva(path: Path, *rows: dict[str, Any]) -> Path:
    columns = ", ".join(f"unnest(?) as {name}" for name in rows[0])
    duckdb.execute(f"copy (select {columns}) to '{path}'", [[row[name] for row in rows] for name in rows[0]])
    return path


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_tuva_medical_claim_becomes_claim_lines(tmp_path: Path, suffix: str) -> None:
    found = split_of(tmp_path / "out", write_tuva(tmp_path / f"medical_claim.{suffix}", _TUVA))
    (row,) = found.lines
    assert row["claim_line_id"] == "A1-3"
    assert (row["member_id"], row["service_date"], row["units"]) == ("P1", date(2024, 3, 5), 1)
    assert [row[f"modifier_{n}"] for n in range(1, 5)] == ["10", "20", "30", "40"]
    assert row["diagnoses"] == "C61 C7951"
    assert (row["setting"], row["place_of_service"], row["allowed_amount"]) == ("professional", "11", 60.0)


def test_tuva_without_a_person_or_many_columns_is_read(tmp_path: Path) -> None:
    few = (
        "claim_id",
        "claim_line_number",
        "claim_type",
        "member_id",
        "claim_line_start_date",
        "hcpcs_code",
        "service_unit_quantity",
    )
    found = split_of(tmp_path / "out", write_tuva(tmp_path / "c.parquet", {name: _TUVA[name] for name in few}))
    (row,) = found.lines
    assert row["member_id"] == "M1"
    assert "modifier_1" not in row
    assert "diagnoses" not in row


def test_types_of_claim_that_are_neither_professional_nor_institutional_leave_the_setting_open(tmp_path: Path) -> None:
    kinds = ["professional", "institutional", "undetermined", None]
    rows = [{**_TUVA, "claim_line_number": place, "claim_type": kind} for place, kind in enumerate(kinds)]
    found = split_of(tmp_path / "out", write_tuva(tmp_path / "c.parquet", *rows))
    assert sorted(found.values("setting")) == ["", "", "institutional", "professional"]
    assert found.reasons == {}
    assert {row["place"] for row in rows_of(tmp_path / "out", "open_lines/*.parquet")} == {"row 3", "row 4"}


def test_lines_of_tuva_without_what_names_them_are_rejected(tmp_path: Path) -> None:
    rows = [{**_TUVA, **change} for change in ({"claim_id": None}, {"person_id": None}, {"service_unit_quantity": 0.5})]
    found = split_of(tmp_path / "out", write_tuva(tmp_path / "c.parquet", *rows))
    assert (found.counts.kept, found.counts.rejected) == (0, 3)


def test_a_proposed_mapping_runs_once_it_is_filled_in(tmp_path: Path) -> None:
    claims = write_csv(
        tmp_path / "c.csv",
        "A1,1,Ann,03/05/2024,77301,1,P,C61,250.00",
        "A2,1,Ann,03/06/2024,G6015,1,I,C61,90",
        "A3,1,Ann,06.03.2024,G6015,1,I,C61,90",
        header="CLAIM_NO,LINE_NO,MEMBER_ID,DOS,CPT,QTY,CLM_TYPE,DX1,BILLED",
    )
    with pytest.raises(UnknownLayout) as unknown:
        find_sources([str(claims)])
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(unknown.value.proposal.text.replace("# date_format", "date_format"), encoding="utf-8")
    found = split_of(tmp_path / "out", claims, mapping=mapping)
    assert found.values("claim_line_id") == ["A1-1", "A2-1"]
    assert found.values("setting") == ["professional", "institutional"]
    assert found.values("service_date") == [date(2024, 3, 5), date(2024, 3, 6)]
    assert found.values("charge_amount") == [250.0, 90.0]
    assert found.values("diagnoses") == ["C61", "C61"]
    assert found.reasons == {"row 3": "service_date is '06.03.2024'; expected a date"}


def test_one_value_may_stand_for_all_lines(tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "c.csv", "A1,Ann,2024-03-05,77301", header="claim,who,day,code")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        '[claim_lines]\nclaim_id = "claim"\nmember_id = "who"\nservice_date = "day"\nprocedure_code = "code"\n'
        'line_number = {constant = 7}\nunits = {constant = 1}\nsetting = {constant = "professional"}\n'
        'billing_npi = {constant = "O\'B"}\n'
    )
    (row,) = split_of(tmp_path / "out", claims, mapping=mapping).lines
    assert (row["claim_line_id"], row["units"], row["setting"], row["billing_npi"]) == (
        "A1-7",
        1,
        "professional",
        "O'B",
    )


def _claims_837(count: int = 6) -> list[Claim]:
    day = date(2024, 3, 4)
    return [
        Claim(
            member_id=f"M{number % 3}",
            is_dependent=number == 1,
            filing="MB",
            place="11" if number % 2 else "13",
            frequency="1",
            original_claim_id="",
            diagnoses=("C61", "C77.5") if number % 2 else (),
            rendering_npi="",
            supervising_npi="",
            attending_npi="",
            has_other_payer=number == 2,
            lines=tuple(_line_837(n, day + timedelta(days=n)) for n in range(3)),
        )
        for number in range(count)
    ]


def _line_837(number: int, day: date) -> Line:
    code = "77301" if number == 0 else "G6015"
    return Line(code, (), 1, 12_500, day, "", "0333", "", "", noise=number == 1, control_number=number == 0)


@pytest.mark.parametrize("setting", ["professional", "institutional"])
def test_837_in_bulk_gives_what_one_file_gives(tmp_path: Path, setting: str) -> None:
    claims = _claims_837()
    (tmp_path / "claims.837").write_bytes(write_837(claims, setting, [Layout(), Layout("|", ">", "!", "\r", "")]))
    found = split_of(tmp_path / "out", tmp_path / "claims.837", parts=3)
    expected = rows_of_837(claims, setting)
    told = {tuple(row.get(name, "") for name in ClaimLine._fields) for row in found.lines}  # empty columns are left out
    assert told == {tuple(row) for row in expected if isinstance(row, ClaimLine)}
    diagnoses = {(row["claim_id"], row["icd10"], row["position"]) for row in found.diagnoses}
    assert diagnoses == {tuple(row)[:3] for row in expected if isinstance(row, ClaimDiagnosis)}
    assert found.counts.rejected == 0


def test_a_line_of_an_837_that_cannot_be_judged_names_its_file_and_claim(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(write_837(_claims_837(1), "professional", [Layout()]))
    text = write_837(_claims_837(1), "professional", [Layout()]).replace(b"CLM*C0*", b"CLM*D0*")
    (tmp_path / "b.837").write_bytes(text.replace(b"DTP*472*D8*20240305", b"DTP*472*D8*18240305"))
    found = split_of(tmp_path / "out", tmp_path / "a.837", tmp_path / "b.837")
    assert (found.counts.read, found.counts.kept, found.counts.rejected) == (6, 5, 1)
    (rejected,) = [row for row in found.rejects if "1824" in row["reason"]]
    assert (rejected["path"], rejected["claim_id"]) == (str(tmp_path / "b.837"), "D0")


def test_tables_and_837_may_stand_side_by_side(tmp_path: Path) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    (folder / "a.837").write_bytes(write_837(_claims_837(2), "professional", [Layout()]))
    write_csv(folder / "b.csv", ROW)
    write_parquet(folder / "c.parquet", [line(claim_line_id="L2")])
    write_tuva(folder / "d.csv", _TUVA)
    assert split_of(tmp_path / "out", folder).counts.kept == 9


_FUZZ = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_SEGMENTS = write_837(_claims_837(3), "professional", [Layout()]).decode().splitlines(keepends=True)


@_FUZZ
@given(data=st.data())
def test_no_service_line_of_a_damaged_837_is_lost_in_silence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    segments = list(_SEGMENTS)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(1, len(segments) - 1))
        damage = data.draw(st.sampled_from(["lose", "double", "blank", "break", "cut", "huge"]))
        segments[place : place + 1] = {
            "lose": [],
            "double": [segments[place]] * 2,
            "blank": ["~\n"],
            "break": [segments[place].replace("*", "**", 1)],
            "cut": [segments[place][: len(segments[place]) // 2]],
            "huge": [segments[place].replace("*UN*1", "*UN*99999999999").replace("*125.00", "*1E999")],
        }[damage]
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "c.837").write_text("".join(segments))
    try:
        found = split_of(folder / "out", folder / "c.837")
    except IsocenterError as sentence:
        assert "\n" not in str(sentence)
        return
    assert found.counts.read >= len(re.findall(r"~\s*SV[12]\*", "".join(segments)))
    if found.counts.rejected:
        assert found.rejects


_CELL = st.one_of(
    st.sampled_from(["L1", "A1", "M1", "2024-03-05", "77301", "G6015", "1", "professional", "", '"', '""', "'", "-1"]),
    st.text(max_size=6),
)


@_FUZZ
@given(rows=st.lists(st.lists(_CELL, min_size=5, max_size=9), max_size=8), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_no_row_of_a_random_csv_is_lost_in_silence(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str
) -> None:
    folder = tmp_path_factory.mktemp("random")
    text = end.join([HEADER, ROW, *(",".join(row) for row in rows), ""])
    (folder / "c.csv").write_bytes(text.encode("utf-8", errors="surrogatepass"))
    try:
        found = split_of(folder / "out", folder / "c.csv")
    except IsocenterError as sentence:
        assert "\n" not in str(sentence)
        return
    assert found.counts.rejected == len(found.rejects)
    if not any(mark in cell for row in rows for cell in row for mark in '"\r\n'):
        assert found.counts.read == 1 + len(rows)


@_FUZZ
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(b"PAR1".__add__),
        st.binary(max_size=200).map(b"ISA*00*".__add__),
        st.binary(max_size=200).map((HEADER + "\n").encode().__add__),
    )
)
def test_random_bytes_give_lines_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "c.dat").write_bytes(content)
    try:
        split_of(folder / "out", folder / "c.dat")
    except IsocenterError as sentence:
        assert "\n" not in str(sentence)


@_FUZZ
@example(start=230, noise=b"\0")  # in a page of texts, which two readers take for other ones
@given(start=st.integers(0, 4000), noise=st.binary(min_size=1, max_size=40))
def test_damaged_parquet_gives_lines_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, start: int, noise: bytes
) -> None:
    folder = tmp_path_factory.mktemp("parquet")
    whole = write_parquet(folder / "c.parquet", [line(claim_line_id=f"L{n}") for n in range(20)]).read_bytes()
    start %= len(whole)
    (folder / "c.parquet").write_bytes(whole[:start] + noise + whole[start + len(noise) :])
    try:
        split_of(folder / "out", folder / "c.parquet")
    except IsocenterError as sentence:
        assert "\n" not in str(sentence)


def test_a_mapping_of_hundreds_of_values_is_read_within_the_memory(tmp_path: Path) -> None:
    header = HEADER.replace("setting", "plan")
    rows = (ROW.replace("professional", plan) for plan in ("Plan 431", "x"))
    claims = write_csv(tmp_path / "claims.csv", *rows, header=header)
    names = [name for name in HEADER.split(",") if name != "setting"]
    plans = ", ".join(f'"PLAN {number}" = "professional"' for number in range(600))
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        "[claim_lines]\n"
        + "\n".join(f'{name} = "{name}"' for name in names)
        + f'\nsetting = {{column = "plan", values = {{{plans}, "Plan 431" = "institutional"}}}}\n'
    )
    found = split_of(tmp_path / "out", claims, mapping=mapping)
    assert found.values("setting") == ["professional", ""]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.234,50", 1234.5),
        ("1.234", 1234.0),
        ("1.234.567,00", 1234567.0),
        ("-420,5", -420.5),
        ("1234.50", 1234.5),
        ("420.5", 420.5),
        ("1.2345", None),
        ("12.34,50", None),
    ],
)
def test_a_point_beside_decimal_commas_parts_thousands_or_decimals_and_never_makes_another_amount(
    tmp_path: Path, written: str, expected: float | None
) -> None:
    rows = [f"A{n},1,M1,2025-02-24,77301,1.0,11,{amount}" for n, amount in enumerate(["1.200,00", "420,00", written])]
    text = "\n".join(["claim|line|member|dos|cpt|units|pos|charges", *(row.replace(",", "|", 7) for row in rows), ""])
    (tmp_path / "c.csv").write_text(text)
    found = split_of(tmp_path / "out", tmp_path / "c.csv")
    assert [row["charge_amount"] for row in found.lines if row["claim_id"] == "A2"] == [expected]
    assert {row["units"] for row in found.lines} == {1}


def test_numbers_of_parquet_beside_amounts_with_decimal_commas_are_as_they_are(tmp_path: Path) -> None:
    table = {"claim": ["A1", "A2"], "line": [1, 1], "member": ["M1", "M2"], "dos": ["2025-02-24"] * 2}
    table |= {"cpt": ["77301"] * 2, "units": [1.0, 2.0], "pos": ["11"] * 2, "charges": ["1.200,00", "420,00"]}
    pq.write_table(pa.table(table), tmp_path / "c.parquet")
    found = split_of(tmp_path / "out", tmp_path / "c.parquet")
    assert sorted((row["units"], row["charge_amount"]) for row in found.lines) == [(1, 1200.0), (2, 420.0)]
