"""Whether an account has a payment that is not decided yet: it holds a harmful step back for a day."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db.models import QuerySet

from payments import policy, recharge
from payments.gateways import GatewayError
from payments.models import Payment

log = structlog.get_logger(__name__)

PENDING = (
    Payment.Status.UNKNOWN,
    Payment.Status.AUTHORIZED,
)  # the bank has it; a page merely opened does not count


def paying(account_ids: Iterable[int], *, now: datetime) -> set[int]:
    """Return those accounts of which the bank still has to say what became of a payment. One query; asks nobody."""
    undecided = Payment.objects.filter(
        account__in=list(account_ids), status__in=PENDING, started_at__gt=now - policy.GIVE_UP
    )
    return set(undecided.values_list("account", flat=True))


def ask(account_ids: Iterable[int] | QuerySet, *, now: datetime) -> int:
    """Ask the gateway what became of these accounts' undecided payments, and act on it; return how many were asked.

    Money that has arrived is booked before anybody is harmed. A gateway that does not answer changes nothing.
    """
    waiting = Payment.objects.filter(
        account__in=account_ids,
        status__in=recharge.UNDECIDED,
        gateway_order_id__isnull=False,
        started_at__gt=now - policy.GIVE_UP,
    )
    asked = list(waiting.values_list("pk", flat=True))
    for payment in asked:
        try:
            recharge.settle(payment, now=now)
        except GatewayError as error:
            log.warning("undecided_not_asked", payment=payment, error=type(error).__name__)
    return len(asked)
