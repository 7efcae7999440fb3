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
        """Return the names of the events, in the order they were produced."""
        return [event["event"] for event in reversed(self.box.control("GET", "/events")["items"])]

    def last(self, event: str) -> dict[str, Any]:
        """Return the newest body of this event."""
        return self.box.control("GET", "/events", event=event)["items"][0]["body"]
