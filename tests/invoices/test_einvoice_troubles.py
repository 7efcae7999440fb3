"""E-invoices when things go wrong: what waits for a person, what is tried again, and what is never kept."""

from datetime import timedelta

import pytest
from django.db import Error, transaction

from accounts.models import AuditEvent
from billing_portal.unit import InsideUnit, unit
from invoices import einvoices, irp, tasks
from invoices.models import DocumentFile, EInvoice
from tests import build
from tests.fake_irp import FakeIrp, portal

__all__ = ["portal"]
pytestmark = pytest.mark.django_db
NOW = build.NOW
State = EInvoice.State
MINUTE = timedelta(minutes=1)


def run(now=NOW):
    return einvoices.register_due(FakeIrp(), now=now)


def bill(rupees=1000, **account):
    return build.charge(build.account(**account), rupees)


def row():
    return EInvoice.objects.get()


def test_a_refusal_waits_for_a_person_with_the_portals_words(portal):
    bill()
    portal.troubles = [irp.Refused("3029 GSTIN is inactive")]

    assert [run(), run(NOW + timedelta(days=1))] == [0, 0]
    assert (row().state, row().error) == (State.REFUSED, "3029 GSTIN is inactive")
    assert portal.asked == ["register"]


def test_what_cannot_be_sent_waits_for_a_person_unsent(portal):
    bill(pin="")

    run()

    assert (row().state, row().error) == (State.REFUSED, "The recipient has no PIN code of six digits.")
    assert portal.asked == []


def test_a_person_sends_it_again(portal):
    bill()
    portal.troubles = [irp.Refused("3029 GSTIN is inactive")]
    run()
    by = build.user(staff=True)

    assert einvoices.again(row(), reason="Active again", by=by, now=NOW)
    assert not einvoices.again(row(), reason="Active again", by=by, now=NOW)
    assert run() == 1

    event = AuditEvent.objects.get(action="invoices.send_einvoice")
    assert (event.actor, event.reason) == (by, "Active again")
    assert portal.asked == ["register", "find", "register"]


def test_a_failure_of_its_own_waits_longer_each_time_and_a_person_looks_after_eight(portal):
    bill()
    portal.troubles = [irp.Unavailable("500, an answer that is no JSON")] * 20
    now, waits = NOW, []

    while row().state == State.WAITING:
        run(now)
        if row().next_attempt_at:
            waits.append((row().next_attempt_at - now).total_seconds())
            now = row().next_attempt_at

    assert waits == [60, 120, 240, 480, 960, 1920, 3840]
    assert (row().state, row().failures) == (State.REFUSED, 8)
    assert "no JSON" in row().error


def test_a_portal_that_is_away_is_no_documents_fault(portal):
    account = build.account()
    for rupees in (100, 200, 300):
        build.charge(account, rupees)
    portal.troubles = [irp.Away("ConnectTimeout")]

    assert run() == 0
    assert portal.asked == ["register"]  # the others are not tried
    assert set(EInvoice.objects.values_list("state", "failures", "next_attempt_at")) == {
        (State.WAITING, 0, NOW + MINUTE)
    }
    assert run(NOW + MINUTE) == 3


def test_it_waits_at_most_ten_minutes_for_a_portal_that_was_away_for_days(portal):
    bill()
    portal.troubles = [irp.Away("ConnectTimeout")] * 1000

    now = NOW
    while now < NOW + timedelta(days=2):
        run(now)
        assert row().state == State.WAITING
        assert MINUTE <= row().next_attempt_at - now <= einvoices.LONGEST_PAUSE
        now = row().next_attempt_at


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("forged", "not signed by the portal"),
        ("differs", "TotInvVal"),
        ("irn", "not the one of this document"),
    ],
)
def test_nothing_is_kept_of_an_answer_that_does_not_prove_itself(portal, trouble, why):
    bill()
    portal.troubles = [trouble]

    assert run() == 0

    assert row().state == State.REFUSED and why in row().error
    assert (row().irn, row().signed_qr) == (None, "")


def test_an_irn_that_was_cancelled_at_the_portal_makes_no_pdf(portal):
    document = bill()
    portal.cancelled = True
    portal.troubles = ["lost"]
    run()

    assert run(NOW + MINUTE) == 0

    assert row().state == State.CANCELLED and row().irn
    assert DocumentFile.objects.get(document=document).next_attempt_at is None
    assert not einvoices.again(row(), reason="x", by=build.user(staff=True), now=NOW)


def test_a_late_finisher_is_refused(portal):
    bill()
    trusted = einvoices.trusted_keys()
    late = einvoices.claim(NOW)
    other = einvoices.claim(NOW + einvoices.LEASE)

    assert einvoices.finish(other, FakeIrp(), trusted, now=NOW)
    assert not einvoices.finish(late, FakeIrp(), trusted, now=NOW)
    assert row().state == State.REGISTERED


def test_a_late_failure_is_refused_too(portal):
    bill()
    trusted = einvoices.trusted_keys()
    late, other = einvoices.claim(NOW), einvoices.claim(NOW + einvoices.LEASE)
    einvoices.finish(other, FakeIrp(), trusted, now=NOW)
    portal.troubles = [irp.Refused("too late")]

    einvoices.finish(late, FakeIrp(), trusted, now=NOW)

    assert (row().state, row().error) == (State.REGISTERED, "")


def test_without_the_portals_key_nothing_is_claimed(portal, settings):
    bill()
    settings.EINVOICE_PUBLIC_KEY_FILE = "/nowhere.pem"

    with pytest.raises(einvoices.NoKey, match="EINVOICE_PUBLIC_KEY_FILE"):
        tasks.register_einvoices()

    assert (row().attempts, portal.asked) == (0, [])


def test_the_portal_is_not_called_inside_a_unit(portal):
    bill()
    claimed = einvoices.claim(NOW)
    paper = einvoices.paper_of(claimed.row.document)

    with pytest.raises(InsideUnit):
        unit(einvoices._asked)(claimed, FakeIrp(), paper, {})


@pytest.mark.parametrize("field", ["irn", "ack_number", "signed_qr", "signed_invoice"])
def test_what_was_answered_never_changes(portal, field):
    bill()
    run()

    with pytest.raises(Error, match="never changed"), transaction.atomic():
        EInvoice.objects.update(**{field: "0" * 20})
    with pytest.raises(Error, match="never changed"), transaction.atomic():
        EInvoice.objects.update(state=State.WAITING)
    with pytest.raises(Error, match="never changed"), transaction.atomic():
        EInvoice.objects.all().delete()


def test_when_a_document_becomes_urgent(portal):
    bill()

    assert [einvoices.is_urgent(row(), NOW + timedelta(days=day)) for day in (0, 19, 20, 31)] == [
        False,
        False,
        True,
        True,
    ]
    run()
    assert not einvoices.is_urgent(row(), NOW + timedelta(days=25))
