"""What several commands share: days, policies, passages, and how the terminal is written to."""

import argparse
import errno
import math
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.errors import UnreadableInput, UnwritableOutput
from isocenter.files.folders import expect_file_or_folder
from isocenter.files.kinds import is_page_of_ours
from isocenter.files.texts import printable, shown
from isocenter.files.writing import expect_a_place_to_write, folder_held
from isocenter.terms.limits import HIGHEST_ORDER_GY

if TYPE_CHECKING:
    from isocenter.rulebook.citations import Passages
    from isocenter.rulebook.rulebook import Rulebook
    from isocenter.terms.problems import Problem

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


_FARTHEST_MM = 10_000
_NO_PATH = (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)


def day_of(text: str) -> date:
    """The day that an option names; argparse says what is wrong with it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-01-31") from None


def place_of(text: str) -> float:
    """A coordinate in mm: a finite number within what any scanner spans."""
    try:
        place_mm = float(text)
    except ValueError:
        place_mm = math.nan
    if not abs(place_mm) <= _FARTHEST_MM:
        raise argparse.ArgumentTypeError(f"{text!r} is not a place in mm from -{_FARTHEST_MM} to {_FARTHEST_MM}")
    return place_mm


def whole_number(text: str, what: str, least: int, most: int) -> int:
    """A whole number within bounds; argparse says what was given in its place."""
    if not text.isdecimal() or len(text) > 9 or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a {what} from {least} to {most}")
    return int(text)


def days_of(text: str) -> int:
    """A number of days from 1 to 365."""
    return whole_number(text, "number of days", 1, 365)


def count_of(text: str) -> int:
    """A number of things, from none to a million."""
    return whole_number(text, "number", 0, 1_000_000)


def processes_of(text: str) -> int:
    """A number of processes from 1 to 64."""
    return whole_number(text, "number of processes", 1, 64)


def percent_of(text: str) -> float:
    """A share in percent, from 0 to 100."""
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number in percent from 0 to 100")
    return percent


def dose_of(text: str) -> float:
    """A prescribed dose in Gy: above 0 and within what is ever prescribed."""
    try:
        dose_gy = float(text)
    except ValueError:
        dose_gy = 0.0
    if not 0 < dose_gy <= HIGHEST_ORDER_GY:
        raise argparse.ArgumentTypeError(f"{text!r} is not a dose in Gy above 0 and up to {HIGHEST_ORDER_GY:g}")
    return dose_gy


def given_path(text: str) -> Path:
    """A file or folder to read: a pipe or a device, which has no end, is refused."""
    path = _path_of(text)
    if path.exists():
        try:
            expect_file_or_folder(path)
        except UnreadableInput as wrong:
            raise argparse.ArgumentTypeError(str(wrong)) from None
    return path


def name_of(text: str) -> str:
    """A name that is not empty: `.` would be taken for it, as where a variable of a shell is not set."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty; write the name of a file or folder")
    return text


def _path_of(text: str) -> Path:
    """A text as a path that the system can be asked about."""
    name_of(text)
    path = Path(text)
    try:
        path.stat()
    except (OSError, ValueError) as wrong:  # that nothing is there yet is for the command to say
        if not isinstance(wrong, OSError) or wrong.errno in _NO_PATH:
            why = wrong.strerror if isinstance(wrong, OSError) else wrong
            raise argparse.ArgumentTypeError(f"{shown(text[:80])}: {why}") from None
    return path


def folder_to_write(text: str) -> Path:
    """A folder to write to; whether it can be is asked before the command runs, see `expect_places_to_write`."""
    return _path_of(text)


def file_to_write(text: str) -> Path:
    """A file to write, asked about likewise."""
    return _path_of(text)


def expect_places_to_write(options: argparse.Namespace) -> None:
    """UnwritableOutput where one of the files or folders that a command is to write cannot be written."""
    taken: dict[Path, str] = {}
    for name, is_folder in options.writes:
        path = getattr(options, name)
        if path is None:
            continue
        expect_a_place_to_write(path, is_folder=is_folder)
        if not is_folder and (path.is_file() or not path.exists()):  # several may go to a device
            other = taken.setdefault(path.resolve(), name)
            if other != name:
                both = " and ".join(f"--{one.replace('_', '-')}" for one in (other, name))
                raise UnwritableOutput(f"{shown(path)}: {both} would be written to one file; name a file for each")
            _expect_nothing_that_is_read(path, options)


