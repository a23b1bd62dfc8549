"""Finds services whose code says one procedure and whose words, second code or reason say another one."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from isocenter.fhir.asking.asked import Judges
from isocenter.fhir.doubts.order_wishes import notes_of
from isocenter.files.texts import shown
from isocenter.intake.fhir.billed import BILLING_SYSTEMS, address_of, billed_as
from isocenter.intake.fhir.orders import billing_codes, techniques_of
from isocenter.intake.fhir.people import day_of
from isocenter.intake.fhir.references import codes, extension, objects, text
from isocenter.intake.fhir.resources import Found
from isocenter.intake.fhir.therapy_course import MODALITIES, SNOMED, TECHNIQUES

Json = Mapping[str, Any]
_IMRT = r"(?:IMRT|VMAT|IMPT|intensity[- ]modulated|tomotherapy|volumetric(?: modulated)? arc|modulated arc)"
_IS_IMRT = re.compile(rf"\b{_IMRT}\b", re.IGNORECASE)
# What IMRT is without: checks, another plan, an earlier course.
_OF_IMRT = r"(?!\s+(?:QA\b|re-?plan|boost|results?|data|records?|available|to\s+date|history|in\s+the\s+past|before))"
_IS_DENIED = re.compile(
    rf"\b(?:no|not|non|without|instead of|rather than|other than)[- ]+(?:an? |by |for )?{_IMRT}\b{_OF_IMRT}",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:3[- ]?D[- ]?C?RT"
    r"|(?:3[- ]?D|three[- ]dimensional)[- ]+(?:conformal|radi|plan|treatment|teletherapy|isodose|RT\b)"
    r"|conformal[- ]+(?:\w+[- ]+)?(?:radi|plan|RT\b|therapy|treatment|arc|beam|field|technique)|3[- ]?D[- ]?conformal"
    r"|brachytherapy|electron beam|protons?\b|carbon[- ]ions?\b)",
    re.IGNORECASE,
)
# IMRT that is ruled out, in a sentence that may compare techniques.
_IS_RULED_OUT = re.compile(
    rf"\b(?:no|not|non)[- ]+(?:an? |by |for )?{_IMRT}\b{_OF_IMRT}"
    rf"|{_OTHER.pattern}[^.;]{{0,40}}\b(?:instead\s+of|rather\s+than)\s+{_IMRT}\b",
    re.IGNORECASE,
)
# Another technique that takes the place of IMRT, in a sentence that sets no condition and weighs nothing.
_IS_CHANGED = re.compile(
    rf"\b(?:switch|chang|convert|revert|transition)\w*\b[^.;]{{0,30}}\bto\s+(?:a\s+|an\s+)?{_OTHER.pattern}",
    re.IGNORECASE,
)
_WEIGHS = re.compile(
    r"\b(?:if|unless|would|could|may|might|not|cannot|rather|consider\w*|option|than|in\s+case|backup)\b", re.IGNORECASE
)
# A technique in a few words, as the detail of an order names it; in sentences these words tell of other things too.
_OTHER_IN_BRIEF = re.compile(
    r"\b(?:electrons?|brachy\w*|[HL]DR|seeds?|pencil[- ]beam|PBS|IORT|intra-?operative|orthovoltage|superficial"
    r"|radioembolization|Y-?90|gamma\s?knife|[23][- ]?D|AP/?PA|opposed)\b",
    re.IGNORECASE,
)
_OF_NO_BEAM = re.compile(r"imag|match|\bkV|cone|CBCT|surface|set-?up|align|print|bolus|port|dose|skin", re.IGNORECASE)
_MOST_IN_BRIEF = 40  # characters
# A boost by another technique is beside the course, and other codes may be billed with its own.
_BOOST = re.compile(
    r"\b(?:(?:HDR|LDR|brachytherapy|electron(?:\s+beam)?)\s+boost|boost\s+(?:with|by|using)\s+(?:HDR\s+|LDR\s+)?"
    r"(?:brachytherapy|electron(?:\s+beam|s)?))\b",
    re.IGNORECASE,
)
_BILLED_BESIDE = re.compile(
    r"\b(?:with\s+(?:the|this|each|every)|also|along|separately|in\s+addition|together|plus)\b", re.IGNORECASE
)
_SNOMED_IDENTIFIER = "urn:oid:2.16.840.1.113883.6.96"
_OTHER_TECHNIQUES = {code for code, (_, is_imrt) in TECHNIQUES.items() if not is_imrt} | {*MODALITIES}
_PROCEDURE = re.compile(r"\b(?:77[2-7][0-9]{2}|G60[01][0-9])\b", re.ASCII)  # of radiotherapy, as CMS numbers them
_PROTONS = re.compile(r"7752[0235]", re.ASCII)
# Reasons name another technique to say why it would not do.
_COMPARES = re.compile(
    r"\b(?:not|cannot|can't|no|in(?:adequate|sufficient|ferior)|un(?:able|acceptable|safe)|exceed\w*|fail\w*|would"
    r"|instead\s+of|rather|than|compare|versus|vs|compared|prior|previous(?:ly)?|deni\w*|earlier|history|after|considered|discussed)\b",
    re.IGNORECASE,
)


def why_named_otherwise(found: Iterable[Found], judges: Judges) -> str:
    """Why it is not known which procedure is ordered or asked for; '' where code, words and reasons agree.

    `found` are orders (ServiceRequest) and requests (Claim); looked at are the services that the policies are about.
    Words that name IMRT beside another technique agree with its code, unless they deny it.
    """
    for one in found:
        for service in _services(one.resource):
            if why := _of_service(service, judges):
                return why
        for item in objects(one.resource, "item") if one.resource.get("resourceType") == "Claim" else ():
            if last := _end_of_range(item):
                return (
                    f"An item asks for all procedures up to {last}; which of them are meant is not known. Ask for each."
                )
    return ""


def why_beside_protons(found: Iterable[Found]) -> str:
    """Why it is not known by which beam a tumor is to be treated: protons are ordered or asked for beside it."""
    named = (code for one in found for service in _services(one.resource) for code in billing_codes(dict(service)))
    protons = next((code for code in named if _PROTONS.fullmatch(code)), "")
    return (
        f"Protons are asked for at the same time ({protons}); it is not known which of the two is to be given."
        if protons
        else ""
    )


def _end_of_range(item: Json) -> str:
    """The last code of a range of procedures that an item of a request asks for; '' where it asks for one."""
    stated = extension(item, "extension-productOrServiceCodeEnd")
    concept = stated.get("valueCodeableConcept") if stated else None
    return shown(", ".join(codes(concept)) or "a code that is not stated")[:60] if stated else ""


def as_coded(order: Found) -> Found:
    """An order without the techniques beside its code, by which it would be read as another procedure's."""
    concept = order.resource.get("code")
    if not isinstance(concept, Mapping):
        return order
    kept = [one for one in objects(concept, "coding") if not any(_techniques({"coding": [one]}))]
    return order._replace(resource={**order.resource, "code": {**concept, "coding": kept}})


