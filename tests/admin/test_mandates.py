"""Mandates on the staff's side: who sees them, who cancels one, with a reason."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from payments.models import Mandate
from tests.payments.mandates import active

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "may"),
    [("support", True), ("finance", True), ("manager", True), ("auditor", False), ("admin", True)],
)
def test_who_cancels_with_a_reason(role, may, staff, account, gateway):
    mandate, client = active(account), staff(role)
    page = reverse("admin:payments_mandate_change", args=[mandate.pk])
    cancel = reverse("admin:payments_mandate_cancel", args=[mandate.pk])

    text = client.get(page).content.decode()
    assert "I allow it." in text
    assert (cancel in text) is may
    assert client.get(cancel).status_code == (200 if may else 403)
    assert client.post(cancel, {"reason": ""}).status_code == (422 if may else 403)
    assert Mandate.objects.get().state == "active"
    client.post(cancel, {"reason": "Asked by phone"})

    assert (Mandate.objects.get().state == "cancelled") is may
    assert (
        AuditEvent.objects.filter(action="payments.mandate.cancel", reason="Asked by phone").exists() is may
    )


def test_the_account_page_leads_to_them(staff, account, gateway):
    text = staff("support").get(reverse("admin:account_page", args=[account.pk])).content.decode()

    assert f"{reverse('admin:payments_mandate_changelist')}?account__id__exact={account.pk}" in text
