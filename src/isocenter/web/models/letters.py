"""Letters as they were sent, and the documents that each asked for."""

from django.db import models

from isocenter.web.models.choices import Choices
from isocenter.web.models.determinations import Determination
from isocenter.web.models.requests import Document, Request


class LetterKind(Choices):
    """What a letter says."""

    REQUEST = "request", "Request for documents"
    APPROVAL = "approval", "Approval"
    PARTIAL = "partial", "Partial approval"
    DENIAL = "denial", "Denial"


class Letter(models.Model):
    """One letter; its page and PDF are kept as sent."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="letters")
    determination = models.ForeignKey(Determination, null=True, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=20, choices=LetterKind.choices())
    page = models.TextField()
    pdf = models.BinaryField()
    pdf_sha256 = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey("workbench.Person", on_delete=models.PROTECT, related_name="+")

    class Meta:
        """In the order in which they were sent."""

        ordering = ("id",)

    @property
    def number(self) -> str:
        """The number that the letter has."""
        return f"L-{self.pk:06d}"


class RequestedDocument(models.Model):
    """One document that a letter asked for, and the file that answered it."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="requested_documents")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    answered_by = models.ForeignKey(Document, null=True, on_delete=models.PROTECT, related_name="answers")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        """In the order of the letter."""

        ordering = ("number",)

    @classmethod
    def outstanding(cls, request: Request | int) -> "models.QuerySet[RequestedDocument]":
        """The documents that letters of a request asked for and that nothing has answered."""
        return cls.objects.filter(letter__request=request, answered_by=None)
