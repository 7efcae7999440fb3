"""What an account's people type to staff: a subject, a text, and a document of the account that it is about."""

from typing import Any

from django import forms

from accounts.models import Account, Conversation
from accounts.support import Said
from billing_portal import typed
from billing_portal.text import shown

LISTED = 24  # newest documents offered


class Title(forms.CharField):
    """A line whose length the use case judges, and which loses what nobody can see."""

    def to_python(self, value: Any) -> str:
        return " ".join(shown(super().to_python(value) or "").split())


class WriteForm(forms.Form):
    """A message. People who may not see documents name none."""

    text = typed.Lines(
        label="Your message", error_messages={"required": "Please write what you want to say."}
    )
    reference = typed.Line(label="Document", required=False, max_length=60)
    token = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": "Please send the form again.", "invalid": "Please send the form again."},
    )

    def __init__(self, *args: Any, account: Account, names_documents: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.account = account
        if not names_documents:
            del self.fields["reference"]

    @property
    def offered(self) -> list[str]:
        """Numbers to choose from: the newest, and one that was chosen or asked about before."""
        if "reference" not in self.fields:
            return []
        newest = list(self.account.documents.newest_first().values_list("number", flat=True)[:LISTED])
        chosen = self["reference"].value() or ""
        is_ours = chosen and chosen not in newest and _is_of(self.account, chosen)
        return [chosen, *newest] if is_ours else newest

    def clean_reference(self) -> str:
        number = self.cleaned_data["reference"]
        if number and not _is_of(self.account, number):
            raise forms.ValidationError("This account has no document of that number.")
        return number

    def said(self) -> Said:
        data = self.cleaned_data
        return Said(data["text"], data["token"], data.get("reference", ""))


class BeginForm(WriteForm):
    """A new conversation."""

    subject = Title(
        label="Subject", error_messages={"required": "Please say in a few words what it is about."}
    )
    category = forms.ChoiceField(
        label="About",
        choices=Conversation.Category.choices,
        error_messages={"required": "Please choose what it is about."},
    )
    field_order = ("subject", "category", "reference", "text")


def _is_of(account: Account, number: str) -> bool:
    return account.documents.filter(number=number).exists()