def _services(resource: Json) -> Iterator[Json]:
    """What a resource orders or asks for, as orders."""
    if resource.get("resourceType") == "ServiceRequest":
        yield resource
    elif resource.get("resourceType") == "Claim":
        for item in objects(resource, "item"):
            yield {"code": item.get("productOrService"), "occurrenceDateTime": text(item, "servicedDate")}


def _of_service(service: Json, judges: Judges) -> str:
    concept = service.get("code")
    billed = billing_codes(dict(service))
    on = day_of(text(service, "occurrenceDateTime")) or day_of(text(service, "authoredOn"))
    imrt = [code for code in techniques_of(dict(service)) if TECHNIQUES[code][1]]
    is_about = any(map(_is_about(judges, on), billed)) if billed else bool(imrt)
    if not is_about or not isinstance(concept, Mapping):
        return ""
    own = (*billed, *imrt)
    found = [*_techniques(concept), *(words for words in _words(concept) if _is_another(words, own))]
    beside = [one for name in ("orderDetail", "reasonCode") for one in objects(service, name)]
    found += [words for one in beside for words in _beside(one, own)]
    found += [words for one in objects(service, "orderDetail") for words in _words(one) if _names_briefly(words)]
    found += [words for one in notes_of(service) for words in _beside({"text": _without_more(one)}, own) if words]
    if not found:
        return ""
    return (
        f"The code is {own[0]}, and another code or words beside it say “{shown(found[0])[:100]}”; which procedure is"
        " meant is not known. Send the code and the words of one procedure."
    )


def _is_about(judges: Judges, on: Any) -> Callable[[str], bool]:
    return lambda code: code in judges.codes and (on is None or judges.are_about([code], on))


def _words(concept: Json) -> Iterator[str]:
    """What a concept says in words: its text, and how each of its codes is displayed."""
    yield from filter(None, (text(concept, "text"), *(text(one, "display") for one in objects(concept, "coding"))))


def _techniques(concept: Json) -> Iterator[str]:
    """The techniques and modalities other than IMRT that a concept names by SNOMED."""
    for one in objects(concept, "coding"):
        if text(one, "code") in _OTHER_TECHNIQUES and address_of(text(one, "system")) in (SNOMED, _SNOMED_IDENTIFIER):
            yield " ".join(filter(None, ("SNOMED", text(one, "code"), text(one, "display"))))


def _beside(concept: Json, billed: Sequence[str]) -> Iterator[str]:
    """What of a reason, a detail or a note names another procedure, by its code or in words.

    Words that say why another one would not do agree with the code.
    """
    yield from _techniques(concept)
    for one in objects(concept, "coding"):
        code = billed_as(text(one, "code")).code
        if code and address_of(text(one, "system")) in BILLING_SYSTEMS and code not in billed:
            yield code
    for words in _words(concept):
        is_changed = any(_IS_CHANGED.search(one) and not _WEIGHS.search(one) for one in re.split(r"[.;!\n]+", words))
        is_named = not _COMPARES.search(words) and _is_another(words, billed)
        if is_changed or is_named or _IS_RULED_OUT.search(words):
            yield words


def _names_briefly(words: str) -> bool:
    """Whether a few words name a technique other than IMRT."""
    is_brief = len(words) <= _MOST_IN_BRIEF and not _COMPARES.search(words) and not _IS_IMRT.search(words)
    return is_brief and not _OF_NO_BEAM.search(words) and bool(_OTHER_IN_BRIEF.search(_BOOST.sub("", words)))


def _without_more(note: str) -> str:
    """A note without the sentences that tell of a boost by another technique, or of what is billed beside the order."""
    sentences = re.split(r"(?<=[.;!\n])(?!\d)", note)
    said = [one for one in sentences if not (_PROCEDURE.search(one) and _BILLED_BESIDE.search(one))]
    return _BOOST.sub("", "".join(said))


def _is_another(words: str, billed: Sequence[str]) -> bool:
    """Whether words name another procedure than the codes do."""
    named = _PROCEDURE.findall(words.upper())
    if _IS_DENIED.search(words) or (named and not set(named) & set(billed)):
        return True
    return bool(_OTHER.search(words)) and not _IS_IMRT.search(words)
