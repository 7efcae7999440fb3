"""Staff stop and free lines: with a reason, written down, once; and see what the platform was told."""

import pytest
from django.urls import reverse

from accounts import restrictions
from accounts.levels import Level
from accounts.models import AuditEvent
from accounts.restrictions import Reason
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return build.account()


def page(account):
    return reverse("admin:accounts_account_lines", args=[account.pk])


def send(client, account, level="suspended", reason="Fraud suspected"):
    return client.post(page(account), {"level": level, "reason": reason, "confirm": "1"})


def test_a_manager_stops_and_frees_with_a_reason(staff, account):
    client = staff("manager")

    send(client, account)
    account.refresh_from_db()
    stopped = account.wanted_level
    send(client, account, level="active", reason="Cleared")
    account.refresh_from_db()

    assert (stopped, account.wanted_level) == (Level.SUSPENDED, Level.ACTIVE)
    actions = AuditEvent.objects.filter(account=account).order_by("pk").values_list("action", "reason")
    assert list(actions) == [
        ("accounts.stop_lines", "Fraud suspected"),
        ("accounts.free_lines", "Cleared"),
    ]
    assert account.service_orders.count() == 2


def test_the_same_again_writes_nothing(staff, account):
    client = staff("manager")

    for _ in range(2):
        send(client, account)

    assert AuditEvent.objects.filter(action="accounts.stop_lines").count() == 1
    assert account.service_orders.count() == 1


def test_freeing_keeps_what_stands_for_another_reason(staff, account):
    restrictions.impose(account, Reason.OVERDUE, Level.OUTBOUND_BLOCKED, now=build.NOW)
    client = staff("manager")
    send(client, account)

    send(client, account, level="active")

    account.refresh_from_db()
    assert account.wanted_level == Level.OUTBOUND_BLOCKED


def test_what_it_changes_is_shown_first(staff, account):
    client = staff("manager")

    shown = client.post(page(account), {"level": "outbound_blocked", "reason": "Fraud suspected"})

    account.refresh_from_db()
    html = shown.content.decode()
    assert account.wanted_level == Level.ACTIVE and not AuditEvent.objects.filter(account=account).exists()
    assert "What it changes" in html and "incoming calls" in html and "Do it" in html


def test_a_stop_that_changes_nothing_says_so(staff, account):
    restrictions.impose(account, Reason.OVERDUE, Level.SUSPENDED, now=build.NOW)

    shown = staff("manager").post(page(account), {"level": "outbound_blocked", "reason": "Fraud suspected"})

    assert "The level stays what it is" in shown.content.decode()


def test_no_reason_no_stop(staff, account):
    answer = send(staff("manager"), account, reason=" ")

    account.refresh_from_db()
    assert (answer.status_code, account.wanted_level) == (422, Level.ACTIVE)


@pytest.mark.parametrize("level", ["archived", "deleted", "nonsense", ""])
def test_staff_choose_no_harsher_level(level, staff, account):
    assert send(staff("manager"), account, level=level).status_code == 422


@pytest.mark.parametrize("role", ["support", "finance", "auditor"])
def test_others_may_not(role, staff, account):
    assert staff(role).get(page(account)).status_code == 403
    assert send(staff(role), account).status_code == 403


def test_the_page_tells_what_stands_and_what_was_ordered(staff, account):
    client = staff("manager")
    send(client, account)

    html = client.get(page(account)).content.decode()

    assert "Fraud suspected" in html and "SO-" in html and "waiting for the platform" in html
