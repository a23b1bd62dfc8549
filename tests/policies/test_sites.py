"""A diagnosis names its site by the narrowest range of the table that holds it, in SQL as in plain Python."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from random import Random

from isocenter.facts.case_store import CaseStore
from isocenter.review.judging import find
from isocenter.review.rule_cases import fill
from isocenter.rulebook.rulebook import load_policy

_RULE = "the_site_is_supported"


def _codes(ranges: Iterable[tuple[str, ...]]) -> list[str]:
    """Where ranges begin, a finer code below each, and codes that no list was written for."""
    random = Random(8)
    begins = sorted({row[0] for row in ranges if row[0][0] in "CD"})
    finer = [
        f"{begin}{random.randint(0, 9)}" if "." in begin else f"{begin}.{random.randint(0, 9)}" for begin in begins
    ]
    any_code = [f"{random.choice('CD')}{random.randint(0, 49):02d}.{random.randint(0, 99)}" for _ in range(150)]
    return sorted({*begins, *finer, *any_code} - {"Z92.3"})


def test_a_diagnosis_names_its_site_by_the_narrowest_range() -> None:
    whole = load_policy("imrt")
    columns, ranges = whole.tables["icd10_sites"]
    assert columns[:3] == ("icd10_from", "icd10_to", "site")
    listed = {row[0] for row in whole.tables["sites"][1]}
    regions = {row[0] for row in whole.tables["site_regions"][1]}

    def expected(code: str) -> str:
        holding = [row for row in ranges if row[0] <= code <= row[1] and row[0][0] == code[0] and code <= "D49.9Z"]
        site = max(holding, key=lambda row: (len(row[0]), row[0]))[2] if holding else ""
        if site in listed:
            return "met"
        return "not_met" if site in regions else "not_documented"

    codes = _codes(ranges)
    store = CaseStore()
    fill(store, {
        "courses": [{"course_id": code, "member_id": code} for code in codes],
        "diagnoses": [{"course_id": code, "icd10": code} for code in codes],
        "claim_lines": [
            {
                "claim_line_id": code,
                "course_id": code,
                "member_id": code,
                "service_date": date(2024, 1, 8),
                "procedure_code": "77301",
            }
            for code in codes
        ],
    })  # fmt: skip
    rulebook = replace(whole, rules=tuple(rule for rule in whole.rules if rule.name == _RULE))
    findings, _ = find(store, [rulebook])
    found = {finding.subject_id: str(finding.outcome) for finding in findings}
    assert found == {code: expected(code) for code in codes}
    assert set(found.values()) == {"met", "not_met", "not_documented"}
