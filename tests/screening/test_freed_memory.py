"""What libraries keep of freed memory is set before they are loaded, and a user's own setting counts."""

import os
import subprocess
import sys

import pytest

_SCRIPT = """
import os, sys
from isocenter.cli import main
assert main.__module__
from isocenter.screening.freed_memory import keep_freed_memory
keep_freed_memory()
assert "pyarrow" not in sys.modules, "its allocator has looked at the environment already"
import pyarrow
print(os.environ["MIMALLOC_PURGE_DELAY"], pyarrow.default_memory_pool().backend_name)
"""


@pytest.mark.parametrize(("set_by_the_user", "expected"), [(None, "1000"), ("20", "20")])
def test_the_allocator_of_rows_keeps_what_was_freed_for_a_second(set_by_the_user: str | None, expected: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MIMALLOC_PURGE_DELAY"}
    if set_by_the_user:
        environment["MIMALLOC_PURGE_DELAY"] = set_by_the_user
    found = subprocess.run([sys.executable, "-c", _SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split()[0] == expected
