"""What was delivered, as a treatment machine recorded it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, eq=False)
class DeliveredBeam:
    """One beam of one treatment session, as recorded."""

    beam_number: int
    beam_name: str = ""
    specified_mu: float | None = None
    delivered_mu: float | None = None
    termination: str = ""
    verification: str = ""
    is_of_set_up: bool = False  # an open image or a set-up, by its delivery type
    radiation: str = ""
    energy_mv: float | None = None  # at the first control point, as the gantry angle
    gantry_deg: float | None = None
    is_continued: bool = False  # the rest of a beam that was interrupted, by its delivery type


@dataclass(frozen=True, eq=False)
class TreatmentRecord:
    """One RT Beams Treatment Record: a session, or a part of one."""

    sop_instance_uid: str
    plan_uid: str
    treated_on: date | None
    fraction_number: int | None
    beams: tuple[DeliveredBeam, ...] = ()
    table_shift_mm: tuple[float, float, float] | None = None  # lateral, longitudinal, vertical
    machine: str = ""
