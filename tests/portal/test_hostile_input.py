"""Every field that people type into keeps the rule of text.py: nothing invisible, line breaks where they belong."""

import uuid

import pytest
from django import forms
from django.urls import reverse

import billing_portal.urls  # noqa: F401 - brings every form
from accounts import support
from accounts.admin.audited import AuditedForm, RowForm
from accounts.models import Contact, Conversation
from accounts.support import Said
from billing_portal import text
from billing_portal.staff_pages import RupeesField
from credit.forms import Rupees
from invoices.models import ProblemReport
from tests import build

pytestmark = pytest.mark.django_db
OURS = ("accounts", "billing_portal", "credit", "invoices", "payments")
AMOUNTS = (RupeesField, Rupees)  # money.typed judges them
ASKED = {
    "own",
    "amount",
    "ceiling",
    "daily_cap",
    "monthly_cap",
}  # amounts of the panel, judged by money.typed too


def all_forms(of=forms.BaseForm):
    for one in of.__subclasses__():
        yield one
        yield from all_forms(one)


def fields():
    """Every field that takes words, of every form of ours; a row's form is held to the rule as a whole."""
    for form in set(all_forms()):
        if not form.__module__.startswith(OURS) or issubclass(form, AuditedForm | RowForm):
            continue
        for name, field in getattr(form, "base_fields", {}).items():
            is_text = type(field).to_python is not forms.Field.to_python and isinstance(
                field, forms.CharField
            )
            is_free = (
                not isinstance(field, (forms.EmailField, forms.UUIDField, *AMOUNTS)) and name not in ASKED
            )
            if is_text and is_free and not isinstance(field.widget, forms.HiddenInput | forms.PasswordInput):
                yield f"{form.__module__}.{form.__qualname__}.{name}", field


FIELDS = dict(fields())


def cleaned(field, value):
    """What a field keeps of a value, or None where it refuses it."""
    try:
        return field.clean(value)
    except forms.ValidationError as error:
        assert all(error.messages)
        return None


def test_there_are_fields():
    assert len(FIELDS) > 40


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_field_refuses_or_removes_what_nobody_sees(name):
    field = FIELDS[name]
    for mark in ("\0", "\u202e", "\u2066", "\u200f", "\x07", "\x1b", "\x7f", "\ud800", "\U000e0041"):
        kept = cleaned(field, f"A{mark}B")
        assert kept is None or mark not in kept, ascii(mark)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_field_of_one_line_keeps_no_line_break(name):
    field = FIELDS[name]
    is_long = isinstance(field.widget, forms.Textarea) or name.endswith("Form.text")

    for mark in ("\r\n", "\n", "\x0b", "\x85", "\u2028"):
        kept = cleaned(field, f"A{mark}B")
        assert kept in ((None, "A\nB") if is_long else (None, "A B")), ascii(mark)


def test_lines_keep_their_breaks_and_nothing_unseen():
    once = text.lines("  One\r\nTwo\x0bThree\u2028\u202eFour\x00\x1b[0m\tFive\n\n\n\n\n\nSix ")

    assert once == "One\nTwo\nThree\nFour[0m Five\n\n\nSix"
    assert text.lines(once) == once


# --- through the doors -------------------------------------------------------------------------------
LINES = {
    "NUL": ("Lotus\0Labs", "Null characters"),
    "bidi marks": ("Lotus\u202eLabs", "invisible characters"),
    "controls": ("Lotus\x07Labs", "invisible characters"),
    "10,000 characters": ("x" * 10_000, "at most 120 characters"),
}


@pytest.mark.parametrize(("value", "why"), LINES.values(), ids=LINES.keys())
@pytest.mark.parametrize("door", ["preferences", "preferences-account", "contact-add", "alert-recipient-add"])
def test_a_name_is_refused_and_the_page_says_why(door, value, why, client, account):
    people = account.members.get().user
    stood = (people.name, account.name)
    data = {
        "name": value,
        "billing_name": "Lotus",
        "email": "desk@example.in",
        "category": "accounts",
        "phone": "",
    }

    page = client.post(reverse(door, kwargs={"ban": account.ban}), data)

    account.refresh_from_db()
    people.refresh_from_db()
    assert page.status_code == 422
    assert why in page.content.decode()
    assert (people.name, account.name) == stood
    assert not Contact.objects.exists()


def test_a_name_on_two_lines_is_kept_on_one(client, account):
    client.post(reverse("preferences", kwargs={"ban": account.ban}), {"name": "Asha\r\nBcc: all@example.in"})

    assert build.owner(account).name == "Asha Bcc: all@example.in"


def test_a_conversation_keeps_lines_and_nothing_unseen(client, account):
    data = {
        "subject": "A\u202equestion\r\nBcc: x",
        "category": "general",
        "text": "One\r\nTwo\0\u202e\x1b",
        "token": uuid.uuid4(),
    }

    assert client.post(reverse("support-new", kwargs={"ban": account.ban}), data).status_code == 302

    found = Conversation.objects.get()
    assert found.subject == "Aquestion Bcc: x"
    assert found.messages.get().text == "One\nTwo"


def test_a_problem_keeps_lines_and_nothing_unseen(client, account):
    document = build.charge(account, 1000)
    data = {"text": "Too\r\nhigh\0\u202e", "token": uuid.uuid4()}
    url = reverse("document-problem", kwargs={"ban": account.ban, "slug": document.slug})

    assert client.post(url, data).status_code == 302
    assert ProblemReport.objects.get().text == "Too\nhigh"


def test_a_text_of_a_million_and_one_characters_is_refused(client, account):
    data = {"subject": "A", "category": "general", "text": "x" * 1_000_001, "token": uuid.uuid4()}

    assert client.post(reverse("support-new", kwargs={"ban": account.ban}), data).status_code == 400
    with pytest.raises(support.NotUsable, match="at most 5,000"):
        support.begin(
            account.pk, "A", "general", Said("x" * 5001, uuid.uuid4()), by=build.owner(account), now=build.NOW
        )
    assert not Conversation.objects.exists()
