"""The people who work in the workbench, each in one role."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone

from isocenter.web.models.choices import Choices


class Role(Choices):
    """What a person is here for."""

    INTAKE = "intake", "Intake"
    NURSE = "nurse", "Nurse reviewer"
    PHYSICIAN = "physician", "Physician reviewer"
    PHYSICIST = "physicist", "Physicist"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


class Person(AbstractUser):
    """One person with an account; name, license and specialty are those that a determination shows."""

    role = models.CharField(max_length=20, choices=Role.choices(), default=Role.INTAKE.value)
    credentials = models.CharField(max_length=60, blank=True, help_text="Such as RN, MD, PhD")
    specialty = models.CharField(max_length=120, blank=True)
    npi = models.CharField("NPI", max_length=10, blank=True)
    license_number = models.CharField(max_length=60, blank=True)
    license_state = models.CharField(max_length=40, blank=True)

    @property
    def shown_name(self) -> str:
        """The name with credentials, or the user name where none is on file."""
        name = self.get_full_name() or self.get_username()
        return f"{name}, {self.credentials}" if self.credentials else name

    @property
    def is_named_and_licensed(self) -> bool:
        """Whether name, specialty, license and its state are all on file."""
        return all((self.get_full_name(), self.specialty, self.license_number, self.license_state))


class Invitation(models.Model):
    """A link that makes one account once; only the hash of its secret is kept."""

    secret_sha256 = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=20, choices=Role.choices())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    invited_by = models.ForeignKey("workbench.Person", null=True, on_delete=models.PROTECT, related_name="+")

    @classmethod
    def issue(cls, role: str, invited_by: Person | None = None, hours: int = 48) -> str:
        """Make an invitation and return its secret, which is not kept."""
        secret = secrets.token_urlsafe(32)
        cls.objects.create(
            secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
            role=role,
            invited_by=invited_by,
            expires_at=timezone.now() + timedelta(hours=hours),
        )
        return secret

    @classmethod
    def open(cls, secret: str) -> "Invitation | None":
        """The invitation of this secret; None where there is none, it was used, or it has expired."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        return cls.objects.filter(secret_sha256=digest, used_at=None, expires_at__gt=timezone.now()).first()
