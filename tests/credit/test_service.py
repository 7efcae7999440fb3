"""What an account may do: restrictions first, then money; messages never spend credit."""

from datetime import timedelta

import pytest

from accounts import restrictions
from accounts.levels import Level
from accounts.restrictions import Reason
from credit import facts, review, service
from credit.service import Why
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db


def told(account):
    return service.answer(facts.of(account, now=NOW))


@pytest.fixture
def account():
    """₹0.60 a minute out above 1,000 free ones, ₹0.30 in above 500, ₹0.20 a message; no rental; limit ₹100."""
    made = build.account()
    build.subscribed(made, build.plan(rental=0), now=NOW - timedelta(days=3))
    return made


def test_a_new_account_with_nothing_is_active(account):
    said = told(account)

    assert (said["level"], said["reason"]) == ("active", None)
    assert said["features"]["click_to_call"]["allowed"]
    # 1,000 free, and 100.00 / 0.60 = 166 more
    assert said["features"]["click_to_call"]["seconds"] == (1000 + 166) * 60
    assert said["features"]["incoming"]["seconds"] == (500 + 333) * 60


def test_an_account_without_a_plan_has_no_feature():
    assert told(build.account())["features"] == {}


def test_messages_spend_prepaid_money_only(account):
    assert told(account)["features"]["sms"] == {
        "allowed": False,
        "reason": Why.INSUFFICIENT_BALANCE,
        "units": 0,
    }

    build.paid(account, "1.18")

    assert told(account)["features"]["sms"] == {"allowed": True, "reason": None, "units": 5}  # 1.00 at 0.20


def test_free_units_go_on_when_nothing_else_is_covered(account):
    build.charge(account, "84.75")  # 100.01 outstanding? no: 84.75 + 18 % = 100.01

    said = told(account)

    assert said["features"]["click_to_call"]["seconds"] == 1000 * 60


def test_not_one_unit_is_covered_at_the_limit(account):
    build.used(account, 1000)
    build.charge(account, "84.70")  # 99.95 outstanding, 0.05 left

    assert told(account)["features"]["click_to_call"] == {
        "allowed": False,
        "reason": Why.CREDIT_LIMIT_REACHED,
        "seconds": 0,
    }


# fmt: off
LEVELS = (
    # level                   out    in     messages
    (Level.ACTIVE,            True,  True,  True),
    (Level.OUTBOUND_BLOCKED,  False, True,  False),
    (Level.SUSPENDED,         False, False, False),
    (Level.ARCHIVED,          False, False, False),
    (Level.DELETED,           False, False, False),
)
REASONS = (
    (Reason.OVERDUE,   Why.OVERDUE),
    (Reason.CREDIT,    Why.CREDIT_LIMIT_EXCEEDED),
    (Reason.MANUAL,    Why.BLOCKED_BY_OPERATOR),
    (Reason.RETENTION, Why.ARCHIVED),
)
# fmt: on


@pytest.mark.parametrize(("level", "out", "incoming", "messages"), LEVELS)
def test_what_each_level_shuts(account, level, out, incoming, messages):
    build.paid(account, 100)
    if level != Level.ACTIVE:
        restrictions.impose(account, Reason.MANUAL, level, now=NOW)

    features = told(account)["features"]

    assert [features[name]["allowed"] for name in ("click_to_call", "incoming", "sms")] == [
        out,
        incoming,
        messages,
    ]


@pytest.mark.parametrize(("reason", "why"), REASONS)
def test_the_answer_names_the_reason(account, reason, why):
    restrictions.impose(account, reason, Level.SUSPENDED, now=NOW)

    said = told(account)

    assert (said["reason"], said["features"]["incoming"]["reason"]) == (why, why)


PAIRS = [
    (first, second)
    for first in [(r, lv) for r, _ in REASONS for lv, *_ in LEVELS[1:4]]
    for second in [(r, lv) for r, _ in REASONS for lv, *_ in LEVELS[1:4]]
    if first[0] != second[0]
]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda one: "-".join(one))
def test_the_strictest_decides_and_lifting_one_keeps_the_other(first, second):
    account = build.account()
    strictest = max(first[1], second[1], key=restrictions.SEVERITY.__getitem__)

    restrictions.impose(account, *first, now=NOW)
    restrictions.impose(account, *second, now=NOW)
    account.refresh_from_db()
    both = account.wanted_level
    restrictions.lift(account, first[0], now=NOW)
    account.refresh_from_db()
    one = account.wanted_level
    restrictions.lift(account, second[0], now=NOW)
    account.refresh_from_db()

    assert (both, one, account.wanted_level) == (strictest, second[1], Level.ACTIVE)


def test_one_statement_whatever_the_history(account, django_assert_num_queries):
    for _ in range(3):
        build.paid(account, 100)
        build.used(account, 10, key=str(_))

    with django_assert_num_queries(1):
        told(account)


@pytest.mark.parametrize(("usage", "seconds"), [(1166, 0), (1165, 60), (1000, 166 * 60)])
def test_seconds_are_just_what_the_headroom_covers(account, usage, seconds):
    build.used(account, usage)

    assert told(account)["features"]["click_to_call"]["seconds"] == seconds


def test_what_is_granted_never_exceeds_the_limit_and_one_more_would(account):
    build.used(account, 1100)
    units = told(account)["features"]["click_to_call"]["seconds"] // 60

    build.used(account, units, key="granted")
    review.after_usage([account.ban], now=NOW)
    account.refresh_from_db()
    inside = account.wanted_level
    build.used(account, 1, key="one-more")
    review.after_usage([account.ban], now=NOW)
    account.refresh_from_db()

    assert (inside, account.wanted_level) == (Level.ACTIVE, Level.SUSPENDED)
    assert paise("100.00") >= units * 60
