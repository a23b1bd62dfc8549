"""What a payer says of itself to those who ask by FHIR."""

from dataclasses import dataclass

MOST_BYTES = 10_000_000  # of a request


@dataclass(frozen=True, slots=True)
class Payer:
    """The payer in whose name answers are given."""

    name: str = "Isocenter"
    # Where members of the public find the policy; '#' and the section are added for a link to a passage.
    policy_url: str = ""
    authorization_is_needed: bool = True
    contact_phone: str = ""
    fhir_url: str = ""  # where questionnaires are asked for; none is named without it
