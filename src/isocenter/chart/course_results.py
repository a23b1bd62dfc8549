"""Results, set-ups, earlier courses, diagnoses and attestations, taken from the papers that report them."""

from collections.abc import Mapping, Sequence

from isocenter.chart import results
from isocenter.chart.abstraction import Abstraction
from isocenter.chart.documents import FACILITY, best_statements
from isocenter.chart.grammar import Grammar
from isocenter.chart.paper_read import PaperRead, cited, kinds_of


def take_results(
    grammar: Grammar,
    read: Sequence[PaperRead],
    found: Abstraction,
    read_by: Mapping[tuple[str, int], str],
    staff: Mapping[str, str],
    day_first: bool,
) -> None:
    first = min((d.document_date for d in found.documents if d.document_date), default=None)
    for one in read:
        kinds = kinds_of(one)
        if one.paper.type is not None and one.paper.type.facility:
            _take_attestations(grammar, one, found, read_by)
        if one.paper.type is not None and one.paper.type.none:
            continue
        if kinds & {"dosimetric_verification", "dosimetry_calculation", "special_dosimetry_record"} - {
            "special_dosimetry_record"
        }:
            for result in results.verifications_in(one.sentences, calculation="dosimetric_verification" not in kinds):
                found.verifications.append((result, one.day, cited(one.file, result.placed, result.sureness, read_by)))
        if kinds & {"image_guidance_note", "weekly_image_review"}:
            for set_up in results.guidance_in(one.sentences, dict(staff), day_first=day_first):
                found.guidance.append((set_up, cited(one.file, set_up.placed, set_up.sureness, read_by)))
        if not kinds & {
            "prescription",
            "dosimetric_verification",
            "dosimetry_calculation",
            "weekly_management_note",
            "weekly_physics_check",
            "image_guidance_note",
        }:
            for prior in results.prior_irradiations_in(one.sentences, first, day_first=day_first):
                if not any(
                    p.dose_gy == prior.dose_gy
                    and (p.fractions == prior.fractions or not prior.fractions or not p.fractions)
                    for p, _ in found.priors
                ):
                    found.priors.append((prior, cited(one.file, prior.placed, prior.sureness, read_by)))


def take_diagnoses(read: Sequence[PaperRead], found: Abstraction, read_by: Mapping[tuple[str, int], str]) -> None:
    for one in read:
        if one.paper.type is not None and one.paper.type.none:
            continue
        for diagnosis in results.diagnoses_in(one.sentences):
            if diagnosis.icd10 not in {d.icd10 for d, _ in found.diagnoses}:
                found.diagnoses.append((diagnosis, cited(one.file, diagnosis.placed, diagnosis.sureness, read_by)))


def _take_attestations(
    grammar: Grammar, one: PaperRead, found: Abstraction, read_by: Mapping[tuple[str, int], str]
) -> None:
    """What a signed statement of the facility attests; the first day is the day of the statement."""
    signer = next((s for s in one.signatures if s.role == "medical_physicist"), None)
    if signer is None:
        return
    for statement in best_statements(grammar, one, [FACILITY], found.site).get(FACILITY, []):
        found.attestations.append(
            (
                statement.element,
                signer.signer,
                one.day or signer.signed_on,
                cited(one.file, statement.placed, statement.sureness, read_by),
            )
        )
