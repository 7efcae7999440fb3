"""`billing_run`: closing cycles with invoices of three lines and advances set off, against set-based inserts.

Sizes are set by BILLING_ACCOUNTS (default 1000,10000). Each account has a rental, two features above their free
units, and an advance that pays a part. The floor writes the same rows of documents, lines, entries, ledger lines,
balances and allocations, one INSERT … SELECT a table, in transactions of as many accounts as ours.
"""

import itertools
import os
import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection, transaction

from accounts import ledger
from accounts.ledger import Book, Posting
from accounts.models import Account, Customer, Member, User
from benchmarks import world
from benchmarks.table import Row
from invoices import billing_run, features, gst, plans
from invoices.issue import Draft, LineOf, issue_many, tax_place
from invoices.models import Cycle, Document, Plan, Subscription, UsageCounter, VoucherBalance

SIZES = [int(size) for size in os.environ.get("BILLING_ACCOUNTS", "1000,10000").split(",")]
NOW = world.NOW + timedelta(days=30)
FIRST, LAST = date(2026, 11, 24), date(2026, 12, 23)
PAID = 50_000  # paise of each account's advance
_numbers = itertools.count(1)


def measure() -> list[Row]:
    features.set_up()
    plan = _plan()
    _ours(_world(plan, billing_run.CHUNK))  # warm, with a whole chunk in memory
    return [row for size in SIZES for row in _measure(plan, size)]


def _measure(plan: Plan, size: int) -> Iterator[Row]:
    accounts = _world(plan, size)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    before, documents = _memory(), Document.objects.count()
    began = time.perf_counter()
    _ours(accounts)
    ours = size / (time.perf_counter() - began)
    after = _memory()
    assert Document.objects.count() - documents == size
    assert not Subscription.objects.exclude(error="").exists()
    began = time.perf_counter()
    _floor(accounts)
    floor = size / (time.perf_counter() - began)
    yield Row(f"billing_run, {size:,} accounts, 1 worker", "/s", [ours], [floor], at_most=10)
    yield Row(f"billing_run, {size:,} accounts, memory after", "MiB", [after], [before], at_most=1.2)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), billing_run.CHUNK):
        yield ids[start : start + billing_run.CHUNK]


def _ours(_ids: list[int]) -> None:
    for ids in billing_run.chunks(now=NOW):
        billing_run.bill_chunk(ids, now=NOW)


def _plan() -> Plan:
    plan = Plan.objects.create(code="bench", name="Business")
    prices = [plans.Price("click_to_call", 60_000, 1000), plans.Price("incoming", 30_000, 500)]
    plans.publish(
        plan.pk, valid_from=date(2020, 1, 1), rental=100_000, prices=prices, actor=None, now=world.NOW
    )
    return plan


def _world(plan: Plan, size: int) -> list[int]:
    """Make accounts whose cycle has ended, by bulk inserts."""
    ids: list[int] = []
    for start in range(0, size, 2000):
        ids += _accounts(plan, min(2000, size - start))
    return ids


@transaction.atomic
def _accounts(plan: Plan, size: int) -> list[int]:
    numbers = [next(_numbers) for _ in range(size)]
    customers = Customer.objects.bulk_create(Customer(name=f"C {n}", created_at=world.NOW) for n in numbers)
    accounts = Account.objects.bulk_create(
        Account(
            ban=f"BB-{n}",
            customer=customer,
            name="Lotus Diagnostics",
            billing_name="Lotus Diagnostics Pvt Ltd",
            address="12/3 MG Road",
            city="Bengaluru",
            pin="560001",
            state="29",
            registration="regular",
            gstin="29ZZZCB0002B1ZW",
            created_at=world.NOW,
        )
        for n, customer in zip(numbers, customers, strict=True)
    )
    users = User.objects.bulk_create(User(email=f"bill{n}@example.in", name="Asha Rao") for n in numbers)
    Member.objects.bulk_create(
        Member(account=account, user=user, role=Member.Role.OWNER)
        for account, user in zip(accounts, users, strict=True)
    )
    _subscribe(plan, accounts)
    _advance(accounts)
    return [account.pk for account in accounts]


