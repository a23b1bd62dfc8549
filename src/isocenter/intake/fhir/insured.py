"""Which of the persons who share a member number a FHIR Patient is: the subscriber, or one insured through them."""

from collections import defaultdict
from collections.abc import Iterable

from isocenter.intake.fhir.people import member_number
from isocenter.intake.fhir.references import MBI_SYSTEM, Directory, codes, identifier_of, objects, text
from isocenter.intake.fhir.resources import Json
from isocenter.intake.x12.patients import Dependent
from isocenter.terms.claims import SUBSCRIBER

_SPOUSE = "spouse"
_CODES_OF_CLAIMS = {_SPOUSE: "01"}  # relationships as claims code them; of another one the code does not matter
_Person = tuple[str, str]  # day of birth and first given name


class InsuredPersons:
    """The Patients of a record by their member numbers, with what their Coverages say they are to the subscriber."""

    def __init__(self, resources: Iterable[Json], directory: Directory) -> None:
        self._persons: dict[str, set[_Person]] = defaultdict(set)
        self._relationships: dict[tuple[str, _Person], str] = {}
        for resource in resources:
            if resource.get("resourceType") == "Patient":
                self._persons[member_number(resource)].add(_person(resource))
            elif resource.get("resourceType") == "Coverage":
                patient = directory.resolve(resource.get("beneficiary"), resource)
                if patient is not None and (relationship := relationship_of(resource)):
                    self._relationships.setdefault((member_number(patient), _person(patient)), relationship)

    def name_of(self, patient: Json) -> str:
        """What distinguishes a Patient from others of the same number; '' where the number is one person's."""
        number = member_number(patient)
        if not number or identifier_of(patient, MBI_SYSTEM):
            return ""
        person = _person(patient)
        relationship = self._relationships.get((number, person), "")
        if not relationship and len(self._persons[number] | {person}) < 2:
            return ""
        return name_by(relationship, *person)


def name_by(relationship: str, birth: str, given_name: str) -> str:
    """The name of a person by the relationship to the subscriber, the day of birth as FHIR writes it, and the name."""
    if relationship == "self":
        return SUBSCRIBER
    return Dependent(_CODES_OF_CLAIMS.get(relationship, ""), given_name, birth.replace("-", "")).name


def relationship_of(coverage: Json) -> str:
    """The relationship of the person covered to the subscriber: self, spouse, child or another; '' if not stated."""
    subscriber, beneficiary = (coverage.get(name) for name in ("subscriber", "beneficiary"))
    addresses = [text(one, "reference") if isinstance(one, dict) else "" for one in (subscriber, beneficiary)]
    if addresses[0] and addresses[0] == addresses[1]:
        return "self"
    stated = next(iter(codes(coverage.get("relationship"))), "")
    return stated or ("other" if text(coverage, "dependent").strip("0") else "")


def _person(patient: Json) -> _Person:
    name = next(iter(objects(patient, "name")), {})
    given = name.get("given")
    first = next((part for part in given if isinstance(part, str)), "") if isinstance(given, list) else ""
    return text(patient, "birthDate"), first.strip().upper()
