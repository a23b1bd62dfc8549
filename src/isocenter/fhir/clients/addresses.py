"""Which addresses of others may be called, and the way there: without proxies, and without following redirects."""

import urllib.request
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A server that leads elsewhere is not followed: which ones are called was agreed upon."""

    def redirect_request(self, *_: Any) -> None:
        """No request takes its place."""


DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def expect_address(address: str) -> SplitResult:
    """The parts of an address of http or https that names a host; ValueError where it is none, or hides something."""
    parts = urlsplit(address)
    _ = parts.port
    is_plain = address.isascii() and address.isprintable() and " " not in address
    if not is_plain or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the address of a server has to begin with http:// or https://")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("the address of a server may hold no user name and no fragment")
    return parts


def is_below(address: str, allowed: str) -> bool:
    """Whether an address is an allowed one or lies in its folder, on the same server."""
    own, other = urlsplit(address), urlsplit(allowed)
    same = (own.scheme, own.hostname, own.port) == (other.scheme, other.hostname, other.port)
    folder = other.path.rstrip("/")
    return same and ".." not in own.path and (own.path == folder or own.path.startswith(f"{folder}/"))
