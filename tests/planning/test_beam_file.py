"""Beam files of users: what no photon beam has is named by its key, and none passes as one to treat with."""

import json
from pathlib import Path

import pytest

import isocenter.planning
from isocenter.errors import UnreadableInput
from isocenter.planning.beam.beam_data import load_beam_data

BUNDLED = Path(isocenter.planning.__file__).parent / "beams" / "generic_6mv.json"


def written(tmp_path, change):
    given = json.loads(BUNDLED.read_text())
    change(given)
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(given))
    return file


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{}", "lacks head_scatter; expected beam data"),
        ("[1]", "has no table of names and values"),
        ("\x00", "not JSON"),
        ("7", "has no table"),
    ],
)
def test_a_file_that_is_no_beam_model_is_named(tmp_path, content, what):
    file = tmp_path / "mine.json"
    file.write_text(content)
    with pytest.raises(UnreadableInput, match=what):
        load_beam_data(file)


def put(*keys, value):
    def change(given):
        for key in keys[:-1]:
            given = given[key]
        given[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (put("energy_mv", value=-6), "energy_mv is -6; expected a number from 1 to 50"),
        (put("energy_mv", value="six"), "energy_mv is 'six'"),
        (put("energy_mv", value=True), "energy_mv is True"),
        (put("mlc_transmission", value=1.5), "mlc_transmission is 1.5; expected a number from 0 to 0.2"),
        (put("mu_per_unit_fluence", value=0), "mu_per_unit_fluence is 0"),
        (put("head_scatter", "weight", value=float("nan")), "head_scatter.weight is nan"),
        (put("head_scatter", value=3), "head_scatter is not a table"),
        (put("leaves", "leaf_gap_mm", value=-1), "leaves.leaf_gap_mm is -1"),
        (put("name", value=7), "name is 7; expected a text"),
        (put("depth_mm", 3, value=1.0), "depth_mm does not rise"),
        (put("depth_mm", 3, value=float("inf")), "depth_mm holds a number that is not"),
        (put("collision_kerma_cm2_per_g", value=[0.02]), "collision_kerma_cm2_per_g is not a list of 22 numbers"),
        (put("scatter_terma_cm2_per_g", 0, value=-0.1), "scatter_terma_cm2_per_g holds a number"),
        (put("pencil", "kernels_per_cm2", value=[[1.0]]), "pencil.kernels_per_cm2 is not a list of 3 x 90 numbers"),
        (put("cones", value=[]), "cones is not a list"),
        (put("cones", 2, "primary_share", value=-0.1), r"cones\[2\].primary_share is -0.1"),
        (put("compensator", "transmission", 0, value=2), "compensator.transmission holds a number"),
    ],
)
def test_a_value_that_no_beam_has_is_named_by_its_key(tmp_path, change, what):
    with pytest.raises(UnreadableInput, match=f"mine.json: {what}"):
        load_beam_data(written(tmp_path, change))


@pytest.mark.parametrize("notice", ["", "the beam of room 2, commissioned 2025"])
def test_a_users_beam_says_that_it_is_not_for_treatment_and_whose_file_it_is(tmp_path, notice):
    beam = load_beam_data(written(tmp_path, put("notice", value=notice)))
    assert beam.notice.startswith(notice) and beam.notice.endswith("not a commissioned model, not for treatment")
    assert beam.source.startswith("file mine.json (SHA-256 ")


def test_a_notice_that_says_so_is_kept(tmp_path):
    assert load_beam_data(written(tmp_path, lambda _: None)).notice == load_beam_data().notice
