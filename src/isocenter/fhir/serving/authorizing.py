"""Takes in requests for prior authorization, their updates, cancellations and later documents.

Sources: Da Vinci Prior Authorization Support 2.0.1 and 2.2.1.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from isocenter.fhir.asking.asked import Answer, Judges
from isocenter.fhir.authorizations.asked_claims import Asked, claim_of, is_of_older_guide, sequence_of, subject_of
from isocenter.fhir.authorizations.attachments import attached_documents, attached_still, signing, with_documents
from isocenter.fhir.authorizations.authorizations import (
    CANCELLED,
    CERTIFIED,
    DENIED,
    MODIFIED,
    Decision,
    Determination,
    decide,
    waits,
)
from isocenter.fhir.authorizations.claim_responses import Responded, response_bundle
from isocenter.fhir.authorizations.current_answers import COMPLETED, CurrentAnswers
from isocenter.fhir.authorizations.desk import Desk
from isocenter.fhir.authorizations.known_by import about_request
from isocenter.fhir.authorizations.outstanding import Outstanding
from isocenter.fhir.authorizations.reason_codes import ReasonCodes
from isocenter.fhir.authorizations.records import Kept, Records, Superseded
from isocenter.fhir.authorizations.unchanged import is_same_service, unchanged_items
from isocenter.fhir.clients.authentication import Client
from isocenter.fhir.outcomes import outcome_of
from isocenter.fhir.problems import Refused
from isocenter.fhir.questionnaires.adaptive import QUESTIONS
from isocenter.fhir.questionnaires.questionnaires import address_of
from isocenter.fhir.structures.checker import Issue
from isocenter.intake.fhir.references import Directory, codes, objects
from isocenter.intake.fhir.resources import Found
from isocenter.report.as_json import review_as_json

Json = dict[str, Any]
_CANCELLED_NOTE = "Cancelled, as it was asked."
_EVIDENCE = ("DocumentReference", "QuestionnaireResponse")
_URGENT = ("stat", "urgent", "expedited")


class Authorizations:
    """Requests for authorization: judged, kept, answered again, and ended by a person."""

    def __init__(
        self,
        judges: Judges,
        records: Records,
        now: Callable[[], datetime],
        desk: Desk | None = None,
        base_url: str = "",
        reason_codes: ReasonCodes | None = None,
    ) -> None:
        """With a `desk` what is pended goes to it, and a person's determination there is what is answered.

        `base_url` is where questionnaires are asked for; without it none is named.
        """
        self._base_url = base_url
        self._judges = judges
        self._records = records
        self._now = now
        self._desk = desk
        self.current = CurrentAnswers(records, desk, reason_codes)

    def submit(self, bundle: Mapping[str, Any], client: str = "") -> Json:
        """The answer to a request, an update or a cancellation; the same one again gets the same answer.

        Raises Refused (400) for what is not a request, 404 where the earlier request is not known, 409 where it was
        changed before, and 422 where a person denied it: after that a new request is expected.
        """
        asked = claim_of(bundle)
        before = self._sent_before(bundle, asked, client)
        if before is not None:
            return self.current.again(before)
        earlier = self._earlier(asked, client)
        if asked.is_cancellation:
            if earlier is None:
                raise Refused(404, "not-found", "there is no earlier request to cancel", "Claim.related")
            return self._cancel(bundle, asked, earlier, client)
        if earlier is not None:
            return self._judge(bundle, asked, client, earlier, "replaced")
        return self._judge(bundle, asked, client, self._open_of_its_name(asked, client), COMPLETED)

    def attach(self, parameters: Mapping[str, Any], client: Client) -> Json:
        """Add documents that come later to an open request and judge it again; say what it waits for then.

        Raises Refused (400) for what names no request or no document, 404 where the request is not known, 409 and 422
        where it is not open.
        """
        sent = attached_documents(parameters)
        known = self._records.requests_known_as([sent.name]) + self._records.requests_of_number(sent.number)
        visible = [assertion_id for assertion_id, about in known if client.may_see(about)]
        kept = self._records.find("submit", assertion_id=self.current.newest(visible[0])) if visible else None
        about = self._records.about(kept.assertion_id) if kept else None
        if kept is None or about is None:
            raise Refused(404, "not-found", "no request of this TrackingId is known", "Parameters.parameter")
        self._expect_open(kept)
        if not waits(self.current.decisions(kept)):
            raise Refused(422, "business-rule", "the request waits for no document", "Parameters.parameter")
        bundle = with_documents(kept.request, sent.documents)
        assertion_id = kept.answer["id"].removeprefix("response-")
        if bundle != kept.request:
            answered = self._judge(bundle, claim_of(bundle), about.client, kept, COMPLETED)
            assertion_id = answered["id"].removeprefix("response-")
            self._records.notify_of(assertion_id, about.organization, self._now().timestamp())
        judged = self._records.find("submit", assertion_id=assertion_id)
        is_pended = judged is None or waits(judged.decisions)
        state = "it waits for a person or for further documents" if is_pended else "it waits for nothing more"
        return outcome_of([Issue("information", "informational", "", f"the documents were added; {state}")])

    def _judge(self, bundle: Mapping[str, Any], asked: Asked, client: str, earlier: Kept | None, how: str) -> Json:
        """The answer to a request by itself, to one that changes an earlier one, or that adds documents to it."""
        if earlier is not None:
            asked = self._with_earlier_documents(asked, earlier)
        changed = earlier.assertion_id if earlier is not None and how != COMPLETED else ""
        beside = f"{subject_of(asked.claim)} {changed} {sorted(asked.cancelled)}"
        decisions, course = decide(asked, self._judges, self._now().date(), beside)
        before = self._records.find("submit", assertion_id=course.assertion_id)
        if before is not None:
            self._count(before.assertion_id, before.decisions, asked, earlier)
            return self.current.again(before)
        by: Determination | None = None
        if earlier is not None:
            self._expect_open(earlier)
            stays = self._kept_decisions(earlier, asked)
            by = self.current.determination(earlier.assertion_id) if stays else None
            decisions |= stays
        decisions |= {number: Decision(CANCELLED, None, (_CANCELLED_NOTE,)) for number in asked.cancelled}
        is_pended = waits(decisions)
        if is_pended and self._desk is not None:
            self._desk.receive(
                course.assertion_id,
                _as_judged(bundle, asked),
                is_expedited=_is_urgent(asked.claim),
                updates=earlier.assertion_id if earlier else "",
            )
        wanted = self._outstanding(course, bundle) if is_pended else Outstanding()
        responded = Responded(course.assertion_id, self._now(), by, wanted)
        resources = [dict(one.resource) for one in asked.resources]
        self._records.keep(QUESTIONS, course.assertion_id, {}, request=resources)
        kept = self._keep(bundle, asked, decisions, responded, client, earlier, how, review_as_json(course.review))
        self._count(course.assertion_id, decisions, asked, earlier)
        return kept

    def _count(self, assertion_id: str, decisions: Mapping[int, Decision], asked: Asked, earlier: Kept | None) -> None:
        """Let the desk count what was answered at once; an update of what a person determined is no new answer."""
        actions = {one.action for one in decisions.values()} - {CANCELLED}
        if self._desk is None or not actions or actions - {CERTIFIED, MODIFIED}:
            return
        if earlier is None or self.current.determination(earlier.assertion_id) is None:
            decision = "partly" if MODIFIED in actions else "approve"
            self._desk.answered(assertion_id, decision, is_expedited=_is_urgent(asked.claim))

    def _outstanding(self, course: Answer, bundle: Mapping[str, Any]) -> Outstanding:
        """The documents that the course lacks, and where they are asked for, in the version of the request."""
        titles = tuple(f"{one.title}: {' '.join(one.remedies)}" for one in course.to_send if one.kind)
        url = address_of(self._judges.rulebooks, self._base_url, course.assertion_id)
        return Outstanding(titles, self._base_url, url, is_of_older_guide=is_of_older_guide(bundle))

    def _sent_before(self, bundle: Mapping[str, Any], asked: Asked, client: str) -> Kept | None:
        """The very same request of the same client, if it was answered before."""
        for assertion_id, about in self._records.requests_known_as([subject_of(asked.claim)]):
            kept = self._records.find("submit", assertion_id=assertion_id) if about.client == client else None
            if kept is not None and kept.request == bundle:
                return kept
        return None

    def _open_of_its_name(self, asked: Asked, client: str) -> Kept | None:
        """The open request of the same identifier, member and services, which is sent again with more documents."""
        own = about_request(asked, client, is_pended=False)
        for assertion_id, about in self._records.requests_known_as([own.subject] if own.subject else []):
            is_own = (about.client, about.member_id) == (client, own.member_id)
            if not is_own or self._records.succession(assertion_id) is not None:
                continue
            kept = self._records.find("submit", assertion_id=assertion_id)
            if kept is None or self.current.determination(assertion_id) is not None:
                continue
            is_open = waits(kept.decisions)
            items = objects(asked.claim, "item")
            before = _items_of(kept)
            is_same = len(items) == len(before) and all(
                is_same_service(one, before.get(sequence_of(one))) for one in items
            )
            if is_open and is_same and not asked.cancelled:
                return kept
        return None

    def _with_earlier_documents(self, asked: Asked, earlier: Kept) -> Asked:
        """A request judged with the documents of the earlier ones too, where it sends none in their place."""
        own = {(one.resource.get("resourceType"), one.resource.get("id")) for one in asked.resources}
        judged = list(asked.judged)
        kept: Kept | None = earlier
        while kept is not None:
            of_it = claim_of(kept.request)
            carried = [
                one
                for one in of_it.judged
                if one.resource.get("resourceType") in _EVIDENCE
                and (one.resource.get("resourceType"), one.resource.get("id")) not in own
            ]
            carried += attached_still(of_it.judged[0], asked.claim)
            judged += [*carried, *signatures_on(carried, of_it)]
            own |= {(one.resource.get("resourceType"), one.resource.get("id")) for one in of_it.resources}
            before = self._records.predecessor(kept.assertion_id)
            kept = self._records.find("submit", assertion_id=before) if before else None
        return asked._replace(judged=judged)

    def _cancel(self, bundle: Mapping[str, Any], asked: Asked, earlier: Kept, client: str) -> Json:
        digest = hashlib.sha256(f"cancel {earlier.assertion_id} {subject_of(asked.claim)}".encode()).hexdigest()[:32]
        before = self._records.find("submit", assertion_id=digest)
        if before is not None:
            return before.answer  # type: ignore[no-any-return]
        self._expect_open(earlier)
        decisions = {number: Decision(CANCELLED, None, (_CANCELLED_NOTE,)) for number in asked.cancelled}
        return self._keep(bundle, asked, decisions, Responded(digest, self._now()), client, earlier, "cancelled")

    def _keep(
        self,
        bundle: Mapping[str, Any],
        asked: Asked,
        decisions: Mapping[int, Decision],
        responded: Responded,
        client: str,
        earlier: Kept | None,
        how: str,
        review: str = "",
    ) -> Json:
        """Keep an answer with what it is known by; an earlier request then has ended."""
        is_pended = waits(decisions)
        responded = responded._replace(reason_codes=self.current.reason_codes)
        try:
            kept: Json = self._records.keep(
                "submit",
                responded.assertion_id,
                response_bundle(bundle, asked, decisions, responded),
                subject=subject_of(asked.claim),
                request=bundle,
                decisions=decisions,
                review=review,
                about=about_request(asked, client, is_pended=is_pended),
                ends=(earlier.assertion_id, how) if earlier else None,
            )
        except Superseded:
            if self._desk is not None:
                self._desk.withdraw(responded.assertion_id, "replaced")
            raise Refused(
                409, "conflict", "the earlier request was changed meanwhile; inquire about it first"
            ) from None
        if earlier is not None and self._desk is not None:
            self._desk.withdraw(earlier.assertion_id, how)
        return kept

    def _earlier(self, asked: Asked, client: str) -> Kept | None:
        """The request that this one changes; Refused where none of its client's and member's is known by that name."""
        if not asked.changes_earlier:
            return None
        own = about_request(asked, client, is_pended=False)
        changed: tuple[str, str] | None = None
        for assertion_id, about in self._records.requests_known_as(asked.earlier_subjects, asked.earlier_addresses):
            ended = self._records.succession(assertion_id)
            is_own = about.client == client and own.member_id in ("", about.member_id)
            kept = self._records.find("submit", assertion_id=assertion_id) if is_own else None
            is_cancellation = kept is not None and all(one.action == CANCELLED for one in kept.decisions.values())
            if kept and not is_cancellation and (ended is None or _is_by(ended, asked, self._records)):
                return kept
            changed = ended if kept is not None and not is_cancellation else changed
        if changed is None:
            raise Refused(404, "not-found", "no earlier request of this name is known; send a new one", "Claim.related")
        how, newest_id = self.current.last_change(changed)
        newest = self._records.about(newest_id)
        remedy = f"name the request that took its place ({newest.subject})" if newest else ""
        remedy = remedy if remedy and how != "cancelled" else "send a new one"
        raise Refused(409, "conflict", f"the earlier request was {how} before; {remedy}", "Claim.related")

    def _expect_open(self, earlier: Kept) -> None:
        """Refused where no part of a request is in force any more: all of it denied, or changed before."""
        ended = self._records.succession(earlier.assertion_id)
        if ended is not None:
            raise Refused(409, "conflict", f"the earlier request was {ended[0]} before", "Claim.related")
        decisions = self.current.decisions(earlier)
        if decisions and all(one.action == DENIED for one in decisions.values()):
            raise Refused(
                422,
                "business-rule",
                "a person denied the earlier request; send a new one in its place",
                "Claim.related",
            )

    def _kept_decisions(self, earlier: Kept, asked: Asked) -> dict[int, Decision]:
        """What a person determined of items that the update leaves as they were, and of a request that it does."""
        if self.current.determination(earlier.assertion_id) is None:
            return {}
        decisions = self.current.decisions(earlier)
        ended = {number for number, one in decisions.items() if one.action in (CERTIFIED, MODIFIED, DENIED)}
        return {number: decisions[number] for number in ended & unchanged_items(asked, claim_of(earlier.request))}


def _is_by(ended: tuple[str, str], asked: Asked, records: Records) -> bool:
    """Whether a request was ended by the very one that is sent again."""
    by = records.about(ended[1])
    return by is not None and by.subject == subject_of(asked.claim)


def _as_judged(bundle: Mapping[str, Any], asked: Asked) -> bytes:
    """The request as the desk gets it: without what was cancelled."""
    entries = [
        {**({"fullUrl": one.full_url} if one.full_url else {}), "resource": one.resource} for one in asked.judged
    ]
    return json.dumps({**bundle, "entry": entries}, ensure_ascii=False, default=float).encode()


def signatures_on(documents: Sequence[Found], asked: Asked) -> list[Found]:
    """Who signed these documents of a request, and none of its others."""
    directory = Directory(asked.resources)
    kept = {id(one.resource) for one in documents}
    found = []
    for one in asked.judged:
        if one.resource.get("resourceType") == "Provenance":
            signed = signing(one.resource, partial(_is_one_of, kept, directory, one.resource))
            found += [one._replace(resource=signed)] if signed is not None else []
    return found


def _is_one_of(kept: set[int], directory: Directory, within: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    return id(directory.resolve(target, within)) in kept


def _is_urgent(claim: Mapping[str, Any]) -> bool:
    return any(code in _URGENT for code in codes(claim.get("priority")))


def _items_of(kept: Kept) -> dict[int, Mapping[str, Any]]:
    """The items of a request that was kept, by their sequence."""
    return {sequence_of(item): item for item in objects(kept.request["entry"][0]["resource"], "item")}
