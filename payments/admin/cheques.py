"""Staff pages of cheques: received, deposited, cleared or bounced, each with its day and a reason."""

import functools
import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts.models import Account
from billing_portal import clock, typed
from billing_portal.money import Paise, inr
from billing_portal.staff_pages import (
    PlainForm,
    ReasonField,
    RupeesField,
    amount,
    asked_for,
    export_csv,
    linked,
    tag,
)
from credit import futures
from credit.admin.tools import ReasonForm, Tooled, act_page, of_future
from invoices.export_forms import Day
from payments import bounces, cheques
from payments.admin import our_banks, shown
from payments.bank_lines import NotPossible
from payments.cheques import Paper
from payments.models import Cheque

RIGHT = "payments.handle_cheque"
TONES = {"received": "warn", "deposited": "warn", "cleared": "good", "bounced": "bad", "returned": ""}


class ReceiveForm(PlainForm):
    """What the paper says."""

    ban = typed.Line(label="Account number", max_length=16, help_text="Like BA-100042.")
    number = typed.Line(label="Cheque number", max_length=6)
    bank = typed.Line(label="Drawn on", max_length=60)
    amount = RupeesField(label="Amount", max_length=24)
    dated_on = Day(label="Dated")
    received_on = Day(label="Received")
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_ban(self) -> Account:
        account = Account.objects.filter(ban=self.cleaned_data["ban"].strip().upper()).first()
        if account is None:
            raise forms.ValidationError("No account has this number.")
        return account


class StepForm(PlainForm):
    """A day and a reason."""

    on = Day(label="On")
    reason = ReasonField()


class BankForm(StepForm):
    """Which of our accounts it is paid into."""

    into = forms.ChoiceField(label="Into our account", choices=our_banks.choices, required=False)
    field_order = ("on", "into", "reason")


class BounceForm(StepForm):
    """The bank's words, and what we charge."""

    why = typed.Line(label="The bank's reason", max_length=150, help_text="The customer reads it.")
    charge = RupeesField(
        label="Charge", max_length=24, required=False, help_text="No GST on it. Empty: none."
    )
    field_order = ("on", "why", "charge", "reason")

    def clean_charge(self) -> Paise:
        return self.cleaned_data["charge"] or 0


class ChargeForm(ReasonForm):
    """The bank line that the charge came with."""

    line_id = forms.IntegerField(
        label="Bank line", min_value=1, help_text="Its number stands in its address."
    )
    field_order = ("line_id", "reason")


@admin.register(Cheque)
class ChequeAdmin(Tooled):
    list_display = (
        "number",
        "account_link",
        "bank",
        "condition",
        "amount_inr",
        "received_on",
        "payment_link",
    )
    csv_fields = (
        "number", "account_link", "bank", "condition", "amount_inr", "dated_on", "received_on", "deposited_on",
        "cleared_on", "bounced_on", "payment_link",
    )  # fmt: skip
    list_filter = ("state", "received_on")
    list_select_related = ("account", "payment", "claim")
    search_fields = ("number", "bank", "account__ban", "account__name")
    ordering = ("-received_on", "-pk")
    actions = (export_csv,)
    change_list_template = "admin/payments/cheques.html"
    fields = (*csv_fields, "paid_into", "claim_link", "reason", "charge_inr", "entered_by", "entered_at")
    account_link = linked("accounts_account", "account", "Account", text="ban")
    payment_link = linked("payments_payment", "payment", "Payment", text="number")
    claim_link = linked("payments_claim", "claim", "Declared")
    amount_inr, charge_inr = amount("amount", "Amount"), amount("charge", "Charge")

    @admin.display(description="State", ordering="state")
    def condition(self, row: Cheque) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    def tools(self, request: HttpRequest, row: Cheque) -> list[tuple[str, str]]:
        if not request.user.has_perm(RIGHT):
            return []
        acts = {
            "received": ("deposit", "clear", "bounce", "return"),
            "deposited": ("clear", "bounce"),
            "cleared": ("bounce",),
            "bounced": ("charge",) if row.charge else (),
        }.get(row.state, ())
        return [(LABELS[act], reverse(f"admin:payments_cheque_{act}", args=[row.pk])) for act in acts]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        steps = [
            path(
                f"<int:pk>/{act}/",
                view(functools.partial(self.step_view, act=act)),
                name=f"payments_cheque_{act}",
            )
            for act in LABELS
        ]
        return [
            path("receive/", view(self.receive_view), name="payments_cheque_receive"),
            *steps,
            *super().get_urls(),
        ]

    def receive_view(self, request: HttpRequest) -> HttpResponse:
        """Take a cheque in."""
        today = clock.today()
        form = ReceiveForm(
            request.POST or None, initial={"ban": asked_for(request), "received_on": today, "dated_on": today}
        )
        return act_page(
            self, request, form, _receive, right=RIGHT, title="A cheque came", failures=NotPossible, done=_done,
            template="admin/shown_first.html", button="Take it in", preview=_shown,
            lead="Nothing is credited before the bank has paid it.",
        )  # fmt: skip

    def step_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Take one step of a cheque."""
        row = get_object_or_404(Cheque.objects.select_related("account"), pk=pk)
        form_class, do, lead = STEPS[act]
        first = {"on": clock.today(), "into": row.paid_into, "charge": settings.DISHONOUR_CHARGE}
        return act_page(
            self, request, form_class(request.POST or None, initial=first), functools.partial(do, pk), right=RIGHT,
            title=f"{LABELS[act]}: cheque {row.number} of {row.account.ban} over {inr(row.amount)}",
            failures=NotPossible, done=_done, template="admin/credit/extend.html", button=LABELS[act], lead=lead,
            preview=of_future(row.account, functools.partial(do, pk)) if act in MOVES else None,
        )  # fmt: skip


def _receive(*, ban: Account, token: uuid.UUID, reason: str, by: Any, now: Any, **words: Any) -> Cheque:
    return cheques.receive(ban.pk, Paper(**words), token=token, reason=reason, by=by, now=now)


def _shown(*, ban: Account, now: datetime, **words: Any) -> dict[str, Any]:
    """Say whose account it is and what the cheque would pay. Raises NotPossible, as taking it in would."""
    futures.tried(ban, functools.partial(_receive, ban=ban, now=now, **words), now=now)
    title = "What it pays once the bank has paid it"
    return {
        "parts": [shown.whose(ban), shown.pays(ban, words["amount"], on=words["received_on"], title=title)]
    }


def _done(row: Cheque) -> tuple[str, str]:
    return f"{row.get_state_display()}.", reverse("admin:payments_cheque_change", args=[row.pk])


MOVES = ("clear", "bounce")  # steps that move money: shown first
LABELS = {
    "deposit": "Deposited",
    "clear": "Cleared",
    "bounce": "Bounced",
    "return": "Given back",
    "charge": "The charge came in",
}
# fmt: off
STEPS: dict[str, tuple[Any, Any, str]] = {
    "deposit": (BankForm,   cheques.deposit,     "It is at our bank. Nothing is credited yet."),
    "clear":   (BankForm,   cheques.clear,       "It is credited now: out of the bank's line with its number, or one "
                                                 "that is made now and confirmed by the statement later."),
    "bounce":  (BounceForm, bounces.bounce,      "The customer is told, with the bank's reason and the charge. What "
                                                 "was credited is taken back: its bills are due again."),
    "return":  (ReasonForm, cheques.give_back,   "It goes back to the customer. No money moves."),
    "charge":  (ChargeForm, bounces.take_charge, "Booked as dishonour charges out of that line, without GST."),
}
# fmt: on
