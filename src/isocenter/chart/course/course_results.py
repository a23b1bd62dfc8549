"""Results, set-ups, earlier courses, diagnoses and attestations, taken from the papers that report them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from isocenter.chart.abstraction import Abstraction, Cited
from isocenter.chart.course.facility_statements import attestations_in
from isocenter.chart.course.paper_read import PaperRead, cited, kinds_of
from isocenter.chart.grammar.grammar import Grammar
from isocenter.chart.results.diagnoses import diagnoses_in
from isocenter.chart.results.earlier_courses import PriorFound, prior_irradiations_in
from isocenter.chart.results.image_guidance import guidance_in
from isocenter.chart.results.image_guidance_grid import guidance_in_grids
from isocenter.chart.results.verifications import verifications_in


def take_results(
    grammar: Grammar,
    read: Sequence[PaperRead],
    found: Abstraction,
    read_by: Mapping[tuple[str, int], str],
    staff: Mapping[str, str],
    day_first: bool,
) -> None:
    begins = _beginning(found)
    for one in read:
        kinds = kinds_of(one) | one.shown
        for attested in attestations_in(grammar, one, day_first=day_first):
            found.attestations.append((attested, cited(one.file, attested.placed, attested.sureness, read_by)))
        if one.paper.type is not None and (one.paper.type.none or one.paper.type.facility):
            continue
        _take_verifications(one, kinds, found, read_by)
        for set_up in guidance_in(one.sentences, dict(staff), day_first=day_first, rows_only=not kinds & _OF_GUIDANCE):
            found.guidance.append((set_up, cited(one.file, set_up.placed, set_up.sureness, read_by)))
        for set_up in guidance_in_grids(one.paper.lines, staff, day_first=day_first):
            found.guidance.append((set_up, cited(one.file, set_up.placed, set_up.sureness, read_by)))
        if not kinds & _WITHOUT_HISTORY:
            for prior in prior_irradiations_in(one.sentences, begins, day_first=day_first):
                _keep_fuller(found, prior, cited(one.file, prior.placed, prior.sureness, read_by))


_OF_GUIDANCE = {"image_guidance_note", "weekly_image_review"}
_OF_VERIFICATION = {"dosimetric_verification", "dosimetry_calculation"}
_WITHOUT_VERIFICATION = {
    "visit_note",
    "prescription",
    "necessity_statement",
    "clinical_planning_note",
    "weekly_management_note",
    "weekly_physics_check",
    "special_dosimetry_record",
    "special_physics_consultation",
    "image_guidance_note",
}
_WITHOUT_HISTORY = {
    "prescription",
    "dosimetric_verification",
    "dosimetry_calculation",
    "weekly_management_note",
    "weekly_physics_check",
    "image_guidance_note",
}
_LONGEST_COURSE = timedelta(days=365)


def _beginning(found: Abstraction) -> date | None:
    """The first day of a document of this course; a document far from the others in time is of another, or misdated."""
    days = sorted(d.document_date for d in found.documents if d.document_date)
    if not days:
        return None
    middle = days[len(days) // 2]
    return next(day for day in days if middle - day < _LONGEST_COURSE)


def _take_verifications(
    one: PaperRead, kinds: set[str], found: Abstraction, read_by: Mapping[tuple[str, int], str]
) -> None:
    """Results of papers that verify or calculate, and of others where words name the method."""
    verifies = bool(kinds & _OF_VERIFICATION)
    if not verifies and kinds & _WITHOUT_VERIFICATION and "plan_report" not in kinds:
        return
    calculates = verifies and "dosimetric_verification" not in kinds
    seen = {(v.kind, v.value) for v, _, _ in found.verifications}
    for result in verifications_in(one.sentences, calculation=calculates, sure=not verifies):
        if verifies or (result.kind, result.value) not in seen:
            found.verifications.append((result, one.day, cited(one.file, result.placed, result.sureness, read_by)))


def _keep_fuller(found: Abstraction, prior: PriorFound, cite: Cited) -> None:
    """An earlier course once, by the sentence that says most of it."""
    for number, (other, _) in enumerate(found.priors):
        if other.dose_gy == prior.dose_gy and (
            other.fractions == prior.fractions or not prior.fractions or not other.fractions
        ):
            if _said(prior) > _said(other):
                found.priors[number] = (prior, cite)
            return
    found.priors.append((prior, cite))


def _said(prior: PriorFound) -> int:
    return 2 * bool(prior.fractions) + bool(prior.ended_on) + bool(prior.site)


def take_diagnoses(read: Sequence[PaperRead], found: Abstraction, read_by: Mapping[tuple[str, int], str]) -> None:
    for one in read:
        if one.paper.type is not None and one.paper.type.none:
            continue
        for diagnosis in diagnoses_in(one.sentences):
            if diagnosis.icd10 not in {d.icd10 for d, _ in found.diagnoses}:
                found.diagnoses.append((diagnosis, cited(one.file, diagnosis.placed, diagnosis.sureness, read_by)))
