"""Writes files whole or not at all, one command at a time."""

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from isocenter.errors import UnwritableOutput
from isocenter.files.texts import shown

_FULL_DISK = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)  # of an OSError where there is no room for what is written


def is_of_a_full_disk(wrong: BaseException) -> bool:
    """Whether there was no room for what was to be written; of DuckDB's exceptions the text alone says so."""
    if isinstance(wrong, OSError):
        return wrong.errno in _FULL_DISK
    return type(wrong).__name__ == "IOException" and any(os.strerror(one) in str(wrong) for one in _FULL_DISK)


def expect_a_place_to_write(path: Path, *, is_folder: bool) -> None:
    """UnwritableOutput where a file, or a folder, cannot be written there: said before the work, not after it."""
    try:
        why = _why_not_written(path, is_folder=is_folder)
    except (OSError, ValueError) as wrong:
        why = str(getattr(wrong, "strerror", "") or wrong)
    if why:
        raise UnwritableOutput(f"{shown(path)}: cannot be written: {why}")


def _why_not_written(path: Path, *, is_folder: bool) -> str:
    if path.is_fifo() and not str(path).startswith("/dev/"):
        return "it is a pipe, which is written only while somebody reads it"
    if path.exists() and path.is_dir() is not is_folder:
        if is_folder or path.is_dir():
            return f"it is {'a file; name a folder' if is_folder else 'a folder; name a file in it'}"
        return "" if os.access(path, os.W_OK) else "permission denied"  # a file, or a device such as /dev/stdout
    folder = path if is_folder else path.parent
    nearest = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not nearest.is_dir():
        return f"{shown(nearest)} is not a folder"
    if not is_folder and nearest != folder:
        return f"there is no folder {shown(folder)}; make it first"
    return "" if os.access(nearest, os.W_OK | os.X_OK) else f"permission denied in {shown(nearest)}"


def expect_no_other_files(folder: Path, ours: re.Pattern[str] | None = None, what: str = "") -> None:
    """UnwritableOutput where a folder holds files that are not `what`, named by `ours`; without it, any file at all.

    What is written among other files would be read with them, as a part of a case. Hidden files, and what a command
    that was killed left half written, are passed over.
    """
    if not folder.is_dir():
        return
    names = sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))
    others = [name for name in names if ours is None or not ours.fullmatch(name.removesuffix(".partial"))]
    if others:
        why = f"holds {shown(others[0])}, which is not {what}" if ours else "exists and is not empty"
        raise UnwritableOutput(f"{shown(folder)}: {why}; name a new folder")


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; UnwritableOutput names it where it cannot be written."""
    with growing(path) as partial:
        partial.write_bytes(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)


@contextmanager
def growing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place when all is written and goes when anything fails."""
    if path.exists() and not path.is_file():  # such as /dev/stdout: there is nothing to put in its place
        yield path
        return
    target = path.resolve()  # through a link, not in the place of it
    partial = target.with_name(f"{target.name}.partial")
    try:
        with held(os.open(partial, os.O_RDWR | os.O_CREAT, 0o666)) as is_ours:
            if not is_ours:
                raise UnwritableOutput(f"{shown(path)}: another command is writing it; wait for it and run again")
            try:
                yield partial
                partial.replace(target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as wrong:
        raise UnwritableOutput(
            f"{shown(path)}: cannot be written ({wrong.strerror or wrong}); the partial file was removed"
        ) from None


@contextmanager
def held(opened: int) -> Iterator[bool]:
    """Whether no other command holds an open file or folder, which is held, and closed when the block ends."""
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = True
        except BlockingIOError:
            is_ours = False
        except OSError:  # a folder of a network may know no locks
            is_ours = True
        yield is_ours
    finally:
        os.close(opened)


@contextmanager
def folder_held(folder: Path) -> Iterator[None]:
    """A folder that this command alone writes to; UnwritableOutput where another does.

    It is made, and removed where nothing comes into it.
    """
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # whoever writes there says why not
        yield
        return
    try:
        with held(opened) as is_ours:
            if not is_ours:
                raise UnwritableOutput(
                    f"{shown(folder)}: another command is writing into this folder; wait for it, or name another one"
                )
            yield
    finally:
        with suppress(OSError):
            for one in made:
                one.rmdir()
