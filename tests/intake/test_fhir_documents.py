"""Documents within FHIR resources are read as the chart's own files; none is passed over in silence."""

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.fhir.requests import coverage, order, statement_of_necessity
from tests.intake.fhir_resources import concept, patient

from isocenter.intake.fhir.answers import ANSWER_CODES
from isocenter.intake.fhir.documents import Attached, read_documents
from isocenter.intake.fhir.references import Directory
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir_r4 import read_found
from isocenter.terms.chart import Document, DocumentElement, Signature
from isocenter.terms.problems import Problem
from isocenter.workflow import review_case

Json = dict[str, Any]
NOTE = """STATEMENT OF MEDICAL NECESSITY
Date: 04/28/2024
Patient: Example, Pat
The target is in close proximity to the rectum and the bladder, and 3D conformal planning cannot spare them.
Electronically signed by C. Example, MD, Radiation Oncologist 04/28/2024
"""


def document(held: bytes, **changes: Any) -> Json:
    attachment = {"contentType": "application/pdf", "data": base64.b64encode(held).decode()}
    return {
        "resourceType": "DocumentReference",
        "id": "d1",
        "status": "current",
        "subject": {"reference": "Patient/p1"},
        "content": [{"attachment": attachment | changes.pop("attachment", {})}],
        **changes,
    }


def cda(body: str, header: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>Statement of Medical Necessity</title>'
        f'<effectiveTime value="20240428"/>{header}<component>{body}</component></ClinicalDocument>'
    ).encode()


def pdf(words: str) -> bytes:
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    out = io.BytesIO()
    canvas = Canvas(out)
    for number, line in enumerate(words.splitlines()):
        canvas.drawString(40, 780 - 16 * number, line)
    canvas.save()
    return out.getvalue()


def read(resource: Json, *others: Json) -> list[Attached | Problem]:
    found = [Found(one, "record.json", "") for one in (resource, *others)]
    return list(read_documents(found[0], Directory(found)))


def read_one(resource: Json, *others: Json) -> Attached:
    (found,) = read(resource, *others)
    assert isinstance(found, Attached), found
    return found


def test_a_file_is_known_by_its_content_whatever_its_type_says() -> None:
    assert read_one(document(pdf(NOTE), attachment={"contentType": "text/plain"})).name == "DocumentReference-d1.pdf"
    assert read_one(document(NOTE.encode())).name == "DocumentReference-d1.txt"
    assert read_one(document(b"\x89PNG....")).name.endswith(".png")


def test_content_that_is_elsewhere_comes_along_as_a_binary() -> None:
    at = document(b"", attachment={"data": None, "url": "Binary/b1"})
    binary = {"resourceType": "Binary", "id": "b1", "data": base64.b64encode(NOTE.encode()).decode()}
    assert read_one(at, binary).content == NOTE.encode()
    (problem,) = read(at)
    assert isinstance(problem, Problem)
    assert "nothing is fetched" in problem.sentence


def test_the_narrative_of_a_cda_document_is_read_line_by_line() -> None:
    body = (
        "<structuredBody><component><section><title>Assessment</title><text><paragraph>The target is close to the"
        " <content>rectum</content>.</paragraph><list><item>One</item><item>Two</item></list>"
        "<table><tr><td>Dose</td><td>78 Gy</td></tr></table></text></section></component></structuredBody>"
    )
    signed = (
        '<legalAuthenticator><time value="20240428120000"/><assignedEntity><assignedPerson><name><given>C.</given>'
        "<family>Example</family></name></assignedPerson></assignedEntity></legalAuthenticator>"
    )
    lines = read_one(document(cda(body, signed))).content.decode().splitlines()
    assert lines == [
        "Statement of Medical Necessity",
        "Date: 2024-04-28",
        "Electronically signed by C. Example 2024-04-28",
        "Assessment",
        "The target is close to the rectum .",
        "One",
        "Two",
        "Dose 78 Gy",
    ]


