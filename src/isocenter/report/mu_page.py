"""The independent check of monitor units as a page to print, as text, and as rows of facts."""

import csv
import io
from collections.abc import Sequence
from datetime import date

from isocenter import __version__
from isocenter.files.texts import spreadsheet_cell
from isocenter.mu_checking import CheckedPlan
from isocenter.planning.checks.mu_check import FIELD_TOLERANCE_PERCENT, PLAN_TOLERANCE_PERCENT, FieldCheck, MuCheck
from isocenter.report.page import environment
from isocenter.report.plan_fields import whose
from isocenter.terms.plans import Verification


def check_as_page(checked: CheckedPlan, confirmed_by: str = "", confirmed_on: date | None = None) -> str:
    """One self-contained HTML page: each field with everything that its dose was computed from."""
    template = environment().get_template("mu_check.html")
    return template.render(
        checked=checked,
        check=checked.check,
        beams=checked.check.beams,
        confirmed_by=confirmed_by,
        confirmed_on=confirmed_on,
        verdict=_verdict,
        judged=_judged,
        whose=whose(checked.plan.patient),
        version=__version__,
        field_tolerance=FIELD_TOLERANCE_PERCENT,
        plan_tolerance=PLAN_TOLERANCE_PERCENT,
    )


def check_as_text(checked: CheckedPlan) -> str:
    """The check for a terminal."""
    check = checked.check
    lines = [f"beam data {beam.name}, {beam.kind}, sha256 {beam.sha256[:16]}" for beam in check.beams]
    if checked.simplification:
        lines.append(checked.simplification)
    for field in check.fields:
        if field.why_not:
            units = f"{field.monitor_units:.1f} MU" if field.monitor_units else "monitor units not stated"
            lines.append(f"{field.field}: {units}, not computed: {field.why_not}")
            continue
        kind = f"{check.beam_of(field).kind}, " if len(check.beams) > 1 else ""
        behind = f" behind {', '.join(field.accessories)} ({field.accessory_factor:.3f})" if field.accessories else ""
        dose = f"{kind}{field.method}{behind}, {field.dose_gy:.3f} Gy a fraction"
        lines.append(f"{field.field}: {field.monitor_units:.1f} MU, {dose}; {_verdict(check, field)}")
    if check.difference_percent is None:
        lines.append(f"plan: not compared: {checked.not_compared}")
    else:
        lines.append(
            f"plan: {check.dose_gy:.3f} Gy against {check.planned_gy:.3f} Gy at "
            f"{', '.join(f'{at:.1f}' for at in check.point_mm)} mm, {check.difference_percent:+.1f} %, "
            + _judged(check.is_within, PLAN_TOLERANCE_PERCENT, check.method_percent)
        )
    lines += [f"problem: {' '.join(filter(None, problem[:2]))}: {problem.sentence}" for problem in checked.problems]
    return "\n".join(lines) + "\n"


def verifications_as_table(rows: Sequence[Verification]) -> str:
    """The fact table `verifications` in CSV; in a case folder the rules read it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Verification._fields)
    for row in rows:
        writer.writerow(["" if v is None else spreadsheet_cell(v) if isinstance(v, str) else v for v in row])
    return text.getvalue()


def _verdict(check: MuCheck, field: FieldCheck) -> str:
    if field.planned_gy is None or field.difference_gy is None:
        return "the plan does not state the field's dose at a point"
    judged = _judged(check.is_field_within(field), FIELD_TOLERANCE_PERCENT, field.method_percent)
    percent = f"{field.difference_percent:+.1f} %, " if field.difference_percent is not None else ""
    return f"{percent}{field.difference_gy:+.3f} Gy, {judged}"


def _judged(is_within: bool | None, tolerance_percent: float, method_percent: float) -> str:
    """Whether a difference is within the tolerance, or what leaves it open."""
    if is_within is None:
        return (
            f"beyond {tolerance_percent:g} %, but not judged: the way to the point crosses lung, where this method may "
            f"be {method_percent:g} % off; measure it, or compute it by another method"
        )
    return f"{'within' if is_within else 'beyond'} {max(tolerance_percent, 0 if is_within else method_percent):g} %"
