"""The words by which charts sign, as a policy's signing.toml lists them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from isocenter.chart.grammar.phrases import Lists, Phrase, compile_phrases
from isocenter.chart.grammar.signing_weights import SigningWeights
from isocenter.errors import BrokenRule

_KEYS = ("signed", "acts", "denials", "not_signed", "not_signed_alone", "agreements", "beside_agreements", "titles")
_MARKS_OF_SIGNING = re.compile(r"(?<!\w)/e?s/|signature\s*:|\bsign(?:ed)?:", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORK_ON_FILE = re.compile(
    r"\b(?:images?|films?|pictures?|photos?|photographs?|drrs?|scans?|results?|data|logs?|worksheets?|printouts?|records|measurements)"
    r" (?:(?:is|are|all|now|kept) ){0,2}on file\b"
)  # which says nothing of a signature
_UP_TO_AN_ACT = re.compile(r"(?:\s+[a-z'’]+){0,3}\s+")  # from a denial or condition, within its clause
_LEADS_TO_A_SIGNER = re.compile(r"(?:\s+\w+)?(?:\s+by\b|\s*:|\s+\d|\W*$)")
_ASKED = re.compile(r"\s*\?\W*(?:\d|$)")  # whether the act is done, with no answer: OK to treat? 3/4/2026
_COSIGNATURE_NOT_NEEDED = re.compile(
    r"\bco-? ?sign\w* (?:is |was )?not (?:required|needed|necessary|applicable)\b"
)  # which says nothing of whoever signed
_BEHIND_AN_ACT = re.compile(
    r"(?:\s+for (?:treatment|delivery|(?:clinical )?use))?(?:\s+(?:and\s+\w+\s+)?by\b|\s*:|\s*,|\s+(?=[A-Z])|\s*(?!(?:with|to|from|against)\b)\w*\s*$)"
)


class Signing(NamedTuple):
    """What signs, what does not, and what says nothing about it."""

    signed: tuple[Phrase, ...]
    acts: tuple[Phrase, ...]
    denials: tuple[Phrase, ...]
    not_signed: tuple[Phrase, ...]
    not_signed_alone: tuple[Phrase, ...]
    agreements: tuple[Phrase, ...]
    beside_agreements: tuple[Phrase, ...]
    titles: tuple[Phrase, ...]
    weights: SigningWeights

    def word_of_signing(self, text: str) -> tuple[int, int] | None:
        """Where the first word of signing begins and ends; None where the text holds none."""
        low = text.lower()
        words = [(found.start(), found.end()) for phrase in self.signed if (found := phrase.search(low))]
        words += [found.span() for found in [_MARKS_OF_SIGNING.search(text)] if found]
        return min(words, key=lambda word: (word[0], -word[1]), default=None)

    def is_no_signature(self, text: str, *, attests: bool = False) -> bool:
        """Whether a text says that nobody signed here, or names somebody for another reason than signing.

        Who `attests` in the first person above the name may speak of patients and of presence.
        """
        low = _without_others(text)
        return self.takes_back(text) or (
            not attests
            and self.word_of_signing(text) is None
            and any(phrase.search(low) for phrase in self.not_signed_alone)
            and any(phrase.search(_without(low, self.acts)) for phrase in self.not_signed_alone)  # a plan author signs
        )

    def takes_back(self, text: str) -> bool:
        """Whether a text says that nobody signed, or that it is still to be done."""
        low = _without_others(text)
        return any(phrase.search(low) for phrase in self.not_signed) or self._leaves_an_act_open(low)

    def _leaves_an_act_open(self, low: str) -> bool:
        """Whether an act that leads to a signer is denied, subject to a condition or only asked for, such as: Never reviewed by."""
        denied = [place for phrase in self.denials for place in _places_behind(phrase, low)]
        if not denied and "?" not in low:
            return False
        for phrase in (*self.acts, *self.signed):
            for act in phrase.pattern.finditer(low) if phrase.search(low) else ():
                leads = _LEADS_TO_A_SIGNER.match(low, act.end()) is not None
                if leads and any(_UP_TO_AN_ACT.fullmatch(low, at, act.start()) for at in denied):
                    return True
                if _ASKED.match(low, act.end()):
                    return True
        return False

    def has_act(self, text: str) -> bool:
        """Whether a text before a name says what the person did to sign, such as: Approved by."""
        low = text.lower()
        return any(
            found and _BEHIND_AN_ACT.match(text, found.end()) for phrase in self.acts for found in [phrase.search(low)]
        )

    def names_an_act(self, text: str) -> bool:
        """Whether a text holds a word of signing or of an act that signs, wherever it stands."""
        low = text.lower()
        return self.word_of_signing(text) is not None or any(phrase.search(low) for phrase in self.acts)

    def other_words(self, text: str) -> str:
        """The letters of words on a line of signing that are neither titles, nor actions that sign, nor about the day."""
        return "".join(_WORD.findall(_without(text.lower(), (*self.titles, *self.acts))))

    def only_agrees(self, text: str) -> bool:
        """Whether a text accepts what another wrote, and says nothing else: neither a condition nor who else agrees."""
        low = text.lower()
        beside = _without(low, self.agreements)
        return beside != low and not _WORD.search(_without(beside, self.beside_agreements))


def _without_others(text: str) -> str:
    """A text in lower case without what only seems to say that nobody signed it."""
    return _COSIGNATURE_NOT_NEEDED.sub(" ", _WORK_ON_FILE.sub(" ", text.lower()))


def read_signing(tables: Mapping[str, Any], weights: Mapping[str, float]) -> Signing:
    """The words of signing.toml with the weights of what is around a name; BrokenRule names a key or a phrase that cannot be understood."""
    unknown = set(tables) ^ set(_KEYS)
    if unknown:
        raise BrokenRule(
            f"signing.toml: it needs the lists {', '.join(_KEYS)} and no other; see {sorted(unknown)[0]!r}"
        )
    lists = Lists({})
    made: Sequence[tuple[Phrase, ...]] = [compile_phrases(tables[key], lists, f"signing.toml: {key}") for key in _KEYS]
    signed, acts, denials, not_signed, alone, agreements, beside, titles = made
    weighing = SigningWeights(weights, signed=signed, acts=acts, titles=titles)
    return Signing(signed, acts, denials, not_signed, alone, agreements, beside, titles, weighing)


def _without(low: str, phrases: Iterable[Phrase]) -> str:
    for phrase in phrases:
        low = phrase.pattern.sub(" ", low)
    return low


def _places_behind(phrase: Phrase, low: str) -> list[int]:
    return [found.end() for found in phrase.pattern.finditer(low)] if phrase.search(low) else []
