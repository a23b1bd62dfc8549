"""A screening ends in the same answers however it is cut into parts, and whatever interrupts it."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from isocenter.errors import UnreadableInput
from isocenter.files.program import PROGRAM
from isocenter.intake.bulk.sources import find_sources
from isocenter.screening import loading, run
from isocenter.screening.run import screen
from isocenter.screening.settings import Settings
from isocenter.screening.workers import workers
from isocenter.terms.claims import ClaimLine
from isocenter.terms.screening import Summary
from tests.screening.claims_files import HEADER, ROW, line, rows_of, write_csv, write_parquet
from tests.screening.screenings import ANSWERS, answers_of, random_claims, settings_of


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few lines in a part that a few courses make several."""
    monkeypatch.setattr(Settings, "lines_of_a_part", property(lambda _: 60))


@pytest.fixture(scope="session")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_claims(tmp_path_factory.mktemp("claims"))


@pytest.fixture(scope="session")
def expected(claims: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The answers of a screening that nothing interrupts, in one part."""
    out = tmp_path_factory.mktemp("whole") / "out"
    screen(settings_of(out, claims))
    return answers_of(out)


def parts_of(out: Path) -> list[str]:
    return sorted(path.stem for path in (out / "work" / "parts").glob("*.json"))


def check_counts(summary: Summary, out: Path) -> None:
    lines = summary.lines
    assert lines["read"] == lines["judged"] + lines["rejected"] + lines["other"]
    assert lines["judged"] == len(rows_of(out, "lines/*.parquet"))
    assert lines["rejected"] == len(rows_of(out, "rejects.parquet"))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("workers", [1, 2])
def test_parts_and_workers_change_no_answer(
    tmp_path: Path, claims: Path, expected: dict[str, Any], workers: int
) -> None:
    out = tmp_path / "run=5" / "out"  # a name that a database takes for a column of every table below it
    summary = screen(settings_of(out, claims, workers=workers))
    check_counts(summary, out)
    assert len(parts_of(out)) > 2
    assert answers_of(out) == expected


def test_texts_too_many_to_be_looked_up_make_no_other_answers(
    tmp_path: Path, claims: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_MOST_TEXTS_LOOKED_UP", 0)
    screen(settings_of(tmp_path / "out", claims))
    assert answers_of(tmp_path / "out") == expected


@pytest.mark.usefixtures("small_parts")
def test_lines_of_other_services_make_neither_other_answers_nor_more_parts(tmp_path: Path, claims: Path) -> None:
    own = [ClaimLine(**row) for row in rows_of(claims, "lines.parquet")]
    foreign = [
        one._replace(
            claim_id=f"F{copy}-{one.claim_id}",
            claim_line_id=f"F{copy}-{one.claim_line_id}",
            member_id=one.member_id if copy % 3 else f"F{copy}-{one.member_id}",
            procedure_code=("36415", "80053", "97110")[copy % 3],
        )
        for one in own
        for copy in range(19)
    ]
    alone = write_parquet(tmp_path / "alone.parquet", own)
    mixed = write_parquet(tmp_path / "mixed.parquet", [*foreign[:100], *own, *foreign[100:]])
    summaries = [screen(settings_of(tmp_path / given.stem, given)) for given in (alone, mixed)]
    mixed_answers, answers = (answers_of(tmp_path / name) for name in ("mixed", "alone"))
    assert all(mixed_answers[name] == answers[name] for name in (*ANSWERS, "rejects"))
    assert parts_of(tmp_path / "mixed") == parts_of(tmp_path / "alone")
    assert summaries[1].lines == summaries[0].lines | {
        name: summaries[0].lines[name] + len(foreign) for name in ("read", "other")
    }


@pytest.mark.usefixtures("small_parts")
def test_corrected_claims_get_the_same_answers_in_any_parts_and_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = random_claims(tmp_path / "claims", seed=4, courses=7, are_corrected=True)
    policies = {"policies": ("imrt", "imrt_hospital", "ncci")}
    screen(settings_of(tmp_path / "many", claims, **policies))
    monkeypatch.setattr(Settings, "lines_of_a_part", property(lambda _: 50_000))
    summary = screen(settings_of(tmp_path / "one", claims, memory_bytes=900_000_000, **policies))
    check_counts(summary, tmp_path / "one")
    assert len(parts_of(tmp_path / "many")) > len(parts_of(tmp_path / "one"))
    assert answers_of(tmp_path / "many") == answers_of(tmp_path / "one")
    for name in ("summary.json", "worklist.csv", "courses.csv"):
        assert (tmp_path / "many" / name).read_bytes() == (tmp_path / "one" / name).read_bytes(), name
    many, one = (rows_of(tmp_path / made, "rejects.parquet") for made in ("many", "one"))
    assert many == one
    outcomes = {row["outcome"] for row in rows_of(tmp_path / "one", "findings/*.parquet")}
    assert {"not_met", "not_documented"} <= outcomes
    assert "met" not in outcomes
    reasons = " ".join(row["reason"] for row in rows_of(tmp_path / "one", "rejects.parquet"))
    for correction in ("was replaced by", "was voided by", "takes it back", "given twice"):
        assert correction in reasons
    assert {"(born 2010-05-06, C.)"} == {
        row["member_id"].partition(" ")[2] for row in rows_of(tmp_path / "one", "lines/*.parquet")
    } - {""}


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def stop_at_call(number: int, function: Callable[..., Any]) -> Callable[..., Any]:
    calls = iter(range(1, 1_000))

    def stopping(*given: Any, **named: Any) -> Any:
        if next(calls) == number:
            raise KeyboardInterrupt
        return function(*given, **named)

    return stopping


# One after the other on one folder: where a run stops, each the first time that it comes so far.
_STOPS = [
    ("count_lines_of_codes", 1),
    ("write_whole", 2),  # the fingerprint
    ("split", 1),
    ("write_whole", 1),  # what was split
    ("screen_part", 1),
    ("screen_part", 3),
    ("compares_courses", 2),  # all parts are judged
    ("_gather_rejects", 1),
    ("summarize", 1),
]


@pytest.mark.usefixtures("small_parts")
def test_an_interrupted_run_is_taken_up_where_it_stopped(
    tmp_path: Path, claims: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    judged: list[str] = []
    whole = run.screen_part

    def screen_part(settings: Settings, number: int, *given: Any, **named: Any) -> Any:
        report = whole(settings, number, *given, **named)
        judged.append(f"{number:04d}")
        return report

    monkeypatch.setattr(run, "screen_part", screen_part)
    for stage, call in _STOPS:
        with monkeypatch.context() as patched:
            patched.setattr(run, stage, stop_at_call(call, getattr(run, stage)))
            with pytest.raises(KeyboardInterrupt):
                screen(settings_of(out, claims))
        assert not (out / "summary.json").exists(), stage
        assert parts_of(out) == sorted(judged), stage
        for name in ("findings", "lines", "courses"):
            assert sorted(path.stem for path in (out / name).glob("0*.parquet")) == parts_of(out), stage
            rows_of(out, f"{name}/*.parquet")
    screen(settings_of(out, claims))
    assert answers_of(out) == expected
    assert parts_of(out) == sorted(judged)
    assert len(judged) > 2


@pytest.mark.usefixtures("small_parts")
def test_a_part_that_stops_between_its_files_is_judged_again(
    tmp_path: Path, claims: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    moved: list[Path] = []
    replace = Path.replace

    def stopping(self: Path, target: Path) -> Path:
        if self.parent.name.startswith("part-"):
            moved.append(self)
            if len(moved) == 5:
                raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stopping)
        with pytest.raises(KeyboardInterrupt):
            screen(settings_of(out, claims))
    assert len(parts_of(out)) <= 1
    screen(settings_of(out, claims))
    assert answers_of(out) == expected


_SCRIPT = """
import sys, time
from pathlib import Path
from isocenter.intake.bulk.sources import find_sources
from isocenter.screening import run
from isocenter.screening.settings import Settings
Settings.lines_of_a_part = property(lambda _: 60)
whole = run.screen_part
def slow(*given, **named):
    report = whole(*given, **named)
    time.sleep(600)  # until it is killed
    return report
run.screen_part = slow
run.screen(Settings((sys.argv[1],), Path(sys.argv[2]), ("imrt_hospital",), memory_bytes=500_000_000, workers=1))
"""


@pytest.mark.usefixtures("small_parts")
def test_a_run_that_is_killed_is_taken_up(tmp_path: Path, claims: Path, expected: dict[str, Any]) -> None:
    out = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", _SCRIPT, claims, out]) as process:
        deadline = time.monotonic() + 300
        while not parts_of(out) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    finished = {name: (out / "lines" / f"{name}.parquet").stat().st_mtime_ns for name in parts_of(out)}
    assert finished
    assert not (out / "summary.json").exists()
    screen(settings_of(out, claims))
    assert answers_of(out) == expected
    assert all((out / "lines" / f"{name}.parquet").stat().st_mtime_ns == when for name, when in finished.items())


def test_claims_that_are_changed_between_their_unpacking_and_their_fingerprint_are_not_screened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their answers would be kept as those of the claims that are there now."""
    claims, out = tmp_path / "claims.csv.gz", tmp_path / "out"
    claims.write_bytes(gzip.compress(f"{HEADER}\n{ROW}\n".encode()))
    look = run.look_for_sources

    def looked(*given: Any) -> Any:
        found = look(*given)
        claims.write_bytes(gzip.compress(f"{HEADER}\n{ROW.replace('77301', '77263')}\n".encode()))
        os.utime(claims, (1, 1))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(run, "look_for_sources", looked)
        with pytest.raises(UnreadableInput, match=r"claims\.csv\.gz: it changed while it was being read; run again"):
            screen(settings_of(out, claims))
    screen(settings_of(out, claims))
    assert [row["procedure_code"] for row in rows_of(out, "lines/*.parquet")] == ["77263"]


@pytest.mark.usefixtures("small_parts")
def test_a_policy_that_is_changed_before_the_workers_read_it_ends_the_run(
    tmp_path: Path, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "hospital"
    shutil.copytree(PROGRAM / "policies" / "imrt_hospital", policy)
    settings = settings_of(tmp_path / "out", claims, policies=(str(policy),), workers=2)

    @contextmanager
    def late(count: int) -> Iterator[ProcessPoolExecutor]:
        rule = next(policy.rglob("*.sql"))
        rule.write_text(f"{rule.read_text(encoding='utf-8')}\n-- later", encoding="utf-8")
        with workers(count) as pool:
            yield pool

    monkeypatch.setattr(run, "workers", late)
    with pytest.raises(UnreadableInput, match="the policies or the coding edits changed while the claims"):
        screen(settings)
    assert parts_of(settings.out) == []


def test_a_finished_screening_is_not_judged_again(
    tmp_path: Path, claims: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen(settings_of(tmp_path / "out", claims))
    monkeypatch.setattr(run, "screen_part", stop)
    monkeypatch.setattr(run, "split", stop)
    screen(settings_of(tmp_path / "out", claims))
    assert answers_of(tmp_path / "out") == expected


def test_other_claims_readings_or_policies_start_clean(tmp_path: Path) -> None:
    claims, out = tmp_path / "claims.csv", tmp_path / "out"
    write_csv(claims, ROW, ROW.replace("L1", "L2").replace("2024-03-05", "2024-03-06"))
    readings = tmp_path / "readings.toml"
    readings.write_text("course_gap_days = 40\n")
    first = settings_of(out, claims)
    screen(first)
    others = [
        settings_of(out, claims, line_of_business="medicare"),
        settings_of(out, claims, policies=("imrt",), readings=readings),
        settings_of(out, claims, policies=("imrt",)),
    ]
    began = [fingerprint_of(settings) for settings in (first, *others)]
    assert json.loads((out / "run.json").read_text())["fingerprint"] == began[0]
    write_csv(claims, ROW)
    os.utime(claims, (1, 1))
    began.append(fingerprint_of(others[0]))
    assert len(set(began)) == len(began)
    screen(others[0])
    assert json.loads((out / "run.json").read_text())["fingerprint"] == began[-1]
    assert [row["claim_line_id"] for row in rows_of(out, "lines/*.parquet")] == ["L1"]
    assert {row["policy"] for row in rows_of(out, "findings/*.parquet")} <= {"imrt_hospital"}


def fingerprint_of(settings: Settings) -> str:
    return settings.fingerprint(find_sources(settings.claims), settings.rulebooks())


def test_a_clearing_that_is_interrupted_leaves_nothing_that_could_be_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims, out = write_csv(tmp_path / "claims.csv", ROW), tmp_path / "out"
    screen(settings_of(out, claims))
    before = answers_of(out)
    with monkeypatch.context() as patched:
        patched.setattr(run.shutil, "rmtree", stop_at_call(2, run.shutil.rmtree))
        with pytest.raises(KeyboardInterrupt):
            screen(settings_of(out, claims, line_of_business="medicaid"))
    assert not (out / "summary.json").exists()
    screen(settings_of(out, claims))
    assert answers_of(out) == before


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"name": "a run of something else"}'])
def test_a_folder_that_holds_something_else_is_left_as_it_is(tmp_path: Path, content: str) -> None:
    out = tmp_path / "out"
    (out / "findings").mkdir(parents=True)
    (out / "findings" / "dear.txt").write_text("mine")
    if content:
        (out / "run.json").write_text(content)
    with pytest.raises(UnreadableInput, match="holds something else than a screening; name a new or empty folder"):
        screen(settings_of(out, write_csv(tmp_path / "claims.csv", ROW)))
    assert (out / "findings" / "dear.txt").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UnreadableInput, match="is a file; name a folder"):
        screen(settings_of(tmp_path / "out", write_csv(tmp_path / "claims.csv", ROW)))


def test_an_empty_folder_and_what_is_left_of_a_begin_are_taken(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json.partial").write_text("{")
    assert screen(settings_of(out, write_csv(tmp_path / "claims.csv", ROW))).lines["judged"] == 1


@pytest.mark.parametrize(
    ("rows", "policies", "counts"),
    [
        (
            [],
            ("imrt", "imrt_hospital"),
            {"read": 0, "judged": 0, "other": 0, "rejected": 0, "left_out": 0, "set_aside": 0},
        ),
        (
            [ROW.replace("77301", "99999")],
            ("imrt_hospital",),
            {"read": 1, "judged": 0, "other": 1, "rejected": 0, "left_out": 0, "set_aside": 0},
        ),
        (
            [ROW.replace(",1,", ",0,"), "L1"],
            ("imrt_hospital",),
            {"read": 2, "judged": 0, "other": 0, "rejected": 2, "left_out": 0, "set_aside": 0},
        ),
    ],
)
def test_claims_without_a_line_to_judge_have_empty_answers(
    tmp_path: Path, rows: list[str], policies: tuple[str, ...], counts: dict[str, int]
) -> None:
    out = tmp_path / "out"
    settings = settings_of(out, write_csv(tmp_path / "claims.csv", *rows), policies=policies)
    summary = screen(settings)
    assert summary.lines == counts
    check_counts(summary, out)
    assert [answers_of(out)[name] for name in ("findings", "lines", "courses")] == [[], [], []]
    assert screen(settings).lines == counts


@pytest.mark.usefixtures("small_parts")
def test_members_of_few_parts_leave_the_others_out(tmp_path: Path) -> None:
    rows = [line(claim_line_id=f"L{n}", claim_id=f"A{n}", member_id="M1") for n in range(900)]
    summary = screen(settings_of(tmp_path / "out", write_parquet(tmp_path / "c.parquet", rows)))
    assert summary.lines["judged"] == 900
    assert len(parts_of(tmp_path / "out")) == 1


def test_lines_of_one_name_are_all_judged_but_those_given_twice_whichever_comes_first(tmp_path: Path) -> None:
    twins = [line(units=2), line(), line(), line(claim_line_id="L2"), line(modifier_1="26")]
    kept = []
    for name, rows in (("a", twins), ("b", list(reversed(twins)))):
        summary = screen(
            settings_of(tmp_path / name, write_parquet(tmp_path / f"{name}.parquet", rows), policies=("imrt",))
        )
        assert summary.lines == {"read": 5, "judged": 4, "other": 0, "rejected": 1, "left_out": 0, "set_aside": 1}
        check_counts(summary, tmp_path / name)
        kept.append([answers_of(tmp_path / name)[what] for what in ("findings", "lines", "courses")])
    assert kept[0] == kept[1]
    assert {row["reason"] for row in rows_of(tmp_path / "a", "rejects.parquet")} == {
        "the same line is given twice; one of them is judged"
    }


def test_claims_that_were_voided_or_replaced_are_set_aside_with_the_reason(tmp_path: Path) -> None:
    rows = [
        line(claim_line_id="L1", claim_id="A1"),
        line(claim_line_id="L2", claim_id="A2", claim_frequency="7", original_claim_id="A1"),
        line(claim_line_id="L3", claim_id="A3"),
        line(claim_line_id="L4", claim_id="A4", claim_frequency="8", original_claim_id="A3"),
        line(claim_line_id="L5", claim_id="A5"),
        line(claim_line_id="L6", claim_id="A5", claim_frequency="7", original_claim_id="A5"),
        line(claim_line_id="L7", claim_id="A7", claim_frequency="8", original_claim_id="A99"),
    ]
    summary = screen(settings_of(tmp_path / "out", write_parquet(tmp_path / "c.parquet", rows)))
    assert {row["claim_line_id"] for row in rows_of(tmp_path / "out", "lines/*.parquet")} == {"L2", "L6"}
    assert {row["claim_line_id"]: row["reason"] for row in rows_of(tmp_path / "out", "rejects.parquet")} == {
        "L1": "the claim was replaced by claim A2",
        "L3": "the claim was voided by claim A4",
        "L4": "the claim voids claim A3",
        "L5": "the claim was replaced by claim A5 (frequency 7)",
        "L7": "the claim voids claim A99",
    }
    check_counts(summary, tmp_path / "out")


def test_odd_letters_in_every_name_reach_the_answers(tmp_path: Path) -> None:
    folder = tmp_path / "O'Brien's [claims] {ü}"
    folder.mkdir()
    name = """M'1"; ä 山 %s {0} \\"""
    rows = [line(claim_line_id=f"{name}-{n}", claim_id=name, member_id=name, billing_npi=name) for n in range(2)]
    screen(settings_of(folder / "o'ut [1]", write_parquet(folder / "c.parquet", rows), policies=("imrt",)))
    found = rows_of(folder / "o'ut [1]", "lines/*.parquet")
    assert {(row["member_id"], row["billing_npi"]) for row in found} == {(name, name)}
    assert {row["course_id"] for row in found} == {f"{name} from 2024-03-05"}


def test_parts_made_for_less_memory_are_judged_on_with_more_and_others_anew(
    tmp_path: Path, claims: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for lines in (60, 100_000, 30):
        monkeypatch.setattr(Settings, "lines_of_a_part", property(lambda _, lines=lines: lines))
        screen(settings_of(tmp_path / "out", claims))
        assert answers_of(tmp_path / "out") == expected
        found.append({file.name: file.stat().st_mtime_ns for file in (tmp_path / "out/work/parts").iterdir()})
    assert found[0] == found[1]
    assert len(found[2]) > len(found[1])
