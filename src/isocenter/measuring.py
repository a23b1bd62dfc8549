"""A folder of DICOM-RT, read, measured and drawn: what `isocenter measure` does, and a review of a case with a plan."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from isocenter.errors import UnreadableInput
from isocenter.files.folders import expect_a_folder_of_a_plan, files_below
from isocenter.files.kinds import is_an_archive
from isocenter.files.texts import shown
from isocenter.files.unchanged import States
from isocenter.terms.chart import Constraint
from isocenter.terms.courses import GuidanceProtocol, ImageGuidance
from isocenter.terms.findings import InputFile
from isocenter.terms.plans import StatedVerification
from isocenter.terms.problems import Problem
from isocenter.terms.review import Picture

if TYPE_CHECKING:
    from isocenter.evidence.doses.gamma import GammaCriteria
    from isocenter.evidence.measures import MeasuredPlan
    from isocenter.terms.imaging import DoseGrid, Patient, PlanFolder

# Compiled kernels, the DICOM library and the plotting library load only when there is something for them to do.
# ruff: noqa: PLC0415


@dataclass(frozen=True, eq=False)
class MeasuredFolder:
    """A folder of DICOM-RT, read, measured and drawn."""

    plan: "MeasuredPlan"
    pictures: tuple[Picture, ...]
    problems: tuple[Problem, ...]
    inputs: tuple[InputFile, ...]


def measure_folder(
    folder: Path,
    course_id: str = "",
    given_roles: Mapping[str, str] | None = None,
    constraints: Sequence[Constraint] = (),
    *,
    verification: Collection[Path] = (),
    stated_verifications: Sequence[StatedVerification] = (),
    gamma_criteria: Sequence[str] = (),
    guidance: GuidanceProtocol | None = None,
    plans: Collection[str] = (),
    charted_dose_gy: float | None = None,
    member: "Patient | None" = None,
    with_pictures: bool = True,
    progress: Callable[[str], None] | None = None,
) -> MeasuredFolder:
    """Read the DICOM-RT files of a plan, measure it and draw it; UnreadableInput when there is none, or one is changed.

    `verification` are files or folders of doses that verify the plan, beside those in its own subfolder;
    `gamma_criteria` such as '2/2/local' replace the usual ones; `guidance` says what treatment records do
    not of the set-ups they hold. `plans` (labels, UIDs or files) choose among several plans; `charted_dose_gy` is
    used where a plan states no prescription; `member` is whose files these should be. Without `with_pictures` nothing
    is drawn, which takes longer than measuring.
    `progress` is called with each stage before it begins.
    """
    say = progress or (lambda _: None)
    expect_a_folder_of_a_plan(folder)
    criteria = _criteria_of(gamma_criteria)
    given = [folder, *(path for path in verification if path.is_dir())]
    files = [file for one in given for file in files_below(one)[0]]
    states = States.of([*files, *verification], folder)
    say("reading the DICOM files")
    from isocenter.intake.dicom_rt.folder import read_folder

    parts, problems, inputs = read_folder(
        folder,
        plans=plans,
        verification=verification,
        stated_verifications=stated_verifications,
        stated_dose_gy=charted_dose_gy,
        member=member,
    )
    if not inputs:
        why = "".join(f"; {problem.path}: {problem.sentence}" for problem in problems[:1]) or _to_unpack(folder)
        raise UnreadableInput(f"{folder}: no DICOM file in it; expected CT, RTSTRUCT, RTPLAN, RTDOSE{why}")
    from isocenter.engines.compiling import COMPILING, are_compiled
    from isocenter.evidence.course_plans import measure_course
    from isocenter.evidence.doses.verification import USUAL_CRITERIA

    say("measuring the plan" if are_compiled() else f"measuring the plan; {COMPILING}")
    measured = measure_course(
        parts,
        course_id,
        given_roles,
        constraints,
        criteria or USUAL_CRITERIA,
        guidance,
        charted_dose_gy=charted_dose_gy,
    )
    guided = [row for row in measured.rows if isinstance(row, ImageGuidance)]
    if with_pictures:
        say("drawing the pictures")
    pictures = _draw(measured.folder, measured, constraints, guided, parts.dose) if with_pictures else ()
    states.expect_the_same()
    return MeasuredFolder(measured, pictures, (*problems, *measured.problems), tuple(inputs))


def _to_unpack(folder: Path) -> str:
    """What to do where a folder holds an archive; '' where it holds none."""
    files, _ = files_below(folder)
    archive = next((file for file in files if file.is_file() and is_an_archive(file)), None)
    return f"; unpack {shown(archive.relative_to(folder))} into it" if archive else ""


def _criteria_of(texts: Sequence[str]) -> "list[GammaCriteria]":
    if not texts:
        return []
    from isocenter.evidence.doses.gamma import parse_criteria

    return [parse_criteria(text) for text in texts]


def _draw(
    parts: "PlanFolder",
    measured: "MeasuredPlan",
    constraints: Sequence[Constraint],
    guided: Sequence[ImageGuidance],
    own_dose: "DoseGrid | None",
) -> tuple[Picture, ...]:
    from isocenter.evidence.pictures import gamma_map, plan_pictures

    pairs = [pair for found in measured.geometry for pair in found.pairs]
    closest = min(pairs, key=lambda pair: pair.distance_mm, default=None)
    pictures = plan_pictures(
        parts,
        {row.name: row.role for row in measured.roles},
        measured.dvhs,
        constraints,
        closest.target_point_mm if closest else None,
        measured.prescription_gy,
        guided,
        own_dose,
    )
    maps = (
        gamma_map(compared, name="gamma" if number == 1 else f"gamma_{number}")
        for number, compared in enumerate(measured.compared, start=1)
    )
    return (*pictures, *(picture for picture in maps if picture is not None))
