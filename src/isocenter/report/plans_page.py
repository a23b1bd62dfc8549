"""The IMRT plan beside the 3D conformal plan, as a page, as a fact table, and as text."""

import base64
import csv
import io
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from isocenter import __version__
from isocenter.errors import UnwritableOutput
from isocenter.evidence.roles.roles import role_of
from isocenter.files.structured import read_json
from isocenter.files.texts import shown, spreadsheet_cell
from isocenter.intake.comparison_record import COMPARED, RECORD_MARK
from isocenter.plan_making import LESS_COVERED, PlansMade, write_plans
from isocenter.planning.plans.comparison import ComparedConstraint
from isocenter.planning.plans.plan import BrokenLimit, ComputedPlan
from isocenter.report.page import environment
from isocenter.report.plan_fields import (
    angles_compared,
    angles_of,
    apertures_by_angle,
    arrangement_name,
    day_in_words,
    tried_too,
    whose,
)
from isocenter.report.words import VERDICTS
from isocenter.terms.plans import TechniqueComparison
from isocenter.terms.review import Picture

RECORD = "made.json"
_PARTIAL = ".partial-"  # begins the name of the folder of what is half written
PLAN_NAMES = {
    "clinic": "Clinic's plan",
    "clinic_recomputed": "Clinic's plan, computed again",
    "imrt": "IMRT, computed",
    "conformal": "3D conformal, computed",
    "conformal_raised": "3D conformal, raised to the coverage of IMRT",
}
COMPARED_PLANS = ("clinic", "imrt", "conformal", "conformal_raised")
DELIVERY_NAMES = {
    "step_and_shoot": "step and shoot",
    "sliding_window": "sliding window",
    "compensator": "compensators",
    "static": "static fields",
}


def plans_as_page(made: PlansMade) -> str:
    """One self-contained HTML page: constraints and measures by plan, pictures side by side, how plans were made."""
    return (
        environment()
        .get_template("plans.html")
        .render(
            made=made,
            version=__version__,
            task=made.task,
            columns=columns_of(made),
            plan_names=PLAN_NAMES,
            delivery_names=DELIVERY_NAMES,
            verdicts=VERDICTS,
            as_source=_as_source,
            whose_and_when=whose_and_when(made),
            short_of_coverage=short_of_coverage,
            not_kept=not_kept,
            only_with_these_fields=only_with_these_fields,
            apertures_by_angle=apertures_by_angle,
            angles_compared=angles_compared(made.plans),
            angles_of=angles_of,
            tried_too=tried_too,
            arrangement_name=arrangement_name,
            counts=_counts(made),
            at_less_coverage=[
                c
                for c in made.comparison.constraints
                if _only_at_less_coverage(c, made.task.choices.least_miss_percent)
            ],
            clinic_alone=[c for c in made.comparison.constraints if _only_the_clinic_meets(c)],
            only_imrt=[c for c in made.comparison.constraints if c.verdict == "only_imrt"],
            narrow=[c for c in made.comparison.constraints if is_narrow(c, made.task.choices.least_miss_percent)],
        )
    )


def write_plans_whole(made: PlansMade, folder: Path, key: str) -> None:
    """Write page, facts, plans and doses into a folder, all of them or none; what an earlier run wrote is replaced.

    key: what the run follows from; kept_text finds it again. UnwritableOutput names the folder where it has no room.
    """
    try:
        _write_plans_whole(made, folder, key)
    except OSError as wrong:
        raise UnwritableOutput(f"{shown(folder)}: cannot be written ({wrong.strerror or wrong})") from None


