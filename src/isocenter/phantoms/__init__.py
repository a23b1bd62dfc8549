"""Makes complete synthetic DICOM-RT sets whose doses and shapes are known in closed form."""

from isocenter.phantoms.catalogue import PHANTOMS, Phantom
from isocenter.phantoms.knobs import Delivery, PlanStyle, Quirks
from isocenter.phantoms.make import (
    PhantomFiles,
    Truth,
    make_phantom,
    phantom_names,
    phantom_objects,
    phantom_truth,
)

__all__ = [
    "PHANTOMS",
    "Delivery",
    "Phantom",
    "PhantomFiles",
    "PlanStyle",
    "Quirks",
    "Truth",
    "make_phantom",
    "phantom_names",
    "phantom_objects",
    "phantom_truth",
]
