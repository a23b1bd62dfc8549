"""A recipe: one phantom with every knob set; all identifiers and random numbers of a set follow from it."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from difflib import get_close_matches
from hashlib import sha256

from isocenter.errors import UnknownName
from isocenter.phantoms.catalogue import PHANTOMS, Phantom
from isocenter.phantoms.doses import ConformalDose, Dose, Level
from isocenter.phantoms.knobs import Delivery, Person, PlanStyle, Quirks, Verification
from isocenter.phantoms.shapes import Target
from isocenter.terms.imaging import Patient

FIRST_DAY = date(2026, 1, 5)  # a Monday


@dataclass(frozen=True)
class Recipe:
    """What to make: None leaves the phantom's own choice."""

    name: str
    spacing_mm: float | None = None
    slice_mm: float | None = None
    quirks: Quirks = field(default_factory=Quirks)
    style: PlanStyle | None = None
    delivery: Delivery = field(default_factory=Delivery)
    start: date = FIRST_DAY
    seed: int = 0
    # A verified plan keeps its identifiers.
    verification: Verification | None = field(default=None, repr=False)
    person: Person | None = field(default=None, repr=False)

    @property
    def whose(self) -> Person:
        """The person named in every file: by default the phantom, which is nobody's name."""
        return self.person or Person("PHANTOM", self.phantom.patient, f"PH-{self.phantom.patient}")

    @property
    def patient(self) -> Patient:
        """The patient as a reader takes it from the files."""
        whose = self.whose
        names = (whose.family_name, whose.given_name) if self.person else ("", "")
        sex = whose.sex if whose.sex in ("M", "F") else ""
        return Patient(whose.patient_id, *names, whose.birth_date, sex)

    @property
    def scanned_on(self) -> date:
        """The day of the planning CT: two weeks before the start."""
        return self.start - timedelta(days=14)

    @property
    def phantom(self) -> Phantom:
        if self.name in PHANTOMS:
            return PHANTOMS[self.name]
        nearest = get_close_matches(self.name, PHANTOMS, n=1, cutoff=0.0)[0]
        known = ", ".join(sorted(PHANTOMS))
        raise UnknownName(f"No phantom is called {self.name!r}; the nearest is {nearest!r}, all are: {known}.")

    @property
    def pixel(self) -> float:
        """Distance of pixels in CT and dose, in mm."""
        return self.spacing_mm or self.phantom.pixel_mm

    @property
    def slice(self) -> float:
        """Distance of slices in CT, contours and dose, in mm."""
        return self.slice_mm or self.phantom.slice_mm

    @property
    def plan_style(self) -> PlanStyle:
        return self.style or self.phantom.style

    @property
    def dose(self) -> Dose:
        """The dose of the whole course as a function of the place."""
        phantom = self.phantom
        if phantom.dose is not None:
            return phantom.dose
        levels = tuple(
            Level(part.name, part.shape, phantom.prescription_gy[part.name])
            for part in phantom.contents
            if part.name in phantom.prescription_gy and isinstance(part.shape, Target)
        )
        spared = tuple((part.shape, part.spared_to) for part in phantom.parts if part.spared_to is not None)
        return ConformalDose(levels, phantom.body, spared)

    @property
    def earlier(self) -> "Recipe | None":
        """The course before, irradiated two years earlier; it keeps every knob but the plan's style."""
        if not self.phantom.earlier:
            return None
        before = date.fromordinal(self.start.toordinal() - 728)
        return replace(self, name=self.phantom.earlier, style=None, start=before, verification=None)

    def uid(self, *words: object) -> str:
        """A DICOM identifier under the root for UUIDs, drawn from the recipe alone."""
        digest = sha256("|".join([repr(self), *map(str, words)]).encode()).digest()
        return f"2.25.{int.from_bytes(digest[:15], 'big')}"
