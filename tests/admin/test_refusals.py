"""What staff read where they may not go, or where nothing is; nobody else learns of it."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from tests import build

pytestmark = pytest.mark.django_db


def read(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_missing_right_its_groups_and_whom_to_ask_are_said(staff):
    client, meera = staff("support"), build.user("Meera", staff=True)
    meera.groups.set(Group.objects.filter(name="manager"))

    page = read(client, reverse("admin:accounts_auditevent_changelist"), 403)

    assert "the right to <b>view audit event</b>, which you do not have as support" in page
    assert "It belongs to auditor, manager." in page
    assert "ask a manager: Meera." in page
    assert f'href="{reverse("admin:index")}"' in page and 'action="/admin/search/"' in page


def test_the_right_of_an_act_is_said_too(staff):
    page = read(staff("auditor"), reverse("admin:payments_bank_settle", args=[1]), 403)

    assert "Your role does not include this" not in page
    assert "as auditor" in page and "It belongs to finance, manager." in page


def test_who_may_see_but_not_write_is_told_so(staff, account):
    answer = staff("support").post(reverse("admin:accounts_account_change", args=[account.pk]), {})

    assert answer.status_code == 403
    assert "<b>change account</b>" in answer.content.decode()


@pytest.mark.parametrize("address", ["/admin/nowhere/", "/admin/payments/bankline/999/settle/"])
def test_where_nothing_is_staff_are_led_back(staff, address):
    page = read(staff("manager"), address, 404)

    assert "There is nothing here" in page and 'action="/admin/search/"' in page


@pytest.mark.parametrize("address", ["/admin/nowhere/", "/admin/accounts/auditevent/"])
def test_nobody_else_learns_anything(client, staff, address):
    for one in (client, staff("customer")):
        answer = one.get(address)
        assert answer.status_code == 302 and "login" in answer["Location"]
