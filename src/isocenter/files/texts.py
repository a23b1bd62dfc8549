"""Texts that come in and names of files, as a terminal, a page, YAML, a spreadsheet or Markdown can show them."""

import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path


def shown_below(files: Iterable[Path]) -> dict[str, str]:
    """Names of files as they are shown: those given from the root of the machine, from the folder they share."""
    paths = [file for file in files if file.is_absolute()]
    shared = os.path.commonpath([file.parent for file in paths]) if paths else ""
    return {str(file): shown(file.relative_to(shared)) for file in paths}


def named_within(folder: Path) -> str:
    """A folder as it was named; by its name alone where it was named from the root of the machine."""
    return shown(folder.name if folder.is_absolute() else folder)


def shown(path: Path | str) -> str:
    """A path as text that can be printed and encoded: what is no UTF-8, and every control character, escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    """Text for a terminal: control characters, which could move its cursor or hide words, become spaces."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def without_controls(text: str) -> str:
    """Text for a page: control characters, and marks that turn its order or that nobody sees, become spaces."""
    return _CONTROLS.sub(" ", text)


def json_without_controls(text: str) -> str:
    """JSON that a terminal shows as it is: letters within its strings that are not printable become escapes of JSON."""
    return _escaped(text, lambda letter: json.dumps(letter)[1:-1])


def quoted(text: str) -> str:
    """A text in the double quotes of YAML and TOML, which read the same text from it.

    What is not printable is escaped: either refuses some of it, and YAML takes some for the end of a line.
    """
    return _escaped(json.dumps(text, ensure_ascii=False), lambda letter: f"\\U{ord(letter):08x}")


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    if all(line.isprintable() for line in text.split("\n")):
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else escape(letter) for letter in text)


# By which a cell of a spreadsheet begins a formula, also in full width, behind blanks or not; or moves to another cell.
FORMULA = r"^\s*[-=+@＋－＝＠]|^[\t\r\n]"
_FORMULA = re.compile(FORMULA)


def spreadsheet_cell(text: str) -> str:
    """Text for a cell of CSV that a spreadsheet takes for text, and not for a formula, without control characters."""
    return cell_of_text(without_controls(text))


def cell_of_text(text: str) -> str:
    """A cell of CSV in which an apostrophe marks a text that a spreadsheet would take for a formula.

    text_of_cell gives the same text back.
    """
    return f"'{text}" if _FORMULA.match(text.lstrip("'")) else text


_MARKUP = re.compile(r"[\\`*\[\]<>]")


def markdown_text(text: str) -> str:
    """Text within Markdown, on one line, that stays text: no link, picture, emphasis or markup comes of it."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def text_of_cell(cell: str) -> str:
    """The text of a cell of CSV, without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell.lstrip("'")) else cell
