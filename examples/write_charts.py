"""Writes the chart of the example that is reviewed straight from PDF: python examples/write_charts.py."""

from pathlib import Path

from isocenter.phantoms.chart_pages import write_chart

_HEAD = "Nowhere Valley Radiation Center     Sampleton, Ida     MRN: NV-4471     DOB: 06/14/1957\n"

PAGES = [
    """# Clinical Treatment Planning
Date of service: 02/05/2024
Diagnosis: squamous cell carcinoma of the middle esophagus, C15.4
Tests: I reviewed the PET/CT of 01/22/2024 and the endoscopic ultrasound; the tumor is 6 cm long with one node.
Location: the tumor lies at 27 to 33 cm and touches the left main bronchus.
Volumes: GTV with 3 cm craniocaudal and 1 cm radial margin as CTV, 5 mm more for the PTV.
Dose and schedule: 50.4 Gy in 28 fractions, five days a week.
Technique: intensity modulated photons of 6 MV.
Devices: wing board and vacuum bag were selected.
Chemotherapy: carboplatin and paclitaxel weekly.
Electronically signed by Noel Fabled, MD, Radiation Oncology, 02/05/2024 16:10""",
    """# Statement of Medical Necessity
02/06/2024
The target abuts the heart and lies 8 mm from the spinal cord. It bends around the cord in the shape of a crescent.
We made a 3D plan with AP/PA and oblique fields: the heart received a mean of 31 Gy and the lungs a V20 of 36 %.
Organs to be spared: heart, both lungs, spinal cord and liver.
This thoracic case was selected for IMRT because her ejection fraction is 35 % and no 3D plan spared the heart.
Electronically signed by Noel Fabled, MD, 02/06/2024 08:20""",
    """# Radiation Prescription
Written 02/07/2024
Intent: curative, before surgery is decided on
| Target | Dose | Fractions
| PTV_50.4 | 50.4 Gy | 28
| PTV_50.4 | D95% >= 47.9 Gy |
| Organ | Limit
| Spinal cord | max 45 Gy
| Heart | mean <= 26 Gy
| Lungs | V20 <= 30 %
| Liver | mean <= 21 Gy
Approved: Noel Fabled, MD 02/07/2024 11:05""",
    """# Simulation Note
Date of service: 02/08/2024
Position: supine, arms above the head
Immobilization: wing board and vacuum bag
Dr. Fabled chose the scan limits, set the isocenter and accepted the scan. The tumor was seen on the planning CT.
Performed by: Cody Paper, RT(T) (signed 02/08/2024 10:40)
Electronically signed by Noel Fabled, MD, 02/08/2024 13:15""",
    """# Plan Review
02/20/2024
CT images with the PTV were reviewed slice by slice together with heart, lungs, cord and liver.
Isodose lines were displayed in three planes and examined. The DVH of the PTV shows 95.4 % coverage.
DVHs of the heart, lungs, cord and liver were reviewed and meet the limits.
Electronically signed by Noel Fabled, MD, 02/20/2024 17:45""",
    """# Plan Report
Plan date: 02/20/2024
Dose calculated with a collapsed cone algorithm, total 702 MU, normalized to 95 % of PTV_50.4.
| Field | Gantry | Collimator | MU
| 1 | 0 | 10 | 102
| 2 | 51 | 10 | 99
| 3 | 103 | 350 | 88
| 4 | 154 | 350 | 110
| 5 | 206 | 10 | 104
| 6 | 257 | 10 | 95
| 7 | 309 | 350 | 104
Planner: Kai Model, CMD 02/20/2024 09:12
Physicist: Uma Beam, PhD, DABR 02/20/2024 14:30
Approved by: Noel Fabled, MD 02/20/2024 17:45""",
    """# Patient Specific QA
Measured: 02/21/2024
The phantom was aligned with lasers and cone-beam CT. All seven beams were delivered on the array.
Portal images of each beam are filed.
Composite gamma 97.6 % (3 %/2 mm, global)
Uma Beam, PhD, DABR signed 02/21/2024 18:00
Physician signature: ____________________""",
    """# Weekly On-Treatment Visit
Visit date: 03/01/2024, fractions 1-5
Patient seen and examined. Mild dysphagia, weight stable, images reviewed. Continue.
Electronically signed by Noel Fabled, MD, 03/01/2024""",
]


if __name__ == "__main__":
    folder = Path(__file__).parent / "esophagus_from_its_chart"
    write_chart(folder / "chart.pdf", [_HEAD + page for page in PAGES])
    print(f"wrote {folder / 'chart.pdf'}")
