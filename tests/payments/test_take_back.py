"""Money of a payment taken back: the advance with a refund voucher, bills open again (gst reference §§ 4.6, 4.7)."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client

from accounts import ledger, statement
from accounts.ledger import Book
from accounts.models import Account, Line
from billing_portal import books
from credit.models import LimitChange, OverdueCase, StepTaken
from invoices import credit_notes, refund_vouchers
from invoices.models import AllocationReversal, Document
from payments import take_back
from tests import build
from tests.build import NOW, paise
from tests.panel.test_payments_page import text, url

pytestmark = pytest.mark.django_db


def back(account, payment, rupees, *, cause="take-back:1", book=Book.GATEWAY, now=NOW):
    """Take so many rupees of a payment back, under the account's lock."""
    with transaction.atomic():
        locked = Account.objects.lock(account.pk)
        return take_back.take_back(locked, payment, paise(rupees), cause=cause, credit_book=book, now=now)


def moved(account, *keys):
    """What entries of these keys moved, by book, together."""
    rows = (
        Line.objects.filter(account=account, entry__key__in=keys).values("book").annotate(sum=Sum("amount"))
    )
    return {Book(row["book"]): row["sum"] for row in rows if row["sum"]}


def sound():
    """What the books' invariants find, but for the messages and files that no job has sent or made here."""
    return [str(one) for one in books.look(now=NOW).findings if one.id != "I37"]


def test_a_payment_charged_back_after_590_of_it_was_adjusted():
    account = build.account()
    payment = build.paid(account, 1000)
    bill = build.charge(account, 500)

    done = back(account, payment, 1000)

    bill.refresh_from_db()
    voucher = Document.objects.get(kind="refund_voucher")
    assert (voucher.total, done.reopened, done.lost) == (paise(410), paise(590), 0)
    assert (voucher.taxable, voucher.cgst, voucher.sgst) == (paise("347.46"), paise("31.27"), paise("31.27"))
    assert bill.open_amount == paise(590)
    assert moved(account, "take-back:1", f"refund_voucher:{voucher.number}") == {
        Book.RECEIVABLE: -paise(590),
        Book.ADVANCES: -paise("347.46"),
        Book.CGST: -paise("31.27"),
        Book.SGST: -paise("31.27"),
        Book.GATEWAY: paise(1000),
    }
    assert sound() == []


def test_the_same_cause_again_takes_nothing_more():
    account = build.account()
    payment = build.paid(account, 1000)
    build.charge(account, 500)
    first = back(account, payment, 1000)

    again = back(account, payment, 1000)

    assert [one.pk for one in again.vouchers] == [one.pk for one in first.vouchers]
    assert (again.reopened, again.lost) == (paise(590), 0)
    assert AllocationReversal.objects.count() == 1
    assert ledger.balances(account)[Book.RECEIVABLE] == -paise(590)


def test_a_part_takes_the_advance_first_then_the_newest_bill():
    account = build.account()
    old, new = build.charge(account, 100, due_days=1), build.charge(account, 200, due_days=2)
    payment = build.paid(account, 454)  # 118 + 236 + 100 of advance

    back(account, payment, 200)

    old.refresh_from_db()
    new.refresh_from_db()
    assert Document.objects.get(kind="refund_voucher").total == paise(100)
    assert (old.open_amount, new.open_amount) == (0, paise(100))

    back(account, payment, 254, cause="take-back:2")

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.open_amount, new.open_amount) == (paise(118), paise(236))
    assert sound() == []


def test_a_bill_that_two_vouchers_paid_opens_by_the_one_whose_money_went():
    account = build.account()
    first, second = build.paid(account, 118), build.paid(account, 236)
    bill = build.charge(account, 300)

    back(account, first, 118)
    bill.refresh_from_db()
    assert bill.open_amount == paise(118)

    back(account, second, 236, cause="take-back:2")
    bill.refresh_from_db()
    assert bill.open_amount == paise(354)
    assert sound() == []


