"""Records without a price: staff rate them at a price given now or write them off, and the account is billed."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from billing_portal import books
from invoices import billing_job, unrated, upgrades, usage, usage_repair
from invoices.models import CyclePrice, Document, UsageCounter
from invoices.unrated import Decision
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
AFTER = NOW + timedelta(days=30)


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made)
    usage.ingest([build.message(made, feature="whatsapp", units=7)], source="platform", now=NOW)
    return made


@pytest.fixture
def parked(account):
    billing_job.run(lambda done: None, now=AFTER)
    account.subscription.refresh_from_db()
    assert account.subscription.is_parked
    return account


def decide(account, price, **more):
    row = unrated.waiting(account)[0]
    words = {"actor": build.user("manager"), "reason": "Agreed with the customer", "now": AFTER}
    return unrated.rate(account.pk, row.cycle.pk, row.feature.code, Decision(price, **more), **words)


def wrong(now):
    """What the books say beside the chain's head and the credit limit, which no test here serves."""
    return [str(one) for one in books.look(now=now).findings if one.id not in ("I24", "I37")]


def last_invoice(account):
    return Document.objects.get(account=account, cause__startswith="cycle:")


def test_what_waits_is_listed(account):
    row = unrated.waiting(account)[0]

    assert (row.feature.code, row.records, row.cycle) == ("whatsapp", 1, account.cycles.get())
    assert unrated.waiting(build.account()) == []


def test_rated_at_a_price_given_now_the_parked_account_is_billed(parked):
    decide(parked, 50_000, sac="998413")

    billing_job.run(lambda done: None, now=AFTER)

    line = last_invoice(parked).lines.get(description__startswith="WhatsApp")
    assert (line.taxable, line.sac) == (350, "998413")
    assert wrong(AFTER) == []


def test_written_off_they_cost_nothing(parked):
    decide(parked, 0)

    billing_job.run(lambda done: None, now=AFTER)

    assert not last_invoice(parked).lines.filter(description__startswith="WhatsApp").exists()
    assert wrong(AFTER) == []


def test_a_decision_is_written_down_once_and_a_correction_again(account):
    for price in (50_000, 50_000, 40_000):
        row = account.cycles.get()
        unrated.rate(
            account.pk, row.pk, "whatsapp", Decision(price), actor=build.user(), reason="Agreed", now=NOW
        )

    events = AuditEvent.objects.filter(action="invoices.rate_unrated").order_by("pk")
    assert [(e.before.get("unit_price"), e.after["unit_price"]) for e in events] == [
        (None, 50_000),
        (50_000, 40_000),
    ]
    assert UsageCounter.objects.get(account=account, feature="whatsapp").amount == 7 * 40_000


def test_records_that_come_later_have_the_decided_price_when_the_cycle_is_billed(account):
    decide(account, 50_000)
    usage.ingest([build.message(account, feature="whatsapp", units=3)], source="platform", now=NOW)
    assert UsageCounter.objects.get(account=account, feature="whatsapp").unrated == 1

    billing_job.run(lambda done: None, now=AFTER)

    assert last_invoice(account).lines.get(description__startswith="WhatsApp").taxable == 500


@pytest.mark.parametrize(
    ("feature", "decision", "why"),
    [
        ("sms", Decision(1), "has a price for SMS"),
        ("whatsapp", Decision(-1), "between"),
        ("whatsapp", Decision(unrated.DEAREST + 1), "between"),
        ("whatsapp", Decision(1, pulse=0), "seconds"),
        ("nothing", Decision(1), "no such"),
    ],
)
def test_what_cannot_be_decided(account, feature, decision, why):
    cycle = account.cycles.get()

    with pytest.raises(unrated.NotRatable, match=why):
        unrated.rate(account.pk, cycle.pk, feature, decision, actor=build.user(), reason="r", now=NOW)

    assert not CyclePrice.objects.exists()


def test_a_billed_cycle_and_another_account_s_are_refused(parked):
    cycle = parked.cycles.order_by("starts_on")[0]
    words = {"actor": build.user(), "reason": "r", "now": AFTER}
    with pytest.raises(unrated.NotRatable, match="no such cycle"):
        unrated.rate(build.account().pk, cycle.pk, "whatsapp", Decision(1), **words)
    decide(parked, 50_000)
    billing_job.run(lambda done: None, now=AFTER)

    with pytest.raises(unrated.NotRatable, match="is billed"):
        unrated.rate(parked.pk, cycle.pk, "whatsapp", Decision(2), **words)


def test_a_feature_nobody_used_is_refused(account):
    usage_less = build.account()
    build.subscribed(usage_less)

    with pytest.raises(unrated.NotRatable, match="no records"):
        unrated.rate(
            usage_less.pk,
            usage_less.cycles.get().pk,
            "whatsapp",
            Decision(1),
            actor=build.user(),
            reason="r",
            now=NOW,
        )


def test_one_failing_account_takes_no_other_with_it(account, monkeypatch):
    other = build.account()
    build.subscribed(other)
    usage.ingest([build.message(other, feature="whatsapp", units=2)], source="platform", now=NOW)
    for one in (account, other):
        CyclePrice.objects.create(
            cycle=one.cycles.get(), feature_id="whatsapp", unit_price=1000, decided_at=NOW
        )
    real = usage_repair.reprice

    def failing(account_id, *args, **more):
        if account_id == account.pk:
            raise RuntimeError("broken")
        return real(account_id, *args, **more)

    monkeypatch.setattr(usage_repair, "reprice", failing)

    assert usage_repair.rate_unrated() == 1
    assert UsageCounter.objects.get(account=other, feature="whatsapp").unrated == 0


def test_an_upgrade_takes_the_decided_price_along(account):
    decide(account, 50_000)

    large = build.plan("large", rental=900_000)
    upgrades.upgrade(account.pk, large.pk, token="t", actor=None, reason="r", now=NOW + timedelta(days=5))
    usage.ingest(
        [build.message(account, feature="whatsapp", units=3, at=NOW + timedelta(days=5))],
        source="platform",
        now=NOW + timedelta(days=5),
    )

    assert usage_repair.rate_unrated([account.pk]) == 1
    assert wrong(NOW + timedelta(days=5)) == []
