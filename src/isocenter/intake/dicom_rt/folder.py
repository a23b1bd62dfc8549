"""A folder of DICOM: every object recognized by its content and put to the plan that it belongs to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from isocenter.files.folders import files_below
from isocenter.files.texts import shown
from isocenter.intake.dicom_rt.choosing import (
    Uses,
    are_different,
    chosen_plans,
    is_named,
    is_of_earlier_course,
    without_copies,
)
from isocenter.intake.dicom_rt.consistency import dose_against_order
from isocenter.intake.dicom_rt.dose_sums import DosePart, added, scaled
from isocenter.intake.dicom_rt.elements import sniff
from isocenter.intake.dicom_rt.grouping import Group, group_around, is_of_another_patient, of_unstated_kind, unused
from isocenter.intake.dicom_rt.objects import DIRECTORY, ReadObject, read_objects
from isocenter.intake.dicom_rt.other_patients import of_several_patients
from isocenter.intake.dicom_rt.succession import with_given_fractions
from isocenter.intake.dicom_rt.verifying import read_verifying_files, verifying_doses, verifying_paths
from isocenter.terms.findings import InputFile
from isocenter.terms.imaging import DoseGrid, Patient, PlanFolder, Registration, TreatmentPlan
from isocenter.terms.limits import HIGHEST_ORDER_GY
from isocenter.terms.one_person import may_be_two_persons
from isocenter.terms.plan_purpose import is_for_machine, is_for_verification
from isocenter.terms.plans import StatedVerification
from isocenter.terms.problems import Problem, SeveralPatients, gathered
from isocenter.terms.treated_places import ordered_together, treated_places
from isocenter.terms.treatment_records import TreatmentRecord

_DICOM_SUFFIXES = ("", ".dcm", ".dicom", ".ima")
_EARLIER_FOLDERS = ("earlier", "prior")


def read_folder(
    folder: Path,
    *,
    current_plan: str = "",
    plans: Collection[str] = (),
    earlier_plans: Collection[str] = (),
    verification: Collection[Path] = (),
    stated_verifications: Sequence[StatedVerification] = (),
    stated_dose_gy: float | None = None,
    member: Patient | None = None,
) -> tuple[PlanFolder, list[Problem], list[InputFile]]:
    """Everything of one plan that lies in or below the folder, recognized by content; other files are passed over.

    An earlier course is one that lies in a subfolder `earlier` or `prior`, one whose plan is older and has
    another frame of reference, or one whose plan (label, UID or file) the caller names in `earlier_plans`.
    `current_plan`, or several in `plans` (likewise), choose among the plans; without them a course is the sum of
    its plans: copies, rejected and unapproved trials, earlier versions and plans for phantoms are left out, by name.
    The first plan is the folder's, the others are in `further`. Paths are shown relative to the folder.
    `stated_dose_gy` is the prescription of the chart, which is used where the only plan states none. `member` is whose
    the folder should be, where that is known: files of others are named.

    Doses that verify the current plan lie in a subfolder `verification`, say so themselves, or are named by the
    caller: files or folders in `verification`, or entries of `stated_verifications`.
    """
    verifying_files = verifying_paths(folder, verification, stated_verifications)
    verifying = read_verifying_files(verifying_files)
    set_aside = {file.resolve() for file in verifying_files.values()}
    found_files, unreadable = _dicom_files(folder)
    files = [file for file in found_files if file.resolve() not in set_aside] if set_aside else found_files
    read, copies = without_copies(read_objects([(file, _shown(file, folder)) for file in files]))
    objects, dose_parts = _without_verifying(read)
    problems = of_several_patients(objects, member)
    problems += [problem for found in (*objects, *dose_parts) for problem in found.problems]
    problems += verifying.problems + copies + _of_other_kinds(objects)
    scopes: dict[str, list[ReadObject]] = {"": []}
    for found in objects:
        scopes.setdefault(_earlier_scope(found.path), []).append(found)
    of_today = scopes.pop("")
    names = [current_plan] if current_plan else plans
    current, aside, more = _current_course(of_today, names, earlier_plans, stated_dose_gy)
    problems += more
    current, is_known, more = _as_given(current, of_today)
    problems += more
    summed_dose, more = _summed_dose(of_today, current, is_known=is_known)
    problems += more
    earlier = [*aside, *(group for scope in scopes.values() for group in _all_courses(scope))]
    for group in (*current, *earlier):
        problems += group.problems
    first, *further = current
    earlier, more = _of_one_patient(earlier, first)
    problems += more
    doses, more = verifying_doses(verifying, dose_parts, first.folder.plan, first.folder.dose, stated_verifications)
    plan_folder = replace(
        first.folder,
        registrations=_registrations(objects, first.folder.plan),
        earlier=tuple(group.folder for group in earlier),
        further=tuple(
            replace(group.folder, registrations=_registrations(objects, group.folder.plan)) for group in further
        ),
        summed_dose=summed_dose,
        verifying_doses=doses,
        delivered_otherwise=_delivered_otherwise(of_today, current),
    )
    return (
        plan_folder,
        gathered(problems + unreadable + more),
        [found.input for found in (*objects, *dose_parts)] + verifying.inputs,
    )


def _of_one_patient(earlier: Sequence[Group], current: Group) -> tuple[list[Group], list[Problem]]:
    """The earlier courses that can be of the patient of the current one, and a sentence for each of another."""
    kept: list[Group] = []
    problems: list[Problem] = []
    for group in earlier:
        if not may_be_two_persons(_whose(group.folder), _whose(current.folder)):
            kept.append(group)
            continue
        label = f" {group.folder.plan.label!r}" if group.folder.plan is not None and group.folder.plan.label else ""
        sentence = f"The earlier course{label} is of another patient than the current one; it is left out."
        problems.append(SeveralPatients(next(filter(None, group.paths), ""), "PatientID", sentence))
    return kept, problems


def _whose(folder: PlanFolder) -> Patient:
    """Whose a plan is, by a pseudonym too; where it states nothing, whose the CT is."""
    is_told_apart = folder.plan is not None and bool(folder.plan.patient.number)
    return folder.plan.patient if folder.plan is not None and is_told_apart else folder.patient


def _without_verifying(objects: list[ReadObject]) -> tuple[list[ReadObject], list[ReadObject]]:
    """The objects of the plans, and the doses that say that they verify one, where another dose remains."""
    doses = [found for found in objects if isinstance(found.term, DosePart) and not _earlier_scope(found.path)]
    verifying = [found for found in doses if isinstance(found.term, DosePart) and found.term.verifies]
    if len(verifying) == len(doses):
        return objects, []
    return [found for found in objects if found not in verifying], verifying


def _dicom_files(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The files that are DICOM, and a problem for each that is named like one and is not."""
    files, problems = files_below(folder)
    found: list[Path] = []
    for file in files:
        try:
            with file.open("rb") as opened:
                head = opened.read(132)
        except OSError as wrong:
            problems.append(Problem(_shown(file, folder), "", f"It cannot be read ({wrong.strerror}); it is left out."))
            continue
        if sniff(head):
            found.append(file)
        elif file.suffix.lower() in _DICOM_SUFFIXES and not (file.suffix == "" and _is_text(head)):
            what = "is damaged: it does not begin as DICOM does" if head else "is empty"
            problems.append(Problem(_shown(file, folder), "", f"The file {what}; export it again. It is left out."))
    return found, problems


