"""Files and folders whose names are not UTF-8, as old disks and archives leave them, are read and written as others."""

import os
import shutil
from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.plan_making import content_key

_TESTS = Path(__file__).parent
_CASE = _TESTS.parent / "examples" / "prostate_clean"
_POLICY = _TESTS / "policies_of_others" / "sbrt_commercial"


def _name(text: str) -> str:
    """A name with a byte that is not a letter in UTF-8 in the place of each *."""
    return os.fsdecode(text.encode().replace(b"*", b"\xff"))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("places")
    case = Path(shutil.copytree(_CASE, folder / _name("case*")))
    (case / _name("note*.txt")).write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    (case / _name("odd*.bin")).write_bytes(b"\x00\x01")
    (case / _name("empty*.csv")).mkdir()
    (folder / _name("loop*")).symlink_to(_name("loop*"))
    shutil.copy(_CASE / "professional.837", folder / _name("claims*.837"))
    shutil.copytree(_POLICY, folder / _name("policy*"))
    (folder / _name("readings*.toml")).write_text("fractions_per_week = 5\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("review case* --report r*.html --letter l*.html --checklist k*.html", 0),
        ("review case* --json", 0),
        ("review case* --each each*", 0),
        ("review claims*.837 --letter l*.pdf --letter-from Payer* --answer-to Fax*", 0),
        ("review claims*.837 --policy policy*", 0),
        ("review claims*.837 --course C*", 2),
        ("review claims*.837 --policy none*", 2),
        ("review claims*.837 --readings readings*.toml", 2),
        ("review none*", 2),
        ("abstract case*/note*.txt", 0),
        ("abstract case*/note*.txt --json", 0),
        ("abstract case*/note*.txt --into abstracted*", 0),
        ("abstract case*/odd*.bin", 2),
        ("new begun* --from claims*.837", 0),
        ("scenario claims*.837 --out bodies*", 0),
        ("rules --policy policy* --write w*.md --write-tables t*.md", 0),
        ("check policy*", 0),
        ("measure case*", 2),
        ("validate case*/note*.txt --package none*", 2),
        ("screen claims*.837 --out screened*", 2),
        ("synthesize synthetic* --courses 5", 2),
        ("determine A* --records none*.db --approve --name Nurse*", 2),
        ("journal verify --data none*", 2),
        ("journal recompute none*.zip", 2),
        ("review loop*", 2),
    ],
)
def test_a_name_that_is_not_utf8_is_a_name(
    line: str, code: int, places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(places)
    before = set(places.rglob("*"))
    try:
        ended = main([_name(word) for word in line.split()])
    except SystemExit as refused:
        ended = int(str(refused.code))
    said = capsys.readouterr()
    assert ended == code, said.err
    assert "isocenter-failure" not in said.err
    (said.out + said.err).encode()  # no half of a character is left in it
    for path in set(places.rglob("*")) - before:
        if path.is_file() and path.suffix not in (".pdf",):
            path.read_bytes().decode()


def test_plans_are_known_again_by_files_of_any_name(tmp_path: Path) -> None:
    one, other = tmp_path / _name("a*.dcm"), tmp_path / "a.dcm"
    for file in (one, other):
        file.write_bytes(b"the same")
    assert content_key([one]) == content_key([one])
    assert content_key([one]) != content_key([other])
