"""Single sign-on by OpenID Connect, against a small identity provider that runs here."""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.web.browser import PASSWORD, first_link, served

jwt = pytest.importorskip("jwt", reason="PyJWT is not installed")
rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa", reason="cryptography is not installed")

pytestmark = pytest.mark.slow


class _Provider(ThreadingHTTPServer):
    """Vouches for whoever `claims` names, to the client `workbench` with its secret."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, object] = {}
        self.nonces: dict[str, str] = {}
        self.signs_with = self.key

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: _Provider

    def do_GET(self) -> None:
        asked = urllib.parse.urlsplit(self.path)
        if asked.path == "/authorize":
            query = dict(urllib.parse.parse_qsl(asked.query))
            assert query["client_id"] == "workbench"
            assert query["code_challenge_method"] == "S256"
            self.server.nonces["a-code"] = query.get("nonce", "")
            back = urllib.parse.urlencode({"code": "a-code", "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        elif asked.path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.server.key.public_key()))
            self._say({"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]})
        elif asked.path == "/user":
            self._say(self.server.claims)

    def do_POST(self) -> None:
        given = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        assert given["client_secret"] == "a secret"
        now = int(time.time())
        token = {"iss": self.server.address, "aud": "workbench", "iat": now, "exp": now + 60, "sub": "1"}
        token |= {"nonce": self.server.nonces[given["code"]]} | self.server.claims
        signed = jwt.encode(token, self.server.signs_with, algorithm="RS256", headers={"kid": "one"})
        self._say({"access_token": "x", "token_type": "Bearer", "id_token": signed})

    def _say(self, content: object) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def provider() -> Iterator[_Provider]:
    server = _Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def address(provider: _Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A workbench with single sign-on and one account, of avery@example.org."""
    settings = {
        "ISOCENTER_OIDC_CLIENT_ID": "workbench",
        "ISOCENTER_OIDC_CLIENT_SECRET": "a secret",
        "ISOCENTER_OIDC_AUTHORIZATION": f"{provider.address}/authorize",
        "ISOCENTER_OIDC_TOKEN": f"{provider.address}/token",
        "ISOCENTER_OIDC_USER": f"{provider.address}/user",
        "ISOCENTER_OIDC_KEYS": f"{provider.address}/keys",
        "ISOCENTER_SECOND_FACTOR": "1",
    }
    folder: Path = tmp_path_factory.mktemp("single")
    with served(folder, **settings) as (found, _, printed):
        link = first_link(printed)
        browser = _browser()
        token = browser.open(link).read().decode().split('csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"csrfmiddlewaretoken": token, "username": "avery", "first_name": "Avery", "last_name": "Stone"}
        form |= {"email": "avery@example.org", "password1": PASSWORD, "password2": PASSWORD}
        browser.open(urllib.request.Request(link, urllib.parse.urlencode(form).encode(), {"Referer": link}))
        yield found


def _browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def _signed_in(address: str) -> bool:
    browser = _browser()
    try:
        browser.open(f"{address}/oidc/authenticate/").read()
    except urllib.error.HTTPError as wrong:
        assert wrong.code in (403, 404, 400), wrong.code
    return "Sign out" in browser.open(f"{address}/people").read().decode()


def test_an_invited_person_comes_in_by_the_provider_alone(address: str, provider: _Provider) -> None:
    provider.claims = {"email": "Avery@example.org", "email_verified": True}
    assert _signed_in(address)


@pytest.mark.parametrize(
    "claims",
    [{"email": "stranger@example.org"}, {}, {"email": "avery@example.org", "email_verified": False}],
    ids=["a stranger", "no address", "an address that is not verified"],
)
def test_whom_nobody_invited_or_vouched_for_stays_out(address: str, provider: _Provider, claims: dict) -> None:
    provider.claims = claims
    assert not _signed_in(address)


def test_a_token_signed_by_another_key_is_refused(address: str, provider: _Provider) -> None:
    provider.claims = {"email": "avery@example.org"}
    provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    try:
        assert not _signed_in(address)
    finally:
        provider.signs_with = provider.key
