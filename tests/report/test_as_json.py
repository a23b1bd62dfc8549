"""The JSON of a review: fixed names, a schema that describes all of them, the same bytes each time."""

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from isocenter.report.as_json import SCHEMA_VERSION, review_as_json, review_schema
from isocenter.terms.findings import Reading
from tests.builders import store_of
from tests.report.cases import claims_only_review, course_tables, review_of, usual_review


def _validator() -> Draft202012Validator:
    schema = json.loads(review_schema())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _written() -> dict[str, Any]:
    return dict(json.loads(review_as_json(usual_review())))


@pytest.mark.parametrize("review", [usual_review, claims_only_review])
def test_a_review_is_as_the_schema_says(review: Any) -> None:
    _validator().validate(json.loads(review_as_json(review())))


@pytest.mark.parametrize("place", [[], ["lines", 0], ["findings", 0], ["readings", 0], ["inputs", 0], ["problems", 0]])
def test_the_schema_refuses_a_name_that_it_does_not_describe(place: list[Any]) -> None:
    document: Any = _written()
    part = document
    for step in place:
        part = part[step]
    part["added"] = 1
    with pytest.raises(ValidationError, match="Additional properties"):
        _validator().validate(document)


def test_the_schema_refuses_an_unknown_recommendation() -> None:
    document = _written()
    document["recommendation"] = "approve"
    with pytest.raises(ValidationError, match="approve"):
        _validator().validate(document)


def test_every_key_of_the_schema_has_a_description() -> None:
    def undescribed(part: dict[str, Any], name: str) -> list[str]:
        names = [f"{name}.{key}" for key, about in part.get("properties", {}).items() if "description" not in about]
        return names + [n for key, about in part.get("$defs", {}).items() for n in undescribed(about, key)]

    assert undescribed(json.loads(review_schema()), "review") == []


def test_the_fixed_names_stand_as_they_were_fixed() -> None:
    document = _written()
    assert document["schema_version"] == SCHEMA_VERSION
    fixed = {"isocenter", "policies", "course_id", "recommendation", "requires_clinician", "lines", "findings"}
    assert fixed | {"not_assessed", "readings", "inputs", "problems"} <= document.keys()
    line = {"claim_line_id", "procedure_code", "service_date", "recommendation", "units_allowed"}
    line |= {"units", "billed", "at_stake"}
    assert document["lines"][0].keys() == line
    finding = {"policy", "rule", "requirements", "cites", "subject_kind", "subject_id", "outcome"}
    assert document["findings"][0].keys() == finding | {
        "consequence",
        "because",
        "evidence",
        "remedy",
        "carc",
        "rarc",
        "reason_code",
    }


def test_every_line_and_finding_of_the_review_is_in_it() -> None:
    review = usual_review()
    document = _written()
    assert [line["claim_line_id"] for line in document["lines"]] == [line.claim_line_id for line in review.lines]
    assert [f["because"] for f in document["findings"]] == [f.because for f in review.findings]


def test_the_same_facts_give_the_same_bytes() -> None:
    again = review_of(store_of(course_tables()))
    assert again is not usual_review()
    assert review_as_json(again) == review_as_json(usual_review())


def test_a_reading_may_be_a_meaning_and_names_may_hold_any_character() -> None:
    reading = Reading("imrt", "direct_supervision", "in the office suite", "", 'why "so" <&>', "source\n")
    review = replace(usual_review(), readings=(reading,))
    document = json.loads(review_as_json(review))
    _validator().validate(document)
    assert document["readings"][0]["value"] == "in the office suite"
    assert document["readings"][0]["reason"] == 'why "so" <&>'
