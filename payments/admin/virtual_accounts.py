"""Staff pages of virtual accounts: whose each is, and making one for a customer who asks by telephone."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse

from accounts import audit
from accounts.models import Account
from billing_portal import typed
from billing_portal.shown_first import Part
from billing_portal.staff_pages import PlainForm, ReadOnly, ReasonField, asked_for, export_csv, linked, tag
from credit.admin.tools import act_page
from payments import virtual_accounts
from payments.admin import shown
from payments.gateways import GatewayError
from payments.models import VirtualAccount

RIGHT = "payments.make_virtual_account"
TONES = {"asked": "warn", "active": "good", "closed": ""}


class MakeForm(PlainForm):
    """For whom."""

    ban = typed.Line(label="Account number", max_length=16, help_text="Like BA-100042.")
    reason = ReasonField()

    def clean_ban(self) -> Account:
        account = Account.objects.filter(ban=self.cleaned_data["ban"].strip().upper()).first()
        if account is None:
            raise forms.ValidationError("No account has this number.")
        return account


@admin.register(VirtualAccount)
class VirtualAccountAdmin(ReadOnly):
    list_display = (
        "number",
        "account_link",
        "condition",
        "ifsc",
        "bank_name",
        "made_at",
        "closed_at",
    )
    csv_fields = (*list_display, "gateway_id")
    list_filter = ("state", "made_at")
    list_select_related = ("account",)
    search_fields = ("number", "gateway_id__exact", "account__ban", "account__name")
    ordering = ("-pk",)
    actions = (export_csv,)
    change_list_template = "admin/payments/virtual_accounts.html"
    fields = (*csv_fields, "holder", "asked_by", "asked_at")
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="State", ordering="state")
    def condition(self, row: VirtualAccount) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [path("make/", view(self.make_view), name="payments_virtualaccount_make"), *super().get_urls()]

    def make_view(self, request: HttpRequest) -> HttpResponse:
        """Make an account's virtual account at the gateway, once."""
        form = MakeForm(request.POST or None, initial={"ban": asked_for(request)})
        return act_page(
            self, request, form, _make, right=RIGHT, title="Make a virtual account",
            failures=GatewayError, template="admin/shown_first.html", button="Make it", done=_made, preview=_shown,
            lead="A bank account at the gateway for this customer alone. What arrives there is credited by itself.",
        )  # fmt: skip


def _make(*, ban: Account, reason: str, by: Any, now: Any) -> VirtualAccount:
    row = virtual_accounts.ensure(ban, by=by, now=now)
    audit.record(
        "payments.virtual_account.make",
        actor=by,
        account=ban,
        subject=f"virtual-account:{row.pk}",
        reason=reason,
        after={"state": str(row.state)},
        now=now,
    )
    return row


def _shown(*, ban: Account, **_words: Any) -> dict[str, Any]:
    """Say whose account it is, what is made for it, and what becomes of the money that arrives."""
    held = ban.virtual_accounts.filter(closed_at=None).first()
    lines: list[tuple[str, object]] = [
        ("In the name of", ban.name),
        ("What arrives there", f"is credited to {ban.ban} by itself, its oldest bills first"),
        ("Who is told", "nobody by message; the customer finds it among the ways to pay"),
    ]
    if held and held.number:
        lines = [("It has one", held.number), ("What is done", "nothing: this one stays")]
    return {"parts": [shown.whose(ban), Part("What is made at the gateway", lines)]}


def _made(row: VirtualAccount) -> tuple[str, str]:
    return f"{row.get_state_display()}.", reverse("admin:payments_virtualaccount_change", args=[row.pk])
