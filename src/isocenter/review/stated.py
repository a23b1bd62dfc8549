"""Tells what states something from what only fills its place: a signer without a name, a detail that denies."""

import re
from collections.abc import Collection, Iterable

from isocenter.facts.schema import Column
from isocenter.terms.chart import DocumentElement, Signature
from isocenter.terms.claims import ClaimLine
from isocenter.terms.plans import Verification
from isocenter.terms.problems import clause, worded
from isocenter.terms.signers import why_no_name
from isocenter.terms.tables import FactRow
from isocenter.terms.values import FORM_OF_A_MODIFIER, FORM_OF_A_PROCEDURE

# CPT and HCPCS codes: five digits, four digits and a letter, or a letter and four digits.
_CODE = re.compile(FORM_OF_A_PROCEDURE)
_MODIFIER = re.compile(FORM_OF_A_MODIFIER)
# ICD-10-CM, and the numbers of ICD-9-CM that claims bore until 2015.
_DIAGNOSIS = re.compile(
    r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?|[0-9V][0-9]{2}(\.?[0-9]{1,2})?|E[0-9]{3}(\.?[0-9])?", re.IGNORECASE
)
_PLACE_OF_SERVICE = re.compile(r"[0-9]{2}")
# In the place of a detail: what the element says was not done, or nobody knows whether.
_DENIED = {
    "no", "n", "false", "unknown", "na", "n a", "tbd", "pending", "missing", "not done", "not performed", "not stated",
    "not documented", "not reviewed", "not present", "not addressed", "not applicable", "none", "nil", "null", "nan",
    "denied", "0", "see chart", "see note", "see notes", "see above", "see below", "see attached", "to follow",
}  # fmt: skip
# Of what had to be considered, that there is none is what the document states.
_CONSIDERED = re.compile(
    r"no|n|none|nil|(?:none|not|no)(?: (?!document|state|assess|address|review|know|specif|determin)\w+){1,5}"
)
# Details of a few words that leave open or deny what the element says, or that what was checked failed.
_LEAVES_OPEN = re.compile(
    r"not(?: \w+){1,2}|(?:cannot|can t|could not|unable to|to be)(?: \w+){1,3}|none (?:known|noted|seen|found|given)"
    r"|(?:denies|negative|absent|un(?:clear|sure|certain|determined|decided|documented|specified|assessed|answered)"
    r"|maybe|perhaps|possibly|questionable|deferred|tba|tbc|same|as above|as before|same as above|later)"
    r"|(?:await|awaiting|refer to|refer|see)(?: \w+){1,3}|0+(?: 0+)?"
    r"|fail(?:s|ed)?|(?:qa|gamma|measurement|check|it) fail(?:s|ed)"
    r"|(?:did|does) not pass|(?:out of|outside|beyond) tolerance"
    r"|(?:(?:the )?(?:patient|pt|he|she|they) )?den(?:ies|ied)(?: \w+){1,5}"
    r"|(?:scheduled|declined|refused|cancell?ed|postponed|omitted|waived)"
    r"(?: (?:for|on|by|until|to)(?: \w+){1,4})?"
    # of both answers of a form neither was chosen; or a yes that takes itself back
    r"|(?:y n|yes no|yes or no|true false)(?: (?:n a|na|unknown|unsure|not applicable|other))?"
    r"|(?:yes|y|true)(?: \w+){0,5} (?:but|however|although|though|except)(?: \w+){0,3} (?:not|no|never|without)"
    r"(?: \w+){0,9}"
)
# Words that deny, in a detail. A name or label with a word that sets apart says by itself what something is not.
_DENYING = frozenset({"no", "not", "none", "never", "without", "neither", "nor", "negative", "absent", "lacks"})
_SETS_APART = _DENYING | {"apart", "other", "another", "separate", "distinct", "inadequate", "outside", "misses"}
_SAYS_LITTLE = frozenset({
    "a", "an", "the", "of", "in", "at", "to", "for", "from", "with", "by", "on", "and", "or", "any", "is", "are",
    "was", "were", "be", "been", "has", "have", "had", "this", "that", "it", "its", "there", "significant",
    "significantly", "relevant", "needed", "required", "necessary", "indicated", "made", "done", "seen", "noted",
    "found", "present", "observed", "documented", "identified", "planned", "performed", "taken", "obtained",
    "available", "nearby", "prior", "previous", "previously", "earlier", "before", "ever", "patient", "pt", "per",
    "here", "area", "areas", "region", "site", "location", "history", "hx", "evidence",
})  # fmt: skip
# Words that charts use for one another; each counts as the word behind it.
_MEANS = {
    **dict.fromkeys(("rt", "xrt", "ebrt", "radiotherapy", "irradiation", "irradiated", "treatment"), "radiation"),
    **dict.fromkeys(("treated", "therapy"), "radiation"),
    **dict.fromkeys(("oar", "oars"), "critical"),
    **dict.fromkeys(("near", "next", "adjacent", "abutting", "adjoining", "proximity"), "close"),
}
_APART = ("separate", "separated", "distinct", "apart")
_NOT_APART = re.compile(rf"(?:no|not|never|isn t|wasn t)(?: \w+)?? (?:{'|'.join(_APART)})(?: \w+){{0,6}}")
_SERVES = re.compile(
    r"(?:(?!no|not|never|without|hardly|barely|scarcely|less|than|nor|if|only|but|while|whereas"
    r"|imrt|vmat|igrt|cbct|imag|exceed|fail|higher|lower|worse|over|above)\w+ ){0,6}"
    r"(?:adequate|sufficient|acceptable|equivalent|comparable|serves?|suffices?|enough)"
    r"(?: (?:coverage|targeting|plans?|results?|sparing|dose))?"
)
_PART_OF = re.compile(
    r"(?:(?:was|is|done|made|only|as|a|an|integral|normal|routine|usual) ){0,4}part of((?: \w+){1,4})"
)
_LEAST_STEM = 5  # letters that two forms of one word have in common
# Beside a name: the same person may have some of them in one place and others elsewhere.
_CREDENTIALS = frozenset({
    "dr", "prof", "md", "do", "phd", "ms", "msc", "mph", "mba", "mbbs", "dabr", "dabmp", "abr", "facr", "facro",
    "faapm",
})  # fmt: skip
_REFERS_BACK = re.compile(r"(?:the )?same(?: as before)?|as before")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_SHOWN_LENGTH = 60  # letters of a wrong code in a sentence


