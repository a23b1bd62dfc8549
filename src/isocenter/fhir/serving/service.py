"""Answers the requests of the payer's FHIR interfaces, whatever carries them: hooks, questionnaires, authorizations.

Sources: CDS Hooks 2.0; Da Vinci CRD, DTR and PAS; CMS-0057-F. Nothing of a request's content is logged.
"""

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from isocenter import __version__
from isocenter.errors import IsocenterError
from isocenter.failures import failure_report
from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.desk import Desk
from isocenter.fhir.authorizations.reason_codes import ReasonCodes
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.authentication import ANYONE, Client, Clients
from isocenter.fhir.clients.smart import CONFIGURATION, token_error
from isocenter.fhir.clients.subscriptions import OFF, notification, shown_subscription, subscription_of
from isocenter.fhir.hooks.ehr import Ehr, Fetch, fetch
from isocenter.fhir.hooks.feedback import expect_feedback
from isocenter.fhir.hooks.hook_services import hook_of, services
from isocenter.fhir.hooks.hooks import answer_hook
from isocenter.fhir.outcomes import outcome_of
from isocenter.fhir.problems import Refused
from isocenter.fhir.questionnaires.adaptive import next_question
from isocenter.fhir.questionnaires.packages import questionnaire_package
from isocenter.fhir.serving.authorizing import Authorizations
from isocenter.fhir.settings import MOST_BYTES, Payer
from isocenter.fhir.structures.checker import Issue, check
from isocenter.fhir.structures.definitions import Definitions
from isocenter.files.texts import shown
from isocenter.intake.fhir.resources import parse_object

