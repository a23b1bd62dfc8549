"""The service answers, refuses in one OperationOutcome, keeps what it answered, and lets in whom it knows."""

import io
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from isocenter import cli
from isocenter.errors import UnreadableInput
from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.authorizations.authorizations import Decision
from isocenter.fhir.authorizations.records import Records
from isocenter.fhir.clients.authentication import Clients
from isocenter.fhir.serving.service import MOST_BYTES, Reply, Service
from isocenter.fhir.serving.serving import FhirServing, NotServed, interfaces_of
from isocenter.fhir.serving.wsgi import application
from isocenter.fhir.settings import Payer
from isocenter.fhir.structures.checker import check
from isocenter.fhir.structures.definitions import Definitions
from tests.fhir.requests import GUIDE, authorization, hook, order, statement_of_necessity
from tests.fhir.test_authorizations import DETERMINATION, actions
from tests.intake.fhir_resources import patient

Json = dict[str, Any]
JSON = {"content-type": "application/fhir+json"}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    kept = Records(tmp_path / "answers.db")
    yield kept
    kept.close()


@pytest.fixture
def service(judges: Judges, records: Records) -> Service:
    return Service(judges, Payer("Example Health"), records, now=lambda: datetime(2026, 1, 15, 12, tzinfo=UTC))


def post(service: Service, path: str, body: Any, headers: dict[str, str] | None = None) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return service.reply("POST", path, JSON if headers is None else headers, data)


def body_of(reply: Reply) -> Json:
    found: Json = json.loads(reply.body)
    return found


def inquired(service: Service, bundle: Json | None = None) -> Json:
    """The one answer to an inquiry."""
    (found,) = body_of(post(service, "/Claim/$inquire", bundle or authorization()))["parameter"]
    answered: Json = found["resource"]
    return answered


def test_discovery_and_capabilities_are_open(service: Service) -> None:
    assert body_of(service.reply("GET", "/cds-services", {}, b""))["services"]
    statement = body_of(service.reply("GET", "/metadata", {}, b""))
    assert statement["resourceType"] == "CapabilityStatement"
    assert statement["fhirVersion"] == "4.0.1"


def test_a_hook_is_answered_and_the_same_question_gets_the_answer_of_its_day(judges: Judges, records: Records) -> None:
    days = iter([datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC)])
    service = Service(judges, Payer(), records, now=lambda: next(days))
    first = post(service, "/cds-services/isocenter-order-sign", hook(order()))
    second = post(service, "/cds-services/isocenter-order-sign", hook(order(), hookInstance="another"))
    assert first.status == second.status == 200
    assert body_of(first)["systemActions"] == body_of(second)["systemActions"]


def test_feedback_is_taken(service: Service) -> None:
    told = {"feedback": [{"card": "1", "outcome": "accepted"}]}
    assert post(service, "/cds-services/isocenter-order-sign/feedback", told).status == 200
    for wrong, place in (
        ({}, "feedback"),
        ({"feedback": ["1"]}, "feedback[0]"),
        ({"feedback": [{"outcome": "accepted"}]}, "feedback[0].card"),
        ({"feedback": [told["feedback"][0], {"card": "2", "outcome": "liked"}]}, "feedback[1].outcome"),
    ):
        reply = post(service, "/cds-services/isocenter-order-sign/feedback", wrong)
        assert (reply.status, body_of(reply)["issue"][0]["expression"]) == (400, [place])


def test_a_pended_request_is_ended_by_a_person_and_asked_about(service: Service, records: Records) -> None:
    given = body_of(post(service, "/Claim/$submit", authorization()))
    assert actions(given) == ["A4"]
    assert (
        post(service, "/Claim/$submit", authorization()).body == post(service, "/Claim/$submit", authorization()).body
    )
    assertion_id = given["id"].removeprefix("response-")
    records.determine(assertion_id, DETERMINATION)
    assert actions(inquired(service)) == ["A3"]
    assert actions(body_of(post(service, "/Claim/$submit", authorization()))) == ["A3"]
    with pytest.raises(UnreadableInput, match="before"):
        records.determine(assertion_id, DETERMINATION)
    with pytest.raises(UnreadableInput, match="no pended request"):
        records.determine("other", DETERMINATION)


