"""A recharge: start it, give it an order, settle it. Whoever hears first of the money books it, once.

The browser's return, the webhook and the follow-up all end in `settle`: ask the gateway what it has,
compare with what we asked for, and take it in under the account's lock.
"""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from accounts import audit
from accounts.levels import Level
from accounts.models import Account, User
from billing_portal.money import Paise, inr
from billing_portal.unit import unit
from payments import parked, policy, take_in
from payments.gateways import GatewayError, GatewayPayment, State, gateway
from payments.models import Payment

log = structlog.get_logger(__name__)

ORDER_LEASE = timedelta(seconds=30)
UNDECIDED = (Payment.Status.CREATED, Payment.Status.UNKNOWN, Payment.Status.AUTHORIZED)
FURTHEST = (State.CAPTURED, State.AUTHORIZED, State.CREATED, State.FAILED)


class AmountNotPossible(ValueError):
    """Less or more than can be paid online; the message says the bounds."""


class IsFinal(AmountNotPossible):
    """The account is deleted: no amount is possible any more."""


def check(amount: Paise) -> None:
    """Raise AmountNotPossible for what cannot be paid online."""
    if not settings.SMALLEST_PAYMENT <= amount <= settings.LARGEST_PAYMENT:
        bounds = f"{inr(settings.SMALLEST_PAYMENT)} to {inr(settings.LARGEST_PAYMENT)}"
        raise AmountNotPossible(f"Online you can pay {bounds} at a time.")


@unit
def start(account: Account, amount: Paise, *, token: uuid.UUID, user: User | None, now: datetime) -> Payment:
    """Begin a payment of `amount` paise. The same token again returns the same payment.

    Raises AmountNotPossible; IsFinal for an account that is deleted.
    """
    check(amount)
    if Account.objects.filter(pk=account.pk, wanted_level=Level.DELETED).exists():
        raise IsFinal("This account is deleted. That is final: nothing can be paid any more.")
    payment, _created = Payment.objects.get_or_create(
        account=account,
        start_token=token,
        defaults={
            "number": take_in.number(now),
            "amount": amount,
            "started_by": user,
            "started_at": now,
            "next_check_at": policy.next_look(now, now),
        },
    )
    return payment


def open_order(payment: Payment, *, now: datetime) -> Payment:
    """Make sure that a payment has its order at the gateway, one order for any number of calls.

    One caller makes it; the others return at once, perhaps before it is there. After a time-out the
    order is looked up by our number before another is made. Raises GatewayError.
    """
    claim = _claim_order(payment.pk, now)
    if claim is None:
        return _opened(payment, now)
    door, claimed_before = gateway(), claim
    try:
        order_id = door.find_order(payment.number) if claimed_before else None
        order_id = order_id or door.create_order(payment.number, payment.amount)
    except GatewayError:
        order_id = _find_or_release(payment, now)
        if order_id is None:
            raise
    Payment.objects.filter(pk=payment.pk, gateway_order_id=None).update(gateway_order_id=order_id)
    return _opened(payment, now)


def _opened(payment: Payment, now: datetime) -> Payment:
    """Note that the payment page is opened (again): from now on the gateway is asked as for a new payment."""
    waiting = Payment.objects.filter(pk=payment.pk, settled_at=None, gateway_order_id__isnull=False)
    waiting.update(opened_at=now, next_check_at=policy.next_look(now, now))
    payment.refresh_from_db()
    return payment


def can_be_paid(payment: Payment, *, now: datetime) -> bool:
    """Whether the payment page may be opened: no money has come, nobody looks at it, and it is not stale.

    Not for an account that is deleted: what was begun before is parked when it comes.
    """
    is_stale = now >= payment.started_at + policy.GIVE_UP
    is_elsewhere = payment.failure_reason == policy.ELSEWHERE
    is_final = payment.account.wanted_level == Level.DELETED
    is_theirs = payment.channel == Payment.Channel.ONLINE  # an order of auto-pay has no page to pay it on
    is_over = payment.is_received or is_stale or is_elsewhere or is_final
    return is_theirs and not (is_over or parked.is_open(payment))


