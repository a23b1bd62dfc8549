"""Beam arrangements by site: for IMRT and for the 3D conformal plan that it is held against."""

import csv
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Gantry angles in degrees (IEC 61217, couch at 0, patient head first and supine) and what belongs to them.

    search_deg: how far the whole arrangement may be turned for a patient; beside_deg: how far in front of each field
    another may lie, of which one is searched for a patient; block_margin_mm: 0 where it states none.
    """

    name: str
    gantry_deg: tuple[float, ...]
    sites: tuple[str, ...]
    source: str
    has_wedges: bool = False
    block_margin_mm: float = 0.0
    search_deg: float = 0.0
    beside_deg: tuple[float, ...] = ()


def arrangement(technique: str, site: str = "") -> Arrangement:
    """The first arrangement of the technique ('imrt' or 'conformal') that names the site, else that of any site."""
    known = _arrangements(technique)
    return next((one for wanted in (site, "any") for one in known if wanted in one.sites), known[0])


def is_known_site(site: str) -> bool:
    """Whether each technique has an arrangement for the site; without a site the first one is taken."""
    return not site or site in known_sites()


def known_sites() -> list[str]:
    """The sites that each technique has an arrangement for."""
    of_each = [{site for one in _arrangements(t) for site in one.sites} for t in ("imrt", "conformal")]
    return sorted(set.intersection(*of_each) - {"any"})


def _arrangements(technique: str) -> list[Arrangement]:
    path = Path(str(files("isocenter"))) / "planning" / "tables" / f"{technique}_beams.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Arrangement(
                name=row["template"],
                gantry_deg=tuple(float(angle) for angle in row["gantry_deg"].split()),
                sites=tuple(row["sites"].split()),
                source=row["source"],
                has_wedges=row.get("wedges") == "yes",
                block_margin_mm=float(row.get("block_margin_mm") or 0.0),
                search_deg=float(row.get("search_deg") or 0.0),
                beside_deg=tuple(float(angle) for angle in (row.get("beside_deg") or "").split()),
            )
            for row in csv.DictReader(file)
        ]
