"""A pytest plugin: the test database lets tests clear append-only tables, as production does not."""

import pytest
from django.db import connection

TABLES = ("accounts_entry", "accounts_line", "accounts_auditevent")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    """Take away the refusal to truncate: it would keep tests with real transactions from cleaning up."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        for table in TABLES:
            cursor.execute(f"alter table {table} disable trigger {table}_no_truncate")
