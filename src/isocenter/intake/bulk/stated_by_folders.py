"""Folders that state of all claims in them what a column would say, such as status=denied."""

from collections.abc import Iterator, Sequence

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown
from isocenter.intake.bulk.column_names import are_of_claim_lines, columns_by_meaning, days_taken_back, status_columns
from isocenter.intake.bulk.proposing import deciding_columns
from isocenter.intake.bulk.row_flags import flag_columns
from isocenter.intake.bulk.row_states import is_kept, values_left_out
from isocenter.intake.bulk.shapes import NAME_SHOWN
from isocenter.intake.packed import Unpacked


class StatedByAFolder(UnreadableInput):
    """Claims of which a folder states what they do not say themselves."""


def refuse_columns_of_folders(file: Unpacked, columns: Sequence[str], *, is_of_claims: bool) -> None:
    """StatedByAFolder where a folder of a table states for all rows what a column of claims would say."""
    if not is_of_claims and not are_of_claim_lines(columns_by_meaning(columns)):
        return
    known = {column.casefold() for column in columns}
    for folder, stated, _ in _statements(file):
        if stated.casefold() not in known and (columns_by_meaning([stated]) or deciding_columns([stated])):
            raise StatedByAFolder(
                f"{file.name}: its folder {shown(folder[:NAME_SHOWN])} states a column of the table that is not in the"
                " file; write the file with this column"
            )


def refuse_states_of_folders(file: Unpacked) -> None:
    """StatedByAFolder where a folder says of claims of X12 or FHIR that they may bill nothing.

    What else a folder may say of them, as their payer, they say themselves.
    """
    for folder, stated, value in _statements(file):
        names = [stated]
        is_state = bool(status_columns(names)) and (values_left_out(stated, [value]) or not is_kept(stated, value))
        if is_state or flag_columns(names) or days_taken_back(names):
            raise StatedByAFolder(
                f"{file.name}: its folder {shown(folder[:NAME_SHOWN])} states of the claims what the file does not say;"
                " keep the claims that count in a folder that states nothing"
            )


def _statements(file: Unpacked) -> Iterator[tuple[str, str, str]]:
    """The folders above a file that state a value, each with the name of what it states, and the value."""
    for folder in (*file.given.parent.parts, *file.member.split("/")[:-1]):
        stated, is_stated, value = folder.partition("=")
        if is_stated:
            yield folder, stated, value
