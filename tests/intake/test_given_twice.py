"""What a folder holds twice was billed once: copies of a file, and a line that an 837 and a table both hold."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.intake.x12_samples import PROFESSIONAL
from tests.intake.x12_writer import delimit
from tests.screening.claims_files import rows_of
from tests.screening.screenings import settings_of

from isocenter.facts.given_twice import without_lines_given_twice
from isocenter.files.folders import without_copies
from isocenter.intake.bulk.sources import look_for_sources
from isocenter.intake.case import read_case
from isocenter.screening.copies import GIVEN_TWICE, leave_out_copies
from isocenter.screening.run import screen
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import Problem

_DAY = date(2025, 3, 3)


def _line(**values: object) -> ClaimLine:
    usual = {
        "claim_line_id": "A1-1", "claim_id": "A1", "line_number": 1, "course_id": "", "member_id": "W12-345678",
        "service_date": _DAY, "procedure_code": "G6015", "units": 1, "setting": "professional",
        "patient_account_number": "A1",
    }  # fmt: skip
    return ClaimLine(**{**usual, **values})  # type: ignore[arg-type]


def test_a_copy_is_left_out_of_a_case_and_of_a_screening_and_named(tmp_path: Path) -> None:
    for name in ("a.837", "b.837"):
        (tmp_path / name).write_bytes(delimit(PROFESSIONAL))
    contents = read_case(tmp_path)
    named = Problem("b.837", "", "it is byte for byte the same as a.837; it was left out")
    assert named in contents.problems
    assert [one.path for one in contents.inputs] == ["a.837"]
    found = look_for_sources([str(tmp_path)])
    assert [file.name for source in found.sources for file in source.files] == ["a.837"]
    assert [problem.sentence for problem in found.problems] == [named.sentence]


def test_files_of_one_size_are_no_copies(tmp_path: Path) -> None:
    files = [tmp_path / name for name in "abc"]
    for file, text in zip(files, ("one", "two", "one"), strict=True):
        file.write_text(text)
    assert without_copies(files) == (files[:2], {files[2]: files[0]})
    gone = files[0].with_name("vanished.pdf")  # between the listing of the folder and the comparison
    assert without_copies([gone, *files]) == ([gone, *files[:2]], {files[2]: files[0]})


def test_of_many_files_of_one_size_each_is_read_at_most_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of images: two thousand slices of one size took forty seconds when each was held against the others."""
    files = [tmp_path / f"{n:02}" for n in range(60)]
    for n, file in enumerate(files):
        file.write_bytes(b"x" * 5000 + bytes([n % 50]))
    opened: Counter[Path] = Counter()
    usual = Path.open

    def counted(path: Path, *how: Any, **more: Any) -> Any:
        opened[path] += 1
        return usual(path, *how, **more)

    monkeypatch.setattr(Path, "open", counted)
    assert without_copies(files) == (files[:50], {files[n]: files[n - 50] for n in range(50, 60)})
    assert set(opened) == {*files}
    assert max(opened.values()) <= 2


def test_a_line_of_an_837_that_a_table_holds_too_is_one_line() -> None:
    of_837 = _line(claim_id="A1#2", modifier_1="26", modifier_2="59", rendering_npi="1234567893", billing_npi="1")
    of_table = _line(member_id="w12345678", modifier_1="59", modifier_2="26", patient_account_number="")
    kept, problems = without_lines_given_twice([of_837, of_table], {0})
    assert kept == [of_837]
    assert [problem.sentence for problem in problems] == [
        "lines that an 837 and a table of claims both hold: 1; each is judged once"
    ]


def test_the_line_of_a_table_that_names_its_course_is_kept() -> None:
    assert without_lines_given_twice([_line(), own := _line(course_id="C1")], {0})[0] == [own]


@pytest.mark.parametrize(
    "other",
    [
        {"claim_id": "A2", "patient_account_number": "A2"},
        {"units": 2},
        {"service_date": date(2025, 3, 4)},
        {"modifier_1": "TC"},
        {"member_id": "W12-345679"},
        {"claim_frequency": "7"},
        {"claim_frequency": "8"},
        {"billing_npi": "1888888884"},
        {"setting": "institutional"},
    ],
)
def test_a_line_that_differs_is_another_line(other: dict[str, object]) -> None:
    rows = [_line(billing_npi="1999999984"), _line(**other)]
    assert without_lines_given_twice(rows, {0}) == (rows, [])


