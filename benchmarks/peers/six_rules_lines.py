"""Claim lines as the peers that take rows read them: each member's lines in order, with their code lists."""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

CODES = Path(__file__).resolve().parents[2] / "src" / "isocenter" / "policies" / "imrt" / "codes"
COLUMNS = [
    "member_id", "service_date", "claim_line_id", "course_id", "procedure_code", "units", "setting",
    "modifier_1", "modifier_2", "modifier_3", "modifier_4",
]  # fmt: skip
EPOCH = date(1970, 1, 1)
RULES = (
    "one_plan_per_course",
    "no_3d_plan_beside_the_imrt_plan",
    "no_special_dosimetry_for_verification",
    "devices_are_part_of_the_plan",
    "no_other_delivery_on_imrt_days",
    "one_management_unit_per_five_fractions",
)


class Line(NamedTuple):
    """A line with what its modifiers and the code lists say of it on its day."""

    claim_line_id: str
    course_id: str
    day: int  # since 1970
    units: int
    code_lists: frozenset[str]
    is_distinct: bool  # modifier 59 or XU
    has_26: bool
    has_tc: bool
    bills_professional_part: bool
    bills_technical_part: bool


class Finding(NamedTuple):
    """What a rule holds against a line; units_allowed is None where the rule does not cut."""

    rule: str
    subject_id: str
    outcome: str
    units_allowed: int | None


def members(path: str) -> Iterator[list[Line]]:
    """The lines of each member, by day and name."""
    table = pq.read_table(path, columns=COLUMNS)
    table = table.set_column(1, "service_date", table["service_date"].cast(pa.date32()).cast(pa.int32()))
    table = table.sort_by([(name, "ascending") for name in COLUMNS[:3]])
    validity = read_codes()
    known: dict[tuple[str, int], frozenset[str]] = {}
    rows = zip(*(table[name].to_pylist() for name in COLUMNS), strict=True)
    for _, of_member in groupby(rows, key=itemgetter(0)):
        lines = []
        for _, day, name, course, code, units, setting, *modifiers in of_member:
            lists = known.get((code, day))
            if lists is None:
                spans = validity.get(code, ())
                lists = known[code, day] = frozenset(what for what, first, last in spans if first <= day <= last)
            has_26, has_tc = "26" in modifiers, "TC" in modifiers
            professional = setting != "institutional" if has_26 == has_tc else has_26
            is_distinct = "59" in modifiers or "XU" in modifiers
            technical = not (has_26 and not has_tc)
            lines.append(Line(name, course, day, units, lists, is_distinct, has_26, has_tc, professional, technical))
        yield lines


def read_codes() -> dict[str, list[tuple[str, int, int]]]:
    """Of each code the lists that name it, with the first and the last day."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for path in sorted(CODES.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                first = date.fromisoformat(row["valid_from"] or "1900-01-01")
                last = date.fromisoformat(row["valid_to"] or "9999-12-31")
                span = (row["list"], (first - EPOCH).days, (last - EPOCH).days)
                found.setdefault(row["code"], []).append(span)
    return found


def run(judge: Callable[[list[Line]], Iterable[Finding]]) -> None:
    """Judge every member of the file that the command line names, write the findings, print what it took."""
    lines_file, findings_file = sys.argv[1:3]
    began = time.process_time()
    everyone = list(members(lines_file))
    loaded = time.process_time()
    found = [finding for lines in everyone for finding in judge(lines)]
    judged = time.process_time()
    schema = pa.schema([("rule", pa.string()), ("subject_id", pa.string()), ("outcome", pa.string())])
    schema = schema.append(pa.field("units_allowed", pa.int64()))
    columns = list(zip(*found, strict=True)) or [[]] * 4
    pq.write_table(pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
                            schema=schema), findings_file)  # fmt: skip
    print(json.dumps({"load_cpu_s": loaded - began, "judge_cpu_s": judged - loaded}))