def _write_plans_whole(made: PlansMade, folder: Path, key: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    earlier = _record(folder)
    for left in folder.glob(f"{_PARTIAL}*"):  # by a command that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_PARTIAL) as place:
        partial = Path(place)
        (partial / "comparison.html").write_text(plans_as_page(made), encoding="utf-8")
        (partial / "comparisons.csv").write_text(plans_as_table(made), encoding="utf-8")
        write_plans(made, partial)
        names = sorted(file.name for file in partial.iterdir())
        record = {RECORD_MARK: 1, "key": key, "files": names, "text": plans_as_text(made), "pictures": _as_record(made)}
        (partial / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (folder / RECORD).unlink(missing_ok=True)
        for name in names:
            (partial / name).replace(folder / name)
        for name in set(earlier.get("files", ())) - set(names):
            (folder / Path(str(name)).name).unlink(missing_ok=True)
        (partial / RECORD).replace(folder / RECORD)  # last: until then a run takes up nothing


def _as_record(made: PlansMade) -> list[dict[str, str]]:
    """The pictures that a review of the case shows, each named as one of a comparison."""
    named = [
        (replace(picture, title=f"{picture.title}: {PLAN_NAMES[plan]}"), plan)
        for plan in columns_of(made)
        for picture in made.pictures.get(plan, ())
        if plan != "clinic_recomputed"
    ]
    pictures = sorted((picture for picture, _ in named), key=lambda picture: picture.name.split("_")[0] != "isodose")
    if made.difference is not None:
        pictures.append(made.difference)
    return [
        {
            "name": COMPARED + picture.name,
            "title": picture.title,
            "caption": picture.caption,
            "media_type": picture.media_type,
            "data": base64.b64encode(picture.data).decode("ascii"),
        }
        for picture in pictures
    ]


def kept_text(folder: Path, key: str) -> str | None:
    """What a run of the same content printed, where all that it wrote still lies in the folder; else None."""
    record = _record(folder)
    is_kept = record.get("key") == key and all((folder / str(name)).is_file() for name in record.get("files", ()))
    return str(record["text"]) if is_kept else None


def _record(folder: Path) -> dict[str, Any]:
    try:
        found = read_json(folder / RECORD)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("files"), list) and "text" in found else {}


def plans_as_table(made: PlansMade) -> str:
    """The comparison as the fact table `comparisons` in CSV: in a case folder the rules read it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(TechniqueComparison._fields)
    for c in made.comparison.constraints:
        values = [f"{c.values[plan]:.4f}" if plan in c.values else "" for plan in COMPARED_PLANS]
        head = ["", spreadsheet_cell(c.structure), c.metric, c.comparison, f"{c.limit:g}", c.unit]
        part = role_of(c.structure, made.task.structures[c.structure].interpreted_type)
        beam = spreadsheet_cell(made.task.beam.name)
        writer.writerow([*head, *values, c.verdict, beam, part.role, part.standard_name])
    return text.getvalue()


def plans_as_text(made: PlansMade) -> str:
    """The comparison for a terminal."""
    lines = [whose_and_when(made), f"{made.task.beam.name}: {made.task.beam.notice}", f"  {made.task.beam.source}", ""]
    for plan in made.plans:
        lines.append(
            f"{PLAN_NAMES[plan.technique]}: {len(plan.arrangement.gantry_deg)} gantry angles "
            f"({arrangement_name(plan.arrangement)}), {DELIVERY_NAMES[plan.delivery]}, "
            f"{plan.monitor_units:.0f} MU a fraction"
        )
        if (short := short_of_coverage(made, plan)) is not None:
            lines.append(f"  {short}")
        lines += [f"  {not_kept(made, plan, broken)}" for broken in plan.broken]
    lines.append("")
    for c in made.comparison.constraints:
        values = ", ".join(f"{plan} {c.values[plan]:.1f}" for plan in columns_of(made) if plan in c.values)
        least = made.task.choices.least_miss_percent
        verdict = VERDICTS[c.verdict] + (f", by {least:g} % or less" if is_narrow(c, least) else "")
        lines.append(f"{c.structure} {c.metric} {c.comparison} {c.limit:g} {c.unit}: {values}; {verdict}")
    if any(c.verdict == "only_imrt" for c in made.comparison.constraints):
        lines.append(only_with_these_fields(made))
    lines += [f"problem: {' '.join(filter(None, problem[:2]))}: {problem.sentence}" for problem in made.problems]
    return "\n".join(lines) + "\n"


def short_of_coverage(made: PlansMade, plan: ComputedPlan) -> str | None:
    """Which limits cost how much coverage of the highest target; None where it is covered."""
    if plan.short_by <= 1 + LESS_COVERED:
        return None
    first = sorted({goal.structure for goal in made.task.goals if goal.comes_first})
    too = sorted({goal.structure for goal in plan.kept_too})
    also = f", and a little more of it is given up to keep {' and '.join(too)}" if too else ""
    return f"limits of {' and '.join(first)} come before coverage{also}: {_covered(made, plan.short_by)}"


def not_kept(made: PlansMade, plan: ComputedPlan, broken: BrokenLimit) -> str:
    """That a plan breaks a hard limit, by how much, what was tried, and what keeping it would cost."""
    goal, limit = broken.goal, broken.goal.constraint
    tried = "its importance was raised several times"
    if plan.offered:
        tried += f", with {len(plan.offered)} apertures offered and {len(plan.openings)} kept"
    costs = _covered(made, plan.short_by * broken.reached_gy / goal.dose_gy) if goal.dose_gy > 0 else "no dose"
    return (
        f"{goal.structure} {limit.metric} {limit.comparison} {limit.limit:g} {limit.unit} is not kept: "
        f"{broken.reached_gy:.1f} Gy, though {tried}; scaled down, the plan would keep it with {costs}"
    )


def only_with_these_fields(made: PlansMade) -> str:
    """What the 3D conformal plan was not offered, which practice might take where it misses a limit."""
    return (
        f"The 3D conformal plan was made only with coplanar fields of {made.task.beam.energy_mv:g} MV: where practice "
        "would take another energy (--beams), or fields that are not coplanar, it does not show that 3D cannot meet "
        "these constraints."
    )


def _covered(made: PlansMade, short_by: float) -> str:
    """How much of its dose the highest target receives."""
    task = made.task
    prescribed_gy = task.prescribed_gy[task.top_target]
    coverage = f"{task.choices.coverage_percent:g} % of {task.top_target}"
    return f"{prescribed_gy / short_by:.1f} of {prescribed_gy:g} Gy to {coverage}"


def _counts(made: PlansMade) -> dict[str, int]:
    """How many constraints have each verdict."""
    return Counter(c.verdict for c in made.comparison.constraints if c.verdict)


def _only_at_less_coverage(c: ComparedConstraint, least_miss_percent: float) -> bool:
    """Whether both techniques meet a constraint, but 3D misses it by more than some per cent of the limit once it
    covers the target as IMRT does.
    """
    if c.verdict != "both" or c.is_met.get("conformal_raised", True):
        return False
    return abs(c.values["conformal_raised"] - c.limit) > c.limit * least_miss_percent / 100


def _only_the_clinic_meets(c: ComparedConstraint) -> bool:
    """Whether the clinic's own dose keeps a constraint that neither computed plan does."""
    return c.verdict == "neither" and c.is_met.get("clinic", False)


def is_narrow(c: ComparedConstraint, least_miss_percent: float) -> bool:
    """Whether IMRT alone meets a constraint, but 3D misses it by no more than some per cent of the limit."""
    if c.verdict != "only_imrt":
        return False
    return abs(c.values["conformal"] - c.limit) <= c.limit * least_miss_percent / 100


def whose_and_when(made: PlansMade) -> str:
    """Whose the plans are, from which CT they were made, and the clinic's plan they stand beside, as files state it."""
    parts = [whose(made.source.patient)]
    ct, plan = made.source.ct, made.source.plan
    scanned = f"CT of {day_in_words(ct.acquired_on)}" if ct and ct.acquired_on else "CT without a date"
    parts.append(f"{scanned}, {len(ct.z_mm)} slices" if ct else "no CT")
    if plan is not None:
        dated = f" of {day_in_words(plan.plan_date)}" if plan.plan_date else " without a date"
        parts.append(f"clinic's plan{f' {plan.label}' if plan.label else ''}{dated}")
    return "; ".join(parts) + "."


def columns_of(made: PlansMade) -> Sequence[str]:
    """The plans that are compared, the clinic's first."""
    return tuple(made.comparison.dvhs)


def _as_source(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"
