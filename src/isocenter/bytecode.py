"""Compiled modules that a full disk cut short: Python keeps them, and every later import of the module fails."""

import contextlib
import traceback
from pathlib import Path


def cut_short(mistake: EOFError) -> str:
    """The sentence for an import that met such a module, whose file is removed; '' where the mistake is another one."""
    for frame, _ in traceback.walk_tb(mistake.__traceback__):
        file = frame.f_locals.get("bytecode_path")
        if frame.f_code.co_filename.startswith("<frozen importlib") and isinstance(file, str):
            return _removed(Path(file))
    return ""


def _removed(file: Path) -> str:
    what = f"the compiled module {file.name} was cut short, as a full disk leaves it"
    with contextlib.suppress(OSError):
        file.unlink()
        return f"{what}; it is removed now, run the command again"
    return f"{what}; delete it in its folder {file.parent.name} of the installed program, and run the command again"