def _is_text(head: bytes) -> bool:
    """Whether a file without a suffix begins as a note does."""
    return bool(head) and all(byte >= 32 or byte in b"\t\r\n" for byte in head)


def _shown(file: Path, folder: Path) -> str:
    return shown(file.relative_to(folder))


def _earlier_scope(path: str) -> str:
    """The subfolder of an earlier course in which a file lies; empty for the current one."""
    parts = path.split("/")[:-1]
    for depth, part in enumerate(parts, start=1):
        if part.lower() in _EARLIER_FOLDERS:
            return "/".join(parts[:depth])
    return ""


def _plans(objects: Iterable[ReadObject]) -> list[tuple[str, TreatmentPlan]]:
    return [(found.path, found.term) for found in objects if isinstance(found.term, TreatmentPlan)]


def _doses(objects: Iterable[ReadObject]) -> list[tuple[str, DosePart]]:
    return [(found.path, found.term) for found in objects if isinstance(found.term, DosePart)]


def _doses_of_others(
    chosen: Sequence[Group], left_out: Sequence[TreatmentPlan], dose_of: Mapping[str, str]
) -> list[Problem]:
    """A sentence for each plan without a dose beside one that is left out and has one."""
    owners = [plan for plan in left_out if plan.sop_instance_uid in dose_of]
    bare = [
        group.folder.plan for group in chosen if group.folder.plan and group.folder.plan.sop_instance_uid not in dose_of
    ]
    if not owners:
        return []
    path, owner = dose_of[owners[0].sop_instance_uid], owners[0].label
    sentence = f"This dose is of {owner!r}, which is left out, and {{label!r}} has none; export its dose."
    return [Problem(path, "ReferencedRTPlanSequence", sentence.format(label=plan.label)) for plan in bare]


