"""No page of an account holds a word of another's: not its number, names, people, documents, payments or messages."""

import pytest

from accounts.models import Account, User
from tests import build
from tests.accounts.test_support import begun
from tests.panel.test_access import MEMBERS as ROLES
from tests.panel.test_access import PAGES, address, made, scene

__all__ = ["made", "scene"]
pytestmark = pytest.mark.django_db
READ = [name for name, methods in PAGES.items() if any(method == "GET" for method, *_statuses in methods)]


@pytest.fixture
def marked(scene):
    """The foreign account full of words that nobody else has, and those words."""
    own, foreign, people, things = scene
    Account.objects.filter(pk=foreign.pk).update(
        name="Zebra Marker Traders", billing_name="Zebra Billing Marker", address="7 Zebra Marker Road"
    )
    User.objects.filter(memberships__account=foreign).update(name="Zebra Marker Person")
    foreign.contacts.update(name="Zebra Contact", email="desk@zebra.example")
    begun(foreign, subject="Zebra subject", text="Zebra question")
    build.paid(foreign, 700)
    foreign.refresh_from_db()
    words = {
        "zebra",
        foreign.ban,
        foreign.gstin,
        *foreign.documents.values_list("number", flat=True),
        *foreign.payments.values_list("number", flat=True),
        *foreign.members.values_list("user__email", flat=True),
        *foreign.mandates.values_list("number", flat=True),
    } - {own.gstin, ""}
    return own, people, things, sorted(words)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_another_accounts_words(role, marked, browse):
    own, people, things, words = marked
    client, opened = browse(people[role]), 0
    for name in READ:
        answer = client.get(address(name, own.ban, things[own.ban]))
        body = answer.getvalue() if answer.streaming else answer.content
        opened += answer.status_code == 200
        text = body.decode(errors="replace").lower()
        assert not [word for word in words if word.lower() in text], name

    assert opened >= (3 if role == "agent" else 4)
