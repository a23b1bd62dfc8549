"""A folder of DICOM: every object told by its content and put to the plan that it belongs to."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.files import files_below, shown
from isocenter.intake.dicom_rt.dose_sums import DosePart
from isocenter.intake.dicom_rt.elements import sniff
from isocenter.intake.dicom_rt.grouping import Group, group_around, unused
from isocenter.intake.dicom_rt.objects import ReadObject, read_object
from isocenter.intake.dicom_rt.verifying import read_verifying_files, verifying_doses, verifying_paths
from isocenter.terms.findings import InputFile
from isocenter.terms.imaging import PlanFolder, Registration, TreatmentPlan
from isocenter.terms.plans import StatedVerification
from isocenter.terms.problems import Problem

_DICOM_SUFFIXES = ("", ".dcm", ".dicom", ".ima")
_EARLIER_FOLDERS = ("earlier", "prior")


def read_folder(
    folder: Path,
    *,
    current_plan: str = "",
    earlier_plans: Collection[str] = (),
    verification: Collection[Path] = (),
    stated_verifications: Sequence[StatedVerification] = (),
) -> tuple[PlanFolder, list[Problem], list[InputFile]]:
    """Everything of one plan that lies in or below the folder, told by content; other files are passed over.

    An earlier course is one that lies in a subfolder `earlier` or `prior`, one whose plan is older and has
    another frame of reference, or one whose plan (label or UID) the caller names in `earlier_plans`.
    `current_plan` (label or UID) chooses among several current plans; without it they are listed in a
    problem and none is read. Paths are shown relative to the folder.

    Doses that verify the current plan lie in a subfolder `verification`, say so themselves, or are named by the
    caller: files or folders in `verification`, or entries of `stated_verifications`.
    """
    verifying_files = verifying_paths(folder, verification, stated_verifications)
    verifying = read_verifying_files(verifying_files)
    set_aside = {file.resolve() for file in verifying_files.values()}
    found_files, unreadable = _dicom_files(folder)
    files = [file for file in found_files if file.resolve() not in set_aside]
    objects, told = _without_verifying([read_object(file, _shown(file, folder)) for file in files])
    problems = [problem for found in (*objects, *told) for problem in found.problems] + verifying.problems
    problems += _of_several_patients(objects) + _of_other_kinds(objects)
    scopes: dict[str, list[ReadObject]] = {"": []}
    for found in objects:
        scopes.setdefault(_earlier_scope(found.path), []).append(found)
    current, aside, more = _current_course(scopes.pop(""), current_plan, earlier_plans)
    problems += more
    earlier = [*aside, *(group for scope in scopes.values() for group in _all_courses(scope))]
    for group in (current, *earlier):
        problems += group.problems
    registrations = _registrations(objects)
    doses, more = verifying_doses(verifying, told, current.folder.plan, current.folder.dose, stated_verifications)
    plan_folder = replace(
        current.folder,
        registrations=registrations,
        earlier=tuple(group.folder for group in earlier),
        verifying_doses=doses,
    )
    return plan_folder, unreadable + problems + more, [found.input for found in (*objects, *told)] + verifying.inputs


def _without_verifying(objects: list[ReadObject]) -> tuple[list[ReadObject], list[ReadObject]]:
    """The objects of the plans, and the doses that say that they verify one, where another dose remains."""
    doses = [found for found in objects if isinstance(found.term, DosePart) and not _earlier_scope(found.path)]
    told = [found for found in doses if isinstance(found.term, DosePart) and found.term.verifies]
    if len(told) == len(doses):
        return objects, []
    return [found for found in objects if found not in told], told


def _dicom_files(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The files that are DICOM, and a problem for each that bears the name of one and is none."""
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
        elif file.suffix.lower() in _DICOM_SUFFIXES:
            what = "is damaged: it does not begin as DICOM does" if head else "is empty"
            problems.append(Problem(_shown(file, folder), "", f"The file {what}; export it again. It is left out."))
    return found, problems


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


