"""Courses to report on: a usual prostate course with open points, and what makes a review hard to show."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from isocenter import __version__
from isocenter.facts.store import FactStore
from isocenter.review.assembling import assemble
from isocenter.review.duckdb_engine import judge
from isocenter.rulebook.rulebook import Rulebook, load_policy
from isocenter.terms.findings import (
    Consequence,
    CourseRecommendation,
    Finding,
    InputFile,
    LineRecommendation,
    Outcome,
    ReviewedLine,
    SubjectKind,
)
from isocenter.terms.problems import Problem
from isocenter.terms.review import Picture, Review
from tests.builders import store_of

FIRST_DAY = date(2024, 2, 5)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000 01f15c4890000000d49444154789c6360606060000000"
    "050001a5f645400000000049454e44ae426082".replace(" ", "")
)


@cache
def rulebooks() -> list[Rulebook]:
    return [load_policy("imrt")]


def weekdays(count: int, first: date = FIRST_DAY) -> list[date]:
    """The first weekdays from a Monday on."""
    return [first + timedelta(days=7 * (n // 5) + n % 5) for n in range(count)]


def course_tables(fractions: int = 28, member: str = "M1") -> dict[str, list[dict[str, Any]]]:
    """A prostate course of so many fractions: one unsigned review, a second plan, one other delivery too many."""
    days = weekdays(fractions)
    lines: list[dict[str, Any]] = []

    def bill(day: date, code: str, **more: Any) -> None:
        number = len(lines) + 1
        lines.append(
            {
                "claim_line_id": f"A1-{number}",
                "line_number": number,
                "service_date": day,
                "procedure_code": code,
                "member_id": member,
                **more,
            }
        )

    bill(date(2023, 12, 18), "77263", modifier_1="26")
    bill(date(2024, 1, 15), "77290")
    for code, units in (("77301", 1), ("77300", 7), ("77334", 2), ("77338", 1)):
        bill(date(2024, 1, 24), code, units=units)
    for day in days:
        bill(day, "G6015")
    for day in days[::5]:
        bill(day, "77427")
        bill(day + timedelta(days=4), "77336")
    for day in days[:8]:
        bill(day, "G6002", modifier_1="TC")
    bill(days[min(9, len(days) - 1)], "G6012")
    if fractions > 12:
        bill(days[12], "77301")
    documents = [
        ("D1", "necessity_statement", date(2023, 12, 18)),
        ("D2", "clinical_planning_note", date(2023, 12, 18)),
        ("D3", "simulation_record", date(2024, 1, 15)),
        ("D4", "prescription", date(2024, 1, 22)),
        ("D5", "plan_report", date(2024, 1, 24)),
        ("D6", "image_review", date(2024, 1, 24)),
        ("D7", "dvh_review", date(2024, 1, 24)),
        ("D8", "dosimetric_verification", date(2024, 1, 30)),
    ]
    return {
        "courses": [
            {
                "member_id": member,
                "site": "prostate",
                "laterality": "not_paired",
                "delivery_technique": "mlc",
                "intent": "curative",
                "prescribed_dose_gy": 70.0,
                "planned_fractions": fractions,
                "first_delivery": days[0],
                "last_delivery": days[-1],
            }
        ],
        "claim_lines": lines,
        "diagnoses": [{"icd10": "C61"}],
        "documents": [{"document_id": name, "kind": kind, "document_date": day} for name, kind, day in documents],
        "document_elements": [
            {"document_id": "D1", "element": "condition_proximity", "detail": 'rectum "touches" PTV & seed'},
            {"document_id": "D1", "element": "compared_with_3d"},
            {"document_id": "D1", "element": "critical_structures_addressed", "detail": "rectum, bladder"},
            {"document_id": "D2", "element": "tumor_localization"},
            {"document_id": "D2", "element": "modality_choice"},
            {"document_id": "D3", "element": "patient_positioning"},
            {"document_id": "D3", "element": "immobilization_device", "detail": "vacuum cushion"},
            {"document_id": "D4", "element": "treatment_goals"},
            {"document_id": "D4", "element": "target_constraints"},
            {"document_id": "D6", "element": "images_of_target"},
            {"document_id": "D6", "element": "images_of_critical_structures"},
            {"document_id": "D7", "element": "dvh_targets"},
            {"document_id": "D8", "element": "setup_verified"},
            {"document_id": "D8", "element": "delivery_verified"},
        ],
        "signatures": [
            _signed("D1", "treating_physician", "Dr. Ada Example", date(2023, 12, 19)),
            _signed("D3", "radiation_oncologist", "Dr. Bo Sample", date(2024, 1, 15)),
            _signed("D4", "radiation_oncologist", "Dr. Bo Sample", date(2024, 1, 22)),
            _signed("D5", "medical_physicist", "Cy Specimen", date(2024, 1, 24)),
            _signed("D6", "radiation_oncologist", "Dr. Bo Sample", date(2024, 1, 25)),
            _signed("D8", "medical_physicist", "Cy Specimen", date(2024, 1, 30)),
        ],
        "plans": [
            {
                "plan_id": "P1",
                "label": "Prostate 70",
                "plan_date": date(2024, 1, 24),
                "approval": "APPROVED",
                "fractions": fractions,
                "prescribed_dose_gy": 70.0,
                "technique": "imrt_static",
                "is_imrt": True,
                "gantry_stops": 7,
            }
        ],
        "fractions": [
            {"fraction_number": number, "delivered_on": day, "delivered_mu": 612.4, "planned_mu": 612.0}
            for number, day in enumerate(days[:-1], start=1)
        ],
    }


def review_of(store: FactStore, books: list[Rulebook] | None = None) -> Review:
    """The review of the only course of a store."""
    books = books or rulebooks()
    (course,) = store.rows("courses")
    return assemble(
        store,
        course,
        judge(store, books),
        books,
        inputs=(InputFile("claims.csv", "claims as CSV", "ab" * 32, 45), InputFile("case.yaml", "case", "cd" * 32, 40)),
        problems=(
            Problem("claims.csv", "row 48", "units is '0', expected a whole number from 1; the row was left out"),
        ),
        version=__version__,
    )


@cache
def usual_review(fractions: int = 28, member: str = "M1") -> Review:
    """The usual course, judged by the bundled policy."""
    return review_of(store_of(course_tables(fractions, member)))


@cache
def claims_only_review() -> Review:
    """The same course with nothing but its claims."""
    tables = course_tables()
    return review_of(store_of({"courses": tables["courses"], "claim_lines": tables["claim_lines"]}))


def illustrated(review: Review, pictures: int = 2) -> Review:
    """The review with pictures of evidence, one pixel each."""
    shown = tuple(
        Picture(f"dvh-{n}", f"Dose-volume histogram {n}", "Rectum & bladder <sparing>", "image/png", PIXEL)
        for n in range(pictures)
    )
    return replace(review, pictures=shown)


def plain_review(*findings: Finding, recommendation: CourseRecommendation, **lines: str) -> Review:
    """A review with these findings and lines, without rules behind it; a line is given as id=recommendation."""
    course = usual_review().course
    return replace(
        usual_review(),
        course=course,
        recommendation=recommendation,
        lines=tuple(
            ReviewedLine(name, "77301", FIRST_DAY, 1, LineRecommendation(said), int(said == "pay"))
            for name, said in lines.items()
        ),
        findings=findings,
        not_assessed=(),
        applied_to_nothing=(),
        problems=(),
        facts={},
    )


def finding(
    rule: str = "one_plan_per_course",
    subject: str = "L1",
    outcome: str = "not_met",
    consequence: str = "deny",
    kind: str = "claim_line",
    because: str = "a second plan without a reason",
    requirements: tuple[str, ...] = ("IMRT-2", "IMRT-3"),
) -> Finding:
    """A finding; the rule need not exist."""
    return Finding(
        policy="imrt",
        rule=rule,
        requirements=requirements,
        cites="77301, paragraph 1",
        subject_kind=SubjectKind(kind),
        subject_id=subject,
        outcome=Outcome(outcome),
        consequence=Consequence(consequence),
        because=because,
        remedy="Send the dated note of the change of anatomy.",
        carc="97",
    )


def _signed(document: str, role: str, signer: str, day: date) -> dict[str, Any]:
    return {"document_id": document, "role": role, "signer": signer, "signed_on": day}
