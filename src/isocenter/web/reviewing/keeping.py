"""A review is kept: the run with its lines, findings and passages, and the request that shows the newest of them."""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from isocenter.report.citations import cited_passages
from isocenter.report.claims import billed_lines, label_of, subject_text
from isocenter.report.points import effects_in, find_rule, open_points
from isocenter.report.requests import requests
from isocenter.report.words import modifiers_of, readable
from isocenter.terms.findings import Outcome
from isocenter.terms.review import Question, Review
from isocenter.web import journal
from isocenter.web.models import (
    AskedDocument,
    MarkedPassage,
    Request,
    RequestedDocument,
    ReviewedLine,
    ReviewRun,
    RunFinding,
)
from isocenter.web.models.requests import State
from isocenter.web.reviewing.running import Reviewed
from isocenter.web.viewer.volumes import name_plan, plan_set_down


def keep_run(request_id: int, generation: int, reviewed: Reviewed) -> ReviewRun | None:
    """Keep a review as the run of its generation; None where the files changed meanwhile, or it is kept already.

    All that takes long is done before the transaction begins: pages wait for it where the database has one writer.
    """
    run = _run(request_id, generation, reviewed)
    rows = [_lines(run, reviewed), _findings(run, reviewed), _asked(run, reviewed), _passages(run, reviewed.review)]
    shown = _shown_in_queue(reviewed.review)
    with plan_set_down(reviewed.plan) as set_down:
        return _keep(run, rows, shown, set_down)


@transaction.atomic
def _keep(
    run: ReviewRun, rows: Sequence[Sequence[Model]], shown: Mapping[str, Any], set_down: Path | None
) -> ReviewRun | None:
    request = Request.objects.select_for_update().get(pk=run.request_id)
    if request.generation != run.generation or request.state != State.IN_REVIEW:
        return None
    run.course_chosen, run.plan_chosen = request.course_chosen, request.plan_chosen
    run.save(force_insert=True)
    for some in rows:
        if some:
            type(some[0])._default_manager.bulk_create(some)
    if set_down is not None:
        name_plan(set_down, run.pk)
    for column, value in shown.items():
        setattr(request, column, value)
    request.state = State.AWAITING_DOCUMENTS if RequestedDocument.outstanding(request).exists() else State.OPEN
    request.progress = ""
    request.worked_on_until = None
    request.save()
    journal.write(
        None,
        "reviewed",
        request,
        id=run.pk,
        generation=run.generation,
        version=run.version,
        recommendation=run.recommendation,
        policies=run.policies,
        readings=run.readings,
        inputs=run.inputs,
        review_sha256=run.review_sha256,
    )
    return run


def _run(request_id: int, generation: int, reviewed: Reviewed) -> ReviewRun:
    review = reviewed.review
    return ReviewRun(
        request_id=request_id,
        generation=generation,
        finished_at=timezone.now(),
        version=review.version,
        recommendation=review.recommendation.value,
        requires_clinician=review.requires_clinician,
        review_json=_clean(reviewed.review_json),
        review_sha256=hashlib.sha256(reviewed.review_json.encode()).hexdigest(),
        page=_clean(reviewed.page),
        policies=[policy._asdict() for policy in review.policies],
        rules=_rules(reviewed),
        readings=[[reading.policy, reading.name, str(reading.value), reading.unit] for reading in review.readings],
        inputs=[[file.path, file.kind, file.sha256] for file in review.inputs],
        pictures=[list(picture) for picture in reviewed.pictures],
        has_plan=reviewed.plan is not None,
        seconds=round(reviewed.seconds, 3),
    )


def _rules(reviewed: Reviewed) -> list[list[str]]:
    """Policy, name, title and passage of each rule that a review is made by."""
    names = {policy.name for policy in reviewed.review.policies}
    books = [book for book in reviewed.rulebooks if book.name in names]
    return [[book.name, rule.name, rule.title, rule.cites] for book in books for rule in book.rules]


