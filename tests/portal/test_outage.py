"""A database that is away is an honest 503 for a moment, never a mistake of ours."""

import pytest
from django.db import InterfaceError, OperationalError

from tests import build

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
@pytest.mark.parametrize("address", ["/gateway/return/", "/gateway/webhook/"])
def test_machines_are_told_when_to_come_back(client, monkeypatch, error, address):
    def gone(*_args, **_kwargs):
        raise error

    monkeypatch.setattr("payments.checkout.come_back", gone)
    monkeypatch.setattr("payments.webhooks.store", gone)

    answer = client.post(address, {})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_people_see_that_nothing_is_lost(client, monkeypatch):
    client.force_login(build.owner(account := build.account()))

    def gone(*_args, **_kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("billing_portal.overview.read", gone)

    answer = client.get(f"/{account.ban}/")

    assert answer.status_code == 503
    assert "Nothing you paid is lost" in answer.content.decode()
