"""A second person sees what a yes would change: the same use case, carried out and taken back."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import approvals
from accounts.models import Approval, AuditEvent, Entry, Line, Notice, Restriction
from credit import deletion, extensions, returns, temporary_limits, write_offs
from credit.models import Extension, Restoration, TemporaryLimit
from invoices.models import Document, NumberSeries, WriteOff
from payments import refunds
from payments.models import Refund
from tests import archived, build, ladder

pytestmark = pytest.mark.django_db
WRITTEN = (
    Approval, AuditEvent, Entry, Line, Notice, Restriction, Extension, Restoration, TemporaryLimit, Document, WriteOff,
    Refund,
)  # fmt: skip


@pytest.fixture
def behind(db):
    """₹59 past due for 16 days, and blocked for it."""
    account = build.account()
    ladder.bill(account, due=-16)
    ladder.sweep([-16, -9, -1])
    return account


def page(row, name="change"):
    return reverse(f"admin:accounts_approval_{name}", args=[row.pk])


def request(account, action, payload, *, by=None):
    return approvals.ask(
        action, account, token=uuid.uuid4(), payload=payload, summary=action, reason="Agreed by phone",
        by=by or build.user("Asker", staff=True), now=build.NOW,
    )  # fmt: skip


def changed(client, row):
    """The lines that a yes changes, and the steps that fall away and that are new."""
    answer = client.get(page(row))
    (future,) = answer.context["futures"]
    lines = {line.label: (line.before, line.after) for line in future.lines if line.differs}
    gone = [step.what for step in future.steps if not step.is_after]
    new = [step.what for step in future.steps if not step.is_before]
    return lines, gone, new


def test_a_write_off_ends_the_case_and_all_that_would_come(staff, behind):
    bills = [one.pk for one in behind.documents.overdue(build.NOW.date())]
    by = build.user("Asker", staff=True)
    row = write_offs.ask(behind.pk, bills, token=uuid.uuid4(), reason="Insolvent", by=by, now=build.NOW)

    lines, gone, new = changed(staff("manager"), row)

    assert lines["To pay now"] == ("₹59.00", "₹0.00") and lines["Overdue"] == ("₹59.00", "₹0.00")
    assert lines["Service level"][1] == "Active" and lines["What stands"] == ("Overdue", "nothing")
    assert lines["Overdue case"][1] == "none"
    assert "Suspend" in gone and "Delete" in gone and not new


def test_a_promise_moves_the_steps_to_later_days(staff, behind):
    until = (build.NOW + timedelta(days=20)).date()
    row = request(behind, extensions.ACTION, {"kind": "promise", "until_on": until.isoformat()})

    lines, gone, new = changed(staff("manager"), row)

    assert "Suspend" in gone and "Suspend" in new
    assert lines["Next step"][0] != lines["Next step"][1]
    assert "Balance" not in lines and "To pay now" not in lines


def test_a_temporary_limit_changes_limit_and_headroom(staff):
    account = build.account()
    until = (build.NOW + timedelta(days=5)).date()
    row = request(account, temporary_limits.ACTION, temporary_limits.payload(build.paise("5000"), until))

    lines, gone, new = changed(staff("manager"), row)

    assert lines == {
        "Credit limit": ("₹100.00", "₹5,000.00 until 29 Nov 2026"),
        "Headroom": ("₹100.00", "₹5,000.00"),
    }
    assert not gone and not new


def test_a_credit_note_takes_from_what_is_to_pay(staff):
    account = build.account()
    bill = build.charge(account, 1000)
    row = request(
        account, "credit-note", {"document": bill.pk, "amount": build.paise("100"), "description": "Too much"}
    )

    lines, _gone, _new = changed(staff("finance"), row)

    assert lines["To pay now"] == ("₹1,180.00", "₹1,062.00")
    assert lines["Balance"] == ("−₹1,180.00", "−₹1,062.00")


def test_a_refund_takes_the_advance(staff, gateway):
    account = build.account()
    paid = build.paid(account, 5000)
    row = refunds.ask(
        paid.pk, code="advance", amount=build.paise("2360"), token=uuid.uuid4(), reason="Left us",
        by=build.user(staff=True), now=build.NOW,
    )  # fmt: skip

    lines, _gone, _new = changed(staff("finance"), row)

    assert lines["Prepaid, net of tax"] == ("₹4,237.28", "₹2,237.28")
    assert not Refund.objects.exists()


def test_a_waived_fee_is_not_to_come_and_a_deletion_says_what_it_destroys(staff):
    account = archived.archived()
    waiver = request(account, returns.WAIVER, {"archive": archived.archive_of(account).pk})
    assert changed(staff("manager"), waiver)[0] == {"Recovery fee to come": ("₹1,180.00", "₹0.00")}
    ladder.sweep(range(61, 84))
    row = deletion.ask(
        account.pk, token=uuid.uuid4(), reason="Unpaid", by=build.user(staff=True), now=ladder.at(84)
    )

    before, after = changed(staff("manager"), row)[0]["Deletion"]

    assert before == "marked, waits for a second person"
    assert "13 archived rows" in after and "destroyed for good" in after


def test_looking_changes_nothing(staff, behind):
    bills = [one.pk for one in behind.documents.overdue(build.NOW.date())]
    by = build.user("Asker", staff=True)
    row = write_offs.ask(behind.pk, bills, token=uuid.uuid4(), reason="Insolvent", by=by, now=build.NOW)
    credit = request(behind, "credit-note", {"document": bills[0], "amount": 100, "description": "Too much"})
    client, before = staff("manager"), state(behind)

    for one in (row, credit):
        assert client.get(page(one)).context["futures"]
        assert client.get(page(one, "approve")).context["futures"]

    assert state(behind) == before


def state(account):
    account.refresh_from_db()
    counts = [model.objects.count() for model in WRITTEN]
    series = list(NumberSeries.objects.order_by("pk").values_list("series", "last"))
    opened = list(account.documents.order_by("pk").values_list("open_amount", flat=True))
    states = list(Approval.objects.order_by("pk").values_list("state", flat=True))
    return counts, series, opened, states, account.wanted_level, account.entry_hash


def test_what_is_not_possible_any_more_is_said(staff, behind):
    bills = [one.pk for one in behind.documents.overdue(build.NOW.date())]
    by = build.user("Asker", staff=True)
    row = write_offs.ask(behind.pk, bills, token=uuid.uuid4(), reason="Insolvent", by=by, now=build.NOW)
    build.paid(behind, 500)

    answer = staff("manager").get(page(row))

    assert "Nothing of it is open any more" in answer.content.decode()
    assert (
        page(row, "approve") not in answer.content.decode() and page(row, "reject") in answer.content.decode()
    )


def test_who_asked_sees_no_yes_and_may_not_say_it(staff):
    account = build.account()
    client = staff("manager")
    me = AuditEvent._meta.get_field("actor").related_model.objects.get(name="manager")
    until = (build.NOW + timedelta(days=5)).date()
    row = request(
        account, temporary_limits.ACTION, temporary_limits.payload(build.paise("5000"), until), by=me
    )

    html = client.get(page(row)).content.decode()

    assert "You asked for this" in html and page(row, "approve") not in html
    assert client.post(page(row, "approve"), {"note": "me"}).status_code == 422
    assert client.post(page(row, "reject"), {"note": "me"}).status_code == 422
    row.refresh_from_db()
    assert row.state == "waiting"


@pytest.mark.parametrize("role", ["support", "auditor"])
def test_who_may_not_decide_reads_the_request_alone(role, staff, behind):
    row = request(behind, extensions.ACTION, {"kind": "hold", "until_on": "2026-12-24"})

    answer = staff(role).get(page(row))

    assert answer.status_code == 200 and "futures" not in answer.context
    assert staff(role).get(page(row, "approve")).status_code == 403


def test_a_decision_needs_a_note(staff, behind):
    row = request(behind, extensions.ACTION, {"kind": "hold", "until_on": "2026-12-24"})

    answer = staff("manager").post(page(row, "approve"), {"note": ""})

    assert answer.status_code == 422 and "note" in answer.context["form"].errors


def test_the_queue_says_who_why_and_since_when(staff, behind, monkeypatch):
    request(behind, extensions.ACTION, {"kind": "hold", "until_on": "2026-12-24"})
    monkeypatch.setattr("billing_portal.clock.now", lambda: build.NOW + timedelta(days=3))

    html = staff("manager").get(reverse("admin:accounts_approval_changelist")).content.decode()

    assert "Asker" in html and "Agreed by phone" in html and ">3 d<" in html
