"""The command that makes synthetic claims says what it wrote, and one sentence where it cannot."""

from pathlib import Path

import pytest

from isocenter.cli import main
from tests.synthesis.claims import rows


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--courses", "40", "--seed", "2", "--violations", "0.5", "--overlapping", "0.1"]
    assert main(["synthesize", str(tmp_path), *arguments]) == 0
    told = capsys.readouterr().out
    lines, violations = rows(tmp_path, "claim_lines"), rows(tmp_path, "truth/violations")
    assert told == f"wrote {tmp_path}: {len(lines):,} lines of 40 courses, {len(violations):,} violations planted\n"


def test_a_share_that_is_none_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synthesize", str(tmp_path), "--violations", "7"]) == 2
    assert capsys.readouterr().err == "isocenter: the share of violations is 7.0; give a number from 0 to 1\n"
    assert list(tmp_path.iterdir()) == []
