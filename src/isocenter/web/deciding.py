"""Determinations: who may make which, on what grounds, and what each changes; nothing is overwritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from isocenter.errors import IsocenterError
from isocenter.terms.findings import ALL_WAS_READ, LineRecommendation
from isocenter.web import clock, journal, organization
from isocenter.web.models import Determination, LineDetermination, Note, Person, Request, ReviewedLine, ReviewRun
from isocenter.web.models.determinations import Decision, LineDecision, Reason
from isocenter.web.models.requests import State
from isocenter.web.permissions import Action, may


class NotDecided(IsocenterError):
    """A determination that cannot be issued as it is; the sentence says why."""


@dataclass(frozen=True, slots=True)
class LineChoice:
    """What a person decides on one line; a reason where it is not as recommended."""

    decision: str
    units_allowed: int | None = None
    reason: str = ""
    text: str = ""
    rule: str = ""  # of a denial or reduction, as `rules_to_name` writes it


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decides on a request."""

    decision: str
    lines: Mapping[str, LineChoice]
    reason: str = ""
    text: str = ""
    is_of_necessity: bool = False
    is_after_appeal: bool = False


# What a line's recommendation amounts to once a person agrees; the others leave the line to the person.
AGREED = {
    LineRecommendation.PAY: LineDecision.PAY,
    LineRecommendation.REDUCE: LineDecision.REDUCE,
    LineRecommendation.DENY: LineDecision.DENY,
}
_COURSE_AGREED = {"cover": Decision.APPROVE, "do_not_cover": Decision.DENY}


def why_not_decided_by(request: Request, person: Person) -> str:
    """Why this person may not decide this request; '' where he or she may."""
    if request.state not in (State.OPEN, State.AWAITING_DOCUMENTS):
        return f"{request.number} is {request.get_state_display().lower()}; only an open request is decided."
    if not may(person.role, Action.APPROVE):
        return "Your role does not make determinations."
    if request.uploaded_by_id == person.pk and not organization.is_on("own_uploads"):
        return "You uploaded this request, so someone else decides it."
    if request.assignee_id not in (None, person.pk):
        return f"It is assigned to {request.assignee.shown_name}; take it over first."
    return ""


@transaction.atomic
def decide(request: Request, person: Person, choice: Choice, run_seen: int) -> Determination:
    """Make a determination; NotDecided where the person may not, or the choice does not hold together.

    `run_seen` is the review run that the person saw: where a newer one came in meanwhile, nothing is decided.
    """
    request = Request.objects.select_for_update().get(pk=request.pk)
    _expect(not (why := why_not_decided_by(request, person)), why)
    run = newest_run(request)
    outdated = "The request was reviewed again after you opened it; read the new review."
    _expect(run is not None and run.pk == run_seen, outdated)
    assert run is not None
    lines = list(run.lines.all())
    _check_course(choice, run, person)
    named = dict(rules_to_name(run))
    for line in lines:
        _check_line(line, choice, named)
    _check_together(choice, lines)
    _check_peer_to_peer(choice, request)
    is_adverse = choice.decision != Decision.APPROVE or any(
        choice.lines[line.claim_line_id].decision != LineDecision.PAY for line in lines
    )
    # Denying what a clinician has to weigh is a matter of necessity, whatever the form says.
    of_necessity = choice.is_of_necessity or (choice.decision == Decision.DENY and run.requires_clinician)
    _check_adverse(choice, person, is_adverse=is_adverse, of_necessity=is_adverse and of_necessity)
    waits = is_adverse and organization.is_on("second_reader")
    determination = Determination.objects.create(
        request=request,
        run=run,
        number=request.determinations.count() + 1,
        decision=choice.decision,
        agrees=_agrees(choice, run),
        is_of_necessity=is_adverse and of_necessity,
        is_after_appeal=choice.is_after_appeal,
        reason=choice.reason,
        text=choice.text.strip(),
        stage=Determination.Stage.PROPOSED if waits else Determination.Stage.FINAL,
        by=person,
        by_name=person.shown_name,
        by_role=person.role,
        by_specialty=person.specialty,
        by_npi=person.npi,
        by_license=" ".join(filter(None, (person.license_state, person.license_number))),
        made_at=timezone.now(),
    )
    LineDetermination.objects.bulk_create(_line_rows(determination, lines, choice))
    request.state = State.AWAITING_SECOND_READER if waits else State.DETERMINED
    if not waits:
        clock.end(request, determination.get_decision_display())
    request.save()
    _record(person, determination)
    return determination


