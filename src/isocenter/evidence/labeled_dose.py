"""The dose that the label of a plan names: all that some plans say of it."""

import re

_DOSE = re.compile(r"(?<![\d.x*])(\d{1,5}(?:\.\d{1,2})?) ?(c?Gy)(?![a-z])", re.IGNORECASE)
_A_COURSE_GY = (10.0, 100.0)  # less is the dose of a fraction or of a boost, more is no dose of one plan


def labeled_dose_gy(label: str) -> float | None:
    """The dose in Gy that a label states with its unit, as `Prostate 7800cGy`.

    None where it states none, several, or one that may be that of a fraction.
    """
    stated = _DOSE.findall(label.replace("_", " "))
    if len(stated) != 1:
        return None
    value, unit = stated[0]
    dose_gy = float(value) / (100.0 if unit.casefold() == "cgy" else 1.0)
    low_gy, high_gy = _A_COURSE_GY
    return dose_gy if low_gy <= dose_gy <= high_gy else None
