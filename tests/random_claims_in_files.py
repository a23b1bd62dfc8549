"""Random claims in several files: long spans, parts of services, split units, second plans, and copies as X12."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.intake.x12_writer import GUIDES, delimit
from tests.random_claims import Row, claims_of_a_year, write_table

_FILINGS = {"medicare": "MB", "commercial": "CI", "medicaid": "MC", "": ""}
_MISSING = ("member_id", "claim_id", "claim_line_id", "line_number", "setting", "billing_npi")


class ClaimFiles(NamedTuple):
    """The lines of each table, the claims that an 837 holds, and the diagnoses of the claims."""

    tables: list[list[Row]]
    of_x12: list[Row]
    diagnoses: list[Row]
    columns: tuple[str, ...]

    def write(self, folder: Path) -> list[Path]:
        """Write all files; returns them in the order of their names."""
        files = [
            write_table(folder / f"claim_lines_{place}.csv", self.columns, lines)
            for place, lines in enumerate(self.tables, start=1)
            if lines
        ]
        if self.diagnoses:
            columns = ("claim_id", "icd10", "position", "member_id")
            files.append(write_table(folder / "claim_diagnoses.csv", columns, self.diagnoses))
        for setting in GUIDES:
            claims = [line for line in self.of_x12 if line["setting"] == setting]
            if claims:
                (file := folder / f"of_{setting}.837").write_bytes(written_as_837(claims, setting))
                files.append(file)
        return sorted(files)


def claims_in_files(seed: int) -> ClaimFiles:
    """The claims of a year by a seed with what else happens to claims, in one to three tables and perhaps an 837."""
    random = Random(f"claims in files {seed}")
    year = claims_of_a_year(seed)
    lines = _with_prices(_more(random, year.lines))
    lines = [line | dict.fromkeys(_missing(random), "") for line in lines]
    files = random.choice([1, 2, 2, 3])
    by = random.choice(["line", "claim", "correction"])
    tables: list[list[Row]] = [[] for _ in range(files)]
    for line in lines:
        tables[_file_of(random, line, by, files)].append(line)
    of_x12 = _of_x12(random, lines) if random.random() < 0.5 else []
    return ClaimFiles(tables, of_x12, year.diagnoses, tuple(dict.fromkeys((*year.columns, "last_service_date"))))


def _more(random: Random, lines: Sequence[Row]) -> list[Row]:
    found: list[Row] = []
    for line in lines:
        if not isinstance(line["service_date"], date) or "takes_back" in line or random.random() < 0.7:
            found.append(line)
        else:
            found += random.choice([_long_span, _parts, _split, _second_plan, _in_facility])(random, line)
    return found


def _long_span(random: Random, line: Row) -> list[Row]:
    day = line["service_date"]
    assert isinstance(day, date)
    last = day + timedelta(days=random.randint(20, 45))
    return [line | {"last_service_date": last, "units": random.choice([1, 5, 20])}]


def _parts(random: Random, line: Row) -> list[Row]:
    technical = random.choice([{}, {"setting": "institutional", "billing_npi": "1999999984", "bill_type": "0131"}])
    return [line | {"modifier_1": "26"}, line | {"modifier_1": "TC", "line_number": 31} | technical]


def _split(random: Random, line: Row) -> list[Row]:
    again = random.choice([{}, {"modifier_1": "76"}, {"modifier_1": "59"}, {"line_number": 41}])
    return [line, line | {"units": 1} | again]


def _second_plan(random: Random, line: Row) -> list[Row]:
    plan = {
        "procedure_code": random.choice(["77301", "77295", "77338"]),
        "units": 1,
        "modifier_1": "",
        "modifier_2": "",
    }
    return [line, line | plan | {"line_number": 51}]


def _in_facility(random: Random, line: Row) -> list[Row]:
    twin: Row = {"setting": "institutional", "bill_type": "0131", "place_of_service": "", "revenue_code": "0333"}
    if random.random() < 0.5:
        twin |= {"claim_id": f"{line['claim_id']}F", "billing_npi": "1999999984"}
    return [line, line | twin]


def _with_prices(lines: Sequence[Row]) -> list[Row]:
    """The lines with a charge of its own for each that had none of its own left."""
    found: list[Row] = []
    seen: set[object] = set()
    for place, line in enumerate(lines):
        charge = line["charge_amount"]
        if charge in seen and not any(line == one for one in found):
            found.append(line | {"charge_amount": 5000 + place, "claim_line_id": f"{line['claim_line_id']}x{place}"})
        else:
            found.append(line)
        seen.add(charge)
    return found


def _missing(random: Random) -> list[str]:
    return [random.choice(_MISSING)] if random.random() < 0.02 else []


def _file_of(random: Random, line: Row, by: str, files: int) -> int:
    if by == "claim":
        return sum(map(ord, str(line["claim_id"]))) % files
    if by == "correction":
        return (files - 1) * (line["claim_frequency"] in ("7", "8"))
    return random.randrange(files)


def _of_x12(random: Random, lines: Sequence[Row]) -> list[Row]:
    """The lines of some claims, all of whose lines an 837 can state."""
    found: list[Row] = []
    for claim in sorted({str(line["claim_id"]) for line in lines} - {""}):
        own = [line for line in lines if line["claim_id"] == claim]
        if random.random() < 0.5 and all(map(_can_be_stated, own)) and len({line["member_id"] for line in own}) == 1:
            found += own
    return found


def _can_be_stated(line: Row) -> bool:
    units = line["units"]
    return (
        isinstance(line["service_date"], date)
        and isinstance(units, int)
        and units > 0
        and len(str(line["procedure_code"])) == 5
        and bool(line["member_id"] and line["setting"])
        and line["patient"] in ("", "subscriber")
    )


def written_as_837(lines: Sequence[Row], setting: str) -> bytes:
    """The claims of the lines, all of one setting, as one interchange."""
    guide = GUIDES[setting]
    segments = [
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260120*1200*^*00501*000000001*0*P*:",
        f"GS*HC*SENDER*RECEIVER*20260120*1200*1*X*{guide}",
    ]
    heads = ("claim_id", "member_id", "billing_npi", "claim_frequency", "original_claim_id", "line_of_business")
    claims: dict[tuple[object, ...], list[Row]] = {}
    for line in lines:
        claims.setdefault(tuple(line.get(name, "") for name in heads), []).append(line)
    for number, (head, own) in enumerate(claims.items(), start=1):
        of_claim = [
            f"ST*837*{number:04d}*{guide}",
            f"BHT*0019*00*{number}*20260120*1200*CH",
            "NM1*41*2*SENDER*****46*SENDER1",
            *_claim(dict(zip(heads, head, strict=True)), own, setting),
        ]
        segments += [*of_claim, f"SE*{len(of_claim) + 1}*{number:04d}"]
    return delimit([*segments, f"GE*{len(claims)}*1", "IEA*1*000000001"])


def _claim(head: Row, lines: Sequence[Row], setting: str) -> list[str]:
    kind = "A" if setting == "institutional" else "B"
    place = "13" if setting == "institutional" else "11"
    total = sum(float(str(line["charge_amount"])) for line in lines)
    filing = _FILINGS[str(head["line_of_business"])]
    segments = [
        "HL*1**20*1",
        f"NM1*85*2*HARBOR ONCOLOGY*****XX*{head['billing_npi'] or '1234567893'}",
        "HL*2*1*22*0",
        f"SBR*P********{filing}",
        f"NM1*IL*1*EXAMPLE*ROBIN****MI*{head['member_id']}",
        "NM1*PR*2*EXAMPLE PLAN*****PI*1",
        f"CLM*{head['claim_id']}*{total:.2f}***{place}:{kind}:{head['claim_frequency'] or '1'}*Y*A*Y*Y",
    ]
    segments += [f"REF*F8*{head['original_claim_id']}"] if head["original_claim_id"] else []
    segments.append("HI*ABK:C61")
    for number, line in enumerate(lines, start=1):
        modifiers = [str(line[name]) for name in ("modifier_1", "modifier_2") if line.get(name)]
        service = ":".join(["HC", str(line["procedure_code"]), *modifiers])
        charge = f"{float(str(line['charge_amount'])):.2f}"
        first, last = line["service_date"], line.get("last_service_date")
        day = f"{first:%Y%m%d}"
        segments.append(f"LX*{number}")
        segments.append(
            f"SV2*0333*{service}*{charge}*UN*{line['units']}" if kind == "A" else
            f"SV1*{service}*{charge}*UN*{line['units']}*11**1"
        )  # fmt: skip
        segments.append(f"DTP*472*RD8*{day}-{last:%Y%m%d}" if isinstance(last, date) else f"DTP*472*D8*{day}")
    return segments
