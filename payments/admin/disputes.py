"""Staff pages of disputes: what is asked back and until when to answer, our evidence, and the ways to answer."""

import functools
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from accounts.models import Entry
from billing_portal import clock, typed
from billing_portal.money import inr
from billing_portal.staff_pages import DASH, ReasonField, amount, export_csv, link, linked, tag
from credit.admin.tools import ReasonForm, Tooled, act_page
from invoices.models import AllocationReversal, Document
from payments import dispute_answers, policy
from payments.dispute_answers import KINDS, Proof
from payments.models import Dispute

RIGHT = "payments.answer_dispute"
BREAK = SafeString("<br>")
TONES = {
    "open": "bad",
    "action_required": "bad",
    "under_review": "warn",
    "won": "good",
    "lost": "bad",
    "closed": "",
}


class EvidenceForm(forms.Form):
    """What we say, and one document more."""

    note = typed.Lines(
        label="Evidence in words",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="The bank reads this: what was ordered, when it was used, why the payment stands. Nothing secret.",
    )
    kind = forms.ChoiceField(label="Document is", choices=KINDS, required=False)
    file = forms.FileField(label="Document", required=False, help_text="PDF, JPEG or PNG, at most 2 MB.")
    reason = ReasonField()

    def clean(self) -> dict[str, Any]:
        """Read the document once, as what it is."""
        data = super().clean() or self.cleaned_data
        file: UploadedFile | None = data.pop("file", None)
        kind = data.pop("kind", None) or KINDS[0][0]
        data["proof"] = None
        if file:
            proof = Proof(kind, file.read(dispute_answers.LARGEST + 1))
            try:
                dispute_answers.check(proof)
            except dispute_answers.NotPossible as error:
                self.add_error("file", str(error))
            data["proof"] = proof
        return data


class Waiting(admin.SimpleListFilter):
    """What somebody has to do something about."""

    title, parameter_name = "whether it is open", "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("answer", "Waits for our answer"), ("yes", "Open"), ("no", "Decided")]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet | None:
        if self.value() == "answer":
            return rows.filter(decided_at=None, state__in=Dispute.UNANSWERED)
        return (
            rows.filter(decided_at__isnull=self.value() == "yes") if self.value() in ("yes", "no") else None
        )


