"""Each invariant is seen to find its own damage, and finds nothing in books that the use cases wrote."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection, transaction

from accounts import audit
from accounts.models import BooksCheck
from billing_portal import books, tasks
from invoices import credit_notes, usage
from invoices.models import DocumentFile
from payments import (
    invariants,
    invariants_auto_pay,
    invariants_bank,
    invariants_by_hand,
    invariants_reconciliation,
    invariants_refunds,
)
from payments.models import WebhookEvent
from tests import build
from tests.books.damage import CYCLES, LIMITS, REFUNDS

pytestmark = pytest.mark.django_db
LATER = build.NOW + timedelta(minutes=5)


@pytest.fixture
def world():
    """Two accounts with bills, a part payment, an advance set off in part, messages, an event and a PDF."""
    lotus, other = build.account(), build.account(state="27")
    build.charge(lotus, 1000)
    build.paid(lotus, 500)
    build.paid(other, 3000)
    build.charge(other, 700)
    build.charge(lotus, 300)
    build.payment(lotus, 100)
    build.subscribed(lotus)
    usage.ingest([build.call(lotus), build.message(lotus)], source="platform", now=build.NOW)
    audit.record("test", actor=build.owner(lotus), subject="s", reason="r", now=build.NOW, account=lotus)
    WebhookEvent.objects.create(
        body_hash="a" * 64, name="order.paid", body=b"{}", received_at=build.NOW, next_attempt_at=build.NOW
    )
    file = DocumentFile.objects.order_by("pk")[0]
    storages["documents"].save(file.name, ContentFile(b"%PDF-1.7"))
    file.state, file.sha256 = DocumentFile.State.READY, hashlib.sha256(b"%PDF-1.7").hexdigest()
    file.save()
    return lotus


def damage(sql):
    """Change rows behind the database's own back: no trigger and no constraint of theirs asked."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        for statement in filter(None, (part.strip() for part in sql.split(";"))):
            cursor.execute(statement)


def unbroken(invariants, damages, now):
    """Return the sentences that none of these damages, each done and undone, breaks."""
    left = {one.sentence for one in invariants}
    for sql in damages:
        point = transaction.savepoint()
        damage(sql)
        left -= {one.sentence for one in invariants if list(one.find(now))}
        transaction.savepoint_rollback(point)
    return left


def ids(now=LATER):
    return {finding.id for finding in books.look(now=now).findings}


def off(table):
    return f"alter table {table} disable trigger user;"


FIRST_LINE = "(select min(id) from accounts_line)"
BILL = "(select min(id) from invoices_document where kind = 'invoice')"
PART_PAID = "(select document_id from invoices_allocation where starts_with(cause, 'payment:') limit 1)"
OTHER = "(select max(id) from accounts_account)"
FOREIGN_BILL = f"(select min(id) from invoices_document where kind = 'invoice' and account_id = {OTHER})"
DISPUTE = """insert into payments_dispute (account_id, payment_id, gateway_dispute_id, amount, deducted, state, phase,
    reason_code, opened_at, heard_at, decided_at, note, proofs, debited, debited_at, returned_at) select account_id, id,
    'disp_x', 1, 0, '{}', '', '', now(), now(), now(), '', '[]', {} from payments_payment where status = 'captured' limit 1"""
RENUMBER = "update invoices_document set number = 'VI/2627/000099' where number = 'VI/2627/000002'"

