"""Auto-pay in the demo world: a bank account that has paid an account's bills for months, and pays the next one.

The story's debits go through the real use cases, answered as the gateway would. The sandbox knows nothing from before
the demo began, so that at each start a mandate that it does not know is registered and approved there (`connect`).
"""

import uuid
from datetime import datetime, timedelta

from accounts import channels
from accounts.models import Account, Notice
from billing_portal import demo_sandbox
from billing_portal.demo_story import Told
from payments import (
    debit_notices,
    debit_plan,
    debits,
    mandate_follow,
    mandate_orders,
    mandates,
    recharge,
    take_in,
)
from payments.gateways import GatewayPayment, Refused, State
from payments.gateways.mandates import BankAccount, GatewayToken, Registration, TokenState
from payments.gateways.mandates import mandates as gateway_mandates
from payments.mandate_follow import News
from payments.mandates import Consent, Wish
from payments.models import Debit, GatewayCustomer, Mandate, Payment

METHOD, INSTRUMENT, CEILING = "emandate", "UTIB ···· 4242", 15_000_00  # paise
BANK = BankAccount("Lotus Diagnostics", "917010000004242", "current", "UTIB0000045")
CONSENT = "I allow debits of up to ₹15,000.00 each from this bank account for the bills of this account."
ADDRESS = "203.0.113.42"


def begin(account: Account, told: Told, ids: dict[str, str], *, now: datetime) -> None:
    """The account's owner sets auto-pay up, and the bank approves at once."""
    user = account.members.order_by("pk").select_related("user")[0].user
    until = mandates.last_day(METHOD, now.date(), years=10)
    wish, consent = Wish(METHOD, CEILING, until, INSTRUMENT), Consent(user, CONSENT, ADDRESS)
    made = mandates.start(account.pk, wish, consent, token=uuid.uuid5(uuid.NAMESPACE_URL, told.key), now=now)
    GatewayCustomer.objects.create(
        customer=account.customer, gateway_customer_id=ids["cust"], made_at=now
    )  # as the gateway would have answered
    mandate_orders.attach(made.pk, ids["order"], ids["cust"], now=now)
    token = GatewayToken(ids["token"], TokenState.CONFIRMED, METHOD, INSTRUMENT, "", CEILING, None, None)
    mandate_follow.take(made.pk, News(token), now=now)
    Mandate.objects.filter(pk=made.pk).update(next_check_at=None)  # nobody to ask until the demo runs


def go_on(account: Account, told: Told, ids: dict[str, str], *, now: datetime) -> None:
    """Do what is due of the account's debits: plan, announce, raise, and hear of the bank."""
    debit_plan.plan_due(now=now)
    for debit in Debit.objects.open().filter(account=account).select_related("payment"):
        if debit.state == Debit.State.SCHEDULED and debit.notify_at <= now:
            debits.notify(debit.pk, now=now)
            _hand_over(account, now)
        elif debit.state == Debit.State.NOTICED:
            debits.begin(debit.pk, now=now)
        elif debit.payment and debit.debit_at <= now:
            _hear(debit, debit.payment, told.text, ids, now)


def _hand_over(account: Account, now: datetime) -> None:
    for notice in account.notices.filter(name=debit_notices.ANNOUNCED, state=Notice.State.OWED):
        notice.state, notice.sent_at, notice.next_attempt_at = Notice.State.SENT, now, None
        notice.subject, notice.text = channels.written(notice)
        notice.save(update_fields=["state", "sent_at", "next_attempt_at", "subject", "text"])


def _hear(debit: Debit, payment: Payment, reason: str, ids: dict[str, str], now: datetime) -> None:
    """The bank took the money, or said no for `reason`."""
    payment.gateway_order_id = ids["order"]
    payment.save(update_fields=["gateway_order_id"])
    state = State.FAILED if reason else State.CAPTURED
    report = GatewayPayment(
        payment_id=ids["pay"],
        order_id=ids["order"],
        amount=payment.amount,
        currency="INR",
        state=state,
        method=METHOD,
        instrument=INSTRUMENT,
        reason=reason,
        created_at=now,
        was_captured=not reason,
    )
    if reason:
        recharge.note(payment.pk, report)
    else:
        take_in.capture(payment.pk, report, now=now)
    debits.conclude(debit.pk, now=now)


def connect(*, now: datetime) -> int:
    """Register active mandates that the sandbox does not know there; return how many. Raises GatewayError."""
    unknown = [one for one in Mandate.objects.filter(state=Mandate.State.ACTIVE) if not _is_known(one)]
    for mandate in unknown:
        _register(mandate, now)
    return len(unknown)


def _is_known(mandate: Mandate) -> bool:
    try:
        gateway_mandates().token(mandate.gateway_customer_id, mandate.gateway_token_id or "")
    except Refused:
        return False
    return True


def _register(mandate: Mandate, now: datetime) -> None:
    """Have the sandbox's bank approve the mandate anew; it goes on under the ids that this makes."""
    door, payer = gateway_mandates(), mandate_orders.payer(mandate.account)
    customer = door.make_customer(
        name=mandate.account.billing_name, email=payer.email, contact=payer.reachable
    )
    until = now + timedelta(days=3640)
    order = door.create_registration(
        Registration(mandate.number, mandate.method, 0, mandate.ceiling, until, customer, BANK)
    )
    demo_sandbox.steer(f"orders/{order}/pay", {"method": mandate.method})
    token = door.attempts(order)[0].token_id
    GatewayCustomer.objects.filter(customer=mandate.account.customer_id).update(gateway_customer_id=customer)
    Mandate.objects.filter(pk=mandate.pk).update(
        gateway_customer_id=customer, gateway_order_id=order, gateway_token_id=token, next_check_at=now
    )
