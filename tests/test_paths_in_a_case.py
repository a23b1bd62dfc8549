"""Names of files that a case states lead to files of the case alone."""

import shutil
from pathlib import Path

import pytest

from isocenter.intake.case import read_case
from isocenter.terms.problems import Unread

_EXAMPLE = Path(__file__).parents[1] / "examples" / "left_breast_coding"
_SOUND = "qa/measured.csv"


@pytest.mark.parametrize(
    ("name", "leads_out"),
    [
        (_SOUND, False),
        ("../measured.csv", True),
        ("qa/../../measured.csv", True),
        ("/etc/hostname", True),
        ("//host/share/measured.csv", True),
        ("linked.csv", True),
        ("~/measured.csv", False),  # the name of a file of the case, which is not there
        ("file:///etc/hostname", False),
        ("https://example.org/measured.csv", False),
        (r"\\\\host\\share\\measured.csv", False),
        ("qa", False),
    ],
)
def test_a_verifying_dose_is_read_from_the_case_alone(name: str, leads_out: bool, tmp_path: Path) -> None:
    case = Path(shutil.copytree(_EXAMPLE, tmp_path / "case"))
    for file in (tmp_path / "measured.csv", case / _SOUND):
        file.parent.mkdir(exist_ok=True)
        file.write_text("x_mm,y_mm,z_mm,dose_gy\n0,0,0,1\n", encoding="utf-8")
    (case / "linked.csv").symlink_to(tmp_path / "measured.csv")
    with (case / "case.yaml").open("a", encoding="utf-8") as stated:
        stated.write(f'\nverifying_doses:\n- {{file: "{name}", kind: measurement}}\n')
    contents = read_case(case)
    named = [one.sentence for one in contents.problems if isinstance(one, Unread) and one.place == "verifying_doses"]
    assert [one.startswith("it leads out of the case") for one in named] == [True] * leads_out
    assert [file.relative_to(case).as_posix() for file in contents.verifying_files] == [_SOUND]
