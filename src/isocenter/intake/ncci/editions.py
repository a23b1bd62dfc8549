"""Which quarter a published table of edits is of, and for whose claims, recognized by its names and its title."""

import re
from datetime import date
from typing import NamedTuple

# Version 32.2 of the pair tables is that of the third quarter of 2026.
_PAIRS_VERSION = re.compile(r"cci(?:pra|oph)-v(\d{2})([0-3])r(\d)", re.IGNORECASE)
_QUARTER = re.compile(r"(20\d\d)[-_ ]?q([1-4])(?:_(\d+))?", re.IGNORECASE)
_FIRST_DAY = re.compile(r"eff[a-z]*[-_ .:]*(\d{1,2})[-/](\d{1,2})[-/](20\d\d)", re.IGNORECASE)
_SETTINGS = (
    ("dme", re.compile(r"dme|supplier", re.IGNORECASE)),
    ("institutional", re.compile(r"ccioph|hospital|facility|outpatient", re.IGNORECASE)),
    ("professional", re.compile(r"ccipra|practitioner|physician", re.IGNORECASE)),
)


class Edition(NamedTuple):
    """The first day on which a table is in force (None when nothing says it), and its revision."""

    first_day: date | None
    revision: int = 0

    def __str__(self) -> str:
        if self.first_day is None:
            return "edition unknown"
        revised = f", revision {self.revision}" if self.revision else ""
        return f"{self.first_day.year} quarter {self.first_day.month // 3 + 1}{revised}"

    def is_older_than(self, other: "Edition") -> bool:
        """Whether another edition of the same table replaces this one."""
        return (self.first_day or date.min, self.revision) < (other.first_day or date.min, other.revision)


def edition_of(*texts: str) -> Edition:
    """The edition that the first of these texts to name one names."""
    for text in texts:
        if found := _PAIRS_VERSION.search(text):
            version, quarter, revision = map(int, found.groups())
            return Edition(date(1994 + version, 3 * quarter + 1, 1), revision)
        if found := _FIRST_DAY.search(text):
            month, day, year = map(int, found.groups())
            try:
                return Edition(date(year, month, day))
            except ValueError:
                continue
        if found := _QUARTER.search(text):
            return Edition(date(int(found[1]), 3 * int(found[2]) - 2, 1), int(found[3] or 0))
    return Edition(None)


def setting_of(*texts: str) -> str:
    """Whose claims a table is for, by the first text that says so: professional, institutional or dme; else ''."""
    for text in texts:
        for setting, pattern in _SETTINGS:
            if pattern.search(text):
                return setting
    return ""
