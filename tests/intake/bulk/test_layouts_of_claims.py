"""Layouts of others: Tuva's medical_claim is known, any other comes in by a mapping file that says what is wrong."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.screening.claims_files import HEADER, ROW, rows_of, split_of, write_csv

from isocenter.errors import UnreadableInput
from isocenter.facts.schema import tables
from isocenter.intake.bulk.layouts import OWN, WORDS, layout_of, read_mapping
from isocenter.intake.bulk.proposing import propose
from isocenter.terms.claims import ClaimLine

_COLUMNS = ("CLM", "No", "Who", "dos", "Code", "Qty", "DX1", "dx2", "kind")
_MAPPING = """
[claim_lines]
claim_id = "CLM"
line_number = "no"
member_id = "who"
service_date = {column = "DOS"}
procedure_code = "Code"
units = "Qty"
setting = {column = "kind", values = {P = "professional"}}
[diagnoses]
columns = ["dx1", "DX2"]
"""


def mapping(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_our_own_columns_are_known_in_any_order() -> None:
    found = layout_of(list(reversed(ClaimLine._fields)))
    assert found is not None
    assert found.columns.keys() == set(ClaimLine._fields)
    assert found.name == OWN.name


def test_tuva_names_the_member_as_person_where_it_can() -> None:
    columns = ["claim_id", "claim_line_number", "member_id", "hcpcs_code", "service_unit_quantity", "claim_type"]
    for more, expected in ((["person_id"], "person_id"), ([], "member_id")):
        found = layout_of([*columns, *more])
        assert found is not None
        assert found.columns["member_id"].column == expected


def test_only_columns_that_a_table_has_are_taken() -> None:
    found = layout_of(["Claim_ID", "CLAIM_LINE_NUMBER", "person_id", "hcpcs_code", "service_unit_quantity", "paid"])
    assert found is not None
    assert {name: taken.column for name, taken in found.columns.items()} == {
        "claim_id": "Claim_ID",
        "line_number": "CLAIM_LINE_NUMBER",
        "member_id": "person_id",
        "procedure_code": "hcpcs_code",
        "units": "service_unit_quantity",
    }


def test_a_mapping_names_columns_values_and_diagnoses_in_any_case(tmp_path: Path) -> None:
    found = read_mapping(mapping(tmp_path, "date_format = '%m/%d/%Y'" + _MAPPING), _COLUMNS)
    assert found.columns["member_id"].column == "Who"
    assert found.columns["service_date"].column == "dos"
    assert found.columns["setting"].values == {"P": "professional"}
    assert found.diagnoses == ("DX1", "dx2")
    assert found.date_format == "%m/%d/%Y"
    assert not found.is_clean


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[claim_lines]", "[claim_lines", "cannot be read as TOML"),
        ("[claim_lines]", "[claimlines]", "a mapping has no entry 'claimlines'; known are claim_lines"),
        ("[claim_lines]", "dateformat = 'x'\n[claim_lines]", "a mapping has no entry 'dateformat'"),
        ("[claim_lines]", "date_format = 'x;y'\n[claim_lines]", "date_format is 'x;y'; expected one such"),
        ("[claim_lines]", "date_format = 7\n[claim_lines]", "date_format is 7; expected one such as"),
        ('units = "Qty"', "", "units is not mapped; name the column that holds it"),
        ('claim_id = "CLM"', "", "claim_id is not mapped"),
        ('line_number = "no"', "", "neither claim_line_id nor line_number is mapped"),
        ('units = "Qty"', 'units = "Menge"', "units is taken from 'Menge', which the claims lack"),
        ('units = "Qty"', "units = 7", "units is 7; expected a column"),
        ('units = "Qty"', "units = {}", "units is {}; expected a column"),
        ('units = "Qty"', 'units = {column = "Qty", constant = 1}', "units is .*; expected a column"),
        ('units = "Qty"', 'units = {column = "Qty", values = 3}', "units is .*; expected a column"),
        ('units = "Qty"', 'unit = "Qty"', "claim lines have no column 'unit'; known are claim_line_id"),
        ('["dx1", "DX2"]', '["dx1", "dx9"]', "the claims have no column 'dx9' of diagnoses"),
        ('["dx1", "DX2"]', '"dx1"', "diagnoses is .*; expected a table of columns"),
        ("columns = [", "column = [", "diagnoses is .*; expected a table of columns"),
        ('P = "professional"', 'P = "prof"', "setting is given 'prof'; expected one of professional, institutional"),
        ("[diag", 'line_of_business = {constant = "Medicare"}\n[diag', "is given 'Medicare'; expected one of medicare"),
        ("[diag", 'claim_frequency = {filled = "dos", then = "adj", otherwise = "1"}\n[diag', "is given 'adj'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_mapping_gets_one_sentence(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in _MAPPING
    with pytest.raises(UnreadableInput, match=says) as wrong:
        read_mapping(mapping(tmp_path, _MAPPING.replace(old, new)), _COLUMNS)
    assert str(wrong.value).startswith(str(tmp_path / "mapping.toml"))
    assert "\n" not in str(wrong.value)


def test_the_words_of_a_mapping_are_those_of_the_fact_table() -> None:
    allowed = {column.name: column.allowed for column in tables()["claim_lines"].columns if column.allowed}
    assert allowed == WORDS


def test_a_mapping_is_applied_to_our_own_columns_or_said_not_to_be(tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "c.csv", ROW, ROW.replace("77301,1", "77334,0"))
    columns = [f'{name} = "{name}"' for name in HEADER.split(",")]
    fits = "\n".join(["[claim_lines]", *columns, "[[leave_out]]", 'column = "units"', "below = 1"])
    assert split_of(tmp_path / "one", claims, mapping=mapping(tmp_path, fits)).counts.left_out == 1
    split_of(tmp_path / "two", claims, mapping=mapping(tmp_path, _MAPPING))
    (remark,) = rows_of(tmp_path / "two", "remarks/*.parquet")
    assert "so the mapping was not applied to it (claim_id is taken from 'CLM', which the claims lack)" in str(remark)


@pytest.mark.parametrize(
    "text", ["claim_lines = 3", "claim_lines = [1]", "diagnoses = [1]\n" + _MAPPING.split("[diag", maxsplit=1)[0]]
)
def test_a_mapping_of_another_shape_gets_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableInput, match="expected a table"):
        read_mapping(mapping(tmp_path, text), _COLUMNS)


def test_a_mapping_that_is_not_there_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="cannot be read as TOML"):
        read_mapping(tmp_path / "none.toml", _COLUMNS)


def test_a_proposal_names_what_the_header_states_and_leaves_the_rest_open(tmp_path: Path) -> None:
    columns = [
        "CLM_ID",
        "Line No",
        "BENE_ID",
        "From-Date",
        "HCPCS_CD",
        "Line Srvc Cnt",
        "Mod 1",
        "ICD_DGNS_CD2",
        "ICD_DGNS_CD1",
    ]
    columns += ["LINE_SBMTD_CHRG_AMT"]
    proposal = propose(columns).text
    assert "setting = {constant" in proposal
    found = read_mapping(mapping(tmp_path, proposal), columns)
    assert {name: taken.column for name, taken in found.columns.items() if taken.column} == {
        "claim_id": "CLM_ID",
        "line_number": "Line No",
        "member_id": "BENE_ID",
        "service_date": "From-Date",
        "procedure_code": "HCPCS_CD",
        "units": "Line Srvc Cnt",
        "modifier_1": "Mod 1",
        "charge_amount": "LINE_SBMTD_CHRG_AMT",
    }
    assert found.diagnoses == ("ICD_DGNS_CD1", "ICD_DGNS_CD2")


def test_what_a_proposal_leaves_open_is_asked_for_by_name(tmp_path: Path) -> None:
    proposal = propose(["item", "member_id", "dos", "cpt", "units"]).text
    for name in ("claim_id", "line_number"):
        assert f'# {name} = ?   # needed: which of "item", "member_id", "dos", "cpt", "units"' in proposal
    with pytest.raises(UnreadableInput, match="claim_id is not mapped"):
        read_mapping(mapping(tmp_path, proposal), ["item", "member_id", "dos", "cpt", "units"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec="ascii") | st.characters(categories=["L", "N"]), min_size=1, max_size=12)))
def test_a_proposal_is_a_mapping_file_whatever_the_columns_are_called(columns: list[str]) -> None:
    told = tomllib.loads(propose([*columns, "claim_id", 'dx"1']).text)
    assert told["claim_lines"]["claim_id"]
    assert 'dx"1' in told["diagnoses"]["columns"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(_MAPPING.splitlines()), max_size=12),
    st.text(alphabet="abc[]{}=\"', \n#13", max_size=40),
    st.integers(0, 12),
)
def test_no_mapping_gives_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], noise: str, where: int
) -> None:
    path = mapping(tmp_path_factory.getbasetemp(), "\n".join([*lines[:where], noise, *lines[where:]]))
    try:
        read_mapping(path, _COLUMNS)
    except UnreadableInput as sentence:
        assert str(sentence).startswith(str(path))
