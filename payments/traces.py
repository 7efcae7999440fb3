"""Where a payment's money is now: in vouchers with something left, and in the bills that it paid."""

from accounts.ledger import Book
from accounts.models import Account, Line
from billing_portal.money import Paise
from invoices import reopen
from invoices.reopen import Trace
from payments.models import Cheque, Payment, Refund


def of(account: Account, payment: Payment) -> Trace:
    """Follow a received payment's money, also what came back to the account of it. The caller holds the lock."""
    causes = causes_of(payment)
    return reopen.trace(account, causes, [advance_of(cause) for cause in causes])


def lost(account: Account, payment: Payment) -> Paise:
    """Return what was taken back of a payment, stood nowhere any more, and has not come again: a bad debt so far.

    It had been given back before: refunded, or promised so.
    """
    keys = [key for one in payment.disputes.all() for key in (one.cause, one.won_cause)]
    keys += [key for one in payment.refunds.all() for key in (one.taken_cause, one.failed_cause)]
    cheque: Cheque | None = getattr(payment, "cheque", None)
    keys += [cheque.bounce_cause] if cheque else []
    found = Line.objects.filter(entry__account=account, entry__key__in=keys, book=Book.BAD_DEBTS)
    return max(0, -found.total())


def made_good(account: Account, cause: str) -> Paise:
    """Return what of money that came again under a cause was not the account's: it made good what was lost."""
    return Line.objects.filter(entry__account=account, entry__key=cause, book=Book.BAD_DEBTS).total()


def causes_of(payment: Payment) -> list[str]:
    """Return the causes by which a payment's money came into the account: at first, and again."""
    won = payment.disputes.filter(returned_at__isnull=False)
    failed = payment.refunds.filter(status=Refund.Status.FAILED).exclude(source__in=Refund.UNBOOKED)
    return [payment.cause, *(one.won_cause for one in won), *(one.failed_cause for one in failed)]


def advance_of(cause: str) -> str:
    """Return the cause of the receipt voucher of money that came in under a cause."""
    kind, _, number = cause.partition(":")
    return f"advance:{number}" if kind == "payment" else f"advance:{cause}"
