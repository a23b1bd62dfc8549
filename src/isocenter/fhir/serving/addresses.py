"""Why a server cannot listen at an address."""

import errno


def why_not_at(wrong: OSError | ValueError, host: str | None, port: int | None) -> str:
    """What is wrong with a host and port that waitress refused, and what to do."""
    # waitress raises ValueError where it cannot resolve the host
    if isinstance(wrong, OSError) and wrong.errno != errno.EADDRNOTAVAIL:
        return f"port {port} cannot be used ({wrong.strerror}); choose another one with --port"
    return f"{host!r} is not an address of this machine; name one with --host, such as 127.0.0.1"
