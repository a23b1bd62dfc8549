"""Doses that verify a plan: recalculated, reconstructed or measured, each recognized by its content.

A dose verifies the plan where it lies in a subfolder `verification`, where it is named by a person, or where the
description of its series says that it was measured or calculated again. Doses in the plan's frame of reference are
compared with the plan's dose; one in another frame is taken as the plan calculated on the device that measured the
planes beside it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from isocenter.errors import UnreadableInput
from isocenter.files.folders import files_below, inside
from isocenter.intake.dicom_rt.dose_copies import is_same_dose
from isocenter.intake.dicom_rt.dose_sums import DosePart, whole_plan_dose, with_planes_stacked
from isocenter.intake.dicom_rt.elements import sniff
from isocenter.intake.dicom_rt.objects import ReadObject, read_object
from isocenter.intake.dicom_rt.upright_planes import any_dose_part_of
from isocenter.intake.dose_table import read_dose_table
from isocenter.intake.measured_formats import is_set_aside, looks_like_dose_table, looks_like_mcc
from isocenter.intake.measured_points import MeasuredPoints, PointMm, to_grid
from isocenter.intake.ptw_mcc import read_mcc
from isocenter.terms.findings import InputFile
from isocenter.terms.imaging import DoseGrid, TreatmentPlan, VerifyingDose
from isocenter.terms.one_person import contradictions, may_be_two_persons
from isocenter.terms.plans import StatedVerification
from isocenter.terms.problems import Problem, SeveralPatients

_NOTES = (".md", ".pdf", ".html", ".png", ".jpg")
_SAME_ISOCENTER_MM = 0.1
_NO_DOSE = "These are the errors of a calculation (DoseType ERROR) and no dose; they verify nothing and are left out."
_MEASURED, _CALCULATED = "measurement", "independent_calculation"


@dataclass
class VerifyingFiles:
    """What lies among the verifying files: DICOM objects, measured points by file, and what is wrong with them."""

    objects: list[ReadObject] = field(default_factory=list)
    points: dict[str, MeasuredPoints] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)


def verifying_paths(folder: Path, named: Iterable[Path], stated: Iterable[StatedVerification]) -> dict[str, Path]:
    """The files that verify the plan of a folder, by the names they are shown under.

    Those in its verification subfolders, those that a person names, and those named, which may lie elsewhere.
    UnreadableInput where a named one is not there.
    """
    found = {
        file.relative_to(folder).as_posix(): file
        for file in files_below(folder)[0]
        if is_set_aside(file.relative_to(folder).parts[:-1])
    }
    found.update({entry.file: file for entry in stated if (file := inside(folder, entry.file)) and file.is_file()})
    for path in named:
        found.update(_below(path))
    return _each_once({name: file for name, file in found.items() if file.is_file() and not file.name.startswith(".")})


def _below(path: Path) -> dict[str, Path]:
    """A file, or all files of a folder, shown with the name of the folder."""
    if not path.exists():
        raise UnreadableInput(f"{path}: there is no such file or folder")
    path = path.resolve()
    if not path.is_dir():
        return {f"{path.parent.name}/{path.name}": path}
    return {f"{path.name}/{file.relative_to(path).as_posix()}": file for file in files_below(path)[0]}


def _each_once(found: dict[str, Path]) -> dict[str, Path]:
    names = {file.resolve(): name for name, file in reversed(found.items())}
    return {name: file for name, file in found.items() if names[file.resolve()] == name}


def read_verifying_files(paths: dict[str, Path]) -> VerifyingFiles:
    """Read each file by its content; what is not a dose becomes a problem and the others are kept."""
    read = VerifyingFiles()
    for name, file in paths.items():
        with file.open("rb") as opened:
            head = opened.read(132)
        reader = _reader_of_points(file, head)
        if sniff(head):
            found = read_object(file, name, any_dose_part_of)
            read.objects.append(found)
            read.inputs.append(found.input)
            read.problems += found.problems
        elif reader is not None:
            with _as_problem(name, read.problems):
                read.points[name] = reader(file)
            rows = len(read.points[name].dose) if name in read.points else 0
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            read.inputs.append(InputFile(name, "measured dose", digest, rows))
        elif file.suffix.lower() not in _NOTES:
            sentence = (
                "This is not a dose that is read: expected RTDOSE, a PTW .mcc export, or a CSV table with x_mm, y_mm, "
                "z_mm and dose_gy. The file is left out."
            )
            read.problems.append(Problem(name, "", sentence))
    return read


def _reader_of_points(file: Path, head: bytes) -> Callable[[Path], MeasuredPoints] | None:
    if looks_like_mcc(head):
        return read_mcc
    from isocenter.intake.csv_tables import header_of  # noqa: PLC0415  few folders hold a table, and it loads slowly

    return read_dose_table if looks_like_dose_table(header_of(file)) else None


def verifying_doses(
    read: VerifyingFiles,
    doses_read: Sequence[ReadObject],
    plan: TreatmentPlan | None,
    planned: DoseGrid | None,
    stated: Sequence[StatedVerification],
) -> tuple[tuple[VerifyingDose, ...], list[Problem]]:
    """The verifying doses among the files that were read and the objects that were recognized by their description."""
    problems: list[Problem] = []
    parts = _of_the_patient((*read.objects, *doses_read), plan, planned, problems)
    problems += [Problem(part.path, "DoseType", _NO_DOSE) for part in parts if part.grid.kind == "ERROR"]
    parts = [part for part in parts if part.grid.kind != "ERROR"]
    frame_uid = planned.frame_of_reference_uid if planned is not None else ""
    elsewhere = [part for part in parts if frame_uid and part.grid.frame_of_reference_uid not in ("", frame_uid)]
    here = [part for part in parts if part not in elsewhere]
    doses = _doses_of_files([part for part in here if not _is_the_plans_own(part, planned, problems)], plan, problems)
    on_device = _dose_on_device(elsewhere, read, problems)
    plans = [found.term for found in read.objects if isinstance(found.term, TreatmentPlan)]
    if on_device is not None:
        plan = next((other for other in plans if other.sop_instance_uid == on_device.plan_uid), None)
    for name, points in read.points.items():
        entry = _stated_of(name, stated)
        with _as_problem(name, problems):
            grid = to_grid(points, _isocenter_mm(plan), entry.normalization_gy)
            doses.append(VerifyingDose(name, _MEASURED, grid, verified_on=points.measured_on, planned=on_device))
    problems += _misstated(read, stated)
    return tuple(_as_stated(dose, _stated_of(dose.path, stated)) for dose in doses), problems


def _of_the_patient(
    objects: Iterable[ReadObject], plan: TreatmentPlan | None, planned: DoseGrid | None, problems: list[Problem]
) -> list[DosePart]:
    """The doses that can be of the plan's patient, and a sentence for each that is of somebody else.

    A dose in a frame of reference of its own may be calculated on a device that a system keeps as a patient: it counts,
    and is named, unless it states another birth date or sex.
    """
    kept = []
    frame_uid = planned.frame_of_reference_uid if planned is not None else ""
    for found in objects:
        if not isinstance(found.term, DosePart):
            continue
        if plan is None or not may_be_two_persons(found.patient, plan.patient):
            kept.append(found.term)
            continue
        is_elsewhere = bool(frame_uid) and found.term.grid.frame_of_reference_uid not in ("", frame_uid)
        items = {one.item for one in contradictions(found.patient, plan.patient)}
        if is_elsewhere and items <= {"patient_name"}:
            kept.append(found.term)
            became = "make sure that it was calculated for this plan."
        else:
            became = "it verifies nothing and is left out."
        sentence = f"This verifying dose states another patient than the plan; {became}"
        problems.append(SeveralPatients(found.path, "PatientID", sentence))
    return kept


def _is_the_plans_own(part: DosePart, planned: DoseGrid | None, problems: list[Problem]) -> bool:
    """By its identifier, or because its numbers are the plan's: no measurement or other calculation gives the same."""
    if planned is None:
        return False
    has_its_uid = part.grid.sop_instance_uid == planned.sop_instance_uid != ""
    if not has_its_uid and not is_same_dose(part.grid, planned):
        return False
    sentence = "This is the plan's own dose again, which verifies nothing. The file is left out."
    problems.append(Problem(part.path, "SOPInstanceUID" if has_its_uid else "PixelData", sentence))
    return True


