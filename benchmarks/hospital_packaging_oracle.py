"""Hospital packaging of IMRT planning, held against the outpatient code editor: edit 125 beside our rules.

    python benchmarks/hospital_packaging_oracle.py [--claims 2000] [--seed 7] [--peers FOLDER] [--python312 PYTHON]

The second oracle is pyoce 0.1.0, an open-source port of the editor through which CMS passes outpatient claims (it is
not that program itself). It needs Python 3.12: --peers is a folder in which an environment for it is made on first
use, by the Python that --python312 names. It covers dates of service from July 2019. Prints which codes either side
refuses on which day around the plan, then how the two agree on whole synthetic claims, with the reason of every
difference; exits 1 when a difference has no reason.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from isocenter.facts.store import FactStore
from isocenter.intake.rows import row_of
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.rulebook import load_policy

PACKAGING_RULES = ("planning_services_are_part_of_the_plan", "no_verification_simulation_during_imrt")
PLAN = "77301"
DELIVERIES = ("77371", "77372", "77373", "77385", "77386", "77387")
DELIVERY_UNTIL_2025, DELIVERY_FROM_2026 = "77386", "77407"
DAYS_AROUND_THE_PLAN = (-30, -15, -14, -7, -1, 0, 1, 7, 20, 40)
PLAN_DAY = date(2024, 3, 4)
# The last delivery, in days after the plan: of the courses on the grid, and of the random ones.
LAST_DELIVERY_DAYS, LAST_RANDOM_DELIVERY_DAYS = 30, 67
WINDOW_DAYS = 14

# Runs in the environment of the port: claims in as JSON, the edits of each line out.
PORT = """
import json, logging, sys
import pyoce
logging.disable(logging.CRITICAL)
engine = pyoce.IoceComponent()
answers = []
for claim in json.load(sys.stdin):
    answer = engine.process(claim)
    answers.append([answer["processingInformation"]["returnCode"],
                    [line["hcpcsEditList"] for line in answer["lineItemList"]]])
print(json.dumps(answers))
"""


class Line(NamedTuple):
    """One service line of a synthetic hospital claim."""

    procedure_code: str
    day: date
    modifier: str = ""


class Claim(NamedTuple):
    """One hospital claim of one member."""

    bill_type: str
    lines: tuple[Line, ...]


class Answer(NamedTuple):
    """What both sides say of one line."""

    claim: Claim
    line: Line
    edit_125: bool
    outcome: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--peers", type=Path, help="folder for the environment of the port")
    parser.add_argument("--python312", default="python3.12", help="a Python 3.12 to make that environment with")
    options = parser.parse_args()
    if options.peers is None:
        print("the port of the outpatient code editor was not run: name a folder for it with --peers")
        return 0
    python = environment(options.peers, options.python312)
    print_days(compare(python, grid()))
    return print_agreement(compare(python, random_claims(options.claims, options.seed)))


def environment(peers: Path, python312: str) -> Path:
    """The Python that has the port, in an environment made on first use."""
    folder = peers / "pyoce"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([python312, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "pyoce==0.1.0"], check=True)
    return python


def grid() -> list[Claim]:
    """Each planning code on each day around the plan of one course."""
    return [
        course(Line(code, PLAN_DAY + timedelta(days))) for code in planning_codes() for days in DAYS_AROUND_THE_PLAN
    ]


def course(line: Line) -> Claim:
    """A hospital's claim of a whole course with one service more."""
    last = PLAN_DAY + timedelta(LAST_DELIVERY_DAYS)
    return Claim("131", (line, Line(PLAN, PLAN_DAY), Line(DELIVERY_UNTIL_2025, last)))


@cache
def planning_codes() -> tuple[str, ...]:
    """Codes of planning, devices and physics that a rule of ours knows and that are in force on the plan's day."""
    known = (code for name in ("imrt", "imrt_hospital") for code in load_policy(name).codes)
    in_force = {code.code for code in known if code.valid_from <= PLAN_DAY <= code.valid_to}
    return tuple(sorted(code for code in in_force if "77014" <= code <= "77399" and code not in (PLAN, *DELIVERIES)))


def random_claims(count: int, seed: int) -> list[Claim]:
    """Claims of hospital courses with services strewn around the plan, in the years that the port covers."""
    chance = random.Random(seed)
    codes = planning_codes()
    return [_random_claim(chance, codes) for _ in range(count)]


def _random_claim(chance: random.Random, codes: Sequence[str]) -> Claim:
    plan_day = date(2019, 10, 1) + timedelta(chance.randrange(2400))
    delivery = DELIVERY_UNTIL_2025 if plan_day < date(2025, 11, 1) else DELIVERY_FROM_2026
    lines = [Line(PLAN, plan_day)] if chance.random() < 0.9 else []
    lines += [
        Line(delivery, plan_day + timedelta(days))
        for days in (LAST_RANDOM_DELIVERY_DAYS - 7, LAST_RANDOM_DELIVERY_DAYS)
    ]
    for _ in range(chance.randint(1, 5)):
        modifier = chance.choice(("", "", "", "", "59", "XS"))
        lines.append(Line(chance.choice(codes), plan_day + timedelta(chance.randint(-40, 70)), modifier))
    # A line may stand on a claim once: the port denies repeats of the same service and day for other reasons.
    once = {(line.procedure_code, line.day): line for line in lines}
    return Claim(chance.choice(("131", "131", "131", "121", "141")), tuple(once.values()))


