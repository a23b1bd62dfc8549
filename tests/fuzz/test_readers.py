"""Whatever bytes come, a reader keeps rows, names problems, or refuses in one sentence; it neither hangs nor fails."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from isocenter.errors import IsocenterError
from tests.fuzz.readers import READERS, inputs_of

COUNT = int(os.environ.get("FUZZ_INPUTS", "60"))  # of each reader; `make fuzz` reads many more
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))
_LONGEST_SECONDS = 10.0


@pytest.mark.parametrize("name", READERS)
def test_no_input_ends_in_an_exception_a_hang_or_a_lost_row(name: str) -> None:
    failures = list(_failures(name))
    assert not failures, "\n".join(failures[:20])


def _failures(name: str) -> Iterator[str]:
    for seed, file, data in inputs_of(name, FIRST_SEED, COUNT):
        with TemporaryDirectory() as folder:
            path = Path(folder) / file
            path.write_bytes(READERS[name].mutate(data, seed))
            began = time.process_time()
            try:
                READERS[name].read(path)
            except IsocenterError as told:
                if not str(told).strip() or "\n" in str(told):
                    yield f"seed {seed}, {file}: {told!r} is no sentence"
            except Exception as wrong:
                yield f"seed {seed}, {file}: {type(wrong).__name__}: {wrong}"
            seconds = time.process_time() - began
            if seconds > _LONGEST_SECONDS:
                yield f"seed {seed}, {file}: {seconds:.0f} seconds"
