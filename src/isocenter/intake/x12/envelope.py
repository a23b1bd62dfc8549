"""Checks the envelope of interchanges, groups and transactions, and lets 5010 claims through."""

from isocenter.intake.x12.claims import ClaimKeys
from isocenter.intake.x12.elements import moment_of, read_elements
from isocenter.intake.x12.lines import LineReader
from isocenter.intake.x12.parties import Handler
from isocenter.intake.x12.rows import Row
from isocenter.intake.x12.segments import Batch, Cursor, Delimiters
from isocenter.intake.x12.transactions import Content
from isocenter.terms.problems import LostLine, Problem, clause, worded

SETTINGS = {"005010X222": "professional", "005010X223": "institutional"}
_OTHER_SETS = {
    "835": "remittance advice",
    "999": "acknowledgment",
    "997": "acknowledgment",
    "277": "status of claims",
    "276": "inquiry into claims",
    "270": "inquiry into eligibility",
    "271": "eligibility",
    "278": "prior authorization",
    "834": "enrollment",
    "820": "premium payment",
}
_CLAIMS = "HC"  # of GS01
_WHOLE_FILE = "whole file"
_REVENUE_ALONE = (
    "lines with a revenue code and no procedure (SV202 is empty): {count}, the first is {first}; they are not"
    " procedure lines and were left out"
)
_UNDATED = (
    "lines without a date of service (DTP*472): {count}, the first is {first}; the statement"
    " of each claim covers several days (DTP*434), and these are used; send the day of each service"
)
_MISNUMBERED = (
    "line numbers (LX) that repeat, decrease or are not numbers: {count}, the first is {first}; these lines"
    " were renumbered in the order in which they were read"
)
_UNLIKE_TOTAL = (
    "claims whose total charge (CLM02) differs from the sum of their lines: {count}, the first is {first}; lines may"
    " be missing: compare them with the claims that were sent"
)
_DENTAL = "005010X224"
EXPECTED_GUIDES = "005010X222A1 (professional) or 005010X223A2 (institutional)"


