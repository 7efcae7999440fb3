"""What staff type about an account: particulars that a tax document will carry, so they must agree."""

import re
from typing import Any, ClassVar

from django import forms

from accounts import gstin, particulars, phones
from accounts.admin.audited import AuditedForm, AuditedFormSet, RowForm
from accounts.countries import FOREIGN
from accounts.models import Account, Contact, Member
from billing_portal.staff_pages import RupeesField

BAN = re.compile(r"BA-[0-9]{4,12}")


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
        given = {name: data.get(name) or "" for name in particulars.FIELDS}
        for field, problem in particulars.problems(**given).items():
            if field in self.fields and field not in self.errors:
                self.add_error(field, problem)
        return data


class ContactForm(RowForm):
    """Whom messages go to; a mobile is kept as +91 and ten digits."""

    class Meta:
        model = Contact
        fields = ("category", "name", "email", "phone", "wants_email", "wants_sms")
        labels: ClassVar = {"email": "E-mail address", "wants_email": "By e-mail", "wants_sms": "By SMS"}

    def clean_phone(self) -> str:
        try:
            return phones.normal(self.cleaned_data["phone"])
        except phones.NotAMobile as error:
            raise forms.ValidationError(str(error)) from error


class Members(AuditedFormSet):
    """The people of an account; one of them owns it."""

    def clean(self) -> None:
        super().clean()
        kept = [
            form for form in self.forms if form not in self.deleted_forms and hasattr(form, "cleaned_data")
        ]
        joined = [form.cleaned_data.get("user") for form in kept if not form.instance.pk]
        if any(person and person.is_staff for person in joined):
            raise forms.ValidationError(
                "A member of staff joins no customer's account: look as the customer instead."
            )
        roles = {form.cleaned_data.get("role") for form in kept}
        had = any(form.instance.pk for form in self.forms)
        if had and not any(self.errors) and Member.Role.OWNER not in roles:
            raise forms.ValidationError("An account keeps at least one owner.")


def _told(check: Any, *words: Any, **more: Any) -> Any:
    try:
        return check(*words, **more)
    except gstin.NotValid as error:
        raise forms.ValidationError(str(error)) from error