def _expect_nothing_that_is_read(path: Path, options: argparse.Namespace) -> None:
    """UnwritableOutput where a file to write is one that the command reads; a page that it wrote before may be."""
    if not path.is_file() or is_page_of_ours(path):
        return
    written = {name for name, _ in options.writes}
    for name, value in vars(options).items():
        for given in value if isinstance(value, list) else [value]:
            if name not in written and isinstance(given, str | Path) and _holds(given, path):
                raise UnwritableOutput(f"{shown(path)}: cannot be written: this command reads it; name another file")


def _holds(given: str | Path, path: Path) -> bool:
    """Whether a path is this file, or a folder that it lies in; a text that is no path is neither."""
    with suppress(OSError, ValueError):
        place = Path(given)
        if place.is_dir():
            return bool(str(given)) and path.resolve().is_relative_to(place.resolve())
        return place.is_file() and place.samefile(path)
    return False


@contextmanager
def folders_held(options: argparse.Namespace) -> Iterator[None]:
    """Let no other command write to the folders of this one meanwhile; UnwritableOutput where one does.

    Files of two commands would lie among each other. A screening sees to it itself.
    """
    with ExitStack() as stack:
        for name, is_folder in options.writes:
            path = getattr(options, name)
            if is_folder and path is not None and not getattr(options, "holds_its_folder", False):
                stack.enter_context(folder_held(path))
        yield


def outputs_of(command: argparse.ArgumentParser) -> list[tuple[str, bool]]:
    """The options of a command that name what it writes, each with whether it is a folder."""
    kinds = (folder_to_write, file_to_write, page_file, letter_file)
    return [(one.dest, one.type is folder_to_write) for one in command._actions if one.type in kinds]


def page_file(text: str) -> Path:
    """A file to write a page to: its name ends in .html."""
    return _file_of(text, (".html", ".htm"), "a page is written as .html")


def letter_file(text: str) -> Path:
    """A file to write a letter to: its name says whether as HTML or as PDF."""
    return _file_of(text, (".html", ".htm", ".pdf"), "a letter is written as .html or .pdf")


def _file_of(text: str, suffixes: tuple[str, ...], sentence: str) -> Path:
    path = _path_of(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder; name a file in it")
    is_device = path.exists() and not path.is_file()  # such as /dev/stdout
    if path.suffix.lower() not in suffixes and not is_device:
        raise argparse.ArgumentTypeError(f"{text!r}: {sentence}")
    return path


def passages_of(path: Path | None, rulebook: "Rulebook") -> "Passages | None":
    """The passages of a copy of the policy text; None where no copy is named."""
    from isocenter.rulebook.citations import Passages

    return Passages.read(path, rulebook.sections) if path else None


def say_stage(stage: str) -> None:
    """Say on standard error what is being done."""
    print(f"isocenter: {stage}", file=sys.stderr, flush=True)


def say_problems(problems: "Sequence[Problem]") -> None:
    """Say on standard error what could not be read; of a flood of one kind the first, with the count."""
    from isocenter.terms.problems import gathered

    for problem in gathered(problems):
        where = ", ".join(part for part in (problem.path, problem.place) if part)
        print(printable(f"! {where}: {problem.sentence}"), file=sys.stderr)


def shows_colors() -> bool:
    """Whether standard output is a terminal that shows colors, and nobody asked for none (see no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """How many characters a line of the terminal holds, at most 120."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def load_policies(options: argparse.Namespace) -> "list[Rulebook]":
    """The policies that the options name, with the readings they choose."""
    from isocenter.rulebook.readings import read_chosen_readings
    from isocenter.rulebook.rulebook import load_policies

    chosen = read_chosen_readings(options.readings) if options.readings else ()
    return load_policies(options.policy, chosen, f"set in {options.readings.name}" if options.readings else "")
