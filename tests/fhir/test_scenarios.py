"""What is written for a client about each example is answered by the interfaces, and fits its profiles."""

import json
import re
import shlex
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from wsgiref.simple_server import make_server

import pytest

from isocenter import cli
from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.scenarios import scenario_of
from isocenter.fhir.serving.service import Service
from isocenter.fhir.serving.wsgi import application
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.test_authorizations import actions
from tests.fhir.test_service import _Quiet, body_of, post
from tests.fhir.test_strangers import stated_of

ROOT = Path(__file__).parents[2]
_ORDER_OF_CRD = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/profile-servicerequest"
CASES = ("prostate_clean", "left_breast_coding", "hospital_course", "compensator_undocumented")
Json = dict[str, Any]


@pytest.fixture
def service(judges: Judges) -> Iterator[Service]:
    records = Records()
    yield Service(judges, Payer(), records, now=lambda: datetime(2026, 1, 15, tzinfo=UTC))
    records.close()


@pytest.fixture(scope="module")
def bodies() -> dict[str, dict[str, Json]]:
    return {name: scenario_of(ROOT / "examples" / name) for name in CASES}


def test_a_complete_record_is_asked_for_nothing(service: Service, bodies: dict[str, dict[str, Json]]) -> None:
    for name in ("order-sign", "order-dispatch", "appointment-book"):
        answered = body_of(
            post(service, f"/cds-services/isocenter-{name}", bodies["prostate_clean"][f"hook-{name}.json"])
        )
        assert not [one["summary"] for one in answered["cards"] if "the record has to show" in one["summary"]]
        (action,) = answered["systemActions"]
        assert stated_of(action)["covered"] == ["covered"], name


@pytest.mark.parametrize("case", [CASES[0], *(pytest.param(one, marks=pytest.mark.slow) for one in CASES[1:])])
def test_every_body_is_answered(service: Service, bodies: dict[str, dict[str, Json]], case: str) -> None:
    own = bodies[case]
    for name, body in own.items():
        if name.startswith("hook-"):
            hook = name.removeprefix("hook-").removesuffix(".json")
            reply = post(service, f"/cds-services/isocenter-{hook}", body)
            assert reply.status == 200, reply.body
            assert body_of(reply)["systemActions"], name
    assert post(service, "/Questionnaire/$questionnaire-package", own["questionnaire-package.json"]).status == 200
    assert set(actions(body_of(post(service, "/Claim/$submit", own["submit-without-documents.json"])))) <= {"A4", "A6"}
    assert body_of(post(service, "/Claim/$inquire", own["inquire.json"]))["parameter"]
    assert post(service, "/Claim/$submit", own["cancel.json"]).status == 200
    assert post(service, "/Subscription", own["subscription.json"]).status == 201


def test_a_documented_case_is_certified(service: Service, bodies: dict[str, dict[str, Json]]) -> None:
    given = body_of(post(service, "/Claim/$submit", bodies["prostate_clean"]["submit.json"]))
    assert "A1" in actions(given)


def test_documents_that_are_sent_later_complete_the_request(
    service: Service, bodies: dict[str, dict[str, Json]]
) -> None:
    own = bodies["prostate_clean"]
    first = body_of(post(service, "/Claim/$submit", own["submit-without-documents.json"]))
    assert "A4" in actions(first)
    assert post(service, "/$submit-attachment", own["submit-attachment.json"]).status == 200
    asked = body_of(post(service, "/Claim/$inquire", own["inquire.json"]))
    (later,) = [one["resource"] for one in asked["parameter"] if one["name"] == "return"]
    assert "A1" in actions(later)


def test_every_bundle_fits_its_profile(shared_data: Path, bodies: dict[str, dict[str, Json]]) -> None:
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz")
    for case, own in bodies.items():
        for name in (one for one in own if not one.startswith(("hook-", "questionnaire-"))):
            faults = [one for one in check(own[name], definitions) if one.severity == "error"]
            assert not faults, (case, name, faults[:3])


