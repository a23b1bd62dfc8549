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
    summed_plans: int | None = None
    is_evidence: bool | None = None
    origin: str = "clinic"


class PlanDifference(NamedTuple):
    """One thing in which a plan differs from the case it lies with, or, not comparable, may differ unseen.

    reason: why a person accepts it.
    """

    plan_id: str
    course_id: str
    item: str
    of_plan: str
    of_case: str
    label: str = ""
    is_accepted: bool = False
    reason: str = ""
    is_comparable: bool = True


# What a plan can differ in from the case, and a person can accept.
DIFFERING_ITEMS = (
    *("patient_id", "patient_name", "birth_date", "sex", "patient_of_part", "prescribed_dose", "fractions"),
    *("dose", "structures", "portals", "site", "laterality", "dates", "monitor_units", "delivered_beams"),
    *("origin", "approval"),
)


class AcceptedDifference(NamedTuple):
    """A person's word that a plan belongs to the case in spite of a difference; '' means every plan or item."""

    reason: str
    item: str = ""
    plan: str = ""


class ReviewedPlan(NamedTuple):
    """A plan (its label or UID) that a person chose among those of a folder."""

    plan: str


class StructureRole(NamedTuple):
    """The part that a contoured structure plays, as the case file says; it overrides every guess."""

    name: str
    role: str


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
    """One contoured structure of a plan, with the part it plays and how that was found."""

    plan_id: str
    structure_number: int
    name: str
    role: str = ""
    standard_name: str = ""
    laterality: str = ""
    volume_cc: float | None = None
    role_source: str = ""


class PlanMeasure(NamedTuple):
    """One number measured on a plan: of a structure, of a pair, of a part of either, or of the whole plan.

    structure is the one measured, beside the other one of a pair, part a separate component, field or file;
    each is empty where there is none.
    """

    plan_id: str
    structure: str
    beside: str
    part: str
    measure: str
    value: float
    unit: str = ""

    @property
    def about(self) -> str:
        """What the number is about, in words: `PTV, component 2, to SpinalCord`."""
        named = ", ".join(filter(None, (self.structure or "plan", self.part)))
        return f"{named}{', ' if self.part else ' '}to {self.beside}" if self.beside else named


class ConstraintResult(NamedTuple):
    """One constraint of the prescription as one plan meets or misses it, in the unit of its limit."""

    plan_id: str
    structure: str
    metric: str
    comparison: str
    limit: float
    unit: str
    value: float
    margin: float


class TechniqueComparison(NamedTuple):
    """One constraint as the computed IMRT plan and the computed 3D conformal plan of one patient meet or miss it.

    conformal_raised: what the 3D plan reaches once its dose is raised to the coverage that IMRT gives the target, where
    limits that come before coverage keep it below; None where its coverage is no less.
    """

    course_id: str
    structure: str
    metric: str
    comparison: str
    limit: float
    unit: str
    clinic: float | None = None
    imrt: float | None = None
    conformal: float | None = None
    conformal_raised: float | None = None
    verdict: str = ""
    beam_data: str = ""
    role: str = ""
    standard_name: str = ""


class Verification(NamedTuple):
    """One verification of a plan or of one of its fields.

    result says what the value is: a share of passing points (gamma_pass_rate) with its dose and distance criteria,
    or a deviation from the planned dose (dose_deviation); '' where nobody says.
    """

    plan_id: str
    course_id: str
    kind: str
    field: str = ""
    verified_on: date | None = None
    criteria: str = ""
    value: float | None = None
    unit: str = ""
    result: str = ""
    dose_criterion_percent: float | None = None
    distance_criterion_mm: float | None = None


class StatedVerification(NamedTuple):
    """What a person says of a file that verifies the plan's dose; what is empty is taken from the file.

    normalization_gy is the dose that 100 % means, where the file holds a relative dose.
    """

    file: str
    kind: str = ""
    field: str = ""
    verified_on: date | None = None
    normalization_gy: float | None = None
