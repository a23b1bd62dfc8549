"""When the files of a request were removed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workbench", "0004_undecided_by_due"),
    ]

    operations = [
        migrations.AddField(
            model_name="request",
            name="files_removed_at",
            field=models.DateTimeField(null=True),
        ),
    ]