@transaction.atomic
def read_second(request: Request, person: Person, *, confirms: bool, text: str) -> Determination:
    """A second reader confirms a proposed determination, or returns the request to the queue."""
    request = Request.objects.select_for_update().get(pk=request.pk)
    _expect(request.state == State.AWAITING_SECOND_READER, "Nothing here awaits a second reader.")
    determination = request.determinations.filter(stage=Determination.Stage.PROPOSED).last()
    _expect(determination is not None, "Nothing here awaits a second reader.")
    assert determination is not None
    _expect(may(person.role, Action.READ_SECOND), "Your role does not read second.")
    _expect(determination.by_id != person.pk, "You made this determination, so someone else reads it second.")
    own = request.uploaded_by_id == person.pk and not organization.is_on("own_uploads")
    _expect(not own, "You uploaded this request, so someone else reads it.")
    _expect(confirms or bool(text.strip()), "Say why it is returned.")
    determination.stage = Determination.Stage.FINAL if confirms else Determination.Stage.RETURNED
    determination.second_reader = person
    determination.second_reader_name = person.shown_name
    determination.second_read_at = timezone.now()
    determination.second_reader_text = text.strip()
    determination.save()
    request.state = State.DETERMINED if confirms else State.OPEN
    if confirms:
        clock.end(request, determination.get_decision_display())
    request.save()
    journal.write(person, "read second", request, determination=determination.pk, confirms=confirms)
    return determination


@transaction.atomic
def reopen(request: Request, person: Person, because: str) -> None:
    """Open a decided request again; what was decided stays on record."""
    request = Request.objects.select_for_update().get(pk=request.pk)
    _expect(request.state == State.DETERMINED, f"{request.number} is not decided.")
    _expect(request.files_removed_at is None, f"The files of {request.number} were removed; open a new request.")
    _expect(bool(because.strip()), "Say why it is reopened.")
    request.state = State.OPEN
    request.assignee = None
    clock.reopen(request, because.strip()[:200])
    request.save()
    journal.write(person, "reopened", request, because=because.strip())


def newest_run(request: Request) -> ReviewRun | None:
    """The newest review of a request."""
    return request.runs.order_by("-generation").defer("review_json").first()


def rules_to_name(run: ReviewRun) -> list[tuple[str, str]]:
    """The rules that a person may refuse a line by, as policy/rule with their titles; those that are open first."""
    rows = run.findings.exclude(rule=ALL_WAS_READ).values_list("policy", "rule", "title", "effect")
    is_open = {(f"{policy}/{rule}", title): False for policy, rule, title, _ in run.rules or ()}
    for policy, rule, title, effect in rows:
        key = (f"{policy}/{rule}", title)
        is_open[key] = is_open.get(key, False) or effect not in ("", "inform")
    return sorted(is_open, key=lambda one: (not is_open[one], one[1]))


def _check_course(choice: Choice, run: ReviewRun, person: Person) -> None:
    _expect(choice.decision in Decision.values(), "Choose approve, approve in part, or deny.")
    action = Action.APPROVE if choice.decision == Decision.APPROVE else Action.REFUSE
    _expect(may(person.role, action), "A denial or partial approval is made by a physician.")
    if not _agrees(choice, run):
        _expect(choice.reason in Reason.values(), "Choose why you decide otherwise than recommended.")
        _expect(bool(choice.text.strip()), "State in a sentence why you decide otherwise than recommended.")


def _agrees(choice: Choice, run: ReviewRun) -> bool:
    """Whether the course is decided as recommended; a recommendation without an answer leaves it to the person."""
    agreed = _COURSE_AGREED.get(run.recommendation)
    if agreed == Decision.APPROVE and choice.decision == Decision.PARTLY:
        # Lines may be cut within a course that is covered, as the engine recommends it.
        refused = {line.claim_line_id for line in run.lines.all() if line.recommendation in ("deny", "reduce")}
        return all(key in refused for key, line in choice.lines.items() if line.decision != LineDecision.PAY)
    return agreed is not None and choice.decision == agreed


