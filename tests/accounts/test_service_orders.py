"""Orders to the platform: one a change, sent until acknowledged, the newest wins, and what holds is compared."""

import functools
from datetime import timedelta

import pytest

from accounts import restrictions, service_orders, telephony
from accounts.levels import Level
from accounts.models import Account, ServiceOrder
from accounts.restrictions import Reason
from accounts.telephony import Held, PlatformAway
from tests import build
from tests.build import NOW
from tests.threads import errors, together

State = ServiceOrder.State
LATER = timedelta(minutes=1)


class Platform:
    """A platform as its contract says: obeys the highest sequence; may be away, or lie."""

    def __init__(self) -> None:
        self.held: dict[str, Held] = {}
        self.got: list[tuple[str, str]] = []
        self.away = False
        self.lies = ""

    def order(self, ban, level, *, sequence, **_words):
        if self.away:
            raise PlatformAway("ConnectError")
        self.got.append((ban, level))
        if ban not in self.held or self.held[ban].sequence <= sequence:
            self.held[ban] = Held(ban, self.lies or level, sequence)
        return Held(ban, level, sequence) if self.lies == "quietly" else self.held[ban]

    def levels(self):
        if self.away:
            raise PlatformAway("ConnectError")
        return iter(self.held.values())


@pytest.fixture
def platform(monkeypatch):
    made = Platform()
    monkeypatch.setattr(telephony, "order", made.order)
    monkeypatch.setattr(telephony, "levels", made.levels)
    return made


def block(account, level=Level.SUSPENDED, now=NOW):
    restrictions.impose(account, Reason.MANUAL, level, now=now)
    account.refresh_from_db()


@pytest.mark.django_db
def test_a_change_is_ordered_and_acknowledged(platform):
    account = build.account()

    block(account)
    wanted = account.wanted_level, account.confirmed_level
    acknowledged = service_orders.push(now=NOW)
    account.refresh_from_db()

    assert wanted == (Level.SUSPENDED, Level.ACTIVE)
    assert (acknowledged, account.confirmed_level) == (1, Level.SUSPENDED)
    assert account.service_orders.get().state == State.CONFIRMED
    assert service_orders.push(now=NOW + LATER) == 0


@pytest.mark.django_db
def test_no_change_of_level_no_order(platform):
    account = build.account()

    block(account)
    restrictions.impose(account, Reason.OVERDUE, Level.OUTBOUND_BLOCKED, now=NOW)

    assert account.service_orders.count() == 1


@pytest.mark.django_db
def test_a_newer_order_replaces_the_one_that_waits(platform):
    account = build.account()

    block(account)
    restrictions.lift(account, Reason.MANUAL, now=NOW)
    service_orders.push(now=NOW)

    assert platform.got == [(account.ban, "active")]
    assert list(account.service_orders.order_by("pk").values_list("state", flat=True)) == [
        State.SUPERSEDED,
        State.CONFIRMED,
    ]


@pytest.mark.django_db
def test_a_platform_away_for_an_hour_is_told_within_minutes_of_its_return(platform):
    account = build.account()
    platform.away = True
    block(account)
    now = NOW
    while now < NOW + timedelta(hours=1):
        service_orders.push(now=now)
        now += timedelta(seconds=3)
    order = account.service_orders.get()
    platform.away = False

    back = now
    while not service_orders.push(now=now):
        now += timedelta(seconds=3)

    assert order.attempts >= service_orders.STUCK and order.error == "ConnectError"
    assert now - back <= service_orders.LONGEST_WAIT


@pytest.mark.django_db
def test_an_acknowledgement_of_another_level_is_none(platform):
    account = build.account()
    platform.lies = "active"
    block(account)

    first = service_orders.push(now=NOW)
    platform.lies = ""
    platform.held.clear()
    second = service_orders.push(now=NOW + LATER)

    assert (first, second) == (0, 1)


@pytest.mark.django_db
def test_what_holds_at_the_platform_is_compared_and_ordered_again(platform):
    account = build.account()
    block(account)
    service_orders.push(now=NOW)
    platform.held[account.ban] = Held(account.ban, "active", 10**9)  # it forgot

    differing = service_orders.compare(now=NOW + LATER)
    again = service_orders.compare(now=NOW + LATER)
    account.refresh_from_db()

    assert (differing, again) == (1, 0)
    assert account.confirmed_level == Level.ACTIVE
    assert service_orders.is_lagging(account, NOW + 3 * LATER)


@pytest.mark.django_db
def test_an_account_that_the_platform_has_lost_is_ordered_again(platform):
    account = build.account()
    block(account)
    service_orders.push(now=NOW)
    platform.held.clear()

    assert service_orders.compare(now=NOW + LATER) == 1
    assert service_orders.push(now=NOW + LATER) == 1
    assert service_orders.compare(now=NOW + 2 * LATER) == 0


@pytest.mark.django_db
def test_a_platform_ahead_of_us_after_a_restore_is_ordered_above_its_sequence(platform):
    account = build.account()
    block(account)
    ahead = account.service_orders.get().pk + 5000
    platform.held[account.ban] = Held(account.ban, Level.ACTIVE, ahead)

    first = service_orders.push(now=NOW)
    second = service_orders.push(now=NOW)
    account.refresh_from_db()

    assert (first, second) == (0, 1)
    assert account.confirmed_level == Level.SUSPENDED
    assert account.confirmed_sequence > ahead


@pytest.mark.django_db
def test_a_senseless_sequence_raises_ours_by_nothing(platform):
    account = build.account()
    block(account)
    platform.held[account.ban] = Held(account.ban, Level.ACTIVE, 10**15)

    service_orders.push(now=NOW)

    assert account.service_orders.count() == 1
    assert "obeyed active" in account.service_orders.get().error


@pytest.mark.django_db
def test_a_late_acknowledgement_of_an_older_order_moves_nothing_back(platform):
    account = build.account()
    block(account)
    old = account.service_orders.get()
    restrictions.lift(account, Reason.MANUAL, now=NOW)
    service_orders.push(now=NOW)

    service_orders._confirm(old, Held(account.ban, Level.SUSPENDED, old.pk), NOW)

    account.refresh_from_db()
    assert account.confirmed_level == Level.ACTIVE


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("confirmed", "seconds", "lags"), [("active", 61, True), ("active", 60, False), ("suspended", 99, False)]
)
def test_a_banner_after_a_minute(platform, confirmed, seconds, lags):
    account = build.account()
    block(account)
    account.confirmed_level = confirmed

    assert service_orders.is_lagging(account, NOW + timedelta(seconds=seconds)) is lags


@pytest.mark.django_db(transaction=True)
def test_two_senders_send_an_order_once(platform):
    accounts = [build.account() for _ in range(6)]
    for account in accounts:
        block(account)

    results = together([functools.partial(service_orders.push, now=NOW)] * 4)

    assert not errors(results)
    assert sum(results) == len(platform.got) == 6
    assert not Account.objects.exclude(confirmed_level=Level.SUSPENDED).exists()
