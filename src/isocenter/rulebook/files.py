"""Files of a policy folder: TOML and CSV, with one sentence for what is wrong in them."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, time
from io import StringIO
from pathlib import Path
from typing import Any

from isocenter.errors import BrokenRule
from isocenter.files import structured
from isocenter.files.kinds import what_it_is
from isocenter.files.structured import text_of, why_not_opened
from isocenter.files.texts import shown
from isocenter.terms.limits import CELL_CHARACTERS, POLICY_BYTES

csv.field_size_limit(CELL_CHARACTERS.most)


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says; BrokenRule where it cannot be read."""
    try:
        return structured.read_toml(path)
    except (OSError, ValueError) as wrong:
        what = what_it_is(path)
        why = f"it is {what}" if what else why_not_opened(wrong)
        raise BrokenRule(f"{path.name}: cannot be read as TOML, lines of `name = value` ({why})") from None


def as_written(value: object) -> str:
    """A value that a TOML file states, as a sentence shows it: cut short, a day or time as it is in the file."""
    return str(value) if isinstance(value, date | time) else f"{value!r:.60}"


def read_text(path: Path) -> str:
    """The text of a file of a policy; BrokenRule where it is too large, OSError or UnicodeDecodeError as text_of."""
    found = path.stat().st_size
    if found > POLICY_BYTES.most:
        raise BrokenRule(f"{path.name}: {POLICY_BYTES.sentence(found)}")
    return text_of(path).removeprefix("\ufeff")  # which editors on Windows put before a text


def read_rows(path: Path, kind: type[Any]) -> list[dict[str, str]]:
    """Rows of a CSV file whose columns are the fields of a dataclass."""
    wanted = [field.name for field in fields(kind)]
    header, rows = read_table(path)
    expect_columns(path, header, wanted)
    return [dict(zip(wanted, row, strict=True)) for row in rows]


def expect_columns(path: Path, header: Sequence[str], wanted: Sequence[str]) -> None:
    """BrokenRule where a table has other columns than it should."""
    if list(header) != list(wanted):
        found = ", ".join(map(shown, header))
        raise BrokenRule(f"{path.name}: the columns are {found}; expected {', '.join(wanted)}")


def read_table(path: Path) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Header and rows of a CSV file; BrokenRule where a line has another number of fields."""
    try:
        rows = [tuple(row) for row in csv.reader(StringIO(read_text(path), newline=""))]
    except UnicodeDecodeError as wrong:
        raise BrokenRule(f"{path.name}: byte {wrong.start + 1:,} is not a letter in UTF-8; save it as UTF-8") from None
    except OSError as wrong:
        raise BrokenRule(f"{path.name}: cannot be read as CSV: {why_not_opened(wrong)}") from None
    except csv.Error:
        raise BrokenRule(
            f"{path.name}: a cell has more than {csv.field_size_limit():,} letters; shorten it, or close its quotation"
            " mark"
        ) from None
    if not rows:
        raise BrokenRule(f"{path.name}: the file is empty; expected a header line")
    twice = next((name for name, times in Counter(rows[0]).items() if times > 1), None)
    if twice is not None:
        raise BrokenRule(f"{path.name}: the column {shown(twice[:60])} appears twice; give each its own name")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise BrokenRule(f"{path.name}: line {number} has {len(row)} fields, the header has {len(rows[0])}")
    return rows[0], tuple(rows[1:])
