"""The imaged and planned patient: CT, contours, dose, beams, registrations, and all files of one plan together.

All geometry is in the DICOM patient coordinate system (LPS: +x left, +y posterior, +z superior), in mm.
Readers turn every axial grid, whatever its patient position and slice order, into arrays indexed
[z, y, x] whose coordinate vectors ascend strictly; z may be unevenly spaced.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isocenter.terms.treatment_records import TreatmentRecord

FloatArray = NDArray[np.float64]
PlanModality = Literal["external", "ion", "brachytherapy"]
_IMAGING = re.compile(
    r"(?<![^\W_])(cbct|kv\d*|mv ?cbct|setup|set-up|iso ?check|portal image|imaging|drr)(?![^\W_])", re.IGNORECASE
)


class Patient(NamedTuple):
    """Whose an object is, as its file states it; what is not stated, or stated as a placeholder, is empty."""

    patient_id: str = ""
    family_name: str = ""
    given_name: str = ""
    birth_date: date | None = None
    sex: str = ""
    is_deidentified: bool = False
    pseudonym: str = ""  # a number that stands for the person's own: it tells the objects of a folder apart, no more
    birth_year: int | None = None  # where the file states the year alone
    other_names: tuple[tuple[str, str], ...] = ()  # family and given name: in another script, at birth, formerly
    other_ids: tuple[str, ...] = ()  # numbers of the same person at other departments

    @property
    def numbers(self) -> tuple[str, ...]:
        """The patient ID, or what stands in its place, and the person's other numbers."""
        return tuple(filter(None, (self.number, *self.other_ids)))

    @property
    def number(self) -> str:
        """The patient ID, or what stands in its place."""
        return self.patient_id or self.pseudonym

    @property
    def is_stated(self) -> bool:
        """Whether the file states anything that could be one person's."""
        return bool(self.patient_id or self.family_name or self.given_name or self.birth_date or self.birth_year)


NO_PATIENT = Patient()
COMPUTED_BY = "Isocenter"  # the manufacturer of plans that `isocenter plan` writes


@dataclass(frozen=True, eq=False)
class CtImage:
    """A CT: values in HU, shape (nz, ny, nx), voxel centers at x_mm, y_mm, z_mm.

    given_hu are the values, or what makes them: measures do without, so that slices become HU when first asked for.
    patient_position is "" where the slices do not state it.
    """

    given_hu: NDArray[np.int16] | Callable[[], NDArray[np.int16]]
    x_mm: FloatArray
    y_mm: FloatArray
    z_mm: FloatArray
    frame_of_reference_uid: str = ""
    patient_position: str = "HFS"
    series_uid: str = ""
    patient: Patient = NO_PATIENT
    acquired_on: date | None = None

    @cached_property
    def hu(self) -> NDArray[np.int16]:
        """Values in HU, indexed [z, y, x]."""
        return self.given_hu() if callable(self.given_hu) else self.given_hu


@dataclass(frozen=True, eq=False)
class StoredDvh:
    """A DVH that the planning system stored in the dose file: volume receiving at least each dose.

    A curve whose first dose is above 0 says nothing of the volume that receives less than that.
    """

    structure_number: int
    dose_gy: FloatArray
    volume_cc: FloatArray
    stated_minimum: float | None = None
    stated_mean: float | None = None
    stated_maximum: float | None = None

    @property
    def mean_gy(self) -> float:
        """Mean dose of the volume on the curve, that of each bin at its middle."""
        middles_gy = (self.dose_gy[1:] + self.dose_gy[:-1]) / 2
        received = -np.diff(self.volume_cc) @ middles_gy + self.volume_cc[-1] * self.dose_gy[-1]
        return float(received / self.volume_cc[0]) if self.volume_cc[0] > 0 else 0.0


