"""The SQL of the correct coding edits agrees with an oracle that knows no SQL, on random claims and tables."""

from datetime import date, timedelta
from functools import cache
from random import Random

import pytest

from isocenter.facts.store import FactStore
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.applies import NAME as APPLIES
from isocenter.rulebook.rulebook import Rulebook, load_policy, with_readings
from isocenter.terms.claims import ClaimLine
from isocenter.terms.findings import Finding
from isocenter.terms.reference import AddOnCode, ProcedurePair
from tests.policies.ncci_oracle import answers

# Real codes in made-up pairs.
_CODES = ["77301", "77290", "77293", "77331", "77334", "77399", "G6015"]
_ADD_ONS = ["77293", "77399"]
_DAYS = [date(2014, 12, 31), date(2015, 1, 1), date(2019, 6, 30), date(2019, 7, 1), date(2024, 5, 6)]
_MODIFIERS = ["", "", "", "", "26", "TC", "59", "XU", "LT", "25", "76", "22"]

World = tuple[list[ClaimLine], list[ProcedurePair], list[AddOnCode]]


def random_world(seed: int, lines: int = 250) -> World:
    """Lines of a few members, providers and days, so that many meet; tables that begin, end and overlap."""
    random = Random(seed)

    def span() -> tuple[date | None, date | None]:
        first = random.choice([None, None, *_DAYS])
        return first, random.choice([None, None, (first or _DAYS[0]) + timedelta(days=random.choice([0, 1, 1600]))])

    pairs = [
        ProcedurePair(*random.sample(_CODES, 2), _setting(random), random.choice([0, 1, 1, 1, 9]), *span())
        for _ in range(30)
    ]
    kinds = {code: random.choice([(1,), (2,), (3,), (1, 3)]) for code in _ADD_ONS}
    add_ons = [
        AddOnCode(code, "" if kind == 2 else random.choice(_CODES), kind, *span())
        for code in _ADD_ONS
        for kind in kinds[code] * 2
    ]
    return [_line(random, number) for number in range(lines)], pairs, add_ons


def _setting(random: Random) -> str:
    return random.choice(["professional", "professional", "institutional"])


def _line(random: Random, number: int) -> ClaimLine:
    setting = _setting(random)
    return ClaimLine(
        claim_line_id=f"L{number}",
        claim_id=f"A{number // 2}",
        line_number=number % 2 + 1,
        course_id="",
        member_id=f"M{random.randint(1, 5)}",
        service_date=random.choice(_DAYS),
        procedure_code=random.choice(_CODES),
        units=1,
        modifier_1=random.choice(_MODIFIERS),
        modifier_2=random.choice(_MODIFIERS),
        modifier_4=random.choice(_MODIFIERS),
        setting=setting,
        rendering_npi=random.choice(["", "1777777774", "1666666664"]),
        billing_npi=random.choice(["", "1999999984", "1999999984", "1888888884"]),
        bill_type=random.choice(["", "0131", "131", "0111", "111"]) if setting == "institutional" else "",
        line_of_business=random.choice(["", "medicare", "medicare", "medicare", "commercial"]),
    )


@cache
def _rulebook() -> Rulebook:
    return load_policy("ncci")


def _findings(world: World, rulebook: Rulebook) -> list[Finding]:
    store = FactStore(threads=1)
    for table, rows in zip(("claim_lines", "procedure_pairs", "add_on_codes"), world, strict=True):
        problems = store.supply(table, rows)
        assert not problems, problems[:3]
    judgment = judge(store, [rulebook])
    store.close()
    assert {entry.rule for entry in judgment.not_assessed} <= {APPLIES}  # it asks for the courses
    return list(judgment.findings)


@pytest.mark.parametrize("seed", range(10))
def test_rules_and_oracle_agree_on_every_line(seed: int) -> None:
    world = random_world(seed)
    findings = _findings(world, _rulebook())
    told = [(finding.rule, finding.subject_id, str(finding.outcome)) for finding in findings]
    assert len(told) == len(set(told))
    assert set(told) == answers(*world)
    assert all(len(finding.because) > 20 for finding in findings)


@pytest.mark.parametrize("seed", range(3))
def test_the_reading_of_the_same_provider_may_be_who_rendered_the_service(seed: int) -> None:
    lines, pairs, add_ons = random_world(seed)
    by_rendering = with_readings(_rulebook(), {"same_provider": "rendering_npi"}, "set for a test")
    told = {(f.rule, f.subject_id, str(f.outcome)) for f in _findings((lines, pairs, add_ons), by_rendering)}
    rendered = [line._replace(billing_npi=line.rendering_npi or line.billing_npi) for line in lines]
    assert told == answers(rendered, pairs, add_ons)


def test_every_outcome_of_every_rule_is_among_the_random_worlds() -> None:
    found = {
        (finding.rule, str(finding.outcome))
        for seed in range(5)
        for finding in _findings(random_world(seed), _rulebook())
    }
    rules = {rule.name for rule in _rulebook().rules} - {APPLIES}
    assert found == {(rule, outcome) for rule in rules for outcome in ("met", "not_met")} | {
        ("add_on_codes_are_billed_with_a_primary", "not_documented")
    }
