"""Where a payment's money is now: in vouchers with something left, and in the bills that it paid."""

from accounts.models import Account
from invoices import reopen
from invoices.reopen import Trace
from payments.models import Payment, Refund


def of(account: Account, payment: Payment) -> Trace:
    """Follow a received payment's money, also what came back to the account of it. The caller holds the lock."""
    causes = causes_of(payment)
    return reopen.trace(account, causes, [advance_of(cause) for cause in causes])


def causes_of(payment: Payment) -> list[str]:
    """Return the causes by which a payment's money came into the account: at first, and again."""
    won = payment.disputes.filter(returned_at__isnull=False)
    failed = payment.refunds.filter(status=Refund.Status.FAILED).exclude(source__in=Refund.UNBOOKED)
    return [payment.cause, *(one.won_cause for one in won), *(one.failed_cause for one in failed)]


def advance_of(cause: str) -> str:
    """Return the cause of the receipt voucher of money that came in under a cause."""
    kind, _, number = cause.partition(":")
    return f"advance:{number}" if kind == "payment" else f"advance:{cause}"
