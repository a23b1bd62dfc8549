"""Reading 837 claims measured: claims and lines a second and memory, and four peers beside it.

    python benchmarks/read_837.py [--claims 50000] [--runs 3] [--peers FOLDER]

The claims are synthetic (benchmarks/synthetic_837.py). --peers is a folder for virtual environments of the peers,
which are made there on first use; without it our own reader is measured alone, and the output says so. Every reader
runs in a process of its own, and slow ones on fewer claims. Speeds are per second of CPU time on one core, which other
load disturbs less than the clock; medians of the runs. Memory is the largest of the runs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.synthetic_837 import write  # noqa: E402

# Each snippet finds the file in `path` and leaves the number of claims in `claims`.
FRAME = """
import json, resource, sys, time
path = sys.argv[1]
{imports}
start = time.process_time()
{work}
took_s = time.process_time() - start
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([took_s, claims, peak_mb]))
"""


@dataclass(frozen=True)
class Reader:
    """One reader: what to install for it, what it does, how many times fewer claims it gets."""

    name: str
    requirements: tuple[str, ...]
    imports: str
    work: str
    fewer: int = 1
    institutional: bool = False


OWN_IMPORTS = """
from pathlib import Path
from isocenter.intake.x12_837 import read
from isocenter.terms.claims import ClaimLine
"""
OWN_WORK = """
claims = 0
for row in read(Path(path)):
    if row[2] == 1 and type(row) is ClaimLine:
        claims += 1
"""
READERS = [
    Reader("Isocenter, 837P", (), OWN_IMPORTS, OWN_WORK),
    Reader("Isocenter, 837I", (), OWN_IMPORTS, OWN_WORK, institutional=True),
    Reader(
        "linuxforhealth-x12, segments only",
        ("linuxforhealth-x12==0.57.0", "pydantic<2"),
        "from linuxforhealth.x12.io import X12SegmentReader",
        "with X12SegmentReader(path) as reader:\n    claims = sum(name == 'CLM' for name, _ in reader.segments())",
    ),
    Reader(
        "pyx12, raw segments",
        ("pyx12==4.0.0",),
        "from pyx12.x12file import X12Reader",
        "claims = sum(segment.get_seg_id() == 'CLM' for segment in X12Reader(path))",
        fewer=5,
    ),
    Reader(
        "openx12, whole file in memory",
        ("openx12==0.2.1",),
        "from pathlib import Path\nfrom openx12 import x837p",
        "claims = len(x837p.parse(Path(path).read_text()).claims)",
        fewer=5,
    ),
    Reader(
        "pyx12, full validation",
        ("pyx12==4.0.0",),
        "from pathlib import Path\nimport pyx12.params, pyx12.x12n_document as document",
        "valid = document.x12n_document(pyx12.params.params(), path, None, None)\n"
        "claims = Path(path).read_text().count('CLM*') if valid else 0",
        fewer=50,
    ),
]


def interpreter(reader: Reader, peers: Path) -> str:
    """The interpreter of the reader's own environment, made when it is not there yet."""
    if not reader.requirements:
        return sys.executable
    folder = peers / reader.requirements[0].split("==")[0]
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *reader.requirements], check=True)
    return str(python)


def measure(python: str, reader: Reader, path: Path) -> tuple[float, int, float]:
    """Seconds, claims and peak memory in MB of one run."""
    code = FRAME.format(imports=reader.imports, work=reader.work)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    run = subprocess.run(
        [python, "-c", code, path], capture_output=True, text=True, check=True, env=environment, cwd=path.parent
    )
    took_s, claims, peak_mb = json.loads(run.stdout)
    return took_s, claims, peak_mb


def count_lines(path: Path) -> int:
    """Service lines of a file that bears one segment a line."""
    with path.open("rb") as file:
        return sum(segment.startswith(b"LX*") for segment in file)


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=50_000, help="claims that the fast readers get")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="folder for the peers' environments")
    options = parser.parse_args()
    print("| reader | claims | claims/s | lines/s | peak MB |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for reader in READERS:
            if reader.requirements and options.peers is None:
                continue
            claims = max(options.claims // reader.fewer, 1)
            path = Path(folder) / f"{claims}_{reader.institutional}.837"
            if not path.exists():
                write(path, claims, reader.institutional)
            python = interpreter(reader, options.peers)
            runs = [measure(python, reader, path) for _ in range(options.runs)]
            found = runs[0][1]
            if found != claims:
                raise SystemExit(f"{reader.name} found {found} claims of {claims}; its figures would mean nothing")
            took_s = statistics.median(run[0] for run in runs)
            peak_mb = max(run[2] for run in runs)
            print(
                f"| {reader.name} | {claims:,} | {claims / took_s:,.0f} | {count_lines(path) / took_s:,.0f} "
                f"| {peak_mb:.0f} |",
                flush=True,
            )
    if options.peers is None:
        print("\nThe peers were left out: name a folder for their environments with --peers.")


if __name__ == "__main__":
    main()
