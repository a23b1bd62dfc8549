"""What the record tells of courses that are over decides nothing about the one that is asked for."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import FhirRows, read_found
from isocenter.terms.courses import Course, PriorIrradiation
from isocenter.terms.problems import Unread
from tests.fhir.changes import submitted
from tests.fhir.requests import authorization, coverage, hook, order, statement_of_necessity
from tests.fhir.test_authorizations import actions
from tests.fhir.test_lone_services import notes
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, stated_of
from tests.intake.fhir_resources import (
    ICD10,
    MCODE,
    SNOMED,
    Json,
    bill,
    concept,
    course_summary,
    patient,
    planned_course,
    technique,
)

IMRT, CONFORMAL = "441799006", "1162782007"


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def given(start: str, end: str, code: str = "C61", **changes: Any) -> Json:
    """A course that was given, for a tumor, and that follows no supplied order."""
    return course_summary(start, end, **{"basedOn": [], "reasonCode": [concept(code, ICD10)], **changes})


def phase(**changes: Any) -> Json:
    """A phase that was treated, of a course that is not supplied."""
    return {
        "resourceType": "Procedure",
        "id": "phase-7",
        "status": "completed",
        "code": concept("1222565005", SNOMED),
        "subject": {"reference": "Patient/p1"},
        "performedPeriod": {"start": "2018-01-08", "end": "2018-02-02"},
        **changes,
    }


BREAST = given("2018-01-08", "2018-02-02", "C50.912")
LUNG = given("2020-03-02", "2020-04-10", "C34.11", id="summary-2")
OVER: dict[str, tuple[Json, ...]] = {
    "another tumor, years ago": (BREAST,),
    "the same tumor, years ago": (given("2018-01-08", "2018-02-02"),),
    "two earlier courses": (BREAST, LUNG),
    "by 3D": (given("2018-01-08", "2018-02-02", extension=technique(CONFORMAL)),),
    "beside the planned one": (planned_course(), BREAST),
    "the planned one alone": (planned_course(*technique(IMRT)),),
    "a phase of a course that is over": (phase(extension=technique(CONFORMAL)),),
}


def asked_at_hook(service: Service, *record: Json, **changes: Any) -> Json:
    held = {"patient": patient(), "coverage": coverage(), "record": [statement_of_necessity(), *record]}
    reply = post(service, SIGN, hook(order(**changes), prefetch=held))
    assert reply.status == 200, reply.body
    (action,) = body_of(reply)["systemActions"]
    return stated_of(action)


@pytest.mark.parametrize("record", OVER.values(), ids=list(OVER))
def test_a_course_that_is_over_leaves_the_answer_about_the_one_asked_for(
    service: Service, record: tuple[Json, ...]
) -> None:
    assert asked_at_hook(service, *record)["covered"] == ["covered"]
    assert actions(submitted(service, authorization(more=(statement_of_necessity(), *record)))) == ["A1"]


OPEN: dict[str, tuple[tuple[Json, ...], str]] = {
    "another tumor is under treatment": (
        (given("2024-04-22", "", "C50.912", status="in-progress"),),
        "a person decides which course it is",
    ),
    "a course of another tumor without days": ((given("", "", "C50.912"),), "a person decides which course it is"),
    "two courses that are not over": (
        (planned_course(), planned_course(id="course-2", reasonCode=[concept("C50.912", ICD10)])),
        "describes 2 courses that are not over (course-1, course-2)",
    ),
    "a phase goes on": ((phase(status="in-progress"),), "may be the one requested"),
    "a phase without days": ((phase(performedPeriod={}),), "may be the one requested"),
    "the statement is older than the course before": (
        (given("2024-03-20", "2024-04-30"),),
        "before an earlier course ended on 2024-04-30",
    ),
}


@pytest.mark.parametrize(("record", "said"), OPEN.values(), ids=list(OPEN))
def test_what_may_be_of_another_course_is_a_persons(service: Service, record: tuple[Json, ...], said: str) -> None:
    stated = asked_at_hook(service, *record)
    assert stated["covered"] == ["conditional"]
    assert any(said in one["text"] for one in stated["reason"])
    answered = submitted(service, authorization(more=(statement_of_necessity(), *record)))
    assert actions(answered) == ["A4"]
    assert any(said in note for note in notes(answered))


def test_a_phase_that_goes_on_is_another_question_than_one_that_is_over(service: Service) -> None:
    is_over, goes_on = (asked_at_hook(service, one) for one in (phase(), phase(status="in-progress")))
    assert (is_over["covered"], goes_on["covered"]) == (["covered"], ["conditional"])
    assert is_over["coverage-assertion-id"] != goes_on["coverage-assertion-id"]


def test_a_service_asked_for_within_a_course_that_was_given_is_of_that_course(service: Service) -> None:
    """Authorization is asked for after the treatment, whose record says that it was for another tumor."""
    within = given("2024-05-06", "2024-06-20", "C50.912")
    answered = submitted(service, authorization(more=(statement_of_necessity(), within)))
    assert actions(answered) == ["A4"]
    assert any("a person decides which course it is" in note for note in notes(answered))


def read(*resources: Json, asked_on: date | None = None) -> FhirRows:
    return read_found([Found(one, "case.json", f"[{place}]") for place, one in enumerate(resources)], asked_on=asked_on)


def test_a_course_that_is_over_is_an_earlier_irradiation_of_the_one_asked_for() -> None:
    dose = {
        "url": MCODE + "mcode-radiotherapy-dose-delivered-to-volume",
        "extension": [{"url": "totalDoseDelivered", "valueQuantity": {"value": 5000, "code": "cGy"}}],
    }
    record = (patient(), given("2018-01-08", "2018-02-02", extension=[dose]), order())
    asked = read(*record, asked_on=date(2024, 5, 2)).rows
    assert [row.course_id for row in asked if isinstance(row, Course)] == ["order-1"]
    (earlier,) = [row for row in asked if isinstance(row, PriorIrradiation)]
    assert (earlier.ended_on, earlier.dose_gy) == (date(2018, 2, 2), 50.0)
    of_case = read(*record).rows
    assert [row.course_id for row in of_case if isinstance(row, Course)] == ["summary-1"]
    assert not [row for row in of_case if isinstance(row, PriorIrradiation)]


def test_a_request_for_authorization_is_reviewed_as_a_case_as_it_is_answered() -> None:
    claim = authorization()["entry"][0]["resource"]
    rows = read(patient(), BREAST, coverage(), claim).rows
    assert not [row for row in rows if isinstance(row, Course)]  # the request names it
    assert [row.ended_on for row in rows if isinstance(row, PriorIrradiation)] == [date(2018, 2, 2)]
    billed = read(patient(), BREAST, coverage(), {**claim, "use": "claim"}).rows
    assert [row.course_id for row in billed if isinstance(row, Course)] == ["summary-1"]


def test_an_order_beside_a_phase_without_its_course_is_read() -> None:
    found = read(patient(), phase(), order())
    assert [row.course_id for row in found.rows if isinstance(row, Course)] == ["order-1"]
    assert not [one for one in found.problems if isinstance(one, Unread)]


@pytest.mark.parametrize(
    ("beside", "business"),
    [
        ((order(insurance=[{"reference": "Coverage/c1"}]),), "medicare"),
        ((planned_course(id="course-1", insurance=[{"reference": "Coverage/c1"}]),), "medicare"),
        ((order(insurance=[{"reference": "Coverage/c1"}]), bill()), ""),  # the bills say it
        (
            (
                order(insurance=[{"reference": "Coverage/c1"}]),
                order(id="order-2", insurance=[{"reference": "Coverage/c2"}]),
            ),
            "",  # which of them it is, is not known
        ),
    ],
)
def test_the_coverage_of_the_order_is_that_of_the_course_that_the_record_describes(
    beside: tuple[Json, ...], business: str
) -> None:
    course = () if any(one["id"] == "course-1" for one in beside) else (planned_course(),)
    covers = (coverage(), coverage(id="c2", payor=[{"display": "Medicaid of Example"}]))
    (found,) = [row for row in read(patient(), *course, *covers, *beside).rows if isinstance(row, Course)]
    assert found.line_of_business == business