def _subscribe(plan: Plan, accounts: list[Account]) -> None:
    version = plan.versions.get()
    Subscription.objects.bulk_create(
        Subscription(
            account=account,
            plan=plan,
            anchor_day=24,
            started_on=FIRST,
            bill_on=LAST + timedelta(days=1),
            next_attempt_at=world.NOW,
        )
        for account in accounts
    )
    cycles = Cycle.objects.bulk_create(
        Cycle(account=account, version=version, starts_on=FIRST, ends_on=LAST, full_days=30, rental=100_000)
        for account in accounts
    )
    UsageCounter.objects.bulk_create(
        UsageCounter(account=account, cycle=cycle, feature_id=code, records=units, units=units)
        for account, cycle in zip(accounts, cycles, strict=True)
        for code, units in (("click_to_call", 1250), ("incoming", 700))
    )


def _advance(accounts: list[Account]) -> None:
    where = tax_place(accounts[0], FIRST)
    value = gst.inside(PAID, where.supply)
    line = LineOf("Advance", value, "998419")
    vouchers = issue_many(
        [
            Draft(
                account,
                Document.Kind.RECEIPT_VOUCHER,
                [line],
                f"advance:{account.ban}",
                where,
                received_on=FIRST,
            )
            for account in accounts
        ],
        now=world.NOW,
    )
    VoucherBalance.objects.bulk_create(
        VoucherBalance(
            voucher=voucher,
            account=account,
            treatment=where.treatment,
            received_on=FIRST,
            taxable=value.taxable,
            cgst=value.cgst,
            sgst=value.sgst,
        )
        for voucher, account in zip(vouchers, accounts, strict=True)
    )
    books = {
        Book.GATEWAY: -PAID,
        Book.ADVANCES: value.taxable,
        Book.CGST: value.cgst,
        Book.SGST: value.sgst,
    }
    ledger.post_many(
        [
            Posting(f"payment:{account.ban}", account, books, "Payment", where.treatment)
            for account in accounts
        ],
        now=world.NOW,
    )


MINE = "account_id = any(%(ids)s)"
FLOOR = (
    "insert into invoices_document (account_id, kind, number, cause, issued_on, issued_at, due_on, period_from, "
    "period_to, supplier, recipient, details, place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total, "
    "open_amount, hash) select account_id, kind, 'XB/' || id, 'floor:' || cause, issued_on, issued_at, due_on, "
    "period_from, period_to, supplier, recipient, details, place_of_supply, supply, taxable, cgst, sgst, igst, "
    f"rounding, total, open_amount, hash from invoices_document where {MINE} and kind = 'invoice'",
    "insert into invoices_documentline (document_id, position, sac, description, taxable, rate, cgst, sgst, igst) "
    "select f.id, l.position, l.sac, l.description, l.taxable, l.rate, l.cgst, l.sgst, l.igst "
    "from invoices_document d join invoices_document f on f.cause = 'floor:' || d.cause "
    f"join invoices_documentline l on l.document_id = d.id where d.{MINE} and d.kind = 'invoice'",
    "insert into accounts_entry (account_id, key, narrative, posted_at, posted_on, number, previous_hash, hash) "
    "select account_id, 'floor:' || key, narrative, posted_at, posted_on, number + 1000000, previous_hash, hash "
    f"from accounts_entry where {MINE} and number > 1",
    "insert into accounts_line (entry_id, account_id, book, treatment, amount, number, balance_after) "
    "select f.id, l.account_id, l.book, l.treatment, l.amount, l.number + 1000000, l.balance_after "
    "from accounts_entry e join accounts_entry f on f.key = 'floor:' || e.key "
    f"join accounts_line l on l.entry_id = e.id where e.{MINE} and e.number between 2 and 1000000",
    "insert into accounts_balance (account_id, book, treatment, amount, lines) "
    f"select account_id, book, treatment, amount, lines from accounts_balance where {MINE} "
    "on conflict (account_id, book, treatment) do update set amount = excluded.amount, lines = excluded.lines",
    "insert into invoices_allocation (account_id, document_id, cause, amount, allocated_at) "
    "select a.account_id, f.id, 'floor:' || a.cause, a.amount, a.allocated_at from invoices_allocation a "
    "join invoices_document d on d.id = a.document_id join invoices_document f on f.cause = 'floor:' || d.cause "
    f"where a.{MINE}",
)


def _floor(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        for chunk in _chunks(ids):
            with transaction.atomic():
                for statement in FLOOR:
                    cursor.execute(statement, {"ids": chunk})
