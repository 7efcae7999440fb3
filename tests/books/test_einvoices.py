"""Damage to e-invoices, and what is said of it."""

from datetime import timedelta

import pytest

from invoices import einvoices, invariants_einvoices, irp
from invoices.models import EInvoice
from tests import build
from tests.books.test_books import LATER, damage, ids, unbroken
from tests.build import NOW
from tests.fake_irp import FakeIrp, portal

__all__ = ["portal"]
pytestmark = pytest.mark.django_db
FREE = (
    "alter table invoices_einvoice disable trigger user;"
    "alter table invoices_einvoice drop constraint einvoice_registered_whole;"
    "alter table invoices_einvoice drop constraint einvoice_irn_when_registered;"
)
TWICE = "alter table invoices_einvoice drop constraint invoices_einvoice_irn_key;"
OURS = {"I06", "I19", "I37"}
FIRST = "(select min(id) from invoices_einvoice)"
REFUSED = "(select document_id from invoices_einvoice where state = 'refused')"
SET = "update invoices_einvoice set "

# ruff: noqa: E501 - a table, one damage a row
# fmt: off
EINVOICES = (
    ("I06", "alter table invoices_einvoice disable trigger user"),
    ("I19", FREE + "delete from invoices_einvoice where state = 'registered'"),
    ("I19", FREE + SET + "irn = null"),
    ("I19", FREE + SET + "signed_qr = ''"),
    ("I19", FREE + SET + "signed_invoice = ''"),
    ("I19", FREE + SET + "ack_number = ''"),
    ("I19", FREE + SET + f"irn = repeat('0', 64) where id = {FIRST}"),
    ("I19", FREE + TWICE + SET + f"irn = (select irn from invoices_einvoice where id = {FIRST}) where state = 'registered'"),
    ("I19", f"update invoices_documentfile set next_attempt_at = now() where document_id = {REFUSED}"),
    ("I19", f"update invoices_documentfile set state = 'ready' where document_id = {REFUSED}"),
    ("I37", SET + "state = 'waiting' where state = 'refused'"),
    ("I37", SET + "state = 'waiting', next_attempt_at = '2026-11-01' where state = 'refused'"),
    ("I37", "update invoices_documentfile set next_attempt_at = null"),
)
# fmt: on


@pytest.fixture
def world(portal):
    """Two registered documents, one that the portal refused, and customers who need none."""
    for state in ("29", "27"):
        build.charge(build.account(state=state), 1000)
    einvoices.register_due(FakeIrp(), now=NOW)
    portal.troubles = [irp.Refused("3029 GSTIN is inactive")]
    build.charge(build.account(state="07"), 1000)
    einvoices.register_due(FakeIrp(), now=NOW)
    build.charge(build.account(registration="unregistered"), 100)
    build.paid(build.account(), 500)
    return portal


def test_nothing_is_found_in_what_the_use_cases_wrote(world):
    assert not ids() & OURS
    assert EInvoice.objects.count() == 3


@pytest.mark.parametrize(
    ("id", "sql"), EINVOICES, ids=[f"{n}-{id}" for n, (id, _sql) in enumerate(EINVOICES)]
)
def test_damage_is_found(world, id, sql):
    damage(sql)

    assert id in ids()


def test_each_sentence_has_a_damage(world):
    assert unbroken(invariants_einvoices.INVARIANTS, [sql for _id, sql in EINVOICES], LATER) == set()


def test_documents_of_before_stay_as_they_are(world, settings):
    """Switched on later, or off again: what was issued needs nothing more, and what was registered stays."""
    settings.EINVOICE_FROM = "2026-12-01"
    build.charge(build.account(), 1000)
    assert not ids() & OURS

    settings.EINVOICE_ENABLED = False
    assert not ids() & OURS


def test_a_portal_that_is_away_for_a_day_is_no_damage(world):
    build.charge(build.account(), 1000)
    world.troubles = [irp.Away("ConnectTimeout")] * 1000
    now = NOW
    while now < NOW + timedelta(days=1):
        einvoices.register_due(FakeIrp(), now=now)
        now = EInvoice.objects.get(state="waiting").next_attempt_at

    assert "I37" not in {one.id for one in invariants_einvoices.INVARIANTS if list(one.find(now))}
