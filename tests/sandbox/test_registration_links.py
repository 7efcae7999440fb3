"""Registration links through the real SDK: the gateway asks a customer to approve a mandate."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.mandates import ACCOUNT, LAST_DAY
from tests.sandbox.test_checkout import choose, decide

LINK = {
    "customer": {"name": "Asha Rao", "email": "asha@example.in", "contact": "+919800000001"},
    "type": "link",
    "amount": 0,
    "currency": "INR",
    "description": "Auto-pay registration",
    "subscription_registration": {
        "method": "emandate",
        "max_amount": 1000000,
        "expire_at": LAST_DAY,
        "auth_type": "netbanking",
        "bank_account": ACCOUNT | {"ifsc_code": "ICIC0000451"},
    },
    "receipt": "MND-2026-00042",
    "expire_by": NOON + 86400,
}


@pytest.fixture
def invoice(sdk):
    return sdk.registration_link.create(LINK)


def produced(box):
    return [event["event"] for event in reversed(box.control("GET", "/events")["items"])]


def test_a_registration_link_is_an_invoice(box, sdk, invoice):
    assert invoice["id"].startswith("inv_")
    assert (invoice["entity"], invoice["type"], invoice["status"]) == ("invoice", "link", "issued")
    assert (invoice["receipt"], invoice["expire_by"], invoice["amount_due"]) == (
        "MND-2026-00042",
        NOON + 86400,
        0,
    )
    assert invoice["customer_details"]["contact"] == "9800000001"
    assert sdk.customer.fetch(invoice["customer_id"])["email"] == "asha@example.in"
    assert sdk.order.fetch(invoice["order_id"])["token"]["method"] == "emandate"
    assert sdk.invoice.fetch(invoice["id"]) == invoice
    assert sdk.invoice.all()["items"] == [invoice]


def test_a_known_customer_is_used_again(sdk, invoice):
    again = sdk.registration_link.create(LINK | {"receipt": "MND-2"})

    assert again["customer_id"] == invoice["customer_id"]


def test_the_customer_approves_from_the_link(box, sdk, browser, invoice):
    page = browser.get(invoice["short_url"]).headers["Location"]
    assert "Auto-pay registration" in browser.get(page).text

    end = decide(browser, choose(browser, page), "success")

    assert "Auto-pay approved" in end.text
    assert "You can close this page." in end.text
    paid = sdk.invoice.fetch(invoice["id"])
    assert (paid["status"], paid["paid_at"]) == ("paid", NOON)
    payment = sdk.payment.fetch(paid["payment_id"])
    assert (payment["invoice_id"], payment["amount"]) == (invoice["id"], 0)
    assert sdk.token.fetch(invoice["customer_id"], payment["token_id"])["recurring"] is True
    assert produced(box) == [
        "payment.authorized",
        "payment.captured",
        "order.paid",
        "invoice.paid",
        "token.confirmed",
    ]
    event = box.control("GET", "/events", event="invoice.paid")["items"][0]["body"]
    assert event["contains"] == ["payment", "order", "invoice"]
    assert event["payload"]["invoice"]["entity"] == paid
    assert "already paid" in browser.get(page).text
    assert "has been paid" in browser.get(invoice["short_url"]).text


@pytest.mark.parametrize("method", ["card", "upi", "nach"])
def test_each_method_has_its_link(box, sdk, method):
    terms = {
        "card": {"max_amount": 500000, "frequency": "as_presented"},
        "upi": {"max_amount": 500000, "frequency": "monthly"},
        "nach": {"max_amount": 500000, "auth_type": "physical", "bank_account": ACCOUNT},
    }[method]
    amount = 0 if method == "nach" else 100
    registration = terms | {"method": method}

    invoice = sdk.registration_link.create(
        LINK | {"amount": amount, "subscription_registration": registration}
    )
    box.control("POST", f"/orders/{invoice['order_id']}/pay", {})

    assert sdk.invoice.fetch(invoice["id"])["status"] == "paid"


def test_a_link_expires(box, sdk, browser, invoice):
    box.advance("P1D")

    expired = sdk.invoice.fetch(invoice["id"])
    assert (expired["status"], expired["expired_at"]) == ("expired", NOON + 86400)
    assert produced(box) == ["invoice.expired"]
    assert "has expired" in browser.get(invoice["short_url"]).text


def test_a_link_is_cancelled_once(sdk, browser, invoice):
    cancelled = sdk.invoice.cancel(invoice["id"])

    assert (cancelled["status"], cancelled["cancelled_at"]) == ("cancelled", NOON)
    assert "has cancelled" in browser.get(invoice["short_url"]).text
    with pytest.raises(RefusedByGateway, match="cancelled status"):
        sdk.invoice.cancel(invoice["id"])


def test_the_link_is_sent_and_sent_again(box, sdk, invoice):
    assert (invoice["sms_status"], invoice["email_status"]) == ("sent", "sent")
    assert invoice["short_url"] in box.mail("asha@example.in")["text"]

    assert sdk.invoice.notify_by(invoice["id"], "sms") == {"success": True}

    assert len(box.control("GET", "/sms")["items"]) == 2
    with pytest.raises(RefusedByGateway, match="requested URL"):
        sdk.invoice.notify_by(invoice["id"], "fax")


def test_nothing_is_sent_where_the_merchant_says_so(box, sdk):
    invoice = sdk.registration_link.create(LINK | {"email_notify": False, "sms_notify": 0})

    assert (invoice["sms_status"], invoice["email_status"]) == (None, None)
    assert box.control("GET", "/mail")["items"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "invoice"}, "type must be link"),
        ({"subscription_registration": None}, "subscription_registration field is required"),
        ({"subscription_registration": {"method": "cheque"}}, "method is invalid"),
        ({"amount": 100}, "must be 0"),
        ({"customer": {"email": "asha@example.in"}}, "name field is required"),
        ({"customer": {"colour": "x"}}, "customer"),
        ({"expire_by": NOON + 899}, "15 minutes"),
        ({"colour": 1}, "should not be sent"),
    ],
)
def test_a_wrong_registration_link_is_refused_whole(sdk, change, words):
    with pytest.raises(RefusedByGateway, match=words):
        sdk.registration_link.create(LINK | change)

    assert sdk.invoice.all()["count"] == sdk.customer.all()["count"] == sdk.order.all()["count"] == 0


def test_a_method_that_is_off_has_no_link(box, sdk):
    box.control("POST", "/switches", {"recurring_emandate": "off"})

    with pytest.raises(RefusedByGateway, match="The requested URL was not found"):
        sdk.registration_link.create(LINK)
