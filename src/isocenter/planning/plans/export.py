"""A computed plan as RTPLAN and RTDOSE: labeled as evidence, unapproved, step-and-shoot beams with monitor units."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, cast

import numpy as np

from isocenter.phantoms.dicom_parts import FileOrigin
from isocenter.phantoms.image_files import write_plan_dose
from isocenter.phantoms.knobs import PatientPosition, Person
from isocenter.phantoms.plan_files import write_plan
from isocenter.planning.plans.plan import ComputedPlan
from isocenter.planning.task.task import Task
from isocenter.terms.imaging import (
    COMPUTED_BY,
    Beam,
    DoseGrid,
    DosePrescription,
    PlanFolder,
    TreatmentPlan,
)

MACHINE = "GENERIC"
LABELS = {"imrt": "EVIDENCE IMRT", "conformal": "EVIDENCE 3D"}
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
    """The plan's fields as beams: names, numbers, machine and isocenter are set here, the rest is as delivered."""
    beams = [_beam(number, task, field) for number, (_, field) in enumerate(made.fields, 1)]
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


def _beam(number: int, task: Task, field: Beam) -> Beam:
    x, y, z = (float(value) for value in task.isocenter_mm)
    return replace(
        field,
        number=number,
        name=f"G{field.control_points[0].gantry_deg:03.0f}{' W' if field.wedges else ''}",
        energy_mv=task.beam.energy_mv,
        machine=MACHINE,
        source_axis_distance_mm=task.beam.sad_mm,
        monitor_units=round(field.monitor_units or 0.0, 2),
        isocenter_mm=(x, y, z),
        compensators=tuple(replace(plate, identifier=f"PLATE {number}") for plate in field.compensators),
    )


def _origin(task: Task, made: ComputedPlan, source: PlanFolder) -> FileOrigin:
    """The patient whose files were planned; identifiers follow from the dose, so they are the same on every run."""
    seed = hashlib.sha256(made.technique.encode() + np.ascontiguousarray(made.dose_gy).tobytes()).hexdigest()

    def uid(*words: object) -> str:
        digest = hashlib.sha256("|".join([seed, *map(str, words)]).encode()).digest()
        return f"2.25.{int.from_bytes(digest[:15], 'big')}"

    whose = source.patient
    sexes: dict[str, Literal["M", "F", ""]] = {"M": "M", "F": "F"}
    scanned_on = source.ct.acquired_on if source.ct else None
    made_on = (source.plan.plan_date if source.plan else None) or scanned_on or MADE_ON
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
