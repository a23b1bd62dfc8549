"""Puts the parts of one plan together: its structure set, doses, CT and records, by what they refer to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TypeVar

from isocenter.errors import UnreadableInput
from isocenter.intake.dicom_rt.consistency import Places, check
from isocenter.intake.dicom_rt.control_point_doses import CONTROL_POINT, of_whole_beams
from isocenter.intake.dicom_rt.ct import ManySlices, Slice, contradicting, stack
from isocenter.intake.dicom_rt.dose_sums import DosePart, doses_that_differ, prescribed_by_dose, whole_plan_dose
from isocenter.intake.dicom_rt.objects import ReadObject
from isocenter.intake.dicom_rt.other_patients import bear_an_id_each
from isocenter.terms.imaging import CtImage, DoseGrid, Patient, PlanFolder, Registration, StructureSet, TreatmentPlan
from isocenter.terms.one_person import are_two_persons
from isocenter.terms.problems import Problem, UnreadPart, listed
from isocenter.terms.treatment_records import TreatmentRecord

Kind = TypeVar("Kind")
_SESSION = "RECORD"  # of a treatment record

LEAST_OF_THE_LONGEST = 0.5  # of the slices of the longest CT series; fewer are a scout view or a part


@dataclass(frozen=True, eq=False)
class Group:
    """The parts of one plan, the files they came from, and what does not fit."""

    folder: PlanFolder = field(default_factory=PlanFolder)
    paths: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def group_around(
    plan: TreatmentPlan | None,
    objects: Sequence[ReadObject],
    all_plans: Sequence[TreatmentPlan],
    *,
    is_silent: bool = False,
    is_only: bool = False,
    stated_dose_gy: float | None = None,
) -> Group:
    """The parts of the plan among the objects; without a plan, the parts that refer to none of the plans.

    Objects of another patient than the plan's are no parts of it. A silent group is only named, its dose not summed.
    What refers to no plan goes to the only one that is reviewed (is_only). `stated_dose_gy` is the prescription where
    the plan states none.
    """
    is_only = is_only or len(all_plans) < 2
    problems: list[Problem] = []
    of_another = [found for found in objects if plan is not None and found.term is not plan]
    of_another = [found for found in of_another if plan is not None and is_of_another_patient(found, plan)]
    are_all_replaced = bear_an_id_each(objects)
    objects = [found for found in objects if found not in of_another]
    plan_path = next((found.path for found in objects if plan is not None and found.term is plan), "")
    structures_path, structure_set, alike = _structure_set_of(plan, objects, all_plans, is_only=is_only)
    if plan is None and structure_set is not None:
        whose = next(found.patient for found in objects if found.term is structure_set)
        objects = [found for found in objects if not are_two_persons(found.patient, whose)]
    parts = _doses_of(plan, objects, all_plans, is_only=is_only)
    if is_silent:
        return Group(paths=(plan_path, structures_path, *(part.path for part in parts)))
    if plan is not None and stated_dose_gy and not plan.prescribed_dose_gy:
        plan = replace(plan, ordered_dose_gy=stated_dose_gy)
        sentence = (
            f"The plan states no dose for a target; the prescription stated with it, {stated_dose_gy:g} Gy, is used."
        )
        problems.append(Problem(plan_path, "dose references", sentence))
    used_parts = _of_one_kind(parts, plan, problems)
    dose = _dose(used_parts, plan, problems)
    ordered_gy = prescribed_by_dose(plan, dose) if plan is not None and dose is not None else None
    if plan is not None and dose is not None and ordered_gy is not None:
        sentence = (
            f"The plan states {plan.prescribed_dose_gy:g} Gy, which can only be one fraction's: the dose of its "
            f"{plan.fractions} fractions reaches {dose.dose_gy.max():.2f} Gy. It is read as {ordered_gy:g} Gy."
        )
        problems.append(Problem(plan_path, "dose references", sentence))
        plan = replace(plan, ordered_dose_gy=ordered_gy)
    slices, alike_slices = _slices_of(structure_set, plan, objects)
    ct = _ct(slices, problems)
    records = [
        (path, record)
        for path, record in _terms(objects, TreatmentRecord)
        if plan is not None and record.plan_uid in ("", plan.sop_instance_uid)
    ]
    of_others = _bound_to(plan, structure_set, of_another, are_all=are_all_replaced) if plan is not None else ()
    position, at_one_position = contradicting(slices)
    several = (
        ("structure sets", alike),
        ("CT series", alike_slices),
        (f"different CT slices at {position}", at_one_position),
        ("doses", doses_that_differ(used_parts, plan)),
    )
    undecided = tuple((kind, files) for kind, files in several if files)
    given = tuple(record for _, record in records)
    part_paths = {structures_path, *(part.path for part in used_parts), *(part.path for part in slices)}
    part_paths |= {path for path, _ in records}
    part_paths |= {found.path for found in objects if isinstance(found.term, tuple)}  # registrations
    folder = PlanFolder(
        plan,
        structure_set,
        dose,
        ct,
        given,
        of_others=of_others,
        part_patients=_patients_of([found for found in objects if found.path in part_paths]),
        undecided=undecided,
    )
    places = Places(
        plan=plan_path,
        structure_set=structures_path,
        dose=used_parts[0].path if used_parts else "",
        ct=slices[0].path if slices else "",
    )
    problems += check(folder, places, frozenset(part.sop_instance_uid for part in slices), _registered(objects))
    used = [plan_path, structures_path, *(part.path for part in parts), *(part.path for part in slices)]
    return Group(folder, tuple(used) + tuple(path for path, _ in records), tuple(problems))


def _bound_to(
    plan: TreatmentPlan, structure_set: StructureSet | None, of_another: Sequence[ReadObject], *, are_all: bool
) -> tuple[tuple[str, Patient], ...]:
    """What plan and structure set refer to, or what refers to the plan, and is of another patient; a kind once.

    Where no two files agree on their patient (are_all), structures and doses are, whatever they refer to.
    """
    images = set(structure_set.referenced_image_uids) if structure_set else set()
    bound: dict[str, Patient] = {}
    for found in of_another:
        match found.term:
            case StructureSet():
                is_bound = are_all or found.sop_instance_uid == plan.structure_set_uid
            case DosePart():
                named = (found.term.grid.plan_uid, *found.term.grid.plan_uids)
                is_bound = are_all or plan.sop_instance_uid in named
            case TreatmentRecord():
                is_bound = found.term.plan_uid == plan.sop_instance_uid
            case Slice():
                is_bound = found.term.sop_instance_uid in images
            case _:
                is_bound = False
        if is_bound and found.sop_instance_uid and plan.sop_instance_uid:
            bound.setdefault(found.input.kind, found.patient)
    return tuple(bound.items())


def _patients_of(parts: Sequence[ReadObject]) -> tuple[tuple[str, Patient], ...]:
    """The patients of parts that state one, each with the kind of part."""
    stated = [(found.input.kind, found.patient) for found in parts if found.patient.is_stated]
    return tuple(dict.fromkeys(entry for entry in stated if not entry[1].is_deidentified))


def _registered(objects: Sequence[ReadObject]) -> frozenset[frozenset[str]]:
    """Pairs of frames of reference that rigid registrations of the folder link, one after another too."""
    linked: list[set[str]] = []
    for found in objects:
        for part in found.term if isinstance(found.term, tuple) else ():
            if isinstance(part, Registration):
                ends = {part.source_frame_uid, part.target_frame_uid}
                ends.update(*(frames for frames in linked if frames & ends))
                linked = [frames for frames in linked if not frames & ends] + [ends]
    return frozenset(frozenset(pair) for frames in linked for pair in combinations(frames, 2))


def unused(objects: Sequence[ReadObject], groups: Sequence[Group]) -> tuple[Problem, ...]:
    """One sentence for each kind of object that went to no plan."""
    used = {path for group in groups for path in group.paths}
    plans = [group.folder.plan for group in groups if group.folder.plan is not None]
    by_kind: dict[tuple[str, bool], list[str]] = {}
    are_all_replaced = bear_an_id_each(objects)  # said once
    for found in objects:
        is_part = isinstance(found.term, StructureSet | DosePart | Slice | ManySlices | TreatmentRecord)
        is_of_another = bool(plans) and all(is_of_another_patient(found, plan) for plan in plans)
        if is_of_another and are_all_replaced:
            continue
        if (is_part or (is_of_another and isinstance(found.term, tuple))) and found.path not in used:
            by_kind.setdefault((found.input.kind, is_of_another), []).append(found.path)
    return tuple(
        Problem(paths[0], "", f"{_left_out(len(paths), kind, is_of_another=is_of_another)}; left out.")
        for (kind, is_of_another), paths in by_kind.items()
    )


def _left_out(count: int, kind: str, *, is_of_another: bool) -> str:
    files = f"1 file ({kind})" if count == 1 else f"{count} files ({kind})"
    if is_of_another:
        return f"{files} {'is' if count == 1 else 'are'} of another patient than the plan"
    return f"{files} {'belongs' if count == 1 else 'belong'} to no plan in the folder"


def _terms(objects: Sequence[ReadObject], kind: type[Kind]) -> list[tuple[str, Kind]]:
    return [(found.path, found.term) for found in objects if isinstance(found.term, kind)]


def _structure_set_of(
    plan: TreatmentPlan | None, objects: Sequence[ReadObject], all_plans: Sequence[TreatmentPlan], *, is_only: bool
) -> tuple[str, StructureSet | None, tuple[str, ...]]:
    """The one that the plan refers to, else one that no plan refers to; and all that could be, of several."""
    found = _terms(objects, StructureSet)
    if plan is not None:
        for path, structure_set in found:
            if plan.structure_set_uid and structure_set.sop_instance_uid == plan.structure_set_uid:
                return path, structure_set, ()
    referred_to = {other.structure_set_uid for other in all_plans}
    free = [entry for entry in found if entry[1].sop_instance_uid not in referred_to]
    if len(free) > 1 and plan is not None:
        same_frame = [e for e in free if e[1].frame_of_reference_uid == plan.frame_of_reference_uid]
        free = same_frame or free
    if len(found) == 1 and plan is not None:
        return *found[0], ()
    # Of several structure sets one that no plan refers to could be any plan's.
    if not free or not is_only:
        return "", None, ()
    return *free[0], tuple(path for path, _ in free) if len(free) > 1 else ()


def _doses_of(
    plan: TreatmentPlan | None, objects: Sequence[ReadObject], all_plans: Sequence[TreatmentPlan], *, is_only: bool
) -> list[DosePart]:
    parts = [part for _, part in _terms(objects, DosePart) if not part.is_of_several_plans]
    if plan is not None:
        own = [part for part in parts if part.grid.plan_uid and part.grid.plan_uid == plan.sop_instance_uid]
        if own:
            return own
    known = {other.sop_instance_uid for other in all_plans}
    free = [part for part in parts if part.grid.plan_uid not in known]
    return free if is_only else []


def is_of_another_patient(found: ReadObject, plan: TreatmentPlan) -> bool:
    """Whether an object is another patient's than the plan."""
    return are_two_persons(found.patient, plan.patient)


