"""From the command line: claims are screened, one course is opened as a review, and every mistake gets a sentence."""

import csv
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from isocenter.cli import main
from isocenter.errors import UnreadableInput
from isocenter.intake.screened import read_screened_course
from isocenter.report import worklist_page
from isocenter.report.words import COVERAGE_NOT_ASKED
from isocenter.rulebook.rulebook import load_policy
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings
from isocenter.screening.splitting_lines import rows_at_once
from isocenter.terms.claims import ClaimLine
from isocenter.workflow import review_contents
from tests.intake.fhir_resources import bill, item, patient
from tests.intake.xlsx_writer import write_xlsx
from tests.screening.claims_files import HEADER, ROW, line, rows_of, write_csv, write_parquet
from tests.screening.screenings import random_claims, settings_of

PROFESSIONAL = Path(__file__).parents[1] / "intake" / "samples" / "professional.837"
_POLICIES = ("imrt", "imrt_hospital")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return code, out, err


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished screening of random claims, in parts."""
    folder = tmp_path_factory.mktemp("screened")
    screen(settings_of(folder / "out", random_claims(folder / "claims", seed=9, courses=12), policies=_POLICIES))
    return folder / "out"


def test_claims_are_screened_and_the_counts_are_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "claims.csv", ROW, ROW.replace(",1,", ",0,"), ROW.replace("77301", "99999"))
    out = tmp_path / "out"
    code, text, _ = run(
        capsys, "screen", claims, "--out", out, "--policy", "imrt_hospital", "--workers", 1, "--profile"
    )
    assert code == 0
    assert "3" in text
    told = json.loads((out / "summary.json").read_text())
    assert told["lines"] == {"read": 3, "judged": 1, "other": 1, "rejected": 1, "left_out": 0, "set_aside": 0}
    assert [path.name for path in sorted(out.glob("*.parquet"))] == ["rejects.parquet"]


def test_no_other_screening_enters_the_folder_until_the_pages_are_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, out = write_csv(tmp_path / "claims.csv", ROW), tmp_path / "out"
    page, entered = worklist_page.worklist_as_page, []

    def writing(*given: Any) -> str:
        with pytest.raises(UnreadableInput, match="another screening is running in this folder"):
            screen(settings_of(out, claims, policies=("imrt_hospital",)))
        entered.append(sorted(file.name for file in out.glob("*.html")))
        return page(*given)

    monkeypatch.setattr(worklist_page, "worklist_as_page", writing)
    code, _, said = run(capsys, "screen", claims, "--out", out, "--policy", "imrt_hospital", "--workers", 1)
    assert (code, entered) == (0, [["summary.html"]]), said
    assert sorted(file.name for file in out.glob("*.html")) == ["summary.html", "worklist.html"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--memory", "lots"), "memory is 'lots'; expected a size such as 2GB"),
        (("--memory", "1MB"), "expected at least 200MB"),
        (("--memory", "99999999TB"), "memory is 99999999TB; expected at most 100TB"),
        (("--workers", "0"), "workers is 0; expected a number from 1"),
        (("--workers", "100000000"), "workers is 100000000; expected a number from 1 to 64"),
        (("--line-of-business", "health"), "no line of business 'health'"),
        (("--policy", "nothing"), "no policy 'nothing'"),
        (("--mapping", "none.toml"), "cannot be read as TOML"),
        (("--ncci", "no_such_folder"), "there is no such file or folder of correct coding edits"),
    ],
)
def test_a_wrong_option_gets_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    claims = write_csv(tmp_path / "claims.csv", "A1,77301", header="claim,code") if "--mapping" in options else None
    claims = claims or write_csv(tmp_path / "claims.csv", ROW)
    code, text, err = run(capsys, "screen", claims, "--out", tmp_path / "out", *options)
    assert (code, text) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_edits_of_which_none_can_be_read_are_not_passed_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    claims = write_csv(tmp_path / "claims.csv", ROW)
    edits = tmp_path / "edits"
    edits.mkdir()
    code, text, err = run(capsys, "screen", claims, "--out", tmp_path / "out", "--ncci", edits)
    assert (code, text) == (2, "")
    assert "no table of correct coding edits could be read: it holds no file of them" in err
    write_xlsx(edits / "pairs.xlsx", [["a plan", "of the department"], ["Monday", 1]])
    code, text, err = run(capsys, "screen", claims, "--out", tmp_path / "out", "--ncci", edits)
    assert (code, text) == (2, "")
    assert "pairs.xlsx is not one of the published tables of edits" in err
    assert not (tmp_path / "out").exists()


def test_edits_alone_deny_lines_and_cover_no_course_and_a_refused_file_of_them_is_a_remark(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    claims = tmp_path / "claims.csv"
    beside = ROW.replace("L1", "L2").replace("77301", "77336")
    claims.write_text("\n".join([f"{HEADER},billing_npi", f"{ROW},1234567893", f"{beside},1234567893"]))
    edits = tmp_path / "edits"
    edits.mkdir()
    (edits / "add_on.csv").write_text(
        "AOC_Edit_Type,Add-On_Code,AOC_DelDT,Primary_Code,Primary_Code_DelDT,AOC_Edit_EffDT,AOC_Edit_DelDT\n"
        "1,77301,,77263,,2013001,\n"
    )
    (edits / "notes.csv").write_text("who,when\nDr. Ada Oncologist,Monday\n")
    screened = ("screen", claims, "--out", tmp_path / "out", "--workers", 1, "--policy", "ncci")
    screened += ("--line-of-business", "medicare")
    code, text, _ = run(capsys, *screened, "--ncci", edits)
    assert code == 0
    assert "notes.csv: is not one of the published tables of edits; it was left out" in text
    assert COVERAGE_NOT_ASKED in text
    found = {name: [*csv.DictReader((tmp_path / "out" / f"{name}.csv").open())] for name in ("lines", "courses")}
    assert [line["recommendation"] for line in found["lines"]] == ["deny", "not_judged"]
    assert [course["recommendation"] for course in found["courses"]] == ["human_review"]


def test_what_the_terminal_does_not_name_is_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    write_csv(folder / "claims.csv", ROW)
    write_csv(folder / "copy.csv", ROW)
    for name, content in {
        "empty.csv": b"", "bytes.dat": bytes(range(256)), "notes.md": b"Monday", "twice.csv": b"a,a,b\n1,2,3\n",
        "blank.csv": b"a,,b\n1,2,3\n", "unknown.csv": b"when,who,what\nMonday,Ada,plan\n",
    }.items():  # fmt: skip
        (folder / name).write_bytes(content)
    code, text, _ = run(
        capsys, "screen", folder, "--out", tmp_path / "out", "--workers", 1, "--policy", "imrt_hospital"
    )
    assert code == 0
    shown = [line for line in text.splitlines() if line.startswith("remark, ")]
    (more,) = [line for line in text.splitlines() if line.endswith("all are in remarks.parquet")]
    assert len(shown) == 5
    assert more == "and 2 more kinds of remarks; all are in remarks.parquet"


def test_entries_that_stand_for_several_lines_are_called_entries(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = PROFESSIONAL.read_bytes().replace(b"ST*837*", b"ST*835*")
    (tmp_path / "remittance.835").write_bytes(other)
    claims = write_csv(tmp_path / "claims.csv", *[ROW.replace("L1", f"L{place}") for place in range(1, 40)])
    given = ("screen", tmp_path / "remittance.835", claims, "--out", tmp_path / "out")
    _, text, _ = run(capsys, *given, "--workers", 1, "--policy", "imrt_hospital")
    assert "in rejects.parquet, 1 entry: service lines in no transaction that is read: …; they are not kept" in text
    assert "\nrejected, " not in text


def test_a_wrong_count_of_segments_is_not_called_a_rejected_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    content = PROFESSIONAL.read_bytes()
    counted = re.search(rb"SE\*(\d+)\*", content)
    assert counted
    claims = tmp_path / "claims.837"
    claims.write_bytes(content.replace(counted[0], b"SE*9%b*" % counted[1]))
    _, text, _ = run(capsys, "screen", claims, "--out", tmp_path / "out", "--workers", 1, "--policy", "imrt_hospital")
    assert "7 lines read = 6 judged + 1 rejected" in text  # the sample has a line that cannot be judged
    assert "in rejects.parquet, 1 entry: SE counts" in text
    assert "\nrejected, " not in text


def test_a_folder_of_something_else_gets_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "claims.csv", ROW)
    code, _, err = run(capsys, "screen", claims, "--out", tmp_path)
    assert code == 2
    assert err == f"isocenter: {tmp_path}: holds something else than a screening; name a new or empty folder\n"


def test_an_unknown_layout_leaves_a_mapping_to_look_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    claims = write_csv(tmp_path / "c.csv", "A1,1,Ann,2024-03-05,77301,1", header="CLM_ID,LINE_NO,MEMBER_ID,DOS,CPT,QTY")
    out = tmp_path / "out"
    code, _, err = run(capsys, "screen", claims, "--out", out)
    proposal = tmp_path / "out.mapping.toml"
    assert code == 2
    assert str(proposal) in err
    assert not out.exists()
    code, _, err = run(
        capsys, "screen", claims, "--out", out, "--mapping", proposal, "--policy", "imrt_hospital", "--workers", 1
    )
    assert code == 0, err
    assert [row["procedure_code"] for row in rows_of(out, "lines/*.parquet")] == ["77301"]


def test_a_proposal_that_was_looked_over_is_not_written_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    claims = write_csv(tmp_path / "c.csv", "A1,1,Ann,2024-03-05,77301,1", header="CLM_ID,LINE_NO,MEMBER_ID,DOS,CPT,QTY")
    (tmp_path / "out.mapping.toml").write_text("# mine")
    code, _, err = run(capsys, "screen", claims, "--out", tmp_path / "out")
    assert code == 2
    assert "out.mapping.toml" in err
    assert (tmp_path / "out.mapping.toml").read_text() == "# mine"


def test_the_current_folder_may_be_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = write_csv(tmp_path / "c.csv", "A1,2", header="CLM_ID,DOS")
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    code, _, _ = run(capsys, "screen", claims, "--out", ".")
    assert code == 2
    assert (tmp_path / "inside.mapping.toml").is_file()


def test_a_course_opened_from_a_screening_gets_the_findings_that_it_got_there(screened: Path) -> None:
    rulebooks = [load_policy(name) for name in _POLICIES]
    # What compares courses, or could only ask the same of every line, is left to the screening and to the review.
    apart = {rule.name for book in rulebooks for rule in book.rules if rule.compares or rule.shown_by}
    found = [row for row in rows_of(screened, "findings/*.parquet") if row["rule"] not in apart]
    lines = {row["claim_line_id"]: row for row in rows_of(screened, "lines/*.parquet")}
    courses = sorted({row["course_id"] for row in rows_of(screened, "courses/*.parquet")})
    assert len(courses) > 6
    for course in courses[::3]:
        review = review_contents(read_screened_course(screened, course), rulebooks, course_id=course)
        told = {
            (finding.policy, finding.rule, finding.subject_id, str(finding.outcome), finding.because)
            for finding in review.findings
            if finding.outcome != "met" and finding.rule not in apart
        }
        assert told == {
            (row["policy"], row["rule"], row["subject_id"], row["outcome"], row["because"])
            for row in found
            if row["course_id"] == course
        }
        assert {one.claim_line_id for one in review.lines} == {
            name for name, row in lines.items() if row["course_id"] == course
        }
        for one in review.lines:
            screened_as = lines[one.claim_line_id]["recommendation"]
            # Necessity and supervision are asked about in a review alone, also of lines that no rule of claims judges.
            if str(one.recommendation) != screened_as:
                assert (screened_as, one.recommendation) in (("pay", "request"), ("not_judged", "request"))
            else:
                assert one.units_allowed == lines[one.claim_line_id]["units_allowed"]


def test_lines_of_one_name_are_each_opened_as_they_were_judged(tmp_path: Path) -> None:
    rows = [line(units=3), line(units=2, service_date=line().service_date.replace(day=6)), line(units=5)]
    claims = write_parquet(tmp_path / "c.parquet", rows)
    screen(settings_of(tmp_path / "out", claims, policies=("imrt",)))
    judged = rows_of(tmp_path / "out", "lines/*.parquet")
    contents = read_screened_course(tmp_path / "out", judged[0]["course_id"])
    opened = [row for row in contents.rows if isinstance(row, ClaimLine)]
    assert len(judged) == 3
    assert {(row.claim_line_id, row.units, row.service_date) for row in opened} == {
        (row["claim_line_id"], row["units"], row["service_date"]) for row in judged
    }


def test_review_opens_a_course_of_a_screening(capsys: pytest.CaptureFixture[str], screened: Path) -> None:
    course = rows_of(screened, "courses/*.parquet")[0]["course_id"]
    code, text, err = run(capsys, "review", course, "--from", screened, "--json")
    assert (code, err) == (0, "")
    assert json.loads(text)["course_id"] == course


def test_a_course_or_screening_that_is_not_there_gets_one_sentence(
    capsys: pytest.CaptureFixture[str], screened: Path, tmp_path: Path
) -> None:
    code, _, err = run(capsys, "review", "nobody's", "--from", screened)
    assert code == 2
    assert 'no course "nobody\'s"; courses/*.parquet lists them all' in err
    code, _, err = run(capsys, "review", "C1", "--from", tmp_path)
    assert code == 2
    assert err.count("\n") == 1
    (tmp_path / "summary.json").write_text('{"policies": 3}')
    with pytest.raises(UnreadableInput):
        read_screened_course(tmp_path, "C1")
    assert run(capsys, "review", "C1", "--from", tmp_path)[0] == 2


def test_a_screening_in_which_no_line_was_judged_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = write_csv(tmp_path / "c.csv", ROW.replace(",1,professional", ",0,professional"))
    options = ["--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt_hospital"]
    assert main(["screen", str(claims), *options]) == 2
    assert "no line was judged of 1 line read" in capsys.readouterr().err


@pytest.mark.parametrize(("most", "code"), [("40", 2), ("60", 0)])
def test_a_share_of_rejected_lines_above_what_is_set_ends_with_code_2(tmp_path: Path, most: str, code: int) -> None:
    rows = [ROW, ROW.replace("L1", "L2").replace(",1,professional", ",0,professional")]
    claims = write_csv(tmp_path / "c.csv", *rows)
    options = ["screen", str(claims), "--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt_hospital"]
    assert main([*options, "--most-rejected", most]) == code


def test_lines_that_a_later_claim_takes_back_are_no_reason_to_refuse_the_answers(tmp_path: Path) -> None:
    header = "claim_id,line_number,member_id,service_date,procedure_code,units,setting,billing_npi,claim_frequency"
    bills = [("A1", "77301", 1), ("A1", "77301", 8), ("A2", "77301", 1)]
    rows = [f"{claim},1,M1,2024-03-05,{code},1,professional,1999999984,{often}" for claim, code, often in bills]
    claims = write_csv(tmp_path / "c.csv", *rows, header=header)
    options = ["screen", str(claims), "--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt_hospital"]
    assert main(options) == 0
    lines = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["lines"]
    assert (lines["read"], lines["rejected"], lines["set_aside"]) == (3, 2, 2)


def test_memory_leaves_room_beside_the_databases() -> None:
    for memory, workers in (("1GB", 2), ("2GB", 2), ("4GB", 4), ("2GB", 1)):
        settings = Settings.from_options(["c"], None, memory, workers, out=Path("out"))
        taken = settings.workers * settings.database_bytes_of_a_part
        assert settings.memory_bytes * 0.4 < taken < settings.memory_bytes - 200_000_000
        assert settings.memory_bytes * 0.6 < settings.database_bytes < settings.memory_bytes - 310_000_000
        assert settings.lines_of_a_part * 590 < settings.database_bytes_of_a_part
    assert Settings.from_options(["c"], None, "500MB", None, out=Path("out")).workers == 1


def test_the_database_of_a_group_leaves_its_process_of_spark_room() -> None:
    for memory_bytes in (400_000_000, 500_000_000, 4_000_000_000):
        settings = Settings.of_a_group(memory_bytes, Path("out"))
        assert memory_bytes * 0.5 <= settings.database_bytes_of_a_part <= memory_bytes - 200_000_000
        assert settings.most_lines_of_a_part * 430 < settings.database_bytes_of_a_part


def test_of_the_lines_that_may_wait_a_tenth_at_most_is_under_way_beside_them() -> None:
    for memory in ("200MB", "300MB", "1GB", "2GB", "64GB"):
        held = Settings.from_options(["c"], None, memory, None, out=Path("out")).lines_held
        assert 1_000 <= 2 * rows_at_once(held) <= held / 10


def test_every_worker_gets_as_many_parts_as_the_others() -> None:
    two, one = (Settings.from_options(["c"], None, "2GB", workers, out=Path("out")) for workers in (2, 1))
    of_a_part = two.lines_of_a_part
    assert two.parts_of(0) == two.parts_of(of_a_part) == 1
    assert two.parts_of(of_a_part + 1) == two.parts_of(2 * of_a_part) == 2
    assert two.parts_of(2 * of_a_part + 1) == two.parts_of(7 * of_a_part // 2) == 4
    assert one.parts_of(2 * one.lines_of_a_part + 1) == 3


def test_a_file_of_claims_that_cannot_be_read_ends_with_code_2_and_refuses_nothing_for_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = tmp_path / "claims"
    claims.mkdir()
    services = ["M2,2023-06-01,77263", "M1,2024-03-04,G6015", "M1,2024-03-06,77301", "M2,2025-06-02,77263"]
    rows = [f"L{n},A{n},{service},1,professional,medicare,1999999984" for n, service in enumerate(services)]
    write_csv(claims / "a.csv", *rows, header=f"{HEADER},line_of_business,billing_npi")
    (claims / "notes.txt").write_text("Claims of the first half of the year\n")
    with zipfile.ZipFile(claims / "cover letter.docx", "w") as letter:
        letter.writestr("word/document.xml", "<a/>")
    arguments = ["screen", str(claims), "--out", str(tmp_path / "out"), "--workers", "1", "--policy", "imrt"]
    assert main(arguments) == 0
    assert "deny" in {row["recommendation"] for row in rows_of(tmp_path / "out", "lines/*.parquet")}
    named = {row["remark"] for row in rows_of(tmp_path / "out", "remarks.parquet") if "cover letter" in row["path"]}
    assert named == {"it is a Word document; save it as PDF; it was left out"}
    capsys.readouterr()
    (claims / "b.parquet").write_bytes(b"PAR1" + bytes(80) + b"PAR1")
    assert main(arguments) == 2
    assert "1 file of claims could not be read" in capsys.readouterr().err
    assert "1 file of claims could not be read" in (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["files_unread"] == 1
    assert "deny" not in {row["recommendation"] for row in rows_of(tmp_path / "out", "lines/*.parquet")}
    assert main(arguments) == 2  # an answer that stands already says it too


def _bills_as_ndjson() -> bytes:
    days = ("2024-03-18", "2024-03-19", "2024-03-20")
    bills = [bill(item("G6015", servicedDate=day), id=day, identifier=[{"value": f"C-{day}"}]) for day in days]
    return "\n".join(map(json.dumps, [patient(), *bills])).encode()


def test_a_file_of_claims_without_its_end_is_not_read_to_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What would follow may be a correction of any claim."""
    for name, whole in (("claims.837", PROFESSIONAL.read_bytes()), ("claims.ndjson", _bills_as_ndjson())):
        claims, out = tmp_path / f"whole {name}", tmp_path / f"out of {name}"
        claims.mkdir()
        (claims / name).write_bytes(whole)
        assert run(capsys, "screen", claims, "--out", out, "--workers", 1)[0] == 0, name
        (claims / name).write_bytes(whole[: 2 * len(whole) // 3])
        code, _, said = run(capsys, "screen", claims, "--out", out, "--workers", 1)
        assert (code, "1 file of claims could not be read to the end" in said) == (2, True), name
        assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["files_unread"] == 1, name
