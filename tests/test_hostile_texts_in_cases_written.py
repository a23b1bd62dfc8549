"""Hostile texts stay texts in the cases and bodies that commands write, which are read here again."""

import argparse
import csv
import json
import re
from pathlib import Path

import pytest
import yaml

from isocenter import cli
from isocenter.cli import main
from isocenter.files.texts import printable
from isocenter.terms.values import without_unseen
from tests.test_hostile_texts import HOSTILE

_OF_YAML = (
    "a\u2028- {x: y}", "a\u0085- {x: y}", "a # b: c", "- a", "&a", "*a", "!!python/object:os.system a", "{a: b}", "'a",
    "? a", "| a", "---", "yes", "0x1f", "2024-01-01", "a\\", "a\ue000",
)  # fmt: skip
_OF_A_SPREADSHEET = ("=1+1", "=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "\uff1d1+1", "'=1+1", "''=1+1")
_TEXTS = (*_OF_YAML, *_OF_A_SPREADSHEET, *HOSTILE[:3], HOSTILE[5])
_HEADER = "claim_line_id,claim_id,line_number,service_date,procedure_code,units,setting,billing_npi,member_id"
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")

# Each file or folder that a command writes, and what holds its texts to be texts.
_HELD = {
    **dict.fromkeys(["review --report", "review --letter", "review --checklist", "review --each"], "hostile_texts"),
    **dict.fromkeys(["measure --out", "plan --out", "mu-check --out", "screen --out"], "hostile_texts"),
    "rules --write": "hostile_texts",
    **dict.fromkeys(["abstract --into", "new CASE", "scenario --out"], "here"),
    **dict.fromkeys(["rules --write-tables", "phantom FOLDER", "synthesize OUT", "demo --out"], "nothing of others"),
}


def test_the_texts_of_every_output_are_held() -> None:
    (commands,) = (one for one in cli._parser()._actions if isinstance(one, argparse._SubParsersAction))
    written = {
        f"{name} {next(iter(action.option_strings), action.metavar)}"
        for name, command in commands.choices.items()
        for action in command._actions
        if action.dest in {dest for dest, _ in command.get_default("writes")}
    }
    assert written == set(_HELD)


@pytest.mark.parametrize("text", [*_OF_YAML[:6], _OF_YAML[-2], *_OF_A_SPREADSHEET[:2], HOSTILE[2]], ids=ascii)
def test_a_hostile_text_of_claims_stays_text_in_a_new_case_and_in_the_bodies_of_a_scenario(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with Path("claims.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(f"{_HEADER}\n")
        csv.writer(file).writerow(["L1", text, 1, "2024-03-18", "77301", 1, "professional", "1999999984", text])
    assert main(["new", "case", "--from", "claims.csv"]) == 0
    (course,) = yaml.safe_load(Path("case/case.yaml").read_text(encoding="utf-8"))["courses"]
    assert course["member_id"] == without_unseen(text)
    with Path("case/claim_lines.csv").open(encoding="utf-8", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if _FORMULA.match(cell)]
    assert main(["scenario", "claims.csv", "--out", "bodies"]) == 0
    bodies = [json.loads(file.read_text(encoding="utf-8")) for file in Path("bodies").glob("*.json")]
    assert without_unseen(text) in "\n".join(_texts_in(bodies))
    said = capsys.readouterr()
    assert printable(said.out + said.err) == said.out + said.err


def _texts_in(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for one in value for text in _texts_in(one)]
        case dict():
            return [text for one in value.values() for text in _texts_in(one)]
    return []


def test_hostile_texts_of_a_chart_become_no_rows_of_the_case_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, text in enumerate(_TEXTS):
        Path(f"note{number}.txt").write_text(
            f"Simulation note\nPatient: {text}\nDate of service: 02/20/2025\nImmobilization: {text} vacuum bag\n"
            f"Electronically signed by {text} Jane Doe, MD on 02/20/2025\n",
            encoding="utf-8",
        )
    notes = [f"note{number}.txt" for number in range(len(_TEXTS))]
    assert main(["abstract", *notes, "--into", "case"]) == 0
    assert main(["abstract", *notes]) == 0
    stated = yaml.safe_load(Path("case/case.yaml").read_text(encoding="utf-8"))
    assert [document["kind"] for document in stated["documents"]] == ["simulation_record"] * len(_TEXTS)
    assert stated.keys() <= {"courses", "members", "documents"}
    said = capsys.readouterr()
    assert printable(said.out + said.err) == said.out + said.err
