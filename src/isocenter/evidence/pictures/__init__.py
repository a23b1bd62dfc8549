"""Pictures of the evidence: what a physicist would open first, drawn once and kept with its caption."""

from isocenter.evidence.pictures.album import plan_pictures
from isocenter.evidence.pictures.curves import dvh_chart
from isocenter.evidence.pictures.fields import portals
from isocenter.evidence.pictures.gamma_maps import gamma_map
from isocenter.evidence.pictures.guidance import shifts
from isocenter.evidence.pictures.isodoses import isodose

__all__ = ["dvh_chart", "gamma_map", "isodose", "plan_pictures", "portals", "shifts"]
