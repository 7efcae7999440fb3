"""Issue a document: number, snapshot, lines and the row its PDF is made from. In the caller's unit."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts.countries import COUNTRY_NAMES
from accounts.models import Account
from accounts.states import STATE_NAMES
from billing_portal import bulk, clock
from invoices import einvoices, gst, numbering
from invoices.gst import Supply, Tax
from invoices.models import Document, DocumentFile, DocumentLine, EInvoice

UNDERTAKING = ("lut_number", "lut_date", "lut_valid_to")


@dataclass(frozen=True)
class LineOf:
    """One line to print: what, and its value with tax."""

    description: str
    value: Tax
    sac: str
    rate: int = gst.RATE


@dataclass(frozen=True)
class TaxPlace:
    """Where a supply to an account takes place, and which taxes that means; the rate in basis points."""

    place: str
    supply: Supply
    rate: int = gst.RATE

    @property
    def treatment(self) -> str:
        return gst.treatment(self.place, self.supply)


def tax_place(account: Account, on: date) -> TaxPlace:
    """Return the place, taxes and rate of a supply to the account on a day; issued documents keep theirs."""
    place = gst.place_of_supply(account.registration, account.state)
    supply = supply_of(account.registration, account.state, account.zero_rated_until, on)
    return TaxPlace(place, supply, gst.rate_on(on))


def supply_of(registration: str, state: str, approved_until: date | None, on: date) -> Supply:
    """Return which taxes a supply on a day carries; `approved_until` is the last day of an SEZ unit's own letter."""
    place = gst.place_of_supply(registration, state)
    letters = _letters_hold(registration, approved_until, on)
    return gst.supply(registration, place, settings.SUPPLIER["state"], letters=letters)


def _letters_hold(registration: str, approved_until: date | None, on: date) -> bool:
    """Return whether a supply may go without tax: our letter of undertaking, and an SEZ unit's own of approval."""
    until = date.fromisoformat(settings.LUT_VALID_TO) if settings.LUT_VALID_TO else None
    ours = bool(settings.LUT_NUMBER) and gst.undertaking_holds(until, on)
    if registration != Account.Registration.SEZ_LUT:
        return ours
    return ours and approved_until is not None and on <= approved_until


def tax_place_of(original: Document) -> TaxPlace:
    """Return the place, taxes and rate of an issued document: what follows it is under the same (R. 53)."""
    rates = [line.rate for line in original.lines.all()]
    return TaxPlace(original.place_of_supply, Supply(original.supply), rates[0])


@dataclass(frozen=True)
class Draft:
    """A document to be issued, amounts in paise. `set_off` is what is paid of a bill in the same unit.

    What follows an `original` names the original's recipient, with its GSTIN and its letter of undertaking.
    """

    account: Account
    kind: Document.Kind
    lines: Sequence[LineOf]
    cause: str
    where: TaxPlace
    rounding: int = 0
    due_on: date | None = None
    received_on: date | None = None
    period: tuple[date, date] | None = None
    original: Document | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    set_off: int = 0


def issue(
    account: Account, kind: Document.Kind, lines: Sequence[LineOf], *, now: datetime, **more: Any
) -> Document:
    """Issue one document and owe its PDF; the words are those of Draft. See `issue_many`."""
    return issue_many([Draft(account, kind, lines, **more)], now=now)[0]


def issue_many(drafts: Sequence[Draft], *, now: datetime) -> list[Document]:
    """Issue documents of one kind and owe their PDFs: numbers in the drafts' order, a constant number of statements.

    Those that need an IRN owe their registration instead; their PDFs are due when it is there (einvoices.py).

    The numbers are taken last, so call this as late in the unit as can be. Repeating is the caller's to
    prevent: a second document of the same cause is refused by the database.
    """
    ours = supplier()
    made = [_document(draft, ours, now) for draft in drafts]
    kind, today = drafts[0].kind, clock.business_date(now)
    numbers, dated = numbering.take_many(kind, today, len(drafts))
    rows = []
    for (document, lines), number in zip(made, numbers, strict=True):
        document.number, document.issued_on = number, dated
        document.hash = digest(document, lines)
        rows += lines
    documents = bulk.create([document for document, _lines in made], ids=True)
    for document, lines in made:
        for row in lines:
            row.document = document
    bulk.create(rows)
    _owe_files(documents, now)
    return documents


