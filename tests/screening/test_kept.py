"""What a screening kept is used again only where it is whole; two runs never mix in one folder."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from isocenter.errors import UnreadableInput
from isocenter.screening import run, settings
from isocenter.screening.kept import only_run
from isocenter.screening.run import screen
from tests.screening.screenings import answers_of, random_claims, settings_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    """Claims, the folder of their screening, and its answers."""
    folder = tmp_path_factory.mktemp("kept")
    claims, out = random_claims(folder / "claims", courses=4), folder / "out"
    screen(settings_of(out, claims))
    return claims, out, answers_of(out)


def _remove(file: Path) -> None:
    file.unlink()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _change_a_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


# The report of a part is read before it is compared; tables are compared, one like the other.
_READ, _KEPT, _ANSWERS = "work/parts/0000.json", "claims/lines/part=0/*.parquet", "{}/0000.parquet"


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((_READ, damage) for damage in (_remove, _cut, _empty, _change_a_byte)),
        (_KEPT, _cut),
        (_ANSWERS.format("findings"), _change_a_byte),
        (_ANSWERS.format("courses"), _remove),
    ],
)
def test_what_was_damaged_since_is_made_again(
    finished: tuple[Path, Path, dict[str, Any]], name: str, damage: Any
) -> None:
    claims, out, expected = finished
    damage(next(out.glob(name)))
    screen(settings_of(out, claims))
    assert answers_of(out) == expected


def test_a_file_of_others_among_the_answers_is_refused_and_stays(finished: tuple[Path, Path, dict[str, Any]]) -> None:
    claims, out, _ = finished
    theirs = out / "findings" / "theirs.parquet"
    pq.write_table(pq.read_table(out / "findings" / "0000.parquet"), theirs)
    with pytest.raises(UnreadableInput, match=r"theirs\.parquet: is no file of this screening"):
        screen(settings_of(out, claims))
    assert theirs.is_file()
    theirs.unlink()


def test_a_second_run_into_one_folder_is_reported(finished: tuple[Path, Path, dict[str, Any]]) -> None:
    claims, out, expected = finished
    with only_run(out), pytest.raises(UnreadableInput, match="another screening is running"):
        screen(settings_of(out, claims, line_of_business="medicare"))
    assert answers_of(out) == expected


def test_claims_that_change_while_they_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims, out = random_claims(tmp_path / "claims", courses=2), tmp_path / "out"
    split = run.split

    def split_while_another_writes(*given: Any, **named: Any) -> Any:
        counts = split(*given, **named)
        with (claims / "lines.parquet").open("ab") as file:
            file.write(b"more")
        return counts

    monkeypatch.setattr(run, "split", split_while_another_writes)
    with pytest.raises(UnreadableInput, match=r"changed while they were read|cannot be read as Parquet"):
        screen(settings_of(out, claims))
    assert not (out / "summary.json").exists()


def test_kept_copies_of_claims_are_for_their_owner_alone(finished: tuple[Path, Path, dict[str, Any]]) -> None:
    _, out, _ = finished
    assert [(out / name).stat().st_mode & 0o077 for name in ("claims", "work")] == [0, 0]


def test_what_another_program_of_the_same_version_made_is_made_again(
    finished: tuple[Path, Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    claims, out, _ = finished
    report = out / "work" / "parts" / "0000.json"
    before = report.stat().st_mtime_ns
    screen(settings_of(out, claims))
    assert report.stat().st_mtime_ns == before
    (tmp_path / "rule.py").write_text("changed", encoding="utf-8")
    monkeypatch.setattr(settings, "PROGRAM", tmp_path)
    screen(settings_of(out, claims))
    assert report.stat().st_mtime_ns > before