def test_prepaid_money_of_another_payment_pays_what_is_open_again():
    account = build.account()
    bill = build.charge(account, 500)
    disputed, other = build.paid(account, 590), build.paid(account, 1000)

    back(account, disputed, 590)

    bill.refresh_from_db()
    given = Document.objects.get(kind="refund_voucher")
    assert (bill.open_amount, given.total) == (0, paise(590))
    assert ledger.balances(account)[Book.ADVANCES] == paise("347.46")
    assert sound() == []

    back(account, other, 1000, cause="take-back:2")  # and that money is found where it is now

    bill.refresh_from_db()
    assert bill.open_amount == paise(590)
    assert ledger.balances(account)[Book.ADVANCES] == 0
    assert sound() == []


def test_unapplied_credit_pays_what_is_open_again_also_a_second_time():
    account = build.account()
    bill = build.charge(account, 500)
    payment = build.paid(account, 590)
    note = credit_notes.issue_note(bill.pk, paise(500), "Out of service", token="n", now=NOW)

    back(account, payment, 295)
    bill.refresh_from_db()
    assert (bill.open_amount, note.unapplied.amount) == (0, paise(590))
    back(account, payment, 295, cause="take-back:2")

    bill.refresh_from_db()
    assert bill.open_amount == 0
    assert ledger.balances(account) == {Book.ADVANCES: 0, Book.RECEIVABLE: 0, Book.CREDITS: 0}
    assert sound() == []


def test_money_that_was_refunded_already_is_a_bad_debt():
    account = build.account()
    payment = build.paid(account, 1000)
    voucher = Document.objects.get(kind="receipt_voucher")
    refund_vouchers.issue_voucher(voucher.pk, paise(400), token="t", reason="Asked", now=NOW)

    done = back(account, payment, 1000)

    assert (done.lost, sum(one.total for one in done.vouchers)) == (paise(400), paise(600))
    assert sound() == []


@pytest.mark.parametrize("state", ["29", "27"])
@pytest.mark.parametrize("rupees", ["0.01", "0.99", "333.33", "409.99", "409.98", "410.00", "999.99"])
def test_any_part_balances_to_the_paisa(state, rupees):
    account = build.account(state=state)
    payment = build.paid(account, 1000)
    build.charge(account, 500)

    done = back(account, payment, rupees)

    assert sum(one.total for one in done.vouchers) + done.reopened == paise(rupees)
    assert sound() == []


def test_a_bill_long_past_due_is_overdue_again_and_climbs_from_its_first_step():
    account = build.account()
    early = NOW - timedelta(days=40)
    build.charge(account, 500, now=early, due_days=5)
    payment = build.paid(account, 590, now=early + timedelta(days=1))
    points = LimitChange.objects.filter(account=account).values_list("key", "points")
    before = list(points)

    back(account, payment, 590)

    case = OverdueCase.objects.get(account=account, closed_at=None)
    assert case.due_on == (early + timedelta(days=5)).date()
    assert not StepTaken.objects.filter(account=account).exists()
    assert list(points)[: len(before)] == before
    assert sound() == []

    build.paid(account, 590)  # paid again: the bill has given its cause already

    keys = list(
        LimitChange.objects.filter(account=account, kind__contains="payment").values_list("key", flat=True)
    )
    assert len(keys) == len(set(keys)) == 1
    assert not OverdueCase.objects.filter(account=account, closed_at=None).exists()
    assert sound() == []


def test_the_money_received_that_a_limit_stands_on_goes_down_again():
    account = build.account()
    payment = build.paid(account, 10_000)
    assert account.credit_limit.received == paise(10_000)

    back(account, payment, 10_000)

    account.credit_limit.refresh_from_db()
    assert account.credit_limit.received == 0


def test_the_statement_and_the_bill_tell_it():
    account = build.account()
    bill = build.charge(account, 500)
    payment = build.paid(account, 590)
    back(account, payment, 590)
    client = Client()
    client.force_login(build.owner(account))

    page = text(client.get(url("document", account, slug=bill.slug)))

    assert f"Taken back on 24 Nov 2026 : payment {payment.number} did not stand −₹590.00" in page
    assert "Left to pay ₹590.00" in page
    rows, _next = statement.page(account, NOW.date(), NOW.date(), size=20)
    assert [(row.kind, row.debit) for row in rows][-1] == ("Payment taken back", paise(590))
    assert rows[-1].balance == -paise(590)
