"""One case: warm and cold CPU time by rows in memory and by DuckDB, and whole commands from a cold start.

Run: python benchmarks/one_case.py [RUNS]
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from isocenter.case_facts import store_facts
from isocenter.facts.case_store import CaseStore
from isocenter.facts.store import FactStore
from isocenter.facts.stores import Store
from isocenter.intake.case import read_case
from isocenter.phantoms.make import make_phantom
from isocenter.review.judging import judge
from isocenter.review.reviewer import Reviewer
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.workflow import review_case

_EXAMPLES = Path(__file__).parents[1] / "examples"
_CASE = _EXAMPLES / "compensator_undocumented"
_CASES = (_EXAMPLES / "spine_reirradiation", _EXAMPLES / "left_breast_coding", _CASE)
_CLAIMS = _EXAMPLES / "hospital_course" / "professional.837"


def main(runs: int) -> None:
    rulebook = load_policy("imrt")
    print(f"{len(rulebook.rules)} rules, {len(rulebook.definitions)} definitions; CPU, median of {runs}")
    print(f"{'case':<26}{'lines':>6}{'rows: first':>14}{'warm':>10}{'DuckDB: first':>16}{'warm':>10}{'times':>8}")
    for case in _CASES:
        first, warm, lines = storing_and_judging(case, rulebook, CaseStore, runs)
        duck_first, duck_warm, _ = storing_and_judging(case, rulebook, lambda: FactStore(few_rows=True), runs)
        print(
            f"{case.name:<26}{lines:>6}{first * 1e3:>11.1f} ms{warm * 1e3:>7.1f} ms"
            f"{duck_first * 1e3:>13.1f} ms{duck_warm * 1e3:>7.1f} ms{duck_warm / warm:>8.1f}"
        )
    for name, policies in (("a Reviewer that is kept", Reviewer([rulebook])), ("rulebooks", [rulebook])):
        review_case(_CASE, policies, with_pictures=False)
        seconds = [_cpu(lambda given=policies: review_case(_CASE, given, with_pictures=False)) for _ in range(runs)]
        print(f"review_case by {name:<24}{statistics.median(seconds) * 1e3:7.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        plan, empty = Path(folder) / "prostate", Path(folder) / "empty"
        make_phantom("prostate", plan)
        empty.mkdir()
        for title, arguments in {
            "--version": ["--version"],
            "--help": ["--help"],
            "review of one 837 file": ["review", str(_CLAIMS)],
            "measure of an empty folder": ["measure", str(empty)],
            "measure of the prostate phantom": ["measure", str(plan)],
            "the same with its pictures": ["measure", str(plan), "--out", str(Path(folder) / "measured")],
        }.items():
            print(f"cold start, {title:<32}{cold_start(arguments, runs):7.2f} s")


def storing_and_judging(
    case: Path, rulebook: Rulebook, new_store: Callable[[], Store], runs: int
) -> tuple[float, float, int]:
    """CPU seconds of the first case of a store and the median of later ones, and the claim lines of the case."""
    contents, store, seconds = read_case(case), new_store(), []
    for _ in range(runs + 1):
        begin = time.process_time()
        store.clear()
        store_facts(store, contents, [rulebook])
        lines = len(judge(store, [rulebook]).lines)
        seconds.append(time.process_time() - begin)
    store.close()
    return seconds[0], statistics.median(seconds[1:]), lines


def cold_start(arguments: list[str], runs: int) -> float:
    """Median CPU seconds of a whole process of the command line, its modules compiled by a run before."""
    seconds = []
    command = [sys.executable, "-m", "isocenter", *arguments]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(runs + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=False, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(seconds[1:])


def _cpu(what: Callable[[], object]) -> float:
    begin = time.process_time()
    what()
    return time.process_time() - begin


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
