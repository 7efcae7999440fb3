"""`settle`: the whole of recharge.settle against one bare SQL transaction that writes the same rows.

Each payment of ₹1,500 settles an invoice of ₹1,180 and leaves an advance with its voucher.
"""

import multiprocessing
import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import connection, transaction

from benchmarks import world
from benchmarks.table import Row
from payments import recharge

COUNT = 150  # payments a round
ROUNDS = 5
WORKERS = 4


def measure() -> list[Row]:
    settings.GATEWAY = "benchmarks.world.Instant"
    settings_before = [_different() for _ in range(2)]  # warm
    for ids in settings_before:
        _ours(ids[:10])
    ours, bare, four, same_one, same_four = [], [], [], [], []
    for _ in range(ROUNDS):
        ours.append(_rate(_ours, _different()))
        bare.append(_rate(_bare, _different()))
        four.append(_together(_different()))
        same_one.append(_rate(_ours, _same()))
        same_four.append(_together(_same()))
    return [
        Row("settle, 1 worker", "/s", ours, bare, at_most=8),
        Row("settle, 4 workers, different accounts", "/s", four, ours, at_least=2, given=_gain(four, ours)),
        Row(
            "settle, 4 workers, one account",
            "/s",
            same_four,
            same_one,
            at_least=0.7,
            given=_gain(same_four, same_one),
        ),
    ]


def _gain(many: Sequence[float], one: Sequence[float]) -> float:
    return sorted(many)[len(many) // 2] / sorted(one)[len(one) // 2]


def _different() -> list[int]:
    ids = []
    for _ in range(COUNT):
        account = world.account()
        world.due(account)
        ids.append(world.payment(account).pk)
    return ids


def _same() -> list[int]:
    account = world.account()
    world.due(account)
    return [world.payment(account).pk for _ in range(COUNT)]


def _rate(work: Callable[[Sequence[int]], None], ids: Sequence[int]) -> float:
    began = time.perf_counter()
    work(ids)
    return len(ids) / (time.perf_counter() - began)


def _ours(ids: Sequence[int]) -> None:
    for pk in ids:
        assert recharge.settle(pk, now=world.NOW).is_received


def _together(ids: Sequence[int]) -> float:
    """Settle with four processes; return payments a second from the common start to the last end."""
    gate = multiprocessing.Barrier(WORKERS + 1)
    connection.close()
    processes = [
        multiprocessing.get_context("fork").Process(target=_worker, args=(ids[number::WORKERS], gate))
        for number in range(WORKERS)
    ]
    for process in processes:
        process.start()
    gate.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
    assert not any(process.exitcode for process in processes), "a worker failed"
    return len(ids) / (time.perf_counter() - began)


def _worker(ids: Sequence[int], gate: "multiprocessing.synchronize.Barrier") -> None:
    connection.ensure_connection()
    gate.wait()
    _ours(ids)


BARE = (
    "select * from accounts_account where id = %(account)s for no key update",
    "update payments_payment set status='captured', gateway_payment_id=%(pay)s, method='upi', captured_at=now(), "
    "settled_at=now(), next_check_at=null where id=%(payment)s",
    "insert into accounts_entry (account_id, key, narrative, posted_at, posted_on, number, previous_hash, hash) "
    "values (%(account)s, %(key)s, 'Payment', now(), current_date, 900, '', repeat('0', 64)) returning id",
    "insert into accounts_line (entry_id, account_id, book, treatment, amount, number, balance_after) values "
    "(currval('accounts_entry_id_seq'), %(account)s, 'gateway', '', -150000, null, null), "
    "(currval('accounts_entry_id_seq'), %(account)s, 'receivable', '', 118000, 900, 0), "
    "(currval('accounts_entry_id_seq'), %(account)s, 'advances', '29:intra', 27118, 900, 27118), "
    "(currval('accounts_entry_id_seq'), %(account)s, 'cgst', '', 2441, null, null), "
    "(currval('accounts_entry_id_seq'), %(account)s, 'sgst', '', 2441, null, null)",
    "insert into accounts_balance (account_id, book, treatment, amount, lines) values "
    "(%(account)s, 'receivable', '', 0, 2), (%(account)s, 'advances', '29:intra', 27118, 1) "
    "on conflict (account_id, book, treatment) do update set amount = excluded.amount, lines = excluded.lines",
    "update accounts_account set entry_count = entry_count + 1, entry_hash = repeat('0', 64) where id = %(account)s",
    "update invoices_document set open_amount = 0 where account_id = %(account)s and open_amount > 0",
    "insert into invoices_allocation (account_id, document_id, cause, amount, allocated_at) "
    "select %(account)s, id, %(key)s, 118000, now() from invoices_document where account_id = %(account)s",
    "update invoices_numberseries set last = last + 1 where series = 'RV'",
    "insert into invoices_document (account_id, kind, number, cause, issued_on, issued_at, received_on, supplier, "
    "recipient, details, place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total, open_amount, hash) "
    "select %(account)s, 'receipt_voucher', 'XV/' || %(payment)s::text, 'bare:' || %(payment)s::text, current_date, "
    "now(), current_date, supplier, recipient, details, '29', 'intra', 27118, 2441, 2441, 0, 0, 32000, 0, "
    "repeat('0', 64) from invoices_document where account_id = %(account)s limit 1",
    "insert into invoices_documentline (document_id, position, sac, description, taxable, rate, cgst, sgst, igst) "
    "values (currval('invoices_document_id_seq'), 1, '998419', 'Advance', 27118, 1800, 2441, 2441, 0)",
    "insert into invoices_documentfile (document_id, name, state, sha256, size, attempts, next_attempt_at, error) "
    "values (currval('invoices_document_id_seq'), 'bare/' || %(payment)s::text, 'waiting', '', 0, 0, now(), '')",
    "insert into invoices_voucherbalance (voucher_id, account_id, treatment, received_on, taxable, cgst, sgst, igst) "
    "values (currval('invoices_document_id_seq'), %(account)s, '29:intra', current_date, 27118, 2441, 2441, 0)",
    "insert into accounts_notice (account_id, name, event, channel, recipient, context, attachments, state, owed_at, "
    "next_attempt_at, attempts, error, message_id, subject, text) values (%(account)s, 'payment-received', %(key)s, "
    "'email', 'someone@example.in', '{}', '[]', 'owed', now(), now(), 0, '', '', '', '')",
)


def _bare(ids: Sequence[int]) -> None:
    """The floor: the same rows by hand-written SQL, one statement a table, one transaction a payment."""
    with connection.cursor() as cursor:
        cursor.execute("select id, account_id from payments_payment where id = any(%s)", [list(ids)])
        accounts = dict(cursor.fetchall())
        for pk in ids:
            values = {"account": accounts[pk], "payment": pk, "key": f"bare:{pk}", "pay": f"pay_B{pk:013}"}
            with transaction.atomic():
                for statement in BARE:
                    cursor.execute(statement, values)
