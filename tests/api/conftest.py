from tests.panel.conftest import browse, world  # noqa: F401
