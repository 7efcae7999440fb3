"""The ledger: once per cause, balanced, append-only, chained."""

from datetime import timedelta

import pytest
from django.db import Error, IntegrityError, connection, transaction

from accounts import invariants, ledger
from accounts.ledger import Book
from accounts.models import Account, Balance, Entry, Line
from billing_portal.unit import unit
from payments import take_in
from tests import build

pytestmark = pytest.mark.django_db


@unit
def post(account, lines, key="cause:1", **fields):
    return ledger.post(key, Account.objects.lock(account.pk), lines, now=build.NOW, **fields)


def test_a_cause_posts_once():
    account = build.account()
    lines = {Book.GATEWAY: -1000, Book.ADVANCES: 848, Book.IGST: 152}

    first = post(account, lines, treatment="29:inter")
    again = post(account, lines, treatment="29:inter")

    assert first.pk == again.pk
    assert Entry.objects.count() == 1
    assert ledger.balances(account)[Book.ADVANCES] == 848


def test_the_same_cause_with_other_lines_is_refused():
    account = build.account()
    post(account, {Book.GATEWAY: -1000, Book.ADVANCES: 1000})

    with pytest.raises(ledger.EntryDiffers):
        post(account, {Book.GATEWAY: -999, Book.ADVANCES: 999})


def test_the_same_cause_of_another_account_is_refused():
    lines = {Book.GATEWAY: -1000, Book.ADVANCES: 1000}
    post(build.account(), lines)

    with pytest.raises(ledger.EntryDiffers):
        post(build.account(), lines)


@pytest.mark.parametrize(
    "lines", [{}, {Book.GATEWAY: 5}, {Book.GATEWAY: -5, Book.ADVANCES: 4}, {Book.GATEWAY: 0}]
)
def test_an_unbalanced_entry_is_refused_and_leaves_nothing(lines):
    account = build.account()

    with pytest.raises(ledger.Unbalanced):
        post(account, lines)

    assert not Entry.objects.exists()
    assert not Balance.objects.exists()


def test_lines_of_customers_books_are_numbered_with_running_balances():
    account = build.account()
    for number, amount in enumerate((1000, 500, -300), start=1):
        post(
            account,
            {Book.GATEWAY: -amount, Book.ADVANCES: amount},
            key=f"cause:{number}",
            treatment="29:intra",
        )

    lines = Line.objects.filter(book=Book.ADVANCES).order_by("number")

    assert list(lines.values_list("number", "balance_after")) == [(1, 1000), (2, 1500), (3, 1200)]
    assert Balance.objects.get().amount == 1200


def test_entries_of_an_account_form_a_chain():
    account = build.account()
    for number in range(3):
        post(account, {Book.GATEWAY: -1, Book.ADVANCES: 1}, key=f"cause:{number}")

    entries = list(Entry.objects.order_by("number"))

    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.previous_hash for entry in entries] == ["", entries[0].hash, entries[1].hash]
    for entry in entries:
        assert entry.hash == ledger.digest(entry, entry.lines.values_list("book", "treatment", "amount"))


@pytest.mark.parametrize(
    "statement",
    [
        "update accounts_line set amount = amount + 1",
        "delete from accounts_line",
        "update accounts_entry set key = 'other'",
        "delete from accounts_entry",
    ],
)
def test_the_database_refuses_to_change_what_is_posted(statement):
    post(build.account(), {Book.GATEWAY: -1000, Book.ADVANCES: 1000})

    with pytest.raises(Error, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_to_truncate_the_ledger():
    with connection.cursor() as cursor:
        cursor.execute("alter table accounts_line enable trigger accounts_line_no_truncate")
        with pytest.raises(Error, match="never changed"), transaction.atomic():
            cursor.execute("truncate accounts_line")
        cursor.execute("alter table accounts_line disable trigger accounts_line_no_truncate")


@unit
def undo(entry, key="undo:1"):
    return ledger.reverse(entry, Account.objects.lock(entry.account_id), key=key, now=build.NOW)


def test_a_reversal_mirrors_its_entry_and_repeats_quietly():
    account = build.account()
    entry = post(account, {Book.GATEWAY: -1000, Book.ADVANCES: 848, Book.IGST: 152}, treatment="27:inter")

    first, again = undo(entry), undo(entry)

    assert first.pk == again.pk
    assert first.reverses == entry
    assert ledger.balances(account)[Book.ADVANCES] == 0
    assert Line.objects.total() == 0
    assert set(first.lines.values_list("book", "treatment", "amount")) == {
        (book, treatment, -amount)
        for book, treatment, amount in entry.lines.values_list("book", "treatment", "amount")
    }


def test_an_entry_is_reversed_once():
    entry = post(build.account(), {Book.GATEWAY: -1000, Book.ADVANCES: 1000})
    undo(entry)

    with pytest.raises(IntegrityError), transaction.atomic():
        undo(entry, key="undo:2")


def test_money_knows_when_it_was_really_there():
    account = build.account()
    captured = build.NOW - timedelta(hours=3)
    payment = build.payment(account, 100, now=captured)

    take_in.capture(payment.pk, build.report(payment), now=build.NOW)

    entry = Entry.objects.get(key=payment.cause)
    assert (entry.posted_at, entry.received_at) == (build.NOW, captured)
    assert list(invariants.broken_chains(build.NOW)) == []
