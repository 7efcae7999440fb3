"""Bills that are open again: what paid them went back (a cheque bounced, a payment was charged back).

No credit note: the service was supplied, so the bill stands and is owed again (gst reference § 4.6). Allocations and
uses of vouchers stay as they were made; rows beside them say what was taken back. The caller holds the account's lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Sum

from accounts.models import Account
from billing_portal.money import Paise
from invoices.models import Allocation, AllocationReversal, Document, VoucherBalance, VoucherUse

Kind = Document.Kind


@dataclass(frozen=True)
class Paid:
    """So much of an allocation stands; `use` names the voucher whose money it was, or none."""

    allocation: Allocation
    use: VoucherUse | None
    amount: Paise


@dataclass(frozen=True)
class Trace:
    """Where some money is now: in vouchers with something left, and in bills, the newest allocation first.

    `vouchers` are all it ever stood in.
    """

    vouchers: tuple[Document, ...]
    left: tuple[VoucherBalance, ...]
    paid: tuple[Paid, ...]


def trace(account: Account, money: Iterable[str], advances: Iterable[str]) -> Trace:
    """Follow money into vouchers and bills, also through vouchers that were replaced by others.

    `money` are the causes of its allocations, `advances` those of its receipt vouchers.
    """
    vouchers = _vouchers(account, list(advances))
    causes = [*money, *(f"received-again:{one.number}" for one in vouchers), *_covered(vouchers)]
    left = VoucherBalance.objects.left().filter(account=account, voucher__in=vouchers)
    paid = [*_direct(account, causes), *_set_off(account, vouchers)]
    paid.sort(key=lambda one: (one.allocation.allocated_at, one.allocation.pk), reverse=True)
    return Trace(tuple(vouchers), tuple(left.select_related("voucher")), tuple(paid))


def share(paid: Sequence[Paid], amount: Paise) -> list[Paid]:
    """Return what of these to take back for a sum, in their order. Decides, changes nothing."""
    taken = []
    for one in paid:
        part = min(amount, one.amount)
        if part:
            taken.append(replace(one, amount=part))
        amount -= part
    return taken


def reopen(account: Account, taken: Sequence[Paid], *, cause: str, now: datetime) -> list[AllocationReversal]:
    """Take allocations back: their bills are open again by as much. The ledger is the caller's, under `cause`."""
    made = []
    documents: dict[int, Document] = {}
    for one in taken:
        document = documents.setdefault(one.allocation.document_id, one.allocation.document)
        document.open_amount += one.amount
        document.save(update_fields=["open_amount"])
        made.append(
            AllocationReversal(
                account=account,
                allocation=one.allocation,
                use=one.use,
                cause=cause,
                amount=one.amount,
                reversed_at=now,
            )
        )
    return AllocationReversal.objects.bulk_create(made)


def _vouchers(account: Account, causes: list[str]) -> list[Document]:
    """Return the receipt vouchers of these causes, and those that replaced them."""
    found: list[Document] = []
    while causes:
        fresh = list(account.documents.filter(kind=Kind.RECEIPT_VOUCHER, cause__in=causes).order_by("pk"))
        found += fresh
        causes = [f"advance-again:{one.number}" for one in fresh]
    return found


def _covered(vouchers: Sequence[Document]) -> list[str]:
    """Return the causes of bills that were paid from these vouchers later on (`cover`)."""
    given = Document.objects.filter(original__in=vouchers, cause__startswith="cover:")
    return [f"covered:{one.number}" for one in given]


def _direct(account: Account, causes: Sequence[str]) -> list[Paid]:
    rows = account.allocations.filter(cause__in=causes).select_related("document")
    rows = rows.annotate(back=Sum("reversals__amount", default=0))
    return [Paid(row, None, row.amount - row.back) for row in rows if row.amount > row.back]


def _set_off(account: Account, vouchers: Sequence[Document]) -> list[Paid]:
    """Return what of these vouchers was set off against bills and stands, each with the bill's allocation."""
    uses = VoucherUse.objects.filter(voucher__in=vouchers, invoice__kind__in=[Kind.INVOICE, Kind.DEBIT_NOTE])
    uses = uses.select_related("invoice").annotate(back=Sum("reversals__amount", default=0))
    standing = [use for use in uses if use.total > use.back]
    causes = [f"set-off:{use.invoice.number}" for use in standing]
    rows = account.allocations.filter(cause__in=causes).select_related("document")
    by_bill = {row.document_id: row for row in rows}
    return [Paid(by_bill[use.invoice_id], use, use.total - use.back) for use in standing]
