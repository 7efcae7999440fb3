"""What a customer's program reads: the same figures as the panel, in paise, as the OpenAPI document says."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import statement
from accounts.levels import Level
from credit import exposure
from invoices import gst
from invoices.models import DocumentFile
from payments import auto_pay_settings, debits, recharge
from payments.gateways import State
from payments.models import Debit
from tests import build
from tests.api.customer import READ, ask, conforms, key, lived
from tests.build import NOW
from tests.panel.test_locked import stop

pytestmark = pytest.mark.django_db
BASE = "/api/v1/accounts/{ban}"


@pytest.fixture
def account(world):
    return lived()


def read(account, path, of="", **query):
    """Ask, see that it is what the document says, and return the body."""
    answer = ask(key(account), account.ban, path, **query)
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return conforms(answer, f"{BASE}/{of or path}/")


def test_the_balance_is_the_equation(account):
    said, money = read(account, "balance"), exposure.read(account, now=NOW)

    assert said["balance"] == money.balance == -said["total_outstanding"]
    terms = {name: said[name] for name in ("current_usage", "free_value", "outstanding", "prepaid")}
    assert terms == {name: getattr(money, name) for name in terms}
    owed, had = terms["current_usage"] + terms["outstanding"], terms["free_value"] + terms["prepaid"]
    assert owed - had == said["total_outstanding"]
    assert (said["headroom"], said["credit_limit"]) == (money.headroom, build.paise(50_000))
    assert (said["currency"], said["level"], said["label"]) == ("INR", "active", "Active")


@pytest.mark.parametrize(
    # the examples of PRODUCT § 2.5: used of 1,000 free units at ₹0.60, open on bills, what is to clear
    ("used", "open_rupees", "total", "clear"),
    [(200, 1180, 1180_00, 1180_00), (1250, 1180, 1330_00, 1357_00)],
)
def test_amounts_to_clear_come_out_exactly(used, open_rupees, total, clear, world):
    account = build.account()
    build.subscribed(account, build.plan(rental=0), now=NOW - timedelta(days=3))
    build.charge(account, open_rupees * 100 // 118)
    build.used(account, used)

    assert read(account, "balance")["total_outstanding"] == total
    assert read(account, "amounts")["amount_to_clear"] == clear


def test_what_is_offered_says_what_it_will_do(world):
    account = build.account()
    bill = build.charge(account, 1000)

    said = read(account, "amounts")

    assert (said["due"], said["due_on"]) == (1180_00, bill.due_on.isoformat())
    due, more = said["choices"]
    assert (due["choice"], due["amount"], due["to_balance"]) == ("due", 1180_00, 0)
    assert due["pays"] == [{"document": bill.number, "amount": 1180_00, "left": 0}]
    assert (more["choice"], more["amount"], more["to_balance"]) == ("due-top-up", 2680_00, 1271_18)
    assert more["tax"] == 1500_00 - 1271_18 == gst.inside(1500_00, gst.Supply.INTRA).tax


def test_a_suspended_account_is_offered_what_clears_it(world):
    account = build.account()
    build.subscribed(account, build.plan(rental=0), now=NOW - timedelta(days=3))
    build.used(account, 1250)
    stop(account)

    codes = {one["choice"]: one["amount"] for one in read(account, "amounts")["choices"]}

    assert codes["clear"] == 177_00


def test_a_payment_says_where_its_money_went(world):
    account = build.account()
    bill = build.charge(account, 1000)
    payment = build.paid(account, 2680)

    said = read(account, f"payments/{payment.number}", "payments/{number}")
    (listed,) = read(account, "payments")["items"]

    assert (said["state"], said["label"], said["amount"]) == ("received", "Received", 2680_00)
    assert [(one["document"], one["amount"], one["left"]) for one in said["allocation"]] == [
        (bill.number, 1180_00, 0)
    ]
    assert (said["to_balance"], said["tax"]) == (1271_18, 228_82)
    assert [one["kind"] for one in said["documents"]] == ["receipt_voucher", "invoice"]
    assert (said["pay_at"], said["refunds"]) == (None, [])
    assert listed == {name: said[name] for name in listed}


def test_a_payment_that_waits_or_failed_says_so(world):
    account = build.account()
    waits, failed = build.payment(account, 100), build.payment(account, 200)
    recharge.note(failed.pk, build.report(failed, state=State.FAILED, reason="incorrect_otp"))

    said = {row["number"]: row for row in read(account, "payments")["items"]}
    one = read(account, f"payments/{waits.number}", "payments/{number}")

    assert (said[waits.number]["state"], said[waits.number]["reason"]) == ("open", None)
    assert (said[failed.number]["state"], bool(said[failed.number]["reason"])) == ("failed", True)
    assert one["pay_at"].endswith(f"/{account.ban}/payments/{waits.number}/checkout/")


def test_documents_are_found_by_kind_state_and_day(account):
    def numbers(**query):
        return [row["number"] for row in read(account, "documents", **query)["items"]]

    every = [row.number for row in account.documents.newest_first()]
    assert numbers() == every
    assert set(numbers(kind="receipt_voucher")) == {n for n in every if n.startswith("RV")}
    open_ones = {row.number for row in account.documents.bills().filter(open_amount__gt=0)}
    assert set(numbers(state="due")) == open_ones and numbers(state="overdue") == []
    assert numbers(first="2026-11-25") == [] and numbers(first="2026-11-24", last="2026-11-24") == every


def test_a_document_is_told_line_by_line(world):
    account = build.account()
    build.paid(account, 500)
    bill = build.charge(account, 1000)

    said = read(account, f"documents/{bill.slug}", "documents/{slug}")

    assert (said["number"], said["total"], said["cgst"], said["sgst"]) == (bill.number, 1180_00, 90_00, 90_00)
    assert [(row["taxable"], row["rate"], row["description"]) for row in said["lines"]] == [
        (1000_00, 1800, "Set-up of numbers")
    ]
    assert said["open_amount"] == 680_00 and said["is_part"]
    assert [(one["kind"], one["amount"]) for one in said["movements"]] == [("set-off", 500_00)]


def test_a_pdf_is_the_kept_bytes(world):
    account = build.account()
    document = build.charge(account, 1000)
    token, path = key(account), f"documents/{document.slug}/pdf"

    waits = ask(token, account.ban, path)
    name = storages["documents"].save(document.file.name, ContentFile(b"%PDF-1.7 kept"))
    DocumentFile.objects.filter(document=document).update(name=name, state="ready", sha256="a" * 64)
    found = ask(token, account.ban, path)

    assert (waits.status_code, waits.json()["reason"], waits["Retry-After"]) == (503, "PREPARING", "10")
    assert (found.status_code, found["Content-Type"]) == (200, "application/pdf")
    assert b"".join(found.streaming_content) == b"%PDF-1.7 kept"
    assert read(account, "documents")["items"][0]["pdf"]["is_ready"]


def test_usage_is_what_the_gauges_show(account):
    said = read(account, "usage")
    (cycle,) = account.cycles.all()

    assert said["cycle"]["starts_on"] == cycle.starts_on.isoformat()
    calls = next(one for one in said["features"] if one["feature"] == "click_to_call")
    assert (calls["used"], calls["allowance"], calls["free_left"], calls["charge"]) == (3, 1000, 997, 0)
    assert said["current_usage"] == exposure.read(account, now=NOW).current_usage
    assert read(account, "usage", cycle=cycle.starts_on.isoformat()) == said
    assert ask(key(account), account.ban, "usage", cycle="2026-01-01").status_code == 404


def test_an_account_without_a_plan_has_no_cycle(world):
    said = read(build.account(), "usage")

    assert (said["cycle"], said["features"]) == (None, [])


def test_records_show_four_digits_of_a_number(account):
    said = read(account, "usage/records", feature="click_to_call")

    assert len(said["items"]) == 3
    assert {row["called"] for row in said["items"]} == {"•••• 2345"}
    assert "919900012345" not in str(said)
    assert (said["items"][0]["units"], said["items"][0]["value"]) == (1, 60_000)


def test_the_statement_leads_from_opening_to_closing(account):
    said = read(account, "statement", first="2026-11-01", last="2026-11-30")
    sums = statement.totals(account, date(2026, 11, 1), date(2026, 11, 30))

    assert (said["opening"], said["closing"]) == (sums.opening, sums.closing)
    assert said["opening"] + sum(row["moved"] for row in said["items"]) == said["closing"]
    assert said["closing"] == said["opening"] + said["payments"] + said["billed"] + said["credits"]
    assert {row["kind"]: row["label"] for row in said["items"]}["payment"] == "Payment"
    assert read(account, "statement") == said  # the month without a choice
    assert read(account, "statement", first="2026-10-01", last="2026-10-31")["items"] == []


def test_alerts_and_whom_they_reach(account):
    said = read(account, "alerts")

    assert (said["minimum_balance"], said["minimum_top_up"]) == (500_00, 1500_00)
    assert said["credit_limit"] == build.paise(50_000)
    assert said["recipients"][0]["by_email"] and not said["recipients"][0]["by_sms"]
    assert said["latest"][0]["alert"] == "low-balance"


def test_auto_pay_off_and_on(account):
    off = read(build.account(), "auto-pay")
    words = {"daily_cap": 2000_00, "monthly_cap": None, "when_low": True}
    auto_pay_settings.change(account.pk, **words, by=build.owner(account), now=NOW)

    on = read(account, "auto-pay")

    assert (off["state"], off["mandate"], off["next_debit"], off["debits"]) == ("off", None, None, [])
    assert (on["state"], on["mandate"]["method"]) == ("active", "upi")
    assert (on["mandate"]["ceiling"], on["daily_cap"], on["tops_up_when_low"]) == (15_000_00, 2000_00, True)
    assert (on["next_debit"]["state"], on["debits"]) == ("scheduled", [])
    debit = Debit.objects.get(account=account)
    debits.opt_out(debit.pk, user=build.owner(account), now=NOW)
    then = read(account, "auto-pay")
    assert (then["next_debit"], then["debits"][0]["number"]) == (None, debit.number)
    assert then["debits"][0]["state"] == "opted_out" and then["debits"][0]["documents"]


@pytest.mark.parametrize("level", [Level.SUSPENDED, Level.ARCHIVED, Level.DELETED])
def test_a_locked_account_opens_what_its_panel_opens(level, account):
    token = key(account)
    stop(account, level)

    found = {path: ask(token, account.ban, path) for path in READ}

    shut = {path for path, answer in found.items() if answer.status_code != 200}
    assert shut == {"usage", "usage/records", "alerts"}
    assert all(found[path].status_code == 403 for path in shut)
    assert {found[path].json()["reason"] for path in shut} == {"ACCOUNT_LOCKED"}
    if level == Level.DELETED:
        assert found["amounts"].json()["choices"] == []


# fmt: off
MOST = {  # statements: the key, the account, and what is asked
    "balance": 3, "amounts": 6, "payments": 12, "documents": 3, "usage": 5, "usage/records": 3, "statement": 10,
    "alerts": 5, "auto-pay": 8, "payments/{payment}": 12, "documents/{document}": 10, "service": 2,
}
# fmt: on


@pytest.mark.parametrize("path", MOST)
def test_a_long_history_costs_no_more(path, world):
    counts = []
    for times in (1, 8):
        account = lived(times)
        things = {
            "payment": account.payments.received().order_by("-pk")[0].number,
            "document": account.documents.bills().newest_first()[0].slug,
        }
        token, where = key(account), path.format(**things)
        assert ask(token, account.ban, where).status_code == 200  # notes the day of the key's use
        with CaptureQueriesContext(connection) as captured:
            ask(token, account.ban, where)
        counts.append(len(captured))

    assert counts[0] == counts[1] <= MOST[path], counts


def test_a_list_is_walked_by_its_cursor(world):
    account = lived(4)
    token = key(account)
    for path, every in (
        ("payments", [row.number for row in account.payments.told().order_by("-started_at", "-pk")]),
        ("documents", [row.number for row in account.documents.newest_first()]),
        ("usage/records", None),
        ("statement", None),
    ):
        whole = ask(token, account.ban, path, limit=200).json()
        assert whole["next_cursor"] is None
        walked, cursor, pages = [], None, 0
        while pages == 0 or cursor:
            said = ask(token, account.ban, path, limit=2, **({"cursor": cursor} if cursor else {})).json()
            walked, cursor, pages = walked + said["items"], said["next_cursor"], pages + 1
            assert len(said["items"]) <= 2
        assert walked == whole["items"] and pages > 1, path
        if every is not None:
            assert [row["number"] for row in walked] == every
