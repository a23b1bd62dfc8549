"""Small files of what a user writes by hand or exports beside the claims, to be mutated."""

import io
import json
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from isocenter.fhir.authorizations.records import Records
from tests.fhir.profiles import BASE, element, profile
from tests.intake.fhir_resources import patient

Files = dict[str, bytes]
EXAMPLES = Path(__file__).parents[2] / "examples"

NOTE = """Radiation Oncology Consult
Patient: Ada Example   MRN: 445566   DOB: 1950-02-03
Date: 2024-01-08
Diagnosis: adenocarcinoma of the prostate, C61
Plan: 78 Gy in 39 fractions, IMRT
Electronically signed by Jane Roe, MD, radiation oncologist, 2024-01-08
Prescription
Patient: Ada Example   MRN: 445566   DOB: 1950-02-03
Date: 2024-01-09
Site: prostate
Total dose: 78 Gy in 39 fractions of 2 Gy
Rectum: V70 < 20 %
Bladder: Dmax <= 80 Gy
Electronically signed by Jane Roe, MD, radiation oncologist, 2024-01-09
IMRT QA
Patient: Ada Example   MRN: 445566   DOB: 1950-02-03
Date: 2024-01-12
Gamma 3%/2 mm: 98.7 % passed, tolerance 95 %
Physicist: Ann Poe, PhD, signed 2024-01-12
"""
GOALS = "structure,metric,comparison,limit,unit\nPTV,D95%,>=,9.5,Gy\nPTV,max,<=,12,Gy\nPTV,V9Gy,>=,95,%\n"
_MACHINE = """name = "One"
energy_mv = 6.0
sad_mm = 1000.0
measured_on = 2026-01-10
[reference]
cgy_per_mu = 1.0
depth_mm = 15.0
ssd_mm = 985.0
[pdd]
ssd_mm = 1000.0
[leaves]
transmission = 0.01
gap_mm = 1.0
"""
MAPPED = ("claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "setting")
MAPPING = "\n".join(
    [
        "date_format = '%Y-%m-%d'",
        "leave_out = [{column = 'units', below = 0}]",
        "[claim_lines]",
        *(f'{name} = "{name}"' for name in MAPPED[:-1]),
        'setting = {column = "setting", values = {professional = "professional"}}',
        "",
    ]
)


def goals() -> Files:
    """Goals of a plan."""
    return {"goals.csv": GOALS.encode()}


def mapping() -> Files:
    """A mapping of a payer's columns."""
    return {"mapping.toml": MAPPING.encode()}


def beams() -> Files:
    """A measured beam."""
    factors = [f"{side},{0.8 + side / 500}" for side in (30, 50, 100, 200)]
    doses = [f"{d},{90 - d / 9},{91 - d / 9},{93 - d / 9},{95 - d / 9}" for d in range(5, 300, 20)]
    return {
        "machine.toml": _MACHINE.encode(),
        "output_factors.csv": "\n".join(["side_mm,scp", *factors, ""]).encode(),
        "pdd.csv": "\n".join(["depth_mm,30,50,100,200", *doses, ""]).encode(),
    }


def measured_doses() -> Files:
    """An array's export and a table of points."""
    lines = ["BEGIN_SCAN_DATA", "\tFORMAT=CC-Export V1.9"]
    for number in (1, 2, 3):
        lines += [f"\tBEGIN_SCAN  {number}", "\t\tSCAN_CURVETYPE=CROSSPLANE_PROFILE", "\t\tMEAS_UNIT=Gy"]
        lines += ["\t\tMEAS_DATE=04-Mar-2024 12:00:00", f"\t\tSCAN_OFFAXIS_INPLANE={10.0 * number}", "\t\tBEGIN_DATA"]
        lines += [f"\t\t\t{place:.2f}\t\t{number + place / 100:.6E}" for place in (-5.0, 0.0, 5.0)]
        lines += ["\t\tEND_DATA", f"\tEND_SCAN  {number}"]
    points = "".join(f"{x},{y},0,{x + y}\n" for x in range(5) for y in range(5))
    return {
        "array.mcc": "\n".join([*lines, "END_SCAN_DATA", ""]).encode(),
        "points.csv": f"x_mm,y_mm,z_mm,dose_gy\n{points}".encode(),
    }


def profiled() -> Files:
    """A profile, and a resource that claims it."""
    named = element("Patient.name", 1, "1", "HumanName")
    made = profile("Patient", "p", named, element("Patient.active", 1, "1", "boolean"))
    person: dict[str, Any] = {**patient(), "active": True, "meta": {"profile": [f"{BASE}p"]}}
    return {"package/p.json": json.dumps(made).encode(), "patient.json": json.dumps(person).encode()}


def clients() -> Files:
    """Clients with their keys."""
    key = {"kty": "RSA", "kid": "k1", "alg": "RS384", "e": "AQAB", "n": "sXch" + "A" * 300}
    one = {"keys": [key], "organizations": ["1999999984"], "endpoints": ["https://example.org/notify"]}
    return {"clients.json": json.dumps({"https://example.org/ehr": one, "two": {**one, "fhir_servers": []}}).encode()}


@cache
def records() -> Files:
    """Records of the answers of the FHIR interfaces, with one of them."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "records.db")
        kept = Records(file)
        kept.keep("submit", "1", {"resourceType": "ClaimResponse", "outcome": "partial"}, subject="p")
        kept.close()
        return {"records.db": file.read_bytes()}


@cache
def archive() -> Files:
    """An exported request with one run, whose review is another than is computed."""
    case = EXAMPLES / "left_breast_coding"
    about = {"policies": [{"name": "imrt"}], "course_chosen": "", "plan_chosen": ""}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("run-1/run.json", json.dumps(about))
        made.writestr("run-1/review.json", "{}")
        for name in ("case.yaml", "claim_lines.csv"):
            made.writestr(f"run-1/inputs/{name}", (case / name).read_bytes())
    return {"request.zip": packed.getvalue()}
