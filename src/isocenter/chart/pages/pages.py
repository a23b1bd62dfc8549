"""The pages of a chart: PDF by its letters, else by recognition; text and pictures likewise."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from isocenter.chart.pages import ocr, text_layer
from isocenter.chart.pages.apart import DidNotReturn, run_apart
from isocenter.chart.pages.beside_text import beside_the_pages, comments, is_hidden, typed_texts
from isocenter.chart.pages.layout import Box, Cell, Row, Word, rows_in_reading_order, without_line_below
from isocenter.chart.pages.pdf_damage import damaged_parts, has_emptied_stretch
from isocenter.chart.pages.picture_files import pages_of_picture
from isocenter.chart.pages.scanned import is_garbled, is_scanned
from isocenter.chart.pages.struck import without_struck
from isocenter.chart.pages.visible import without_unseen
from isocenter.errors import UnreadableInput
from isocenter.files.kinds import what_it_is
from isocenter.terms.problems import Problem, Unread

LARGEST_FILE_BYTES = 2_000_000_000
MOST_PAGES = 5_000
_LARGEST_TEXT_BYTES = 20_000_000
_DOTS_PER_INCH = 150
_LARGEST_SIDE_PIXELS = 2_600
_FARTHEST_SIDES = 10  # of a page, from its corner to a word that belongs to it
_LINES_OF_A_PAGE = 66
_MANY_STRUCK = 0.5  # share of the words of a page
_PAGES_AT_ONCE = 8
_SECONDS_OF_A_PAGE = 15  # of the processor; most pages take a hundredth of one
_SECONDS_OF_A_FURTHER_PAGE = 2
_PAGES_WITHOUT_END = 2  # of one file, after which its other pages are not read
_WITHOUT_END = "takes more time or memory than a page may"
_PAGES_FOR_TWO_PROCESSES = 17  # below, a second process takes longer to start than it saves
# A note may begin with "BMI"; the bytes of a bitmap that are not in use are zero.
_PICTURE = re.compile(rb"\x89PNG|\xff\xd8\xff|II\*\x00|MM\x00\*|BM.{4}\x00{4}|GIF8[79]a", re.DOTALL)
_NAMED_FOR = {
    ".pdf": "PDF",
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif"), "picture"),
}

Progress = Callable[[str, int, int], None]


class ReadBy(StrEnum):
    """How the letters of a page were read."""

    TEXT = "text"
    RECOGNITION = "recognition"
    NOTHING = "nothing"


class Page(NamedTuple):
    """One page of a file, counted from 1, with its rows in the order of reading."""

    file: str
    number: int
    width_pt: float
    height_pt: float
    rows: tuple[Row, ...]
    read_by: ReadBy


def looks_like_chart(head: bytes, suffix: str) -> bool:
    """Whether a file is a PDF or a picture by its first bytes, or plain text by its name."""
    return is_pdf(head) or is_picture(head) or suffix.lower() == ".txt"


def is_pdf(head: bytes) -> bool:
    """Whether a file is a PDF by its first bytes; some senders put bytes of their own before the mark."""
    return b"%PDF-" in head[:1024]


def is_picture(head: bytes) -> bool:
    """Whether a file is a picture of a page by its first bytes."""
    return _PICTURE.match(head) is not None


def read_pages(
    path: Path, shown: str = "", progress: Progress | None = None, processes: int | None = None
) -> Iterator[Page | Problem]:
    """Pages of one file in their order, and a problem for each page that could not be read.

    `progress` is called with the file, the pages done and all pages. Raises UnreadableInput when nothing of the file can be read.
    """
    shown = shown or path.name
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as wrong:
        raise UnreadableInput(f"{shown}: cannot be read ({wrong.strerror})") from None
    if not size:
        raise UnreadableInput(f"{shown}: the file is empty; send it again")
    if size > LARGEST_FILE_BYTES:
        raise UnreadableInput(f"{shown}: {size} bytes; a chart file holds at most {LARGEST_FILE_BYTES}; split it")
    if is_pdf(head):
        yield from _pages_of_pdf(path, shown, progress, processes)
    elif is_picture(head):
        yield from _pages_of_picture(path, shown)
    else:
        yield from _pages_of_text(path, shown)


def page_count(path: Path, shown: str = "") -> int:
    """Number of pages of a PDF; UnreadableInput where it cannot be opened."""
    shown = shown or path.name
    try:
        return run_apart(_SECONDS_OF_A_PAGE, partial(_count, path.absolute(), shown))
    except DidNotReturn:
        raise UnreadableInput(f"{shown}: opening the PDF {_WITHOUT_END}; print or send it again") from None


def _count(path: Path, shown: str) -> int:
    document = _open(path, shown)
    try:
        return len(document)
    finally:
        document.close()


def _open(path: Path, shown: str) -> Any:
    import pypdfium2  # noqa: PLC0415  # loads a library that a case without a chart does not need

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as wrong:
        if "password" in str(wrong).lower():
            raise UnreadableInput(f"{shown}: the PDF is locked by a password; save it without one") from None
        raise UnreadableInput(f"{shown}: the PDF is broken and could not be opened; print or send it again") from None
    if not len(document):
        document.close()
        raise UnreadableInput(f"{shown}: the PDF has no pages; send it again")
    return document


def _pages_of_pdf(path: Path, shown: str, progress: Progress | None, processes: int | None) -> Iterator[Page | Problem]:
    count = page_count(path, shown)
    if count > MOST_PAGES:
        yield Unread(shown, "", f"{count} pages; the first {MOST_PAGES} were read; split the file to read the rest")
    parts = damaged_parts(path)
    if parts.damaged:
        verb = "is" if parts.damaged == 1 else "are"
        lost = f"{parts.damaged} of {parts.checked} compressed parts of the PDF {verb} damaged"
        yield Unread(shown, "", f"{lost}, and text or pictures of its pages may be missing; send the file again")
    if has_emptied_stretch(path):
        sentence = (
            "there are zeros where the PDF should hold text, and pages or fonts may be missing; send the file again"
        )
        yield Unread(shown, "", sentence)
    last = min(count, MOST_PAGES)
    starts = range(1, last + 1, _PAGES_AT_ONCE)
    tasks = [(start, min(start + _PAGES_AT_ONCE - 1, last)) for start in starts]
    done = 0
    for some in _in_processes(_Reading(path, shown), tasks, processes):
        for item in some:
            if isinstance(item, Page):
                done += 1
            yield item
        if progress:
            progress(shown, min(done, last), last)


class _Reading:
    """Reads pages of one file apart: a page that does not end is named, and after some such pages the others too."""

    def __init__(self, path: Path, shown: str) -> None:
        self._path, self._shown = path, shown
        self._without_end = 0
        self._recognition = ocr.Recognition()

    def __call__(self, pages: tuple[int, int]) -> list[Page | Problem]:
        """Pages from the first to the last of a pair, each or the problem with it."""
        first, last = pages
        if self._without_end >= _PAGES_WITHOUT_END:
            why = "it was not read, because reading other pages of the file did not end; print it alone"
            return [item for number in range(first, last + 1) for item in _not_read(self._shown, number, why)]
        seconds = _SECONDS_OF_A_PAGE + _SECONDS_OF_A_FURTHER_PAGE * (last - first)
        try:
            read = partial(_read_some, self._path.absolute(), self._shown, pages, recognizes=ocr.is_installed())
            found = run_apart(seconds, read)
        except DidNotReturn:
            if first < last:
                return [item for number in range(first, last + 1) for item in self((number, number))]
            self._without_end += 1
            return _not_read(self._shown, first, f"reading it {_WITHOUT_END}; print the page or send it again")
        return [self._recognized(item) if isinstance(item, _Scanned) else item for item in found]

    def _recognized(self, scanned: "_Scanned") -> Page:
        words = self._recognition.words_of(scanned.picture, 1 / scanned.pixels_a_point)
        return scanned.page._replace(rows=rows_in_reading_order(words), read_by=ReadBy.RECOGNITION)


class _Scanned(NamedTuple):
    """A page without letters, as a gray picture of shape (height, width) with so many pixels a point."""

    page: Page
    picture: Any
    pixels_a_point: float


def _not_read(shown: str, number: int, why: str) -> list[Page | Problem]:
    return [Page(shown, number, 612.0, 792.0, (), ReadBy.NOTHING), Unread(shown, f"page {number}", why)]


def _in_processes(
    read: _Reading, tasks: list[tuple[int, int]], processes: int | None
) -> Iterator[list[Page | Problem]]:
    pages = tasks[-1][1]
    # Two pages whose letters are recognized at a time take more than 1 GB together.
    several = pages >= _PAGES_FOR_TWO_PROCESSES and (os.cpu_count() or 1) > 1 and not ocr.is_installed()
    usual = 2 if several else 1
    wanted = max(1, min(processes or usual, len(tasks)))
    if wanted == 1:
        yield from map(read, tasks)
        return
    with ThreadPoolExecutor(wanted) as pool:
        yield from pool.map(read, tasks)


def _read_some(path: Path, shown: str, pages: tuple[int, int], *, recognizes: bool) -> list[Page | _Scanned | Problem]:
    document = _open(path, shown)
    items: list[Page | _Scanned | Problem] = []
    try:
        with contextlib.suppress(Exception):
            document.init_forms()
        if pages[0] == 1:
            items += [Unread(shown, "", sentence) for sentence in beside_the_pages(document)]
        for number in range(pages[0], pages[1] + 1):
            items += _read_one(document, shown, number, recognizes=recognizes)
    finally:
        document.close()
    return items


def _read_one(document: Any, shown: str, number: int, *, recognizes: bool) -> list[Page | _Scanned | Problem]:
    import pypdfium2  # noqa: PLC0415

    empty = Page(shown, number, 612.0, 792.0, (), ReadBy.NOTHING)
    try:
        page = document[number - 1]
        width, height = page.get_size()
        empty = empty._replace(width_pt=width, height_pt=height)
        text = text_layer.text_of(page, width, height)
        filled = [*_form_words(page, height), *_typed_words(page, height)]
        remarks = comments(page)
        farthest_pt = _FARTHEST_SIDES * max(width, height)
        near = text._replace(
            words=[word for word in text.words if _is_near(word.box, farthest_pt)],
            across=[row for row in text.across if _is_near(row.box, farthest_pt)],
        )
        seen, unseen = without_unseen(page, near, width, height)
        drawn = seen.words
        seen, struck = without_struck(page, seen, width, height)
        filled_near = [word for word in filled if _is_near(word.box, farthest_pt)]
        words = [*seen.words, *filled_near]
        scanned = is_scanned(page, [*drawn, *filled_near], width, height)
    except (pypdfium2.PdfiumError, ValueError, OverflowError):
        return [empty, Unread(shown, f"page {number}", "the page is broken and was not read; send it again")]
    problems: list[Page | _Scanned | Problem] = []
    stated = _words_of(text) + len(filled)
    if lost := stated - _words_of(near) - len(filled_near):
        sentence = f"{lost} of {stated} words are far off the page and were not read; print the page or send it again"
        problems.append(Unread(shown, f"page {number}", sentence))
    if unseen:
        sentence = (
            f"not used, because a reader of the page cannot see them: {unseen} of {_words_of(near)} words (hidden, covered,"
            " or of the color of the paper); look at the page"
        )
        problems.append(Unread(shown, f"page {number}", sentence))
    if struck:
        sentence = f"not used, because a drawn line strikes them out: {struck} of {_words_of(near)} words"
        sentence += "; look at the page" if struck > _MANY_STRUCK * _words_of(near) else ""
        problems.append(Problem(shown, f"page {number}", sentence))
    if remarks:
        sentence = f"what covers the page was not read ({remarks}); print the page with its comments or look at it"
        problems.append(Unread(shown, f"page {number}", sentence))
    garbled = is_garbled(words)
    if not scanned and not garbled:
        rows = (*rows_in_reading_order(words), *seen.across)
        return [Page(shown, number, width, height, rows, ReadBy.TEXT), *problems]
    if garbled:
        sentence = "its fonts do not say which letters they show"
        sentence += "; it was read by recognition" if recognizes else f" and {ocr.MISSING}; it was not read"
        problems.append((Problem if recognizes else Unread)(shown, f"page {number}", sentence))
    if not recognizes:
        if not garbled:
            problems.append(Unread(shown, f"page {number}", f"a scanned page, not read: {ocr.MISSING}"))
        return [empty, *problems]
    scale = min(_DOTS_PER_INCH / 72, _LARGEST_SIDE_PIXELS / max(width, height, 1.0))
    picture = page.render(scale=scale, grayscale=True).to_numpy()
    picture = picture[:, :, 0] if picture.ndim == 3 else picture
    return [_Scanned(empty, picture.copy(), scale), *problems]


def _words_of(text: text_layer.PageText) -> int:
    return len(text.words) + sum(len(row.words) for row in text.across)


def _is_near(box: Box, farthest_pt: float) -> bool:
    """Whether a box lies on a page or near it; a number that is not finite lies nowhere."""
    return all(-farthest_pt <= edge <= farthest_pt for edge in box)


def _form_words(page: Any, height: float) -> list[Word]:
    """What was filled into the fields of a form: text, and boxes with whether they are ticked."""
    import ctypes  # noqa: PLC0415

    from pypdfium2 import raw  # noqa: PLC0415

    form = page.formenv
    count = raw.FPDFPage_GetAnnotCount(page)
    if not form or not count:
        return []
    words: list[Word] = []
    for index in range(min(count, 2_000)):
        note = raw.FPDFPage_GetAnnot(page, index)
        try:
            kind = raw.FPDFAnnot_GetFormFieldType(form, note)
            rect = raw.FS_RECTF()
            if kind < 0 or is_hidden(raw, note) or not raw.FPDFAnnot_GetRect(note, ctypes.byref(rect)):
                continue
            box = Box(rect.left, height - rect.top, rect.right, height - rect.bottom)
            if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
                words.append(
                    Word("☒" if raw.FPDFAnnot_IsChecked(form, note) else "☐", box, max(box.bottom - box.top, 1.0))
                )
            elif kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
                words += _words_in_box(_field_value(raw, form, note), box)
        finally:
            raw.FPDFPage_CloseAnnot(note)
    return words


def _typed_words(page: Any, height: float) -> list[Word]:
    return [word for typed in typed_texts(page, height) for word in _words_in_box(typed.text, typed.box)]


def _field_value(raw: Any, form: Any, note: Any) -> str:
    import ctypes  # noqa: PLC0415

    length = min(raw.FPDFAnnot_GetFormFieldValue(form, note, None, 0), 20_000)
    buffer = ctypes.create_string_buffer(max(length, 2))
    raw.FPDFAnnot_GetFormFieldValue(form, note, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw[: max(length - 2, 0)].decode("utf-16-le", "replace")


def _words_in_box(text: str, box: Box) -> list[Word]:
    lines = [line for line in text.replace("\r", "\n").split("\n") if line.strip()]
    words: list[Word] = []
    if not lines:
        return words
    high = min((box.bottom - box.top) / len(lines), 14.0)
    for row, line in enumerate(lines):
        step = min((box.right - box.left) / max(len(line), 1), 0.6 * high)
        top = box.top + row * (box.bottom - box.top) / len(lines)
        for part in re.finditer(r"\S+", line):
            left = box.left + part.start() * step
            words.append(Word(part.group(), Box(left, top, left + len(part.group()) * step, top + high), high))
    return words


def _pages_of_picture(path: Path, shown: str) -> Iterator[Page | Problem]:
    if not ocr.is_installed():
        yield Page(shown, 1, 612.0, 792.0, (), ReadBy.NOTHING)
        yield Unread(shown, "page 1", f"a picture of a page, not read: {ocr.MISSING}")
        return
    recognize = ocr.Recognition()
    for number, gray in pages_of_picture(path, shown, MOST_PAGES, _LARGEST_SIDE_PIXELS):
        if not number:
            yield Unread(shown, "", str(gray))
        elif isinstance(gray, str):
            yield from _not_read(shown, number, gray)
        else:
            high, wide = gray.shape
            points = 72.0 * 11.0 / max(high, wide)
            rows = rows_in_reading_order(recognize.words_of(gray, points))
            yield Page(shown, number, wide * points, high * points, rows, ReadBy.RECOGNITION)


def _pages_of_text(path: Path, shown: str) -> Iterator[Page | Problem]:
    """Pages of plain text: a form feed ends one, else every 66 lines."""
    if path.stat().st_size > _LARGEST_TEXT_BYTES:
        raise UnreadableInput(f"{shown}: a text of more than {_LARGEST_TEXT_BYTES} bytes; split it")
    data = path.read_bytes()
    if named_for := _NAMED_FOR.get(path.suffix.lower()):
        found = what_it_is(path) or "plain text, or damaged"
        raise UnreadableInput(f"{shown}: not a {named_for}, although its name says so: it is {found}; send it again")
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        found = what_it_is(path) or "not a PDF, picture or text"
        raise UnreadableInput(f"{shown}: {found}; export the chart as PDF")
    if found := what_it_is(path):
        raise UnreadableInput(f"{shown}: {found}; a chart is read from PDF, picture or plain text files")
    text = _decoded(data)
    number = 0
    for sheet in text.split("\f"):
        lines = sheet.splitlines()
        for start in range(0, max(len(lines), 1), _LINES_OF_A_PAGE):
            number += 1
            some = lines[start : start + _LINES_OF_A_PAGE]
            rows = tuple(row for at, line in enumerate(some) if (row := _row_of_text(line, at)) is not None)
            yield Page(shown, number, 612.0, 792.0, rows, ReadBy.TEXT)


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _row_of_text(line: str, at: int) -> Row | None:
    cells: list[Cell] = []
    for part in re.finditer(r"\S+(?: \S+)*", line.expandtabs(8).replace("|", "   ")[:2_000]):
        words = tuple(
            without_line_below(Word(found.group(), _text_box(at, part.start() + found.start(), found.group()), 10.0))
            for found in re.finditer(r"\S+", part.group())
        )
        cells.append(Cell(words))
    return Row(tuple(cells)) if cells else None


def _text_box(line: int, column: int, text: str) -> Box:
    return Box(36.0 + 6.0 * column, 36.0 + 11.0 * line, 36.0 + 6.0 * (column + len(text)), 46.0 + 11.0 * line)
