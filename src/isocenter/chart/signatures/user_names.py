"""The user names by which record systems say who signed, and whose each of them can be."""

import re
from collections.abc import Iterator, Sequence

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.signatures.signature_of_text import SignatureFound
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import people_in

_LABELED = re.compile(r"\buser(?:[ -]?(?:id|name))?\b\s*[:#]?\s*([A-Za-z][\w.\\@-]{2,})", re.IGNORECASE)
_ONE_WORD = re.compile(r"[\W_]*(?:by\b\W*)?(?P<user>[A-Za-z][\w.\\@-]*)[\W_]*(?:\b(?:on|at|date)\W*)?", re.IGNORECASE)
_MARKED = re.compile(r"[a-z]+[._\\@-]?[a-z]+\d+|[a-z]+[._\\@-][a-z]+\d*")  # as nobody writes a word
_NO_USER = re.compile(
    r"valid|complete|final|done|yes|electronic|digital|present|captured|confirmed|active|physic|doctor|therap"
    r"|oncolog|admin|clinic|hospital|system|user"
)  # a state of the signature, or an account that is nobody's own
_SHORTEST_NAME = 4  # letters; fewer are initials or a number of the staff


def is_of_another_user(lines: Sequence[Line], number: int, found: SignatureFound, signing: Signing) -> bool:
    """Whether a signature is by a user whose name cannot be that of the signer, such as: GLUND below Ole Ray, PhD.

    The user is named on the line of the signature, or on the next one if that names no person.
    """
    texts = [found.placed.text]
    following = lines[number + 1].row.text if number + 1 < len(lines) else ""
    if not people_in(following):
        texts.append(following)
    return not all(_can_be(user, found.signer) for text in texts for user in _users(text, signing))


def _users(text: str, signing: Signing) -> Iterator[str]:
    """The user names of a line: behind that word, or alone between a word of signing and its day."""
    yield from (labeled[1] for labeled in _LABELED.finditer(text))
    signed, day = signing.word_of_signing(text), next(dates_in(text), None)
    if signed is None or day is None or signed[1] > day.start:
        return
    alone = _ONE_WORD.fullmatch(text, signed[1], day.start)
    if alone is not None:
        user = alone["user"]
        is_marked = _MARKED.fullmatch(user) is not None or (user.isupper() and not text[: signed[1]].isupper())
        if is_marked and not signing.names_an_act(user):
            yield user


def _can_be(user: str, signer: str) -> bool:
    """Whether a user name holds the beginning of one of the signer's names, or too few letters to say whose it is."""
    letters = re.sub(r"[^a-z]", "", user.lower())
    if len(letters) < _SHORTEST_NAME or _NO_USER.search(letters):
        return True
    names = re.findall(r"[^\W\d_]{2,}", signer.lower())
    return any(name[:_SHORTEST_NAME] in letters for name in names)
