"""Screening measured: lines a second, CPU seconds, memory, where the time goes, and peers on the same six rules.

    python benchmarks/screening.py [--courses N ...] [--claims FOLDER ...] [--memory SIZE ...] [--peers FOLDER]
    python benchmarks/screening.py --courses 1632000 --without-rules-alone --folder FOLDER    (100 M lines, 2 GB)

Synthetic claims of each number of courses are made, many by all cores at once, or taken from folders that
`isocenter synthesize` wrote. Each is screened under each limit of memory and read by a bare scan in the same run:
DuckDB hashes every column of the same files (least, greatest and count would be answered by the files' statistics,
unread). The peers judge the smallest claims by six coding rules, each line in its true course, and their findings are
compared as multisets. --peers is a folder for their virtual environments, made there on first use; without it
zen-engine and PySpark are left out.
Memory is that of all processes of a run together, looked at twenty times a second; Linux only.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from isocenter.facts.courses import superseded_sql
from isocenter.facts.schema import tables_sql
from isocenter.rulebook.rulebook import policy_names
from isocenter.synthesis.synthesize import Recipe, shares, synthesize

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"
sys.path.insert(0, str(PEERS))

from six_rules_lines import RULES  # noqa: E402

SCANS = 5
COURSES_OF_ONE_PROCESS = 100_000
LOOK_EVERY_S = 0.05
SIX, ALL = "Isocenter, the six rules", "Isocenter, every rule of claims"
PYTHON, ZEN, SPARK = "plain Python, by member", "zen-engine 2.1.3, by member", "the same rule texts, PySpark"
IN_GROUPS = "the same rule texts, DuckDB in PySpark"
REQUIREMENTS = {
    ZEN: ["zen-engine==2.1.3", "pyarrow"],
    SPARK: ["-e", f"{ROOT}[spark]"],
    IN_GROUPS: ["-e", f"{ROOT}[spark]"],
}
AGREEING = {SIX, ZEN, SPARK, IN_GROUPS}
FOLDERS = {ZEN: "zen-engine", SPARK: "pyspark", IN_GROUPS: "pyspark"}
SLOW = {ZEN: 20, SPARK: 4}  # how many times fewer members they get


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run of a process, with all that it started, took and printed."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    printed: str


def measure(command: Sequence[str]) -> Measured:
    """Run a command and look at its processes while it runs."""
    began = time.perf_counter()
    cpu_before_s = _cpu_of_children_s()
    cpu_s: dict[int, float] = {}
    peak = [0.0]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)

        def look() -> None:
            while process.poll() is None:
                peak[0] = max(peak[0], sum(_look_at(pid, cpu_s) for pid in _tree(process.pid)))
                time.sleep(LOOK_EVERY_S)

        looking = threading.Thread(target=look)
        looking.start()
        printed = process.communicate()[0]
        looking.join()
        errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(command[:3])}: {errors.read()[-2000:]}")
    # A runtime of Java is not waited for by the process that started it: what was seen of it counts.
    waited_cpu_s = _cpu_of_children_s() - cpu_before_s
    return Measured(time.perf_counter() - began, max(waited_cpu_s, sum(cpu_s.values())), peak[0], printed)


def _cpu_of_children_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _tree(pid: int) -> list[int]:
    """A process and all that descend from it, as far as they still run."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue  # it has just ended
    return found


