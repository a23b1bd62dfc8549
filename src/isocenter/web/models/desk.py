"""What people set at their desk: saved views of the queue, and the settings of the organization."""

from django.db import models


class SavedView(models.Model):
    """A filter of the queue under a name; its query is that of the address."""

    person = models.ForeignKey("workbench.Person", on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)

    class Meta:
        """A person uses a name once."""

        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["person", "name"], name="one_view_a_name"),)


class Setting(models.Model):
    """A setting that differs from its default; isocenter.web.organization lists all of them."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.TextField()
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey("workbench.Person", null=True, on_delete=models.PROTECT, related_name="+")