def _of_one_kind(parts: Sequence[DosePart], plan: TreatmentPlan | None, problems: list[Problem]) -> list[DosePart]:
    """The physical doses, or those of the effect: of ions before physical ones, of sources where there are no others.

    Ions are prescribed by the dose weighted by its biological effect (ICRU 78), which for protons is 1.1 times the
    physical one. Doses that do not state their kind are used where there are no others, and said to be.
    """
    modality = plan.modality if plan is not None else "external"
    kinds = {"external": ("PHYSICAL",), "ion": ("EFFECTIVE", "PHYSICAL")}.get(modality, ("PHYSICAL", "EFFECTIVE"))
    present = {part.grid.kind for part in parts}
    kind = next((kind for kind in (*kinds, "") if kind in present), None)
    used = [part for part in parts if part.grid.kind == kind]
    if kind == "":
        problems.append(of_unstated_kind(used[0].path))
    elif kind == "EFFECTIVE":
        beside = "is used before the physical one" if "PHYSICAL" in present else "has no physical dose with it"
        sentence = f"The dose is weighted by its biological effect; it {beside}."
        problems.append(Problem(used[0].path, "DoseType", sentence))
    elif modality == "ion" and used:
        sentence = "The dose of ions is the physical one; the dose weighted by its effect is not in the folder."
        problems.append(Problem(used[0].path, "DoseType", sentence))
    passed_over = [part for part in parts if part not in used]
    if passed_over:
        named = listed([f"{part.path} ({part.grid.kind or 'not stated'})" for part in passed_over])
        which = "other than the one measured" if kind == "EFFECTIVE" else "that are no physical dose"
        which = which if all(part.grid.kind for part in passed_over) else "other than physical, or of no stated kind,"
        problems.append(Problem(passed_over[0].path, "DoseType", f"Doses {which} are passed over: {named}."))
    return used


