"""The plan as delivered to the machine: portals, structures, measures, verifications."""

from datetime import date
from typing import NamedTuple


class Plan(NamedTuple):
    """One treatment plan of a course, as its RTPLAN states it."""

    plan_id: str
    course_id: str
    label: str = ""
    plan_date: date | None = None
    approval: str = ""
    reviewer: str = ""
    approved_on: date | None = None
    fractions: int | None = None
    prescribed_dose_gy: float | None = None
    technique: str = ""
    is_imrt: bool | None = None
    technique_reason: str = ""
    gantry_stops: int | None = None
    arcs: int | None = None


class PlanField(NamedTuple):
    """One treatment field of a plan: a static portal at a gantry stop, or an arc."""

    plan_id: str
    field_number: int
    name: str = ""
    modality: str = ""
    energy_mv: float | None = None
    is_arc: bool | None = None
    gantry_start_deg: float | None = None
    gantry_stop_deg: float | None = None
    rotation: str = ""
    collimator_deg: float | None = None
    couch_deg: float | None = None
    control_points: int | None = None
    segments: int | None = None
    monitor_units: float | None = None
    modulation: str = ""
    compensator_documented: bool | None = None


class Structure(NamedTuple):
    """One contoured structure of a plan, with the part it plays and how that was told."""

    plan_id: str
    structure_number: int
    name: str
    role: str = ""
    standard_name: str = ""
    laterality: str = ""
    volume_cc: float | None = None
    role_source: str = ""


class PlanMeasure(NamedTuple):
    """One number measured on a plan; its subject: a structure, a pair `A|B`, a field, or empty (the plan)."""

    plan_id: str
    subject: str
    measure: str
    value: float
    unit: str = ""


class Verification(NamedTuple):
    """One verification of a plan or of one of its fields."""

    plan_id: str
    course_id: str
    kind: str
    field: str = ""
    verified_on: date | None = None
    criteria: str = ""
    value: float | None = None
    unit: str = ""


class StatedVerification(NamedTuple):
    """What a person says of a file that verifies the plan's dose; what is empty is told from the file.

    normalisation_gy is the dose that 100 % stands for, where the file holds a relative dose.
    """

    file: str
    kind: str = ""
    field: str = ""
    verified_on: date | None = None
    normalisation_gy: float | None = None