def test_a_file_within_a_cda_document_is_taken_out() -> None:
    inner = base64.b64encode(pdf(NOTE)).decode()
    body = f'<nonXMLBody><text mediaType="application/pdf" representation="B64">{inner}</text></nonXMLBody>'
    assert read_one(document(cda(body))).name.endswith(".pdf")


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (document(b"x", status="entered-in-error"), "in error"),
        (document(b"x", status="superseded"), "later document"),
        (document(b"x", content=[]), "no attachment"),
        (document(b"x", attachment={"data": "%%%"}), "base64"),
        (document(b"x", attachment={"data": ""}), "no content"),
        (document(b"x", attachment={"hash": base64.b64encode(hashlib.sha1(b"y").digest()).decode()}), "hash"),
        (document(b"\x00\x01\xfe\xff"), "not PDF, a picture"),
        (document(b"<html><body>x</body></html>"), "not PDF, a picture"),
        (document(cda("<structuredBody/>")[:-9]), "not XML"),
        (document(b'<!DOCTYPE x [<!ENTITY a "b">]>' + cda("")), "entities"),
    ],
)
def test_what_cannot_be_read_is_a_problem(resource: Json, said: str) -> None:
    resource = json.loads(json.dumps(resource))
    found = read(resource)
    assert all(isinstance(one, Problem) for one in found)
    assert said in " ".join(one.sentence for one in found if isinstance(one, Problem))


@pytest.mark.parametrize("content", [NOTE.encode(), pdf(NOTE)])
def test_a_document_of_the_record_is_abstracted_like_a_page_of_the_chart(tmp_path: Path, content: bytes) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (order(), patient(), coverage(), document(content))],
    }
    (tmp_path / "record.json").write_text(json.dumps(bundle))
    review = review_case(tmp_path)
    assert [one.kind for one in review.facts["documents"]] == ["necessity_statement"]
    (cited,) = {row.file for row in review.facts["citations"]}
    assert cited.startswith("record.json: DocumentReference-d1")


def test_a_provenance_tells_who_signed_the_answers() -> None:
    who = {"resourceType": "Practitioner", "id": "9", "name": [{"given": ["Chris"], "family": "Example"}],
           "qualification": [{"code": concept("2085R0001X", "http://nucc.org/provider-taxonomy")}]}  # fmt: skip
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": "QuestionnaireResponse/answers-1"}, {"reference": "Patient/none"}],
        "signature": [{"when": "2024-04-29T10:00:00Z", "who": {"reference": "Practitioner/9"}}, {"when": "2024"}],
    }
    found = read_found([Found(one, "r", "") for one in (statement_of_necessity(), who, provenance)])
    signed = [row for row in found.rows if isinstance(row, Signature) and row.signer == "Chris Example"]
    assert [(row.role, str(row.signed_on)) for row in signed] == [("radiation_oncologist", "2024-04-29")]
    assert len(found.problems) == 2


def foreign(**changes: Any) -> Json:
    """Answers to a questionnaire of another payer, which comes along and bears codes on two of its questions."""
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "theirs",
        "questionnaire": "https://other.example.org/Questionnaire/radiotherapy|3",
        "status": "completed",
        "item": [
            {"linkId": "1", "item": [
                {"linkId": "1.1", "answer": [{"valueDate": "2024-04-28"}]},
                {"linkId": "1.2", "answer": [{"valueBoolean": True, "item": [
                    {"linkId": "1.2.1", "answer": [{"valueString": "2 mm to the cord"}]},
                ]}]},
            ]},
            {"linkId": "9", "text": "Employer", "answer": [{"valueString": "Example Works"}]},
        ],
        **changes,
    }  # fmt: skip


