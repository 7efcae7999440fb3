"""A bill from its lines: plan what it will be, then issue it with everything that follows, in the caller's unit.

One way for one-time charges, activation, upgrades and debit notes: number, snapshot, ledger, advances and credit
set off at once, the message owed. The caller holds the account's lock. The monthly run writes the same rows for
many accounts at a time (billing_run.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts import ledger, notices
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.money import Paise
from invoices import advances, gst, unapplied
from invoices.gst import Tax
from invoices.issue import LineOf, TaxPlace, issue, tax_place
from invoices.models import Document


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


def plan(account: Account, worths: Sequence[Worth], *, where: TaxPlace | None = None) -> Planned:
    """Return what a bill over these lines would be now. Decides, changes nothing.

    The tax is the account's of today, or that of `where` (a note follows its invoice).
    """
    where = where or tax_place(account)
    lines = tuple(
        LineOf(worth.description, gst.on_top(worth.taxable, where.supply), worth.sac or settings.DEFAULT_SAC)
        for worth in worths
    )
    value = sum((line.value for line in lines), gst.NOTHING)
    uses = tuple(advances.plan_set_off(account, value.taxable, where))
    used = sum((use.value for use in uses), gst.NOTHING)
    whole = used.taxable == value.taxable
    rounding = gst.residue(value.total, used, whole_value_used=whole, largest=settings.ADVANCE_RESIDUE_MAX)
    rest = value.total + rounding - used.total
    held = sum(account.credits_left.left().values_list("amount", flat=True))
    return Planned(where, lines, value, uses, rounding, min(rest, held))


def bill(
    account: Account,
    planned: Planned,
    *,
    cause: str,
    due_on: date,
    now: datetime,
    kind: Document.Kind = Document.Kind.INVOICE,
    period: tuple[date, date] | None = None,
    original: Document | None = None,
    details: dict[str, Any] | None = None,
) -> Document:
    """Issue a planned bill: document, ledger, set-off of advances and credit, message. All in the caller's unit.

    Repeating is the caller's to prevent: a second document of the same cause is refused by the database.
    """
    document = issue(
        account,
        kind,
        planned.lines,
        cause=cause,
        now=now,
        where=planned.where,
        rounding=planned.rounding,
        due_on=due_on,
        period=period,
        original=original,
        details={
            **(details or {}),
            "set_off": [printed(use) for use in planned.uses],
            "set_off_total": planned.used.total,
            "credit": planned.credit,
        },
    )
    ledger.post(
        f"{kind}:{document.number}", account, postings(document), now=now, narrative=narrative(document)
    )
    advances.set_off(account, document, list(planned.uses), where=planned.where, now=now)
    unapplied.apply(account, document, now=now)
    owe_notice(account, document, now=now)
    return document


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


def owe_notice(account: Account, document: Document, *, now: datetime) -> None:
    """Owe the bill's mail, with its PDF."""
    notices.owe(
        account,
        "invoice-issued",
        event=f"document:{document.number}",
        context=notice_context(document),
        attachments=[{"name": f"{document.slug}.pdf", "file": document.file.name}],
        now=now,
    )


def notice_context(document: Document) -> dict[str, Any]:
    """Return what the mail of a bill says."""
    return {
        "number": document.number,
        "slug": document.slug,
        "total": document.total,
        "set_off": document.total - document.open_amount,
        "open_amount": document.open_amount,
        "due_on": document.due_on.isoformat() if document.due_on else "",
        "period_from": document.period_from.isoformat() if document.period_from else "",
        "period_to": document.period_to.isoformat() if document.period_to else "",
    }