def _owe_files(documents: Sequence[Document], now: datetime) -> None:
    to_register = {document.pk for document in documents if einvoices.is_needed(document)}
    bulk.create(
        [
            DocumentFile(
                document=document,
                name=f"{document.issued_on:%Y/%m}/{document.slug}.pdf",
                next_attempt_at=None if document.pk in to_register else now,
            )
            for document in documents
        ]
    )
    bulk.create(
        [
            EInvoice(document=document, next_attempt_at=now)
            for document in documents
            if document.pk in to_register
        ]
    )


def _document(draft: Draft, ours: dict[str, str], now: datetime) -> tuple[Document, list[DocumentLine]]:
    value = sum((line.value for line in draft.lines), gst.NOTHING)
    total = value.total + draft.rounding
    document = Document(
        account=draft.account,
        kind=draft.kind,
        cause=draft.cause,
        issued_at=now,
        received_on=draft.received_on,
        due_on=draft.due_on,
        period_from=draft.period[0] if draft.period else None,
        period_to=draft.period[1] if draft.period else None,
        original=draft.original,
        supplier=ours | _undertaking(draft.original),
        recipient=draft.original.recipient if draft.original else recipient(draft.account),
        details=dict(draft.details),
        place_of_supply=draft.where.place,
        supply=draft.where.supply,
        taxable=value.taxable,
        cgst=value.cgst,
        sgst=value.sgst,
        igst=value.igst,
        rounding=draft.rounding,
        total=total,
        open_amount=total - draft.set_off if draft.due_on else 0,
    )
    return document, [_line(position, line) for position, line in enumerate(draft.lines, start=1)]


def _undertaking(original: Document | None) -> dict[str, str]:
    """Return the letter of undertaking that an original document names."""
    if original is None:
        return {}
    return {name: original.supplier.get(name, "") for name in UNDERTAKING}


def supplier() -> dict[str, str]:
    """Return the operator's particulars as a document keeps them, with all else that is printed from settings."""
    return {
        **settings.SUPPLIER,
        "lut_number": settings.LUT_NUMBER,
        "lut_date": settings.LUT_DATE,
        "lut_valid_to": settings.LUT_VALID_TO,
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
        "support_phone": settings.SUPPORT_PHONE,
    }


def recipient(account: Account) -> dict[str, str]:
    """Return the billing particulars of an account as a document keeps them."""
    return {
        "ban": account.ban,
        "name": account.billing_name,
        "address": account.address,
        "city": account.city,
        "pin": account.pin,
        "state": account.state,
        "state_name": STATE_NAMES[account.state],
        "gstin": account.gstin,
        "registration": account.registration,
        **_country(account),
    }


def _country(account: Account) -> dict[str, str]:
    """Return the country of a customer abroad, which an export's documents name (Rule 46)."""
    name = COUNTRY_NAMES.get(account.country)
    return {"country": account.country, "country_name": name} if name else {}


def digest(document: Document, lines: Sequence[DocumentLine]) -> str:
    """Return the hash over everything that the document prints."""
    fields = (
        "number",
        "kind",
        "cause",
        "place_of_supply",
        "supply",
        "taxable",
        "cgst",
        "sgst",
        "igst",
        "rounding",
    )
    dates = [str(day) for day in (document.issued_on, document.received_on, document.due_on)]
    if document.period_from:
        dates += [str(document.period_from), str(document.period_to)]
    words = [
        *(getattr(document, field) for field in fields),
        document.total,
        *dates,
        document.supplier,
        document.recipient,
        document.details,
        *([document.original_id] if document.original_id else []),
        [[r.position, r.sac, r.description, r.taxable, r.rate, r.cgst, r.sgst, r.igst] for r in lines],
    ]
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _line(position: int, line: LineOf) -> DocumentLine:
    return DocumentLine(
        position=position,
        sac=line.sac,
        description=line.description,
        taxable=line.value.taxable,
        rate=line.rate,
        cgst=line.value.cgst,
        sgst=line.value.sgst,
        igst=line.value.igst,
    )
