"""The worked months to the paisa: file, figures of 3B, and the ledger beside them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection

from accounts import ledger
from accounts.ledger import Book
from accounts.models import Account
from invoices import gst, gstr_check, gstr_facts, gstr_file, moved_advances, refund_vouchers
from invoices.gst import Tax
from payments import take_in
from tests import build
from tests.build import paise
from tests.invoices import worked_month

VECTORS = Path(__file__).parents[1] / "vectors"
SAMPLE = (VECTORS / "gstr1.json").read_text()
FIGURES = json.loads((VECTORS / "gst.json").read_text())["gstr1_period_102026"]
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def october():
    worked_month.october()
    return gstr_facts.read(OCTOBER)


def test_the_file_of_the_worked_month_is_the_published_one(october):
    text = "".join(gstr_file.written(gstr_file.tree(october.month)))

    assert json.loads(text) == json.loads(SAMPLE)
    assert text == SAMPLE.rstrip("\n")


def test_the_figures_of_3b_are_the_published_ones(october):
    figures, cells = october.month.gstr3b, FIGURES["3b_3_1_a"]

    assert figures.taxable == Tax(*(paise(cells[name]) for name in ("taxable", "cgst", "sgst", "igst")))
    assert figures.zero_rated == Tax(
        paise(FIGURES["3b_3_1_b"]["taxable"]), igst=paise(FIGURES["3b_3_1_b"]["igst"])
    )
    assert figures.to_unregistered == {"27": Tax(paise("101000"), igst=paise("18180"))}
    assert october.month.table_12 == paise(FIGURES["table_12_total"])


def test_the_worked_month_is_the_ledger_s(october):
    check = october.check

    assert {place: pair for place, pair in check.sections.items() if not pair.agrees} == {}
    assert check.total.agrees and check.taxable.agrees and check.zero_rated.agrees
    assert check.differences == []
    assert check.posted == check.total.ledger and check.later == check.earlier == gst.NOTHING
    assert gstr_check.obstacles(october.month, october.strangers) == []


def test_a_month_is_read_in_four_statements(october, django_assert_num_queries):
    with django_assert_num_queries(4):
        gstr_facts.read(OCTOBER)


def at(month, day):
    return datetime(2026, month, day, 6, 0, tzinfo=UTC)


def test_two_months_with_their_advances_are_the_published_ones():
    """gst reference § 4.8."""
    account = build.account()
    build.paid(account, 1000, now=at(10, 5))
    build.charge(account, 500, now=at(10, 30))
    build.paid(account, 500, now=at(11, 10))
    build.charge(account, 1200, now=at(11, 30))

    october, november = gstr_facts.read(OCTOBER).month, gstr_facts.read(NOVEMBER).month

    left = Tax(paise("347.46"), paise("31.27"), paise("31.27"))
    assert (october.at, october.txpd) == ({(False, "29", 1800): left}, {})
    assert (november.at, november.txpd) == ({}, {(False, "29", 1800): left})
    assert october.gstr3b.taxable == Tax(paise("847.46"), paise("76.27"), paise("76.27"))
    assert november.gstr3b.taxable == Tax(paise("852.54"), paise("76.73"), paise("76.73"))
    assert [gstr_facts.read(first).check.differences for first in (OCTOBER, NOVEMBER)] == [[], []]


def test_money_received_in_a_month_and_booked_after_it_counts_in_its_month():
    """gst reference § 4.4: the tax point is the receipt, the paper and the posting come later."""
    account = build.account()
    started = build.payment(account, 1180, now=at(10, 31))
    take_in.capture(started.pk, build.report(started, created_at=at(10, 31)), now=at(11, 3))

    october, november = gstr_facts.read(OCTOBER), gstr_facts.read(NOVEMBER)

    tax = Tax(paise(1000), paise(90), paise(90))
    assert october.month.gstr3b.taxable == october.check.total.ledger == october.check.later == tax
    assert november.month.gstr3b.taxable == november.check.total.ledger == gst.NOTHING
    assert (november.check.posted, november.check.earlier) == (tax, tax)
    assert [one.number for one in gstr_check.late(october.month)] == ["RV/2627/000001"]
    assert [run.first for run in november.month.runs] == [
        "RV/2627/000001"
    ]  # table 13: by the day of the paper


@pytest.mark.parametrize(("way", "taxable"), [("negative_11A", "-1000"), ("rfd01_only", "0")])
def test_an_advance_given_back(way, taxable, settings):
    settings.ADVANCE_REFUND_REPORTING = way
    account = build.account(state="27")
    build.paid(account, 1180, now=at(10, 5))
    voucher = account.documents.get(kind="receipt_voucher")
    refund_vouchers.issue_voucher(voucher.pk, None, token="t", reason="Wanted back", now=at(11, 5))

    november = gstr_facts.read(NOVEMBER)

    value = paise(taxable.removeprefix("-")) * (-1 if taxable.startswith("-") else 1)
    assert november.month.gstr3b.taxable.taxable == november.check.total.ledger.taxable == value
    assert november.check.total.agrees and november.check.differences == []
    assert november.check.claimed.igst == (0 if value else paise(180))


def test_an_advance_that_moves_with_the_customer_s_state_counts_once():
    account = build.account()
    build.paid(account, 1180, now=at(10, 5))
    Account.objects.filter(pk=account.pk).update(state="27", gstin=build.GSTINS["27"])
    moved_advances.move_due(now=at(11, 5))

    november = gstr_facts.read(NOVEMBER)

    assert november.month.at == {
        (False, "29", 1800): Tax(-paise(1000), -paise(90), -paise(90)),
        (True, "27", 1800): Tax(paise(1000), igst=paise(180)),
    }
    assert november.check.differences == []


def test_what_an_account_is_today_changes_no_return(october):
    Account.objects.update(gstin="", registration="unregistered", state="27", billing_name="Another")

    assert gstr_facts.read(OCTOBER).month == october.month


def test_a_posting_without_a_document_and_a_changed_amount_are_differences(october):
    account = Account.objects.order_by("pk")[0]
    lines = {Book.CGST: 100, Book.ROUNDING: -100}
    ledger.post("by-hand:1", account, lines, now=at(10, 20))
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; alter table accounts_line disable trigger user")
        cursor.execute(
            "update accounts_line set amount = amount + 1 where book = 'cgst' and entry_id = "
            "(select id from accounts_entry where key = 'invoice:VI/2627/000101')"
        )

    check = gstr_facts.read(OCTOBER).check

    assert [(one.number, one.pair.difference) for one in check.differences] == [
        ("VI/2627/000101", Tax(0, cgst=-1)),
        ("by-hand:1", Tax(0, cgst=-100)),
    ]
    assert check.total.difference == Tax(0, cgst=-101)
    assert not check.sections["b2b"].agrees and not check.sections["elsewhere"].agrees


def test_documents_of_another_gstin_of_ours_are_another_return(october):
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; alter table invoices_document disable trigger user")
        cursor.execute(
            """update invoices_document set supplier = jsonb_set(supplier, '{gstin}', '"27ZZZCS0001A1ZM"')"""
            " where number = 'VI/2627/000101'"
        )

    facts = gstr_facts.read(OCTOBER)

    assert facts.month.gstin == "29ZZZCS0001A1ZI" and len(facts.month.papers) == len(october.month.papers) - 1
    [stranger] = {number for number, _pk in facts.strangers}
    assert stranger == "VI/2627/000101" and not facts.check.total.agrees
