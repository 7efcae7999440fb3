"""Staff pages of the bank's lines: whose each may be, what is exact, split, suspense with its age."""

import functools
import uuid
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from accounts.models import Account
from billing_portal import clock
from billing_portal.money import Paise, inr
from billing_portal.staff_pages import (
    DASH,
    ReadOnlyRows,
    amount,
    export_csv,
    form_page,
    instead,
    link,
    linked,
    person,
    rupees,
    tag,
)
from billing_portal.text import plain
from credit.admin.tools import ReasonForm, Tooled, act_page
from payments import bank, proposals
from payments.admin import enter_form, settle_form
from payments.admin.exact import FAILURES, RIGHT, credited, settle_page
from payments.bank_lines import NotPossible
from payments.models import BankLine, BankUse
from payments.options import Preview
from payments.proposals import Proposal

ENTER = "payments.import_statement"
TONES = {"unmatched": "warn", "part": "warn", "settled": "good", "suspense": "bad", "ignored": ""}
AGES = (("0-7", 0, 7), ("8-30", 8, 30), ("31-90", 31, 90), ("over 90", 91, 36_500))  # days


class Age(admin.SimpleListFilter):
    """Open money in, by the days it has been there."""

    title, parameter_name = "open for", "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "any time"), *((name, f"{name} days") for name, _from, _to in AGES)]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        today, value = clock.today(), self.value()
        if value == "any":
            return rows.filter(direction="in", open_amount__gt=0)
        for name, first, last in AGES:
            if name == value:
                days = today - timedelta(days=last), today - timedelta(days=first)
                newest = days[1] if first else today + timedelta(days=60)
                return rows.filter(direction="in", open_amount__gt=0, value_on__range=(days[0], newest))
        return rows


class Uses(ReadOnlyRows):
    model = BankUse
    fields = ("amount_inr", "payment_link", "cause", "used_by", "used_at")
    readonly_fields = fields
    verbose_name_plural = "What became of it"
    amount_inr = amount("amount", "Amount")
    payment_link = linked("payments_payment", "payment", "Payment", text="number")


