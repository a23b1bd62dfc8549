"""Says which hooks are served and how a client may ask: discovery, versions, and the kinds of answers to switch off.

Sources: CDS Hooks 2.0; Da Vinci Coverage Requirements Discovery 2.0.1 and 2.2.1.
"""

import re
from collections.abc import Mapping
from typing import Any

from isocenter.fhir.asking.coverage_information import VERSIONS
from isocenter.fhir.hooks.hook_orders import HOOKS
from isocenter.fhir.problems import Refused
from isocenter.files.texts import shown

Json = dict[str, Any]
_PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "coverage": "Coverage?patient={{context.patientId}}&status=active",
}
_OPTIONS = (
    ("coverage-info", "Coverage information", "Whether an order is covered, and what is lacking"),
    ("guideline", "Passages of the policy", "Links to the passages that an answer rests on"),
    ("claim", "What the claim will need", "The documents that the record has to hold"),
)


def services() -> Json:
    """What GET /cds-services answers."""
    return {
        "services": [
            {
                "id": f"isocenter-{hook}",
                "hook": hook,
                "title": "Coverage of intensity modulated radiation therapy",
                "description": f"{what}: says whether IMRT is covered, what is lacking, and by which passage.",
                "prefetch": _PREFETCH,
                "extension": {
                    "davinci-crd.version": list(VERSIONS),
                    "davinci-crd.configuration-options": [
                        {
                            "code": code,
                            "type": "boolean",
                            "name": name,
                            "description": description,
                            "default": True,
                        }
                        for code, name, description in _OPTIONS
                    ],
                },
            }
            for hook, (what, _) in HOOKS.items()
        ]
    }


def hook_of(service_id: str) -> str:
    """The hook that a service answers; Refused (404) where there is no such service."""
    hook = service_id.removeprefix("isocenter-")
    if hook not in HOOKS or not service_id.startswith("isocenter-"):
        known = ", ".join(f"isocenter-{name}" for name in HOOKS)
        raise Refused(404, "not-found", f"no service {shown(service_id)[:60]}; known are {known}")
    return hook


def version_asked(request: Mapping[str, Any]) -> str:
    """The version whose shape the client asks for; the older one where it names none."""
    extension = request.get("extension")
    asked = extension.get("davinci-crd.requestedVersion") if isinstance(extension, Mapping) else None
    if asked is None:
        return VERSIONS[0]
    number = re.match(r"\d+\.\d+(?![\d])", asked) if isinstance(asked, str) else None
    if number is None or number.group() not in VERSIONS:
        named = shown(str(asked))[:60]
        raise Refused(400, "not-supported", f"version {named} is not supported; known are {', '.join(VERSIONS)}")
    return number.group()


def wanted_of(request: Mapping[str, Any]) -> frozenset[str]:
    """The kinds of answers that the client did not switch off."""
    extension = request.get("extension")
    chosen = extension.get("davinci-crd.configuration") if isinstance(extension, Mapping) else None
    off = {code for code, value in chosen.items() if value is False} if isinstance(chosen, Mapping) else set()
    return frozenset(code for code, _, _ in _OPTIONS) - off
