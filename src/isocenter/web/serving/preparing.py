"""Makes Django ready for everything that runs the workbench, and checks what it needs."""

import os
from contextlib import suppress
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path

from isocenter.errors import IsocenterError, UnreadableInput

# Django's modules may be imported only once the settings are known.
# ruff: noqa: PLC0415

_LIBRARIES = (
    "django",
    "django_tasks_db",
    "django_htmx",
    "axes",
    "csp",
    "django_otp",
    "whitenoise",
    "waitress",
    "segno",
    "isal",
)


class NotInstalled(IsocenterError):
    """The workbench's libraries are not installed."""


def set_up(data: Path | None = None, host: str = "") -> None:
    """Make Django ready, with the settings of the environment; NotInstalled where a library is missing."""
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise NotInstalled("the workbench needs further libraries; run `pip install 'isocenter[web]'`")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "isocenter.web.settings")
    if data is not None:
        os.environ["ISOCENTER_DATA"] = str(data.absolute())
    if host and _is_this_machine(host):
        os.environ.setdefault("ISOCENTER_HTTPS", "0")
    elif host:
        os.environ.setdefault("ISOCENTER_HOSTS", host)
    import django
    from django.conf import settings

    for folder in (settings.DATA_FOLDER, settings.STATIC_ROOT):
        Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    django.setup()


def _is_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def expect_policy_text() -> None:
    """UnreadableInput where a copy of the policy's text is named that is not there, or is another text."""
    from django.conf import settings

    from isocenter.review.reviewer import Reviewer
    from isocenter.rulebook.citations import Passages

    if settings.POLICY_TEXT is None:
        return
    if not settings.POLICY_TEXT.is_file():
        raise UnreadableInput(f"{settings.POLICY_TEXT}: there is no such file; ISOCENTER_POLICY_TEXT names it")
    Passages.read(settings.POLICY_TEXT, Reviewer(settings.POLICIES).rulebooks[0].sections)
