"""Answers the requests of the payer's FHIR interfaces, whatever carries them: hooks, questionnaires, authorizations.

Sources: CDS Hooks 2.0; Da Vinci CRD, DTR and PAS; CMS-0057-F. Nothing of a request's content is logged.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from isocenter import __version__
from isocenter.errors import IsocenterError
from isocenter.fhir.asked import Judges, answer
from isocenter.fhir.authentication import Clients
from isocenter.fhir.authorizations import claim_of, decide, determined, response_bundle
from isocenter.fhir.hooks import answer_hook, services
from isocenter.fhir.outcomes import outcome_of
from isocenter.fhir.problems import Refused
from isocenter.fhir.questionnaires import package
from isocenter.fhir.records import Kept, Records
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import Issue, check
from isocenter.fhir.structures.definitions import Definitions
from isocenter.intake.fhir.references import objects, text
from isocenter.intake.fhir.resources import Found, parse_object
from isocenter.report.as_json import review_as_json

Json = dict[str, Any]
MOST_BYTES = 10_000_000
_FHIR_JSON, _JSON = "application/fhir+json", "application/json"


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
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Without `clients` every request is answered; with `definitions` what comes in is checked by its profiles."""
        self._judges = judges
        self._payer = payer
        self._records = records
        self._base_url = base_url.rstrip("/")
        self._clients = clients
        self._definitions = definitions
        self._now = now

    def reply(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to a request; `headers` by their names in lower case."""
        is_hook = path.startswith("/cds-services")
        try:
            return self._routed(method, path.rstrip("/") or "/", headers, body)
        except Refused as wrong:
            return _refusal(wrong, is_hook=is_hook)
        except IsocenterError as wrong:
            return _refusal(Refused(422, "processing", str(wrong)), is_hook=is_hook)

    def _routed(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if (method, path) == ("GET", "/cds-services"):
            return _reply(200, services(), _JSON)
        if (method, path) == ("GET", "/metadata"):
            return _reply(200, self._capabilities(), _FHIR_JSON)
        if (method, path) == ("POST", "/token") and self._clients is not None:
            return _reply(200, self._clients.token(body), _JSON)
        routes: dict[str, Callable[[Json], Json]] = {
            "/Claim/$submit": self._submit,
            "/Claim/$inquire": self._inquire,
            "/Questionnaire/$questionnaire-package": self._questionnaire,
        }
        is_hook = path.startswith("/cds-services/")
        if path not in routes and not is_hook:
            raise Refused(404, "not-found", f"nothing is served at {path[:200]}")
        if method != "POST":
            raise Refused(405, "not-supported", f"{path[:200]} is asked by POST")
        if self._clients is not None:
            self._clients.expect_known(headers.get("authorization", ""), self._base_url + path)
        request = _request(headers, body)
        if is_hook:
            return self._hook(path.removeprefix("/cds-services/"), request)
        return _reply(200, routes[path](request), _FHIR_JSON)

    def _hook(self, name: str, request: Json) -> Reply:
        service_id, _, rest = name.partition("/")
        if rest == "feedback":
            if not objects(request, "feedback"):
                raise Refused(400, "required", "feedback is missing; it is a list of what became of cards")
            self._records.add_feedback(service_id, request)
            return Reply(200, b"{}")
        if rest:
            raise Refused(404, "not-found", f"nothing is served at {name[:200]}")
        found = answer_hook(
            service_id,
            request,
            self._judges,
            self._payer,
            self._now().date(),
            keep=lambda assertion_id, information: self._records.keep("hook", assertion_id, information),
        )
        return _reply(200, found, _JSON)

    def _submit(self, bundle: Json) -> Json:
        self._expect_valid(bundle)
        claim, found = claim_of(bundle)
        decisions, course = decide(claim, found, self._judges)
        assertion_id = course.assertion_id
        before = self._records.find("submit", assertion_id=assertion_id)
        if before is not None:
            return self._as_determined(before)
        kept: Json = self._records.keep(
            "submit",
            assertion_id,
            response_bundle(bundle, claim, found, decisions, assertion_id, self._now()),
            subject=_subject_of(claim),
            request=bundle,
            decisions=decisions,
            review=review_as_json(course.review),
        )
        return kept

    def _inquire(self, bundle: Json) -> Json:
        if bundle.get("resourceType") != "Bundle":
            raise Refused(400, "structure", "a Bundle is expected", "Bundle")
        claims = [one["resource"] for one in objects(bundle, "entry") if _is_claim(one.get("resource"))]
        if not claims:
            raise Refused(400, "structure", "the bundle holds no Claim that names what is asked about", "Bundle.entry")
        kept = self._records.find("submit", subject=_subject_of(claims[0]))
        if kept is None:
            raise Refused(404, "not-found", "no request of this identifier is known")
        return self._as_determined(kept)

    def _as_determined(self, kept: Kept) -> Json:
        """The answer that was given, or what a person determined since."""
        determination = self._records.determination(kept.assertion_id)
        if determination is None:
            given: Json = kept.answer
            return given
        claim, found = claim_of(kept.request)
        decisions = determined(kept.decisions, determination)
        at = datetime.combine(determination.determined_on, datetime.min.time(), UTC)
        return response_bundle(kept.request, claim, found, decisions, kept.assertion_id, at, determination)

    def _questionnaire(self, parameters: Json) -> Json:
        if parameters.get("resourceType") != "Parameters":
            raise Refused(400, "structure", "Parameters are expected", "Parameters")
        found = [
            Found(one["resource"], "request", f"Parameters.parameter[{number}].resource")
            for number, one in enumerate(objects(parameters, "parameter"))
            if isinstance(one.get("resource"), Mapping)
        ]
        orders = [one for one in found if text(one.resource, "resourceType") == "ServiceRequest"]
        asked = answer(found, self._judges.all) if orders else None
        return package(self._judges.rulebooks, self._base_url, asked)

    def _expect_valid(self, bundle: Json) -> None:
        if self._definitions is not None:
            issues = [one for one in check(bundle, self._definitions) if one.severity in ("fatal", "error")]
            if issues:
                raise _Faulty(issues)

    def _capabilities(self) -> Json:
        operations = {
            "Claim": ("submit", "inquire"),
            "Questionnaire": ("questionnaire-package",),
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
                    **({"security": security} if security else {}),
                    "resource": [
                        {
                            "type": kind,
                            "operation": [_operation(kind, name) for name in own],
                        }
                        for kind, own in operations.items()
                    ],
                }
            ],
        }


class _Faulty(Refused):
    """A request that its profiles do not allow, with every fault."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__(400, "invalid", issues[0].sentence, issues[0].expression)
        self.issues = issues


def _operation(kind: str, name: str) -> Json:
    guide = "davinci-pas" if kind == "Claim" else "davinci-dtr"
    return {"name": name, "definition": f"http://hl7.org/fhir/us/{guide}/OperationDefinition/{kind}-{name}"}


def _is_claim(resource: Any) -> bool:
    return isinstance(resource, Mapping) and resource.get("resourceType") == "Claim"


def _subject_of(claim: Mapping[str, Any]) -> str:
    """What a request is known by: its first identifier, else its id."""
    for one in objects(claim, "identifier"):
        if text(one, "value"):
            return f"{text(one, 'system')}|{text(one, 'value')}"
    return text(claim, "id")


def _request(headers: Mapping[str, str], body: bytes) -> Json:
    """The object that a request holds; Refused says what is wrong with it."""
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (_JSON, _FHIR_JSON):
        raise Refused(415, "not-supported", f"the content type is {kind or 'missing'}; {_JSON} or {_FHIR_JSON} is read")
    if len(body) > MOST_BYTES:
        raise Refused(413, "too-long", f"{len(body):,} bytes; at most {MOST_BYTES:,} are read")
    parsed = parse_object(body)
    if isinstance(parsed, str):
        raise Refused(400, "structure", parsed)
    return parsed


def _refusal(wrong: Refused, *, is_hook: bool) -> Reply:
    issues = wrong.issues if isinstance(wrong, _Faulty) else [
        Issue("error", wrong.code, wrong.expression, wrong.sentence)
    ]  # fmt: skip
    return _reply(wrong.status, outcome_of(issues), _JSON if is_hook else _FHIR_JSON)


def _reply(status: int, body: Json, content_type: str) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False, default=_number).encode(), content_type)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
