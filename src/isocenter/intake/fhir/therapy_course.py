"""Reads what the resources of one course of radiotherapy state: doses, days, site, techniques, and courses before it.

Sources: HL7 CodeX Radiation Therapy 2.0 and mCODE 3.0 (profiles of ServiceRequest, Procedure and BodyStructure); the
codes are SNOMED CT concepts that both guides name.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from isocenter.files.texts import shown
from isocenter.intake.fhir.belonging import is_of_another
from isocenter.intake.fhir.code_systems import is_icd10
from isocenter.intake.fhir.people import day_of, why_no_diagnosis
from isocenter.intake.fhir.references import Directory, codes, extension, extensions, objects, text
from isocenter.intake.fhir.resources import Found, Json
from isocenter.intake.fhir.therapy_doses import (
    count_of,
    delivered,
    prescribed,
    says,
    unread_deliveries,
    unread_values,
    volumes_treated,
)
from isocenter.terms.chart import Document, DocumentElement
from isocenter.terms.claims import Diagnosis
from isocenter.terms.courses import Course, PriorIrradiation
from isocenter.terms.plans import Plan
from isocenter.terms.problems import Problem, Unread, worded
from isocenter.terms.tables import LostValue

SNOMED = "http://snomed.info/sct"
_INTENTS = {"373808002": "curative", "363676003": "palliative"}
_SIDES = {"7771000": "left", "24028007": "right", "51440002": "bilateral"}
# Technique by its concept: the name in the table of plans, and whether the intensity is modulated.
TECHNIQUES = {
    "441799006": ("imrt", True),
    "1156530009": ("vmat", True),
    "1162782007": ("conformal", False),
    "1156526006": ("open", False),  # two-dimensional
    "168524008": ("open", False),  # intraoperative
}
# Modalities that leave no room for IMRT: electrons; protons, neutrons, carbon ions; brachytherapy, by its dose rate.
MODALITIES = {
    "45643008": ("open", False),
    **dict.fromkeys(("10611004", "80347004", "1156505006"), ("ion", False)),
    **dict.fromkeys(("394902000", "1156384006", "1156708005", "169359004", "440252007"), ("brachytherapy", False)),
}
_REASONS_OF_ANATOMY = {
    "1259231006": "the target changed",
    "1259232004": "an organ at risk changed",
}
_REASON = (
    "codexrt-radiotherapy-reason-for-revision-or-adaptation",
    "codexrt-radiotheraphy-reason-for-revision-or-adaptation",
)
_GOES_ON = ("preparation", "in-progress", "on-hold")  # of a Procedure
_PLAN_OF_RECORD = "as the treatment record states it"

Row = Course | Diagnosis | Plan | PriorIrradiation | Document | DocumentElement | LostValue | Problem


class Given(NamedTuple):
    """One course: what was ordered, and what was given of it."""

    course: Course
    ended_on: date | None
    given_gy: float | None
    given_fractions: int | None
    site_words: str
    is_reirradiation: bool
    unread: Sequence[Problem | LostValue] = ()  # doses that were given and cannot be read


@dataclass
class CourseSources:
    """What the record holds of one course: the order, summaries of what was given, and its phases."""

    member: str
    order: Found | None = None
    summaries: list[Found] = field(default_factory=list)
    phases: list[Found] = field(default_factory=list)

    @property
    def all(self) -> list[Found]:
        """Order and summaries."""
        return [*([self.order] if self.order else []), *self.summaries]

    def ended_before(self, day: date) -> bool:
        """Whether the whole course was given before a day: each summary says so, and no phase goes on."""
        goes_on = any(text(one.resource, "status") in _GOES_ON for one in self.phases)
        stated = [is_completed_before(one.resource, day) for one in self.summaries]
        return bool(stated) and all(stated) and not goes_on


def is_completed_before(resource: Json, day: date) -> bool:
    """Whether a summary or a phase states that its treatment was completed before a day."""
    ended = _period(resource)[1]
    return text(resource, "status") == "completed" and ended is not None and ended < day


def _key(resource: Json) -> str:
    return f"{resource['resourceType']}/{text(resource, 'id')}"


def unlike(own: str, taken: set[str]) -> str:
    """An id unlike those that are taken, which it joins: servers give ids each for itself."""
    unlike, number = own, 1
    while unlike in taken:
        number += 1
        unlike = f"{own} ({number})"
    taken.add(unlike)
    return unlike


def rows_of_course(
    course_id: str, course_of: CourseSources, given: list[Given], directory: Directory, taken: set[str]
) -> Iterator[Row]:
    order, summaries, phases = course_of.order, course_of.summaries, course_of.phases
    sources = [one.resource for one in course_of.all]
    periods = [period for one in summaries if (period := _period(one.resource)) != (None, None)]
    starts = [start for start, _ in periods if start]
    ends = [
        end for one in summaries if text(one.resource, "status") == "completed" and (end := _period(one.resource)[1])
    ]
    planned_gy, planned_fractions = prescribed(order.resource if order else None, phases)
    course = Course(
        course_id,
        course_of.member,
        laterality=_side(sources, phases, directory),
        delivery_technique=_modulation(sources, phases),
        intent=_intent(sources),
        prescribed_dose_gy=planned_gy,
        planned_fractions=planned_fractions,
        first_delivery=min(starts) if starts else None,
        last_delivery=max(ends) if ends else None,
    )
    yield course
    for one in (*([order] if order else []), *phases):
        yield from unread_values(one, course_id)
    for one in summaries:
        yield from _unread_days(one, course_id)
    yield from diagnoses_of(course_id, course_of.all, directory)
    yield from _plans(course_id, sources, phases, taken)
    yield from _adaptations(course_id, sources, phases, taken)
    of_summaries = [delivered(one.resource) for one in summaries]
    doses = [dose for dose, _ in of_summaries if dose is not None]
    fractions = [count for _, count in of_summaries if count is not None]
    sites = [text(coding, "display") for source in sources for site in objects(source, "bodySite")
             for coding in objects(site, "coding")]  # fmt: skip
    given.append(
        Given(
            course,
            course.last_delivery,
            max(doses) if doses else None,
            max(fractions) if fractions else None,
            sites[0] if sites else "",
            any(says(source, "codexrt-radiotherapy-course-involves-reirradiation") for source in sources),
            [row for one in summaries for row in unread_deliveries(one, course_of.member)],
        )
    )


def label(resource: Json) -> str:
    """The name by which a clinic calls a course or phase."""
    for one in objects(resource, "identifier"):
        if text(one, "system") != "urn:dicom:uid" and text(one, "value"):
            return text(one, "value")
    return text(resource, "id")


def _period(resource: Json) -> tuple[date | None, date | None]:
    period = resource.get("performedPeriod")
    if isinstance(period, dict):
        return day_of(text(period, "start")), day_of(text(period, "end"))
    day = day_of(text(resource, "performedDateTime"))
    return day, day


def _unread_days(summary: Found, course_id: str) -> Iterator[Problem | LostValue]:
    """What a summary states as the first or last day of a course and is no day."""
    period = summary.resource.get("performedPeriod")
    stated = period if isinstance(period, dict) else {"start": summary.resource.get("performedDateTime")}
    for name, column in (("start", "first_delivery"), ("end", "last_delivery")):
        written = text(stated, name)
        if written and day_of(written) is None:
            sentence = worded(
                "the treatment is dated {written}, which names no day; it was left out", written=shown(written)[:60]
            )
            yield Problem(summary.file, summary.place, sentence)
            yield LostValue("courses", column, course_id, summary.file, summary.place)


def _side(sources: Iterable[Json], phases: Iterable[Found], directory: Directory) -> str:
    """The side that the sites of a course and its phases name, else that of the volumes to which they give dose."""
    resources = [*sources, *(phase.resource for phase in phases)]
    sites = [one for resource in resources for site in objects(resource, "bodySite")
             for one in extensions(site, "mcode-laterality-qualifier")]  # fmt: skip
    of_sites = {code for one in sites for code in codes(one.get("valueCodeableConcept"), SNOMED)}
    volumes = [directory.resolve(one, resource) for resource in resources for one in volumes_treated(resource)]
    of_volumes = {
        code
        for one in volumes
        if one
        for concept in objects(one, "locationQualifier")
        for code in codes(concept, SNOMED)
    }
    sides = {_SIDES[code] for code in of_sites if code in _SIDES}
    sides = sides or {_SIDES[code] for code in of_volumes if code in _SIDES}
    if {"left", "right"} <= sides or "bilateral" in sides:
        return "bilateral"
    return sides.pop() if sides else ""


def _intent(sources: Iterable[Json]) -> str:
    for resource in sources:
        stated = extension(resource, "mcode-procedure-intent")
        for code in codes(stated.get("valueCodeableConcept"), SNOMED) if stated else []:
            if code in _INTENTS:
                return _INTENTS[code]
    return ""


def _techniques(resource: Json) -> list[tuple[str, bool | None]]:
    """Each technique that a course or phase states, as the plans table names it, and whether it is IMRT."""
    techniques: list[tuple[str, bool | None]] = []
    for stated in extensions(resource, "mcode-radiotherapy-modality-and-technique"):
        technique = extension(stated, "mcode-radiotherapy-technique")
        modality = extension(stated, "mcode-radiotherapy-modality")
        how = codes(technique.get("valueCodeableConcept"), SNOMED) if technique else []
        what = codes(modality.get("valueCodeableConcept"), SNOMED) if modality else []
        known = [MODALITIES[code] for code in what if code in MODALITIES]
        known = known or [TECHNIQUES[code] for code in how if code in TECHNIQUES]
        techniques += known or [("unknown", None)]
    return techniques


def _modulation(sources: Sequence[Json], phases: Sequence[Found]) -> str:
    """How the intensity is modulated, where only a multileaf collimator can have done it."""
    resources = [*(phase.resource for phase in phases)] or list(sources)
    return "mlc" if any(name == "vmat" for one in resources for name, _ in _techniques(one)) else ""


def diagnoses_of(course_id: str, found: Sequence[Found], directory: Directory) -> Iterator[Diagnosis | Problem]:
    """The ICD-10-CM diagnoses that orders and procedures give as their reason, each once."""
    seen: list[str] = []
    for one in found:
        resource = one.resource
        concepts = list(objects(resource, "reasonCode"))
        for reference in objects(resource, "reasonReference"):
            condition = directory.resolve(reference, resource)
            if condition is None:
                yield Unread(one.file, one.place, "its reasonReference names a Condition that was not supplied")
            elif is_of_another(condition, resource, directory):
                yield Unread(one.file, one.place, "the Condition that is its reason is of another patient")
            elif reason := why_no_diagnosis(condition):
                yield Problem(one.file, one.place, worded("the Condition that is its reason {reason}", reason=reason))
            elif isinstance(condition.get("code"), dict):
                concepts.append(condition["code"])
        for concept in concepts:
            known = [
                text(coding, "code")
                for coding in objects(concept, "coding")
                if is_icd10(text(coding, "system")) and text(coding, "code")
            ]
            seen += [code for code in known if code not in seen]
            if not known:
                written = ", ".join(codes(concept)) or text(concept, "text") or "nothing"
                sentence = "its reason is {written}; an ICD-10-CM code is expected; it is no diagnosis of the course"
                yield Problem(one.file, one.place, worded(sentence, written=shown(written)[:60]))
    for position, code in enumerate(seen, start=1):
        bare = code.upper().replace(".", "", 1)
        yield Diagnosis(course_id, f"{bare[:3]}.{bare[3:]}" if bare[3:] else bare, position)


def _plans(course_id: str, sources: Sequence[Json], phases: Sequence[Found], taken: set[str]) -> Iterator[Plan]:
    """One plan a phase that was ordered; of a course without phases one, of the course."""
    planned = [phase.resource for phase in phases if phase.resource["resourceType"] == "ServiceRequest"]
    for resource in planned or [phase.resource for phase in phases] or list(sources)[:1]:
        techniques = _techniques(resource)
        if not techniques:
            continue
        modulated = {is_imrt for _, is_imrt in techniques}
        name = techniques[0][0] if len(techniques) == 1 else "unknown"
        dose, count = prescribed(resource, ())
        yield Plan(
            unlike(_key(resource), taken),
            course_id,
            label(resource),
            day_of(text(resource, "authoredOn")),
            fractions=count or count_of(resource, "codexrt-radiotherapy-fractions-planned"),
            prescribed_dose_gy=dose,
            technique=name,
            is_imrt=modulated.pop() if len(modulated) == 1 else None,
            technique_reason=_PLAN_OF_RECORD,
        )


def _adaptations(
    course_id: str, sources: Sequence[Json], phases: Sequence[Found], taken: set[str]
) -> Iterator[Document | DocumentElement]:
    """Changes of the anatomy that the record gives as the reason for another plan."""
    for resource in (*sources, *(phase.resource for phase in phases)):
        for stated in (one for name in _REASON for one in extensions(resource, name)):
            for code in codes(stated.get("valueCodeableConcept"), SNOMED):
                if code in _REASONS_OF_ANATOMY:
                    document_id = unlike(f"{_key(resource)} adaptation", taken)
                    day = day_of(text(resource, "authoredOn")) or _period(resource)[0]
                    yield Document(document_id, course_id, "anatomy_change", day)
                    yield DocumentElement(document_id, "anatomy_change", _REASONS_OF_ANATOMY[code])


def earlier_courses(
    given: Sequence[Given], over: Collection[str] = ()
) -> Iterator[PriorIrradiation | Problem | LostValue]:
    """Courses that ended before another one of the same person began, and what of their doses could not be read.

    `over` are the ids of courses that ended before the services that are asked for.
    """
    last_begun: dict[str, date] = {}
    for one in given:
        begun, member = one.course.first_delivery, one.course.member_id
        if begun:
            last_begun[member] = max(begun, last_begun.get(member, begun))
    ended = sum(1 for one in given if one.ended_on)
    for one in given:
        begun = last_begun.get(one.course.member_id)
        is_earlier = one.course.course_id in over or bool(one.ended_on and begun and begun > one.ended_on)
        if one.ended_on and is_earlier:
            yield PriorIrradiation(
                one.course.member_id, one.site_words, one.ended_on, one.given_gy, one.given_fractions, one.ended_on.year
            )
            yield from one.unread
        elif one.is_reirradiation and ended == bool(one.ended_on):
            yield PriorIrradiation(one.course.member_id, one.site_words)
