"""Modules of Python that lie in the folder in which a command is run are not loaded, by its processes neither."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_EXAMPLES = Path(__file__).parents[1] / "examples"
_RUN = "import sys; from isocenter.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.slow
@pytest.mark.parametrize("command", ["abstract chart.pdf", "screen claim_lines.csv --out out --workers 2"])
def test_a_command_in_a_strangers_folder_loads_none_of_its_modules(command: str, tmp_path: Path) -> None:
    shutil.copy(_EXAMPLES / "esophagus_from_its_chart" / "chart.pdf", tmp_path)
    header, *rows = (_EXAMPLES / "left_breast_coding" / "claim_lines.csv").read_text(encoding="utf-8").splitlines()
    lines = "\n".join([f"{header},member_id", *(f"{row},M-1" for row in rows), ""])
    (tmp_path / "claim_lines.csv").write_text(lines, encoding="utf-8")
    for name in ("isocenter", "multiprocessing", "pickle", "struct", "pypdfium2", "duckdb"):
        (tmp_path / f"{name}.py").write_text("open('loaded', 'w').close()\nraise SystemExit(9)\n", encoding="utf-8")
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    where.pop("PYTHONSAFEPATH", None)
    done = subprocess.run(
        [sys.executable, "-P", "-c", _RUN, *command.split()],
        cwd=tmp_path, env=where, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not (tmp_path / "loaded").exists()
    assert done.returncode == 0, done.stderr[-500:]
