"""Single sign-on by OpenID Connect, for people whom an administrator has invited by their address."""

from typing import Any

from django.db.models import QuerySet
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from isocenter.web.models import Person


class KnownPeopleOnly(OIDCAuthenticationBackend):
    """Signs in whoever the provider vouches for and an account is known by a verified e-mail address."""

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        """Whether the provider states an address and does not call it unverified."""
        return bool(claims.get("email")) and claims.get("email_verified", True) is not False

    def filter_users_by_claims(self, claims: dict[str, Any]) -> "QuerySet[Person]":
        """The active account of the address, whatever its capitals; none where several have it."""
        found = Person.objects.filter(email__iexact=claims["email"], is_active=True)
        return found if found.count() == 1 else Person.objects.none()
