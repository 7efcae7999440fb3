import pytest
from django.db import transaction

from billing_portal import demo
from tests import build
from tests.outside import sandbox_process

__all__ = ["sandbox_process"]


@pytest.fixture(scope="package")
def world(django_db_setup, django_db_blocker):
    """The demo world, made once for all tests here and rolled back after them."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.seed(now=build.NOW)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(world, db):
    """The world, as it was made: what a test changes is rolled back."""
