"""What a letter says, as parts that a page and a PDF both lay out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone

from isocenter.report.words import counted, readable, sentence, within
from isocenter.web import organization
from isocenter.web.models import AskedDocument, Determination, LineDetermination, Request, ReviewRun, RunFinding
from isocenter.web.models.determinations import Decision, LineDecision
from isocenter.web.models.letters import LetterKind


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered item of a letter: its title, what is said of it, and the passage it rests on.

    Claim lines for one reason are one item, which names their services and days in `lines`.
    """

    title: str
    text: str = ""
    cites: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter before it is laid out."""

    kind: LetterKind
    title: str
    number: str
    sender: tuple[str, ...]
    dated: date
    about: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    items: tuple[Item, ...] = ()
    after: tuple[str, ...] = ()
    signed: tuple[str, ...] = field(default=())


def request_letter(request: Request, run: ReviewRun, asked: Sequence[AskedDocument], number: str) -> LetterText:
    """The letter that asks for documents: an exact list, each with what it is to state."""
    days = organization.number("answer_days")
    answer_to = organization.value_of("answer_to")
    return LetterText(
        kind=LetterKind.REQUEST,
        title="Request for documents on a course of radiation therapy",
        number=number,
        sender=_sender(),
        dated=timezone.localdate(),
        about=_about(request, run),
        paragraphs=(
            "We are reviewing the course of radiation therapy named above. The record that we received does not hold "
            "the documents listed below. Please send a copy of each, or state where it is in the record. Nothing else "
            "is requested.",
        ),
        items=tuple(_asked_item(document) for document in asked),
        after=(
            f"Please answer by {timezone.localdate() + timedelta(days=days)}"
            + (f", to {answer_to}." if answer_to else ".")
            + " Return a copy of this letter, so that each document can be matched to its number.",
        ),
    )


def determination_letter(determination: Determination, number: str) -> LetterText:
    """The letter that states a determination: what is approved, what is not, why, and the rights of appeal."""
    kind = {
        Decision.APPROVE: LetterKind.APPROVAL,
        Decision.PARTLY: LetterKind.PARTIAL,
        Decision.DENY: LetterKind.DENIAL,
    }[Decision(determination.decision)]
    opening = {
        LetterKind.APPROVAL: "We have approved the course of radiation therapy named above.",
        LetterKind.PARTIAL: "We have approved the course of radiation therapy named above in part. The services listed "
        "below are not approved as requested.",
        LetterKind.DENIAL: "We have denied coverage of the services named below.",
    }[kind]
    adverse = kind is not LetterKind.APPROVAL
    paragraphs = [opening]
    if adverse and determination.text:
        paragraphs.append(f"The reason: {sentence(determination.text)}")
    return LetterText(
        kind=kind,
        title={
            LetterKind.APPROVAL: "Approval of a course of radiation therapy",
            LetterKind.PARTIAL: "Partial approval of a course of radiation therapy",
            LetterKind.DENIAL: "Denial of coverage of a course of radiation therapy",
        }[kind],
        number=number,
        sender=_sender(),
        dated=timezone.localdate(),
        about=_about(determination.request, determination.run),
        paragraphs=tuple(paragraphs),
        items=tuple(_refused_items(determination)) if adverse else (),
        after=tuple(_closing(determination)) if adverse else (),
        signed=_signed(determination),
    )


def _asked_item(document: AskedDocument) -> Item:
    text = " ".join(map(sentence, document.remedies))
    if document.states:
        text += f" It should state, as far as it applies: {'; '.join(map(within, document.states))}."
    return Item(document.title, text, "; ".join(document.cites))


def _refused_items(determination: Determination) -> list[Item]:
    """The lines that are not paid as billed, together where they have one reason, with the findings it rests on."""
    run, refused = determination.run, list(determination.lines.exclude(decision=LineDecision.PAY))
    found, by_rule = _findings_by_line(run), _findings_by_rule(run, refused)
    of_reason: dict[tuple[str, str], list[LineDetermination]] = {}
    for line in refused:
        if line.rule:
            reason, cites = _by_named_rule(line, run, by_rule.get((line.policy, line.rule), []))
        else:
            rests_on = found.get(line.claim_line_id, [])
            reason = " ".join(dict.fromkeys(sentence(finding.because) for finding in rests_on))
            cites = "; ".join(dict.fromkeys(f.cites for f in rests_on))
        of_reason.setdefault((sentence(line.text or reason), cites), []).append(line)
    labels = dict(run.lines.values_list("claim_line_id", "label"))
    if of_reason:
        return [_item(lines, reason, cites, labels) for (reason, cites), lines in of_reason.items()]
    course = run.findings.exclude(effect="").exclude(subject_kind="claim_line")
    return list(dict.fromkeys(Item(one.title, sentence(one.because), one.cites) for one in course))


def _item(lines: Sequence[LineDetermination], reason: str, cites: str, labels: Mapping[str, str]) -> Item:
    days: dict[tuple[str, str], list[date]] = {}
    for line in lines:
        service = ", ".join(filter(None, (line.procedure_code, labels.get(line.claim_line_id, ""))))
        days.setdefault((service, _decided(line)), []).append(line.service_date)
    decisions = list(dict.fromkeys(decided for _, decided in days))
    is_one = len(decisions) == 1
    services = [
        f"{service}, on {_each_day(on)}" + ("" if is_one and len(lines) > 1 else f": {decided}")
        for (service, decided), on in days.items()
    ]
    if len(lines) == 1:
        return Item(services[0], reason, cites)
    return Item(f"{counted(len(lines), 'claim line')}: {' or '.join(decisions)}", reason, cites, tuple(services))


def _decided(line: LineDetermination) -> str:
    is_reduced = line.decision == LineDecision.REDUCE
    return f"reduced to {counted(line.units_allowed or 0, 'unit')}" if is_reduced else "denied"


def _each_day(days: Sequence[date]) -> str:
    """Every day, as each is a service that is refused; with their number where a day has several lines."""
    return ", ".join(f"{day} ({count} lines)" if count > 1 else f"{day}" for day, count in Counter(days).items())


def _findings_by_line(run: ReviewRun) -> dict[str, list]:
    found: dict[str, list] = {}
    for finding in run.findings.filter(subject_kind="claim_line").exclude(effect="").exclude(effect="inform"):
        found.setdefault(finding.subject_id, []).append(finding)
    return found


def _findings_by_rule(run: ReviewRun, lines: Sequence[LineDetermination]) -> dict[tuple[str, str], list[RunFinding]]:
    """The findings of the rules that a person named for a line."""
    names = {line.rule for line in lines if line.rule}
    found: dict[tuple[str, str], list[RunFinding]] = {}
    for finding in run.findings.filter(rule__in=names) if names else ():
        found.setdefault((finding.policy, finding.rule), []).append(finding)
    return found


def _by_named_rule(line: LineDetermination, run: ReviewRun, of_rule: Sequence[RunFinding]) -> tuple[str, str]:
    """Why a line does not meet the rule that a person named, and the passage.

    The rule's title says it where the program found nothing open, for then the person decided otherwise.
    """
    is_open = [one for one in of_rule if one.effect not in ("", "inform")]
    own = [one for one in is_open if (one.subject_kind, one.subject_id) == ("claim_line", line.claim_line_id)]
    named = [row[2:] for row in run.rules or () if row[:2] == [line.policy, line.rule]]
    title, cites = named[0] if named else (of_rule[0].title, of_rule[0].cites)
    reasons = dict.fromkeys(sentence(one.because) for one in own or is_open)
    return " ".join(reasons) or f"it does not meet the rule: {within(title)}", cites


def _closing(determination: Determination) -> list[str]:
    missing = [asked.title for asked in determination.run.asked_documents.all()]
    said = []
    if missing:
        said.append(f"The record does not hold: {'; '.join(map(within, dict.fromkeys(missing)))}.")
    rights = organization.value_of("appeal_rights").strip()
    if rights:
        said.append(rights)
    return said


def _signed(determination: Determination) -> tuple[str, ...]:
    lines = [determination.by_name]
    if determination.by_specialty:
        lines.append(determination.by_specialty)
    if determination.by_license:
        lines.append(f"License {determination.by_license}")
    return tuple(lines)


def _sender() -> tuple[str, ...]:
    return tuple(line.strip() for line in organization.value_of("sender").split(";") if line.strip())


def _about(request: Request, run: ReviewRun) -> tuple[tuple[str, str], ...]:
    lines = list(run.lines.all())
    rows = [
        ("Request", request.number),
        ("Member", request.member_id),
        ("Course", request.course_id),
        ("Site", readable(request.site) if request.site else ""),
        ("Billing provider", f"NPI {request.provider_npi}" if request.provider_npi else ""),
    ]
    if lines:
        first, last = min(line.service_date for line in lines), max(line.service_date for line in lines)
        rows.append(("Dates of service", f"{first} to {last}" if first != last else str(first)))
    rows += [("Policy", policy["title"]) for policy in run.policies]
    return tuple((name, value) for name, value in rows if value)
