"""By what a request for prior authorization is known, and whose it is."""

from typing import NamedTuple


class About(NamedTuple):
    """What a request for authorization is known by, and who asked it."""

    subject: str  # its identifier
    address: str  # of the Claim, as others refer to it
    member_id: str
    organization: str  # NPI of the provider
    client: str  # '' where every client is let in
    is_pended: bool