def of_unstated_kind(path: str) -> Problem:
    """What is said of a dose that is used and does not state its kind."""
    sentence = (
        "The file does not say of which kind its dose is (physical, weighted by biological effect, or the error of a "
        "calculation); it is measured as it is. Make sure that it is of the kind that was prescribed."
    )
    return Problem(path, "DoseType", sentence)


def _of_a_session(part: DosePart) -> Problem:
    """A dose that is whole and read, and is by its own word no dose of a plan or beam."""
    sentence = (
        f"This is the dose of what one session delivered ({_SESSION}), not of the plan; export the dose of the plan "
        "(PLAN). It is left out."
    )
    return Problem(part.path, "DoseSummationType", sentence)


def _dose(parts: list[DosePart], plan: TreatmentPlan | None, problems: list[Problem]) -> DoseGrid | None:
    if not parts:
        return None
    if all(part.grid.summation in (_SESSION, CONTROL_POINT) for part in parts):
        problems += [_of_a_session(part) for part in parts if part.grid.summation == _SESSION]
        of_points = [part for part in parts if part.grid.summation == CONTROL_POINT]
        whole, more = of_whole_beams(of_points, plan) if of_points else (None, [])
        problems += more
        if whole is None:
            return None
        parts = [whole]
    try:
        dose, more = whole_plan_dose(parts, plan)
    except UnreadableInput as error:
        path, _, sentence = str(error).partition(": ")
        sentence = f"{sentence[:1].upper()}{sentence[1:]} The plan is read without it."
        problems.append(UnreadPart(path, "", sentence).of_kind("dose"))
        return None
    problems += more
    return dose


