"""Random charts, plans and claims of one course: any row that a table allows, from a few values that meet."""

from datetime import date, timedelta
from random import Random
from typing import Any

from isocenter.facts.schema import Column, tables
from isocenter.intake.rows import row_of
from isocenter.rulebook.rulebook import load_policy

Tables = dict[str, list[Any]]

_POLICY = load_policy("imrt")
_CODES = sorted({code.code for code in _POLICY.codes})
_KINDS = sorted({entry.kind for entry in _POLICY.documents})
_STRUCTURES = ["PTV", "CTV", "SpinalCord", "Parotid_L"]
_MEASURES = {
    ("PTV", "SpinalCord"): ["distance_mm", "required_dose_fall_gy_per_mm", "share_in_concavity_percent"],
    ("PTV", "Parotid_L"): ["distance_mm", "share_in_concavity_percent"],
    ("PTV", ""): ["solidity", "slice_solidity", "components", "mean", "width_along_portals_mm"],
    ("SpinalCord", ""): ["D0.03cc", "mean", "dose_at_grid_edge_gy"],
    ("", ""): ["dose_grid_spacing_mm"],
    ("CTV", "PTV"): ["margin_least_mm"],
    ("PTV", "earlier"): ["prior_distance_mm", "prior_overlap_cc"],
}
_ROWS = {
    "courses": 1, "claim_lines": 8, "diagnoses": 2, "documents": 20, "signatures": 40,
    "constraints": 3, "attestations": 3, "plans": 2, "plan_fields": 4, "structures": 4, "plan_measures": 24,
    "constraint_results": 3, "plan_differences": 1,
    "verifications": 5, "fractions": 3, "image_guidance": 3, "prior_irradiations": 1, "claim_diagnoses": 2,
}  # fmt: skip

_LIMITS = [("D95%", "Gy"), ("D0.03cc", "cGy"), ("V20Gy", "%"), ("V20Gy", "cc"), ("mean", "Gy"), ("max", "%")]
_NOT_DRAWN = {"patient", "is_comparable"}  # a chart is one person's, and all that it states can be read


def random_chart(seed: int, name: str) -> Tables:
    """Every table with a few rows of one course; all keys bear the course's name, so that courses never share."""
    random = Random(f"{seed} {name}")
    chart = {table: _rows(random, table, name, random.randint(0, most)) for table, most in _ROWS.items()}
    chart["courses"] = _rows(random, "courses", name, 1)
    chart["document_elements"] = [row for document in chart["documents"] for row in _statements(random, document)]
    return chart


def _statements(random: Random, document: Any) -> list[Any]:
    """Most of what a document of its kind may state, as charts do."""
    return [
        row_of(
            "document_elements",
            {
                "document_id": document.document_id,
                "element": entry.element,
                "detail": random.choice(["", "", "1", "2", *_STRUCTURES]),
            },
        )
        for entry in _POLICY.documents
        if entry.kind == document.kind and random.random() < 0.8
    ]


def _rows(random: Random, table: str, name: str, number: int) -> list[Any]:
    found = {}
    for count in range(number):
        columns = [column for column in tables()[table].columns if column.name not in _NOT_DRAWN]
        values = {column.name: _value(random, table, column, name, count) for column in columns}
        if table == "plan_measures":
            values["structure"], values["beside"] = random.choice(sorted(_MEASURES))
            values["measure"] = random.choice(_MEASURES[values["structure"], values["beside"]])
            values["part"] = random.choice(["", "", "component 1"])
            values["value"] = random.choice([-3.0, 0.0, 0.7, 0.9, 1.0, 4.0, 9.0, 25.0, 60.0])
        if table == "constraints":
            values["metric"], values["unit"] = _LIMITS[(3 * int(values["metric"][-1]) + count) % len(_LIMITS)]
        if table == "structures":
            values["standard_name"] = values["name"]
            values["role"] = random.choice(["target", "critical", "other"])
        key = values.get("icd10", count) if table == "diagnoses" else count
        found[key] = row_of(table, values)
    return list(found.values())


def _value(random: Random, table: str, column: Column, name: str, count: int) -> Any:
    own = {
        "course_id": name,
        "member_id": f"{name}-member",
        "billing_npi": f"{name}-npi",
        "claim_line_id": f"{name}-line{count}" if table == "claim_lines" else random.choice(["", f"{name}-line0"]),
        "claim_id": f"{name}-claim",
        "document_id": f"{name}-doc{count if table == 'documents' else random.randint(0, 19)}",
        "plan_id": f"{name}-plan{count if table == 'plans' else random.randint(0, 1)}",
        "original_claim_id": "",
        "kind": random.choice(["necessity_statement", *_KINDS]),
        "procedure_code": random.choice(_CODES) if table == "claim_lines" else random.choice(["", *_CODES]),
        "icd10": random.choice(["C61", "C50.412", "C50.911", "C79.51", "C49.21", "Z92.3", "Z51.0"]),
        "site": random.choice(["", "prostate", "breast", "thorax", "spine_metastasis", "extremity"]),
        "structure": random.choice(_STRUCTURES),
        "name": random.choice(_STRUCTURES),
        "field": random.choice(["", "1", "2"]),
        "line_of_business": "medicare",
        "state": random.choice([*[""] * 8, "late_entry", "draft", "superseded"]),
        "units": random.randint(1, 4),
    }
    if column.name.startswith("modifier_"):
        return random.choice(["", "", "26", "TC", "59"])
    if column.name in own and not (column.name == "kind" and column.allowed):
        return own[column.name]
    if column.allowed:
        return random.choice([*column.allowed, *([] if column.required and column.type != "varchar" else [""])])
    if column.type == "date":
        day = date(2024, 1, 1) + timedelta(days=random.randint(0, 30))
        return day if column.required or random.random() < 0.7 else None
    if column.type == "integer":
        return count + 1
    if column.type == "double":
        return random.choice([1.0, 5.0, 70.0, 97.0]) if column.required or random.random() < 0.7 else None
    if column.type == "boolean":
        return random.choice([True, False, None])
    return f"{column.name} {random.randint(0, 1)}"
