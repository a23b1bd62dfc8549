"""As it is run in production: several processes of a WSGI server and a worker on PostgreSQL, with FHIR clients."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from socket import socket
from typing import Any

import psycopg
import pytest

from tests.fhir.requests import authorization
from tests.web.on_postgresql import postgresql

pytestmark = pytest.mark.slow
jwt = pytest.importorskip("jwt", reason="PyJWT is not installed: clients cannot be known by their keys")
_REVIEWED = "select state, source from workbench_request where recommendation <> ''"


@contextmanager
def _running(*command: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, *command], env=environment, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()


def _ask(address: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(address, body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, content = refused.code, refused.read()
    return status, json.loads(content) if content.startswith(b"{") else content


def _wait_until(holds: Any, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.5)


def _answers(address: str) -> bool:
    with suppress(OSError):
        return _ask(f"{address}/health", X_Forwarded_Proto="https")[0] == 200
    return False


def test_requests_by_fhir_reach_the_queue_whichever_process_answers(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn", reason="gunicorn is not installed: no server with several processes is tried")
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    private = ec.generate_private_key(ec.SECP384R1())
    public = json.loads(jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA384).to_jwk(private.public_key()))
    clients = tmp_path / "clients.json"
    clients.write_text(json.dumps({"clinic": {"keys": [{**public, "kid": "k1"}]}}), encoding="utf-8")
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ISOCENTER", "DJANGO"))}
    environment |= {
        "ISOCENTER_DATA": str(tmp_path / "data"),
        "ISOCENTER_FHIR_URL": f"{address}/fhir",
        "ISOCENTER_FHIR_CLIENTS": str(clients),
        "ISOCENTER_WORKER_NICENESS": "0",
    }
    with ExitStack() as stack:
        environment["DATABASE_URL"] = stack.enter_context(postgresql())
        migrate = ("-m", "django", "migrate", "--settings", "isocenter.web.settings", "-v", "0")
        subprocess.run([sys.executable, *migrate], env=environment, check=True)
        server = ("-m", "gunicorn", "--workers", "2", "--bind", address.removeprefix("http://"))
        stack.enter_context(
            _running(*server, "isocenter.web.wsgi:application", environment=environment, log=tmp_path / "server.txt")
        )
        worker = ("-m", "isocenter", "serve", "--only-work")
        stack.enter_context(_running(*worker, environment=environment, log=tmp_path / "worker.txt"))
        _wait_until(lambda: _answers(address))
        assert _ask(f"{address}/fhir/Claim/$submit", b"{}")[0] == 401
        claims = {
            "iss": "clinic",
            "sub": "clinic",
            "aud": f"{address}/fhir/token",
            "exp": time.time() + 200,
            "jti": "1",
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, private, "ES384", {"kid": "k1"}),
        }
        encoded = urllib.parse.urlencode(form).encode()
        status, given = _ask(f"{address}/fhir/token", encoded)
        assert status == 200, given
        assert _ask(f"{address}/fhir/token", encoded)[0] == 401  # used before, though another process saw it
        known = {"Authorization": f"Bearer {given['access_token']}", "Content_Type": "application/fhir+json"}
        body = json.dumps(authorization(("77301", 1), ("77300", 9))).encode()
        answers = [_ask(f"{address}/fhir/Claim/$submit", body, **known) for _ in range(6)]
        assert {status for status, _ in answers} == {200}
        assert all(one == answers[0][1] for _, one in answers)

        with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as database:
            _wait_until(lambda: database.execute(_REVIEWED).fetchall() == [("open", "fhir")])
            assert database.execute("select count(*) from workbench_request").fetchall() == [(1,)]
        verify = ("-m", "isocenter", "journal", "verify")
        verified = subprocess.run(
            [sys.executable, *verify], env=environment, capture_output=True, text=True, check=True
        )
        assert "whole" in verified.stdout
