"""A diagnosis names its site where its code is complete, in SQL as in plain Python."""

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
    """Where ranges begin, codes with a digit too many or too few, and codes that no list was written for."""
    random = Random(8)
    begins = sorted({row[0] for row in ranges if row[0][0] in "CD"})
    finer = [
        f"{begin}{random.randint(0, 9)}" if "." in begin else f"{begin}.{random.randint(0, 9)}" for begin in begins
    ]
    any_code = [f"{random.choice('CD')}{random.randint(0, 49):02d}.{random.randint(0, 99)}" for _ in range(150)]
    shorter = [begin[:-1].rstrip(".") for begin in begins if len(begin) > 3]
    return sorted({*begins, *finer, *shorter, *any_code} - {"Z92.3"})


def _sites_of_codes(ranges: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """The site of every complete code: a range goes on in the last character of its codes alone."""
    found: dict[str, str] = {}
    for first, last, site, *_ in ranges:
        assert first[:-1] == last[:-1]
        assert first[-1].isdecimal() == last[-1].isdecimal()
        codes = [f"{first[:-1]}{chr(sign)}" for sign in range(ord(first[-1]), ord(last[-1]) + 1)]
        assert codes, f"{first} to {last}"
        assert not set(codes) & set(found), first
        found.update(dict.fromkeys(codes, site))
    return found


def test_a_diagnosis_names_its_site_where_its_code_is_complete() -> None:
    whole = load_policy("imrt")
    columns, ranges = whole.tables["icd10_sites"]
    assert columns[:3] == ("icd10_from", "icd10_to", "site")
    listed = {row[0] for row in whole.tables["sites"][1]}
    regions = {row[0] for row in whole.tables["site_regions"][1]}

    sites = _sites_of_codes(ranges)
    assert {"C61", "C50.412", "C44.1021", "C43.11", "C88.0", "C88.00", "D48.1", "D48.110"} <= set(sites)
    assert not {"C61.9", "C61.99", "C50", "C50.4", "C50.41", "C50.415", "C34", "C34.1", "D05", "C99"} & set(sites)

    def expected(code: str) -> str:
        site = sites.get(code, "")
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
