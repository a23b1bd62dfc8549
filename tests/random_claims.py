"""Random claims as payers and practices have them, for comparing what two engines answer: the same by each seed."""

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

Row = dict[str, object]

_DELIVERIES = {"professional": ("G6015", "G6016"), "institutional": ("77385", "77386")}
_BESIDE = ("77427", "77336", "77301", "77263", "77290", "77334", "77300", "77338", "77470", "77014", "77370")
VISIT = "99215"  # of a code that makes no course
_NO_COURSE = ("99213", VISIT, "80053")
_TUMORS = ("C61", "C61", "C50.911", "C34.11", "Z51.0")
_BEGINS = (date(2025, 3, 3), date(2025, 9, 22), date(2025, 12, 22))
_OF_2025 = {code for codes in _DELIVERIES.values() for code in codes}
_LAST_DAY_OF_OLD_CODES = date(2025, 12, 31)


class Claims(NamedTuple):
    """Claim lines and diagnoses of a few members, by the columns that their files have."""

    lines: list[Row]
    diagnoses: list[Row]
    columns: tuple[str, ...]

    def write(self, folder: Path) -> list[Path]:
        """Write the lines and, where there are any, the diagnoses as CSV; returns the files."""
        files = [write_table(folder / "claim_lines.csv", self.columns, self.lines)]
        if self.diagnoses:
            columns = ("claim_id", "icd10", "position", "member_id")
            files.append(write_table(folder / "claim_diagnoses.csv", columns, self.diagnoses))
        return files


