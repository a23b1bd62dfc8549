"""Settings, mappings, goals and measured beams from strangers: one sentence says what cannot be read, and where."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from isocenter.errors import IsocenterError
from isocenter.fhir.clients.authentication import Clients
from isocenter.fhir.structures.definitions import Definitions
from isocenter.intake.bulk.layouts import read_mapping
from isocenter.intake.comparison_record import read as read_comparison
from isocenter.intake.fhir.resources import read_whole
from isocenter.intake.fhir_r4 import BillFile
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.beam.measured_beam import read_measured_beam
from isocenter.planning.objective.goals import read_goals
from isocenter.rulebook.readings import read_chosen_readings, read_readings
from isocenter.screening.policies import policies_of
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import LostLine, Problem
from tests.fhir.profiles import BASE, element, profile
from tests.intake.fhir_resources import bill

_COLUMNS = ("claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting")
_MAPPED = "[claim_lines]\n" + "\n".join(f'{name} = "{name}"' for name in _COLUMNS)
_MACHINE = """
name = "One"
energy_mv = 6.0
sad_mm = 1000.0
[reference]
cgy_per_mu = 1.0
depth_mm = 15.0
ssd_mm = 1000.0
[leaves]
transmission = 0.01
gap_mm = 1.0
"""


def _machine(path: Path) -> object:
    path.rename(path.with_name("machine.toml"))
    return read_measured_beam(path.parent)


_READERS: dict[str, Callable[[Path], object]] = {
    "readings": read_chosen_readings,
    "readings of a policy": lambda path: read_readings(path, "other"),
    "mapping": lambda path: read_mapping(path, _COLUMNS),
    "machine": _machine,
}
_TEXTS = {
    "lists in lists": "a = " + "[" * 5_000 + "]" * 5_000,
    "tables in tables": "a = " + "{b = " * 5_000 + "1" + "}" * 5_000,
    "a number of 5,000 digits": "a = " + "9" * 5_000,
    "a megabyte": "# " + "x" * 1_000_000,
    "a day that is none": "a = 2025-13-45",
    "a control character": "a = '\x07'",
    "a name twice": "a = 1\na = 2",
    "YAML": "a: !!python/object/apply:os.system [ls]\n",
}


def _sentence(read: Callable[[Path], object], path: Path) -> str:
    with pytest.raises(IsocenterError) as wrong:
        read(path)
    sentence = str(wrong.value)
    assert len(sentence) < 400
    assert sentence.isprintable()
    return sentence


@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
@pytest.mark.parametrize("reader", _READERS)
def test_a_hostile_file_of_settings_gets_one_sentence(tmp_path: Path, reader: str, text: str) -> None:
    (tmp_path / "given.toml").write_text(text, encoding="utf-8")
    assert ".toml" in _sentence(_READERS[reader], tmp_path / "given.toml")


_DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
_JSON_READERS: dict[str, Callable[[Path], object]] = {
    "clients": lambda path: Clients.read(path, "https://example.org/token"),
    "beam data": load_beam_data,
    "policies of a screening": lambda path: policies_of(path.parent),
    "comparison": read_comparison,
}


@pytest.mark.parametrize("text", [_DEEP, '{"a": ' + "9" * 5_000 + "}"], ids=["nested deep", "thousands of digits"])
@pytest.mark.parametrize("reader", _JSON_READERS)
def test_json_that_no_parser_takes_gets_one_sentence(tmp_path: Path, reader: str, text: str) -> None:
    path = tmp_path / "summary.json"
    path.write_text(text, encoding="utf-8")
    assert _sentence(_JSON_READERS[reader], path)


@pytest.mark.parametrize("member", ["contained", "type", "use", "identifier", "item", "other"])
def test_a_bill_nested_too_deep_costs_its_claim_alone_and_is_named(tmp_path: Path, member: str) -> None:
    deep = json.dumps(bill(id="deep")).replace("{", f'{{"{member}": {"[" * 100_000}{"]" * 100_000}, ', 1)
    path = tmp_path / "bills.ndjson"
    path.write_text("\n".join([json.dumps(bill(id="sound")), deep, json.dumps(bill(id="last"))]), encoding="utf-8")
    rows = list(BillFile(path))
    assert len({row.claim_id for row in rows if isinstance(row, ClaimLine)}) == 2
    assert [row.place for row in rows if isinstance(row, Problem | LostLine)] == ["line 2"]


@pytest.mark.parametrize(
    "change",
    [
        {"id": None}, {"min": "0x10"}, {"max": []}, {"path": {}, "type": 5}, {"slicing": []}, {"binding": "x"},
        {"type": {"a": 1}}, {"constraint": [1]},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_profile_is_named_and_finds_nothing_good(tmp_path: Path, change: dict[str, object]) -> None:
    made = profile("Patient", "p", {**element("Patient.name", 1), **change})
    (tmp_path / "p.json").write_text(json.dumps(made), encoding="utf-8")
    assert "this profile is damaged" in _sentence(lambda path: Definitions.of(path).profile(f"{BASE}p"), tmp_path)


def test_a_damaged_file_among_profiles_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(profile("Patient", "p")), encoding="utf-8")
    (tmp_path / "q.json").write_text(json.dumps(profile("Patient", "q"))[:-9], encoding="utf-8")
    assert "q.json: no JSON that can be read" in _sentence(Definitions.of, tmp_path)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("leave_out = [{column = 'units', below = nan}]", "leave_out is"),
        ("leave_out = [{column = 'units', below = inf}]", "leave_out is"),
        ("leave_out = [{column = 'units', below = 1" + "0" * 400 + "}]", "leave_out is"),
        ("leave_out = [{column = 'units', values = []}]", "leave_out is"),
        ("date_format = []", "date_format is []"),
        ("date_format = 0", "date_format is 0"),
        ("date_format = '%q'", "date_format is '%q'"),
        ("date_format = '%Y%'", "date_format is '%Y%'"),
        ("latest_version = 'x\\u0000; drop table part'", "which the claims lack"),
    ],
)
def test_a_value_that_no_mapping_can_use_is_named(tmp_path: Path, entry: str, says: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(f"{entry}\n{_MAPPED}\n", encoding="utf-8")
    assert says in _sentence(lambda one: read_mapping(one, _COLUMNS), path)


@pytest.mark.parametrize(
    ("column", "entry", "says"),
    [
        ("setting", "{column = 'setting', values = {P = {a = 'professional'}}}", "values.P is {'a'"),
        ("setting", "{column = 'setting', values = {P = ['professional']}}", "values.P is ['professional']"),
        ("setting", "{constant = {a = 'professional'}}", "constant is {'a'"),
        ("units", "{column = {a = 'units'}}", "column is {'a'"),
        ("units", "{columns = ['units', ['units']]}", "columns holds ['units']"),
        ("units", "{columns = ['units'], separator = ['-']}", "separator is ['-']"),
        ("units", "{filled = 'units', then = [1], otherwise = '2'}", "then is [1]"),
    ],
)
def test_a_table_or_list_is_not_taken_for_a_text(tmp_path: Path, column: str, entry: str, says: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(_MAPPED.replace(f'{column} = "{column}"', f"{column} = {entry}"), encoding="utf-8")
    said = _sentence(lambda one: read_mapping(one, _COLUMNS), path)
    assert f"{column}: {says}" in said
    assert "expected" in said


def test_a_row_is_left_out_by_texts_alone(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(f"leave_out = [{{column = 'units', values = [{{a = 1}}]}}]\n{_MAPPED}\n", encoding="utf-8")
    assert "leave_out is {'column': 'units'" in _sentence(lambda one: read_mapping(one, _COLUMNS), path)


def test_a_column_joined_of_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(_MAPPED.replace('units = "units"', "units = {columns = []}"), encoding="utf-8")
    assert "units is {'columns': []}" in _sentence(lambda one: read_mapping(one, _COLUMNS), path)


@pytest.mark.parametrize("limit", ["nan", "inf", "-1", "1e308", "9" * 400, "", "=1+1", "45,0"])
def test_a_limit_that_no_goal_can_have_is_named_with_its_line(tmp_path: Path, limit: str) -> None:
    path = tmp_path / "goals.csv"
    path.write_text(f"structure,metric,comparison,limit,unit\nCord,max,<=,{limit},Gy\n", encoding="utf-8")
    assert "goals.csv, line 2" in _sentence(read_goals, path)


def test_a_column_of_goals_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "goals.csv"
    path.write_text("structure,metric,comparison,limit,limit,unit\nCord,max,<=,45,50,Gy\n", encoding="utf-8")
    assert "a column twice" in _sentence(read_goals, path)


@pytest.mark.parametrize("value", ["nan", "inf", "-1.0", "1" + "0" * 400, "1e300", "true", "'1'", "[1]"])
def test_a_number_that_no_machine_has_is_named(tmp_path: Path, value: str) -> None:
    (tmp_path / "machine.toml").write_text(_MACHINE.replace("1000.0", value, 1), encoding="utf-8")
    assert "machine.toml: sad_mm is" in _sentence(read_measured_beam, tmp_path)


@pytest.mark.parametrize(
    "factors",
    [
        "side_mm,scp\n50,nan\n100,1\n",
        "side_mm,scp\n50,1e300\n100,1\n",
        "side_mm,scp,sc\n50,0.9,0\n100,1,1\n",
        "side_mm,scp,scp\n50,0.9,1\n100,1,1\n",
    ],
)
def test_a_factor_that_no_machine_has_is_named(tmp_path: Path, factors: str) -> None:
    (tmp_path / "machine.toml").write_text(_MACHINE, encoding="utf-8")
    (tmp_path / "output_factors.csv").write_text(factors, encoding="utf-8")
    (tmp_path / "tpr.csv").write_text("depth_mm,50,100\n10,1,1\n20,0.9,0.9\n", encoding="utf-8")
    assert "output_factors.csv" in _sentence(read_measured_beam, tmp_path)


@pytest.mark.parametrize(
    ("doses", "says"),
    [
        ("depth_mm,50,100\n10,90,91\n20,0,80\n", "not greater than 0"),
        ("depth_mm,50,100\n10,90,91\n20,-1,80\n", "not greater than 0"),
        ("depth_mm,0,100\n10,90,91\n20,80,80\n", "a side that is not greater than 0"),
        ("depth_mm,nan,100\n10,90,91\n20,80,80\n", "a side that is not greater than 0"),
        ("depth_mm,50,100\n-10,90,91\n20,80,80\n", "a depth below 0"),
    ],
)
@pytest.mark.parametrize("name", ["tpr.csv", "pdd.csv"])
def test_a_depth_dose_that_no_beam_has_is_named(tmp_path: Path, name: str, doses: str, says: str) -> None:
    (tmp_path / "machine.toml").write_text(f"{_MACHINE}[pdd]\nssd_mm = 1000.0\n", encoding="utf-8")
    (tmp_path / "output_factors.csv").write_text("side_mm,scp\n50,0.9\n100,1\n", encoding="utf-8")
    (tmp_path / name).write_text(doses, encoding="utf-8")
    said = _sentence(read_measured_beam, tmp_path)
    assert said.startswith(name)
    assert says in said


@pytest.mark.parametrize("ratios", ["radius_mm,ratio\n50,1\n10,1\n", "radius_mm,ratio\n10,1\n50,0\n"])
def test_an_off_axis_ratio_that_no_beam_has_is_named(tmp_path: Path, ratios: str) -> None:
    (tmp_path / "machine.toml").write_text(_MACHINE, encoding="utf-8")
    (tmp_path / "output_factors.csv").write_text("side_mm,scp\n50,0.9\n100,1\n", encoding="utf-8")
    (tmp_path / "tpr.csv").write_text("depth_mm,50,100\n10,1,1\n20,0.9,0.9\n", encoding="utf-8")
    (tmp_path / "off_axis.csv").write_text(ratios, encoding="utf-8")
    assert "off_axis.csv needs radii ascending" in _sentence(read_measured_beam, tmp_path)


@pytest.mark.parametrize("value", [b"{}", b"[]", b"0"])
def test_fhir_of_more_values_than_a_case_has_is_refused_before_it_is_parsed(value: bytes, tmp_path: Path) -> None:
    file = tmp_path / "many.json"
    file.write_bytes(b'{"resourceType": "Bundle", "entry": [' + (value + b",") * 5_000_000 + value + b"]}")
    with pytest.raises(IsocenterError, match=r"many.json: [0-9,]+ values in one FHIR file; at most 5,000,000 are read"):
        list(read_whole(file))
