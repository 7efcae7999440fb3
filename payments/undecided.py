"""Whether an account has a payment that is not decided yet: it holds a harmful step back for a day.

A gateway that is down is not asked for each of many payments: each would wait for its time-out, and the run with it.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db.models import Q, QuerySet

from payments import policy, recharge
from payments.gateways import GatewayError, Unavailable
from payments.models import Payment

log = structlog.get_logger(__name__)

PENDING = (
    Payment.Status.UNKNOWN,
    Payment.Status.AUTHORIZED,
)  # the bank has it; a page merely opened does not count while the gateway says that nothing came of it

DOWN = 5  # payments in a row that the gateway does not answer about: it is down, and the others are not asked about


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
    answer: nothing has changed of them, and nothing is certain. After five payments in a row without an answer
    nobody is asked about any more in this run, and all that are left count as not answered.
    """
    waiting = Payment.objects.filter(
        _recent(now),
        account__in=account_ids,
        status__in=recharge.UNDECIDED,
        gateway_order_id__isnull=False,
    )
    unheard, silent = set(), 0
    left = deque(waiting.order_by("started_at", "pk").values_list("pk", "account"))
    while left and silent < DOWN:
        payment, account = left.popleft()
        try:
            recharge.settle(payment, now=now)
            silent = 0
        except GatewayError as error:
            silent = silent + 1 if isinstance(error, Unavailable) else 0
            unheard.add(account)
            log.warning("undecided_not_asked", payment=payment, error=type(error).__name__)
    if left:
        log.error("undecided_gateway_down", not_asked=len(left))
    return frozenset(unheard | {account for _payment, account in left})


def _recent(now: datetime) -> Q:
    """Those begun or opened last within five days; a debit counts from the day of its bank."""
    since = now - policy.GIVE_UP
    return Q(started_at__gt=since) | Q(opened_at__gt=since)
