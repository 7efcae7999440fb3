"""Several workers register at once, and workers die: each document goes to the portal once, and none is lost."""

import threading
from contextlib import suppress
from functools import partial

import pytest

from invoices import einvoices
from invoices.einvoices import Claimed
from invoices.models import DocumentFile, EInvoice
from tests import build
from tests.fake_irp import FakeIrp, portal
from tests.payments.test_kill import dies_at
from tests.threads import errors, together

__all__ = ["portal"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
NOW = build.NOW


def register_by_four():
    results = together([partial(einvoices.register_due, FakeIrp(), now=NOW)] * 4)
    assert not errors(results)
    return sum(results)


def test_four_workers_register_each_document_once(portal):
    account = build.account()
    for rupees in range(100, 112):
        build.charge(account, rupees)

    assert register_by_four() == 12
    assert portal.asked == ["register"] * 12
    assert EInvoice.objects.filter(state="registered", attempts=1).count() == 12


def test_without_the_claims_lock_a_document_would_go_out_more_often(portal, monkeypatch):
    build.charge(build.account(), 100)
    barrier = threading.Barrier(4)

    def unlocked(now):
        """The claim as it is, but all four have read the row before one writes."""
        row = EInvoice.objects.due(now).select_related("document").first()
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=5)
        if row is None:
            return None
        was_sent = row.sent_at is not None
        row.attempts, row.next_attempt_at, row.sent_at = (
            row.attempts + 1,
            now + einvoices.LEASE,
            row.sent_at or now,
        )
        row.save(update_fields=["attempts", "next_attempt_at", "sent_at"])
        return Claimed(row, was_sent)

    monkeypatch.setattr(einvoices, "claim", unlocked)

    register_by_four()

    assert portal.asked.count("register") > 1


def test_killed_anywhere_the_next_worker_brings_it_to_its_end(portal):
    """Before and after each statement and commit; before and after the call by the troubles of test_einvoices.py."""
    for number in range(1, 60):
        document = build.charge(build.account(), 1000)
        was = EInvoice.objects.get(document=document)

        killed = dies_at(number, lambda: einvoices.register_due(FakeIrp(), now=NOW))

        made = EInvoice.objects.get(document=document)
        assert bool(made.irn) is made.is_registered, f"half a row after moment {number}"
        file = DocumentFile.objects.get(document=document)
        assert (file.next_attempt_at is not None) is made.is_registered, f"a PDF without its IRN: {number}"
        assert was.state == EInvoice.State.WAITING
        einvoices.register_due(FakeIrp(), now=NOW + einvoices.LEASE)

        made.refresh_from_db()
        assert made.is_registered
        assert DocumentFile.objects.get(document=document).next_attempt_at
        if not killed:
            break
    else:
        pytest.fail("never came through")

    assert number > 8


def test_killed_anywhere_while_issuing_leaves_a_document_with_its_row_or_none(portal):
    for number in range(1, 120):
        account = build.account()

        killed = dies_at(number, partial(build.charge, account, 1000))

        documents = account.documents.count()
        assert EInvoice.objects.filter(document__account=account).count() == documents <= 1
        if not killed:
            assert documents == 1
            break
    else:
        pytest.fail("never came through")
