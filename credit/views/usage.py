"""Doors of the usage and credit: gauges, days, the call list and its CSV; the limit and how it is made up."""

import uuid
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Right, may, panel
from billing_portal import cells, clock
from credit import exposure, limit_page
from invoices import usage_list, usage_page
from invoices.cycle import Span
from invoices.export_forms import Usage
from invoices.models import Cycle, Feature

PAGE = 50
MOST_DAYS = 62  # that a chart shows
MOST_STREAMED = 366  # days of a CSV within the request; longer ones are made in the background


@require_safe
@panel(Right.USAGE)
def usage_page_view(request: HttpRequest) -> HttpResponse:
    """The chosen cycle or period: gauges, a chart of days, and every record."""
    return _page(request)


@require_safe
@panel(Right.USAGE)
def usage_csv(request: HttpRequest) -> HttpResponse:
    """The records of a period as a CSV, streamed; numbers as the role shows them."""
    account = request.account  # type: ignore[attr-defined]
    span, _cycle, form = _chosen(request, usage_page.cycles(account), clock.today())
    if form.errors:
        return _page(request)  # says why; no file of another period is taken for the one asked for
    if span.days > MOST_STREAMED:
        return _page(request, too_long=True)
    rows = usage_list.chosen(account, span.starts_on, span.ends_on, form.cleaned_data["feature"])
    whole = may(request.member, Right.NUMBERS)  # type: ignore[attr-defined]
    response = StreamingHttpResponse(
        cells.lines(usage_list.lines(rows, whole_numbers=whole)), content_type="text/csv; charset=utf-8"
    )
    name = f"{account.ban}-usage-{span.starts_on}-{span.ends_on}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]


def _page(request: HttpRequest, *, too_long: bool = False) -> HttpResponse:
    """Show the period that the address asks for; `too_long` for a CSV within the request."""
    account, now = request.account, clock.now()  # type: ignore[attr-defined]
    today = clock.business_date(now)
    cycles = usage_page.cycles(account)
    span, cycle, form = _chosen(request, cycles, today)
    feature = form.cleaned_data.get("feature", "") if form.is_valid() else ""
    rows = usage_list.chosen(account, span.starts_on, span.ends_on, feature)
    gauges = usage_page.gauges(cycle) if cycle else []
    may_bill = may(request.member, Right.BILLING)  # type: ignore[attr-defined]
    charted = Span(max(span.starts_on, span.ends_on - timedelta(days=MOST_DAYS - 1)), span.ends_on)
    days = usage_page.days(account, charted)
    context = {
        "form": form,
        "span": span,
        "cycle": cycle,
        "cycles": cycles,
        "gauges": gauges,
        "gross": sum(one.used.gross for one in gauges),
        "free": sum(one.used.free_value for one in gauges),
        "charge": sum(one.used.charge for one in gauges),
        "days": days,
        "charted": days.units,
        "counted": sum(one.used.units for one in gauges) if cycle else days.units,
        "may_stream": span.days <= MOST_STREAMED,
        "most_streamed": MOST_STREAMED,
        "too_long": too_long,
        "features": Feature.objects.all(),
        "feature": feature,
        "page": usage_list.page(rows, request.GET.get("after", ""), PAGE),
        "is_first": "after" not in request.GET,
        "whole_numbers": may(request.member, Right.NUMBERS),  # type: ignore[attr-defined]
        "may_bill": may_bill,
        "money": exposure.read(account, now=now) if may_bill else None,
        "credit": limit_page.read(account, today=today) if may_bill else None,
        "today": today,
        "token": uuid.uuid4(),
    }
    return render(request, "invoices/usage.html", context, status=422 if form.errors or too_long else 200)


def _chosen(request: HttpRequest, cycles: list[Cycle], today: date) -> tuple[Span, Cycle | None, Usage]:
    """Return the days to show and the cycle that they are, if they are one; the running one without a choice."""
    running = next((one for one in cycles if one.starts_on <= today), None)
    usual = Span(running.starts_on, running.ends_on) if running else Span(today - timedelta(days=29), today)
    words = request.GET.dict()
    form = Usage({"first": usual.starts_on, "last": usual.ends_on} | words)
    if form.is_valid():
        usual = Span(form.cleaned_data["first"], form.cleaned_data["last"])
    own = next((c for c in cycles if (c.starts_on, c.ends_on) == (usual.starts_on, usual.ends_on)), None)
    return usual, own, form
