"""What staff type to issue a one-time charge."""

import uuid
from typing import Any

from django import forms
from django.conf import settings

from billing_portal import typed
from billing_portal.money import LARGEST
from billing_portal.staff_pages import PlainForm, ReasonField, RupeesField


class ChargeForm(PlainForm):
    """One line of a tax invoice. The hidden token makes a second click the same invoice."""

    description = typed.Line(max_length=300, help_text="Printed on the invoice.")
    amount = RupeesField(label="Amount before tax", max_length=24, help_text="In rupees, like 1,500.50.")
    due_days = forms.IntegerField(label="Days until due", min_value=0, max_value=90)
    reason = ReasonField()
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_days"].initial = settings.DUE_DAYS
        self.fields["token"].initial = uuid.uuid4

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if not 0 < amount <= LARGEST // 100:
            raise forms.ValidationError("Enter an amount above zero and within ₹1,00,00,00,000.")
        return amount
