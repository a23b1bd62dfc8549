"""Reads folders and writes files: each entry of a folder is read or named, each file is written whole or not at all."""

import errno
import fcntl
import filecmp
import hashlib
import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from isocenter.errors import UnreadableInput, UnwritableOutput
from isocenter.terms.limits import FILES, TOML_BYTES
from isocenter.terms.problems import Problem, Unread

PROGRAM = Path(__file__).parent
_FULL_DISK = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)  # of an OSError where there is no room for what is written
_COMPILED = (".pyc", ".nbi", ".nbc")  # by Python and numba, beside their sources
_RUN = "run.json"  # what a screening keeps of its run
_LEFT_BEHIND = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "dicomdir"})
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def is_of_a_full_disk(wrong: BaseException) -> bool:
    """Whether there was no room for what was to be written; of DuckDB's exceptions the text alone says so."""
    if isinstance(wrong, OSError):
        return wrong.errno in _FULL_DISK
    return type(wrong).__name__ == "IOException" and any(os.strerror(one) in str(wrong) for one in _FULL_DISK)


def files_below(folder: Path) -> tuple[list[Path], list[Problem]]:
    """Every file in a folder and its subfolders in order of their names, and what else lies there, each named.

    Hidden entries and what file managers and discs leave behind are passed over, and so are folders of a screening's
    answers. A link is read where it leads to a file of the same folder: one that leads elsewhere would bring in what
    was never part of it. UnreadableInput where there are too many files.
    """
    found: list[Path] = []
    problems: list[Problem] = []
    root = folder.resolve()
    for where, folders, names in os.walk(folder, onerror=lambda wrong: problems.append(_unreadable(wrong, folder))):
        folders[:] = sorted(name for name in folders if not _is_left_behind(name))
        if _RUN in names and _is_a_screening(Path(where, _RUN)):
            folders.clear()
            place = folder.name if Path(where) == folder else Path(where).relative_to(folder)
            problems.append(Problem(shown(place), "", "it holds the answers of a screening; it was left out"))
            continue
        for name in sorted(name for name in (*folders, *names) if not _is_left_behind(name)):
            path = Path(where, name)
            wrong = _why_not_read(path, root)
            if wrong:
                problems.append(Unread(shown(path.relative_to(folder)), "", f"{wrong}; it was left out"))
            elif not path.is_dir():
                found.append(path)
        FILES.refuse_beyond(len(found), shown(folder))
    return sorted(found), problems


def _is_left_behind(name: str) -> bool:
    """Whether an entry is hidden, or is what a file manager or a disc of images leaves in a folder."""
    return name.startswith(".") or name.lower() in _LEFT_BEHIND


def _is_a_screening(run: Path) -> bool:
    """Whether the file is what a screening keeps of its run: its answers are not read as claims again."""
    try:
        found = read_json(run)
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.keys() >= {"fingerprint", "parts", "split"}


def without_copies(files: Iterable[Path]) -> tuple[list[Path], dict[Path, Path]]:
    """The files without those that are another one byte for byte, and each such copy with the file it is of.

    A file that is there no more, or cannot be read, is kept: whoever reads it says so.
    """
    kept: list[Path] = []
    copies: dict[Path, Path] = {}
    of_size: dict[int, list[Path]] = {}
    for file in files:
        try:
            alike = of_size.setdefault(file.stat().st_size, [])
            original = next((other for other in alike if filecmp.cmp(file, other, shallow=False)), None)
        except OSError:
            kept.append(file)
            continue
        if original is None:
            alike.append(file)
            kept.append(file)
        else:
            copies[file] = original
    return kept, copies


class _State(NamedTuple):
    content: tuple[int, ...]  # of the file system: device, inode, size, time of writing
    changed_at_ns: int
    has_one_name: bool


