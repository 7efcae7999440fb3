"""Extras on an account's next invoices: add-ons, one-time charges, discounts. Added and ended by staff, audited."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts import audit
from accounts.models import Account, User
from billing_portal import clock
from billing_portal.money import LARGEST, Paise, inr
from billing_portal.unit import unit
from invoices.bill_plan import Extra, Off, Once
from invoices.models import AddOn, Discount, OneTimeCharge

NEW = 2**62  # the id of what is not there yet: after all that is


class NotUsable(ValueError):
    """A value cannot be used; the message says which and why."""


def plan_add_on(description: str, price: Paise, quantity: int, starts_on: date, *, now: datetime) -> Extra:
    """Return the add-on as the billing will see it. Changes nothing. Raises NotUsable."""
    _check(description, price, quantity)
    if starts_on < clock.business_date(now) - timedelta(days=31):
        raise NotUsable("An add-on begins at most 31 days ago.")
    return Extra(NEW, description, "", price, quantity, starts_on, None, None)


def plan_charge(description: str, price: Paise, quantity: int) -> Once:
    """Return the charge as the billing will see it: pieces × price. Changes nothing. Raises NotUsable."""
    _check(description, price, quantity)
    words = f"{quantity:,} × {description} at {inr(price)}" if quantity > 1 else description
    return Once(NEW, words, "", price * quantity)


def plan_discount(description: str, basis_points: int | None, amount: Paise | None, cycles: int) -> Off:
    """Return the discount as the billing will see it. Changes nothing. Raises NotUsable."""
    if (basis_points is None) == (amount is None):
        raise NotUsable("A discount is a part of the rental or an amount, one of the two.")
    if basis_points is not None and not 0 < basis_points <= 10_000:
        raise NotUsable("A part of the rental is above 0 and at most 100 %.")
    _check(description, 1 if amount is None else amount)
    if not 1 <= cycles <= 120:
        raise NotUsable("A discount is for 1 to 120 cycles.")
    return Off(NEW, description, basis_points, amount)


@unit
def add_on(
    account_id: int,
    description: str,
    *,
    price: Paise,
    quantity: int,
    starts_on: date,
    token: UUID | None = None,
    actor: User,
    reason: str,
    now: datetime,
) -> AddOn:
    """Charge something more each cycle from a day on, by days. The same token again is the same. Raises NotUsable."""
    account = Account.objects.lock(account_id)
    before = AddOn.objects.filter(token=token, account=account).first() if token else None
    if before:
        return before
    plan_add_on(description, price, quantity, starts_on, now=now)
    row = AddOn.objects.create(
        account=account,
        description=description,
        price=price,
        quantity=quantity,
        starts_on=starts_on,
        token=token,
    )
    return _told(row, "add_on", actor, reason, now, price=price, quantity=quantity)


@unit
def end_add_on(row_id: int, *, ends_on: date, actor: User, reason: str, now: datetime) -> AddOn:
    """End an add-on with a day; what is charged ahead of it already stays charged.

    Ending it with the same day again does nothing. Raises NotUsable.
    """
    row = AddOn.objects.get(pk=row_id)
    Account.objects.lock(row.account_id)
    row.refresh_from_db()
    if ends_on < row.starts_on:
        raise NotUsable("The last day comes after the first.")
    if row.ends_on == ends_on:
        return row
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    return _told(row, "end_add_on", actor, reason, now, ends_on=ends_on.isoformat())


@unit
def charge(
    account_id: int,
    description: str,
    *,
    price: Paise,
    quantity: int = 1,
    token: UUID | None = None,
    actor: User,
    reason: str,
    now: datetime,
) -> OneTimeCharge:
    """Put a charge of so many pieces at a price each on the next cycle's invoice.

    The same token again is the same charge. Raises NotUsable.
    """
    account = Account.objects.lock(account_id)
    before = OneTimeCharge.objects.filter(token=token, account=account).first() if token else None
    if before:
        return before
    planned = plan_charge(description, price, quantity)
    row = OneTimeCharge.objects.create(
        account=account,
        description=planned.description,
        amount=planned.amount,
        token=token,
        added_at=now,
        added_by=actor,
    )
    return _told(
        row, "one_time_charge", actor, reason, now, amount=row.amount, price=price, quantity=quantity
    )


@unit
def cancel_charge(row_id: int, *, actor: User, reason: str, now: datetime) -> OneTimeCharge:
    """Take a waiting charge back. Raises NotUsable when an invoice has it."""
    row = OneTimeCharge.objects.get(pk=row_id)
    Account.objects.lock(row.account_id)
    row.refresh_from_db()
    if row.document_id:
        raise NotUsable("An invoice has this charge: only a credit note takes it back.")
    if row.cancelled_at is None:
        row.cancelled_at = now
        row.save(update_fields=["cancelled_at"])
        _told(row, "cancel_one_time_charge", actor, reason, now)
    return row


@unit
def discount(
    account_id: int,
    description: str,
    *,
    basis_points: int | None,
    amount: Paise | None,
    cycles: int,
    token: UUID | None = None,
    actor: User,
    reason: str,
    now: datetime,
) -> Discount:
    """Agree a discount on the next `cycles` invoices: of the rental, or an amount.

    The same token again is the same discount. Raises NotUsable.
    """
    account = Account.objects.lock(account_id)
    before = Discount.objects.filter(token=token, account=account).first() if token else None
    if before:
        return before
    plan_discount(description, basis_points, amount, cycles)
    row = Discount.objects.create(
        account=account,
        description=description,
        basis_points=basis_points,
        amount=amount,
        cycles_left=cycles,
        token=token,
        starts_on=clock.business_date(now),
    )
    return _told(row, "discount", actor, reason, now, cycles=cycles)


@unit
def end_discount(row_id: int, *, actor: User, reason: str, now: datetime) -> Discount:
    """Stop a discount for the invoices to come. Repeating does nothing."""
    row = Discount.objects.get(pk=row_id)
    Account.objects.lock(row.account_id)
    row.refresh_from_db()
    if not row.cycles_left:
        return row
    row.cycles_left = 0
    row.save(update_fields=["cycles_left"])
    return _told(row, "end_discount", actor, reason, now)


def _check(description: str, price: Paise, quantity: int = 1) -> None:
    if not description.strip():
        raise NotUsable("It needs a description: it is printed on the invoice.")
    if not 1 <= quantity <= 10_000:
        raise NotUsable("The quantity is between 1 and 10,000.")
    if not 0 < price * quantity <= LARGEST // 100:
        raise NotUsable("Enter an amount above zero and within ₹1,00,00,00,000.")


def _told(row: Any, act: str, actor: User, reason: str, now: datetime, **after: Any) -> Any:
    audit.record(
        f"invoices.{act}",
        actor=actor,
        account=row.account,
        subject=f"{row._meta.model_name}:{row.pk}",
        reason=reason,
        after={"description": row.description, **after},
        now=now,
    )
    return row
