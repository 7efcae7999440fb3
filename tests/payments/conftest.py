import pytest

from tests import fakes


@pytest.fixture
def world(settings):
    """A gateway in memory, empty."""
    settings.GATEWAY = "tests.fakes.FakeGateway"
    fakes.FakeGateway.world = fakes.World()
    return fakes.FakeGateway.world