THEIRS = {
    "resourceType": "Questionnaire",
    "url": "https://other.example.org/Questionnaire/radiotherapy",
    "item": [
        {"linkId": "1", "item": [
            {"linkId": "1.1", "code": [{"system": ANSWER_CODES, "code": "necessity_statement/date"}]},
            {"linkId": "1.2", "code": [{"system": ANSWER_CODES, "code": "necessity_statement/condition_proximity"}]},
        ]},
    ],
}  # fmt: skip


def test_answers_to_a_questionnaire_of_others_are_read_by_their_codes_and_the_rest_is_named() -> None:
    read = read_found([Found(foreign(), "a.json", "QuestionnaireResponse/theirs"), Found(THEIRS, "a.json", "")])
    assert [(row.kind, str(row.document_date)) for row in read.rows if isinstance(row, Document)] == [
        ("necessity_statement", "2024-04-28")
    ]
    assert [row.element for row in read.rows if isinstance(row, DocumentElement)] == ["condition_proximity"]
    assert [problem.place for problem in read.problems] == [
        "QuestionnaireResponse/theirs.item[0].item[1].answer[0].item[0]",
        "QuestionnaireResponse/theirs.item[1]",
    ]
    assert not any("Example Works" in problem.sentence for problem in read.problems)


def test_answers_to_a_questionnaire_that_is_not_at_hand_are_named_one_by_one() -> None:
    read = read_found([Found(foreign(), "a.json", "theirs")])
    assert not read.rows
    assert len(read.problems) == 4
    many = [{"linkId": str(number), "answer": [{"valueBoolean": True}]} for number in range(100)]
    read = read_found([Found(foreign(item=many), "a.json", "theirs")])
    assert len(read.problems) == 21
    assert "80 further answers" in read.problems[-1].sentence


def test_an_answer_that_lies_deep_below_others_is_named_as_any_other() -> None:
    item: Json = {"linkId": "deepest", "answer": [{"valueBoolean": True}]}
    for number in range(100):
        item = {"linkId": str(number), "item": [item]}
    (problem,) = read_found([Found(foreign(item=[item]), "a.json", "theirs")]).problems
    assert problem.place == "theirs" + ".item[0]" * 101


def test_the_response_to_an_adaptive_questionnaire_of_ours_is_read_by_its_link_ids() -> None:
    held = {"resourceType": "Questionnaire", "id": "asked", "derivedFrom": ["https://x/Questionnaire/isocenter-imrt-1"]}
    item = {
        "linkId": "prescription",
        "item": [{"linkId": "prescription/date", "answer": [{"valueDate": "2024-05-01"}]}],
    }
    read = read_found([Found(foreign(questionnaire="#asked", contained=[held], item=[item]), "a.json", "")])
    assert [row.kind for row in read.rows if isinstance(row, Document)] == ["prescription"]


def test_a_signature_that_answers_bear_counts_and_one_on_pages_is_named() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-signature"
    signed = {"who": {"reference": "Practitioner/o1"}, "when": "2024-04-28T10:00:00Z"}
    physician = {
        "resourceType": "Practitioner",
        "id": "o1",
        "name": [{"family": "Example", "given": ["Cora"]}],
        "qualification": [{"code": concept("2085R0001X")}],
    }
    answers = statement_of_necessity(extension=[{"url": url, "valueSignature": signed}])
    found = [Found(one, "a.json", one["resourceType"]) for one in (answers, physician)]
    signatures = [row for row in read_found(found).rows if isinstance(row, Signature)]
    assert (signatures[-1].role, str(signatures[-1].signed_on)) == ("radiation_oncologist", "2024-04-28")
    of_pages = {
        "resourceType": "Provenance",
        "target": [{"reference": "DocumentReference/d1"}],
        "signature": [signed],
    }
    read = read_found([Found(one, "a.json", one["resourceType"]) for one in (of_pages, document(b"Dear colleague"))])
    assert not [row for row in read.rows if isinstance(row, Signature)]
    assert any("signature on DocumentReference/d1" in problem.sentence for problem in read.problems)
