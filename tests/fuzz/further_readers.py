"""Readers of charts, of what is written by hand, and of what a server is told, for the fuzzer."""

import io
import json
import math
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from reportlab.pdfgen.canvas import Canvas

from isocenter.chart.abstract import abstract
from isocenter.chart.chart_json import as_json_shape
from isocenter.fhir.clients.authentication import Clients
from isocenter.fhir.structures.definitions import Definitions
from isocenter.fhir.validation import validate_file
from isocenter.files.texts import printable
from isocenter.intake.bulk.layouts import read_mapping
from isocenter.intake.dose_table import read_dose_table
from isocenter.intake.ptw_mcc import read_mcc
from isocenter.planning.beam.measured_beam import read_measured_beam
from isocenter.planning.objective.goals import read_goals
from isocenter.report.abstraction_text import abstraction_as_text
from tests.fuzz import samples, structured
from tests.fuzz.reader import Reader
from tests.fuzz.structured import either


@cache
def _chart() -> dict[str, bytes]:
    drawn = io.BytesIO()
    canvas = Canvas(drawn, invariant=1, pageCompression=0)
    for number, line in enumerate(samples.NOTE.splitlines()):
        canvas.drawString(50, 760 - 14 * number, line)
    canvas.showPage()
    canvas.save()
    return {"note.txt": samples.NOTE.encode(), "chart.pdf": drawn.getvalue()}


def _read_chart(file: Path) -> None:
    found = abstract([(file, file.name)], Path(str(files("isocenter"))) / "policies" / "imrt", processes=1)
    assert found.pages or found.problems
    json.dumps(as_json_shape(found)).encode()
    assert printable(abstraction_as_text(found))


def _read_goals(file: Path) -> None:
    for goal in read_goals(file):
        assert math.isfinite(goal.limit)


def _read_mapping(file: Path) -> None:
    assert read_mapping(file, samples.MAPPED).read_columns


def _read_clients(file: Path) -> None:
    assert Clients.read(file, "https://example.org/token")


def _read_beam(file: Path) -> None:
    for name, data in samples.beams().items():
        if name != file.name:
            (file.parent / name).write_bytes(data)
    beam = read_measured_beam(file.parent)
    assert np.isfinite(beam.tpr).all()
    assert np.isfinite(beam.scp).all()


def _read_measured(file: Path) -> None:
    points = (read_mcc if file.suffix == ".mcc" else read_dose_table)(file)
    assert np.isfinite(points.dose).all()


def _profiled() -> dict[str, bytes]:
    return {Path(name).name: data for name, data in samples.profiled().items()}


def _validate(file: Path) -> None:
    """Check a resource by a profile; one of the two is mutated."""
    package = file.parent / "package"
    package.mkdir()
    for name, data in _profiled().items():
        whole = file.read_bytes() if name == file.name else data
        (package / name if name == "p.json" else file.parent / name).write_bytes(whole)
    for issue in validate_file(file.parent / "patient.json", Definitions.of(package)):
        assert printable(issue.line())


FURTHER_READERS = {
    "chart": Reader(_chart, _read_chart, either(structured.chart)),
    "goals": Reader(samples.goals, _read_goals, either(structured.table)),
    "mapping": Reader(samples.mapping, _read_mapping, either(structured.toml)),
    "beams": Reader(samples.beams, _read_beam, either(structured.table_or_toml)),
    "measured doses": Reader(samples.measured_doses, _read_measured, either(structured.table_or_text)),
    "profiles": Reader(_profiled, _validate, either(structured.requests)),
    "clients": Reader(samples.clients, _read_clients, either(structured.requests)),
}
