"""Triggers by which the database itself refuses to change or remove what is kept for good."""

from django.db import migrations

TABLES = (
    "workbench_journalentry",
    "workbench_letter",
    "workbench_reviewrun",
    "workbench_clockevent",
    "workbench_linedetermination",
)
_REFUSED = "rows of %s are kept as they are"


def _sqlite(table):
    for act in ("update", "delete"):
        yield (
            f"create trigger {table}_no_{act} before {act} on {table} begin "
            f"select raise(abort, '{_REFUSED % table}'); end"
        )


def _postgresql(table):
    yield (
        f"create function {table}_refuse() returns trigger language plpgsql as "
        f"$$ begin raise exception '{_REFUSED % table}'; end $$"
    )
    yield (
        f"create trigger {table}_no_change before update or delete on {table} "
        f"for each row execute function {table}_refuse()"
    )
    yield (
        f"create trigger {table}_no_truncate before truncate on {table} "
        f"for each statement execute function {table}_refuse()"
    )


def refuse_changes(apps, schema_editor):
    """Put the triggers in place."""
    statements = {"sqlite": _sqlite, "postgresql": _postgresql}[schema_editor.connection.vendor]
    for table in TABLES:
        for statement in statements(table):
            schema_editor.execute(statement)


def allow_changes(apps, schema_editor):
    """Take the triggers away, for a migration that undoes this one."""
    for table in TABLES:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"drop trigger {table}_no_update")
            schema_editor.execute(f"drop trigger {table}_no_delete")
        else:
            schema_editor.execute(f"drop function {table}_refuse() cascade")


class Migration(migrations.Migration):
    dependencies = [("workbench", "0001_initial")]
    operations = [migrations.RunPython(refuse_changes, allow_changes)]
