"""What both planning programs are judged and timed by: objective, points of the histograms, CPU and wall seconds."""

import time

import numpy as np


def timed(work):
    """What work returns, with its CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    made = work()
    return made, {"cpu_s": round(time.process_time() - cpu, 1), "wall_s": round(time.perf_counter() - wall, 1)}


def objective_of(by_name):
    """The objective over the voxels of the CT, so that both programs are judged alike."""
    target, core = by_name["OuterTarget"], by_name["Core"]
    body = by_name["BODY"]
    return round(
        1000 * float(((target - 50) ** 2).mean())
        + 300 * float((np.maximum(core - 25, 0) ** 2).mean())
        + 100 * float((np.maximum(body - 30, 0) ** 2).mean()),
        1,
    )


def measures_of(by_name):
    """D95 and D2 of the target, mean and D10 of the core, D2 of the body."""
    points = {"OuterTarget": (95, 2), "Core": (10, 2), "BODY": (2,)}
    found = {f"{n} D{p}": round(float(np.percentile(by_name[n], 100 - p)), 2) for n, ps in points.items() for p in ps}
    return {**found, "Core mean": round(float(by_name["Core"].mean()), 2)}
