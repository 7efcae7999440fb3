"""The people and the gateway of the panel's tests."""

from tests.panel.conftest import account, browse, client, world  # noqa: F401
