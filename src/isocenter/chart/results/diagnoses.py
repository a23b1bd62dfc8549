"""Diagnosis codes: neoplasms wherever they are written, other codes where they are listed as diagnoses."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from isocenter.chart.pages.passages import Sentence
from isocenter.chart.pages.placed import Placed


class DiagnosisFound(NamedTuple):
    """A diagnosis code with its citation."""

    icd10: str
    placed: Placed
    sureness: float


_ICD = re.compile(r"(?<![\w.-])(C\d\d|C7[AB]|D[0-4]\d)(\.[0-9A-Z]{1,4})?(?![\w%]|\s?(?:%|cc|Gy|vertebra))")
_OF_FIELDS = re.compile(r"\b(?:c?cw|arcs?\W?\d|gantry|couch|coll(?:imator)?)\b|\barc\d", re.IGNORECASE)
_ANY_ICD = re.compile(r"(?<![\w.-])[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}(?![\w%])")
_LISTED = re.compile(r"\bdiagnos[ei]s\b|\bdx\b|\bicd(?:-?10)?\b|diagnosis codes?", re.IGNORECASE)
_CHARGES = re.compile(r"\bbilling|\bcharge", re.IGNORECASE)
_NOT_OURS = re.compile(r"rule out|family history|history of|r/o\b", re.IGNORECASE)
_SECONDARY = re.compile(r"(?:secondary|principal|primary|additional)(?: diagnos[ei]s| codes?)?", re.IGNORECASE)
_PAST_STATE = re.compile(
    r"\b(?:resolved|inactive|historical|removed|deleted|entered in error|ruled out|remote|past)\b", re.IGNORECASE
)
_OTHER_LIST = re.compile(r"\b(?:past|medical history|pmh|comorbid\w*|family|surgical)\b", re.IGNORECASE)


def diagnoses_in(sentences: Sequence[Sentence]) -> Iterator[DiagnosisFound]:
    """Codes of neoplasms, and other codes where they are listed as diagnoses; dose-volume metrics are none."""
    resolved: set[int] = set()
    for sentence in sentences:
        if _CHARGES.search(sentence.text) or sentence.ticked is False or sentence.row in resolved:
            continue
        if sentence.columns and any(_PAST_STATE.fullmatch(c.value.strip()) for c in sentence.columns):
            resolved.add(sentence.row)
            continue
        for found in _codes(sentence):
            if _is_of_history(sentence.text, found):
                continue
            yield DiagnosisFound(
                found.group(), sentence.placed.part(found.start(), found.end()), 0.95 * sentence.placed.sureness
            )


def _is_of_history(text: str, found: re.Match[str]) -> bool:
    """Whether words before a code in its clause, or behind it up to a comma, are of history or suspicion."""
    before = re.split(r"[;.](?=\s)", text[: found.start()])[-1]
    behind = re.split(r"[;,]", text[found.end() :])[0]
    return bool(_NOT_OURS.search(before) or _NOT_OURS.search(behind))


def _codes(sentence: Sentence) -> Iterator[re.Match[str]]:
    for found in _ICD.finditer(sentence.text):
        if not found[2] and _OF_FIELDS.search(sentence.text):
            continue  # the angle of a collimator
        unsure = found[1].startswith("D") and not found[2]
        if not unsure or re.search(r"diagnos|dx|icd", sentence.text + sentence.label, re.IGNORECASE):
            yield found
    names = " ".join(column.name for column in sentence.columns)
    listed = _LISTED.search(f"{sentence.label} {names}") or _LISTED.search(sentence.text.split(":")[0])
    listed = listed or _SECONDARY.fullmatch(sentence.label)
    if listed and not _OTHER_LIST.search(f"{sentence.label} {sentence.section} {names}"):
        yield from (found for found in _ANY_ICD.finditer(sentence.text) if not _ICD.match(sentence.text, found.start()))
