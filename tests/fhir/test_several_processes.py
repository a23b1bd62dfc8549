"""Several processes that answer at one port share what was answered."""

import json
from pathlib import Path
from typing import Any, cast
from urllib.request import Request, urlopen

import pytest

from isocenter.cli import main
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.serving.service import Service
from isocenter.fhir.serving.serving import FhirServing, process_beside, server_of
from isocenter.fhir.settings import Payer
from tests.fhir.requests import coverage, hook, order


def test_a_process_beside_answers_at_the_same_port_and_keeps_its_answer_in_the_same_records(tmp_path: Path) -> None:
    records = Records(tmp_path / "answers.db")
    wanted = FhirServing(
        "127.0.0.1", 0, ["imrt"], Payer("", ""), records=tmp_path / "answers.db", without_authentication=True
    )
    server, listening = server_of(cast("Service", None), host="127.0.0.1", port=0)  # it listens, and never answers
    beside = process_beside(wanted, "http://127.0.0.1", listening)
    try:
        body = json.dumps(hook(order(), prefetch={"coverage": coverage()})).encode()
        address = f"http://127.0.0.1:{listening[0].getsockname()[1]}/cds-services/isocenter-order-sign"
        with urlopen(Request(address, body, {"Content-Type": "application/json"}), timeout=60) as reply:
            answered = json.load(reply)
    finally:
        beside.terminate()
        beside.join(10)
        server.close()
    assert not beside.is_alive()
    kept = records.find("hook", assertion_id=_assertion_id(answered))
    assert kept is not None
    assert kept.answer in answered["systemActions"][0]["resource"]["extension"]
    records.close()


def _assertion_id(answered: dict[str, Any]) -> str:
    (information,) = answered["systemActions"][0]["resource"]["extension"]
    (found,) = [one for one in information["extension"] if one["url"] == "coverage-assertion-id"]
    return str(found["valueString"])


def test_processes_are_those_of_the_interfaces_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--processes", "2"]) == 2
    assert "--fhir-only" in capsys.readouterr().err
