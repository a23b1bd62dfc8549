"""Requests that other systems send, numbers of claim lines, and NPIs of people."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workbench", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="determination",
            name="by_npi",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name="person",
            name="npi",
            field=models.CharField(blank=True, max_length=10, verbose_name="NPI"),
        ),
        migrations.AddField(
            model_name="request",
            name="external_identifier",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="request",
            name="source",
            field=models.CharField(choices=[("upload", "Uploaded"), ("fhir", "FHIR")], default="upload", max_length=20),
        ),
        migrations.AddField(
            model_name="reviewedline",
            name="line_number",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="document",
            name="added_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="request",
            name="uploaded_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uploaded",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_identifier", ""), _negated=True),
                fields=("source", "external_identifier"),
                name="one_request_an_external_identifier",
            ),
        ),
    ]
