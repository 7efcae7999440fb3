"""Staff pages of refunds: asked for from a payment or a parked report, and what a person decides of one that waits."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html_join

from accounts import statement
from accounts.models import Approval
from billing_portal import clock, typed
from billing_portal.money import inr
from billing_portal.staff_pages import (
    DASH,
    PlainForm,
    ReasonField,
    RupeesField,
    amount,
    form_page,
    instead,
    link,
    linked,
    person,
    tag,
)
from credit.admin.tools import ReasonForm, Tooled, act_page, asked
from invoices.admin import approval_queue
from payments import disputes, parked_refunds, refund_desk, refund_plan, refunds, utr
from payments.gateways import GatewayError
from payments.models import ParkedReport, Payment, Refund
from payments.refund_plan import NotPossible, Option, Planned

RIGHT = "payments.give_refund"
FAILURES = (NotPossible, GatewayError, utr.NotAUtr)
TONES = {"waiting": "warn", "asked": "warn", "sent": "warn", "processed": "good", "failed": "bad"}
Status, Way = Refund.Status, Refund.Way


class AskForm(PlainForm):
    """What of a payment to give back, and how much."""

    code = forms.ChoiceField(label="What", widget=forms.RadioSelect)
    amount = RupeesField(label="Amount", max_length=24, help_text="In rupees, like 1,500.50; tax included.")
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, options: list[Option], **words: Any) -> None:
        super().__init__(*args, **words)
        field = self.fields["code"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, one.label) for one in options]
        if len(options) == 1:
            self.initial.update(code=options[0].code, amount=options[0].most)


class TokenForm(ReasonForm):
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class PaidForm(PlainForm):
    """The bank's line that paid it."""

    reference = typed.Line(
        label="UTR", max_length=40, help_text="Of the outgoing line in the bank's statement."
    )
    reason = ReasonField()


