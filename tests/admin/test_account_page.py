"""The staff's page of one account: where it stands, what may be done, and one timeline of everything."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import audit, stops
from accounts.models import AuditEvent
from billing_portal import timeline
from billing_portal.timeline import Kind, Mark
from billing_portal.timeline_sources import SOURCES
from tests import build, ladder

pytestmark = pytest.mark.django_db


def page(account):
    return reverse("admin:account_page", args=[account.pk])


def titles(answer):
    return [row.told.title for row in answer.context["story"].rows]


def test_a_list_leads_to_the_story_and_the_story_to_the_form(staff, account):
    client = staff("manager")

    html = client.get(reverse("admin:accounts_account_changelist")).content.decode()

    assert f'href="{page(account)}"' in html
    assert (
        reverse("admin:accounts_account_change", args=[account.pk])
        in client.get(page(account)).content.decode()
    )


def test_the_head_shows_the_sum_what_is_due_and_what_comes(staff, account):
    ladder.bill(account, due=-16)
    ladder.sweep([-16, -9, -1])

    answer = staff("support").get(page(account))

    shown, html = answer.context["page"], answer.content.decode()
    assert (shown.overdue, shown.days_overdue, shown.due) == (5_900, 16, 5_900)
    assert "16 days overdue" in html and "₹59.00" in html and "If nothing is paid" in html
    assert shown.exposure.balance == -5_900


def test_the_head_says_each_reason_once(staff, account):
    ladder.bill(account, due=-16)
    ladder.sweep([-16, -9, -1])
    build.limit(account, 10)
    stops.stop(account.pk, "suspended", actor=build.user("Meera", staff=True), reason="Fraud", now=build.NOW)

    shown = staff("support").get(page(account)).context["page"]

    assert {one.reason for one in shown.standing} >= {"overdue", "manual"}
    assert shown.why_lowered == ["Credit limit exceeded", "By staff"]


def test_the_timeline_tells_of_everything_newest_first(staff, account):
    build.subscribed(account, now=build.NOW - timedelta(days=3))
    build.used(account, 7, key="t")
    paid = build.paid(account, 5000, now=build.NOW - timedelta(days=1))
    stops.stop(account.pk, "suspended", actor=build.user("Meera", staff=True), reason="Fraud", now=build.NOW)

    rows = staff("manager").get(page(account)).context["story"].rows

    assert {row.kind for row in rows} >= {
        Kind.MONEY, Kind.DOCUMENT, Kind.MESSAGE, Kind.SERVICE, Kind.CALLS, Kind.PEOPLE,
    }  # fmt: skip
    assert [row.mark for row in rows] == sorted((row.mark for row in rows), reverse=True)
    told = {row.told.title: row for row in rows}
    assert told[f"Payment {paid.number}"].told.amount == 500_000
    assert told["1 call or message"].day and "7 units" in told["1 call or message"].told.text
    stopped = next(row for row in rows if row.kind == Kind.PEOPLE and "Fraud" in row.told.text)
    assert stopped.told.text == "Meera: Fraud" and stopped.told.state == "Staff"


def test_older_pages_hold_each_row_once_though_many_share_a_moment(staff, account):
    for number in range(95):  # all at one moment
        audit.record(
            "accounts.account.look_at",
            actor=None,
            subject=f"row:{number}",
            reason="",
            now=build.NOW,
            account=account,
        )
    build.charge(account, 100)
    client, seen, url = staff("manager"), [], page(account)
    while url:
        answer = client.get(url)
        seen += [row.mark for row in answer.context["story"].rows]
        older = answer.context["story"].older
        url = f"{page(account)}?before={older}" if older else ""
        assert not older or f'href="?before={older}" rel="next"' in answer.content.decode()
        audit.record(
            "accounts.account.new",
            actor=None,
            subject="late",
            reason="",
            now=build.NOW + timedelta(hours=1),
            account=account,
        )

    assert len(seen) == len(set(seen)) >= 97
    assert seen == sorted(seen, reverse=True)


def test_the_timeline_is_filtered_by_kind_and_period(staff, account):
    build.charge(account, 100, now=build.NOW - timedelta(days=30))
    build.charge(account, 200)
    client = staff("support")

    rows = client.get(page(account), {"kind": "document", "since": "2026-11-01"}).context["story"].rows

    assert [row.told.amount for row in rows] == [23_600]
    assert {row.kind for row in client.get(page(account), {"kind": ["money", "people"]}).context["story"].rows} <= {
        Kind.MONEY, Kind.PEOPLE,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kind": "everything"}, "kind"),
        ({"since": "2026-13-01"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "until"),
        ({"before": "1.2"}, "before"),
        ({"before": "999999999999999999.1.1"}, "before"),
        ({"before": "'; drop table--"}, "before"),
    ],
)
def test_a_bad_filter_is_refused_by_name(query, field, staff, account):
    answer = staff("support").get(page(account), query)

    assert answer.status_code == 422 and field in answer.context["form"].errors


def test_a_mark_goes_through_an_address_unchanged():
    mark = Mark(build.NOW + timedelta(microseconds=7), 3, 12)

    assert timeline.mark(str(mark)) == mark


def test_who_lacks_a_right_does_not_see_its_rows(account):
    build.charge(account, 100)
    build.paid(account, 500)

    rows = timeline.read(account, SOURCES, may={"payments.view_payment"}.__contains__).rows

    assert {row.kind for row in rows} == {Kind.MONEY}


def test_another_accounts_rows_are_not_in_it(staff, account):
    other = build.account(name="Marker Traders")
    build.charge(other, 999)
    build.paid(other, 888)
    build.subscribed(other, now=build.NOW - timedelta(days=3))
    build.used(other, 3)

    answer = staff("admin").get(page(account))

    assert not answer.context["story"].rows
    assert "Marker Traders" not in answer.content.decode() and other.ban not in answer.content.decode()


def test_a_long_history_costs_no_more_queries(staff):
    counts, client = [], staff("admin")
    for times in (1, 15):
        account = build.account()
        for _ in range(times):
            build.charge(account, 700)
            build.paid(account, 1500)
            build.charge(account, 100)
        client.get(page(account))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page(account)).status_code == 200
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 68, counts


# fmt: off
BUTTONS = (  # button                 who has it
    ("Edit particulars",              "manager admin"),
    ("See as customer",               "support finance manager admin"),
    ("Stop or free lines",            "manager admin"),
    ("One-time charge",               "finance manager admin"),
    ("Refund a payment",              "finance manager admin"),
    ("Temporary limit",               "manager admin"),
    ("Promise or hold",               "support finance manager admin"),
    ("Write off",                     "finance manager admin"),
)
# fmt: on


@pytest.mark.parametrize("role", ["support", "finance", "manager", "auditor", "admin"])
def test_each_group_has_its_buttons_and_each_leads_to_a_page(role, staff, account):
    ladder.bill(account, due=-16)
    ladder.sweep([-16])
    client = staff(role)

    tools = client.get(page(account)).context["tools"]

    shown = {one.label: one.address for group in tools.values() for one in group}
    assert {label for label, _who in BUTTONS if label in shown} == {
        label for label, who in BUTTONS if role in who.split()
    }
    for label, address in shown.items():
        assert client.get(address).status_code == 200, label
    if role == "auditor":
        assert not shown


def test_a_button_names_the_account_for_its_form(staff, account):
    client = staff("manager")
    tools = client.get(page(account)).context["tools"]
    shown = {one.label: one.address for group in tools.values() for one in group}

    for label in ("Make an API key", "Receive a cheque", "Virtual account"):
        assert f'value="{account.ban}"' in client.get(shown[label]).content.decode(), label


def test_what_waits_for_a_person_stands_on_top(staff, account):
    bill = build.charge(account, 1000)
    client = staff("finance")
    url = reverse("admin:invoices_document_credit_note", args=[bill.pk])
    data = {
        "amount": "118.00",
        "description": "Too much",
        "reason": "Agreed",
        "token": str(uuid.uuid4()),
        "confirm": "yes",
    }
    client.post(url, data)

    waiting = client.get(page(account)).context["waiting"]

    assert [(one.label, client.get(one.address).context["cl"].result_count) for one in waiting] == [
        ("1 approval", 1)
    ]


def test_a_strange_name_is_only_text(staff):
    account = build.account(name="<script>alert(1)</script>")
    audit.record(
        "accounts.account.note",
        actor=None,
        subject="<b>x</b>",
        reason="<img src=x>",
        now=build.NOW,
        account=account,
    )

    html = staff("admin").get(page(account)).content.decode()

    assert "<script>alert" not in html and "<img src=x>" not in html and "<b>x</b>" not in html
    assert AuditEvent.objects.count() == 1


def test_an_absent_account_is_not_found(staff):
    assert staff("admin").get(reverse("admin:account_page", args=[987654])).status_code == 404
