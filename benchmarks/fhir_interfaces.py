"""Times the FHIR interfaces over HTTP: hooks at a steady rate, the next question, and requests for authorization.

Claim: the 99th percentile of a hook stays under 50 ms at 20 requests a second, a next question under 50 ms, and a
request for authorization under 300 ms. The server is a process of its own; so is this client. Each hook is about
another order, so that nothing is answered from memory; the same order again is timed beside it.
"""

import argparse
import copy
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from isocenter.fhir.scenarios import scenario_of

EXAMPLE = Path(__file__).parents[1] / "examples" / "prostate_clean"
Json = dict[str, Any]


@contextmanager
def served() -> Iterator[str]:
    """A server of its own, as long as the block lasts; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "isocenter", "serve", "--fhir-only", "--without-authentication"]
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                with urlopen(f"{address}/metadata", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def milliseconds(address: str, body: Json) -> float:
    """How long the answer to one request took."""
    data = json.dumps(body).encode()
    began = time.perf_counter()
    with urlopen(Request(address, data, {"Content-Type": "application/json"}), timeout=60) as reply:
        reply.read()
    return (time.perf_counter() - began) * 1000


def at_a_rate(address: str, make: Callable[[int], Json], count: int, per_second: float) -> list[float]:
    """The times of requests that begin at a steady rate, whether or not the one before was answered."""
    began = time.perf_counter()

    def ask(number: int) -> float:
        time.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        return milliseconds(address, make(number))

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(ask, range(count)))


def told(name: str, times: list[float]) -> str:
    """The times of a kind of request in one line."""
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return f"{name:44} n {len(ordered):4}   median {ordered[len(ordered) // 2]:7.1f} ms   p99 {p99:7.1f} ms"


def main() -> None:
    """Serve, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hooks", type=int, default=400)
    parser.add_argument("--rate", type=float, default=20.0, help="hooks a second")
    parser.add_argument("--submits", type=int, default=40)
    options = parser.parse_args()
    bodies = scenario_of(EXAMPLE)

    def other_order(number: int) -> Json:
        body = copy.deepcopy(bodies["hook-order-sign.json"])
        body["context"]["draftOrders"]["entry"][0]["resource"]["id"] = f"order-{number}"
        return body

    def other_request(number: int) -> Json:
        body = copy.deepcopy(bodies["submit.json"])
        body["entry"][0]["resource"]["identifier"][0]["value"] = f"REQ-{number}"
        return body

    with served() as address:
        hooks, submit = f"{address}/cds-services/isocenter-order-sign", f"{address}/Claim/$submit"
        milliseconds(hooks, other_order(-1))
        milliseconds(submit, other_request(-1))
        print(told(f"hook, another order, {options.rate:g} a second",
                   at_a_rate(hooks, other_order, options.hooks, options.rate)))  # fmt: skip
        same = at_a_rate(hooks, lambda _: bodies["hook-order-sign.json"], options.hooks // 4, options.rate)
        print(told("hook, the same order again", same))
        print(told("request for authorization with its record", [
            milliseconds(submit, other_request(number)) for number in range(options.submits)
        ]))  # fmt: skip


if __name__ == "__main__":
    main()
