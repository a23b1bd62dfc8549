"""Reads bulk files of FHIR claims and explanations of benefit while they stream by, one a line or in a bundle."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from sys import intern

import msgspec

from isocenter.files.texts import shown
from isocenter.intake.fhir.answered_claims import is_an_answer
from isocenter.intake.fhir.bill_parties import Parties, member_of, numbers_of
from isocenter.intake.fhir.bills import read_bill
from isocenter.intake.fhir.incomplete import pages_missing, why_incomplete
from isocenter.intake.fhir.kinds import BILLS, Others
from isocenter.intake.fhir.repeated_members import repeats_a_member
from isocenter.intake.fhir.resources import (
    CONTAINERS,
    NO_RESOURCE,
    UTF8_MARK,
    Found,
    Json,
    read_resources,
    resources_of_line,
)
from isocenter.intake.fhir.services import Service, billing_of
from isocenter.intake.fhir.shapes import UNDECODED, Bill, decode, plain
from isocenter.intake.fhir.usual_services import LineScanner, usual_services, without_services
from isocenter.intake.fhir.versions import LEFT_OUT, Order, compared, version_of_bill
from isocenter.intake.x12.claims import ClaimKeys
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.limits import LINE_CHARACTERS
from isocenter.terms.problems import LostLine, Problem, worded

_READ_BYTES = 1 << 20
_DECODER = msgspec.json.Decoder(Bill, strict=False)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
# Where a resource is, what it holds or why it is not one, and the services of a bill that were read before it.
_Decoded = tuple[str, Bill | str, Sequence[Service] | None]


def as_bill(resource: Json) -> Bill:
    """A resource in the shape of a bill; raises one of UNDECODED where a member has another shape."""
    return decode(_DECODER, _ENCODER.encode(resource))


class BillFile:
    """One bulk file of claims or explanations of benefit, one a line or in a bundle, read as it is gone through once.

    References are followed by `parties`; without them members are named by the ids of their Patients, and only what a
    claim itself holds is used. `service_lines`, `revenue_lines` and `left_out_lines` then hold how many service lines
    the file has, kept or not, how many of them bill revenue without a procedure, and how many are of bills that bill
    nothing any more.
    """

    def __init__(self, path: Path, keys: ClaimKeys | None = None, parties: Parties | None = None) -> None:
        """Files that are read together share their `keys`, so that no two claims have the same one."""
        self._path = path
        self._keys = keys or ClaimKeys()
        self._parties = parties
        self.service_lines = 0
        self.revenue_lines = 0
        self.left_out_lines = 0
        self.is_cut_short = False  # the last resource is none: it, and what would follow, may be claims

    def __iter__(self) -> Iterator[ClaimLine | ClaimDiagnosis | Problem]:
        """The rows of every claim in the order of the file, and what could not be read."""
        name = str(self._path)
        others = Others()
        for place, bill, services in self._bills():
            self.is_cut_short = isinstance(bill, str)
            if isinstance(bill, str):
                yield LostLine(name, place, bill)
            elif bill.resourceType in BILLS:
                yield from self._read(bill, services, name, place)
            elif not bill.resourceType:
                yield LostLine(name, place, f"{NO_RESOURCE}; it was left out")
            elif bill.resourceType == "OperationOutcome":
                yield from why_incomplete(Found({"issue": plain(bill.issue)}, name, place))
            elif bill.resourceType == "Bundle":
                yield from pages_missing([Found({"resourceType": "Bundle", "link": plain(bill.link)}, name, place)])
            elif unread := others.see(bill.resourceType, name, place):
                yield LostLine(*unread)
        yield from others.problems()

    def _read(
        self, bill: Bill, services: Sequence[Service] | None, name: str, place: str
    ) -> Sequence[ClaimLine | ClaimDiagnosis | Problem]:
        """The rows of a bill in the version that counts; an earlier version that was read before is superseded."""
        many = len(bill.item if services is None else services)
        self.service_lines += many
        bills, version, key = self._keys.bills, version_of_bill(bill), bill.id
        if key and key in bills:
            number, patient = _number_of(bill), _patient_of(bill)
            if bills[key][:2] != (number, patient):  # ids alone come again elsewhere
                key = f"{key} {patient} {number}"
            before = bills.get(key)
            if before is not None:
                order = compared(version, before[2])
                if order is not Order.LATER:
                    if order is Order.UNKNOWN:
                        lost = LostLine(name, place, worded(LEFT_OUT[order]))
                        return [lost.of_line("", member_of(bill, self._parties).member_id)]
                    self.left_out_lines += many
                    return [Problem(name, place, worded(LEFT_OUT[order]))]
                if before[3]:
                    self._keys.superseded[before[3]] = (name, place)
        read = read_bill(bill, name, place, self._keys, self._parties, services=services)
        if read.claim_id:
            self._note_answers(bill, services, read.claim_id, name)
        if key:
            bills[key] = (read.number or _number_of(bill), _patient_of(bill), version, read.claim_id)
        self.revenue_lines += read.revenue_items
        self.left_out_lines += read.left_out_items
        return read.rows

    def _note_answers(self, bill: Bill, services: Sequence[Service] | None, key: str, name: str) -> None:
        """Keep in mind a claim that may be answered, or an explanation of benefit that answers one."""
        is_claim = bill.resourceType == "Claim" and bill.id
        is_answer = bill.claim is not None and bill.claim.reference and is_an_answer(bill)
        if is_claim or is_answer:
            listed = [service.billing for service in services] if services is not None else map(billing_of, bill.item)
            codes = [billing.code for billing in listed]
            patient = _patient_of(bill)
            if is_claim:
                self._keys.answered.add_claim(bill.id, patient, key, codes, name)
            elif bill.claim is not None:
                self._keys.answered.add_answer(bill.claim.reference, patient, key, codes)

    def _bills(self) -> Iterator[_Decoded]:
        """Each resource, decoded as far as claims ask for it, or the sentence that says why it is not one."""
        as_bill, scan = _DECODER.decode, LineScanner(self._path.stat().st_size)
        with self._path.open("rb", _READ_BYTES) as file:
            for number, line in enumerate(file, start=1):
                if len(line) > LINE_CHARACTERS.most:
                    LINE_CHARACTERS.refuse_beyond(len(line), shown(self._path.name))
                if number == 1 and not is_whole(bare(line)):
                    break
                found = scan(line)
                services = usual_services(line, found) if found is not None and found.places else None
                try:
                    bill = as_bill(line if found is None or services is None else without_services(line, found))
                except UNDECODED:
                    yield from self._of_odd_line(bare(line), f"line {number}")
                    continue
                if found is None or bill.resourceType in CONTAINERS:
                    yield from self._with_care(line, f"line {number}")
                else:
                    yield f"line {number}", bill, services
            else:
                return
        yield from _converted(read_resources(self._path))

    def _of_odd_line(self, line: bytes, place: str) -> Iterator[_Decoded]:
        """A line that is empty, that has a mark or blanks around it, that is a container, or that is no resource."""
        if not line:
            return
        try:
            bill = decode(_DECODER, line)
        except UNDECODED:
            yield from self._with_care(line, place)
        else:
            yield from self._with_care(line, place) if repeats_a_member(line) else [(place, bill, None)]

    def _with_care(self, line: bytes, place: str) -> Iterator[_Decoded]:
        """What a line holds, read whole: a container, or what may name a member twice."""
        try:
            text = bare(line).decode()
        except UnicodeDecodeError as wrong:
            yield place, f"byte {wrong.start} of the line is not UTF-8; the line was left out", None
        else:
            yield from _converted(resources_of_line(text, place, self._path.name))


def _number_of(bill: Bill) -> str:
    """The unique number of a bill; '' where it cannot be read, which reading the bill names."""
    try:
        return numbers_of(bill)[0]
    except UNDECODED:
        return ""


def _patient_of(bill: Bill) -> str:
    """The address of a bill's patient, of which one text is kept for all bills."""
    return intern(bill.patient.reference) if bill.patient is not None else ""


def bare(line: bytes) -> bytes:
    """A line without the blanks and the mark of UTF-8 around it."""
    return line.strip().removeprefix(UTF8_MARK)


def _converted(found: Iterable[Found | Problem]) -> Iterator[_Decoded]:
    for one in found:
        if isinstance(one, Problem):
            yield one.place, one.sentence, None
            continue
        try:
            yield one.place, as_bill(one.resource), None
        except UNDECODED as wrong:
            yield one.place, f"{wrong}; it was left out", None


def is_whole(line: bytes) -> bool:
    """Whether the first line of a file holds a whole resource: if not, the file is one document over several lines."""
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except UNDECODED:
        return line.startswith(b"{") and line.endswith(b"}")
    return line.startswith(b"{")
