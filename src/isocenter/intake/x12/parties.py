"""Follows the hierarchy of an 837 transaction: who bills, who is insured, who was treated."""

from collections.abc import Callable
from functools import partial

from isocenter.intake.x12.elements import (
    Coverage,
    Npi,
    Remembered,
    doubt_of_payer,
    moment_of,
    read_coverage,
    read_elements,
    read_npi,
)
from isocenter.intake.x12.patients import Dependent
from isocenter.intake.x12.rows import Row
from isocenter.intake.x12.segments import Cursor, Delimiters
from isocenter.terms.problems import LostLine, Problem, worded

Handler = Callable[[str], None]

_REPORTING = "RP"  # BHT06 of encounters that a plan reports; claims to be paid have CH
_KINDS_OF_NUMBERS = frozenset({"MI", "II", "ZZ"})  # NM108 of a member: what kind of number NM109 is

BILLING_LEVEL, SUBSCRIBER_LEVEL, PATIENT_LEVEL = "20", "22", "23"

# Where in a transaction the reader is; a claim that is skipped lasts to the next CLM, HL or SE.
IN_PARTIES, IN_CLAIM, IN_OTHER_PAYER, IN_LINE, AFTER_LINE, SKIPPING = range(6)

# Segments of the guides that hold nothing a review of claims asks for.
PASSED_OVER = (
    *("PER", "PRV", "CUR", "N2", "N3", "N4", "UC"),
    *("CL1", "PWK", "CN1", "AMT", "K3", "NTE", "CR1", "CR2", "CR3", "CRC", "HCP", "QTY"),
    *("CAS", "OI", "MIA", "MOA", "SV5", "MEA", "PS1", "LIN", "CTP", "SVD", "LQ", "FRM"),
)


