"""What changes the meaning of a claim in a way that nobody here understands costs the claim, and is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.intake.fhir_reading import of, reader_in
from tests.intake.fhir_resources import bill, item

from isocenter.intake.fhir_r4 import BillFile
from isocenter.terms.claims import ClaimLine
from isocenter.terms.problems import LostLine

NOT = [{"url": "https://example.org/not-given", "valueBoolean": True}]
CANCELLED = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/modifierextension-infoCancelled"


@pytest.mark.parametrize(
    ("given", "place", "said"),
    [
        (bill(item("77301"), modifierExtension=NOT), "", "its modifierExtension https://example.org/not-given changes"),
        (bill(item("77301", modifierExtension=NOT)), ".item[0]", "not-given changes what the line means"),
        (
            bill(item("77301", modifierExtension=[{"url": CANCELLED, "valueBoolean": True}])),
            ".item[0]",
            "modifierextension-infoCancelled changes what the line means",
        ),
        (bill(item("77301"), modifierExtension={"url": "x"}), "", "modifierExtension: Expected `array`"),
        (bill(item("77301"), implicitRules="https://example.org/r"), "", "(implicitRules https://example.org/r)"),
        (bill(item("77301"), patient={"reference": "Group/1"}), "", "patient names nobody"),
        (
            bill(item("77301"), patient={"reference": "http://a.org/Practitioner/1/_history/2"}),
            "",
            "patient names nobody",
        ),
    ],
)
def test_a_claim_of_changed_meaning_is_lost(tmp_path: Path, given: Any, place: str, said: str) -> None:
    found = reader_in(tmp_path)(given)
    assert not of(found, ClaimLine)
    (lost,) = [one for one in found.problems if isinstance(one, LostLine)]
    assert lost.place == f"ExplanationOfBenefit/eob-1{place}"
    assert said in lost.sentence
    (tmp_path / "bulk.ndjson").write_text(json.dumps(given))
    (bulk,) = [one for one in BillFile(tmp_path / "bulk.ndjson") if isinstance(one, LostLine)]
    assert bulk.sentence == lost.sentence


def test_a_line_that_says_it_was_not_cancelled_is_read(tmp_path: Path) -> None:
    line = item("77301", modifierExtension=[{"url": CANCELLED, "valueBoolean": False}])
    assert len(of(reader_in(tmp_path)(bill(line, modifierExtension=[])), ClaimLine)) == 1
