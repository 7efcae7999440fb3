"""The registration order of a mandate: made once, looked up after a time-out, with the rupee that it charges.

The bank account of an e-mandate is typed, sent on, and not kept: a try whose order was not made needs it again.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import notices
from accounts.models import Account, Customer
from billing_portal.unit import unit
from payments import mandates, policy, take_in
from payments.autopay_policy import IST
from payments.gateways import GatewayError
from payments.gateways.mandates import BankAccount, GatewayMandates, Registration
from payments.gateways.mandates import mandates as gateway_mandates
from payments.models import GatewayCustomer, Mandate, Payment

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)


class NotOurs(GatewayError):
    """The gateway takes two of our customers for one: their saved instruments would be shared."""


class AccountNeeded(GatewayError):
    """The bank account has to be typed again: it is not kept, and no order was made with it."""


@dataclass(frozen=True)
class Payer:
    """How the gateway reaches an account's payer; `contact` is empty where the account has no mobile number."""

    email: str
    contact: str

    @property
    def reachable(self) -> str:
        """A phone number for calls that must have one: the payer's, else the operator's own."""
        return self.contact or "".join(filter(str.isdigit, settings.SUPPORT_PHONE))


def payer(account: Account) -> Payer:
    """Return the first address and mobile that billing messages go to."""
    emails, phones = notices.recipients(account), notices.recipients(account, "sms")
    return Payer(emails[0] if emails else "", phones[0] if phones else "")


def open_order(mandate: Mandate, bank: BankAccount | None, *, now: datetime) -> Mandate:
    """Make sure that a mandate has its order at the gateway, one order for any number of calls.

    One caller makes it; the others return at once, perhaps before it is there. After a time-out the order is looked
    up by our number before another is made. Raises GatewayError.
    """
    claimed_before = _claim(mandate.pk, now)
    if claimed_before is None:
        mandate.refresh_from_db()
        return mandate
    door = gateway_mandates()
    try:
        customer_id = customer(mandate.account, door, now=now)
        order_id = door.find_order(mandate.number) if claimed_before else None
        order_id = order_id or door.create_registration(_registration(mandate, customer_id, bank))
    except GatewayError:
        order_id = _find_or_release(door, mandate, now)
        if order_id is None:
            raise
        customer_id = customer(mandate.account, door, now=now)
    return attach(mandate.pk, order_id, customer_id, now=now)


@unit
def attach(mandate_id: int, order_id: str, customer_id: str, *, now: datetime) -> Mandate:
    """Keep the order of a mandate, and the payment that it charges. Attaching again does nothing."""
    account = Account.objects.lock(Mandate.objects.values_list("account_id", flat=True).get(pk=mandate_id))
    mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate_id)
    mandate.account = account
    if mandate.gateway_order_id:
        return mandate
    mandate.gateway_order_id, mandate.gateway_customer_id = order_id, customer_id
    mandate.next_check_at = policy.next_look(mandate.started_at, now)
    if mandates.price(mandate):
        mandate.first_payment = Payment.objects.create(
            account=account,
            number=take_in.number(now),
            channel=Payment.Channel.AUTO_PAY,
            amount=mandates.price(mandate),
            start_token=uuid.uuid5(mandate.token, "approval"),
            started_by=mandate.started_by,
            started_at=now,
            gateway_order_id=order_id,
            next_check_at=now + policy.GIVE_UP,
        )  # until then the mandate's own looks ask about it; who never came back has not paid
    mandate.save(update_fields=["gateway_order_id", "gateway_customer_id", "next_check_at", "first_payment"])
    return mandate


def look_for(mandate: Mandate, *, now: datetime) -> Mandate:
    """Attach an order that was made but whose answer was lost. Raises GatewayError."""
    door = gateway_mandates()
    order_id = door.find_order(mandate.number)
    if order_id is None:
        return mandate
    return attach(mandate.pk, order_id, customer(mandate.account, door, now=now), now=now)


def find(order_id: str, *, now: datetime) -> Mandate | None:
    """Return the mandate of one of the gateway's orders; one whose id we lost is found by our number.

    Raises GatewayError.
    """
    mandate = Mandate.objects.filter(gateway_order_id=order_id).first() if order_id else None
    if mandate or not order_id:
        return mandate
    number = gateway_mandates().receipt_of(order_id)
    lost = Mandate.objects.select_related("account").filter(number=number, gateway_order_id=None).first()
    return look_for(lost, now=now) if lost else None


def customer(account: Account, door: GatewayMandates, *, now: datetime) -> str:
    """Return the gateway's id of an account's customer, made at the first mandate. Raises GatewayError, NotOurs."""
    known = GatewayCustomer.objects.filter(customer=account.customer_id).first()
    if known:
        return known.gateway_customer_id
    reach = payer(account)
    made = door.make_customer(name=account.customer.name, email=reach.email, contact=reach.contact)
    return _keep_customer(account.customer, made, now)


def _keep_customer(ours: Customer, made: str, now: datetime) -> str:
    """Keep the pair; two of our customers never share one of the gateway's. Raises NotOurs."""
    try:
        with transaction.atomic():
            kept, _ = GatewayCustomer.objects.get_or_create(
                customer=ours, defaults={"gateway_customer_id": made, "made_at": now}
            )
    except IntegrityError:
        log.error("gateway_customer_shared", customer=ours.pk, gateway_customer=made)
        raise NotOurs("The gateway takes this customer for another one of ours.") from None
    return kept.gateway_customer_id


def _registration(mandate: Mandate, customer_id: str, bank: BankAccount | None) -> Registration:
    if mandate.method == Mandate.Method.EMANDATE and bank is None:
        raise AccountNeeded("The bank account is needed again.")
    return Registration(
        number=mandate.number,
        method=mandate.method,
        amount=mandates.price(mandate),
        ceiling=mandate.ceiling,
        valid_until=datetime.combine(mandate.valid_until, time(23, 59, 59), IST),
        customer_id=customer_id,
        account=bank,
    )


@unit
def _claim(mandate_id: int, now: datetime) -> bool | None:
    """Claim the making of the order: whether somebody tried before, or None when it is not ours to make."""
    mandate = Mandate.objects.select_for_update(of=("self",)).get(pk=mandate_id)
    claimed = mandate.order_claimed_at
    if mandate.gateway_order_id or mandate.is_over or (claimed and claimed > now - LEASE):
        return None
    mandate.order_claimed_at = now
    mandate.save(update_fields=["order_claimed_at"])
    return claimed is not None


def _find_or_release(door: GatewayMandates, mandate: Mandate, now: datetime) -> str | None:
    """After a failed call: the order may be there all the same. If not, let the next caller try at once."""
    try:
        order_id = door.find_order(mandate.number)
    except GatewayError:
        order_id = None
    if order_id is None:
        log.warning("registration_not_made", mandate=mandate.number)
        Mandate.objects.filter(pk=mandate.pk).update(order_claimed_at=now - LEASE)
    return order_id
