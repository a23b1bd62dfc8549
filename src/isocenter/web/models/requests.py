"""A request: a case that came in with a clock, its documents, notes and what happened to the clock."""

from django.db import models

from isocenter.web.models.choices import Choices


class Priority(Choices):
    """How soon an answer is due."""

    STANDARD = "standard", "Standard"
    EXPEDITED = "expedited", "Expedited"


class Source(Choices):
    """How a request came in."""

    UPLOAD = "upload", "Uploaded"
    FHIR = "fhir", "FHIR"


class State(Choices):
    """Where a request is on its way."""

    IN_REVIEW = "in_review", "In review"
    OPEN = "open", "Open"
    AWAITING_DOCUMENTS = "awaiting_documents", "Awaiting documents"
    AWAITING_SECOND_READER = "awaiting_second_reader", "Awaiting second reader"
    DETERMINED = "determined", "Determined"
    UNREADABLE = "unreadable", "Could not be reviewed"
    WITHDRAWN = "withdrawn", "Withdrawn"


UNDECIDED = (State.IN_REVIEW, State.OPEN, State.AWAITING_DOCUMENTS, State.AWAITING_SECOND_READER, State.UNREADABLE)
# Said in the same words by the index and by the queue, so that the databases use the one for the other.
NOT_ENDED = ~models.Q(state=State.DETERMINED.value) & ~models.Q(state=State.WITHDRAWN.value)


def number_of(key: int) -> str:
    """The number that the request of a key has."""
    return f"R-{key:06d}"


class Request(models.Model):
    """One request; what the queue shows of its newest review is kept here too, so that the queue is one query."""

    title = models.CharField(max_length=200, blank=True)
    priority = models.CharField(max_length=20, choices=Priority.choices(), default=Priority.STANDARD.value)
    state = models.CharField(max_length=30, choices=State.choices(), default=State.IN_REVIEW.value)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    clock_stopped_at = models.DateTimeField(null=True)
    determined_at = models.DateTimeField(null=True)
    files_removed_at = models.DateTimeField(null=True)
    # Nobody's where another system sent it; its identifier there is then known, and unique.
    uploaded_by = models.ForeignKey("workbench.Person", null=True, on_delete=models.PROTECT, related_name="uploaded")
    source = models.CharField(max_length=20, choices=Source.choices(), default=Source.UPLOAD.value)
    external_identifier = models.CharField(max_length=200, blank=True)
    assignee = models.ForeignKey("workbench.Person", null=True, on_delete=models.SET_NULL, related_name="assigned")
    course_chosen = models.CharField(max_length=200, blank=True)
    plan_chosen = models.CharField(max_length=200, blank=True)
    # Counts the changes of what was supplied; a review belongs to one generation.
    generation = models.PositiveIntegerField(default=1)
    progress = models.CharField(max_length=200, blank=True)
    unreadable_because = models.TextField(blank=True)
    worked_on_until = models.DateTimeField(null=True)

    recommendation = models.CharField(max_length=30, blank=True)
    requires_clinician = models.BooleanField(default=False)
    member_id = models.CharField(max_length=200, blank=True)
    course_id = models.CharField(max_length=200, blank=True)
    site = models.CharField(max_length=60, blank=True)
    provider_npi = models.CharField(max_length=20, blank=True)
    line_of_business = models.CharField(max_length=60, blank=True)
    is_prior_authorization = models.BooleanField(default=False)
    billed_dollars = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    is_example = models.BooleanField(default=False)

    class Meta:
        """Indexes for the orders and filters of the queue."""

        indexes = (
            models.Index(fields=["state", "due_at", "id"], name="queue_by_due"),
            models.Index(fields=["due_at", "id"], condition=NOT_ENDED, name="undecided_by_due"),
            models.Index(fields=["assignee", "state", "due_at"], name="queue_by_assignee"),
            models.Index(fields=["recommendation", "state", "due_at"], name="queue_by_recommendation"),
            models.Index(fields=["received_at"], name="requests_by_day"),
            models.Index(fields=["provider_npi", "state"], name="queue_by_provider"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["source", "external_identifier"],
                condition=~models.Q(external_identifier=""),
                name="one_request_an_external_identifier",
            ),
        )

    @property
    def number(self) -> str:
        """The number by which people name the request; it holds nothing of the patient."""
        return number_of(self.pk)

    @property
    def is_undecided(self) -> bool:
        """Whether a determination is still to be made."""
        return self.state in UNDECIDED


class AnsweredAtOnce(models.Model):
    """A request of another system that was answered at once, without a person: counted, never in the queue."""

    source = models.CharField(max_length=20, choices=Source.choices())
    external_identifier = models.CharField(max_length=200)
    priority = models.CharField(max_length=20, choices=Priority.choices())
    decision = models.CharField(max_length=20)  # of isocenter.web.models.determinations.Decision
    answered_at = models.DateTimeField()

    class Meta:
        """Once an identifier; found by day for the figures."""

        indexes = (models.Index(fields=["answered_at"], name="answered_by_day"),)
        constraints = (
            models.UniqueConstraint(fields=["source", "external_identifier"], name="one_answer_an_external_identifier"),
        )


class Document(models.Model):
    """One file of a request, kept under its hash; one that was replaced stays on record.

    What came in and could not be taken has no content, no hash, and in `problem` the reason.
    """

    NOT_TAKEN = "not taken"  # its kind
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="documents")
    name = models.CharField(max_length=500)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    problem = models.TextField(blank=True)
    added_by = models.ForeignKey("workbench.Person", null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    generation = models.PositiveIntegerField(default=1)
    replaced_in_generation = models.PositiveIntegerField(null=True)

    class Meta:
        """Among the files in use each name occurs once."""

        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["request", "name"],
                condition=models.Q(replaced_in_generation=None),
                name="one_document_in_use_by_name",
            ),
        )


class ClockEvent(models.Model):
    """One change of a request's clock: started, stopped, resumed, ended; rows are added, never changed."""

    class Kind(Choices):
        """What happened to the clock."""

        STARTED = "started", "Started"
        STOPPED = "stopped", "Stopped"
        RESUMED = "resumed", "Resumed"
        ENDED = "ended", "Ended"
        REOPENED = "reopened", "Reopened"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="clock_events")
    kind = models.CharField(max_length=20, choices=Kind.choices())
    at = models.DateTimeField()
    because = models.CharField(max_length=200)

    class Meta:
        """In the order in which they happened."""

        ordering = ("at", "id")


class Note(models.Model):
    """A note on a request, or a record of a peer-to-peer conversation."""

    class Kind(Choices):
        """What is noted."""

        NOTE = "note", "Note"
        PEER_TO_PEER = "peer_to_peer", "Peer-to-peer conversation"

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=20, choices=Kind.choices(), default=Kind.NOTE.value)
    by = models.ForeignKey("workbench.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()
    spoken_with = models.CharField(max_length=200, blank=True)
    spoken_on = models.DateField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-at", "-id")
