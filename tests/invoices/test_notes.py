"""Credit and debit notes, refund vouchers, payment advice: never above what is left, once, and balanced."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account
from billing_portal import books
from credit import exposure
from invoices import charges, credit_notes, debit_notes, payment_advice, refund_vouchers
from invoices.models import Document, VoucherBalance
from tests import build
from tests.build import NOW, paise
from tests.invoices.test_settlement import VECTORS

pytestmark = pytest.mark.django_db
tokens = itertools.count(1)


def unsound(now=NOW):
    return [str(finding) for finding in books.look(now=now).findings if finding.id not in ("I24", "I37")]


def credit(invoice, rupees, *, token=None, now=NOW):
    return credit_notes.issue_note(
        invoice.pk, paise(rupees), "Out of service", token=token or f"c{next(tokens)}", now=now
    )


def refund(voucher, amount=None, *, token=None):
    return refund_vouchers.issue_voucher(
        voucher.pk, amount, token=token or f"r{next(tokens)}", reason="asked for", now=NOW
    )


def test_a_note_pays_what_is_open_on_its_invoice():
    account = build.account()
    invoice = build.charge(account, 1000)

    note = credit(invoice, 300)

    invoice.refresh_from_db()
    assert (note.number, note.total, note.original) == ("CN/2627/000001", paise(354), invoice)
    assert invoice.open_amount == paise(1180) - paise(354)
    assert ledger.balances(account)[Book.RECEIVABLE] == -invoice.open_amount
    assert unsound() == []


def test_a_note_on_a_paid_invoice_becomes_credit_that_pays_the_next_one():
    """The reference's example (§ 5): a paid invoice, 600.00 + 108.00 taken back."""
    account = build.account(state="27")
    invoice = build.charge(account, 6000)
    build.paid(account, 7080)

    note = credit(invoice, 600)

    assert (note.total, note.unapplied.amount) == (paise(708), paise(708))
    assert exposure.read(account, now=NOW).balance == paise(600)
    following = build.charge(account, 1000)
    assert following.open_amount == paise(1180) - paise(708)
    assert following.details["credit"] == paise(708)
    note.unapplied.refresh_from_db()
    assert note.unapplied.amount == 0
    assert unsound() == []


def test_credit_pays_another_open_bill_at_once():
    account = build.account()
    paid = build.charge(account, 1000)
    build.paid(account, 1180)
    other = build.charge(account, 200)

    credit(paid, 1000)

    other.refresh_from_db()
    assert other.open_amount == 0
    assert account.credits_left.get().amount == paise(1180) - paise(236)
    assert unsound() == []


def test_notes_together_never_exceed_their_invoice():
    account = build.account()
    invoice = build.charge(account, "10.05")
    credit(invoice, "3.35")
    credit(invoice, "3.35")

    last = credit(invoice, "3.35")

    assert credit_notes.left_of(invoice).total == 0
    assert last.cgst == 90 - 30 - 30
    with pytest.raises(credit_notes.NotPossible, match=r"₹0\.00 before tax is left"):
        credit(invoice, "0.01")
    assert unsound() == []


