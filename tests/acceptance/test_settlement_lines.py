"""Money of every kind, in and out, for three weeks: settled, at the bank, reconciled to the paisa, nothing left."""

import uuid
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts import house
from accounts.ledger import Book
from accounts.models import Entry, Line, Notice
from billing_portal import books, clock
from payments import (
    debit_plan,
    debit_raise,
    parked_refunds,
    reconcile,
    refund_sending,
    refunds,
    virtual_accounts,
)
from payments.gateways import gateway
from payments.models import (
    BankLine,
    DayClose,
    Debit,
    Difference,
    Dispute,
    GatewayRecord,
    ParkedReport,
    Payment,
    Refund,
    Settlement,
)
from tests import build
from tests.acceptance.test_mandate_lines import Lines
from tests.build import NOW, paise

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(300)]
INDIA = ZoneInfo("Asia/Kolkata")
DAYS = 22


class Weeks:
    """One clock for both sides, the customers and their banks, and our jobs day by day."""

    def __init__(self, outside, url, monkeypatch):
        self.outside, self.box, self.now = outside, outside.box, NOW
        monkeypatch.setattr("billing_portal.clock.now", lambda: self.now)
        self.box.reset(seed=7, clock=NOW.timestamp(), freeze=True)
        outside.webhook = self.box.control("POST", "/webhooks", {"url": f"{url}/gateway/webhook/"})
        self.staff = build.user(staff=True)
        self.disputes = {}

    def go(self, day, hour, minute=0):
        """The clock of both sides stands at this hour, so many days after NOW; what was called meanwhile is handled."""
        date = clock.business_date(NOW) + timedelta(days=day)
        self.now = max(self.now, datetime.combine(date, time(hour, minute), INDIA))
        self.box.control("POST", "/clock", {"set": self.now.timestamp()})
        self.outside.deliver()

    def paid(self, rupees, method):
        started = self.outside.start(rupees)
        self.outside.pay(started, method=method)
        self.outside.deliver()
        return Payment.objects.get(pk=started.pk)

    def refund(self, payment, rupees):
        return refunds.ask(
            payment.pk, code="advance", amount=paise(rupees), token=uuid.uuid4(), reason="Left us",
            by=self.staff, now=self.now,
        )  # fmt: skip

    def dispute(self, name, payment, **fields):
        wish = {"payment_id": payment.gateway_payment_id, **fields}
        self.disputes[name] = self.box.control("POST", "/disputes", wish)["id"]
        self.outside.deliver()

    def ends(self, name, how):
        self.box.control("POST", f"/disputes/{self.disputes[name]}/{how}", {})
        self.outside.deliver()

    def at_bank(self):
        """The bank's statement of the day: a line for each settlement that is not there yet."""
        for told in Settlement.objects.filter(status="processed").exclude(
            utr__in=BankLine.objects.values("utr")
        ):
            line = BankLine.objects.create(
                bank="1", source="import", direction="in", amount=told.amount, open_amount=told.amount,
                value_on=clock.business_date(self.now), utr=told.utr, narration="NEFT", row_hash=told.utr,
                entered_at=self.now,
            )  # fmt: skip
            house.post(line.cause, {Book.BANK: -told.amount, Book.SUSPENSE: told.amount}, now=self.now)

    def debits(self):
        """Plan, announce, raise and conclude, and hand the messages over."""
        debit_plan.plan_due(now=self.now)
        for _ in range(3):
            debit_raise.step_due(now=self.now)
        Notice.objects.filter(state=Notice.State.OWED).update(state=Notice.State.SENT, sent_at=self.now)

    def day(self, day):
        """What the jobs of a day do: compare at night, debit in the morning, look at refunds, read the statement."""
        self.go(day, 2, 5)
        reconcile.run(now=self.now)
        self.debits()
        self.go(day, 8)
        self.debits()
        self.go(day, 13)
        self.debits()
        refund_sending.send_due(now=self.now)
        refund_sending.look_due(now=self.now)
        self.outside.sweep(later=timedelta(0))
        self.at_bank()


@pytest.fixture
def weeks(outside, live_server, monkeypatch):
    return Weeks(outside, live_server.url, monkeypatch)


def book(*names):
    return Line.objects.filter(book__in=names).total()


