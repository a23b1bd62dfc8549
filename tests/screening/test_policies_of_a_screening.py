"""A screening notes which policies it ran without a place on the machine; a review finds them again, or asks."""

import json
import shutil
from pathlib import Path

import pytest

from isocenter.cli import main
from tests.screening.claims_files import ROW, write_csv

_POLICY = Path(__file__).parents[1] / "policies_of_others" / "sbrt_commercial"


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A screening by a policy folder that was named from the root of the machine, and lies elsewhere."""
    folder = tmp_path_factory.mktemp("screened")
    policy = folder / "elsewhere" / "of a payer"
    shutil.copytree(_POLICY, policy)
    claims = write_csv(folder / "claims.csv", ROW)
    assert main(["screen", str(claims), "--out", str(folder / "out"), "--workers", "1", "--policy", str(policy)]) == 0
    return folder


def review(screening: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    course = (screening / "courses.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    code = main(["review", "--from", str(screening), course, "--json", *more])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_no_place_on_the_machine_is_noted(screened: Path) -> None:
    for file in (one for one in (screened / "out").rglob("*") if one.is_file()):
        assert str(screened).encode() not in file.read_bytes(), file.name
    (noted,) = json.loads((screened / "out" / "summary.json").read_text(encoding="utf-8"))["policies"]
    assert (noted["folder"], len(noted["sha256"])) == ("of a payer", 64)


def test_a_review_asks_for_a_folder_that_is_not_found_and_takes_the_one_that_is_named(
    screened: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, told = review(screened / "out", capsys)
    assert (code, "of a payer, which is not found" in told, "--policy" in told) == (2, True, True)
    code, answered, _ = review(screened / "out", capsys, "--policy", str(screened / "elsewhere" / "of a payer"))
    assert code == 0
    assert str(screened) not in answered


def test_a_folder_beside_the_screening_is_found_while_it_is_the_same(
    screened: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(screened / "out", tmp_path / "out")
    shutil.copytree(_POLICY, tmp_path / "of a payer")
    assert review(tmp_path / "out", capsys)[0] == 0
    file = tmp_path / "of a payer" / "policy.toml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n# another text\n", encoding="utf-8")
    code, _, told = review(tmp_path / "out", capsys)
    assert (code, "has changed since" in told) == (2, True)


def test_a_folder_is_found_as_it_was_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(_POLICY, Path("rules") / "sbrt")
    claims = write_csv(tmp_path / "claims.csv", ROW)
    assert main(["screen", str(claims), "--out", "run/out", "--workers", "1", "--policy", "rules/sbrt"]) == 0
    assert review(Path("run/out"), capsys)[0] == 0