def _registrations(objects: Iterable[ReadObject]) -> tuple[Registration, ...]:
    return tuple(
        part
        for found in objects
        if isinstance(found.term, tuple)
        for part in found.term
        if isinstance(part, Registration)
    )


def _current_course(
    objects: list[ReadObject], current_plan: str, earlier_plans: Collection[str]
) -> tuple[Group, list[Group], list[Problem]]:
    """The current course, the earlier ones beside it, and what is wrong with the choice."""
    plans = _plans(objects)
    told = [found for found in plans if _is_named(found[1], earlier_plans)]
    rest = [found for found in plans if found not in told]
    older = [found for found in rest if not current_plan and _is_of_earlier_course(found[1], rest)]
    current = [found for found in rest if found not in older]
    if current_plan:
        current = [found for found in rest if _is_named(found[1], (current_plan,))]
        if not current:
            listed = "; ".join(_described(*found) for found in rest) or "none"
            raise UnreadableInput(f"there is no plan {current_plan!r} in the folder; its plans: {listed}.")
    if len(current) > 1:
        listed = "; ".join(_described(*found) for found in current)
        sentence = (
            f"The folder holds {len(current)} current plans ({listed}); none is read: put each in a "
            "folder of its own (an earlier course in a subfolder `earlier`), or name the one to review."
        )
        return Group(), [], [Problem(current[0][0], "", sentence)]
    all_plans = [plan for _, plan in plans]
    chosen = group_around(current[0][1] if current else None, objects, all_plans)
    earlier = [group_around(plan, objects, all_plans) for _, plan in told + older]
    passed_over = [
        Problem(path, "", f"The plan {plan.label!r} is not the one to review and is left out.")
        for path, plan in rest
        if current_plan and (path, plan) not in current
    ]
    return chosen, earlier, [*passed_over, *unused(objects, [chosen, *earlier])]


def _all_courses(objects: list[ReadObject]) -> list[Group]:
    """Each plan of a folder of earlier courses with its parts; without a plan, what lies there together."""
    plans = [plan for _, plan in _plans(objects)]
    around: list[TreatmentPlan | None] = [*plans] or [None]
    groups = [group_around(plan, objects, plans) for plan in around]
    return [replace(groups[0], problems=groups[0].problems + unused(objects, groups)), *groups[1:]]


def _is_named(plan: TreatmentPlan, names: Collection[str]) -> bool:
    return plan.label in names or plan.sop_instance_uid in names


def _is_of_earlier_course(plan: TreatmentPlan, found: list[tuple[str, TreatmentPlan]]) -> bool:
    return any(
        plan.plan_date is not None
        and other.plan_date is not None
        and plan.plan_date < other.plan_date
        and "" not in (plan.frame_of_reference_uid, other.frame_of_reference_uid)
        and plan.frame_of_reference_uid != other.frame_of_reference_uid
        for _, other in found
    )


def _described(path: str, plan: TreatmentPlan) -> str:
    day = f" of {plan.plan_date:%Y-%m-%d}" if plan.plan_date else ""
    return f"{plan.label or 'unnamed'}{day} in {path}"


def _of_several_patients(objects: list[ReadObject]) -> list[Problem]:
    patients = [found.patient_id for found in objects if found.patient_id]
    if len(set(patients)) < 2:
        return []
    usual = max(patients, key=patients.count)
    others = [found.path for found in objects if found.patient_id not in ("", usual)]
    sentence = (
        f"{len(others)} files bear another patient ID than the other {patients.count(usual)} "
        f"(first: {others[0]}); make sure that all are of one patient."
    )
    return [Problem(others[0], "PatientID", sentence)]


def _of_other_kinds(objects: list[ReadObject]) -> list[Problem]:
    """One sentence a kind: a folder may hold hundreds of MR slices."""
    by_kind: dict[str, list[str]] = {}
    for found in objects:
        if found.term is None and not found.problems:
            by_kind.setdefault(found.input.kind, []).append(found.path)
    return [
        Problem(paths[0], "", f"{len(paths)} files are of a kind that is not used ({kind}); they are left out.")
        for kind, paths in by_kind.items()
    ]
