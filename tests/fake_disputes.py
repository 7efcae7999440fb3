"""The gateway's disputes in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from payments.gateways import Refused
from payments.gateways.disputes import DisputeState, GatewayDispute
from payments.models import Payment
from tests import build

UNKNOWN = "400: The id provided does not exist"
OVER = "400: The dispute is {} and cannot be changed."


@dataclass
class Disputed:
    """What is disputed, by id, and what was sent for it."""

    reports: dict[str, GatewayDispute] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)  # what, of which dispute

    def begin(self, payment: Payment, **fields: object) -> GatewayDispute:
        """The bank of who paid disputes all of a payment, unless said otherwise."""
        values: dict = {
            "dispute_id": build.gateway_id("disp"),
            "payment_id": payment.gateway_payment_id,
            "amount": payment.amount,
            "deducted": 0,
            "currency": "INR",
            "state": DisputeState.OPEN,
            "phase": "chargeback",
            "reason_code": "services_not_provided",
            "respond_by": build.NOW + timedelta(days=10),
            "created_at": build.NOW,
            "answered_at": None,
        }
        report = GatewayDispute(**(values | fields))
        self.reports[report.dispute_id] = report
        return report

    def move(self, report: GatewayDispute, state: str, **fields: object) -> GatewayDispute:
        """It goes on there; lost, its amount is taken."""
        if state == "lost":
            fields = {"deducted": report.amount} | fields
        moved = replace(self.reports[report.dispute_id], state=DisputeState(state), **fields)
        self.reports[report.dispute_id] = moved
        return moved


def call(report: GatewayDispute, what: str) -> bytes:
    """The raw body of an event about a dispute; what it says beside the ids nobody should believe."""
    payment = {"id": report.payment_id, "entity": "payment", "amount": 1, "currency": "INR"}
    dispute = {"id": report.dispute_id, "entity": "dispute", "status": "stale"}
    body = {
        "entity": "event",
        "event": f"payment.dispute.{what}",
        "contains": ["payment", "dispute"],
        "payload": {"payment": {"entity": payment}, "dispute": {"entity": dispute}},
        "created_at": 1787000125,
    }
    return json.dumps(body, separators=(",", ":")).encode()


class FakeDisputes:
    """The calls of `DisputeDesk` over what the world holds."""

    def dispute(self, dispute_id: str) -> GatewayDispute:
        self._feel("dispute")
        if dispute_id not in self.world.disputed.reports:
            raise Refused(UNKNOWN, unknown_id=True)
        return self.world.disputed.reports[dispute_id]

    def disputes(self, since: datetime, until: datetime) -> Iterator[list[GatewayDispute]]:
        self._feel("disputes")
        yield [one for one in self.world.disputed.reports.values() if since <= one.created_at <= until]

    def accept_dispute(self, dispute_id: str) -> GatewayDispute:
        self._waiting(dispute_id)
        self.world.disputed.sent.append(("accept", dispute_id))
        made = self.world.disputed.move(self.world.disputed.reports[dispute_id], "lost")
        self._feel("accept-after")
        return made

    def contest_dispute(self, dispute_id, *, summary, proofs, submit) -> GatewayDispute:
        self._waiting(dispute_id)
        self.world.disputed.sent.append(("submit" if submit else "draft", dispute_id))
        fields = {"answered_at": build.NOW} if submit else {}
        state = "under_review" if submit else "open"
        return self.world.disputed.move(self.world.disputed.reports[dispute_id], state, **fields)

    def upload_proof(self, name: str, content: bytes, mime_type: str) -> str:
        self._feel("upload")
        return build.gateway_id("doc")

    def _waiting(self, dispute_id: str) -> None:
        report = self.dispute(dispute_id)
        if report.state != DisputeState.OPEN:
            raise Refused(OVER.format(report.state))
