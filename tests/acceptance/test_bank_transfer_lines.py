"""Virtual accounts against the real contract: the SDK over HTTP, signed calls, transfers with and without a payer."""

import pytest

from billing_portal import clock
from payments import virtual_accounts
from payments.models import ParkedReport, Payment
from tests import build

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.timeout(120)]


def ensure(account):
    return virtual_accounts.ensure(account, by=build.owner(account), now=clock.now())


def arrives(outside, row, **words):
    return outside.box.control(
        "POST", f"/virtual_accounts/{row.gateway_id}/credit", {"amount": 118_000, **words}
    )


def test_made_once_credited_once_and_closed(outside):
    account = build.account()
    row = ensure(account)
    assert (ensure(account).pk, row.state) == (row.pk, "active") and row.number.startswith("2299")

    arrives(outside, row, utr="N123456789012345")
    arrives(outside, row, utr="R123456789012346", payer=None)
    outside.deliver()

    paid = Payment.objects.order_by("reference")  # the calls come in any order
    assert [(one.account_id, one.amount, one.reference) for one in paid] == [
        (account.pk, 118_000, "N123456789012345"),
        (account.pk, 118_000, "R123456789012346"),
    ]
    arrives(outside, row, utr="N123456789012345")
    outside.deliver()
    assert paid.count() == 2 and ParkedReport.objects.get().kind == "utr"
