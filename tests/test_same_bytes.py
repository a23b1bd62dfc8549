"""The same input gives the same bytes: whatever the seed of hashes, the time zone, the language, the threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.screening.screenings import random_claims

EXAMPLES = Path(__file__).parents[1] / "examples"
MACHINES = (
    {"PYTHONHASHSEED": "1", "TZ": "America/Los_Angeles", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "2"},
)
# What a run keeps for the next one: seconds and a copy of the claims.
NOT_ANSWERS = {"run.json", "work", "claims"}


def run(machine: dict[str, str], folder: Path, *arguments: object) -> bytes:
    """What the command prints on such a machine, run in a folder."""
    command = [sys.executable, "-m", "isocenter", *map(str, arguments)]
    environment = {**os.environ, **machine}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def answers(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that is an answer."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    named = {path.relative_to(folder): path for path in files}
    return {str(name): path.read_bytes() for name, path in named.items() if name.parts[0] not in NOT_ANSWERS}


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("review", EXAMPLES / "left_breast_coding", "--json", "--report", "report.html"),
        ("review", EXAMPLES / "esophagus_from_its_chart", "--letter", "letter.pdf", "--checklist", "checklist.html"),
        ("scenario", EXAMPLES / "left_breast_coding", "--out", "bodies"),
    ],
    ids=lambda arguments: " ".join(str(one) for one in arguments if not isinstance(one, Path)),
)
def test_a_command_gives_the_same_bytes_on_any_machine(tmp_path: Path, arguments: tuple[object, ...]) -> None:
    found = []
    for number, machine in enumerate(MACHINES):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        found.append((run(machine, folder, *arguments), answers(folder)))
    assert found[0] == found[1]


@pytest.mark.slow
def test_a_screening_writes_the_same_bytes_on_any_machine_with_any_workers_and_memory(tmp_path: Path) -> None:
    claims = random_claims(tmp_path / "claims", seed=3, courses=8)
    found = []
    for machine, workers, memory in zip(MACHINES, (1, 2), ("500MB", "3GB"), strict=True):
        folder = tmp_path / f"{workers}"
        folder.mkdir()
        options = ("--out", "screened", "--workers", workers, "--memory", memory, "--reports", 1)
        run(machine, folder, "screen", claims, *options)
        found.append(answers(folder / "screened"))
    assert found[0].keys() == found[1].keys()
    assert {"findings/0000.parquet", "lines/0000.parquet", "worklist.csv", "summary.html"} <= found[0].keys()
    assert [name for name, data in found[0].items() if data != found[1][name]] == []
