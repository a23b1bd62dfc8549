"""What can be turned on a phantom: oddities of real exports, the kind of plan, and how it was delivered."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

TransferSyntax = Literal["explicit_little", "implicit_little", "explicit_big"]
PatientPosition = Literal["HFS", "HFP", "FFS", "FFP", "HFDR", "HFDL", "FFDR", "FFDL"]
Technique = Literal["sliding_window", "step_and_shoot", "vmat", "compensator", "field_in_field", "conformal", "open"]


@dataclass(frozen=True)
class Quirks:
    """Oddities met in real exports; the default has none."""

    transfer_syntax: TransferSyntax = "explicit_little"
    patient_position: PatientPosition = "HFS"
    odd_names: bool = False  # 'Lt Lung', 'Spinal-Cord' instead of TG-263
    empty_markers: bool = False  # ROIs without contours, first and in between
    shuffled_numbers: bool = False  # ROI numbers neither from 1 nor in order
    end_caps: bool = False  # one more contour beyond each end of every structure
    keyhole_contours: bool = False  # a hole joined to its outline by a channel
    reversed_slices: bool = False  # files, contours and dose frames run from head to foot
    uneven_slices: bool = False  # twice the spacing in the outer quarters
    absolute_frame_offsets: bool = False  # GridFrameOffsetVector holds z itself (HFS and HFP)
    gantry_noise_deg: float = 0.0  # 7.09e-10 was met
    missing_x_jaws: bool = False  # no ASYMX
    dose_bits: Literal[16, 32] = 16
    dose_units: Literal["GY", "RELATIVE"] = "GY"
    dose_summation: Literal["PLAN", "FRACTION", "BEAM"] = "PLAN"  # BEAM: one file a beam
    single_frame_dose: bool = False  # one file a plane
    stored_dvhs: bool = False
    dvh_statistics_in_percent: bool = False  # of the prescription, though the curve is in Gy
    more_dose_references: bool = False  # a second, misleading TARGET and the organs' limits
    # Names in the files for names of the catalogue; they change no identifier.
    renamed: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Person:
    """Whose the files say they are."""

    family_name: str
    given_name: str
    patient_id: str
    birth_date: date | None = date(1950, 1, 1)
    sex: Literal["M", "F", "O", ""] = "O"


@dataclass(frozen=True)
class Verification:
    """A dose beside the plan's that misses it by a known error, as if measured or calculated again."""

    kind: Literal["measurement", "independent_calculation"] = "independent_calculation"
    scale_percent: float = 102.0
    shift_mm: tuple[float, float, float] = (1.0, 0.0, 0.0)  # towards left, back and head
    fractions: int | None = None  # over which it is given; None: all of the plan


@dataclass(frozen=True)
class PlanStyle:
    """How the dose is delivered, and what the plan file says about its approval."""

    technique: Technique = "sliding_window"
    gantry_deg: tuple[float, ...] = (
        0.0,
        51.0,
        103.0,
        154.0,
        206.0,
        257.0,
        309.0,
    )  # of arcs: one entry an arc
    energy_mv: float = 6.0
    compensator_data: bool = True  # thickness and transmission are documented
    setup_beams: bool = False
    approval: Literal["APPROVED", "UNAPPROVED", "REJECTED"] = "APPROVED"
    reviewer: str = "ONCOLOGIST^ADA"
    reviewed_days_before_start: int = 7


@dataclass(frozen=True)
class Delivery:
    """What the treatment records say; fractions are numbered from 1."""

    fractions: int | None = None  # sessions recorded; None: all that were planned
    partial: tuple[int, ...] = ()  # interrupted half-way, completed on the next weekday
    repeated: tuple[int, ...] = ()  # recorded a second time on the next weekday
    mu_deviation_percent: float = 0.0  # delivered against specified, in every beam
    shift_mm: tuple[float, float, float] | None = (
        1.0,
        -2.0,
        0.5,
    )  # usual size, lateral, vertical, longitudinal
    holidays: tuple[date, ...] = ()
