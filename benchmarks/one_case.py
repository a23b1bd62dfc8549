"""One case: all rules on 45 claim lines in a warm process, and a review of claims alone from a cold start.

Run: python benchmarks/one_case.py [RUNS]
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from isocenter.facts.store import FactStore
from isocenter.intake.case import read_case
from isocenter.review.duckdb_engine import judge
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook.rulebook import load_policy
from isocenter.workflow import review_case, store_facts

_CASE = Path(__file__).parents[1] / "examples" / "compensator_undocumented"
_CLAIMS = Path(__file__).parents[1] / "examples" / "hospital_course" / "professional.837"


def main(runs: int) -> None:
    rulebook = load_policy("imrt")
    stored, judged, lines = [], [], 0
    store = FactStore(few_rows=True)
    for _ in range(runs + 1):
        begin = time.perf_counter()
        store.clear()
        store_facts(store, read_case(_CASE), [rulebook])
        middle = time.perf_counter()
        lines = len(judge(store, [rulebook]).lines)
        stored.append(middle - begin)
        judged.append(time.perf_counter() - middle)
    print(
        f"{len(rulebook.rules)} rules, {len(rulebook.definitions)} definitions, {lines} claim lines; median of {runs}"
    )
    print(f"  first case, queries prepared   {judged[0] * 1e3:7.1f} ms")
    print(f"  reading and storing the case   {statistics.median(stored[1:]) * 1e3:7.1f} ms")
    print(f"  all rules and recommendations  {statistics.median(judged[1:]) * 1e3:7.1f} ms")
    for name, policies in (("a Reviewer that is kept", Reviewer([rulebook])), ("rulebooks", [rulebook])):
        review_case(_CASE, policies, with_pictures=False)
        begin, cpu = time.perf_counter(), time.process_time()
        for _ in range(runs):
            review_case(_CASE, policies, with_pictures=False)
        wall, cpu = (time.perf_counter() - begin) / runs, (time.process_time() - cpu) / runs
        print(f"review_case by {name:<24} {wall * 1e3:7.1f} ms, {cpu * 1e3:.1f} ms of CPU")
    print(f"review of one 837 file, cold start {cold_start(runs):7.2f} s")


def cold_start(runs: int) -> float:
    """Median wall time of a whole `isocenter review` process on claims alone."""
    seconds = []
    command = [sys.executable, "-m", "isocenter", "review", str(_CLAIMS)]
    with tempfile.TemporaryFile() as nowhere:
        for _ in range(runs):
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=nowhere)
            seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
