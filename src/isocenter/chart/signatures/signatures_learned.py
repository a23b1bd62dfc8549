"""Signatures that no form and no weighing by hand knows: what was learned from examples says how likely it is that a person signed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line
from isocenter.chart.pages.placed import joined, placed
from isocenter.chart.papers.paper_ends import is_head_of_a_form
from isocenter.chart.signatures.signature_features import Candidate, candidates_on, features_of
from isocenter.chart.signatures.signature_of_text import (
    SignatureFound,
    denies_signing,
    is_of_another_act,
    role_in,
)
from isocenter.chart.signatures.signatures_weighed import says_another_act, tell_of_two_acts
from isocenter.chart.signatures.unsaid import is_unsaid
from isocenter.chart.words.people import people_in, surname_of

ENOUGH = 2.0  # the logarithm of the odds: of lots that taught nothing, 13 of 14 that it added were signatures
_SURENESS = 0.85


_LABEL_OF_A_DAY = re.compile(r"\bdate\W*$", re.IGNORECASE)


class _Likely(NamedTuple):
    weight: float
    number: int
    found: SignatureFound


def signatures_learned(
    lines: Sequence[Line],
    taken: set[int],
    signed: Sequence[SignatureFound],
    staff: Mapping[str, str],
    signing: Signing,
    logs: frozenset[str],
    *,
    day_first: bool,
) -> Iterator[tuple[int, SignatureFound]]:
    """Signatures of the lines that are not taken, of people who have not signed the paper otherwise, the likeliest of each."""
    surnames = {surname_of(one.signer) for one in signed}
    texts = [line.row.text for line in lines]
    likeliest: dict[str, _Likely] = {}
    for number, line in enumerate(lines):
        if number in taken or texts[number] in logs:
            continue

        def is_near(at: int, page: int = line.page) -> bool:
            return lines[at].page == page and texts[at] not in logs

        for one in candidates_on(texts, number, staff, is_near, day_first=day_first):
            surname = one.person.surname
            if surname in surnames:
                continue
            weight = signing.weights.of(features_of(one, texts, staff, signing))
            if weight < max(ENOUGH, likeliest[surname].weight if surname in likeliest else ENOUGH):
                continue
            found = _signature(one, lines, staff, signing)
            if found is not None:
                likeliest[surname] = _Likely(weight, number, found)
    for likely in sorted(likeliest.values(), key=lambda likely: likely.number):
        yield likely.number, likely.found


def _signature(
    one: Candidate, lines: Sequence[Line], staff: Mapping[str, str], signing: Signing
) -> SignatureFound | None:
    """The signature of a likely candidate, where nothing takes it back and the role is known."""
    line, dated = lines[one.number], lines[one.dated_on]
    part = placed(line.row.words, line.page)
    near = lines[min(one.number, one.dated_on) : max(one.number, one.dated_on) + 1]
    if (
        is_of_another_act(dated.row.text[: one.day.start])
        or any(says_another_act(each.row.text, signing) for each in near)
        or is_head_of_a_form(line.row.text)
        or (dated is not line and (tell_of_two_acts([line, dated]) or people_in(dated.row.text)))
        or _may_be_a_word(one, staff)
        or (not one.person.credentials and _may_head_a_form(one, line.row.text, signing))
        or denies_signing(part, one.person, one.day, signing)
    ):
        return None
    role = role_in(part.text, one.person, one.people, staff)
    if not role:
        return None
    whole = part if dated is line else joined([placed(each.row.words, each.page) for each in near])
    person = one.person
    sureness = _SURENESS * whole.sureness
    found = SignatureFound(role, person.name, person.credentials_as_written, one.day.day, whole, sureness)
    return None if is_unsaid(lines, one.number, whole, found, signing) else found


def _may_be_a_word(one: Candidate, staff: Mapping[str, str]) -> bool:
    """Whether a single word before what may be credentials names nobody known, such as: CONT RT."""
    return " " not in one.person.name and one.person.surname not in staff and not one.person.is_doctor


def _may_head_a_form(one: Candidate, text: str, signing: Signing) -> bool:
    """Whether a bare name with a labeled day and no act says who works on the paper, such as: Physicist: O. Ray  Date: 3/4/2024."""
    before = text[: one.day.start] if one.dated_on == one.number else ""
    return _LABEL_OF_A_DAY.search(before) is not None and not signing.names_an_act(text)