def _doses_of_files(
    parts: Sequence[DosePart], plan: TreatmentPlan | None, problems: list[Problem]
) -> list[VerifyingDose]:
    """One dose for each file of a whole plan; files of beams or fractions are summed to one."""
    doses = []
    by_kind: dict[tuple[str, str], list[DosePart]] = {}
    for number, part in enumerate(with_planes_stacked(parts)):
        alone = str(number) if part.grid.summation == "PLAN" else ""
        by_kind.setdefault((part.grid.summation, alone), []).append(part)
    for alike in by_kind.values():
        first = alike[0]
        with _as_problem(first.path, problems):
            grid, more = whole_plan_dose(alike, plan, verifies=True)
            problems += more
            is_plane = 1 in grid.dose_gy.shape
            kind = first.verifies or (_MEASURED if is_plane else _CALCULATED)
            doses.append(VerifyingDose(first.path, kind, grid))
    return doses


def _dose_on_device(elsewhere: Sequence[DosePart], read: VerifyingFiles, problems: list[Problem]) -> DoseGrid | None:
    """The planned dose on the device that measured: the only one in another frame, where points were measured."""
    if len(elsewhere) == 1 and read.points:
        return elsewhere[0].grid
    problems += [
        Problem(
            part.path,
            "FrameOfReferenceUID",
            "This dose lies in another frame of reference than the plan's dose, and there are other doses besides "
            "it and a measured plane, so there is nothing to compare it with. The file is left out.",
        )
        for part in elsewhere
    ]
    return None


