"""Messages as staff see them: channel, state, arrival; mobiles as staff type them; what is to be registered."""

import importlib
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse

from accounts.admin.forms import ContactForm
from accounts.models import Contact, Notice
from accounts.sms_templates import TEMPLATES
from tests import build

pytestmark = pytest.mark.django_db
LIST = "admin:accounts_notice_changelist"


def text_message(account, **fields):
    values = {
        "name": "low-balance",
        "event": f"low:{len(fields)}:{list(fields)[:1]}",
        "channel": "sms",
        "recipient": "+919800000001",
    }
    values |= {"state": "sent", "owed_at": build.NOW, "sent_at": build.NOW}
    return Notice.objects.create(account=account, **values | fields)


@pytest.fixture
def messages(account):
    return {
        "delivered": text_message(account, delivered_at=build.NOW),
        "failed": text_message(account, undelivered="Absent subscriber"),
        "open": text_message(account),
        "mail": text_message(account, channel="email", recipient="a@example.in"),
    }


def test_the_list_shows_channel_state_and_arrival(staff, messages):
    page = staff("support").get(reverse(LIST)).content.decode()

    for words in ("SMS", "E-mail", "Sent", "Delivered", "Not delivered: Absent subscriber"):
        assert words in page


@pytest.mark.parametrize("kind", ["delivered", "failed", "open"])
def test_the_list_is_filtered_by_arrival(staff, messages, kind):
    found = staff("support").get(reverse(LIST), {"arrival": kind}).context["cl"].queryset

    assert list(found) == [messages[kind]]


def test_one_message_shows_what_became_of_it(staff, messages):
    url = reverse("admin:accounts_notice_change", args=[messages["failed"].pk])

    assert "Not delivered: Absent subscriber" in staff("support").get(url).content.decode()


CONTACT = {"category": "accounts", "name": "Desk", "wants_email": "on", "wants_sms": "on"}


def test_a_mobile_is_kept_as_the_provider_wants_it(account):
    form = ContactForm(CONTACT | {"phone": "098000 00001"}, instance=Contact(account=account))

    assert form.is_valid(), form.errors
    assert form.save().phone == "+919800000001"


def test_another_number_is_refused_in_words(account):
    form = ContactForm(CONTACT | {"phone": "020 4000 1234"}, instance=Contact(account=account))

    assert form.errors["phone"] == ["Enter an Indian mobile number, like 98000 00001 or +91 98000 00001."]


def test_what_is_to_be_registered_is_printed(settings):
    settings.SMS_TEMPLATE_IDS = {"low-balance": "1107161234567890123"}
    out = StringIO()

    call_command("sms_templates", stdout=out)

    rows = [line.split("\t") for line in out.getvalue().splitlines()]
    assert [row[0] for row in rows] == [row.name for row in TEMPLATES]
    assert rows[0][1] == "1107161234567890123"
    assert all("{#var#}" in row[2] and "{site}" not in row[2] for row in rows)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("098000-00001", "+919800000001"), ("020 4000 1234", "020 4000 1234"), ("", "")],
)
def test_mobiles_of_an_older_age_are_kept_in_one_way(account, typed, kept):
    contact = Contact.objects.create(account=account, name="Desk", email="a@example.in", phone=typed)
    move = importlib.import_module("accounts.migrations.0012_contact_phones_as_kept")

    move.as_kept(apps, None)

    contact.refresh_from_db()
    assert contact.phone == kept
