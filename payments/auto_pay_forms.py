"""What people choose and type on the Auto-pay page: a mandate with its terms, and the limits of auto-pay."""

import hashlib
import re
import uuid
from datetime import date, datetime
from typing import Any

from django import forms

from billing_portal import clock, money, typed
from billing_portal.money import Paise, inr
from payments import mandate_policy, mandates
from payments.gateways.mandates import BankAccount
from payments.mandates import Wish
from payments.models import AutoPaySettings, Mandate

NUMBER = re.compile(r"[0-9]{6,18}")
IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")
DAYS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"]
KINDS = [("current", "Current"), ("savings", "Savings")]


class SetUpForm(forms.Form):
    """A method and its terms; a bank account's fields where the method is e-NACH."""

    method = forms.ChoiceField(choices=Mandate.Method.choices)
    token = forms.UUIDField(initial=uuid.uuid4)
    ceiling = forms.CharField(max_length=24)
    valid_until = forms.DateField(
        input_formats=DAYS,
        widget=forms.DateInput(attrs={"type": "date", "class": "field num"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a day like 24/11/2036.", "required": "Choose the last day."},
    )
    holder = typed.Line(max_length=120, required=False)
    account_number = typed.Line(max_length=24, required=False)
    account_again = typed.Line(max_length=24, required=False)
    account_kind = forms.ChoiceField(choices=KINDS, required=False)
    ifsc = typed.Line(max_length=11, required=False)
    agreed = forms.BooleanField(error_messages={"required": "Please agree, or choose another way to pay."})

    @classmethod
    def opening(cls, method: str, account_name: str, *, now: datetime) -> "SetUpForm":
        """Return the form with the usual terms of a method."""
        until = mandates.last_day(method, clock.business_date(now), years=mandate_policy.YEARS)
        ceiling = money.rupees(min(mandate_policy.DEFAULT, mandate_policy.METHODS[method].most))
        return cls(
            initial={
                "method": method, "ceiling": ceiling, "valid_until": until, "holder": account_name,
                "account_kind": "current", "token": uuid.uuid4(),
            }
        )  # fmt: skip

    def clean_ceiling(self) -> Paise:
        return typed_rupees(self.cleaned_data["ceiling"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("method") == Mandate.Method.EMANDATE:
            self._check_account(data)
        return data

    def _check_account(self, data: dict[str, Any]) -> None:
        number = re.sub(r"[\s-]", "", data.get("account_number", ""))
        again = re.sub(r"[\s-]", "", data.get("account_again", ""))
        data["account_number"], data["ifsc"] = number, data.get("ifsc", "").strip().upper()
        if not 4 <= len(data.get("holder", "")) <= 120:
            self.add_error(
                "holder", "Enter the account holder's name as the bank has it, at least 4 letters."
            )
        if not NUMBER.fullmatch(number):
            self.add_error("account_number", "Enter an account number of 6 to 18 digits.")
        elif number != again:
            self.add_error("account_again", "The two account numbers differ.")
        if not IFSC.fullmatch(data["ifsc"]):
            self.add_error(
                "ifsc", "Enter an IFSC like HDFC0000451: four letters, a zero, six letters or digits."
            )
        if not data.get("account_kind"):
            self.add_error("account_kind", "Choose the kind of account.")

    def wish(self) -> Wish:
        """What is asked for; a bank account is only named by its last digits."""
        data, bank = self.cleaned_data, self.bank()
        masked = f"{bank.ifsc[:4]} ···· {bank.number[-4:]}" if bank else ""
        return Wish(data["method"], data["ceiling"], data["valid_until"], masked)

    def bank(self) -> BankAccount | None:
        """The account to send on, of an e-NACH mandate. It is never stored."""
        data = self.cleaned_data
        if data["method"] != Mandate.Method.EMANDATE:
            return None
        return BankAccount(data["holder"], data["account_number"], data["account_kind"], data["ifsc"])

    def start_token(self) -> uuid.UUID:
        """One token a content: who corrects something begins another mandate. It tells nothing of the content."""
        data = self.cleaned_data
        names = ("method", "ceiling", "valid_until", "holder", "account_number", "account_kind", "ifsc")
        content = hashlib.sha256(repr([str(data.get(name)) for name in names]).encode()).hexdigest()
        return uuid.uuid5(data["token"], content)


def consent(operator: str, ban: str, wish: Wish) -> str:
    """Return the words that the customer agrees to, with their own terms filled in."""
    method = Mandate.Method(wish.method).label
    named = f" {wish.instrument}" if wish.instrument else ""
    return (
        f"{agreement(operator, ban)} Method: {method}{named}. Highest amount: {inr(wish.ceiling)} a debit. "
        f"Valid until: {day(wish.valid_until)}."
    )


def agreement(operator: str, ban: str) -> str:
    """Return the words beside the tick."""
    return (
        f"I allow {operator} to debit what is due on account {ban}, up to the highest amount and until the last day "
        "that I have chosen. I am told of each debit at least 24 hours before and can stop it. I can pause or cancel "
        "auto-pay at any time, here or at my bank, at no charge."
    )


def day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


class LimitsForm(forms.Form):
    """Caps in rupees, empty for none, and whether auto-pay also tops up."""

    daily_cap = forms.CharField(max_length=24, required=False)
    monthly_cap = forms.CharField(max_length=24, required=False)
    when_low = forms.BooleanField(required=False)

    @classmethod
    def showing(cls, limits: AutoPaySettings) -> "LimitsForm":
        """Return the form with what stands."""
        caps = {name: getattr(limits, name) for name in ("daily_cap", "monthly_cap")}
        initial = {name: money.rupees(cap) if cap else "" for name, cap in caps.items()}
        return cls(initial=initial | {"when_low": limits.when_low})

    def clean_daily_cap(self) -> Paise | None:
        return _cap(self.cleaned_data["daily_cap"])

    def clean_monthly_cap(self) -> Paise | None:
        return _cap(self.cleaned_data["monthly_cap"])


def _cap(text: str) -> Paise | None:
    return typed_rupees(text) if text.strip() else None


def typed_rupees(text: str) -> Paise:
    """Return typed rupees in paise. Raises ValidationError."""
    try:
        amount = money.typed(text)
    except money.NotAnAmount as error:
        raise forms.ValidationError(str(error)) from error
    if amount <= 0:
        raise forms.ValidationError("Enter an amount above zero.")
    return amount
