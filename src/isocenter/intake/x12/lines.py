"""Follows the service lines of a claim and builds the row of each."""

from datetime import date

from isocenter.intake.x12.claims import SUPERSEDING, ClaimKeys, ClaimReader
from isocenter.intake.x12.elements import (
    Period,
    Remembered,
    Service,
    read_institutional_service,
    read_professional_service,
)
from isocenter.intake.x12.parties import AFTER_LINE, IN_CLAIM, IN_LINE, IN_PARTIES, SKIPPING, Handler
from isocenter.intake.x12.rows import Tally
from isocenter.intake.x12.segments import Cursor, Delimiters
from isocenter.terms.claims import SUBSCRIBER, ClaimLine
from isocenter.terms.problems import clause, worded
from isocenter.terms.revenue import CORRECTION_WITHOUT_CODES, may_be_radiation, unnamed_radiation

MOST_PLAIN_LINES = 999

LineInHand = tuple[int, Service, date, date | None]


class LineReader(ClaimReader):
    """The service line in hand, on top of its claim.

    A row is built when its line ends, for what the line itself says of a provider follows its SV1.
    """

    __slots__ = (
        "_control_number",
        "_has_revenue_alone",
        "_line_ends",
        "_line_rendering_npi",
        "_line_supervising_npi",
        "_openings",
        "_period",
        "_plain_days",
        "_plain_services",
        "_service_date_opening",
        "_service_in_hand",
        "_service_segment",
        "misnumbered",
        "revenue_alone",
        "service_lines",
        "undated",
    )

    def __init__(self, path: str, cursor: Cursor, keys: ClaimKeys) -> None:
        super().__init__(path, cursor, keys)
        self.service_lines = 0
        self.revenue_alone, self.undated, self.misnumbered = Tally(), Tally(), Tally()
        self._has_revenue_alone = False  # the claim in hand
        self._service_segment = ""
        self._service_in_hand: Service | None = None
        self._period: Period | None = None
        self._line_rendering_npi: str | None = None
        self._line_supervising_npi: str | None = None

    def use(self, delimiters: Delimiters) -> None:
        """Read with these delimiters from here on."""
        super().use(delimiters)
        separator = delimiters.element
        self._openings = [f"LX{separator}{number}" for number in range(MOST_PLAIN_LINES + 2)]
        self._service_date_opening = f"DTP{separator}472{separator}"
        self._control_number = f"REF{separator}6R"
        self._line_ends = {"LX" + separator, "HL" + separator, "SE" + separator, "CLM"}
        self._plain_services = Remembered[Service | None](self._plain_service)
        self._plain_days = Remembered[date | None](self._plain_day)

    def open(self, setting: str, written_at: str) -> None:
        """Begin a transaction of this setting, of a group or interchange that was written at this time."""
        super().open(setting, written_at)
        service_segment = "SV2" if setting == "institutional" else "SV1"
        if service_segment != self._service_segment:
            self._service_segment = service_segment
            self._plain_services.clear()

    def handlers(self) -> dict[str, Handler | None]:
        """What to do with a segment, by its first three characters; None passes it over."""
        return {
            **super().handlers(),
            "LX" + self._separator: self._line,
            "SV1": self._service,
            "SV2": self._service,
        }

    def _name_handlers(self) -> dict[str, Handler]:
        return {
            **super()._name_handlers(),
            "82": self._rendering_provider,
            "DQ": self._supervising_provider,
        }

    def _leave_line(self) -> None:
        if self._loop == IN_LINE:
            self._close_line()

    def _forget_claim(self) -> None:
        super()._forget_claim()
        self._has_revenue_alone = False

    def _expect_codes_of_a_correction(self) -> None:
        if self._frequency in SUPERSEDING and self._has_revenue_alone and not self._pointed:
            number = self._patient_account_number
            self._lose(worded("claim {number}: {why}", number=number, why=clause(CORRECTION_WITHOUT_CODES)))

    def _line(self, segment: str) -> None:
        if self._loop == IN_LINE:
            self._close_line()
        if self._loop == IN_PARTIES:
            self._doubt("LX is outside a claim; CLM is expected before it; the line is not read")
            return
        if self._loop == SKIPPING:
            return
        if not self._read_plain_lines():
            self._open_line(segment)

    def _read_plain_lines(self) -> bool:
        """Read at one go the lines from here on that hold a service, a day and at most a control number.

        Most lines are such, and thousands of them bill the same service or day. Whatever differs is left
        to the handlers of the single segments.
        """
        segments, start = self._cursor.ahead()
        services, days, openings = self._plain_services, self._plain_days, self._openings
        here, number = start, self._line_number
        lines: list[LineInHand] = []
        try:
            while segments[here] == openings[number + 1]:
                service, day = services[segments[here + 1]], days[segments[here + 2]]
                if service is None or day is None:
                    break
                end = here + 3
                following = segments[end]
                if following != openings[number + 2]:
                    if following[:6] == self._control_number:
                        end += 1
                        following = segments[end]
                    if following[:3] not in self._line_ends:
                        break
                here = end
                number += 1
                lines.append((number, service, day, None))
        except IndexError:
            pass  # the line goes on in the next batch: the handlers take it from here
        if lines:
            self._line_number = number
            self.service_lines += len(lines)
            self._loop = AFTER_LINE
            self._cursor.skip(here - start - 1)
            self._keep(lines, self._claim_rendering_npi(), self._supervising_npi)
        return bool(lines)

    def _open_line(self, segment: str) -> None:
        self._loop = IN_LINE
        number = self._line_number + 1
        written = segment[3:].strip()
        self._line_number = number if written == str(number) else self._unexpected_line_number(written, number)
        self._service_in_hand = None
        self._period = None
        self._line_rendering_npi = None
        self._line_supervising_npi = None

    def _unexpected_line_number(self, written: str, next_number: int) -> int:
        """The number itself when it is free, as one after a gap is; else the next free one."""
        if written.isdecimal() and len(written) <= 6 and int(written) >= next_number:
            return int(written)
        self.misnumbered.add(
            worded(
                "LX*{written} of claim {number} ({place}), kept as line {next_number}",
                written=written,
                number=self._patient_account_number,
                place=self._cursor.place,
                next_number=next_number,
            )
        )
        return next_number

    def _service(self, segment: str) -> None:
        self.service_lines += 1
        if self._loop != IN_LINE:
            if self._loop != SKIPPING:
                self._lose(
                    worded("{value} is outside a service line; LX is expected; it is not read", value=segment[:3])
                )
            return
        if segment[:3] != self._service_segment or self._service_in_hand is not None:
            self._lose(
                worded(
                    "{where}: a further {value} in a {setting} claim; one {service_segment} a line is expected; this "
                    "one is not read",
                    where=self._where(),
                    value=segment[:3],
                    setting=self._setting,
                    service_segment=self._service_segment,
                )
            )
            return
        service = self._service_in_hand = self._plain_services[segment] or self._read_service(segment)
        if service.refused:
            self._lose(
                worded(
                    "{where}: {refused}; the line is not kept", where=self._where(), refused=clause(service.refused)
                ),
                service.procedure_code,
            )
        for doubt in service.doubts:
            self._doubt(worded("{where}: {doubt}", where=self._where(), doubt=clause(doubt)))

    def _read_service(self, segment: str) -> Service:
        read = read_institutional_service if self._setting == "institutional" else read_professional_service
        return read(segment, self._separator, self._component)

    def _plain_service(self, segment: str) -> Service | None:
        """The service of a segment that needs no further word, or None."""
        if segment[:3] != self._service_segment:
            return None
        service = self._read_service(segment)
        return service if service.procedure_code and not (service.refused or service.doubts) else None

    def _plain_day(self, segment: str) -> date | None:
        """The single service date that a segment gives, or None."""
        if not segment.startswith(self._service_date_opening):
            return None
        first, last, _ = self._periods[segment]
        return first if first == last else None

    def _date(self, segment: str) -> None:
        if self._loop != IN_LINE:
            super()._date(segment)
        elif segment[4:7] == "472":
            if self._period is not None:
                self._doubt(
                    worded("{where}: a second DTP*472; one is expected; the first one counts", where=self._where())
                )
                return
            self._period = self._periods[segment]

    def _rendering_provider(self, segment: str) -> None:
        if self._loop == IN_CLAIM:
            self._rendering_npi = self._npi_in(segment)
        elif self._loop == IN_LINE:
            self._line_rendering_npi = self._npi_in(segment)

    def _supervising_provider(self, segment: str) -> None:
        if self._loop == IN_CLAIM:
            self._supervising_npi = self._npi_in(segment)
        elif self._loop == IN_LINE:
            self._line_supervising_npi = self._npi_in(segment)

    def _close_line(self) -> None:
        """Build the row of the line that ends here, or say why there is none."""
        service = self._service_in_hand
        if service is None:
            self._lose(
                worded(
                    "{where} ends without {service_segment}; the line is not kept",
                    where=self._where(),
                    service_segment=self._service_segment,
                )
            )
            return
        if service.refused:
            return
        if not service.procedure_code:
            if may_be_radiation(service.revenue_code, self._bill_type):
                why = unnamed_radiation(service.revenue_code)
                self._lose(worded("{where}: {why}; the line is not kept", where=self._where(), why=why))
            else:
                self.revenue_alone.add(self._where())
                self._has_revenue_alone = True
            self._charged = _added(self._charged, service.charge_amount)
            return
        first, last = self._service_days()
        if first is None:
            return
        rendering_npi, supervising_npi = self._line_rendering_npi, self._line_supervising_npi
        self._keep(
            [(self._line_number, service, first, last)],
            self._claim_rendering_npi() if rendering_npi is None else rendering_npi,
            self._supervising_npi if supervising_npi is None else supervising_npi,
        )

    def _keep(self, lines: list[LineInHand], rendering_npi: str, supervising_npi: str) -> None:
        """Build the rows of lines of the claim in hand."""
        claim_id, claim_place = self._claim_id, self._place_of_service
        number_of_account, submitter_id = self._patient_account_number, self._submitter_id
        member_id, billing_npi, line_of_business = self._member_id, self._billing_npi, self._line_of_business
        setting, bill_type, frequency = self._setting, self._bill_type, self._frequency
        original_claim_id = self._original_claim_id
        patient = self._patient.name if self._patient else SUBSCRIBER
        written_at, charged = self._written_at, self._charged
        # A row's own constructor costs as much again as all else here.
        new, rows, pointed = tuple.__new__, self.rows, self._pointed
        for number, service, service_date, last_service_date in lines:
            code, first, second, third, fourth, charge, units, place, revenue_code, _, _, pointers = service
            pointed.add(pointers)
            charged = _added(charged, charge)
            rows.append(
                new(
                    ClaimLine,
                    (
                        f"{claim_id}-{number}",
                        claim_id,
                        number,
                        "",
                        member_id,
                        service_date,
                        code,
                        units,
                        first,
                        second,
                        third,
                        fourth,
                        place or claim_place,
                        setting,
                        rendering_npi,
                        billing_npi,
                        supervising_npi,
                        bill_type,
                        revenue_code,
                        line_of_business,
                        frequency,
                        original_claim_id,
                        charge,
                        None,
                        last_service_date,
                        number_of_account,
                        "",
                        submitter_id,
                        *pointers,
                        patient,
                        written_at,
                        "",
                    ),
                )
            )
        self._charged = charged

    def _service_days(self) -> tuple[date | None, date | None]:
        """The line's first day, and its last where it covers several; an institutional line may have none of its own.

        Such a line is of the days of its statement.
        """
        period = self._period
        code = self._service_in_hand.procedure_code if self._service_in_hand is not None else ""
        if period is None and self._setting == "institutional":
            period = self._statement
            if period is not None and period.first != period.last:
                self.undated.add(self._where())
        if period is None:
            statement = " nor the claim a statement date (DTP*434)" if self._setting == "institutional" else ""
            self._lose(
                worded(
                    "{where} ends without a service date (DTP*472){statement}; the line is not kept",
                    where=self._where(),
                    statement=clause(statement),
                ),
                code,
            )
            return None, None
        first, last, refused = period
        if refused:
            why = worded("{where}: {refused}; the line is not kept", where=self._where(), refused=clause(refused))
            self._lose(why, code)
        return first, last if last != first else None

    def _where(self) -> str:
        number, line = self._patient_account_number, self._line_number
        return worded("claim {number} line {line}", number=number, line=line)


def _added(charged: float | None, amount: float | None) -> float | None:
    """What several lines charge; None where one of them does not say it."""
    return None if charged is None or amount is None else charged + amount
