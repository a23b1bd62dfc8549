"""Claims that several tests look at, made once."""

import csv
from importlib.resources import files
from pathlib import Path

import pytest

from isocenter.synthesis.synthesize import Recipe, synthesize
from tests.synthesis.claims import Claims


def made(folder: Path, recipe: Recipe) -> Claims:
    synthesize(folder, recipe)
    return Claims.read(folder)


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    """Nothing planted; one course in five overlaps another."""
    return made(tmp_path_factory.mktemp("clean"), Recipe(courses=250, seed=2, violations=0, overlapping=0.2))


@pytest.fixture(scope="session")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    """Every plain course of IMRT has a violation."""
    return made(tmp_path_factory.mktemp("spoiled"), Recipe(courses=450, seed=11, violations=1))


@pytest.fixture(scope="session")
def violation_list() -> list[dict[str, str]]:
    """The rows of violations.csv."""
    text = (files("isocenter.synthesis") / "violations.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