def settle(payment_id: int, *, now: datetime) -> Payment:
    """Ask the gateway what became of a payment and act on it. Safe at any time, any number of times.

    Raises GatewayError when it cannot be asked; nothing has changed then.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.gateway_order_id is None or payment.is_received:
        return payment
    door = gateway()
    reports = door.order_payments(payment.gateway_order_id)
    report = furthest(reports)
    if report and report.state == State.AUTHORIZED:
        report = door.capture(report)
    if report is None:
        return _lapsed(payment, reports)
    if report.state == State.CAPTURED:
        return take_in.capture(payment_id, report, now=now)
    return note(payment_id, report)


def ask_now(payment: Payment, *, reason: str, by: User, now: datetime) -> Payment:
    """Settle a payment because a person asks, and write down who did and what became of it. Raises GatewayError."""
    was, said = payment.status, ""
    try:
        if payment.gateway_order_id is None:
            look_for_order(payment)
        return settle(payment.pk, now=now)
    except GatewayError as error:
        said = str(error)
        raise
    finally:
        payment.refresh_from_db()
        audit.record(
            "payments.ask_gateway",
            actor=by,
            account=payment.account,
            subject=f"payment:{payment.number}",
            reason=reason,
            before={"state": was},
            after={"state": payment.status} | ({"answer": said} if said else {}),
            now=now,
        )


def furthest(reports: list[GatewayPayment]) -> GatewayPayment | None:
    """Return the attempt that decides: the one that got furthest.

    One that the gateway gave back before it was ours does not count; one given back later was captured.
    """
    ours = [
        replace(r, state=State.CAPTURED) if r.state == State.REFUNDED and r.was_captured else r
        for r in reports
    ]
    order = {state: place for place, state in enumerate(FURTHEST)}
    return min((r for r in ours if r.state in order), key=lambda r: order[r.state], default=None)


def _lapsed(payment: Payment, reports: list[GatewayPayment]) -> Payment:
    """Write down that all there was went back before it was captured; nothing where there was nothing."""
    if not reports:
        return payment
    return note(payment.pk, replace(reports[-1], state=State.FAILED, reason=policy.GIVEN_BACK))


@unit
def note(payment_id: int, report: GatewayPayment) -> Payment:
    """Write down an attempt that has not brought money (yet). A payment that is decided stays."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if payment.is_received or parked.is_open(payment):
        return payment
    payment.status = {
        State.FAILED: Payment.Status.FAILED,
        State.AUTHORIZED: Payment.Status.AUTHORIZED,
    }.get(report.state, Payment.Status.UNKNOWN)
    payment.failure_reason = report.reason if report.state == State.FAILED else ""
    payment.method, payment.instrument = report.method, report.instrument
    payment.save(update_fields=["status", "failure_reason", "method", "instrument"])
    return payment


def find(order_id: str) -> Payment | None:
    """Return the payment of one of the gateway's orders; one whose id we lost is found by our number.

    Raises GatewayError.
    """
    payment = Payment.objects.filter(gateway_order_id=order_id).first()
    if payment or not order_id:
        return payment
    number = gateway().receipt_of(order_id)
    Payment.objects.filter(number=number, gateway_order_id=None).update(gateway_order_id=order_id)
    return Payment.objects.filter(gateway_order_id=order_id).first()


def look_for_order(payment: Payment) -> None:
    """Store the id of an order that was made but whose answer was lost. Raises GatewayError."""
    order_id = gateway().find_order(payment.number)
    if order_id:
        Payment.objects.filter(pk=payment.pk, gateway_order_id=None).update(gateway_order_id=order_id)


@unit
def _claim_order(payment_id: int, now: datetime) -> bool | None:
    """Claim the making of the order: whether somebody tried before, or None when it is not ours to make."""
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    claimed = payment.order_claimed_at
    if payment.gateway_order_id or (claimed and claimed > now - ORDER_LEASE):
        return None
    payment.order_claimed_at = now
    payment.save(update_fields=["order_claimed_at"])
    return claimed is not None


def _find_or_release(payment: Payment, now: datetime) -> str | None:
    """After a failed call: the order may be there all the same. If not, let the next caller try at once."""
    try:
        order_id = gateway().find_order(payment.number)
    except GatewayError:
        order_id = None
    if order_id is None:
        log.warning("order_not_made", payment=payment.number)
        Payment.objects.filter(pk=payment.pk).update(order_claimed_at=now - ORDER_LEASE)
    return order_id
