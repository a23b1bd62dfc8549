"""The page of a measured plan: everything a physicist looks for, from one folder of DICOM-RT."""

from pathlib import Path

import pytest

from isocenter.cli import main
from isocenter.phantoms.make import make_phantom
from tests.report.html_checks import Page, faults


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `isocenter measure` writes of a phantom with goals of which one is missed and one fits no structure."""
    folder = tmp_path_factory.mktemp("measured")
    make_phantom("c_shape", folder / "plan")
    (folder / "goals.csv").write_text(
        "structure,metric,comparison,limit,unit\nPTV_50,D95%,>=,47.5,Gy\nCore,mean,<=,1,Gy\nNowhere,mean,<=,5,Gy\n"
    )
    out = folder / "out"
    assert main(["measure", str(folder / "plan"), "--goals", str(folder / "goals.csv"), "--out", str(out)]) == 0
    return out


def test_measuring_writes_a_page_a_scorecard_the_measures_and_the_pictures(measured: Path) -> None:
    names = {path.name for path in measured.iterdir()}
    assert {"measures.html", "scorecard.csv", "measures.json", "dvh.svg", "isodose.svg", "portals.svg"} <= names


def test_the_page_shows_scorecard_pictures_portals_and_how_each_role_was_found(measured: Path) -> None:
    html = (measured / "measures.html").read_text(encoding="utf-8")
    assert faults(html) == []
    page = Page(html)
    words = page.words()
    assert "Scorecard: 1 constraint met, 1 missed, 1 not measured" in words
    for part in ("Targets", "Critical structures", "Portals", "by its name", "D95%, Gy", "Problems in the input"):
        assert part in words
    pictures = [image["src"] for image in page.named("img")]
    assert len(pictures) >= 3
    assert all(source.startswith("data:image/svg+xml;base64,") for source in pictures)


def test_each_picture_is_enlarged_by_a_link_to_itself(measured: Path) -> None:
    page = Page((measured / "measures.html").read_text(encoding="utf-8"))
    figures = [figure["id"] for figure in page.named("figure")]
    enlarging = [link["href"][1:] for link in page.named("a") if link.get("class") == "enlarge"]
    assert figures == enlarging
