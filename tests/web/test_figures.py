"""Figures: times without the time the clock stood, agreement by rule, and the yearly public figures."""

from datetime import UTC, datetime, timedelta

import pytest

from isocenter.web import figures
from isocenter.web.intake.outside import FhirDesk
from isocenter.web.models import AnsweredAtOnce, ClockEvent, Determination, Request, RunFinding
from isocenter.web.public_figures import public_figures
from tests.web.people import made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def physician(workbench: None):  # noqa: ARG001  # it needs a workbench
    return make_person("physician")


def _decided(person, days: float, decision: str = "approve", **given: object) -> Request:
    agrees = given.pop("agrees", True)
    after_appeal = given.pop("is_after_appeal", False)
    columns = {"received_at": _NOON, "due_at": _NOON + timedelta(days=7), "is_prior_authorization": True}
    request = made_request(person, **(columns | {"state": "determined"} | given))
    Determination.objects.create(
        request=request,
        run=request.runs.get(),
        number=1,
        decision=decision,
        agrees=agrees,
        is_after_appeal=after_appeal,
        stage="final",
        by=person,
        by_name="A",
        by_role="physician",
        made_at=_NOON + timedelta(days=days),
    )
    return request


def _between() -> list[figures.Decided]:
    return figures.decided_between(_NOON.date(), _NOON.date() + timedelta(days=60))


def test_the_time_that_the_clock_stood_still_does_not_count(physician) -> None:
    request = _decided(physician, 6.0)
    for kind, days in (("stopped", 1), ("resumed", 4)):
        ClockEvent.objects.create(request=request, kind=kind, at=_NOON + timedelta(days=days), because="x")
    assert [one.days for one in _between()] == [3.0]


def test_after_reopening_the_time_counts_anew(physician) -> None:
    request = _decided(physician, 12.0)
    ClockEvent.objects.create(request=request, kind="reopened", at=_NOON + timedelta(days=10), because="x")
    assert [one.days for one in _between()] == [2.0]


def test_what_was_decided_after_it_was_due_is_late(physician) -> None:
    _decided(physician, 6.0)
    _decided(physician, 8.0)
    assert [one.was_late for one in _between()] == [False, True]


@pytest.mark.parametrize(("days", "expected"), [([], None), ([1.0], 1.0), ([float(d) for d in range(1, 11)], 9.0)])
def test_the_ninetieth_percentile_is_by_the_nearest_rank(days: list[float], expected: float | None) -> None:
    assert figures.ninetieth(days) == expected


def test_agreement_by_rule_puts_first_where_persons_decide_otherwise(physician) -> None:
    for place, agrees in enumerate((True, False, False)):
        request = _decided(physician, 1.0, agrees=agrees)
        rule = "often_wrong" if place else "right"
        for subject in ("L0", "L1"):
            RunFinding.objects.create(
                run=request.runs.get(), policy="imrt", rule=rule, title=rule, cites="", subject_kind="claim_line",
                subject_id=subject, outcome="not_met", effect="deny", because="x",
            )  # fmt: skip
    rows = figures.agreement_by_rule(_between())
    assert [(row.rule, row.decided, row.otherwise) for row in rows] == [
        ("imrt/often_wrong", 2, 2),
        ("imrt/right", 1, 0),
    ]


def test_the_yearly_public_figures_count_prior_authorizations_by_kind(physician) -> None:
    _decided(physician, 2.0)
    _decided(physician, 4.0, "deny")
    _decided(physician, 6.0, is_after_appeal=True)
    _decided(physician, 1.0, priority="expedited")
    _decided(physician, 1.0, is_prior_authorization=False)
    _decided(physician, 1.0, is_example=True)
    found = {figure.label: figure.value for figure in public_figures(2026)}
    assert found["Standard requests decided"] == "3"
    assert found["Standard requests approved"] == "33.3 %"
    assert found["Standard requests denied"] == "33.3 %"
    assert found["Standard requests approved after appeal"] == "33.3 %"
    assert found["Mean time to a decision, standard"] == "4.0 days"
    assert found["Median time to a decision, standard"] == "4.0 days"
    assert found["Median time to a decision, expedited"] == "24.0 hours"


def test_requests_answered_at_once_count_in_the_yearly_figures_once_and_with_no_time(physician) -> None:
    _decided(physician, 4.0, "partly")
    for identifier, decision in (("a1", "approve"), ("a1", "approve"), ("a2", "partly"), ("a3", "approve")):
        FhirDesk().answered(identifier, decision, is_expedited=identifier == "a3")
    AnsweredAtOnce.objects.update(answered_at=_NOON)
    found = {figure.label: figure.value for figure in public_figures(2026)}
    assert found["Standard requests decided"] == "3"
    assert found["Standard requests approved"] == "33.3 %"
    assert found["Standard requests approved in part"] == "66.7 %"
    assert found["Mean time to a decision, standard"] == "1.3 days"
    assert found["Expedited requests approved"] == "100.0 %"
    assert found["Median time to a decision, expedited"] == "0.0 hours"


def test_the_yearly_figures_are_a_page_and_a_file(physician, sign_in) -> None:
    _decided(physician, 2.0)
    client = sign_in("auditor")
    assert "Standard requests approved" in client.get("/figures/public/2026").content.decode()
    lines = client.get("/figures/public/2026.csv").content.decode().splitlines()
    assert lines[0] == "year,figure,value"
    assert lines[1] == "2026,Standard requests decided,1"


def test_the_dashboard_shows_a_span_of_days(physician, sign_in) -> None:
    _decided(physician, 2.0)
    page = sign_in("auditor").get("/figures", {"from": "2026-03-01", "to": "2026-03-31"})
    assert page.context["decided"] == 1
    assert page.context["came_in"] == 1
    assert sign_in("auditor", "other").get("/figures", {"from": "nonsense"}).status_code == 200


def test_no_table_says_that_nothing_was_decided_where_something_was(physician, sign_in) -> None:
    _decided(physician, 3.0)
    page = sign_in("auditor").get("/figures", {"from": "2026-03-01", "to": "2026-03-31"}).content.decode()
    assert "No request was decided." not in page
    assert "No request was decided while a rule was open." in page


def test_the_picture_shows_twelve_months_whatever_span_is_looked_at(physician, sign_in) -> None:
    _decided(physician, 2.0)
    page = sign_in("auditor").get("/figures", {"from": "2026-05-01", "to": "2026-05-31"})
    assert page.context["decided"] == 0
    shown = {bar.label: (bar.came_in, bar.went_out) for bar in page.context["bars"]}
    assert len(shown) == 12
    assert sum(came_in for came_in, _ in shown.values()) == 1
    assert sum(went_out for _, went_out in shown.values()) == 1
