"""What an entry of the grammar needs in a text to be stated at all: an organ, a dose, a person by name, a physician."""

import re
from collections.abc import Collection

from isocenter.chart.grammar.entries import Entry
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.grammar.phrases import DATE, lowered
from isocenter.chart.words.people import has_credentials, people_in, role_of

_DOSE = re.compile(
    r"(?:\d|\b\w+ty(?:-\w+)?)\s*(?:c?gy|centigray|gray)\b|(?<![\d/.-])[2-8]\d(?:\.\d+)?(?:\s?/\s?| in | over )[1-4]?\d(?![\d/-]|\.\d)|\d\s*(?:fx|fractions|weeks)\b",
    re.IGNORECASE,
)
_DATE = re.compile(rf"(?<![a-z])(?:{DATE})")
_NAME = re.compile(
    r"\b(?:dr|md|do|physician|oncologist|attending|your (?:prescription|order|request|directive))\b\.?|\b[A-Z][a-z]+ [A-Z][a-z]+",
    re.IGNORECASE,
)


NAMED_IN_LISTS = frozenset({"organ", "device", "position"})  # needs that a word of the list so called meets


def meets_needs(grammar: Grammar, entry: Entry, text: str, besides: Collection[str] = ()) -> bool:
    """Whether a text holds what the entry needs to be stated at all, besides some needs that are met otherwise."""
    low = lowered(text)
    for need in entry.needs:
        if need in besides:
            continue
        if need == "by_physician":
            if _by_another(text):
                return False
        elif need in NAMED_IN_LISTS:
            if grammar.lists.pattern(need).search(low) is None:
                return False
        elif (
            (need == "dose" and not _DOSE.search(low))
            or (need == "date" and not _DATE.search(low))
            or (need == "name" and not _NAME.search(text))
            or (need == "person" and not _is_named(text))
            or (need == "value" and not any(c.isdigit() for c in text))
            or (need == "large_volume" and _is_of_a_usual_volume(low))
        ):
            return False
    return True


_VOLUME = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s?(?:cc|ml|cm3|cm³|cubic)\b")
_LARGE = re.compile(
    r"\b(?:large|big|heavy|pendulous|ptotic|generous|voluminous|ample|oversized|sizeable|hypertroph|macromast)"
)
_LEAST_LARGE_CC = 1000.0  # of a volume that no word calls large


def _is_of_a_usual_volume(low: str) -> bool:
    """Whether a lower-case text gives volumes in cc, none of them large and none called so, such as: volume 640 cc."""
    volumes_cc = [float(found[1].replace(",", "")) for found in _VOLUME.finditer(low)]
    return bool(volumes_cc) and max(volumes_cc) < _LEAST_LARGE_CC and _LARGE.search(low) is None


_NAMED_DOCTOR = re.compile(r"\bdr\.? [a-z][\w'’-]+", re.IGNORECASE)
_ROLES = re.compile(
    r"\b(?:supervis\w+|attending|treating|ordering|referring|responsible|radiation|medical|physician|doctor|oncolog\w+|"
    r"md|do|signature|name|of record)\b",
    re.IGNORECASE,
)


def _is_named(text: str) -> bool:
    """Whether a text names a person, not only what the person is."""
    return bool(_NAMED_DOCTOR.search(text) or people_in(_ROLES.sub(" ", text)) or has_credentials(text))


_ANOTHER = re.compile(
    r"\bby (?:the |our |a )?(?:\w+ )?(?:nurse|np|rn|pa|aprn|therapist|student|resident|fellow|intern|house officer|dietitian|physicist|staff)\b(?! (?:and|with) (?:me|i)\b)"
    r"|\bby (?!dr\b|me\b)(?:[a-z]\. ?)*[\w'’-]+(?: [\w'’-]+)?, (?:the |our )?(?:nurse|physician assistant|therapist|resident|physicist|dietitian|student)\b",
    re.IGNORECASE,
)


_FIRST_PERSON = re.compile(
    r"(?:^|[.;,] )I (?:also |have |personally )*(?:saw|examined|evaluated|assessed|reviewed|met|visited|seen)\b"
)


_ANOTHER_ACTED = re.compile(
    r"\b(?:nurse|np|rn|aprn|pa-c|therapist|radiographer|dietitian|student|resident|social worker|physicist|navigator)\b(?: practitioner| clinician)?(?:,? (?:[A-Z][\w.'-]*|only|alone|then)){0,3} (?:only )?(?:saw|examined|evaluated|assessed|reviewed|met|visited|spoke|called|checked)\b",
    re.IGNORECASE,
)


_PHYSICIAN_ELSEWHERE = re.compile(
    r",?\s+(?:MD|DO)\s+(?=(?:to|will|is|was|not|out|away|off|aware|notified|informed|unavailable)\b)"
)  # as in: seen by Ora Lund RN, MD to see tomorrow


def _by_another(text: str) -> bool:
    """Whether a sentence says that somebody other than a physician did it."""
    text = _PHYSICIAN_ELSEWHERE.sub(" ", text)
    people = people_in(text)
    roles = [role_of(person, text[person.stop : person.stop + 30], {}) for person in people if person.credentials]
    physicians = {"radiation_oncologist", "treating_physician"}
    if _FIRST_PERSON.search(text):
        return False
    return bool(_ANOTHER.search(text) or _ANOTHER_ACTED.search(text)) or (bool(roles) and not physicians & set(roles))