@dataclass(frozen=True, slots=True)
class States:
    """The files of a folder, or one file, as they lay there when the reading of them began."""

    folder: Path
    state_of: dict[Path, _State]

    @classmethod
    def of(cls, files: Iterable[Path], folder: Path) -> "States":
        """The states of files that are there; `folder` is what their names are shown below, or the only file itself."""
        return cls(folder, {file: state for file in files if (state := _state_of(file))})

    def expect_the_same(self) -> None:
        """UnreadableInput where a file is another one by now: part of what was read may be of either.

        So it is where a link out of the folder was put in its place before its state was taken. One that is gone is
        passed over: it was read before, or whoever could not read it said so.
        """
        led_out = set(self._led_out())
        for file, before in self.state_of.items():
            if (now := _state_of(file)) and (file in led_out or _is_another(before, now)):
                is_below = file != self.folder and file.is_relative_to(self.folder)
                name = file.relative_to(self.folder) if is_below else file.name
                raise UnreadableInput(f"{shown(name)}: it was changed while it was being read; run again")

    def _led_out(self) -> Iterator[Path]:
        """The files below the folder whose paths lead out of it by now."""
        if self.folder == Path() or not self.folder.is_dir():
            return
        root = self.folder.resolve()
        below = [file for file in self.state_of if file.is_relative_to(self.folder)]
        is_inside = {parent: parent.resolve().is_relative_to(root) for parent in {file.parent for file in below}}
        for file in below:
            if not is_inside[file.parent] or (file.is_symlink() and not file.resolve().is_relative_to(root)):
                yield file


def _state_of(file: Path) -> _State | None:
    try:
        about = file.stat()
    except OSError:
        return None
    content = about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
    return _State(content, about.st_ctime_ns, has_one_name=about.st_nlink == 1)


def _is_another(before: _State, now: _State) -> bool:
    """Whether a file was written to, or another was put in its place.

    Whoever writes can set the time of writing back, but not the time of the change. A file that gains or loses a name
    has that time changed too, and is the same one.
    """
    kept_its_only_name = before.has_one_name and now.has_one_name
    return before.content != now.content or (kept_its_only_name and before.changed_at_ns != now.changed_at_ns)


def shown_below(files: Iterable[Path]) -> dict[str, str]:
    """Names of files as they are shown: those given from the root of the machine, from the folder they share."""
    paths = [file for file in files if file.is_absolute()]
    shared = os.path.commonpath([file.parent for file in paths]) if paths else ""
    return {str(file): shown(file.relative_to(shared)) for file in paths}


def named_within(folder: Path) -> str:
    """A folder as it was named; by its name alone where it was named from the root of the machine."""
    return shown(folder.name if folder.is_absolute() else folder)


def expect_file_or_folder(path: Path) -> None:
    """UnreadableInput where a path is neither a file nor a folder: a pipe or a device has no end."""
    if not path.exists():
        raise UnreadableInput(f"{shown(path)}: there is no such file or folder")
    if not path.is_file() and not path.is_dir():
        raise UnreadableInput(f"{shown(path)}: is {_kind(path)}; expected a file or a folder")


def text_of(path: Path) -> str:
    """The text of a file; OSError, also where it is a pipe or a device, and UnicodeDecodeError where it is no UTF-8."""
    if path.exists() and not path.is_file():
        raise OSError(f"it is {_kind(path)}")
    return path.read_text(encoding="utf-8")


def expect_a_name_in_utf8(path: Path) -> None:
    """UnreadableInput where a path is no UTF-8: the library that reads and writes tables opens no such file."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise UnreadableInput(
            f"{shown(path)}: the name is not UTF-8, and tables are not read or written there; rename it"
        ) from None


def shown(path: Path | str) -> str:
    """A path as text that can be printed and encoded: what is no UTF-8, and every control character, escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def inside(folder: Path, name: str) -> Path | None:
    """The path of a name below a folder; None where the name leads out of it."""
    try:
        target = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):
        return None
    return folder / name if target.is_relative_to(folder.resolve()) else None


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


def expect_a_place_to_write(path: Path, *, is_folder: bool) -> None:
    """UnwritableOutput where a file, or a folder, cannot be written there: said before the work, not after it."""
    try:
        why = _why_not_written(path, is_folder=is_folder)
    except (OSError, ValueError) as wrong:
        why = str(getattr(wrong, "strerror", "") or wrong)
    if why:
        raise UnwritableOutput(f"{shown(path)}: cannot be written: {why}")


