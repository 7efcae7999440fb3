"""What the books say of damaged auto-pay: each damage is found, and nothing without one."""

import uuid
from datetime import date, timedelta

import pytest

from accounts.models import Notice
from billing_portal import books
from payments import debit_plan, debits, invariants_auto_pay, take_in
from payments.models import Debit, Mandate, Payment
from tests import build
from tests.books.test_books import damage, unbroken

pytestmark = pytest.mark.django_db
NO = "alter table payments_debit drop constraint {};"
ANOTHER = "(select max(id) from accounts_account)"
COPY = (
    "insert into payments_debit (account_id, mandate_id, number, purpose, cause, attempt, amount, state, reason,"
    " notify_at, raise_at, debit_at, result_by, noticed_at, raised_at, planned_at, next_step_at)"
    " select account_id, mandate_id, number || '-2', purpose, {cause}, attempt + 1, amount, {state}, '',"
    " notify_at, raise_at, debit_at, result_by, noticed_at, {raised_at}, planned_at, planned_at from payments_debit"
)

# ruff: noqa: E501 - a table, one damage a row
# fmt: off
DAMAGES = (
    ("I35", NO.format("debit_raised_has_payment") + "drop index debit_succeeds_once;" + COPY.format(cause="cause", state="'captured'", raised_at="null")),
    ("I35", NO.format("debit_raised_has_payment") + "drop index debit_once_a_day;" + COPY.format(cause="'low:2026-12'", state="'failed'", raised_at="raised_at")),
    ("I35", "update payments_mandate set ceiling = 100"),
    ("I35", "update payments_debit set amount = 100"),
    ("I35", "update payments_payment set amount = 1500001 where channel = 'auto_pay'"),
    ("I35", "update accounts_notice set state = 'parked' where name = 'auto-pay-notice'"),
    ("I35", "update accounts_notice set sent_at = sent_at + interval '4 days' where name = 'auto-pay-notice'"),
    ("I35", "update accounts_notice set event = 'debit:DEB2627-999999:2026-12-01' where name = 'auto-pay-notice'"),
    ("I35", "update payments_mandate set state = 'cancelled', ended_at = (select raised_at - interval '1 minute' from payments_debit)"),
    ("I35", "update payments_mandate set active_at = (select raised_at + interval '1 minute' from payments_debit)"),
    ("I35", "update payments_mandate set valid_until = '2026-11-20'"),
    ("I35", "update payments_debit set state = 'failed'"),
    ("I35", "update payments_debit set state = 'raised'"),
    ("I35", "alter table payments_payment disable trigger payments_payment_forward;update payments_payment set settled_at = null, status = 'failed' where channel = 'auto_pay'"),
    ("I35", NO.format("debit_raised_has_payment") + COPY.format(cause="'low:2026-12'", state="'scheduled'", raised_at="null")
            + ";update payments_debit set next_step_at = null"),
    ("I38", f"update payments_debit set account_id = {ANOTHER}"),
    ("I38", f"update payments_mandate set account_id = {ANOTHER}"),
    ("I38", f"update payments_payment set account_id = {ANOTHER} where channel = 'auto_pay'"),
    ("I38", NO.format("debit_raised_has_payment") + "update payments_debit set payment_id = null"),
)
# fmt: on


@pytest.fixture
def debited():
    """A bill that was debited on its due date, announced before; and another account. Returns the moment after."""
    account, _other = build.account(), build.account()
    build.charge(account, 1000)
    mandate = Mandate.objects.create(
        account=account,
        number="MND2627-000001",
        token=uuid.uuid4(),
        method="upi",
        state="active",
        ceiling=1_500_000,
        valid_until=date(2036, 11, 24),
        gateway_token_id=build.gateway_id("token"),
        gateway_customer_id=build.gateway_id("cust"),
        started_at=build.NOW,
        active_at=build.NOW,
        consent_text="I agree.",
    )
    debit_plan.plan_due(now=build.NOW)
    debit = Debit.objects.get(mandate=mandate)
    debits.notify(debit.pk, now=debit.notify_at)
    Notice.objects.filter(name="auto-pay-notice").update(
        state=Notice.State.SENT, sent_at=debit.notify_at, next_attempt_at=None
    )
    debits.begin(debit.pk, now=debit.raise_at)
    payment = Payment.objects.get(debit=debit)
    Payment.objects.filter(pk=payment.pk).update(gateway_order_id=build.gateway_id("order"))
    payment.refresh_from_db()
    taken_at = debit.debit_at + timedelta(minutes=5)
    take_in.capture(payment.pk, build.report(payment, created_at=taken_at), now=taken_at)
    debits.conclude(debit.pk, now=taken_at)
    return taken_at + timedelta(hours=1)


def found(now):
    return {one.id for one in invariants_auto_pay.INVARIANTS if list(one.find(now))}


def test_nothing_is_found_where_nothing_was_damaged(debited):
    assert Debit.objects.get().state == Debit.State.CAPTURED
    assert found(debited) == set()
    assert not [
        one for one in books.look(now=debited).findings if one.id in ("I09", "I10", "I20", "I35", "I38")
    ]


@pytest.mark.parametrize(("name", "sql"), DAMAGES)
def test_each_damage_is_found(debited, name, sql):
    damage(sql)

    assert name in found(debited)


def test_each_sentence_has_a_damage(debited):
    assert unbroken(invariants_auto_pay.INVARIANTS, [sql for _id, sql in DAMAGES], debited) == set()
