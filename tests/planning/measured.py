"""A beam as a clinic would measure it in water: machine.toml, output factors and depth doses of a bundled beam."""

import numpy as np

from tests.planning.water import depth_dose, slabs

SIDES_MM = (20, 30, 50, 100, 150)
MACHINE = """name = "Test 6 MV"
energy_mv = 6
sad_mm = 1000
measured_on = 2026-03-02
[reference]
cgy_per_mu = {per_mu}
depth_mm = 100
ssd_mm = 900
[leaves]
transmission = 0.015
gap_mm = 1.0
[pdd]
ssd_mm = 900
"""


def write_measured(folder, beam):
    """Write the files of the measured beam of a beam's own doses in water."""
    patient = slabs(lambda _: 1.0, spacing_mm=5.0, width_mm=250)
    curves = {side: depth_dose(patient, side, beam) for side in SIDES_MM}
    depth_mm = curves[100][0]
    at_reference = {side: float(np.interp(100, depth_mm, dose)) for side, (_, dose) in curves.items()}
    factors = [f"{side},{at_reference[side] / at_reference[100]:.5f}" for side in SIDES_MM]
    (folder / "output_factors.csv").write_text("\n".join(["side_mm,scp", *factors]))
    rows = [",".join([f"{d:.1f}", *(f"{curves[side][1][k]:.7f}" for side in SIDES_MM)]) for k, d in enumerate(depth_mm)]
    (folder / "pdd.csv").write_text("\n".join([",".join(["depth_mm", *map(str, SIDES_MM)]), *rows]))
    per_mu = 100 * at_reference[100] / beam.mu_per_unit
    (folder / "machine.toml").write_text(MACHINE.format(per_mu=per_mu).replace("= 6\n", f"= {beam.energy_mv:g}\n"))
