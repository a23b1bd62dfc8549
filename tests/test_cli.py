"""The command line: each command does its work; bad input gets one sentence and exit code 2, never a traceback."""

import argparse
import io
import json
import re
from pathlib import Path

import pytest

from isocenter.cli import _parser, main
from isocenter.intake.case import read_case
from isocenter.report.progress import ProgressLine
from isocenter.terms.tables import TABLE_OF

_EXAMPLES = Path(__file__).parents[1] / "examples"
_LINE = "claim_line_id,service_date,procedure_code,units\n"


def commands_of(parser: argparse.ArgumentParser) -> list[str]:
    """The names of a parser's commands."""
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return list(commands.choices)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    (folder / "case.yaml").write_text("courses:\n  - {course_id: C1, member_id: M1, line_of_business: medicare}\n")
    (folder / "claim_lines.csv").write_text(_LINE + "L1,2024-02-01,77301,1\n")
    return folder


def test_review_prints_a_verdict(capsys: pytest.CaptureFixture[str], case: Path) -> None:
    code, out, err = run(capsys, "review", case)
    assert (code, err) == (0, "")
    assert "course C1" in out


def test_the_same_case_gives_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    first = run(capsys, "review", _EXAMPLES / "left_breast_coding", "--json")
    second = run(capsys, "review", _EXAMPLES / "left_breast_coding", "--json")
    assert first == second
    assert json.loads(first[1])["course_id"] == "C-BREAST"


def test_review_writes_report_letter_and_checklist(
    capsys: pytest.CaptureFixture[str], case: Path, tmp_path: Path
) -> None:
    pages = [tmp_path / name for name in ("report.html", "letter.html", "checklist.html")]
    code, _, _ = run(capsys, "review", case, "--report", pages[0], "--letter", pages[1], "--checklist", pages[2])
    assert code == 0
    assert all(page.read_text().startswith("<!doctype html>") for page in pages)


def test_claims_alone_ask_for_the_chart(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "review", _EXAMPLES / "prostate_clean" / "professional.837", "--json")
    assert code == 0
    stated = json.loads(out)
    assert stated["recommendation"] == "request_documentation"
    assert any("documents" in entry["missing"] for entry in stated["not_assessed"])


def test_readings_can_be_set_and_are_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    chosen = tmp_path / "readings.toml"
    chosen.write_text("fractions_per_management_unit = 4\n")
    code, out, _ = run(capsys, "review", _EXAMPLES / "left_breast_coding", "--json", "--readings", chosen)
    assert code == 0
    stated = {reading["name"]: reading for reading in json.loads(out)["readings"]}
    assert stated["fractions_per_management_unit"]["value"] == 4
    assert "readings.toml" in stated["fractions_per_management_unit"]["source"]


def bad_inputs() -> dict[str, tuple[str, bytes]]:
    segment = (
        b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *240101*1200*^*00501*000000001*0*T*:~"
    )
    return {
        "an empty file": ("claims.837", b""),
        "binary garbage": ("claims.837", bytes(range(256)) * 40),
        "a truncated 837": ("claims.837", segment + b"GS*HC*A*B*20240101*1200*1*X*005010X222A1~ST*837*0001"),
        "ten megabytes in one segment": ("claims.837", segment + b"X" * 10_000_000),
        "a yaml of anchors": ("case.yaml", b"courses: &a [x]\ndocuments: [*a, *a, *a]\n"),
        "a yaml of wrong types": ("case.yaml", b"documents: 7\n"),
        "a csv with a missing column": ("claim_lines.csv", b"claim_line_id,units\nL1,1\n"),
        "a text": ("notes.txt", b"Dear reviewer, please cover this.\n"),
        "a json": ("claims.json", b'{"resourceType": "Claim"}\n'),
    }


@pytest.mark.parametrize("name", bad_inputs())
def test_what_cannot_be_reviewed_gets_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    file_name, data = bad_inputs()[name]
    (tmp_path / file_name).write_bytes(data)
    for path in (tmp_path / file_name, tmp_path):
        code, out, err = run(capsys, "review", path)
        assert code == 2, (path, out)
        assert err.startswith("isocenter: ")
        assert err.count("\n") == 1
        assert "Traceback" not in err


