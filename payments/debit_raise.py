"""Raising a debit at the gateway: once, whatever dies or times out on the way.

The payment's order is the guard: it is made once by its number, and one order can be paid once. Before the gateway is
asked (again) for the debit, it is asked what attempts the order has; an attempt that may be there is never doubled.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q

from accounts import notices
from accounts.models import Account, Notice
from billing_portal import clock
from billing_portal.unit import unit
from payments import autopay_policy, debits, policy, recharge
from payments.autopay_policy import Rail
from payments.gateways import GatewayError, Refused, gateway
from payments.gateways.mandates import mandates
from payments.models import Debit, Mandate, Payment

log = structlog.get_logger(__name__)

State = Debit.State
LEASE = timedelta(minutes=2)  # of one caller; the slowest answer takes seconds
ASK_AGAIN = timedelta(minutes=5)
LOOK = timedelta(hours=1)


class Overtaken(Exception):
    """Another worker has taken this debit over, or it is decided: nothing more is to be done here."""


def step_due(*, now: datetime, limit: int = 100) -> int:
    """Take the next step of every debit whose moment has come; return how many. Safe to run in parallel."""
    due = list(Debit.objects.due(now).values_list("pk", "state")[:limit])
    decided = [Payment.Status.FAILED, *Payment.RECEIVED]
    over = Debit.objects.filter(
        Q(state=State.RAISED, payment__status__in=decided)
        | Q(state=State.FAILED, payment__status__in=Payment.RECEIVED)
    )
    due += [(pk, State.FAILED) for pk in over.values_list("pk", flat=True)[:limit]]
    for pk, state in due:
        try:
            STEPS[State(state)](pk, now=now)
        except Exception as error:  # one debit must not keep the others
            log.error("debit_step_failed", debit=pk, state=state, error=type(error).__name__)
            Debit.objects.filter(pk=pk, next_step_at__lte=now).update(next_step_at=now + ASK_AGAIN)
    return len(due)


def ask(debit_id: int, *, now: datetime) -> None:
    """Ask the gateway for a debit whose intent is committed; a repeat looks what became of it first."""
    if not _claim(debit_id, now):
        return
    debit = Debit.objects.select_related("payment", "mandate", "account").get(pk=debit_id)
    payment = debit.payment
    assert payment is not None
    again = now + ASK_AGAIN
    try:
        if payment.gateway_order_id is None:
            payment = _with_order(debit, payment, now)
        if payment.gateway_order_id and not _is_there(payment):
            if why := _last_look(debit_id, claimed_at=now, now=now):
                _give_up(payment, why)
            else:
                _call(debit, payment)
        if payment.gateway_order_id:
            recharge.settle(payment.pk, now=now)
            again = now + LOOK
    except Refused as error:
        _refused(payment, error)
    except GatewayError as error:
        log.warning("debit_unknown", debit=debit.number, error=type(error).__name__)
    except Overtaken:
        log.warning("debit_overtaken", debit=debit.number)
    mine = Debit.objects.filter(pk=debit_id, state=State.RAISED, calling_at=now)
    mine.update(calling_at=None, next_step_at=again)
    debits.conclude(debit_id, now=now)


def _claim(debit_id: int, now: datetime) -> bool:
    """Be the one caller of this debit for two minutes. A payment that is decided needs none."""
    free = Q(calling_at=None) | Q(calling_at__lte=now - LEASE)
    mine = Debit.objects.filter(
        free,
        pk=debit_id,
        state=State.RAISED,
        payment__status__in=recharge.UNDECIDED,
    )
    return bool(mine.update(calling_at=now))


def _with_order(debit: Debit, payment: Payment, now: datetime) -> Payment:
    """Make the payment's order. The bank decides later: only from then on is its silence counted."""
    payment = recharge.open_order(payment, now=now)
    Payment.objects.filter(pk=payment.pk, settled_at=None, gateway_order_id__isnull=False).update(
        opened_at=debit.debit_at, next_check_at=policy.next_look(debit.debit_at, now)
    )
    return payment


@unit
def _last_look(debit_id: int, *, claimed_at: datetime, now: datetime) -> str:
    """Return why a debit that the gateway does not have yet is not to be raised any more; empty while it is.

    Waits for who is changing the account, a cancelling above all. The customer was told of a day: where the gateway
    was away so long that it cannot be kept, another is announced. Raises Overtaken.
    """
    Account.objects.lock(Debit.objects.values_list("account_id", flat=True).get(pk=debit_id))
    debit = Debit.objects.select_related("mandate", "payment").get(pk=debit_id)
    if (
        debit.calling_at != claimed_at
        or debit.payment is None
        or debit.payment.status not in recharge.UNDECIDED
    ):
        raise Overtaken(debit.number)
    state = debit.mandate.state
    if state != Mandate.State.ACTIVE:
        return "paused" if state == Mandate.State.PAUSED else "ended"
    rail = Rail(debit.mandate.method)
    takes_at = autopay_policy.debit_at(rail, now, settings.BANK_HOLIDAYS)
    in_time = rail != Rail.EMANDATE or autopay_policy.may_raise(rail, now, settings.BANK_HOLIDAYS)
    is_the_day = clock.business_date(takes_at) == clock.business_date(debit.debit_at)
    return "" if in_time and is_the_day else "gateway_technical_error"


def _give_up(payment: Payment, why: str) -> None:
    """Fail a payment that no attempt was made of; it is looked at for some days still."""
    log.warning("debit_not_raised", payment=payment.number, why=why)
    undecided = Payment.objects.filter(pk=payment.pk, status__in=recharge.UNDECIDED)
    undecided.update(status=Payment.Status.FAILED, failure_reason=why)


def _is_there(payment: Payment) -> bool:
    """Whether the order has an attempt, of whatever outcome: then nothing is asked for again."""
    return bool(gateway().order_payments(payment.gateway_order_id or ""))


def _call(debit: Debit, payment: Payment) -> None:
    mail, phone = _reach(debit.account)
    mandates().create_recurring(
        order_id=payment.gateway_order_id or "",
        amount=payment.amount,
        customer_id=debit.mandate.gateway_customer_id,
        token_id=debit.mandate.gateway_token_id or "",
        email=mail,
        contact=phone,
        description=f"{debit.number} of account {debit.account.ban}",
    )
    Payment.objects.filter(pk=payment.pk, status=Payment.Status.CREATED).update(status=Payment.Status.UNKNOWN)


def _refused(payment: Payment, error: Refused) -> None:
    """The gateway took no attempt: the debit has failed, with its reason where it names one.

    Where an attempt is there all the same (another caller's) nothing is decided.
    """
    log.warning("debit_refused", payment=payment.number, error=str(error))
    if payment.gateway_order_id and _is_there(payment):
        return
    undecided = Payment.objects.filter(pk=payment.pk, status__in=recharge.UNDECIDED)
    undecided.update(
        status=Payment.Status.FAILED,
        failure_reason=error.reason or "input_validation_failed",
        next_check_at=None,
    )


def _reach(account: Account) -> tuple[str, str]:
    """Return an address and a phone number of the account's billing contacts, as the gateway demands."""
    mails = notices.recipients(account)
    phones = notices.recipients(account, Notice.Channel.SMS)
    return (mails[0] if mails else settings.SUPPORT_EMAIL), (
        phones[0] if phones else settings.GATEWAY_CONTACT
    )


STEPS = {
    State.SCHEDULED: debits.notify,
    State.NOTICED: debits.begin,
    State.RAISED: ask,
    State.FAILED: debits.conclude,
}
