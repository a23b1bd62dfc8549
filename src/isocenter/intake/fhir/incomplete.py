"""Finds what a server says that it did not give: errors in place of resources, and further pages of a search.

Source: HL7 FHIR R4 (4.0.1), OperationOutcome; Bundle.link, and RESTful API, paging.
"""

from collections.abc import Iterator, Mapping, Sequence

from isocenter.files.texts import shown
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.terms.problems import Unread, worded

_FAULTS = ("fatal", "error")
_LONGEST = 100


def why_incomplete(outcome: Found) -> Iterator[Unread]:
    """What an OperationOutcome says went wrong: a resource may be missing that would say otherwise."""
    for number, issue in enumerate(objects(outcome.resource, "issue")):
        if text(issue, "severity") in _FAULTS:
            details = issue.get("details")
            said = text(issue, "diagnostics") or (text(details, "text") if isinstance(details, Mapping) else "")
            reason = _short(said or text(issue, "code") or "no reason given")
            sentence = "the server reported an error in place of a resource ({reason}); export what it holds again"
            yield Unread(outcome.file, f"{outcome.place}.issue[{number}]", worded(sentence, reason=reason))


def pages_missing(found: Sequence[Found]) -> Iterator[Unread]:
    """The bundles of which a further page is announced that was not supplied."""
    bundles = [one for one in found if one.resource.get("resourceType") == "Bundle"]
    at_hand = {address for one in bundles for address in _linked(one, "self")}
    for one in bundles:
        for address in _linked(one, "next"):
            if address not in at_hand:
                sentence = "it is one page of a search, and the next page was not supplied ({address}); add it"
                yield Unread(one.file, f"{one.place}.link", worded(sentence, address=_short(address)))


def _linked(bundle: Found, relation: str) -> list[str]:
    links = objects(bundle.resource, "link")
    return [text(one, "url") for one in links if text(one, "relation") == relation and text(one, "url")]


def _short(said: str) -> str:
    said = shown(said)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
