"""For tests of messages: an SMS provider in memory."""

import pytest

from tests.fake_sms import FakeSms, World


@pytest.fixture
def provider(settings):
    """The provider's world, empty and well."""
    settings.SMS_PROVIDER = "tests.fake_sms.FakeSms"
    FakeSms.world = World()
    return FakeSms.world
