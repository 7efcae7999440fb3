"""Both sides of telephony over real HTTP: the sandbox's platform asks, holds, records and obeys; the portal decides."""

from collections import Counter
from datetime import timedelta

import pytest

from accounts import api_keys, restrictions, service_orders
from accounts.levels import Level
from accounts.restrictions import Reason
from credit import exposure, review
from credit.models import Hold
from invoices.models import UsageRecord
from tests import build
from tests.build import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(120)]
HOUR = timedelta(hours=1)


class Lines:
    """An account at the platform, and what both sides hold of it."""

    def __init__(self, box, account):
        self.box, self.account = box, account
        box.control("POST", "/telephony/lines", {"ban": account.ban, "numbers": ["+918044000001"]})

    def call(self, count=1, **wish):
        path = f"/telephony/accounts/{self.account.ban}/calls"
        wish = {"feature": "click_to_call", "ring": 0} | wish
        items = self.box.control("POST", path, {"count": count, **wish})["items"]
        return Counter(f"{one['state']} {one['reason'] or ''}".strip() for one in items)

    def write(self, count, **wish):
        path = f"/telephony/accounts/{self.account.ban}/messages"
        items = self.box.control("POST", path, {"count": count, "units": 1, **wish})["items"]
        return Counter(f"{one['state']} {one['reason'] or ''}".strip() for one in items)

    def end_all(self):
        """Let every call end and its record arrive."""
        self.box.advance("PT3H")
        self.box.drain()

    def held(self):
        """The level that holds at the platform."""
        items = self.box.control("GET", "/telephony/accounts")["items"]
        return next(one["level"] for one in items if one["id"] == self.account.ban)

    def wanted(self):
        self.account.refresh_from_db()
        return self.account.wanted_level

    def push(self, now=NOW):
        return service_orders.push(now=now)


@pytest.fixture
def lines(outside, live_server, settings):
    """₹0.60 a minute with no free one left; the platform's clock four hours behind the portal's, and standing."""
    box = outside.box
    box.reset(seed=7, clock=int((NOW - 4 * HOUR).timestamp()), freeze=True)
    settings.TELEPHONY_URL, settings.TELEPHONY_SECRET = box.url, box.order_secret
    account = build.account()
    build.subscribed(account, build.plan(rental=0), now=NOW - timedelta(days=3))
    key = api_keys.issue("Platform", ["telephony"], actor=None, reason="test", now=NOW)
    box.control("POST", "/telephony/portal", {"url": live_server.url, "key": key.token})
    return Lines(box, account)


def test_of_thirty_calls_at_once_on_money_for_one_one_is_admitted(lines):
    build.used(lines.account, 1000 + 165)

    outcome = lines.call(30, seconds=50, expected=60)

    assert outcome == {"running": 1, "refused CREDIT_LIMIT_REACHED": 29}


def test_of_thirty_messages_at_once_on_money_for_five_five_are_sent(lines):
    build.paid(lines.account, "1.18")

    outcome = lines.write(30)
    lines.box.drain()

    assert outcome == {"sent": 5, "refused INSUFFICIENT_BALANCE": 25}
    assert exposure.read(lines.account, now=NOW).balance == 0  # and all of the credit limit is left
    assert UsageRecord.objects.filter(account=lines.account, feature="sms").count() == 5
    assert (Hold.objects.count(), Hold.objects.filter(released_at=None).count()) == (5, 0)


def test_calls_cross_the_limit_the_lines_stop_and_a_payment_opens_them(lines):
    build.used(lines.account, 1000)
    running = lines.call(4, seconds=41 * 60, expected=41 * 60)
    build.charge(lines.account, 1)  # 1.18 more: what the calls hold is not covered any more
    lines.end_all()

    assert running == {"running": 4}
    assert UsageRecord.objects.filter(account=lines.account, caller="+918044000001").count() == 4
    assert (lines.wanted(), lines.held()) == (Level.ACTIVE, Level.ACTIVE)
    build.used(lines.account, 4, key="more")
    lines.call(1, seconds=60)
    build.charge(lines.account, 10)
    lines.end_all()
    review.sweep(now=NOW)

    assert lines.push() == 1
    stopped = lines.held()
    refused = lines.call(seconds=60)
    build.paid(lines.account, 200)
    assert lines.push() == 1

    assert (stopped, refused) == (Level.SUSPENDED, {"refused SUSPENDED": 1})
    assert (lines.wanted(), lines.held()) == (Level.ACTIVE, Level.ACTIVE)
    assert lines.call(seconds=60) == {"running": 1}


def test_calls_that_nobody_cuts_off_cross_the_limit_by_themselves(lines):
    """As the watched account of the demo lives: a minute is held of each call, and they go on."""
    build.used(lines.account, 1000 + 163)
    lines.box.control("POST", "/telephony/lines", {"ban": lines.account.ban, "cuts": False})

    outcome = lines.call(5, seconds=150)
    lines.end_all()

    assert outcome == {"running": 3, "refused CREDIT_LIMIT_REACHED": 2}
    assert (lines.wanted(), lines.push(), lines.held()) == (Level.SUSPENDED, 1, Level.SUSPENDED)
    build.paid(lines.account, 200)
    assert (lines.wanted(), lines.push(), lines.held()) == (Level.ACTIVE, 1, Level.ACTIVE)


def stop(account):
    restrictions.impose(account, Reason.MANUAL, Level.SUSPENDED, now=NOW)


def test_a_platform_down_for_an_hour_obeys_within_minutes_of_its_return(lines, outside):
    rule = outside.fault(on="request", path="/telephony/*", count=None, do={"kind": "answer", "status": 503})
    stop(lines.account)
    now = NOW
    while now < NOW + HOUR:
        lines.push(now)
        now += timedelta(minutes=1)
    down = lines.held()
    lines.box.control("DELETE", f"/faults/{rule['id']}")

    back = now
    while not lines.push(now):
        now += timedelta(seconds=15)

    assert (down, lines.held()) == (Level.ACTIVE, Level.SUSPENDED)
    assert now - back <= timedelta(minutes=5)


@pytest.mark.parametrize("fault", [{"kind": "lie"}, {"kind": "wrong_level", "level": "outbound_blocked"}])
def test_a_platform_that_lies_is_found_out(lines, outside, fault):
    outside.fault(on="order", count=1, do=fault)
    stop(lines.account)

    lines.push()
    service_orders.compare(now=NOW + timedelta(minutes=5))
    lines.push(NOW + timedelta(minutes=6))

    assert lines.held() == Level.SUSPENDED
    assert service_orders.compare(now=NOW + timedelta(minutes=10)) == 0


def test_a_platform_that_forgets_at_a_restart_is_told_again(lines, outside):
    stop(lines.account)
    lines.push()
    outside.fault(on="restart", count=1, do={"kind": "forgets"})
    lines.box.control("POST", "/telephony/restart")
    forgotten = lines.held()

    service_orders.compare(now=NOW + timedelta(minutes=5))
    lines.push(NOW + timedelta(minutes=5))

    assert (forgotten, lines.held()) == (Level.ACTIVE, Level.SUSPENDED)


@pytest.mark.parametrize("kind", [{"kind": "twice", "copies": 3}, {"kind": "parallel", "copies": 4}])
def test_a_record_that_comes_several_times_counts_once(lines, outside, kind):
    outside.fault(on="record", count=None, do=kind)

    lines.call(3, seconds=60)
    lines.end_all()

    assert UsageRecord.objects.filter(account=lines.account).count() == 3
