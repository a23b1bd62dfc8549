"""Says what is answered to a request by now: what was answered first, or what a person determined or asked for since.

Source: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from isocenter.fhir.authorizations.asked_claims import claim_of, is_of_older_guide, subject_of
from isocenter.fhir.authorizations.authorizations import (
    CERTIFIED,
    DENIED,
    MODIFIED,
    PENDED,
    Decision,
    Determination,
    determined,
    waits,
)
from isocenter.fhir.authorizations.claim_responses import Responded, as_inquired, response_bundle
from isocenter.fhir.authorizations.desk import Desk, Determined
from isocenter.fhir.authorizations.known_by import member_of_claim
from isocenter.fhir.authorizations.outstanding import Outstanding
from isocenter.fhir.authorizations.reason_codes import ReasonCodes
from isocenter.fhir.authorizations.records import Kept, Records
from isocenter.fhir.clients.known import About
from isocenter.fhir.problems import Refused
from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Found

Json = dict[str, Any]
COMPLETED = "completed by further documents"  # how a request is ended to which documents came later
_OF_DESK = {"pay": CERTIFIED, "reduce": MODIFIED, "deny": DENIED, "approve": CERTIFIED}


class CurrentAnswers:
    """The answers to requests for authorization that were kept, as they are now."""

    def __init__(self, records: Records, desk: Desk | None = None, reason_codes: ReasonCodes | None = None) -> None:
        """`reason_codes` state why an item is refused, by the payer's list."""
        self.reason_codes = reason_codes or {}
        self._records = records
        self._desk = desk

    def inquire(self, bundle: Mapping[str, Any], may_see: Callable[[About], bool] = lambda _: True) -> Json:
        """The current answers to requests of an identifier, each in the shape of an answer to an inquiry.

        `may_see` says of what the asking client may know. Raises Refused (400) for what is no inquiry.
        """
        if bundle.get("resourceType") != "Bundle":
            raise Refused(400, "structure", "a Bundle is expected", "Bundle")
        found = [
            Found(one["resource"], "request", f"Bundle.entry[{number}].resource", text(one, "fullUrl"))
            for number, one in enumerate(objects(bundle, "entry"))
            if isinstance(one.get("resource"), Mapping)
        ]
        claims = [one.resource for one in found if one.resource.get("resourceType") == "Claim"]
        if not claims:
            raise Refused(400, "structure", "the bundle holds no Claim that names what is asked about", "Bundle.entry")
        if not subject_of(claims[0]):
            raise Refused(400, "required", "the Claim has no identifier of the request asked about", "Claim.identifier")
        directory = Directory(found)
        patient = claims[0].get("patient")
        address = text(patient, "reference") if isinstance(patient, Mapping) else ""
        if address and directory.resolve(patient, claims[0]) is None:
            raise Refused(400, "not-found", f"{address[:100]} is not in the bundle", "Claim.patient")
        member_id = member_of_claim(claims[0], directory)
        answers: list[Json] = []
        for assertion_id, about in self._records.requests_known_as([subject_of(claims[0])]):
            if may_see(about) and member_id in ("", about.member_id):
                newest = self.newest(assertion_id)
                kept = self._records.find("submit", assertion_id=newest)
                if kept is not None and all(one["id"] != f"response-{newest}" for one in answers):
                    answers.append(as_inquired(self.now(kept)))
        if is_of_older_guide(bundle):
            if not answers:
                raise Refused(404, "not-found", "no request of this identifier is known")
            return answers[0]
        parameters = [{"name": "return", "resource": one} for one in answers]
        return {"resourceType": "Parameters", **({"parameter": parameters} if parameters else {})}

    def newest(self, assertion_id: str) -> str:
        """The request that took the place of another one, however often."""
        ended = self._records.succession(assertion_id)
        return self.last_change(ended)[1] if ended is not None else assertion_id

    def last_change(self, ended: tuple[str, str]) -> tuple[str, str]:
        """How a request that was ended, or what took its place, was ended last, and by which request."""
        while (later := self._records.succession(ended[1])) is not None:
            ended = later
        return ended

    def again(self, kept: Kept) -> Json:
        """The answer to a request that is sent again; Refused (409) where its provider ended it since."""
        ended = self._records.succession(kept.assertion_id)
        if ended is not None and ended[0] != COMPLETED:
            how, remedy = ended[0], "send a new one under another identifier"
            if how != "cancelled":
                remedy = "inquire about it"
            raise Refused(409, "conflict", f"this request was {how} before; {remedy}", "Claim.identifier")
        return self.now(kept)

    def now(self, kept: Kept) -> Json:
        """The answer that was given, or what a person determined or asked for since."""
        determination = self.determination(kept.assertion_id)
        if determination is not None:
            at = _midnight(determination.determined_on)
            responded = Responded(kept.assertion_id, at, determination, reason_codes=self.reason_codes)
            decisions = determined(kept.decisions, determination)
            return response_bundle(kept.request, claim_of(kept.request), decisions, responded)
        wanted = self._desk.asked_for(kept.assertion_id) if self._desk and waits(kept.decisions) else None
        if wanted is None:
            return kept.answer  # type: ignore[no-any-return]
        asked = Outstanding(wanted.titles)  # a questionnaire would ask for what the rules miss, not for this
        responded = Responded(kept.assertion_id, _midnight(wanted.asked_on), wanted=asked, was_reviewed=True)
        return response_bundle(kept.request, claim_of(kept.request), kept.decisions, responded)

    def answer_of(self, assertion_id: str) -> Json | None:
        """The current answer to a request; None where it is not known."""
        kept = self._records.find("submit", assertion_id=assertion_id)
        return self.now(kept) if kept else None

    def decisions(self, kept: Kept) -> Mapping[int, Decision]:
        """The decision for each item, as it is now."""
        determination = self.determination(kept.assertion_id)
        return determined(kept.decisions, determination) if determination else kept.decisions

    def determination(self, assertion_id: str) -> Determination | None:
        """What a person determined of a request, at the desk or by the command; None while nobody did."""
        made = self._records.determination(assertion_id)
        if made is None and (at_desk := self._at_desk(assertion_id)) is not None:
            made = _from_desk(at_desk)
        return made

    def newly_answered(self, after: str = "") -> tuple[list[str], str]:
        """The next pended requests that a person determined, or wrote a letter about, since the last look.

        Beside them the id behind which to look on; '' where all were looked at. Requests that were reopened are looked
        at each time, for they may be determined again.
        """
        looked_at = self._records.pended(after)
        reopened = self._desk.reopened() if self._desk is not None else ()
        reopened = [one for one in reopened if self._records.succession(one) is None]
        found = [one for one in dict.fromkeys((*looked_at, *reopened)) if self._is_newly_answered(one)]
        return found, looked_at[-1] if looked_at else ""

    def _is_newly_answered(self, assertion_id: str) -> bool:
        if self._records.determination(assertion_id) is not None:
            return self._records.notice(assertion_id)
        if (made := self._at_desk(assertion_id)) is not None:
            return self._records.notice(assertion_id, made.times)
        asked = self._desk.asked_for(assertion_id) if self._desk is not None else None
        return asked is not None and self._records.notice_letter(assertion_id, asked)

    def _at_desk(self, assertion_id: str) -> Determined | None:
        return self._desk.determined(assertion_id) if self._desk is not None else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _from_desk(made: Determined) -> Determination:
    """A determination of the desk, item by item where the person decided so.

    An item that is refused, as a whole or in part, states the reason given for it, and the one for the request.
    """
    items = {}
    for line in made.lines:
        action = _OF_DESK.get(line.decision, PENDED)
        reasons = (line.reason, made.reason if action in (DENIED, MODIFIED) else "")
        if line.line_number:
            notes = tuple(filter(None, dict.fromkeys(reasons)))
            rules = ((line.policy, line.rule),) if line.rule else ()
            items[line.line_number] = Decision(action, line.units_allowed, notes, rules)
    action = _OF_DESK.get(made.decision, PENDED)
    return Determination(action, made.reason, made.by_name, made.by_npi, made.by_specialty, made.determined_on, items)
