"""People named for other work than signing this paper: who handled a record, whose patient it is, who approved the blank form."""

import re

from isocenter.chart.words.people import Person

_HANDLED = re.compile(
    r"\W*(?:last )?(?:entered|created|keyed|typed|edited|modified|updated|imported|exported|printed|scanned|filed|opened|viewed)(?: (?:by|on))?\W*",
    re.IGNORECASE,
)  # what somebody did with a record, which signs nothing of it
_PATIENT_OF = re.compile(r"\W*(?:patient|pt|case) of(?: dr\.?)?\W*", re.IGNORECASE)


def only_leads_to_a_name(before: str) -> bool:
    """Whether the words before a name say only who handled the record, or whose patient this is."""
    return _PATIENT_OF.fullmatch(before) is not None or _HANDLED.fullmatch(before) is not None


_OF_ANOTHER_WORK = re.compile(
    r"(?:\b(?:pathology|slides|biops(?:y|ies)|labs?|laboratory|blood work|(?:medications?|meds?|problem|allergy):?(?: list)?|allergies|vitals?(?: signs)?|mammograms?|ultrasounds?|outside (?:records|films|imaging|scans)|machine output|linac output|interlocks?)"
    r" (?:(?:was|were) )?(?:re-?)?(?:reviewed|read|checked|verified|seen)|\bseen in (?:the )?(?:ed|er|emergency (?:room|department)))"
    r" (?:\d[\d/.-]{5,9} )?by\W*(?:dr\.?\s*)?$",
    re.IGNORECASE,
)  # which signs none of this chart's papers, such as: Pathology reviewed by A. Frye, MD 3/4/2024
_VERSION = r"(?:rev(?:ision|ised)?|version|v ?\d+|[a-z]{1,4}-\d+[a-z]?)\b"
_OF_A_BLANK_FORM = re.compile(
    r"(?:^|[.:;|]\s*)(?:(?!(?:per|under|on|in|with|of|by)\b)\w+ ){0,2}(?:form|policy|procedure|protocol|sop|template|worksheet|checklist)\b"
    rf"(?: (?:no|number)\b)?[^:;]{{0,20}}\b{_VERSION}(?:\W+(?:{_VERSION}|[a-z]\b|\d[\d/.-]*|(?:no|was|is|and|last|first|by|dr)\b|\w+ed\b))*\W*$"
    r"|\b(?:document|revision|version) control\b|\b(?:rev(?:ision)?|version)\W{1,2}\w{1,4}\W{1,3}(?:is )?effective\b",
    re.IGNORECASE,
)  # whose wording somebody approved, before it was filled in for any patient, such as: Form QA-7 rev. C approved by


def is_of_another_work(before: str) -> bool:
    """Whether the words before a name say that something else than a paper of this chart was signed."""
    return _OF_ANOTHER_WORK.search(before) is not None or _OF_A_BLANK_FORM.search(before) is not None


_KEY = re.compile(r"(?:^|\s)(?P<initials>[A-Z]{2,4})\s*=\s*(?:dr\.?\s*)?$", re.IGNORECASE)


def explains_initials(text: str, person: Person) -> bool:
    """Whether a name only says whose some initials are, such as: SD = Sara Dow, PhD."""
    return _KEY.search(text[: person.start]) is not None