def why_not_a_line(line: ClaimLine) -> str:
    """What is wrong with the form of a line's code or modifiers; '' where nothing is."""
    if not _CODE.fullmatch(line.procedure_code):
        form = "{code!r} does not have the form of a procedure code, such as 77301 or G6015"
        return worded(form, code=line.procedure_code[:_SHOWN_LENGTH])
    for modifier in (line.modifier_1, line.modifier_2, line.modifier_3, line.modifier_4):
        if modifier and not _MODIFIER.fullmatch(modifier):
            form = "{modifier!r} does not have the form of a modifier, two letters or digits such as 59"
            return worded(form, modifier=modifier[:_SHOWN_LENGTH])
    return ""


def why_no_diagnosis(code: str) -> str:
    """What is wrong with the form of a diagnosis; '' where nothing is."""
    if not code or _DIAGNOSIS.fullmatch(code):
        return ""
    return worded(
        "{code!r} does not have the form of an ICD-10-CM code, such as C61 or C50.412", code=code[:_SHOWN_LENGTH]
    )


def why_no_signature(signature: Signature) -> str:
    """What is missing of a signature that names nobody; '' where it has a name, or its role where names are withheld.

    A record without the names of people, as one that was made anonymous, has the role written out in their place.
    """
    is_withheld = signature.role != "other" and _words(signature.signer) == _words(signature.role)
    return "" if is_withheld else why_no_name(signature.signer)


def why_no_second_person(signature: Signature, beside: Iterable[Signature]) -> str:
    """Why a physicist's signature is not one beside the physician's of the same document; '' where it is, or may be.

    The policy asks for the signatures of both, which one person who signs under two roles does not give.
    """
    if signature.role != "medical_physicist" or not _name_words(signature.signer):
        return ""
    physicians = (one for one in beside if one.role in ("radiation_oncologist", "treating_physician"))
    if all(_name_words(one.signer) != _name_words(signature.signer) for one in physicians):
        return ""
    return worded(
        "{signer!r} signed it as physician and as medical physicist, and the signatures of two persons are needed",
        signer=signature.signer,
    )


