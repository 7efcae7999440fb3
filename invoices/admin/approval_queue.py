"""Staff pages of the queue of approvals: what a second person is asked for, and a yes that does it at once."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from accounts import approvals
from accounts.models import Approval
from billing_portal import clock, text, typed
from billing_portal.list_filters import capital, worded
from billing_portal.staff_pages import DASH, ReadOnly, export_csv, form_page, linked, person, tag
from invoices import credit_notes, refund_vouchers

DECIDE = "accounts.decide_approval"
SHORT: dict[str, str] = {Approval.State.WAITING: "Waiting", Approval.State.APPROVED: "Approved"}  # in a tag


class DecisionForm(forms.Form):
    """A yes or a no, with a note."""

    note = typed.Lines(max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


def _credit(row: Approval) -> str:
    words = row.payload
    note = credit_notes.issue_note(
        words["document"], words["amount"], words["description"], token=row.token.hex, now=clock.now()
    )
    return note.number


def _refund(row: Approval) -> str:
    document = refund_vouchers.issue_voucher(
        row.payload["document"],
        row.payload["amount"],
        token=row.token.hex,
        reason=row.reason,
        now=clock.now(),
    )
    return document.number


ACTIONS: dict[str, Callable[[Approval], str]] = {
    "credit-note": _credit,
    "refund-voucher": _refund,
}  # and of upper floors
FUTURES: list[
    Callable[[Approval, Any, Callable[[Approval], str]], Any]
] = []  # of upper floors: what a yes changes
FAILURES = (approvals.NotAllowed, credit_notes.NotPossible, refund_vouchers.NotPossible)


@admin.register(Approval)
class ApprovalAdmin(ReadOnly):
    """The queue: what waits for a second person comes first."""

    change_form_template = "admin/accounts/approval/change_form.html"
    change_list_template = "admin/accounts/approval/change_list.html"
    list_display = ("summary", "condition", "account_link", "requested_by", "why", "requested_at", "waits")
    csv_fields = (
        "summary", "state", "account_link", "requested_by", "reason", "requested_at", "waits", "decided_by", "outcome",
    )  # fmt: skip
    list_filter = ("state", ("action", worded(capital)), "requested_at")
    list_select_related = ("account", "requested_by", "decided_by")
    search_fields = ("summary", "account__ban", "outcome", "reason")
    ordering = ("-state", "-requested_at")
    actions = (export_csv,)
    fieldsets = (
        (
            None,
            {"fields": ("summary", "condition", "account_link", "reason", "requested_by", "requested_at")},
        ),
        ("Decision", {"fields": ("decided_by", "decided_at", "note", "outcome")}),
    )
    account_link = linked("accounts_account", "account", "Account", text="ban")

    @admin.display(description="State", ordering="state")
    def condition(self, row: Approval) -> Any:
        tones = {"waiting": "warn", "approved": "good", "rejected": "bad"}
        return tag(SHORT.get(row.state, row.get_state_display()), tones.get(row.state, ""))

    @admin.display(description="Why", ordering="reason")
    def why(self, row: Approval) -> str:
        return text.plain(row.reason, 120)

    @admin.display(description="Waits", ordering="requested_at")
    def waits(self, row: Approval) -> str:
        """How long it has waited, in whole hours or days."""
        if row.state != Approval.State.WAITING:
            return DASH
        hours = int((clock.now() - row.requested_at).total_seconds() // 3600)
        return f"{hours // 24} d" if hours >= 48 else f"{hours} h"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        future = self._future(request, row) if row else {}
        return super().change_view(request, object_id, form_url, {**future, **(extra_context or {})})

    def _future(self, request: HttpRequest, row: Approval) -> dict[str, Any]:
        """What a yes would change, for who may say it; or why it is not possible any more."""
        who = person(request)
        is_mine = row.requested_by_id == who.pk
        if row.state != Approval.State.WAITING or is_mine or not who.has_perm(DECIDE):
            return {"is_mine": is_mine}
        try:
            return {"futures": [future(row, who, ACTIONS[row.action]) for future in FUTURES]}
        except FAILURES as error:
            return {"obstacle": str(error)}

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/approve/", view(self.approve_view), name="accounts_approval_approve"),
            path("<int:pk>/reject/", view(self.reject_view), name="accounts_approval_reject"),
            *super().get_urls(),
        ]

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, "Approve")

    def reject_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, "Reject")

    def _decide(self, request: HttpRequest, pk: int, word: str) -> HttpResponse:
        """A note, and the decision; what was asked for is done at once or not at all."""
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied(DECIDE)
        row = get_object_or_404(Approval.objects.select_related("account"), pk=pk)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            words: dict[str, Any] = {
                "actor": person(request),
                "note": form.cleaned_data["note"],
                "now": clock.now(),
            }
            try:
                if word == "Approve":
                    made = approvals.approve(pk, carry_out=ACTIONS[row.action], **words).outcome
                else:
                    approvals.reject(pk, **words)
                    made = "rejected"
            except FAILURES as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, f"{row.summary}: {made}.")
                return HttpResponseRedirect(reverse("admin:accounts_approval_change", args=[pk]))
        return form_page(
            self,
            request,
            form,
            f"{word}: {row.summary}",
            button=word,
            template="admin/accounts/approval/decide.html",
            account=row.account,
            lead=f"Asked for by {row.requested_by}, waiting {self.waits(row)}: {row.reason}",
            **(self._future(request, row) if word == "Approve" else {}),
        )
