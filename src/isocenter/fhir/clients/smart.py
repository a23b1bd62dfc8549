"""What a client of SMART Backend Services finds out by itself, and how a token is refused.

Sources: SMART App Launch 2.0, /.well-known/smart-configuration; RFC 6749, 5.2 (errors of a token endpoint).
"""

import re
from collections.abc import Collection
from typing import Any

from isocenter.fhir.problems import Refused

Json = dict[str, Any]
CONFIGURATION = "/.well-known/smart-configuration"
_SCOPE = re.compile(r"system/(?:\*|[A-Z][A-Za-z]{2,40})\.(?:c?r?u?d?s?|read|write|\*)", re.ASCII)
_OF_OAUTH = ("invalid_scope", "unsupported_grant_type")
_ERRORS = {400: "invalid_request", 401: "invalid_client"}


def smart_configuration(token_url: str, algorithms: Collection[str]) -> Json:
    """Where and how a client asks for a token."""
    return {
        "token_endpoint": token_url,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": sorted(algorithms),
        "scopes_supported": ["system/*.cruds"],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
    }


def granted(scope: str) -> str:
    """The scopes of a system among those that are asked for; Refused (400) where some are asked for and none is one."""
    asked = scope.split()
    known = [one for one in asked if _SCOPE.fullmatch(one)]
    if asked and not known:
        raise Refused(400, "invalid_scope", "a scope such as system/*.cruds is expected")
    return " ".join(known)


def token_error(wrong: Refused) -> Json:
    """A refusal as token endpoints write it."""
    known = wrong.code if wrong.code in _OF_OAUTH else _ERRORS.get(wrong.status, "invalid_request")
    return {"error": known, "error_description": wrong.sentence}
