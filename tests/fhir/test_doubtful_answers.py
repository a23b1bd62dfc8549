"""An answer that leaves a condition open, and a document whose state or size is wrong, is no ground for a yes."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer
from isocenter.review.stated import why_no_signature, why_not_stated
from isocenter.terms.chart import DocumentElement, Signature
from isocenter.terms.signers import why_no_name
from tests.fhir.requests import hook, order, statement_of_necessity
from tests.fhir.test_service import body_of, post
from tests.fhir.test_strangers import SIGN, stated_of

Json = dict[str, Any]
ABSENT = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
NOTE = (
    "STATEMENT OF MEDICAL NECESSITY\nPatient: Ada B Example\nDate: 05/02/2024\n"
    "The target is in close proximity to the rectum and the bladder, and 3D conformal planning cannot spare them.\n"
    "Electronically signed by C. Example, MD, Radiation Oncologist 05/02/2024\n"
)


@pytest.fixture(scope="module")
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records)
    records.close()


def covered(service: Service, evidence: Json) -> str:
    body = hook(order())
    body["prefetch"]["evidence"] = evidence
    (action,) = body_of(post(service, SIGN, body))["systemActions"]
    return str(stated_of(action)["covered"][0])


def answered(place: int, answer: Json) -> Json:
    response = statement_of_necessity()
    response["item"][0]["item"][place]["answer"] = [answer]
    return response


@pytest.mark.parametrize(
    ("place", "answer", "expected"),
    [
        (4, {"valueBoolean": True}, "covered"),
        (4, {"valueString": "rectum, within 3 mm of the target"}, "covered"),
        (4, {"valueBoolean": True, "_valueBoolean": ABSENT}, "conditional"),
        (4, {"valueCoding": {"system": NULL_FLAVOR, "code": "ASKU", "display": "Yes"}}, "conditional"),
        (4, {"valueString": "not assessed"}, "conditional"),
        (4, {"valueString": "To be determined."}, "conditional"),
        (4, {"valueString": "0.0"}, "conditional"),
        (1, {"valueString": "C. Example MD", "_valueString": ABSENT}, "conditional"),
        (3, {"valueDate": "2019-01-01"}, "conditional"),  # signed years before it was written
        (3, {"valueDate": "2024-04-27"}, "covered"),
    ],
)
def test_an_answer_that_leaves_it_open_is_no_yes(service: Service, place: int, answer: Json, expected: str) -> None:
    assert covered(service, answered(place, answer)) == expected


@pytest.mark.parametrize(
    ("changes", "attachment", "expected"),
    [
        ({"status": "current"}, {"size": len(NOTE)}, "covered"),
        ({"status": "current"}, {"size": 3}, "conditional"),
        ({"status": "withdrawn"}, {}, "conditional"),
        ({}, {}, "conditional"),
    ],
)
def test_a_document_of_no_known_state_or_of_another_size_is_no_yes(
    service: Service, changes: Json, attachment: Json, expected: str
) -> None:
    held = {"contentType": "text/plain", "data": b64encode(NOTE.encode()).decode(), **attachment}
    subject = {"reference": "Patient/p1"}
    document = {"resourceType": "DocumentReference", "id": "d1", "subject": subject, "content": [{"attachment": held}]}
    assert covered(service, {**document, **changes}) == expected


@pytest.mark.parametrize(
    ("detail", "is_open"),
    [
        *((words, True) for words in ("denies", "cannot say", "maybe", "none known", "absent", "negative", "unclear")),
        *((words, True) for words in ("not close", "refer to note", "same as above", "Awaiting the CT", "00.00")),
        *(
            (words, True)
            for words in ("Y/N", "Yes / No / N/A", "Yes, but not relevant here", "true, though never seen")
        ),
        *((words, True) for words in ("failed", "QA failed", "did not pass", "out of tolerance")),
        *((words, False) for words in ("3D planning fails to spare the rectum", "failed prior brachytherapy")),
        *((words, False) for words in ("yes, 3 mm", "Yes, but only the rectum", "rectum, but not the bladder")),
        *((words, False) for words in ("rectum", "no shift", "none needed after review", "10 x 10 cm", "per protocol")),
        *((words, False) for words in ("not exceeding 45 Gy to the cord", "0.5 mm", "seen and signed")),
    ],
)
def test_a_detail_of_a_few_words_that_leaves_it_open_states_nothing(detail: str, is_open: bool) -> None:
    assert bool(why_not_stated(DocumentElement("d", "e", detail))) == is_open


@pytest.mark.parametrize(
    ("signer", "is_named"),
    [
        ("Signature on file", False),
        ("on file", False),
        ("Electronically signed", False),
        ("see chart", False),
        ("illegible", False),
        ("Dr.", False),
        ("MD", False),
        ("Treating physician", False),
        ("Attending radiation oncologist, MD", False),
        ("Pending signature", False),
        ("same as above", False),
        ("verbal order", False),
        ("XX", False),
        ("Dr. X. Ample", True),
        ("Chart, John MD", True),
        ("Self, Mary", True),
        ("Na Li, MD", True),
        ("Dr. Do", True),
        ("Anna Staff", True),
    ],
)
def test_a_signature_bears_the_name_of_somebody(signer: str, is_named: bool) -> None:
    assert bool(why_no_name(signer)) is not is_named
    assert bool(why_no_signature(Signature("d1", "other", signer))) is not is_named


def test_a_title_in_place_of_the_signer_is_no_yes(service: Service) -> None:
    response = statement_of_necessity()
    signed = response["item"][0]["item"]
    signed[1]["answer"], signed[2]["answer"] = [
        [{"valueString": "Radiation Oncologist"}],
        [{"valueCoding": {"code": "radiation_oncologist"}}],
    ]
    assert covered(service, response) == "conditional"


@pytest.mark.parametrize(("signed_on", "expected"), [("2024-04-28", "covered"), ("2019-04-28", "conditional")])
def test_a_statement_without_its_day_is_of_the_day_of_its_signature(
    service: Service, signed_on: str, expected: str
) -> None:
    response = statement_of_necessity()
    items = response["item"][0]["item"]
    items[3]["answer"] = [{"valueDate": signed_on}]
    del items[0]
    assert covered(service, response) == expected
