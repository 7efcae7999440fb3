"""A bill from its lines: plan what it will be, then issue it with everything that follows, in the caller's unit.

One way for one-time charges, activation, upgrades and debit notes: number, snapshot, ledger, advances and credit
set off at once, the message owed. The caller holds the account's lock. The monthly run writes the same rows for
many accounts at a time (billing_run.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts import ledger, notices
from accounts.ledger import Book, Posting
from accounts.models import Account
from accounts.notices import Owed
from billing_portal import bulk
from billing_portal.money import Paise
from invoices import advances, gst, unapplied
from invoices.gst import Tax
from invoices.issue import Draft, LineOf, TaxPlace, issue_many, tax_place
from invoices.models import Allocation, Document, VoucherBalance


@dataclass(frozen=True)
class Planned:
    """What a bill will be: its place, lines and value, the advances it uses, and the round-off."""

    where: TaxPlace
    lines: tuple[LineOf, ...]
    value: Tax
    uses: tuple[advances.Use, ...]
    rounding: Paise
    credit: Paise = 0  # unapplied credit that will pay a part of it

    @property
    def used(self) -> Tax:
        return sum((use.value for use in self.uses), gst.NOTHING)

    @property
    def total(self) -> Paise:
        return self.value.total + self.rounding

    @property
    def open_amount(self) -> Paise:
        """What will be left to pay."""
        return self.total - self.used.total - self.credit


@dataclass(frozen=True)
class Worth:
    """A line before its tax is known: what, and its taxable value in paise; a discount is negative."""

    description: str
    taxable: Paise
    sac: str = ""


@dataclass(frozen=True)
class Bill:
    """A planned bill with what it says besides its lines."""

    account: Account
    planned: Planned
    cause: str
    due_on: date
    kind: Document.Kind = Document.Kind.INVOICE
    period: tuple[date, date] | None = None
    original: Document | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def plan(account: Account, worths: Sequence[Worth], *, on: date, where: TaxPlace | None = None) -> Planned:
    """Return what a bill over these lines would be, issued on a day. Decides, changes nothing.

    The tax is the account's of that day, or that of `where` (a note follows its invoice).
    """
    return plan_many([(account, worths, where)], on=on)[0]


def plan_many(
    asked: Sequence[tuple[Account, Sequence[Worth], TaxPlace | None]], *, on: date
) -> list[Planned]:
    """Return what each account's bill would be on a day; one bill an account. Two queries for any number."""
    accounts = [account for account, _worths, _where in asked]
    vouchers, credits_ = advances.left_of(accounts), unapplied.left_of(accounts)
    return [
        _plan(worths, where or tax_place(account, on), account.pk, vouchers, credits_)
        for account, worths, where in asked
    ]


def _plan(
    worths: Sequence[Worth],
    where: TaxPlace,
    account_id: int,
    vouchers: Mapping[tuple[int, str], list[VoucherBalance]],
    credits_: Mapping[int, Paise],
) -> Planned:
    taxed = gst.on_lines([worth.taxable for worth in worths], where.supply, where.rate)
    lines = tuple(
        LineOf(worth.description, value, worth.sac or settings.DEFAULT_SAC, where.rate)
        for worth, value in zip(worths, taxed, strict=True)
    )
    value = sum((line.value for line in lines), gst.NOTHING)
    left = vouchers.get((account_id, where.treatment), [])
    uses = tuple(advances.plan_set_off(value.taxable, left, where))
    used = sum((use.value for use in uses), gst.NOTHING)
    whole = used.taxable == value.taxable
    rounding = gst.residue(value.total, used, whole_value_used=whole, largest=settings.ADVANCE_RESIDUE_MAX)
    rest = value.total + rounding - used.total
    return Planned(where, lines, value, uses, rounding, min(rest, credits_.get(account_id, 0)))


def bill(account: Account, planned: Planned, *, now: datetime, **more: Any) -> Document:
    """Issue one planned bill; the words are those of Bill. See `bill_many`."""
    return bill_many([Bill(account, planned, **more)], now=now)[0]


