"""DVHs by dicompyler-core, in its own environment: python run_dicompyler.py TASK.json RESULT.json"""

import json
import sys
import time
from pathlib import Path

from dicompylercore import dicomparser, dvhcalc


def curve_of(set_path: str, dose_path: str, number: int) -> dict[str, object]:
    dvh = dvhcalc.get_dvh(set_path, dose_path, number).cumulative
    return {
        "cc": float(dvh.volume),
        "dose_gy": list(map(float, dvh.bins[:-1])),
        "volume_cc": list(map(float, dvh.counts)),
    }


def main() -> None:
    task_path, result_path = (Path(argument) for argument in sys.argv[1:])
    task = json.loads(task_path.read_text())
    cases = []
    for case in task["solids"]:
        start = time.perf_counter()
        curve = curve_of(case["structures"], case["dose"], 1)
        cases.append({**curve, "seconds": time.perf_counter() - start})
    plans = {}
    for name, plan in task["plans"].items():
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            numbers = dicomparser.DicomParser(plan["structures"]).GetStructures()
            curves = {str(n): curve_of(plan["structures"], plan["dose"], n) for n in numbers}
            runs.append({"curves": curves, "seconds": time.perf_counter() - start})
        plans[name] = min(runs, key=lambda run: run["seconds"])
    result_path.write_text(json.dumps({"solids": cases, "plans": plans}))


main()