def test_a_request_with_answers_that_were_asked_for_is_certified(service: Service) -> None:
    bundle = authorization(more=(statement_of_necessity(),))
    assert actions(body_of(post(service, "/Claim/$submit", bundle))) == ["A1"]


def test_what_nobody_asked_for_is_not_known(service: Service) -> None:
    assert body_of(post(service, "/Claim/$inquire", authorization())) == {"resourceType": "Parameters"}
    older = authorization()
    older["meta"] = {"profile": [f"{GUIDE}profile-pas-inquiry-request-bundle|2.0.1"]}
    assert post(service, "/Claim/$inquire", older).status == 404
    post(service, "/Claim/$submit", authorization())
    assert body_of(post(service, "/Claim/$inquire", older))["resourceType"] == "Bundle"


# The questions of a policy as a whole, whoever the patient is.
OF_THE_POLICY = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "questionnaire", "valueCanonical": "https://payer.example.org/Questionnaire/isocenter-imrt"}
    ],
}


def test_the_questionnaire_asks_for_what_is_missing(service: Service) -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "order", "resource": order()}, {"name": "p", "resource": patient()}],
    }
    package = body_of(post(service, "/Questionnaire/$questionnaire-package", parameters))
    asked = package["parameter"][0]["resource"]["entry"][0]["resource"]
    assert asked["resourceType"] == "Questionnaire"
    kinds = [group["linkId"] for group in asked["item"]]
    assert "necessity_statement" in kinds
    links = [item["linkId"] for group in asked["item"] for item in group["item"]]
    assert "necessity_statement/condition_proximity" in links
    assert len(links) == len(set(links))
    whole = body_of(post(service, "/Questionnaire/$questionnaire-package", OF_THE_POLICY))
    assert len(whole["parameter"][0]["resource"]["entry"][0]["resource"]["item"]) >= len(kinds)


def test_the_questionnaire_fits_its_published_profile(shared_data: Path, service: Service) -> None:
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_dtr_2.0.1.tgz")
    package = body_of(post(service, "/Questionnaire/$questionnaire-package", OF_THE_POLICY))
    asked = package["parameter"][0]["resource"]["entry"][0]["resource"]
    assert not [issue for issue in check(asked, definitions) if issue.severity == "error"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b'{"a": 1, "a": 2}', JSON, 400),
        (b"\xff\xfe{}", JSON, 400),
        (b'{"a":' * 100_000, JSON, 400),
        (b'{"resourceType": "Patient"}', JSON, 400),
        (b"{}", {}, 415),
        (b"{}", {"content-type": "text/html"}, 415),
        (b"{" + b" " * MOST_BYTES + b"}", JSON, 413),
    ],
)
def test_any_body_gets_one_outcome(service: Service, body: bytes, headers: dict[str, str], status: int) -> None:
    for path in ("/Claim/$submit", "/Claim/$inquire", "/Questionnaire/$questionnaire-package"):
        reply = post(service, path, body, headers)
        assert reply.status == status
        assert body_of(reply)["resourceType"] == "OperationOutcome"
    assert post(service, "/cds-services/isocenter-order-sign", body, headers).status == status


def test_a_member_that_a_body_names_twice_is_named(service: Service) -> None:
    whole = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": []})
    for path in ("/Claim/$submit", "/cds-services/isocenter-order-sign"):
        reply = post(service, path, (whole[:-1] + ', "type": "batch"}').encode())
        assert reply.status == 400
        assert b"'type' appears twice" in reply.body


def test_paths_and_methods_that_are_not_served(service: Service) -> None:
    assert service.reply("GET", "/other", {}, b"").status == 404
    assert service.reply("GET", "/Claim/$submit", {}, b"").status == 405
    assert post(service, "/cds-services/isocenter-order-sign/x/y", {}).status == 404