Json = dict[str, Any]
_FHIR_JSON, _JSON = "application/fhir+json", "application/json"
_DISCOVERY, _METADATA, _SUBSCRIPTION = "/cds-services", "/metadata", "/Subscription"
_LONGEST_SENTENCE = 2000
_MOST_SUBSCRIPTIONS = 1000
_OF_SUBSCRIPTIONS = ("create", "read", "delete")
_LOG = logging.getLogger("isocenter.fhir")
_ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Reply:
    """A status with its body; the type of the body."""

    status: int
    body: bytes
    content_type: str = _JSON


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Service:
    """Routes a request to the answer; several threads may use one."""

    def __init__(
        self,
        judges: Judges,
        payer: Payer,
        records: Records,
        *,
        base_url: str = "http://127.0.0.1:8000",
        clients: Clients | None = None,
        definitions: Definitions | None = None,
        desk: Desk | None = None,
        reason_codes: ReasonCodes | None = None,
        get: Fetch = fetch,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Without `clients` every request is answered.

        With `definitions` what comes in and what goes out is checked by its profiles. With a `desk` pended requests go
        to it; without one they wait for a determination in the records.
        """
        self._judges = judges
        self._base_url = base_url.rstrip("/")
        self._payer = replace(payer, fhir_url=self._base_url)
        self._records = records
        self._fetch = get
        self._clients = clients
        self._definitions = definitions
        self._now = now
        self.authorizations = Authorizations(judges, records, now, desk, self._base_url, reason_codes)

    def prepare(self) -> None:
        """Load what answers need before the first client asks."""
        self._judges.prepare()

    def reply(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to a request; `headers` by their names in lower case."""
        is_hook = path.startswith("/cds-services")
        try:
            return self._routed(method, path.rstrip("/") or "/", headers, body)
        except Refused as wrong:
            return _refusal(wrong, is_hook=is_hook)
        except IsocenterError as wrong:
            return _refusal(Refused(422, "processing", str(wrong)), is_hook=is_hook)
        except Exception as wrong:
            _LOG.error("%s", failure_report(wrong, "serve").rstrip())
            sentence = "the request could not be processed, which is a fault of this server; nothing was decided by it"
            return _refusal(Refused(500, "exception", sentence), is_hook=is_hook)

    def _routed(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        documents: dict[str, tuple[Callable[[], Json], str]] = {
            _DISCOVERY: (services, _JSON),
            _METADATA: (self._capabilities, _FHIR_JSON),
        }
        if self._clients is not None:
            documents[CONFIGURATION] = (self._clients.configuration, _JSON)
            if (method, path) == ("POST", "/token"):
                return self._token(self._clients, body)
        if path in documents:
            if method not in ("GET", "HEAD"):
                raise Refused(405, "not-supported", f"{path} is asked by GET")
            written, content_type = documents[path]
            return _reply(200, written(), content_type)
        routes: dict[str, Callable[[Json, Client], Json]] = {
            "/Claim/$submit": self._submit,
            "/Claim/$inquire": self._inquire,
            "/$submit-attachment": self._attach,
            "/Questionnaire/$questionnaire-package": self._questionnaire,
            "/Questionnaire/$next-question": self._next_question,
        }
        is_hook = path.startswith("/cds-services/")
        is_subscription = path == _SUBSCRIPTION or path.startswith(f"{_SUBSCRIPTION}/")
        if path not in routes and not is_hook and not is_subscription:
            raise Refused(404, "not-found", f"nothing is served at {shown(path[:200])}")
        client = self._known(headers, path)
        if is_subscription:
            return self._subscription(method, path.removeprefix(_SUBSCRIPTION).strip("/"), headers, body, client)
        if method != "POST":
            raise Refused(405, "not-supported", f"{shown(path[:200])} is asked by POST")
        request = _request(headers, body)
        if is_hook:
            return self._hook(path.removeprefix("/cds-services/"), request, client)
        self._expect_valid(request)
        answered = routes[path](request, client)
        self._log_faults(path, answered)
        return _reply(200, answered, _FHIR_JSON)

    def _token(self, clients: Clients, body: bytes) -> Reply:
        try:
            return _reply(200, clients.token(body), _JSON)
        except Refused as wrong:
            return _reply(wrong.status, token_error(wrong), _JSON)

    def _known(self, headers: Mapping[str, str], path: str) -> Client:
        """The client that asks; Refused (401) where clients have to be known and this one is not."""
        if self._clients is None:
            return ANYONE
        return self._clients.expect_known(headers.get("authorization", ""), self._base_url + path)

    def _subscription(self, method: str, name: str, headers: Mapping[str, str], body: bytes, client: Client) -> Reply:
        """Make, read or end a subscription; another client's is not known to this one."""
        if method == "POST" and not name:
            made = subscription_of(_request(headers, body), client, secrets.token_hex(16))
            if len(self._records.subscriptions()) >= _MOST_SUBSCRIPTIONS:
                raise Refused(429, "throttled", "there are too many subscriptions; end one before another is made")
            self._records.add_subscription(made, self._now().timestamp())
            return _reply(201, shown_subscription(made), _FHIR_JSON)
        own_id, _, operation = name.partition("/")
        known = self._records.subscription(own_id)
        if known is None or known.client != client.name or operation not in ("", "$status"):
            raise Refused(404, "not-found", f"no subscription {own_id[:64]} is known")
        if method == "GET" and operation:
            return _reply(200, notification(known, self._base_url, "query-status", 0, None, self._now()), _FHIR_JSON)
        if method == "GET":
            return _reply(200, shown_subscription(known), _FHIR_JSON)
        if method == "DELETE" and not operation:
            self._records.set_subscription_status(own_id, OFF)
            return Reply(204, b"")
        raise Refused(405, "not-supported", "a subscription is made by POST, read by GET and ended by DELETE")

    def _hook(self, name: str, request: Json, client: Client) -> Reply:
        service_id, _, rest = name.partition("/")
        if rest == "feedback":
            hook_of(service_id)
            expect_feedback(request)
            self._records.add_feedback(service_id, request)
            return Reply(200, b"{}")
        if rest:
            raise Refused(404, "not-found", f"nothing is served at {shown(name[:200])}")
        found = answer_hook(
            service_id,
            request,
            self._judges,
            self._payer,
            self._now().date(),
            ehr=Ehr(request, client, self._fetch),
            keep=lambda assertion_id, information, resources: self._records.keep(
                "hook", assertion_id, information, request=resources
            ),
        )
        return _reply(200, found, _JSON)

    def _submit(self, bundle: Json, client: Client) -> Json:
        return self.authorizations.submit(bundle, client.name)

    def _inquire(self, bundle: Json, client: Client) -> Json:
        return self.authorizations.current.inquire(bundle, client.may_see)

    def _attach(self, parameters: Json, client: Client) -> Json:
        return self.authorizations.attach(parameters, client)

    def _questionnaire(self, parameters: Json, client: Client) -> Json:
        del client  # every client may have questionnaires
        return questionnaire_package(parameters, self._judges, self._records, self._base_url, self._now())

    def _next_question(self, asked: Json, client: Client) -> Json:
        del client  # who knows the order's number may go on with it
        response = next_question(asked, self._judges, self._records, self._now().date())
        if asked.get("resourceType") == "Parameters":
            return {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": response}]}
        return response

    def _expect_valid(self, request: Json) -> None:
        issues = self._faults(request)
        if issues:
            raise _Faulty(issues)

    def _log_faults(self, path: str, answered: Json) -> None:
        """Name the places of an answer that its profiles do not allow: a fault of ours, which changes no decision."""
        for one in self._faults(answered):
            _LOG.error("an answer of %s does not fit its profile at %s (%s)", path, one.expression, one.code)

    def _faults(self, resource: Json) -> list[Issue]:
        """The faults of a resource by the profiles that it claims, as far as these are loaded."""
        found = check(resource, self._definitions) if self._definitions is not None else []
        return [one for one in found if one.severity in ("fatal", "error")]

    def _capabilities(self) -> Json:
        operations = {
            "Claim": ("submit", "inquire"),
            "Questionnaire": ("questionnaire-package", "next-question"),
        }
        security = {"service": [{"text": "SMART Backend Services"}]} if self._clients is not None else {}
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-01-01",
            "kind": "instance",
            "software": {"name": "Isocenter", "version": __version__},
            "implementation": {
                "description": f"Prior authorization of IMRT, {self._payer.name}",
                "url": self._base_url,
            },
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "rest": [
                {
                    "mode": "server",
                    "operation": [{"name": "submit-attachment", "definition": _DEFINED["submit-attachment"]}],
                    **({"security": security} if security else {}),
                    "resource": [
                        {
                            "type": kind,
                            "operation": [{"name": name, "definition": _DEFINED[name]} for name in own],
                        }
                        for kind, own in operations.items()
                    ]
                    + [{"type": "Subscription", "interaction": [{"code": one} for one in _OF_SUBSCRIPTIONS]}],
                }
            ],
        }


class _Faulty(Refused):
    """A request that its profiles do not allow, with every fault."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__(400, "invalid", issues[0].sentence, issues[0].expression)
        self.issues = issues


_GUIDE = "http://hl7.org/fhir/us/"
_DEFINED = {
    "submit": f"{_GUIDE}davinci-pas/OperationDefinition/Claim-submit",
    "inquire": f"{_GUIDE}davinci-pas/OperationDefinition/Claim-inquiry",
    "submit-attachment": f"{_GUIDE}davinci-cdex/OperationDefinition/submit-attachment",
    "questionnaire-package": f"{_GUIDE}davinci-dtr/OperationDefinition/questionnaire-package",
    "next-question": "http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-next-question",
}


def _request(headers: Mapping[str, str], body: bytes) -> Json:
    """The object that a request holds; Refused says what is wrong with it."""
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (_JSON, _FHIR_JSON):
        raise Refused(
            415,
            "not-supported",
            f"the content type is {shown(kind)[:60] or 'missing'}; {_JSON} or {_FHIR_JSON} is read",
        )
    charset = headers.get("content-type", "").lower().partition("charset=")[2].split(";")[0].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise Refused(415, "not-supported", f"the charset is {shown(charset)[:30]}; FHIR is written in UTF-8")
    release = re.search(r"fhirversion=\s*\"?([^\s;\"]+)", headers.get("content-type", "").lower())
    if release and not release[1].startswith("4.0"):
        raise Refused(415, "not-supported", f"the release of FHIR is {shown(release[1])[:30]}; 4.0 (R4) is read")
    packed = headers.get("content-encoding", "identity").strip().lower()
    if packed != "identity":
        raise Refused(415, "not-supported", f"the body is packed ({shown(packed)[:30]}); send it as it is")
    if len(body) > MOST_BYTES:
        raise Refused(413, "too-long", f"{len(body):,} bytes; at most {MOST_BYTES:,} are read")
    parsed = parse_object(body)
    if isinstance(parsed, str):
        raise Refused(400, "structure", parsed)
    return parsed


def _refusal(wrong: Refused, *, is_hook: bool) -> Reply:
    issues = wrong.issues if isinstance(wrong, _Faulty) else [
        Issue("error", wrong.code, wrong.expression, _clipped(wrong.sentence))
    ]  # fmt: skip
    return _reply(wrong.status, outcome_of(issues), _JSON if is_hook else _FHIR_JSON)


def _clipped(sentence: str) -> str:
    """A sentence without the rest of a value of great length that it quotes."""
    return sentence if len(sentence) <= _LONGEST_SENTENCE else f"{sentence[:_LONGEST_SENTENCE]}..."


def _reply(status: int, body: Json, content_type: str) -> Reply:
    return Reply(status, _ENCODER.encode(body), content_type)
