"""Tables of a policy that the program itself reads, beside its rules: the columns and numbers that each must have."""

import math

from isocenter.errors import BrokenRule
from isocenter.files.texts import shown
from isocenter.rulebook.parts import Table

SITES_OF_DIAGNOSES = "icd10_sites"
_COLUMNS = {
    "conditions": ("condition", "requirement", "label"),
    "what_is_said_of_codes": ("code", "said"),
    "usual_limits": ("structure", "measure", "at_most", "unit", "against", "source"),
    "sites": ("site",),
    SITES_OF_DIAGNOSES: ("icd10_from", "icd10_to", "site", "laterality"),
    "icd10_sides": ("pattern", "laterality"),
}
_NUMBERS = {"usual_limits": "at_most"}


def expect_what_is_read(name: str, table: Table) -> None:
    """BrokenRule where a table of this name lacks a column that the program reads, or a number in it."""
    header, rows = table
    for column in _COLUMNS.get(name, ()):
        if column not in header:
            found = ", ".join(map(shown, header))
            raise BrokenRule(f"tables/{name}.csv: the columns are {found}; expected also {column}, which reports read")
    if name in _NUMBERS:
        place = header.index(_NUMBERS[name])
        for line, row in enumerate(rows, start=2):
            if not _is_number(row[place]):
                where = f"tables/{name}.csv: line {line}: {_NUMBERS[name]}"
                raise BrokenRule(f"{where} is {row[place][:60]!r}; expected a number above 0")


def lacks_table(name: str) -> str:
    """The sentence for a policy that has no table of this name, with the columns to write where they are known."""
    columns = f"; write one with the columns {', '.join(_COLUMNS[name])}" if name in _COLUMNS else ""
    return f"the policy has no tables/{name}.csv{columns}"


def _is_number(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False
