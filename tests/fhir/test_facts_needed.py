"""When, where and by whom a service is given is asked for where an answer depends on it, and only there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.hooks.hooks import answer_hook
from isocenter.fhir.settings import Payer
from isocenter.rulebook.policy import GroupRole
from isocenter.terms.findings import SubjectKind
from tests.fhir.requests import coverage, hook, order
from tests.intake.fhir_resources import CPT, HCPCS, concept, patient

Json = dict[str, Any]
BEFORE_THE_CHANGE = date(2025, 11, 20)  # G6015 is in force through the end of the year
PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes"
MEDICARE = {"patient": patient(), "coverage": coverage(payor=[{"display": "Medicare"}])}
DAY = {"occurrenceDateTime": "2025-11-25"}
OFFICE = {"locationCode": [concept("11", PLACES)]}


@pytest.fixture(scope="module")
def of_hospitals() -> Iterator[Judges]:
    judges = Judges(["imrt", "imrt_hospital"])
    yield judges
    judges.close()


def parts_of(judges: Judges, *orders: Json, on: date = BEFORE_THE_CHANGE, version: str = "2.2") -> list[list[Json]]:
    """The parts of the coverage information of each order that is answered."""
    asked = hook(*orders, prefetch=MEDICARE, extension={"davinci-crd.requestedVersion": version})
    response = answer_hook("isocenter-order-sign", asked, judges, Payer("Example Health"), on)
    return [action["resource"]["extension"][0]["extension"] for action in response["systemActions"]]


def needed(parts: list[Json]) -> set[str]:
    return {part["valueCode"] for part in parts if part["url"] == "info-needed"} - {"OTH"}


@pytest.mark.parametrize("version", ["2.0", "2.2"])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"timeframe", "location"}),
        (DAY, {"location"}),
        (OFFICE, {"timeframe"}),
        ({**DAY, **OFFICE}, set()),
        ({**DAY, "locationReference": [{"reference": "Location/1"}]}, set()),
    ],
)
def test_day_and_place_are_needed_where_the_answer_depends_on_them(
    of_hospitals: Judges, changes: Json, expected: set[str], version: str
) -> None:
    (parts,) = parts_of(of_hospitals, order("G6015", HCPCS, **changes), version=version)
    assert needed(parts) == expected
    reasons = [one["valueCodeableConcept"]["text"] for one in parts if one["url"] == "reason"]
    stated = [one for one in reasons if one.startswith("The order does not state")]
    assert len(stated) == len(expected)
    assert all(one.endswith("]") for one in stated)


def test_nothing_is_needed_that_no_rule_asks_for(judges: Judges) -> None:
    (parts,) = parts_of(judges, order("77301", CPT), on=date(2026, 6, 1))
    assert needed(parts) == set()


def test_what_an_order_states_is_not_asked_of_the_other(of_hospitals: Judges) -> None:
    first, second = order("G6015", HCPCS, **DAY, **OFFICE), order("G6015", HCPCS, id="order-2", **OFFICE)
    assert [needed(parts) for parts in parts_of(of_hospitals, first, second)] == [set(), {"timeframe"}]


def test_a_rule_that_asks_who_performs_makes_the_performer_needed(judges: Judges) -> None:
    (policy,) = judges.rulebooks
    asking = """
        select
            claim_lines.claim_line_id as subject_id,
            case when claim_lines.rendering_npi = '' then 'not_documented' else 'met' end as outcome,
            'who renders it' as because
        from claim_lines
    """
    rule = next(one for one in policy.rules if one.role is GroupRole.OTHER and one.judges is SubjectKind.CLAIM_LINE)
    changed = Judges(
        [replace(policy, rules=tuple(replace(one, query=asking) if one is rule else one for one in policy.rules))]
    )
    on = date(2026, 6, 1)
    performed = order(id="order-2", performer=[{"reference": "Organization/1"}])
    found = [needed(parts) for parts in parts_of(changed, order(), performed, on=on)]
    dispatched = hook(name="order-dispatch", prefetch={**MEDICARE, "order": order()})
    dispatched["context"] = {"patientId": "p1", "order": "ServiceRequest/order-1", "performer": "Organization/1"}
    response = answer_hook("isocenter-order-dispatch", dispatched, changed, Payer("Example Health"), on)
    found.append(needed(response["systemActions"][0]["resource"]["extension"][0]["extension"]))
    changed.close()
    assert found == [{"performer"}, set(), set()]