def _why_not_written(path: Path, *, is_folder: bool) -> str:
    if path.is_fifo() and not str(path).startswith("/dev/"):
        return "it is a pipe, which is written only while somebody reads it"
    if path.exists() and path.is_dir() is not is_folder:
        if is_folder or path.is_dir():
            return f"it is {'a file; name a folder' if is_folder else 'a folder; name a file in it'}"
        return "" if os.access(path, os.W_OK) else "permission denied"  # a file, or a device such as /dev/stdout
    folder = path if is_folder else path.parent
    nearest = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not nearest.is_dir():
        return f"{shown(nearest)} is no folder"
    if not is_folder and nearest != folder:
        return f"there is no folder {shown(folder)}; make it first"
    return "" if os.access(nearest, os.W_OK | os.X_OK) else f"permission denied in {shown(nearest)}"


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; UnwritableOutput names it where it cannot be written."""
    with growing(path) as partial:
        partial.write_bytes(content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content)


@contextmanager
def growing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place when all is written and goes when anything fails."""
    if path.exists() and not path.is_file():  # such as /dev/stdout: there is nothing to put in its place
        yield path
        return
    target = path.resolve()  # through a link, not in the place of it
    partial = target.with_name(f"{target.name}.partial")
    try:
        with held(os.open(partial, os.O_RDWR | os.O_CREAT, 0o666)) as is_ours:
            if not is_ours:
                raise UnwritableOutput(f"{shown(path)}: another command is writing it; wait for it and run again")
            try:
                yield partial
                partial.replace(target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as wrong:
        raise UnwritableOutput(
            f"{shown(path)}: cannot be written ({wrong.strerror or wrong}); nothing was left of it"
        ) from None


@contextmanager
def held(opened: int) -> Iterator[bool]:
    """Whether no other command holds an open file or folder, which is held, and closed when the block ends."""
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = True
        except BlockingIOError:
            is_ours = False
        except OSError:  # a folder of a network may know no locks
            is_ours = True
        yield is_ours
    finally:
        os.close(opened)


@contextmanager
def folder_held(folder: Path) -> Iterator[None]:
    """A folder that this command alone writes to; UnwritableOutput where another does.

    It is made, and removed where nothing comes into it.
    """
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = os.open(folder, os.O_RDONLY)
    except OSError:  # whoever writes there says why not
        yield
        return
    try:
        with held(opened) as is_ours:
            if not is_ours:
                raise UnwritableOutput(
                    f"{shown(folder)}: another command is writing into this folder; wait for it, or name another one"
                )
            yield
    finally:
        with suppress(OSError):
            for one in made:
                one.rmdir()


_AN_EMPTY_FOLDER = "an empty folder with the name of a file; put the file itself in its place"
_ENDINGS = re.compile(r"\.(yaml|csv|parquet|xlsx|gz|zip|837|x12|json|ndjson|pdf|txt|dcm)", re.IGNORECASE)


def _named_as_a_file(path: Path) -> bool:
    return bool(_ENDINGS.fullmatch(path.suffix))


def _why_not_read(path: Path, root: Path) -> str:
    try:
        if path.is_symlink():
            target = path.resolve(strict=True)
            if not target.is_relative_to(root):
                return "a link that leads out of the folder; put the file itself in its place"
            if target.is_dir():
                return "a link to a folder; links to folders are not followed"
            path = target
        if path.is_dir():
            return _AN_EMPTY_FOLDER if _named_as_a_file(path) and not any(path.iterdir()) else ""
        return "" if path.is_file() else f"{_kind(path)}, no file"
    except (OSError, RuntimeError):
        return "a link that leads nowhere or in a circle"


def _kind(path: Path) -> str:
    mode = path.stat().st_mode
    return "a folder" if path.is_dir() else next((name for is_kind, name in _KINDS if is_kind(mode)), "no file")


def _unreadable(wrong: OSError, folder: Path) -> Problem:
    path = Path(wrong.filename or folder)
    name = shown(path.relative_to(folder)) if path.is_relative_to(folder) else shown(path.name)
    return Unread(name, "", f"the folder cannot be read ({wrong.strerror}); it was left out")


_PICTURE = "a picture; put scanned pages of a chart into a case folder beside the claims"
_JSON = "a JSON file; FHIR R4 in JSON is read by `isocenter review`, `isocenter screen` and `isocenter validate`"
_BEGINS_JSON = rb"\{\s*[\"}]|\[\s*[\[{\"\]]"
_PAGE = "a page for a browser; save it as PDF, or its table as CSV"
# Patterns of the first bytes; a note may begin with "Isaac" or "[Progress note]", not only X12 and JSON do.
_KNOWN_BEGINNINGS = (
    (rb"%PDF-", "a PDF file; `isocenter abstract` reads a chart, and `isocenter review` reads it in a case folder"),
    (rb"\x89PNG|\xff\xd8\xff|II\*\x00|MM\x00\*", _PICTURE),
    (rb"PK\x03\x04", "a zip file, Word document or Excel workbook; unpack it, or save what it holds as PDF or CSV"),
    (rb"\xd0\xcf\x11\xe0", "a file of Word or Excel before 2007; save it as PDF or CSV"),
    (rb"PAR1", "a Parquet file; `isocenter screen` and `isocenter review` read tables of claims"),
    (rb"SQLite format 3", "a database; export its table of claims as CSV or Parquet"),
    (rb"ISA[^\w\s]", "an X12 file; `isocenter screen` and `isocenter review` read claims (837)"),
    (rb"(?i:<!doctype html|<html)", _PAGE),
    (rb"<\?xml", "an XML file, which is not read; export claims as X12 837, CSV or FHIR R4 in JSON"),
    (rb"\{\\rtf", "a text in RTF; save it as PDF"),
    (_BEGINS_JSON, _JSON),
)


_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_MADE_HERE = b'<meta name="generator" content="Isocenter">'
_HEAD_BYTES = 4096
# Keys of so many names the parser takes the time of their square for.
_KEY_OF_MANY_NAMES = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){100}""")
_PLACE_IN_TOML = re.compile(r"\(at (line \d+, column \d+)\)")


def is_an_archive(path: Path) -> bool:
    """Whether a file begins as a zip, gzip, 7z, RAR, bzip2 or xz file does, or is a tar file; OSError."""
    with path.open("rb") as file:
        head = file.read(512)
    return head.startswith(_ARCHIVES) or head[257:262] == b"ustar"


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
        raise ValueError(f"byte {wrong.start + 1:,} is no letter in UTF-8; save it as UTF-8") from None
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


def is_page_of_ours(path: Path) -> bool:
    """Whether a file is a page that this program wrote: its head names the program as what made it."""
    try:
        with path.open("rb") as file:
            return _MADE_HERE in file.read(_HEAD_BYTES)
    except OSError:
        return False


def what_it_is(path: Path) -> str:
    """What a file is that was given by mistake, and what to do with it; '' where its beginning does not show it."""
    if path.exists() and not path.is_file():
        return _kind(path)
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return ""
    if head[128:132] == b"DICM":
        return "a DICOM file; `isocenter measure` reads the folder of a plan"
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begins.startswith(b"PAR1") and not head.startswith(b"PAR1"):
        return "a damaged Parquet file, with bytes before its beginning; export it again"
    found = next((what for known, what in _KNOWN_BEGINNINGS if re.match(known, begins)), "")
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head[:4]
    if not found and is_wide and re.match(_BEGINS_JSON, head.lstrip(b"\xff\xfe\x00").replace(b"\x00", b"")):
        return "a JSON file in UTF-16 or UTF-32; save it as UTF-8"
    return found


@cache
def program_digest(program: Path) -> str:
    """SHA-256 of every file of the program: answers that are kept follow from all of it, whatever version it states."""
    files = sorted(file for file in program.rglob("*") if file.is_file() and file.suffix not in _COMPILED)
    lines = (f"{file.relative_to(program)} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