def _check_line(line: ReviewedLine, choice: Choice, named: Mapping[str, str]) -> None:
    made = choice.lines.get(line.claim_line_id)
    name = f"{line.procedure_code} on {line.service_date}"
    _expect(made is not None and made.decision in LineDecision.values(), f"{name}: choose pay, reduce or deny.")
    assert made is not None
    if made.decision == LineDecision.REDUCE:
        units = made.units_allowed
        _expect(units is not None and 0 < units < line.units, f"{name}: allow from 1 to {line.units - 1} units.")
    if not line_agrees(line, made):
        _expect(made.reason in Reason.values(), f"{name}: choose why you decide otherwise than recommended.")
    if made.rule and made.decision != LineDecision.PAY:
        _expect(made.rule in named, f"{name}: {made.rule[:80]} is not a rule of this review; choose one from the list.")


def line_agrees(line: ReviewedLine, made: LineChoice) -> bool:
    """Whether a line is decided as recommended."""
    agreed = AGREED.get(LineRecommendation(line.recommendation))
    if agreed is None or made.decision != agreed:
        return False
    return agreed != LineDecision.REDUCE or made.units_allowed == line.units_allowed


def _check_together(choice: Choice, lines: Sequence[ReviewedLine]) -> None:
    decisions = {choice.lines[line.claim_line_id].decision for line in lines}
    if not decisions:
        return
    if choice.decision == Decision.APPROVE:
        _expect(decisions == {LineDecision.PAY}, "Lines are reduced or denied: approve in part, or pay them.")
    elif choice.decision == Decision.DENY:
        _expect(decisions == {LineDecision.DENY}, "Lines are paid: approve in part, or deny every line.")
    else:
        _expect(decisions != {LineDecision.PAY}, "Every line is paid: approve, or say which lines are not.")
        _expect(decisions != {LineDecision.DENY}, "Every line is denied: deny the request.")


def _check_peer_to_peer(choice: Choice, request: Request) -> None:
    if Reason.PEER_TO_PEER in (choice.reason, *(line.reason for line in choice.lines.values())):
        is_on_record = request.notes.filter(kind=Note.Kind.PEER_TO_PEER).exists()
        _expect(is_on_record, "Record the peer-to-peer conversation as a note first: with whom, and what was said.")


def _check_adverse(choice: Choice, person: Person, *, is_adverse: bool, of_necessity: bool) -> None:
    if not is_adverse:
        return
    _expect(may(person.role, Action.REFUSE), "A denial or reduction is made by a physician.")
    _expect(bool(choice.text.strip()), "State the specific reason; the letter gives it.")
    if of_necessity:
        _expect(
            person.is_named_and_licensed,
            "A denial on medical necessity states the physician's name, specialty and license; "
            "have an administrator complete yours.",
        )


def _line_rows(determination: Determination, lines: Sequence[ReviewedLine], choice: Choice) -> list[LineDetermination]:
    rows = []
    for line in lines:
        made = choice.lines[line.claim_line_id]
        agrees = line_agrees(line, made)
        policy, _, rule = (made.rule if made.decision != LineDecision.PAY else "").partition("/")
        rows.append(
            LineDetermination(
                determination=determination,
                claim_line_id=line.claim_line_id,
                procedure_code=line.procedure_code,
                service_date=line.service_date,
                recommendation=line.recommendation,
                decision=made.decision,
                units_allowed=made.units_allowed if made.decision == LineDecision.REDUCE else None,
                agrees=agrees,
                reason="" if agrees else made.reason,
                text=made.text.strip(),
                policy=policy,
                rule=rule,
            )
        )
    return rows


def _record(person: Person, made: Determination) -> None:
    journal.write(
        person,
        "determined",
        made.request,
        id=made.pk,
        run=made.run_id,
        review_sha256=made.run.review_sha256,
        decision=made.decision,
        stage=made.stage,
        agrees=made.agrees,
        of_necessity=made.is_of_necessity,
        reason=made.reason,
        by=made.by_name,
        license=made.by_license,
        lines=[
            [
                line.claim_line_id,
                line.decision,
                line.units_allowed,
                line.reason,
                *filter(None, (line.policy, line.rule)),
            ]
            for line in made.lines.all()
        ],
    )


def _expect(holds: bool, sentence: str) -> None:
    if not holds:
        raise NotDecided(sentence)
