"""`billing_run`: chunks of accounts with three lines each, against a set-based insert of the same rows."""

import os
import resource
import time
from datetime import date, timedelta

from django.db import connection, transaction

from benchmarks import world
from benchmarks.table import Row
from invoices import billing_run, plans, subscriptions
from invoices.models import Document, Plan

SIZES = tuple(int(size) for size in os.environ.get("BILLING_ACCOUNTS", "1000,10000").split(","))
BEGAN = world.NOW - timedelta(days=31)

ACCOUNTS = """
    insert into accounts_account (ban, customer_id, name, billing_name, address, city, pin, state, registration, gstin,
        pan, minimum_top_up, created_at, entry_count, entry_hash)
    select 'BA-' || (%(base)s + n), customer_id, name, billing_name, address, city, pin, state, registration, gstin,
        pan, minimum_top_up, created_at, 0, ''
    from accounts_account, generate_series(1, %(count)s) n where id = %(model)s
"""
MEMBERS = """
    insert into accounts_member (account_id, user_id, role)
    select a.id, m.user_id, 'owner' from accounts_account a, accounts_member m
    where m.account_id = %(model)s and a.ban between 'BA-' || (%(base)s + 1) and 'BA-' || (%(base)s + %(count)s)
        and length(a.ban) = 9
"""
CYCLES = """
    with mine as (
        select id from accounts_account
        where ban between 'BA-' || (%(base)s + 1) and 'BA-' || (%(base)s + %(count)s) and length(ban) = 9
    ), subscribed as (
        insert into invoices_subscription (account_id, plan_id, anchor_day, started_on, bill_on, attempts,
            next_attempt_at, is_parked, error)
        select mine.id, %(plan)s, anchor_day, started_on, bill_on, 0, next_attempt_at, false, ''
        from mine, (select * from invoices_subscription where account_id = %(model)s) s returning account_id
    ), cycles as (
        insert into invoices_cycle (account_id, version_id, starts_on, ends_on, full_days, rental)
        select account_id, version_id, starts_on, ends_on, full_days, rental
        from subscribed, (select version_id, starts_on, ends_on, full_days, rental from invoices_cycle
                          where account_id = %(model)s) c
        returning id, account_id
    )
    insert into invoices_usagecounter (account_id, cycle_id, feature_id, records, units, amount, unrated, late)
    select account_id, id, feature, 40, 1250, 1250 * 60000, 0, 0
    from cycles, (values ('click_to_call'), ('incoming')) f(feature)
"""
FLOOR = (
    """create temporary table bare on commit drop as
    select d.*, row_number() over (order by id) as n from invoices_document d
    where cause like 'cycle:%%' limit %(count)s""",
    """insert into invoices_document (account_id, kind, number, cause, issued_on, issued_at, due_on, period_from,
        period_to, supplier, recipient, details, place_of_supply, supply, taxable, cgst, sgst, igst, rounding, total,
        open_amount, hash)
    select account_id, kind, 'Y' || %(run)s || '/' || n, 'bare:' || %(run)s || ':' || n, issued_on, issued_at, due_on,
        period_from, period_to, supplier, recipient, details, place_of_supply, supply, taxable, cgst, sgst, igst,
        rounding, total, open_amount, hash from bare""",
    """insert into invoices_documentline (document_id, position, sac, description, taxable, rate, cgst, sgst, igst)
    select d.id, l.position, l.sac, l.description, l.taxable, l.rate, l.cgst, l.sgst, l.igst
    from bare b join invoices_documentline l on l.document_id = b.id
    join invoices_document d on d.cause = 'bare:' || %(run)s || ':' || b.n""",
    """insert into invoices_documentfile (document_id, name, state, sha256, size, attempts, next_attempt_at, error)
    select id, 'bare/' || id, 'waiting', '', 0, 0, now(), '' from invoices_document
    where cause like 'bare:' || %(run)s || ':%%'""",
    """insert into accounts_entry (account_id, key, narrative, posted_at, posted_on, number, previous_hash, hash)
    select account_id, 'bare:' || %(run)s || ':' || n, 'Tax invoice', now(), current_date, 100 + %(run)s, '',
        repeat('0', 64) from bare""",
    """insert into accounts_line (entry_id, account_id, book, treatment, amount, number, balance_after)
    select e.id, e.account_id, v.book, '', v.amount, v.number, v.balance from bare b
    join accounts_entry e on e.key = 'bare:' || %(run)s || ':' || b.n,
    lateral (values ('receivable', -b.total, 100 + %(run)s, -b.total), ('revenue', b.taxable, null, null),
        ('cgst', b.cgst, null, null), ('sgst', b.sgst, null, null)) v(book, amount, number, balance)""",
    """insert into accounts_notice (account_id, name, event, channel, recipient, context, attachments, state, owed_at,
        next_attempt_at, attempts, error, message_id, subject, text)
    select account_id, 'invoice-issued', 'bare:' || %(run)s || ':' || n, 'email', 'a@example.in', '{}', '[]', 'owed',
        now(), now(), 0, '', '', '', '' from bare""",
    """update accounts_account a set entry_count = entry_count + 1 from bare b where b.account_id = a.id""",
    """update accounts_balance t set amount = amount - 1 from bare b
    where b.account_id = t.account_id and t.book = 'receivable'""",
)


def measure() -> list[Row]:
    plan = _plan()
    rows = []
    for place, size in enumerate(SIZES):
        _accounts(plan, size, 600_000 + place * 200_000)
        before = _peak()
        ours = _bill(size)
        floor = _floor(size, place + 1)
        rows.append(Row(f"billing_run, {size:,} accounts", "/s", [size / ours], [size / floor], at_most=10))
        rows.append(Row(f"billing_run, {size:,}: MiB after it", "MiB", [_peak()], [before], at_most=1.5))
    return rows


def _plan() -> Plan:
    plan = Plan.objects.create(code="bench", name="Bench")
    prices = [plans.Price("click_to_call", 60_000, 1000), plans.Price("incoming", 30_000, 500)]
    plans.publish(
        plan.pk, valid_from=date(2020, 1, 1), rental=100_000, prices=prices, actor=None, now=world.NOW
    )
    return plan


def _accounts(plan: Plan, count: int, base: int) -> None:
    """Make so many accounts like one that was put on the plan a month ago."""
    model = world.account()
    subscriptions.activate(model.pk, plan.pk, actor=None, reason="benchmark", now=BEGAN)
    words = {"model": model.pk, "count": count, "base": base, "plan": plan.pk}
    with connection.cursor() as cursor:
        for statement in (ACCOUNTS, MEMBERS, CYCLES, "analyze"):
            cursor.execute(statement, words)
        cursor.execute("update invoices_subscription set is_parked = true where account_id = %s", [model.pk])


def _bill(size: int) -> float:
    began = time.perf_counter()
    issued = sum(
        len(billing_run.bill_chunk(ids, now=world.NOW).documents) for ids in billing_run.chunks(now=world.NOW)
    )
    seconds = time.perf_counter() - began
    assert issued == size, (issued, size)
    return seconds


def _floor(size: int, run: int) -> float:
    assert Document.objects.filter(cause__startswith="cycle:").count() >= size
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in FLOOR:
            cursor.execute(statement, {"count": size, "run": run})
    return time.perf_counter() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
