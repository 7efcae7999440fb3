"""For tests of messages: an SMS provider in memory."""

import pytest

from accounts import notices
from tests import build
from tests.accounts.texts import contact, owe, text_message
from tests.fake_sms import FakeSms, World


@pytest.fixture
def provider(settings):
    """The provider's world, empty and well."""
    settings.SMS_PROVIDER = "tests.fake_sms.FakeSms"
    FakeSms.world = World()
    return FakeSms.world


@pytest.fixture
def account(db):
    """An account whose desk has a mobile."""
    made = build.account()
    contact(made)
    return made


@pytest.fixture
def sent(account, provider):
    """A text message that the provider has."""
    owe(account)
    notices.send_due(now=build.NOW, channel="sms")
    return text_message()
