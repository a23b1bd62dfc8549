"""The order of the queue as an index, so that its first page is read and nothing sorted; withdrawn requests."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workbench", "0003_requests_from_outside"),
    ]

    operations = [
        migrations.AlterField(
            model_name="request",
            name="state",
            field=models.CharField(
                choices=[
                    ("in_review", "In review"),
                    ("open", "Open"),
                    ("awaiting_documents", "Awaiting documents"),
                    ("awaiting_second_reader", "Awaiting second reader"),
                    ("determined", "Determined"),
                    ("unreadable", "Could not be reviewed"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="in_review",
                max_length=30,
            ),
        ),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                condition=models.Q(
                    models.Q(("state", "determined"), _negated=True), models.Q(("state", "withdrawn"), _negated=True)
                ),
                fields=["due_at", "id"],
                name="undecided_by_due",
            ),
        ),
    ]
