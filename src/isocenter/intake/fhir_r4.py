"""Reads FHIR R4: the resources of a case together, as one record."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import count
from typing import Any

from isocenter.intake.fhir.answered_claims import without_answered
from isocenter.intake.fhir.answers import Denied, is_answers, read_answers
from isocenter.intake.fhir.belonging import Person, Whose
from isocenter.intake.fhir.bill_diagnoses import diagnosed_at
from isocenter.intake.fhir.bill_files import BillFile, as_bill
from isocenter.intake.fhir.bill_parties import Insured, Parties
from isocenter.intake.fhir.bills import read_bill
from isocenter.intake.fhir.coverages import business_at, business_of_coverage, why_not_covered
from isocenter.intake.fhir.documents import (
    Attached,
    carries_documents,
    documents_within,
    evidence_within,
    read_documents,
    replaced_documents,
    texts_within,
)
from isocenter.intake.fhir.incomplete import pages_missing, why_incomplete
from isocenter.intake.fhir.insured import InsuredPersons
from isocenter.intake.fhir.kinds import BILLS, Others
from isocenter.intake.fhir.meaning import understood, why_changed
from isocenter.intake.fhir.orders import is_order, read_order
from isocenter.intake.fhir.people import current, member_number, member_of
from isocenter.intake.fhir.references import Directory, identifier_of, npi_at, objects, text
from isocenter.intake.fhir.resources import (
    Found,
    Json,
    looks_like_fhir,
    read_resources,
)
from isocenter.intake.fhir.services import day_of_request, why_not_dated
from isocenter.intake.fhir.shapes import UNDECODED, Concept, Reference, why_undecoded
from isocenter.intake.fhir.signatures import read_bundle_signature, read_own_signatures, read_signatures
from isocenter.intake.fhir.therapy import is_therapy, of_one_course, read_therapy, why_left_out, why_not_given
from isocenter.intake.fhir.therapy_course import diagnoses_of
from isocenter.intake.fhir.versions import newest
from isocenter.intake.x12.claims import ClaimKeys
from isocenter.terms.chart import Document, FileSignature
from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course, Member
from isocenter.terms.problems import LostLine, Problem, Unread, clause, worded
from isocenter.terms.tables import TABLE_OF, FactRow, LostValue

__all__ = ["BillFile", "FhirRows", "Found", "looks_like_fhir", "read_found", "read_resources"]


@dataclass
class FhirRows:
    """What the FHIR files of a case hold: rows, the tables that they supply, rows of each file, and problems."""

    rows: list[FactRow] = field(default_factory=list)
    supplied: set[str] = field(default_factory=set)
    rows_of: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)  # documents of the chart
    file_signatures: list[FileSignature] = field(default_factory=list)  # on these documents, made beside them
    denied: list[Denied] = field(default_factory=list)  # what answers deny
    diagnoses_beside: list[str] = field(default_factory=list)  # of orders, where the record describes the course itself
    values_lost: list[LostValue] = field(default_factory=list)  # of courses and members, that were given
    charts_read: dict[Any, Any] = field(default_factory=dict)  # what their pages state, once it was read


def read_found(
    found: Sequence[Found],
    keys: ClaimKeys | None = None,
    questions: Collection[str] = (),
    asked_on: date | None = None,
) -> FhirRows:
    """Read resources, of one file or of several, as one record: references lead from one to another.

    The lines of a request for authorization are read where nothing is billed; beside claims it is left out by name.
    Reads Claim, ExplanationOfBenefit, Patient, Coverage, orders, courses and phases of radiotherapy as CodeX-RT and
    mCODE write them, and answers to our questionnaires; of every other kind one problem says how many there are.
    `questions` are what the questionnaires of the policies ask (by link id), where they are known. `asked_on` is the
    day of the services that are asked for, that of a request in the record where none is named: a course that was
    completed before it is an earlier one.
    """
    result = FhirRows()
    found, result.problems = newest(found)
    found, changed = understood(found)
    result.problems += changed
    directory = Directory(found)
    found, answered = without_answered(found, directory)
    result.problems += answered
    persons = InsuredPersons((one.resource for one in found), directory)
    is_billed = any(map(_is_billed, found))
    if asked_on is None and not is_billed:
        asked_on = min(
            (day for one in found if _is_request(one) and (day := day_of_request(one.resource))), default=None
        )
    reader = _CaseReader(directory, persons, keys or ClaimKeys(), questions, asked_on)
    reader.keeps_requests = not is_billed
    for file, row in reader.rows_of(found):
        if isinstance(row, Problem):
            result.problems.append(row)
        elif isinstance(row, Denied):
            result.denied.append(row)
        elif isinstance(row, LostValue):
            result.values_lost.append(row)
        elif isinstance(row, Attached):
            result.attached.append(row)
            result.rows_of[file] = result.rows_of.get(file, 0) + 1
        elif isinstance(row, FileSignature):
            result.file_signatures.append(row)
            result.rows_of[file] = result.rows_of.get(file, 0) + 1
        else:
            result.rows.append(row)
            result.rows_of[file] = result.rows_of.get(file, 0) + 1
    result.rows += reader.members()
    result.values_lost += reader.values_lost
    result.diagnoses_beside = reader.diagnoses_beside
    result.problems += reader.problems
    result.supplied = {TABLE_OF[type(row)] for row in result.rows}
    return result


class _CaseReader:
    """Turns the resources of a case into rows, with every reference followed."""

    def __init__(
        self,
        directory: Directory,
        persons: InsuredPersons,
        keys: ClaimKeys,
        questions: Collection[str] = (),
        asked_on: date | None = None,
    ) -> None:
        self.keeps_requests = True  # what a request asks for are its lines, where nothing is billed yet
        self._questions = questions
        self._asked_on = asked_on
        self._directory = directory
        self._persons = persons
        self._keys = keys
        self._members: dict[Insured, Member] = {}
        self._files_of: dict[int, tuple[str, ...]] = {}  # names of the documents of a resource, by its identity
        self._described: dict[int, list[str]] = {}  # documents that answers describe, by the identity of the answers
        self._names: dict[str, int] = {}  # of documents, each with the last number that was put before it
        self._replaced: set[int] = set()  # documents that a later one replaces, by their identity
        self.values_lost: list[LostValue] = []  # of members
        self.diagnoses_beside: list[str] = []
        self.problems: list[Problem] = []

    def rows_of(self, found: Sequence[Found]) -> Iterator[tuple[str, Any]]:
        """The rows of the resources, each with its file, and what could not be read of them."""
        others = Others()
        self._replaced = replaced_documents(found, self._directory)
        therapy: list[Found] = []
        orders: list[Found] = []
        signed: list[Found] = []
        for one in found:
            kind = text(one.resource, "resourceType")
            if kind in BILLS:
                yield from ((one.file, row) for row in self._bill(one))
                yield from ((one.file, row) for row in texts_within(one))
                for inner in documents_within(one):
                    yield from ((one.file, row) for row in self._documents(inner))
                for inner in evidence_within(one):
                    yield from ((one.file, row) for row in self._evidence_within(one, inner))
            elif is_therapy(one.resource):
                therapy.append(one)
            elif is_order(one.resource):
                orders.append(one)
            elif is_answers(one.resource):
                yield from ((one.file, row) for row in self._answers(one))
            elif carries_documents(one.resource):
                yield from ((one.file, row) for row in self._documents(one))
            elif kind == "OperationOutcome":
                yield from ((one.file, row) for row in why_incomplete(one))
            elif kind == "Provenance" or (kind == "Bundle" and "signature" in one.resource):
                signed.append(one)
            elif kind != "Bundle" and (unread := others.see(kind, one.file, one.place)):
                yield one.file, unread
        for one in signed:  # once every document is known
            read = read_bundle_signature if text(one.resource, "resourceType") == "Bundle" else read_signatures
            yield from ((one.file, row) for row in read(one, self._directory, self._files_of, self._described))
        yield from self._courses(therapy, orders)
        yield from ((problem.path, problem) for problem in (*others.problems(), *pages_missing(found)))

    def _courses(self, therapy: Sequence[Found], orders: Sequence[Found]) -> Iterator[tuple[str, Any]]:
        """The courses that the record describes; where it describes none, that of the services ordered."""
        subjects = [self._subject(one.resource) for one in therapy]
        described = list(read_therapy(therapy, subjects, self._directory, self._asked_on))
        if self._asked_on is not None:
            described = list(of_one_course(described))
        if any(isinstance(row, Course) for _, row in described):
            standing_orders = [one for one in orders if not why_not_given(one.resource)]
            given = diagnoses_of("", standing_orders, self._directory)
            self.diagnoses_beside += [row.icd10 for row in given if isinstance(row, Diagnosis)]
            yield from self._with_business(described, [*therapy, *standing_orders])
            return
        yield from described
        standing: list[Found] = []
        for one in orders:
            if why_not_given(one.resource):
                yield one.file, why_left_out(one, "the order was left out")
            else:
                standing.append(one)
        if standing:
            # Several services ordered for one person are one course.
            first, *more = standing
            member, business = self._subject(first.resource), self._business_of_order(first.resource)
            yield from ((first.file, row) for row in read_order(first, member, business, self._directory, more))

    def _with_business(
        self, described: Sequence[tuple[str, Any]], ordered: Sequence[Found]
    ) -> Iterator[tuple[str, Any]]:
        """The rows of courses, each with the line of business under which the services of its member are ordered.

        Where something is billed, the bills say it.
        """
        stated: dict[str, set[str]] = {}
        for one in ordered if self.keeps_requests else ():
            if business := self._business_of_order(one.resource):
                stated.setdefault(self._subject(one.resource), set()).add(business)
        for file, row in described:
            known = stated.get(row.member_id, ()) if isinstance(row, Course) else ()
            yield file, row._replace(line_of_business=next(iter(known))) if len(known) == 1 else row

    def members(self) -> list[Member]:
        """The persons insured whose Patient was supplied, each once."""
        return list(self._members.values())

    def _answers(self, one: Found) -> Iterator[Any]:
        rows = list(read_answers(one, self._directory, self._questions))
        yield from rows
        self._described[id(one.resource)] = [row.document_id for row in rows if isinstance(row, Document)]
        yield from read_own_signatures(one, self._directory, self._described)

    def _evidence_within(self, claim: Found, one: Found) -> Iterator[Any]:
        """What a document says that a claim contains, where it is known to be of the claim's patient."""
        person = Person.of(claim.resource.get("patient"), self._directory, claim.resource)
        if person.whose(one.resource) is not Whose.OWN:
            sentence = "it is not known to be of the patient of the claim; it was left out; refer to the same Patient"
            yield Unread(one.file, f"{one.place}.subject", sentence)
        elif changed := why_changed(one.resource):
            yield Unread(one.file, one.place, worded("{reason}; it was left out", reason=clause(changed)))
        elif is_answers(one.resource):
            yield from self._answers(one)
        else:
            yield from self._documents(one)

    def _documents(self, one: Found) -> Iterator[Attached | Problem]:
        """The documents of a resource, each under a name of its own."""
        names: list[str] = []
        if id(one.resource) in self._replaced:
            yield Problem(one.file, one.place, "a later document replaces it; the document was left out")
            return
        for row in read_documents(one, self._directory):
            if isinstance(row, Attached):
                again = row
                for number in count(self._names.get(row.shown, 1) + 1):
                    if again.shown not in self._names:
                        break
                    self._names[row.shown] = number
                    again = row._replace(name=f"{number}-{row.name}")
                self._names.setdefault(again.shown, 1)
                names.append(again.shown)
                binary = self._directory.resolve({"reference": row.address}, one.resource) if row.address else None
                if binary is not None:  # who signs the content signs the document
                    self._files_of[id(binary)] = (*self._files_of.get(id(binary), ()), again.shown)
                yield again
            else:
                yield row
        self._files_of[id(one.resource)] = tuple(names)

    def _bill(self, one: Found) -> Iterator[Any]:
        try:
            bill = as_bill(one.resource)
        except UNDECODED as wrong:
            yield LostLine(
                one.file, one.place, worded("{wrong}; the claim is not read", wrong=clause(why_undecoded(wrong)))
            )
            return
        if bill.use == "preauthorization":
            doubts = (
                why_not_covered(one.resource, objects(one.resource, "item"), self._directory),
                why_not_dated(one.resource),
            )
            yield from (Problem(one.file, one.place, doubt.rstrip(".")) for doubt in doubts if doubt)
        parties = self._parties(one.resource)
        yield from read_bill(bill, one.file, one.place, self._keys, parties, keeps_requests=self.keeps_requests).rows

    def _parties(self, bill: Json) -> Parties:
        """Made for each bill: held here, it would hold what holds it, and keep a case until garbage is collected."""
        return Parties(
            partial(self._member_at, bill),
            partial(self._npi_at, bill),
            partial(self._business_at, bill),
            partial(self._diagnosis_at, bill),
            partial(self._claim_number_at, bill),
        )

    def _business_of_order(self, order: Json) -> str:
        for reference in objects(order, "insurance"):
            coverage = self._directory.resolve(reference, order)
            if coverage is not None and coverage.get("resourceType") == "Coverage":
                return business_of_coverage(coverage, self._directory)
        return ""

    def _subject(self, resource: Json) -> str:
        reference = resource.get("subject")
        address = text(reference, "reference") if isinstance(reference, dict) else ""
        return self._member(reference, address, resource).member_id

    def _member_at(self, bill: Json, reference: Reference) -> Insured:
        number = reference.identifier
        named = {"system": number.system, "value": number.value} if number else {}
        return self._member({"reference": reference.reference, "identifier": named}, reference.reference, bill)

    def _member(self, reference: object, address: str, within: Json) -> Insured:
        patient = self._directory.resolve(reference, within)
        address = address.split("/_history/", 1)[0]
        own = address.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        if patient is None or patient.get("resourceType") != "Patient":
            return Insured(address if self._directory.has_id(f"Patient/{own}") else own)
        patient, doubt = current(patient, self._directory)
        own = text(patient, "id") or own
        insured = Insured(member_number(patient) or own, self._persons.name_of(patient))
        if insured not in self._members:
            member = member_of(patient, insured.member_id)._replace(patient=insured.patient)
            self._members[insured] = member
            if doubt:
                self.problems.append(Unread("", f"Patient/{text(patient, 'id')}", doubt))
            if patient.get("birthDate") and member.birth_date is None:
                place = f"Patient/{text(patient, 'id')}"
                self.problems.append(Problem("", place, "its birthDate names no day; it was left out"))
                self.values_lost.append(LostValue("members", "birth_date", insured.member_id))
        return insured

    def _npi_at(self, bill: Json, reference: Reference) -> str:
        return npi_at(reference.reference, self._directory, bill)

    def _business_at(self, bill: Json, reference: Reference) -> str:
        return business_at(reference.reference, self._directory, bill)

    def _diagnosis_at(self, bill: Json, reference: Reference, _: Reference | None) -> Concept | None:
        return diagnosed_at(reference.reference, bill, self._directory)

    def _claim_number_at(self, bill: Json, reference: Reference) -> str:
        claim = self._directory.at(reference.reference, bill)
        return identifier_of(claim) if claim else ""


def _is_billed(one: Found) -> bool:
    """Whether a resource is a bill, and no request for authorization."""
    return one.resource.get("resourceType") in BILLS and one.resource.get("use") == "claim"


def _is_request(one: Found) -> bool:
    """Whether a resource asks for authorization."""
    return one.resource.get("resourceType") in BILLS and one.resource.get("use") == "preauthorization"
