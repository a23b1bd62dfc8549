"""Accounts: the one-time link, sign-in and its throttle, second factor, sessions, headers."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from isocenter.web.accounts.forms import NewAccount
from isocenter.web.models import Invitation, JournalEntry, Person, Role
from isocenter.web.serving.server import _first_words
from tests.web.people import made_request, make_person

pytestmark = pytest.mark.usefixtures("workbench")

_NEW = {
    "username": "first",
    "first_name": "Avery",
    "last_name": "Stone",
    "password1": "correct horse battery",
    "password2": "correct horse battery",
}


def test_the_first_administrator_comes_in_by_a_link_that_works_once() -> None:
    said = "\n".join(_first_words("http://127.0.0.1:8000"))
    link = re.search(r"http://127\.0\.0\.1:8000(/invitation/\S+)", said).group(1)
    client = Client()
    assert client.get(link).status_code == 200
    assert client.post(link, _NEW).status_code == 302
    person = Person.objects.get(username="first")
    assert person.role == "administrator"
    assert client.get("/people").status_code == 200
    assert Client().post(link, _NEW | {"username": "second"}).status_code == 404
    assert "invitation" not in "\n".join(_first_words("http://127.0.0.1:8000"))


def test_a_weak_password_makes_no_account() -> None:
    link = f"/invitation/{Invitation.issue('nurse')}"
    answer = Client().post(link, _NEW | {"password1": "password1234", "password2": "password1234"})
    assert answer.status_code == 200
    assert Person.objects.count() == 0


@pytest.mark.parametrize(("npi", "is_right"), [("1234567893", True), ("", True), ("1234567890", False), ("123", False)])
def test_an_account_states_a_right_npi_or_none(npi: str, is_right: bool) -> None:
    assert ("npi" not in NewAccount({**_NEW, "npi": npi}).errors) == is_right


def test_a_link_that_expired_is_over() -> None:
    assert Client().get(f"/invitation/{Invitation.issue('nurse', hours=-1)}").status_code == 404


def test_only_the_hash_of_a_link_is_kept() -> None:
    secret = Invitation.issue("nurse")
    assert secret not in str(Invitation.objects.values())


def test_an_administrator_invites_in_a_role(sign_in) -> None:
    page = sign_in("administrator").post("/people/invite", {"role": "physicist"}).content.decode()
    link = re.search(r"(/invitation/[\w-]+)", page).group(1)
    Client().post(link, _NEW)
    assert Person.objects.get(username="first").role == "physicist"


def test_the_last_administrator_stays_one(sign_in) -> None:
    client = sign_in("administrator")
    person = Person.objects.get()
    about = {"first_name": "A", "last_name": "B", "role": "nurse", "is_active": "on"}
    assert client.post(f"/people/{person.pk}/change", about).status_code == 400
    assert Person.objects.get().role == "administrator"


def test_too_many_wrong_passwords_close_signing_in_for_a_while() -> None:
    make_person("nurse")
    client = Client()
    answers = [client.post("/sign-in", {"username": "nurse", "password": "wrong"}).status_code for _ in range(6)]
    assert answers[-1] == 429
    right = {"username": "nurse", "password": "correct horse battery"}
    assert client.post("/sign-in", right).status_code == 429
    assert client.get("/").status_code == 302


def test_a_second_factor_that_is_set_up_is_asked_for(sign_in) -> None:
    client = sign_in("nurse")
    client.get("/account/second-factor/new")
    device = TOTPDevice.objects.get()
    wrong = client.post("/account/second-factor/new", {"code": "000000"})
    assert "not the current one" in wrong.content.decode()
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    code = f"{totp(device.bin_key):06d}"
    assert client.post("/account/second-factor/new", {"code": code}).status_code == 302
    assert client.get("/").status_code == 200

    again = Client()
    again.force_login(Person.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    assert again.get("/")["Location"] == "/account/second-factor"
    TOTPDevice.objects.update(last_t=-1)
    again.post("/account/second-factor", {"code": f"{totp(device.bin_key):06d}"})
    assert again.get("/").status_code == 200


def test_whoever_knows_the_password_alone_sets_up_no_other_second_factor() -> None:
    device = TOTPDevice.objects.create(user=make_person("nurse"), name="authenticator", confirmed=True)
    thief = Client()
    thief.post("/sign-in", {"username": "nurse", "password": "correct horse battery"})
    for address in ("/", "/account/second-factor/new", "/account/second-factor/picture"):
        assert thief.get(address)["Location"] == "/account/second-factor"
    assert thief.post("/account/second-factor/new", {"code": "000000"})["Location"] == "/account/second-factor"
    assert list(TOTPDevice.objects.all()) == [device]


def test_an_administrator_removes_the_second_factor_of_whoever_lost_it(sign_in) -> None:
    nurse = make_person("nurse")
    page = f"/people/{nurse.pk}"
    administrator = sign_in("administrator")
    assert "Remove the second factor" not in administrator.get(page).content.decode()
    TOTPDevice.objects.create(user=nurse, name="authenticator", confirmed=True)
    assert "Remove the second factor" in administrator.get(page).content.decode()
    assert administrator.post(f"{page}/second-factor/remove").status_code == 302
    assert not TOTPDevice.objects.exists()
    assert JournalEntry.objects.last().detail == {"account": "nurse"}


def test_where_a_second_factor_is_required_nothing_opens_without_one(sign_in) -> None:
    with override_settings(SECOND_FACTOR_REQUIRED=True):
        assert sign_in("nurse").get("/")["Location"] == "/account/second-factor/new"


def test_a_page_allows_no_script_of_others_and_is_kept_by_no_cache(sign_in) -> None:
    request = made_request(make_person("intake"))
    page = sign_in("nurse").get(f"/requests/{request.pk}")
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert page["X-Frame-Options"] == "DENY"
    assert page["Cache-Control"] == "no-store, private"


def test_no_answer_of_the_workbench_is_kept_by_a_cache(sign_in) -> None:
    client = sign_in("nurse")
    link = f"/invitation/{Invitation.issue(Role.NURSE)}"
    for address in (link, "/account/second-factor/new", "/account/second-factor/picture", "/nowhere", "/people", "/"):
        assert "no-store" in client.get(address)["Cache-Control"], address


@pytest.mark.parametrize("address", ["/sign-in", "/requests/new", "/", "/account", "/figures"])
def test_no_page_holds_a_script_or_style_of_its_own(address: str, sign_in) -> None:
    text = sign_in("nurse").get(address, follow=True).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "<style" not in text
    assert not re.search(r"<[^>]+\sstyle=", text)
    assert not re.search(r"<[^>]+\son\w+=", text)


def test_a_session_ends_by_itself_and_its_cookie_is_for_the_server_alone() -> None:
    assert settings.SESSION_COOKIE_AGE == 1800
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY


def test_a_session_that_nobody_uses_is_over_and_one_in_use_is_renewed(sign_in) -> None:
    client = sign_in("nurse")
    soon = timezone.now() + timedelta(minutes=1)
    Session.objects.update(expire_date=soon)
    assert client.get("/").status_code == 200
    assert Session.objects.get().expire_date > soon + timedelta(minutes=20)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/")["Location"] == "/sign-in?next=/"


def test_a_part_of_a_page_asked_for_after_the_session_ended_leads_the_whole_page_to_where_one_signs_in() -> None:
    part = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?state=open"}
    for address in ("/", "/requests/1/progress"):
        answer = Client().get(address, headers=part)
        assert answer["HX-Redirect"].startswith("/sign-in")
        assert answer["HX-Redirect"].endswith("?next=/%3Fstate%3Dopen")
        assert answer.content == b""
    elsewhere = Client().get("/", headers={"HX-Request": "true", "HX-Current-URL": "https://other.example.org/x"})
    assert elsewhere["HX-Redirect"].endswith("?next=/")


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page_and_says_that_it_was_not_taken() -> None:
    request = made_request(make_person("intake"))
    late = Client()
    answer = late.post(f"/requests/{request.pk}/notes", {"text": "what took ten minutes to write"})
    assert answer["Location"] == f"/sign-in?next=/requests/{request.pk}"
    assert "was not taken" in late.get(answer["Location"]).content.decode()
    assert not request.notes.exists()
    for sent_from, page in (("http://testserver/account?x=1", "/account%3Fx%3D1"), ("https://elsewhere.example/", "/")):
        answer = Client().post("/settings/change", headers={"Referer": sent_from})
        assert answer["Location"] == f"/sign-in?next={page}"


def test_the_address_of_a_form_opened_as_a_page_is_answered_by_a_page(sign_in) -> None:
    request = made_request(make_person("intake"))
    answer = sign_in("nurse").get(f"/requests/{request.pk}/notes")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Nothing was changed" in answer.content.decode()


def test_an_error_page_says_nothing_of_the_case(sign_in, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    request = made_request(make_person("intake"))
    client = sign_in("nurse")
    client.raise_request_exception = False

    def faulty(*_: object) -> None:
        raise ValueError("M-SECRET")

    monkeypatch.setattr("isocenter.web.case.documents_in_use", faulty)
    page = client.get(f"/requests/{request.pk}")
    assert page.status_code == 500
    assert "M-SECRET" not in page.content.decode()
    from isocenter.web.private_log import WithoutData  # noqa: PLC0415

    assert caplog.records
    for record in caplog.records:
        assert "M-SECRET" not in WithoutData().format(record)
        assert f"/requests/{request.pk}" not in WithoutData().format(record)


@pytest.mark.slow
def test_the_deployment_check_has_nothing_to_say_behind_https() -> None:
    import os  # noqa: PLC0415
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    environment = os.environ | {"ISOCENTER_HTTPS": "1", "ISOCENTER_HOSTS": "workbench.example"}
    done = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize(("role", "begins"), [("administrator", "/people"), ("auditor", "/"), ("intake", "/")])
def test_everyone_begins_with_a_page_that_he_or_she_may_open(role: str, begins: str) -> None:
    make_person(role)
    client = Client()
    answer = client.post("/sign-in", {"username": role, "password": "correct horse battery"})
    assert answer["Location"] == begins
    assert client.get(begins).status_code == 200
    assert f'<a class="brand" href="{begins}">' in client.get("/account").content.decode()
    lost = client.get("/settings" if role != "administrator" else "/")
    assert (lost.status_code, f'<a href="{begins}">Go back to' in lost.content.decode()) == (403, True)