@admin.register(BankLine)
class BankLineAdmin(Tooled):
    list_display = ("value_on", "told", "condition", "signed_inr", "open_inr", "whose")
    list_display_links = ("value_on", "told")
    csv_fields = (
        "value_on", "named", "condition", "amount_inr", "open_inr", "direction", "narration", "whose",
    )  # fmt: skip
    list_filter = (Age, "state", "direction", "source", "value_on")
    search_fields = ("utr", "cheque_number", "narration", "payer", "uses__payment__account__ban", "id__exact")
    ordering = ("-value_on", "-pk")
    list_per_page = 50
    actions = (export_csv,)
    change_list_template = "admin/payments/bank_lines.html"
    inlines = (Uses,)
    fields = (
        "value_on", "named", "condition", "amount_inr", "open_inr", "age", "direction", "narration", "payer", "whose",
        "bank", "source", "statement", "row", "entered_by", "entered_at", "note", "aside_asked_by", "aside_by",
    )  # fmt: skip
    amount_inr, open_inr = amount("amount", "Amount"), amount("open_amount", "Open")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The whole statement is named, but leads only those to it who may open it."""
        may = request.user.has_perm("payments.view_bankimport")
        return [name if name != "statement" or may else "from_statement" for name in self.fields]

    @admin.display(description="Statement")
    def from_statement(self, row: BankLine) -> str:
        return str(row.statement or DASH)

    @admin.display(description="UTR or cheque", ordering="utr")
    def named(self, row: BankLine) -> str:
        return row.utr or (f"Cheque {row.cheque_number}" if row.cheque_number else DASH)

    @admin.display(description="UTR or cheque, and the bank's words", ordering="utr")
    def told(self, row: BankLine) -> Any:
        return format_html("{}<small>{}</small>", self.named(row), plain(row.narration, 80))

    @admin.display(description="Amount", ordering="amount")
    def signed_inr(self, row: BankLine) -> Any:
        """What came, and below zero what went."""
        return rupees(row.amount if row.direction == "in" else -row.amount)

    @admin.display(description="State", ordering="state")
    def condition(self, row: BankLine) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="Days there")
    def age(self, row: BankLine) -> str:
        return str(row.age(clock.today()))

    @admin.display(description="May be of")
    def whose(self, row: BankLine) -> Any:
        found: list[Proposal] | None = getattr(row, "found", None)
        if found is None:
            found = proposals.of([row]).get(row.pk, [])
        return format_html_join("", "<div>{}: {} {}</div>", (_said(one) for one in found)) or DASH

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        made = super().get_changelist_instance(request)
        found = proposals.of(made.result_list)
        for row in made.result_list:
            row.found = found.get(row.pk, [])
        return made

    change_form_template = "admin/payments/bank_line.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        sure = proposals.exact(row) if row and request.user.has_perm(RIGHT) and row.open_amount else None
        return super().change_view(request, object_id, form_url, {"exact": sure, **(extra_context or {})})

    def tools(self, request: HttpRequest, row: BankLine) -> list[tuple[str, str]]:
        names = []
        if request.user.has_perm(RIGHT):
            if row.aside_asked_by_id and row.state != BankLine.State.IGNORED:
                own = row.aside_asked_by_id == request.user.pk  # a second person decides
                names = [] if own else [("Decide on putting it aside", "decide")]
            elif row.open_amount and row.direction == BankLine.Direction.IN:
                names = [("Settle", "settle"), ("Nobody knows yet", "suspense")]
            if row.open_amount == row.amount and not row.aside_asked_by_id:
                names.append(("Put aside", "aside"))
        return [(label, reverse(f"admin:payments_bank_{act}", args=[row.pk])) for label, act in names]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("enter/", view(self.enter_view), name="payments_bank_enter"),
            path("<int:pk>/settle/", view(self.settle_view), name="payments_bank_settle"),
            path("<int:pk>/exact/", view(self.exact_view), name="payments_bank_exact"),
            path("<int:pk>/suspense/", view(self.suspense_view), name="payments_bank_suspense"),
            path("<int:pk>/aside/", view(self.aside_view), name="payments_bank_aside"),
            path("<int:pk>/decide/", view(self.decide_view), name="payments_bank_decide"),
            *super().get_urls(),
        ]

    def enter_view(self, request: HttpRequest) -> HttpResponse:
        """Enter a receipt by hand."""
        form = enter_form.EnterForm(request.POST or None)
        return act_page(
            self, request, form, enter_form.enter, right=ENTER, title="Enter a receipt", failures=NotPossible,
            done=_entered, template="admin/credit/extend.html", button="Enter it",
            lead="It goes to suspense; settle it next. The statement confirms it later by its UTR or cheque number.",
        )  # fmt: skip

    def settle_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say whose it is: shown first, done on a second click."""
        row = _row(request, pk)
        found = proposals.of([row]).get(row.pk, [])
        form = settle_form.SettleForm(request.POST or None, initial=settle_form.suggested(row, found))
        shown: list[tuple[Account, Preview, Paise]] = []
        if request.method == "POST" and form.is_valid():
            try:
                if "confirm" in request.POST:
                    return self._settled(request, row, form, found)
                shown = settle_form.previews(row, form, found)
            except FAILURES as error:
                form.add_error(None, str(error))
        return form_page(
            self, request, form, f"Settle {inr(row.open_amount)}", button="Show what it does",
            template="admin/payments/settle.html", row=row, found=found, shown=shown,
        )  # fmt: skip

    def _settled(
        self, request: HttpRequest, row: BankLine, form: settle_form.SettleForm, found: list[Proposal]
    ) -> HttpResponse:
        data, claim = form.cleaned_data, settle_form.claim_of(form, found)
        made = bank.settle(
            row.pk, form.shares(claim.pk if claim else None), token=data["token"], reason=data["reason"],
            by=person(request), now=clock.now(),
        )  # fmt: skip
        return _say(request, row.pk, made)

    def exact_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Settle a line whose number and amount agree: what it does stands there, and a reason to be changed."""
        row = _row(request, pk)
        sure = proposals.exact(row)
        if sure is None:
            why = "This line is not exact: settle it by its form."
            return instead(request, why if row.open_amount else "Nothing is left of this line.", _address(pk))
        share = bank.Share(sure.account.pk, row.open_amount, sure.claim.pk if sure.claim else None)
        token = uuid.uuid5(uuid.NAMESPACE_URL, f"bank-line-exact:{pk}")
        return settle_page(
            self, request, row, sure, functools.partial(bank.settle, pk, [share], token=token), _address(pk)
        )

    def suspense_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(
            request, pk, bank.to_suspense, "Nobody knows yet whose it is",
            "The open rest stays in suspense, and on the list of it with its age.",
        )  # fmt: skip

    def aside_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._act(
            request, pk, bank.ask_aside, "Put this line aside",
            "For what is none of the portal's business: an own transfer, the bank's interest. A second person decides.",
        )  # fmt: skip

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = _row(request, pk)
        own = row.aside_asked_by_id == request.user.pk
        return self._act(
            request, pk, functools.partial(bank.put_aside, agree="agree" in request.POST), "Put this line aside?",
            f"Asked for by {row.aside_asked_by}: {row.note}", template="admin/payments/decide.html",
            over=("You asked for it: a second person decides." if own else "", _address(pk)),
        )  # fmt: skip

    def _act(
        self,
        request: HttpRequest,
        pk: int,
        act: Any,
        title: str,
        lead: str,
        template: str = "admin/credit/extend.html",
        over: tuple[str, str] = ("", ""),
    ) -> HttpResponse:
        _row(request, pk)
        return act_page(
            self, request, ReasonForm(request.POST or None), functools.partial(act, pk), right=RIGHT, title=title,
            failures=NotPossible, template=template, lead=lead, over=over,
            done=lambda line: (f"{line.get_state_display()}.", _address(pk)),
        )  # fmt: skip


def _row(request: HttpRequest, pk: int) -> BankLine:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied(RIGHT)
    return get_object_or_404(BankLine.objects.select_related("aside_asked_by"), pk=pk)


def _entered(line: BankLine) -> tuple[str, str]:
    return "Entered. Settle it next.", _address(line.pk)


def _said(one: Proposal) -> tuple[Any, str, Any]:
    return (
        link("accounts_account", one.account.pk, one.account.ban),
        one.why,
        tag("exact", "good") if one.is_exact else "",
    )


def _say(request: HttpRequest, pk: int, made: list[Any]) -> HttpResponse:
    messages.success(request, credited(made))
    return _to(pk)


def _address(pk: int) -> str:
    return reverse("admin:payments_bankline_change", args=[pk])


def _to(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(_address(pk))
