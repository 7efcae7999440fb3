"""Razorpay's words for mandates: customers, registration orders, tokens, recurring charges.

A token's `recurring_details` say what it is; its `status` and `recurring` may say otherwise. Some tokens of cards
have none: then `recurring` alone counts.
"""

import calendar
import re
from datetime import UTC, date, datetime
from typing import Any

from payments.gateways import Refused
from payments.gateways.mandates import Attempt, BankAccount, GatewayToken, Registration, TokenState
from payments.gateways.wire import Client, ask, checked_id, id_or_empty, word

NAME_LIMITS = (3, 50)
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 '\-._()@/]+")
EDGES = re.compile(r"^[^A-Za-z0-9]+|[^A-Za-z0-9.)]+$")
EMAIL_LIMIT = 64


class MandateCalls:
    """Mandates over the official SDK."""

    client: Client

    def make_customer(self, *, name: str, email: str, contact: str) -> str:
        reach = {"email": email if len(email) <= EMAIL_LIMIT else "", "contact": contact}
        facts = {"name": plain_name(name), "fail_existing": "0"} | {k: v for k, v in reach.items() if v}
        made = ask(lambda: self.client.customer.create(facts))
        return checked_id(made.get("id"))

    def create_registration(self, wish: Registration) -> str:
        order = {
            "amount": wish.amount,
            "currency": "INR",
            "receipt": wish.number,
            "method": wish.method,
            "customer_id": checked_id(wish.customer_id),
            "token": _terms(wish),
            "notes": {"mandate": wish.number},
        }
        if wish.amount:
            order["payment"] = {"capture": "automatic", "capture_options": {"refund_speed": "normal"}}
        return checked_id(ask(lambda: self.client.order.create(order)).get("id"))

    def attempts(self, order_id: str) -> list[Attempt]:
        items = ask(lambda: self.client.order.payments(checked_id(order_id))).get("items") or []
        return [_attempt(item) for item in items if isinstance(item, dict)]

    def token(self, customer_id: str, token_id: str) -> GatewayToken:
        entity = ask(lambda: self.client.token.fetch(checked_id(customer_id), checked_id(token_id)))
        return read_token(entity)

    def cancel_token(self, customer_id: str, token_id: str) -> None:
        try:
            ask(lambda: self.client.token.cancel(checked_id(customer_id), checked_id(token_id)))
        except Refused:  # it may be over already: that is what was wanted
            if self.token(customer_id, token_id).state not in (TokenState.CANCELLED, TokenState.REJECTED):
                raise

    def registration_fields(self, fields: dict[str, str], customer_id: str) -> dict[str, str]:
        return fields | {"customer_id": customer_id, "recurring": "1"}

    def create_recurring(
        self,
        *,
        order_id: str,
        amount: int,
        customer_id: str,
        token_id: str,
        email: str,
        contact: str,
        description: str,
    ) -> str:
        charge = {
            "email": email[:EMAIL_LIMIT],
            "contact": contact,
            "amount": amount,
            "currency": "INR",
            "order_id": checked_id(order_id),
            "customer_id": checked_id(customer_id),
            "token": checked_id(token_id),
            "recurring": True,
            "description": description[:255],
        }
        return checked_id(ask(lambda: self.client.payment.createRecurring(charge)).get("razorpay_payment_id"))


def plain_name(name: str) -> str:
    """Return a business's name as the gateway takes it: its letters only, 3 to 50 of them."""
    least, most = NAME_LIMITS
    plain = EDGES.sub("", " ".join(NOT_IN_NAMES.sub(" ", name).split()))
    plain = EDGES.sub("", plain[:most])
    return plain if len(plain) >= least else f"Customer {plain}".strip()


def read_token(entity: dict[str, Any]) -> GatewayToken:
    """Translate a token entity; what it lacks or says oddly is left open."""
    ceiling, until = entity.get("max_amount"), entity.get("expired_at")
    card = entity.get("card")
    return GatewayToken(
        token_id=checked_id(entity.get("id")),
        state=_state(entity),
        method=word(entity.get("method"), 20),
        instrument=word(_instrument(entity), 60),
        reason=word(_details(entity).get("failure_reason"), 120),
        ceiling=ceiling if type(ceiling) is int and ceiling > 0 else None,
        valid_until=_moment(until),
        card_month=_month(card) if isinstance(card, dict) else None,
    )


def _terms(wish: Registration) -> dict[str, Any]:
    terms: dict[str, Any] = {"max_amount": wish.ceiling, "expire_at": int(wish.valid_until.timestamp())}
    if wish.account is None:
        return terms | {"frequency": "as_presented"}
    return terms | {"auth_type": "netbanking", "bank_account": _bank_account(wish.account)}


def _bank_account(account: BankAccount) -> dict[str, str]:
    return {
        "beneficiary_name": account.name,
        "account_number": account.number,
        "account_type": account.kind,
        "ifsc_code": account.ifsc,
    }


def _attempt(item: dict[str, Any]) -> Attempt:
    return Attempt(
        payment_id=id_or_empty(item.get("id")),
        state=str(item.get("status") or ""),
        reason=word(item.get("error_reason"), 60),
        token_id=id_or_empty(item.get("token_id")),
    )


def _details(entity: dict[str, Any]) -> dict[str, Any]:
    details = entity.get("recurring_details")
    return details if isinstance(details, dict) else {}


def _state(entity: dict[str, Any]) -> TokenState:
    said = _details(entity).get("status")
    if not said:
        return TokenState.CONFIRMED if entity.get("recurring") is True else TokenState.INITIATED
    if said == "resumed":
        return TokenState.CONFIRMED
    try:
        return TokenState(said)
    except ValueError:
        return TokenState.UNKNOWN


def _instrument(entity: dict[str, Any]) -> str:
    """Name what is debited, masked as people may see it."""
    card, vpa, bank = entity.get("card"), entity.get("vpa"), entity.get("bank_details")
    if isinstance(card, dict) and card.get("last4"):
        return f"{card.get('network') or 'Card'} ···· {card['last4']}"
    if isinstance(vpa, dict) and vpa.get("handle"):
        return f"UPI ····@{vpa['handle']}"
    if isinstance(bank, dict) and bank.get("account_number"):
        name = entity.get("bank") or str(bank.get("ifsc") or "")[:4] or "Bank"
        return f"{name} ···· {str(bank['account_number'])[-4:]}"
    return ""


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if type(value) is int and value > 0 else None
    except (OverflowError, OSError, ValueError):
        return None


def _month(card: dict[str, Any]) -> date | None:
    """Return the last day of a card's month; month and year come as numbers or as text."""
    try:
        month, year = int(card["expiry_month"]), int(card["expiry_year"])
        year += 2000 if year < 100 else 0
        return date(year, month, calendar.monthrange(year, month)[1])
    except (KeyError, TypeError, ValueError):
        return None
