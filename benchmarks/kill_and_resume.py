"""Kills a screening at random moments and takes it up again: every answer must be what an undisturbed run gives."""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ANSWERS = ("findings", "lines", "courses")


def command(claims: Path, out: Path) -> list[str]:
    """The screening, in two processes and small parts."""
    given = [str(claims), "--out", str(out), "--policy", "imrt_hospital", "--memory", "200MB", "--workers", "2"]
    return [sys.executable, "-m", "isocenter", "screen", *given]


def content(out: Path) -> str:
    """A hash of all answers, whatever the order of their rows."""
    digest = hashlib.sha256((out / "summary.json").read_bytes())
    for answer in ANSWERS:
        rows = duckdb.execute(f"from read_parquet('{out}/{answer}/*.parquet') order by all").fetchall()
        digest.update(repr(rows).encode())
    return digest.hexdigest()


def children_of(process: int) -> list[int]:
    """Processes that this one began and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found.append(int(entry.parent.name))
    return found


def main() -> int:
    """Print how many kills ended in equal answers, and how many workers outlived their run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--courses", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        claims = Path(folder, "claims")
        made = [sys.executable, "-m", "isocenter", "synthesize", str(claims), "--courses", str(options.courses)]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
        began = time.perf_counter()
        subprocess.run(command(claims, Path(folder, "whole")), check=True, capture_output=True)
        takes = time.perf_counter() - began
        expected = content(Path(folder, "whole"))
        equal = outlived = 0
        for number in range(options.kills):
            out = Path(folder, f"killed-{number}")
            with subprocess.Popen(command(claims, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
                time.sleep(chance.uniform(0, takes))
                workers = children_of(run.pid)
                run.send_signal(signal.SIGKILL)
            time.sleep(2)
            outlived += sum(1 for worker in workers if os.path.exists(f"/proc/{worker}"))  # noqa: PTH110
            done = subprocess.run(command(claims, out), check=False, capture_output=True)
            equal += done.returncode == 0 and content(out) == expected
            print(f"{number + 1} kills, {equal} resumed to equal answers, {outlived} workers outlived", flush=True)
    return 0 if equal == options.kills and not outlived else 1


if __name__ == "__main__":
    sys.exit(main())
