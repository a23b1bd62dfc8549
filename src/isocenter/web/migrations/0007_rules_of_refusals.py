"""The rule by which a person refuses a claim line, and the rules of a review that can be named."""

from django.db import migrations, models

TABLE = "workbench_linedetermination"
COLUMNS = (("policy", 60), ("rule", 120))


class Migration(migrations.Migration):
    """Columns are added in SQL: Django would copy the table in SQLite, and its append-only triggers would be lost."""

    dependencies = [
        ("workbench", "0006_answered_at_once"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"alter table {TABLE} add column {name} varchar({length}) default '' not null",
                    f"alter table {TABLE} drop column {name}",
                )
                for name, length in COLUMNS
            ],
            state_operations=[
                migrations.AddField(
                    model_name="linedetermination",
                    name=name,
                    field=models.CharField(blank=True, max_length=length),
                )
                for name, length in COLUMNS
            ],
        ),
        migrations.AddField(model_name="reviewrun", name="rules", field=models.JSONField(null=True)),
    ]
