"""Each command with the files it is given, of which one is mutated in the ways of its format."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

from isocenter.cli import main
from isocenter.phantoms.make import make_phantom
from tests.fuzz import samples, structured
from tests.fuzz.limits import ALARM_SECONDS, no_longer_than
from tests.fuzz.mutators import mutated
from tests.fuzz.readers import EXAMPLES, READERS, SAMPLES
from tests.fuzz.samples import Files

Change = Callable[[bytes, Random], bytes]


@dataclass(frozen=True)
class Command:
    """A command line whose folder holds the files; `mutates` says how each file that is mutated is changed.

    `last` are arguments with spaces; `code` is what the command ends with on the files as they are.
    """

    line: str
    files: Callable[[], Files]
    mutates: dict[str, Change]
    code: int = 0
    last: tuple[str, ...] = ()


def _of_folder(folder: Path) -> Files:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _case() -> Files:
    folder = EXAMPLES / "left_breast_coding"
    return {name: (folder / name).read_bytes() for name in ("case.yaml", "claim_lines.csv")}


@cache
def _claims() -> bytes:
    header, *rows = _case()["claim_lines.csv"].decode().splitlines()
    return "\n".join([f"{header},member_id", *(f"{row},M-1" for row in rows), ""]).encode()


def _plan() -> Files:
    return {f"plan/{name}": data for name, data in READERS["dicom"].seeds().items()}


@cache
def _whole_plan() -> Files:
    """A plan with the outline of the body, of which a plan can be made and whose monitor units can be checked."""
    with TemporaryDirectory() as folder:
        make_phantom("cylinder", Path(folder, "plan"))
        files = _of_folder(Path(folder))
        return {name: data for name, data in files.items() if not name.startswith("plan/RT_")}  # without its records


_FILES_OF_THE_PLAN = dict.fromkeys(("plan/CT_018.dcm", "plan/RD.dcm", "plan/RP.dcm", "plan/RS.dcm"), structured.dicom)


def _beams() -> Files:
    return {f"beams/{name}": data for name, data in samples.beams().items()}


@cache
def _policy() -> dict[str, bytes]:
    return {f"ncci/{name.replace('%', '/')}": data for name, data in READERS["policy"].seeds().items()}


@cache
def _screened() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        claims = Path(folder, "claims.csv")
        claims.write_bytes(_claims())
        assert main(["screen", str(claims), "--out", f"{folder}/out", "--workers", "1", "--policy", "imrt"]) == 0
        return {
            "claims.csv": _claims(),
            **{f"out/{name}": data for name, data in _of_folder(Path(folder, "out")).items()},
        }


def _bytes(data: bytes, random: Random) -> bytes:
    return mutated(data, random.randrange(10**9))


_GOALS = b"structure,metric,comparison,limit,unit\nSolid,D95%,>=,25,Gy\nSolid,max,<=,33,Gy\n"
_CASE_CHANGES: dict[str, Change] = {"case.yaml": structured.yaml_file, "claim_lines.csv": structured.table}
_REVIEW = "review . --json --report r.html --letter l.html --checklist c.html"
COMMANDS: dict[str, Command] = {
    "review": Command(_REVIEW, _case, _CASE_CHANGES),
    "review each": Command("review . --each each", _case, _CASE_CHANGES),
    "review a letter": Command("review . --letter l.pdf", _case, _CASE_CHANGES),
    "review x12": Command(
        "review claims.837",
        lambda: {"claims.837": (EXAMPLES / "prostate_clean" / "professional.837").read_bytes()},
        {"claims.837": structured.x12},
    ),
    "review fhir": Command("review case.json", READERS["fhir"].seeds, {"case.json": structured.requests}),
    "review parquet": Command(
        "review . --json",
        lambda: {**_case(), "claim_lines.parquet": READERS["parquet"].seeds()["plain.parquet"]},
        {"claim_lines.parquet": structured.parquet},
    ),
    "review readings": Command(
        "review . --readings readings.toml",
        lambda: {**_case(), **READERS["readings"].seeds()},
        {"readings.toml": structured.toml},
    ),
    "review chart": Command(
        "review . --report r.html",
        lambda: {**_case(), "chart.txt": samples.NOTE.encode()},
        {"chart.txt": structured.text_of_a_chart},
    ),
    "review edits": Command(
        "review . --policy ncci",
        lambda: {**_case(), **READERS["edits"].seeds()},
        {"ccipra-v322r0-f1.xlsx": structured.workbook, "MCR_MUE_PractitionerServices_2026_Q1.csv": structured.table},
    ),
    "review plan": Command(
        "review . --plan plan --json", lambda: {**_case(), **_plan()}, dict.fromkeys(_plan(), structured.dicom)
    ),
    "review screened": Command("review --from out", _screened, {}, last=("M-1 from 2024-03-18",)),
    "screen csv": Command(
        "screen claims.csv --out out --workers 1", lambda: {"claims.csv": _claims()}, {"claims.csv": structured.table}
    ),
    "screen payer": Command(
        "screen claims.csv --out out --workers 1", READERS["payer tables"].seeds, {"claims.csv": structured.table}
    ),
    "screen workbook": Command(
        "screen claims.xlsx --out out --workers 1", READERS["payer tables"].seeds, {"claims.xlsx": structured.workbook}
    ),
    "screen packed": Command(
        "screen claims.csv.gz --out out --workers 1",
        READERS["payer tables"].seeds,
        {"claims.csv.gz": structured.packed(structured.table)},
    ),
    "screen x12": Command(
        "screen . --out out --workers 1",
        lambda: {"a.837": next(iter(sorted(SAMPLES.glob("*.837")))).read_bytes()},
        {"a.837": structured.x12},
    ),
    "screen mapped": Command(
        "screen claims.csv --mapping m.toml --out out --workers 1",
        lambda: {"claims.csv": _claims(), "m.toml": samples.MAPPING.encode()},
        {"m.toml": structured.toml},
    ),
    "screen ndjson": Command("screen eob.ndjson --out out --workers 1", READERS["fhir"].seeds, {"eob.ndjson": _bytes}),
    "measure": Command(
        "measure plan --goals g.csv --out out",
        lambda: {**_plan(), "g.csv": samples.GOALS.encode()},
        {**dict.fromkeys(_plan(), structured.dicom), "g.csv": structured.table},
    ),
    "mu-check": Command(
        "mu-check plan --beams beams --out out",
        lambda: {**_whole_plan(), **_beams()},
        {
            **_FILES_OF_THE_PLAN,
            "beams/machine.toml": structured.toml,
            "beams/output_factors.csv": structured.table,
            "beams/pdd.csv": structured.table,
        },
    ),
    "abstract": Command(
        "abstract note.txt --json",
        lambda: {"note.txt": samples.NOTE.encode()},
        {"note.txt": structured.text_of_a_chart},
    ),
    "abstract pdf": Command(
        "abstract chart.pdf --into case",
        lambda: {"chart.pdf": (EXAMPLES / "esophagus_from_its_chart" / "chart.pdf").read_bytes()},
        {"chart.pdf": _bytes},
    ),
    "validate": Command(
        "validate --package package patient.json",
        samples.profiled,
        {"package/p.json": structured.requests, "patient.json": structured.requests},
        code=2,  # the resource has faults
    ),
    "determine": Command(
        "determine response-1 --records records.db --approve --name Nurse", samples.records, {"records.db": _bytes}
    ),
    "journal recompute": Command(
        "journal recompute request.zip",
        samples.archive,
        {"request.zip": _bytes},
        code=2,  # the review differs
    ),
    "serve": Command(  # at an address that is no machine's, so that it ends
        "serve --fhir-only --host 192.0.2.1 --port 8999 --clients clients.json --records records.db",
        lambda: {**samples.clients(), **samples.records()},
        {"clients.json": structured.requests, "records.db": _bytes},
        code=2,
    ),
    "plan": Command(
        "plan plan --technique conformal --spacing 10 --goals g.csv --readings readings.toml --out out",
        lambda: {**_whole_plan(), **READERS["readings"].seeds(), "g.csv": _GOALS},
        {**_FILES_OF_THE_PLAN, "g.csv": structured.table, "readings.toml": structured.toml},
    ),
    "scenario": Command("scenario . --out out", _case, _CASE_CHANGES),
    "new": Command("new case --from claims.csv", lambda: {"claims.csv": _claims()}, {"claims.csv": structured.table}),
    "check": Command("check ncci", _policy, dict.fromkeys(_policy(), _bytes), code=2),  # it has no cases
}


@dataclass(frozen=True)
class Ran:
    """What a command did with what it was given."""

    code: int
    seconds: float  # of CPU
    left: tuple[str, ...]


def run_mutated(command: Command, seed: int, folder: Path) -> tuple[str, Ran]:
    """Run a command in a folder with one of its files mutated; the name of that file and what it did."""
    random = Random(seed)
    files = dict(command.files())
    chosen = random.choice(sorted(command.mutates or files))
    files[chosen] = command.mutates.get(chosen, _bytes)(files[chosen], random)
    return chosen, run(command, files, folder)


def run(command: Command, files: Files, folder: Path) -> Ran:
    """Run a command in a folder that holds these files."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    before, began = Path.cwd(), time.process_time()
    os.chdir(folder)
    try:
        with no_longer_than(ALARM_SECONDS), patch("sys.argv", ["isocenter"]):
            code = main([*command.line.split(), *command.last])
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        os.chdir(before)
    left = tuple(sorted(path.name for path in folder.rglob("*") if path.name.startswith("isocenter-failure")))
    partial = tuple(sorted(path.name for path in folder.rglob("*.partial")))
    return Ran(code, time.process_time() - began, left + partial)
