"""Writes a proposed mapping as the file that a user looks over, with what is to be decided at its head."""

import re
from typing import Any

from isocenter.files.texts import quoted
from isocenter.intake.bulk.draft import Draft
from isocenter.intake.bulk.layouts import LINE_NAMES, REQUIRED
from isocenter.terms.claims import ClaimLine


def as_toml(draft: Draft) -> str:
    """The mapping file of what is proposed."""
    lines = [
        "# Which column of the claims holds what. Take away what does not fit; a column that is not named is empty.",
        '# A column whose values need translating: setting = {column = "claim_type", values = {P = "professional"}}',
        '# One value for all lines: setting = {constant = "professional"}',
        '# By whether a column is filled: {filled = "REV_CD", then = "institutional", otherwise = "professional"}',
        '# Several columns joined: bill_type = {columns = ["facility", "class", "frequency"]}',
        "# Rows that are no lines to judge: [[leave_out]] with column, and values, below or filled.",
        "# Rows of positive units that cancel those of others: [[take_back]] with column and values.",
        *(_comment(f"To decide: {doubt}") for doubt in draft.doubts),
        *(_comment(note) for note, value in draft.head.items() if not value),
        "# date_format = '%m/%d/%Y'   # how dates are written, where they are not written as 2024-12-31",
        *(f"{name} = {quoted(value)}" for name, value in draft.head.items() if value),
        "",
        "[claim_lines]",
    ]
    names_lines = any(name in draft.lines for name in LINE_NAMES)
    for name in (*ClaimLine._fields, "modifiers", "diagnosis_pointers"):
        if name in draft.lines:
            lines.append(f"{name} = {_as_value(draft.lines[name])}")
        elif name == "setting":
            lines.append('setting = {constant = "professional"}   # or institutional; needed')
        elif name == "line_number" and not names_lines and draft.rows:
            lines.append('line_number = {constant = ""}   # no column numbers the lines: they keep their order')
        elif name in REQUIRED or (name == "line_number" and not names_lines):
            lines.append(f"# {name} = ?   # needed: which of {', '.join(map(quoted, draft.columns))}")
        elif name != "course_id":
            lines.append(f"# {name} =")
    diagnoses = ", ".join(map(quoted, draft.diagnoses))
    lines += ["", "[diagnoses]", f"columns = [{diagnoses}]   # the principal diagnosis first", ""]
    for name, values in draft.leave_out:
        lines += ["[[leave_out]]", f"column = {quoted(name)}", f"values = [{', '.join(map(quoted, values))}]", ""]
    for name, values in draft.take_back:
        lines += ["[[take_back]]", f"column = {quoted(name)}", f"values = [{', '.join(map(quoted, values))}]", ""]
    for name in draft.left_out_where_filled:
        lines += ["[[leave_out]]", f"column = {quoted(name)}", "filled = true", ""]
    return "\n".join(lines)


def _as_value(source: Any) -> str:
    if isinstance(source, dict):
        return (
            "{"
            + ", ".join(
                f"{quoted(key) if not _BARE.fullmatch(key) else key} = {_as_value(value)}"
                for key, value in source.items()
            )
            + "}"
        )
    if isinstance(source, list):
        return f"[{', '.join(map(_as_value, source))}]"
    return quoted(source)


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def _comment(text: str) -> str:
    return "# " + "".join(letter if letter.isprintable() else " " for letter in text)