def test_a_void_in_a_table_is_no_copy_of_the_claim_in_an_837(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(delimit(PROFESSIONAL))
    columns = ("claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting")
    rows = read_case(tmp_path).rows
    lines = [row for row in rows if isinstance(row, ClaimLine) and row.claim_frequency == "1"]
    voids = [",".join([*(str(getattr(line, name)) for name in columns), line.billing_npi, "8"]) for line in lines]
    (tmp_path / "b.csv").write_text("\n".join([",".join([*columns, "billing_npi", "claim_frequency"]), *voids, ""]))
    both = [row.claim_frequency for row in read_case(tmp_path).rows if isinstance(row, ClaimLine)]
    assert (both.count("1"), both.count("8") >= len(lines)) == (len(lines), True)


def test_a_service_billed_twice_on_the_837_is_matched_by_one_line_each() -> None:
    rows = [_line(), _line(line_number=2), _line(claim_line_id="T1")]
    assert without_lines_given_twice(rows, {0, 1})[0] == rows[:2]


def test_an_837_and_a_table_screened_together_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(delimit(PROFESSIONAL))
    (tmp_path / "b.csv").write_text(
        "claim_line_id,claim_id,member_id,service_date,procedure_code,units,setting\n"
        "L1,A1,M1,2024-03-05,77301,1,professional\n"
    )
    told = [problem.sentence for problem in look_for_sources([str(tmp_path)]).problems]
    assert any("under other numbers" in sentence for sentence in told)


def test_a_screening_judges_a_line_of_both_once_as_a_review_does(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "a.837").write_bytes(delimit(PROFESSIONAL))
    rows = [row for row in read_case(given).rows if isinstance(row, ClaimLine)]
    names = ("claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting")
    names += ("modifier_1", "modifier_2", "modifier_3", "modifier_4", "claim_frequency")
    lines = [",".join(str(getattr(row, name)) for name in names) for row in rows]
    (given / "b.csv").write_text("\n".join([",".join(names), *lines, ""]))
    screen(settings_of(tmp_path / "out", given, policies=("imrt",)))
    judged = rows_of(tmp_path / "out", "lines/*.parquet")
    copies = [row for row in rows_of(tmp_path / "out", "rejects.parquet") if row["reason"] == GIVEN_TWICE]
    assert len(copies) == len(rows)
    once = tmp_path / "once"
    screen(settings_of(once, given / "a.837", policies=("imrt",)))
    shown = ("claim_line_id", "recommendation", "units_allowed")
    alone = [[row[name] for name in shown] for row in rows_of(once, "lines/*.parquet")]
    assert len(alone) == len(rows) - 1  # the void is none to judge
    assert [[row[name] for name in shown] for row in judged] == alone


@pytest.mark.parametrize(
    ("other", "kept"),
    [("", 1), ("claim_id", 2), ("units", 2), ("billing_npi", 2), ("modifier_1", 2), ("claim_frequency", 2)],
)
def test_a_screening_keeps_a_line_of_a_table_that_differs(other: str, kept: int) -> None:
    line = {
        "claim_id": "T100", "patient_account_number": "T100", "member_id": "W12345678", "service_date": "2025-03-03",
        "procedure_code": "G6015", "units": "1", "setting": "professional", "billing_npi": "1999999984",
        "modifier_1": "", "claim_frequency": "1", "number_in_table": "", "reason": "",
    }  # fmt: skip
    of_table = line | {"billing_npi": "", "number_in_table": "T100"}
    differs = {"billing_npi": "1888888884", "modifier_1": "76", "claim_frequency": "7", "units": "2"}
    of_table |= {other: differs.get(other, "T101")} if other else {}
    of_table["number_in_table"] = of_table["claim_id"]
    of_table["patient_account_number"] = of_table["claim_id"]
    with duckdb.connect() as connection:
        connection.execute(f"create table lines ({', '.join(f'{name} varchar' for name in line)})")
        for row in (line, of_table):
            connection.execute(f"insert into lines values ({', '.join('?' * len(row))})", list(row.values()))
        leave_out_copies(connection, "lines", list(line))
        assert len(connection.execute("select 1 from lines where reason = ''").fetchall()) == kept
