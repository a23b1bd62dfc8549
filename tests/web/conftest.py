"""A workbench for tests: settings of its own, one database a run, and every test undone at its end.

`DATABASE_URL` names another database than SQLite; the tests are the same.
"""

# Django's modules are imported once its settings are known.
# ruff: noqa: E402

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the workbench's libraries are not installed (pip install 'isocenter[web]')")

_DATA = tempfile.mkdtemp(prefix="workbench-")
Path(_DATA, "static").mkdir()
os.environ["ISOCENTER_DATA"] = _DATA
os.environ["ISOCENTER_HTTPS"] = "0"
os.environ["ISOCENTER_SECRET_KEY"] = "a secret that only tests use, and long enough for every check of it: 0123456789"
os.environ["DJANGO_SETTINGS_MODULE"] = "isocenter.web.settings"

import django

django.setup()


from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import setup_databases, setup_test_environment, teardown_databases, teardown_test_environment

from isocenter.web.viewer.volumes import plan_of
from tests.web.people import make_person

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in often
if connection.vendor == "sqlite":
    # A file, as it is served from, for tests that start threads; what power cuts do is not tried here.
    connection.settings_dict["TEST"]["NAME"] = str(Path(_DATA, "tests.sqlite3"))
    connection.settings_dict["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def _database() -> Iterator[None]:
    setup_test_environment()
    made = setup_databases(verbosity=0, interactive=False)
    yield
    connection.close()
    if not os.environ.get("DATABASE_GOES_WITH_ITS_SERVER"):
        teardown_databases(made, verbosity=0)
    teardown_test_environment()
    shutil.rmtree(_DATA, ignore_errors=True)


@pytest.fixture
def workbench(_database: None) -> Iterator[None]:
    """A workbench without people or requests; what a test writes is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    shutil.rmtree(Path(_DATA, "plans"), ignore_errors=True)  # the next test's runs have the same numbers
    plan_of.cache_clear()


@pytest.fixture
def committed(_database: None) -> Iterator[None]:
    """A workbench whose transactions are kept, for tests that start threads; it is emptied at the end."""
    yield
    triggers = importlib.import_module("isocenter.web.migrations.0002_append_only")
    with connection.schema_editor() as editor:
        triggers.allow_changes(None, editor)
    call_command("flush", verbosity=0, interactive=False)
    with connection.schema_editor() as editor:
        triggers.refuse_changes(None, editor)


@pytest.fixture
def data_folder() -> Path:
    """Where the workbench keeps its files."""
    return Path(_DATA)


@pytest.fixture
def sign_in(workbench: None) -> Callable[..., Client]:  # noqa: ARG001  # it needs a workbench
    """Makes a person of a role and a browser in which he or she is signed in."""

    def signed_in(role: str, username: str = "") -> Client:
        client = Client()
        client.force_login(make_person(role, username), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in
