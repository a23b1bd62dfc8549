"""FHIRPath gives what its specification says, and raises where it is not evaluated."""

from decimal import Decimal
from typing import Any

import pytest

from isocenter.errors import UnreadableInput
from isocenter.fhir.structures.expressions import parsed
from isocenter.fhir.structures.fhirpath import Around, evaluate, holds
from isocenter.fhir.structures.path_values import NotEvaluated, Value

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "_birthDate": {"extension": [{"url": "urn:why", "valueCode": "unknown"}]},
    "name": [
        {"use": "official", "family": "Example", "given": ["Ada", "B"]},
        {"use": "nickname", "given": ["Addie"], "_family": {"extension": [{"url": "urn:why", "valueString": "x"}]}},
    ],
    "multipleBirthInteger": 2,
    "weight": Decimal("70.50"),
    "contained": [{"resourceType": "Organization", "id": "o1", "name": "Clinic"}],
    "managingOrganization": {"reference": "#o1"},
    "text": {"div": '<div xmlns="http://www.w3.org/1999/xhtml">Ada</div>'},
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("name.given", ["Ada", "B", "Addie"]),
        ("Patient.name[1].given.first()", ["Addie"]),
        ("name.where(use = 'official').family", ["Example"]),
        ("name.exists(use = 'old')", [False]),
        ("name.all(given.exists())", [True]),
        ("birthDate.exists() and birthDate.hasValue().not()", [True]),
        ("birthDate.extension('urn:why').value", ["unknown"]),
        ("name.family.count()", [2]),
        ("multipleBirth is Integer", [True]),
        ("multipleBirth is Boolean", [False]),
        ("multipleBirth + 1 = 3", [True]),
        ("2 + 3 * 4", [14]),
        ("(2 + 3) * 4", [20]),
        ("7 div 2 + 7 mod 2", [4]),
        ("-1 < 0 and 1.5 > 1", [True]),
        ("'a' & {} & 'b'", ["ab"]),
        ("'a' + {}", []),
        ("{} or true", [True]),
        ("{} and false", [False]),
        ("{} implies true", [True]),
        ("true implies {}", []),
        ("true xor false", [True]),
        ("active and name.count() = 2", [True]),
        ("deceased.empty()", [True]),
        ("deceased = true", []),
        ("'B' in name.given", [True]),
        ("name.given contains 'C'", [False]),
        ("(1 | 2 | 2).count()", [2]),
        ("name.given.isDistinct()", [True]),
        ("iif(active, 'yes', 'no')", ["yes"]),
        ("name.select(given.first() & '!')", ["Ada!", "Addie!"]),
        ("name.family.first().matches('[A-Z][a-z]+')", [True]),
        ("'1999'.toInteger() - 1", [1998]),
        ("'abc'.substring(1, 1)", ["b"]),
        ("'it\\'s'.length()", [4]),
        ("text.`div`.htmlChecks()", [True]),
        ("contained.where('#' + id in %resource.descendants().reference).name", ["Clinic"]),
        ("descendants().where($this is Organization).id", ["o1"]),
        ("Patient.contained.is(Organization)", [True]),
        ("%resource.repeat(contained).id", ["o1"]),
        ("name.given.trace('x').last()", ["Addie"]),
        ("weight = 70.5", [True]),
        ("Observation.id", []),
    ],
)
def test_an_expression_gives_what_the_specification_says(expression: str, expected: list[Any]) -> None:
    assert evaluate(expression, PATIENT) == expected


@pytest.mark.parametrize("expression", ["", "a.", "a b", "(a", "a = ", "'a", "$total", "name.where(", "a ? b"])
def test_a_text_that_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(UnreadableInput):
        parsed(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "'Patient/elsewhere'.resolve()",
        "name.family = 'x' and name.given.toInteger() = 1",
        "%unknown",
        "id.memberOf('urn:x')",
        "name < 3",
    ],
)
def test_what_is_not_evaluated_is_said(expression: str) -> None:
    with pytest.raises(NotEvaluated):
        evaluate(expression, {**PATIENT, "name": [{"given": ["1", "2"], "family": "x"}]})


@pytest.mark.parametrize(
    ("period", "is_in_order"),
    [
        (("2026-01-02", "2026-01-02"), True),
        (("2026-01-02", "2026-01-01"), False),
        (("2026-01", "2026-01-15"), True),
        (("2026-02", "2026-01-15"), False),
        (("2026-01-02T10:00:00Z", "2026-01-02T09:00:00Z"), False),
        (("2026-01-02T10:00:00Z", "2026-01-02T09:00:00-05:00"), True),
    ],
)
def test_days_and_moments_are_in_order_as_far_as_they_are_precise(period: tuple[str, str], is_in_order: bool) -> None:
    start, end = period
    assert holds("start <= end", Value({"start": start, "end": end}), Around(None)) is is_in_order


@pytest.mark.parametrize(
    ("div", "is_basic"),
    [
        ("<p>x</p>", True),
        ("", False),
        ("<script>x</script>", False),
        ("<p onclick='x()'>x</p>", False),
        ("&nbsp;x", True),
        ("<p>", False),
    ],
)
def test_a_narrative_is_basic_formatting(div: str, is_basic: bool) -> None:
    written = f'<div xmlns="http://www.w3.org/1999/xhtml">{div}</div>'
    assert evaluate("div.htmlChecks()", {"div": written}) == [is_basic]


CLINIC = {"resourceType": "Organization", "id": "o1", "name": "Clinic"}
REFERRING = {
    "resourceType": "Task",
    "contained": [CLINIC],
    "focus": {"reference": "ServiceRequest/s1"},
    "owner": {"reference": "#o1"},
    "requester": {"display": "Somebody"},
    "for": {"reference": "#"},
    "location": {"reference": "#none"},
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("owner.resolve().name", ["Clinic"]),
        ("owner.resolve() is Organization", [True]),
        ("focus.resolve() is ServiceRequest", [True]),
        ("focus.resolve().id", ["s1"]),
        ("'ServiceRequest/s1'.resolve().id", ["s1"]),
        ("for.resolve() is Task", [True]),
        ("requester.resolve()", []),
        ("location.resolve()", []),
    ],
)
def test_references_lead_to_what_is_contained_or_came_along(expression: str, expected: list[Any]) -> None:
    known = {"ServiceRequest/s1": {"resourceType": "ServiceRequest", "id": "s1"}}
    assert evaluate(expression, REFERRING, Around(REFERRING, at=known.get)) == expected
