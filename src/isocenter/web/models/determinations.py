"""A determination: what a person decided on a request; a later one is added, none is changed."""

from django.db import models

from isocenter.web.models.choices import Choices
from isocenter.web.models.requests import Request
from isocenter.web.models.reviews import ReviewRun


class Decision(Choices):
    """What is decided on the course."""

    APPROVE = "approve", "Approve"
    PARTLY = "partly", "Approve in part"
    DENY = "deny", "Deny"


class LineDecision(Choices):
    """What is decided on one claim line."""

    PAY = "pay", "Pay"
    REDUCE = "reduce", "Reduce"
    DENY = "deny", "Deny"


class Reason(Choices):
    """Why a person decides otherwise than the engine recommends."""

    DOCUMENT_NOT_READ = "document_not_read", "A document states it, and the program did not read it"
    DOCUMENT_MISREAD = "document_misread", "A document was read wrongly"
    PLAN_MISREAD = "plan_misread", "The plan was read or measured wrongly"
    CLINICAL_JUDGMENT = "clinical_judgment", "Clinical judgment on the facts at hand"
    RULE_DOES_NOT_FIT = "rule_does_not_fit", "The rule does not fit this case"
    PEER_TO_PEER = "peer_to_peer", "Settled in a peer-to-peer conversation"
    OTHER_COVERAGE = "other_coverage", "Another coverage rule applies"
    NOT_ANSWERED = "not_answered", "Requested documents were not sent in time"


class Determination(models.Model):
    """One determination, with the person's name and license as they were when it was made."""

    class Stage(Choices):
        """Whether it is final, awaits a second reader, or was sent back by one."""

        PROPOSED = "proposed", "Awaiting second reader"
        FINAL = "final", "Final"
        RETURNED = "returned", "Returned by the second reader"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="determinations")
    run = models.ForeignKey(ReviewRun, on_delete=models.PROTECT, related_name="determinations")
    number = models.PositiveIntegerField()
    decision = models.CharField(max_length=20, choices=Decision.choices())
    agrees = models.BooleanField()
    is_of_necessity = models.BooleanField(default=False)
    is_after_appeal = models.BooleanField(default=False)
    reason = models.CharField(max_length=40, choices=Reason.choices(), blank=True)
    text = models.TextField(blank=True)
    stage = models.CharField(max_length=20, choices=Stage.choices())
    by = models.ForeignKey("workbench.Person", on_delete=models.PROTECT, related_name="determinations")
    by_name = models.CharField(max_length=200)
    by_role = models.CharField(max_length=20)
    by_specialty = models.CharField(max_length=120, blank=True)
    by_npi = models.CharField(max_length=10, blank=True)
    by_license = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    second_reader = models.ForeignKey("workbench.Person", null=True, on_delete=models.PROTECT, related_name="+")
    second_reader_name = models.CharField(max_length=200, blank=True)
    second_read_at = models.DateTimeField(null=True)
    second_reader_text = models.TextField(blank=True)

    class Meta:
        """Numbered within the request."""

        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["request", "number"], name="determinations_are_numbered"),)


class LineDetermination(models.Model):
    """What was decided on one claim line; policy and rule are those that a person refuses it by, where one is named."""

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="lines")
    claim_line_id = models.CharField(max_length=300)
    procedure_code = models.CharField(max_length=20)
    service_date = models.DateField()
    recommendation = models.CharField(max_length=20)
    decision = models.CharField(max_length=20, choices=LineDecision.choices())
    units_allowed = models.IntegerField(null=True)
    agrees = models.BooleanField()
    reason = models.CharField(max_length=40, choices=Reason.choices(), blank=True)
    text = models.TextField(blank=True)
    policy = models.CharField(max_length=60, blank=True)
    rule = models.CharField(max_length=120, blank=True)

    class Meta:
        """By day."""

        ordering = ("service_date", "id")
