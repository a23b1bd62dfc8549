"""Reads the doses and fractions that courses and phases of radiotherapy state, and names those that are none.

Sources: HL7 CodeX Radiation Therapy 2.0 and mCODE 3.0, extensions of courses and phases.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from isocenter.files.texts import shown
from isocenter.intake.fhir.references import extension, extensions, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.terms.problems import Problem, worded
from isocenter.terms.tables import LostValue

PLANNED = "codexrt-radiotherapy-dose-planned-to-volume"
_FRACTIONS_PLANNED = "codexrt-radiotherapy-fractions-planned"
_DELIVERED = "mcode-radiotherapy-dose-delivered-to-volume"
_PER_GY = {"gy": 1, "gray": 1, "cgy": 100, "centigray": 100, "mgy": 1000}
_MOST_GY = 200.0  # no course prescribes more


def _gy_of(quantity: object) -> float | None:
    """A dose in Gy of a Quantity whose unit is one of dose; None where it is none that can be a prescription."""
    if not isinstance(quantity, dict) or not isinstance(quantity.get("value"), int | Decimal):
        return None
    scale = _PER_GY.get((text(quantity, "code") or text(quantity, "unit")).lower())
    dose_gy = float(Decimal(quantity["value"]) / scale) if scale else 0.0
    return dose_gy if 0 < dose_gy <= _MOST_GY else None


def _volumes(resource: Json, name: str) -> list[Json]:
    """The doses to single volumes, those of the primary plan dose first."""
    doses = extensions(resource, name)
    return sorted(doses, key=lambda dose: not says(dose, "codexrt-radiotherapy-primary-plan-dose"))


def says(resource: Json, name: str) -> bool:
    """Whether an extension of a resource says yes."""
    stated = extension(resource, name)
    return bool(stated and stated.get("valueBoolean") is True)


def count_of(resource: Json, name: str) -> int | None:
    """The whole number of an extension, from 1 to 999; None where it states none."""
    stated = extension(resource, name)
    if stated is None:
        return None
    for member in ("valuePositiveInt", "valueUnsignedInt", "valueInteger"):
        value = stated.get(member)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1000:
            return value
    return None


def _total(volume: Json, name: str) -> float | None:
    stated = extension(volume, name)
    return _gy_of(stated.get("valueQuantity")) if stated else None


def prescribed(order: Json | None, phases: Sequence[Found]) -> tuple[float | None, int | None]:
    """Dose in Gy and fractions that were ordered for the main volume: of the course, else summed over its phases."""
    volumes = _volumes(order, PLANNED) if order else []
    main = volumes[:1] if volumes and says(volumes[0], "codexrt-radiotherapy-primary-plan-dose") else volumes
    doses = [dose for volume in main if (dose := _total(volume, "totalDose")) is not None]
    counts = [count for volume in main if (count := count_of(volume, "fractions")) is not None]
    planned = [phase.resource for phase in phases if phase.resource["resourceType"] == "ServiceRequest"]
    of_phases = [count_of(phase, _FRACTIONS_PLANNED) for phase in planned]
    known = [count for count in of_phases if count is not None]
    fractions = max(counts) if counts else (sum(known) if known and len(known) == len(of_phases) else None)
    return (max(doses) if doses else None), fractions


def delivered(summary: Json) -> tuple[float | None, int | None]:
    """Dose in Gy and fractions that were given to the volume that got most."""
    volumes = _volumes(summary, _DELIVERED)
    doses = [dose for volume in volumes if (dose := _total(volume, "totalDoseDelivered")) is not None]
    counts = [count for volume in volumes if (count := count_of(volume, "fractionsDelivered")) is not None]
    return (max(doses) if doses else None), (
        max(counts) if counts else count_of(summary, "mcode-radiotherapy-sessions")
    )


def volumes_treated(resource: Json) -> Iterator[Json]:
    """The references to the volumes for which a course or phase states a dose."""
    for dose in extensions(resource, PLANNED):
        named = extension(dose, "volume")
        if named is not None and isinstance(named.get("valueReference"), dict):
            yield named["valueReference"]


def unread_values(one: Found, course_id: str) -> Iterator[Problem | LostValue]:
    """What an order states as its dose or fractions and is none: the course then lacks a value that was given."""
    for dose in extensions(one.resource, PLANNED):
        written = _no_dose(dose, "totalDose")
        if written:
            yield _named(one, written)
            yield LostValue("courses", "prescribed_dose_gy", course_id, one.file, one.place)
    counts = [("fractions", dose) for dose in extensions(one.resource, PLANNED)]
    for name, within in [*counts, (_FRACTIONS_PLANNED, one.resource)]:
        stated = extension(within, name)
        if stated is not None and count_of(within, name) is None:
            written = next((value for key, value in stated.items() if key.startswith("value")), "nothing")
            sentence = worded(
                "a number of fractions is {written}; a whole number above 0 is expected; it was left out",
                written=shown(repr(written))[:60],
            )
            yield Problem(one.file, one.place, sentence)
            yield LostValue("courses", "planned_fractions", course_id, one.file, one.place)


def unread_deliveries(one: Found, member_id: str) -> Iterator[Problem | LostValue]:
    """What a summary states as a dose that was given and is none."""
    for dose in extensions(one.resource, _DELIVERED):
        written = _no_dose(dose, "totalDoseDelivered")
        if written:
            yield _named(one, written)
            yield LostValue("prior_irradiations", "dose_gy", member_id, one.file, one.place)


def _no_dose(volume: Json, name: str) -> str:
    """What is written as a dose and is none; '' where the volume states a dose, or nothing."""
    total = extension(volume, name)
    if total is None or _gy_of(total.get("valueQuantity")) is not None:
        return ""
    held = total.get("valueQuantity")
    held = held if isinstance(held, dict) else {}
    return f"{held.get('value', 'nothing')} {text(held, 'code') or text(held, 'unit')}".strip()


def _named(one: Found, written: str) -> Problem:
    sentence = worded(
        "a dose is {written}; a number of Gy or cGy above 0, at most {most:g} Gy, is expected; it was left out",
        written=shown(written)[:60],
        most=_MOST_GY,
    )
    return Problem(one.file, one.place, sentence)
