"""Codes of value sets of FHIR R4 that claims, orders and their context are bound to.

Packages of guides refer to these value sets without listing them. Source: HL7 FHIR R4 (4.0.1), required bindings.
"""

_LISTED = {
    "administrative-gender": "male female other unknown",
    "address-use": "home work temp old billing",
    "bundle-type": "document message transaction transaction-response batch batch-response history searchset "
    "collection",
    "claim-use": "claim preauthorization predetermination",
    "contact-point-system": "phone fax email pager url sms other",
    "contact-point-use": "home work temp old mobile",
    "document-reference-status": "current superseded entered-in-error",
    "fm-status": "active cancelled draft entered-in-error",
    "identifier-use": "usual official temp secondary old",
    "issue-severity": "fatal error warning information",
    "name-use": "usual official temp nickname anonymous old maiden",
    "narrative-status": "generated extensions additional empty",
    "publication-status": "draft active retired unknown",
    "quantity-comparator": "< <= >= >",
    "questionnaire-answers-status": "in-progress completed amended entered-in-error stopped",
    "remittance-outcome": "queued complete error partial",
    "request-intent": "proposal plan directive order original-order reflex-order filler-order instance-order option",
    "request-priority": "routine urgent asap stat",
    "request-status": "draft active on-hold revoked completed entered-in-error unknown",
    "subscription-status": "requested active error off",
}


def codes_of(value_set: str) -> frozenset[tuple[str, str]] | None:
    """The codes of a base value set, each without its system; None where it is not listed here."""
    base = "http://hl7.org/fhir/ValueSet/"
    listed = _LISTED.get(value_set.removeprefix(base)) if value_set.startswith(base) else None
    return frozenset(("", code) for code in listed.split()) if listed else None
