"""Every page asked for by everyone: each role, and nobody."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from isocenter.web.accounts.middleware import OPEN_TO_EVERYONE
from isocenter.web.models import Role
from isocenter.web.urls import PAGES
from tests.web.people import made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")

# Who may, in letters: intake, nurse, physician, physicist (m), auditor, administrator (s).
_LETTERS = {"i": "intake", "n": "nurse", "p": "physician", "m": "physicist", "a": "auditor", "s": "administrator"}
_MAY = {
    "queue": "inpma", "save-view": "inpma", "forget-view": "inpma", "take-next": "npm", "new-request": "inp",
    "open-request": "inp", "case": "inpma", "progress": "inpma", "add-files": "inp", "match": "inp", "set-aside": "inp",
    "choose-course": "inp", "assign": "inpm", "note": "inpm", "decide": "np", "preview-decision": "np",
    "read-second": "p", "reopen": "np", "preview-request": "np", "send-request": "np",
    "letter": "inpma", "letter-pdf": "inpma", "review-json": "inpma", "plan": "inpma",
    "plan-about": "inpma", "plan-slice": "inpma", "plan-portals": "inpma", "picture": "inpma", "find": "inpma",
    "chart": "inpma", "chart-picture": "inpma", "export": "pa", "figures": "npas", "public-figures": "npas",
    "public-figures-csv": "npas", "journal": "a", "verify-journal": "a", "people": "s", "invite": "s", "person": "s",
    "change-person": "s", "remove-second-factor": "s", "settings": "s", "change-settings": "s", "bring-examples": "inp",
    "account": "inpmas",
}  # fmt: skip
_GIVEN = {"view_id": 1, "letter_id": 1, "run_id": 1, "plane": "axial", "index": 0, "sha256": "0" * 64, "year": 2026}
_HELD = {"document_id": 1, "page": 1}
# Pages of things that the bare request of these tests has none of.
_OF_WHAT_IS_NOT_THERE = {
    "letter", "letter-pdf", "plan", "plan-about", "plan-portals", "plan-slice", "picture", "chart", "chart-picture",
}  # fmt: skip


def _address(page, number: int, person_id: int) -> str:
    known = _GIVEN | _HELD | {"number": number, "person_id": person_id}
    named = {name for name in known if f":{name}>" in page.address}
    return reverse(page.name, kwargs={name: known[name] for name in named})


def test_the_table_of_this_test_names_every_page() -> None:
    assert {page.name for page in PAGES} == _MAY.keys()


def test_every_address_is_in_the_table_or_open_to_everyone_by_name() -> None:
    about_accounts = {"sign-out", "second-factor", "set-up-second-factor", "second-factor-picture"}
    names = {pattern.name for pattern in get_resolver().url_patterns if hasattr(pattern, "name")}
    assert (
        names
        == _MAY.keys()
        | OPEN_TO_EVERYONE
        - {
            "oidc_authentication_init",
            "oidc_authentication_callback",
            "oidc_logout",
        }
        | about_accounts
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_opens_for_those_who_may_and_for_nobody_else(page, sign_in, monkeypatch) -> None:
    monkeypatch.setattr("isocenter.web.desk_pages.load_examples", lambda _: 0)
    request = made_request(make_person("intake", "uploader"))
    address = _address(page, request.pk, make_person("nurse", "someone").pk)
    for role in Role:
        client: Client = sign_in(role.value)
        answer = client.get(address) if page.method == "GET" else client.post(address)
        may = role.value in {_LETTERS[letter] for letter in _MAY[page.name]}
        if not may:
            assert answer.status_code == 403, role
        elif page.method == "POST":
            assert answer.status_code in (200, 302, 400, 422), role
        else:
            assert answer.status_code == (404 if page.name in _OF_WHAT_IS_NOT_THERE else 200), role


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nobody_sees_a_page_without_signing_in(page) -> None:
    address = _address(page, 1, 1)
    answer = Client().get(address) if page.method == "GET" else Client().post(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "POST"], ids=lambda page: page.name)
def test_an_act_without_its_token_is_refused(page, sign_in) -> None:
    sign_in(_LETTERS[_MAY[page.name][0]])
    client = Client(enforce_csrf_checks=True)
    client.cookies = sign_in(_LETTERS[_MAY[page.name][0]], "another").cookies
    assert client.post(_address(page, 1, 1)).status_code == 403


def test_a_page_of_one_request_shows_nothing_of_another(sign_in) -> None:
    person = make_person("intake", "uploader")
    one, other = made_request(person), made_request(person)
    client = sign_in("nurse")
    run = other.runs.get()
    assert client.get(f"/requests/{one.pk}/plan/{run.pk}/about").status_code == 404
    assert client.get(f"/requests/{one.pk}/plan/{run.pk}/axial/0").status_code == 404
