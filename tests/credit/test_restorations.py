"""The stopwatch of a way back: captured, known, booked, lifted, confirmed; a breach of 15 minutes is seen."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import restrictions, service_orders
from accounts.levels import Level
from accounts.models import Restriction, ServiceOrder
from accounts.restrictions import Reason
from accounts.telephony import PlatformAway
from billing_portal import dashboard
from credit import overdue, relief, restorations
from tests import build
from tests.ladder import at, bill, sweep

pytestmark = pytest.mark.django_db
PAID_AT = at(31)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def account():
    """Suspended since day 30, and paid on day 31."""
    account = build.account()
    owed = bill(account)
    sweep(range(31))
    build.paid(account, owed.total // 100, now=PAID_AT)
    account.refresh_from_db()
    return account


def acknowledge(account, moment):
    """The platform takes the newest order."""
    newest = account.service_orders.latest("pk")
    ServiceOrder.objects.filter(pk=newest.pk).update(
        state="confirmed", confirmed_at=moment, next_attempt_at=None
    )


def test_it_is_confirmed_when_the_platform_has_acknowledged_the_order(account):
    assert restorations.confirm(now=PAID_AT + MINUTE) == 0

    acknowledge(account, PAID_AT + MINUTE)

    assert restorations.confirm(now=PAID_AT + 2 * MINUTE) == 1
    assert restorations.confirm(now=PAID_AT + 3 * MINUTE) == 0
    row = account.restorations.get()
    assert (row.known_at, row.lifted_at, row.confirmed_at) == (PAID_AT, PAID_AT, PAID_AT + MINUTE)


def test_where_another_reason_stands_nothing_is_to_be_acknowledged():
    account = build.account()
    owed = bill(account)
    restrictions.impose(account, Reason.MANUAL, Level.SUSPENDED, now=at(0))
    sweep(range(31))
    build.paid(account, owed.total // 100, now=PAID_AT)

    assert restorations.confirm(now=PAID_AT + MINUTE) == 1
    assert account.restorations.get().confirmed_at == PAID_AT


def test_we_knew_when_we_first_heard_never_later(account):
    cause = account.restorations.get().cause

    restorations.heard(account.pk, cause, PAID_AT - 20 * MINUTE)
    restorations.heard(account.pk, cause, PAID_AT)
    restorations.heard(account.pk, "payment:another", PAID_AT - 90 * MINUTE)

    assert account.restorations.get().known_at == PAID_AT - 20 * MINUTE


@pytest.mark.parametrize(
    ("confirmed", "looked", "is_late"),
    [(None, 15, False), (None, 16, True), (15, 60, False), (16, 60, True)],
)
def test_more_than_15_minutes_is_a_breach_that_staff_see(account, confirmed, looked, is_late):
    if confirmed is not None:
        account.restorations.update(confirmed_at=PAID_AT + confirmed * MINUTE)
    now = PAID_AT + looked * MINUTE

    assert restorations.late(now=now).count() == is_late
    assert restorations.is_late(account.restorations.get(), now=now) is is_late
    assert dashboard.read(now=now).late_restorations == is_late


def test_an_order_that_is_never_acknowledged_goes_on_being_sent(account, monkeypatch):
    sent = []

    def away(_ban, level, **_more):
        sent.append(level)
        raise PlatformAway("down")

    monkeypatch.setattr("accounts.telephony.order", away)
    for minutes in range(0, 60, 6):
        service_orders.push(now=PAID_AT + minutes * MINUTE)

    assert sent == [Level.ACTIVE] * 10
    assert restorations.confirm(now=PAID_AT + 60 * MINUTE) == 0
    assert restorations.late(now=PAID_AT + 60 * MINUTE).count() == 1


def test_relief_that_was_missed_is_made_up_and_only_that():
    still, missed = build.account(), build.account()
    bill(still)
    owed = bill(missed)
    sweep(range(31))
    assert relief.sweep(now=PAID_AT) == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overdue, "review", lambda *_args, **_more: None)
        build.paid(missed, owed.total // 100, now=PAID_AT)
    stood = Restriction.objects.filter(account=missed, lifted_at=None)
    assert stood.exists()

    assert relief.sweep(now=PAID_AT) == 1

    assert not stood.exists()
    assert missed.restorations.exists()
    assert Restriction.objects.filter(account=still, lifted_at=None).exists()


def test_the_result_page_says_when_the_service_came_back(account, client, monkeypatch):
    payment = account.payments.get()
    monkeypatch.setattr("billing_portal.clock.now", lambda: PAID_AT + MINUTE)
    client.force_login(build.owner(account))
    page = reverse("payment-result", args=[account.ban, payment.number])

    assert "Your lines are being switched on again" in client.get(page).content.decode()
    assert client.get(page + "?part=restored").status_code == 204

    account.restorations.update(confirmed_at=PAID_AT + MINUTE)

    assert "Service restored at" in client.get(page).content.decode()
    assert "Service restored at" in client.get(page + "?part=restored").content.decode()