def first_day(weeks):
    """Money by every way in; what is not credited; what goes back. Returns what was given back, in paise."""
    outside = weeks.outside
    by_method = {
        method: weeks.paid(rupees, method)
        for method, rupees in (("upi", 1500), ("card", 2000), ("netbanking", 2500), ("wallet", 800))
    }
    build.charge(by_method["upi"].account, 900)  # most of it is spent when the bank takes it back
    outside.pay(by_method["upi"])  # a second success, which the gateway gives back
    failed = outside.start(700)
    outside.pay(failed, outcome="fail", reason="card_declined")
    outside.fault(on="payment", do={"kind": "amount", "amount": 60_000})
    outside.pay(outside.start(500))  # another amount: parked, and sent back
    outside.deliver()
    account = build.account()
    row = virtual_accounts.ensure(account, by=build.owner(account), now=weeks.now)
    for words in ({"payer": None}, {}):
        body = {"amount": 118_000, "mode": "NEFT", **words}
        weeks.box.control("POST", f"/virtual_accounts/{row.gateway_id}/credit", body)
    outside.deliver()
    parked_refunds.send_back(
        ParkedReport.objects.get(), token=uuid.uuid4(), reason="Wrong sum", by=weeks.staff, now=weeks.now
    )
    weeks.refund(by_method["wallet"], 800)
    weeks.refund(by_method["card"], 400)
    refund_sending.send_due(now=weeks.now)
    outside.fault(on="refund", do={"kind": "fail"})
    weeks.refund(by_method["netbanking"], 300)
    refund_sending.send_due(now=weeks.now)
    for method in ("upi", "card", "emandate"):
        lines = Lines(outside)
        lines.account.contacts.update(email=f"{method}@example.in")
        lines.active(method)
        build.charge(lines.account, 1000, now=weeks.now)
    return by_method


def test_all_of_it_reconciles_to_the_paisa(weeks):
    by_method = first_day(weeks)
    weeks.dispute("lost", by_method["upi"])
    weeks.dispute("won", by_method["netbanking"], deduct_at_onset=True)
    for day in range(1, DAYS):
        weeks.day(day)
        if day == 3:
            weeks.ends("lost", "lose")
            weeks.ends("won", "win")
    weeks.go(DAYS, 2, 5)
    reconcile.run(now=weeks.now)

    assert dict(Dispute.objects.values_list("gateway_dispute_id", "state")) == {
        weeks.disputes["lost"]: "lost",
        weeks.disputes["won"]: "won",
    }
    assert set(Debit.objects.values_list("state", flat=True)) == {"captured"}
    assert sorted(Refund.objects.values_list("status", flat=True)) == ["failed"] + ["processed"] * 4
    assert Refund.objects.filter(source=Refund.Source.GATEWAY).count() == 1  # the second success
    received = Payment.objects.received()
    assert set(received.values_list("method", flat=True)) == {
        "upi", "card", "netbanking", "wallet", "bank_transfer", "emandate",
    }  # fmt: skip
    assert list(Difference.objects.standing()) == []
    assert not DayClose.objects.exclude(rest=0).exists()
    assert not ParkedReport.objects.filter(state="open").exists()
    nothing_is_left(weeks)


def nothing_is_left(weeks):
    """Each rupee is at the bank, given back, charged back, or a fee of the gateway's; each book says so."""
    settled = Settlement.objects.filter(status="processed")
    paid_out = sum(settled.values_list("amount", flat=True))
    told = GatewayRecord.objects.filter(kind="payment", was_captured=True)
    fees = sum(told.values_list("fee", flat=True))
    taken = sum(told.values_list("amount", flat=True))
    back = sum(one["amount"] for one in gateway().client.refund.all({"count": 100})["items"] if is_ours(one))
    lost = Dispute.objects.get(state="lost").debited

    assert (book("gateway"), book("suspense"), book("refunds")) == (0, 0, 0)
    assert -book("bank") == paid_out == taken - back - lost - fees
    assert -book("fees", "input_gst") == fees > 0
    assert -book("input_gst") == sum(told.values_list("tax", flat=True))
    assert all(line.open_amount == 0 for line in BankLine.objects.all())
    assert Entry.objects.filter(key__startswith="settlement:").count() == settled.count()
    wanted = [
        "I01",
        "I02",
        "I03",
        "I09",
        "I10",
        "I11",
        "I12",
        "I14",
        "I15",
        "I16",
        "I20",
        "I35",
        "I38",
        "I39",
    ]
    assert [str(one) for one in books.look(now=weeks.now).findings if one.id in wanted] == []


def is_ours(refund):
    """Whether it went back out of money that had been captured, and reached its payer."""
    payment = gateway().client.payment.fetch(refund["payment_id"])
    return refund["status"] == "processed" and payment["captured"]
