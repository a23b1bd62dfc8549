"""Whose a FHIR resource is: of the patient whom a request is about, of another one, or undetermined."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from isocenter.intake.fhir.references import Directory, objects, text
from isocenter.intake.fhir.resources import Json

_MEMBERS = ("subject", "patient", "beneficiary")


class Whose(StrEnum):
    """Whose a resource is."""

    OWN = "own"  # the patient's, or no patient is named
    ANOTHERS = "another's"
    UNKNOWN = "unknown"  # a patient is named in a way that cannot be compared


class Person(NamedTuple):
    """The patient whom a request is about, among the resources that came along."""

    patient_id: str
    patient: Json | None
    directory: Directory

    @classmethod
    def of(cls, reference: object, directory: Directory, within: Json | None = None) -> "Person":
        """The patient that a Reference names; `within` is the resource it is in."""
        address = text(reference, "reference") if isinstance(reference, Mapping) else ""
        patient = directory.resolve(reference, within)
        return cls(_id_of(address) or text(patient or {}, "id"), patient, directory)

    def whose(self, resource: Json) -> Whose:
        """Whose a resource is, by each member that names a patient."""
        found = {
            self._of_reference(resource[name], resource) for name in _MEMBERS if resource.get(name) not in (None, "")
        }
        return next((one for one in (Whose.ANOTHERS, Whose.UNKNOWN) if one in found), Whose.OWN)

    def _of_reference(self, reference: object, within: Json) -> Whose:
        if not isinstance(reference, Mapping):
            return Whose.UNKNOWN
        address = text(reference, "reference")
        named = self.directory.resolve(reference, within)
        if named is not None and named is self.patient:
            return Whose.OWN
        if address.startswith("#"):  # ids within a resource say nothing outside it
            found = {self._of_identifier(one) for one in objects(named or {}, "identifier")}
            return next((one for one in (Whose.ANOTHERS, Whose.OWN) if one in found), Whose.UNKNOWN)
        if named is not None:
            address = f"{named.get('resourceType')}/{text(named, 'id')}"
        if "/" in address:
            return _if("Patient/" in address and _id_of(address) == self.patient_id)
        return Whose.UNKNOWN if address else self._of_identifier(reference.get("identifier"))

    def _of_identifier(self, identifier: object) -> Whose:
        """Whose a resource is that names its patient by a number: comparable where the patient has one of its kind."""
        if not isinstance(identifier, Mapping) or self.patient is None:
            return Whose.UNKNOWN
        system, value = text(identifier, "system"), text(identifier, "value")
        known = {text(one, "value") for one in objects(self.patient, "identifier") if text(one, "system") == system}
        return _if(value in known) if known and value and system else Whose.UNKNOWN


def is_of_another(resource: Json, within: Json, directory: Directory) -> bool:
    """Whether a resource names another patient than the one does that refers to it."""
    person = Person.of(within.get("subject") or within.get("patient"), directory, within)
    return bool(person.patient_id) and person.whose(resource) is Whose.ANOTHERS


def _if(is_own: bool) -> Whose:
    return Whose.OWN if is_own else Whose.ANOTHERS


def _id_of(address: str) -> str:
    return address.split("/_history/", 1)[0].rpartition("/")[2]