def test_a_case_with_two_courses_asks_which(capsys: pytest.CaptureFixture[str], case: Path) -> None:
    (case / "case.yaml").write_text(
        "courses:\n  - {course_id: C1, member_id: M1}\n  - {course_id: C2, member_id: M1}\n"
    )
    (case / "claim_lines.csv").write_text("course_id," + _LINE + "C1,L1,2024-02-01,77301,1\nC2,L2,2025-02-01,77301,1\n")
    code, _, err = run(capsys, "review", case)
    assert code == 2
    assert "2 courses (C1, C2); choose one with --course" in err
    code, out, _ = run(capsys, "review", case, "--course", "C2", "--json")
    assert code == 0
    assert [line["claim_line_id"] for line in json.loads(out)["lines"]] == ["L2"]


def test_an_unknown_document_kind_is_a_problem_that_lists_the_known_ones(
    capsys: pytest.CaptureFixture[str], case: Path
) -> None:
    with (case / "case.yaml").open("a") as file:
        file.write("documents:\n  - {document_id: D1, kind: prescripton}\n")
    code, out, _ = run(capsys, "review", case, "--json")
    assert code == 0
    (problem,) = json.loads(out)["problems"]
    assert "did you mean prescription? known are anatomy_change" in problem["sentence"]


def test_a_code_that_no_rule_knows_is_named(capsys: pytest.CaptureFixture[str], case: Path) -> None:
    (case / "claim_lines.csv").write_text(
        _LINE + "L1,2024-02-01,77301,1\nL2,2024-02-01,99999,1\nL3,2024-02-01,7730,1\n"
    )
    _, out, _ = run(capsys, "review", case, "--json")
    sentences = [problem["sentence"] for problem in json.loads(out)["problems"]]
    assert any("does not have the form of a procedure code" in sentence for sentence in sentences)
    assert any("no rule covers this code" in sentence for sentence in sentences)


def test_html_in_a_name_stays_inert(capsys: pytest.CaptureFixture[str], case: Path, tmp_path: Path) -> None:
    (case / "case.yaml").write_text(
        "courses:\n  - {course_id: '<script>alert(1)</script>', member_id: M1, line_of_business: medicare}\n"
    )
    assert run(capsys, "review", case, "--report", tmp_path / "report.html")[0] == 0
    assert "<script>alert" not in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("review", "nowhere"), "there is no such file or folder"),
        (("review", _EXAMPLES / "prostate_clean", "--policy", "imrtt"), "no policy 'imrtt'"),
        (("check", "nowhere"), "no policy 'nowhere'"),
        (("measure", "nowhere"), "there is no such folder"),
        (("new", _EXAMPLES), "is not empty"),
    ],
)
def test_a_wrong_name_is_refused(capsys: pytest.CaptureFixture[str], arguments: tuple[object, ...], says: str) -> None:
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert says in err


@pytest.mark.parametrize("dose", ["-5", "7800", "nan", "many"])
def test_a_prescription_that_cannot_be_right_is_refused(capsys: pytest.CaptureFixture[str], dose: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["measure", "nowhere", "--prescribed", dose])
    assert f"{dose!r} is not a dose in Gy above 0 and up to 200" in capsys.readouterr().err


def test_a_policy_folder_with_a_broken_rule_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    import shutil  # noqa: PLC0415

    from isocenter.rulebook.rulebook import load_policy  # noqa: PLC0415

    copy = tmp_path / "imrt"
    shutil.copytree(load_policy("imrt").folder, copy)
    rule = copy / "coding" / "one_plan_per_course.sql"
    rule.write_text(rule.read_text().replace("as subject_id", "as subject_jd"))
    code, _, err = run(capsys, "review", _EXAMPLES / "prostate_clean", "--policy", copy)
    assert code == 2
    assert "one_plan_per_course" in err
    assert err.count("\n") == 1


def test_new_writes_a_case_that_says_what_to_fill_in(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "new", tmp_path / "mine")
    assert code == 0
    assert "isocenter review" in out
    text = (tmp_path / "mine" / "case.yaml").read_text()
    assert "necessity_statement" in text
    assert all(line.startswith(("#", "  #")) or line.endswith(":") or not line for line in text.splitlines())


