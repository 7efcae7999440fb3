"""How payment links end, change, are found and are sent."""

import pytest

from tests.sandbox.conftest import NOON, RefusedByGateway
from tests.sandbox.links import LINK, body_of, pay, produced


@pytest.fixture
def link(sdk):
    return sdk.payment_link.create(LINK)


@pytest.fixture
def parts(sdk):
    return sdk.payment_link.create(LINK | {"accept_partial": True, "first_min_partial_amount": 20000})


@pytest.mark.parametrize(("expire_by", "almost"), [(NOON + 900, "PT14M59S"), (None, "P183DT23H59M59S")])
def test_a_link_expires(box, browser, sdk, expire_by, almost):
    link = sdk.payment_link.create(LINK | {"expire_by": expire_by})
    assert link["expire_by"] == (expire_by or 0)

    box.advance(almost)
    assert sdk.payment_link.fetch(link["id"])["status"] == "created"
    box.advance("PT1S")

    over = sdk.payment_link.fetch(link["id"])
    assert (over["status"], over["expired_at"]) == ("expired", over["updated_at"])
    assert produced(box) == ["payment_link.expired"]
    assert "has expired" in browser.get(link["short_url"]).text


def test_a_paid_or_partly_paid_link_does_not_expire(box, sdk, parts):
    pay(box, parts, amount=20000)

    box.advance("P200D")

    assert sdk.payment_link.fetch(parts["id"])["status"] == "partially_paid"


def test_a_link_is_cancelled_while_nothing_is_paid(box, browser, sdk, link):
    cancelled = sdk.payment_link.cancel(link["id"])

    assert (cancelled["status"], cancelled["cancelled_at"]) == ("cancelled", NOON)
    assert produced(box) == ["payment_link.cancelled"]
    assert body_of(box, "payment_link.cancelled")["contains"] == ["payment_link"]
    assert "has cancelled" in browser.get(link["short_url"]).text
    for call in (sdk.payment_link.cancel, lambda link_id: sdk.payment_link.edit(link_id, {"notes": {}})):
        with pytest.raises(RefusedByGateway, match="is cancelled"):
            call(link["id"])
    parts = sdk.payment_link.create(LINK | {"reference_id": "INV-2", "accept_partial": True})
    pay(box, parts, amount=20000)
    with pytest.raises(RefusedByGateway, match="is partially_paid"):
        sdk.payment_link.cancel(parts["id"])


def test_a_link_can_be_changed(box, sdk, link):
    change = {
        "reference_id": "INV-000778",
        "expire_by": NOON + 3600,
        "notes": {"a": "b"},
        "reminder_enable": True,
        "accept_partial": True,
    }

    assert sdk.payment_link.edit(link["id"], change) == link | change

    assert sdk.payment_link.create(LINK)["reference_id"] == LINK["reference_id"]
    with pytest.raises(RefusedByGateway, match="already exists"):
        sdk.payment_link.edit(link["id"], {"reference_id": LINK["reference_id"]})
    with pytest.raises(RefusedByGateway, match="should not be sent"):
        sdk.payment_link.edit(link["id"], {"amount": 1})
    box.advance("PT1H")
    assert sdk.payment_link.fetch(link["id"])["status"] == "expired"


def test_a_later_date_keeps_a_link_alive(box, sdk):
    link = sdk.payment_link.create(LINK | {"expire_by": NOON + 900})
    sdk.payment_link.edit(link["id"], {"expire_by": NOON + 7200})

    box.advance("PT1H")

    assert sdk.payment_link.fetch(link["id"])["status"] == "created"


def test_links_are_listed_and_found(box, sdk, link):
    other = sdk.payment_link.create({"amount": 50000, "reference_id": "INV-2"})
    payment = pay(box, other)["payment"]

    def ids(**query):
        return [found["id"] for found in sdk.payment_link.all(query)["payment_links"]]

    assert ids() == [other["id"], link["id"]]
    assert ids(count=1, skip=1) == [link["id"]]
    assert ids(reference_id="INV-2") == ids(payment_id=payment["id"]) == [other["id"]]


def test_a_link_is_sent_by_mail_and_text(box, sdk):
    link = sdk.payment_link.create(LINK | {"notify": {"sms": True, "email": True}})
    assert link["short_url"] in box.mail("asha@example.in")["text"]
    assert link["short_url"] in box.sms("+919800000001")["text"]

    assert sdk.payment_link.notifyBy(link["id"], "email") == {"success": True}
    assert sdk.payment_link.notifyBy(link["id"], "sms") == {"success": True}

    assert len(box.control("GET", "/mail")["items"]) == len(box.control("GET", "/sms")["items"]) == 2
    with pytest.raises(RefusedByGateway, match="requested URL"):
        sdk.payment_link.notifyBy(link["id"], "fax")
    nobody = sdk.payment_link.create({"amount": 50000})
    with pytest.raises(RefusedByGateway, match="has no contact"):
        sdk.payment_link.notifyBy(nobody["id"], "sms")


def test_no_link_leads_nowhere(browser):
    assert browser.get("/i/nothing").status_code == 400
