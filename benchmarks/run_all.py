"""Runs every benchmark, one after the other; peers are measured in the same run where they are installed."""

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_NOT_BENCHMARKS = {"run_all.py", "synthetic_837.py", "planning_peer.py"}


def main() -> int:
    failed = 0
    for script in sorted(path for path in _HERE.glob("*.py") if path.name not in _NOT_BENCHMARKS):
        print(f"== {script.name}", flush=True)
        failed += subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
