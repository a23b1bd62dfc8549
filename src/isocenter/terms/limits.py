"""What is too large to be what it says it is: every limit on what is read, each with its sentence.

No real case comes near them. They keep a damaged or hostile file from taking the machine; docs/robustness.md says which
inputs below them were measured, and which take more than two gigabytes of memory.
"""

from dataclasses import dataclass

from isocenter.errors import UnreadableInput


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of something that is read, and what to do about more."""

    most: int
    of: str  # what is counted, and of what
    advice: str

    def refuse_beyond(self, found: float, where: str = "") -> None:
        """UnreadableInput, which names the place where one is given, where more was found than is read."""
        if found > self.most:
            raise UnreadableInput(f"{where}: {self.sentence(found)}" if where else self.sentence(found))

    def sentence(self, found: float) -> str:
        """What was found, what is read, and what to do."""
        return f"{found:,} {self.of}; at most {self.most:,} are read; {self.advice}"


_DAMAGED = "the file is damaged, or is not what it says; export it again"

FILES = Limit(50_000, "files in one folder", "name a folder that holds fewer")
TABLE_BYTES = Limit(200_000_000, "bytes in one table of a case", "review large files by `isocenter screen`")
TABLE_ROWS = Limit(1_000_000, "rows in one table of a case", "review large files by `isocenter screen`")
TOML_BYTES = Limit(1_000_000, "bytes in one TOML file", "name the file of `name = value` lines")
POLICY_BYTES = Limit(20_000_000, "bytes in one file of a policy", "divide it, or leave out what no rule reads")
FHIR_BYTES = Limit(200_000_000, "bytes in one FHIR file", "review large files by `isocenter screen`")
FHIR_NAMED = Limit(
    100_000,
    "patients, coverages and providers in bulk files of FHIR",
    "members are named by the ids of their patients, and coverages and providers stay open; screen fewer at a time",
)
FHIR_CONDITIONS = Limit(
    FHIR_NAMED.most,
    "patients, coverages, providers and Conditions in bulk files of FHIR",
    "diagnoses that are references to Conditions stay open; screen fewer at a time",
)
FHIR_VALUES = Limit(5_000_000, "values in one FHIR file", "review large files by `isocenter screen`")
ROWS_IN_A_BYTE = Limit(10, "rows for each byte of a Parquet file", _DAMAGED)  # lines of claims differ
VALUES_IN_A_ROW = Limit(1_000, "values in each row of a list", _DAMAGED)  # on average; a claim has a dozen diagnoses
VALUES_IN_A_BYTE = Limit(100, "values of lists for each byte of a Parquet file", _DAMAGED)
ROW_GROUPS = Limit(5_000, "row groups in one Parquet file", "write it again with some 100,000 rows in each group")
SAMPLE_CHARACTERS = Limit(100_000_000, "characters in its first rows", "export only the columns of the claims")
COLUMNS = Limit(5_000, "columns in one table", _DAMAGED)
CELL_CHARACTERS = Limit(1_000_000, "characters in one cell", _DAMAGED)
LINE_CHARACTERS = Limit(20_000_000, "characters in one line", _DAMAGED)
TEXT_CHARACTERS = Limit(100_000, "characters in one value", "shorten the text, or keep it in a document")
LINES_OF_A_CELL = Limit(1_000, "lines in one quoted cell", "close its quotation mark")
LINES_THAT_ARE_NO_ROWS = Limit(200_000, "lines that are not rows of its table, more than those that are", _DAMAGED)
PROBLEMS_OF_A_FILE = Limit(1_000, "mistakes in one file", "the file may be of another kind; correct its first lines")
PACKED_FILES = Limit(2_000, "files in one archive", "unpack it, and name the folder")
FILES_OF_AN_ARCHIVE = Limit(100_000, "files in one archive", "it is not an exported request; export it again")
ARCHIVE_BYTES = Limit(10_000_000_000, "bytes once unpacked", "it is not an exported request; export it again")
SHEETS = Limit(2_000, "sheets in one workbook", "save those that hold the claims as CSV")
UNPACKED_BYTES = Limit(1_000_000_000, "bytes once unpacked", _DAMAGED)
SHEET_COLUMNS = Limit(16_384, "columns of a sheet", _DAMAGED)  # Excel has no more
SHEET_ROWS = Limit(1_048_576, "rows of a sheet", _DAMAGED)  # nor more of these
SHEET_CELLS = Limit(30_000_000, "cells between the first and the last of a sheet", _DAMAGED)
DICOM_BYTES = Limit(1_000_000_000, "bytes in one DICOM file", _DAMAGED)
DICOM_ITEMS = Limit(1_000_000, "items of sequences in one DICOM file", _DAMAGED)  # a contour takes one or two
DOSE_POINTS = Limit(200_000_000, "points in one grid", _DAMAGED)
DOSE_GY = Limit(100_000, "Gy as the highest dose", "its scaling is wrong; export it again")
CONTOUR_POINTS = Limit(5_000_000, "points in the contours of one structure set", _DAMAGED)
GRID_MM = Limit(10_000, "mm from the first to the last plane of a grid", _DAMAGED)
POSITION_MM = Limit(1_000, "mm from the beam axis as the place of a leaf or jaw", _DAMAGED)

HIGHEST_ORDER_GY = 200.0  # above every prescription in use, radiosurgery of function among them
