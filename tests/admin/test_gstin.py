"""Staff verify a GSTIN: with a reason, by the number that they looked up; staff's own edits undo it."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent

pytestmark = pytest.mark.django_db


def page(account):
    return reverse("admin:accounts_account_gstin", args=[account.pk])


def send(client, account, **news):
    data = {"name": "LOTUS LTD", "number": account.gstin, "reason": "Looked up on the portal", "confirm": "1"}
    return client.post(page(account), data | news)


def test_support_verifies_with_a_reason(staff, account):
    client = staff("support")
    assert account.gstin in client.get(page(account)).content.decode()
    assert send(client, account, reason="").status_code == 422

    send(client, account)

    account.refresh_from_db()
    assert account.billing_name == "LOTUS LTD" and account.gstin_verified_at
    event = AuditEvent.objects.get(action="accounts.verify_gstin")
    assert (event.reason, event.after["gstin"]) == ("Looked up on the portal", account.gstin)


def test_what_it_changes_is_shown_first(staff, account):
    data = {"name": "LOTUS LTD", "number": account.gstin, "reason": "Looked up"}

    answer = staff("support").post(page(account), data)

    account.refresh_from_db()
    html = answer.content.decode()
    assert not account.gstin_verified_at and answer.status_code == 200
    assert "carry “LOTUS LTD”" in html and "The portal shows this name" in html


def test_another_name_than_the_one_shown_is_shown_again(staff, account):
    client = staff("support")
    shown = client.post(page(account), {"name": "LOTUS LTD", "number": account.gstin, "reason": "x"})

    send(client, account, name="LOTUS", shown=shown.context["shown"])

    account.refresh_from_db()
    assert not account.gstin_verified_at


def test_a_number_that_changed_meanwhile_is_not_verified(staff, account):
    response = send(staff("support"), account, number="27ZZZCM0003C1ZM")

    account.refresh_from_db()
    assert response.status_code == 422 and not account.gstin_verified_at


def test_it_is_taken_back(staff, account):
    client = staff("support")
    send(client, account)

    send(client, account, take_back="1")

    account.refresh_from_db()
    assert account.gstin_verified_at is None


@pytest.mark.parametrize(("role", "status"), [("auditor", 403), ("customer", 302)])
def test_others_do_not_verify(role, status, staff, account):
    assert send(staff(role), account).status_code == status

    account.refresh_from_db()
    assert account.gstin_verified_at is None


@pytest.mark.parametrize(
    "news", [{"gstin": "", "registration": "unregistered"}, {"billing_name": "Lotus Labs"}]
)
def test_an_edit_of_name_or_number_ends_the_verification(news, staff, account):
    send(staff("support"), account)
    client, address = staff("manager"), reverse("admin:accounts_account_change", args=[account.pk])
    form = client.get(address).context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {"reason": "New letterhead", "minimum_top_up": "1500.00", **news}
    for rows in ("members", "contacts"):
        data |= {f"{rows}-TOTAL_FORMS": 0, f"{rows}-INITIAL_FORMS": 0}

    response = client.post(address, data)

    account.refresh_from_db()
    assert response.status_code == 302, response.context["errors"]
    assert account.gstin_verified_at is None
