"""The demo world's plans, and what its accounts did with them: told events turned into the real use cases."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Account, User
from billing_portal import demo_usage
from billing_portal.clock import business_date
from billing_portal.demo_people import PLANS, PRICED, PRICES
from billing_portal.demo_story import Told
from credit import facts
from invoices import billing_run, plan_changes, plans, subscriptions, upgrades, usage
from invoices.models import AddOn, Discount, OneTimeCharge, Plan

BATCH = 10_000
SOURCE = "platform"


def publish(*, actor: User, now: datetime) -> None:
    """Make the plans with all their versions."""
    for position, (code, name, description) in enumerate(PLANS, start=1):
        plan = Plan.objects.create(code=code, name=name, description=description, position=position)
        for row in (row for row in PRICES if row.plan == code):
            at = now - timedelta(days=row.days)
            plans.publish(
                plan.pk,
                valid_from=business_date(at),
                rental=row.rental * 100,
                set_up=row.set_up * 100,
                prices=[
                    plans.Price(feature, price, free, 1 if feature in ("sms", "whatsapp") else 60)
                    for feature, price, free in zip(PRICED, row.unit_prices, row.free_units, strict=True)
                ],
                actor=actor,
                now=at,
            )


def activate(account: Account, told: Told, *, actor: User, now: datetime) -> None:
    plan = Plan.objects.get(code=told.plan)
    subscriptions.activate(account.pk, plan.pk, actor=actor, reason="Order signed", now=now)


def use(account: Account, told: Told, *, now: datetime) -> None:
    """Take in a cycle's records, in batches as the platform sends them."""
    assert told.span
    _take_in(list(demo_usage.records(account.ban, told.span, told.pace, until=now)), now)


def fill(account: Account, told: Told, *, now: datetime) -> None:
    """Use just so many per cent (`count`) of the running cycle's free minutes, whatever day it is."""
    assert told.span
    calls = [one for one in facts.of(account, now=now).running if one.is_call]
    minutes = {one.code: one.used.allowance * told.count // 100 for one in calls}
    _take_in(demo_usage.filling(account.ban, told.span, minutes), now)


def _take_in(records: list[dict[str, Any]], now: datetime) -> None:
    for start in range(0, len(records), BATCH):
        outcomes = usage.ingest(records[start : start + BATCH], source=SOURCE, now=now)
        assert all(one.outcome == "accepted" for one in outcomes)


def late(account: Account, told: Told, *, actor: User, now: datetime) -> None:  # noqa: ARG001 - the platform did
    """A call of the cycle before, found by the platform after its invoice."""
    day = told.on - timedelta(days=9)
    found = [one | {"id": f"{one['id']}-L"} for one in demo_usage.of_day(account.ban, day, 4)]
    usage.ingest(found, source=SOURCE, now=now)


def bill(account: Account, *, now: datetime) -> None:
    billing_run.bill_chunk([account.pk], now=now)


def upgrade(account: Account, told: Told, *, actor: User, now: datetime) -> None:
    plan = Plan.objects.get(code=told.plan)
    upgrades.upgrade(
        account.pk, plan.pk, token=told.key, actor=actor, reason="The customer asked by mail", now=now
    )


def downgrade(account: Account, told: Told, *, actor: User, now: datetime) -> None:
    plan = Plan.objects.get(code=told.plan)
    plan_changes.downgrade(account.pk, plan.pk, actor=actor, reason="Chosen in the panel", now=now)


def add_on(account: Account, told: Told, *, actor: User, now: datetime) -> None:  # noqa: ARG001
    AddOn.objects.create(
        account=account,
        description=told.text,
        price=told.amount,
        quantity=told.count,
        starts_on=business_date(now),
    )


def one_time(account: Account, told: Told, *, actor: User, now: datetime) -> None:
    OneTimeCharge.objects.create(
        account=account, description=told.text, amount=told.amount, added_at=now, added_by=actor
    )


def discount(account: Account, told: Told, *, actor: User, now: datetime) -> None:  # noqa: ARG001
    Discount.objects.create(
        account=account,
        description=told.text,
        basis_points=told.amount,
        cycles_left=told.count,
        starts_on=business_date(now),
    )
