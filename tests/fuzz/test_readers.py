"""Whatever bytes come, a reader keeps rows, names problems, or refuses in one sentence; it neither hangs nor fails."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from isocenter.errors import IsocenterError
from tests.fuzz.limits import ALARM_SECONDS, LONGEST_SECONDS, StillRunning, no_longer_than
from tests.fuzz.reader import Reader
from tests.fuzz.readers import READERS, inputs_of

COUNT = int(os.environ.get("FUZZ_INPUTS", "60"))  # of each reader; `make fuzz` reads many more
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))


@pytest.mark.parametrize("name", READERS)
def test_no_input_ends_in_an_exception_a_hang_or_a_lost_row(name: str) -> None:
    failures = list(_failures(name))
    assert not failures, "\n".join(failures[:20])


def _failures(name: str, count: int = COUNT, alarm_seconds: int = ALARM_SECONDS) -> Iterator[str]:
    for seed, file, data in inputs_of(name, FIRST_SEED, count):
        with TemporaryDirectory() as folder:
            path = Path(folder) / file
            path.write_bytes(READERS[name].mutate(data, seed))
            began = time.process_time()
            try:
                with no_longer_than(alarm_seconds):
                    READERS[name].read(path)
            except IsocenterError as told:
                if not str(told).strip() or "\n" in str(told):
                    yield f"seed {seed}, {file}: {told!r} is no sentence"
            except StillRunning as hanging:
                yield f"seed {seed}, {file}: {hanging}"
            except Exception as wrong:
                yield f"seed {seed}, {file}: {type(wrong).__name__}: {wrong}"
            seconds = time.process_time() - began
            if seconds > LONGEST_SECONDS:
                yield f"seed {seed}, {file}: {seconds:.0f} seconds"


def test_a_read_that_never_returns_is_a_failure_with_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path) -> None:
        while path:
            try:
                time.sleep(0.01)
            except Exception:  # a reader's own, which must not take the alarm for a file that cannot be read
                continue

    monkeypatch.setitem(READERS, "hanging", Reader(lambda: {"a.csv": b"a"}, read))
    failures = list(_failures("hanging", count=1, alarm_seconds=1))
    assert [f"seed {FIRST_SEED}, a.csv: still in" in failure for failure in failures] == [True]