def _look_at(pid: int, cpu_s: dict[int, float]) -> float:
    """Resident memory of a process in MB; its CPU seconds so far are kept."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", maxsplit=1)[1].split()
    except OSError:
        return 0.0  # it has just ended
    cpu_s[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- screening ---


@dataclass(frozen=True, slots=True)
class Screened:
    """A screening, what its rules alone took, and a bare scan of the same files."""

    lines: int
    findings: int
    memory: str
    run: Measured
    rules_s: float  # of all workers together, by their clocks
    workers: int
    scan_wall_s: float
    scan_cpu_s: float
    stages: Counter[str]


def screen(claims: Path, memory: str, out: Path) -> Screened:
    """Screen claims from a clean start, and scan them."""
    files = [str(file) for name in ("lines", "diagnoses") for file in sorted(claims.rglob(f"claim_{name}.parquet"))]
    shutil.rmtree(out, ignore_errors=True)
    workers = min(2, len(os.sched_getaffinity(0)))
    command = [sys.executable, "-m", "isocenter", "screen", *files, "--out", str(out), "--memory", memory]
    run = measure([*command, "--workers", str(workers)])
    stages: Counter[str] = Counter()
    for report in (out / "work" / "parts").glob("*.json"):
        stages.update(json.loads(report.read_text(encoding="utf-8"))["seconds"])
    rules_s = sum(seconds for stage, seconds in stages.items() if stage.split()[0] in policy_names())
    lines = json.loads((out / "summary.json").read_text(encoding="utf-8"))["lines"]["read"]
    found = duckdb.execute(f"select count(*) from '{out}/findings/*.parquet'").fetchall()[0][0]
    wall_s, cpu_s = scan(files)
    return Screened(lines, found, memory, run, rules_s, workers, wall_s, cpu_s, stages)


def scan(files: Sequence[str]) -> tuple[float, float]:
    """Median wall and CPU seconds of reading every value of the files."""
    walls, cpus = [], []
    with duckdb.connect(config={"threads": 2}) as connection:
        queries = []
        for file in files:
            names = [row[0] for row in connection.execute(f"describe from '{file}'").fetchall()]
            queries.append(f"select {', '.join(f'bit_xor(hash({name}))' for name in names)} from '{file}'")
        for _ in range(SCANS):
            began, cpu_began = time.perf_counter(), time.process_time()
            for query in queries:
                connection.execute(query).fetchall()
            walls.append(time.perf_counter() - began)
            cpus.append(time.process_time() - cpu_began)
    return statistics.median(walls), statistics.median(cpus)


SCREENING_HEADER = (
    "lines", "findings", "--memory", "s", "CPU s", "microseconds of CPU a line", "lines/s", "peak MB",
    "rules alone, s of workers", "rules alone, lines/s", "bare scan, s", "CPU s", "screening : scan, CPU",
    "rules : scan, CPU",
)  # fmt: skip


def screening_row(found: Screened) -> tuple[str, ...]:
    run = found.run
    return (
        f"{found.lines:,}",
        f"{found.findings:,}",
        found.memory,
        f"{run.wall_s:.1f}",
        f"{run.cpu_s:.1f}",
        f"{run.cpu_s / found.lines * 1e6:.2f}",
        f"{found.lines / run.wall_s:,.0f}",
        f"{run.peak_mb:,.0f}",
        f"{found.rules_s:.1f}",
        f"{found.lines / (found.rules_s / found.workers):,.0f}",
        f"{found.scan_wall_s:.2f}",
        f"{found.scan_cpu_s:.2f}",
        f"{run.cpu_s / found.scan_cpu_s:.0f}",
        f"{found.rules_s / found.scan_cpu_s:.0f}",
    )


# --- six rules, beside others ---


def lines_in_true_courses(claims: Path, file: Path, one_of: int) -> Path:
    """Lines that stand, each with its true course, of one in so many members."""
    with duckdb.connect() as connection:
        connection.execute(f"{tables_sql()}; alter table claim_lines rename to no_lines")
        connection.execute(
            f"create view claim_lines as from no_lines union all by name from '{claims}/**/claim_lines.parquet'"
        )
        connection.execute(
            f"""
            copy (
                select lines.* replace (truth.true_course as course_id)
                from claim_lines as lines
                inner join '{claims}/**/truth/line_courses.parquet' as truth using (claim_line_id)
                where hash(lines.member_id) % {one_of} = 0
                    and lines.claim_line_id not in (select claim_line_id from ({superseded_sql()}))
            ) to '{file}' (format parquet)
            """
        )
    return file


def interpreter(peer: str, peers: Path) -> str:
    """The interpreter of the peer's own environment, made when it is not there yet."""
    folder = peers / FOLDERS[peer]
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *REQUIREMENTS[peer]], check=True)
    return str(python)


def judge_beside_peers(claims: Path, peers: Path | None, memory: str, folder: Path) -> list[tuple[str, ...]]:
    """One row for each engine: what it took, and whether its findings are those of plain Python."""
    rows = []
    truth = folder / "truth.parquet"
    for name in (PYTHON, SIX, ALL, *((ZEN, IN_GROUPS, SPARK) if peers else ())):
        lines = lines_in_true_courses(claims, folder / "lines.parquet", SLOW.get(name, 1))
        found = truth if name == PYTHON else folder / "found.parquet"
        run = measure(command_of(name, peers, lines, found, memory))
        rows.append(peer_row(name, lines, run, agreement(found, truth, lines) if name in AGREEING else "-"))
        if found.is_dir():
            shutil.rmtree(found)
    return rows


def command_of(name: str, peers: Path | None, lines: Path, found: Path, memory: str) -> list[str]:
    files = [str(lines), str(found)]
    if name == PYTHON:
        return [sys.executable, str(PEERS / "six_rules_python.py"), *files]
    if name in (SIX, ALL):
        return [sys.executable, str(PEERS / "six_rules_duckdb.py"), *files, *(RULES if name == SIX else ())]
    assert peers is not None
    if name == ZEN:
        return [interpreter(name, peers), str(PEERS / "six_rules_zen.py"), *files]
    return [
        interpreter(name, peers),
        str(PEERS / "six_rules_spark.py"),
        *files,
        memory,
        "groups" if name == IN_GROUPS else "sql",
        *RULES,
    ]


