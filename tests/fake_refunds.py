"""Refunds and disputes of the fake gateway: the same key is the same refund, as at the real one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from payments.gateways import Refused
from payments.gateways.refunds import DisputeState, GatewayDispute, GatewayRefund, RefundState
from payments.models import Payment
from tests import build

UNKNOWN = "400: The id provided does not exist"


@dataclass
class Refunds:
    """What was given back and what is disputed. `comes_as` is the state in which a new refund is answered."""

    made: list[GatewayRefund] = field(default_factory=list)
    keys: dict[str, tuple] = field(default_factory=dict)  # key → what was asked, the refund's id
    calls: list[tuple] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # said to the next calls, whatever they ask
    comes_as: RefundState = RefundState.PENDING
    disputes: dict[str, GatewayDispute] = field(default_factory=dict)
    proofs: list = field(default_factory=list)

    def make(self, payment_id: str, amount: int, **fields) -> GatewayRefund:
        """A refund made at the gateway, whoever asked."""
        made = GatewayRefund(
            build.gateway_id("rfnd"), payment_id, amount, "INR", "", self.comes_as, "", build.NOW
        )
        made = replace(made, **fields)
        self.made.append(made)
        return made

    def change(self, refund_id: str, **fields) -> GatewayRefund:
        at = next(n for n, one in enumerate(self.made) if one.refund_id == refund_id)
        self.made[at] = replace(self.made[at], **fields)
        return self.made[at]

    def dispute(self, payment: Payment, amount: int | None = None, **fields) -> GatewayDispute:
        """The payer disputes a payment, for a week."""
        made = GatewayDispute(
            build.gateway_id("disp"), payment.gateway_payment_id, amount or payment.amount, "INR", 0,
            DisputeState.OPEN, "chargeback", "services_not_provided", build.NOW + timedelta(days=7), build.NOW,
        )  # fmt: skip
        made = replace(made, **fields)
        self.disputes[made.dispute_id] = made
        return made

    def end(self, dispute: GatewayDispute, state: str) -> GatewayDispute:
        made = replace(self.disputes[dispute.dispute_id], state=DisputeState(state))
        self.disputes[made.dispute_id] = made
        return made


class FakeRefunds:
    """The part of the fake gateway that gives back. `world` is its world."""

    def refund(self, payment_id: str, amount: int, *, number: str, key: str) -> GatewayRefund:
        self._feel("refund")
        given = self.world.given
        with self.world.lock:
            given.calls.append((payment_id, amount, number, key))
            if given.refusals:
                raise Refused(given.refusals.pop(0))
            asked = (payment_id, amount, number)
            if key in given.keys and given.keys[key][0] != asked:
                raise Refused(
                    "400: Different request with the same idempotency key has already been processed."
                )
            if key not in given.keys:
                given.keys[key] = (asked, given.make(payment_id, amount, receipt=number).refund_id)
            answer = self._given(given.keys[key][1])
        self._feel("refund-after")
        return answer

    def refunds_of(self, payment_id: str) -> list[GatewayRefund]:
        self._feel("refunds")
        return [one for one in self.world.given.made if one.payment_id == payment_id]

    def fetch_refund(self, refund_id: str) -> GatewayRefund:
        self._feel("fetch-refund")
        return self._given(refund_id)

    def fetch_dispute(self, dispute_id: str) -> GatewayDispute:
        if dispute_id not in self.world.given.disputes:
            raise Refused(UNKNOWN, unknown_id=True)
        return self.world.given.disputes[dispute_id]

    def accept_dispute(self, dispute_id: str) -> GatewayDispute:
        self._feel("accept")
        return self.world.given.end(self.fetch_dispute(dispute_id), "lost")

    def contest_dispute(self, dispute_id: str, amount: int, summary: str, proofs: Sequence) -> GatewayDispute:
        self._feel("contest")
        self.world.given.proofs = [amount, summary, *(one.name for one in proofs)]
        return self.world.given.end(self.fetch_dispute(dispute_id), "under_review")

    def _given(self, refund_id: str) -> GatewayRefund:
        for one in self.world.given.made:
            if one.refund_id == refund_id:
                return one
        raise Refused(UNKNOWN, unknown_id=True)


def event(name: str, kind: str, id: str, payment_id: str = "") -> dict:
    """The body of an event about a refund or dispute, as far as it is read."""
    payload = {kind: {"entity": {"id": id, "entity": kind}}}
    if payment_id:
        payload["payment"] = {
            "entity": {"id": payment_id, "entity": "payment", "amount": 1, "currency": "INR"}
        }
    return {"entity": "event", "event": name, "contains": list(payload), "payload": payload}
