"""The billing run: each cycle once, whatever happens around it; failing accounts take no other with them."""

from datetime import date, timedelta

import pytest

from accounts import restrictions
from accounts.models import Notice
from billing_portal import books
from credit import exposure
from invoices import billing_run, plans, usage
from invoices.models import Cycle, Document, OneTimeCharge, UsageRecord
from tests import build
from tests.build import NOW, paise

pytestmark = pytest.mark.django_db
AFTER = NOW + timedelta(days=30)  # 24 Dec 2026: the cycle of 24 Nov – 23 Dec has ended


@pytest.fixture
def account():
    made = build.account()
    build.subscribed(made)
    return made


def unsound(now):
    """What breaks an invariant, but for messages that nobody sends here."""
    return [str(finding) for finding in books.look(now=now).findings if finding.id not in ("I24", "I37")]


def run(now=AFTER):
    return [billing_run.bill_chunk(ids, now=now) for ids in billing_run.chunks(now=now)]


def test_a_month(account):
    build.used(account, 1250, now=AFTER - timedelta(days=1))

    run()

    invoice = account.documents.bills().newest_first()[0]
    assert [(line.description, line.taxable) for line in invoice.lines.all()] == [
        ("Business: rental 24 Dec 2026 – 23 Jan 2027", 100_000),
        ("Click-to-call 24 Nov – 23 Dec 2026: 250 minutes above 1,000 free at ₹0.60", 15_000),
    ]
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 12, 24), date(2026, 12, 31))
    assert (invoice.period_from, invoice.period_to) == (date(2026, 11, 24), date(2026, 12, 23))
    first, second = account.cycles.order_by("starts_on")
    assert first.invoice == invoice and first.closed_at == AFTER
    assert (second.starts_on, second.rental, second.closed_at) == (date(2026, 12, 24), 100_000, None)
    assert account.subscription.bill_on == date(2027, 1, 24)
    assert exposure.read(account, now=NOW).current_usage == 0
    assert Notice.objects.filter(event=f"document:{invoice.number}").count() == 1
    assert unsound(AFTER) == []


def test_running_again_does_nothing(account):
    run()
    before = Document.objects.count()

    assert billing_run.bill_chunk([account.pk], now=AFTER).documents == ()
    assert run() == []
    assert Document.objects.count() == before


def test_a_cycle_that_runs_is_not_billed(account):
    assert run(AFTER - timedelta(days=1)) == []


def test_missed_cycles_are_caught_up_one_after_the_other(account):
    late = AFTER + timedelta(days=65)

    for _ in range(5):
        run(late)

    starts = [cycle.starts_on for cycle in account.cycles.order_by("starts_on")]
    assert starts == [date(2026, 11, 24), date(2026, 12, 24), date(2027, 1, 24), date(2027, 2, 24)]
    assert Cycle.objects.filter(closed_at=None).count() == 1
    assert unsound(late) == []


def test_prepaid_money_is_set_off(account):
    build.paid(account, 1180 + 1000)

    run()

    invoice = account.documents.bills().newest_first()[0]
    assert invoice.total == paise(1180)
    assert invoice.open_amount == paise(1180) - paise(1000)
    assert exposure.read(account, now=NOW).prepaid == 0
    assert unsound(AFTER) == []


