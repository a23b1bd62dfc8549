"""Knows clients by their keys: SMART Backend Services for FHIR, signed tokens for CDS Hooks.

Sources: SMART App Launch 2.0, backend services (private_key_jwt, RS384 and ES384); CDS Hooks 2.0, trusting clients.
Keys are read from a file: nothing is fetched from a client's server.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from isocenter.errors import UnreadableInput
from isocenter.fhir.clients.known import About
from isocenter.fhir.clients.smart import granted, smart_configuration
from isocenter.fhir.clients.tokens import Tokens
from isocenter.fhir.problems import Refused
from isocenter.files.structured import read_json
from isocenter.files.texts import shown

_ALGORITHMS = {"RSA": "RS384", "EC": "ES384"}  # by the type of the key that a client is known by
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN_SECONDS = 300
_LISTS = ("organizations", "endpoints", "fhir_servers")
_LONGEST_ASSERTION_SECONDS = 300
_MOST_AHEAD_SECONDS = 60  # by which a client's clock may differ


class Client(NamedTuple):
    """Who asks: a client with the organizations that it asks for, and where it takes notifications."""

    name: str = ""  # '' where every client is let in
    organizations: frozenset[str] = frozenset()  # their NPIs
    endpoints: tuple[str, ...] = ()  # addresses below which notifications may go
    fhir_servers: tuple[str, ...] = ()  # that may be asked for what a hook's prefetch lacks

    def may_see(self, about: About) -> bool:
        """Whether the client may know of a request: its own, or one of an organization that it asks for."""
        return not self.name or about.client == self.name or about.organization in self.organizations


ANYONE = Client()


class Clients:
    """The clients that are let in, each with its public keys (JWKS)."""

    def __init__(
        self,
        keys: Mapping[str, Any],
        token_url: str,
        now: Callable[[], float] = time.time,
        tokens: Tokens | None = None,
    ) -> None:
        """`keys` holds a JWKS for each client or issuer; `token_url` is the audience of their assertions.

        `tokens` are those given out, shared by processes that serve the same clients.
        """
        self._keys = keys
        self._token_url = token_url
        self._now = now
        self._tokens = tokens or Tokens()

    @classmethod
    def read(cls, path: Path, token_url: str, tokens: Tokens | None = None) -> "Clients":
        """Read a JSON file of clients and their keys; UnreadableInput where it is malformed."""
        try:
            keys = read_json(path)
        except (OSError, ValueError) as wrong:
            why = (wrong.strerror if isinstance(wrong, OSError) else None) or wrong
            raise UnreadableInput(f"{shown(path)}: cannot be read as JSON of clients and their keys ({why})") from None
        if not isinstance(keys, dict) or not all(_is_entry(one) for one in keys.values()):
            expected = (
                'expected {"client id": {"keys": [...], "organizations": [], "endpoints": [], "fhir_servers": []}}:'
                " a JWKS for each client, the NPIs of its organizations, where it takes notifications, and its servers"
            )
            raise UnreadableInput(f"{shown(path)}: {expected}")
        return cls(keys, token_url, tokens=tokens)

    def configuration(self) -> dict[str, Any]:
        """Where and how clients ask for tokens (.well-known/smart-configuration)."""
        return smart_configuration(self._token_url, _ALGORITHMS.values())

    def token(self, body: bytes) -> dict[str, Any]:
        """An access token for a client's signed assertion; Refused (400, 401) where it is not to be trusted."""
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        if form.get("grant_type", "client_credentials") != "client_credentials":
            raise Refused(400, "unsupported_grant_type", "grant_type client_credentials is expected")
        if "grant_type" not in form or form.get("client_assertion_type") != _ASSERTION_TYPE:
            raise Refused(400, "invalid", "grant_type client_credentials with a client assertion (JWT) is expected")
        scope = granted(form.get("scope", ""))
        claims = self._verified(form.get("client_assertion", ""), self._token_url)
        if claims.get("iss") != claims.get("sub"):
            raise Refused(401, "login", "iss and sub of a client assertion have to be the client's id")
        token = secrets.token_urlsafe(32)
        self._tokens.give(token, str(claims["iss"]), self._now() + _TOKEN_SECONDS, self._now())
        return {"access_token": token, "token_type": "bearer", "expires_in": _TOKEN_SECONDS, "scope": scope}

    def expect_known(self, authorization: str, audience: str) -> Client:
        """The client that asks; Refused (401) without a token that was given out, or that a known client signed."""
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Refused(401, "login", "an Authorization header with a bearer token is expected")
        known = self._tokens.client(token, self._now())
        if known is not None:
            return self._client(known)
        if token.count(".") != 2:
            raise Refused(401, "expired", "the access token is not known, or has expired; ask for another one")
        return self._client(str(self._verified(token, audience)["iss"]))

    def _client(self, name: str) -> Client:
        entry = self._keys[name]
        organizations, endpoints, servers = (tuple(map(str, entry.get(listed, ()))) for listed in _LISTS)
        return Client(name, frozenset(organizations), endpoints, servers)

    def _verified(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of a token that a known client signed for this audience, once."""
        import jwt  # noqa: PLC0415  # an extra: without it no client can be known

        try:
            header = jwt.get_unverified_header(token)
            issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
            key_set = jwt.PyJWKSet.from_dict(dict(self._keys[issuer]))
            key = next(one for one in key_set.keys if one.key_id == header.get("kid"))
            algorithm = _ALGORITHMS.get(str(key.key_type))
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[algorithm] if algorithm else [],
                audience=audience,
                options={"require": ["exp", "iss", "aud", "jti"], "verify_exp": False, "verify_iat": False},
            )
        except KeyError:
            raise Refused(401, "login", "the client is not known") from None
        except StopIteration:
            raise Refused(401, "login", "the key that signed the token is not among the client's keys") from None
        except jwt.PyJWTError as wrong:
            raise Refused(
                401, "login", f"the token is not to be trusted: {_why_not_trusted(wrong, audience)}"
            ) from None
        now = self._now()
        if not isinstance(claims["exp"], int | float) or not now < claims["exp"] <= now + _LONGEST_ASSERTION_SECONDS:
            raise Refused(
                401, "expired", f"the token has expired, or lasts beyond {_LONGEST_ASSERTION_SECONDS} seconds"
            )
        issued = claims.get("iat", now)
        if not isinstance(issued, int | float) or issued > now + _MOST_AHEAD_SECONDS:
            raise Refused(401, "login", "the token is issued in the future (iat); set the client's clock")
        if not self._tokens.use(issuer, str(claims["jti"]), float(claims["exp"]), now):
            raise Refused(401, "login", "the token was used before (jti)")
        return claims


def _why_not_trusted(wrong: Exception, audience: str) -> str:
    """What is wrong with a token that does not hold, and what is expected."""
    import jwt  # noqa: PLC0415  # an extra

    match wrong:
        case jwt.InvalidAudienceError():
            return f"its audience (aud) is another one; {audience} is expected"
        case jwt.MissingRequiredClaimError():
            return f"it lacks {wrong.claim}"
        case jwt.InvalidAlgorithmError():
            return "it is signed in another way; RS384 is expected with RSA keys, ES384 with EC keys"
        case jwt.InvalidSignatureError():
            return "its signature does not fit the key that it names (kid)"
        case jwt.InvalidTokenError():
            return f"it is not a readable JWT ({type(wrong).__name__})"
        case _:
            return f"the client's keys cannot be used ({type(wrong).__name__})"


def _is_entry(entry: Any) -> bool:
    """Whether an entry of the file holds keys, and lists where it names organizations and endpoints."""
    if not isinstance(entry, dict) or not isinstance(entry.get("keys"), list):
        return False
    return all(isinstance(entry.get(name, []), list) for name in _LISTS)
