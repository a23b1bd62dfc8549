"""How long the allocators of libraries keep memory that was freed: set before the libraries are loaded."""

import os

# The database's allocator gives back what a query freed, and the next one has the system clear the same pages again:
# a third of the system's time in a part. A worker keeps them; what its database may hold limits them as before.
_OF_WORKERS = {"DUCKDB_JE_MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1"}
# Arrow's gives back within ten milliseconds what the next batch asks for again: a twelfth of what splitting takes. To
# keep it for good would leave 300 MB with the main process while workers judge.
_OF_THE_MAIN_PROCESS = {"MIMALLOC_PURGE_DELAY": "1000"}


def keep_freed_memory() -> None:
    """Let this process keep for a second what rows of Arrow leave; to be called before Arrow is loaded."""
    _set(_OF_THE_MAIN_PROCESS)


def keep_freed_memory_in_workers() -> None:
    """Let processes that this one begins from now on keep what their databases free."""
    _set(_OF_WORKERS)


def _set(variables: dict[str, str]) -> None:
    for name, value in variables.items():
        os.environ.setdefault(name, value)  # what the user set counts
