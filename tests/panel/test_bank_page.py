"""The bank tab: where to transfer to, declaring by UTR or cheque, and what becomes of it."""

import uuid

import pytest
from django.urls import reverse

from accounts.models import Member
from payments import bank, claims
from payments.models import Claim, TaxDeducted
from tests import build
from tests.payments.test_bank import UTR, line_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(account):
    return reverse("payments-bank", kwargs={"ban": account.ban})


def typed(**words):
    return {
        "kind": "transfer", "reference": UTR, "amount": "11,600", "sent_on": "2026-11-23", "bank": "Canara",
        "token": str(uuid.uuid4()), **words,
    }  # fmt: skip


def text(response):
    return response.content.decode()


def test_the_page_says_where_to_transfer_to(client, account, page, settings):
    shown = text(client.get(page))

    assert settings.SUPPLIER["bank_account"] in shown and settings.SUPPLIER["bank_ifsc"] in shown
    assert account.ban in shown and "What you tell us of stands here" in shown


def test_a_transfer_is_declared_once_and_stands_in_both_lists(client, account, page):
    form = typed()

    answers = [client.post(f"{page}declare/", form) for _twice in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == f"{page}#declared"
    claim = Claim.objects.get()
    assert (claim.utr, claim.amount, claim.state) == (UTR, 1_160_000, "declared")
    for url in (page, reverse("payments", kwargs={"ban": account.ban})):
        assert UTR in text(client.get(url)) and "Declared" in text(client.get(url))


def test_tax_deducted_is_declared_with_it(client, account, page):
    invoice = build.charge(account, 10_000)

    client.post(
        f"{page}declare/", typed(tan="blra12345b", rate="200", invoices=[str(invoice.pk)], section="393(1)")
    )

    tax = TaxDeducted.objects.get()
    assert (tax.document, tax.amount, tax.deductor, tax.quarter) == (invoice, 20_000, "BLRA12345B", "Q3")
    assert Claim.objects.get().gross == invoice.total


@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        ({"reference": "12"}, "reference", "A UTR has"),
        ({"reference": ""}, "reference", "Give the UTR"),
        ({"kind": "cheque", "reference": "UTR"}, "reference", "six digits"),
        ({"amount": "1.234"}, "amount", "Enter an amount"),
        ({"amount": "0"}, "amount", "above zero"),
        ({"sent_on": "31/02/2026"}, "sent_on", "Enter a day"),
        ({"sent_on": "2026-11-25"}, "sent_on", "not after today"),
        ({"rate": "200"}, "tds", "A TAN has"),
        ({"rate": "300"}, "rate", "valid choice"),
        ({"gst_deductor": "29ZZZCB0002B1ZW"}, "tds", "registered deductors"),
        ({"invoices": ["77"], "rate": "200"}, "invoices", "valid choice"),
        ({"bank": "Can\u202eara"}, "bank", "invisible"),
        ({"kind": "cash"}, "kind", "valid choice"),
        ({"token": "x"}, "token", "valid UUID"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_is_declared(words, field, said, client, page):
    answer = client.post(f"{page}declare/", typed(**words))

    assert answer.status_code == 422 and said in str(answer.context["form"].errors[field])
    assert said.split()[0] in text(answer) and not Claim.objects.exists()


def test_a_claim_is_withdrawn_while_it_waits_and_shown_when_settled(client, account, page):
    client.post(f"{page}declare/", typed())
    claim = Claim.objects.get()
    url = reverse("claim-withdraw", kwargs={"ban": account.ban, "claim_id": claim.pk})
    assert "Withdraw" in text(client.get(page))
    assert client.post(url).status_code == 302
    client.post(f"{page}declare/", typed())
    line_of("11600.00")
    again = Claim.objects.get(state="matched")
    [payment] = bank.settle_claim(
        again.pk, token=uuid.uuid4(), reason="x", by=build.user(staff=True), now=build.NOW
    )

    assert payment.number in text(client.get(page))
    late = client.post(reverse("claim-withdraw", kwargs={"ban": account.ban, "claim_id": again.pk}))
    assert late.status_code == 422 and "decided already" in text(late)
    shown = text(client.get(reverse("payment", kwargs={"ban": account.ban, "number": payment.number})))
    assert UTR in shown


def test_a_rejection_says_why(client, page):
    client.post(f"{page}declare/", typed(bank='<b>"&'))
    claims.reject(Claim.objects.get().pk, reason="<b>No such", by=build.user(staff=True), now=build.NOW)

    assert "&lt;b&gt;No such" in text(client.get(page))


def test_who_may_not_pay_sees_and_declares_nothing_of_others(account, page, browse):
    other = build.account()
    agent = build.member(account, Member.Role.AGENT).user
    assert browse(agent).get(page).status_code == 403
    stranger = browse(build.owner(other))
    assert stranger.post(f"{page}declare/", typed()).status_code == 404
    browse(build.owner(account)).post(f"{page}declare/", typed())

    mine = {"ban": other.ban, "claim_id": Claim.objects.get().pk}
    assert stranger.post(reverse("claim-withdraw", kwargs=mine)).status_code == 404
    assert Claim.objects.get().state == "declared"


@pytest.mark.parametrize(
    "name", ["claim-declare", "bank-account", "payment-start", "auto-pay-set-up", "auto-pay-limits"]
)
def test_a_forms_address_opened_by_hand_says_so(name, client, account):
    answer = client.get(reverse(name, kwargs={"ban": account.ban}))

    assert answer.status_code == 405 and "Nothing was changed" in text(answer)
    assert reverse("home") in text(answer)
