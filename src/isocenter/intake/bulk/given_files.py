"""The files among files, folders and globs that may hold tables of claims, unpacked."""

import glob
import re
from collections.abc import Iterable
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files.folders import expect_file_or_folder, files_below, without_copies
from isocenter.files.kinds import what_it_is
from isocenter.files.texts import shown
from isocenter.intake.bulk.column_names import are_of_claim_lines, columns_by_meaning
from isocenter.intake.bulk.fixed_width import with_tables_cut
from isocenter.intake.bulk.shapes import HEAD_BYTES
from isocenter.intake.fhir.resources import looks_like_fhir
from isocenter.intake.packed import Unpacked, is_packed, unpack
from isocenter.intake.x12_837 import looks_like_837
from isocenter.terms.problems import Problem, Unread, clause, worded

_NOTES = {".md", ".html", ".json", ".toml", ".png", ".pdf", ".yaml", ".yml"}
_COPY = "it is byte for byte the same as"
_NAMES_IN_JSON = re.compile(rb'"([A-Za-z][^"\\]{0,60})"\s*:')
_NO_CLAIMS = "it does not hold claims; it was left out"


def plain_files(
    files: Iterable[Path], unpacked: Path | None, problems: list[Problem], workbook_bytes: int
) -> Iterable[Unpacked]:
    """The files, with those compressed, in a workbook or of fixed width as plain ones in the folder `unpacked`."""
    parts = with_tables_cut(files, unpacked, problems, str) if unpacked else (Unpacked(file, file) for file in files)
    for plain in parts:
        file = plain.given
        with file.open("rb") as data:
            packed = is_packed(data.read(512))
        if not packed:
            yield plain
        elif unpacked is None:
            raise UnreadableInput(f"{file}: is compressed; unpack it")
        else:
            for part in unpack(file, unpacked, workbook_bytes):
                if isinstance(part, Problem):
                    problems.append(part)
                elif _is_a_note(part.file):
                    problems.append(_note(part))
                else:
                    yield part


def files_given(paths: Iterable[str], problems: list[Problem]) -> list[Path]:
    """The files at the paths, each once and without notes; UnreadableInput where a path leads to none."""
    found: list[Path] = []
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside, wrong = files_below(path)
            problems += [problem._replace(path=f"{given}/{problem.path}") for problem in wrong]
            notes = {file for file in inside if _is_a_note(file)}
            files = [file for file in inside if file not in notes]
            problems += [_note(Unpacked(file, file)) for file in sorted(notes)]
        elif path.is_file():
            files = [path]
        else:
            if path.exists():
                expect_file_or_folder(path)
            named = glob.glob(given, recursive=True)  # noqa: PTH207  # a pattern from the root is none of Path's
            files = sorted(file for name in named if (file := Path(name)).is_file())
        if not files:
            why = "there is no such file, folder of files, or pattern that fits one"
            if path.is_dir():
                left_out = "".join(f"; {shown(Path(one.path).name)}: {one.sentence}" for one in problems[:1])
                why = f"no claims are in the folder; expected Parquet, CSV, X12 837 or FHIR of claims{left_out}"
            raise UnreadableInput(f"{given}: {why}")
        found += files
    kept, copies = without_copies(dict.fromkeys(found))
    problems += [
        Problem(str(copy), "", worded("{copy} {value}; it was left out", copy=clause(_COPY), value=shown(file.name)))
        for copy, file in copies.items()
    ]
    return kept


def _is_a_note(file: Path) -> bool:
    """Whether the name of a file in a folder ends as that of a note, and the file does not begin as claims do."""
    if file.suffix.lower() not in _NOTES:
        return False
    head = head_of(file)
    return not (looks_like_fhir(head) or looks_like_837(head) or is_packed(head))


def _note(note: Unpacked) -> Problem:
    """What is said of such a file; rows of claims in JSON are claims that nobody read."""
    what = what_it_is(note.file)
    sentence = worded("it is {what}; it was left out", what=clause(what)) if what else _NO_CLAIMS
    names = {name.decode("utf-8", "replace") for name in _NAMES_IN_JSON.findall(head_of(note.file))}
    of_claims = note.file.suffix.lower() == ".json" and are_of_claim_lines(columns_by_meaning(sorted(names)))
    return (Unread if of_claims else Problem)(str(note.given), note.member, sentence)


def head_of(file: Path) -> bytes:
    """The first bytes of a file; none where it cannot be read."""
    try:
        with file.open("rb") as data:
            return data.read(HEAD_BYTES)
    except OSError:
        return b""
