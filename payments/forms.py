"""What people type on the Payments page."""

import uuid

from django import forms

from billing_portal import money


class AmountForm(forms.Form):
    """An offered amount or an own one, in rupees; `paise()` is what it means."""

    amount = forms.CharField(max_length=24, required=True, strip=True)

    def clean_amount(self) -> int:
        try:
            return money.typed(self.cleaned_data["amount"])
        except money.NotAnAmount as error:
            raise forms.ValidationError(str(error)) from error

    def paise(self) -> int:
        return self.cleaned_data["amount"]


class StartForm(forms.Form):
    """The choice of an amount, and the token that makes a double click one payment."""

    choice = forms.CharField(max_length=20)  # an option's code, or "own"
    own = forms.CharField(max_length=24, required=False, strip=True)
    token = forms.UUIDField(initial=uuid.uuid4)

    def __init__(self, *args: object, options: list, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.amounts = {option.code: option.amount for option in options}

    def clean(self) -> dict:
        data = super().clean() or {}
        choice = data.get("choice", "")
        if choice == "own":
            try:
                data["paise"] = money.typed(data.get("own", ""))
            except money.NotAnAmount as error:
                self.add_error("own", str(error))
        elif choice in self.amounts:
            data["paise"] = self.amounts[choice]
        else:
            self.add_error("choice", "Choose an amount.")
        return data