class PartyReader:
    """The billing provider, the subscriber and the patient in force; finished rows gather in `rows`."""

    # Slots, for beyond thirty attributes a plain object is markedly slower.
    __slots__ = (
        "_billing_level",
        "_billing_npi",
        "_component",
        "_cursor",
        "_is_of_encounters",
        "_line_of_business",
        "_loop",
        "_member_id",
        "_names",
        "_npis",
        "_path",
        "_patient",
        "_payer_names",
        "_payers",
        "_said",
        "_separator",
        "_setting",
        "_submitter_id",
        "_subscriber_id",
        "_subscriber_level",
        "_written_at",
        "rows",
    )

    def __init__(self, path: str, cursor: Cursor) -> None:
        self.rows: list[Row] = []
        self._path = path
        self._cursor = cursor
        self._said: set[str] = set()  # doubts that are named once a file

    def use(self, delimiters: Delimiters) -> None:
        """Read with these delimiters from here on."""
        separator = self._separator = delimiters.element
        self._component = delimiters.component
        self._npis = Remembered[Npi](lambda segment: read_npi(segment, separator))
        self._payer_names = {
            business: Remembered[str](partial(doubt_of_payer, separator=separator, business=business))
            for business in ("medicare", "commercial", "other")
        }
        self._payers = Remembered[Coverage](lambda segment: read_coverage(segment, separator))
        self._names: dict[str, Handler] = {entity + separator: read for entity, read in self._name_handlers().items()}

    def open(self, setting: str, written_at: str) -> None:
        """Begin a transaction of this setting, of a group or interchange that was written at this time."""
        self._setting, self._written_at = setting, written_at
        self._loop = IN_PARTIES
        self._is_of_encounters = False
        self._billing_level = self._subscriber_level = ""
        self._submitter_id = self._billing_npi = self._subscriber_id = self._member_id = self._line_of_business = ""
        self._patient: Dependent | None = None

    def handlers(self) -> dict[str, Handler | None]:
        """What to do with a segment, by its first three characters; None passes it over."""
        return {
            **{(name + self._separator)[:3]: None for name in PASSED_OVER},
            "HL" + self._separator: self._level,
            "BHT": self._beginning,
            "SBR": self._payer,
            "NM1": self._name,
            "PAT": self._relationship,
            "DMG": self._birth,
        }

    def _name_handlers(self) -> dict[str, Handler]:
        return {
            "41": self._submitter,
            "IL": self._subscriber,
            "PR": self._payer_name,
            "QC": self._dependent,
            "85": self._billing_provider,
        }

    def _beginning(self, segment: str) -> None:
        """BHT: what it is for, and when it was written, which a clearinghouse may pass on in its own interchange."""
        elements = read_elements(segment, self._separator, 7)
        self._is_of_encounters = elements[6] == _REPORTING
        self._written_at = moment_of(elements[4], elements[5]) or self._written_at

    def _leave_claim(self) -> None:
        """A claim ends where the next level of the hierarchy begins."""
        raise NotImplementedError

    def _level(self, segment: str) -> None:
        if self._loop != IN_PARTIES:
            self._leave_claim()
        elements = segment.split(self._separator, 4)
        if len(elements) < 4:
            elements = read_elements(segment, self._separator, 4)
        number, level = elements[1], elements[3]
        self._patient = Dependent() if level == PATIENT_LEVEL else None
        if level == SUBSCRIBER_LEVEL:
            self._subscriber_level = number
            self._subscriber_id = self._member_id = self._line_of_business = ""
            above = self._billing_level
        elif level == PATIENT_LEVEL:
            self._member_id = self._subscriber_id
            above = self._subscriber_level
        elif level == BILLING_LEVEL:
            self._billing_level, self._subscriber_level = number, ""
            self._billing_npi = self._subscriber_id = self._member_id = self._line_of_business = ""
            above = ""
        else:
            self._subscriber_id = self._member_id = above = ""
            self._doubt(
                worded(
                    "HL {number} is of level {level!r}; 20 (billing provider), 22 (subscriber) or 23 (patient) is "
                    "expected",
                    number=number,
                    level=level,
                )
            )
        if above != elements[2]:
            self._doubt(
                worded(
                    "HL {number} names {value!r} as the level above it; {above!r}, the last one before it, is "
                    "expected; its claims are read as below that one",
                    number=number,
                    value=elements[2],
                    above=above,
                )
            )

    def _payer(self, segment: str) -> None:
        """SBR: the payer this claim goes to or, within a claim, another payer whose loop is passed over."""
        if self._loop == IN_PARTIES:
            self._line_of_business, doubt = self._payers[segment]
            if doubt and doubt not in self._said:
                self._said.add(doubt)
                self._doubt(doubt)
        elif self._loop == IN_CLAIM:
            self._loop = IN_OTHER_PAYER

    def _payer_name(self, segment: str) -> None:
        """NM1*PR: a supplement to Medicare may be filed as Medicare, and a plan of Medicare as another's."""
        names = self._payer_names.get(self._line_of_business)
        if self._loop == IN_PARTIES and names is not None:
            doubt = names[segment]
            if doubt:
                self._line_of_business = ""
                if doubt not in self._said:
                    self._said.add(doubt)
                    self._doubt(doubt)

    def _name(self, segment: str) -> None:
        read = self._names.get(segment[4:7])
        if read is not None:
            read(segment)

    def _submitter(self, segment: str) -> None:
        if self._loop == IN_PARTIES:
            self._submitter_id = read_elements(segment, self._separator, 10)[9]

    def _subscriber(self, segment: str) -> None:
        if self._loop == IN_PARTIES:
            elements = segment.split(self._separator, 10)
            number = elements[9].strip() if len(elements) > 9 else ""
            self._subscriber_id = self._member_id = self._own_number(number, "IL") if len(number) == 2 else number

    def _dependent(self, segment: str) -> None:
        if self._loop == IN_PARTIES:
            elements = read_elements(segment, self._separator, 10)
            own_number = self._own_number(elements[9].strip(), "QC")
            if own_number and own_number != self._subscriber_id:
                self._member_id, self._patient = own_number, None  # a number of one person
            elif self._patient is not None:
                self._patient = self._patient._replace(given_name=elements[4].strip())

    def _own_number(self, number: str, entity: str) -> str:
        """The number of a person; '' where the kind of number stands in its place, as a name with a separator does."""
        if number not in _KINDS_OF_NUMBERS:
            return number
        self._doubt(
            worded(
                "NM1*{entity} gives {number!r}, a kind of number, in the place of the number (NM109); a name with "
                "the separator {separator!r} in it moves what follows; the number is not read",
                entity=entity,
                number=number,
                separator=self._separator,
            )
        )
        return ""

    def _relationship(self, segment: str) -> None:
        if self._loop == IN_PARTIES and self._patient is not None:
            self._patient = self._patient._replace(relationship=read_elements(segment, self._separator, 2)[1].strip())

    def _birth(self, segment: str) -> None:
        if self._loop == IN_PARTIES and self._patient is not None:
            self._patient = self._patient._replace(birth=read_elements(segment, self._separator, 3)[2].strip())

    def _billing_provider(self, segment: str) -> None:
        if self._loop == IN_PARTIES:
            self._billing_npi = self._npi_in(segment)

    def _npi_in(self, segment: str) -> str:
        npi, doubt = self._npis[segment]
        if doubt:
            self._doubt(doubt)
        return npi

    def _doubt(self, sentence: str) -> None:
        self.rows.append(Problem(self._path, self._cursor.place, sentence))

    def _lose(self, sentence: str, procedure_code: str = "") -> None:
        """Say why a line, or a claim, is not kept; the code of the line where it was read."""
        lost = LostLine(self._path, self._cursor.place, sentence)
        self.rows.append(lost.of_line(procedure_code, self._member_id))
