"""Folders among the temporary files that no other user can enter, for what is unpacked and what a library keeps."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from isocenter.files.writing import held


def private_folder(purpose: str) -> Path | None:
    """The folder of this user for a purpose, made where it is not there; None where none can be had."""
    folder = Path(tempfile.gettempdir()) / f"isocenter-{purpose}-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return folder if is_ours and os.access(folder, os.W_OK) else None


@contextlib.contextmanager
def working_folder() -> Iterator[Path]:
    """A folder for what is unpacked or laid out while it is read; it goes when the block ends.

    What a process that was killed left there, claims and charts among it, goes when the next one begins.
    """
    place = private_folder("work")
    if place is None:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    with contextlib.ExitStack() as stack:
        with _one_at_a_time(place):
            _remove_what_was_left(place)
            made = Path(tempfile.mkdtemp(dir=place))
            stack.callback(shutil.rmtree, made, ignore_errors=True)
            stack.enter_context(held(os.open(made, os.O_RDONLY)))
        yield made


@contextlib.contextmanager
def _one_at_a_time(place: Path) -> Iterator[None]:
    """Nobody takes a folder that another has made and not held yet for one that was left."""
    opened = os.open(place, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # where no locks are known nothing is removed either
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _remove_what_was_left(place: Path) -> None:
    for folder in place.iterdir():
        with contextlib.suppress(OSError):  # it is held, or gone
            opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(opened)


def settle_matplotlib() -> None:
    """Call before Matplotlib is loaded: without a home folder that it can write to it would warn at every run."""
    if os.environ.get("MPLCONFIGDIR") or (
        _can_keep("XDG_CONFIG_HOME", ".config") and _can_keep("XDG_CACHE_HOME", ".cache")
    ):
        return
    if (folder := private_folder("matplotlib")) is not None:
        os.environ["MPLCONFIGDIR"] = str(folder)


def _can_keep(variable: str, below_home: str) -> bool:
    """Whether the folder that a variable names, or the usual one below the home folder, can be written to or made."""
    with contextlib.suppress(RuntimeError, OSError):  # there may be no home folder at all
        folder = Path(os.environ.get(variable) or Path.home() / below_home) / "matplotlib"
        while not folder.exists():
            folder = folder.parent
        return folder.is_dir() and os.access(folder, os.W_OK)
    return False
