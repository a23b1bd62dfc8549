"""Dose escalation: the prescribed dose beside what is usual for the site with conventional treatment.

The usual doses are a dated list with a source a row (usual_doses.csv); a user may name a list of their own. A site
without a row, or a course before the row was valid, gets no usual dose and a sentence that says so.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from isocenter.errors import UnreadableInput
from isocenter.evidence.eqd2 import eqd2_gy
from isocenter.terms.plans import PlanMeasure

COLUMNS = ("site", "usual_dose_gy", "lowest_fraction_gy", "highest_fraction_gy", "valid_from", "source")
OWN_LIST = "usual_doses.csv"


@dataclass(frozen=True, slots=True)
class UsualDose:
    """The dose usual for a site with conventional treatment, the size of its fractions, since when, and who says so."""

    site: str
    usual_dose_gy: float
    lowest_fraction_gy: float
    highest_fraction_gy: float
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """A prescription beside the usual dose of its site; the sentence says what was compared, or why nothing was.

    excess_gy and excess_eqd2_gy: how far the prescription goes beyond the usual dose, negative where it stays below.
    """

    site: str
    prescribed_dose_gy: float
    prescribed_eqd2_gy: float
    usual: UsualDose | None
    usual_eqd2_gy: float | None
    excess_gy: float | None
    excess_eqd2_gy: float | None
    sentence: str


def read_usual_doses(path: Path | None = None) -> tuple[UsualDose, ...]:
    """The rows of a list of usual doses; the list that comes with Isocenter where none is named."""
    name = OWN_LIST if path is None else str(path)
    try:
        text = (
            (files("isocenter.evidence") / OWN_LIST).read_text(encoding="utf-8")
            if path is None
            else path.read_text(encoding="utf-8-sig")
        )
    except (OSError, UnicodeDecodeError) as wrong:
        raise UnreadableInput(f"{name} could not be read as a list of usual doses: {wrong}") from wrong
    reader = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
    if missing:
        raise UnreadableInput(f"{name} lacks the columns {', '.join(missing)}; a row is {','.join(COLUMNS)}")
    return tuple(_usual_dose(row, f"{name}, line {reader.line_num}") for row in reader)


def _usual_dose(row: dict[str, str], place: str) -> UsualDose:
    numbers = {}
    for column in COLUMNS[1:4]:
        try:
            numbers[column] = float(row[column])
        except (TypeError, ValueError) as wrong:
            raise UnreadableInput(f"{place}: {column} is {row[column]!r}; expected a number of Gy") from wrong
        if not 0 < numbers[column] < 200:
            raise UnreadableInput(f"{place}: {column} is {row[column]}; expected more than 0 and less than 200 Gy")
    try:
        valid_from = date.fromisoformat(row["valid_from"])
    except (TypeError, ValueError) as wrong:
        raise UnreadableInput(
            f"{place}: valid_from is {row['valid_from']!r}; expected a day such as 2008-01-01"
        ) from wrong
    if not row["source"]:
        raise UnreadableInput(f"{place}: the usual dose of {row['site']} has no source; name who says so")
    return UsualDose(row["site"], **numbers, valid_from=valid_from, source=row["source"])


def measure_escalation(
    site: str,
    prescribed_dose_gy: float,
    fractions: int,
    on: date,
    usual_doses: Iterable[UsualDose],
    alpha_beta_gy: float,
) -> Escalation:
    """Compare a prescription of a day with the latest usual dose of its site that was valid then.

    The EQD2 of the usual dose is taken at its largest usual fraction, so that the excess is never overstated.
    """
    prescribed_eqd2_gy = eqd2_gy(prescribed_dose_gy, fractions, alpha_beta_gy)
    of_site = [usual for usual in usual_doses if usual.site == site]
    valid = [usual for usual in of_site if usual.valid_from <= on]
    if not valid:
        when = f" that was valid on {on}" if of_site else ""
        sentence = (
            f"The list of usual doses has no row for {site or 'a course without a site'}{when}; nothing was compared."
        )
        return Escalation(site, prescribed_dose_gy, prescribed_eqd2_gy, None, None, None, None, sentence)
    usual = max(valid, key=lambda row: row.valid_from)
    usual_eqd2_gy = usual.usual_dose_gy * (usual.highest_fraction_gy + alpha_beta_gy) / (2.0 + alpha_beta_gy)
    excess_gy, excess_eqd2_gy = prescribed_dose_gy - usual.usual_dose_gy, prescribed_eqd2_gy - usual_eqd2_gy
    sentence = (
        f"{prescribed_dose_gy:g} Gy in {fractions} fractions (EQD2 {prescribed_eqd2_gy:.1f} Gy at alpha/beta "
        f"{alpha_beta_gy:g} Gy) beside {usual.usual_dose_gy:g} Gy usual for {site} (EQD2 {usual_eqd2_gy:.1f} Gy; "
        f"{usual.source})."
    )
    return Escalation(
        site, prescribed_dose_gy, prescribed_eqd2_gy, usual, usual_eqd2_gy, excess_gy, excess_eqd2_gy, sentence
    )


def escalation_measures(plan_id: str, found: Escalation) -> list[PlanMeasure]:
    """The rows of plan_measures: the prescription's EQD2 and, where the site has one, the usual dose in EQD2."""
    rows = [PlanMeasure(plan_id, "", "prescribed_eqd2_gy", found.prescribed_eqd2_gy, "Gy")]
    if found.usual_eqd2_gy is not None:
        rows.append(PlanMeasure(plan_id, "", "usual_dose_gy", found.usual_eqd2_gy, "Gy"))
    return rows
