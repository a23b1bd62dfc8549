"""Folders among the temporary files that nobody else can write to, for what a library keeps between runs."""

import contextlib
import os
import stat
import tempfile
from pathlib import Path


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