@dataclass(frozen=True, eq=False)
class DoseGrid:
    """A dose in Gy for the whole plan (all fractions), shape (nz, ny, nx), at voxel centers."""

    dose_gy: NDArray[np.float32]
    x_mm: FloatArray
    y_mm: FloatArray
    z_mm: FloatArray
    summation: str = "PLAN"
    frame_of_reference_uid: str = ""
    plan_uid: str = ""
    sop_instance_uid: str = ""
    stored_dvhs: tuple[StoredDvh, ...] = ()
    kind: str = "PHYSICAL"  # PHYSICAL, EFFECTIVE, ERROR, or empty where the file does not state it
    plan_uids: tuple[str, ...] = ()  # where it is the sum of several plans
    # Points that every dose in it reaches, shape as dose_gy; elsewhere the true dose is not below this one. None: all.
    is_reached: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class ContouredStructure:
    """One ROI: its closed planar contours as (z_mm, points of shape (n, 2) in x_mm, y_mm).

    Overlapping contours of one slice combine by the even-odd rule (holes, keyholes, nested rings). slice_mm is how
    far apart the slices lie on which it was drawn, where it was drawn on one alone and cannot tell. stated_density is
    relative to water, where the file states one for dose calculation in place of that of the CT.
    """

    number: int
    name: str
    interpreted_type: str = ""
    contours: tuple[tuple[float, FloatArray], ...] = ()
    display_color: str = ""  # as the file states it, #rrggbb
    frame_of_reference_uid: str = ""  # where it lies in another one than the rest of its set
    slice_mm: float | None = None
    stated_density: float | None = None

    @cached_property
    def z_mm(self) -> FloatArray:
        """Ascending distinct slice positions, shape (n,)."""
        return np.unique(np.array([z for z, _ in self.contours], dtype=np.float64))


@dataclass(frozen=True, eq=False)
class StructureSet:
    """All ROIs of an RTSTRUCT, by number."""

    structures: tuple[ContouredStructure, ...]
    frame_of_reference_uid: str = ""
    sop_instance_uid: str = ""
    label: str = ""
    approval: str = ""
    referenced_image_uids: tuple[str, ...] = ()

    def named(self, name: str) -> ContouredStructure:
        """The structure of this name; KeyError when there is none."""
        for structure in self.structures:
            if structure.name == name:
                return structure
        raise KeyError(name)


@dataclass(frozen=True, eq=False)
class ControlPoint:
    """One control point: state of the machine at a cumulative share of the beam's meterset."""

    cumulative_weight: float
    gantry_deg: float
    rotation: str = "NONE"
    collimator_deg: float = 0.0
    couch_deg: float = 0.0
    jaws_x_mm: tuple[float, float] | None = None
    jaws_y_mm: tuple[float, float] | None = None
    leaves_mm: FloatArray | None = None  # shape (2, n): left and right leaf tips
    open_fractions: FloatArray | None = None  # shape (n,): share of the time that each binary leaf is open


@dataclass(frozen=True, eq=False)
class Compensator:
    """One compensator of a beam; documented when it carries thickness or transmission data.

    thickness_mm and transmission (rows, columns), the first row at the highest y: pixels pixel_mm (down, along)
    apart from the middle of the first at corner_mm (x, y), all on the isocenter plane.
    """

    number: int
    identifier: str = ""
    rows: int = 0
    columns: int = 0
    has_thickness: bool = False
    has_transmission: bool = False
    material: str = ""
    pixel_mm: tuple[float, float] | None = None
    corner_mm: tuple[float, float] | None = None
    thickness_mm: FloatArray | None = None
    transmission: FloatArray | None = None


class Accessory(NamedTuple):
    """What a beam goes through besides jaws, leaves and compensators: what the file calls it, its type and angle.

    kind: wedge, block, bolus, applicator or accessory (a tray, a graticule, a detector). is_out: it is named in the
    beam and stays out of it.
    """

    kind: str
    identifier: str = ""
    type: str = ""
    angle_deg: float | None = None
    is_out: bool = False


