"""Follows the claims below a subscriber or patient: number, frequency, diagnoses, providers."""

from isocenter.intake.fhir.answered_in_bulk import AnsweredClaims
from isocenter.intake.x12.elements import (
    Diagnoses,
    Facility,
    Period,
    Pointers,
    Remembered,
    read_amount,
    read_diagnoses,
    read_elements,
    read_facility,
    read_period,
)
from isocenter.intake.x12.parties import (
    IN_CLAIM,
    IN_PARTIES,
    SKIPPING,
    Handler,
    PartyReader,
)
from isocenter.intake.x12.rows import Tally
from isocenter.intake.x12.segments import Cursor, Delimiters
from isocenter.intake.x12.transactions import Transactions
from isocenter.terms.claims import ClaimDiagnosis
from isocenter.terms.problems import clause, worded


class ClaimKeys:
    """Keys of claims by the biller's numbers: the number itself, and a further key where it comes again."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}
        # Of resources that may come again in a later version: by their id number, patient, version and key.
        self.bills: dict[str, tuple[str, str, int, str]] = {}
        self.superseded: dict[str, tuple[str, str]] = {}  # keys of earlier versions: file and place of the later one
        self.transactions = Transactions()
        self.answered = AnsweredClaims()

    def next_key(self, number: str) -> str:
        """A key that no claim has yet; the second claim of a number gets it with #2."""
        times = self._given.get(number, 0) + 1
        while times > 1 and f"{number}#{times}" in self._given:
            times += 1
        self._given[number] = times
        if times == 1:
            return number
        key = f"{number}#{times}"
        self._given[key] = 1
        return key


_A_DOLLAR = 1.0  # less may come of rounding
_CHART_REVIEW = ("09", "AA")  # PWK01 and PWK02 of an encounter that adds or deletes diagnoses of another
SUPERSEDING = {"7": "replaces", "8": "voids"}


