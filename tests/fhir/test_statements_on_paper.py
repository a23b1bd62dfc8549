"""A statement on paper that was taken back, or that is about another tumor, is no ground for a yes."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from tests.fhir.requests import hook, order, statement_of_necessity
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, stated_of

Json = dict[str, Any]
SIGNED = "Electronically signed by C. Example, MD, Radiation Oncologist"
NECESSITY = "in close proximity to the rectum and the bladder, and 3D conformal planning cannot spare them."


def statement(named: str = "") -> str:
    return (
        "STATEMENT OF MEDICAL NECESSITY\nDate: 04/28/2024\nPatient: Ada B Example\n"
        f"{named}\nThe target is {NECESSITY}\n"
        f"{SIGNED} 04/28/2024\n"
    )


def addendum(words: str, day: str = "05/01/2024") -> str:
    return f"ADDENDUM\nDate: {day}\nPatient: Ada B Example\n{words}\n{SIGNED} {day}\n"


def pages(words: str, own_id: str) -> Json:
    held = {"contentType": "text/plain", "data": b64encode(words.encode()).decode()}
    return {"resourceType": "DocumentReference", "id": own_id, "status": "current",
            "subject": {"reference": "Patient/p1"}, "content": [{"attachment": held}]}  # fmt: skip


@pytest.fixture(scope="module")
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def covered(service: Service, *record: Json) -> str:
    body = hook(order())
    body["prefetch"].update({f"record{number}": one for number, one in enumerate(record)})
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    return str(stated_of(action)["covered"][0])


@pytest.mark.parametrize(
    "words",
    [
        "The statement of 04/28/2024 is retracted.",
        "I withdraw my statement of medical necessity.",
        "Please disregard the letter of medical necessity dated 04/28/2024.",
        "On review, VMAT is no longer medically necessary.",
        "The previous note was entered on the wrong patient.",
        "3D conformal planning can spare the rectum and the bladder.",
    ],
)
def test_a_statement_that_was_taken_back_is_no_yes(service: Service, words: str) -> None:
    assert covered(service, pages(f"{statement()}\n{addendum(words)}", "d1")) == "conditional"
    assert covered(service, pages(statement(), "d1"), pages(addendum(words), "d2")) == "conditional"
    assert covered(service, statement_of_necessity(), pages(addendum(words), "d2")) == "conditional"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("I agree with the statement above.", "05/01/2024"),
        ("The insurer wrote that IMRT is not medically necessary; see the statement.", "05/01/2024"),
        ("3D conformal planning is adequate for the nodes but not for the prostate.", "05/01/2024"),
        ("If the statement is withdrawn, the plan will be changed.", "05/01/2024"),
        ("I withdraw my statement of medical necessity.", "03/01/2024"),  # before another one was written
    ],
)
def test_an_addendum_that_takes_nothing_back_is_in_the_way_of_nothing(service: Service, words: str, day: str) -> None:
    assert covered(service, pages(statement(), "d1"), pages(addendum(words, day), "d2")) == "covered"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("Diagnosis: squamous cell carcinoma of the base of tongue", "conditional"),
        ("The patient has non-small cell lung cancer.", "conditional"),
        ("Diagnosis: rectal adenocarcinoma (C20)", "conditional"),
        ("Diagnosis: glioblastoma", "conditional"),
        ("Diagnosis: adenocarcinoma of the prostate", "covered"),
        ("Diagnosis: prostate cancer. Family history of lung cancer.", "covered"),
        ("Prostate cancer; prior bladder cancer was resected.", "covered"),
        ("PSA 12, Gleason 4+3.", "covered"),
    ],
)
def test_a_statement_about_another_tumor_than_the_orders_is_no_yes(service: Service, named: str, expected: str) -> None:
    assert covered(service, pages(statement(named), "d1")) == expected
