"""Documents, usage and the statement as the API tells them: paise, Indian calendar days, codes beside their words."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.statement import KINDS, Row, Totals
from billing_portal import clock
from billing_portal.text import plain
from invoices import standing
from invoices.document_page import Explained, Movement
from invoices.models import Cycle, Document, DocumentFile, DocumentLine, UsageRecord
from invoices.standing import Stand
from invoices.usage_list import masked
from invoices.usage_page import Gauge

LONGEST = 300  # characters of a description
CODES = {label: code for code, label in KINDS.items()}  # of a statement's rows
# fmt: off
STANDS = {
    Stand.NOTHING: "Nothing to pay", Stand.DUE: "Due", Stand.DUE_TODAY: "Due today", Stand.OVERDUE: "Overdue",
    Stand.PAID: "Paid", Stand.WRITTEN_OFF: "Written off", Stand.LEFT: "Not used up", Stand.USED_UP: "Used up",
    Stand.APPLIED: "Applied", Stand.ISSUED: "Issued",
}
# fmt: on


def address(name: str, **keys: str) -> str:
    """Return the whole address of a page or a door."""
    return settings.SITE_URL + reverse(name, kwargs=keys)


def document(row: Document, ban: str, *, today: date) -> dict[str, Any]:
    """Tell a document as lists do. The row is read with its file, `left`, `unapplied` and `write_off`."""
    stands = standing.of(row, today)
    return {
        "number": row.number,
        "id": row.slug,
        "kind": row.kind,
        "kind_label": row.get_kind_display(),
        "issued_on": row.issued_on,
        "due_on": row.due_on,
        "period_from": row.period_from,
        "period_to": row.period_to,
        "currency": "INR",
        **{name: getattr(row, name) for name in ("taxable", "cgst", "sgst", "igst", "rounding", "total")},
        "open_amount": stands.rest,
        "state": str(stands.stand),
        "label": STANDS[stands.stand],
        "is_part": stands.is_part,
        "pdf": pdf(row, ban),
    }


def pdf(row: Document, ban: str) -> dict[str, Any]:
    """Tell where a document's PDF is, and whether it is there. The row is read with its file."""
    return {
        "is_ready": row.file.state == DocumentFile.State.READY,
        "sha256": row.file.sha256 or None,
        "address": address("api-document-pdf", ban=ban, slug=row.slug),
    }


def explained(page: Explained, ban: str, *, today: date) -> dict[str, Any]:
    """Tell a document with its lines, and what was put to it and taken from it."""
    return {
        "account": ban,
        **document(page.document, ban, today=today),
        "place_of_supply": page.document.place_of_supply,
        "lines": [_line(row) for row in page.lines],
        "movements": [_movement(one) for one in page.movements],
        "related": [
            {"number": one.number, "id": one.slug, "kind": one.kind, "kind_label": one.get_kind_display()}
            for one in page.related
        ],
    }


def _line(row: DocumentLine) -> dict[str, Any]:
    amounts = {name: getattr(row, name) for name in ("taxable", "cgst", "sgst", "igst")}
    said = {"description": plain(row.description, LONGEST), "sac": row.sac, "rate": row.rate}
    return {"position": row.position, **said, **amounts}


def _movement(one: Movement) -> dict[str, Any]:
    on = clock.business_date(one.on) if isinstance(one.on, datetime) else one.on
    said = {"on": on, "kind": one.kind, "reference": plain(one.reference, LONGEST) or None}
    return said | {"amount": one.amount, "tax": one.tax}


def usage(ban: str, cycle: Cycle | None, gauges: Iterable[Gauge]) -> dict[str, Any]:
    """Tell what a cycle has used, feature by feature."""
    features = [_gauge(one) for one in gauges]
    sums = {name: sum(one[name] for one in features) for name in ("current_usage", "free_value", "charge")}
    shown = cycle and {
        "starts_on": cycle.starts_on,
        "ends_on": cycle.ends_on,
        "is_closed": cycle.closed_at is not None,
        "plan": plain(cycle.version.plan.name, LONGEST),
    }
    return {"account": ban, "currency": "INR", "cycle": shown, **sums, "features": features}


def _gauge(one: Gauge) -> dict[str, Any]:
    used = one.used
    return {
        "feature": one.code,
        "label": plain(one.name, LONGEST),
        "unit": one.unit,
        "used": used.units,
        "allowance": used.allowance,
        "free_left": one.left,
        "billable": used.billable,
        "unit_price": used.unit_price,
        "current_usage": used.gross,
        "free_value": used.free_value,
        "charge": used.charge,
    }


def record(row: UsageRecord) -> dict[str, Any]:
    """Tell one call or message; its numbers by their last four digits, prices before tax and free units."""
    return {
        "id": row.record_id,
        "feature": row.feature_id,
        "caller": masked(row.caller),
        "called": masked(row.called),
        "started_at": row.started_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
        "units": row.units,
        "unit_price": row.unit_price,
        "value": None if row.unit_price is None else row.units * row.unit_price,
        "is_late": row.is_late,
    }


def statement(ban: str, span: tuple[date, date], totals: Totals, credit_tax: int) -> Mapping[str, Any]:
    """Tell the sums of a period; its rows stand beside them."""
    return {
        "account": ban,
        "currency": "INR",
        "first": span[0],
        "last": span[1],
        "opening": totals.opening,
        "payments": totals.payments,
        "billed": totals.billed,
        "credits": totals.credits,
        "closing": totals.closing,
        "tax_in_credit": credit_tax,
    }


def statement_row(row: Row) -> dict[str, Any]:
    """Tell one entry of the ledger."""
    words = {name: plain(getattr(row, name), LONGEST) for name in ("reference", "narrative")}
    return asdict(row) | words | {"kind": CODES.get(row.kind, "correction"), "label": row.kind}
