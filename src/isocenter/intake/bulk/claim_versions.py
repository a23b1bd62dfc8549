"""Finds out whether claim numbers end with the version of the claim: 5001-00 and 5001-01, or 5001 and 5001A1."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from isocenter.terms.claims import ClaimLine

# How the end of a number is written, by the example that names the form in a mapping: patterns of RE2 and of Python.
SUFFIXES = {"-01": "[-_./][0-9]{2}$", "A1": "[-_./ ]?[ARV][0-9]{1,2}$"}
BY_ALL_ROWS = "by all rows"  # in a mapping: whether and how numbers end with versions is for all rows to show
# By the key of a mapping that says which of several versions of a claim counts.
WAYS_TO_COUNT = {"latest_version": "highest", "version_suffix": "last by the ends of their numbers, such as"}
_DIGITS = re.compile("[0-9]+$")
_SHORTEST_NUMBER = 3
_REPEATED = 0.5  # of the services of the shorter version, where the longer one corrects it
_OF_THE_CLAIMS = 0.9  # that have several versions, where the ends of their numbers are versions
_PROVIDERS_NAMED = 3


class BilledRow(NamedTuple):
    """What of a row of a table says whether it is of another version of a claim."""

    claim: str
    member: str
    service: tuple[str, ...]  # code, modifiers and day
    takes_back: bool  # of negative units or amount
    provider: str = ""  # the billing provider; each numbers claims in its own way


@dataclass(frozen=True, slots=True)
class Ends:
    """What the ends of one form are of claim numbers that agree in all else, of one member."""

    form: str = ""  # of SUFFIXES
    correcting: int = 0  # claims, by the number that they share, of which each version bills again what the last billed
    others: int = 0  # of which one does not, as of claims of several weeks, or takes back the one before
    exempt: tuple[str, ...] = ()  # billing providers the ends of whose numbers are none, where those of others are

    @property
    def are_versions(self) -> bool:
        """Whether they are the versions of claims."""
        return bool(self.correcting) and self.correcting >= _OF_THE_CLAIMS * (self.correcting + self.others)

    @property
    def sentence(self) -> str:
        """What is said of claims with such numbers; '' where there is nothing to say."""
        among = f"{self.correcting} of {self.correcting + self.others} that were compared"
        if self.are_versions:
            named = ", ".join(one or "no billing provider" for one in self.exempt[:_PROVIDERS_NAMED])
            named += " and others" if len(self.exempt) > _PROVIDERS_NAMED else ""
            of_others = f"; all claims of {named} count" if self.exempt else ""
            of_some = f" (of claims {among} bill again what the one before billed)" if self.others else ""
            return f"{counting('version_suffix', self.form)}{of_some}{of_others}"
        if self.correcting:
            return (
                f"of claims whose numbers differ only in an ending such as {self.form}, some bill the same services"
                f" again ({among}) and others do not, so all of them count; where the endings are versions of a claim,"
                " set version_suffix in a mapping"
            )
        return ""


def ends_of_numbers(rows: Iterable[BilledRow]) -> Ends:
    """What the ends of claim numbers are, of the form that shows it most clearly."""
    rows = list(rows)
    return clearest([_ends_of(rows, form) for form in SUFFIXES])


def clearest(found: Sequence[Ends]) -> Ends:
    """Of the ends of several forms those that are versions, else those of which something is to be said."""
    return next((ends for ends in found if ends.are_versions), next((ends for ends in found if ends.sentence), Ends()))


def _ends_of(rows: Iterable[BilledRow], form: str) -> Ends:
    suffix = re.compile(SUFFIXES[form])
    claims: dict[tuple[str, str, str], dict[int, set[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(set))
    taking_back: set[tuple[str, str, str]] = set()
    for row in rows:
        number, version = _apart(row.claim, suffix)
        if len(number) < _SHORTEST_NUMBER:
            continue
        key = (number, row.member, row.provider)
        claims[key][version].add(row.service)
        if row.takes_back:
            taking_back.add(key)
    of_providers: dict[str, Counter[bool]] = defaultdict(Counter)
    for key, versions in claims.items():
        if len(versions) > 1:
            of_providers[key[2]][key not in taking_back and _correct_each_other(versions)] += 1
    found = {provider: Ends(form, counted[True], counted[False]) for provider, counted in of_providers.items()}
    versioning = {provider: ends for provider, ends in found.items() if ends.are_versions} or found
    return Ends(
        form,
        sum(ends.correcting for ends in versioning.values()),
        sum(ends.others for ends in versioning.values()),
        tuple(sorted(found.keys() - versioning.keys())),
    )


def _apart(claim: str, suffix: re.Pattern[str]) -> tuple[str, int]:
    """The number that versions of a claim share, and the version; 0 where the number ends with none."""
    found = suffix.search(claim)
    digits = _DIGITS.search(found.group()) if found else None
    return claim[: found.start()] if found else claim, int(digits.group()) if digits else 0


def claims_of_earlier_versions(lines: Sequence[ClaimLine]) -> tuple[Ends, set[tuple[str, str]]]:
    """The claims, by number and member, of which a later version is among the lines, and what their ends are."""
    rows = {
        line: BilledRow(
            line.claim_id.upper(),
            line.member_id.upper(),
            (line.procedure_code, str(line.service_date), line.modifier_1, line.modifier_2),
            line.units < 1 or (line.charge_amount or 0) < 0 or (line.allowed_amount or 0) < 0,
            line.billing_npi,
        )
        for line in lines
    }
    ends = ends_of_numbers(rows.values())
    if not ends.are_versions:
        return ends, set()
    suffix = re.compile(SUFFIXES[ends.form])
    versions = {row: _apart(row.claim, suffix) for row in rows.values() if row.provider not in ends.exempt}
    latest: dict[tuple[str, str], int] = {}
    for row, (number, version) in versions.items():
        latest[number, row.member] = max(version, latest.get((number, row.member), 0))
    earlier = {
        (line.claim_id, line.member_id)
        for line, row in rows.items()
        if row in versions and versions[row][1] < latest[versions[row][0], row.member]
    }
    return ends, earlier


def _correct_each_other(versions: dict[int, set[tuple[str, ...]]]) -> bool:
    in_order = [services for _, services in sorted(versions.items())]
    return all(len(before & after) >= _REPEATED * min(len(before), len(after)) for before, after in pairwise(in_order))


def counting(key: str, value: str) -> str:
    """Which version of a claim counts, as it is said of a table."""
    return f"of several versions of a claim the {WAYS_TO_COUNT[key]} {value}"
