"""Where a request ends and an answer begins, held more strictly than waitress does: two readers may not differ on it.

A proxy in front that takes another length for right would pass on, as the next request of one client, what another
sent; and what follows the answer to HEAD would be taken for the next answer. Source: RFC 9112, sections 6.1 and 6.3.
"""

from typing import Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import WSGITask

_CODING = b"transfer-encoding"


class StrictParser(HTTPRequestParser):  # type: ignore[misc]  # waitress states no types
    """Refuses a request that states its length in two ways, or by a coding that its version of HTTP does not have."""

    version: str
    headers: dict[str, str]

    def parse_header(self, header_plus: bytes) -> None:
        """Take in the head of a request; ParsingError where it is none."""
        super().parse_header(header_plus)
        stated = [
            value.strip(b" \t").lower()
            for name, _, value in (line.partition(b":") for line in header_plus.split(b"\r\n"))
            if name.lower() == _CODING
        ]
        if stated and (stated != [b"chunked"] or self.version != "1.1" or "CONTENT_LENGTH" in self.headers):
            raise ParsingError("its length is stated in two ways")


class HeadTask(WSGITask):  # type: ignore[misc]
    """Answers HEAD by the head of the answer alone, whatever the application says."""

    request: Any
    chunked_response: bool

    def get_environment(self) -> dict[str, Any]:
        """What the application is told of the request."""
        environ: dict[str, Any] = super().get_environment()
        if self.request.command == "HEAD":
            environ.pop("wsgi.file_wrapper", None)  # which would send a file past `write`
        return environ

    def write(self, data: bytes) -> None:
        """Send a part of the answer."""
        if self.request.command == "HEAD":
            super().write(b"")
            self.chunked_response = False
        else:
            super().write(data)