def _isocenter_mm(plan: TreatmentPlan | None) -> PointMm | None:
    """The isocenter of all treatment beams; None where there are several or none."""
    places = [beam.isocenter_mm for beam in plan.treatment_beams if beam.isocenter_mm] if plan else []
    if not places:
        return None
    apart_mm = max(abs(a - b) for place in places for a, b in zip(place, places[0], strict=True))
    return places[0] if apart_mm < _SAME_ISOCENTER_MM else None


def _stated_of(name: str, stated: Sequence[StatedVerification]) -> StatedVerification:
    shown = PurePosixPath(name)
    return next((entry for entry in stated if shown.match(entry.file)), StatedVerification(""))


def _misstated(read: VerifyingFiles, stated: Sequence[StatedVerification]) -> list[Problem]:
    shown = [PurePosixPath(entry.path) for entry in read.inputs]
    problems = [
        Problem(entry.file, "verifying_doses", "The case names this verifying dose, but the file is not there.")
        for entry in stated
        if not any(path.match(entry.file) for path in shown)
    ]
    known = ("", _MEASURED, _CALCULATED)
    return problems + [
        Problem(entry.file, "verifying_doses", f"Its kind is {entry.kind!r}; expected {_MEASURED} or {_CALCULATED}.")
        for entry in stated
        if entry.kind not in known
    ]


def _as_stated(dose: VerifyingDose, entry: StatedVerification) -> VerifyingDose:
    return VerifyingDose(
        dose.path,
        entry.kind if entry.kind in (_MEASURED, _CALCULATED) else dose.kind,
        dose.dose,
        entry.field or dose.field,
        entry.verified_on or dose.verified_on,
        dose.planned,
    )


@contextmanager
def _as_problem(name: str, problems: list[Problem]) -> Iterator[None]:
    """Turns what cannot be read into a problem of the file."""
    try:
        yield
    except UnreadableInput as error:
        sentence = str(error).removeprefix(f"{name}: ").removesuffix(".")
        problems.append(Problem(name, "", f"{sentence[:1].upper()}{sentence[1:]}. The file is left out."))
