"""Advances: a receipt voucher for money with nothing to settle, and its set-off against the next invoice.

Receipt voucher: Rule 50, gst reference §§ 4.2–4.4. Set-off, first in first out within one tax treatment:
§ 4.5. The caller holds the account's lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Account
from billing_portal import bulk
from billing_portal.money import Paise
from invoices import gst
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
    line = LineOf("Advance for telecommunication services", value, settings.DEFAULT_SAC, where.rate)
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


def plan_set_off(taxable: Paise, left: Sequence[VoucherBalance], where: TaxPlace) -> list[Use]:
    """Return which vouchers a bill of this taxable value uses, in their order. Decides, changes nothing."""
    rests = [Tax(v.taxable, v.cgst, v.sgst, v.igst) for v in left]
    used = gst.set_off(taxable, rests, where.supply, where.rate)
    return [Use(row, value) for row, value in zip(left, used, strict=True) if value.taxable]


def left_of(accounts: Iterable[Account]) -> dict[tuple[int, str], list[VoucherBalance]]:
    """Return what is left of the accounts' vouchers, by account and tax treatment, first in first out. One query."""
    rows = VoucherBalance.objects.left().filter(account__in=[account.pk for account in accounts])
    found: dict[tuple[int, str], list[VoucherBalance]] = {}
    printed_elsewhere = ("voucher__supplier", "voucher__recipient", "voucher__details")
    for row in rows.select_related("voucher").defer(*printed_elsewhere):
        found.setdefault((row.account_id, row.treatment), []).append(row)
    return found


def use(taken: Sequence[tuple[Use, Document]]) -> None:
    """Use vouchers for documents: their rests and the uses. The ledger is the caller's."""
    bulk.create([_use_row(use, document) for use, document in taken])
    rows = ((u.left.pk, u.value.taxable, u.value.cgst, u.value.sgst, u.value.igst) for u, _document in taken)
    with connection.cursor() as cursor:
        cursor.execute(LESSEN, bulk.arrays(rows))


LESSEN = """
    update invoices_voucherbalance b set taxable = b.taxable - u.taxable, cgst = b.cgst - u.cgst,
        sgst = b.sgst - u.sgst, igst = b.igst - u.igst
    from unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
        u(id, taxable, cgst, sgst, igst)
    where b.id = u.id
"""


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
