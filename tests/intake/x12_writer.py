"""Writes claims as 837 in any delimiters and layout, and says which rows must come back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from isocenter.intake.x12_837 import ClaimDiagnosis
from isocenter.terms.claims import ClaimLine

Item = TypeVar("Item")

GUIDES = {"professional": "005010X222A1", "institutional": "005010X223A2"}
BILLING_NPI = "1234567893"
SUBMITTER = "SENDER1"
WRITTEN_AT = "2025-01-01 12:00"
BUSINESS = {"MA": "medicare", "MB": "medicare", "16": "medicare", "MC": "medicaid", "CI": "commercial", "": ""}


@dataclass(frozen=True)
class Line:
    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    day: date
    place: str
    revenue_code: str
    rendering_npi: str
    supervising_npi: str
    noise: bool  # a note after the service, so that the line is not of the plainest kind
    control_number: bool
    pointers: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Claim:
    member_id: str
    is_dependent: bool
    filing: str
    place: str
    frequency: str
    original_claim_id: str
    diagnoses: tuple[str, ...]
    rendering_npi: str
    supervising_npi: str
    attending_npi: str
    has_other_payer: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Layout:
    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"
    newline: str = "\n"
    claims_per_transaction: int = 3
    transactions_per_group: int = 2


def write_837(claims: list[Claim], setting: str, layouts: list[Layout]) -> bytes:
    """All claims, parted among as many interchanges as there are layouts."""
    numbered = list(enumerate(claims))
    share = -(-len(claims) // len(layouts)) or 1
    parts = [numbered[n * share : (n + 1) * share] for n in range(len(layouts))]
    return b"".join(
        _delimit(_interchange(part, setting, layout), layout)
        for part, layout in zip(parts, layouts, strict=True)
        if part
    )


def delimit(segments: list[str]) -> bytes:
    """Segments in the usual delimiters, one a line."""
    return _delimit(segments, Layout())


def rows_of(claims: list[Claim], setting: str) -> list[ClaimLine | ClaimDiagnosis]:
    """What reading these claims must give, in file order."""
    return [row for number, claim in enumerate(claims) for row in _rows(number, claim, setting)]


def _delimit(segments: list[str], layout: Layout) -> bytes:
    marks = str.maketrans({"*": layout.element, ":": layout.component, "^": layout.repetition})
    end = layout.terminator + layout.newline
    return "".join(segment.translate(marks) + end for segment in segments).encode("latin-1")


def _parts(items: list[Item], size: int) -> Iterator[list[Item]]:
    yield from (items[n : n + size] for n in range(0, len(items), size))


def _interchange(claims: list[tuple[int, Claim]], setting: str, layout: Layout) -> list[str]:
    transactions = [
        _transaction(part, setting, f"{n:04d}")
        for n, part in enumerate(_parts(claims, layout.claims_per_transaction), start=1)
    ]
    groups = list(_parts(transactions, layout.transactions_per_group))
    segments = [
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*^*00501*000000001*0*P*:"
    ]
    for number, group in enumerate(groups, start=1):
        segments.append(f"GS*HC*SENDER*RECEIVER*20250101*1200*{number}*X*{GUIDES[setting]}")
        segments += [segment for transaction in group for segment in transaction]
        segments.append(f"GE*{len(group)}*{number}")
    return [*segments, f"IEA*{len(groups)}*000000001"]


def _transaction(claims: list[tuple[int, Claim]], setting: str, control: str) -> list[str]:
    segments = [
        f"ST*837*{control}*{GUIDES[setting]}",
        "BHT*0019*00*1*20250101*1200*CH",
        f"NM1*41*2*SENDER*****46*{SUBMITTER}",
        "HL*1**20*1",
        f"NM1*85*2*HARBOUR ONCOLOGY*****XX*{BILLING_NPI}",
    ]
    level = 1
    for number, claim in claims:
        level += 1
        subscriber = level
        segments += [
            f"HL*{level}*1*22*{int(claim.is_dependent)}",
            f"SBR*P********{claim.filing}",
            f"NM1*IL*1*EXAMPLE*ROBIN****MI*{claim.member_id}",
            "NM1*PR*2*EXAMPLE PLAN*****PI*1",
        ]
        if claim.is_dependent:
            level += 1
            segments += [f"HL*{level}*{subscriber}*23*0", "PAT*19", "NM1*QC*1*EXAMPLE*SAM"]
        segments += _claim(number, claim, setting)
    return [*segments, f"SE*{len(segments) + 1}*{control}"]


def _claim(number: int, claim: Claim, setting: str) -> Iterator[str]:
    kind = "A" if setting == "institutional" else "B"
    total = sum(line.charge_cents for line in claim.lines) / 100
    yield f"CLM*C{number}*{total:.2f}***{claim.place}:{kind}:{claim.frequency}*Y*A*Y*Y"
    if claim.original_claim_id:
        yield f"REF*F8*{claim.original_claim_id}"
    for position, code in enumerate(claim.diagnoses):
        yield f"HI*{'ABF' if position else 'ABK'}:{code.replace('.', '')}"
    if claim.attending_npi:
        yield f"NM1*71*1*EXAMPLE*A****XX*{claim.attending_npi}"
    if claim.rendering_npi:
        yield f"NM1*82*1*EXAMPLE*B****XX*{claim.rendering_npi}"
    if claim.supervising_npi:
        yield f"NM1*DQ*1*EXAMPLE*C****XX*{claim.supervising_npi}"
    if claim.has_other_payer:
        yield from ("SBR*S*18*******CI", "NM1*IL*1*EXAMPLE*ROBIN****MI*OTHER", "REF*F8*OTHERCLAIM")
        yield from ("NM1*PR*2*OTHER PLAN*****PI*2", "NM1*82*1", "NM1*DQ*1", "NM1*71*1")
    for line_number, line in enumerate(claim.lines, start=1):
        yield from _line(line_number, line, setting)


def _line(line_number: int, line: Line, setting: str) -> Iterator[str]:
    yield f"LX*{line_number}"
    composite = ":".join(("HC", line.code, *line.modifiers))
    charge = f"{line.charge_cents / 100:.2f}"
    if setting == "institutional":
        yield f"SV2*{line.revenue_code}*{composite}*{charge}*UN*{line.units}"
    else:
        yield f"SV1*{composite}*{charge}*UN*{line.units}*{line.place}**{':'.join(map(str, line.pointers))}"
    if line.noise:
        yield "PWK*OZ*BM***AC*1"
    yield f"DTP*472*D8*{line.day:%Y%m%d}"
    if line.control_number:
        yield f"REF*6R*{line_number}"
    if line.rendering_npi:
        yield f"NM1*82*1*EXAMPLE*D****XX*{line.rendering_npi}"
    if line.supervising_npi:
        yield f"NM1*DQ*1*EXAMPLE*E****XX*{line.supervising_npi}"


def _rows(number: int, claim: Claim, setting: str) -> Iterator[ClaimLine | ClaimDiagnosis]:
    is_institutional = setting == "institutional"
    for position, code in enumerate(claim.diagnoses, start=1):
        yield ClaimDiagnosis(f"C{number}", code, position, claim.member_id)
    unnamed = claim.attending_npi if is_institutional else BILLING_NPI
    for line_number, line in enumerate(claim.lines, start=1):
        first, second, third, fourth = (*line.modifiers, "", "", "", "")[:4]
        yield ClaimLine(
            claim_line_id=f"C{number}-{line_number}",
            claim_id=f"C{number}",
            line_number=line_number,
            course_id="",
            member_id=claim.member_id,
            service_date=line.day,
            procedure_code=line.code,
            units=line.units,
            modifier_1=first,
            modifier_2=second,
            modifier_3=third,
            modifier_4=fourth,
            place_of_service="" if is_institutional else line.place or claim.place,
            setting=setting,
            rendering_npi=line.rendering_npi or claim.rendering_npi or unnamed,
            billing_npi=BILLING_NPI,
            supervising_npi=line.supervising_npi or claim.supervising_npi,
            bill_type=claim.place + claim.frequency if is_institutional else "",
            revenue_code=line.revenue_code if is_institutional else "",
            line_of_business=BUSINESS[claim.filing],
            claim_frequency=claim.frequency,
            original_claim_id=claim.original_claim_id,
            charge_amount=line.charge_cents / 100,
            patient_account_number=f"C{number}",
            submitter_id=SUBMITTER,
            patient="SAM" if claim.is_dependent else "subscriber",
            written_at=WRITTEN_AT,
            **_pointers(() if is_institutional else line.pointers),
        )


def _pointers(places: tuple[int, ...]) -> dict[str, int]:
    return {f"diagnosis_pointer_{number}": place for number, place in enumerate(places, start=1)}
