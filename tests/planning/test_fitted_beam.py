"""A beam fitted to measurements gives the doses that were measured; one that cannot follow them is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isocenter.errors import UnreadableInput
from isocenter.planning.beam.beam_data import load_beam_data
from isocenter.planning.beam.measured_beam import read_measured_beam
from isocenter.planning.checks.fitted_beam import _computed, fit_beam

MEASURED = Path(__file__).parents[2].parent / "shared" / "data" / "pymedphys_mcc"
SIDES_MM = (50, 100, 150)
DEPTHS_MM = np.arange(4, 297, 4.0)
MACHINE = """name = "Machine 2"
energy_mv = {energy}
sad_mm = 1000
measured_on = 2026-03-02
[reference]
cgy_per_mu = {per_mu}
depth_mm = 100
ssd_mm = 900
[leaves]
transmission = 0.011
gap_mm = 0.6
[pdd]
ssd_mm = 900
"""


def another(beam):
    """A machine that is none of the bundled ones: softer, with more scatter from its head and fewer electrons."""
    softer = np.exp(-0.0003 * beam.depth_mm)
    return replace(
        beam,
        collision_kerma=beam.collision_kerma * softer,
        scatter_terma=beam.scatter_terma * softer,
        head_weight=0.09,
        electron_share=0.08,
        mu_per_unit=3.1,
    )


def measure(beam, folder, energy=6.0):
    """What a clinic would scan of a beam, in the files of a beam folder."""
    curves = {side: _computed(beam, side, DEPTHS_MM) for side in SIDES_MM}
    at_reference = {side: float(np.interp(100, DEPTHS_MM, curve)) for side, curve in curves.items()}
    rows = [f"{side},{at_reference[side] / at_reference[100]:.5f}" for side in SIDES_MM]
    (folder / "output_factors.csv").write_text("\n".join(["side_mm,scp", *rows]))
    depths = [",".join([f"{d:g}", *(f"{curves[s][k]:.7f}" for s in SIDES_MM)]) for k, d in enumerate(DEPTHS_MM)]
    (folder / "pdd.csv").write_text("\n".join([",".join(["depth_mm", *map(str, SIDES_MM)]), *depths]))
    per_mu = 100 * at_reference[100] / beam.mu_per_unit
    (folder / "machine.toml").write_text(MACHINE.format(energy=energy, per_mu=per_mu))
    return curves


@pytest.mark.slow
def test_the_fitted_beam_gives_what_was_measured(tmp_path):
    machine = another(load_beam_data())
    curves = measure(machine, tmp_path)
    found = fit_beam(read_measured_beam(tmp_path))
    deep = (DEPTHS_MM >= 30) & (DEPTHS_MM <= 250)
    for side in SIDES_MM:
        ratio = _computed(found, side, DEPTHS_MM) / found.mu_per_unit / (curves[side] / machine.mu_per_unit)
        assert np.abs(ratio[deep] - 1).max() < 0.015
        assert np.abs(ratio[(DEPTHS_MM >= 8) & ~deep][:5] - 1).max() < 0.03
    assert found.head_weight == pytest.approx(0.09, abs=0.02)
    assert (found.mlc_transmission, found.leaf_gap_mm) == (0.011, 0.6)
    assert "Machine 2" in found.name and "10 cm within" in found.source and "generic 6 MV" in found.source
    assert "not for treatment" in found.notice


@pytest.mark.slow
def test_measurements_that_fit_no_beam_are_refused(tmp_path):
    measure(load_beam_data(), tmp_path)
    text = (tmp_path / "output_factors.csv").read_text().splitlines()
    (tmp_path / "output_factors.csv").write_text("\n".join([text[0], "50,0.5", *text[2:]]))
    with pytest.raises(UnreadableInput, match="output factors"):
        fit_beam(read_measured_beam(tmp_path))


def test_depth_doses_that_stop_early_are_refused(tmp_path):
    measure(load_beam_data(), tmp_path)
    rows = (tmp_path / "pdd.csv").read_text().splitlines()
    (tmp_path / "pdd.csv").write_text("\n".join(rows[:32]))
    with pytest.raises(UnreadableInput, match=r"stop at 124 mm"):
        fit_beam(read_measured_beam(tmp_path))


@pytest.mark.slow
@pytest.mark.skipif(not MEASURED.is_dir(), reason="no measured depth doses are there")
def test_scans_of_a_real_machine_are_followed(tmp_path):
    for file in MEASURED.glob("*.mcc"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "output_factors.csv").write_text("side_mm,scp\n50,0.906\n100,1.0\n")
    (tmp_path / "machine.toml").write_text(MACHINE.format(energy=6.0, per_mu=0.67))
    found = fit_beam(read_measured_beam(tmp_path))
    assert "10 cm within 0." in found.source  # of both fields the doses and the output factor
