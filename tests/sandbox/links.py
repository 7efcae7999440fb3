"""What tests of payment links share."""

from urllib.parse import parse_qsl, urlsplit

BACK = "http://127.0.0.1:9/paid?from=link"
LINK = {
    "amount": 123400,
    "currency": "INR",
    "reference_id": "INV-000777",
    "description": "Invoice 777",
    "customer": {"name": "Asha Rao", "email": "asha@example.in", "contact": "+919800000001"},
    "callback_url": BACK,
    "callback_method": "get",
}


def pay(box, link, **wish):
    return box.control("POST", f"/payment_links/{link['id']}/pay", wish)


def produced(box):
    return [event["event"] for event in reversed(box.control("GET", "/events")["items"])]


def body_of(box, event):
    return box.control("GET", "/events", event=event)["items"][0]["body"]


def returned(address):
    """Return the signed fields by the names that the SDK's check wants."""
    query = dict(parse_qsl(urlsplit(address).query))
    return {
        name.removeprefix("razorpay_") if "link" in name else name: value
        for name, value in query.items()
        if name.startswith("razorpay_")
    }
