"""Reads FHIR claims and explanations of benefit to service lines and diagnoses, at the speed of bulk files."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from isocenter.files.texts import shown
from isocenter.intake.fhir.adjustments import frequency_of, why_credit, why_replaced
from isocenter.intake.fhir.bill_diagnoses import NO_POINTERS, Pointers, places_of_diagnoses, pointers_of
from isocenter.intake.fhir.bill_parties import (
    Parties,
    Team,
    business_of,
    member_of,
    npi_of,
    numbers_of,
    team_members,
    team_of,
)
from isocenter.intake.fhir.once import Once
from isocenter.intake.fhir.services import Service, changing, service_of
from isocenter.intake.fhir.shapes import (
    NOTHING,
    UNDECODED,
    Bill,
    Concept,
    why_undecoded,
)
from isocenter.intake.x12.claims import SUPERSEDING, ClaimKeys
from isocenter.terms.claims import ClaimDiagnosis, ClaimLine
from isocenter.terms.problems import LostLine, Problem, Unread, clause, worded
from isocenter.terms.revenue import CORRECTION_WITHOUT_CODES, may_be_radiation, unnamed_radiation

Row = ClaimLine | ClaimDiagnosis | Problem


_SETTINGS = {"professional": "professional", "institutional": "institutional"}


_SETTINGS_OF_SUBTYPES = {**_SETTINGS, **dict.fromkeys(("inpatient", "outpatient"), "institutional")}


# Types of claim of the Medicare files: 40 outpatient; 71 and 72 carrier, 81 and 82 equipment; 10 home health, 20 and 30
# skilled nursing, 50 hospice, 60 to 64 inpatient.
_SETTINGS_OF_MEDICARE = {
    **dict.fromkeys(("10", "20", "30", "40", "50", "60", "61", "62", "63", "64"), "institutional"),
    **dict.fromkeys(("71", "72", "81", "82"), "professional"),
    **dict.fromkeys(("INPATIENT", "OUTPATIENT", "HHA", "SNF", "HOSPICE"), "institutional"),
    **dict.fromkeys(("CARRIER", "DME"), "professional"),
}


_MEDICARE_TYPES = ("clm_type_cd", "clm-type-cd", "eob-type")


_OF_NO_SERVICE = {"pharmacy", "oral", "vision", "PDE", "4011"}


_STATUSES_LEFT_OUT = {
    "cancelled": "it is cancelled",
    "draft": "it is a draft",
    "entered-in-error": "it was entered in error",
}


_OUTCOMES = {  # why a bill may not stand; one that is queued was received, and bills what it says
    **dict.fromkeys(("complete", "partial", "queued", ""), ""),
    "error": "the payer could not process it (its outcome is error)",
}


_A_DAY = len("2025-03-18")


_MOST_NUMBER = 1_000_000  # of a line: what is beyond it numbers nothing


_DEEP = "a service within a line (item.detail) is not read; send it as a separate line"
_ADDED = "the payer added its own lines (addItem), which are not read"
_NO_DIAGNOSIS = "it is for the diagnosis {sequence}, which the claim does not list; the pointer was left out"
_UNDATED = "{code} has no day of service (servicedDate or servicedPeriod)"
_TWO_DAYS = "{code} has a day of service (servicedDate) outside its period (servicedPeriod)"
_DENIED = "the payer denied {code}, so it bills nothing"
_CURRENCY = "an amount is in {currency}; US dollars are expected; it was left out"


class BillRows(NamedTuple):
    """The rows of one bill with what could not be read of it, and how many of its items are no lines to judge."""

    rows: list[Row]
    revenue_items: int = 0  # that bill revenue alone
    left_out_items: int = 0  # of a bill that bills no service, or none any more
    claim_id: str = ""  # the key of the claim, where its lines were read
    number: str = ""  # its unique number, likewise


def read_bill(
    bill: Bill,
    path: str,
    place: str,
    keys: ClaimKeys,
    parties: Parties | None = None,
    *,
    keeps_requests: bool = False,
    services: Sequence[Service] | None = None,
) -> BillRows:
    """The lines and diagnoses of one bill, and what could not be read of it.

    Without `parties` only what the bill itself holds is used, and members are named by the id of their Patient. The
    claim's number is its unique identifier; claim_id is a key of the store, unique among `keys`. A request for
    authorization bills nothing: what it asks for are lines only where `keeps_requests`. A member of another shape costs
    its bill alone, and is named. `services` are the bill's, where they were read before.
    """
    try:
        return _rows_of_bill(bill, path, place, keys, parties, services, keeps_requests=keeps_requests)
    except UNDECODED as wrong:
        return BillRows(
            [LostLine(path, place, worded("{wrong}; the claim is not read", wrong=clause(why_undecoded(wrong))))]
        )


def _rows_of_bill(
    bill: Bill,
    path: str,
    place: str,
    keys: ClaimKeys,
    parties: Parties | None,
    services: Sequence[Service] | None,
    *,
    keeps_requests: bool,
) -> BillRows:
    items = bill.item if services is None else services
    kind = _KINDS[bytes(bill.type)]
    setting, doubt = kind.setting
    if not setting and (by_subtype := _SETTINGS_BY_SUBTYPE[bytes(bill.subType)]):
        setting, doubt = by_subtype, ""
    member_id, patient = member_of(bill, parties)
    if why := _why_not_billed(bill, keeps_requests=keeps_requests) or kind.no_service:
        sentence = worded("{why}; its lines were left out", why=clause(why))
        return BillRows([Problem(path, place, sentence)], left_out_items=len(items))
    if refused := _why_in_doubt(bill):
        sentence = worded("{why}; its lines were left out", why=clause(refused))
        lost = LostLine(path, place, sentence).of_line("", member_id)
        return BillRows([lost if items else Problem(path, place, sentence)])
    if not member_id or not setting or not items:
        sentence = worded("{value}; the claim is not read", value=clause(doubt or _missing(member_id)))
        return BillRows([LostLine(path, place, sentence).of_line("", member_id)])
    unique, payer_number, account = numbers_of(bill)
    if bill.resourceType == "ExplanationOfBenefit":
        payer_number = payer_number or unique  # a payer names it
    else:
        account = account or unique
    places = places_of_diagnoses(bill, parties)
    frequency, bill_type, original = frequency_of(bill, keys, parties)
    billing = npi_of(bill, bill.provider, parties)
    team = team_members(bill)
    head = _Head(
        path,
        place,
        keys.next_key(unique or payer_number or account or place),
        member_id,
        patient,
        setting,
        (bill_type, business_of(bill, parties), frequency, original, account, payer_number),
        billing if setting == "professional" else "",
        billing,
        team,
        places.position_of,
        places.sequences,
    )
    rows: list[Row] = [ClaimDiagnosis(head.claim_id, code, position, member_id) for code, position in places.codes]
    if places.doubts:
        rows += [Problem(path, place, sentence) for sentence in places.doubts]
    if frequency in SUPERSEDING and not original:
        sentence = worded(
            "it {value} another claim (frequency {frequency}) without naming it; it is kept",
            value=SUPERSEDING[frequency],
            frequency=frequency,
        )
        rows.append(Problem(path, place, sentence))
    listed = (service_of(item, bill, setting) for item in bill.item) if services is None else services
    return BillRows(rows, _add_lines(rows, bill, listed, head, parties), claim_id=head.claim_id, number=unique)


class _Head(NamedTuple):
    """What all lines of a bill share."""

    path: str
    place: str
    claim_id: str
    member_id: str
    patient: str
    setting: str
    numbers: tuple[str, str, str, str, str, str]  # type of bill, business, frequency, original, account, payer's
    rendering_npi: str  # where the care team names nobody
    billing_npi: str
    team: Team
    position_of: dict[int, int]  # of diagnoses
    diagnoses: frozenset[int]  # by their sequences


def _unnamed_radiation(revenue_code: str, bill_type: str, head: _Head, index: int) -> list[LostLine]:
    if not may_be_radiation(revenue_code, bill_type):
        return []
    sentence = worded("{why}; the line is not kept", why=unnamed_radiation(revenue_code))
    return [LostLine(head.path, f"{head.place}.item[{index}]", sentence).of_line("", head.member_id)]


def _add_lines(rows: list[Row], bill: Bill, services: Iterable[Service], head: _Head, parties: Parties | None) -> int:
    """Add the lines of a bill; how many of its services bill revenue alone."""
    path, place, claim_id, member_id, patient, setting, numbers, rendering_usual, billing, team = head[:10]
    position_of, known = head.position_of, head.diagnoses
    bill_type, business, frequency, original, account, payer_number = numbers
    performers: dict[tuple[int, ...], tuple[str, str]] = {}
    pointers: dict[tuple[int, ...], Pointers] = {(): NO_POINTERS}
    used: set[int] = set()
    new = tuple.__new__  # a row's own constructor costs as much again as all else here
    revenue_items = 0
    written_at = _written_at(bill.created)
    for index, (billed, first, last, submitted, eligible, is_denied, number, served, judged, doubts) in enumerate(
        services
    ):
        if doubts is not None and doubts.holds_services:
            rows.append(LostLine(path, f"{place}.item[{index}]", _DEEP).of_line("", member_id))
        if doubts is not None and doubts.changed:
            sentence = worded("{changed} changes what the line means; the line is not kept", changed=doubts.changed)
            rows.append(LostLine(path, f"{place}.item[{index}]", sentence).of_line("", member_id))
            continue
        if billed.is_revenue_alone:
            lost_radiation = _unnamed_radiation(billed.revenue, bill_type, head, index)
            rows += lost_radiation
            revenue_items += not lost_radiation
            continue
        code, (modifier_1, modifier_2, modifier_3, modifier_4), units, revenue, at, refused, doubt, _ = billed
        if refused or doubt or is_denied or first is None or last is None or last < first:
            is_dated = first is not None and last is not None and last >= first
            has_two_days = doubts is not None and doubts.has_two_days
            undated = (_TWO_DAYS if has_two_days else _UNDATED).format(code=code)
            lost = refused or (doubt or _DENIED.format(code=code) if is_dated else undated)
            sentence = worded("{lost}; the line is not kept", lost=clause(lost))
            rows.append(LostLine(path, f"{place}.item[{index}]", sentence).of_line(code, member_id))
            continue
        line_number = number if 0 < number < _MOST_NUMBER and number not in used else _next_free(used)
        used.add(line_number)
        if served not in performers:
            performers[served] = team_of(bill, served, team, parties)
        rendering, supervising = performers[served]
        if judged not in pointers:
            pointers[judged] = pointers_of(judged, position_of)
            for sequence in judged:
                if sequence not in known:
                    sentence = worded(_NO_DIAGNOSIS, sequence=sequence)
                    rows.append(Unread(path, f"{place}.item[{index}]", sentence))
        pointer_1, pointer_2, pointer_3, pointer_4 = pointers[judged]
        line = (
            f"{claim_id}-{line_number}", claim_id, line_number, "", member_id, first, code, units,
            modifier_1, modifier_2, modifier_3, modifier_4, at, setting,
            rendering or rendering_usual, billing, supervising, bill_type,
            revenue, business, frequency, original,
            submitted, eligible, last if last != first else None, account, payer_number, "",
            pointer_1, pointer_2, pointer_3, pointer_4, patient, written_at, "",
        )  # fmt: skip
        rows.append(new(ClaimLine, line))
        if doubts is not None and doubts.currency:
            said = worded(_CURRENCY, currency=shown(doubts.currency)[:20])
            rows.append(Problem(path, f"{place}.item[{index}]", said))
    if revenue_items and frequency in SUPERSEDING and not any(type(row) is ClaimLine for row in rows):
        rows.append(LostLine(path, place, CORRECTION_WITHOUT_CODES).of_line("", member_id))
    if bill.addItem:
        rows.append(LostLine(path, f"{place}.addItem", _ADDED).of_line("", member_id))
    return revenue_items


def _written_at(created: str) -> str:
    """When a bill was made, as claim lines have it: in universal time where it says its zone; '' where it is no day."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return ""
    if len(created) <= _A_DAY:
        return created
    return f"{moment.astimezone(UTC) if moment.tzinfo else moment:%Y-%m-%d %H:%M}"


