"""What staff type about an account: particulars that a tax document will carry, so they must agree."""

import re
from typing import Any

from django import forms

from accounts import gstin, phones
from accounts.admin.audited import AuditedForm, RowForm
from accounts.countries import FOREIGN
from accounts.models import Account, Contact, Member
from accounts.states import ABROAD
from billing_portal.staff_pages import RupeesField

Registration = Account.Registration
WITHOUT = {Registration.UNREGISTERED, Registration.EXPORT_LUT, Registration.EXPORT_TAXED}
EXPORTS = {Registration.EXPORT_LUT, Registration.EXPORT_TAXED}
BAN = re.compile(r"BA-[0-9]{4,12}")
PIN = re.compile(r"[1-9][0-9]{5}")


class AccountForm(AuditedForm):
    """Registration, GSTIN, PAN and State agree with each other. Documents issued before keep what they carry."""

    minimum_top_up = RupeesField(label="Minimum top-up", help_text="In rupees.", initial="1500.00")

    country = forms.ChoiceField(
        choices=[("", "India"), *FOREIGN],
        required=False,
        help_text="Of a customer outside India: the destination of an export, printed on its documents.",
    )

    class Meta:
        model = Account
        fields = "__all__"

    def clean_ban(self) -> str:
        if not BAN.fullmatch(self.cleaned_data["ban"]):
            raise forms.ValidationError("An account number looks like BA-100042.")
        return self.cleaned_data["ban"]

    def clean_gstin(self) -> str:
        return gstin.normal(self.cleaned_data["gstin"])

    def clean_pan(self) -> str:
        pan = gstin.normal(self.cleaned_data["pan"])
        if pan:
            _told(gstin.check_pan, pan)
        return pan

    def clean_minimum_top_up(self) -> int:
        if not self.cleaned_data["minimum_top_up"]:
            raise forms.ValidationError("A top-up is more than zero.")
        return self.cleaned_data["minimum_top_up"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, number, state = data.get("registration"), data.get("gstin", ""), data.get("state", "")
        for field, problem in (
            ("gstin", _gstin_problem(kind, number, state)),
            ("state", _state_problem(kind, state)),
            ("country", _country_problem(kind, data.get("country", ""))),
            ("pin", _pin_problem(state, data.get("pin", ""))),
            ("pan", _pan_problem(number, data.get("pan", ""))),
        ):
            if problem and field in self.fields:
                self.add_error(field, problem)
        return data


class ContactForm(RowForm):
    """Whom messages go to; a mobile is kept as +91 and ten digits."""

    class Meta:
        model = Contact
        fields = ("category", "name", "email", "phone", "wants_email", "wants_sms")

    def clean_phone(self) -> str:
        try:
            return phones.normal(self.cleaned_data["phone"])
        except phones.NotAMobile as error:
            raise forms.ValidationError(str(error)) from error


class Members(forms.BaseInlineFormSet):
    """The people of an account; one of them owns it."""

    def clean(self) -> None:
        super().clean()
        kept = [
            form for form in self.forms if form not in self.deleted_forms and hasattr(form, "cleaned_data")
        ]
        roles = {form.cleaned_data.get("role") for form in kept}
        had = any(form.instance.pk for form in self.forms)
        if had and not any(self.errors) and Member.Role.OWNER not in roles:
            raise forms.ValidationError("An account keeps at least one owner.")


def _told(check: Any, *words: Any, **more: Any) -> Any:
    try:
        return check(*words, **more)
    except gstin.NotValid as error:
        raise forms.ValidationError(str(error)) from error


def _gstin_problem(kind: str | None, number: str, state: str) -> str:
    if kind in WITHOUT:
        return (
            "This registration has no GSTIN: leave it empty or choose another registration." if number else ""
        )
    if not number:
        return "This registration needs its GSTIN or UIN."
    try:
        found = gstin.check(number, state=state)
    except gstin.NotValid as error:
        return str(error)
    if (kind == Registration.UIN) != (found == "uin"):
        return "A UIN belongs to the registration “UIN holder”, a GSTIN to the others."
    return ""


def _state_problem(kind: str | None, state: str) -> str:
    if (kind in EXPORTS) != (state == ABROAD):
        return "Exports have “Other Countries” as their State, and nothing else has."
    return ""


def _country_problem(kind: str | None, country: str) -> str:
    if (kind in EXPORTS) != bool(country):
        return "A customer outside India has a country; for one in India leave it at India."
    return ""


def _pin_problem(state: str, pin: str) -> str:
    if state == ABROAD:
        return "Abroad there is no PIN code: write a postal code behind the city." if pin else ""
    return "" if PIN.fullmatch(pin) else "A PIN code has six digits and does not begin with 0."


def _pan_problem(number: str, pan: str) -> str:
    inside = gstin.pan_of(number) if len(number) == 15 and gstin.PAN.fullmatch(number[2:12]) else ""
    return f"The GSTIN holds the PAN {inside}." if pan and inside and pan != inside else ""
