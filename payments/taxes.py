"""Tax that a customer deducted, as rows: declared with a claim or at settlement, open with the payment, then certified.

One deduction of a kind an invoice, on its whole value without GST; without an invoice, on the advance that the money
is. The caller holds the account's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts import gstin
from accounts.models import Account
from billing_portal.money import Paise
from invoices import gst
from invoices.issue import tax_place
from invoices.models import Document
from payments import tds
from payments.models import Claim, Payment, TaxDeducted
from payments.tds import NotRight

Kind, State = TaxDeducted.Kind, TaxDeducted.State
TDS_NAMES = {Kind.INCOME: "income tax", Kind.GST: "GST-TDS"}


@dataclass(frozen=True)
class Deduction:
    """What was deducted: the rate in basis points, of which bills (their ids; none: of an advance).

    `amount` is what the customer wrote, in paise; None: as computed.
    """

    kind: str
    deductor: str
    rate: int
    section: str = ""
    documents: tuple[int, ...] = ()
    amount: Paise | None = None


def plan(account: Account, deductions: Sequence[Deduction], *, money: Paise, on: date) -> list[TaxDeducted]:
    """Return what these deductions are, bill by bill, unsaved. Raises NotRight."""
    planned: list[TaxDeducted] = []
    for one in deductions:
        if one.kind in [other.kind for other in planned]:
            raise NotRight(f"Give the {TDS_NAMES[Kind(one.kind)]} once.")
        planned += _of_one(account, one, deductions, money, on)
    return planned


def make(
    account: Account, deductions: Sequence[Deduction], *, claim: Claim | None, money: Paise, on: date
) -> list[TaxDeducted]:
    """Write deductions down as declared. Raises NotRight."""
    planned = plan(account, deductions, money=money, on=on)
    for row in planned:
        row.claim = claim
        row.save()
    return planned


def of_claim(claim: Claim) -> list[TaxDeducted]:
    """Return what was declared with a claim."""
    return list(claim.taxes.filter(state=State.DECLARED).order_by("pk"))


def attach(rows: Sequence[TaxDeducted], payment: Payment) -> None:
    """Open the deductions of a payment that was booked: their certificates are waited for."""
    for row in rows:
        row.payment, row.state = payment, State.OPEN
        row.save(update_fields=["payment", "state"])


def drop(claim: Claim, *, now: datetime) -> None:
    """Drop what was declared with a claim that was withdrawn or rejected."""
    claim.taxes.filter(state=State.DECLARED).update(state=State.DROPPED, ended_at=now)


def _of_one(
    account: Account, one: Deduction, together: Sequence[Deduction], money: Paise, on: date
) -> list[TaxDeducted]:
    deductor = _deductor(one)
    if not 0 < one.rate <= tds.WHOLE:
        raise NotRight("The rate is more than zero and at most 100 %.")
    bases = _bases(account, one, together, money, on)
    rights = [tds.deducted(base, one.rate) for _document, base in bases]
    amounts = rights if one.amount is None else tds.spread(one.amount, rights)
    if any(amount <= 0 for amount in amounts):
        raise NotRight("The tax on this is nothing.")
    return [
        TaxDeducted(
            account=account,
            document=document,
            kind=one.kind,
            deductor=deductor,
            section=one.section,
            rate=one.rate,
            base=base,
            amount=amount,
            deducted_on=on,
            quarter=tds.quarter(on),
            tax_year=tds.tax_year(on),
        )
        for (document, base), amount in zip(bases, amounts, strict=True)
    ]


def _deductor(one: Deduction) -> str:
    if one.kind == Kind.INCOME:
        return tds.tan(one.deductor)
    number = gstin.normal(one.deductor)
    try:
        kind = gstin.check(number)
    except gstin.NotValid as error:
        raise NotRight(str(error)) from error
    if kind != "deductor":
        raise NotRight(
            "GST is deducted by registered deductors: their GSTIN has a D before its last character."
        )
    if one.rate != tds.GST_RATE:
        raise NotRight("GST-TDS is 2 % of the value without GST.")
    return number


def _bases(
    account: Account, one: Deduction, together: Sequence[Deduction], money: Paise, on: date
) -> list[tuple[Document | None, Paise]]:
    """Return what the tax is of: bills with their value without GST, or an advance with that of the money."""
    if not one.documents:
        where = tax_place(account, on)
        rate = 0 if where.supply == gst.Supply.ZERO else where.rate
        base, _tax = tds.gross_of_advance(money, sum(other.rate for other in together), rate)
        return [(None, base)]
    bills = list(account.documents.bills().filter(pk__in=one.documents).order_by("due_on", "pk"))
    if len(bills) < len(set(one.documents)):
        raise NotRight("Choose invoices of this account.")
    before = TaxDeducted.objects.filter(document__in=bills, kind=one.kind, ended_at=None).select_related(
        "document"
    )
    for row in before:
        assert row.document is not None
        raise NotRight(
            f"{TDS_NAMES[Kind(one.kind)].capitalize()} was deducted from {row.document.number} already."
        )
    return [(bill, bill.taxable) for bill in bills]