def _treated(objects: Iterable[ReadObject]) -> dict[str, set[date]]:
    """The UIDs of the plans by which the treatment records say that beams were delivered, each with the known days."""
    days: dict[str, set[date]] = {}
    for record in (found.term for found in objects if isinstance(found.term, TreatmentRecord)):
        if record.plan_uid and any(not beam.is_of_set_up for beam in record.beams):
            days.setdefault(record.plan_uid, set()).update([record.treated_on] if record.treated_on else [])
    return days


def _delivered_otherwise(objects: Sequence[ReadObject], current: Sequence[Group]) -> tuple[str, ...]:
    """The plans that the treatment records name, where none of these is reviewed.

    Records of another patient, those of before the plan was made and those of checks on a phantom do not count.
    """
    plan = current[0].folder.plan
    if plan is None or current[0].folder.records:
        return ()
    named = {
        found.term.plan_uid
        for found in objects
        if isinstance(found.term, TreatmentRecord) and not is_of_another_patient(found, plan)
        if found.term.treated_on and (plan.plan_date is None or found.term.treated_on >= plan.plan_date)
    }
    checks = {one.sop_instance_uid for _, one in _plans(objects) if is_for_verification(one) or is_for_machine(one)}
    reviewed = {group.folder.plan.sop_instance_uid for group in current if group.folder.plan is not None}
    treated = named - checks
    return tuple(sorted(treated)) if treated and treated.isdisjoint({*reviewed, ""}) else ()


def _registrations(objects: Iterable[ReadObject], plan: TreatmentPlan | None) -> tuple[Registration, ...]:
    """The registrations of the folder that are of no other patient than the plan."""
    return tuple(
        part
        for found in objects
        if isinstance(found.term, tuple) and not (plan is not None and is_of_another_patient(found, plan))
        for part in found.term
        if isinstance(part, Registration)
    )