def compare(python: Path, claims: Sequence[Claim]) -> list[Answer]:
    """Both sides' answers to every line."""
    edits = ask_the_port(python, claims)
    outcomes = ask_the_rules(claims)
    return [
        Answer(claim, line, "125" in edits[number][place], outcomes.get(f"{number}-{place}", ""))
        for number, claim in enumerate(claims)
        for place, line in enumerate(claim.lines)
    ]


def ask_the_port(python: Path, claims: Sequence[Claim]) -> list[list[list[str]]]:
    """The edits of every line of every claim."""
    asked = json.dumps([as_port_claim(claim) for claim in claims])
    done = subprocess.run([str(python), "-c", PORT], input=asked, capture_output=True, text=True, check=True)
    answers = json.loads(done.stdout.strip().splitlines()[-1])
    refused = Counter(code for code, _ in answers if code)
    if refused:
        raise SystemExit(f"the port could not process {sum(refused.values())} claims (return codes {dict(refused)})")
    return [edits for _, edits in answers]


def as_port_claim(claim: Claim) -> dict[str, object]:
    days = [line.day for line in claim.lines]
    return {
        "claimId": "1",
        "billType": claim.bill_type,
        "dateStarted": f"{min(days):%Y%m%d}",
        "dateEnded": f"{max(days):%Y%m%d}",
        "principalDiagnosisCode": {"diagnosis": "C61"},
        "lineItemList": [
            {
                "serviceDate": f"{line.day:%Y%m%d}",
                "hcpcs": line.procedure_code,
                "revenueCode": "0333",
                "unitsInput": "1",
                "charge": "100",
                "hcpcsModifierInputList": [{"hcpcsModifier": line.modifier}] if line.modifier else [],
            }
            for line in claim.lines
        ],
    }


def ask_the_rules(claims: Sequence[Claim]) -> dict[str, str]:
    """Outcome of every line that a packaging rule spoke of, by its name."""
    store = FactStore()
    problems = store.supply("claim_lines", (row for number, claim in enumerate(claims) for row in rows(number, claim)))
    if problems:
        raise SystemExit(problems[0].sentence)
    findings = judge(store, [load_policy("imrt_hospital")]).findings
    found: dict[str, str] = {}
    for finding in findings:
        # Where both rules speak, the one that refuses leads.
        if finding.rule in PACKAGING_RULES and found.get(finding.subject_id) in (None, "met"):
            found[finding.subject_id] = str(finding.outcome)
    return found


def rows(number: int, claim: Claim) -> Iterable[NamedTuple]:
    for place, line in enumerate(claim.lines):
        yield row_of(
            "claim_lines",
            {
                "claim_line_id": f"{number}-{place}",
                "claim_id": str(number),
                "line_number": place + 1,
                "course_id": f"C{number}",
                "member_id": f"M{number}",
                "service_date": line.day,
                "procedure_code": line.procedure_code,
                "modifier_1": line.modifier,
                "units": 1,
                "setting": "institutional",
                "bill_type": claim.bill_type,
                "billing_npi": "1999999984",
                "line_of_business": "medicare",
            },
        )


def print_days(answers: Sequence[Answer]) -> None:
    """One row a code: B both refuse it, E edit 125 alone, R our rule alone, . neither."""
    print(f"days from the plan of {PLAN_DAY}, last delivery on day {LAST_DELIVERY_DAYS}, one claim of bill type 131")
    print("B both refuse, E edit 125 alone, R our rules alone, . neither\n")
    print(f"{'code':6}" + "".join(f"{days:>5}" for days in DAYS_AROUND_THE_PLAN))
    for code in planning_codes():
        signs = [sign(answer) for answer in answers if answer.line.procedure_code == code]
        print(f"{code:6}" + "".join(f"{one:>5}" for one in signs))
    print()


def sign(answer: Answer) -> str:
    refused = answer.outcome == "not_met"
    return {(True, True): "B", (True, False): "E", (False, True): "R", (False, False): "."}[answer.edit_125, refused]


def print_agreement(answers: Sequence[Answer]) -> int:
    """How often both say the same of a line, and each difference counted by its reason."""
    services = [answer for answer in answers if answer.line.procedure_code in planning_codes()]
    signs = Counter(sign(answer) for answer in services)
    print(f"{len(services)} services on {len({id(answer.claim) for answer in services})} synthetic claims: ", end="")
    print(
        f"both refuse {signs['B']}, neither {signs['.']}, edit 125 alone {signs['E']}, our rules alone {signs['R']}\n"
    )
    reasons = Counter((sign(answer), why(answer)) for answer in services if sign(answer) in "ER")
    for (who, reason), count in sorted(reasons.items()):
        print(f"{count:6}  {'edit 125 alone' if who == 'E' else 'our rules alone'}: {reason or 'WITHOUT A REASON'}")
    return 1 if any(not reason for _, reason in reasons) else 0


def why(answer: Answer) -> str:
    """Why the two differ on a line; '' where nothing explains it."""
    plan_day = next((line.day for line in answer.claim.lines if line.procedure_code == PLAN), None)
    if plan_day is None or not answer.edit_125:
        return ""
    days = (answer.line.day - plan_day).days
    is_simulation = answer.line.procedure_code in ("77280", "77285", "77290")
    if days < -WINDOW_DAYS:
        return "more than 14 days before the plan; the editor knows no days, we keep to the audited window"
    if days > 0 and not is_simulation:
        return "after the plan, and no simulation; the manual speaks of services that develop the plan"
    if days > LAST_RANDOM_DELIVERY_DAYS:
        return "a simulation after the last delivery; the manual speaks of the course"
    if answer.line.modifier and answer.outcome == "not_documented":
        return "a modifier tells a service apart; the editor ignores it, we ask for the record of the other tumour"
    return ""


if __name__ == "__main__":
    sys.exit(main())
