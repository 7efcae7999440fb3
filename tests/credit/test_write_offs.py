"""Bad debt: past-due bills written off by two people, the case closed, the books right, and money that comes later."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from accounts import approvals, ledger, statement
from accounts.ledger import Book
from accounts.levels import Level
from accounts.models import Approval, Line
from credit import write_offs
from credit.models import OverdueCase
from invoices import standing
from invoices.models import Document, WriteOff
from tests import build
from tests.books.test_books import damage, ids
from tests.ladder import DUE, at, bill, case, level, sweep, today

pytestmark = pytest.mark.django_db
PDFS = {"I37"}  # nobody makes them here


@pytest.fixture
def people(db):
    return build.user("asker", staff=True), build.user("other", staff=True)


def account_with(*due):
    """An account of bills of ₹23.60, due so many days from today, after the daily jobs of the days since."""
    account = build.account()
    for day in due:
        bill(account, "20", due=day)
    sweep(range(min(due), 1))
    return account


@pytest.fixture
def behind(db):
    """One bill past due, and blocked for it; one not due yet."""
    return account_with(-15, 10)


def ask(account, by, documents=None):
    chosen = documents or [one.pk for one in account.documents.overdue(DUE)]
    return write_offs.ask(account.pk, chosen, token=uuid.uuid4(), reason="Insolvent", by=by, now=at(0))


def written_off(account, people):
    row = ask(account, people[0])
    approvals.approve(row.pk, actor=people[1], note="yes", now=at(0), carry_out=write_offs.carry_out)
    return WriteOff.objects.get(account=account)


def total(book):
    return Line.objects.filter(book=book).total()


def test_damage_to_a_write_off_is_found(behind, people):
    row = written_off(behind, people)
    request = write_offs.ask_recovery(
        row.pk, 2000, "UTR1", token=uuid.uuid4(), reason="x", by=people[0], now=at(0)
    )
    approvals.approve(request.pk, actor=people[1], note="ok", now=at(0), carry_out=write_offs.book_recovery)
    assert ids(at(0)) - PDFS == set()

    for change in ("amount = 2361", "recovered = 1", f"approval_id = {request.pk}"):
        with transaction.atomic():
            damage(f"update invoices_writeoff set {change}")
            assert ids(at(0)) - PDFS == {"I20"}
            transaction.set_rollback(True)


def test_the_books_lose_the_receivable_and_keep_the_tax(behind, people):
    tax = total(Book.CGST) + total(Book.SGST) + total(Book.IGST)

    row = written_off(behind, people)

    assert row.amount == 2360 and row.document.open_amount == 0
    assert total(Book.BAD_DEBTS) == -2360
    assert ledger.balances(behind)[Book.RECEIVABLE] == -2360  # the bill that is not due yet
    assert total(Book.CGST) + total(Book.SGST) + total(Book.IGST) == tax
    assert not Document.objects.filter(kind=Document.Kind.CREDIT_NOTE).exists()
    assert standing.of(row.document, today(0)).stand == standing.Stand.WRITTEN_OFF


def test_the_case_closes_as_written_off_relief_is_at_once_and_the_next_bill_is_watched(behind, people):
    assert level(behind) == Level.OUTBOUND_BLOCKED

    written_off(behind, people)

    old, new = behind.overdue_cases.order_by("pk")
    assert (old.closed_why, new.due_on, new.opened_on) == (OverdueCase.Closed.WRITTEN_OFF, today(10), None)
    assert level(behind) == Level.ACTIVE


def test_one_of_two_past_due_bills_leaves_the_case_open_and_moves_day_0(people):
    behind = account_with(-15, -3)
    oldest = behind.documents.overdue(DUE).first()
    row = ask(behind, people[0], [oldest.pk])

    approvals.approve(row.pk, actor=people[1], note="yes", now=at(0), carry_out=write_offs.carry_out)

    assert (case(behind).closed_at, case(behind).due_on) == (None, today(-3))
    assert level(behind) == Level.ACTIVE


def test_the_statement_says_it(behind, people):
    row = written_off(behind, people)

    said = list(statement.rows(behind, *statement.month_of(today(0))))[-1]

    assert (said.kind, said.reference, said.moved) == ("Written off", row.document.number, 2360)


def test_what_was_paid_meanwhile_is_not_written_off(behind, people):
    row = ask(behind, people[0])
    build.paid(behind, "23.60", now=at(0))

    with pytest.raises(approvals.NotAllowed, match="open any more"):
        approvals.approve(row.pk, actor=people[1], note="yes", now=at(0), carry_out=write_offs.carry_out)

    row.refresh_from_db()
    assert row.state == Approval.State.WAITING and not WriteOff.objects.exists()


def test_only_the_rest_of_a_part_paid_bill_is_written_off(behind, people):
    row = ask(behind, people[0])
    build.paid(behind, "20", now=at(0))

    approvals.approve(row.pk, actor=people[1], note="yes", now=at(0), carry_out=write_offs.carry_out)

    assert WriteOff.objects.get().amount == 360


def test_a_bill_that_is_not_due_or_of_another_account_is_refused(behind, people):
    early = behind.documents.latest("due_on")

    with pytest.raises(approvals.NotAllowed, match="past due"):
        ask(behind, people[0], [early.pk])


def test_nobody_approves_his_own(behind, people):
    row = ask(behind, people[0])

    with pytest.raises(approvals.NotAllowed, match="second person"):
        approvals.approve(row.pk, actor=people[0], note="me", now=at(0), carry_out=write_offs.carry_out)
    with pytest.raises(IntegrityError, match="approval_by_another"), transaction.atomic():
        Approval.objects.filter(pk=row.pk).update(state="approved", decided_by=people[0], decided_at=at(0))


def test_money_that_names_the_bill_is_a_recovery_once(behind, people):
    row = written_off(behind, people)
    tax = total(Book.IGST) + total(Book.CGST)
    words = {"token": uuid.uuid4(), "reason": "Liquidator paid", "by": people[0], "now": at(0)}
    request = write_offs.ask_recovery(row.pk, 2000, "UTR123", **words)
    with pytest.raises(approvals.NotAllowed, match="at most"):
        write_offs.ask_recovery(row.pk, 2361, "UTR124", **words)

    approvals.approve(request.pk, actor=people[1], note="ok", now=at(0), carry_out=write_offs.book_recovery)

    row.refresh_from_db()
    assert (row.recovered, row.left, total(Book.RECOVERED), total(Book.BANK)) == (2000, 360, 2000, -2000)
    assert ledger.balances(behind)[Book.ADVANCES] == 0 and total(Book.IGST) + total(Book.CGST) == tax


def test_other_money_that_comes_later_is_the_customers(behind, people):
    row = written_off(behind, people)

    build.paid(behind, "100", now=at(0))

    row.refresh_from_db()
    assert row.recovered == 0 and ledger.balances(behind)[Book.ADVANCES] > 0
