"""The Payments page: offers, the preview before money, the start that a double click makes once."""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import permissions, restrictions
from accounts.levels import Level
from payments import recharge
from payments.gateways import State
from payments.models import Payment
from tests import build

pytestmark = pytest.mark.django_db


def url(name, account, **keys):
    return reverse(name, kwargs={"ban": account.ban, **keys})


def text(response):
    """What a person reads: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_without_script_the_offer_chosen_first_is_previewed(client, account):
    invoice = build.charge(account, 1000)

    page = text(client.get(url("payments", account)))

    assert f"Pays invoice {invoice.number} ₹1,180.00" in page
    assert "Added to your balance ₹1,271.18" in page
    assert "GST on the advance (CGST ₹114.41 + SGST ₹114.41) ₹228.82" in page
    assert "You pay ₹2,680.00 Pay ₹2,680.00" in page


def test_a_link_may_ask_for_just_what_is_due(client, account):
    build.charge(account, 1000)

    page = text(client.get(url("payments", account), {"choice": "due"}))

    assert "You pay ₹1,180.00 Pay ₹1,180.00" in page


@pytest.mark.parametrize(
    ("state", "own", "shown"),
    [
        ("29", "500", "Pays part of invoice {} (₹680.00 stays open) ₹500.00"),
        ("29", "500", "₹680.00 stays due after this payment."),
        ("29", "1,180.00", "You pay ₹1,180.00"),
        ("27", "2680", "Added to your balance ₹1,271.19 GST on the advance (IGST 18 %) ₹228.81"),
        ("29", "many", "Enter an amount in rupees"),
        ("29", "", "Enter an amount in rupees"),
    ],
)
def test_the_preview_says_what_an_own_amount_does(browse, state, own, shown):
    account = build.account(state=state)
    invoice = build.charge(account, 1000)

    response = browse(build.owner(account)).get(
        url("payment-preview", account), {"choice": "own", "own": own}
    )

    assert shown.format(invoice.number) in text(response)


def test_the_preview_is_a_part_not_a_page(client, account):
    response = client.get(url("payment-preview", account), {"choice": "top-up"})

    assert b"<html" not in response.content
    assert b'id="preview"' in response.content


def test_who_may_look_but_not_pay_learns_whom_to_ask(account, browse, monkeypatch):
    monkeypatch.setitem(permissions.RIGHTS, "manager", frozenset({permissions.Right.BILLING}))
    manager = build.member(account, "manager").user

    response = browse(manager).get(url("payments", account))

    assert "Your role does not include paying. Please ask owner person." in text(response)
    assert b'<form method="post" action="/BA-' not in response.content


@pytest.fixture
def start(client, account, world):
    def post(**fields):
        values = {"choice": "top-up", "own": "", "token": str(uuid.uuid4())} | fields
        return client.post(url("payment-start", account), values)

    return post


def test_starting_leads_to_the_checkout(start, account):
    response = start()

    payment = Payment.objects.get()
    assert payment.amount == account.minimum_top_up
    assert response.url == url("payment-checkout", account, number=payment.number)


def test_a_double_click_is_one_payment(start):
    token = str(uuid.uuid4())

    assert start(token=token).url == start(token=token).url
    assert Payment.objects.count() == 1


def test_who_comes_back_and_changes_the_amount_begins_another_payment(start):
    token = str(uuid.uuid4())

    start(token=token, choice="own", own="100")
    start(token=token, choice="own", own="200")

    assert sorted(Payment.objects.values_list("amount", flat=True)) == [10_000, 20_000]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"choice": "own", "own": "0.50"}, "Online you can pay ₹1.00 to ₹5,00,000.00 at a time."),
        ({"choice": "own", "own": "abc"}, "Enter an amount in rupees"),
        ({"choice": "own", "own": "9" * 30}, "Ensure this value has at most 24 characters"),
        ({"choice": "everything"}, "Choose an amount."),
        ({"choice": ""}, "This field is required."),
        ({"token": "not-a-token"}, "Payments"),
    ],
)
def test_what_cannot_be_paid_is_said_beside_the_form(start, fields, message):
    response = start(**fields)

    assert response.status_code == 422
    assert message in text(response)
    assert not Payment.objects.exists()


def test_the_amount_is_ours_never_the_browsers(start, account):
    build.charge(account, 1000)

    start(choice="due", own="1", amount="1", paise="1")

    assert Payment.objects.get().amount == 118_000


def test_the_history_says_where_money_went(client, account):
    first = build.charge(account, 1000)
    build.paid(account, 2680)
    failed = build.payment(account, 300)
    recharge.note(failed.pk, build.report(failed, state=State.FAILED, reason="insufficient_funds"))

    page = text(client.get(url("payments", account)))

    assert f"Received {first.number} ₹1,180.00 · Balance ₹1,271.18 · GST ₹228.82 ₹2,680.00" in page
    assert "Failed The bank reports too little money, or a limit that was reached. ₹300.00" in page


def test_the_history_has_pages(client, account):
    for _ in range(21):
        build.payment(account, 100)

    assert "Page 1 of 2" in text(client.get(url("payments", account)))
    assert "Page 2 of 2" in text(client.get(url("payments", account), {"page": 2}))
    assert client.get(url("payments", account), {"page": "x"}).status_code == 200


def test_who_left_the_checkout_hears_that_nothing_was_charged(client, account):
    payment = build.payment(account, 100)

    page = text(client.get(url("payments", account), {"cancelled": payment.number}))

    assert "You left the payment page. Nothing was charged." in page
    assert "You began a payment" not in page


def test_who_paid_after_all_does_not_hear_it(client, account):
    payment = build.paid(account, 100)

    page = text(client.get(url("payments", account), {"cancelled": payment.number}))

    assert "Nothing was charged" not in page


def test_a_foreign_number_says_nothing(client, account):
    payment = build.payment(build.account(), 100)

    page = text(client.get(url("payments", account), {"cancelled": payment.number}))

    assert payment.number not in page


def test_another_payment_on_its_way_is_told(client, account):
    payment = build.payment(account, 100, now=build.NOW - timedelta(days=2))
    recharge.note(payment.pk, build.report(payment, state=State.AUTHORIZED))
    build.payment(account, 200)

    page = text(client.get(url("payments", account)))

    assert "A payment of ₹100.00 is being confirmed." in page
    assert "Please do not pay again" in page


@pytest.fixture
def advise(client, account):
    def post(**fields):
        values = {"choice": "own", "own": "2,180", "token": str(uuid.uuid4())} | fields
        return client.post(url("payment-advice", account), values)

    return post


def test_an_advice_is_made_once_and_leads_to_its_pdf(advise, account):
    build.charge(account, 1000)
    token = str(uuid.uuid4())

    answers = [advise(token=token).url for _ in range(2)]

    document = account.documents.get(kind="payment_advice")
    assert answers == [url("document-pdf", account, slug=document.slug)] * 2
    assert document.total == build.paise(2180)
    assert not Payment.objects.exists()


def test_an_advice_over_another_amount_is_another_one(advise, account):
    token = str(uuid.uuid4())

    assert advise(token=token).url != advise(token=token, own="500").url
    assert account.documents.count() == 2


def test_a_transfer_may_be_larger_than_any_payment_online(advise, account):
    advise(own="7,50,000")

    assert account.documents.get().total == build.paise(750_000)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"own": "0"}, "Enter an amount above zero and within ₹1,00,00,00,000."),
        ({"own": "1000000000.01"}, "Enter an amount above zero and within ₹1,00,00,00,000."),
        ({"own": "-5"}, "Enter an amount in rupees"),
        ({"own": "many"}, "Enter an amount in rupees"),
        ({"choice": "everything"}, "Choose an amount."),
        ({"token": "not-a-token"}, "Payments"),
    ],
)
def test_what_cannot_be_transferred_is_said_beside_the_form(advise, account, fields, message):
    response = advise(**fields)

    assert response.status_code == 422
    assert message in text(response)
    assert not account.documents.exists()


def test_the_last_page_of_ours_says_what_the_payment_does(start, client, account, world):
    build.charge(account, 1000)
    leads = start(choice="own", own="2000")

    page = client.get(leads.url).content.decode()

    assert "Pays invoice" in page and "₹694.92" in page  # 820 is an advance, of which 125.08 is GST


def test_who_is_suspended_for_credit_is_offered_what_lifts_it(account, client):
    build.subscribed(account, now=build.NOW - timedelta(days=3))
    build.limit(account, 100)
    build.used(account, 3000)
    restrictions.impose(account, restrictions.Reason.CREDIT, Level.SUSPENDED, now=build.NOW)

    page = client.get(url("payments", account)).content.decode()

    assert 'value="clear" checked' in page