class Waits(admin.SimpleListFilter):
    """Which of them need somebody."""

    title, parameter_name = "who is waited for", "waits"
    states: dict[str, dict[str, Any]] = {
        "person": {"parked_at__isnull": False},
        "second": {"status": Status.WAITING},
        "bank": {"status": Status.ASKED, "way": Way.BANK},
        "gateway": {"status__in": [Status.ASKED, Status.SENT], "way": Way.GATEWAY, "parked_at": None},
    }
    words = (
        ("anybody", "Any of us"),
        ("person", "A person"),
        ("second", "A second person"),
        ("bank", "Our bank transfer"),
        ("gateway", "The gateway"),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return self.words

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        if self.value() == "anybody":
            return rows & Refund.objects.for_a_person()
        return rows.filter(**self.states.get(self.value() or "", {}))


# fmt: off
ACTS: dict[str, tuple[str, Callable[..., Refund], type[forms.Form], dict[str, Any]]] = {
    # address     the tool's word           what it calls              its form    its fixed words
    "agree":   ("Agree: send it back",      refund_desk.decide,        ReasonForm, {"agree": True}),
    "refuse":  ("Refuse it",                refund_desk.decide,        ReasonForm, {"agree": False}),
    "again":   ("Send it again",            refund_desk.again,         ReasonForm, {}),
    "to-bank": ("Pay by bank instead",      refund_desk.to_bank,       ReasonForm, {}),
    "paid":    ("It was paid by bank",      refund_desk.paid_by_bank,  PaidForm,   {}),
    "give-up": ("Give up: money back on the account", refund_desk.give_up, ReasonForm, {}),
    "seen":    ("I have looked at it",      refund_desk.seen,          ReasonForm, {}),
}
# fmt: on


@admin.register(Refund)
class RefundAdmin(Tooled):
    list_display = (
        "number", "account_link", "payment_link", "amount_inr", "condition", "asked_at", "processed_at",
    )  # fmt: skip
    csv_fields = (*list_display, "source", "way", "reference")
    list_filter = (Waits, "status", "source", "way", "asked_at")
    list_select_related = ("account", "payment")
    search_fields = (
        "number", "gateway_refund_id__exact", "gateway_payment_id__exact", "reference__exact", "account__ban",
        "payment__number",
    )  # fmt: skip
    date_hierarchy = "asked_at"
    ordering = ("-asked_at", "-pk")
    fieldsets = (
        (None, {"fields": ("number", "account_link", "payment_link", "amount_inr", "condition", "source", "way")}),
        ("Who", {"fields": ("reason", "asked_by", "asked_at", "approved_by", "approval_link")}),
        (
            "At the gateway",
            {"fields": ("gateway_payment_id", "gateway_refund_id", "tries", "next_at", "error", "parked_at")},
        ),
        ("Outcome", {"fields": ("processed_at", "failed_at", "reference", "documents", "report_link", "key")}),
    )  # fmt: skip
    account_link = linked("accounts_account", "account", "Account", text="ban")
    payment_link = linked("payments_payment", "payment", "Payment", text="number")
    approval_link = linked("accounts_approval", "approval", "Approval", text="summary")
    report_link = linked("payments_parkedreport", "report", "Parked report")
    amount_inr = amount("amount", "Amount")

    @admin.display(description="State", ordering="status")
    def condition(self, row: Refund) -> Any:
        if row.parked_at:
            return tag(f"{row.get_status_display()}: needs a person", "bad")
        return tag(row.get_status_display(), TONES.get(row.status, ""))

    @admin.display(description="Documents")
    def documents(self, row: Refund) -> Any:
        made = [link("invoices_document", one.pk, one.number) for one in refunds.documents_of(row)]
        return format_html_join(" ", "{}", ((one,) for one in made)) or DASH

    def tools(self, request: HttpRequest, row: Refund) -> list[tuple[str, str]]:
        if not request.user.has_perm(RIGHT):
            return []
        return [
            (ACTS[act][0], reverse("admin:payments_refund_act", args=[row.pk, act]))
            for act in acts_of(row, request.user.pk)
        ]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("ask/<int:pk>/", view(self.ask_view), name="payments_refund_ask"),
            path("parked/<int:pk>/", view(self.parked_view), name="payments_refund_parked"),
            path("<int:pk>/do/<slug:act>/", view(self.act_view), name="payments_refund_act"),
            *super().get_urls(),
        ]

    def ask_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose what of a payment goes back, see what it does, then do it or ask a second person."""
        if not request.user.has_perm(RIGHT):
            raise PermissionDenied(RIGHT)
        payment = get_object_or_404(Payment.objects.select_related("account__customer"), pk=pk)
        options, problem = _options(payment)
        if problem and request.method != "POST":
            return instead(
                request, f"{payment.number}: {problem}", reverse("admin:payments_payment_change", args=[pk])
            )
        form = AskForm(request.POST or None, options=options)
        planned = None
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                planned = refund_plan.plan(
                    payment.account, payment, data["code"], data["amount"], now=clock.now()
                )
                if "confirm" in request.POST:
                    made = refunds.ask(payment.pk, by=person(request), now=clock.now(), **data)
                    return _done(request, made)
            except NotPossible as error:
                form.add_error("amount", str(error))
        return form_page(
            self, request, form, f"Refund of {payment.number}", button="Show what it will do",
            template="admin/invoices/document/note.html", account=payment.account, lead=_lead(payment, problem),
            shown=_shown(payment, planned), confirm=_confirm(planned),
        )  # fmt: skip

    def parked_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send parked money back to who paid it; it is never credited then."""
        row = get_object_or_404(ParkedReport, pk=pk)
        return act_page(
            self, request, TokenForm(request.POST or None), functools.partial(parked_refunds.send_back, row),
            right=RIGHT, title=f"Send back {inr(row.amount or 0)} of {row.gateway_payment_id}", failures=FAILURES,
            done=_gone, button="Send it back", template="admin/credit/extend.html",
            lead="What the gateway holds of it goes back to the source. Above ₹1,000 a second person decides on the "
            "refund's page first. It is in no account's books, so nothing of them moves.",
        )  # fmt: skip

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """One decision about a refund that waits."""
        row = get_object_or_404(Refund, pk=pk)
        if act not in ACTS:
            return HttpResponseRedirect(reverse("admin:payments_refund_change", args=[pk]))
        title, call, form, fixed = ACTS[act]
        is_over = act not in acts_of(row, request.user.pk)
        over = f"{row.number} is {row.get_status_display().lower()}: that is not yours to decide now."
        return act_page(
            self, request, form(request.POST or None), functools.partial(call, row.pk, **fixed), right=RIGHT,
            title=f"{title}: {row.number}", failures=FAILURES, done=_gone, button=title,
            template="admin/credit/extend.html",
            over=(over, reverse("admin:payments_refund_change", args=[pk])) if is_over else ("", ""),
            lead=f"{inr(row.amount)}, {row.get_status_display().lower()}. {row.error} {_warning(row)}",
        )  # fmt: skip


