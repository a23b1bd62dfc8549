"""Which claims of bulk files an explanation of benefit among them answers: what holds for those of one record.

Of each bill its ids, the key of its lines and the codes of its services are kept, whatever else it holds.
"""

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import NamedTuple

from isocenter.terms.problems import Problem, worded

_Services = tuple[str, ...]  # codes of procedures, in order
_Identity = tuple[str, str]  # the id of a claim and that of its patient


class _Bill(NamedTuple):
    """A claim or an answer, by the key under which its lines were read."""

    key: str
    services: _Services
    path: str = ""


@dataclass(slots=True)
class AnsweredClaims:
    """Claims and the explanations of benefit that name them, of all files that are read together."""

    _claims: dict[_Identity, list[_Bill]] = field(default_factory=dict)
    _answers: dict[_Identity, list[_Bill]] = field(default_factory=dict)
    _known: dict[_Services, _Services] = field(default_factory=dict)  # the same few services recur in most bills

    def add_claim(self, own_id: str, patient: str, key: str, services: list[str], path: str) -> None:
        """Take a claim of this id that was read."""
        _add(self._claims, (own_id, _id_of(patient)), _Bill(key, self._once(services), intern(path)))

    def add_answer(self, claim: str, patient: str, key: str, services: list[str]) -> None:
        """Take an explanation of benefit that was read and answers the claim at this address."""
        _add(self._answers, (_id_of(claim), _id_of(patient)), _Bill(key, self._once(services)))

    def left_out(self, superseded: Container[str]) -> Mapping[str, Problem]:
        """By the key of each claim of which an answer bills every service, what is said of all of its file.

        Bills that are `superseded` by a later version bill nothing. Several servers may give one id: which of several
        claims of an id is answered is not known, and all of them stay.
        """
        of_files: dict[str, list[str]] = {}
        for identity, answers in self._answers.items():
            claims = [claim for claim in self._claims.get(identity, ()) if claim.key not in superseded]
            if len(claims) == 1 and any(
                answer.key not in superseded and Counter(claims[0].services) <= Counter(answer.services)
                for answer in answers
            ):
                of_files.setdefault(claims[0].path, []).append(claims[0].key)
        said: dict[str, Problem] = {}
        for path, keys in sorted(of_files.items()):
            sentence = worded(
                "claims left out, because the explanation of benefit that answers them is given too and has all of"
                " their services: {claims}",
                claims=len(keys),
            )
            said |= dict.fromkeys(keys, Problem(path, "", sentence))
        return said

    def _once(self, services: list[str]) -> _Services:
        found = tuple(sorted(services))
        return self._known.setdefault(found, found)


def _add(bills: dict[_Identity, list[_Bill]], identity: _Identity, bill: _Bill) -> None:
    if identity in bills:
        bills[identity].append(bill)
    else:
        bills[identity] = [bill]


def _id_of(address: str) -> str:
    """The id in the address of a resource, also one written as a UUID; without those of its server and its version."""
    return address.split("/_history/", 1)[0].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
