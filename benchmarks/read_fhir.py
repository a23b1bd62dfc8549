"""Reading explanations of benefit measured: how many a second and core in the shapes of three payers, and memory.

    python benchmarks/read_fhir.py [--claims 20000] [--runs 3]

The explanations are synthetic NDJSON, five service lines each, with the members that each shape carries: Blue Button
and BCDA of a carrier, with the adjudication of every line in the variables of Medicare's files; CARIN professional,
with the adjudication that its guide asks for; and the least that is valid. Speeds are per second of CPU time on one
core, medians of the runs; each reader runs in a process of its own, on the file and on a quarter of it, so that
memory that grows with the file would show.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_BLUE_BUTTON = "https://bluebutton.cms.gov/resources"
_CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_CODES = ("G6015", "77014", "77427", "99214", "77336")
_READ = """
import resource, sys, time
from pathlib import Path
from isocenter.intake.fhir_r4 import BillFile
from isocenter.terms.claims import ClaimLine
began = time.process_time()
lines = sum(type(row) is ClaimLine for row in BillFile(Path(sys.argv[1])))
print(time.process_time() - began, lines, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _concept(system: str, code: str, display: str = "") -> Json:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def _money(value: float) -> Json:
    return {"value": value, "currency": "USD"}


def _number(system: str, value: str, kind: str = "") -> Json:
    typed = {"type": _concept(f"{_CARIN}/C4BBIdentifierType", kind)} if kind else {}
    return {**typed, "system": system, "value": value}


def _variable(name: str, code: str, display: str) -> Json:
    return {
        "url": f"{_BLUE_BUTTON}/variables/{name}",
        "valueCoding": {"system": f"{_BLUE_BUTTON}/variables/{name}", "code": code, "display": display},
    }


def least(number: int) -> Json:
    """What an explanation of benefit needs, and nothing else."""
    day = f"2024-{1 + number % 12:02}-{1 + number % 28:02}"
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"eob-{number}",
        "identifier": [_number("https://payer.example.org/claims", f"C{number:09}", "uc")],
        "status": "active",
        "type": _concept(f"{_TERMINOLOGY}/claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": f"Patient/{number // 20}"},
        "created": day,
        "insurer": {"display": "Example"},
        "provider": {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1999999984"}},
        "outcome": "complete",
        "diagnosis": [
            {"sequence": 1, "diagnosisCodeableConcept": _concept("http://hl7.org/fhir/sid/icd-10-cm", "C61")}
        ],
        "insurance": [{"focal": True, "coverage": {"reference": f"Coverage/part-b-{number // 20}"}}],
        "item": [
            {
                "sequence": place,
                "diagnosisSequence": [1],
                "productOrService": _concept("http://www.ama-assn.org/go/cpt", code),
                "servicedDate": day,
                "locationCodeableConcept": _concept("https://www.cms.gov/place-of-service", "11"),
                "quantity": {"value": 1},
                "net": _money(100.0 + number % 50 + place),
            }
            for place, code in enumerate(_CODES, start=1)
        ],
    }


def carin(number: int) -> Json:
    """The professional profile of CARIN: care team, supporting information and adjudication by category."""
    bill = least(number)
    for item in bill["item"]:
        charge = item["net"]["value"]
        amounts = {"submitted": charge, "eligible": charge * 0.4, "benefit": charge * 0.3, "deductible": 0.0}
        item["careTeamSequence"] = [1]
        item["adjudication"] = [
            {"category": _concept(f"{_TERMINOLOGY}/adjudication", category), "amount": _money(round(amount, 2))}
            for category, amount in amounts.items()
        ]
        payment = {"category": _concept(f"{_CARIN}/C4BBAdjudicationDiscriminator", "benefitpaymentstatus")}
        item["adjudication"].append(
            {**payment, "reason": _concept(f"{_CARIN}/C4BBPayerAdjudicationStatus", "innetwork")}
        )
    role = _concept(f"{_CARIN}/C4BBClaimCareTeamRole", "rendering", "Rendering provider")
    received = _concept(f"{_CARIN}/C4BBSupportingInfoType", "clmrecvddate")
    return {
        **bill,
        "meta": {"profile": [f"{_CARIN}/C4BB-ExplanationOfBenefit-Professional-NonClinician|2.0.0"]},
        "careTeam": [{"sequence": 1, "provider": {"reference": "Practitioner/7"}, "role": role}],
        "supportingInfo": [{"sequence": 1, "category": received, "timingDate": bill["created"]}],
        "total": bill["item"][0]["adjudication"][:4],
    }


def blue_button(number: int) -> Json:
    """A carrier claim of Blue Button or BCDA: every line with its variables and ten amounts."""
    bill = carin(number)
    amounts = ("line_bene_pmt_amt", "line_prvdr_pmt_amt", "line_bene_ptb_ddctbl_amt", "line_bene_prmry_pyr_pd_amt",
               "line_coinsrnc_amt", "line_nch_pmt_amt")  # fmt: skip
    for item in bill["item"]:
        item["extension"] = [
            _variable("line_prcsg_ind_cd", "A", "Allowed"),
            _variable("line_pmt_80_100_cd", "0", "80%"),
            _variable("line_service_deductible", "0", "Service Subject to Deductible"),
        ]
        item["category"] = _concept(f"{_BLUE_BUTTON}/variables/line_cms_type_srvc_cd", "6", "Therapeutic radiology")
        item["locationCodeableConcept"]["coding"].append(
            _variable("line_place_of_srvc_cd", "11", "Office")["valueCoding"]
        )
        item["adjudication"] += [
            {
                "category": {
                    "coding": [
                        {
                            "system": f"{_BLUE_BUTTON}/codesystem/adjudication",
                            "code": f"{_BLUE_BUTTON}/variables/{name}",
                            "display": name.replace("_", " ").title(),
                        },
                        {"system": f"{_TERMINOLOGY}/adjudication", "code": "paidtoprovider"},
                    ]
                },
                "amount": _money(float(place)),
            }
            for place, name in enumerate(amounts)
        ]
    kinds = (("nch_clm_type_cd", "71"), ("eob-type", "CARRIER"), ("nch_near_line_rec_ident_cd", "O"))
    bill["type"]["coding"] += [{"system": f"{_BLUE_BUTTON}/variables/{name}", "code": code} for name, code in kinds]
    bill["identifier"].append(_number(f"{_BLUE_BUTTON}/identifier/claim-group", f"{number:011}"))
    bill["extension"] = [
        _variable("carr_num", "61026", "carrier"),
        _variable("carr_clm_pmt_dnl_cd", "1", "Physician/supplier"),
        _variable("asgmntcd", "A", "Assigned claim"),
    ]
    return bill


SHAPES: dict[str, Callable[[int], Json]] = {"least": least, "CARIN": carin, "Blue Button": blue_button}


def write(path: Path, shape: str, claims: int) -> None:
    """Write explanations of benefit of a shape, one a line."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(claims):
            file.write(json.dumps(SHAPES[shape](number), separators=(",", ":")) + "\n")


def measured(path: Path) -> tuple[float, int, float]:
    """CPU seconds, service lines and the largest memory in MB of reading one file in a process of its own."""
    ran = subprocess.run([sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True)
    seconds, lines, megabytes = ran.stdout.split()
    return float(seconds), int(lines), float(megabytes)


def main() -> None:
    """Write, read and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for shape in SHAPES:
            path, quarter = Path(folder) / "claims.ndjson", Path(folder) / "quarter.ndjson"
            write(path, shape, options.claims)
            write(quarter, shape, options.claims // 4)
            runs = [measured(path) for _ in range(options.runs)]
            seconds = statistics.median(run[0] for run in runs)
            each_kb = path.stat().st_size / options.claims / 1000
            speed = f"{options.claims / seconds:8,.0f} a CPU second   {runs[0][1] / seconds:8,.0f} lines"
            memory = f"{runs[0][2]:4.0f} MB, of a quarter {measured(quarter)[2]:4.0f} MB"
            print(f"{shape:12} {each_kb:5.1f} kB each   {speed}   {memory}")


if __name__ == "__main__":
    main()
