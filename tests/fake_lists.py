"""The gateway's lists in memory: payments of the fake world, and what a test puts beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from billing_portal import clock
from payments.gateways import GatewayPayment, Refused
from payments.gateways.reconciliation import (
    ListedPayment,
    ListedRefund,
    ListedSettlement,
    ReportedDowntime,
    SettledRow,
)
from payments.gateways.refunds import GatewayRefund
from tests import build

UNKNOWN = "400: The id provided does not exist"


def fees(amount: int) -> tuple[int, int]:
    """The fee of an amount with its GST, and the GST: 2 % and 18 % of it."""
    base = (amount * 2 + 50) // 100
    tax = (base * 18 + 50) // 100
    return base + tax, tax


@dataclass
class Listed:
    """What the lists tell. `hidden` ids are left out; `changes` are told instead of what is so."""

    settlements: list[ListedSettlement] = field(default_factory=list)
    rows: list[SettledRow] = field(default_factory=list)
    downtimes: list[ReportedDowntime] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    changes: dict[str, dict] = field(default_factory=dict)

    def settle(
        self, *moved: GatewayPayment | GatewayRefund, at: datetime = build.NOW, **fields
    ) -> ListedSettlement:
        """The gateway pays payments out, less refunds and its fees."""
        name = build.gateway_id("setl")
        made = [self.row(name, one) for one in moved]
        amount = sum(row.credit - row.debit for row in made)
        told = ListedSettlement(name, amount, "processed", f"UTIBN{len(self.settlements):08}", at)
        told = replace(told, **fields)
        self.settlements.append(told)
        self.rows += made
        return told

    def row(self, settlement: str, of: GatewayPayment | GatewayRefund) -> SettledRow:
        values = {"settlement_id": settlement, "dispute_id": "", "description": "", "debit": 0, "credit": 0}
        if isinstance(of, GatewayRefund):
            return SettledRow(
                entity_id=of.refund_id, kind="refund", amount=of.amount, fee=0, tax=0,
                payment_id=of.payment_id, **(values | {"debit": of.amount}),
            )  # fmt: skip
        fee, tax = fees(of.amount)
        return SettledRow(
            entity_id=of.payment_id, kind="payment", amount=of.amount, fee=fee, tax=tax, payment_id="",
            **(values | {"credit": of.amount - fee}),
        )  # fmt: skip

    def adjust(self, settlement: ListedSettlement, amount: int, **fields) -> SettledRow:
        """An adjustment in a settlement, paid out with it; below zero it is taken."""
        made = SettledRow(
            settlement.settlement_id, build.gateway_id("adj"), "adjustment", abs(amount), max(-amount, 0),
            max(amount, 0), 0, 0, "", "", "Correction",
        )  # fmt: skip
        made = replace(made, **fields)
        self.rows.append(made)
        self.change(settlement, amount=settlement.amount + amount)
        return made

    def change(self, settlement: ListedSettlement, **fields) -> ListedSettlement:
        at = next(
            n for n, one in enumerate(self.settlements) if one.settlement_id == settlement.settlement_id
        )
        self.settlements[at] = replace(self.settlements[at], **fields)
        return self.settlements[at]


def _refund(one: GatewayRefund) -> ListedRefund:
    return ListedRefund(
        one.refund_id, one.payment_id, one.amount, one.currency, str(one.state), one.receipt, one.created_at
    )


class FakeLists:
    """The part of the fake gateway that lists. `world` is its world."""

    def listed_payments(self, since: datetime, until: datetime) -> Iterator[list[ListedPayment]]:
        self._feel("list")
        told = [self._listed(one) for attempts in self.world.payments.values() for one in attempts]
        yield [one for one in told if since <= one.created_at <= until and self._shown(one.payment_id)]

    def listed_refunds(self, since: datetime, until: datetime) -> Iterator[list[ListedRefund]]:
        told = [_refund(one) for one in self.world.given.made]
        yield [one for one in told if since <= one.created_at <= until and self._shown(one.refund_id)]

    def listed_settlements(self, since: datetime, until: datetime) -> Iterator[list[ListedSettlement]]:
        told = self.world.listed.settlements
        yield [one for one in told if since <= one.created_at <= until and self._shown(one.settlement_id)]

    def settled_rows(self, day: date) -> Iterator[list[SettledRow]]:
        self._feel("rows")
        ids = {
            one.settlement_id
            for one in self.world.listed.settlements
            if clock.business_date(one.created_at) == day
        }
        yield [
            row for row in self.world.listed.rows if row.settlement_id in ids and self._shown(row.entity_id)
        ]

    def listed_payment(self, payment_id: str) -> ListedPayment:
        if not self._shown(payment_id):
            raise Refused(UNKNOWN, unknown_id=True)
        return self._listed(self.fetch(payment_id))

    def listed_refund(self, refund_id: str) -> ListedRefund:
        return self._one([_refund(one) for one in self.world.given.made], "refund_id", refund_id)

    def listed_settlement(self, settlement_id: str) -> ListedSettlement:
        return self._one(self.world.listed.settlements, "settlement_id", settlement_id)

    def downtimes(self) -> list[ReportedDowntime]:
        return [one for one in self.world.listed.downtimes if one.status != "resolved"]

    def downtime(self, downtime_id: str) -> ReportedDowntime:
        return self._one(self.world.listed.downtimes, "downtime_id", downtime_id)

    def _one(self, told, name, wanted):
        for one in told:
            if getattr(one, name) == wanted and self._shown(wanted):
                return one
        raise Refused(UNKNOWN, unknown_id=True)

    def _shown(self, id: str) -> bool:
        return id not in self.world.listed.hidden

    def _listed(self, one: GatewayPayment) -> ListedPayment:
        fee, tax = fees(one.amount) if one.was_captured else (0, 0)
        told = ListedPayment(
            one.payment_id, one.order_id, one.amount, one.currency, str(one.state), one.method, one.was_captured,
            fee, tax, one.created_at,
        )  # fmt: skip
        return replace(told, **self.world.listed.changes.get(one.payment_id, {}))
