"""Claims of which nothing could be read are no ground for a recommendation."""

from pathlib import Path
from typing import Any

import pytest

from isocenter.cli import main
from isocenter.errors import UnreadableInput
from isocenter.facts.identity import distinguish_claims
from isocenter.intake.case import read_case
from isocenter.terms.claims import ClaimLine
from isocenter.workflow import review_case
from tests.builders import row
from tests.intake.x12_samples import PROFESSIONAL
from tests.intake.x12_writer import delimit


def test_claims_of_which_no_line_can_be_read_are_not_covered(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text(
        "courses:\n- {course_id: C1, member_id: M1, line_of_business: medicare}\n", encoding="utf-8"
    )
    broken = [segment.replace("*UN*", "*MJ*") for segment in PROFESSIONAL]
    (tmp_path / "claims.837").write_bytes(delimit(broken))
    with pytest.raises(UnreadableInput, match="no line of them could be read"):
        review_case(tmp_path, ["imrt"])


def test_a_file_of_many_courses_is_sent_to_the_screening(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    rows = [f"A{n},1,M{n},2025-03-03,77301,1,professional" for n in range(60)]
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="60 courses: `isocenter screen` judges them all"):
        review_case(tmp_path, ["imrt"])


def test_a_person_may_be_born_before_the_claims_begin() -> None:
    member = row("members", member_id="M1", birth_date="1938-05-06")
    assert distinguish_claims([member]) == ([member], [])


def test_a_table_of_which_no_line_can_be_read_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    header = "claim_id,member_id,service_date,procedure_code,units,setting"
    (tmp_path / "lines.csv").write_text(f"{header}\nA1,M1,03/33/2025,77301,1,professional\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"could be read: lines\.csv, line 2: service_date is '03"):
        review_case(tmp_path, ["imrt"])


def test_claims_that_cannot_be_opened_are_named_and_not_what_else_is_wrong_with_the_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "claim_lines.csv").write_text("claim_id,member_id\nA1,M1\n", encoding="utf-8")
    (tmp_path / "note.txt").write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    (tmp_path / "pages.docx").write_bytes(b"PK\x03\x04" + bytes(40))
    opened = Path.open

    def refusing(path: Path, *given: Any, **named: Any) -> Any:
        if path.name == "claim_lines.csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *given, **named)

    monkeypatch.setattr(Path, "open", refusing)
    with pytest.raises(UnreadableInput, match=r"could be read: claim_lines\.csv: .*Permission denied"):
        review_case(tmp_path, ["imrt"])


def test_claims_of_which_every_line_was_taken_back_were_read(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    lines = ["A1,1,M1,2025-03-03,77301,1,professional", "A1,2,M1,2025-03-03,77301,-1,professional"]
    (tmp_path / "lines.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="claim lines read: 2; each was voided, replaced, taken back by another"):
        review_case(tmp_path, ["imrt"])


def test_claims_of_which_no_line_has_the_form_of_one_say_what_is_wrong_with_the_first(tmp_path: Path) -> None:
    header = "claim_line_id,claim_id,line_number,member_id,service_date,procedure_code,modifier_1,units,setting"
    lines = [f"L{n},A1,{n},M1,2025-03-03,77301,{'9' * 300},1,professional" for n in (1, 2)]
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    said = r"claim lines read: 2; .* could not be kept \(claim line L1: '9{60}' does not have the form of a modifier"
    with pytest.raises(UnreadableInput, match=said) as refused:
        review_case(tmp_path, ["imrt"])
    assert "no line is left to judge; correct the claims, or add" in str(refused.value)


def test_lines_refused_for_their_form_count_as_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = "claim_line_id,claim_id,line_number,member_id,service_date,procedure_code,modifier_1,units,setting"
    modifiers = ["", "XYZ", "5 9 9"]
    lines = [f"L{n},A1,{n},M1,2025-03-03,77301,{one},1,professional" for n, one in enumerate(modifiers, 1)]
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    review = review_case(tmp_path, ["imrt"])
    assert (review.lines_read, len(review.lines), review.lines_lost) == (3, 1, 2)
    assert main(["review", str(tmp_path), "--policy", "imrt"]) == 2
    assert "2 of 3 lines were rejected" in capsys.readouterr().err


def test_claims_that_were_all_denied_say_so(tmp_path: Path) -> None:
    lines = ["mbr_id,clm_nbr,ln,svc_dt,cpt,units,pos,clm_stat", "M1,A1,1,03/03/2025,77301,1,11,DENIED"]
    (tmp_path / "lines.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="clm_stat is DENIED"):
        review_case(tmp_path, ["imrt"])


def test_the_week_that_claims_without_treatment_records_end_in_is_asked_about(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,line_of_business"
    lines = ["2025-02-24,77301,1", "2025-03-03,G6015,5", "2025-03-03,77427,1", "2025-03-10,G6015,2"]
    lines += ["2025-03-10,77427,1", "2025-03-11,77427,1"]
    rows = [f"A1,{number},M1,{line},professional,medicare" for number, line in enumerate(lines, start=1)]
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    review = review_case(tmp_path, ["imrt"])
    found = {line.claim_line_id: str(line.recommendation) for line in review.lines}
    assert (found["A1-3"], found["A1-5"], found["A1-6"]) == ("pay", "request", "deny")


def test_a_break_that_parts_a_course_in_two_names_the_reading_that_sets_it(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,line_of_business"
    lines = ["2025-02-24,77301,1", "2025-03-03,G6015,1", "2025-06-16,G6015,1"]
    rows = [f"A1,{number},M1,{line},professional,medicare" for number, line in enumerate(lines, start=1)]
    (tmp_path / "claim_lines.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"choose one with --course; where a break split .* course_gap_days"):
        review_case(tmp_path, ["imrt"])
    review = review_case(tmp_path, ["imrt"], course_id="M1 from 2025-06-16")
    assert any("course_gap_days may have parted this course" in finding.because for finding in review.findings)


@pytest.mark.parametrize("name", ["broken.parquet", "claim_lines.parquet"])
def test_a_damaged_file_of_claims_is_left_out_and_the_others_are_judged(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PAR1" + bytes(60) + b"PAR1")
    with pytest.raises(UnreadableInput, match="cannot be read as Parquet"):
        review_case(tmp_path, ["imrt"])
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    (tmp_path / "lines.csv").write_text(f"{header}\nA1,1,M1,2025-03-03,77301,1,professional\n", encoding="utf-8")
    review = review_case(tmp_path, ["imrt"])
    assert [line.procedure_code for line in review.lines] == ["77301"]
    assert any(problem.path == name and "the file was left out" in problem.sentence for problem in review.problems)
    assert (review.lines_read, review.lines_lost) == (2, 1)  # at least one line of the file that was left out


def test_a_damaged_table_of_the_chart_ends_the_review(tmp_path: Path) -> None:
    """Without it the course would seem to have less against it than it has."""
    (tmp_path / "fractions.parquet").write_bytes(b"PAR1" + bytes(60) + b"PAR1")
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    (tmp_path / "lines.csv").write_text(f"{header}\nA1,1,M1,2025-03-03,77301,1,professional\n", encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"fractions\.parquet: cannot be read as Parquet"):
        review_case(tmp_path, ["imrt"])


_HEADER = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"


@pytest.mark.parametrize(("more", "code"), [([], 2), (["--most-rejected", "80"], 0), (["--each", "reviews"], 2)])
def test_a_review_of_few_of_the_lines_given_is_shown_and_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, more: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["A1,1,M1,2025-02-24,77301,1,professional", *(f"A1,{n},M1,2025-02-24,773O1,0,p" for n in (2, 3, 4))]
    Path("claims.csv").write_text("\n".join([_HEADER, *rows, ""]), encoding="utf-8")
    assert main(["review", "claims.csv", "--policy", "imrt", *more]) == code
    shown = capsys.readouterr()
    assert "M1 from 2025-02-24" in shown.out
    assert ("3 of 4 lines were rejected, more than 50 %; most often: " in shown.err) == bool(code)


def test_all_lines_of_a_claim_that_cannot_be_kept_count(tmp_path: Path) -> None:
    without_member = [segment for segment in PROFESSIONAL if not segment.startswith("NM1*IL")]
    (tmp_path / "a.837").write_bytes(delimit(PROFESSIONAL))
    (tmp_path / "b.837").write_bytes(delimit(without_member))
    contents = read_case(tmp_path)
    kept = sum(isinstance(row, ClaimLine) for row in contents.rows)
    assert contents.lines_lost == kept == sum(segment.startswith("SV1") for segment in PROFESSIONAL)


def _cut_off(text: bytes) -> bytes:
    return text[: len(text) // 2]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("more.zip", b"PK\x03\x04" + b"no archive" * 40),
        ("more.837.gz", b"\x1f\x8b\x08\x00" + b"no stream" * 40),
        ("more.837", _cut_off(delimit(PROFESSIONAL))),
        ("more.csv", b"A2,1,M1,2025-03-04,G6015,1,11,1999999984\n"),
        ("more.ndjson", b'{"resourceType": "Patient", "id": "P1"}\n{"resourceType": "Claim", "id'),
    ],
)
def test_a_file_that_may_hold_claims_and_is_not_read_ends_a_review_with_code_2_after_its_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes
) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (case / "claims.csv").write_text(f"{_HEADER}\nA1,1,M1,2025-02-24,77301,1,professional\n", encoding="utf-8")
    assert main(["review", str(case), "--policy", "imrt"]) == 0
    capsys.readouterr()
    (case / name).write_bytes(content)
    for more in ([], ["--each", str(tmp_path / "reviews")]):
        course = ["--course", "M1 from 2025-02-24"] if name.endswith("837") and not more else []
        assert main(["review", str(case), "--policy", "imrt", *more, *course]) == 2
        shown = capsys.readouterr()
        assert "M1 from 2025-02-24" in shown.out
        assert f"isocenter: {name}: could not be read to the end and may hold claims" in shown.err


@pytest.mark.parametrize(("name", "code"), [("more.csv", 2), ("more.837", 2), ("scan.pdf", 0)])
def test_a_file_of_claims_that_cannot_be_opened_ends_the_review_with_exit_code_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, code: int
) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting"
    (tmp_path / "lines.csv").write_text(f"{header}\nA1,1,M1,2025-03-03,77301,1,professional\n", encoding="utf-8")
    (tmp_path / name).write_text("claim_id,member_id\nA1,M1\n", encoding="utf-8")
    opened = Path.open

    def refusing(path: Path, *given: Any, **named: Any) -> Any:
        if path.name == name:
            raise PermissionError(13, "Permission denied")
        return opened(path, *given, **named)

    monkeypatch.setattr(Path, "open", refusing)
    assert main(["review", str(tmp_path)]) == code
    assert f"{name}: Cannot be read (Permission denied); the file was left out" in capsys.readouterr().out