def _shown_in_queue(review: Review) -> dict[str, Any]:
    """The columns of a request that the queue shows of its newest review."""
    billed = list(billed_lines(review).values())
    charges = [line.charge_amount for line in billed if line.charge_amount is not None]
    return {
        "recommendation": review.recommendation.value,
        "requires_clinician": review.requires_clinician,
        "member_id": _clean(review.course.member_id)[:200],
        "course_id": _clean(review.course.course_id)[:200],
        "site": review.course.site,
        "line_of_business": _clean(review.course.line_of_business)[:60],
        "provider_npi": next((line.billing_npi for line in billed if line.billing_npi), "")[:20],
        "is_prior_authorization": review.question is Question.PRIOR_AUTHORIZATION,
        "billed_dollars": _dollars(sum(charges)) if charges else None,
    }


def _lines(run: ReviewRun, reviewed: Reviewed) -> list[ReviewedLine]:
    billed = billed_lines(reviewed.review)
    return [
        ReviewedLine(
            run=run,
            place=place,
            claim_line_id=_clean(line.claim_line_id)[:300],
            line_number=getattr(billed.get(line.claim_line_id), "line_number", 0) or 0,
            procedure_code=line.procedure_code,
            label=label_of(line, reviewed.rulebooks)[:200],
            modifiers=" ".join(modifiers_of(billed.get(line.claim_line_id)))[:40],
            service_date=line.service_date,
            units=line.units,
            units_allowed=line.units_allowed,
            recommendation=line.recommendation.value,
            charge_dollars=_dollars(getattr(billed.get(line.claim_line_id), "charge_amount", None)),
        )
        for place, line in enumerate(reviewed.review.lines)
    ]


def _findings(run: ReviewRun, reviewed: Reviewed) -> list[RunFinding]:
    review = reviewed.review
    rows = []
    for finding, effect in effects_in(review):
        if finding.outcome is Outcome.NOT_APPLICABLE:
            continue
        rule = find_rule(finding.policy, finding.rule, reviewed.rulebooks)
        rows.append(
            RunFinding(
                run=run,
                policy=finding.policy,
                rule=finding.rule,
                title=(rule.title if rule else readable(finding.rule))[:300],
                cites=finding.cites[:200],
                subject_kind=finding.subject_kind.value,
                subject_id=_clean(finding.subject_id)[:300],
                subject=_clean(subject_text(finding, review))[:400],
                outcome=finding.outcome.value,
                effect=effect or "",
                because=_clean(finding.because),
                remedy=_clean(finding.remedy),
            )
        )
    return rows


def _asked(run: ReviewRun, reviewed: Reviewed) -> list[AskedDocument]:
    points = open_points(reviewed.review, reviewed.rulebooks)
    return [
        AskedDocument(
            run=run,
            number=item.number,
            kind=item.kind,
            title=item.title[:200],
            remedies=list(item.remedies),
            states=list(item.states),
            cites=list(item.cites),
        )
        for item in requests(reviewed.review, reviewed.rulebooks, points)
    ]


def _passages(run: ReviewRun, review: Review) -> list[MarkedPassage]:
    statements = {
        (passage.file, passage.page, passage.words): passage.statement
        for passages in cited_passages(review).values()
        for passage in passages
    }
    rows: list[Any] = [row for row in review.facts.get("citations", ()) if row.table_name != "documents"]
    return [
        MarkedPassage(
            run=run,
            document_id=_clean(row.document_id)[:300],
            statement=_clean(statements.get((row.file, row.page, row.words), row.item))[:400],
            file=_clean(row.file)[:500],
            page=row.page,
            left_pt=row.left_pt,
            top_pt=row.top_pt,
            right_pt=row.right_pt,
            bottom_pt=row.bottom_pt,
            words=_clean(row.words),
            sureness=row.sureness,
            counted=row.counted,
        )
        for row in rows
    ]


def _clean(text: str) -> str:
    """Text that every database takes: without the null character."""
    return text.replace("\x00", "")


def _dollars(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(f"{amount:.2f}")
