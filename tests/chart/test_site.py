"""Where the disease is: a level of the spine is told from a stage, a treated metastasis from its primary tumor."""

from pathlib import Path

import pytest

from tests.chart.reading import read_pages_of

HEAD = "Nowhere Clinic   Doe, Rosa   MRN: 44-1200   DOB: 05/06/1950\n"


@pytest.mark.parametrize(
    ("consult", "prescription", "site"),
    [
        ("C79.51. There is a lesion of T8 with epidural extension.", "PTV 27 Gy in 3 fractions", "spine_metastasis"),
        ("C79.51, left iliac bone metastasis; primary was stage T3 N1.", "PTV 30 Gy in 10 fractions", "bone"),
        (
            "Known breast cancer C50.912, metastatic to T9, C79.51.",
            "C79.51: T9 PTV 27 Gy in 3 fractions",
            "spine_metastasis",
        ),
        (
            "Left breast cancer C50.912. An old bone lesion C79.51 is stable.",
            "C50.912 PTV 50 Gy in 25 fractions",
            "breast",
        ),
        ("C18.7, sigmoid.", "PTV 45 Gy in 25 fractions", "pelvis"),
        ("Sarcoma of the left thigh, C49.22", "PTV 50 Gy in 25 fractions", "lower_limb"),
    ],
)
def test_the_site_is_that_of_what_is_treated(tmp_path: Path, consult: str, prescription: str, site: str) -> None:
    found = read_pages_of(
        tmp_path,
        HEAD + f"# Consultation\nDate: 01/02/2024\n{consult}\nElectronically signed by Ada Winter, MD, 01/02/2024",
        HEAD + f"# Radiation Prescription\nWritten 01/05/2024\n{prescription}",
    )
    assert found.site == site
