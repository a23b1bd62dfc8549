"""A computed plan as RTPLAN and RTDOSE: labeled as evidence, unapproved, step-and-shoot beams with monitor units."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Literal, cast

import numpy as np

from isocenter.phantoms.dicom_parts import FileOrigin
from isocenter.phantoms.image_files import write_plan_dose
from isocenter.phantoms.knobs import PatientPosition, Person
from isocenter.phantoms.plan_files import write_plan
from isocenter.planning.delivery import Opening
from isocenter.planning.influence import BIXEL_MM
from isocenter.planning.plan import ComputedPlan
from isocenter.planning.task import Task
from isocenter.terms.imaging import (
    COMPUTED_BY,
    NO_PATIENT,
    Beam,
    ControlPoint,
    DoseGrid,
    DosePrescription,
    FloatArray,
    PlanFolder,
    TreatmentPlan,
)

MACHINE = "GENERIC"
LABELS = {"imrt": "EVIDENCE IMRT", "conformal": "EVIDENCE 3D"}
LEAST_MU = 0.5  # of one opening; less is not delivered
MADE_ON = date(1900, 1, 1)  # where no plan or CT of the clinic says a day: the same input gives the same bytes


def write_computed(task: Task, made: ComputedPlan, source: PlanFolder, folder: Path) -> tuple[Path, Path]:
    """Write RP_<technique>.dcm and RD_<technique>.dcm of the patient whose files were planned; returns their paths."""
    origin = _origin(task, made, source)
    plan = as_treatment_plan(task, made, source, origin.uid)
    frame = source.structure_set.frame_of_reference_uid if source.structure_set else ""
    patient = task.patient
    dose = DoseGrid(
        made.dose_gy,
        patient.x_mm,
        patient.y_mm,
        patient.z_mm,
        frame_of_reference_uid=frame,
        plan_uid=plan.sop_instance_uid,
        sop_instance_uid=origin.uid("dose"),
    )
    plan_file = write_plan(origin, plan, folder, f"RP_{made.technique}.dcm")
    return plan_file, write_plan_dose(origin, dose, plan, folder / f"RD_{made.technique}.dcm")


def as_treatment_plan(task: Task, made: ComputedPlan, source: PlanFolder, uid: Callable[..., str]) -> TreatmentPlan:
    """The plan's beams, one for each gantry angle and wedge, with two control points a segment."""
    groups = [
        (beam, wedge, list(openings))
        for (beam, wedge), openings in groupby(
            sorted(made.openings, key=lambda o: (o.beam, o.wedge)), key=lambda o: (o.beam, o.wedge)
        )
    ]
    total_gy = max(task.prescribed_gy.values()) / task.fractions
    beams = [_beam(number, task, made, *group, total_gy / len(groups)) for number, group in enumerate(groups, 1)]
    structures = source.structure_set
    return TreatmentPlan(
        sop_instance_uid=uid("plan"),
        label=LABELS[made.technique],
        plan_date=source.plan.plan_date if source.plan else None,
        approval="UNAPPROVED",
        fractions=task.fractions,
        beams=tuple(beams),
        prescriptions=tuple(
            DosePrescription("TARGET", task.structures[name].number, name, dose_gy, refers_to="VOLUME")
            for name, dose_gy in task.prescribed_gy.items()
        ),
        frame_of_reference_uid=structures.frame_of_reference_uid if structures else "",
        structure_set_uid=structures.sop_instance_uid if structures else "",
    )


def _beam(
    number: int,
    task: Task,
    made: ComputedPlan,
    beam: int,
    wedge: str,
    openings: Sequence[Opening],
    dose_gy: float,
) -> Beam:
    openings = [o for o in openings if o.monitor_units >= LEAST_MU] or list(openings)
    total_mu = sum(o.monitor_units for o in openings)
    points: list[ControlPoint] = []
    delivered = 0.0
    for opening in openings:
        share = opening.monitor_units / total_mu
        for weight in (delivered, delivered + share):
            points.append(_point(min(weight, 1.0), made.arrangement.gantry_deg[beam], opening))
        delivered += share
    bixels = made.bixels[beam]
    boundaries: FloatArray = bixels.v0_mm - BIXEL_MM / 2 + BIXEL_MM * np.arange(bixels.cells.shape[1] + 1)
    return Beam(
        number=number,
        name=f"G{made.arrangement.gantry_deg[beam]:03.0f}{' W' if wedge else ''}",
        beam_type="STATIC" if len(openings) == 1 else "DYNAMIC",
        energy_mv=task.beam.energy_mv,
        machine=MACHINE,
        source_axis_distance_mm=task.beam.sad_mm,
        monitor_units=round(total_mu, 2),
        beam_dose_gy=dose_gy,
        isocenter_mm=(float(task.isocenter_mm[0]), float(task.isocenter_mm[1]), float(task.isocenter_mm[2])),
        leaf_boundaries_mm=boundaries,
        leaf_axis="X",
        wedges=1 if wedge else 0,
        wedge_types=("STANDARD",) if wedge else (),
        control_points=tuple(points),
    )


def _point(weight: float, gantry_deg: float, opening: Opening) -> ControlPoint:
    assert opening.left_mm is not None and opening.right_mm is not None
    return ControlPoint(
        cumulative_weight=round(weight, 8),
        gantry_deg=gantry_deg,
        jaws_x_mm=opening.jaws_x_mm,
        jaws_y_mm=opening.jaws_y_mm,
        leaves_mm=np.stack([opening.left_mm, opening.right_mm]),
    )


def _origin(task: Task, made: ComputedPlan, source: PlanFolder) -> FileOrigin:
    """The patient whose files were planned; identifiers follow from the dose, so they are the same on every run."""
    seed = hashlib.sha256(made.technique.encode() + np.ascontiguousarray(made.dose_gy).tobytes()).hexdigest()

    def uid(*words: object) -> str:
        digest = hashlib.sha256("|".join([seed, *map(str, words)]).encode()).digest()
        return f"2.25.{int.from_bytes(digest[:15], 'big')}"

    whose = source.plan.patient if source.plan else NO_PATIENT
    sexes: dict[str, Literal["M", "F", ""]] = {"M": "M", "F": "F"}
    made_on = (source.plan.plan_date if source.plan else None) or MADE_ON
    return FileOrigin(
        person=Person(
            whose.family_name, whose.given_name, whose.patient_id, whose.birth_date, sexes.get(whose.sex, "")
        ),
        studied_on=made_on,
        made_on=made_on,
        uid=uid,
        manufacturer=COMPUTED_BY,
        patient_position=cast(PatientPosition, task.patient.patient_position),
    )
