"""What the name of a payer, plan or coverage says of it, as claims, tables and FHIR write it."""

import re

# What pays beside Medicare, or in the place of it, and for other care.
_OF_ANOTHER_KIND = re.compile(
    r"\b(?:medi-?gap|med(?:icare)?[-\s]*sup(?:p|pl|plement\w*)?\b|medicare\s+(?:select|plan\s+[fgkln])\b"
    r"|supplement(?:al)?\s+(?:plan|polic|insurance|health)\w*"
    r"|secondary\s+payer|dental|vision\s+(?:plan|insurance|care)|work(?:ers|men)['’]?s?\s+comp|no[- ]fault"
    r"|self[- ]?pay)",
    re.IGNORECASE,
)
_OF_DRUGS = re.compile(
    r"\b(?:part[-\s]*d|drugs?\s+(?:plan|coverage|benefit)s?|prescription\s+drugs?|PDP|Rx)\b", re.IGNORECASE
)
_OF_CARE_AND_DRUGS = re.compile(r"\b(?:advantage|part[-\s]*[abc]|MA-?PD|HMO|PPO)\b", re.IGNORECASE)


def names_another_kind(name: str) -> bool:
    """Whether a name is that of another kind than health insurance, or of a supplement to it.

    A supplement to Medicare (Medigap, Medicare Select) and a plan of drugs alone (Part D) have Medicare's name, and the
    services of a course are not theirs to cover.
    """
    is_of_drugs = _OF_DRUGS.search(name) and not _OF_CARE_AND_DRUGS.search(name)
    return bool(_OF_ANOTHER_KIND.search(name) or is_of_drugs)
