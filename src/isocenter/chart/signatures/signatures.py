"""Signatures: who signed, in which role, when; what only looks like one is none."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from isocenter.chart.grammar.signing import Signing
from isocenter.chart.pages.blocks import Line, continues, line_ends
from isocenter.chart.pages.layout import Cell, Row
from isocenter.chart.pages.placed import Placed, joined, placed
from isocenter.chart.papers.paper_days import is_a_day_alone, is_row_of_a_session
from isocenter.chart.papers.paper_ends import is_name_alone
from isocenter.chart.signatures.approvals_undone import approvals_undone
from isocenter.chart.signatures.days_of_signatures import with_date_above, with_date_below, with_day_of_block
from isocenter.chart.signatures.signature_columns import signed_columns, with_day_below
from isocenter.chart.signatures.signature_of_text import (
    SignatureFound,
    is_name_by_hand,
    signature_of,
    without_people,
)
from isocenter.chart.signatures.signature_tables import signed_tables
from isocenter.chart.signatures.signatures_learned import signatures_learned
from isocenter.chart.signatures.signatures_of_fields import signatures_of_fields
from isocenter.chart.signatures.signatures_on_forms import signatures_on_forms
from isocenter.chart.signatures.signatures_weighed import signatures_weighed
from isocenter.chart.signatures.signed_for import is_signed_for
from isocenter.chart.signatures.signed_near import LONGEST_SIGNER, signers_lie_below, with_lines_near
from isocenter.chart.signatures.signing_heads import without_days_to_come
from isocenter.chart.signatures.signing_parts import parts_of_line
from isocenter.chart.signatures.unsaid import is_unsaid, lists_above_a_day, rows_of_other_states
from isocenter.chart.signatures.user_names import is_of_another_user
from isocenter.chart.signatures.work_to_do import tasks_to_do
from isocenter.chart.words.dates import dates_in
from isocenter.chart.words.people import has_title, people_in, surname_of


def signatures_in(
    lines: Sequence[Line],
    staff: Mapping[str, str],
    *,
    signing: Signing,
    day_first: bool = False,
    logs: Collection[str] = frozenset(),
) -> Iterator[tuple[int, SignatureFound]]:
    """Signatures among the lines of a paper, each with the number of its line; `signing` are the words that sign.

    `logs` are the texts of rows of logs and tables, in which a name says who worked and is no signature.
    """
    dated = lines
    lines = without_days_to_come(dated)
    logs = frozenset(
        line.row.text for line, as_printed in zip(lines, dated, strict=True) if as_printed.row.text in logs
    )
    for number, found in _signatures_of_all_readers(lines, staff, signing, day_first, logs):
        if not is_of_another_user(lines, number, found, signing):
            yield number, found


def _signatures_of_all_readers(
    lines: Sequence[Line], staff: Mapping[str, str], signing: Signing, day_first: bool, logs: frozenset[str]
) -> Iterator[tuple[int, SignatureFound]]:
    """The signatures in forms that are known, then those that are weighed, read on forms or learned, each of other lines."""
    shaped, taken = _signatures_of_shapes(lines, staff, signing, day_first, logs)
    yield from shaped
    signed = [found for _, found in shaped]
    weighed = list(signatures_weighed(lines, taken, signed, staff, signing, logs, day_first=day_first))
    yield from weighed
    taken |= {number for number, _ in weighed}
    signed += [found for _, found in weighed]
    for signatures_read in (signatures_on_forms, signatures_of_fields):
        surnames = {surname_of(found.signer) for found in signed}
        read = list(signatures_read(lines, taken, surnames, staff, signing, day_first=day_first))
        yield from read
        taken |= {number for number, _ in read}
        signed += [found for _, found in read]
    yield from signatures_learned(lines, taken, signed, staff, signing, logs, day_first=day_first)


def _signatures_of_shapes(
    lines: Sequence[Line], staff: Mapping[str, str], signing: Signing, day_first: bool, logs: frozenset[str]
) -> tuple[list[tuple[int, SignatureFound]], set[int]]:
    """The signatures in forms that are known, and the numbers of the lines in which they were found or set aside."""
    ends = line_ends(lines)
    signers_below = signers_lie_below(lines)
    columns = signed_columns(lines, staff, signing, day_first=day_first)
    tables = signed_tables(lines, staff, signing, day_first=day_first)
    undone = approvals_undone(lines)
    texts = enumerate(line.row.text for line in lines)
    no_signers = undone | {n for n, text in texts if text in logs and is_row_of_a_session(_REVISION.sub("", text))}
    in_tables = [one for one in tables.signatures if one[0] not in no_signers]
    signatures = [*columns.signatures, *(one for one in in_tables if one[0] not in columns.lines)]
    signed_for = {
        number
        for number, (above, line) in enumerate(pairwise(lines), 1)
        if is_signed_for(above.row.text, line.row.text, signing)
    }
    set_aside = {*columns.lines, *tables.lines, *signed_for, *lists_above_a_day(lines), *tasks_to_do(lines)}
    set_aside |= rows_of_other_states(lines) | undone
    taken = set(set_aside)
    for number, line in enumerate(lines):
        if line.row.text in logs or number in set_aside:
            continue
        following = lines[number + 1] if number + 1 < len(lines) else None
        wrapped = following if following is not None and continues(line, following, ends) else None
        for one in _parts(line, wrapped, signing):
            part = with_day_below(one, following)
            found = signature_of(part, staff, signing, day_first)
            if wrapped is not None and _may_be_wrapped(found, part.text):
                whole = joined([part, placed(wrapped.row.words, wrapped.page)])
                found = signature_of(whole, staff, signing, day_first) or found
            if found is None:
                found = with_lines_near(lines, number, part, staff, signing, day_first, signers_below=signers_below)
            above = _line_above(lines, number)
            if (
                found is None
                and above is not None
                and (_goes_with(above, part, signing) or _acted_above(lines, number, part.text, signing))
            ):
                found = signature_of(joined([placed(above.row.words, above.page), part]), staff, signing, day_first)
            if found is None:
                continue
            taken.add(number)
            if found.signed_on is None:
                found = with_day_of_block(found, lines[number + 1 : number + 5], staff, signing, day_first)
            if found.signed_on is None and following is not None:
                found = with_date_below(found, following, day_first)
            if found.signed_on is None and above is not None and _ends_with_a_blank(above.row.text, part.text):
                continue
            if found.signed_on is None and number and is_a_day_alone(lines[number - 1].row.text):
                is_between = number > 1 and above is lines[number - 2]
                found = with_date_above(found, lines[number - 1], day_first, of_any_line=is_between)
            if is_unsaid(lines, number, part, found, signing):
                continue
            signatures.append((number, found))
    return signatures, taken


_REVISION = re.compile(r"\b(?:rev|revision|version)\.? ?\d+", re.IGNORECASE)  # a number that is no shift of a session


def _parts(line: Line, wrapped: Line | None, signing: Signing) -> list[Placed]:
    """The parts of a line; with the line on which it goes on where the name of one of several signers breaks between them."""
    text = line.row.text
    if wrapped is not None and any(person.credentials for person in people_in(text)):
        whole = f"{text} {wrapped.row.text}"
        breaks = any(person.credentials and person.start < len(text) < person.stop for person in people_in(whole))
        if breaks and any(True for _ in dates_in(text)):
            row = Row((Cell((*line.row.words, *wrapped.row.words)),))
            return parts_of_line(Line(row, line.page), signing)
    return parts_of_line(line, signing)


def _line_above(lines: Sequence[Line], number: int) -> Line | None:
    """The line above one of a scanned page without the day between them, which a pen wrote at the right end of its line."""
    if number > 1 and is_a_day_alone(lines[number - 1].row.text) and _is_recognized(lines[number - 1]):
        return lines[number - 2] if people_in(lines[number - 2].row.text) else lines[number - 1]
    return lines[number - 1] if number else None


def _is_recognized(line: Line) -> bool:
    return any(word.sureness < 1.0 for word in line.row.words)


def _goes_with(above: Line, part: Placed, signing: Signing) -> bool:
    """Whether a signature begins on the line above: with words that announce it, or with the name as printed or written."""
    return (
        _announces_a_signer(above.row.text, signing)
        or _is_signed_above(above.row.text, part.text, signing)
        or _is_written_above(above.row.text, part.text)
        or _is_written_below(above.row.text, part.text)
        or _is_signed_by_its_user(above.row.text, part.text, signing)
    )


def _is_signed_by_its_user(above: str, text: str, signing: Signing) -> bool:
    """Whether a line is a word of signing, a user's name and a day, and the one above prints the name of that user.

    Such as: Physicist: Olga Ray, PhD above Electronic signature: ORAY 3/4/2026.
    """
    printed, signed, day = people_in(above), signing.word_of_signing(text), next(dates_in(text), None)
    if len(printed) != 1 or not printed[0].credentials or signed is None or day is None or any(dates_in(above)):
        return False
    user = text[signed[1] : day.start].strip(" :-–")
    return is_name_by_hand(user, printed[0], is_recognized=False)


def _is_written_below(above: str, text: str) -> bool:
    """Whether a line is a name and a day, written by hand below the same name as it is printed with credentials."""
    printed, people = people_in(above), people_in(text)
    return (
        len(people) == len(printed) == 1
        and bool(printed[0].credentials)
        and len(above) <= LONGEST_SIGNER
        and not any(True for _ in dates_in(above))
        and any(True for _ in dates_in(text))
        and is_name_alone(text)
        and surname_of(people[0].name) == surname_of(printed[0].name)
    )


def _acted_above(lines: Sequence[Line], number: int, text: str, signing: Signing) -> bool:
    """Whether a line is a printed name, and the one above an act that signs with its day and nothing else.

    An act right below another name is that person's.
    """
    above, signer = (lines[at].row.text if at >= 0 else "" for at in (number - 1, number - 2))
    day = next(dates_in(above), None)
    if day is None or people_in(above) or len(above.split()) > _LONGEST_ANNOUNCEMENT or not is_name_alone(text):
        return False
    if is_name_alone(signer) and people_in(signer)[0].credentials:
        return False
    printed = people_in(text)[0]
    before = re.sub(r"\W*\b(?:on|at)\W*$", "", above[: day.start])
    return bool(
        printed.credentials
        and not any(True for _ in dates_in(text))
        and signing.has_act(f"{before}:")
        and _SIGNS_A_PAPER.search(before) is not None
        and not signing.other_words(without_people(above, [], day))
    )


_SIGNS_A_PAPER = re.compile(
    r"\b(?:(?:co-?|e-?)?sign|approv|review|verif|authenticat|check|accept|read\b|attest|confirm|authori[sz]|validat|finali[sz]|releas|lock)",
    re.IGNORECASE,
)  # and not only the work of which it gives the day, such as: Simulation completed


def _is_signed_above(above: str, text: str, signing: Signing) -> bool:
    """Whether a line is a printed name, and the one above says that the same person acted, with the day."""
    people, printed = people_in(above), people_in(text)
    return (
        len(people) == len(printed) == 1
        and not people[0].credentials
        and bool(printed[0].credentials)
        and is_name_alone(text)
        and any(True for _ in dates_in(above))
        and signing.has_act(above[: people[0].start])
        and surname_of(people[0].name) == surname_of(printed[0].name)
    )


def _is_written_above(above: str, text: str) -> bool:
    """Whether a line is a name alone, written by hand above the same name as it is printed."""
    people, printed = people_in(above), people_in(text)
    if not people and len(printed) == 1 and printed[0].credentials and is_name_alone(text):
        day = next(dates_in(above), None)
        hand = above[: day.start].strip() if day is not None and is_a_day_alone(above[day.start :]) else ""
        return is_name_by_hand(hand, printed[0], is_recognized=False)
    return (
        len(people) == len(printed) == 1
        and not people[0].credentials
        and bool(printed[0].credentials or has_title(text[printed[0].stop :]))
        and is_name_alone(_LABEL_OF_A_DAY.sub(" ", _without_role(above)))
        and surname_of(people[0].name) == surname_of(printed[0].name)
    )


def _without_role(text: str) -> str:
    """A line without the role before its colon that says who is to sign on it, such as: MD: A. Winter."""
    return _ROLE_BEFORE.sub("", text)


_LABEL_OF_A_DAY = re.compile(r"\bdate(?: signed)?\s*:?\s*(?=\d)", re.IGNORECASE)
_ROLE_BEFORE = re.compile(
    r"^\W*(?:m\.?d\.?|physician|radiation oncologist|oncologist|attending|physicist|medical physicist|dosimetrist|planner|therapist|signature|signed)(?:'s)?(?: signature)?\s*(?::\s*|\.\s+)",
    re.IGNORECASE,
)


_ATTESTS = re.compile(
    r"^\W*(?:attestation\W+|attending\W+)?I (?:have |also |was |had |personally |independently )*"
    r"(?:agree|concur|attest|certify|present|saw|seen|reviewed|examined|evaluated|confirm|supervised|performed|discussed|participated)\b",
    re.IGNORECASE,
)


def _may_be_wrapped(found: SignatureFound | None, text: str) -> bool:
    """Whether the end of a signature may stand on the line that goes on with this one."""
    return found.signed_on is None if found is not None else bool(_ATTESTS.match(text))


_SIGNED_WORDS = re.compile(
    r"^\W*(?:electronically |digitally |e-?\s?)(?:signed|authenticated|approved|signature)(?: by)?\W*$", re.IGNORECASE
)
_LONGEST_ANNOUNCEMENT = 7


def _announces_a_signer(text: str, signing: Signing) -> bool:
    """Whether a line says no more than that the person named on the next one signed, such as: Attested by."""
    if _SIGNED_WORDS.match(text):
        return True
    ends = re.search(r"\bby\s*:?\s*$|\bsignature\s*:\s*$", text, re.IGNORECASE)
    if ends is None or len(text.split()) > _LONGEST_ANNOUNCEMENT or people_in(text) or signing.is_no_signature(text):
        return False
    return signing.word_of_signing(text) is not None


def _ends_with_a_blank(above: str, text: str) -> bool:
    """Whether a name without a day is printed below the place for a signature, such as: Signature: above Ada Winter, MD."""
    return _PLACE_OF_SIGNING.search(above) is not None and is_name_alone(text)


_PLACE_OF_SIGNING = re.compile(r"\bsignature\s*:[\s_]*(?:date\s*:[\s_]*)?(?:time\s*:[\s_]*)?$", re.IGNORECASE)
