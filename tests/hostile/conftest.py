"""The people and the gateway of the panel's tests."""

from tests.invoices.conftest import read_pdf  # noqa: F401
from tests.panel.conftest import account, browse, client, world  # noqa: F401
