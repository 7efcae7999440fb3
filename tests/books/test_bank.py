"""What the books say of damaged bank money: each damage is found, by its own sentence."""

import uuid

import pytest
from django.db import transaction

from payments import bank, certificates, claims
from payments import invariants_bank as ours
from payments.claims import Said
from payments.models import TaxDeducted
from payments.taxes import Deduction
from tests import build
from tests.books.test_books import damage, off
from tests.payments.test_bank import UTR, line_of, settle
from tests.payments.test_cheques import cleared

pytestmark = pytest.mark.django_db
NOW = build.NOW
PAID = "(select id from payments_payment where tds > 0)"
# ruff: noqa: E501 - a table, one damage a row
# fmt: off
DAMAGES = (
    ("I10", "update payments_bankline set amount = amount + 100, open_amount = open_amount + 100 where state = 'part'"),
    ("I10", off("accounts_entry") + "update accounts_entry set key = 'gone' where key = (select 'bank-line:' || max(id) from payments_bankline)"),
    ("I10", off("accounts_entry") + "update accounts_entry set key = 'gone' where key like 'bank-line-aside:%'"),
    ("I20", "update payments_bankline set open_amount = open_amount - 1 where state = 'part'"),
    ("I20", "delete from payments_bankuse where line_id = (select id from payments_bankline where state = 'part')"),
    ("I20", off("accounts_line") + "update accounts_line set book = 'bank' where book = 'suspense' and entry_id = (select id from accounts_entry where key = (select 'bank-line:' || id from payments_bankline where state = 'part'))"),
    ("I10", "update payments_bankuse set amount = amount - 1 where payment_id = " + PAID),
    ("I10", "delete from payments_bankuse where payment_id = " + PAID),
    ("I10", "alter table payments_utr drop constraint utr_of_one; update payments_utr set line_id = null, payment_id = " + PAID + f" where utr = '{UTR}'"),
    ("I10", "alter table payments_claim drop constraint claim_settled_has_payment; update payments_claim set payment_id = null where state = 'settled'"),
    ("I10", "alter table payments_cheque drop constraint cheque_cleared_has_payment; update payments_cheque set payment_id = null"),
    ("I20", "update payments_taxdeducted set amount = amount + 1"),
    ("I20", "update payments_taxdeducted set base = base * 2"),
    ("I20", "update payments_taxdeducted set rate = 300"),
    ("I20", "update payments_taxdeducted set account_id = (select max(id) from accounts_account)"),
)
# fmt: on


@pytest.fixture
def world():
    """A line shared out, one put aside, a claim settled with tax, a cheque cleared, a certificate."""
    account, other, by = build.account(), build.account(), build.user(staff=True)
    settle(line_of("1000.00"), (other, "300.00"))
    aside = line_of("5.00", "632501234567")
    bank.ask_aside(aside.pk, reason="x", by=by, now=NOW)
    bank.put_aside(aside.pk, agree=True, reason="x", by=build.user(staff=True), now=NOW)
    invoice = build.charge(account, 10_000)
    tax = Deduction("income", "BLRA12345B", 200, "", (invoice.pk,))
    said = Said("transfer", "632501234568", 1_160_000, NOW.date(), "", (tax,))
    claim = claims.declare(account.pk, said, token=uuid.uuid4(), by=build.owner(account), now=NOW)
    line_of("11600.00", "632501234568")
    bank.settle_claim(claim.pk, token=uuid.uuid4(), reason="x", by=by, now=NOW)
    cleared(account)
    proof = certificates.Certificate("A1", NOW.date(), "x.pdf", "0" * 64)
    certificates.certify(account.pk, [TaxDeducted.objects.get().pk], proof, reason="x", by=by, now=NOW)
    build.account()


def said():
    """The sentences of ours that something breaks."""
    return {one.sentence for one in ours.INVARIANTS if list(one.find(NOW))}


def test_nothing_is_found_then_each_sentence_by_its_damage(world):
    assert said() == set()
    broken = set()
    for id, sql in DAMAGES:
        point = transaction.savepoint()
        damage(sql)
        found = said()
        assert {one.id for one in ours.INVARIANTS if one.sentence in found} >= {id}, sql
        broken |= found
        transaction.savepoint_rollback(point)

    assert broken == {one.sentence for one in ours.INVARIANTS}
