"""Signing in, the one-time link of an invitation, the second factor, and the list of people."""

import io
from typing import ClassVar

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django_otp import login as second_login
from django_otp.plugins.otp_totp.models import TOTPDevice

from isocenter.web import journal
from isocenter.web.accounts.forms import AboutPerson, Code, NewAccount
from isocenter.web.models import Invitation, Person, Role
from isocenter.web.pages import home_of

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    """Name and password; too many wrong ones are refused for a while."""

    template_name = "web/sign_in.html"
    extra_context: ClassVar[dict[str, object]] = {"single_sign_on": settings.SINGLE_SIGN_ON}
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        """The part in which the person begins."""
        return home_of(self.request.user)

    def form_valid(self, form: object) -> HttpResponse:
        """Sign in, and record it."""
        response = super().form_valid(form)
        journal.write(self.request.user, "signed in")
        return response


class SignOut(LogoutView):
    """Ends the session."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Record it, and end the session."""
        if request.user.is_authenticated:
            journal.write(request.user, "signed out")
        return super().post(request, *args, **kwargs)


def invitation(http: HttpRequest, secret: str) -> HttpResponse:
    """Make the account of an invitation; the link works once."""
    found = Invitation.open(secret)
    if found is None:
        return render(http, "web/invitation_over.html", status=404)
    form = NewAccount(http.POST or None)
    if http.method == "POST" and form.is_valid():
        with transaction.atomic():
            if not Invitation.objects.filter(pk=found.pk, used_at=None).update(used_at=timezone.now()):
                return render(http, "web/invitation_over.html", status=404)
            person = form.save(commit=False)
            person.role = found.role
            person.save()
            journal.write(person, "made an account", account=person.get_username(), role=person.role)
        login(http, person, backend=_BACKEND)
        return redirect("account")
    return render(http, "web/invitation.html", {"form": form, "role": Role(found.role).label})


def account(http: HttpRequest) -> HttpResponse:
    """What is on file of the person at the desk."""
    devices = TOTPDevice.objects.filter(user=http.user, confirmed=True)
    return render(http, "web/account.html", {"has_second_factor": devices.exists()})


def set_up_second_factor(http: HttpRequest) -> HttpResponse:
    """Show a new secret as a picture to scan, and confirm it by a code."""
    device, _ = TOTPDevice.objects.get_or_create(user=http.user, confirmed=False, defaults={"name": "authenticator"})
    form = Code(http.POST or None)
    if http.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["code"]):
            TOTPDevice.objects.filter(user=http.user, confirmed=True).delete()
            device.confirmed = True
            device.save()
            second_login(http, device)
            journal.write(http.user, "set up a second factor")
            messages.success(http, "The second factor is set up.")
            return redirect("account")
        form.add_error("code", "This code is not the current one; check the clock of your device.")
    return render(http, "web/set_up_second_factor.html", {"form": form, "key": device.config_url})


def second_factor_picture(http: HttpRequest) -> HttpResponse:
    """The secret that is being set up, as a picture that authenticator apps read."""
    device = get_object_or_404(TOTPDevice, user=http.user, confirmed=False)
    picture = io.BytesIO()
    segno.make(device.config_url).save(picture, kind="svg", scale=5, border=2, light="white")
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = "no-store"
    return response


def second_factor(http: HttpRequest) -> HttpResponse:
    """Ask for the second factor after name and password; wrong codes are slowed down by the library."""
    device = TOTPDevice.objects.filter(user=http.user, confirmed=True).first()
    if device is None:
        return redirect("queue")
    form = Code(http.POST or None)
    if http.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["code"]):
            second_login(http, device)
            return redirect("queue")
        form.add_error("code", "This code is not the current one; wait for the next and try again.")
    return render(http, "web/second_factor.html", {"form": form})


def people(http: HttpRequest) -> HttpResponse:
    """Everyone with an account, and the form to invite more."""
    rows = Person.objects.order_by("last_name", "username")
    return render(http, "web/people.html", {"people": rows, "roles": Role.choices()})


def invite(http: HttpRequest) -> HttpResponse:
    """Make a one-time link for a role; it is shown once."""
    role = http.POST.get("role", "")
    if role not in Role.values():
        messages.error(http, "Choose a role.")
        return redirect("people")
    secret = Invitation.issue(role, http.user)
    journal.write(http.user, "invited", role=role)
    link = http.build_absolute_uri(reverse("invitation", args=[secret]))
    return render(http, "web/invited.html", {"link": link, "role": Role(role).label})


def person(http: HttpRequest, person_id: int) -> HttpResponse:
    """What is on file of one person."""
    found = get_object_or_404(Person, pk=person_id)
    return _page_of(http, found, AboutPerson(instance=found))


def _page_of(http: HttpRequest, found: Person, form: AboutPerson, status: int = 200) -> HttpResponse:
    has_second_factor = TOTPDevice.objects.filter(user=found, confirmed=True).exists()
    context = {"form": form, "person": found, "has_second_factor": has_second_factor}
    return render(http, "web/person.html", context, status=status)


def change_person(http: HttpRequest, person_id: int) -> HttpResponse:
    """Change what is on file of a person; the last administrator stays one."""
    found = get_object_or_404(Person, pk=person_id)
    form = AboutPerson(http.POST, instance=found)
    if form.is_valid() and _is_last_administrator(person_id) and _would_be_lost(form):
        form.add_error("role", "This is the last administrator; invite another one first.")
    if not form.is_valid():
        return _page_of(http, found, form, status=400)
    form.save()
    journal.write(http.user, "changed an account", account=found.get_username(), changed=sorted(form.changed_data))
    messages.success(http, "Saved.")
    return redirect("people")


def remove_second_factor(http: HttpRequest, person_id: int) -> HttpResponse:
    """Remove the second factor of a person who lost it; a password alone replaces none."""
    found = get_object_or_404(Person, pk=person_id)
    with transaction.atomic():
        TOTPDevice.objects.filter(user=found).delete()
        journal.write(http.user, "removed a second factor", account=found.get_username())
    messages.success(http, "Removed.")
    return redirect("person", person_id=person_id)


def _is_last_administrator(person_id: int) -> bool:
    others = Person.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=person_id)
    return not others.exists() and Person.objects.filter(pk=person_id, role=Role.ADMINISTRATOR).exists()


def _would_be_lost(form: AboutPerson) -> bool:
    return form.cleaned_data["role"] != Role.ADMINISTRATOR or not form.cleaned_data["is_active"]