def _why_in_doubt(bill: Bill) -> str:
    """Why it is not known whether the bill stands; '' where it does."""
    if bill.status != "active":
        return f"its status is {shown(bill.status)[:60] or 'missing'}; active is expected"
    if bill.use not in ("claim", "preauthorization"):
        return f"its use is {shown(bill.use)[:60] or 'missing'}, so whether it bills anything is not known"
    if bill.implicitRules:
        return f"it follows its own rules, which are not known (implicitRules {shown(bill.implicitRules)[:100]})"
    if bill.modifierExtension is not NOTHING and (changed := changing(bill.modifierExtension)):
        return f"{changed} changes what it means"
    if credited := why_credit(bill):
        return credited
    if bill.outcome in _OUTCOMES:
        return _OUTCOMES[bill.outcome]
    return f"its outcome is {shown(bill.outcome)[:60]}; complete or partial is expected"


def _why_not_billed(bill: Bill, *, keeps_requests: bool) -> str:
    """Why nothing is billed by it, or not any more; '' where that is not said."""
    if bill.status in _STATUSES_LEFT_OUT:
        return _STATUSES_LEFT_OUT[bill.status]
    if bill.use == "predetermination":
        return "it asks what would be paid (use is predetermination) and bills nothing"
    if bill.use == "preauthorization" and bill.resourceType == "ExplanationOfBenefit":
        return "it answers a request for authorization (use is preauthorization) and bills nothing"
    if bill.use == "preauthorization" and not keeps_requests:
        return "it asks for authorization (use is preauthorization) and bills nothing"
    return why_replaced(bill)


