"""Preferences: the own name, the account's particulars and contacts, and two people who edit at once."""

import re

import pytest
from django.urls import reverse

from accounts import gstin_checks, profile
from accounts.models import AuditEvent, Contact
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return build.account(pan="ZZZCB0002B")


def url(name, account, **keys):
    return reverse(name, kwargs={"ban": account.ban, **keys})


def main(response):
    return response.content.decode().split("<main")[1]


def sent(account, **news):
    stands = profile.of(account)
    return {name: getattr(stands, name) for name in profile.LABELS} | {"seen": profile.looks(stands)} | news


def save(client, account, data):
    return client.post(url("preferences-account", account), data, follow=True)


@pytest.mark.parametrize("where", ["preferences", "profile"])
def test_a_person_changes_their_own_name(where, account, browse):
    agent = build.member(account, "agent").user
    address = url(where, account) if where == "preferences" else reverse(where)

    page = browse(agent).post(address, {"name": "  Arjun   Das "}, follow=True)

    agent.refresh_from_db()
    assert agent.name == "Arjun Das" and "Your name is changed." in main(page)
    assert AuditEvent.objects.get(action="accounts.rename").actor == agent


def test_a_name_that_hides_something_is_refused(account, browse):
    page = browse(build.owner(account)).post(url("preferences", account), {"name": "Asha\u202eRao"})

    assert page.status_code == 422 and "invisible characters" in main(page)


def test_personal_leads_to_what_signing_in_needs(account, browse):
    page = main(browse(build.member(account, "agent").user).get(url("preferences", account)))

    for name in ("account_email", "account_change_password", "mfa_index", "usersessions_list"):
        assert f'href="{reverse(name)}"' in page
    assert url("preferences-account", account) not in page


def test_particulars_are_saved_as_typed(account, browse):
    data = sent(account, address="#9, C/o Rao & Sons", city="Mysuru", pin="570001")

    page = save(browse(build.member(account, "billing").user), account, data)

    account.refresh_from_db()
    assert (account.address, account.city) == ("#9, C/o Rao & Sons", "Mysuru")
    assert "Documents carry it from now on" in main(page)
    assert "#9, C/o Rao &amp; Sons" in main(page)


def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(account, browse):
    page = save(browse(build.owner(account)), account, sent(account, gstin="29ZZZCB0002B1ZX", city="Mysuru"))

    account.refresh_from_db()
    assert page.status_code == 422 and account.city == "Bengaluru"
    field = re.search(r'<div class="line gstin">(.*?)</div>', main(page), re.S)[1]
    assert "check character is wrong" in field and 'role="alert"' in field
    assert 'value="Mysuru"' in main(page)


def test_of_two_who_edit_the_second_sees_the_conflict_and_may_still_save(account, browse):
    old = sent(account, city="Hubballi")
    save(browse(build.owner(account)), account, sent(account, city="Mysuru"))
    client = browse(build.member(account, "admin").user)

    page = save(client, account, old)

    account.refresh_from_db()
    assert page.status_code == 409 and account.city == "Mysuru"
    banner = main(page).split("</section>")[0]
    assert "Somebody else saved these details" in banner and "<dt>City</dt><dd>Mysuru</dd>" in banner
    assert 'value="Hubballi"' in main(page)

    seen = re.search(r'name="seen" value="(\w+)"', main(page))[1]
    save(client, account, old | {"seen": seen})
    account.refresh_from_db()
    assert account.city == "Hubballi"


def test_a_verified_gstin_locks_the_name_and_says_how_to_change_it(account, browse):
    words = {"actor": None, "reason": "Portal", "now": NOW}
    gstin_checks.verify(account.pk, "LOTUS LTD", number=account.gstin, **words)
    account.refresh_from_db()
    client = browse(build.owner(account))
    page = main(client.get(url("preferences-account", account)))
    assert "verified on 24 Nov 2026" in page and "have the name changed on the GST portal" in page
    assert re.search(r'value="LOTUS LTD" readonly', page)

    forged = save(client, account, sent(account, billing_name="Mallory Ltd"))

    account.refresh_from_db()
    assert forged.status_code == 422 and account.billing_name == "LOTUS LTD"


def test_twelve_latest_documents_with_their_pdf(account, browse):
    for number in range(14):
        build.charge(account, 100 + number)

    page = main(browse(build.owner(account)).get(url("preferences-account", account)))

    assert page.count(".pdf") == 12


def contact(client, account, **fields):
    data = {"category": "technical", "name": "Imran", "email": "it@example.in", "phone": "98000 00043"}
    return client.post(url("contact-add", account), data | fields, follow=True)


def test_contacts_of_each_category_are_added_changed_and_removed(account, browse):
    client = browse(build.owner(account))
    for category in Contact.Category:
        contact(client, account, category=category)
    there = account.contacts.get(category="technical")

    change = {"name": "Imran Sheikh", "email": "net@example.in", "phone": ""}
    client.post(url("contact-change", account, contact_id=there.pk), change)
    there.refresh_from_db()
    client.post(
        url("contact-change", account, contact_id=account.contacts.get(category="general").pk),
        {"remove": "1"},
    )

    assert (there.name, there.email, there.phone, there.category) == (
        "Imran Sheikh",
        "net@example.in",
        "",
        "technical",
    )
    assert sorted(account.contacts.values_list("category", flat=True)) == ["accounts", "technical"]
    told = (
        account.notices.filter(name="profile-changed").order_by("pk").values_list("context__rows", flat=True)
    )
    assert list(told)[-2:] == [
        [["Technical contact", "Imran, it@example.in, +919800000043", "Imran Sheikh, net@example.in"]],
        [["General contact", "Imran, it@example.in, +919800000043", ""]],
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "", "phone": ""}, "e-mail address or a mobile"),
        ({"phone": "12345"}, "Indian mobile"),
        ({"email": "no address"}, "valid email"),
        ({"name": ""}, "required"),
        ({"category": "king"}, "Select a valid choice"),
    ],
)
def test_a_bad_contact_is_refused_with_its_reason(fields, said, account, browse):
    client = browse(build.owner(account))
    added = contact(client, account, **fields)
    assert added.status_code == 422 and said in main(added)

    there = account.contacts.create(name="Desk", email="desk@example.in")
    data = {"name": "Desk", "email": "desk@example.in", "phone": ""} | fields
    changed = client.post(url("contact-change", account, contact_id=there.pk), data)

    if "category" not in fields:
        assert changed.status_code == 422 and said in main(changed)
    there.refresh_from_db()
    assert (there.email, there.category) == ("desk@example.in", "accounts")


def test_a_contact_of_messages_is_told_of_the_change(account, browse):
    there = account.contacts.create(name="Desk", email="desk@example.in")

    data = {"name": "Desk", "email": "new-desk@example.in"}
    browse(build.owner(account)).post(url("contact-change", account, contact_id=there.pk), data)

    told = account.notices.filter(name="recipients-changed").values_list("recipient", flat=True)
    assert sorted(told) == ["desk@example.in", "new-desk@example.in"]