def test_every_answer_fits_its_profiles(
    shared_data: Path, judges: Judges, bodies: dict[str, dict[str, Json]], caplog: pytest.LogCaptureFixture
) -> None:
    """What each operation answers, as a server with the packages of the guides checks it: it logs each fault."""
    names = ("davinci_pas_2.2.1", "davinci_dtr_2.0.1", "davinci-crd-2.0.1")
    definitions = Definitions.of(*(shared_data / "fhir_packages" / f"{name}.tgz" for name in names))
    records = Records()
    service = Service(
        judges, Payer(policy_url="https://payer.example.org/imrt"), records, definitions=definitions,
        now=lambda: datetime(2026, 1, 15, tzinfo=UTC),
    )  # fmt: skip
    own = bodies["prostate_clean"]
    asked = own["questionnaire-package.json"]
    adaptive = {"name": "questionnaire", "valueCanonical": "http://127.0.0.1/Questionnaire/isocenter-imrt-adaptive"}
    for path, body in (
        ("/Questionnaire/$questionnaire-package", asked),
        ("/Questionnaire/$questionnaire-package", {**asked, "parameter": [*asked["parameter"], adaptive]}),
        ("/Claim/$submit", own["submit-without-documents.json"]),
        ("/Claim/$inquire", own["inquire.json"]),
        ("/$submit-attachment", own["submit-attachment.json"]),
        ("/Claim/$submit", own["submit.json"]),
        ("/Claim/$inquire", own["inquire.json"]),
        ("/Claim/$submit", own["cancel.json"]),
        ("/Claim/$inquire", own["inquire.json"]),
        ("/Subscription", own["subscription.json"]),
    ):
        reply = post(service, path, body)
        assert reply.status in (200, 201), (path, reply.body)
        assert body_of(reply)["resourceType"]
    for name in ("order-sign", "order-select", "order-dispatch", "appointment-book"):
        hook = {**own[f"hook-{name}.json"], "extension": {"davinci-crd.requestedVersion": "2.0"}}
        (action,) = body_of(post(service, f"/cds-services/isocenter-{name}", hook))["systemActions"]
        faults = check(action["resource"], definitions, _ORDER_OF_CRD)
        assert not [one for one in faults if one.severity == "error"], name
    records.close()
    assert caplog.text == ""


def test_the_command_writes_the_bodies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = str(ROOT / "examples" / "left_breast_coding")
    assert cli.main(["scenario", case, "--out", str(tmp_path / "bodies")]) == 0
    assert "wrote" in capsys.readouterr().out
    assert json.loads((tmp_path / "bodies" / "submit.json").read_text())["resourceType"] == "Bundle"
    assert cli.main(["scenario", str(tmp_path / "none"), "--out", str(tmp_path / "x")]) == 2


def test_what_of_a_case_is_not_in_the_bodies_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = tmp_path / "case"
    shutil.copytree(ROOT / "examples" / "left_breast_coding", case)
    assert cli.main(["scenario", str(case), "--out", str(tmp_path / "bodies")]) == 0
    assert capsys.readouterr().err == ""
    with (case / "claim_lines.csv").open("a", encoding="utf-8") as lines:
        lines.write("L999,C1,99\n")
    (case / "note.txt").write_text("Simulation note\nDate of service: 02/20/2025\n", encoding="utf-8")
    assert cli.main(["scenario", str(case), "--out", str(tmp_path / "bodies")]) == 0
    said = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in said] == ["! claim_lines.csv, line 54", "! note.txt"]


def _calls() -> list[str]:
    """The curl calls of the page on FHIR, each in one line."""
    text = (ROOT / "docs" / "fhir.md").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^ {4}(curl .+)$", text, re.MULTILINE)


def test_the_calls_of_the_documentation_work(
    service: Service, bodies: dict[str, dict[str, Json]], tmp_path: Path
) -> None:
    (tmp_path / "bodies").mkdir()
    for name, body in bodies["prostate_clean"].items():
        (tmp_path / "bodies" / name).write_text(json.dumps(body))
    server = make_server("127.0.0.1", 0, application(service), handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        calls = _calls()
        assert len(calls) >= 6
        for call in calls:
            _, *words = shlex.split(call)
            address = next(one for one in words if one.startswith("http"))
            address = re.sub(r"^http://127\.0\.0\.1:\d+", f"http://127.0.0.1:{server.server_port}", address)
            data = next((one for one in words if one.startswith("@")), "")
            kind = next((one.partition(": ")[2] for one in words if one.startswith("Content-Type")), "")
            body = (tmp_path / data[1:]).read_bytes() if data else None
            asked = Request(address, body, {"Content-Type": kind} if kind else {})
            with urlopen(asked, timeout=30) as reply:
                assert reply.status in (200, 201), call
                assert json.load(reply)
    finally:
        server.shutdown()
        server.server_close()


def test_an_order_with_every_document_needs_no_questionnaire(
    judges: Judges, bodies: dict[str, dict[str, Json]]
) -> None:
    own, records = bodies["prostate_clean"], Records()
    service = Service(judges, Payer(), records, now=lambda: datetime(2026, 1, 15, tzinfo=UTC))
    asked = own["questionnaire-package.json"]
    sent = [entry["resource"] for entry in own["submit.json"]["entry"]]
    documents = [one for one in sent if one["resourceType"] in ("DocumentReference", "QuestionnaireResponse")]
    held = [*asked["parameter"], *({"name": "referenced", "resource": one} for one in documents)]
    adaptive = {"name": "questionnaire", "valueCanonical": "http://127.0.0.1/Questionnaire/isocenter-imrt-adaptive"}
    for more in ([], [adaptive]):
        body = {**asked, "parameter": [*held, *more]}
        (part,) = body_of(post(service, "/Questionnaire/$questionnaire-package", body))["parameter"]
        assert part["resource"]["resourceType"] == "OperationOutcome"
        assert "no questionnaire is needed" in part["resource"]["issue"][0]["diagnostics"]
    records.close()
