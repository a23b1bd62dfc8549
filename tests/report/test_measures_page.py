"""The page of a measured plan: everything a physicist looks for, from one folder of DICOM-RT."""

import re
from pathlib import Path

import pydicom
import pytest

from isocenter.cli import main
from isocenter.phantoms.knobs import Delivery, Person
from isocenter.phantoms.make import make_phantom
from isocenter.report.measure_words import in_words, is_worded
from isocenter.terms.measures import MEASURES
from isocenter.terms.plans import PlanMeasure
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


def test_the_terminal_names_measures_in_words(measured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(measured.parent / "plan")]) == 0
    said = capsys.readouterr().out
    assert not re.search(r"[a-z]+_[a-z]+(_[a-z]+)* [\d.,-]+", said)
    assert "in the target's concavity" in said
    assert "field 1: spread of intensity" in said
    assert "spacing of the dose grid" in said


def test_files_that_contradict_each_other_in_their_patient_are_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jane = Person("DOE", "JANE", "M-1")
    made = make_phantom("sphere", tmp_path, spacing_mm=6, delivery=Delivery(fractions=0), person=jane)
    changed = pydicom.dcmread(made.structures)
    changed.PatientBirthDate = "19610304"
    changed.save_as(made.structures)
    assert main(["measure", str(tmp_path)]) == 0
    first, *_, last = capsys.readouterr().out.strip().splitlines()
    assert first.startswith("problem: RS.dcm PatientBirthDate: 1 file states the birth date 1961-03-04")
    assert "PatientBirthDate" not in last


def test_measures_of_several_plans_are_under_their_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_phantom("sphere", tmp_path, spacing_mm=6, delivery=Delivery(fractions=0))
    boost = pydicom.dcmread(made.plan)
    boost.SOPInstanceUID, boost.RTPlanLabel = "1.2.3", "boost"
    boost.FractionGroupSequence[0].NumberOfFractionsPlanned = 3
    boost.save_as(tmp_path / "boost.dcm")
    assert main(["measure", str(tmp_path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert {"sphere:", "boost:"} <= set(said)
    assert sum(line.startswith("Solid ") for line in said) == 1


def test_every_measure_of_evidence_has_its_words() -> None:
    assert [name for name in MEASURES if not is_worded(name)] == []
    near = PlanMeasure("P", "PTV", "Cord", "", "surface_within_10mm_percent", 4.8, "%")
    assert in_words(near) == "within 10 mm 4.8 % of its surface"
