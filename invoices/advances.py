"""Advances: a receipt voucher for money with nothing to settle, and its set-off against the next invoice.

Receipt voucher: Rule 50, gst reference §§ 4.2–4.4. Set-off, first in first out within one tax treatment:
§ 4.5. The caller holds the account's lock.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account
from billing_portal.money import Paise
from invoices import gst, settlement
from invoices.gst import Tax
from invoices.issue import LineOf, TaxPlace, issue
from invoices.models import Document, VoucherBalance, VoucherUse


@dataclass(frozen=True)
class Use:
    """So much of this voucher is used, with its tax."""

    left: VoucherBalance
    value: Tax


def voucher(
    account: Account,
    value: Tax,
    *,
    where: TaxPlace,
    cause: str,
    received_on: date,
    details: dict[str, Any],
    now: datetime,
) -> Document:
    """Issue the receipt voucher of an advance whose tax has been taken out (`gst.inside`)."""
    line = LineOf("Advance for telecommunication services", value, settings.DEFAULT_SAC)
    document = issue(
        account,
        Document.Kind.RECEIPT_VOUCHER,
        [line],
        cause=cause,
        now=now,
        where=where,
        received_on=received_on,
        details=details,
    )
    VoucherBalance.objects.create(
        voucher=document,
        account=account,
        treatment=where.treatment,
        received_on=received_on,
        taxable=value.taxable,
        cgst=value.cgst,
        sgst=value.sgst,
        igst=value.igst,
    )
    return document


def plan_set_off(account: Account, taxable: Paise, where: TaxPlace) -> list[Use]:
    """Return which vouchers an invoice of this taxable value uses, oldest first. Decides, changes nothing."""
    left = list(account.vouchers_left.left().filter(treatment=where.treatment).select_related("voucher"))
    used = gst.set_off(taxable, [Tax(v.taxable, v.cgst, v.sgst, v.igst) for v in left], where.supply)
    return [Use(row, value) for row, value in zip(left, used, strict=True) if value.taxable]


def set_off(account: Account, invoice: Document, uses: list[Use], *, where: TaxPlace, now: datetime) -> None:
    """Use vouchers for an invoice: their rests, the ledger, the allocation."""
    if not uses:
        return
    for use in uses:
        row = use.left
        row.taxable -= use.value.taxable
        row.cgst -= use.value.cgst
        row.sgst -= use.value.sgst
        row.igst -= use.value.igst
        row.save(update_fields=["taxable", "cgst", "sgst", "igst"])
    VoucherUse.objects.bulk_create(_use_row(use, invoice) for use in uses)
    value = sum((use.value for use in uses), gst.NOTHING)
    cause = f"set-off:{invoice.number}"
    ledger.post(
        cause,
        account,
        {
            Book.ADVANCES: -value.taxable,
            Book.CGST: -value.cgst,
            Book.SGST: -value.sgst,
            Book.IGST: -value.igst,
            Book.RECEIVABLE: value.total,
        },
        now=now,
        narrative=f"Advance set off against {invoice.number}",
        treatment=where.treatment,
    )
    settlement.settle(account, [settlement.Part(invoice, value.total)], cause=cause, now=now)


def _use_row(use: Use, invoice: Document) -> VoucherUse:
    value = use.value
    return VoucherUse(
        voucher=use.left.voucher,
        invoice=invoice,
        taxable=value.taxable,
        cgst=value.cgst,
        sgst=value.sgst,
        igst=value.igst,
    )