def _slices_of(
    structure_set: StructureSet | None, plan: TreatmentPlan | None, objects: Sequence[ReadObject]
) -> tuple[list[Slice], tuple[str, ...]]:
    """The CT series on which the structures were drawn, else one of the same frame, else the only one.

    And the first files of all that could be it, where nothing but their length tells them apart.
    """
    series: dict[str, list[Slice]] = {}
    slices = [part for _, part in _terms(objects, Slice)]
    slices += [part for _, many in _terms(objects, ManySlices) for part in many.slices]
    for part in slices:
        series.setdefault(part.series_uid, []).append(part)
    if not series:
        return [], ()
    drawn_on = set(structure_set.referenced_image_uids) if structure_set else set()
    owners = (structure_set, plan)
    frames = {owner.frame_of_reference_uid for owner in owners if owner and owner.frame_of_reference_uid}

    def fitness(slices: Sequence[Slice]) -> tuple[int, int, int]:
        shared = sum(part.sop_instance_uid in drawn_on for part in slices)
        return shared, sum(part.frame_of_reference_uid in frames for part in slices), len(slices)

    best = max(series.values(), key=fitness)
    if len(series) > 1 and frames and not any(fitness(best)[:2]):
        return [], ()
    drawn, in_frame, count = fitness(best)

    def could_be(slices: Sequence[Slice]) -> bool:
        own = fitness(slices)
        is_like_it = own[0] == drawn and (drawn > 0 or bool(own[1]) == bool(in_frame))
        return is_like_it and own[2] >= LEAST_OF_THE_LONGEST * count

    alike = [min(part.path for part in one) for one in series.values() if could_be(one)]
    return best, tuple(alike) if len(alike) > 1 else ()


def _ct(slices: list[Slice], problems: list[Problem]) -> CtImage | None:
    if not slices:
        return None
    ct, more = stack(slices)
    problems += more
    return ct
