"""The way to the gateway's page and back, for one payment."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from payments import recharge
from payments.gateways import GatewayError, gateway
from payments.models import Payment

log = structlog.get_logger(__name__)

POLLING = timedelta(minutes=10)


def address() -> str:
    """Return where the browser posts the form to."""
    return gateway().checkout_url()


def origin() -> str:
    """Return the gateway's origin, which this page's forms may lead to."""
    parts = urlsplit(address())
    return f"{parts.scheme}://{parts.netloc}"


def fields(payment: Payment, user: User) -> dict[str, str]:
    """Return the form's fields. The amount is our row's; the order's is what is charged."""
    page = reverse("payments", kwargs={"ban": payment.account.ban})
    return gateway().checkout_fields(
        order_id=payment.gateway_order_id or "",
        amount=payment.amount,
        name=settings.OPERATOR_NAME,
        description=f"Recharge {payment.number} of account {payment.account.ban}",
        email=user.email,
        returns_to=settings.SITE_URL + reverse("gateway-return"),
        cancels_to=f"{settings.SITE_URL}{page}?cancelled={payment.number}",
    )


def come_back(posted: dict[str, str], *, now: datetime) -> Payment | None:
    """Take the browser's news of a payment: with a genuine signature settle it now, else look at it soon.

    The signature is checked against *our* order's id. Returns None when no order of ours is named.
    """
    door = gateway()
    news = door.read_return(posted)
    payment = Payment.objects.select_related("account").filter(gateway_order_id=news.order_id).first()
    if payment is None or not news.order_id:
        return None
    genuine = door.return_is_genuine(payment.gateway_order_id or "", news.payment_id, news.signature)
    try:
        if genuine:
            recharge.settle(payment.pk, now=now)
    except GatewayError as error:
        log.warning("return_not_settled", payment=payment.number, error=type(error).__name__)
    waiting = Payment.objects.filter(pk=payment.pk, settled_at=None, parked_reports=None)
    waiting.update(next_check_at=now)
    return payment


def is_polling(payment: Payment, *, now: datetime) -> bool:
    """Whether the result page still asks by itself."""
    return payment.status in recharge.UNDECIDED and now < payment.since + POLLING
