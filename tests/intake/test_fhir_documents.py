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
from isocenter.terms.problems import Problem, Unread
from isocenter.workflow import review_case

Json = dict[str, Any]
AUTHOR = [{"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1", "display": "Author's Signature"}]
NOTE = """STATEMENT OF MEDICAL NECESSITY
Date: 04/28/2024
Patient: Example, Ada
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


def test_a_provenance_states_who_signed_the_answers() -> None:
    who = {"resourceType": "Practitioner", "id": "9", "name": [{"given": ["Chris"], "family": "Example"}],
           "qualification": [{"code": concept("2085R0001X", "http://nucc.org/provider-taxonomy")}]}  # fmt: skip
    provenance = {
        "resourceType": "Provenance",
        "target": [{"reference": "QuestionnaireResponse/answers-1"}, {"reference": "Patient/none"}],
        "signature": [{"type": AUTHOR, "when": "2024-04-29T10:00:00Z", "who": {"reference": "Practitioner/9"}},
                      {"type": AUTHOR, "when": "2024"}],
    }  # fmt: skip
    found = read_found([Found(one, "r", "") for one in (statement_of_necessity(), who, provenance)])
    signed = [row for row in found.rows if isinstance(row, Signature) and row.signer == "Chris Example"]
    assert [(row.role, str(row.signed_on)) for row in signed] == [("radiation_oncologist", "2024-04-29")]
    assert len(found.problems) == 2


def test_a_day_of_an_answer_that_is_none_is_named() -> None:
    answers = statement_of_necessity()
    for one in answers["item"][0]["item"]:
        if one["linkId"].endswith("signed_on"):
            one["answer"] = [{"valueDate": "2024-04-31"}]
    (problem,) = read_found([Found(answers, "r", "[0]")]).problems
    assert isinstance(problem, Unread)
    assert problem.sentence.startswith("answers-1 necessity_statement: a day is 2024-04-31; year, month and day")


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


def test_a_signature_that_answers_bear_counts() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-signature"
    signed = {"type": AUTHOR, "who": {"reference": "Practitioner/o1"}, "when": "2024-04-28T10:00:00Z"}
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
    unsigned = statement_of_necessity(extension=[{"url": url, "valueSignature": {**signed, "type": []}}])
    read = read_found([Found(one, "a.json", one["resourceType"]) for one in (unsigned, physician)])
    assert not [row for row in read.rows if isinstance(row, Signature) and row.role == "radiation_oncologist"]
    assert [problem.sentence for problem in read.problems] == ["a signature does not state its type; it was left out"]


UNSIGNED = NOTE.rpartition("Electronically")[0]
PHYSICIAN = {"resourceType": "Practitioner", "id": "o1", "name": [{"family": "Example", "given": ["Cora"]}]}
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "r1",
    "practitioner": {"reference": "Practitioner/o1"},
    "specialty": [concept("2085R0001X", "http://nucc.org/provider-taxonomy")],
}


BY_NPI = {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1999999984"}}
NUMBERED = {"identifier": [BY_NPI["identifier"]]}


def signed_by(target: str = "DocumentReference/d1", who: str = "Practitioner/o1", **changes: Any) -> Json:
    signature = {"type": AUTHOR, "when": "2024-04-29T10:00:00Z", "who": {"reference": who}}
    return {
        "resourceType": "Provenance",
        "id": "s1",
        "target": [{"reference": target}],
        "signature": [signature | changes.pop("signature", {})],
        **changes,
    }


def signatures_on_pages(*resources: Json, words: str = UNSIGNED) -> tuple[list[tuple[str, str, str]], list[str]]:
    read = read_found([Found(one, "a.json", one["resourceType"]) for one in (*resources, document(words.encode()))])
    return [(row.role, row.signer, str(row.signed_on)) for row in read.file_signatures], [
        problem.sentence for problem in read.problems
    ]


@pytest.mark.parametrize(
    "resources",
    [
        (signed_by(), PHYSICIAN, ROLE),
        (signed_by(who="PractitionerRole/r1"), PHYSICIAN, ROLE),
        (signed_by(target="https://ehr.example.org/fhir/DocumentReference/d1/_history/2"), PHYSICIAN, ROLE),
        (signed_by(), {**PHYSICIAN, "qualification": [{"code": {"text": "Radiation Oncologist"}}]}),
        (signed_by(agent=[{"who": {"reference": "Practitioner/o1"}, "role": [concept("2085R0001X")]}]), PHYSICIAN),
        (signed_by(agent=[{"who": {"reference": "Practitioner/o1"}, "type": {"text": "radiation oncologist"}}]),
         PHYSICIAN),
        (signed_by(agent=[{"who": {"reference": "Practitioner/o1"},
                           "role": [{"coding": [{"system": "http://snomed.info/sct", "code": "1",
                                                 "display": "Radiation oncologist (occupation)"}]}]}]), PHYSICIAN),
        (signed_by(signature={"who": BY_NPI}), PHYSICIAN | NUMBERED, ROLE),
    ],
)  # fmt: skip
def test_a_provenance_signs_the_pages_that_are_its_target(resources: tuple[Json, ...]) -> None:
    signatures, problems = signatures_on_pages(*resources)
    assert signatures == [("radiation_oncologist", "Cora Example", "2024-04-29")]
    assert problems == []


@pytest.mark.parametrize(
    "resources",
    [
        (signed_by(), PHYSICIAN),
        (signed_by(), {**PHYSICIAN, "qualification": [{"code": concept("2085R0202X")}]}),
        (signed_by(agent=[{"who": {"reference": "Practitioner/o2"}, "role": [concept("2085R0001X")]}]), PHYSICIAN),
        (signed_by(agent=[{"who": {"reference": "Practitioner/o1"}, "type": concept("author")}]), PHYSICIAN),
        (signed_by(signature={"who": {"display": "Cora Example"}}),),
    ],
)
def test_a_role_that_nothing_states_stays_other(resources: tuple[Json, ...]) -> None:
    signatures, problems = signatures_on_pages(*resources)
    assert signatures == [("other", "Cora Example", "2024-04-29")]
    assert problems == []


def test_a_signer_whose_record_is_not_at_hand_is_known_by_the_npi() -> None:
    signatures, problems = signatures_on_pages(signed_by(signature={"who": BY_NPI}))
    assert (signatures, problems) == ([("other", "NPI 1999999984", "2024-04-29")], [])


def test_a_signature_on_the_content_signs_the_document_that_holds_it() -> None:
    binary = {"resourceType": "Binary", "id": "b1", "data": base64.b64encode(UNSIGNED.encode()).decode()}
    at = document(b"", attachment={"data": None, "url": "Binary/b1"})
    found = [
        Found(one, "a.json", one["resourceType"]) for one in (signed_by(target="Binary/b1"), PHYSICIAN, binary, at)
    ]
    read = read_found(found)
    (signature,) = read.file_signatures
    assert signature.files == tuple(one.shown for one in read.attached)
    assert read.problems == []
    unheld = read_found(found[:3])
    assert (unheld.file_signatures, len(unheld.problems)) == ([], 1)


def test_a_preliminary_document_is_a_draft(tmp_path: Path) -> None:
    draft = document(NOTE.encode(), docStatus="preliminary")
    (tmp_path / "record.json").write_text(json.dumps(bundle_of(signed_by(), PHYSICIAN, ROLE, draft)))
    review = review_case(tmp_path)
    assert [row.state for row in review.facts["documents"]] == ["draft"]
    assert not review.facts.get("signatures")
    said = " ".join(problem.sentence for problem in review.problems)
    assert "its status is preliminary; it was read as a draft" in said
    assert "the pages are a draft" in said


@pytest.mark.parametrize(
    ("provenance", "said"),
    [
        (signed_by(target="DocumentReference/elsewhere"), "its target DocumentReference/elsewhere was not found"),
        (signed_by(target="Practitioner/o1"), "Practitioner/o1, which is no document"),
        (signed_by() | {"signature": signed_by()["signature"][0]}, "not in the form that FHIR"),
        (signed_by(signature={"type": []}), "does not state its type"),
        (signed_by(signature={"type": [{"code": "1.2.840.10065.1.12.1.8", "display": "Witness"}]}), "type Witness"),
        (signed_by(signature={"type": [{"code": "initials"}]}), "type initials"),
        (signed_by(signature={"when": "2024"}), "who signed when"),
        (signed_by(signature={"who": {"reference": "Practitioner/elsewhere"}}), "who signed when"),
    ],
)
def test_a_signature_that_cannot_be_given_to_a_document_is_named(provenance: Json, said: str) -> None:
    signatures, (problem,) = signatures_on_pages(provenance, PHYSICIAN)
    assert signatures == []
    assert said in problem


def test_a_digital_signature_counts_as_stated_and_is_named_as_not_verified() -> None:
    jws = {"sigFormat": "application/jose", "data": "YWJj"}
    signatures, problems = signatures_on_pages(signed_by(signature=jws), PHYSICIAN)
    assert len(signatures) == 1
    assert problems == ["the digital signature of Cora Example was not verified; it counts as it is stated"]


def bundle_of(*resources: Json, **changes: Any) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (order(), patient(), coverage(), *resources)],
        **changes,
    }


def reviewed_signatures(folder: Path, bundle: Json) -> tuple[list[tuple[str, str]], str]:
    (folder / "record.json").write_text(json.dumps(bundle))
    review = review_case(folder)
    kinds = {row.document_id: row.kind for row in review.facts["documents"]}
    signatures = [(kinds[row.document_id], row.role) for row in review.facts.get("signatures", ())]
    return signatures, " ".join(problem.sentence for problem in review.problems)


def test_pages_that_a_provenance_signs_are_a_signed_document_of_the_review(tmp_path: Path) -> None:
    record = bundle_of(signed_by(), PHYSICIAN, ROLE, document(UNSIGNED.encode()))
    signatures, problems = reviewed_signatures(tmp_path, record)
    assert signatures == [("necessity_statement", "radiation_oncologist")]
    assert "signature" not in problems


def test_the_signature_of_a_document_bundle_signs_the_one_document_in_it(tmp_path: Path) -> None:
    signature = signed_by()["signature"][0]
    held = (PHYSICIAN, ROLE, document(UNSIGNED.encode()))
    record = bundle_of(*held, type="document", signature=signature)
    assert reviewed_signatures(tmp_path, record)[0] == [("necessity_statement", "radiation_oncologist")]
    for changes, said in (
        ({"signature": [signature]}, "not in the form that FHIR"),
        ({"type": "collection"}, "a bundle of the type collection"),
        ({"entry": [*record["entry"], {"resource": {**document(NOTE.encode()), "id": "d2"}}]}, "2 documents"),
    ):
        read = read_found([
            *(Found(entry["resource"], "a.json", "") for entry in record["entry"]),
            Found({**record, **changes}, "a.json", "Bundle"),
        ])  # fmt: skip
        assert read.file_signatures == []
        assert any(said in problem.sentence for problem in read.problems)


def test_documents_of_one_name_keep_signatures_of_their_own() -> None:
    first, second = ({**document(words), "id": None} for words in (b"one", b"two"))
    read = read_found([Found(one, "a.json", "") for one in (first, second)])
    assert len({one.shown for one in read.attached}) == 2
