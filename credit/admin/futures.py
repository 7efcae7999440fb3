"""What a yes in the queue of approvals would change in the account's future, for the second person to read."""

from collections.abc import Callable

from accounts import approvals
from accounts.models import Approval, User
from billing_portal import clock
from credit import futures
from invoices.admin import approval_queue


def _difference(row: Approval, actor: User, carry_out: Callable[[Approval], str]) -> futures.Difference:
    now = clock.now()
    before, after = approvals.try_out(
        row.pk, actor=actor, now=now, carry_out=carry_out, read=lambda account: futures.of(account, now=now)
    )
    return futures.difference(before, after)


approval_queue.FUTURES.append(_difference)  # the queue stands a floor below