@pytest.mark.parametrize(("paid", "rounding"), [("1,23,456.78", 2), ("999.00", -2), ("1.00", 0)])
def test_the_last_note_takes_the_whole_rest_with_the_rounding(paid, rounding):
    """An advance used up by an invoice rounds it off; together its notes are the invoice, never a paisa above."""
    account = build.account()
    build.paid(account, paid)
    taxable = VoucherBalance.objects.get().taxable
    invoice = charges.charge(account.pk, taxable, "Set-up", token="t", actor=None, reason="r", now=NOW)
    assert (invoice.total, invoice.rounding) == (paise(paid), rounding)

    part = credit_notes.issue_note(invoice.pk, taxable // 3, "Part", token="a", now=NOW)
    rest = credit_notes.issue_note(invoice.pk, taxable - taxable // 3, "Rest", token="b", now=NOW)

    assert (part.rounding, rest.rounding) == (0, rounding)
    assert part.total + rest.total == invoice.total
    assert unsound() == []


def test_the_same_click_twice_is_one_note():
    invoice = build.charge(build.account(), 1000)

    assert credit(invoice, 100, token="x") == credit(invoice, 100, token="x")


@pytest.mark.parametrize("row", VECTORS["credit_note_last_date"][:1])
def test_after_its_last_day_tax_cannot_be_taken_back(row):
    assert credit_notes.last_declaration(date(2026, 3, 31)).isoformat() == row["last_declaration"]
    invoice = build.charge(build.account(), 1000)

    with pytest.raises(credit_notes.NotPossible, match="30 Nov 2027"):
        credit(invoice, 100, now=NOW + timedelta(days=400))


def test_a_note_needs_a_bill():
    build.paid(account := build.account(), 1000)

    with pytest.raises(credit_notes.NotPossible, match="tax invoice"):
        credit(account.documents.get(), 10)


def test_a_debit_note_is_a_bill_of_its_invoice_s_tax():
    account = build.account()
    invoice = build.charge(account, 1000)
    build.paid(account, 1180 + 118)
    moved()

    for _ in range(2):
        note = debit_notes.issue_note(
            invoice.pk, paise(200), "Calls billed too low", token="d", actor=None, reason="r", now=NOW
        )

    assert (note.number, note.supply, note.total) == ("DN/2627/000001", "intra", paise(236))
    assert note.open_amount == paise(236) - paise(118)
    assert note.due_on == date(2026, 12, 1)
    assert unsound() == []


def moved():
    """Everybody has another name, address, State and GSTIN since."""
    Account.objects.update(billing_name="Another Ltd", city="Mumbai", state="27", gstin="27ZZZCM0003C1ZM")


def test_what_follows_a_document_names_its_recipient_not_today_s():
    account = build.account()
    invoice = build.charge(account, 1000)
    build.paid(account, 1180 + 118)
    voucher = account.documents.get(kind="receipt_voucher")
    moved()

    refunded = refund(voucher)
    note = credit(invoice, 100)
    more = debit_notes.issue_note(
        invoice.pk, paise(10), "Calls billed too low", token="d", actor=None, reason="r", now=NOW
    )

    assert invoice.recipient["gstin"] == build.GSTINS["29"]
    for document in (note, more, refunded):
        assert (document.recipient, document.supply) == (invoice.recipient, "intra")
    assert unsound() == []


def test_the_rest_of_an_advance_is_given_back_with_its_tax():
    """Vector refund_of_unused_advance: 347.46 + 31.27 + 31.27 are left, 410.00 are paid out."""
    row = VECTORS["refund_of_unused_advance"][0]
    account = build.account()
    build.paid(account, row["paid"])
    build.charge(account, 500)
    voucher = account.documents.get(kind="receipt_voucher")

    document = refund(voucher)

    assert document.total == paise(row["refund_paid_out"])
    assert (document.taxable, document.cgst) == (paise(row["left_taxable"]), paise(row["left_cgst"]))
    assert (document.number, document.original) == ("RF/2627/000001", voucher)
    assert exposure.read(account, now=NOW).prepaid == 0
    with pytest.raises(refund_vouchers.NotPossible, match="Nothing is left"):
        refund(voucher)
    assert unsound() == []


def test_a_part_of_an_advance_is_given_back():
    account = build.account()
    build.paid(account, 1000)
    voucher = account.documents.get()

    for _ in range(2):
        document = refund(voucher, paise(118), token="once")

    assert (document.taxable, document.cgst, document.total) == (paise(100), paise(9), paise(118))
    assert VoucherBalance.objects.get().taxable == paise("747.46")
    with pytest.raises(refund_vouchers.NotPossible, match=r"₹882\.00 is left"):
        refund(voucher, paise(900))
    assert unsound() == []


def test_an_advice_says_what_a_transfer_will_do_and_posts_nothing():
    account = build.account()
    build.charge(account, 1000)

    advice = payment_advice.issue_advice(account.pk, paise(2180), token="a", now=NOW)

    assert (advice.number, advice.total, advice.tax) == ("PF/2627/000001", paise(2180), 0)
    assert [line.taxable for line in advice.lines.all()] == [paise(1180), paise(1000)]
    assert advice.details["advance_net"] == paise("847.46")
    assert account.entries.count() == 1
    assert payment_advice.issue_advice(account.pk, paise(2180), token="a", now=NOW) == advice
    assert unsound() == []


acts = st.lists(
    st.tuples(st.sampled_from(["charge", "pay", "credit", "refund", "debit"]), st.integers(1, 300_000)),
    max_size=14,
)


class AnyOrder(TestCase):
    """Whatever happens in whatever order, the books hold: sums, caps, tax left in vouchers, one kind of money."""

    @settings(max_examples=30, deadline=None)
    @given(acts, st.sampled_from([("29", "regular"), ("27", "regular"), ("29", "sez_lut")]))
    def test_the_books_hold(self, told, place):
        state, registration = place
        account = build.account(state=state, registration=registration)
        for act, amount in told:
            self.do(account, act, amount)

        assert unsound() == []
        held = exposure.read(account, now=NOW)
        assert not (held.outstanding and held.prepaid)
        for kind in Document.Kind:
            numbers = account.documents.filter(kind=kind).order_by("pk").values_list("number", flat=True)
            assert list(numbers) == sorted(numbers)

    def do(self, account, act, amount):
        rupees = f"{amount // 100}.{amount % 100:02}"
        bill = account.documents.filter(kind="invoice").order_by("?").first()
        left = account.vouchers_left.left().first()
        if act == "charge":
            build.charge(account, rupees)
        elif act == "pay" and amount >= 100:
            build.paid(account, rupees)
        elif act == "credit" and bill and credit_notes.left_of(bill).taxable:
            credit(bill, f"0.{min(amount, credit_notes.left_of(bill).taxable) % 100 or 1:02}")
        elif act == "refund" and left:
            total = refund_vouchers.rest_of(left).total
            try:
                refund(left.voucher, amount if amount < total else None)
            except refund_vouchers.NotPossible:
                refund(left.voucher)
        elif act == "debit" and bill:
            debit_notes.issue_note(
                bill.pk, amount, "Too low", token=f"d{next(tokens)}", actor=None, reason="r", now=NOW
            )