@dataclass(frozen=True, eq=False)
class Beam:
    """One beam of an RTPLAN; set-up beams are read too, but are not treatment."""

    number: int
    name: str = ""
    delivery_type: str = "TREATMENT"
    beam_type: str = ""
    radiation: str = "PHOTON"
    energy_mv: float | None = None
    machine: str = ""
    source_axis_distance_mm: float = 1000.0
    monitor_units: float | None = None
    minutes: float | None = None  # the meterset of a machine that counts time
    beam_dose_gy: float | None = None
    dose_point_mm: tuple[float, float, float] | None = None  # where beam_dose_gy is
    isocenter_mm: tuple[float, float, float] | None = None
    leaf_boundaries_mm: FloatArray | None = None
    leaf_axis: str = ""  # "X" or "Y"
    wedges: int = 0  # that lie in the beam at any control point; one that stays out does not count
    wedge_types: tuple[str, ...] = ()
    blocks: int = 0
    compensators: tuple[Compensator, ...] = ()
    control_points: tuple[ControlPoint, ...] = ()
    gives_no_dose: bool = False  # marked as treatment, but an image or a placeholder
    has_unread_leaves: bool = False  # leaves that the file names and does not describe, or that travel another way
    has_unknown_weights: bool = False  # what is given between control points is missing, falls or ends early
    accessories: tuple[Accessory, ...] = ()
    fluence_mode: str = ""  # such as FFF; empty where the fluence is flattened, or the file does not say
    is_tilted: bool = False  # table or gantry pitched, or the table rolled
    ssd_mm: float | None = None  # from the source to the skin along the axis, as the file states it at the start

    @property
    def is_named_an_image(self) -> bool:
        """Whether it is an image or a set-up by its name, whatever it is marked as."""
        return _IMAGING.search(self.name) is not None

    @property
    def is_treatment(self) -> bool:
        """Whether the beam treats, rather than images, sets up or holds a place."""
        return self.delivery_type in ("TREATMENT", "CONTINUATION") and not self.gives_no_dose


class UnreadBeam(NamedTuple):
    """A treatment beam of a plan that its file names, and of which nothing more is known."""

    number: int
    name: str = ""


@dataclass(frozen=True, eq=False)
class DosePrescription:
    """One dose reference of a plan: a target dose or an organ's limit, in Gy."""

    kind: str
    structure_number: int | None = None
    description: str = ""
    target_dose_gy: float | None = None
    organ_maximum_gy: float | None = None
    refers_to: str = ""  # POINT, VOLUME, COORDINATES or SITE
    number: int | None = None

    @property
    def is_point(self) -> bool:
        """Whether the dose is meant for a point (a calculation point), not for a volume."""
        return self.refers_to in ("POINT", "COORDINATES")


def highest_target_dose_gy(prescriptions: Iterable[DosePrescription]) -> float | None:
    """The highest dose prescribed to a target volume, else to a point; None where none is stated."""
    doses = [p for p in prescriptions if p.kind == "TARGET" and p.target_dose_gy]
    for_volumes = [p for p in doses if not p.is_point]
    return max((p.target_dose_gy or 0.0 for p in for_volumes or doses), default=None)


