"""What every test has: servers from `manage.py verify`, a cache of its own, and a browser where one is asked for."""

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        raise pytest.UsageError(
            "tests need PostgreSQL and Valkey: run `python3 manage.py verify [paths and options]`"
        )
    from django.conf import settings

    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    settings.CACHES["default"]["KEY_PREFIX"] = f"{worker}-{os.getpid()}"
