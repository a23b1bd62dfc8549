"""The files of a measured beam: what is read of them, and what is wrong with one."""

from pathlib import Path

import pytest

from isocenter.errors import UnreadableInput
from isocenter.planning.beam.measured_beam import read_measured_beam, read_measured_beams

MEASURED = Path(__file__).parents[2].parent / "shared" / "data" / "pymedphys_mcc"


@pytest.mark.parametrize(
    ("written", "instead", "what"),
    [
        ("sad_mm = 1000", "sad_mm = 100", r"sad_mm is 100; expected 500 to 2000 mm"),
        ("cgy_per_mu = 0", "cgy_per_mu = 80", r"cgy_per_mu is 80.*expected 0.1 to 5 cGy"),
        ("depth_mm = 100", "depth_mm = 10", r"reference.depth_mm is 10; expected 11 to 400 mm"),
        ("depth_mm = 100", "depth_mm = 310", r"2.5 to 297.5 mm, without the reference depth of 310 mm"),
        ("transmission = 0.015", "transmission = 1.5", "leaves.transmission is 1.5; expected 0 to 0.2"),
        ("energy_mv = 6", "energy_mv = 6000", "energy_mv is 6000"),
        ("gap_mm = 1.0", "gap_mm = nan", "leaves.gap_mm is nan"),
        ("measured_on = 2026-03-02", 'measured_on = "March"', "measured_on is 'March'; expected a day without quotes"),
        ("measured_on = 2026-03-02", "measured_on = 2026", "measured_on is 2026; expected a day"),
    ],
)
def test_a_value_in_another_unit_is_named(beam_folder, tmp_path, written, instead, what):
    for own in beam_folder.iterdir():
        (tmp_path / own.name).write_bytes(own.read_bytes())
    machine = tmp_path / "machine.toml"
    machine.write_text(machine.read_text().replace(written, instead, 1))
    with pytest.raises(UnreadableInput, match=what):
        read_measured_beam(tmp_path)


@pytest.mark.parametrize(
    ("file", "content", "what"),
    [
        ("output_factors.csv", "side_mm,scp\n5,0.9\n10,1\n15,1.05", "largest side is 15 mm; expected sides in mm"),
        ("output_factors.csv", "side_mm,scp\n50,90.6\n100,100\n", "scp of the reference field of 10 cm is 100"),
        ("off_axis.csv", "radius_mm,ratio\n0,100\n50,101\n", "ratios from 0.3 to 2"),
        ("machine.toml", "energy_mv = ", "cannot be read as TOML"),
        ("machine.toml", "energy_mv = 6", "lacks the table"),
        ("output_factors.csv", "side_mm,scp\n50,x\n", "not a table of numbers"),
        ("output_factors.csv", "side,scp\n50,1\n100,1\n", "needs the columns"),
        ("output_factors.csv", "side_mm,scp\n100,1\n50,1\n", "ascending"),
        ("pdd.csv", "depth_mm,large\n10,1\n", "named by the side"),
        ("pdd.csv", "depth_mm,50\n10,1\n", "two or more sides"),
    ],
)
def test_a_file_that_is_wrong_is_named(beam_folder, tmp_path, file, content, what):
    for own in beam_folder.iterdir():
        (tmp_path / own.name).write_bytes(own.read_bytes())
    (tmp_path / file).write_text(content)
    with pytest.raises(UnreadableInput, match=what):
        read_measured_beam(tmp_path)


def test_a_folder_without_depth_doses_says_so(beam_folder, tmp_path):
    for name in ("machine.toml", "output_factors.csv"):
        (tmp_path / name).write_bytes((beam_folder / name).read_bytes())
    with pytest.raises(UnreadableInput, match=r"no tpr.csv, no pdd.csv"):
        read_measured_beam(tmp_path)
    (tmp_path / "machine.toml").unlink()
    with pytest.raises(UnreadableInput, match=r"has no machine.toml"):
        read_measured_beam(tmp_path)


def test_a_folder_of_beams_holds_one_for_each_energy(beam_folder, tmp_path):
    for name, energy in (("low", "energy_mv = 6"), ("high", "energy_mv = 10")):
        (tmp_path / name).mkdir()
        for own in beam_folder.iterdir():
            (tmp_path / name / own.name).write_bytes(own.read_bytes())
        machine = tmp_path / name / "machine.toml"
        machine.write_text(machine.read_text().replace("energy_mv = 6", energy))
    assert [beam.kind for beam in read_measured_beams(tmp_path)] == ["10 MV", "6 MV"]
    with pytest.raises(UnreadableInput, match=r"holds a folder for each beam \(high, low\); name the one to take"):
        read_measured_beam(tmp_path)
    machine.write_text(machine.read_text().replace("energy_mv = 10", 'energy_mv = 6\nfluence_mode = "FFF"'))
    assert [beam.kind for beam in read_measured_beams(tmp_path)] == ["6 MV FFF", "6 MV"]
    machine.write_text(machine.read_text().replace('"FFF"', "6"))
    with pytest.raises(UnreadableInput, match=r"high: machine.toml: fluence_mode is 6; expected the name"):
        read_measured_beams(tmp_path)
    machine.write_text(machine.read_text().replace("fluence_mode = 6", ""))
    with pytest.raises(UnreadableInput, match=r"two beams of 6 MV, in high and low; keep the one"):
        read_measured_beams(tmp_path)


@pytest.mark.skipif(not MEASURED.is_dir(), reason="the measured depth doses are not there")
def test_scans_of_a_water_tank_are_depth_doses(beam_folder, tmp_path):
    (tmp_path / "machine.toml").write_bytes((beam_folder / "machine.toml").read_bytes())
    (tmp_path / "output_factors.csv").write_text("side_mm,scp\n50,0.906\n100,1\n")
    for name in ("06MV_05x05.mcc", "06MV_10x10.mcc"):
        (tmp_path / name).write_bytes((MEASURED / name).read_bytes())
    beam = read_measured_beam(tmp_path)
    assert beam.tpr_side_mm.tolist() == [50, 100]
    tpr_20_10 = float(beam.tissue_phantom_ratio(200, 100) / beam.tissue_phantom_ratio(100, 100))
    assert 0.65 < tpr_20_10 < 0.69  # of a 6 MV beam
    assert "06MV_05x05.mcc" in beam.files and len(beam.sha256) == 64
    scan = (MEASURED / "06MV_05x05.mcc").read_text("latin-1")
    for changed, what in (
        (scan[: len(scan) // 2], "06MV_05x05.mcc: it ends in the middle"),
        (scan.replace("ENERGY=6.00", "ENERGY=10.00"), "06MV_05x05.mcc is a depth dose of 10 MV, .* states 6 MV"),
    ):
        (tmp_path / "06MV_05x05.mcc").write_text(changed, "latin-1")
        with pytest.raises(UnreadableInput, match=what):
            read_measured_beam(tmp_path)


@pytest.mark.parametrize("given", ["-1", "8", '"thin"'])
def test_a_groove_that_no_leaf_has_is_refused(beam_folder, given, tmp_path):
    for file in beam_folder.iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace("gap_mm", f"groove_mm = {given}\ngap_mm"))
    with pytest.raises(UnreadableInput, match=r"leaves.groove_mm is .* expected 0 to 3 mm"):
        read_measured_beam(tmp_path)
