"""Virtual accounts: one for each account, whatever happens; what arrives is credited once, by payment and by UTR."""

import json
import uuid
from datetime import timedelta

import pytest

from accounts.models import Account
from billing_portal import books
from payments import claims, virtual_accounts, webhooks
from payments.claims import Said
from payments.gateways import GatewayError
from payments.models import ParkedReport, Payment, TaxDeducted, VirtualAccount, WebhookEvent
from payments.taxes import Deduction
from tests import build, fakes
from tests.fake_virtual_accounts import closed
from tests.payments.test_bank import UTR, line_of
from tests.threads import errors, together

pytestmark = pytest.mark.django_db
NOW = build.NOW


@pytest.fixture
def account(world):
    return build.account()


def ensure(account, now=NOW):
    return virtual_accounts.ensure(account, by=build.owner(account), now=now)


def event(report, at, name="virtual_account.credited"):
    body = json.loads(fakes.event(report, name))
    body["payload"]["virtual_account"] = {"entity": {"id": at, "entity": "virtual_account"}}
    raw = json.dumps(body).encode()
    assert webhooks.store(raw, fakes.sign(raw), uuid.uuid4().hex, now=NOW)
    webhooks.handle_due(now=NOW)
    assert WebhookEvent.objects.latest("pk").handled_at, WebhookEvent.objects.latest("pk").error


def found():
    return [str(one) for one in books.look(now=NOW).findings]


def test_an_account_gets_one_and_keeps_it(account, world):
    rows = [ensure(account) for _twice in range(2)]

    assert rows[0].pk == rows[1].pk and rows[0].state == "active" and rows[0].number == "2299001122334455"
    assert len(world.banks.accounts) == 1


@pytest.mark.parametrize("fails", [["account-after"], ["account-after", "find-account"], ["account"]])
def test_a_time_out_makes_no_second_one(fails, account, world):
    world.fails = list(fails)
    try:
        ensure(account)
    except GatewayError:
        assert ensure(account, NOW + timedelta(seconds=1)).state == "active"

    assert len(world.banks.accounts) == 1 and VirtualAccount.objects.get().state == "active"


@pytest.mark.django_db(transaction=True)
def test_two_people_ask_at_once(account, world):
    results = together([lambda: ensure(account), lambda: ensure(account)])

    assert not errors(results) and len(world.banks.accounts) == 1


def test_what_arrives_is_credited_once_whatever_the_order_of_events(account, world):
    invoice = build.charge(account, 500)
    row = ensure(account)
    report = world.banks.arrives(row.gateway_id, "1180.00", UTR)

    event(report, row.gateway_id, "payment.captured")
    event(report, row.gateway_id)
    event(report, row.gateway_id, "virtual_account.credited ".strip())

    payment = Payment.objects.get()
    invoice.refresh_from_db()
    assert (payment.channel, payment.reference, payment.amount, payment.account) == (
        "transfer",
        UTR,
        118_000,
        account,
    )
    assert invoice.open_amount == 0 and not ParkedReport.objects.exists() and not found()


def test_a_payer_that_the_bank_does_not_name(account, world):
    row = ensure(account)

    event(world.banks.arrives(row.gateway_id, "100.00", "N123456789012345", payer=""), row.gateway_id)

    assert Payment.objects.get().reference == "N123456789012345"


def test_the_same_utr_is_not_credited_again(account, world):
    row = ensure(account)
    event(world.banks.arrives(row.gateway_id, "100.00", UTR), row.gateway_id)
    with pytest.raises(claims.NotPossible, match="arrived: it was credited"):
        claims.declare(
            account.pk,
            Said("transfer", UTR, 10_000, NOW.date()),
            token=uuid.uuid4(),
            by=build.owner(account),
            now=NOW,
        )

    event(world.banks.arrives(row.gateway_id, "100.00", UTR), row.gateway_id)

    assert Payment.objects.count() == 1 and ParkedReport.objects.get().kind == "utr" and not found()


def test_a_line_of_the_bank_with_its_utr_comes_first(account, world):
    row = ensure(account)
    line_of("100.00")

    event(world.banks.arrives(row.gateway_id, "100.00", UTR), row.gateway_id)

    report = ParkedReport.objects.get()
    assert not Payment.objects.exists() and report.kind == "utr"
    assert (report.account, report.reference) == (account, UTR)
    assert "₹100.00 came" in report.detail and f"Its UTR {UTR} is that of a line of" in report.detail


def test_a_claim_of_it_is_attached_with_the_tax_deducted(account, world):
    invoice = build.charge(account, 10_000)
    row = ensure(account)
    tax = Deduction("income", "BLRA12345B", 200, "", (invoice.pk,))
    claim = claims.declare(
        account.pk,
        Said("transfer", UTR, 1_160_000, NOW.date(), "", (tax,)),
        token=uuid.uuid4(),
        by=build.owner(account),
        now=NOW,
    )

    event(world.banks.arrives(row.gateway_id, "11600.00", UTR), row.gateway_id)

    claim.refresh_from_db()
    invoice.refresh_from_db()
    assert (claim.state, claim.payment.amount, invoice.open_amount) == ("settled", 1_180_000, 0)
    assert TaxDeducted.objects.get().state == "open" and not found()


def test_money_for_a_deleted_account_is_parked(account, world):
    row = ensure(account)
    Account.objects.filter(pk=account.pk).update(wanted_level="deleted")

    event(world.banks.arrives(row.gateway_id, "100.00", UTR), row.gateway_id)

    assert not Payment.objects.exists() and ParkedReport.objects.get().kind == "deleted"


def test_money_at_an_account_that_is_not_ours_is_parked(account, world):
    event(world.banks.arrives("va_00000000000000", "100.00", UTR), "va_00000000000000")

    assert not Payment.objects.exists() and ParkedReport.objects.get().kind == "unknown_order"


def test_one_that_is_closed_is_replaced_when_asked_for_again(account, world):
    row = ensure(account)
    closed(world.banks, row.gateway_id)

    event(world.banks.arrives(row.gateway_id, "1.00", UTR), row.gateway_id, "virtual_account.closed")

    row.refresh_from_db()
    assert row.state == "closed" and ensure(account).pk != row.pk
