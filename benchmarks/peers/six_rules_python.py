"""Six coding rules in plain Python, written apart from the SQL: python six_rules_python.py LINES FINDINGS (Parquet)."""

from collections import defaultdict
from collections.abc import Iterator

from six_rules_lines import Finding, Line, run

EXTERNAL_BEAM = {"imrt_delivery", "imrt_delivery_if_planned", "other_delivery", "conventional_delivery"}
DELIVERY = EXTERNAL_BEAM | {"brachytherapy_delivery", "special_delivery"}
OTHER_MODALITY = {"conventional_delivery", "brachytherapy_delivery", "special_delivery"}
FRACTIONS_PER_UNIT, LEAST_REMAINDER = 5, 3


def judge(lines: list[Line]) -> Iterator[Finding]:
    """What the six rules hold against the lines of one member, without a chart."""
    courses: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        courses[line.course_id].append(line)
    planned = {line.course_id for line in lines if "imrt_plan" in line.code_lists}
    imrt = [line for line in lines if delivers_imrt(line, planned)]
    imrt_days = {line.day for line in imrt}
    imrt_courses = planned | {line.course_id for line in imrt}
    if imrt_days:
        for line in lines:
            if "other_delivery" in line.code_lists and line.day in imrt_days:
                yield Finding("no_other_delivery_on_imrt_days", line.claim_line_id, "not_met", None)
    for course, of_course in courses.items():
        yield from over("one_plan_per_course", of_course, "imrt_plan", 1)
        if course in planned:
            yield from over("no_3d_plan_beside_the_imrt_plan", of_course, "plan_3d", 0)
        if course in imrt_courses:
            yield from special_dosimetry(of_course)
            yield from devices(of_course, imrt_days, is_planned=course in planned)
        yield from management(of_course)


def delivers_imrt(line: Line, planned: set[str]) -> bool:
    """Whether the line delivers IMRT: from 2026 only where it was planned."""
    return "imrt_delivery" in line.code_lists or (
        "imrt_delivery_if_planned" in line.code_lists and line.course_id in planned
    )


def over(rule: str, lines: list[Line], code_list: str, limit: int) -> Iterator[Finding]:
    """Units beyond the limit of the course, the physician's part and the technical part each counted alone."""
    professional = technical = 0
    for line in lines:
        if code_list not in line.code_lists:
            continue
        professional += line.units * line.bills_professional_part
        technical += line.units * line.bills_technical_part
        so_far = max(professional * line.bills_professional_part, technical * line.bills_technical_part)
        allowed = max(0, min(line.units, limit - so_far + line.units))
        if allowed < line.units:
            yield Finding(rule, line.claim_line_id, "not_documented", allowed)


def special_dosimetry(lines: list[Line]) -> Iterator[Finding]:
    """Claims do not say what was measured: its record is asked for."""
    for line in lines:
        if "special_dosimetry" in line.code_lists:
            yield Finding("no_special_dosimetry_for_verification", line.claim_line_id, "not_documented", None)


def devices(lines: list[Line], imrt_days: set[int], *, is_planned: bool) -> Iterator[Finding]:
    """Devices that are no distinct service, where the course shows no other modality.

    Their record is asked for where no plan is supplied, and from 2026, when a code does not distinguish a boost.
    """
    for line in lines:
        is_other = "other_delivery" in line.code_lists and line.day not in imrt_days
        if is_other or line.code_lists & OTHER_MODALITY:
            return
    may_be_a_boost = any("imrt_delivery_if_planned" in line.code_lists for line in lines)
    outcome = "not_met" if is_planned and not may_be_a_boost else "not_documented"
    for line in lines:
        if "treatment_device" in line.code_lists and not line.is_distinct and not line.has_26:
            yield Finding("devices_are_part_of_the_plan", line.claim_line_id, outcome, None)


def management(lines: list[Line]) -> Iterator[Finding]:
    """Units beyond one for five fractions billed, and one for three or four that are left over.

    What is billed before the first treatment is another rule's, and takes no unit.
    """
    first_delivery = min((line.day for line in lines if line.code_lists & DELIVERY), default=None)
    fractions = sum(line.units for line in lines if line.bills_technical_part and line.code_lists & EXTERNAL_BEAM)
    weeks, remainder = divmod(fractions, FRACTIONS_PER_UNIT)
    left = weeks + (remainder >= LEAST_REMAINDER)
    rule = "one_management_unit_per_five_fractions"
    for line in lines:
        if "weekly_management" not in line.code_lists or line.has_26 or line.has_tc:
            continue
        if first_delivery is not None and line.day < first_delivery:
            continue
        room = max(0, min(line.units, left))
        left -= line.units
        if not fractions:
            yield Finding(rule, line.claim_line_id, "not_documented", line.units)
        elif room < line.units:
            yield Finding(rule, line.claim_line_id, "not_met", room)


if __name__ == "__main__":
    run(judge)
