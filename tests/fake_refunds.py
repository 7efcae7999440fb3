"""Refunds of the fake gateway: the same key is the same refund, as at the real one."""

from dataclasses import dataclass, field, replace

from payments.gateways import Refused
from payments.gateways.refunds import GatewayRefund, RefundState
from tests import build

UNKNOWN = "400: The id provided does not exist"


@dataclass
class Refunds:
    """What was given back. `comes_as` is the state in which a new refund is answered."""

    made: list[GatewayRefund] = field(default_factory=list)
    keys: dict[str, tuple] = field(default_factory=dict)  # key → what was asked, the refund's id
    calls: list[tuple] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # said to the next calls, whatever they ask
    comes_as: RefundState = RefundState.PENDING

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

    def _given(self, refund_id: str) -> GatewayRefund:
        for one in self.world.given.made:
            if one.refund_id == refund_id:
                return one
        raise Refused(UNKNOWN, unknown_id=True)


def event(name: str, kind: str, id: str, payment_id: str = "") -> dict:
    """The body of an event about a refund, as far as it is read."""
    payload = {kind: {"entity": {"id": id, "entity": kind}}}
    if payment_id:
        payload["payment"] = {
            "entity": {"id": payment_id, "entity": "payment", "amount": 1, "currency": "INR"}
        }
    return {"entity": "event", "event": name, "contains": list(payload), "payload": payload}
