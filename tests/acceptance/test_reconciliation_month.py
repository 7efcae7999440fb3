"""A month through the real contract: payments, refunds, disputes, settlements, mishaps; all of it reconciles.

Three hundred payments, or as many as MONTH_PAYMENTS says (10,000 take some minutes).
"""

import os
import uuid
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Line
from payments import dispute_follow_up, downtimes, recharge, reconcile, take_in
from payments.gateways import gateway
from payments.gateways.reconciliation import lists
from payments.models import DayClose, Difference, GatewayRecord, Payment, Settlement
from tests import build

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(3000)]

INDIA = ZoneInfo("Asia/Kolkata")
DAYS = 24
A_DAY = int(os.environ.get("MONTH_PAYMENTS", "288")) // DAYS  # and some payments that are nobody's
RUPEES = (149, 500, 999, 1234)


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=INDIA)


class Month:
    """November 2026 at the gateway, and our nights."""

    def __init__(self, outside):
        self.outside, self.box = outside, outside.box
        self.box.reset(seed=7, clock=at(1, 0).timestamp(), freeze=True)
        self.box.control("DELETE", "/webhooks")
        self.account = build.account(created_at=at(1, 0))
        self.planted = Counter()
        self.received = self.refunded = self.charged_back = 0

    def go(self, day, hour, minute=0):
        self.box.control("POST", "/clock", {"set": at(day, hour, minute).timestamp()})

    def payments(self, day):
        """A day's payments: all but one are booked as webhooks would have booked them."""
        now, amount = at(day, 10), RUPEES[day % 4] * 100
        self.go(day, 9)
        ours = [
            recharge.start(self.account, amount, token=uuid.uuid4(), user=None, now=now) for _ in range(A_DAY)
        ]
        Payment.objects.filter(pk__in=[one.pk for one in ours]).update(next_check_at=None)
        numbers = [one.number for one in ours]
        body = {"count": A_DAY, "amount": amount, "method": "upi", "receipts": numbers}
        ids = self.box.control("POST", "/payments/bulk", body)["items"]
        for one, payment_id in list(zip(ours, ids, strict=True))[1:]:
            report = gateway().fetch(payment_id)
            Payment.objects.filter(pk=one.pk).update(gateway_order_id=report.order_id)
            take_in.capture(one.pk, report, now=now)
        self.received += amount * A_DAY
        return ids

    def strangers(self, count, amount=70_000):
        body = {"count": count, "amount": amount, "method": "wallet", "receipts": []}
        self.planted["payment_missing_here"] += count
        return self.box.control("POST", "/payments/bulk", body)["items"]

    def refund(self, payment_id, amount):
        gateway().client.payment.refund(payment_id, {"amount": amount})
        self.refunded += amount

    def dispute(self, payment_id, *ends, **wish):
        """A payer's bank asks for a payment again; the dispute ends so, and its calls are heard an hour later."""
        made = self.box.control("POST", "/disputes", {"payment_id": payment_id, **wish})
        for end in ends:
            self.box.control("POST", f"/disputes/{made['id']}/{end}", {})
        if ends[-1] == "lose":
            self.charged_back += made["amount"]
        return made["amount"]

    def unheard(self, payment_id):
        """A lost dispute of which no call came, and nobody has asked: only the settlement's row tells."""
        self.taken_unheard = self.dispute(payment_id, "lose")
        self.charged_back -= self.taken_unheard
        self.planted["dispute"] += 1

    def plant(self, kind, name="", **do):
        self.box.control("POST", "/faults", {"on": "settlement", "do": {"kind": kind, **do}, "count": 1})
        self.planted += Counter([name] if name else [])

    def night(self, day):
        """Run the comparison at 02:05, as the job does."""
        self.go(day, 2, 5)
        return reconcile.run(now=at(day, 2, 5))


def book(name):
    return Line.objects.filter(book=name).total()


def kinds():
    return Counter(Difference.objects.standing().values_list("kind", flat=True))


