"""The gateway's mandates in memory: customers, registration orders, and what a test makes of their tokens."""

from dataclasses import dataclass, field, replace

from payments.gateways import Refused
from payments.gateways.mandates import Attempt, GatewayToken, Registration, TokenState
from payments.models import Mandate
from tests import build

UNKNOWN = "400: The id provided does not exist"


@dataclass
class Mandated:
    """What the gateway holds of mandates."""

    customers: dict[tuple[str, str], str] = field(default_factory=dict)  # e-mail and phone → id
    registrations: dict[str, Registration] = field(default_factory=dict)  # order id → what is asked
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)  # order id → tries, newest first
    tokens: dict[str, GatewayToken] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)  # tokens whose end was asked for
    charges: list[dict] = field(default_factory=list)

    def approves(self, mandate: Mandate, state: TokenState = TokenState.CONFIRMED, **fields) -> GatewayToken:
        """The customer approves a mandate; `fields` change the token."""
        token = GatewayToken(
            build.gateway_id("token"),
            state,
            mandate.method,
            "Visa ···· 1007",
            "",
            mandate.ceiling,
            None,
            None,
        )
        token = replace(token, **fields)
        self.tokens[token.token_id] = token
        attempt = Attempt(build.gateway_id("pay"), "captured", "", token.token_id)
        self.attempts.setdefault(mandate.gateway_order_id, []).insert(0, attempt)
        return token

    def fails(self, mandate: Mandate, reason: str) -> None:
        """An attempt to approve it fails."""
        attempt = Attempt(build.gateway_id("pay"), "failed", reason, "")
        self.attempts.setdefault(mandate.gateway_order_id, []).insert(0, attempt)

    def becomes(self, token: GatewayToken, state: TokenState, **fields) -> GatewayToken:
        """The bank changes a token."""
        self.tokens[token.token_id] = replace(token, state=state, **fields)
        return self.tokens[token.token_id]


class FakeMandates:
    """The part of a gateway's face that auto-pay needs, in memory."""

    def make_customer(self, *, name: str, email: str, contact: str) -> str:
        self._feel("customer")
        return self.world.mandated.customers.setdefault((email, contact), build.gateway_id("cust"))

    def create_registration(self, wish: Registration) -> str:
        self._feel("create")
        with self.world.lock:
            order_id = build.gateway_id("order")
            self.world.receipts[order_id] = wish.number
            self.world.mandated.registrations[order_id] = wish
        self._feel("create-after")
        return order_id

    def attempts(self, order_id: str) -> list[Attempt]:
        self._feel("attempts")
        return list(self.world.mandated.attempts.get(order_id, []))

    def token(self, customer_id: str, token_id: str) -> GatewayToken:
        self._feel("token")
        if token_id not in self.world.mandated.tokens:
            raise Refused(UNKNOWN, unknown_id=True)
        return self.world.mandated.tokens[token_id]

    def cancel_token(self, customer_id: str, token_id: str) -> None:
        self._feel("cancel")
        self.world.mandated.cancelled.append(token_id)

    def create_recurring(self, **charge) -> str:
        self._feel("recurring")
        self.world.mandated.charges.append(charge)
        return build.gateway_id("pay")
