"""Whether an account has a payment that is not decided yet: it holds a harmful step back for a day."""

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db.models import Q, QuerySet

from payments import policy, recharge
from payments.gateways import GatewayError
from payments.models import Payment

log = structlog.get_logger(__name__)

PENDING = (
    Payment.Status.UNKNOWN,
    Payment.Status.AUTHORIZED,
)  # the bank has it; a page merely opened does not count while the gateway says that nothing came of it


def paying(account_ids: Iterable[int], *, now: datetime, unheard: frozenset[int] = frozenset()) -> set[int]:
    """Return those accounts of which it is not certain what became of a payment. One query; asks nobody.

    `unheard` are accounts of which the gateway could not be asked: their money may be there.
    """
    accounts = set(account_ids)
    undecided = Payment.objects.filter(_recent(now), account__in=accounts, status__in=PENDING)
    return set(undecided.values_list("account", flat=True)) | (accounts & unheard)


def ask(account_ids: Iterable[int] | QuerySet, *, now: datetime) -> frozenset[int]:
    """Ask the gateway what became of these accounts' undecided payments, and act on it.

    Money that has arrived is booked before anybody is harmed. Returns the accounts of which the gateway did not
    answer: nothing has changed of them, and nothing is certain.
    """
    waiting = Payment.objects.filter(
        _recent(now),
        account__in=account_ids,
        status__in=recharge.UNDECIDED,
        gateway_order_id__isnull=False,
    )
    unheard = set()
    for payment, account in list(waiting.values_list("pk", "account")):
        try:
            recharge.settle(payment, now=now)
        except GatewayError as error:
            unheard.add(account)
            log.warning("undecided_not_asked", payment=payment, error=type(error).__name__)
    return frozenset(unheard)


def _recent(now: datetime) -> Q:
    """Those begun or opened last within five days; a debit counts from the day of its bank."""
    since = now - policy.GIVE_UP
    return Q(started_at__gt=since) | Q(opened_at__gt=since)
