"""Times the FHIR interfaces over HTTP: hooks at a steady rate, the next question, and requests for authorization.

Claim: the 99th percentile of a hook stays under 50 ms at 20 requests a second, a next question under 50 ms, and a
request for authorization under 300 ms. The server is a process of its own; so is this client. Each hook is about
another order, so that nothing is answered from memory; the same order again is timed beside it. Beside each time
stands the CPU time that a request cost the server, which other load disturbs less. On a machine that others use,
`chrt -f 10 python benchmarks/fhir_interfaces.py` (Linux, as root) gives both processes their turn before all others.
"""

import argparse
import copy
import json
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

from isocenter.fhir.scenarios import scenario_of

_JSON = {"Content-Type": "application/json"}
_NOTE = """Date: 04/28/2024
The target is in close proximity to the rectum and the bladder, and 3D conformal planning cannot spare them.
Electronically signed by C. Example, MD, Radiation Oncologist 04/28/2024
"""
_SECONDS_TO_SETTLE = 4  # the server still loads what the first answers need
EXAMPLE = Path(__file__).parents[1] / "examples" / "prostate_clean"
Json = dict[str, Any]


@contextmanager
def served(processes: int = 1) -> Iterator[tuple[str, int]]:
    """A server of its own, as long as the block lasts; its address, and the number of its first process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "isocenter", "serve", "--fhir-only", "--without-authentication"]
    command += ["--port", str(port), "--processes", str(processes)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                with urlopen(f"{address}/metadata", timeout=1):
                    break
            except OSError:
                time.sleep(0.1)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(10)


def milliseconds(address: str, body: Json) -> float:
    """How long the answer to one request took."""
    data = json.dumps(body).encode()
    began = time.perf_counter()
    with urlopen(Request(address, data, _JSON), timeout=60) as reply:
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


def cpu_seconds(process: int) -> float:
    """The CPU time that a process and those it started took so far; 0 where the system does not say."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.is_file():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    started = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(int(one)) for one in started)


def told(name: str, ask: Callable[[], list[float]], process: int) -> str:
    """The times of a kind of request in one line, and the CPU time that each costs the server."""
    before = cpu_seconds(process)
    times = ask()
    cpu = (cpu_seconds(process) - before) / len(times) * 1000
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    median = ordered[len(ordered) // 2]
    return f"{name:44} n {len(ordered):4}   median {median:7.1f} ms   p99 {p99:7.1f} ms   CPU {cpu:5.1f} ms"


def main() -> None:
    """Serve, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hooks", type=int, default=400)
    parser.add_argument("--rate", type=float, default=20.0, help="hooks a second")
    parser.add_argument("--submits", type=int, default=40)
    parser.add_argument("--pages", type=int, default=8, help="documents of a chart with a request")
    parser.add_argument("--processes", type=int, default=1, help="that answer")
    options = parser.parse_args()
    bodies = scenario_of(EXAMPLE)

    def other_order(number: int) -> Json:
        body = copy.deepcopy(bodies["hook-order-sign.json"])
        body["context"]["draftOrders"]["entry"][0]["resource"]["id"] = f"order-{number}"
        return body

    def other_request(number: int, name: str = "submit.json") -> Json:
        body = copy.deepcopy(bodies[name])
        body["entry"][0]["resource"]["identifier"][0]["value"] = f"REQ-{name}-{number}"
        return body

    def with_chart(number: int) -> Json:
        body = other_request(number, "submit-without-documents.json")
        for page in range(options.pages):
            words = f"STATEMENT OF MEDICAL NECESSITY\nPage {page} of request {number}\n{_NOTE}"
            body["entry"].append({"fullUrl": f"urn:uuid:{uuid4()}", "resource": _page(f"page-{page}", words)})
        return body

    def next_questions(address: str) -> Json:
        """The request for the next question of an adaptive questionnaire about the order."""
        asked = copy.deepcopy(bodies["questionnaire-package.json"])
        asked["parameter"].append({"name": "questionnaire", "valueCanonical": f"{address}/isocenter-imrt-adaptive"})
        request = Request(f"{address}/Questionnaire/$questionnaire-package", json.dumps(asked).encode(), _JSON)
        with urlopen(request, timeout=60) as reply:
            source = json.load(reply)["parameter"][0]["resource"]["entry"][0]["resource"]
        held = {"resourceType": "Questionnaire", "id": "asked", "status": "active",
                "derivedFrom": [f"{source['url']}|{source['version']}"]}  # fmt: skip
        return {"resourceType": "QuestionnaireResponse", "id": "answers", "status": "in-progress",
                "questionnaire": "#asked", "contained": [held]}  # fmt: skip

    with served(options.processes) as (address, process):
        hooks, submit = f"{address}/cds-services/isocenter-order-sign", f"{address}/Claim/$submit"
        for number in range(-5, 0):
            milliseconds(hooks, other_order(number))
            milliseconds(submit, other_request(number))
            milliseconds(submit, with_chart(number))
        time.sleep(_SECONDS_TO_SETTLE)
        for number in range(-40, -5):
            milliseconds(hooks, other_order(number))
        question = next_questions(address)
        same = bodies["hook-order-sign.json"]
        kinds: dict[str, Callable[[], list[float]]] = {
            f"hook, another order, {options.rate:g} a second": lambda: at_a_rate(
                hooks, other_order, options.hooks, options.rate
            ),
            "hook, the same order again": lambda: at_a_rate(hooks, lambda _: same, options.hooks // 4, options.rate),
            "request for authorization with its record": lambda: [
                milliseconds(submit, other_request(number)) for number in range(options.submits)
            ],
            f"request with {options.pages} pages of a chart": lambda: [
                milliseconds(submit, with_chart(number)) for number in range(options.submits)
            ],
            "next question": lambda: [
                milliseconds(f"{address}/Questionnaire/$next-question", {**question, "id": f"answers-{number}"})
                for number in range(options.submits)
            ],
        }
        for name, ask in kinds.items():
            print(told(name, ask, process), flush=True)


def _page(own_id: str, words: str) -> Json:
    attachment = {"contentType": "text/plain", "data": b64encode(words.encode()).decode()}
    return {"resourceType": "DocumentReference", "id": own_id, "status": "current",
            "subject": {"reference": "Patient/patient-1"}, "content": [{"attachment": attachment}]}  # fmt: skip


if __name__ == "__main__":
    main()
