"""Texts, TOML and JSON out of files, and in a few words why they cannot be read."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from isocenter.files.kinds import kind_of
from isocenter.terms.limits import TOML_BYTES


def text_of(path: Path) -> str:
    """The text of a file; OSError, also where it is a pipe or a device, and UnicodeDecodeError where it is no UTF-8."""
    if path.exists() and not path.is_file():
        raise OSError(f"it is {kind_of(path)}")
    return path.read_text(encoding="utf-8")


# Keys of so many names the parser takes the time of their square for.
_KEY_OF_MANY_NAMES = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){100}""")
_PLACE_IN_TOML = re.compile(r"\(at (line \d+, column \d+)\)")


def why_not_opened(wrong: Exception) -> str:
    """Why a file cannot be read, in words, without the number of the system's error and the path."""
    return (wrong.strerror if isinstance(wrong, OSError) else "") or str(wrong)


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says; ValueError, in a few words, where it says nothing that can be read; OSError."""
    if path.stat().st_size > TOML_BYTES.most:
        raise ValueError(TOML_BYTES.sentence(path.stat().st_size))
    try:
        text = text_of(path)
    except UnicodeDecodeError as wrong:
        raise ValueError(f"byte {wrong.start + 1:,} is not a letter in UTF-8; save it as UTF-8") from None
    return parse_toml(text.removeprefix("\ufeff"))  # which editors on Windows put before a text


def parse_toml(text: str) -> dict[str, Any]:
    """What a text in TOML says; ValueError, in a few words, where it says nothing that can be read."""
    if _KEY_OF_MANY_NAMES.search(text):
        raise ValueError("it is nested too deeply")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except tomllib.TOMLDecodeError as wrong:
        place = _PLACE_IN_TOML.search(str(wrong))
        at = place[1] if place else "the end"
        raise ValueError(f"not TOML at {at}; expected `name = value`, texts in double quotes") from None
    except ValueError:
        raise ValueError("it holds a number of thousands of digits") from None


def read_json(path: Path) -> Any:
    """What a JSON file holds; ValueError, in a few words, where it holds nothing that can be read; OSError."""
    return parse_json(text_of(path))


def parse_json(text: str | bytes) -> Any:
    """What a text in JSON holds; ValueError, in a few words, where it holds nothing that can be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
