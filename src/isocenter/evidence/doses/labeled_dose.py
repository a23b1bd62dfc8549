"""The dose that the label of a plan names: all that some plans say of it."""

import re

_AMOUNT = r"(\d{1,5}(?:[.,]\d{1,2})?) ?(c?Gy)"
_DOSE = re.compile(rf"(?<![\d.,]){_AMOUNT}(?![a-z])", re.IGNORECASE)
_FRACTIONS_OF = re.compile(rf"(?<![\d.,])(\d{{1,2}}) ?[x*×] ?{_AMOUNT}(?![a-z])", re.IGNORECASE)
_OF_FRACTIONS = re.compile(rf"(?<![\d.,]){_AMOUNT} ?[x*×] ?(\d{{1,2}})(?![\d.,])", re.IGNORECASE)
_A_COURSE_GY = (10.0, 100.0)  # less is the dose of a fraction or of a boost, more is no dose of one plan


def labeled_dose_gy(label: str) -> float | None:
    """The dose in Gy that a label states with its unit, as `Prostate 7800cGy` or `SBRT 5 x 10 Gy`.

    None where it states none, several, or one that may be that of a fraction.
    """
    words = label.replace("_", " ")
    stated = [int(count) * _gray(value, unit) for count, value, unit in _FRACTIONS_OF.findall(words)]
    words = _FRACTIONS_OF.sub(" ", words)
    stated += [int(count) * _gray(value, unit) for value, unit, count in _OF_FRACTIONS.findall(words)]
    stated += [_gray(value, unit) for value, unit in _DOSE.findall(_OF_FRACTIONS.sub(" ", words))]
    low_gy, high_gy = _A_COURSE_GY
    return stated[0] if len(stated) == 1 and low_gy <= stated[0] <= high_gy else None


def _gray(value: str, unit: str) -> float:
    return float(value.replace(",", ".")) / (100.0 if unit.casefold() == "cgy" else 1.0)
