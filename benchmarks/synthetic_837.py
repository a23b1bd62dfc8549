"""Writes synthetic 837 files of IMRT claims, professional or institutional; all people are invented."""

import argparse
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

CLAIMS_PER_TRANSACTION = 1000
MEMBERS_SHARE = 20  # claims of one member in a long file

# Procedure with its modifier, the charge of this practice, the place of service where it differs.
PROFESSIONAL_SERVICES = [
    ("77427", 742.5, ""),
    ("77336", 318, ""),
    ("77014:26", 141.25, ""),
    ("77334:59", 402, ""),
    ("77334:26:XU", 188, "22"),
    ("77301", 4210, ""),
    ("77338", 1490, ""),
    ("77300:59", 177, ""),
    ("77290", 866, ""),
    ("77263", 611, ""),
    ("G6015", 1022.75, ""),
    ("G6002:TC", 240, ""),
]
HOSPITAL_SERVICES = [
    ("0333", "77386", 2480),
    ("0333", "77385", 2105.5),
    ("0333", "77301", 5120),
    ("0333", "77338:59", 1730),
    ("0333", "77336", 544),
    ("0333", "77300:XU", 312),
]
DIAGNOSES = ["C61", "C50912", "C50411", "C3411", "C099", "C109", "C20", "C7951", "Z510", "C7931"]
NPIS = ["1234567893", "1245319599", "1003000126", "1558444216"]


def interchange(claims: int, institutional: bool = False, seed: int = 1) -> Iterator[str]:
    """Segments of one interchange, without terminators: `*` parts elements, `:` components, `^` repetitions."""
    guide = "005010X223A2" if institutional else "005010X222A1"
    chance = random.Random(seed)
    yield ("ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*^*00501*000000001*0*P*:")
    yield f"GS*HC*SENDER*RECEIVER*20250101*1200*1*X*{guide}"
    transactions = 0
    for first in range(0, claims, CLAIMS_PER_TRANSACTION):
        transactions += 1
        control = f"{transactions:04d}"
        numbers = range(first, min(first + CLAIMS_PER_TRANSACTION, claims))
        segments = [f"ST*837*{control}*{guide}", *_transaction(control, numbers, institutional, chance)]
        yield from segments
        yield f"SE*{len(segments) + 1}*{control}"
    yield f"GE*{transactions}*1"
    yield "IEA*1*000000001"


def _transaction(control: str, numbers: range, institutional: bool, chance: random.Random) -> Iterator[str]:
    yield f"BHT*0019*00*{control}*20250101*1200*CH"
    yield "NM1*41*2*HARBOUR ONCOLOGY*****46*SENDER"
    yield "PER*IC*BILLING DESK*TE*5550100100"
    yield "NM1*40*2*EXAMPLE PLAN*****46*RECEIVER"
    yield "HL*1**20*1"
    yield "PRV*BI*PXC*2085R0001X"
    yield "NM1*85*2*HARBOUR ONCOLOGY*****XX*1234567893"
    yield "N3*1 HARBOUR WAY"
    yield "N4*TAMPA*FL*336021234"
    yield "REF*EI*123456789"
    for level, number in enumerate(numbers, start=2):
        yield from _subscriber(level, number)
        yield from (_hospital_claim if institutional else _professional_claim)(number, chance)


def _subscriber(level: int, number: int) -> Iterator[str]:
    yield f"HL*{level}*1*22*0"
    yield f"SBR*P*18*******{('MB', '16', 'MC', 'CI')[number % 4]}"
    yield f"NM1*IL*1*EXAMPLE{number}*ROBIN****MI*M{number // MEMBERS_SHARE:08d}"
    yield "N3*2 SAMPLE STREET"
    yield "N4*TAMPA*FL*336021234"
    yield "DMG*D8*19450101*F"
    yield "NM1*PR*2*EXAMPLE PLAN*****PI*09102"


def _diagnoses(chance: random.Random) -> list[str]:
    return chance.sample(DIAGNOSES, chance.randint(1, 3))


def _charge(usual: float, chance: random.Random) -> float:
    """Nearly always the charge of the practice's list."""
    return usual if chance.random() < 0.95 else usual + chance.randint(1, 10_000) / 100


def _professional_claim(number: int, chance: random.Random) -> Iterator[str]:
    first_day = date(2024, 1, 1) + timedelta(chance.randint(0, 320))
    services = chance.choices(PROFESSIONAL_SERVICES, k=chance.randint(1, 5))
    charges = [_charge(usual, chance) for _, usual, _ in services]
    diagnoses = _diagnoses(chance)
    pointers = ":".join(str(n) for n in range(1, len(diagnoses) + 1))
    yield f"CLM*P{number:08d}*{sum(charges):g}***11:B:1*Y*A*Y*Y"
    qualified = [f"{'ABF' if n else 'ABK'}:{code}" for n, code in enumerate(diagnoses)]
    yield f"HI*{'*'.join(qualified)}"
    yield f"NM1*82*1*EXAMPLE*ADA****XX*{chance.choice(NPIS)}"
    for line, ((procedure, _, place), charge) in enumerate(zip(services, charges, strict=True), start=1):
        yield f"LX*{line}"
        yield f"SV1*HC:{procedure}*{charge:g}*UN*1*{place}**{pointers}"
        yield f"DTP*472*D8*{first_day + timedelta(line):%Y%m%d}"


def _hospital_claim(number: int, chance: random.Random) -> Iterator[str]:
    first_day = date(2024, 1, 1) + timedelta(chance.randint(0, 320))
    services = chance.choices(HOSPITAL_SERVICES, k=chance.randint(1, 5))
    charges = [_charge(usual, chance) for _, _, usual in services]
    principal, *others = _diagnoses(chance)
    yield f"CLM*H{number:08d}*{sum(charges):g}***13:A:1**A*Y*Y"
    yield f"DTP*434*RD8*{first_day:%Y%m%d}-{first_day + timedelta(len(services)):%Y%m%d}"
    yield "CL1*3**01"
    yield f"HI*ABK:{principal}"
    if others:
        yield "HI*" + "*".join(f"ABF:{code}" for code in others)
    yield f"NM1*71*1*EXAMPLE*ADA****XX*{chance.choice(NPIS)}"
    for line, ((revenue, procedure, _), charge) in enumerate(zip(services, charges, strict=True), start=1):
        yield f"LX*{line}"
        yield f"SV2*{revenue}*HC:{procedure}*{charge:g}*UN*1"
        yield f"DTP*472*D8*{first_day + timedelta(line):%Y%m%d}"


def write(path: Path, claims: int, institutional: bool = False) -> None:
    """Write a file of so many claims, one segment a line."""
    with path.open("w", encoding="ascii", newline="") as file:
        file.writelines(segment + "~\n" for segment in interchange(claims, institutional))


def main() -> None:
    """Write a file from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--claims", type=int, default=50_000)
    parser.add_argument("--institutional", action="store_true", help="837I in place of 837P")
    options = parser.parse_args()
    write(options.path, options.claims, options.institutional)


if __name__ == "__main__":
    main()
