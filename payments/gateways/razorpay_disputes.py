"""Razorpay's words for disputes and the documents that contest them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from payments.gateways import Unavailable
from payments.gateways.disputes import DisputeState, GatewayDispute
from payments.gateways.wire import Client, ask, checked_id, word

PAGE = 100  # the most that the gateway gives at once


class DisputeCalls:
    """The gateway's disputes over the official SDK."""

    client: Client

    def dispute(self, dispute_id: str) -> GatewayDispute:
        return read_dispute(ask(lambda: self.client.dispute.fetch(checked_id(dispute_id))))

    def disputes(self, since: datetime, until: datetime) -> Iterator[list[GatewayDispute]]:
        window = {"from": int(since.timestamp()), "to": int(until.timestamp()), "count": PAGE}
        skip, is_full = 0, True
        while is_full:
            items = self._page(window | {"skip": skip})
            if items:
                yield [read_dispute(item) for item in items]
            skip, is_full = skip + len(items), len(items) >= PAGE

    def _page(self, words: dict[str, int]) -> list[Any]:
        items = ask(lambda: self.client.dispute.all(words)).get("items")
        if not isinstance(items, list):
            raise Unavailable("The gateway's answer is not a list.")
        return items

    def accept_dispute(self, dispute_id: str) -> GatewayDispute:
        return read_dispute(ask(lambda: self.client.dispute.accept(checked_id(dispute_id), {})))

    def contest_dispute(
        self, dispute_id: str, *, summary: str, proofs: Mapping[str, Sequence[str]], submit: bool
    ) -> GatewayDispute:
        words: dict[str, Any] = {"action": "submit" if submit else "draft", "summary": summary}
        words |= {kind: [checked_id(one) for one in ids] for kind, ids in proofs.items()}
        return read_dispute(ask(lambda: self.client.dispute.contest(checked_id(dispute_id), words)))

    def upload_proof(self, name: str, content: bytes, mime_type: str) -> str:
        document = {"file": (name, content, mime_type), "purpose": "dispute_evidence"}
        return checked_id(ask(lambda: self.client.document.create(document)).get("id"))


def read_dispute(entity: Any) -> GatewayDispute:
    """Translate a dispute entity. Raises Unavailable when it is not one: then nothing is known."""
    try:
        evidence = entity.get("evidence")
        answered = evidence.get("submitted_at") if isinstance(evidence, dict) else None
        return GatewayDispute(
            dispute_id=checked_id(entity["id"]),
            payment_id=checked_id(entity["payment_id"]),
            amount=_paise(entity["amount"]),
            deducted=_paise(entity.get("amount_deducted") or 0),
            currency=word(entity.get("currency"), 3),
            state=DisputeState(entity["status"]),
            phase=word(entity.get("phase"), 20),
            reason_code=word(entity.get("reason_code"), 60),
            respond_by=_moment(entity.get("respond_by")),
            created_at=datetime.fromtimestamp(entity["created_at"], UTC),
            answered_at=_moment(answered),
        )
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise Unavailable(f"The gateway's answer is not a dispute: {error!r}") from error


def _paise(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not an amount")
    return value


def _moment(value: Any) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if value else None