def _warning(row: Refund) -> str:
    """Return what keeps money of a refund from being paid out now, for who is about to decide."""
    if row.is_open and row.payment and disputes.is_open(row.payment):
        return "Its payer's bank disputes the payment: pay nothing out until that is decided."
    return ""


def acts_of(row: Refund, person_id: int | None) -> list[str]:
    """Return what this person may decide about a refund now; the use cases check again."""
    if row.status == Status.WAITING:
        return [] if row.asked_by_id == person_id else ["agree", "refuse"]
    if row.status == Status.ASKED and row.way == Way.BANK:
        return ["paid", "give-up"]
    if row.parked_at is None:
        return []
    if row.status == Status.ASKED:
        return ["again", *(["to-bank"] if row.is_booked else []), "give-up"]
    return ["to-bank"] if row.status == Status.SENT else ["seen"]


def _options(payment: Payment) -> tuple[list[Option], str]:
    try:
        refund_plan.refuse(payment)
    except NotPossible as error:
        return [], str(error)
    options = refund_plan.options(payment.account, payment)
    return options, "" if options else "Nothing of it is left to give back."


def _lead(payment: Payment, problem: str) -> str:
    if problem:
        return problem
    way = refund_plan.way_of(payment, clock.now())
    goes = "by bank transfer, which finance makes" if way == Way.BANK else "to where it was paid from"
    return (
        f"{inr(payment.amount)} by {payment.paid_with}. It goes back {goes}. "
        "What paid invoices is not refunded: that takes a credit note first."
    )


def _shown(payment: Payment, planned: Planned | None) -> list[tuple[str, int]]:
    if planned is None:
        return []
    value = planned.value
    rows = (
        [("Off the prepaid balance, net", value.taxable), ("GST inside it", value.tax)]
        if planned.parts
        else []
    )
    after = statement.balance_now(payment.account) - planned.lowers
    if planned.needs_two and planned.alone:
        rows.append(("Given back of it without a second person so far", planned.alone))
    return [*rows, ("Balance after it", after), ("Paid out", planned.amount)]


def _confirm(planned: Planned | None) -> str:
    return "Ask a second person" if planned and planned.needs_two else "Refund it"


def _done(request: HttpRequest, made: Refund | Approval) -> HttpResponse:
    text, address = asked(made) if isinstance(made, Approval) else _gone(made)
    messages.success(request, text)
    return HttpResponseRedirect(address)


def _gone(row: Refund) -> tuple[str, str]:
    text = f"{row.number} over {inr(row.amount)}: {row.get_status_display().lower()}."
    return text, reverse("admin:payments_refund_change", args=[row.pk])


approval_queue.ACTIONS[refunds.ACTION] = refunds.carry_out
