import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests import build, fakes


@pytest.fixture(autouse=True)
def no_rate(settings):
    """These ask more often than a person or a stranger may (tests/portal/test_second_factor.py tries that)."""
    settings.ADMIN_RATE = settings.ADMIN_KNOCKS = 10_000


@pytest.fixture
def gateway(settings):
    """A gateway in memory, empty."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    return fakes.FakeGateway.world


@pytest.fixture
def staff(db):
    """Sign in as one of a group: support, finance, manager, auditor, admin, or a customer."""

    def sign_in(role: str) -> Client:
        person = build.user(role, staff=role != "customer", superuser=role == "admin")
        person.groups.set(Group.objects.filter(name=role))
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def account(db):
    return build.account()
