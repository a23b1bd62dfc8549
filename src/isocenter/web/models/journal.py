"""The journal's rows: added, and by the database itself never changed or removed."""

from django.db import models


class JournalEntry(models.Model):
    """One entry; `hash` covers its content and the hash of the entry before it."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    person = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=20, blank=True)
    act = models.CharField(max_length=60)
    request_number = models.CharField(max_length=20, blank=True, db_index=True)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        """In the order in which they were written."""

        ordering = ("sequence",)
