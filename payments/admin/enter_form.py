"""A receipt that a person enters before its statement is here."""

import uuid
from typing import Any

from django import forms

from billing_portal import typed
from billing_portal.money import Paise
from billing_portal.staff_pages import PlainForm, ReasonField, RupeesField
from invoices.export_forms import Day
from payments import receipts
from payments.admin import our_banks
from payments.models import BankLine


class EnterForm(PlainForm):
    """Money that is at the bank, before its statement is here."""

    bank = forms.ChoiceField(label="Bank account", choices=our_banks.choices)
    reference = typed.Line(label="UTR or cheque number", max_length=30)
    amount = RupeesField(label="Amount", max_length=24)
    value_on = Day(label="Value date")
    narration = typed.Line(label="Narration", max_length=300, required=False)
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_amount(self) -> Paise:
        if not self.cleaned_data["amount"]:
            raise forms.ValidationError("More than zero.")
        return self.cleaned_data["amount"]


def enter(**words: Any) -> BankLine:
    """Enter what the form says; see `receipts.enter`. Raises NotPossible."""
    return receipts.enter(words.pop("bank"), words.pop("amount"), **words)
