"""What people choose and type on the Payments page."""

import uuid
from collections.abc import Sequence

from django import forms

from billing_portal import money, typed
from billing_portal.money import Paise
from payments import recharge
from payments.options import Option


class ChoiceForm(forms.Form):
    """The choice of an amount: an option's code, or "own" with an amount in rupees; `paise` is what it means."""

    choice = typed.Line(max_length=20)
    own = forms.CharField(max_length=24, required=False, strip=True)

    def __init__(self, *args: object, options: Sequence[Option], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.amounts = {option.code: option.amount for option in options}

    def clean(self) -> dict:
        data = super().clean() or {}
        choice = data.get("choice", "")
        if choice == "own":
            self._read_own(data)
        elif choice in self.amounts:
            data["paise"] = self.amounts[choice]
        elif "own" not in self.errors:
            self.add_error("choice", "Choose an amount.")
        return data

    def check_amount(self, amount: Paise) -> None:
        """Raise AmountNotPossible for what cannot be paid online."""
        recharge.check(amount)

    def _read_own(self, data: dict) -> None:
        if "own" in self.errors:
            return
        try:
            amount = money.typed(data.get("own", ""))
            self.check_amount(amount)
            data["paise"] = amount
        except (money.NotAnAmount, recharge.AmountNotPossible) as error:
            self.add_error("own", str(error))


class StartForm(ChoiceForm):
    """A choice with the token that makes a double click one payment."""

    token = forms.UUIDField(initial=uuid.uuid4)

    def start_token(self) -> uuid.UUID:
        """One token an amount: who comes back and chooses another amount begins another payment."""
        return uuid.uuid5(self.cleaned_data["token"], str(self.cleaned_data["paise"]))


class AdviceForm(StartForm):
    """A choice for a bank transfer: the bounds of online payments are not its own, the advice knows those."""

    def check_amount(self, amount: Paise) -> None:
        """Leave the amount to the advice."""
