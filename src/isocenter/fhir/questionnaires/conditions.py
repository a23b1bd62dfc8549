"""Says in FHIRPath when a question is asked, for clients of DTR 2.2: who signed, and when, once a signer is named.

Source: HL7 Structured Data Capture, extension enableWhenExpression; FHIRPath 2.0.
"""

import copy
from typing import Any

from isocenter.intake.fhir.answers import ROLE, SIGNATURE, SIGNED_ON, SIGNER

Json = dict[str, Any]
_URL = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"
_OF_A_SIGNATURE = (ROLE, SIGNED_ON)


def with_conditions(questionnaire: Json) -> Json:
    """A questionnaire of documents that asks about a signature only where its document has a signer."""
    asked = copy.deepcopy(questionnaire)
    for group in asked.get("item", []):
        kind = group["linkId"]
        within = f"%resource.item.where(linkId = '{kind}').item.where(linkId = '{kind}/{SIGNATURE}')"
        signer = f"{within}.item.where(linkId = '{kind}/{SIGNER}')"
        for item in (one for held in group.get("item", []) for one in held.get("item", [])):
            if item["linkId"] in {f"{kind}/{name}" for name in _OF_A_SIGNATURE}:
                value = {"language": "text/fhirpath", "expression": f"{signer}.answer.exists()"}
                item["extension"] = [*item.get("extension", []), {"url": _URL, "valueExpression": value}]
    return asked
