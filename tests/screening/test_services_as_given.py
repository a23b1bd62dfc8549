"""Codes and members of Parquet are counted past the database, and say the same as by way of it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isocenter.errors import UnreadableInput
from isocenter.intake.bulk.sources import find_sources
from isocenter.screening import covered, shares
from isocenter.screening.covered import CoveredCodes, codes_covered, find_passed_by, know_codes, members_passed_by
from isocenter.screening.services_as_given import ServicesAsGiven, services_as_given
from isocenter.screening.splitting import count_lines_of_codes, open_connection

COVERED = CoveredCodes(frozenset({"77301", "G6015", "99205", "99213"}), frozenset({"99205", "99213"}))
Lines = Sequence[tuple[str, str, str]]  # member, code, frequency


def write(path: Path, lines: Lines, **options: object) -> Path:
    table = {
        "claim_line_id": [f"{path.stem}-L{place}" for place in range(len(lines))],
        "claim_id": [f"{path.stem}-{place}" for place in range(len(lines))],
        "member_id": [member for member, _, _ in lines],
        "service_date": [date(2024, 3, 5)] * len(lines),
        "procedure_code": [code for _, code, _ in lines],
        "units": [1] * len(lines),
        "setting": ["professional"] * len(lines),
        "claim_frequency": [frequency for _, _, frequency in lines],
    }
    pq.write_table(pa.table(table), path, **options)
    return path


def looked_at(folder: Path, *files: Path) -> tuple[int, list[int], list[ServicesAsGiven | None]]:
    """The lines in courses, the members passed by, and how each source is read."""
    with open_connection(500_000_000, 2, folder / "spill") as connection:
        lines, sources = count_lines_of_codes(connection, find_sources([str(file) for file in files]), COVERED)
        know_codes(connection, COVERED)
        find_passed_by(connection, sources)
        read = [services_as_given(source, codes_covered(connection)) for source in sources]
        return lines, members_passed_by(connection).tolist(), read


def of_members(folder: Path, members: set[str]) -> list[int]:
    """The hashes of these members, as of members who have one visit each."""
    if not members:
        return []
    return looked_at(folder, write(folder / "visits.parquet", [(one, "99213", "1") for one in sorted(members)]))[1]


def test_members_and_lines_are_those_that_plain_python_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "_ROWS_OF_A_SHARE", 40)
    draw = Random(5)
    files, lines = [], []
    for number in range(2):
        # Few of many members have other services than visits; a member may be in both files, also spelled otherwise.
        of_file = [
            (
                draw.choice(["M{}", "m{}"]).format(draw.randrange(40)),
                draw.choices(["99213", "99205", "J1234", "77301", "G6015"], [60, 10, 30, 2, 1])[0],
                draw.choices(["1", "7", "8"], [60, 1, 1])[0],
            )
            for _ in range(130)
        ]
        files.append(write(tmp_path / f"c{number}.parquet", of_file, row_group_size=25))
        lines += of_file
    makes = {"77301", "G6015"}
    visits = [line for line in lines if line[1] in COVERED.of_no_course]
    kept = {one.upper() for one, code, frequency in lines if code in makes or frequency != "1"}
    alone = {one.upper() for one, _, _ in visits} - kept
    assert len(alone) > 5 < len(kept)
    in_courses = [line for line in lines if line not in visits and (line[1] in makes or line[2] != "1")]

    found = looked_at(tmp_path, *files)
    assert all(found[2])
    assert found[:2] == (len(in_courses), sorted(of_members(tmp_path, alone)))
    monkeypatch.setattr(covered, "services_as_given", lambda *_: None)
    assert looked_at(tmp_path, *files)[:2] == found[:2]


@pytest.mark.parametrize(
    ("more", "passed_by"),
    [
        (("M2", "99213", "1"), {"M1", "M2"}),
        (("M1", "7730", "1"), set()),  # it may be any service
        (("M1", "77301 ", "1"), set()),
        (("M2", "g6015", "1"), {"M1"}),
        (("", "99213", "1"), {"M1"}),
        ((" M1", "77301", "1"), set()),
        (("M1", "J1234", "8"), set()),
    ],
)
def test_what_is_not_written_as_we_write_it_is_left_to_the_database(
    tmp_path: Path, more: tuple[str, str, str], passed_by: set[str]
) -> None:
    found = looked_at(tmp_path, write(tmp_path / "c.parquet", [("M1", "99213", "1"), more]))
    assert found[1] == sorted(of_members(tmp_path, passed_by))


def test_a_missing_code_or_member_is_left_to_the_database(tmp_path: Path) -> None:
    for place, line in enumerate([("M1", None, "1"), (None, "77301", "1"), ("M1", "77301", None)]):
        lines: Lines = [("M1", "99213", "1"), line]  # type: ignore[list-item]
        assert looked_at(tmp_path, write(tmp_path / f"{place}.parquet", lines))[2] == [None]


def test_a_file_that_is_cut_off_is_named_by_the_split(tmp_path: Path) -> None:
    file = write(tmp_path / "c.parquet", [("M1", "99213", "1")] * 9)
    (source,) = find_sources([str(file)])
    with open_connection(500_000_000, 1, tmp_path / "spill") as connection:
        know_codes(connection, COVERED)
        _, (seen,) = count_lines_of_codes(connection, [source], COVERED)
        file.write_bytes(file.read_bytes()[:100])
        with pytest.raises(UnreadableInput, match=r"c\.parquet"):
            find_passed_by(connection, [seen])
