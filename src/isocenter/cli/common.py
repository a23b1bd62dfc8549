"""What several commands share: days, policies, passages, and how the terminal is written to."""

import argparse
import os
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.errors import UnreadableInput
from isocenter.files import expect_file_or_folder
from isocenter.terms.limits import HIGHEST_ORDER_GY

if TYPE_CHECKING:
    from isocenter.rulebook.citations import Passages
    from isocenter.rulebook.rulebook import Rulebook

# Each command imports its rooms when it runs: the others' libraries would make every start slow.
# ruff: noqa: PLC0415


def day_of(text: str) -> date:
    """The day that an option names; argparse says what is wrong with it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-01-31") from None


def days_of(text: str) -> int:
    """A number of days from 1 to 365."""
    if not text.isdecimal() or not 1 <= int(text) <= 365:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to 365")
    return int(text)


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
    path = Path(text)
    if path.exists():
        try:
            expect_file_or_folder(path)
        except UnreadableInput as wrong:
            raise argparse.ArgumentTypeError(str(wrong)) from None
    return path


def page_file(text: str) -> Path:
    """A file to write a page to: its name ends in .html."""
    return _file_of(text, (".html", ".htm"), "a page is written as .html")


def letter_file(text: str) -> Path:
    """A file to write a letter to: its name says whether as HTML or as PDF."""
    return _file_of(text, (".html", ".htm", ".pdf"), "a letter is written as .html or .pdf")


def _file_of(text: str, suffixes: tuple[str, ...], sentence: str) -> Path:
    path = Path(text)
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
