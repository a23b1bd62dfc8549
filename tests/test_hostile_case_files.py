"""Hostile texts in the case files that commands write, and in what they print of charts, claims and resources."""

import csv
import json
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

from isocenter.chart.abstraction import Abstraction, ChartDocument, Cited, StatedElement, StatedSignature
from isocenter.chart.pages.placed import Placed
from isocenter.chart.results.facility_periods import AttestationFound
from isocenter.cli import main
from isocenter.files.texts import json_without_controls, printable, quoted
from isocenter.report.abstracted_case import abstracted_case
from isocenter.report.abstraction_text import abstraction_as_text
from isocenter.report.new_case import Billed, case_template
from isocenter.rulebook.rulebook import load_policy
from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course
from isocenter.terms.problems import Problem
from tests.fhir.profiles import BASE
from tests.fuzz.samples import NOTE, profiled
from tests.test_hostile_texts import HOSTILE

_LETTERS = "".join(map(chr, [*range(0x3000), 0xFEFF, 0xFFFE, 0x1FA7B, 0xE0001]))
_FURTHER = ("\x1b[31m\x9b31m", "a\nb: c", "- [x", "# no comment", "null", "2024-01-02", "\ufeff\x7f\ufffe")
_SEEN = "y: '\"<script>🩻"
_TURNED = "x\u202e\x9b31m\u0085y: '\"<script>🩻"


def test_yaml_toml_and_json_give_every_letter_back() -> None:
    assert yaml.safe_load(f"a: {quoted(_LETTERS)}") == {"a": _LETTERS}
    assert yaml.load(f"a: {quoted(_LETTERS)}", yaml.CSafeLoader) == {"a": _LETTERS}
    assert tomllib.loads(f"a = {quoted(_LETTERS)}") == {"a": _LETTERS}
    written = json_without_controls(json.dumps({"a": _LETTERS}, ensure_ascii=False, indent=2))
    assert json.loads(written) == {"a": _LETTERS}
    assert printable(written) == written


def _abstraction(text: str) -> Abstraction:
    cited = Cited(text, 1, (0.0, 0.0, 1.0, 1.0), text, 1.0, "text")
    day = date(2024, 1, 8)
    paper = ChartDocument(
        "prescription", day, [1], text, "", text,
        [StatedElement("treatment_goals", text, cited)], [StatedSignature(text, text, day, text, cited)], cited,
    )  # fmt: skip
    return Abstraction(
        pages=1,
        documents=[paper],
        problems=[Problem(text, text, text)],
        attestations=[(AttestationFound(text, text, day, day, Placed(text, ()), 1.0), cited)],
    )


@pytest.mark.parametrize("text", (*HOSTILE, *_FURTHER), ids=lambda text: ascii(text)[:20])
def test_a_case_file_gives_a_hostile_text_of_a_chart_or_of_claims_back(text: str) -> None:
    found = _abstraction(text)
    (paper,) = yaml.safe_load(abstracted_case(found, 0.5))["documents"]
    assert paper["elements"] == [{"element": "treatment_goals", "detail": text}]
    (signature,) = paper["signatures"]
    assert [signature[name] for name in ("role", "signer", "credentials")] == [text] * 3
    assert printable(shown := printable(abstraction_as_text(found))) == shown

    billed = Billed(Course(text, text, line_of_business="medicare"), [Diagnosis(text, text, 1)], [])
    stated = yaml.safe_load(case_template(load_policy("imrt"), billed))
    assert stated["courses"] == [{"course_id": text, "member_id": text, "line_of_business": "medicare"}]
    assert stated["diagnoses"][0]["icd10"] == text


def _says_only_what_can_be_printed(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    for stream in (said.out, said.err):
        assert printable(stream) == stream
    return said.out


def test_a_case_made_of_hostile_claims_reads_as_the_claims_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting"])
        writer.writerow([_SEEN, 1, _SEEN, "2024-03-04", "77301", 1, "professional"])
        writer.writerow([_SEEN, 2, _SEEN, "2024-03-04", _TURNED, 1, "professional"])
    case = tmp_path / _TURNED.replace("/", "")
    assert main(["new", str(case), "--from", str(tmp_path / "claims.csv")]) == 0
    _says_only_what_can_be_printed(capsys)
    (course,) = yaml.safe_load((case / "case.yaml").read_text(encoding="utf-8"))["courses"]
    with (case / "claim_lines.csv").open(encoding="utf-8", newline="") as file:
        assert {row["member_id"] for row in csv.DictReader(file)} == {course["member_id"]}
    assert course["member_id"] == _SEEN
    assert main(["review", str(case), "--json"]) == 0
    assert json.loads(_says_only_what_can_be_printed(capsys))["course_id"] == course["course_id"]


def test_abstract_prints_and_writes_a_hostile_note_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = tmp_path / f"note{_TURNED[:3]}.txt"
    note.write_text(NOTE.replace("Jane Roe", "Jane \u202e\x9b31m🩻 Roe"), encoding="utf-8")
    into = tmp_path / f"case{_TURNED[:3]}"
    for more in ([], ["--json"], ["--into", str(into)]):
        assert main(["abstract", str(note), *more]) == 0
        assert _says_only_what_can_be_printed(capsys)
    assert yaml.safe_load((into / "case.yaml").read_text(encoding="utf-8"))["documents"]


def test_validate_prints_hostile_resources_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = profiled()
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "p.json").write_bytes(files["package/p.json"])
    person = json.loads(files["patient.json"])
    person |= {"id": _TURNED, "gender": _TURNED, _TURNED: 1, "active": _TURNED, "birthDate": _TURNED}
    person["meta"]["profile"].append(f"{BASE}{_TURNED}")
    resource = tmp_path / f"{_TURNED[:3]}.json"
    resource.write_text(json.dumps(person), encoding="utf-8")
    for more in ([], ["--json"]):
        assert main(["validate", "--package", str(tmp_path / "package"), str(resource), *more]) == 2
        said = _says_only_what_can_be_printed(capsys)
        assert "<script>" in said
    assert json.loads(said)["resourceType"] == "OperationOutcome"