PEER_HEADER = (
    "six rules by", "lines", "s", "CPU s", "of it loading", "of it judging", "judging, lines/CPU s", "peak MB",
    "findings as plain Python's",
)  # fmt: skip


def peer_row(name: str, lines_file: Path, run: Measured, agrees: str) -> tuple[str, ...]:
    lines = duckdb.execute(f"select count(*) from '{lines_file}'").fetchall()[0][0]
    took = json.loads(run.printed.splitlines()[-1])
    loading_s = took.get("load_cpu_s")
    judging_s = took.get("judge_cpu_s", run.cpu_s)
    return (
        name,
        f"{lines:,}",
        f"{run.wall_s:.1f}",
        f"{run.cpu_s:.1f}",
        "-" if loading_s is None else f"{loading_s:.2f}",
        f"{judging_s:.2f}",
        f"{lines / judging_s:,.0f}",
        f"{run.peak_mb:,.0f}",
        agrees,
    )


def agreement(found: Path, truth: Path, lines: Path) -> str:
    """How many findings about the lines both have, and how many one of them alone."""
    columns = "rule, subject_id, outcome, units_allowed"
    file = f"{found}/*.parquet" if found.is_dir() else str(found)
    of_engine = f"(select {columns} from '{file}')"
    of_truth = f"(select {columns} from '{truth}' where subject_id in (select claim_line_id from '{lines}'))"
    both, alone, missing = duckdb.execute(
        f"select (select count(*) from ({of_engine} intersect all {of_truth})),"
        f" (select count(*) from ({of_engine} except all {of_truth})),"
        f" (select count(*) from ({of_truth} except all {of_engine}))"
    ).fetchall()[0]
    return f"all {both:,}" if not alone + missing else f"{both:,}; {alone:,} more, {missing:,} missing"


# --- the tables ---


def tell(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    sys.stdout.flush()


def claims_to_screen(options: argparse.Namespace, folder: Path) -> list[Path]:
    """Folders of claims, the smallest first."""
    found = list(options.claims)
    for courses in sorted(options.courses or ([] if found else [20_000])):
        made = folder / f"claims-{courses}"
        began = time.perf_counter()
        make_claims(made, Recipe(courses, seed=1))
        print(f"made the claims of {courses:,} courses in {time.perf_counter() - began:.0f} s", flush=True)
        found.append(made)
    return found


def make_claims(folder: Path, recipe: Recipe) -> None:
    """Make synthetic claims; many by several processes, each of which writes a folder of its own."""
    if recipe.courses <= COURSES_OF_ONE_PROCESS:
        synthesize(folder, recipe)
        return
    numbers = shares(recipe, len(os.sched_getaffinity(0)))
    with ProcessPoolExecutor(len(numbers)) as pool:
        for made in [pool.submit(_make_share, folder / f"{one.start:08d}", recipe, one) for one in numbers]:
            made.result()


def _make_share(folder: Path, recipe: Recipe, numbers: range) -> None:
    synthesize(folder, recipe, threads=1, numbers=numbers)


def main(options: argparse.Namespace) -> None:
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        claims = claims_to_screen(options, folder)
        found = [screen(one, memory, folder / "screened") for one in claims for memory in options.memory]
        tell(SCREENING_HEADER, [screening_row(one) for one in found])
        last = found[-1]
        whole_s = sum(last.stages.values())
        print(f"\nof the parts of the last screening, {last.lines:,} lines, in seconds of workers:")
        for stage, seconds in last.stages.most_common(options.stages):
            print(f"{seconds:9.2f} {seconds / whole_s:6.1%}  {stage}")
        if options.without_rules_alone:
            return
        tell(PEER_HEADER, judge_beside_peers(claims[0], options.peers, options.memory[-1], folder))
        if options.peers is None:
            print("zen-engine and PySpark are left out: --peers names no folder for them")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--courses", type=int, nargs="+", help="of synthetic claims (20,000 are about 1.2 M lines)")
    parser.add_argument("--claims", type=Path, nargs="+", default=[], help="folders of synthetic claims, small first")
    parser.add_argument("--memory", nargs="+", default=["2GB"], help="limits of memory")
    parser.add_argument("--without-rules-alone", action="store_true", help="screen and scan alone, no six rules")
    parser.add_argument("--peers", type=Path, help="folder for the peers' virtual environments")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where to work")
    parser.add_argument("--stages", type=int, default=12, help="how many stages to tell of")
    main(parser.parse_args())
