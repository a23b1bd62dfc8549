"""Which of the two numbers of a limit is bounded where it gives a volume and a dose, and so which metric it has."""

from typing import NamedTuple

from isocenter.chart.orders.limit_parts import gy


class Amount(NamedTuple):
    """A volume or a dose as a limit gives it, with the comparison beside it; '' where it has none."""

    number: float
    unit: str
    comparison: str = ""


class Bounded(NamedTuple):
    """A metric and what bounds it."""

    metric: str
    comparison: str
    limit: float
    unit: str


def bounded(volume: Amount, dose: Amount, *, dose_first: bool = False) -> Bounded:
    """The metric and the limit of a volume and a dose, in whatever order of words they are given.

    The number beside which the comparison stands is the limit; the other one belongs to the metric:
    at least 95 % of the PTV receives 60 Gy is V60Gy >= 95 %, and 95 % of the PTV receives at least 60 Gy is D95% >= 60 Gy.
    Where both have a comparison, the first one orders: no more than 10 cc above 18 Gy is V18Gy <= 10 cc.
    Where neither has one, what is named first is the limit: 95 % of the PTV receives 60 Gy is V60Gy, and 20 Gy to 0.03 cc is
    D0.03cc. A dose in percent of the prescription is an isodose, and always belongs to the metric.
    """
    of_volume = not dose_first if bool(volume.comparison) == bool(dose.comparison) else bool(volume.comparison)
    if dose.unit == "%":
        return Bounded(f"V{dose.number:g}%", volume.comparison or dose.comparison, volume.number, volume.unit)
    if of_volume:
        metric = f"V{gy(dose.number, dose.unit):g}Gy"
        return Bounded(metric, volume.comparison, volume.number, volume.unit)
    return Bounded(f"D{volume.number:g}{volume.unit}", dose.comparison, dose.number, dose.unit)
