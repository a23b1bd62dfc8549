"""Which claims of bulk files an explanation of benefit among them answers: what holds for those of one record.

Bills are told apart by the ids of their claims and patients alone, so that each is a few numbers in memory.
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


@dataclass(slots=True)
class AnsweredClaims:
    """Claims and the explanations of benefit that name them, of all files that are read together."""

    _claims: dict[_Identity, _Bill] = field(default_factory=dict)
    _places: dict[str, tuple[str, str]] = field(default_factory=dict)  # of claims, by their keys: file and place
    _answers: dict[_Identity, list[_Bill]] = field(default_factory=dict)
    _known: dict[_Services, _Services] = field(default_factory=dict)  # the same few services recur in most bills

    def add_claim(self, own_id: str, patient: str, key: str, services: list[str], path: str, place: str) -> None:
        """Take a claim of this id that was read."""
        self._claims[own_id, _id_of(patient)] = _Bill(key, self._once(services))
        self._places[key] = intern(path), place

    def add_answer(self, claim: str, patient: str, key: str, services: list[str]) -> None:
        """Take an explanation of benefit that was read and answers the claim at this address."""
        self._answers.setdefault((_id_of(claim), _id_of(patient)), []).append(_Bill(key, self._once(services)))

    def left_out(self, superseded: Container[str]) -> Mapping[str, Problem]:
        """By the key of each claim of which an answer bills every service, what is said of all of its file.

        Answers that are `superseded` by a later version bill nothing.
        """
        gone = {
            claim.key
            for identity, claim in self._claims.items()
            if any(
                answer.key not in superseded and Counter(claim.services) <= Counter(answer.services)
                for answer in self._answers.get(identity, ())
            )
        }
        of_files: dict[str, list[str]] = {}
        for key in sorted(gone, key=lambda key: self._places[key]):
            of_files.setdefault(self._places[key][0], []).append(key)
        said: dict[str, Problem] = {}
        for path, keys in of_files.items():
            sentence = worded(
                "claims of which the explanation of benefit that answers them is at hand with their services, and which"
                " were left out: {claims}",
                claims=len(keys),
            )
            said |= dict.fromkeys(keys, Problem(path, self._places[keys[0]][1], sentence))
        return said

    def _once(self, services: list[str]) -> _Services:
        found = tuple(sorted(services))
        return self._known.setdefault(found, found)


def _id_of(address: str) -> str:
    """The id in the address of a resource, without those of its server and its version."""
    return address.split("/_history/", 1)[0].rsplit("/", 1)[-1]