def _current_course(
    objects: list[ReadObject],
    names: Collection[str],
    earlier_plans: Collection[str],
    stated_dose_gy: float | None,
) -> tuple[list[Group], list[Group], list[Problem]]:
    """The plans of the current course, the earlier ones beside them, and what is wrong with the choice."""
    plans = _plans(objects)
    named = [found for found in plans if is_named(found, earlier_plans)]
    rest = [found for found in plans if found not in named]
    older = [found for found in rest if not names and is_of_earlier_course(found[1], rest)]
    dose_of = {part.grid.plan_uid: path for path, part in _doses(objects)}
    uses = Uses(dose_of.keys(), _treated(objects))
    current, problems = chosen_plans([found for found in rest if found not in older], names, uses)
    all_plans = [plan for _, plan in plans]
    around: list[TreatmentPlan | None] = [plan for _, plan in current] or [None]
    is_only = len(around) == 1
    order_gy = stated_dose_gy if is_only and stated_dose_gy and 0 < stated_dose_gy <= HIGHEST_ORDER_GY else None
    chosen = [group_around(plan, objects, all_plans, is_only=is_only, stated_dose_gy=order_gy) for plan in around]
    earlier = [group_around(plan, objects, all_plans) for _, plan in named + older]
    summed = [found for found in objects if isinstance(found.term, DosePart) and found.term.is_of_several_plans]
    left_out = [plan for _, plan in rest if plan not in around and plan not in [p for _, p in older]]
    problems += _doses_of_others(chosen, left_out, dose_of)
    groups = [*chosen, *earlier, *(group_around(plan, objects, all_plans, is_silent=True) for plan in left_out)]
    return chosen, earlier, [*problems, *unused([found for found in objects if found not in summed], groups)]


def _as_given(groups: Sequence[Group], objects: Iterable[ReadObject]) -> tuple[list[Group], bool, list[Problem]]:
    """The groups, in which a replaced plan states the fractions given by it; and whether they are known of each one."""
    plans = [group.folder.plan for group in groups if group.folder.plan is not None]
    records = [found.term for found in objects if isinstance(found.term, TreatmentRecord)]
    given, problems = with_given_fractions(plans, records)
    return [_counted(group, given) for group in groups], None not in given.values(), problems


def _counted(group: Group, given: Mapping[str, int | None]) -> Group:
    plan = group.folder.plan
    count = given.get(plan.sop_instance_uid) if plan is not None else None
    if plan is None or count is None:
        return group
    return replace(group, folder=replace(group.folder, plan=replace(plan, given_fractions=count)))


def _summed_dose(
    objects: list[ReadObject], groups: Sequence[Group], *, is_known: bool
) -> tuple[DoseGrid | None, list[Problem]]:
    """The dose of all plans of the course together: as the planning system summed it, else added up here."""
    plans = [group.folder.plan for group in groups if group.folder.plan is not None]
    uids = {plan.sop_instance_uid for plan in plans}
    not_reviewed = {plan.sop_instance_uid for _, plan in _plans(objects)} - uids
    parts = [found.term for found in objects if isinstance(found.term, DosePart) and found.term.is_of_several_plans]
    fitting = [
        part
        for part in parts
        if uids
        and not_reviewed.isdisjoint(part.grid.plan_uids)
        and (
            part.grid.kind in ("PHYSICAL", "")
            or (part.grid.kind == "EFFECTIVE" and all(p.modality == "ion" for p in plans))
        )
        and (uids <= set(part.grid.plan_uids) or _is_the_only_sum(part, parts))
    ]
    first_kind = "EFFECTIVE" if plans and all(plan.modality == "ion" for plan in plans) else "PHYSICAL"
    fitting.sort(key=lambda part: (part.grid.kind != first_kind, not part.grid.kind))
    problems = [
        Problem(
            part.path, "DoseSummationType", "This sum of several plans does not fit those reviewed; it is left out."
        )
        for part in parts
        if part not in fitting
    ]
    if fitting and not fitting[0].grid.kind:
        problems.append(of_unstated_kind(fitting[0].path))
    if fitting and not fitting[0].grid.plan_uids:
        sentence = (
            f"This sum of several plans names none; it is taken for the sum of the {len(plans)} that are reviewed."
        )
        problems.append(Problem(fitting[0].path, "ReferencedRTPlanSequence", sentence))
    if fitting:
        beyond = {uid for uid in fitting[0].grid.plan_uids if uid not in uids}
        if beyond:
            more_plans = "one more plan" if len(beyond) == 1 else f"{len(beyond)} more plans"
            sentence = f"This dose sums {more_plans} than are reviewed; it is shown as the sum of the course."
            problems.append(Problem(fitting[0].path, "ReferencedRTPlanSequence", sentence))
        elif is_known and all(plan.prescribed_dose_gy for plan in plans):
            ordered_gy, _ = ordered_together(treated_places([group.folder for group in groups]))
            is_unbounded = any(plan.modality == "brachytherapy" for plan in plans)
            grid, path = fitting[0].grid, fitting[0].path
            problems += dose_against_order(grid, ordered_gy, path, is_unbounded=is_unbounded)
        return fitting[0].grid, problems
    doses = [
        scaled(group.folder.dose, group.folder.plan.given_share)
        for group in groups
        if group.folder.dose is not None and group.folder.plan is not None
    ]
    if len(plans) < 2 or not is_known:
        return None, problems
    if any(are_different(plan, plans[0]) for plan in plans):
        sentence = f"The doses of the {len(plans)} plans are not added, because they are of different patients."
        return None, [*problems, Problem("", "dose", sentence)]
    frames = {dose.frame_of_reference_uid for dose in doses}
    if len(doses) < len(plans) or len(frames) > 1:
        reason = "one of them has no dose" if len(doses) < len(plans) else "they lie in different frames of reference"
        sentence = f"The doses of the {len(plans)} plans of the course are not added, because {reason}."
        return None, [*problems, Problem("", "dose", sentence)]
    dose, more = added(doses, "")
    kind, remarks = _kind_of_sum(doses, plans)
    dose = replace(dose, summation="MULTI_PLAN", plan_uids=tuple(sorted(uids)), sop_instance_uid="", kind=kind)
    return dose, problems + more + remarks