class EnvelopeReader:
    """Reads batch after batch; a transaction that is no 5010 claim is named once and passed over."""

    def __init__(self, path: str, keys: ClaimKeys) -> None:
        self._path = path
        self._transactions = keys.transactions
        self._cursor = Cursor()
        self._claims = LineReader(path, self._cursor, keys)
        self._delimiters: Delimiters | None = None
        self._handlers: dict[str, Handler | None] = {}
        self._named: set[str] = set()
        self._interchange: str | None = None
        self._group: str | None = None
        self._transaction: str | None = None
        self._is_claims = False
        self._is_of_claims = False  # the interchange: by what a group says of itself, or by a transaction
        self._is_stray = self._is_test = False
        self._content: Content | None = None  # of the transaction of claims that is open
        self._version = ""
        self._written_at = self._group_written_at = ""
        self._groups = self._transactions_read = self._transaction_start = 0
        self._passed_lines = 0
        self.is_cut_short = False  # an interchange of claims has no end: what would follow was not supplied

    @property
    def service_lines(self) -> int:
        """How many service lines stood in what was read, kept or not."""
        return self._claims.service_lines + self._passed_lines

    @property
    def revenue_lines(self) -> int:
        """How many of them bill revenue without a procedure."""
        return self._claims.revenue_alone.count

    def read(self, batch: Batch) -> list[Row]:
        """The rows that these segments complete."""
        if batch.delimiters != self._delimiters:
            self._use(batch.delimiters)
        # This loop runs for every segment of a file: it looks up, calls, and does nothing else.
        handlers = self._handlers
        for segment in self._cursor.through(batch):
            try:
                handle = handlers[segment[:3]]
            except KeyError:
                handle = self._unknown
            if handle is not None:
                handle(segment)
        if self._content is not None:
            self._content.end_batch()
        return self._take_rows()

    def finish(self) -> list[Row]:
        """What is left to say at the end of the file."""
        self._expect_closed("the file ends", self._interchange, self._group, self._transaction)
        if self._passed_lines:
            sentence = worded(
                "service lines in no transaction that is read: {passed_lines}; they are not kept",
                passed_lines=self._passed_lines,
            )
            self._claims.rows.append(LostLine(self._path, _WHOLE_FILE, sentence))
        for tally, said in (
            (self._claims.revenue_alone, _REVENUE_ALONE),
            (self._claims.undated, _UNDATED),
            (self._claims.misnumbered, _MISNUMBERED),
            (self._claims.unlike_total, _UNLIKE_TOTAL),
        ):
            if tally.count:
                sentence = worded(said, count=tally.count, first=clause(tally.first))
                self._claims.rows.append(Problem(self._path, _WHOLE_FILE, sentence))
        return self._take_rows()

    def _take_rows(self) -> list[Row]:
        rows, self._claims.rows = self._claims.rows, []
        return rows

    def _use(self, delimiters: Delimiters) -> None:
        self._delimiters = delimiters
        self._claims.use(delimiters)
        self._admit(claims=self._is_claims)

    def _admit(self, claims: bool) -> None:
        """Change in place what the reading loop looks up: the envelope alone, or claims as well."""
        assert self._delimiters is not None
        separator = self._delimiters.element
        self._is_claims = claims
        self._handlers.clear()
        if claims:
            self._handlers.update(self._claims.handlers())
        self._handlers.update(
            {
                "ISA": self._open_interchange,
                "IEA": self._close_interchange,
                "TA1": self._acknowledgment,
                "GS" + separator: self._open_group,
                "GE" + separator: self._close_group,
                "ST" + separator: self._open_transaction,
                "SE" + separator: self._close_transaction,
            }
        )

    def _elements(self, segment: str, count: int) -> list[str]:
        assert self._delimiters is not None
        return read_elements(segment, self._delimiters.element, count)

    # Openings

    def _open_interchange(self, segment: str) -> None:
        self._expect_closed("a new ISA begins", self._interchange, self._group, self._transaction)
        elements = self._elements(segment, 16)
        self._interchange = elements[13]
        self._is_test = elements[15] == "T"
        if self._is_test:
            self._doubt(
                worded(
                    "interchange {interchange} is marked as a test (ISA15 is T); it is read only where every"
                    " interchange that is given is a test",
                    interchange=self._interchange,
                )
            )
        self._groups, self._version, self._is_of_claims = 0, "", True  # until a group says otherwise
        self._written_at, self._group_written_at = moment_of(elements[9], elements[10]), ""

    def _acknowledgment(self, _: str) -> None:
        self._doubt("TA1 found (acknowledgment of an interchange); an 837 is expected; it is not read")

    def _open_group(self, segment: str) -> None:
        self._expect_closed("a new GS begins", None, self._group, self._transaction)
        elements = self._elements(segment, 9)
        self._group, self._version = elements[6], elements[8]
        self._is_of_claims = elements[1] == _CLAIMS or (self._groups > 0 and self._is_of_claims)
        self._group_written_at = moment_of(elements[4], elements[5])
        self._groups += 1
        self._transactions_read = 0

    def _open_transaction(self, segment: str) -> None:
        self._expect_closed("a new ST begins", None, None, self._transaction)
        if self._group is None:
            self._doubt("ST is outside a group; GS is expected before it")
        _, kind, control, guide = self._elements(segment, 4)[:4]
        self._transaction, self._transaction_start = control, self._cursor.number
        self._transactions_read += 1
        self._is_stray = False
        guide = guide or self._version
        setting = SETTINGS.get(guide[:10], "") if kind == "837" else ""
        self._is_of_claims |= bool(setting)
        if setting:
            assert self._delimiters is not None
            self._claims.open(setting, self._group_written_at or self._written_at)
            self._content = Content(self._cursor, self._delimiters)
        else:
            self._name_once(kind, guide)
        self._admit(claims=bool(setting))

    def _name_once(self, kind: str, guide: str) -> None:
        what = f" ({_OTHER_SETS[kind]})" if kind in _OTHER_SETS else ""
        claims = "837 of dental claims" if guide.startswith(_DENTAL) else "837"
        found = f"transaction set {kind}{what}" if kind != "837" else f"{claims} in version {guide or '(none)'}"
        if found in self._named:
            return
        self._named.add(found)
        expected = "837" if kind != "837" else f"5010, that is {EXPECTED_GUIDES},"
        self._doubt(
            worded(
                "{found} found; {expected} is expected; this one and all that follow are not read",
                found=clause(found),
                expected=clause(expected),
            )
        )

    # Closings

    def _close_transaction(self, segment: str) -> None:
        _, count, control = self._elements(segment, 3)[:3]
        if self._transaction is None:
            self._doubt("SE closes a transaction that is not open; ST is expected before it")
            return
        is_claims = self._is_claims
        content = self._content.end() if self._content is not None else b""
        self._end_claims()
        if is_claims:
            claims = self._claims.claims_in_transaction
            place = self._cursor.place
            self._transactions.add(self._path, place, control, claims, content, is_test=self._is_test)
        length = self._cursor.number - self._transaction_start + 1
        self._expect("SE counts {found!r} segments in the transaction", count, length, is_of_claims=is_claims)
        self._expect_control("SE", "ST", control, self._transaction)
        self._transaction = None

    def _close_group(self, segment: str) -> None:
        _, count, control = self._elements(segment, 3)[:3]
        if self._group is None:
            self._doubt("GE closes a group that is not open; GS is expected before it")
            return
        self._expect_closed("GE closes its group", None, None, self._transaction)
        counted = "GE counts {found!r} transactions in the group"
        self._expect(counted, count, self._transactions_read, is_of_claims=self._is_of_claims)
        self._expect_control("GE", "GS", control, self._group)
        self._group = None

    def _close_interchange(self, segment: str) -> None:
        _, count, control = self._elements(segment, 3)[:3]
        if self._interchange is None:
            self._doubt("IEA closes an interchange that is not open; ISA is expected before it")
            return
        self._expect_closed("IEA closes its interchange", None, self._group, self._transaction)
        counted = "IEA counts {found!r} groups in the interchange"
        self._expect(counted, count, self._groups, is_of_claims=self._is_of_claims)
        self._expect_control("IEA", "ISA", control, self._interchange)
        self._interchange = None

    def _expect_closed(self, event: str, interchange: str | None, group: str | None, transaction: str | None) -> None:
        """Close what is still open, innermost first, saying that its trailer is missing."""
        if transaction is not None:
            say = self._lose if self._is_claims else self._doubt
            claim_id = self._end_claims()
            so_far = worded("; claim {claim_id} may be incomplete", claim_id=claim_id) if claim_id else ""
            say(
                worded(
                    "{event} before transaction {transaction} does; SE is expected first{so_far}",
                    event=clause(event),
                    transaction=transaction,
                    so_far=clause(so_far),
                )
            )
            self._transaction = None
        say = self._lose if self._is_of_claims else self._doubt  # what would follow may be further claims
        if group is not None:
            say(worded("{event} before group {group} does; GE is expected first", event=clause(event), group=group))
            self._group = None
        if interchange is not None:
            say(
                worded(
                    "{event} before interchange {interchange} does; IEA is expected first",
                    event=clause(event),
                    interchange=interchange,
                )
            )
            self._interchange = None
            self.is_cut_short |= self._is_of_claims

    def _end_claims(self) -> str:
        """Close the claims of a transaction; the number of the one in hand, '' when there is none."""
        if not self._is_claims:
            return ""
        self._admit(claims=False)
        self._content = None
        return self._claims.close()

    def _expect(self, what: str, found: str, expected: int, *, is_of_claims: bool) -> None:
        counted = worded(what, found=found)
        if is_of_claims and found.isdecimal() and int(found[:18]) > expected:
            read = "was read" if expected == 1 else "were read"
            sentence = f"{{counted}}; {{expected}} {read}; lines may be missing; send the file once more"
            self._lose(worded(sentence, counted=counted, expected=expected))
        elif not found.isdecimal() or int(found[:18]) != expected:
            are = "is" if expected == 1 else "are"
            sentence = f"{{counted}}; {{expected}} {are} expected from what was read; all are kept"
            self._doubt(worded(sentence, counted=counted, expected=expected))

    def _expect_control(self, trailer: str, header: str, found: str, expected: str) -> None:
        if found != expected:
            self._doubt(
                worded(
                    "{trailer} has control number {found!r}; {expected!r}, that of its {header}, is expected",
                    trailer=clause(trailer),
                    found=found,
                    expected=expected,
                    header=clause(header),
                )
            )

    # Segments that have no place here

    def _unknown(self, segment: str) -> None:
        bare = segment.strip()
        if bare != segment:
            handle = self._handlers.get(bare[:3], self._unknown)
            if handle is not None:
                handle(bare)
        elif not bare:
            return
        elif not self._is_claims and bare[:3] in ("SV1", "SV2"):
            self._passed_lines += 1  # of a transaction that is not read, or of none
        elif self._is_claims:
            self._doubt(worded("{value!r} is not a segment of an 837 claim; it is not read", value=bare[:20]))
        elif self._transaction is None and not self._is_stray:
            self._is_stray = True
            self._doubt(
                worded("{value!r} is outside a transaction; ST is expected first; it is not read", value=bare[:20])
            )

    def _lose(self, sentence: str) -> None:
        """Lines that nobody read: of whom they are cannot be told."""
        self._claims.rows.append(LostLine(self._path, self._cursor.place, sentence))

    def _doubt(self, sentence: str) -> None:
        self._claims.rows.append(Problem(self._path, self._cursor.place, sentence))
