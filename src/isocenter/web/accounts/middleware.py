"""No page without a sign-in: what is open to everyone is listed here by name."""

import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

OPEN_TO_EVERYONE = frozenset(
    {
        "sign-in",
        "invitation",
        "health",
        "review-style",
        "oidc_authentication_init",
        "oidc_authentication_callback",
        "oidc_logout",
    }
)
_BEFORE_SECOND_FACTOR = frozenset({"second-factor", "sign-out"})
_BEFORE_THE_FIRST_IS_SET_UP = frozenset({"set-up-second-factor", "second-factor-picture"})


class SignedInOnly:
    """Sends everyone who is not signed in, or not by both factors where there are two, to where they sign in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, http: HttpRequest) -> HttpResponse:
        """Let a request pass, or answer where to sign in."""
        try:
            name = resolve(http.path_info).url_name
        except Resolver404:
            name = ""
        if name in OPEN_TO_EVERYONE:
            return self.get_response(http)
        if not http.user.is_authenticated:
            return _to_sign_in(http)
        _renew(http)
        if name not in _BEFORE_SECOND_FACTOR and not http.user.is_verified():
            if http.user.totpdevice_set.filter(confirmed=True).exists():
                return redirect("second-factor")
            is_set_up = name in _BEFORE_THE_FIRST_IS_SET_UP or http.session.get("_auth_user_backend", "").endswith(
                "KnownPeopleOnly"
            )
            if settings.SECOND_FACTOR_REQUIRED and not is_set_up:
                return redirect("set-up-second-factor")
        return self.get_response(http)


def _to_sign_in(http: HttpRequest) -> HttpResponse:
    """Where to sign in: as a whole page, also where a part of one was asked for, and then back to that page."""
    if http.htmx:
        back_to = None
        with suppress(ValueError):  # of an address that is none
            back_to = http.htmx.current_url_abs_path
        return HttpResponseClientRedirect(redirect_to_login(back_to or reverse("queue")).url)
    if http.method in ("GET", "HEAD"):
        return redirect_to_login(http.get_full_path())
    messages.warning(http, "Your session had ended, so what you sent was not taken. Sign in and send it again.")
    return redirect_to_login(_page_of_the_form(http))


def _page_of_the_form(http: HttpRequest) -> str:
    """The page that a form was sent from, for the address of the form itself shows none."""
    with suppress(Resolver404):
        if number := resolve(http.path_info).kwargs.get("number"):
            return reverse("case", kwargs={"number": number})
    sent_from = http.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(sent_from, {http.get_host()}):
        return urlsplit(sent_from)._replace(scheme="", netloc="", fragment="").geturl()
    return reverse("queue")


def _renew(http: HttpRequest) -> None:
    """Let a session that is in use end later; it is written now and then alone."""
    now = int(time.time())
    if now - http.session.get("renewed_at", 0) >= settings.SESSION_RENEWED_SECONDS:
        http.session["renewed_at"] = now
