"""What a developer needs of an exception that was not foreseen: where in the program, and nothing of the data."""

import platform
import traceback
from pathlib import Path

_PACKAGE = Path(__file__).parent


def failure_report(mistake: BaseException, command: str) -> str:
    """The kinds of an exception and of what led to it, with the places in the program that they passed through.

    The message of the exception, names of files and values of variables are left out: they may name a person.
    """
    from importlib.metadata import version  # noqa: PLC0415  # only a failure needs it

    lines = [
        f"isocenter {version('isocenter')}, Python {platform.python_version()}, {platform.system()}",
        f"command: {command}",
    ]
    seen: BaseException | None = mistake
    while seen is not None:
        lines.append(f"{type(seen).__module__}.{type(seen).__name__}")
        lines += [
            f"  {_of_package(frame.filename)}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(seen.__traceback__)
        ]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines) + "\n"


def _of_package(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return f"isocenter/{path.relative_to(_PACKAGE).as_posix()}"
    return "/".join(path.parts[-2:])
