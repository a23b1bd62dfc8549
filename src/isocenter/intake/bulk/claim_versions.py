"""Finds out whether claim numbers end with the version of the claim: 5001-00 and 5001-01, or 5001 and 5001A1."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from isocenter.intake.bulk.value_forms import is_negative
from isocenter.terms.claims import ClaimLine

# How the end of a number is written, by the example that names the form in a mapping: patterns of RE2 and of Python.
SUFFIXES = {"-01": "[-_./][0-9]{2}$", "A1": "[-_./ ]?[ARV][0-9]{1,2}$"}
# By the key of a mapping that says which of several versions of a claim counts.
WAYS_TO_COUNT = {"latest_version": "highest", "version_suffix": "last by the ends of their numbers, such as"}
_DIGITS = re.compile("[0-9]+$")
_SHORTEST_NUMBER = 3
_OF_A_SERVICE = ("procedure_code", "service_date", "modifier_1", "modifier_2")
_SIGNED = ("units", "charge_amount", "allowed_amount")
_REPEATED = 0.5  # of the services of the shorter version, where the longer one corrects it


class BilledRow(NamedTuple):
    """What of a row of a table says whether it is of another version of a claim."""

    claim: str
    member: str
    service: tuple[str, ...]  # code, modifiers and day
    takes_back: bool  # of negative units or amount


def suffix_of_versions(rows: Iterable[BilledRow]) -> str:
    """The form of SUFFIXES in which claim numbers bear their versions; '' where they bear none.

    Claims of one number and member are versions of one claim where each bills again what the one before billed.
    Where some do and some do not, as claims of several weeks, nothing is said; nor where a version takes the one
    before back line by line.
    """
    rows = list(rows)
    return next((form for form in SUFFIXES if _are_versions(rows, re.compile(SUFFIXES[form]))), "")


def _are_versions(rows: Iterable[BilledRow], suffix: re.Pattern[str]) -> bool:
    claims: dict[tuple[str, str], dict[int, set[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(set))
    taking_back: set[tuple[str, str]] = set()
    for row in rows:
        number, version = _apart(row.claim, suffix)
        if len(number) < _SHORTEST_NUMBER:
            continue
        claims[number, row.member][version].add(row.service)
        if row.takes_back:
            taking_back.add((number, row.member))
    several = {key: versions for key, versions in claims.items() if len(versions) > 1}
    return bool(several) and not several.keys() & taking_back and all(map(_correct_each_other, several.values()))


def _apart(claim: str, suffix: re.Pattern[str]) -> tuple[str, int]:
    """The number that versions of a claim share, and the version; 0 where the number ends with none."""
    found = suffix.search(claim)
    digits = _DIGITS.search(found.group()) if found else None
    return claim[: found.start()] if found else claim, int(digits.group()) if digits else 0


def claims_of_earlier_versions(lines: Sequence[ClaimLine]) -> tuple[str, set[tuple[str, str]]]:
    """The claims, by number and member, of which a later version is among the lines, and the form of the version.

    '' and none where the numbers bear no versions.
    """
    rows = {
        line: BilledRow(
            line.claim_id.upper(),
            line.member_id.upper(),
            (line.procedure_code, str(line.service_date), line.modifier_1, line.modifier_2),
            line.units < 1 or (line.charge_amount or 0) < 0 or (line.allowed_amount or 0) < 0,
        )
        for line in lines
    }
    form = suffix_of_versions(rows.values())
    if not form:
        return "", set()
    versions = {row: _apart(row.claim, re.compile(SUFFIXES[form])) for row in rows.values()}
    latest: dict[tuple[str, str], int] = {}
    for row, (number, version) in versions.items():
        latest[number, row.member] = max(version, latest.get((number, row.member), 0))
    earlier = {
        (line.claim_id, line.member_id)
        for line, row in rows.items()
        if versions[row][1] < latest[versions[row][0], row.member]
    }
    return form, earlier


def _correct_each_other(versions: dict[int, set[tuple[str, ...]]]) -> bool:
    in_order = [services for _, services in sorted(versions.items())]
    return all(len(before & after) >= _REPEATED * min(len(before), len(after)) for before, after in pairwise(in_order))


def counting(key: str, value: str) -> str:
    """Which version of a claim counts, as it is said of a table."""
    return f"of several versions of a claim the {WAYS_TO_COUNT[key]} {value}"


def version_suffix(lines: Mapping[str, str], columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The same of the rows of a table, of which `lines` says the column of each column of claim lines."""
    places = {name: columns.index(source) for name, source in lines.items() if source in columns}
    if not places.keys() >= {"claim_id", "member_id", "procedure_code", "service_date"}:
        return ""
    of_service = [place for name, place in places.items() if name in _OF_A_SERVICE]
    signed = [place for name, place in places.items() if name in _SIGNED]
    return suffix_of_versions(
        BilledRow(
            row[places["claim_id"]].strip().upper(),
            row[places["member_id"]].strip().upper(),
            tuple(row[place].strip() for place in of_service),
            any(is_negative(row[place]) for place in signed),
        )
        for row in rows
    )