# ruff: noqa: E501 - a table, one damage a row
# fmt: off
DAMAGE = (
    ("I01", off("accounts_line") + f"delete from accounts_line where id = {FIRST_LINE}"),
    ("I02", off("accounts_line") + f"update accounts_line set amount = amount - 1 where id = {FIRST_LINE}"),
    ("I03", "update accounts_balance set amount = amount + 1 where book = 'receivable'"),
    ("I04", off("accounts_line") + "update accounts_line set balance_after = 7 where book = 'receivable' and number = 1"),
    ("I05", off("accounts_line") + "alter table accounts_line drop constraint line_not_zero;"
            f"update accounts_line set amount = 0 where id = {FIRST_LINE}"),
    ("I05", "alter table payments_payment drop constraint payment_in_rupees; update payments_payment set currency = 'USD'"),
    ("I06", off("accounts_entry") + "update accounts_entry set narrative = 'another' where number = 1"),
    ("I06", off("accounts_entry") + off("accounts_line") +
            "delete from accounts_line where entry_id = (select max(id) from accounts_entry);"
            "delete from accounts_entry where id = (select max(id) from accounts_entry)"),
    ("I06", off("accounts_auditevent")),
    ("I06", off("invoices_allocation")),
    ("I07", off("accounts_entry") + "update accounts_entry set reverses_id = (select min(id) from accounts_entry) "
            "where id = (select max(id) from accounts_entry)"),
    ("I08", off("accounts_entry") + "update accounts_entry set key = '' where number = 1 and account_id = " + OTHER),
    ("I08", off("invoices_document") + f"update invoices_document set cause = '' where id = {BILL}"),
    ("I09", off("accounts_entry") + "update accounts_entry set key = 'gone:' || id where starts_with(key, 'payment:')"),
    ("I09", "update payments_payment set amount = amount + 1 where status = 'captured'"),
    ("I10", off("payments_payment") + "update payments_payment set status = 'failed' where status = 'captured'"),
    ("I13", "alter table payments_webhookevent drop constraint payments_webhookevent_body_hash_key;"
            "insert into payments_webhookevent (body_hash, name, body, received_at, attempts, next_attempt_at, error)"
            " select body_hash, name, body, received_at, 0, received_at, '' from payments_webhookevent"),
    ("I13", "alter table payments_webhookevent drop constraint payments_webhookevent_event_id_key;"
            "update payments_webhookevent set event_id = 'evt_1';"
            "insert into payments_webhookevent (body_hash, event_id, name, body, received_at, attempts, next_attempt_at, error)"
            " select repeat('b', 64), event_id, name, body, received_at, 0, received_at, '' from payments_webhookevent"),
    ("I16", DISPUTE.format("lost", "0, null, null")),
    ("I16", DISPUTE.format("won", "1, now(), null")),
    ("I16", DISPUTE.format("lost", "1, now(), now()")),
    ("I16", off("accounts_entry") + "update accounts_entry set key = 'dispute:disp_x' where starts_with(key, 'payment:')"
            " and account_id = " + OTHER),
    ("I17", off("invoices_documentline") + "update invoices_documentline set taxable = taxable + 1"),
    ("I17", off("invoices_document") + f"update invoices_document set place_of_supply = '27' where id = {BILL}"),
    ("I17", off("invoices_document") + f"update invoices_document set original_id = {BILL} where kind = 'receipt_voucher'"),
    ("I17", off("invoices_document") + "update invoices_document set supply = 'zero', cgst = 0, sgst = 0, igst = 0, total = taxable"
            f", recipient = jsonb_set(recipient, '{{registration}}', '\"sez_lut\"')"
            f", supplier = jsonb_set(supplier, '{{lut_number}}', '\"\"') where id = {BILL}"),
    ("I18", off("invoices_document") + RENUMBER),
    ("I18", off("invoices_document") + f"update invoices_document set issued_on = '2026-03-31' where id = {BILL}"),
    ("I18", "update invoices_numberseries set last = last + 1"),
    ("I19", off("invoices_document") + "update invoices_document set recipient = '{\"registration\": \"regular\"}'"
            f" where id = {BILL}"),
    ("I19", "update invoices_documentfile set sha256 = repeat('0', 64) where state = 'ready'"),
    ("I20", f"update invoices_document set open_amount = open_amount - 1 where id = {PART_PAID}"),
    ("I20", off("invoices_allocation") + "update invoices_allocation set amount = 9999900 where starts_with(cause, 'payment:')"),
    ("I20", "insert into invoices_allocationreversal (account_id, allocation_id, cause, amount, reversed_at) select account_id,"
            " id, 'dispute:x', 1, now() from invoices_allocation limit 1"),
    ("I20", "insert into invoices_allocationreversal (account_id, allocation_id, cause, amount, reversed_at) select account_id,"
            " id, 'dispute:x', amount + 1, now() from invoices_allocation limit 1"),
    ("I20", off("invoices_voucheruse") + "update invoices_voucheruse set igst = igst + 1"),
    ("I21", "update invoices_document set open_amount = total where kind = 'invoice'"),
    ("I22", "update invoices_usagecounter set units = units + 1 where feature_id = 'sms'"),
    ("I22", "delete from invoices_usageday where feature_id = 'sms'"),
    ("I22", "delete from invoices_usagekey where starts_with(record_id, 'sms')"),
    ("I22", "delete from invoices_usagerecord where feature_id = 'sms'"),
    ("I22", "update invoices_usagerecord set month = '2019-01-01' where feature_id = 'sms'"),
    ("I22", "insert into invoices_usagerecord_elsewhere (month, source, record_id, account_id, feature_id, cycle_id, caller,"
            " called, started_at, units, is_late, received_at) select '2019-01-01', source, 'x', account_id, feature_id,"
            " cycle_id, '', '', '2019-01-01', 1, false, received_at from invoices_usagerecord limit 1"),
    ("I22", "update invoices_cycle set closed_at = now()"),
    ("I22", f"update invoices_cycle set closed_at = now(), invoice_id = {FOREIGN_BILL}"),
    ("I38", f"update invoices_usagerecord set account_id = {OTHER} where feature_id = 'sms'"),
    ("I38", "update invoices_usagerecord set cycle_id = 0 where feature_id = 'sms'"),
    ("I23", f"update invoices_document set open_amount = 0 where id = {PART_PAID}"),
    ("I23", "update invoices_voucherbalance set taxable = taxable + 1"),
    ("I36", "alter table accounts_notice drop constraint notice_owed_once;"
            "insert into accounts_notice (account_id, name, event, channel, recipient, context, attachments, state, owed_at,"
            " attempts, error, message_id, subject, text) select account_id, name, event, channel, recipient, context,"
            " attachments, state, owed_at, 0, '', '', '', '' from accounts_notice limit 1"),
    ("I38", off("accounts_line") + f"update accounts_line set account_id = {OTHER} where book = 'gateway'"),
    ("I38", "insert into invoices_allocationreversal (account_id, allocation_id, cause, amount, reversed_at)"
            f" select {OTHER}, id, 'dispute:x', 1, now() from invoices_allocation order by account_id limit 1"),
    ("I06", off("invoices_allocationreversal")),
    ("I38", off("invoices_allocation") + f"update invoices_allocation set account_id = {OTHER} where starts_with(cause, 'payment:')"),
    ("I38", f"update payments_payment set account_id = {OTHER} where status = 'captured'"),
    ("I40", off("accounts_auditevent") + "update accounts_auditevent set reason = 'another' where action = 'test'"),
    ("I40", off("accounts_auditevent") + "delete from accounts_auditevent where id = (select min(id) from accounts_auditevent)"),
)
# fmt: on


