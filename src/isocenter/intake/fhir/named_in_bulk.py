"""What bulk files of FHIR claims refer to: patients, coverages, providers and Conditions in the files beside them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from isocenter.intake.fhir.bill_diagnoses import diagnosed_at
from isocenter.intake.fhir.bill_files import bare, is_whole
from isocenter.intake.fhir.bill_parties import Insured, Parties
from isocenter.intake.fhir.coverages import business_at
from isocenter.intake.fhir.insured import InsuredPersons
from isocenter.intake.fhir.meaning import understood
from isocenter.intake.fhir.people import current, member_number
from isocenter.intake.fhir.references import Directory, npi_at, text
from isocenter.intake.fhir.resources import CONTAINERS, Found, read_resources, resources_of_line
from isocenter.intake.fhir.shapes import UNDECODED, Concept, Reference
from isocenter.intake.fhir.versions import newest
from isocenter.terms.limits import FHIR_CONDITIONS, FHIR_NAMED
from isocenter.terms.problems import Problem

_CONDITION = "Condition"
_KINDS = {"Patient", "Coverage", "Organization", "Practitioner", "PractitionerRole", _CONDITION}
# What is kept of them: who it is, in which version, and whom it names.
_MEMBERS = {
    "resourceType", "id", "meta", "implicitRules", "modifierExtension", "identifier", "active", "link", "name",
    "birthDate", "type", "class", "payor", "beneficiary", "subscriber", "relationship", "dependent", "practitioner",
    "code", "verificationStatus", "subject",
}  # fmt: skip
_KEPT = 4096  # answers about references


class _Kind(msgspec.Struct):
    """The type of a resource, all else of which is passed over."""

    resourceType: str = ""  # noqa: N815 - as FHIR names it


_KIND = msgspec.json.Decoder(_Kind)


def parties_in(files: Iterable[Path]) -> tuple[Parties | None, list[Problem]]:
    """How references of bills are followed to resources in the files, and what is odd about these.

    None where the files hold none, or more than FHIR_NAMED, which a problem says: they would take too much memory.
    Conditions, of which a record has many, are the first that are not kept.
    """
    found: list[Found] = []
    conditions: list[Found] = []
    too_many: list[Problem] = []
    for file in files:
        for one in _named_in(file):
            is_condition = one.resource["resourceType"] == _CONDITION
            if is_condition and too_many:
                continue
            kept = {name: held for name, held in one.resource.items() if name in _MEMBERS}
            (conditions if is_condition else found).append(one._replace(resource=kept))
            if len(found) > FHIR_NAMED.most:
                return None, [Problem(one.file, one.place, FHIR_NAMED.sentence(len(found)))]
            if conditions and (together := len(found) + len(conditions)) > FHIR_NAMED.most:
                too_many = [Problem(one.file, one.place, FHIR_CONDITIONS.sentence(together))]
                conditions.clear()
    found += conditions
    if not found:
        return None, too_many
    found, older = newest(found)
    found, changed = understood(found)
    return _Named(found).parties(), [*too_many, *older, *changed]


def _named_in(file: Path) -> Iterator[Found]:
    """The resources of a file that bills may name; what cannot be read is said by whoever reads the bills."""
    with file.open("rb") as lines:
        first = next(lines, b"")
        if is_whole(bare(first)):
            lines.seek(0)
            for number, line in enumerate(lines, start=1):
                yield from _named_on(line, f"line {number}", str(file))
            return
    yield from _of_kinds(read_resources(file, str(file)))


def _named_on(line: bytes, place: str, file: str) -> Iterator[Found]:
    try:
        kind = _KIND.decode(bare(line) or b"{}").resourceType
    except UNDECODED:
        return
    if kind in _KINDS or kind in CONTAINERS:
        yield from _of_kinds(resources_of_line(bare(line).decode("utf-8", "replace"), place, file))


def _of_kinds(found: Iterable[Found | Problem]) -> Iterator[Found]:
    return (one for one in found if isinstance(one, Found) and one.resource.get("resourceType") in _KINDS)


class _Named:
    """The resources by their addresses; of which server a bill is, nobody says."""

    def __init__(self, found: list[Found]) -> None:
        self._directory = Directory(found)
        self._persons = InsuredPersons((one.resource for one in found), self._directory)

    def parties(self) -> Parties:
        """References are followed as in a record, but for those to claims, which are not kept."""
        member, npi = lru_cache(_KEPT)(self._member), lru_cache(_KEPT)(self._npi)
        business = lru_cache(_KEPT)(self._business)

        def insured(one: Reference) -> Insured:
            number = one.identifier
            return member(one.reference, number.system, number.value) if number else member(one.reference, "", "")

        return Parties(
            insured,
            lambda one: npi(one.reference),
            lambda one: business(one.reference),
            self._diagnosis,
            lambda _: "",
        )

    def _member(self, address: str, system: str, number: str) -> Insured:
        named = {"system": system, "value": number}
        patient = self._directory.resolve({"reference": address, "identifier": named})
        if patient is None or patient.get("resourceType") != "Patient":
            bare_address = address.split("/_history/", 1)[0]
            own = bare_address.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
            return Insured(bare_address) if self._directory.has_id(f"Patient/{own}") else Insured()
        patient, _ = current(patient, self._directory)
        return Insured(member_number(patient) or text(patient, "id"), self._persons.name_of(patient))

    def _npi(self, address: str) -> str:
        return npi_at(address, self._directory)

    def _diagnosis(self, reference: Reference, patient: Reference | None) -> Concept | None:
        named: dict[str, object] = {"reference": patient.reference} if patient else {}
        if patient and (number := patient.identifier):
            named["identifier"] = {"system": number.system, "value": number.value}
        return diagnosed_at(reference.reference, {"patient": named}, self._directory)

    def _business(self, address: str) -> str:
        return business_at(address, self._directory)
