"""Every command of the tutorial does what the tutorial shows, in its order."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.demo import make_example_plan

_HOUSE = Path(__file__).parents[1]
_SAVED_AS = re.compile(r"save this text as `([^`]+)`")
_TEXT = re.compile(r"```text\n(.*?)```", re.DOTALL)
_COMMAND = "    $ "


@pytest.mark.slow
def test_each_command_prints_the_lines_that_the_tutorial_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # as where output is no terminal; a worker of the tests may have a narrow one
    shutil.copytree(_HOUSE / "examples", "examples")
    make_example_plan("left_breast_coding", Path("reports/left_breast_coding/plan"))  # as `make demo` does
    tutorial = (_HOUSE / "docs" / "tutorial.md").read_text(encoding="utf-8")
    ((saved_as,), (text,)) = (pattern.findall(tutorial) for pattern in (_SAVED_AS, _TEXT))
    for command, shown in _commands(tutorial):
        program, *arguments = shlex.split(command)
        if program == "cp":
            shutil.copytree(arguments[1], arguments[2])
            Path(saved_as).write_text(text, encoding="utf-8")
            continue
        capsys.readouterr()
        assert (program, main(arguments)) == ("isocenter", 0), command
        printed = iter(capsys.readouterr().out.splitlines())
        for beginning in shown:  # in this order, whatever is between them
            assert any(line.startswith(beginning) for line in printed), f"{command}: {beginning}"
    for named in re.findall(r"`([\w/.-]+\.(?:html|txt|yaml))`", tutorial):
        assert Path(named).is_file() or list(Path().rglob(named)), named


def _commands(tutorial: str) -> list[tuple[str, list[str]]]:
    """Each command of the tutorial, with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in tutorial.splitlines():
        if line.startswith(_COMMAND):
            found.append((line.removeprefix(_COMMAND), []))
        elif line.startswith("    ") and found:
            found[-1][1].append(line.removeprefix("    "))
    return found