def test_what_comes_in_is_checked_by_its_profiles_where_they_are_at_hand(
    shared_data: Path, judges: Judges, records: Records
) -> None:
    definitions = Definitions.of(shared_data / "fhir_packages" / "davinci_pas_2.2.1.tgz")
    service = Service(judges, Payer(), records, definitions=definitions)
    assert post(service, "/Claim/$submit", authorization()).status == 200
    wrong = authorization(status="draft", created="yesterday")
    outcome = body_of(post(service, "/Claim/$submit", wrong))
    places = {place for issue in outcome["issue"] for place in issue["expression"]}
    assert places >= {"Bundle.entry[0].resource.status", "Bundle.entry[0].resource.created"}


def test_what_goes_out_is_checked_too_and_the_log_names_the_place_alone(
    shared_data: Path,
    judges: Judges,
    records: Records,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packages = [shared_data / "fhir_packages" / f"{one}.tgz" for one in ("davinci_pas_2.2.1", "davinci_dtr_2.0.1")]
    service = Service(judges, Payer(), records, definitions=Definitions.of(*packages))
    assert post(service, "/Claim/$submit", authorization()).status == 200
    package = post(service, "/Questionnaire/$questionnaire-package", OF_THE_POLICY)
    assert (package.status, caplog.text) == (200, "")
    monkeypatch.setattr(
        service.authorizations.current,
        "inquire",
        lambda *_: {
            "resourceType": "ClaimResponse",
            "meta": {"profile": [f"{GUIDE}profile-claimresponse"]},
            "use": "x",
        },
    )
    assert post(service, "/Claim/$inquire", authorization(status="active")).status == 200
    assert "an answer of /Claim/$inquire does not fit its profile at ClaimResponse" in caplog.text
    assert "1EG4TE5MK73" not in caplog.text


def test_answers_and_determinations_cannot_be_changed(records: Records) -> None:
    records.keep("submit", "a", {"n": 1})
    assert records.keep("submit", "a", {"n": 2}) == {"n": 1}
    for statement in ("update answers set answer = ''", "delete from answers"):
        with pytest.raises(Exception, match="answers stay"):
            records._connection.execute(statement)


def test_what_was_decided_of_each_item_is_kept_with_its_units(records: Records) -> None:
    decisions = {1: Decision("A6", 4, ("one unit for five fractions",)), 2: Decision("A4", None, ())}
    records.keep("submit", "b", {}, subject="s", request={"x": 1}, decisions=decisions)
    kept = records.find("submit", subject="s")
    assert kept is not None
    assert (kept.decisions, kept.request) == (decisions, {"x": 1})


def test_records_in_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database, but long enough to be taken for one" * 100)
    with pytest.raises(UnreadableInput, match="records"):
        Records(tmp_path / "x.db")


def test_hostile_names_come_back_as_text_alone(service: Service) -> None:
    named = authorization(identifier=[{"system": "x", "value": "<script>alert(1)</script>"}])
    reply = post(service, "/Claim/$submit", named)
    assert reply.content_type == "application/fhir+json"


jwt = pytest.importorskip("jwt", reason="PyJWT is not installed: clients cannot be known by their keys")
TOKEN_URL = "http://127.0.0.1:8000/token"
Sign = Callable[..., str]


@pytest.fixture(scope="module")
def keys() -> tuple[Any, Json]:
    """A private key, and the public one as a JWKS."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    private = ec.generate_private_key(ec.SECP384R1())
    public = json.loads(jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA384).to_jwk(private.public_key()))
    return private, {"keys": [{**public, "kid": "k1", "alg": "ES384", "use": "sig"}]}


@pytest.fixture
def sign(keys: tuple[Any, Json]) -> Sign:
    count = iter(range(100))

    def signed(**changes: Any) -> str:
        claims = {"iss": "clinic", "sub": "clinic", "aud": TOKEN_URL, "jti": f"j{next(count)}", "exp": 1060, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return str(jwt.encode(kept, keys[0], "ES384", {"kid": changes.get("kid", "k1")}))

    return signed


@pytest.fixture
def guarded(judges: Judges, records: Records, keys: tuple[Any, Json]) -> Service:
    clients = Clients({"clinic": keys[1]}, TOKEN_URL, now=lambda: 1000.0)
    return Service(judges, Payer(), records, clients=clients)


def ask_for_token(service: Service, assertion: str, scope: str = "system/Claim.c") -> Reply:
    form = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    return service.reply("POST", "/token", {}, urlencode(form).encode())


def test_a_known_client_gets_a_token_that_lets_it_in(guarded: Service, sign: Sign) -> None:
    assert post(guarded, "/Claim/$submit", authorization()).status == 401
    given = ask_for_token(guarded, sign())
    assert given.status == 200
    token = body_of(given)["access_token"]
    allowed = post(guarded, "/Claim/$submit", authorization(), {**JSON, "authorization": f"Bearer {token}"})
    assert allowed.status == 200
    assert post(guarded, "/Claim/$submit", authorization(), {**JSON, "authorization": "Bearer other"}).status == 401


def test_a_grant_of_another_type_is_called_unsupported(guarded: Service) -> None:
    for form, error in (({"grant_type": "password"}, "unsupported_grant_type"), ({}, "invalid_request")):
        reply = guarded.reply("POST", "/token", {}, urlencode(form).encode())
        assert (reply.status, body_of(reply)["error"]) == (400, error)


def test_a_hook_is_let_in_by_a_token_that_its_client_signed(guarded: Service, sign: Sign) -> None:
    path = "/cds-services/isocenter-order-sign"
    token = sign(aud=f"http://127.0.0.1:8000{path}")
    headers = {**JSON, "authorization": f"Bearer {token}"}
    assert post(guarded, path, hook(order()), headers).status == 200
    assert post(guarded, path, hook(order()), headers).status == 401  # the same token again


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 999},
        {"exp": 1000 + 3600},
        {"exp": None},
        {"jti": None},
        {"aud": "http://127.0.0.1:9/other"},
        {"iss": "stranger", "sub": "stranger"},
        {"sub": "somebody else"},
        {"kid": "k2"},
    ],
)
def test_an_assertion_that_is_not_to_be_trusted_gets_no_token(guarded: Service, sign: Sign, changes: Json) -> None:
    assert ask_for_token(guarded, sign(**changes)).status == 401


def test_tokens_without_a_signature_or_of_another_algorithm_are_refused(guarded: Service) -> None:
    claims = {"iss": "clinic", "sub": "clinic", "aud": TOKEN_URL, "jti": "x", "exp": 1060}
    for token in (
        jwt.encode(claims, None, "none"),
        jwt.encode(claims, "secret" * 8, "HS256", {"kid": "k1"}),
        "a.b.c",
        "",
    ):
        assert ask_for_token(guarded, token).status == 401
    reply = guarded.reply("POST", "/token", {}, b"grant_type=password")
    assert (reply.status, body_of(reply)["error"]) == (400, "unsupported_grant_type")


def test_a_client_finds_where_tokens_are_given_and_how_they_are_refused(guarded: Service, sign: Sign) -> None:
    found = body_of(guarded.reply("GET", "/.well-known/smart-configuration", {}, b""))
    assert found["token_endpoint"] == TOKEN_URL
    assert found["token_endpoint_auth_signing_alg_values_supported"] == ["ES384", "RS384"]
    for changes, said in (
        ({"aud": "https://elsewhere.example.org/token"}, f"{TOKEN_URL} is expected"),
        ({"jti": None}, "it lacks jti"),
    ):
        refused = body_of(ask_for_token(guarded, sign(**changes)))
        assert refused["error"] == "invalid_client"
        assert said in refused["error_description"]
    assert body_of(ask_for_token(guarded, sign(), "everything"))["error"] == "invalid_scope"
    assert body_of(ask_for_token(guarded, sign(), "system/Claim.cruds launch"))["scope"] == "system/Claim.cruds"


def test_without_clients_there_is_no_token(service: Service) -> None:
    assert service.reply("GET", "/.well-known/smart-configuration", {}, b"").status == 404


def test_a_file_of_keys_is_read_or_refused(tmp_path: Path, keys: tuple[Any, Json]) -> None:
    path = tmp_path / "clients.json"
    path.write_text(json.dumps({"clinic": keys[1]}))
    assert Clients.read(path, TOKEN_URL)
    for text in ("[]", "{", '{"clinic": []}'):
        path.write_text(text)
        with pytest.raises(UnreadableInput):
            Clients.read(path, TOKEN_URL)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing of a request is logged."""


def test_it_is_served_over_http(service: Service) -> None:
    server = make_server("127.0.0.1", 0, application(service), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        with urllib.request.urlopen(f"{base}/cds-services", timeout=10) as reply:
            assert reply.status == 200
            assert json.load(reply)["services"]
        data = json.dumps(hook(order())).encode()
        asked = urllib.request.Request(
            f"{base}/cds-services/isocenter-order-sign", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=30) as reply:
            assert json.load(reply)["systemActions"]
    finally:
        server.shutdown()
        server.server_close()


def test_who_is_not_known_hears_how_to_log_in(guarded: Service) -> None:
    began: list[tuple[str, dict[str, str]]] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/Claim/$submit", "wsgi.input": io.BytesIO()}
    application(guarded)(environ, lambda status, headers: began.append((status, dict(headers))))
    assert [(status, headers["WWW-Authenticate"]) for status, headers in began] == [("401 Unauthorized", "Bearer")]


def test_a_determination_keeps_its_day() -> None:
    assert DETERMINATION.determined_on == date(2026, 1, 16)


def test_every_client_is_let_in_by_a_setting_alone(tmp_path: Path) -> None:
    wanted = FhirServing("127.0.0.1", 8000, ["imrt"], Payer())
    with pytest.raises(NotServed, match="--without-authentication"):
        interfaces_of(wanted, "http://127.0.0.1:8000")
    open_to_all = FhirServing("127.0.0.1", 8000, ["ncci"], Payer(), tmp_path / "x.db", without_authentication=True)
    assert interfaces_of(open_to_all, "http://127.0.0.1:8000").service.reply("GET", "/metadata", {}, b"").status == 200


@pytest.mark.parametrize(("whole", "damaged"), [(b'ponse"}', b'ponse"{'), (b'"items"', b"[items]")])
def test_a_determination_on_damaged_records_is_refused_in_one_sentence(
    whole: bytes, damaged: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.db"
    records = Records(path)
    records.keep("submit", "1", {"resourceType": "ClaimResponse"}, request="items")
    records.close()
    data = path.read_bytes()
    assert whole in data
    path.write_bytes(data.replace(whole, damaged))
    assert cli.main(["determine", "1", "--records", str(path), "--approve", "--name", "N"]) == 2
    assert "answers.db: the determination was not recorded; it is damaged" in capsys.readouterr().err


def test_a_person_determines_at_the_command_line(
    judges: Judges, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.db"
    records = Records(path)
    service = Service(judges, Payer(), records)
    given = body_of(post(service, "/Claim/$submit", authorization()))
    command = ["determine", given["id"], "--records", str(path)]
    assert cli.main([*command, "--deny", "--name", "D. Example MD"]) == 2
    assert "--reason, --npi, --specialty" in capsys.readouterr().err
    refusal = ["--deny", "--reason", "None", "--name", "D. Example MD", "--specialty", "Radiology"]
    for number in ("1234567890", "12345", "1234567893 "):
        assert cli.main([*command, *refusal, "--npi", number]) == 2
        assert "not a National Provider Identifier" in capsys.readouterr().err
    whole = [*refusal, "--npi", "1999999984", "--rule"]
    for rule, said in (
        ("imrt/no_such_rule", "the policy imrt has no rule no_such_rule"),
        ("a_condition_is_documented", "there is no policy a_condition_is_documented here; served: imrt"),
    ):
        assert cli.main([*command, *whole, rule]) == 2
        assert said in capsys.readouterr().err
    assert cli.main([*command, "--approve", "--name", "N", "--rule", "imrt/a_condition_is_documented"]) == 2
    assert cli.main([*command, "--approve"]) == 2
    assert cli.main([*command, "--approve", "--name", "N. Example RN", "--on", "2026-01-16"]) == 0
    assert actions(inquired(service)) == ["A1"]
    assert cli.main([*command, "--approve", "--name", "N. Example RN"]) == 2
    assert cli.main(["determine", "x", "--records", str(tmp_path / "none.db"), "--approve", "--name", "N"]) == 2
    records.close()