class ClaimReader(PartyReader):
    """The claim in hand, on top of its parties."""

    __slots__ = (
        "_attending_npi",
        "_bill_type",
        "_charged",
        "_claim_id",
        "_diagnoses",
        "_facilities",
        "_frequency",
        "_has_principal",
        "_keys",
        "_line_number",
        "_original_claim_id",
        "_other_diagnoses",
        "_patient_account_number",
        "_periods",
        "_place_of_service",
        "_pointed",
        "_rendering_npi",
        "_statement",
        "_supervising_npi",
        "_total",
        "claims_in_transaction",
        "unlike_total",
    )

    def __init__(self, path: str, cursor: Cursor, keys: ClaimKeys) -> None:
        super().__init__(path, cursor)
        self._keys = keys
        self.claims_in_transaction: list[str] = []  # their keys
        self.unlike_total = Tally()
        self._total: float | None = None
        self._charged: float | None = 0.0  # by the lines so far; None where one of them was not read
        self._pointed: set[Pointers] = set()
        self._rendering_npi: str | None = None
        self._statement: Period | None = None

    def use(self, delimiters: Delimiters) -> None:
        """Read with these delimiters from here on."""
        super().use(delimiters)
        separator, component = delimiters.element, delimiters.component
        self._diagnoses = Remembered[Diagnoses](lambda segment: read_diagnoses(segment, separator, component))
        self._periods = Remembered[Period](lambda segment: read_period(segment, separator))
        self._facilities = Remembered[Facility](lambda text: read_facility(text, component, self._setting))

    def open(self, setting: str, written_at: str) -> None:
        """Begin a transaction of this setting, of a group or interchange that was written at this time."""
        super().open(setting, written_at)
        self.claims_in_transaction.clear()
        self._facilities.clear()  # CLM05 means another thing in another setting
        self._forget_claim()

    def close(self) -> str:
        """End the transaction; the number of the claim that it ends in, '' when there is none."""
        number = self._patient_account_number if self._claim_id else ""
        self._leave_claim()
        return number

    def handlers(self) -> dict[str, Handler | None]:
        """What to do with a segment, by its first three characters; None passes it over."""
        return {
            **super().handlers(),
            "CLM": self._claim,
            "REF": self._reference,
            "PWK": self._attachment,
            "HI" + self._separator: self._diagnosis,
            "DTP": self._date,
        }

    def _name_handlers(self) -> dict[str, Handler]:
        return {
            **super()._name_handlers(),
            "71": self._attending_provider,
        }

    def _claim(self, segment: str) -> None:
        if self._loop != IN_PARTIES:
            self._leave_claim()
        elements = segment.split(self._separator, 6)
        number = elements[1].strip() if len(elements) > 1 else ""
        place, bill_type, frequency, doubt = self._facilities[elements[5] if len(elements) > 5 else ""]
        refused = self._why_refused(number)
        if refused:
            self._lose(worded("{refused}; the claim is not read", refused=clause(refused)))
            self._loop = SKIPPING
            return
        self._forget_claim()
        # CLM01 is the provider's number of an account: claims of other weeks, patients and practices may have it.
        self._loop, self._claim_id, self._patient_account_number = IN_CLAIM, self._keys.next_key(number), number
        self.claims_in_transaction.append(self._claim_id)
        self._place_of_service, self._bill_type, self._frequency = place, bill_type, frequency
        self._total = read_amount(elements[2].strip()) if len(elements) > 2 else None
        if doubt:
            self._doubt(worded("claim {number}: {doubt}", number=number, doubt=clause(doubt)))

    def _why_refused(self, number: str) -> str:
        if not number:
            return "CLM has no claim number; CLM01 is expected"
        if not self._member_id:
            return worded("claim {number} has no member number; NM1*IL with NM109 is expected before it", number=number)
        return ""

    def _forget_claim(self) -> None:
        """Nothing of an earlier claim stays in force."""
        self._claim_id = self._patient_account_number = self._original_claim_id = ""
        self._rendering_npi = self._statement = None
        self._attending_npi = self._supervising_npi = ""
        self._other_diagnoses = self._line_number = 0
        self._total, self._charged = None, 0.0
        self._has_principal = False
        self._pointed.clear()

    def _leave_line(self) -> None:
        """A line ends where the next line or claim begins."""
        raise NotImplementedError

    def _leave_claim(self) -> None:
        self._leave_line()
        if self._claim_id:
            if not self._line_number:
                self._lose(
                    worded(
                        "claim {patient_account_number} ends without a service line; LX is expected",
                        patient_account_number=self._patient_account_number,
                    )
                )
            if self._frequency in SUPERSEDING and not self._original_claim_id:
                self._doubt(
                    worded(
                        "claim {patient_account_number} {value} another (frequency {frequency}) and does not give the "
                        "payer's number of it (REF*F8); that claim is looked for by its own number, member and days",
                        patient_account_number=self._patient_account_number,
                        value=clause(SUPERSEDING[self._frequency]),
                        frequency=self._frequency,
                    )
                )
            self._expect_diagnoses_pointed_to()
            self._expect_the_total()
            self._expect_codes_of_a_correction()
            self._claim_id = ""
        self._loop = IN_PARTIES

    def _expect_codes_of_a_correction(self) -> None:
        """A claim that corrects another has a line that is kept, unless its lines were lost."""
        raise NotImplementedError

    def _expect_diagnoses_pointed_to(self) -> None:
        """A line that points past the diagnoses of its claim may be for a site that nothing names."""
        listed = self._other_diagnoses + 1
        places = {place for pointers in self._pointed for place in pointers if place and place > listed}
        if places and (self._has_principal or self._other_diagnoses):
            self._doubt(
                worded(
                    "claim {number}: a line points to diagnosis {place}, and the claim lists {listed}; the pointer "
                    "names no diagnosis",
                    number=self._patient_account_number,
                    place=max(places),
                    listed=listed,
                )
            )

    def _expect_the_total(self) -> None:
        """A claim that charges more than its lines may lack some of them."""
        if self._total is None or self._charged is None or not self._line_number:
            return
        if abs(self._total - self._charged) >= _A_DOLLAR:
            self.unlike_total.add(
                worded(
                    "claim {number} (CLM02 is {total}, its lines charge {charged})",
                    number=self._patient_account_number,
                    total=f"{self._total:.2f}",
                    charged=f"{self._charged:.2f}",
                )
            )

    def _lose(self, sentence: str, procedure_code: str = "") -> None:
        self._charged = None
        super()._lose(sentence, procedure_code)

    def _reference(self, segment: str) -> None:
        if self._loop == IN_CLAIM and segment[4:6] == "F8":
            self._original_claim_id = read_elements(segment, self._separator, 3)[2]

    def _attachment(self, segment: str) -> None:
        """PWK: among encounters, a progress report on request marks a record of a chart review, which bills nothing."""
        if self._loop == IN_CLAIM and self._is_of_encounters:
            _, report, sent = read_elements(segment, self._separator, 3)[:3]
            if (report, sent) == _CHART_REVIEW:
                self._keys.transactions.add_chart_review(self._path, self._cursor.place, self._claim_id)

    def _diagnosis(self, segment: str) -> None:
        if self._loop != IN_CLAIM:
            return
        codes, doubts = self._diagnoses[segment]
        for doubt in doubts:
            self._doubt(
                worded(
                    "claim {patient_account_number}: {doubt}",
                    patient_account_number=self._patient_account_number,
                    doubt=clause(doubt),
                )
            )
        # What cannot be read keeps its place: lines point to diagnoses by their places.
        for is_principal, icd10 in codes:
            if is_principal and not self._has_principal:
                self._has_principal = True
                position = 1
            else:
                self._other_diagnoses += 1
                position = self._other_diagnoses + 1
            if icd10:
                self.rows.append(tuple.__new__(ClaimDiagnosis, (self._claim_id, icd10, position, self._member_id)))

    def _date(self, segment: str) -> None:
        if self._loop == IN_CLAIM and segment[4:7] == "434":
            self._statement = self._periods[segment]

    def _attending_provider(self, segment: str) -> None:
        if self._loop == IN_CLAIM:
            self._attending_npi = self._npi_in(segment)

    def _claim_rendering_npi(self) -> str:
        if self._rendering_npi is not None:
            return self._rendering_npi
        # The guides leave the rendering provider out when billing (attending, in a hospital) did it.
        return self._attending_npi if self._setting == "institutional" else self._billing_npi
