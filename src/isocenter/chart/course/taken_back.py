"""Finds sentences by which a physician takes back a statement of necessity: it is not known then whether it still holds."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.course.paper_read import PaperRead, kinds_of
from isocenter.terms.problems import Unread, worded

_KIND = "necessity_statement"
_STATEMENT = (
    r"(?:(?:statement|letter|certification|attestation|justification|determination)s?(?:\s+of\s+(?:medical\s+)?necessity)?"
    r"|documentation\s+of\s+(?:medical\s+)?necessity)"
)
_NOTE = r"(?:note|entry|document|dictation)"
_EARLIER = r"(?:(?:the|my|our|this|that|a)\s+)?(?:previous|prior|earlier|above|foregoing|original|preceding)\s+"
_WHICH = r"(?:\s+(?:above|below|of|dated|from|on|written|signed|made|dictated)\b[^.;:]{0,40})?"
_IS = r"\s*,?\s+(?:(?:is|was|were|are|has|have|been|being|hereby|now|therefore|no|longer)\s+){1,4}"
_RETRACTED = r"(?:retracted|withdrawn|rescinded|revoked|void(?:ed)?|annulled|taken\s+back|disregarded|invalid)"
_IN_ERROR = (
    r"(?:(?:made|entered|written|signed|dictated|filed|sent)\s+(?:in\s+error|by\s+mistake|for\s+(?:the\s+)?wrong"
    r"|(?:on|in|into|under)\s+(?:the\s+|a\s+)?(?:wrong|another|different))|in\s+error|incorrect|erroneous|mistaken|wrong)"
)
_NO_LONGER = (
    r"\s+(?:(?:does|do|is|are)\s+)?no(?:t|\s+longer)\s+(?:appl(?:y|ies)|hold|stand|valid|correct|accurate|true)s?\b"
)
_IMRT = r"(?:IMRT|VMAT|intensity[- ]modulat\w+(?:\s+radi\w+)?(?:\s+therapy)?|tomotherapy)"
_TAKEN_BACK = re.compile(
    rf"\b{_STATEMENT}{_WHICH}{_IS}(?:{_RETRACTED}|{_IN_ERROR})\b"
    rf"|\b{_STATEMENT}{_WHICH}{_NO_LONGER}"
    rf"|\b(?:retract|withdraw|rescind|revoke|take\s+back|disregard|void)\s+(?:(?:the|my|our|this|that|any)\s+)?"
    rf"(?:(?:previous|prior|earlier|above|original)\s+)?{_STATEMENT}\b"
    rf"|\b(?:retract|withdraw|rescind|disregard)\s+{_EARLIER}{_NOTE}\b"
    rf"|\b{_EARLIER}{_NOTE}{_WHICH}{_IS}(?:{_RETRACTED}|{_IN_ERROR})\b"
    rf"|\b{_IMRT}\s+(?:is|was|will)\s+(?:(?:therefore|thus|now|hereby|in\s+fact)\s+)?(?:not|no\s+longer)\s+(?:be\s+)?"
    r"(?:considered\s+|felt\s+to\s+be\s+|deemed\s+)?(?:medically\s+)?(?:necessary|needed|required|indicated|justified"
    r"|warranted|supported)\b",
    re.IGNORECASE,
)
# A plan without IMRT that would do as well; a comparison may also say what it does not spare.
_WOULD_DO_WITHOUT = re.compile(
    r"\b(?:3[- ]?D(?:[- ]?CRT)?|three[- ]dimensional)(?:\s+conformal)?(?:\s+\w+){0,2}\s+"
    r"(?:can\s+(?:adequately\s+|safely\s+|also\s+)?(?:spare|protect|avoid|meet)"
    r"|is\s+(?:also\s+)?(?:sufficient|adequate|acceptable|suitable)|suffices)\b",
    re.IGNORECASE,
)
_CONTRASTS = re.compile(
    r"\b(?:but|however|not|only|except|boost|cannot|nodes?|nodal|initial|alternative)\b", re.IGNORECASE
)
_UNDER_A_CONDITION = re.compile(
    r"\b(?:if|unless|whether|when|why|would|could|should|may|might|until|without\s+which|not\s+(?:been\s+)?retracted"
    r"|insurance|payer|payor|insurer|plan(?:'s)?\s+(?:letter|decision)|denial|denied|reviewer|claims?\s+that)\b",
    re.IGNORECASE,
)
_SHOWN = 120


def statements_taken_back(read: Sequence[PaperRead]) -> Iterator[Unread]:
    """A problem for each paper that takes a statement of necessity back, where there is no later statement."""
    stated = [one for one in read if _KIND in kinds_of(one)]
    for paper in read:
        sentence = next((one for one in paper.sentences if _takes_back(one.text)), None)
        is_answered = paper.day is not None and any(one.day is not None and one.day > paper.day for one in stated)
        if sentence is not None and not is_answered:
            said = worded("it says “{said}”, so it is not known whether the statement of necessity still holds; have the"
                          " physician state what holds now", said=sentence.text.strip()[:_SHOWN])  # fmt: skip
            yield Unread(paper.file, f"page {sentence.page}", said)


def _takes_back(text: str) -> bool:
    does_without = _WOULD_DO_WITHOUT.search(text) and not _CONTRASTS.search(text)
    is_open = _UNDER_A_CONDITION.search(text) or text.rstrip().endswith("?")
    return bool(_TAKEN_BACK.search(text) or does_without) and not is_open