def _missing(member_id: str) -> str:
    if not member_id:
        return "patient names nobody; a reference to a Patient, or an identifier, is expected"
    return "it has no item; one for each service is expected"


class _Kind(NamedTuple):
    """What the type of a bill says: its setting, or what is wrong with it; for what it is, if for no service."""

    setting: tuple[str, str]
    no_service: str


def _kind(stated: Concept) -> _Kind:
    codings = stated.coding
    kinds = {one.code for one in codings}
    settings = {_SETTINGS[one.code] for one in codings if one.code in _SETTINGS}
    settings = settings or {
        _SETTINGS_OF_MEDICARE[one.code]
        for one in codings
        if one.code in _SETTINGS_OF_MEDICARE and one.system.lower().endswith(_MEDICARE_TYPES)
    }
    what = "drugs" if kinds & {"pharmacy", "PDE", "4011"} else "other services"
    no_service = f"it is a claim for {what}" if kinds & _OF_NO_SERVICE and not kinds & _SETTINGS.keys() else ""
    if len(settings) == 1:
        return _Kind((settings.pop(), ""), no_service)
    written = ", ".join(one.code for one in codings) or "not stated"
    doubt = worded("its type is {written}; professional or institutional is expected", written=written)
    return _Kind(("", doubt), no_service)


_KINDS = Once("type", Concept, _kind, Concept())


def _setting_by_subtype(stated: Concept) -> str:
    """The setting that the subtype of a bill says, where its type says none; '' where it says none either."""
    found = {_SETTINGS_OF_SUBTYPES[one.code] for one in stated.coding if one.code in _SETTINGS_OF_SUBTYPES}
    return found.pop() if len(found) == 1 else ""


_SETTINGS_BY_SUBTYPE = Once("subType", Concept, _setting_by_subtype, Concept())


def _next_free(used: set[int]) -> int:
    return max(used, default=0) + 1
