"""The workbench as a Django application."""

from django.apps import AppConfig


class Workbench(AppConfig):
    """All tables of the workbench have the label `workbench`."""

    name = "isocenter.web"
    label = "workbench"
    default_auto_field = "django.db.models.BigAutoField"
