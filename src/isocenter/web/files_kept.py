"""Files under their hash: each content is kept once, and never changed."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

PARTIAL = ".partial"  # ends the name of what is not whole yet
_BLOCK = 1 << 20


def keep(blocks: Iterable[bytes]) -> tuple[str, int]:
    """Keep a content; its SHA-256 and its size in bytes. It is on disk whole before it has its name."""
    folder = settings.DATA_FOLDER / "files"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    handle, partial = tempfile.mkstemp(dir=folder, suffix=PARTIAL)
    try:
        with os.fdopen(handle, "wb") as file:
            for block in blocks:
                digest.update(block)
                size += len(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        target = path_of(digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(partial).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(partial).unlink()
        raise
    return digest.hexdigest(), size


def keep_file(path: Path) -> tuple[str, int]:
    """Keep the content of a file."""
    with path.open("rb") as file:
        return keep(iter(lambda: file.read(_BLOCK), b""))


def path_of(sha256: str) -> Path:
    """Where a content lies."""
    return Path(settings.DATA_FOLDER) / "files" / sha256[:2] / sha256


def lay_out(named: Iterable[tuple[str, str]], folder: Path) -> None:
    """Lay contents (name, SHA-256) out in a folder under their names, linked where the file system allows it."""
    for name, sha256 in named:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path_of(sha256), target)
        except OSError:
            target.write_bytes(path_of(sha256).read_bytes())