def bill_many(wanted: Sequence[Bill], *, now: datetime) -> list[Document]:
    """Issue planned bills of one kind, one an account: documents, ledger, set-off of advances and credit, messages.

    All in the caller's unit, in a constant number of statements. Repeating is the caller's to prevent: a second
    document of the same cause is refused by the database.
    """
    documents = issue_many([_draft(one) for one in wanted], now=now)
    pairs = list(zip(documents, wanted, strict=True))
    ledger.post_many([posting for document, one in pairs for posting in _postings(document, one)], now=now)
    taken = [(use, document) for document, one in pairs for use in one.planned.uses]
    if taken:
        advances.use(taken)
    bulk.create([_allocation(document, one, now) for document, one in pairs if one.planned.uses])
    for document, one in pairs:
        if one.planned.credit:
            unapplied.apply(one.account, document, now=now)
    notices.owe_many([_owed(document, one.account) for document, one in pairs], now=now)
    return documents


def _draft(one: Bill) -> Draft:
    planned = one.planned
    return Draft(
        one.account,
        one.kind,
        planned.lines,
        one.cause,
        planned.where,
        rounding=planned.rounding,
        due_on=one.due_on,
        period=one.period,
        original=one.original,
        set_off=planned.used.total,
        details={
            **one.details,
            "set_off": [printed(use) for use in planned.uses],
            "set_off_total": planned.used.total,
            "credit": planned.credit,
        },
    )


def _postings(document: Document, one: Bill) -> list[Posting]:
    """Return the entry of a bill, and that of the advances set off against it (gst reference § 4.7)."""
    entries = [
        Posting(f"{document.kind}:{document.number}", one.account, postings(document), narrative(document))
    ]
    used = one.planned.used
    if used.taxable:
        lines = {
            Book.ADVANCES: -used.taxable,
            Book.CGST: -used.cgst,
            Book.SGST: -used.sgst,
            Book.IGST: -used.igst,
            Book.RECEIVABLE: used.total,
        }
        words = f"Advance set off against {document.number}"
        entries.append(Posting(_set_off(document), one.account, lines, words, one.planned.where.treatment))
    return entries if document.total else entries[1:]


def _allocation(document: Document, one: Bill, now: datetime) -> Allocation:
    return Allocation(
        account=one.account,
        document=document,
        cause=_set_off(document),
        amount=one.planned.used.total,
        allocated_at=now,
    )


def _set_off(document: Document) -> str:
    return f"set-off:{document.number}"


def postings(document: Document) -> dict[Book, Paise]:
    """Return the ledger lines of an issued bill."""
    return {
        Book.RECEIVABLE: -document.total,
        Book.REVENUE: document.taxable,
        Book.CGST: document.cgst,
        Book.SGST: document.sgst,
        Book.IGST: document.igst,
        Book.ROUNDING: document.rounding,
    }


def narrative(document: Document) -> str:
    """Return what the ledger and the statement call a document."""
    return f"{Document.Kind(document.kind).label} {document.number}"


def printed(use: advances.Use) -> dict[str, str | int]:
    """Return how a voucher that was set off stands on the bill."""
    voucher = use.left.voucher
    return {"number": voucher.number, "date": voucher.issued_on.isoformat(), "amount": use.value.total}


def _owed(document: Document, account: Account) -> Owed:
    """The bill's mail, with its PDF."""
    return Owed(
        account,
        "debit-note-issued" if document.kind == Document.Kind.DEBIT_NOTE else "invoice-issued",
        f"document:{document.number}",
        notice_context(document),
        [{"name": f"{document.slug}.pdf", "file": document.file.name}],
    )


def notice_context(document: Document) -> dict[str, Any]:
    """Return what the mail of a bill says."""
    return {
        "number": document.number,
        "original": document.original.number if document.original else "",
        "slug": document.slug,
        "total": document.total,
        "set_off": document.total - document.open_amount,
        "open_amount": document.open_amount,
        "due_on": document.due_on.isoformat() if document.due_on else "",
        "period_from": document.period_from.isoformat() if document.period_from else "",
        "period_to": document.period_to.isoformat() if document.period_to else "",
    }
