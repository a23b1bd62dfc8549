"""Who signed for somebody else: on behalf of Dr. X, p.p., or a clerk who wrote the name."""

import re
from collections.abc import Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.words.people import Person, people_in

_ON_BEHALF = re.compile(
    r"\b(?:on behalf of|in (?:the )?absence of|for|per|p\.?p\.?)[\s:]+(?:(?:the |my |our )?(?:attending|physician|doctor|consultant|prof\.?|dra?\.?)[\s,:]*)?$",
    re.IGNORECASE,
)


def acted_through(person: Person, named: Sequence[Person], text: str) -> bool:
    """Whether another person of the text signed for this one: for Dr. X; or signed by Dr. X per the nurse Y."""
    if _BY_ANOTHER.match(text, person.stop):
        return True
    if _SIGNED_BY.search(text[: person.start]):
        return any(_THROUGH.search(text[person.stop : other.start]) for other in named if other.start > person.stop)
    if any(_SIGNED_BY.search(text[: other.start]) for other in named if other.stop <= person.start):
        return bool(_ON_BEHALF.search(text[: person.start])) and not _THROUGH.search(text[: person.start])
    return bool(_ON_BEHALF.search(text[: person.start]))


_PER_PROCURATION = re.compile(r"\W*p\.?\s?p\.?\W*(?:dr\.?\s*)?", re.IGNORECASE)

_FOR_WHOM = re.compile(
    r"\W{0,3}(?:for|on behalf of) (?:the )?(?:attending |dr\.? |[A-Z])"
)  # p.p. N. Till, MD for Dr. Winter


def without_whom_others_sign_for(text: str) -> str:
    """A text with blanks for those whom another person of it with credentials signed for: Nora Till, PA-C for A. Winter, MD."""
    named = people_in(text)
    if named and _PER_PROCURATION.fullmatch(text[: named[0].start]) and _FOR_WHOM.match(text, named[0].stop):
        text = " " * named[0].start + text[named[0].start :]
    through = [
        person for person in named if acted_through(person, named, text) and _ON_BEHALF.search(text[: person.start])
    ]
    if not through or not any(person.credentials for person in named if person not in through):
        return text
    for person in through:
        before = _SIGNING_FOR.search(text, 0, person.start)
        start = before.start() if before is not None else person.start
        aside = _ASIDE.match(text, person.stop)
        stop = person.stop + (text[start] == "(" and text[person.stop : person.stop + 1] == ")")
        stop = max(stop, aside.end() if aside is not None else 0)
        text = f"{text[:start]}{' ' * (stop - start)}{text[stop:]}"
    return text


_ASIDE = re.compile(r"\s*\([^()]*\)")

_SIGNING_FOR = re.compile(
    r"\(?\b(?:on behalf of|(?:covering |signing )?for|in (?:the )?absence of)[\s:]+(?:the )?(?:dr\.?\s+)?\Z",
    re.IGNORECASE,
)


def is_signed_for(text: str, following: str, signing: Signing) -> bool:
    """Whether a line ends in the words by which somebody signs for whom the next line begins with: signing for / A. Winter, MD."""
    people = people_in(following)
    return (
        _ON_BEHALF.search(f"{text.rstrip()} ") is not None
        and bool(people)
        and not re.search(r"\w", following[: people[0].start])
        and (signing.word_of_signing(text) is not None or bool(people_in(text)))
    )


_SIGNED_BY = re.compile(r"\b(?:signed|authenticated|approved|verified) by:?\s+(?:dr\.? |prof\.? )?$", re.IGNORECASE)

_BY_ANOTHER = re.compile(
    r"\W{0,3}(?:M\.?D\.?\W{1,3})?(?:[Bb]y|BY) (?!(?i:electronic|e-?sign|hand\b|his|her|phone|proxy|stamp))(?:[A-Z]\.? )?[A-Z][A-Za-z'-]+(?:, ?(?!(?i:M\.?D|D\.?O)\b)[A-Za-z]| [A-Z][a-z'-]+(?:\W*(?:\d|$)|, ?(?!(?i:M\.?D|D\.?O)\b)[A-Za-z]))"
)  # the clerk who wrote the name, such as: R. Winter MD by D. Fall, office manager

_THROUGH = re.compile(r"\bper\s+(?:dr\.? )?$", re.IGNORECASE)
