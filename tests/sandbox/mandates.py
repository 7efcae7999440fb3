"""What tests of mandates share: customers, registration orders, tokens, debits."""

from typing import Any

LAST_DAY = 2102444799
ACCOUNT = {
    "beneficiary_name": "Asha Rao",
    "account_number": "50100012345678",
    "account_type": "savings",
    "ifsc_code": "HDFC0000451",
}
TERMS: dict[str, dict[str, Any]] = {
    "card": {"max_amount": 1500000, "frequency": "as_presented", "expire_at": LAST_DAY},
    "upi": {"max_amount": 5000000, "frequency": "as_presented"},
    "emandate": {
        "max_amount": 5000000,
        "auth_type": "netbanking",
        "expire_at": LAST_DAY,
        "bank_account": ACCOUNT,
    },
    "nach": {"max_amount": 5000000, "auth_type": "physical", "bank_account": ACCOUNT},
}
AMOUNT = {"card": 100, "upi": 100, "emandate": 0, "nach": 0}


class Mandates:
    """A customer with mandates, through the SDK and the control plane."""

    def __init__(self, box, sdk) -> None:
        self.box, self.sdk = box, sdk
        self.customer = sdk.customer.create(
            {"name": "Asha Rao", "contact": "+919800000001", "email": "asha@example.in", "fail_existing": "0"}
        )["id"]

    def order(self, method: str, change: dict[str, Any] | None = None, /, **fields: Any) -> dict[str, Any]:
        return self.sdk.order.create(
            {
                "amount": AMOUNT[method],
                "currency": "INR",
                "method": method,
                "customer_id": self.customer,
                "token": TERMS[method] | (change or {}),
            }
            | fields
        )

    def pay(self, order: dict[str, Any], **wish: Any) -> dict[str, Any]:
        """Approve as the control plane can, without a page; return the registration payment."""
        return self.box.control("POST", f"/orders/{order['id']}/pay", wish)["payment"]

    def token_of(self, payment: dict[str, Any]) -> dict[str, Any]:
        return self.sdk.token.fetch(self.customer, payment["token_id"])

    def at(self, bank: str = "ICIC", ending: str = "5678") -> dict[str, Any]:
        """Return the terms of an account at this bank with this end of its number."""
        return {
            "bank_account": ACCOUNT | {"ifsc_code": f"{bank}0000451", "account_number": f"5010001234{ending}"}
        }

    def confirmed(self, method: str = "upi", change: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a token that can be charged."""
        payment = self.pay(self.order(method, (self.at() if method == "emandate" else {}) | (change or {})))
        token = self.token_of(payment)
        if token["recurring_details"]["status"] == "initiated":
            self.box.control("POST", f"/tokens/{token['id']}/confirm")
        return self.token_of(payment)

    def events(self) -> list[str]:
        """Return the names of the events, in the order they were produced; settlements go their own way."""
        names = [event["event"] for event in reversed(self.box.control("GET", "/events")["items"])]
        return [name for name in names if not name.startswith("settlement.")]

    def last(self, event: str) -> dict[str, Any]:
        """Return the newest body of this event."""
        return self.box.control("GET", "/events", event=event)["items"][0]["body"]

    def debit(self, token: dict[str, Any], amount: int = 123400, **change: Any) -> dict[str, Any]:
        """Make an order and charge it by the token; return the payment."""
        order = change.pop("order", None) or self.charge_order(amount)
        wish = self.wish(token, order, amount) | change
        return self.sdk.payment.fetch(self.sdk.payment.createRecurring(wish)["razorpay_payment_id"])

    def charge_order(self, amount: int = 123400, **fields: Any) -> dict[str, Any]:
        return self.sdk.order.create({"amount": amount, "currency": "INR", "payment_capture": True} | fields)

    def wish(self, token: dict[str, Any], order: dict[str, Any], amount: int = 123400) -> dict[str, Any]:
        return {
            "email": "asha@example.in",
            "contact": "+919800000001",
            "amount": amount,
            "currency": "INR",
            "order_id": order["id"],
            "customer_id": self.customer,
            "token": token["id"],
            "recurring": True,
            "description": "Invoice INV/26-27/000777",
            "notes": {"invoice": "INV/26-27/000777"},
        }

    def status(self, payment: dict[str, Any]) -> tuple[str, str | None]:
        fresh = self.sdk.payment.fetch(payment["id"])
        return fresh["status"], fresh["error_reason"]

    def steer(self, token: dict[str, Any], what: str) -> None:
        self.box.control("POST", f"/tokens/{token['id']}/{what}")

    def fault(self, on: str, kind: str, **how: Any) -> None:
        self.box.control("POST", "/faults", {"on": on, "do": {"kind": kind, **how}})
