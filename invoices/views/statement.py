"""Doors of the statement: the page of a period, and its CSV."""

import uuid
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import statement
from accounts.permissions import Right, panel
from billing_portal import cells, clock
from invoices import gst, statement_rows
from invoices.export_forms import Period
from invoices.issue import tax_place

PAGE = 50


@require_safe
@panel(Right.BILLING, stays_open=True)
def statement_page(request: HttpRequest) -> HttpResponse:
    """Opening, rows and closing of a period; this month without one."""
    return _page(request)


@require_safe
@panel(Right.BILLING, stays_open=True)
def statement_csv(request: HttpRequest) -> HttpResponse:
    """The rows of a period as a CSV, streamed."""
    account = request.account  # type: ignore[attr-defined]
    first, last, form = _period(request, clock.today())
    if form.errors:
        return _page(request)  # says why; no file of another period is taken for the one asked for
    response = StreamingHttpResponse(
        cells.lines(statement_rows.lines(account, first, last)), content_type="text/csv; charset=utf-8"
    )
    name = f"{account.ban}-statement-{first}-{last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]


def _page(request: HttpRequest) -> HttpResponse:
    """Show the period that the address asks for."""
    account, today = request.account, clock.today()  # type: ignore[attr-defined]
    first, last, form = _period(request, today)
    rows, after = statement.page(account, first, last, after=_after(request), size=PAGE)
    credit = statement.credit_before(account, last + timedelta(days=1))
    context = {
        "form": form,
        "credit_tax": (credit_tax := gst.inside(credit, tax_place(account, today).supply).tax),
        "first": first,
        "last": last,
        "periods": periods(today),
        "totals": (totals := statement.totals(account, first, last)),
        "net_closing": totals.closing - credit_tax,
        "rows": rows,
        "after": after,
        "is_first": not _after(request),
        "token": uuid.uuid4(),
    }
    return render(request, "invoices/statement.html", context, status=422 if form.errors else 200)


def periods(today: date) -> list[tuple[str, date, date]]:
    """Return the periods that people ask for most: months and financial years."""
    this = statement.month_of(today)
    before = statement.month_of(this[0] - timedelta(days=1))
    year = date(today.year - (today.month < 4), 4, 1)
    return [
        ("This month", *this),
        ("Last month", *before),
        ("This financial year", year, date(year.year + 1, 3, 31)),
        ("Last financial year", date(year.year - 1, 4, 1), date(year.year, 3, 31)),
    ]


def _period(request: HttpRequest, today: date) -> tuple[date, date, Period]:
    first, last = statement.month_of(today)
    asked = {name: request.GET[name] for name in ("first", "last") if name in request.GET}
    form = Period(asked or {"first": first, "last": last})
    if form.is_valid():
        return form.cleaned_data["first"], form.cleaned_data["last"], form
    return first, last, form


def _after(request: HttpRequest) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
