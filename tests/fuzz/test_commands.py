"""Whatever one of its files holds, a command does its work or refuses in a sentence: the net at its edge is unused."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from isocenter.errors import IsocenterError
from tests.fuzz.commands import COMMANDS, run, run_mutated
from tests.fuzz.limits import LONGEST_SECONDS, StillRunning

COUNT = max(1, int(os.environ.get("FUZZ_INPUTS", "60")) // 60)  # of each command
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_no_input_ends_a_command_in_a_fault_a_hang_or_a_letter_that_moves_the_cursor(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = list(_failures(name, capsys))
    assert not failures, "\n".join(failures[:20])


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in COMMANDS if not name.startswith(("serve", "screen"))])
def test_a_command_does_its_work_on_the_files_that_are_mutated(name: str, tmp_path: Path) -> None:
    command = COMMANDS[name]
    ran = run(command, command.files(), tmp_path)
    assert (ran.code, ran.left) == (command.code, ())


def _failures(name: str, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    for seed in range(FIRST_SEED, FIRST_SEED + COUNT):
        with TemporaryDirectory() as folder:
            try:
                file, ran = run_mutated(COMMANDS[name], seed, Path(folder))
            except IsocenterError as wrong:
                raise AssertionError(f"seed {seed}: {wrong} passed the edge of the command") from wrong
            except StillRunning as hanging:
                yield f"seed {seed}: {hanging}"
                continue
        said = capsys.readouterr()
        where = f"seed {seed}, {file}"
        if ran.code not in (0, 2) or ran.left:
            yield f"{where}: exit {ran.code}, left {ran.left}: {said.err[-300:]}"
        if ran.seconds > LONGEST_SECONDS:
            yield f"{where}: {ran.seconds:.0f} seconds"
        if {"\x1b", "\u202e"} & set(said.out + said.err):
            yield f"{where}: a letter that moves the cursor, or turns what is read, reached the terminal"
        if ran.code == 2 and not (said.out + said.err).strip():
            yield f"{where}: refused without a word"
