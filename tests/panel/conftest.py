import pytest
from django.test import Client

from accounts.models import User
from tests import build, fakes


@pytest.fixture
def world(settings):
    """A gateway in memory, empty."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    return fakes.FakeGateway.world


@pytest.fixture
def account(db):
    return build.account()


@pytest.fixture
def browse():
    """A client that is signed in as a person."""

    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def client(account, browse):
    """The owner of `account`, signed in."""
    return browse(build.owner(account))
