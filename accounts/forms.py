"""What people type about themselves, their team and their account's particulars."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth import password_validation

from accounts import own_keys, recipients
from accounts.models import Contact, Member, User
from accounts.permissions import ROLE_WORDS
from accounts.profile import LABELS, Profile
from accounts.states import ABROAD, STATES
from billing_portal import typed


class Words(typed.Line):
    """A line of a panel's form."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self.widget.attrs["class"] = "field"


class NameForm(forms.Form):
    """A person's own name."""

    name = Words(max_length=120, label="Your name")

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["name"].widget.attrs["autocomplete"] = "name"


class RoleForm(forms.Form):
    """A role of the table."""

    role = forms.ChoiceField(choices=Member.Role, label="Role")


class InviteForm(RoleForm):
    """Who is invited, and as what."""

    email = typed.Line(max_length=254, label="E-mail address")
    field_order = ("email", "role")
    offered: Sequence[str] = tuple(Member.Role)

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["email"].widget.attrs |= {"class": "field", "inputmode": "email", "autocomplete": "off"}

    def explained(self) -> list[tuple[str, str, str, bool]]:
        """Return the roles on offer: code, name, what it is for, whether it is chosen."""
        chosen = self["role"].value()
        return [(role, Member.Role(role).label, ROLE_WORDS[role], role == chosen) for role in self.offered]


class JoinForm(forms.Form):
    """The name and password of a new login."""

    name = Words(max_length=120, label="Your name")
    password = forms.CharField(
        max_length=128,
        strip=False,
        label="Choose a password",
        widget=forms.PasswordInput(attrs={"class": "field", "autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **words: Any) -> None:
        super().__init__(*args, **words)
        self.email = email
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "password" in data:
            try:
                password_validation.validate_password(
                    data["password"], User(email=self.email, name=data.get("name", ""))
                )
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data


class ProfileForm(forms.Form):
    """An account's particulars, and the fingerprint of those that were shown. What fits together, profile.py says."""

    name = Words(max_length=120, label=LABELS["name"])
    billing_name = Words(max_length=120, label=LABELS["billing_name"])
    address = Words(max_length=200, label=LABELS["address"])
    city = Words(max_length=60, label=LABELS["city"])
    pin = Words(max_length=6, required=False, label=LABELS["pin"])
    state = forms.ChoiceField(choices=STATES, label=LABELS["state"])
    gstin = Words(max_length=20, required=False, label=LABELS["gstin"])
    pan = Words(max_length=14, required=False, label=LABELS["pan"])
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, fixed: set[str], **words: Any) -> None:
        super().__init__(*args, **words)
        self.fixed = fixed
        state = self.fields["state"]
        state.widget.attrs["class"] = "field"
        if "state" not in fixed:
            state.choices = [one for one in STATES if one[0] != ABROAD]  # type: ignore[attr-defined]
        self.fields["pin"].widget.attrs["inputmode"] = "numeric"
        for name, token in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = token
        for name in fixed:  # a disabled field keeps what stands, whatever is sent
            self.fields[name].disabled = True

    def wanted(self) -> Profile:
        return Profile(**{name: self.cleaned_data[name] for name in LABELS})


AUTOCOMPLETE = {
    "name": "off",
    "billing_name": "organization",
    "address": "street-address",
    "city": "address-level2",
    "pin": "postal-code",
    "state": "address-level1",
    "gstin": "off",
    "pan": "off",
}


class ContactForm(forms.Form):
    """A person to be reached; at least one of address and mobile."""

    category = forms.ChoiceField(choices=Contact.Category, label="For")
    name = Words(max_length=120, label="Name")
    email = forms.EmailField(required=False, label="E-mail")
    phone = typed.Line(max_length=24, required=False, label="Mobile")

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for field in self.fields.values():
            field.widget.attrs["class"] = "field"
        self.fields["phone"].widget.attrs["inputmode"] = "tel"

    def wanted(self) -> recipients.Wanted:
        return recipients.Wanted(**self.cleaned_data)


class KeyForm(forms.Form):
    """A key for a program of the customer; the token makes a double click one key."""

    name = Words(max_length=60, label="Name")
    scopes = forms.MultipleChoiceField(choices=own_keys.OFFERED, label="What it may do")
    token = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        self.fields["scopes"].error_messages["required"] = "Choose at least one."

    def offered(self) -> list[tuple[str, str, bool]]:
        """Return the scopes on offer: code, words, whether it is chosen."""
        chosen = self["scopes"].value() or ()
        return [(code, words, code in chosen) for code, words in own_keys.OFFERED]
