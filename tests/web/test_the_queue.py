"""The queue: filters in the address, saved views, and who takes what."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from isocenter.web.models import Person, Request, SavedView
from isocenter.web.queue import Filters
from tests.web.people import made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")


@pytest.fixture
def requests(workbench: None) -> list[Request]:  # noqa: ARG001  # it needs a workbench
    person = make_person("intake", "uploader")
    now = timezone.now()
    return [
        made_request(person, title="late", due_at=now - timedelta(days=1), site="breast"),
        made_request(person, title="soon", due_at=now + timedelta(hours=3), priority="expedited"),
        made_request(person, title="stopped", due_at=now - timedelta(days=2), clock_stopped_at=now, state="open"),
        made_request(person, title="done", state="determined", recommendation="do_not_cover"),
    ]


def _titles(page) -> list[str]:
    return [row.title for row in page.context["page"]]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["stopped", "late", "soon"]),
        ("late=yes", ["late"]),
        ("state=determined", ["done"]),
        ("state=all&recommendation=do_not_cover", ["done"]),
        ("priority=expedited", ["soon"]),
        ("site=breast", ["late"]),
        ("assignee=me", []),
        ("state=nonsense&order=nonsense&page=99", ["stopped", "late", "soon"]),
    ],
)
def test_filters_stand_in_the_address(requests, sign_in, query: str, titles: list[str]) -> None:  # noqa: ARG001
    assert _titles(sign_in("nurse").get(f"/?{query}")) == titles


def test_a_request_is_found_by_its_number(requests, sign_in) -> None:
    found = sign_in("nurse").post("/find", {"search": requests[1].number})
    assert found["Location"] == f"/requests/{requests[1].pk}"


@pytest.mark.usefixtures("requests")
@pytest.mark.parametrize(
    ("text", "titles"), [("M-1", ["stopped", "late", "soon", "done"]), ("s", ["stopped", "soon"]), ("nobody", [])]
)
def test_what_is_looked_for_stays_out_of_the_address(sign_in, text: str, titles: list[str]) -> None:
    found = sign_in("nurse").post("/find", {"search": text})
    assert found.status_code == 200
    assert sorted(_titles(found)) == sorted(titles)


def test_take_next_takes_what_is_due_first_and_never_ones_own_upload(requests, sign_in) -> None:
    Request.objects.filter(pk=requests[2].pk).update(uploaded_by=make_person("nurse", "other"))
    client = sign_in("nurse")
    assert client.post("/take-next")["Location"] == f"/requests/{requests[2].pk}"
    assert client.post("/take-next")["Location"] == f"/requests/{requests[0].pk}"
    assert Request.objects.get(pk=requests[0].pk).assignee.username == "nurse"
    assert _titles(client.get("/?assignee=me")) == ["stopped", "late"]


def test_a_request_is_handed_on_to_people_who_review_and_to_nobody_else(requests, sign_in) -> None:
    client = sign_in("intake")
    physician, auditor = make_person("physician"), make_person("auditor")
    client.post(f"/requests/{requests[0].pk}/assign", {"assignee": physician.pk})
    assert Request.objects.get(pk=requests[0].pk).assignee == physician
    client.post(f"/requests/{requests[0].pk}/assign", {"assignee": auditor.pk})
    assert Request.objects.get(pk=requests[0].pk).assignee == physician


def test_what_a_colleague_took_while_a_page_was_open_is_not_taken_away_unseen(requests, sign_in) -> None:
    first, second = sign_in("nurse"), sign_in("physician")
    nurse, physician = (Person.objects.get(username=name) for name in ("nurse", "physician"))
    address = f"/requests/{requests[0].pk}/assign"
    first.post(address, {"assignee": nurse.pk, "seen": ""})
    said = second.post(address, {"assignee": physician.pk, "seen": ""}, follow=True).content.decode()
    assert f"assigned to {nurse.shown_name} while this page was open" in said
    assert f'name="seen" value="{nurse.pk}"' in said
    assert Request.objects.get(pk=requests[0].pk).assignee == nurse
    second.post(address, {"assignee": physician.pk, "seen": nurse.pk})
    assert Request.objects.get(pk=requests[0].pk).assignee == physician


def test_a_saved_view_is_ones_own(sign_in) -> None:
    nurse = sign_in("nurse")
    nurse.post("/views/save", {"name": "Late ones", "query": "late=yes&page=3&nonsense=1"})
    view = SavedView.objects.get()
    assert view.query == "late=yes"
    sign_in("physician").post(f"/views/{view.pk}/forget")
    assert SavedView.objects.count() == 1
    nurse.post(f"/views/{view.pk}/forget")
    assert SavedView.objects.count() == 0


def test_the_queue_is_answered_by_a_handful_of_queries_however_long_it_is(requests, sign_in) -> None:  # noqa: ARG001
    client = sign_in("nurse")
    client.get("/")  # the session is written anew once a minute
    with CaptureQueriesContext(connection) as few:
        client.get("/?state=all")
    person = make_person("intake", "another")
    for _ in range(20):
        made_request(person)
    with CaptureQueriesContext(connection) as many:
        client.get("/?state=all")
    assert len(many) == len(few)


def test_the_usual_queue_is_read_in_order_and_not_sorted() -> None:
    person = make_person("intake")
    plan = Filters.of(QueryDict("")).apply(person)[:50].explain()
    assert "TEMP B-TREE" not in plan
    assert (
        "Sort" not in plan or connection.vendor == "postgresql"
    )  # which sorts a small table rather than walk an index
