"""Fifty reviewers at once on one workbench while two workers review: pages a second, their times, and their CPU.

    python benchmarks/workbench_load.py [--reviewers 50] [--seconds 30] [--workers 2] [--pause 2]

`isocenter serve` runs as its user starts it, the reviewers in a process of their own; each opens the queue and a
request in turn and reads for a while. Nothing may be lost: every page is answered, and every view is in the journal.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from socket import socket

REVIEWS = 200  # more than two workers get through meanwhile
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Build the workbench, serve it, and let reviewers work on it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--reviewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds that a reviewer reads a page")
    parser.add_argument("--as-reviewers", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_reviewers:
        _be_reviewers(json.loads(options.as_reviewers.read_text()))
        return
    folder = Path(tempfile.mkdtemp())
    os.environ |= {"ISOCENTER_DATA": str(folder), "ISOCENTER_HTTPS": "0"}
    os.environ.pop("DATABASE_URL", None)
    try:
        _measure(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, options: argparse.Namespace) -> None:
    number, cookies = _prepare(options.reviewers)
    from isocenter.web.models import JournalEntry, ReviewRun  # noqa: PLC0415  # once the settings are known

    views = JournalEntry.objects.filter(act__startswith="looked").count()
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "isocenter", "serve", "--port", str(port), "--workers", str(options.workers)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        time.sleep(5)  # workers have their first review
        plan = {"port": port, "number": number, "cookies": cookies, "seconds": options.seconds, "pause": options.pause}
        (folder / "reviewers.json").write_text(json.dumps(plan))
        reviewed, spent = ReviewRun.objects.count(), _cpu_seconds(server.pid)
        done = subprocess.run(
            [sys.executable, __file__, "--as-reviewers", str(folder / "reviewers.json")],
            capture_output=True,
            text=True,
            check=True,
        )
        spent = _cpu_seconds(server.pid) - spent
        reviewed = ReviewRun.objects.count() - reviewed
    finally:
        server.terminate()
        server.wait(30)
    _say(
        json.loads(done.stdout), spent, reviewed, JournalEntry.objects.filter(act__startswith="looked").count() - views
    )


def _say(taken: dict[str, list[float]], spent: float, reviewed: int, recorded: int) -> None:
    seconds, failed = taken.pop("seconds")[0], int(taken.pop("failed")[0])
    every = sorted(one for times in taken.values() for one in times)
    print(f"{len(every) / seconds:.1f} pages a second, {failed} failed; {reviewed} reviews meanwhile")
    for name, times in (("all", every), *taken.items()):
        times.sort()
        print(
            f"{name:8} median {statistics.median(times):6.0f} ms, 95th percentile {times[int(0.95 * len(times))]:6.0f}"
        )
    print(
        f"CPU of the server {1_000 * spent / len(every):.1f} ms a page; {recorded} of {len(every)} views in the journal"
    )


def _prepare(reviewers: int) -> tuple[int, list[str]]:
    """Ten thousand requests, reviews that wait, and a signed-in reviewer for each cookie."""
    from isocenter.web.serving.preparing import set_up  # noqa: PLC0415  # once the settings are known

    set_up()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    from isocenter.demo import examples_folder  # noqa: PLC0415
    from isocenter.phantoms.make import make_phantom  # noqa: PLC0415
    from isocenter.web.intake.receiving import open_request, receive_folder  # noqa: PLC0415
    from isocenter.web.models import Person  # noqa: PLC0415
    from workbench import client_of, fill  # noqa: PLC0415

    number = fill()
    person = Person.objects.get(username="uploader")
    with tempfile.TemporaryDirectory() as temporary:
        case = Path(temporary) / "case"
        shutil.copytree(examples_folder() / "left_breast_coding", case)
        make_phantom("c_shape", case / "plan")
        received = receive_folder(case)
    for _ in range(REVIEWS):
        open_request(received, person, priority="standard")
    return number, [client_of("nurse", f"nurse{place}").cookies["sessionid"].value for place in range(reviewers)]


def _be_reviewers(plan: dict) -> None:
    """Every reviewer in a thread; the times of pages by their kind, in ms, as JSON."""
    taken: dict[str, list[float]] = {"queue": [], "request": [], "failed": [0], "seconds": [plan["seconds"]]}
    addresses = {"queue": "/", "request": f"/requests/{plan['number']}"}
    until = time.perf_counter() + plan["seconds"]

    def work(cookie: str, place: int) -> None:
        pause = threading.Event()
        pause.wait(plan["pause"] * place / len(plan["cookies"]))
        connection = http.client.HTTPConnection("127.0.0.1", plan["port"], timeout=120)
        while time.perf_counter() < until:
            for name, address in addresses.items():
                began = time.perf_counter()
                connection.request("GET", address, headers={"Cookie": f"sessionid={cookie}", "Accept-Encoding": "gzip"})
                answer = connection.getresponse()
                answer.read()
                taken[name].append(1_000 * (time.perf_counter() - began))
                taken["failed"][0] += answer.status != 200
                pause.wait(plan["pause"])

    threads = [threading.Thread(target=work, args=one) for one in zip(plan["cookies"], range(10_000), strict=False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(taken))


def _cpu_seconds(pid: int) -> float:
    """CPU of the server and of the processes that answer pages beside it, without those that review."""
    family = {pid}
    for task in Path(f"/proc/{pid}/task").iterdir():
        family |= {int(child) for child in (task / "children").read_text().split()}
    spent = 0
    for one in family:
        with suppress(OSError):
            if one == pid or "--only-work" not in Path(f"/proc/{one}/cmdline").read_text():
                fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
                spent += int(fields[11]) + int(fields[12])
    return spent / _TICKS


def _wait_for(port: int) -> None:
    for _ in range(240):
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
            return
        time.sleep(0.25)
    raise SystemExit("the workbench does not answer")


if __name__ == "__main__":
    main()
