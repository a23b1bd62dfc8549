"""A command loads the libraries of its own work and no others: each start would wait for the rest."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SLOW = {"django", "duckdb", "jinja2", "matplotlib", "msgspec", "numba", "numpy"}
SLOW |= {"PIL", "pyarrow", "pydicom", "reportlab", "scipy", "sqlglot", "yaml"}


def loaded_by(*arguments: str) -> set[str]:
    """The slow libraries in memory once the command line, and the command where there is one, has run."""
    code = (
        "import sys, isocenter.cli\n"
        "try:\n    sys.argv[1:] and isocenter.cli.main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        "print('loaded', *{name.split('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", code, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    return SLOW & set(ran.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [(), ("--help",), ("measure", "--help"), ("screen", "--help")], ids=" ".join)
def test_the_command_line_and_its_help_load_no_slow_library(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments) == set()


def test_a_folder_without_dicom_is_refused_before_the_kernels_load(tmp_path: Path) -> None:
    assert loaded_by("measure", str(tmp_path), "--out", str(tmp_path / "out")) <= {"numpy", "PIL", "pydicom"}


def test_a_file_of_claims_is_reviewed_without_numbers_yaml_or_a_database() -> None:
    claims = next((EXAMPLES / "prostate_clean").glob("*.837"))
    assert loaded_by("review", str(claims)) == set()