class FractionGroup(NamedTuple):
    """Fractions that are given alike: how many, with which beams, towards which dose references."""

    fractions: int | None
    beams: tuple[int, ...] = ()
    dose_references: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class TreatmentPlan:
    """An RTPLAN or RT Ion Plan; `modality` is external beam (photon, electron), ion or brachytherapy."""

    sop_instance_uid: str
    label: str = ""
    plan_date: date | None = None
    approval: str = ""
    reviewer: str = ""
    approved_on: date | None = None
    fractions: int | None = None
    beams: tuple[Beam, ...] = ()
    prescriptions: tuple[DosePrescription, ...] = ()
    frame_of_reference_uid: str = ""
    structure_set_uid: str = ""
    ordered_dose_gy: float | None = None  # over `fractions`, where no single dose reference holds it
    fraction_groups: tuple[FractionGroup, ...] = ()
    patient_position: str = ""
    patient: Patient = NO_PATIENT
    intent: str = ""
    geometry: str = ""
    manufacturer: str = ""
    modality: PlanModality = "external"
    verifies_another: bool = False
    made_from: tuple[str, ...] = ()  # UIDs of the plans that it was derived from
    given_fractions: int | None = None  # before another plan replaced the rest of it
    unread_beams: tuple[UnreadBeam, ...] = ()  # left out for a fault in the file, or missing in it

    @property
    def is_computed(self) -> bool:
        """Whether `isocenter plan` made it: evidence to compare with, never the clinic's plan."""
        return self.manufacturer == COMPUTED_BY

    @property
    def treatment_beams(self) -> tuple[Beam, ...]:
        """The beams that treat; set-up, portal and open-field imaging beams are left out."""
        return tuple(beam for beam in self.beams if beam.is_treatment)

    @property
    def unknown_beams(self) -> tuple[UnreadBeam, ...]:
        """Beams that may treat and count as no field: unread ones, and those with leaves whose meterset is missing."""
        without_meterset = (
            UnreadBeam(beam.number, beam.name)
            for beam in self.beams
            if beam.gives_no_dose and beam.monitor_units is None and beam.minutes is None and beam.energy_mv
            if not beam.is_named_an_image
            if any(point.leaves_mm is not None for point in beam.control_points)
        )
        return (*self.unread_beams, *without_meterset)

    @property
    def prescribed_dose_gy(self) -> float | None:
        """The highest dose prescribed to a target volume; a point's dose counts only where no volume has one."""
        return self.ordered_dose_gy or highest_target_dose_gy(self.prescriptions)

    @property
    def target_doses_gy(self) -> dict[int, float]:
        """The highest dose prescribed to each target, by structure number.

        None where a stated dose may not be the plan's: it has several groups of fractions, each with doses of its own,
        or its dose is ordered otherwise.
        """
        doses: dict[int, float] = {}
        if self.ordered_dose_gy is not None or len(self.fraction_groups) > 1:
            return doses
        for stated in self.prescriptions:
            if stated.kind == "TARGET" and stated.structure_number is not None and stated.target_dose_gy:
                doses[stated.structure_number] = max(stated.target_dose_gy, doses.get(stated.structure_number, 0.0))
        return doses

    @property
    def given_share(self) -> float:
        """The share of its fractions by which it adds to the course: 1 unless another plan replaced the rest."""
        return self.given_fractions / self.fractions if self.given_fractions and self.fractions else 1.0


@dataclass(frozen=True, eq=False)
class Registration:
    """A rigid registration: maps points of the source frame into the target frame (4 x 4, LPS, mm)."""

    source_frame_uid: str
    target_frame_uid: str
    matrix: FloatArray


@dataclass(frozen=True, eq=False)
class VerifyingDose:
    """A dose that was measured or calculated again, to be compared with the planned one.

    kind is measurement or independent_calculation. The dose is NaN where nothing was measured; a plane has one
    position along the axis it is perpendicular to. planned is what it is compared with where that is not the plan's own
    dose, as where the plan was calculated again on the device that measured it.
    """

    path: str
    kind: str
    dose: DoseGrid
    field: str = ""
    verified_on: date | None = None
    planned: DoseGrid | None = None


@dataclass(frozen=True, eq=False)
class PlanFolder:
    """Everything of one plan that was found together; absent parts are None or empty."""

    plan: TreatmentPlan | None = None
    structure_set: StructureSet | None = None
    dose: DoseGrid | None = None
    ct: CtImage | None = None
    records: tuple[TreatmentRecord, ...] = ()
    registrations: tuple[Registration, ...] = ()
    earlier: tuple["PlanFolder", ...] = field(default=())
    verifying_doses: tuple[VerifyingDose, ...] = ()
    further: tuple["PlanFolder", ...] = field(default=())  # the other plans of the course, as a boost
    summed_dose: DoseGrid | None = None  # of this plan and the further ones together
    of_others: tuple[tuple[str, Patient], ...] = ()  # kinds of parts bound to the plan and of another patient: left out
    part_patients: tuple[tuple[str, Patient], ...] = ()  # whose the other parts are, where they state it; a kind once
    delivered_otherwise: tuple[str, ...] = ()  # UIDs of other plans that all treatment records since the plan name
    undecided: tuple[tuple[str, tuple[str, ...]], ...] = ()  # kinds of which several files could be meant; one is taken

    @property
    def patient_position(self) -> str:
        """How the patient lies: as the plan states it, else the CT; "" where neither does."""
        stated = (self.plan.patient_position if self.plan else "", self.ct.patient_position if self.ct else "")
        return next(filter(None, stated), "")

    @property
    def patient(self) -> Patient:
        """Whose the plan is, as it states, else the CT."""
        stated = (self.plan.patient if self.plan else NO_PATIENT, self.ct.patient if self.ct else NO_PATIENT)
        return next((one for one in stated if one.is_stated), NO_PATIENT)
