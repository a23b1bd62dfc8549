"""Screenings for tests: random claims to screen, and the answers as plain rows."""

import json
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from isocenter.screening.settings import Settings
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from tests.policies.random_courses import random_world
from tests.screening.claims_files import rows_of, write_parquet

ANSWERS = {"findings": "findings/*.parquet", "lines": "lines/*.parquet", "courses": "courses/*.parquet"}


def random_claims(folder: Path, seed: int = 1, courses: int = 14, *, are_corrected: bool = False) -> Path:
    """Claims of courses with violations, in a folder: no line says to which course it belongs.

    Where they `are_corrected`, some are replaced, voided, taken back or given twice, and some lines cover several days.
    """
    tables, random = random_world(seed, courses), Random(seed)
    of_claim: dict[str, str] = {}  # one claim is billed in one setting
    lines: list[ClaimLine] = [
        line._replace(
            course_id="",
            setting=(setting := of_claim.setdefault(line.claim_id, random.choice([line.setting, "institutional"]))),
            bill_type="0131" if setting == "institutional" else "",
            place_of_service="" if setting == "institutional" else "11",
            charge_amount=round(random.uniform(10, 900), 2),
            allowed_amount=random.choice([None, 50.1]),
        )
        for line in tables["claim_lines"]
    ]
    claims = sorted({line.claim_id for line in lines})
    diagnoses = [ClaimDiagnosis(claim, random.choice(["C61", "C61", "C34.11"]), 1) for claim in claims]
    if are_corrected:
        lines = _corrected(lines, claims, random)
    write_parquet(folder / "lines.parquet", lines)
    write_parquet(folder / "diagnoses.parquet", diagnoses)
    return folder


def _corrected(lines: list[ClaimLine], claims: list[str], random: Random) -> list[ClaimLine]:
    """The lines with corrections of every kind among them, in no order; two persons share each third number."""
    kinds = {claim: random.choice(["7", "8", "back", "twice", "span", "", "", ""]) for claim in claims}
    child = {claim: "born 2010-05-06, C." if random.random() < 0.5 else "subscriber" for claim in claims}
    found = []
    for given in lines:
        kind, member = kinds[given.claim_id], given.member_id
        is_shared = sum(map(ord, member)) % 3 == 0
        span: dict[str, Any] = {}
        if kind == "span" and given.units == 1:
            span = {"units": 3, "last_service_date": given.service_date + timedelta(days=random.choice([2, 5]))}
        line = given._replace(
            member_id=random.choice([member, member.lower()]),
            patient=child[given.claim_id] if is_shared else "",
            **span,
        )
        other = line._replace(claim_id=f"{line.claim_id}{kind}", claim_line_id=f"{line.claim_line_id}{kind}")
        found.append(line)
        if kind in ("7", "8"):
            found.append(other._replace(claim_frequency=kind, original_claim_id=line.claim_id))
        elif kind == "back":
            found.append(other._replace(units=-line.units, charge_amount=-(line.charge_amount or 0)))
        elif kind == "twice":
            found.append(line)
    random.shuffle(found)
    return found


def settings_of(out: Path, *claims: Path, **given: Any) -> Settings:
    """Settings of a small screening by one worker."""
    usual: dict[str, Any] = {"policies": ("imrt_hospital",), "memory_bytes": 500_000_000, "workers": 1}
    return Settings(claims=tuple(str(path) for path in claims), out=out, **{**usual, **given})


def answers_of(out: Path) -> dict[str, Any]:
    """Every answer of a finished screening, in an order of their own."""
    found: dict[str, Any] = {
        name: sorted((tuple(row.values()) for row in rows_of(out, pattern)), key=repr)
        for name, pattern in ANSWERS.items()
    }
    found["rejects"] = sorted((tuple(row.values()) for row in rows_of(out, "rejects.parquet")), key=repr)
    found["summary"] = json.loads((out / "summary.json").read_text())
    return found
