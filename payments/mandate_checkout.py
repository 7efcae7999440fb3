"""The way to the gateway's page and back, for one mandate."""

from datetime import datetime

import structlog
from django.conf import settings
from django.urls import reverse

from accounts.models import User
from payments import mandate_follow, mandates
from payments.gateways import GatewayError, gateway
from payments.gateways.mandates import mandates as gateway_mandates
from payments.models import Mandate

log = structlog.get_logger(__name__)


def fields(mandate: Mandate, user: User) -> dict[str, str]:
    """Return the form's fields. What is charged is the order's."""
    page = reverse("auto-pay", kwargs={"ban": mandate.account.ban})
    plain = gateway().checkout_fields(
        order_id=mandate.gateway_order_id or "",
        amount=mandates.price(mandate),
        name=settings.OPERATOR_NAME,
        description=f"Auto-pay {mandate.number} of account {mandate.account.ban}",
        email=user.email,
        returns_to=settings.SITE_URL + reverse("gateway-return"),
        cancels_to=f"{settings.SITE_URL}{page}?left={mandate.number}",
    )
    return gateway_mandates().registration_fields(plain, mandate.gateway_customer_id)


def come_back(posted: dict[str, str], *, now: datetime) -> Mandate | None:
    """Take the browser's news of a mandate: with a genuine signature look at it now, else soon.

    The signature is checked against *our* order's id. Returns None when no mandate's order is named.
    """
    door = gateway()
    news = door.read_return(posted)
    found = Mandate.objects.select_related("account").filter(gateway_order_id=news.order_id)
    mandate = found.first() if news.order_id else None
    if mandate is None:
        return None
    genuine = door.return_is_genuine(mandate.gateway_order_id or "", news.payment_id, news.signature)
    try:
        if genuine:
            return mandate_follow.follow(mandate.pk, now=now)
    except GatewayError as error:
        log.warning("return_not_followed", mandate=mandate.number, error=type(error).__name__)
    Mandate.objects.filter(pk=mandate.pk, state=Mandate.State.AWAITING).update(next_check_at=now)
    return mandate