def test_one_failing_account_is_put_aside_and_the_others_are_billed(account, monkeypatch):
    others = [build.account() for _ in range(3)]
    for other in others:
        build.subscribed(other)
    build.used(others[1], 7, feature="sms", now=AFTER - timedelta(days=1))
    real = billing_run.plan
    monkeypatch.setattr(billing_run, "plan", lambda facts: 1 // 0 if facts.usage else real(facts))

    (done,) = run()

    assert (len(done.documents), done.failed) == (3, 1)
    others[1].subscription.refresh_from_db()
    assert others[1].subscription.error.startswith("ZeroDivisionError")
    monkeypatch.undo()
    assert len(run(AFTER + timedelta(hours=1))[0].documents) == 1
    assert unsound(AFTER) == []


def test_a_failing_write_is_tried_account_by_account(account, monkeypatch):
    other = build.account()
    build.subscribed(other)
    real = billing_run._issue

    def issue(ready, today, now):
        if any(one.ended.account.pk == account.pk for one in ready):
            raise RuntimeError("cannot be written")
        return real(ready, today, now)

    monkeypatch.setattr(billing_run, "_issue", issue)

    (done,) = run()

    assert [document.account_id for document in done.documents] == [other.pk]
    account.subscription.refresh_from_db()
    assert "cannot be written" in account.subscription.error


def test_a_call_without_price_parks_the_account_until_there_is_one(account):
    usage.ingest([build.record(account, feature="whatsapp")], source="platform", now=NOW)

    (done,) = run()

    assert done.failed == 1
    account.subscription.refresh_from_db()
    assert account.subscription.is_parked
    assert account.subscription.error == "Records without a price: 1 of WhatsApp"
    assert UsageRecord.objects.get().unit_price is None


def test_eight_failures_park_an_account(account, monkeypatch):
    monkeypatch.setattr(billing_run, "plan", lambda facts: 1 // 0)
    now = AFTER
    for _ in range(8):
        assert run(now)[0].failed == 1
        now += timedelta(days=2)

    account.subscription.refresh_from_db()
    assert account.subscription.is_parked and run(now) == []
    monkeypatch.undo()
    billing_run.retry(account.subscription, now=now)
    assert len(run(now)[0].documents) == 1


def test_days_at_suspended_cost_no_rental(account):
    restrictions.impose(
        account, restrictions.Reason.MANUAL, restrictions.Level.SUSPENDED, now=NOW + timedelta(days=3)
    )
    restrictions.lift(account, restrictions.Reason.MANUAL, now=NOW + timedelta(days=5))

    run()

    invoice = account.documents.bills().newest_first()[0]
    assert [line.taxable for line in invoice.lines.all()] == [100_000, -10_000]  # 3 of 30 days


def test_a_suspended_account_pays_no_rental_in_advance_and_the_days_after_its_return(account):
    restrictions.impose(
        account, restrictions.Reason.MANUAL, restrictions.Level.SUSPENDED, now=AFTER - timedelta(hours=1)
    )

    run()

    assert account.documents.bills().count() == 1  # only the activation's
    second = account.cycles.order_by("-starts_on")[0]
    assert second.rental == 0
    restrictions.lift(account, restrictions.Reason.MANUAL, now=AFTER + timedelta(days=20))
    run(AFTER + timedelta(days=31))
    invoice = account.documents.bills().newest_first()[0]
    # 21 of 31 days were out of service
    assert [line.taxable for line in invoice.lines.all()] == [100_000, 32_258]


def test_extras_are_billed_once(account):
    OneTimeCharge.objects.create(account=account, description="Porting", amount=25_000, added_at=NOW)
    account.add_ons.create(description="Number", price=15_000, starts_on=date(2026, 12, 24))
    account.discounts.create(
        description="Welcome", basis_points=1000, cycles_left=1, starts_on=date(2026, 11, 24)
    )

    run()
    run(AFTER + timedelta(days=31))

    first, second = account.documents.bills().order_by("pk")[1:]
    assert [line.taxable for line in first.lines.all()] == [100_000, 15_000, 25_000, -10_000]
    assert [line.taxable for line in second.lines.all()] == [100_000, 15_000]


def test_a_smaller_plan_and_new_prices_begin_with_the_next_cycle(account):
    account.subscription.next_plan = build.plan("small", rental=50_000)
    account.subscription.save()

    run()

    account.subscription.refresh_from_db()
    assert (account.subscription.plan.code, account.subscription.next_plan) == ("small", None)
    assert account.cycles.order_by("-starts_on")[0].rental == 50_000


def test_a_cycle_that_the_intake_opened_gets_its_rental(account):
    usage.ingest([build.record(account, at=AFTER)], source="platform", now=AFTER)

    run()

    assert account.cycles.order_by("-starts_on")[0].rental == 100_000
    assert exposure.read(account, now=NOW).current_usage == 60


def test_a_chunk_costs_a_constant_number_of_queries(django_assert_max_num_queries):
    counts = []
    for number in (2, 12):
        for _ in range(number):
            other = build.account()
            build.subscribed(other)
            build.paid(other, 3000)
            build.used(other, 5, now=AFTER - timedelta(days=1), key=other.ban)
        ids = billing_run.due(now=AFTER)
        with django_assert_max_num_queries(60) as captured:
            assert len(billing_run.bill_chunk(ids, now=AFTER).documents) == number
        counts.append(len(captured))

    assert abs(counts[0] - counts[1]) <= 2, counts  # COPY takes the place of an INSERT; keys are taken ahead


def test_the_preview_changes_nothing_and_says_what_the_run_will_do(account):
    build.used(account, 1250, now=AFTER - timedelta(days=1))

    ((ended, planned, reason),) = billing_run.preview([account.pk], now=AFTER)

    assert (planned.total, reason) == (paise("1357.00"), "")
    assert Document.objects.count() == 1
    run()
    assert account.documents.bills().newest_first()[0].total == planned.total
    assert ended.cause == account.cycles.order_by("starts_on")[0].invoice.cause


def test_an_unpriced_plan_parks_with_a_reason(account):
    plan = plans.Plan.objects.create(code="empty", name="Empty")
    account.subscription.next_plan = plan
    account.subscription.save()

    run()

    account.subscription.refresh_from_db()
    assert account.subscription.error == "Empty has no prices for 24 Dec 2026"
