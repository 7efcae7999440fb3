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
