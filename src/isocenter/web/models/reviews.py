"""A review run: what the engine recommended for one state of a request's files, as it was and for good."""

from django.db import models

from isocenter.web.models.requests import Request


class ReviewRun(models.Model):
    """One run; `review_json` is the review to the byte, `page` the sections of its report."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="runs")
    generation = models.PositiveIntegerField()
    course_chosen = models.CharField(max_length=200, blank=True)
    plan_chosen = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField()
    version = models.CharField(max_length=40)
    recommendation = models.CharField(max_length=30)
    requires_clinician = models.BooleanField()
    review_json = models.TextField()
    review_sha256 = models.CharField(max_length=64)
    page = models.TextField()
    policies = models.JSONField(default=list)
    rules = models.JSONField(null=True)  # [policy, rule, title, cites] of each; None in runs of earlier versions
    readings = models.JSONField(default=list)
    inputs = models.JSONField(default=list)
    pictures = models.JSONField(default=list)
    has_plan = models.BooleanField(default=False)
    seconds = models.FloatField(default=0.0)

    class Meta:
        """A state of the files is reviewed once, however often the work on it is begun."""

        constraints = (models.UniqueConstraint(fields=["request", "generation"], name="one_run_a_generation"),)
        ordering = ("generation",)


class ReviewedLine(models.Model):
    """One claim line as reviewed."""

    run = models.ForeignKey(ReviewRun, on_delete=models.CASCADE, related_name="lines")
    place = models.PositiveIntegerField()
    claim_line_id = models.CharField(max_length=300)
    line_number = models.PositiveIntegerField(default=0)
    procedure_code = models.CharField(max_length=20)
    label = models.CharField(max_length=200, blank=True)
    modifiers = models.CharField(max_length=40, blank=True)
    service_date = models.DateField()
    units = models.IntegerField()
    units_allowed = models.IntegerField(null=True)
    recommendation = models.CharField(max_length=20)
    charge_dollars = models.DecimalField(max_digits=12, decimal_places=2, null=True)

    class Meta:
        """In the order of the review."""

        ordering = ("place",)


class RunFinding(models.Model):
    """One finding of a run that is open, or that was met."""

    run = models.ForeignKey(ReviewRun, on_delete=models.CASCADE, related_name="findings")
    policy = models.CharField(max_length=60)
    rule = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    cites = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=300)
    subject = models.CharField(max_length=400, blank=True)
    outcome = models.CharField(max_length=20)
    effect = models.CharField(max_length=20, blank=True)
    because = models.TextField()
    remedy = models.TextField(blank=True)

    class Meta:
        """Found by rule for the figures."""

        indexes = (models.Index(fields=["policy", "rule", "outcome"], name="findings_by_rule"),)


class AskedDocument(models.Model):
    """One document that a run asks for."""

    run = models.ForeignKey(ReviewRun, on_delete=models.CASCADE, related_name="asked_documents")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    remedies = models.JSONField(default=list)
    states = models.JSONField(default=list)
    cites = models.JSONField(default=list)

    class Meta:
        """In the order of the review."""

        ordering = ("number",)


class MarkedPassage(models.Model):
    """A passage of a chart page that a statement was read from; the box is in points from the page's top left."""

    run = models.ForeignKey(ReviewRun, on_delete=models.CASCADE, related_name="passages")
    document_id = models.CharField(max_length=300, blank=True)
    statement = models.CharField(max_length=400)
    file = models.CharField(max_length=500)
    page = models.PositiveIntegerField()
    left_pt = models.FloatField()
    top_pt = models.FloatField()
    right_pt = models.FloatField()
    bottom_pt = models.FloatField()
    words = models.TextField()
    sureness = models.FloatField()
    counted = models.BooleanField()

    class Meta:
        """From the first page to the last."""

        ordering = ("file", "page", "top_pt", "left_pt")
