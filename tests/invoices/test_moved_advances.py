"""Prepaid money follows the State, GSTIN and registration of its account: two vouchers, no money, books that hold."""

from datetime import timedelta

import pytest

from accounts import statement
from accounts.models import Account, Notice
from billing_portal import books
from credit import exposure
from invoices import moved_advances, tasks
from invoices.models import Document, VoucherBalance
from tests import build
from tests.build import NOW, paise

LATER = NOW + timedelta(hours=1)


def changed(account, **fields):
    Account.objects.filter(pk=account.pk).update(**fields)
    account.refresh_from_db()
    return account


def to_maharashtra(account):
    return changed(account, state="27", gstin=build.GSTINS["27"])


def unsound():
    return [str(finding) for finding in books.look(now=LATER).findings if finding.id != "I37"]


@pytest.fixture
def account(db):
    made = build.account()
    build.paid(made, 1500)
    return made


def test_an_advance_moves_with_the_state_and_pays_the_next_invoice_there(account):
    receipt = account.documents.get()
    to_maharashtra(account)

    assert moved_advances.move_due(now=LATER) == 1

    refund, voucher = account.documents.exclude(pk=receipt.pk).order_by("kind", "pk")[::-1]
    assert (refund.kind, refund.original, refund.total, refund.supply) == (
        "refund_voucher",
        receipt,
        150_000,
        "intra",
    )
    assert (voucher.kind, voucher.total, voucher.igst, voucher.place_of_supply) == (
        "receipt_voucher",
        150_000,
        22_881,
        "27",
    )
    assert voucher.details["replaces"]["number"] == receipt.number
    assert exposure.read(account, now=NOW).prepaid == paise("1271.19")
    assert VoucherBalance.objects.left().get().treatment == "27:inter"
    assert unsound() == []
    assert build.charge(account, 1000, now=LATER).open_amount == 0
    assert unsound() == []


def test_moving_again_finds_nothing(account):
    to_maharashtra(account)
    assert [moved_advances.move_due(now=LATER), moved_advances.move_due(now=LATER)] == [1, 0]
    assert moved_advances.move(account.pk, now=LATER) == []
    assert Notice.objects.filter(name="advance-moved").count() == 1


def test_what_fits_stays(account):
    changed(account, billing_name="Lotus Labs Pvt Ltd", address="7 Church Street", city="Mysuru")

    assert moved_advances.move_due(now=LATER) == 0
    assert Document.objects.count() == 1


# fmt: off
CHANGES = [
    # from            what changes                                            prepaid before and after
    ("regular",       {"registration": "unregistered", "gstin": ""},          "1271.18", "1271.18"),
    ("unregistered",  {"registration": "regular", "gstin": build.GSTINS["29"]}, "1271.18", "1271.18"),
    ("regular",       {"registration": "sez_taxed"},                          "1271.18", "1271.19"),
    ("sez_taxed",     {"registration": "regular"},                            "1271.19", "1271.18"),
]
# fmt: on


@pytest.mark.parametrize(("registration", "change", "before", "after"), CHANGES)
@pytest.mark.django_db
def test_an_advance_moves_with_the_registration_and_the_gstin(registration, change, before, after):
    account = build.account(registration=registration)
    build.paid(account, 1500)
    assert exposure.read(account, now=NOW).prepaid == paise(before)
    changed(account, **change)

    assert moved_advances.move_due(now=LATER) == 1

    assert exposure.read(account, now=NOW).prepaid == paise(after)
    newest = account.documents.filter(kind="receipt_voucher").order_by("-pk")[0]
    assert newest.recipient["gstin"] == account.gstin
    assert unsound() == []


def test_only_the_rest_of_a_voucher_moves(account):
    build.charge(account, 1000)
    to_maharashtra(account)

    moved_advances.move_due(now=LATER)

    assert account.documents.get(kind="refund_voucher").total == paise("320.00")
    assert exposure.read(account, now=NOW).prepaid == paise("271.19")
    assert unsound() == []


def test_a_bill_that_came_before_the_move_is_paid_first(account):
    to_maharashtra(account)
    invoice = build.charge(account, 1000)  # before the job came by: nothing of the old advance fits
    assert invoice.open_amount == paise(1180)

    moved_advances.move_due(now=LATER)

    invoice.refresh_from_db()
    assert invoice.open_amount == 0
    assert exposure.read(account, now=NOW).prepaid == paise("271.19")
    assert unsound() == []


def test_an_account_that_fails_takes_no_other_with_it(account, monkeypatch):
    other = build.account()
    build.paid(other, 500)
    for one in (account, other):
        to_maharashtra(one)
    give_back = moved_advances.refund_vouchers.give_back

    def fail(whose, *args, **words):
        if whose.pk == account.pk:
            raise RuntimeError("broken")
        return give_back(whose, *args, **words)

    monkeypatch.setattr(moved_advances.refund_vouchers, "give_back", fail)
    assert tasks.move_advances() == 1
    monkeypatch.undo()
    assert [row.account_id for row in VoucherBalance.objects.left()] != []
    assert moved_advances.move_due(now=LATER) == 1


def test_the_statement_says_both_and_closes_with_the_balance(account):
    to_maharashtra(account)
    moved_advances.move_due(now=LATER)

    rows = list(statement.rows(account, NOW.date(), LATER.date()))

    assert [row.kind for row in rows] == ["Payment", "Refund", "Advance received again"]
    assert rows[-1].balance == paise("1271.19")


def test_what_does_not_fit_is_found_in_one_query(account, django_assert_num_queries):
    for _ in range(3):
        build.paid(build.account(), 500)

    with django_assert_num_queries(1):
        assert moved_advances.misplaced(NOW.date()) == []