def test_a_month_reconciles_to_the_paisa_and_every_planted_mishap_is_named(outside):
    month = Month(outside)
    for day in range(2, 2 + DAYS):
        ids = month.payments(day)
        if day == 5:
            month.strangers(3)
        if day in (6, 7):
            month.refund(ids[1], 5000)
        if day == 8:
            month.dispute(ids[2], "review", "lose")
            month.dispute(ids[3], "win", deduct_at_onset=True)
            dispute_follow_up.run(now=at(day, 11))
        if day == 10:
            month.unheard(ids[4])
        if day == 9:
            month.plant("adjustment", "adjustment", amount=-11_800, description="Fee for statements")
        if day == 11:
            month.plant("wrong_fee", "line_fee", amount=100)
        if day == 13:
            month.plant("row_missing", "settlement_sum")
        if day == 16:
            month.plant("row_duplicated", "line_twice")
        if day == 17:
            month.plant("late", seconds=2 * 86_400)
        if day == 18:
            month.plant("partial")
        if day == 19:
            month.plant("failed")
        month.night(day + 1)
    for day in range(2 + DAYS + 1, 31):
        month.night(day)

    assert Payment.objects.received().count() == DAYS * A_DAY  # the ones that nobody told us of, too
    missing = Difference.objects.standing().filter(kind="unsettled")
    assert missing.count() <= 1  # the payment whose row was never told
    assert kinds() - Counter(unsettled=missing.count(), bank_missing=kinds()["bank_missing"]) == month.planted
    assert not DayClose.objects.filter(state="differs").exists()
    assert {row.day.day for row in DayClose.objects.exclude(state="agreed")} == {5}
    for column in ("refunded_gateway", "refunded_ledger", "refunded_documents"):
        assert sum(DayClose.objects.values_list(column, flat=True)) == month.refunded
    whole = sum(DayClose.objects.values_list("received_gateway", flat=True))
    assert whole == month.received + 3 * 70_000
    assert sum(DayClose.objects.values_list("received_ledger", flat=True)) == month.received
    assert sum(DayClose.objects.values_list("received_documents", flat=True)) == month.received
    _gateway_holds_what_is_named(month)


def _gateway_holds_what_is_named(month):
    """The gateway's book is, to the paisa, what is not paid out yet and what differences name."""
    settled = Settlement.objects.filter(status="processed")
    paid_out = sum(settled.values_list("amount", flat=True))
    assert -book("suspense") == paid_out
    fees = -(book("fees") + book("input_gst"))
    gone = month.refunded + month.charged_back + paid_out + fees
    assert -book("gateway") == month.received - gone
    waiting = GatewayRecord.objects.filter(kind="payment", status="captured").exclude(
        gateway_id__in=settled.values("lines__entity_id")
    )
    strangers, adjustment = 3 * 70_000, 11_800
    hidden = (
        Difference.objects.standing().get(kind="settlement_sum").gap
    )  # paid out, and no row says for what
    named = sum(waiting.values_list("amount", flat=True)) - hidden - strangers + adjustment
    named += month.taken_unheard
    assert -book("gateway") == named


def test_the_lists_of_the_gateway_are_read_page_by_page_and_told_alike(outside):
    month = Month(outside)
    month.go(2, 9)
    made = [*month.strangers(250), *month.payments(2)]
    month.refund(made[-1], 5000)
    month.go(4, 12)
    door = lists()

    told = [one for page in door.listed_payments(at(1, 0), at(5, 0)) for one in page]
    [settlement] = [one for page in door.listed_settlements(at(1, 0), at(5, 0)) for one in page]
    rows = [row for page in door.settled_rows(settlement.created_at.astimezone(INDIA).date()) for row in page]

    assert {one.payment_id for one in told} == set(made)
    assert sum(row.credit - row.debit for row in rows) == settlement.amount
    assert door.listed_payment(made[0]) == next(one for one in told if one.payment_id == made[0])
    [refund] = [one for page in door.listed_refunds(at(1, 0), at(5, 0)) for one in page]
    assert (refund.payment_id, refund.amount) == (made[-1], 5000)
    assert door.listed_settlement(settlement.settlement_id) == settlement


def test_downtimes_are_read_as_they_begin_and_end(outside):
    box = outside.box
    made = box.control("POST", "/downtimes", {"method": "netbanking", "instrument": {"bank": "HDFC"}})
    downtimes.poll(now=build.NOW)
    told = lists().downtime(made["id"])

    assert (told.method, told.instrument, told.status) == ("netbanking", {"bank": "HDFC"}, "started")
    box.control("POST", f"/downtimes/{made['id']}/resolve", {})
    assert lists().downtimes() == []
