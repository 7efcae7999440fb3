"""What people type about bank money: a claim, and the tax that was deducted."""

import uuid
from typing import Any

from django import forms

from billing_portal import money, typed
from billing_portal.staff_pages import RupeesField, refuse_hidden
from invoices.models import Document
from payments import tds
from payments.claims import Said
from payments.models import Claim, TaxDeducted
from payments.taxes import Deduction

RATES = [("", "None"), *((str(rate), tds.percent(rate)) for rate in tds.RATES)]


class DeductionFields(forms.Form):
    """What was kept back as tax; all of it may stay empty."""

    tan = typed.Line(label="TAN", max_length=10, required=False)
    rate = forms.ChoiceField(label="TDS rate", choices=RATES, required=False)
    other_rate = forms.DecimalField(
        label="Another rate, %", required=False, min_value=0, max_value=100, decimal_places=2
    )
    tds = RupeesField(label="TDS in rupees", max_length=24, required=False)
    section = typed.Line(label="Section or code", max_length=30, required=False)
    gst_deductor = typed.Line(label="GST-TDS: deductor's GSTIN", max_length=15, required=False)

    def deductions(self, documents: tuple[int, ...]) -> tuple[Deduction, ...]:
        """What was deducted, of these bills; of an advance where there are none. For a sound form."""
        data, made = self.cleaned_data, []
        if self.has_income():
            other = data.get("other_rate")
            rate = int(other * 100) if other else int(data.get("rate") or 0)
            income = (data.get("tan", ""), rate, data.get("section", ""), documents, data.get("tds"))
            made.append(Deduction(TaxDeducted.Kind.INCOME, *income))
        if data.get("gst_deductor"):
            made.append(Deduction(TaxDeducted.Kind.GST, data["gst_deductor"], tds.GST_RATE, "", documents))
        return tuple(made)

    def has_income(self) -> bool:
        return any(self.cleaned_data.get(name) for name in ("tan", "rate", "other_rate", "tds"))

    def has_tax(self) -> bool:
        return self.has_income() or bool(self.cleaned_data.get("gst_deductor"))


class ClaimForm(DeductionFields):
    """A transfer by its UTR or a cheque by its number; what was deducted of which invoices."""

    kind = forms.ChoiceField(choices=Claim.Kind.choices, initial=Claim.Kind.TRANSFER)
    reference = typed.Line(max_length=40)
    amount = forms.CharField(max_length=24)
    sent_on = forms.DateField(
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"],
        widget=forms.DateInput(attrs={"type": "date", "class": "field num"}, format="%Y-%m-%d"),
    )
    bank = typed.Line(max_length=60, required=False)
    invoices = forms.MultipleChoiceField(required=False)
    token = forms.UUIDField(initial=uuid.uuid4)

    def __init__(self, *args: Any, unpaid: list[Document], **words: Any) -> None:
        super().__init__(*args, **words)
        field = self.fields["invoices"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(one.pk), one.number) for one in unpaid]
        self.fields["sent_on"].error_messages = {
            "invalid": "Enter a day like 24/11/2026.",
            "required": "Say when.",
        }
        self.fields["reference"].error_messages = {"required": "Give the UTR, or the cheque's number."}

    def clean_amount(self) -> money.Paise:
        try:
            return money.typed(self.cleaned_data["amount"])
        except money.NotAnAmount as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_hidden(self)
        return data

    def said(self) -> Said:
        data = self.cleaned_data
        documents = tuple(int(pk) for pk in data["invoices"]) if self.has_tax() else ()
        return Said(
            data["kind"],
            data["reference"],
            data["amount"],
            data["sent_on"],
            data["bank"],
            self.deductions(documents),
        )

    def opens_tax(self) -> bool:
        """Whether the page shows what was deducted at once: something of it was typed, or is wrong."""
        names = ("tan", "rate", "other_rate", "tds", "section", "gst_deductor", "invoices")
        return self.is_bound and any(self.data.get(name) or name in self.errors for name in names)
