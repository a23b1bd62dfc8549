"""The form that decides a request: its rows and choices, and what it says when it comes back."""

from contextlib import suppress
from dataclasses import replace

from django.http import QueryDict

from isocenter.terms.findings import LineRecommendation
from isocenter.web import deciding
from isocenter.web.fragments import fragment
from isocenter.web.given import number_given
from isocenter.web.models import Person, ReviewedLine
from isocenter.web.models.determinations import Decision, LineDecision, Reason
from isocenter.web.permissions import Action, may

_OF_THE_LINES = ("line", "line_decision", "line_units", "line_reason", "line_text", "line_rule")
OF_THE_FORM = frozenset(
    {*_OF_THE_LINES, "run", "decision", "reason", "text", "rule", "is_of_necessity", "is_after_appeal"}
)


def choice_in(given: QueryDict) -> deciding.Choice:
    """What a form decides; a line without a reason, or a rule, of its own has that of the course."""
    reason, rule = given.get("reason", ""), given.get("rule", "")
    lines = {
        key: replace(line, reason=line.reason or reason, rule=line.rule or rule)
        for key, line in _lines_given(given).items()
    }
    return deciding.Choice(
        decision=given.get("decision", ""),
        lines=lines,
        reason=reason,
        text=given.get("text", "")[:10_000],
        is_of_necessity=given.get("is_of_necessity") == "yes",
        is_after_appeal=given.get("is_after_appeal") == "yes",
    )


def _lines_given(given: QueryDict) -> dict[str, deciding.LineChoice]:
    """What a form says of each line: columns of it that belong to one line are in the same order."""
    columns = [given.getlist(name) for name in _OF_THE_LINES]
    if len({len(column) for column in columns}) != 1:
        raise ValueError("columns of different lengths")
    return {
        key: deciding.LineChoice(decision, number_given(units), reason, text[:2_000], rule.strip())
        for key, decision, units, reason, text, rule in zip(*columns, strict=True)
    }


def decisions_of(person: Person) -> list[tuple[str, str]]:
    """The decisions that this person's role may make."""
    all_of_them = list(Decision.choices())
    return all_of_them if may(person.role, Action.REFUSE) else all_of_them[:1]


def line_rows(lines: list[ReviewedLine], person: Person, given: QueryDict | None) -> str:
    """The rows of a form that decides lines; filled in is what was given, else what is recommended."""
    sent: dict[str, deciding.LineChoice] = {}
    with suppress(ValueError):  # what was sent of the lines belongs to none of them
        sent = _lines_given(given) if given else {}
    return fragment(
        "decide_lines",
        lines=[(line, sent.get(line.claim_line_id) or _as_recommended(line)) for line in lines],
        decisions=LineDecision.choices() if may(person.role, Action.REFUSE) else LineDecision.choices()[:1],
        reasons=Reason.choices(),
    )


def _as_recommended(line: ReviewedLine) -> deciding.LineChoice:
    units = line.units_allowed if line.recommendation == LineRecommendation.REDUCE else None
    return deciding.LineChoice(deciding.AGREED.get(line.recommendation, ""), units)