def test_nothing_is_found_in_books_that_the_use_cases_wrote(world):
    assert books.look(now=LATER).findings == []


@pytest.mark.parametrize(("id", "sql"), DAMAGE, ids=[f"{n}-{id}" for n, (id, _sql) in enumerate(DAMAGE)])
def test_damage_is_found(world, id, sql):
    damage(sql)

    assert id in ids()


def test_credit_notes_above_their_invoice_are_found():
    account = build.account()
    invoice, small = build.charge(account, 1000), build.charge(account, 10)
    credit_notes.issue_note(invoice.pk, 60_000, "Out of service", token="n", now=build.NOW)
    assert books.look(now=build.NOW).findings == []

    damage(
        off("invoices_document")
        + f"update invoices_document set original_id = {small.pk} where kind = 'credit_note'"
    )

    found = [str(finding) for finding in books.look(now=build.NOW).findings]
    assert any(f"{small.number}: its credit notes are 70800, it was 1180" in finding for finding in found)


@pytest.mark.parametrize(("id", "after"), [("I13", 16), ("I37", 16), ("I14", 6 * 24 * 60)])
def test_what_waits_too_long_is_found(world, id, after):
    assert id not in ids()

    assert id in ids(build.NOW + timedelta(minutes=after))


def test_every_sentence_has_a_damage_that_breaks_it():
    waiting = {
        "I14",
        "I37",
        "I24",
        "I29",
        "I30",
        "I31",
        "I32",
        "I33",
    }  # of time, or of service: tests of their own
    waiting |= {"I15"}  # of the comparison with the gateway: test_reconciliation.py
    waiting |= {"I35"}  # of auto-pay: test_auto_pay.py
    waiting |= {"I25", "I26", "I27", "I28"}  # of the overdue ladder: test_overdue.py

    assert {one.id for one in books.INVARIANTS} == {
        id for id, _sql in (*DAMAGE, *CYCLES, *LIMITS, *REFUNDS)
    } | waiting


def test_each_sentence_of_payments_and_disputes_has_a_damage(world):
    """Not only each number has one; what time alone breaks has a test of its own, above."""
    apart = (
        invariants_bank,
        invariants_reconciliation,
        invariants_refunds,
        invariants_auto_pay,
        invariants_by_hand,
    )
    others = {one.sentence for module in apart for one in module.INVARIANTS}
    ours = [one for one in invariants.INVARIANTS if one.sentence not in others]

    left = unbroken(ours, [sql for _id, sql in DAMAGE], LATER)

    assert left == {
        "An event reaches an outcome within 15 minutes",
        "No payment is undecided for more than 5 days",
    }


def test_the_command_says_each_finding_and_exits_1(monkeypatch, world, capsys):
    monkeypatch.setattr("billing_portal.clock.now", lambda: build.NOW + timedelta(hours=1))
    with pytest.raises(SystemExit):
        call_command("verify_books")  # an hour after NOW: messages wait
    damage("update accounts_balance set amount = amount + 1")
    with pytest.raises(SystemExit):
        call_command("verify_books")

    assert "I03 A stored balance is the sum of its lines: BA-" in capsys.readouterr().out


def test_the_nightly_job_keeps_its_result():
    assert tasks.verify_books() == 0

    kept = BooksCheck.objects.get()
    assert (kept.findings, kept.invariants) == (0, len(books.INVARIANTS))