def test_rules_shows_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "rules", "--json")
    assert code == 0
    assert len(json.loads(out)) > 50


def test_the_reference_page_of_rules_is_not_stale(tmp_path: Path) -> None:
    tables = ["--write-tables", str(tmp_path / "tables.md")]
    assert main(["rules", "--write", str(tmp_path / "rules.md"), *tables]) == 0
    docs = _EXAMPLES.parent / "docs"
    assert (tmp_path / "tables.md").read_text() == (docs / "tables.md").read_text(), "run `make docs`"
    written = (tmp_path / "rules.md").read_text()
    kept = (_EXAMPLES.parent / "docs" / "rules.md").read_text()
    assert written == kept, "run `make docs`"


def test_every_command_is_described_in_the_readme() -> None:
    readme = (_EXAMPLES.parent / "README.md").read_text()
    from isocenter.cli import _parser  # noqa: PLC0415

    (commands,) = [action.choices for action in _parser()._actions if action.choices]
    for command in commands:
        assert f"`isocenter {command}" in readme, command


def test_every_example_says_what_it_teaches() -> None:
    for example in _EXAMPLES.iterdir():
        if example.is_dir():
            assert len((example / "README.md").read_text().splitlines()) >= 3


@pytest.mark.parametrize("example", [path.name for path in sorted(_EXAMPLES.iterdir()) if path.is_dir()])
def test_every_example_is_reviewed_without_problems(capsys: pytest.CaptureFixture[str], example: str) -> None:
    code, out, _ = run(capsys, "review", _EXAMPLES / example, "--json")
    assert code == 0
    assert json.loads(out)["problems"] == []


def test_the_untouched_template_asserts_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "case")]) == 0
    template = (tmp_path / "case" / "case.yaml").read_text()
    assert all(line.startswith("#") or not line for line in template.splitlines())
    capsys.readouterr()
    assert main(["review", str(tmp_path / "case")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_template_without_its_hashes_is_a_case_file(tmp_path: Path) -> None:
    main(["new", str(tmp_path / "case")])
    path = tmp_path / "case" / "case.yaml"
    path.write_text(re.sub(r"^# (?=\w+:$|  )", "", path.read_text(), flags=re.MULTILINE))
    read = read_case(tmp_path / "case")
    assert {"courses", "documents", "signatures"} <= {TABLE_OF[type(row)] for row in read.rows if type(row) in TABLE_OF}


def test_an_unfilled_or_empty_case_file_beside_claims_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "claim_lines.csv").write_text(_LINE + "L1,2024-02-01,77301,1\n")
    for text in ("# nothing yet\n", "documents:\ncourses:\n"):
        (tmp_path / "case.yaml").write_text(text)
        assert read_case(tmp_path).supplied == {"claim_lines"}
    (tmp_path / "case.yaml").write_text("documents: []\n")
    assert "documents" in read_case(tmp_path).supplied


def test_every_command_shows_examples_in_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands_of(_parser()):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert f"examples:\n  isocenter {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("review", "isocenter review: the following arguments are required: CASE"),
        ("review C1 --letter letter.docx", "isocenter review: argument --letter: 'letter.docx'"),
        ("reveiw C1", "isocenter: argument COMMAND: invalid choice: 'reveiw'"),
    ],
)
def test_a_command_line_that_is_wrong_gets_one_sentence(
    capsys: pytest.CaptureFixture[str], line: str, says: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(says)
    assert err.count("\n") == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_every_command_and_its_options(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for command in commands_of(_parser()):
        assert command in script
    assert "letter-from" in script


def test_a_dumb_terminal_gets_no_line_that_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for term, rewrites in (("dumb", False), ("xterm", True)):
        monkeypatch.setenv("TERM", term)
        stream = Terminal()
        with ProgressLine(stream) as progress:
            progress.show("reading", 10, 10)
        assert ("\x1b" in stream.getvalue()) is rewrites


def test_measuring_says_each_stage_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["phantom", "c_shape", str(tmp_path / "plan")]) == 0
    assert main(["measure", str(tmp_path / "plan"), "--json"]) == 0
    said = capsys.readouterr()
    assert "isocenter: reading the DICOM files\nisocenter: measuring the plan" in said.err
    assert json.loads(said.out[said.out.index("{") :])
