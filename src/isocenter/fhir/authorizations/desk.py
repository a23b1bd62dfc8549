"""The desk behind the FHIR interfaces: requests that need a person go to it, and a person's determination comes back.

The workbench is such a desk. Without one, pended requests wait for `isocenter determine`.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, Protocol


class LineDetermined(NamedTuple):
    """What a person determined of one line; `line_number` is the sequence of the claim's item."""

    line_number: int
    decision: str  # pay, reduce or deny
    units_allowed: int | None
    reason: str
    policy: str = ""  # of the rule that it is refused by, where the person named one
    rule: str = ""


class Determined(NamedTuple):
    """What a person determined of a request, with name, NPI and specialty as the record holds them."""

    decision: str  # approve, partly or deny
    reason: str
    lines: tuple[LineDetermined, ...]
    by_name: str
    by_npi: str
    by_specialty: str
    determined_on: date
    times: int = 1  # how often it was determined: a request that is reopened can be determined again


class DocumentsAsked(NamedTuple):
    """The documents that a person asked the provider for and that did not come yet, as the letters name them."""

    titles: tuple[str, ...]
    asked_on: date  # of the last letter


class Desk(Protocol):
    """Takes requests in and answers what became of them; several threads and processes may ask one."""

    def receive(self, identifier: str, bundle: bytes, *, is_expedited: bool = False, updates: str = "") -> None:
        """Take a request in under the identifier of its answer; the same identifier again changes nothing.

        `updates` is the identifier of the earlier request that it changes: one that is not decided goes on under the
        new identifier, with its clock, its letters and what was noted on it.
        """

    def answered(self, identifier: str, decision: str, *, is_expedited: bool = False) -> None:
        """Count a request that was answered at once, without a person: approve or partly; once an identifier."""

    def withdraw(self, identifier: str, how: str) -> None:
        """Take a request out of the queue that its provider replaced or cancelled; unknown ones change nothing."""

    def determined(self, identifier: str) -> Determined | None:
        """What a person determined of a request; None while nobody did, or where it is not known."""

    def asked_for(self, identifier: str) -> DocumentsAsked | None:
        """What a person asked the provider of an undecided request for; None where nobody did, or all of it came."""

    def reopened(self) -> Sequence[str]:
        """The identifiers of the requests that were reopened after a determination, the last ones first."""
