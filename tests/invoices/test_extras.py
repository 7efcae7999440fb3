"""Extras: what cannot be used is refused and said, the same form again is the same extra."""

import uuid
from datetime import date, timedelta

import pytest

from accounts.models import AuditEvent
from invoices import billing_run, extras
from invoices.extras import NotUsable
from invoices.models import AddOn, Discount, OneTimeCharge
from tests import build
from tests.build import NOW

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
LONG_AGO = TODAY - timedelta(days=32)


def add_on(account, **values):
    given = {"description": "Number", "price": 100, "quantity": 1, "starts_on": TODAY} | values
    return extras.add_on(account.pk, given.pop("description"), **given, **words(account))


def charge(account, **values):
    given = {"description": "Porting", "price": 100, "quantity": 1} | values
    return extras.charge(account.pk, given.pop("description"), **given, **words(account))


def discount(account, **values):
    given = {"description": "Loyal", "basis_points": None, "amount": 100, "cycles": 1} | values
    return extras.discount(account.pk, given.pop("description"), **given, **words(account))


def words(account):
    return {"actor": build.owner(account), "reason": "r", "now": NOW}


# fmt: off
REFUSED = [
    (add_on,   {"description": "  "},                        "description"),
    (add_on,   {"price": 0},                                 "above zero"),
    (add_on,   {"price": 10**15},                            "within"),
    (add_on,   {"quantity": 0},                              "quantity"),
    (add_on,   {"quantity": 10_001},                         "quantity"),
    (add_on,   {"starts_on": LONG_AGO},                      "31 days"),
    (charge,   {"description": ""},                          "description"),
    (charge,   {"price": -1},                                "above zero"),
    (charge,   {"price": 10**10, "quantity": 10_000},        "within"),
    (charge,   {"quantity": 0},                              "quantity"),
    (discount, {"basis_points": 1, "amount": 1},             "one of the two"),
    (discount, {"basis_points": None, "amount": None},       "one of the two"),
    (discount, {"basis_points": 0, "amount": None},          "100 %"),
    (discount, {"basis_points": 10_001, "amount": None},     "100 %"),
    (discount, {"amount": 0},                                "above zero"),
    (discount, {"cycles": 0},                                "120"),
    (discount, {"cycles": 121},                              "120"),
]
# fmt: on


@pytest.mark.parametrize(("add", "values", "why"), REFUSED)
def test_what_cannot_be_used_is_refused(add, values, why):
    account = build.account()

    with pytest.raises(NotUsable, match=why):
        add(account, **values)

    assert [model.objects.count() for model in (AddOn, OneTimeCharge, Discount)] == [0, 0, 0]
    assert not AuditEvent.objects.exists()


def test_an_add_on_cannot_end_before_it_begins_nor_a_billed_charge_be_cancelled():
    account = build.account()
    build.subscribed(account)
    row, billed = add_on(account), charge(account)
    with pytest.raises(NotUsable, match="after the first"):
        extras.end_add_on(row.pk, ends_on=TODAY - timedelta(days=1), **words(account))
    billing_run.bill_chunk([account.pk], now=NOW + timedelta(days=30))

    with pytest.raises(NotUsable, match="credit note"):
        extras.cancel_charge(billed.pk, **words(account))


@pytest.mark.parametrize("add", [add_on, charge, discount])
def test_the_same_token_is_the_same_extra(add):
    account = build.account()

    one, other = uuid.uuid4(), uuid.uuid4()
    assert add(account, token=one) == add(account, token=one) != add(account, token=other)
    assert AuditEvent.objects.count() == 2


def test_pieces_are_billed():
    account = build.account()
    build.subscribed(account)
    charge(account, price=2_000, quantity=3)

    (invoice,) = billing_run.bill_chunk([account.pk], now=NOW + timedelta(days=30)).documents

    line = invoice.lines.get(description__contains="Porting")
    assert (line.description, line.taxable) == ("3 × Porting at ₹20.00", 6_000)
