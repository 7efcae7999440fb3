"""What every test has: servers from `manage.py verify`, a cache and files of its own, and a browser on demand."""

import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        raise pytest.UsageError(
            "tests need PostgreSQL and Valkey: run `python3 manage.py verify [paths and options]`"
        )
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes 0.3 s
    settings.STAFF_SECOND_FACTOR = False  # tests about it turn it on
    settings.LUT_NUMBER = "AD290326000123X"
    settings.LUT_DATE, settings.LUT_VALID_TO = "2026-03-20", "2027-03-31"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    settings.CACHES["default"]["KEY_PREFIX"] = f"{worker}-{os.getpid()}"
    for name in ("documents", "archives"):  # each worker counts its documents from 000001
        options = settings.STORAGES[name]["OPTIONS"]
        options["location"] = str(Path(options["location"], worker))


NO_TRUNCATE = ("accounts_entry", "accounts_line", "accounts_auditevent", "credit_limitchange")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Take away the refusal to truncate: it would keep tests with real transactions from cleaning up."""
    from django.db import connection

    from tests import clean

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in NO_TRUNCATE:
            cursor.execute(f"alter table {table} disable trigger {table}_no_truncate")
        clean.begin()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(STRAYS)  # a thread of a live server may still be closing its session


STRAYS = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
"""


@pytest.fixture(autouse=True)
def at_noon(monkeypatch):
    """The portal's clock stands at `build.NOW`, so that no test depends on the day it is run."""
    from tests import build

    monkeypatch.setattr("billing_portal.clock.now", lambda: build.NOW)
