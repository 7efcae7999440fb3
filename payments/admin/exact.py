"""The page that settles a line whose number and amount agree: whose it is, what it does, a reason, one button."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from billing_portal.money import inr
from billing_portal.staff_pages import instead, link
from credit.admin.tools import ReasonForm, act_page
from payments import claims, tds
from payments.admin import settle_form
from payments.bank_lines import NotPossible
from payments.models import BankLine
from payments.proposals import Proposal

RIGHT = "payments.settle_line"
FAILURES = (NotPossible, tds.NotRight, claims.NotPossible)


def settle_page(
    this: Any, request: HttpRequest, row: BankLine, sure: Proposal, act: Any, back: str
) -> HttpResponse:
    """Show what the whole of a line does for one account, and do it with a reason: for just whom it was shown."""
    if request.POST.get("for", str(sure.account.pk)) != str(sure.account.pk):
        return instead(request, f"It is {sure.account.ban}'s by now. Nothing was settled.", back)
    try:
        shown = (
            [settle_form.preview(row, sure.account, row.open_amount, claim=sure.claim)]
            if row.open_amount
            else []
        )
    except FAILURES as error:
        return instead(request, str(error), back)
    form = ReasonForm(request.POST or None, initial={"reason": f"{capfirst(sure.why)}."})
    return act_page(
        this, request, form, act, right=RIGHT, title=f"Settle {inr(row.open_amount)} with {sure.account.ban}",
        button="Settle", failures=FAILURES, template="admin/payments/exact.html", row=row, found=[sure], shown=shown,
        done=lambda made: (credited(made), back),
    )  # fmt: skip


def credited(made: list[Any]) -> str:
    """Say which payments were made, each with a link."""
    links = format_html_join(", ", "{}", ((link("payments_payment", one.pk, one.number),) for one in made))
    return format_html("Credited: {}.", links)