def write_table(file: Path, columns: Sequence[str], rows: Sequence[Row]) -> Path:
    """Write rows as CSV, of each the columns; returns the file."""
    with file.open("w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, columns, extrasaction="ignore", restval="")
        table.writeheader()
        table.writerows(rows)
    return file


def claims_of_a_year(seed: int) -> Claims:
    """Weekly claims of courses around a change of the year, corrected, taken back, given twice and billed elsewhere.

    Every line that is not taken back has a charge of its own, by which it is told from the others.
    """
    random = Random(f"claims of a year {seed}")
    lines: list[Row] = []
    for number in range(random.randint(1, 4)):
        lines += _course(random, number)
    lines += _corrections(random, lines)
    lines += _taken_back(random, lines)
    lines = _charged(random, lines)
    if random.random() < 0.3:
        lines += [dict(line) for line in random.sample(lines, min(3, len(lines)))]
    if random.random() < 0.3:
        random.shuffle(lines)
    return Claims(lines, _diagnoses(random, lines), _columns(random))


def _course(random: Random, number: int) -> list[Row]:
    """The weekly claims of a course, of a practice and perhaps of the hospital too."""
    begin = random.choice(_BEGINS) + timedelta(days=random.choice([0, 0, 1, 7]))
    member = random.choice(["M1", "m1", "M2", "000123", "123", "AB-1234-5678", "AB12345678"])
    shared: Row = {
        "member_id": member,
        "patient": random.choice(["", "", "", "subscriber", "1990-01-01", "2001-02-03"]),
    }
    payer = random.choice(["medicare", "medicare", "medicare", "", "commercial"])
    lines: list[Row] = []
    settings = random.choice([["professional"], ["institutional"], ["professional", "institutional"]])
    for setting in settings:
        account = random.choice([f"A{number}", "A1", f"{number}001-00"])
        is_one_account = random.random() < 0.4
        for week in range(random.randint(1, 4)):
            suffix = random.choice(["", "S"]) if is_one_account else f"-{week}"
            claim: Row = {
                "claim_id": f"{account}{suffix}",
                "setting": setting,
                "billing_npi": random.choice(["1234567893", "1234567893", "1999999984", ""]),
                "bill_type": "0131" if setting == "institutional" else "",
                "place_of_service": "11" if setting == "professional" else "",
                "claim_frequency": random.choice(["1", "1", "1", ""]),
                "line_of_business": payer,
                "patient_account_number": random.choice(["", "", f"P{number}"]),
                "payer_claim_number": random.choice(["", f"ICN{number}{week}"]),
                "written_at": random.choice(["", "2026-01-20"]),
                "claim_status": random.choice(["paid", "paid", "paid", "denied"]),
            }
            lines += _claim(random, shared | claim, begin + timedelta(weeks=week), week)
    return lines


def _claim(random: Random, claim: Row, monday: date, week: int) -> list[Row]:
    """One claim for the services of a week: each day a line, or all days on one."""
    setting = str(claim["setting"])
    days = [monday + timedelta(days=day) for day in range(5)]
    services: list[Row] = []
    delivery = random.choice(_DELIVERIES[setting])
    if random.random() < 0.3:
        last = random.choice([days[-1], days[2]])
        services.append({"procedure_code": delivery, "service_date": days[0], "last_service_date": last, "units": 5})
    else:
        kept = random.sample(days, random.randint(1, 5))
        services += [{"procedure_code": delivery, "service_date": day} for day in sorted(kept)]
    if week == 0:
        services += [{"procedure_code": code, "service_date": days[0]} for code in ("77263", "77301")]
    for _ in range(random.randint(0, 4)):
        code = random.choice([*_BESIDE, *_NO_COURSE])
        services.append({"procedure_code": code, "service_date": random.choice(days)})
    if setting == "institutional" and random.random() < 0.3:
        services.append({"procedure_code": "", "revenue_code": "0333", "service_date": days[0]})
    found: list[Row] = []
    for place, service in enumerate(services, start=1):
        day = service["service_date"]
        assert isinstance(day, date)
        if day > _LAST_DAY_OF_OLD_CODES and service["procedure_code"] in {
            *_DELIVERIES["professional"],
            "77385",
            "77386",
        }:
            service["procedure_code"] = random.choice(["77407", "77412", service["procedure_code"]])
        line: Row = {
            "line_number": place,
            "units": random.choice([1, 1, 1, 1, 2]),
            "modifier_1": random.choice(["", "", "", "26", "TC", "59", "76"]),
            "modifier_2": random.choice(["", "", "", "LT", "XU"]),
            "revenue_code": "0333" if setting == "institutional" else "",
            "rendering_npi": random.choice(["", "1888888884"]),
            "diagnosis_pointer_1": random.choice(["", 1, 2]),
        }
        odd = _odd(random) if service["procedure_code"] else {}
        found.append(claim | line | service | odd)
    return found


def _odd(random: Random) -> Row:
    """What now and then is wrong with a line."""
    if random.random() > 0.04:
        return {}
    return random.choice([{"service_date": ""}, {"units": 0}, {"units": ""}, {"procedure_code": "7730"}])


def _corrections(random: Random, lines: Sequence[Row]) -> list[Row]:
    """Replacements, voids and copies for another payer of some claims, each with all or some of its lines."""
    found: list[Row] = []
    for claim in sorted({str(line["claim_id"]) for line in lines}):
        if random.random() > 0.4:
            continue
        own = [line for line in lines if line["claim_id"] == claim]
        some = own if random.random() < 0.6 else random.sample(own, random.randint(1, len(own)))
        kind = random.choice(["7", "7", "8", "copy", "copy"])
        changed: Row = {"claim_status": "paid"}
        if kind == "copy":
            changed |= {
                "line_of_business": random.choice(["medicaid", "medicare", "commercial"]),
                "claim_id": f"{claim}S",
            }
        else:
            number = random.choice([claim, claim, f"{claim}R1", f"{claim[:-2]}01"])
            names = random.choice(["", claim, str(own[0]["payer_claim_number"])])
            changed |= {
                "claim_frequency": kind,
                "claim_id": number,
                "original_claim_id": names,
                "written_at": random.choice(["", "2026-01-20", "2026-02-03"]),
            }
        found += [line | changed for line in some]
    return found


def _taken_back(random: Random, lines: Sequence[Row]) -> list[Row]:
    """Lines of negative units that take others back, whole or in part, on their claim or on another."""
    found: list[Row] = []
    for line in random.sample(lines, min(len(lines), random.choice([0, 0, 1, 3]))):
        if isinstance(units := line["units"], int) and units:
            back = random.choice([units, 1])
            number = random.choice([line["claim_id"], f"{line['claim_id']}B"])
            found.append(line | {"units": -back, "claim_id": number, "takes_back": True})
    return found


def _charged(random: Random, lines: Sequence[Row]) -> list[Row]:
    """The lines with names and charges; one that takes another back has that one's price for each of its units."""
    unit = {place: 100 + place for place in range(len(lines))}
    first: dict[tuple[object, ...], int] = {}
    found = []
    is_named = random.choice(["own", "own", "of claim"])
    for place, line in enumerate(lines):
        service = tuple(
            line.get(name, "") for name in ("member_id", "procedure_code", "service_date", "modifier_1", "modifier_2")
        )
        units = line["units"] if isinstance(line["units"], int) else 1
        price = unit[first[service] if "takes_back" in line and service in first else place]
        first.setdefault(service, place)
        name = f"L{place}" if is_named == "own" else f"{line['claim_id']}-{line['line_number']}"
        charge = round(price * (units or 1), 2)
        found.append(line | {"claim_line_id": name, "charge_amount": charge, "allowed_amount": round(charge * 0.5, 2)})
    return found


def _diagnoses(random: Random, lines: Sequence[Row]) -> list[Row]:
    """One or two diagnoses of each claim, of one or of two tumors; not of every file."""
    if random.random() < 0.4:
        return []
    found: list[Row] = []
    for claim in sorted({str(line["claim_id"]) for line in lines}):
        own = [line for line in lines if line["claim_id"] == claim]
        member = random.choice(["", own[0]["member_id"]])
        for position in range(1, random.randint(2, 3)):
            found.append(
                {"claim_id": claim, "icd10": random.choice(_TUMORS), "position": position, "member_id": member}
            )
    return found


def _columns(random: Random) -> tuple[str, ...]:
    """The columns of a file: a few always, others mostly."""
    always = (
        "claim_id", "line_number", "member_id", "service_date", "procedure_code", "units", "modifier_1", "setting",
        "charge_amount", "claim_frequency",
    )  # fmt: skip
    mostly = (
        "claim_line_id", "modifier_2", "billing_npi", "last_service_date", "line_of_business",
        "written_at", "original_claim_id", "patient_account_number", "payer_claim_number", "bill_type",
        "revenue_code", "place_of_service", "patient", "rendering_npi", "allowed_amount", "diagnosis_pointer_1",
    )  # fmt: skip
    rarely = ("claim_status",)
    return (
        *always,
        *(name for name in mostly if random.random() < 0.85),
        *(name for name in rarely if random.random() < 0.25),
    )
