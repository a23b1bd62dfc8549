"""Pages of picture files: their shades, their limits, and what damage costs them."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin, TiffTags

from isocenter.chart.pages import ocr, picture_files
from isocenter.chart.pages.picture_files import pages_of_picture
from isocenter.errors import UnreadableInput

_INK, _PAPER = 20, 230
_MOST = 5_000


def _sheet(ink_from: int = 10) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    """A page of shape (60, 80) with a stroke of ink four pixels wide."""
    sheet = np.full((60, 80), _PAPER, np.uint8)
    sheet[20:40, ink_from : ink_from + 4] = _INK
    return sheet


def _transparent(sheet: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> Image.Image:
    """Black ink on nothing, as a signature or a stamp is kept."""
    colors = np.zeros((*sheet.shape, 4), np.uint8)
    colors[..., 3] = np.where(sheet == _INK, 255, 0)
    return Image.fromarray(colors)


def _several(path: Path, pages: int) -> Path:
    sheets = [Image.fromarray(_sheet(5 * page)) for page in range(pages)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:])
    return path


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("plain.png", Image.fromarray(_sheet())),
        ("16 bits.png", Image.fromarray(_sheet().astype(np.uint16) * 200 + 3_000)),
        ("12 bits.tif", Image.fromarray(_sheet().astype(np.uint16) * 16)),
        ("shares.tif", Image.fromarray(_sheet().astype(np.float32) / 255)),
        ("32 bits.tif", Image.fromarray(_sheet().astype(np.int32) * 10_000)),
        ("on nothing.png", _transparent(_sheet())),
        ("on nothing.tif", _transparent(_sheet())),
        ("with a palette.png", _transparent(_sheet()).quantize(4)),
        ("black and white.tif", Image.fromarray(_sheet()).convert("1", dither=Image.Dither.NONE)),
        ("to print.tif", Image.fromarray(_sheet()).convert("CMYK")),
    ],
)
def test_ink_stays_dark_and_paper_light_whatever_the_shades(tmp_path: Path, name: str, picture: Image.Image) -> None:
    picture.save(tmp_path / name)
    ((number, gray),) = pages_of_picture(tmp_path / name, name, _MOST, 80)
    assert number == 1
    assert not isinstance(gray, str)
    assert gray.shape == (60, 80)
    assert gray[20:40, 10:14].max() < 60
    assert gray[45:].min() > 200


def test_a_file_that_is_cut_short_anywhere_names_what_is_missing(tmp_path: Path) -> None:
    whole, cut = _several(tmp_path / "whole.tif", 3), tmp_path / "cut.tif"
    data = whole.read_bytes()
    for length in {*range(8, len(data), 211), *range(len(data) - 200, len(data) - 10, 3)}:
        cut.write_bytes(data[:length])
        try:
            read = dict(pages_of_picture(cut, "cut.tif", _MOST, 80))
        except UnreadableInput as wrong:
            assert "broken" in str(wrong)
            continue
        named = [page for page in read.values() if isinstance(page, str)]
        assert named or len(read) == 3, length


@pytest.mark.parametrize("is_big", [False, True])
@pytest.mark.parametrize("leads_to", ["nothing", "the first page", "itself"])
def test_a_chain_of_pages_that_ends_early_or_leads_back_is_named(tmp_path: Path, leads_to: str, is_big: bool) -> None:
    path = tmp_path / "chart.tif"
    sheets = [Image.fromarray(_sheet(5 * page)) for page in range(5)]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], big_tiff=is_big)
    assert [number for number, _ in pages_of_picture(path, "chart.tif", _MOST, 80)] == [1, 2, 3, 4, 5]
    data = bytearray(path.read_bytes())
    number, entry, start, count = ("<Q", 20, 8, "<Q") if is_big else ("<I", 12, 4, "<H")
    tables, leads = [], start
    while (table := struct.unpack_from(number, data, leads)[0]) and len(tables) < 2:
        tables.append(table)
        leads = table + struct.calcsize(count) + struct.unpack_from(count, data, table)[0] * entry
    struct.pack_into(number, data, leads, {"nothing": 0, "the first page": tables[0], "itself": tables[1]}[leads_to])
    path.write_bytes(data)
    *pages, (last, said) = pages_of_picture(path, "chart.tif", _MOST, 80)
    assert [number for number, _ in pages] == [1, 2]
    assert (last, said) == (0, "the file is damaged behind page 2, and pages may be missing; scan it again")


def test_a_picture_that_a_page_keeps_of_itself_is_no_page(tmp_path: Path) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[330] = 8  # which is patched below to lead to the second table
    info.tagtype[330] = TiffTags.LONG
    path = tmp_path / "chart.tif"
    sheets = [Image.fromarray(_sheet()), Image.fromarray(_sheet()).resize((20, 15))]
    sheets[0].save(path, save_all=True, append_images=sheets[1:], tiffinfo=info)
    data = bytearray(path.read_bytes())
    table = struct.unpack_from("<I", data, 4)[0]
    entries = range(table + 2, table + 2 + 12 * struct.unpack_from("<H", data, table)[0], 12)
    below = next(at for at in entries if struct.unpack_from("<H", data, at)[0] == 330)
    data[below + 8 : below + 12], data[entries.stop : entries.stop + 4] = (
        data[entries.stop : entries.stop + 4],
        bytes(4),
    )
    path.write_bytes(data)
    assert [number for number, _ in pages_of_picture(path, "chart.tif", _MOST, 80)] == [1]


def test_pages_beyond_the_most_and_those_that_take_too_long_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = _several(tmp_path / "given.tif", 4)
    assert list(dict(pages_of_picture(given, "given.tif", 4, 80))) == [1, 2, 3, 4]
    read = dict(pages_of_picture(given, "given.tif", 2, 80))
    assert list(read) == [1, 2, 0]
    assert "more than 2 pages" in str(read[0])
    monkeypatch.setattr(picture_files, "_SECONDS_OF_A_FILE", -1)
    read = dict(pages_of_picture(given, "given.tif", 4, 80))
    assert list(read) == [1, 0]
    assert "the pages after page 1 were not read" in str(read[0])


def test_a_picture_that_takes_more_than_a_page_may_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (6_000, 6_000)).save(tmp_path / "given.png")
    monkeypatch.setattr(picture_files, "_SECONDS_OF_A_PAGE", 0.01)
    with pytest.raises(UnreadableInput, match=r"given\.png: reading the picture takes more time or memory"):
        list(pages_of_picture(tmp_path / "given.png", "given.png", _MOST, 80))


def test_a_picture_is_recognized_once_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(ocr, "words_of_picture", lambda picture, _: seen.append(int(picture.sum())) or [])
    recognition = ocr.Recognition()
    for sheet in (_sheet(), _sheet(), _sheet(30), _sheet().T, _sheet()):
        recognition.words_of(sheet, 1.0)
    assert len(seen) == 3


def test_a_long_narrow_picture_is_given_to_the_library_with_white_beside_it() -> None:
    strip = np.zeros((10, 2_000), np.uint8)
    wider = ocr._no_strip(strip)
    assert wider.shape[1] == 2_000
    assert wider.shape[0] * 1_280 / 2_000 >= 32  # below which the library refuses it
    assert (wider[:10] == 0).all()
    assert (wider[10:] == 255).all()
    assert ocr._no_strip(_sheet()).shape == (60, 80)
