"""An answer is freed as it is let go: nothing of a request waits for garbage collection."""

import gc
import json
from pathlib import Path

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.scenarios import scenario_of
from isocenter.fhir.serving.service import Service
from isocenter.fhir.settings import Payer

EXAMPLE = Path(__file__).parents[2] / "examples" / "prostate_clean"


def test_an_answer_leaves_no_cycles_of_references_behind() -> None:
    service = Service(Judges(["imrt"]), Payer("Example", ""), Records())
    body = scenario_of(EXAMPLE)["hook-order-sign.json"]

    def ask(name: str) -> None:
        body["context"]["draftOrders"]["entry"][0]["resource"]["id"] = name
        sent = json.dumps(body).encode()
        reply = service.reply("POST", "/cds-services/isocenter-order-sign", {"content-type": "application/json"}, sent)
        assert reply.status == 200, reply.body

    ask("first")
    gc.collect()
    gc.disable()
    try:
        for number in range(3):
            ask(f"order-{number}")
        assert gc.collect() < 150  # a request's resources alone are 500 objects
    finally:
        gc.enable()