def _kind_of_sum(doses: Sequence[DoseGrid], plans: Sequence[TreatmentPlan]) -> tuple[str, list[Problem]]:
    """The kind of dose that a sum is, and a sentence where it adds what is not alike.

    Photons have the effect of their physical dose, so that their sum with ions is one weighted by effect.
    """
    kinds, modalities = {dose.kind for dose in doses}, {plan.modality for plan in plans}
    found = []
    if kinds == {"PHYSICAL", "EFFECTIVE"}:
        found.append(
            "The dose of the course adds physical dose and dose weighted by its biological effect; it counts as "
            "weighted by effect."
        )
    if len(modalities) > 1 and "brachytherapy" in modalities:
        found.append(
            "The dose of the course adds brachytherapy and external beams Gy by Gy; the effect of their fractions "
            "differs, so limits of the course are to be judged by EQD2."
        )
    kind = "" if "" in kinds else "EFFECTIVE" if "EFFECTIVE" in kinds else "PHYSICAL"
    return kind, [Problem("", "dose", sentence) for sentence in found]


def _is_the_only_sum(part: DosePart, sums: Sequence[DosePart]) -> bool:
    """Whether a sum that names no plan is the only one of the folder."""
    return not part.grid.plan_uids and len(sums) == 1


def _all_courses(objects: list[ReadObject]) -> list[Group]:
    """Each plan of a folder of earlier courses with its parts; without a plan, what lies there together."""
    plans = [plan for _, plan in _plans(objects)]
    around: list[TreatmentPlan | None] = [*plans] or [None]
    groups = [group_around(plan, objects, plans) for plan in around]
    return [replace(groups[0], problems=groups[0].problems + unused(objects, groups)), *groups[1:]]


def _of_other_kinds(objects: list[ReadObject]) -> list[Problem]:
    """One sentence a kind: a folder may hold hundreds of MR slices."""
    by_kind: dict[str, list[str]] = {}
    for found in objects:
        if found.term is None and not found.problems and found.input.kind != DIRECTORY:
            by_kind.setdefault(found.input.kind, []).append(found.path)
    return [
        Problem(
            paths[0],
            "",
            f"1 file is of a kind that is not used ({kind}); it is left out."
            if len(paths) == 1
            else f"{len(paths)} files are of a kind that is not used ({kind}); they are left out.",
        )
        for kind, paths in by_kind.items()
    ]
