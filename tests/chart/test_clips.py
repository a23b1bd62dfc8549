"""Pictures of cited passages: cut out of PDF pages and pictures of pages, written out for text files."""

from pathlib import Path

import pytest
from PIL import Image

from isocenter.chart.pages.clips import clips_of
from isocenter.phantoms.chart_pages import write_chart
from isocenter.terms.citations import Citation

PNG = b"\x89PNG"


def cited(name: str) -> Citation:
    where = ("c1", "document_elements", "d1", "physician_review", "", name, 1, 50.0, 60.0, 200.0, 80.0)
    return Citation(*where, "Seen and examined.", 0.9, "text", True)


@pytest.mark.parametrize("kind", ["pdf", "png", "txt"])
def test_a_passage_is_shown_whatever_file_holds_it(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"note.{kind}"
    if kind == "pdf":
        write_chart(file, ["Seen and examined."])
    elif kind == "png":
        Image.new("L", (850, 1100), 240).save(file)
    else:
        file.write_text("Seen and examined.")
    clips = clips_of([cited(file.name)], {file.name: file})
    assert [clip.startswith(PNG) for clip in clips.values()] == [True]


def test_a_file_that_is_gone_or_broken_gives_no_picture(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 30)
    files = {"broken.png": broken, "gone.pdf": tmp_path / "gone.pdf"}
    assert clips_of([cited("broken.png"), cited("gone.pdf")], files) == {}
