"""What people type about alerts."""

from datetime import date, timedelta
from typing import Any

from django import forms

from accounts import recipients
from billing_portal import money, typed
from billing_portal.money import Paise
from credit.alert_settings import Thresholds

FARTHEST = 180  # days ahead of a what-if


class Rupees(forms.CharField):
    """An amount in rupees as people type it, as paise; with `below_zero` a minus may stand before it."""

    def __init__(self, *, below_zero: bool = False, **words: Any) -> None:
        super().__init__(max_length=24, strip=True, **words)
        self.below_zero = below_zero
        self.widget.attrs |= {"class": "field num", "inputmode": "text" if below_zero else "decimal"}

    def clean(self, value: Any) -> Paise:
        text = super().clean(value).replace("\N{MINUS SIGN}", "-")
        minus = self.below_zero and text.startswith("-")
        try:
            amount = money.typed(text[1:] if minus else text)
        except money.NotAnAmount as error:
            raise forms.ValidationError(str(error)) from None
        return -amount if minus else amount


class ThresholdsForm(forms.Form):
    """The two amounts, and what stood there when the page was shown."""

    minimum_balance = Rupees(label="Minimum balance", below_zero=True)
    minimum_top_up = Rupees(label="Minimum top-up")
    seen_balance = forms.IntegerField(widget=forms.HiddenInput)
    seen_top_up = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def showing(cls, stands: Thresholds) -> "ThresholdsForm":
        """Return a form that shows what stands."""
        return cls(
            initial={
                "minimum_balance": money.rupees(stands.minimum_balance),
                "minimum_top_up": money.rupees(stands.minimum_top_up),
                "seen_balance": stands.minimum_balance,
                "seen_top_up": stands.minimum_top_up,
            }
        )

    def wanted(self) -> Thresholds:
        return Thresholds(self.cleaned_data["minimum_balance"], self.cleaned_data["minimum_top_up"])

    def seen(self) -> Thresholds:
        return Thresholds(self.cleaned_data["seen_balance"], self.cleaned_data["seen_top_up"])


class RecipientForm(forms.Form):
    """A person to be told; at least one of address and mobile."""

    name = typed.Line(max_length=120, label="Name")
    email = forms.EmailField(required=False, label="E-mail")
    phone = typed.Line(max_length=24, required=False, label="Mobile")

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"

    def wanted(self) -> recipients.Wanted:
        return recipients.Wanted(**self.cleaned_data)


class WhatIfForm(forms.Form):
    """So much on this day: what would come of it. The day is from today on."""

    amount = Rupees(label="Amount in rupees")
    on = forms.DateField(label="On", widget=forms.DateInput(attrs={"type": "date", "class": "field"}))

    def __init__(self, *args: Any, today: date, **words: Any) -> None:
        super().__init__(*args, **words)
        self.today = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not self.today <= on <= self.today + timedelta(days=FARTHEST):
            raise forms.ValidationError(f"Give a day from today on, within {FARTHEST} days.")
        return on