def _name_words(signer: str) -> frozenset[str]:
    return frozenset(_words(signer.replace(".", "")).split()) - _CREDENTIALS


def why_not_stated(element: DocumentElement, label: str = "") -> str:
    """Why a document may not state an element under which it is listed; '' where it does.

    The label is the policy's: a detail that denies in its words, or in those of the element's name, states nothing.
    """
    words = _words(element.detail) or "none"
    asks = (_words(element.element), _words(label))
    of_asked = " ".join(asks).split()
    is_open = (
        words in _DENIED
        or _LEAVES_OPEN.fullmatch(words) is not None
        or _denies(words, _asked(*asks))
        or _denies_that_it_is_apart(words, of_asked)
        # Why something else would not serve is not stated where it is said to serve.
        or (not {"inadequate", "not"}.isdisjoint(of_asked) and _SERVES.fullmatch(words) is not None)
    )
    if not element.detail or not is_open or ("considered" in of_asked and _CONSIDERED.fullmatch(words)):
        return ""
    return worded(
        "the detail of {element} is {detail!r}, so it is not known to be stated; list only what the document states",
        element=clause(element.element), detail=element.detail,
    )  # fmt: skip


def _asked(*texts: str) -> frozenset[str]:
    """The words of a name and its label; none of one that sets apart, since denying them may be what it asks."""
    words = (frozenset(text.split()) for text in texts)
    return frozenset().union(*(one for one in words if not one & _SETS_APART)) - _SAYS_LITTLE


def _denies(detail: str, of_asked: frozenset[str]) -> bool:
    """Whether a detail says no more than that what is asked is not so, as "no prior radiation" or "unchanged" does."""
    words = [word for word in detail.split() if word not in _SAYS_LITTLE]
    denying = {word for word in words if word in _DENYING or (word[:2] == "un" and _is_among(word[2:], of_asked))}
    return bool(denying) and all(word in denying or _is_among(word, of_asked) for word in words)


def _denies_that_it_is_apart(detail: str, of_asked: Collection[str]) -> bool:
    """Whether what should be apart from the plan is said not to be, or to be part of what it should be apart from."""
    if not any(word in of_asked for word in _APART) and "another" not in of_asked:
        return False
    if _NOT_APART.fullmatch(detail):
        return True
    part = _PART_OF.fullmatch(detail)
    return part is not None and all(
        word in _SAYS_LITTLE or word == "imrt" or _is_among(word, of_asked) for word in part[1].split()
    )


def _is_among(word: str, others: Iterable[str]) -> bool:
    """Whether a word is one of others in some form, as irradiated and radiation, or change and changed."""
    return any(
        word == other
        or _MEANS.get(word, word) == _MEANS.get(other, other)
        or (len(word) >= _LEAST_STEM and (word[:_LEAST_STEM] == other[:_LEAST_STEM] or word in other))
        for other in others
    )


def refers_back(element: DocumentElement) -> bool:
    """Whether the detail only says that it is as in an earlier document of its kind."""
    return _REFERS_BACK.fullmatch(_words(element.detail)) is not None


def why_out_of_form(row: FactRow, column: Column, value: object) -> str:
    """What would have to be in the place of a value that a row can do without; '' where it can be meant."""
    if not column.can_be(value):
        return f"a number {column.range_in_words}"
    is_share = isinstance(row, Verification) and (column.name, row.result) == ("value", "gamma_pass_rate")
    if is_share and isinstance(value, float) and not 0 <= value <= 100:
        return "a share of the points from 0 to 100"
    is_place = column.name == "place_of_service" and isinstance(row, ClaimLine)
    return "two digits" if is_place and value and not _PLACE_OF_SERVICE.fullmatch(str(value)) else ""


def _words(text: str) -> str:
    return _BETWEEN_WORDS.sub(" ", text).strip().lower()
