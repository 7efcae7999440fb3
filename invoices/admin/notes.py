"""Staff pages of credit notes, debit notes and refunds of advances: typed, previewed, then asked for or issued.

Credit notes and refunds need a second person (I39): the page asks, the queue of approvals (approval_queue.py) does it.
"""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from accounts import approvals
from billing_portal import clock, typed
from billing_portal.money import inr
from billing_portal.staff_pages import (
    PlainForm,
    ReasonField,
    RupeesField,
    form_page,
    instead,
    link,
    person,
)
from invoices import credit_notes, debit_notes, refund_vouchers
from invoices.models import Document, VoucherBalance

REQUEST, CHARGE = "accounts.request_approval", "accounts.issue_charge"


class NoteForm(PlainForm):
    """A note over an amount before tax."""

    description = typed.Line(max_length=300, help_text="Printed on the note: why.")
    amount = RupeesField(label="Amount before tax", max_length=24, help_text="In rupees, like 1,500.50.")
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class RefundForm(forms.Form):
    """An advance given back, whole or in part, tax included."""

    amount = RupeesField(
        label="Amount with tax",
        max_length=24,
        required=False,
        help_text="In rupees; empty gives back all that is left.",
    )
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


def urls(view: Any, this: admin.ModelAdmin) -> list[Any]:
    """Return the pages that stand on a document."""

    def page(door: Any) -> Any:
        return view(lambda request, pk: door(this, request, pk))

    return [
        path("<int:pk>/credit-note/", page(credit_note), name="invoices_document_credit_note"),
        path("<int:pk>/debit-note/", page(debit_note), name="invoices_document_debit_note"),
        path("<int:pk>/refund/", page(refund), name="invoices_document_refund"),
    ]


def credit_note(this: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a credit note; the preview is what a second person will issue."""
    document = _allowed(request, pk, REQUEST)
    if not document.is_bill:
        return _not_of(request, document, "A credit note belongs to a tax invoice or a debit note.")
    form = NoteForm(request.POST or None)
    planned = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            planned = credit_notes.plan(document, data["amount"], data["description"], now=clock.now())
        except credit_notes.NotPossible as error:
            form.add_error("amount", str(error))
        else:
            if "confirm" in request.POST:
                words = f"Credit note over {inr(planned.total)} for {document.number}: {data['description']}"
                payload = {
                    "document": document.pk,
                    "amount": data["amount"],
                    "description": data["description"],
                }
                return _asked(request, document, "credit-note", payload, words, data)
    shown = []
    if planned:
        shown = [
            ("Taxable value", planned.value.taxable),
            ("Tax", planned.value.tax),
            ("Total credited", planned.total),
            (f"Put to {document.number}", planned.applied),
            ("Kept as credit for other invoices", planned.excess),
        ]
    left = credit_notes.left_of(document)
    lead = f"{inr(left.taxable)} before tax is left of {document.number} to take back."
    return _page(
        this,
        request,
        form,
        f"Credit note for {document.number}",
        document,
        lead,
        shown,
        "Ask a second person",
    )


def debit_note(this: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Issue a debit note for an invoice that charged too little."""
    document = _allowed(request, pk, CHARGE)
    if document.kind != Document.Kind.INVOICE:
        return _not_of(request, document, "A debit note belongs to a tax invoice.")
    form = NoteForm(request.POST or None)
    planned = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            planned = debit_notes.plan(
                document.account, document, data["amount"], data["description"], on=clock.today()
            )
            if "confirm" in request.POST:
                note = debit_notes.issue_note(
                    document.pk,
                    data["amount"],
                    data["description"],
                    token=data["token"].hex,
                    actor=person(request),
                    reason=data["reason"],
                    now=clock.now(),
                )
                messages.success(
                    request, format_html("{} is issued.", link("invoices_document", note.pk, note.number))
                )
                return _back(note.pk)
        except debit_notes.NotPossible as error:
            form.add_error("amount", str(error))
    shown = [("Total", planned.total), ("Left to pay", planned.open_amount)] if planned else []
    return _page(
        this, request, form, f"Debit note for {document.number}", document, "", shown, "Issue the debit note"
    )


def refund(this: admin.ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a refund of an advance that no invoice has used."""
    document = _allowed(request, pk, REQUEST)
    left = get_object_or_404(VoucherBalance.objects.select_related("voucher"), voucher=document)
    form = RefundForm(request.POST or None)
    value = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            value = refund_vouchers.plan(left, data["amount"])
        except refund_vouchers.NotPossible as error:
            form.add_error("amount", str(error))
        else:
            if "confirm" in request.POST:
                words = f"Refund of {inr(value.total)} of {document.number}"
                payload = {"document": document.pk, "amount": data["amount"]}
                return _asked(request, document, "refund-voucher", payload, words, data)
    shown = [("Net", value.taxable), ("GST", value.tax), ("To be paid out", value.total)] if value else []
    lead = (
        f"{inr(refund_vouchers.rest_of(left).total)} is left of {document.number}, tax included. This issues the "
        "refund voucher alone and promises the money: it is paid out from the payment's page (Refund), where both can "
        "be done at once."
    )
    return _page(
        this, request, form, f"Refund of {document.number}", document, lead, shown, "Ask a second person"
    )


def _allowed(request: HttpRequest, pk: int, right: str) -> Document:
    if not request.user.has_perm(right):
        raise PermissionDenied(right)
    return get_object_or_404(Document.objects.select_related("account__customer"), pk=pk)


def _not_of(request: HttpRequest, document: Document, why: str) -> HttpResponse:
    said = f"{why} {document.number} is a {document.get_kind_display().lower()}."
    return instead(request, said, reverse("admin:invoices_document_change", args=[document.pk]))


def _asked(
    request: HttpRequest, document: Document, action: str, payload: dict, words: str, data: dict
) -> HttpResponse:
    row = approvals.ask(
        action,
        document.account,
        token=data["token"],
        payload=payload,
        summary=words,
        reason=data["reason"],
        by=person(request),
        now=clock.now(),
    )
    messages.success(request, "Asked for. A second person finds it in the queue of approvals.")
    return HttpResponseRedirect(reverse("admin:accounts_approval_change", args=[row.pk]))


def _page(
    this: admin.ModelAdmin,
    request: HttpRequest,
    form: forms.Form,
    title: str,
    document: Document,
    lead: str,
    shown: list[tuple[str, int]],
    confirm: str,
) -> HttpResponse:
    return form_page(
        this,
        request,
        form,
        title,
        button="Show what it will do",
        template="admin/invoices/document/note.html",
        account=document.account,
        lead=lead,
        shown=shown,
        confirm=confirm,
    )


def _back(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:invoices_document_change", args=[pk]))
