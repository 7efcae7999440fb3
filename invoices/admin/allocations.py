"""What paid a bill, on its page: the payment with a link, a billing run by its day, anything else in words."""

from contextlib import suppress
from datetime import date
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Substr
from django.http import HttpRequest
from django.utils.html import format_html

from billing_portal import staff_traces, text
from billing_portal.staff_pages import ReadOnlyRows, amount, link
from invoices.models import Allocation

PAYMENT = "payment:"


class AllocationRows(ReadOnlyRows):
    model = Allocation
    fields = readonly_fields = ("paid_by", "amount_inr", "allocated_at", "back_inr")
    amount_inr, back_inr = amount("amount", "Amount"), amount("back", "Taken back")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        payments = apps.get_model("payments.Payment").objects  # a floor above: known by its name alone
        paid = payments.filter(number=Substr(OuterRef("cause"), len(PAYMENT) + 1)).values("pk")[:1]
        rows = super().get_queryset(request)
        return rows.annotate(back=Sum("reversals__amount"), payment_id=Subquery(paid))

    @admin.display(description="By")
    def paid_by(self, row: Any) -> Any:
        if row.cause.startswith(PAYMENT) and row.payment_id:
            return link("payments_payment", row.payment_id, f"Payment {row.cause.removeprefix(PAYMENT)}")
        return in_words(row.cause)


@admin.display(description="Cause", ordering="cause")
def caused(_admin: admin.ModelAdmin, row: Any) -> Any:
    """Why a document was issued, in words with the code of the books."""
    return format_html("{}<small>{}</small>", in_words(row.cause), row.cause)


def in_words(cause: str) -> str:
    """Return a cause as people read it: cycle:BA-100042:2026-10-26 → Billing run of the cycle from 26 Oct 2026."""
    kind, _, which = cause.partition(":")
    with suppress(ValueError):  # one that names no day
        if kind == "cycle":
            return f"Billing run of the cycle from {text.day(date.fromisoformat(which.rpartition(':')[2]))}"
    said = staff_traces.in_words(cause)
    return said[:1].upper() + said[1:]
