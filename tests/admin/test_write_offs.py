"""Writing off through the pages: who may ask, and that a second person does it."""

import uuid

import pytest
from django.urls import reverse

from accounts.models import Approval
from invoices.models import WriteOff
from tests.ladder import DUE, bill, case, sweep

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "may"),
    [("support", False), ("finance", True), ("manager", True), ("auditor", False), ("admin", True)],
)
def test_who_asks_and_a_second_person_does_it_through_the_pages(role, may, staff, account):
    bill(account, due=-15)
    sweep([-15, -8])
    client, page = staff(role), reverse("admin:credit_write_off_ask", args=[account.pk])
    [owed] = account.documents.overdue(DUE)
    wish = {"documents": [owed.pk], "reason": "Insolvent", "token": uuid.uuid4()}
    shown = client.post(page, wish)
    assert not Approval.objects.exists()
    assert ("What a yes changes" in shown.content.decode()) is may
    answer = client.post(page, wish | {"confirm": "1"})
    assert (answer.status_code, client.get(page).status_code) == ((302, 200) if may else (403, 403))
    shown = client.get(reverse("admin:credit_overduecase_change", args=[case(account).pk])).content.decode()
    assert (page in shown) is may
    if not may:
        return
    approve = reverse("admin:accounts_approval_approve", args=[Approval.objects.get().pk])
    client.post(approve, {"note": "mine"})
    assert not WriteOff.objects.exists()

    other = staff("finance" if role == "manager" else "manager")
    other.post(approve, {"note": "yes"})

    row = WriteOff.objects.get()
    assert other.get(reverse("admin:invoices_writeoff_changelist")).status_code == 200
    assert (
        "Money came in for it"
        in other.get(reverse("admin:invoices_writeoff_change", args=[row.pk])).content.decode()
    )
    assert other.get(reverse("admin:credit_recovery_ask", args=[row.pk])).status_code == 200