@admin.register(Dispute)
class DisputeAdmin(Tooled):
    list_display = (
        "gateway_dispute_id", "account_link", "payment_link", "amount_inr", "condition", "answer_by", "opened_at",
    )  # fmt: skip
    csv_fields = (*list_display, "reason_code", "debited_inr")
    list_filter = (Waiting, "state", "phase", "opened_at")
    list_select_related = ("account", "payment", "submitted_by", "accepted_by")
    search_fields = (
        "gateway_dispute_id__exact", "payment__number", "payment__gateway_payment_id__exact", "account__ban",
        "account__name",
    )  # fmt: skip
    date_hierarchy = "opened_at"
    ordering = ("-opened_at", "-pk")
    actions = (export_csv,)
    fieldsets = (
        (None, {"fields": ("gateway_dispute_id", "account_link", "payment_link", "amount_inr", "condition", "answer_by",
                           "phase", "reason_code")}),
        ("Our answer", {"fields": ("note", "documents", "submitted_at", "submitted_by", "accepted_at", "accepted_by")}),
        ("When", {"fields": ("opened_at", "heard_at", "decided_at", "debited_at", "returned_at")}),
        ("What it did", {"fields": ("deducted_inr", "debited_inr", "entries", "vouchers", "reopened")}),
    )  # fmt: skip
    account_link = linked("accounts_account", "account", "Account", text="ban")
    payment_link = linked("payments_payment", "payment", "Payment", text="number")
    amount_inr, debited_inr = amount("amount", "Asked back"), amount("debited", "Taken from the account")
    deducted_inr = amount("deducted", "Held or taken by the gateway")

    @admin.display(description="State", ordering="state")
    def condition(self, row: Dispute) -> Any:
        return tag(row.get_state_display(), TONES[row.state])

    @admin.display(description="Answer by", ordering="respond_by")
    def answer_by(self, row: Dispute) -> Any:
        if row.respond_by is None or not row.is_unanswered:
            return DASH
        days = (clock.business_date(row.respond_by) - clock.today()).days
        if days not in range(max(policy.DISPUTE_REMINDERS) + 1):
            return _moment(row)
        return format_html("{} {}", _moment(row), tag(_left(days), "bad" if days <= 1 else "warn"))

    @admin.display(description="Documents")
    def documents(self, row: Dispute) -> Any:
        kinds = dict(KINDS)
        return _listed(f"{kinds.get(one['kind'], one['kind'])}: {one['id']}" for one in row.proofs)

    @admin.display(description="Ledger entries")
    def entries(self, row: Dispute) -> Any:
        found = Entry.objects.filter(key__in=[row.cause, row.won_cause]).order_by("pk")
        return _listed(link("accounts_entry", one.pk, one) for one in found)

    @admin.display(description="Refund vouchers")
    def vouchers(self, row: Dispute) -> Any:
        kind = Document.Kind.REFUND_VOUCHER
        found = Document.objects.filter(kind=kind, cause__startswith=f"{row.cause}:").order_by("pk")
        return _listed(link("invoices_document", one.pk, f"{one.number}, {inr(one.total)}") for one in found)

    @admin.display(description="Bills that are open again")
    def reopened(self, row: Dispute) -> Any:
        found = AllocationReversal.objects.filter(cause=row.cause).select_related("allocation__document")
        bills = ((one.allocation.document, one.amount) for one in found.order_by("pk"))
        return _listed(
            link("invoices_document", bill.pk, f"{bill.number}, {inr(paid)}") for bill, paid in bills
        )

    def tools(self, request: HttpRequest, row: Dispute) -> list[tuple[str, str]]:
        if not request.user.has_perm(RIGHT):
            return []
        names = [("Ask the gateway now", "look")]
        if row.is_unanswered:
            names += [
                ("Keep evidence", "evidence"),
                ("Submit to the bank", "submit"),
                ("Accept: give it up", "accept"),
            ]
        return [(label, _page(name, row.pk)) for label, name in names]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        views = (self.look_view, self.evidence_view, self.submit_view, self.accept_view)
        names = ("look", "evidence", "submit", "accept")
        own = [
            path(f"<int:pk>/{name}/", view(one), name=f"payments_dispute_{name}")
            for name, one in zip(names, views, strict=True)
        ]
        return [*own, *super().get_urls()]

    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the gateway how it stands, and act on it."""
        row = _row(pk)
        return self._act(
            request, ReasonForm(request.POST or None), dispute_answers.look, row, "Ask the gateway now",
            lead="What it says is taken in as a call of it would be: a lost one is debited, a won one given back.",
        )  # fmt: skip

    def evidence_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write what we say, add a document; nothing goes to the bank yet."""
        row = _row(pk)
        form = EvidenceForm(request.POST or None, request.FILES or None, initial={"note": row.note})
        return self._act(
            request, form, dispute_answers.keep_evidence, row, "Keep evidence", button="Keep as a draft",
            over=_over(row),
            lead=f"Kept here and at the gateway as a draft, with {len(row.proofs)} document(s) so far. It goes to the "
            "bank when it is submitted.",
        )  # fmt: skip

    def submit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send what was kept to the bank."""
        row = _row(pk)
        return self._act(
            request, ReasonForm(request.POST or None), dispute_answers.submit, row, "Submit to the bank",
            over=_over(row),
            lead=f"{len(row.proofs)} document(s) and this summary go to the payer's bank, once: “{row.note}”",
        )  # fmt: skip

    def accept_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the money up."""
        row = _row(pk)
        return self._act(
            request, ReasonForm(request.POST or None), dispute_answers.accept, row, "Accept the dispute",
            over=_over(row), button=f"Give {inr(row.amount)} up",
            lead=f"It is lost then, for good: {inr(row.amount)} is taken out of account {row.account.ban} at once. "
            "What is still in the balance goes with a refund voucher, the bills that the rest paid are due again.",
        )  # fmt: skip

    def _act(
        self,
        request: HttpRequest,
        form: forms.Form,
        act: Any,
        row: Dispute,
        title: str,
        *,
        lead: str,
        button: str = "",
        over: tuple[str, str] = ("", ""),
    ) -> HttpResponse:
        return act_page(
            self, request, form, functools.partial(act, row.pk), right=RIGHT, title=title, button=button, lead=lead,
            over=over,
            failures=dispute_answers.NotPossible, template="admin/credit/extend.html",
            done=lambda made: (f"Done. It is: {made.get_state_display().lower()}.", _page("change", made.pk)),
        )  # fmt: skip


def _row(pk: int) -> Dispute:
    return get_object_or_404(Dispute.objects.select_related("account", "payment"), pk=pk)


def _over(row: Dispute) -> tuple[str, str]:
    """Why it takes no answer any more, and where that stands."""
    if row.is_unanswered:
        return "", ""
    state = row.get_state_display().lower()
    return f"This dispute is {state}: it takes no answer now.", _page("change", row.pk)


def _page(name: str, pk: int) -> str:
    return reverse(f"admin:payments_dispute_{name}", args=[pk])


def _moment(row: Dispute) -> str:
    return f"{date_format(localtime(row.respond_by), 'j M Y, H:i')} IST"


def _left(days: int) -> str:
    return "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"


def _listed(rows: Any) -> Any:
    return format_html_join(BREAK, "{}", ((one,) for one in rows)) or DASH
